"""A server under a service manager says when it serves and when it stops. Source: sd_notify(3) of systemd."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from behaviour.server import Server
from entrepot.front.service_manager import READY, tell_service_manager


@contextmanager
def manager(name: str) -> Iterator[socket.socket]:
    """What listens as a service manager does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0" + name[1:] if name.startswith("@") else name)
        listener.settimeout(20)
        yield listener


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_tells_when_it_serves_and_when_it_stops(tmp_path: Path, workers: str) -> None:
    name = str(tmp_path / "notify")
    with manager(name) as listener:
        server = Server(tmp_path, "--workers", workers, NOTIFY_SOCKET=name)
        server.start()
        assert listener.recv(100) == b"READY=1"
        assert server.stop() == 0
        assert listener.recv(100) == b"STOPPING=1"
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.recv(100)


def test_an_abstract_name(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"@entrepot-{secrets.token_hex(8)}"
    monkeypatch.setenv("NOTIFY_SOCKET", name)
    with manager(name) as listener:
        tell_service_manager(READY)
        assert listener.recv(100) == b"READY=1"


@pytest.mark.parametrize("name", ["", "relative", "/nowhere/at/all", "@nobody-listens", "/" + "x" * 300])
def test_nobody_listens(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", name)
    tell_service_manager(READY)
