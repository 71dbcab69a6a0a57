"""How requests travel: Expect, chunked bodies, keep-alive, absolute-form. Source: wire facts §0 rule 12, §2, §4."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

from .bucket import Bucket
from .client import BOUNDARY, Ask, Part, Sign, form_body, get, read_from
from .server import Server
from .transcript import SIGN_FAILED, check_reply

BODY = form_body([Part(name="op", value="upload"), Part(name="filecontent", value=b"y" * 3000, filename="f")])


def head_of(bucket: Bucket, path: str, *headers: str, sign: Sign | None = None) -> bytes:
    """A POST's header."""
    lines = [
        f"POST /files/v2/{bucket.owner.appid}/{bucket.name}{path} HTTP/1.1",
        "Host: x",
        f"Authorization: {bucket.sign(sign or Sign(), path)}",
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}",
        *headers,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def connect(bucket: Bucket) -> socket.socket:
    """A raw connection."""
    return socket.create_connection(("127.0.0.1", bucket.server.port), timeout=5)


def test_expect_is_answered_at_once(bucket: Bucket) -> None:
    """Wire facts §0, rule 12: PHP on every POST."""
    with connect(bucket) as sock:
        sock.sendall(head_of(bucket, "/f", f"Content-Length: {len(BODY)}", "Expect: 100-continue"))
        assert sock.recv(4096).startswith(b"HTTP/1.1 100 ")
        sock.sendall(BODY)
        check_reply(read_from(sock), status=200, code=0)
    assert bucket.content("/f") == b"y" * 3000


def test_expect_is_not_granted_without_authority(bucket: Bucket) -> None:
    """Architecture §3: the body is not read before the request is authenticated."""
    with connect(bucket) as sock:
        head = head_of(bucket, "/f", f"Content-Length: {len(BODY)}", "Expect: 100-continue", sign=Sign(secret=b"x"))
        sock.sendall(head)
        check_reply(read_from(sock), status=SIGN_FAILED, code=-97)


def test_chunked_bodies(bucket: Bucket) -> None:
    with connect(bucket) as sock:
        sock.sendall(head_of(bucket, "/f", "Transfer-Encoding: chunked"))
        for at in range(0, len(BODY), 700):
            piece = BODY[at : at + 700]
            sock.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        sock.sendall(b"0\r\n\r\n")
        check_reply(read_from(sock), status=200, code=0)
    assert bucket.content("/f") == b"y" * 3000


def test_byte_by_byte(bucket: Bucket) -> None:
    request = head_of(bucket, "/f", f"Content-Length: {len(BODY)}") + BODY
    with connect(bucket) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(len(request) - 600, len(request)):
            if at == len(request) - 600:
                sock.sendall(request[:at])
            sock.sendall(request[at : at + 1])
        check_reply(read_from(sock), status=200, code=0)
    assert bucket.content("/f") == b"y" * 3000


def test_pipelined_requests_are_answered_in_order(bucket: Bucket) -> None:
    for name in ("1", "2", "3"):
        bucket.put(f"/{name}", name.encode())
    wire = b"".join(
        f"GET /{bucket.host_name}/{name}?sign={bucket.sign(Sign(), '')} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        for name in ("3", "1", "2")
    )
    with connect(bucket) as sock:
        sock.sendall(wire)
        answer = b""
        for _ in range(20):
            if answer.count(b"HTTP/1.1 200") == 3 and answer.endswith(b"2"):
                break
            answer += sock.recv(65536)
    bodies = [part.rpartition(b"\r\n\r\n")[2] for part in answer.split(b"HTTP/1.1 200")[1:]]
    assert bodies == [b"3", b"1", b"2"]


def test_many_requests_in_one_packet(bucket: Bucket) -> None:
    one = b"GET /-/healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    with connect(bucket) as sock:
        sock.sendall(one * 500)
        answer = b""
        while answer.count(b"alive\n") < 500:
            piece = sock.recv(1 << 20)
            assert piece
            answer += piece
    assert answer.count(b"HTTP/1.1 200") == 500


def test_an_idle_connection_is_ended(serving: Callable[..., Server]) -> None:
    """The setting `keep_alive_seconds`, of which the watchdog sees to it."""
    server = serving(keep_alive_seconds="1")
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
        for _ in range(3):
            sock.sendall(b"GET /-/healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert read_from(sock).status == 200
            time.sleep(0.3)
        assert sock.recv(1) == b"", "an end, not a reset"


def test_absolute_form_of_the_api(bucket: Bucket) -> None:
    """Wire facts §2: the universal method."""
    bucket.put("/f")
    url = f"http://sh.file.myqcloud.com/files/v2/{bucket.owner.appid}/{bucket.name}/f"
    data = bucket.ok(Ask(op="stat", path="/f", way="get", url=url, headers=[("Proxy-Connection", "keep-alive")]))
    assert data["name"] == "f"


def test_any_host_will_do_for_the_api(bucket: Bucket) -> None:
    """Wire facts §1: do not enforce Host."""
    target = f"/files/v2/{bucket.owner.appid}/{bucket.name}/?op=stat"
    for host in ("web.file.myqcloud.com", "sh.file.myqcloud.com", "localhost", "example.org:1234", "[::1]:80"):
        reply = bucket.client.send("GET", target, headers=[("Authorization", bucket.sign(Sign(), "/"))], host=host)
        assert reply.code == 0, f"{host}: {reply}"


def test_two_hosts(bucket: Bucket) -> None:
    """RFC 9112, section 3.2: the server refuses, because others on the way may take the other one."""
    with connect(bucket) as sock:
        sock.sendall(b"GET /-/healthz HTTP/1.1\r\nHost: x\r\nhost: y\r\n\r\n")
        assert sock.recv(65536).startswith(b"HTTP/1.1 400 ")
    with connect(bucket) as sock:
        for _ in range(2):  # two requests on one connection have one each
            sock.sendall(b"GET /-/healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert read_from(sock).status == 200


def test_many_requests_on_one_connection(bucket: Bucket) -> None:
    for number in range(50):
        reply = bucket.ask(get("stat", "/" if number % 2 else "/none"))
        assert reply.status == (200 if number % 2 else 404)


def test_the_server_s_own_endpoints(bucket: Bucket) -> None:
    """Issue 2 §2: healthz, readyz, metrics."""
    bucket.put("/f")
    assert bucket.client.send("GET", "/-/healthz").status == 200
    assert bucket.client.send("GET", "/-/readyz").status == 200
    metrics = bucket.client.send("GET", "/-/metrics").body.decode()
    assert "entrepot_requests" in metrics
    assert bucket.owner.secret.decode() not in metrics
    assert bucket.client.send("GET", "/-/nothing").status == 404


def test_secrets_and_signatures_are_never_logged(bucket: Bucket) -> None:
    """Issue 2 §2."""
    sign = bucket.sign(Sign(), "/f")
    bucket.ask(get("stat", "/f", sign=sign))
    bucket.download("/f", sign=Sign(by="query"))
    bucket.ask(get("stat", "/f", sign=sign[:-4]))
    log = bucket.server.log.read_text("utf-8", "replace")
    requests = "\n".join(line for line in log.splitlines() if "request" in line)
    assert requests
    assert sign[:40] not in log
    assert "sign=" not in requests
    assert bucket.owner.secret.decode() not in requests
