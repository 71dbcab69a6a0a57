"""The server under test as a process group: started, killed without mercy, started again on the same folder.

Law: everything here goes through the public command line and /proc; only process groups and children that
this module started are ever signalled.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from .client import Address, Client, NoAnswer

SOURCE = Path(__file__).resolve().parents[2] / "src"
START_SECONDS = 20.0


class Died(Exception):  # noqa: N818
    """The process ended while it was expected to become ready."""


class Server:
    """One data folder and at most one running server on it."""

    def __init__(self, root: Path, *, workers: int = 1, env: Mapping[str, str] | None = None) -> None:
        self.data = root / "data"
        self.log = root / "server.log"
        self.workers = workers
        self.address: Address = ("127.0.0.1", 0)
        self._env = dict(env or {})
        self._process: subprocess.Popen[bytes] | None = None

    # -- life and death -----------------------------------------------------------------------------------

    def launch(self, **env: str) -> None:
        """Start the process without waiting for it."""
        assert self._process is None, "already running"
        (self.data / "run" / "address").unlink(missing_ok=True)
        command = [sys.executable, "-m", "entrepot", "serve", "--dev", "--port", "0"]
        command += ["--data", str(self.data), "--workers", str(self.workers)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env=self._environment(env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start(self, **env: str) -> None:
        """Start, and wait until it serves; raises Died."""
        self.launch(**env)
        self.wait_ready()

    def wait_ready(self) -> None:
        """Wait for the address file and a 200 of readyz; raises Died."""
        address_file = self.data / "run" / "address"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.dead():
                raise Died(self.tail())
            with suppress(OSError, ValueError, NoAnswer):
                host, _, port = address_file.read_text().strip().removeprefix("http://").rpartition(":")
                self.address = (host, int(port))
                with self.client(timeout=5) as client:
                    if client.exchange("GET", "/-/readyz", b"", {})[0] == 200:
                        return
            time.sleep(0.02)
        raise AssertionError(f"not ready within {START_SECONDS} s: {self.tail()}")

    def kill(self) -> None:
        """kill -9 of the whole group."""
        process = self._process
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
            self._process = None

    def stop(self) -> int:
        """SIGTERM; gives the exit code."""
        process = self._process
        assert process is not None, "not running"
        process.terminate()
        try:
            code = process.wait(15)
        finally:
            self.kill()
        return code

    def dead(self) -> bool:
        """True when the main process has ended."""
        return self._process is None or self._process.poll() is not None

    def wait_dead(self, seconds: float) -> bool:
        """Wait for the main process to end by itself."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self.dead():
            time.sleep(0.02)
        return self.dead()

    # -- its processes ------------------------------------------------------------------------------------

    def pids(self) -> list[int]:
        """The main process and its descendants, the main one first."""
        assert self._process is not None, "not running"
        found = [self._process.pid]
        for pid in found:
            with suppress(OSError):
                for task in Path(f"/proc/{pid}/task").iterdir():
                    found += [int(child) for child in (task / "children").read_text().split()]
        return found

    def worker_pids(self) -> list[int]:
        """The processes that serve requests."""
        children = [pid for pid in self.pids()[1:] if b"resource_tracker" not in _command(pid)]
        return children or self.pids()

    def kill_worker(self, rng: random.Random) -> None:
        """kill -9 of one worker."""
        os.kill(rng.choice(self.worker_pids()), signal.SIGKILL)

    def peak_bytes(self) -> int:
        """The peak resident size since `forget_peak`, summed over the processes."""
        return sum(_status(pid, "VmHWM") for pid in self.pids())

    def forget_peak(self) -> int:
        """Start measuring the peak anew; gives the resident size now."""
        for pid in self.pids():
            Path(f"/proc/{pid}/clear_refs").write_text("5")
        return sum(_status(pid, "VmRSS") for pid in self.pids())

    # -- tools --------------------------------------------------------------------------------------------

    def client(self, *, timeout: float = 30) -> Client:
        """A new connection."""
        return Client(self.address, timeout=timeout)

    def run(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """One command of the command line on this data folder."""
        return subprocess.run(
            [sys.executable, "-m", "entrepot", *arguments, "--data", str(self.data)],
            env=self._environment(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def fsck(self) -> None:
        """Assert that fsck finds nothing."""
        done = self.run("fsck")
        said = done.stdout[-2000:] + done.stderr[-2000:]
        assert done.returncode == 0, f"fsck exits {done.returncode}: {said}"

    def sweep(self, **env: str) -> subprocess.CompletedProcess[str]:
        """Remove orphans of any age, with the server stopped; asserts success unless a fault is asked for."""
        done = self.run("sweep", "--grace", "0", **env)
        assert env or done.returncode == 0, f"sweep exits {done.returncode}: {done.stderr[-2000:]}"
        return done

    def blob_bytes(self) -> int:
        """The bytes of all blob files, orphans included."""
        return sum(path.stat().st_size for path in self.blob_files())

    def blob_files(self) -> list[Path]:
        """All blob files, orphans included."""
        return [path for path in (self.data / "blobs").rglob("*") if path.is_file()]

    def tail(self) -> str:
        """The end of the log, for messages; without the requests that went well."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join([line[:400] for line in lines if "outcome=ok" not in line][-40:])

    def _environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ENTREPOT_")}
        path = os.pathsep.join(filter(None, [str(SOURCE), os.environ.get("PYTHONPATH")]))
        return clean | {"PYTHONPATH": path} | self._env | dict(extra)


@contextmanager
def serving(
    root: Path, *, workers: int = 1, env: Mapping[str, str] | None = None, crash_at: str = ""
) -> Iterator[Server]:
    """A ready server that is gone, with its folder, at the end."""
    server = Server(root, workers=workers, env=env)
    try:
        server.start(**({"ENTREPOT_CRASH_AT": crash_at} if crash_at else {}))
        yield server
    finally:
        server.kill()
        shutil.rmtree(server.data, ignore_errors=True)


def running(pid: int) -> bool:
    """True while a process exists and has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _status(pid: int, name: str) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
    return 0
