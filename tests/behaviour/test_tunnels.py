"""CONNECT on a server in dev mode: it leads to this server alone, and what is wrong with it is refused and bounded.

Source: issue 14 §2; RFC 9110 §9.3.6, RFC 9112 §3.2.3. What checks the certificates is OpenSSL, through Python's ssl.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .client import Client
from .server import Server, environment
from .test_own_certificate import trusting

HEADER_SECONDS = 1.0
GRACE_SECONDS = 20.0
CLOUD = "demo.oss-cn-hangzhou.aliyuncs.com"
OPEN = b"HTTP/1.1 200 Connection established\r\n\r\n"
HEALTH = b"GET /-/healthz HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n" % CLOUD.encode()


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that is a proxy for https, with little patience, and a domain of its own."""
    root = tmp_path_factory.mktemp("proxy")
    server = Server(
        root, ENTREPOT_HTTPS_PROXY="true", ENTREPOT_LIMITS__HEADER_SECONDS=str(HEADER_SECONDS),
        ENTREPOT_DOMAINS="store.test", ENTREPOT_DRAIN_SECONDS="10",
    )  # fmt: skip
    server.start()
    yield server
    assert server.stop() == 0


def connect(server: Server) -> socket.socket:
    """A raw connection."""
    return socket.create_connection(("127.0.0.1", server.port), timeout=GRACE_SECONDS)


def all_of(sock: socket.socket) -> bytes:
    """All that comes until the server ends the connection; a reset is an end."""
    found = b""
    try:
        while more := sock.recv(1 << 16):
            found += more
    except ConnectionResetError:
        pass
    return found


def some_of(sock: socket.socket, size: int) -> bytes:
    """Exactly so many bytes."""
    found = b""
    while len(found) < size and (more := sock.recv(size - len(found))):
        found += more
    return found


def asked(target: str, *more: str, version: str = "1.1") -> bytes:
    """A CONNECT as clients send it."""
    return "\r\n".join((f"CONNECT {target} HTTP/{version}", f"Host: {target}", *more, "", "")).encode("latin-1")


def tunnelled(server: Server, target: str, request: bytes | None = None) -> socket.socket:
    """A connection on which a tunnel was opened."""
    sock = connect(server)
    sock.sendall(asked(target) if request is None else request)
    assert some_of(sock, len(OPEN)) == OPEN
    return sock


def healthy(connection: socket.socket) -> bool:
    """Whether a health check is answered on it, and the connection ends."""
    connection.sendall(HEALTH)
    reply = http.client.HTTPResponse(connection)
    reply.begin()
    return (reply.status, reply.read()) == (200, b"alive\n")


@pytest.mark.parametrize(
    "name", [
        CLOUD, "oss-cn-hangzhou.aliyuncs.com", "DEMO.oss-cn-hangzhou.ALIYUNCS.com", "ms.tencentcloudapi.com",
        "demo-1250000000.cos.ap-guangzhou.myqcloud.com", "open.volcengineapi.com", "tos-cn-beijing.volces.com",
        "a.b.s3.amazonaws.com", "sts.amazonaws.com", "demo.store.test",
    ],
)  # fmt: skip
def test_a_cloud_is_reached_by_its_name(proxy: Server, name: str) -> None:
    with (
        tunnelled(proxy, f"{name}:443") as sock,
        trusting(proxy.data / "authority.crt").wrap_socket(sock, server_hostname=name) as connection,
    ):
        assert healthy(connection)


def test_http_goes_through_a_tunnel_to_port_80(proxy: Server) -> None:
    with tunnelled(proxy, f"{CLOUD}:80") as sock:
        assert healthy(sock)


def test_as_python_3_11_asks(proxy: Server) -> None:
    request = f"CONNECT {CLOUD}:443 HTTP/1.0\r\n\r\n".encode()
    with (
        tunnelled(proxy, "", request) as sock,
        trusting(proxy.data / "authority.crt").wrap_socket(sock, server_hostname=CLOUD) as connection,
    ):
        assert healthy(connection)


