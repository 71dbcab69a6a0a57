"""HTTPS with a certificate of one's own: the same server, its limits, and what it says of files that are wrong."""

from __future__ import annotations

import datetime as dt
import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from .bucket import Bucket
from .client import DEV, Client, Sign, form, read_from, some_bytes, target_of
from .server import Server

HEADER_SECONDS = IDLE_SECONDS = 1.0
GRACE_SECONDS = 4.0


def make_pair(folder: Path, name: str, password: bytes | None = None) -> tuple[Path, Path]:
    """A fresh self-signed certificate for loopback and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("*.store.test")]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    locked = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    paths = folder / f"{name}.crt", folder / f"{name}.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    paths[1].write_bytes(key.private_bytes(pem, pkcs8, locked))
    return paths


class TlsClient(Client):
    """One HTTPS connection that trusts only the given certificate."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        self._connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=context)


class TlsServer(Server):
    """A server with a certificate that was made for it."""

    def __init__(self, root: Path, *options: str, **settings: str) -> None:
        certificate, key = make_pair(root, "own")
        self.context = ssl.create_default_context(cafile=str(certificate))
        tls = {"ENTREPOT_TLS_CERTIFICATE": str(certificate), "ENTREPOT_TLS_KEY": str(key)}
        super().__init__(root, *options, **tls, **settings)

    def client(self) -> Client:
        return TlsClient(self.port, self.context)

    def connect(self) -> ssl.SSLSocket:
        """A raw connection after its handshake."""
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        return self.context.wrap_socket(plain, server_hostname="127.0.0.1")


@pytest.fixture(scope="module", params=["1", "2"])
def tls_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsServer]:
    """An impatient server of one process, then one of two."""
    limits = {
        "ENTREPOT_LIMITS__HEADER_SECONDS": str(HEADER_SECONDS),
        "ENTREPOT_LIMITS__BODY_IDLE_SECONDS": str(IDLE_SECONDS),
    }
    server = TlsServer(tmp_path_factory.mktemp("tls"), "--workers", str(request.param), **limits)
    server.start()
    yield server
    done = server.finish()
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def tls_bucket(tls_server: TlsServer) -> Iterator[Bucket]:
    """A bucket on it."""
    bucket = Bucket(server=tls_server, name=tls_server.make_bucket(DEV.appid), client=tls_server.client())
    yield bucket
    bucket.client.close()


def test_the_server_says_https(tls_server: TlsServer) -> None:
    address = (tls_server.data / "run" / "address").read_text("ascii").strip()
    assert address == f"https://127.0.0.1:{tls_server.port}"
    assert f"entrepot serves {address}" in tls_server.log.read_text("utf-8")


def test_the_server_s_own_endpoints(tls_bucket: Bucket) -> None:
    assert tls_bucket.client.send("GET", "/-/healthz").body == b"alive\n"
    assert tls_bucket.client.send("GET", "/-/readyz").status == 200


@pytest.mark.parametrize("size", [10, 3 << 20])
def test_bytes_there_and_back(tls_bucket: Bucket, size: int) -> None:
    content = some_bytes(size, f"tls {size}")
    data = tls_bucket.ok(form("upload", "/f", content))
    assert data["url"].startswith("https://127.0.0.1:")
    assert data["access_url"].startswith("https://127.0.0.1:")
    for _ in range(3):  # with several processes, through each of them
        reader = tls_bucket.fresh()
        assert reader.content("/f") == content
        reader.client.close()


def test_nothing_older_than_tls_1_2(tls_server: TlsServer) -> None:
    with tls_server.connect() as connection:
        assert connection.version() in {"TLSv1.2", "TLSv1.3"}


def test_plain_http_is_not_spoken_on_this_port(tls_bucket: Bucket) -> None:
    with socket.create_connection(("127.0.0.1", tls_bucket.server.port), timeout=20) as plain:
        plain.sendall(b"GET /-/healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        try:
            said = plain.recv(4096)
        except ConnectionResetError:
            said = b""
    assert b"HTTP/1.1" not in said
    assert tls_bucket.client.send("GET", "/-/healthz").status == 200


def test_a_header_that_is_too_large_is_refused(tls_server: TlsServer) -> None:
    with tls_server.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 40_000)
        assert read_from(connection).status == 431


def ended_after(connection: ssl.SSLSocket) -> float:
    """Seconds until the server ends the connection."""
    start = time.monotonic()
    try:
        while connection.recv(65536):
            pass
    except (ConnectionResetError, ssl.SSLError):
        pass
    return time.monotonic() - start


def test_a_header_that_does_not_come_ends_the_connection(tls_server: TlsServer) -> None:
    with tls_server.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHo")
        assert ended_after(connection) < HEADER_SECONDS + GRACE_SECONDS


def test_a_body_that_stops_ends_the_connection(tls_bucket: Bucket) -> None:
    assert isinstance(tls_bucket.server, TlsServer)
    with tls_bucket.server.connect() as connection:
        target = target_of(DEV.appid, tls_bucket.name, "/never")
        head = f"POST {target} HTTP/1.1\r\nHost: x\r\nAuthorization: {tls_bucket.sign(Sign(), '/never')}\r\n"
        head += "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n--b\r\n"
        connection.sendall(head.encode())
        assert ended_after(connection) < IDLE_SECONDS + GRACE_SECONDS
    assert "never" not in tls_bucket.names()


def test_a_client_that_takes_no_bytes_is_let_go(tls_bucket: Bucket) -> None:
    """Sixteen MiB are more than buffers hold; what was sent by then is all that the client can find."""
    assert isinstance(tls_bucket.server, TlsServer)
    size = 16 << 20
    tls_bucket.ok(form("upload", "/large", some_bytes(size, "tls large")))
    with tls_bucket.server.connect() as connection:
        target = f"/{tls_bucket.host_name}/large?sign={tls_bucket.sign(Sign(), '')}"
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        time.sleep(IDLE_SECONDS + GRACE_SECONDS)
        taken = 0
        try:
            while chunk := connection.recv(1 << 16):
                taken += len(chunk)
        except (ConnectionResetError, ssl.SSLError):
            pass
    assert 0 < taken < size


def test_files_that_are_wrong(tmp_path: Path) -> None:
    """One line that says which file and what of it, exit status 2, and nothing is served."""
    one, other = make_pair(tmp_path, "one"), make_pair(tmp_path, "other")
    locked = make_pair(tmp_path, "locked", b"secret")
    text = tmp_path / "text"
    text.write_text("not a certificate")
    cases = {
        (one[0], None): "belong together",
        (tmp_path / "none.crt", one[1]): f"tls_certificate: cannot read {tmp_path / 'none.crt'}: No such file",
        (one[0], tmp_path / "none.key"): f"tls_key: cannot read {tmp_path / 'none.key'}: No such file",
        (one[0], other[1]): f"tls_key: {other[1]} is not the key of the certificate in {one[0]}",
        (text, one[1]): "in PEM",
        (one[0], text): "in PEM",
        (one[1], one[0]): "in PEM",
        locked: "unencrypted",
    }
    for (certificate, key), message in cases.items():
        settings = {"ENTREPOT_TLS_CERTIFICATE": str(certificate)} | ({"ENTREPOT_TLS_KEY": str(key)} if key else {})
        done = Server(tmp_path, **settings).run("serve", "--dev", "--port", "0")
        assert done.returncode == 2, message
        assert message in done.stderr
        assert done.stderr.startswith("entrepot: ")
        assert done.stderr.count("\n") == 1
        assert "serves" not in done.stdout
