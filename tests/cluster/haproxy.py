"""HAProxy in front of gateways, with the file that `deploy/` has for operators: who is not ready gets no request.

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
_SHIPPED = Path(__file__).resolve().parents[2] / "deploy" / "haproxy" / "haproxy.cfg"


def _configuration(port: int, ports: Sequence[int]) -> str:
    """What is shipped, without TLS, on ports of loopback, quicker to notice; the load also asks the admin API."""
    text = _SHIPPED.read_text(encoding="utf-8")
    changes = {
        "maxconn 10000": "maxconn 2000",
        "bind :80\n": f"bind 127.0.0.1:{port}\n",
        "    bind :443 ssl crt /etc/haproxy/entrepot.pem alpn http/1.1\n": "",
        "    bind 127.0.0.1:8404\n": f"    bind 127.0.0.1:{free_port()}\n",
        "    http-request deny deny_status 404 if { path_beg /-/ } !{ path /-/callback/public-key.pem }\n": "",
        "inter 2s fall 2 rise 2": f"inter {CHECK_MS}ms fall 1 rise 1",
        "server gateway1 127.0.0.1:9401": "\n    ".join(
            f"server gateway{number} 127.0.0.1:{one}" for number, one in enumerate(ports, 1)
        ),
        "    server gateway2 127.0.0.1:9402\n    server gateway3 127.0.0.1:9403\n": "",
    }
    for ours, theirs in changes.items():
        assert ours in text, ours
        text = text.replace(ours, theirs)
    return text


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
    with tempfile.TemporaryDirectory(prefix="entrepot-haproxy-") as folder:
        file = Path(folder) / "haproxy.cfg"
        file.write_text(_configuration(port, ports))
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
