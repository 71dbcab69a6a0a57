"""A server in dev mode and pages of others; the admin API and names of others.

Its keys are well known, so what a page of another origin can have it do, anybody can. Sources: WHATWG "Fetch" (Origin);
RFC 9110 §7.2, §15.5.20; fault 2.12.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .client import DEV
from .server import Server
from .storage.clouds import S3
from .storage.signers import Asked, How


@pytest.fixture(scope="module")
def careful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server in dev mode that was told of no host."""
    server = Server(tmp_path_factory.mktemp("careful"), ENTREPOT_DEV_HOSTS="", ENTREPOT_DOMAINS="store.test")
    server.start()
    yield server
    done = server.finish()
    assert done.returncode == 0, done.stdout + done.stderr


def put(server: Server, *headers: tuple[str, str], host: str = "") -> int:
    """The status of a well signed upload."""
    authority = host or f"127.0.0.1:{server.port}"
    asked = Asked(method="PUT", path="/demo/k", host=authority, bucket="demo", key="k", body=b"x")
    signed = S3.sign(asked, DEV, How())
    client = server.client()
    try:
        return client.send("PUT", signed.target, headers=[*signed.headers, *headers], body=b"x", host=host).status
    finally:
        client.close()


def test_pages_of_others_are_not_served(careful: Server) -> None:
    for origin in ("https://evil.example", "null", "https://evil.s3.amazonaws.com"):
        assert put(careful, ("Origin", origin)) == 403
        client = careful.client()
        asked = [("Origin", origin), ("Access-Control-Request-Method", "PUT")]
        reply = client.send("OPTIONS", "/demo/k", headers=asked)
        client.close()
        assert reply.status == 403
        assert "access-control-allow-origin" not in reply.headers
    for origin in ("http://localhost:3000", f"http://127.0.0.1:{careful.port}", "http://[::1]:5173"):
        assert put(careful, ("Origin", origin)) == 200
    assert put(careful) == 200


def test_names_of_others_are_not_answered_to(careful: Server) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example"):
        assert put(careful, host=host) == 403
    for host in ("localhost", "store.test", "tos-cn-beijing.volces.com"):
        client = careful.client()
        reply = client.send("GET", "/", host=host)
        client.close()
        assert b"dev mode" not in reply.body


def test_the_admin_api_knows_its_host(tmp_path: Path) -> None:
    """Also outside of dev mode, or where dev mode lets everybody in."""
    server = Server(tmp_path, ENTREPOT_PUBLIC_URL="https://files.example.com", ENTREPOT_ADMIN_HOSTS="*.ops.example")
    server.start()
    client = server.client()
    shown = [("Authorization", "Bearer entrepot-dev-admin")]
    for host, status in (
        ("", 200), ("localhost", 200), ("192.0.2.1:9400", 200), ("files.example.com", 200), ("a.ops.example", 200),
        ("evil.example", 421), ("files.example.com.evil.example", 421), ("ops.example", 421),
    ):  # fmt: skip
        reply = client.send("GET", "/-/api/v1/grants", headers=shown, host=host)
        assert reply.status == status, f"{host}: {reply}"
    client.close()
    assert server.finish().returncode == 0
