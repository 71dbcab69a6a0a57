"""The examples for HAProxy and nginx let unmodified SDKs through, and nothing of the server's own.

Law: of two upstreams one is away all the time, which no client may notice. Requests that only a person would write go
over a bare connection.
"""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.server import Server
from deploy.configurations import ROOT, Proxy, free_ports, proxied

SDKS = {"boto3": "sdk-s3", "oss2": "sdk-aliyun", "cos": "sdk-tencent"}
SECONDS = 60.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A gateway."""
    made = Server(tmp_path_factory.mktemp("gateway") / "data", ENTREPOT_ADMIN_HOSTS="any")
    made.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module", params=["haproxy", "nginx"])
def proxy(request: pytest.FixtureRequest, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """A proxy in front of it, and of a second one that is away."""
    with proxied(request.param, tmp_path_factory.mktemp("proxy"), [*free_ports(1), server.port]) as made:
        yield made


def test_the_proxy_takes_its_file(proxy: Proxy) -> None:
    done = proxy.check()
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    assert "[warn]" not in done.stderr


@pytest.mark.parametrize("sdk", SDKS)
def test_an_sdk_passes(proxy: Proxy, sdk: str) -> None:
    python = ROOT / ".venvs" / SDKS[sdk] / "bin" / "python"
    if not python.exists():
        pytest.skip(f"{SDKS[sdk]} is not set up; make conformance does")
    trusted = dict.fromkeys(("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"), str(proxy.certificate))
    kept = {name: text for name, text in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        [str(python), str(Path(__file__).with_name("sdks") / f"with_{sdk}.py"), f"https://127.0.0.1:{proxy.tls_port}"],
        env={**kept, **trusted, "PYTHONWARNINGS": "ignore", "PYTHONPATH": ""},
        cwd=proxy.folder, capture_output=True, text=True, check=False, timeout=SECONDS,
    )  # fmt: skip
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["done"]), done.stdout[-2000:] + done.stderr[-2000:]


def asked(proxy: Proxy, target: str, method: str = "GET") -> tuple[int, bytes]:
    """The answer to a request as it stands, over plain HTTP."""
    connection = http.client.HTTPConnection("127.0.0.1", proxy.plain_port, timeout=20)
    try:
        connection.putrequest(method, target, skip_host=True)
        connection.putheader("Host", f"127.0.0.1:{proxy.plain_port}")
        connection.endheaders()
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    "target",
    [
        "/-/metrics", "/-/healthz", "/-/readyz", "/-/api/openapi.json", "/-/api/grants", "/-/", "/-/metrics?x=1",
        "http://127.0.0.1/-/metrics", "HTTP://127.0.0.1/-/metrics", "/-/callback/public-key.pem/../../metrics",
        "/-/metrics#x", "/-/callback/public-key.pemx",
    ],
)  # fmt: skip
def test_what_is_the_servers_own_stays_inside(proxy: Proxy, target: str) -> None:
    status, body = asked(proxy, target)
    assert status in {400, 404}
    assert b"entrepot" not in body
    assert b"/-/healthz" not in body  # which is what the server itself would say


@pytest.mark.parametrize("target", ["/%2D/metrics", "//-/metrics", "/x/../-/metrics"])
def test_no_spelling_of_it_is_the_servers_own(proxy: Proxy, target: str) -> None:
    assert b"entrepot_requests" not in asked(proxy, target)[1]


def test_the_key_of_callbacks_is_for_everybody(proxy: Proxy) -> None:
    status, body = asked(proxy, "/-/callback/public-key.pem")
    assert (status, body[:26]) == (200, b"-----BEGIN PUBLIC KEY-----")


def test_a_refused_upload_is_told_before_its_body(proxy: Proxy) -> None:
    """HAProxy hands on `Expect`, so that nothing is sent in vain; nginx says 100 by itself."""
    context = ssl.create_default_context(cafile=str(proxy.certificate))
    with (
        socket.create_connection(("127.0.0.1", proxy.tls_port), 20) as raw,
        context.wrap_socket(raw, server_hostname="127.0.0.1") as connection,
    ):
        connection.sendall(
            b"PUT /demo/refused HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\nExpect: 100-continue\r\n\r\n"
        )
        first = connection.recv(4096)
    assert first.startswith(b"HTTP/1.1 403" if proxy.name == "haproxy" else (b"HTTP/1.1 100", b"HTTP/1.1 403"))


def test_a_long_header_passes(proxy: Proxy) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", proxy.plain_port, timeout=20)
    try:
        connection.request("GET", "/demo/none", headers={"x-long": "a" * 28_000})
        assert connection.getresponse().status == 403
    finally:
        connection.close()
