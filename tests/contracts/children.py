"""Other processes: ``python -m contracts.children WHAT FOLDER …`` does one thing and says how it went on stdout."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contracts.engines import file_engine

_LIFE_SECONDS = 30


class Child:
    """A process that was started; it says one line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def said(self) -> str:
        """Its next line."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def go(self) -> None:
        """Let it start what it waits to do."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.wait(timeout=10)


@contextmanager
def child(what: str, folder: Path, *words: str) -> Iterator[Child]:
    """Start one; it is gone at the end of the block."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-m", "contracts.children", what, str(folder), *words]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
    ) as process:
        try:
            yield Child(process)
        finally:
            process.kill()


def _hold(folder: Path, name: str) -> None:
    from entrepot.adapters.files.leases import FileLeases

    print("holds" if FileLeases(folder).take(name) else "refused", flush=True)
    time.sleep(_LIFE_SECONDS)


async def _spend(folder: Path, count: int) -> None:
    """Try to spend tokens 0 … count-1, all at once; says which were won."""
    engine = file_engine(folder)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    tries = [engine.index.write(lambda tx, n=n: tx.spend(b"%d" % n, 9e9)) for n in range(count)]
    won = [str(n) for n, first in enumerate(await asyncio.gather(*tries)) if first]
    print(" ".join(won), flush=True)
    engine.close()


async def _write_until_killed(folder: Path) -> None:
    """Spend tokens one after another, saying each that was acknowledged."""
    engine = file_engine(folder)
    until = time.monotonic() + _LIFE_SECONDS
    number = 0
    while time.monotonic() < until:
        await engine.index.write(lambda tx, n=number: tx.spend(b"%d" % n, 9e9))
        print(number, flush=True)
        number += 1


def _main(what: str, folder: Path, *words: str) -> None:
    if what == "hold":
        _hold(folder, words[0])
    elif what == "spend":
        asyncio.run(_spend(folder, int(words[0])))
    else:
        asyncio.run(_write_until_killed(folder))


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
