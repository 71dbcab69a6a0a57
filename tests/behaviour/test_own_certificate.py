"""A server with an authority of its own: which names it vouches for, who may read its key, when things are made again.

Source: issue 12 §6; RFC 5280 §4.2.1.10, RFC 6066 §3. What checks the certificates is OpenSSL, through Python's ssl.
"""

from __future__ import annotations

import hashlib
import http.client
import ipaddress
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from entrepot.adapters.secrets.authority import LEAF_SECONDS, Authority
from entrepot.adapters.secrets.vault import VaultError

from .client import Client
from .server import Server
from .test_tls import TlsClient

NAMES = (
    "localhost", "demo.localhost", "examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com",
    "examplebucket.oss-cn-hangzhou.aliyuncs.com", "examplebucket.tos-cn-beijing.volces.com",
    "examplebucket.s3.eu-central-1.amazonaws.com", "a.b.s3.amazonaws.com", "sts.tencentcloudapi.com",
    "open.volcengineapi.com", "demo-1250000000.file.myqcloud.com", "examplebucket.store.test", "store.test",
)  # fmt: skip


class OwnServer(Server):
    """A server with certificates of its own."""

    def client(self) -> Client:
        return TlsClient(self.port, trusting(self.data / "authority.crt"))


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server in dev mode with certificates of its own."""
    root = tmp_path_factory.mktemp("own")
    server = OwnServer(root, "--own-certificate", ENTREPOT_DOMAINS="store.test")
    server.start()
    yield server
    server.stop()


def trusting(path: Path) -> ssl.SSLContext:
    """Trusts this authority alone, and is as strict as OpenSSL can be."""
    context = ssl.create_default_context(cafile=str(path))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


def answered(port: int, context: ssl.SSLContext, name: str) -> tuple[int, dict[str, Any]]:
    """The status of a health check under a name, and the certificate that was shown."""
    plain = socket.create_connection(("127.0.0.1", port), timeout=20)
    with context.wrap_socket(plain, server_hostname=name) as connection:
        host = f"[{name}]" if ":" in name else name
        connection.sendall(f"GET /-/healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        reply = http.client.HTTPResponse(connection)
        reply.begin()
        return reply.status, connection.getpeercert() or {}


@pytest.mark.parametrize("name", [*NAMES, "127.0.0.1", "::1"])
def test_a_name_is_vouched_for(own: Server, name: str) -> None:
    status, shown = answered(own.port, trusting(own.data / "authority.crt"), name)
    assert status == 200
    lasts = ssl.cert_time_to_seconds(str(shown["notAfter"])) - time.time()
    assert LEAF_SECONDS / 2 < lasts <= LEAF_SECONDS


@pytest.mark.parametrize(
    "name", ["example.com", "myqcloud.com.example.com", "notamazonaws.com", "store.test.evil.test"]
)
def test_another_name_is_refused(own: Server, name: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        answered(own.port, trusting(own.data / "authority.crt"), name)


def test_who_does_not_trust_it_is_told(own: Server) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        answered(own.port, ssl.create_default_context(), "localhost")


def test_the_key_is_for_nobody_else(own: Server) -> None:
    assert (own.data / "authority.key").stat().st_mode & 0o777 == 0o600


def test_a_server_that_was_not_asked_makes_none(server: Server) -> None:
    assert not list(server.data.glob("authority*"))


def test_the_command_tells_whom_to_trust(own: Server) -> None:
    command = [sys.executable, "-m", "entrepot", "certificate", "--data", str(own.data)]
    path = own.data / "authority.crt"
    assert subprocess.run([*command, "--pem"], capture_output=True, check=True, timeout=60).stdout == path.read_bytes()
    said = subprocess.run(command, capture_output=True, check=True, timeout=60, text=True).stdout
    der = ssl.PEM_cert_to_DER_cert(path.read_text())
    assert f"{path.resolve()}\nSHA-256 {hashlib.sha256(der).hexdigest()}\n" in said
    for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        assert f"{variable}={path.resolve()}" in said


def made(folder: Path, at: float, *names: str) -> Authority:
    """An authority at a time."""
    return Authority(folder, names or ("localhost",), [ipaddress.ip_address("192.0.2.1")], lambda: at)


def certificate_of(folder: Path) -> x509.Certificate:
    """What clients trust."""
    return x509.load_pem_x509_certificate((folder / "authority.crt").read_bytes())


def test_an_authority_lasts_and_is_made_again_in_time(tmp_path: Path) -> None:
    now = time.time()
    made(tmp_path, now)
    first = certificate_of(tmp_path)
    made(tmp_path, now + 300 * 86_400)
    assert certificate_of(tmp_path) == first
    made(tmp_path, now + 340 * 86_400)
    again = certificate_of(tmp_path)
    assert again.not_valid_after_utc > first.not_valid_after_utc
    assert again.public_key() == first.public_key()


def test_further_names_take_another_certificate(tmp_path: Path) -> None:
    made(tmp_path, time.time())
    made(tmp_path, time.time(), "localhost", "store.test")
    limits = certificate_of(tmp_path).extensions.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    permitted = limits.value.permitted_subtrees or []
    assert [str(one.value) for one in permitted] == [
        "localhost", "store.test", "127.0.0.0/8", "::1/128", "192.0.2.1/32",
    ]  # fmt: skip


def test_a_name_is_vouched_for_again_before_its_certificate_ends(tmp_path: Path) -> None:
    at = [time.time()]
    authority = Authority(tmp_path, ("localhost",), [], lambda: at[0])
    first = authority._context_of("localhost")
    at[0] += LEAF_SECONDS / 2 - 1
    assert authority._context_of("localhost") is first
    at[0] += 2
    assert authority._context_of("localhost") is not first


def test_many_names_take_bounded_memory(tmp_path: Path) -> None:
    authority = made(tmp_path, time.time())
    for number in range(300):
        authority._context_of(f"b{number}.localhost")
    assert len(authority._contexts) == 256
    assert {path.name for path in tmp_path.iterdir()} == {"authority.key", "authority.crt"}


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    made(tmp_path, time.time())
    (tmp_path / "authority.key").chmod(0o644)
    with pytest.raises(VaultError, match="0600"):
        made(tmp_path, time.time())


def test_it_ends_beside_a_client_that_is_idle_and_does_not_say_goodbye(tmp_path: Path) -> None:
    """RFC 8446 §6.1: who closes sends close_notify; a client that keeps a connection for later reads it then."""
    server = OwnServer(tmp_path, "--own-certificate", ENTREPOT_DRAIN_SECONDS="600")
    server.start()
    try:
        context = trusting(server.data / "authority.crt")
        plain = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        with context.wrap_socket(plain, server_hostname="localhost") as connection:
            connection.sendall(b"GET /-/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            reply = http.client.HTTPResponse(connection)
            reply.begin()
            assert reply.read() == b"alive\n"
            reply.close()
            assert server.stop() == 0
            assert connection.recv(1) == b""
    finally:
        if server.pid:
            server.kill()
