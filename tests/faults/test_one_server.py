"""A data folder has one server; a second one says so and does nothing, and the end of the first frees the folder."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from .server import running, serving


def test_a_second_server_refuses(tmp_path: Path) -> None:
    """Whatever it is asked for, before it touches anything; commands go on beside the first."""
    with serving(tmp_path, workers=2) as server:
        address = (server.data / "run" / "address").read_bytes()
        metrics = sorted((server.data / "run").rglob("*"))
        second = server.run("serve", "--port", "0", "--workers", "3")
        assert second.returncode == 2, second
        assert f"a server works on {server.data} already" in second.stderr
        assert second.stdout == ""
        assert (server.data / "run" / "address").read_bytes() == address
        assert sorted((server.data / "run").rglob("*")) == metrics
        assert server.run("sweep").returncode == 0
        with server.client() as client:
            assert client.upload("/still", b"here").ok
        assert server.stop() == 0
        server.start()


@pytest.mark.parametrize("workers", [1, 2])
def test_what_was_killed_holds_nothing(tmp_path: Path, workers: int) -> None:
    """The main process alone is killed: the next one may start at once, though orphaned workers still finish.

    The lock's file is left over, which means nothing.
    """
    with serving(tmp_path, workers=workers) as server:
        main, *others = server.pids()
        group = server._process
        assert group is not None
        os.kill(main, signal.SIGKILL)
        group.wait(10)
        server._process = None
        assert (server.data / "run" / "server.lock").exists()
        try:
            server.start()
            with server.client() as client:
                assert client.upload("/next", b"served").ok
        finally:
            for pid in others:
                if running(pid):
                    os.kill(pid, signal.SIGKILL)
