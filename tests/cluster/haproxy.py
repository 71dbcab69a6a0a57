"""HAProxy in front of gateways, as an operator would have it: who is not ready gets no request.

It ends with whoever started it. Source: docs.haproxy.org/2.6/configuration.html (option httpchk, http-check expect).
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

CHECK_MS = 200
"""Between two questions whether a gateway is ready; one answer decides."""
_START_SECONDS = 10.0
_CONFIGURATION = """
global
    maxconn 2000
defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 60s
    timeout http-request 30s
    timeout check 3s
    option redispatch
    retries 3
frontend clients
    bind 127.0.0.1:{port}
    default_backend gateways
backend gateways
    balance leastconn
    option httpchk GET /-/readyz
    http-check expect status 200
    default-server check inter {inter}ms fall 1 rise 1
{servers}
"""


def program() -> str | None:
    """Where it is; None when it is not installed."""
    return shutil.which("haproxy") or shutil.which("/usr/sbin/haproxy")


def free_port() -> int:
    """One that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


@contextmanager
def balanced(ports: Sequence[int]) -> Iterator[int]:
    """HAProxy in front of what listens there; the port where it listens itself."""
    found = program()
    assert found is not None
    port = free_port()
    servers = "\n".join(f"    server gateway{number} 127.0.0.1:{one}" for number, one in enumerate(ports))
    with tempfile.TemporaryDirectory(prefix="entrepot-haproxy-") as folder:
        file = Path(folder) / "haproxy.cfg"
        file.write_text(_CONFIGURATION.format(port=port, inter=CHECK_MS, servers=servers))
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen([found, "-db", "-f", str(file)], stdout=log, stderr=log)
        try:
            _wait_for(port, process, Path(folder) / "log")
            yield port
        finally:
            process.terminate()
            process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while True:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
            break
        if process.poll() is not None or time.monotonic() > until:
            raise TimeoutError(log.read_text(errors="replace")[-2000:])
        time.sleep(0.05)
    time.sleep(3 * CHECK_MS / 1000)
