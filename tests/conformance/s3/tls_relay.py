"""TLS in front of a plain server, for what S3 clients do over HTTPS only (checksums in trailers).

Law: bytes pass unchanged; the certificate is made for the day and trusted by nobody but who is given its file.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

CHUNK_BYTES = 256 * 1024
END_SECONDS = 5.0


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate of 127.0.0.1 and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / "cert.pem", folder / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem, secret


class TlsRelay:
    """Use as a context manager; `address` is `https://127.0.0.1:PORT`, `pem` what the client must trust."""

    def __init__(self, upstream_port: int, folder: Path) -> None:
        self._upstream = upstream_port
        self.pem, key = certificate(folder)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.pem, key)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._stop: Callable[[], object] = lambda: None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self.address = f"https://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(END_SECONDS)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stop()
        self._thread.join(END_SECONDS)

    async def _serve(self) -> None:
        """One thread for all connections: an SSL object must not be read and written by two at once."""
        ended = asyncio.Event()
        self._stop = partial(asyncio.get_running_loop().call_soon_threadsafe, ended.set)
        server = await asyncio.start_server(self._join, sock=self._listener, ssl=self._context, limit=CHUNK_BYTES)
        self._ready.set()
        await ended.wait()
        server.close()

    async def _join(self, outer_in: asyncio.StreamReader, outer_out: asyncio.StreamWriter) -> None:
        try:
            inner_in, inner_out = await asyncio.open_connection("127.0.0.1", self._upstream, limit=CHUNK_BYTES)
            outward = asyncio.ensure_future(self._pump(outer_in, inner_out))
            try:
                await self._pump(inner_in, outer_out)
                outer_out.close()
                await outer_out.wait_closed()
            finally:
                outward.cancel()
                inner_out.transport.abort()
        except (OSError, asyncio.CancelledError):
            return
        finally:
            outer_out.transport.abort()

    @staticmethod
    async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await source.read(CHUNK_BYTES):
                sink.write(chunk)
                await sink.drain()
            if sink.can_write_eof():
                sink.write_eof()
