"""A PostgreSQL server of a test's own: Debian's programs, a folder that goes with it, a free port on loopback.

It syncs as it does for users. Must be ended by whoever started it; only processes that were started here are.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

_START_SECONDS = 30.0


def programs() -> Path | None:
    """Where ``initdb`` and ``postgres`` are, the newest version first; None when they are not installed."""
    found = shutil.which("initdb")
    if found is not None and (Path(found).resolve().parent / "postgres").exists():
        return Path(found).resolve().parent
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return places[-1].parent if places else None


def _owner() -> str | None:
    """Whom the server runs as: it refuses root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


class Postgres:
    """One server; one that is not ``durable`` is quicker, for tests that lose no power. ``root`` is where its folder is
    made, which anybody must be able to enter.
    """

    def __init__(self, *, durable: bool = True, root: Path | None = None) -> None:
        self._more = () if durable else ("-c", "fsync=off")
        self._bin = programs()
        if self._bin is None:
            raise FileNotFoundError("PostgreSQL's server is not installed (Debian: postgresql)")
        self._owner = _owner()
        self.folder = Path(tempfile.mkdtemp(prefix="entrepot-pg-", dir=root))
        if self._owner is not None:
            shutil.chown(self.folder, self._owner)
        self.port = _free_port()
        self._run("initdb", "-D", str(self.folder / "data"), "-A", "trust", "-U", "postgres", "-E", "UTF8", "-N")
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it, on the data that it had, and wait until it answers."""
        assert self._bin is not None
        words = ["-D", str(self.folder / "data"), "-p", str(self.port), "-k", "", "-c", "listen_addresses=127.0.0.1"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._bin / "postgres"), *words, "-c", "max_connections=200", *self._more],
                user=self._owner, stdout=subprocess.DEVNULL, stderr=log, cwd=self.folder,
            )  # fmt: skip
        until = time.monotonic() + _START_SECONDS
        while subprocess.run(
            [str(self._bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False
        ).returncode:
            if time.monotonic() > until or self._process.poll() is not None:
                raise TimeoutError((self.folder / "log").read_text()[-2000:])
            time.sleep(0.05)

    @property
    def pid(self) -> int:
        """The id of its first process."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_there(self) -> bool:
        """Whether its first process is."""
        return self._process is not None and self._process.poll() is None

    def address(self, database: str = "postgres") -> str:
        """What a client is given."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def make(self, database: str, template: str = "template1") -> str:
        """A new database; returns its address."""
        self.sql(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.address(database)

    def drop(self, database: str) -> None:
        """Remove a database, and who is connected to it."""
        self.sql(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run a statement with the server's own client."""
        assert self._bin is not None
        done = subprocess.run(
            [str(self._bin / "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement,
             self.address(database)],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout

    def kill(self) -> None:
        """As a power cut would: no process of it lives on, nothing was told."""
        assert self._process is not None
        self._signal(signal.SIGSTOP)  # so that none of them starts another one meanwhile
        self._signal(signal.SIGKILL)
        self._process.wait()

    def restart(self) -> None:
        """End it as its operator does, with what is under way undone, and start it again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        self._process.wait(_START_SECONDS)
        self.start()

    def pause(self) -> None:
        """All of its processes stand still."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """They go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for process in (self._process.pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(process, number)

    def stop(self) -> None:
        """End it and remove its folder."""
        if self._process is not None and self._process.poll() is None:
            self.go_on()
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *words: str) -> None:
        assert self._bin is not None
        subprocess.run(
            [str(self._bin / program), *words], check=True, user=self._owner, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, cwd=self.folder,
        )  # fmt: skip
