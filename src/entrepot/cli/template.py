"""A process that has imported the server and forks one whenever it is asked: importing is most of what a start takes.

It imports what a server needs to answer at all, and the rest while nobody asks: the first server is there early, and
those after it need import nothing.

Law: it belongs to the process that started it, and ends with it: its standard input ends then. Servers are its
children, and end with it. Workers that share counters need their environment before those are imported, so it forks
servers of one process only. Lines of JSON on standard input are answered on standard output.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import sys
import time
from contextlib import suppress
from importlib import import_module
from typing import Any, NoReturn

_LOOK_SECONDS = 0.005
_IDLE_SECONDS = 0.1
"""So long nobody asked, before the next of what is imported beside."""


def serve(arguments: list[str], variables: dict[str, str], folder: str, log: str) -> NoReturn:
    """In the forked process: be a server, with its own environment and nothing of the template's."""
    os.setpgid(0, 0)
    os.chdir(folder)
    nothing, written = os.open(os.devnull, os.O_RDWR), os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for number, target in ((0, nothing), (1, written), (2, written)):
        os.dup2(target, number)
    os.close(nothing)
    os.close(written)
    os.environ.clear()
    os.environ.update(variables)
    from entrepot.cli import main  # noqa: PLC0415 - was imported before the fork

    status = 0
    try:
        main([*arguments, "--ends-with", str(os.getppid())])
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - told in the server's log; the fork must not go on as a template
        sys.excepthook(*sys.exc_info())
        status = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


class Template:
    """Answers one request a line, until there are no more."""

    def __init__(self) -> None:
        self._ended: dict[int, int] = {}
        self._running: set[int] = set()

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Start a server, look at one, or stop one."""
        match asked.pop("do"):
            case "start":
                process = os.fork()
                if process == 0:
                    serve(**asked)
                self._running.add(process)
                return {"process": process}
            case "look":
                return {"ended": self._look(asked["process"])}
            case "stop":
                return {"killed": self._stop(asked["process"], asked["seconds"])}
            case other:
                raise ValueError(other)

    def _look(self, process: int) -> bool:
        """Whether a server has ended."""
        if process in self._running and os.waitpid(process, os.WNOHANG)[0]:
            self._running.discard(process)
        return process not in self._running

    def _stop(self, process: int, seconds: float) -> bool:
        """End a server; whether it had to be killed."""
        if self._look(process):
            return False
        os.kill(process, signal.SIGTERM)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._look(process):
                return False
            time.sleep(_LOOK_SECONDS)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        self._running.discard(process)
        return True

    def end(self) -> None:
        """End all servers that still run."""
        for process in self._running:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGTERM)


def main() -> None:
    """Import what a server imports, and answer until standard input ends."""
    gc.disable()  # imports make no garbage
    import entrepot.app  # noqa: PLC0415
    import entrepot.cli.serving  # noqa: PLC0415
    import entrepot.server  # noqa: F401, PLC0415
    from entrepot.when_needed import STEPS  # noqa: PLC0415

    gc.freeze()
    template = Template()
    further = list(STEPS)
    try:
        while True:
            while further and not select.select([sys.stdin], [], [], _IDLE_SECONDS)[0]:
                import_module(further.pop(0))
                gc.freeze()
            line = sys.stdin.readline()
            if not line:
                return
            sys.stdout.write(json.dumps(template.answer(json.loads(line))) + "\n")
            sys.stdout.flush()
    finally:
        template.end()


if __name__ == "__main__":
    main()