def test_after_other_requests_on_the_same_connection(proxy: Server) -> None:
    with connect(proxy) as sock:
        sock.sendall(b"GET /-/healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        reply = http.client.HTTPResponse(sock)
        reply.begin()
        assert reply.read() == b"alive\n"
        sock.sendall(asked(f"{CLOUD}:80", "Content-Length: 0", "Proxy-Connection: Keep-Alive"))
        assert some_of(sock, len(OPEN)) == OPEN
        assert healthy(sock)


@pytest.mark.parametrize(
    ("target", "status", "why"), [
        ("example.com:443", 403, "entrepot does not serve example.com and is a proxy for nothing else"),
        ("evil-aliyuncs.com:443", 403, "entrepot does not serve evil-aliyuncs.com"),
        ("aliyuncs.com.evil.test:443", 403, "entrepot does not serve aliyuncs.com.evil.test"),
        ("oss-cn-hangzhou.aliyuncs.com.:443", 403, "entrepot does not serve"),
        ("..aliyuncs.com:443", 403, "entrepot does not serve"), ("-.aliyuncs.com:443", 403, "entrepot does not serve"),
        ("127.0.0.1:443", 403, "entrepot does not serve 127.0.0.1"),
        ("[::1]:443", 403, "entrepot does not serve [::1]"),
        ("169.254.169.254:80", 403, "entrepot does not serve 169.254.169.254"),
        ("100.100.100.200:443", 403, "entrepot does not serve"), ("2130706433:443", 403, "entrepot does not serve"),
        ("localhost:443", 403, "entrepot does not serve localhost"),
        ("console.localhost:443", 403, "entrepot does not serve console.localhost"),
        (f"{CLOUD}:22", 403, f"entrepot serves {CLOUD} at ports 443 and 80, not at 22"),
        (f"{CLOUD}:99999", 403, "not at 99999"), (f"{CLOUD}:0", 400, ""), (f"{CLOUD}:0443", 400, ""),
        (f"{CLOUD}:", 400, ""), (CLOUD, 400, ""), ("/", 400, ""), ("*", 400, ""),
        (f"user:password@{CLOUD}:443", 400, ""), (f"https://{CLOUD}:443", 400, ""), (f"{CLOUD}:443/x", 400, ""),
        (f"{CLOUD}:+443", 400, ""), (f"{CLOUD}:443:443", 400, ""), (f"{CLOUD}%00.test:443", 400, ""),
        (f"{CLOUD}\0.test:443", 400, ""), (f"{CLOUD}\xe9:443", 400, ""), (f"{'a.' * 126}aliyuncs.com:443", 400, ""),
        (f"{'a' * 64}.aliyuncs.com:443", 403, "entrepot does not serve"),
    ],
)  # fmt: skip
def test_every_other_target_is_refused(proxy: Server, target: str, status: int, why: str) -> None:
    with connect(proxy) as sock:
        sock.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode("latin-1"))
        said = all_of(sock)
    first = said.partition(b"\r\n")[0].decode()
    assert first.startswith(f"HTTP/1.1 {status} "), said
    assert why in first
    assert "password" not in first


