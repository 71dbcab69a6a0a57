"""Start, watch and end the server processes of the benchmark.

Law: ends only processes that it started, by their id, with SIGTERM; one that does not end in time is killed
by its own id and reported as an error. Memory is read from /proc (Linux).
"""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

STOP_SECONDS = 20.0


class StartError(RuntimeError):
    """A server did not come up; the message ends with the last lines of its log."""


def free_port() -> int:
    """A TCP port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(
    port: int, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> tuple[int, bytes]:
    """One HTTP request to loopback on a connection of its own: its status and whole body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, target, body=body, headers=dict(headers or {}))
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


class Process:
    """One server process and its descendants."""

    def __init__(self, command: list[str], *, folder: Path, env: Mapping[str, str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._log = folder / "server.log"
        self.started = time.monotonic()
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(
                command, cwd=folder, env=dict(env), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def wait_ready(self, port: int, target: str, *, within_seconds: float = 30.0) -> float:
        """Wait for any answer below 500 on `target`; the seconds since the start. Raises StartError."""
        while time.monotonic() - self.started < within_seconds:
            if self._child.poll() is not None:
                break
            with contextlib.suppress(OSError, http.client.HTTPException):
                status, _ = ask(port, "GET", target)
                if status < 500:
                    return time.monotonic() - self.started
            time.sleep(0.003)
        tail = self._log.read_bytes()[-1500:].decode(errors="replace")
        self.stop()
        raise StartError(f"{self._child.args!r} did not answer on port {port}:\n{tail}")

    def stop(self) -> bool:
        """End the process; whether it ended by itself on SIGTERM. Harmless when it is gone already."""
        if self._child.poll() is not None:
            return True
        self._child.terminate()
        try:
            self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            for pid in [*self.pids()[1:], self._child.pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, 9)
            self._child.wait()
            return False
        return True

    @property
    def pid(self) -> int:
        """Its id."""
        return self._child.pid

    def pids(self) -> list[int]:
        """The process and its descendants, itself first."""
        return family(self.pid)

    def sum_mb(self, what: str) -> float:
        """The sum over its processes in MB (10^6) of `VmHWM`, `VmRSS` or `Pss` (shared pages once)."""
        return sum(memory_mb(pid, what) for pid in self.pids())

    def cpu_seconds(self) -> float:
        """The CPU seconds that its processes have spent so far."""
        return cpu_seconds(self.pids())


def family(pid: int) -> list[int]:
    """A process and its descendants, itself first."""
    children: dict[int, list[int]] = {}
    for child, parent in _parents():
        children.setdefault(parent, []).append(child)
    found = [pid]
    for each in found:
        found.extend(children.get(each, ()))
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """The CPU seconds that these processes have spent so far."""
    return sum(_ticks(pid) for pid in pids) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int, what: str) -> float:
    """One memory figure of one process in MB (10^6 bytes); 0 when it is gone."""
    page = "smaps_rollup" if what == "Pss" else "status"
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/{page}").read_text().splitlines():
            if line.startswith(what + ":"):
                return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def busy_seconds() -> float:
    """CPU seconds that the machine has spent on anything since it started (all cores; idle and waiting left out)."""
    user, nice, system, _, _, irq, softirq, steal = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def own_seconds() -> float:
    """CPU seconds that this process, its descendants and those of them that ended have spent."""
    parents = dict(_parents())
    total = 0
    for pid in parents:
        above = pid
        while above in parents and above != os.getpid():
            above = parents[above]
        if above == os.getpid():
            total += _ticks(pid)
    return total / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int) -> int:
    """Clock ticks that a process and those of its children that ended have spent; 0 when it is gone."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15]))
    return 0


def _parents() -> Iterator[tuple[int, int]]:
    """(pid, parent's pid) of every process of the machine."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                yield int(entry.name), int((entry / "stat").read_text().rpartition(")")[2].split()[1])
