"""A network that can be cut and slowed: toxiproxy between two that talk to each other.

It ends with whoever started it. Source: github.com/Shopify/toxiproxy, README ("Toxics", "HTTP API").
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import httpx

from cluster.haproxy import free_port
from cluster.setup_stores import PROGRAMS

_START_SECONDS = 10.0


class Network:
    """Links by name, each from a port of loopback to another one."""

    def __init__(self, api: str) -> None:
        self._client = httpx.Client(base_url=api, trust_env=False, timeout=10.0)
        self._toxics: list[str] = []

    def link(self, name: str, port: int) -> int:
        """A new link; the port where it begins."""
        begin = free_port()
        self._post("/proxies", name=name, listen=f"127.0.0.1:{begin}", upstream=f"127.0.0.1:{port}", enabled=True)
        return begin

    def through(self, name: str, address: str) -> str:
        """The same address, by way of a new link."""
        parts = urlsplit(address)
        assert parts.port is not None
        port = self.link(name, parts.port)
        return urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.port}", f":{port}")))

    def spoil(self, name: str, kind: str, **attributes: int) -> None:
        """Have a link suffer, both ways."""
        for stream in ("upstream", "downstream"):
            toxic = f"{kind}-{stream}"
            self._post(f"/proxies/{name}/toxics", name=toxic, type=kind, stream=stream, attributes=attributes)
            self._toxics.append(f"/proxies/{name}/toxics/{toxic}")

    def heal(self) -> None:
        """Everything is well again."""
        while self._toxics:
            self._client.delete(self._toxics.pop()).raise_for_status()

    def _post(self, path: str, **said: object) -> None:
        self._client.post(path, json=said).raise_for_status()

    def close(self) -> None:
        """Close the connection to toxiproxy."""
        self._client.close()


@contextmanager
def network() -> Iterator[Network]:
    """toxiproxy for a while. Raises FileNotFoundError when it is not built."""
    why = PROGRAMS["toxiproxy"].lacking()
    if why is not None:
        raise FileNotFoundError(f"toxiproxy: {why}")
    port = free_port()
    process = subprocess.Popen(
        [str(PROGRAMS["toxiproxy"].path), "-host", "127.0.0.1", "-port", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    made = Network(f"http://127.0.0.1:{port}")
    try:
        until = time.monotonic() + _START_SECONDS
        while True:
            try:
                made._client.get("/version").raise_for_status()
                break
            except httpx.HTTPError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
        yield made
    finally:
        made.close()
        process.terminate()
        process.wait(10)