@pytest.mark.parametrize(
    "request_", [
        b"CONNECT %b:443 HTTP/1.1\r\n\r\n" % CLOUD.encode(),
        asked(f"{CLOUD}:443", "Content-Length: 5") + b"hello",
        asked(f"{CLOUD}:443", "Content-Length: 5"),
        asked(f"{CLOUD}:443", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
        asked(f"{CLOUD}:443", "X: a", "Host: again"),
        asked(f"{CLOUD}:443") + b"\x16\x03\x01\x02\x00\x01",
        asked(f"{CLOUD}:80") + HEALTH,
        asked(f"{CLOUD}:443", "X: " + "a" * 1954) + b"\x16\x03\x01" + b"a" * 5000,
        asked(f"{CLOUD}:443", version="2.0"),
    ],
)  # fmt: skip
def test_what_is_no_plain_connect_opens_nothing(proxy: Server, request_: bytes) -> None:
    with connect(proxy) as sock:
        sock.sendall(request_)
        said = all_of(sock)
    assert said.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 501 ", b"HTTP/1.1 505 ")), said[:200]


def test_requests_that_came_before_it_are_answered_first(proxy: Server) -> None:
    with connect(proxy) as sock:
        sock.sendall(b"GET /-/readyz HTTP/1.1\r\nHost: x\r\n\r\n" * 3 + asked(f"{CLOUD}:443"))
        said = all_of(sock)
    assert said.startswith(b"HTTP/1.1 200 OK\r\n")
    before, _, after = said.partition(b"established")
    assert before.count(b"ready\n") in {1, 3}  # what had to wait is not answered, and then no tunnel is opened
    assert b"ready" not in after
    assert after.strip() == b""


def test_large_headers_are_refused(proxy: Server) -> None:
    for more in ("X: " + "a" * 100_000, "\r\n".join(f"X{number}: a" for number in range(200))):
        with connect(proxy) as sock:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                sock.sendall(asked(f"{CLOUD}:443", more))
            said = all_of(sock)
        assert said.startswith(b"HTTP/1.1 431 ") or not said
    with connect(proxy) as sock:
        sock.sendall(b"CONNECT " + b"a" * 100_000)
        assert b" 200 " not in all_of(sock)


def test_no_tunnel_in_a_tunnel(proxy: Server) -> None:
    with tunnelled(proxy, f"{CLOUD}:80") as sock:
        sock.sendall(asked("demo.s3.amazonaws.com:443"))
        assert b"established" not in all_of(sock)


def test_half_a_connect_ends(proxy: Server) -> None:
    with connect(proxy) as sock:
        sock.sendall(asked(f"{CLOUD}:443")[:-2])
        assert all_of(sock) == b""


@pytest.mark.parametrize("sent", [b"", b"\x16", HEALTH, b"SSH-2.0-x\r\n", b"\x16\x03\x01\xff\xff" + b"\0" * 70_000])
def test_no_tls_in_a_tunnel_ends(proxy: Server, sent: bytes) -> None:
    with tunnelled(proxy, f"{CLOUD}:443") as sock:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            sock.sendall(sent)
        assert b"HTTP/" not in all_of(sock)


def test_another_name_inside_gets_no_certificate_for_it(proxy: Server) -> None:
    with (
        tunnelled(proxy, f"{CLOUD}:443") as sock,
        pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"),
    ):
        trusting(proxy.data / "authority.crt").wrap_socket(sock, server_hostname="example.com")
    with tunnelled(proxy, f"{CLOUD}:443") as sock, pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(sock, server_hostname=CLOUD)
    assert "no TLS in it" in proxy.log.read_text("utf-8")


def files_of(server: Server) -> int:
    """How many files the server's process has open."""
    return len(list(Path(f"/proc/{server.pid}/fd").iterdir()))


def test_many_half_open_tunnels_are_bounded_and_keep_nobody_out(proxy: Server) -> None:
    before = files_of(proxy)
    held = []
    try:
        for _ in range(300):
            sock = connect(proxy)
            held.append(sock)
            sock.sendall(asked(f"{CLOUD}:443"))
        heads = {some_of(sock, 12) for sock in held}
        assert heads <= {OPEN[:12], b"HTTP/1.1 503"}
        client = Client(proxy.port)
        assert client.send("GET", "/-/healthz").status == 200
        client.close()
        deadline = time.monotonic() + GRACE_SECONDS
        for sock in held:  # each ends by itself
            sock.settimeout(max(0.1, deadline - time.monotonic()))
            all_of(sock)
    finally:
        for sock in held:
            sock.close()
    while files_of(proxy) > before + 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert files_of(proxy) <= before + 3
    with tunnelled(proxy, f"{CLOUD}:80") as sock:
        assert healthy(sock)


def test_it_stops_while_tunnels_are_half_open_and_open(tmp_path: Path) -> None:
    server = Server(tmp_path, ENTREPOT_HTTPS_PROXY="true", ENTREPOT_DRAIN_SECONDS="30")
    server.start()
    with tunnelled(server, f"{CLOUD}:443"), tunnelled(server, f"{CLOUD}:80") as sock:
        sock.sendall(HEALTH.replace(b"close", b"keep-alive"))
        assert sock.recv(1000).startswith(b"HTTP/1.1 200 ")
        assert server.stop() == 0  # within less than the time that a drain may take


def test_several_workers_share_the_authority(tmp_path: Path) -> None:
    server = Server(tmp_path, "--workers", "2", ENTREPOT_HTTPS_PROXY="true")
    server.start()
    try:
        for _ in range(8):
            with (
                tunnelled(server, f"{CLOUD}:443") as sock,
                trusting(server.data / "authority.crt").wrap_socket(sock, server_hostname=CLOUD) as connection,
            ):
                assert healthy(connection)
    finally:
        assert server.stop() == 0


def test_a_server_that_was_not_told_to_opens_none(server: Server) -> None:
    with connect(server) as sock:
        sock.sendall(asked(f"{CLOUD}:443"))
        assert b"established" not in all_of(sock)
    assert not list(server.data.glob("authority*"))


@pytest.mark.parametrize(
    ("words", "why"), [
        ((), "https_proxy: is for dev mode only"),
        (("--dev", "--own-certificate"), "https_proxy: a proxy is asked by plain http"),
    ],
)  # fmt: skip
def test_only_dev_mode_may_have_one(tmp_path: Path, words: tuple[str, ...], why: str) -> None:
    command = [sys.executable, "-m", "entrepot", "serve", "--port", "0", "--data", str(tmp_path / "data"), *words]
    variables = environment({"ENTREPOT_HTTPS_PROXY": "true"})
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert why in done.stderr
    assert not os.path.lexists(tmp_path / "data" / "authority.key")
