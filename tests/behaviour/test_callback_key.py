"""The key that callbacks are checked with is served by every worker, and is the same after a restart."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from cluster.engines import embedded

from .server import Server


def served(server: Server) -> bytes:
    """The public key, over a connection of its own."""
    client = server.client()
    reply = client.send("GET", "/-/callback/public-key.pem")
    client.close()
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/x-pem-file"
    return reply.body


def test_the_public_key(tmp_path: Path) -> None:
    server = Server(tmp_path, "--workers", "2")
    server.start()
    try:
        assert not (server.data / "callback.key").exists()
        found = {served(server) for _ in range(12)}
        assert len(found) == 1
        key = serialization.load_pem_public_key(found.pop())
        assert isinstance(key, rsa.RSAPublicKey)
        assert key.key_size >= 2048
        assert b"PRIVATE" not in served(server)
        before = served(server)
    finally:
        assert server.stop() == 0
    server.start()
    try:
        assert served(server) == before
    finally:
        assert server.stop() == 0


@embedded
def test_a_damaged_key_is_not_used_and_said(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.start()
    try:
        path = server.data / "callback.key"
        path.write_text("nonsense")
        client = server.client()
        reply = client.send("GET", "/-/callback/public-key.pem")
        assert reply.status == 503
        assert str(tmp_path).encode() not in reply.body
        path.unlink()
        assert client.send("GET", "/-/callback/public-key.pem").status == 200
        client.close()
    finally:
        assert server.stop() == 0
