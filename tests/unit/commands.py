"""Running the command line in this process."""

from __future__ import annotations

import contextlib
import io
import sys
from dataclasses import dataclass

from entrepot.cli import main


@dataclass(frozen=True)
class Result:
    """How a command ended, and what it printed."""

    exit_code: int
    stdout: str
    output: str
    """What went to standard output and to standard error, in their order."""


class _Both(io.StringIO):
    def __init__(self, both: io.StringIO) -> None:
        super().__init__()
        self._both = both

    def write(self, text: str) -> int:
        self._both.write(text)
        return super().write(text)


def run_command(*arguments: str, given: str = "") -> Result:
    """Run a command with ``given`` as its standard input."""
    both = io.StringIO()
    out = _Both(both)
    before, status = sys.stdin, 0
    sys.stdin = io.StringIO(given)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(_Both(both)):
            main(arguments)
    except SystemExit as ended:
        status = int(ended.code or 0)
    finally:
        sys.stdin = before
    return Result(status, out.getvalue(), both.getvalue())
