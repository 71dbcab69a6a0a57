"""How servers are started and ended: forked from a template that has imported everything, or each by itself.

Law: a process of ours is asked for by its number only while its parent keeps that number from being used again.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Final, Protocol

from entrepot.testing.calls import KitError

_END_SECONDS: Final = 10.0


class Running(Protocol):
    """A server's process."""

    @property
    def pid(self) -> int:
        """Its number."""
        ...

    def ended(self) -> bool:
        """Whether it has ended."""
        ...

    def stop(self, seconds: float) -> bool:
        """End it within so long; whether it had to be killed."""
        ...


class OwnProcess:
    """A server that was started by itself."""

    def __init__(self, arguments: list[str], variables: dict[str, str], folder: Path, log: Path) -> None:
        with log.open("ab") as written:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "entrepot", *arguments, "--ends-with", str(os.getpid())],
                env=variables, cwd=folder, stdin=subprocess.DEVNULL, stdout=written, stderr=written,
                process_group=0,  # Ctrl-C is for who uses the server, and who then ends it
            )  # fmt: skip
        self.pid = self._process.pid

    def ended(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def stop(self, seconds: float) -> bool:
        """End it within so long; whether it had to be killed."""
        self._process.terminate()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return True
        return False


class Forked:
    """A server that a template has forked."""

    def __init__(self, template: TemplateProcess, pid: int) -> None:
        self._template = template
        self.pid = pid

    def ended(self) -> bool:
        """Whether it has ended."""
        return bool(self._template.ask(do="look", process=self.pid)["ended"])

    def stop(self, seconds: float) -> bool:
        """End it within so long; whether it had to be killed."""
        return bool(self._template.ask(do="stop", process=self.pid, seconds=seconds)["killed"])


class TemplateProcess:
    """The template of this process, which ends with it."""

    def __init__(self, variables: dict[str, str]) -> None:
        self.owner = os.getpid()
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "entrepot.cli.template"], env=variables, process_group=0,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        atexit.register(self.end)

    def start(self, arguments: list[str], variables: dict[str, str], folder: Path, log: Path) -> Forked:
        """Fork a server. Raises KitError when there is no template any more."""
        told = {"arguments": arguments, "variables": variables, "folder": str(folder), "log": str(log)}
        return Forked(self, self.ask(do="start", **told)["process"])

    def ask(self, **asked: Any) -> dict[str, Any]:
        """What the template answers. Raises KitError."""
        with self._lock:
            try:
                assert self._process.stdin is not None  # noqa: S101 - both are pipes
                assert self._process.stdout is not None  # noqa: S101
                self._process.stdin.write(json.dumps(asked) + "\n")
                self._process.stdin.flush()
                answer: dict[str, Any] = json.loads(self._process.stdout.readline())
            except (OSError, ValueError) as error:
                raise KitError(f"what starts servers has ended ({error}); its own errors are above") from error
            return answer

    def is_alive(self) -> bool:
        """Whether it can be asked, by this process."""
        return self.owner == os.getpid() and self._process.poll() is None

    def end(self) -> None:
        """End it, and with it its servers."""
        if self.owner != os.getpid() or self._process.stdin is None or self._process.stdout is None:
            return
        atexit.unregister(self.end)
        for pipe in (self._process.stdin, self._process.stdout):
            pipe.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


_held: list[TemplateProcess] = []
_holding = threading.Lock()


def template(variables: dict[str, str]) -> TemplateProcess:
    """The template of this process; the first one that asks has it started."""
    with _holding:
        if not _held or not _held[0].is_alive():
            _held[:] = [TemplateProcess(variables)]
        return _held[0]


def end_template() -> None:
    """End the template, where there is one; the next server starts another."""
    with _holding:
        for one in _held:
            one.end()
        _held.clear()
