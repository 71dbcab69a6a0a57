"""The files of `deploy/` for a machine of tests: ports, certificates and programs are put in, all else stays.

Law: what is replaced must be there, so that a test fails when a file changes under it.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance.s3.tls_relay import certificate

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
_START_SECONDS = 10.0


def program(name: str, package: str) -> str:
    """Where a program is; without it the test is left out, and says so."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: {package})")
    return found


def told(path: Path, changes: Mapping[str, str]) -> str:
    """A file of `deploy/` with other words in the place of some of its own."""
    text = path.read_text(encoding="utf-8")
    for ours, theirs in changes.items():
        assert ours in text, f"{path.name} has no {ours!r}"
        text = text.replace(ours, theirs)
    return text


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens on."""
    with contextlib.ExitStack() as held:
        return [held.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(count)]


class Proxy:
    """A proxy that is told by a file of `deploy/`: https on one port, http on another."""

    def __init__(self, name: str, folder: Path, upstreams: Sequence[int]) -> None:
        self.name = name
        self.folder = folder
        self.plain_port, self.tls_port, other = free_ports(3)
        self.certificate, key = certificate(folder)
        if name == "haproxy":
            (folder / "both.pem").write_bytes(self.certificate.read_bytes() + key.read_bytes())
            text = told(
                DEPLOY / "haproxy" / "haproxy.cfg",
                {
                    "maxconn 10000": "maxconn 1000",  # tests may have few descriptors
                    "bind :80": f"bind 127.0.0.1:{self.plain_port}",
                    "bind :443": f"bind 127.0.0.1:{self.tls_port}",
                    "bind 127.0.0.1:8404": f"bind 127.0.0.1:{other}",
                    "/etc/haproxy/entrepot.pem": str(folder / "both.pem"),
                    **{f"127.0.0.1:940{number}": f"127.0.0.1:{port}" for number, port in enumerate(upstreams, 1)},
                },
            )
            text = text.replace("    server gateway3 127.0.0.1:9403\n", "")
            self._words = [program("haproxy", "haproxy"), "-f", str(folder / "haproxy.cfg"), "-db"]
            self._check = [*self._words[:3], "-c"]
        else:
            inner = told(
                DEPLOY / "nginx" / "entrepot.conf",
                {
                    "listen 80": f"listen 127.0.0.1:{self.plain_port}",
                    "listen 443": f"listen 127.0.0.1:{self.tls_port}",
                    "/etc/nginx/entrepot.crt": str(self.certificate),
                    "/etc/nginx/entrepot.key": str(key),
                    **{f"127.0.0.1:940{number}": f"127.0.0.1:{port}" for number, port in enumerate(upstreams, 1)},
                },
            )
            text = _NGINX.format(folder=folder, inner=inner)
            self._words = [program("nginx", "nginx"), "-p", str(folder), "-c", str(folder / "nginx.cfg")]
            self._check = [*self._words, "-t"]
        (folder / f"{name}.cfg").write_text(text)
        self._process: subprocess.Popen[bytes] | None = None

    def check(self) -> subprocess.CompletedProcess[str]:
        """What the proxy itself says of the file."""
        return subprocess.run(self._check, capture_output=True, text=True, check=False, timeout=20)

    def start(self) -> None:
        """Start it, and wait until it listens."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self._words, stdout=log, stderr=log, cwd=self.folder)
        until = time.monotonic() + _START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.tls_port), 1).close()
            except OSError:
                if self._process.poll() is not None or time.monotonic() > until:
                    raise AssertionError((self.folder / "log").read_text(errors="replace")[-2000:]) from None
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


_NGINX = """\
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log stderr warn;
events {{ worker_connections 256; }}
http {{
access_log off;
client_body_temp_path {folder}/body;
proxy_temp_path {folder}/proxy;
fastcgi_temp_path {folder}/fastcgi;
uwsgi_temp_path {folder}/uwsgi;
scgi_temp_path {folder}/scgi;
{inner}
}}
"""


@contextmanager
def proxied(name: str, folder: Path, upstreams: Sequence[int]) -> Iterator[Proxy]:
    """A proxy for a while."""
    proxy = Proxy(name, folder, upstreams)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
