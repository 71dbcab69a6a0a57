"""The log: facts about what happened, a line of JSON each on standard error; in dev mode text for people.

Law: nothing waits for it and nothing fails by it; what a full disk does not take is lost. Never a secret, never a
signature. Lines of requests are the telemetry's, which writes several at once. Must not know what is logged.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

import orjson

Facts = dict[str, Any]
Sink = Callable[[Facts], None]

_EVENT_WIDTH: Final = 30
_LEVEL_WIDTH: Final = 9
_RESET, _BOLD, _DIM, _KEY, _VALUE = "\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[36m", "\x1b[35m"
_OF_LEVEL: Final = {"info": "\x1b[32m", "warning": "\x1b[33m", "error": "\x1b[31m"}


def to_stderr(data: bytes) -> None:
    """Write to standard error, unbuffered, as far as that is possible."""
    view = memoryview(data)
    with contextlib.suppress(OSError):
        while view:
            view = view[os.write(2, view) :]


def _as_json(facts: Facts) -> None:
    facts["timestamp"] = datetime.now(UTC)
    try:
        line = orjson.dumps(facts, default=str, option=orjson.OPT_UTC_Z)
    except TypeError:  # a text that is no text, a number beyond 64 bits
        line = orjson.dumps({name: ascii(value) for name, value in facts.items()})
    to_stderr(line + b"\n")


class _Pretty:
    """A line of text: the time, the level, the event, then the other facts; a traceback below it."""

    def __init__(self, *, colours: bool) -> None:
        self._colours = colours

    def __call__(self, facts: Facts) -> None:
        level, event, exception = str(facts.pop("level")), str(facts.pop("event")), facts.pop("exception", None)
        told = [f"{self._in(_KEY, name)}={self._in(_VALUE, _shown(value))}" for name, value in sorted(facts.items())]
        line = [
            self._in(_DIM, time.strftime("%H:%M:%S")),
            f"[{self._in(_OF_LEVEL.get(level, ''), level.ljust(_LEVEL_WIDTH))}]",
            self._in(_BOLD, event.ljust(_EVENT_WIDTH)),
            *told,
        ]
        text = " ".join(line).rstrip() + "\n" + (f"{exception}\n" if exception else "")
        to_stderr(text.encode("utf-8", "backslashreplace"))

    def _in(self, colour: str, text: str) -> str:
        return f"{colour}{text}{_RESET}" if self._colours and colour else text


def _shown(value: object) -> str:
    """A value on one line: quoted where a reader could not tell where it ends."""
    text = value if isinstance(value, str) else repr(value)
    plain = text.isprintable() and text and not any(mark in text for mark in " \"'=")
    return text if plain or not isinstance(value, str) else repr(value)


class _Log:
    """Where facts go. One for the process."""

    def __init__(self) -> None:
        self._sink: Sink = _as_json

    def set_up(self, *, pretty: bool) -> None:
        """One JSON object a line; text for people in dev mode, coloured on a terminal."""
        self._sink = _Pretty(colours=sys.stderr.isatty()) if pretty else _as_json

    @contextlib.contextmanager
    def captured(self) -> Iterator[list[Facts]]:
        """What is logged meanwhile, in place of writing it: for tests."""
        lines: list[Facts] = []
        before, self._sink = self._sink, lines.append
        try:
            yield lines
        finally:
            self._sink = before

    def write(self, facts: Facts) -> None:
        """A line of these facts, among them ``level`` and ``event``."""
        self._sink(facts)

    def info(self, event: str, **facts: Any) -> None:
        """What went as it should."""
        self._sink({**facts, "event": event, "level": "info"})

    def warning(self, event: str, **facts: Any) -> None:
        """What an operator should look at."""
        self._sink({**facts, "event": event, "level": "warning"})

    def error(self, event: str, **facts: Any) -> None:
        """What failed."""
        self._sink({**facts, "event": event, "level": "error"})

    def exception(self, event: str, **facts: Any) -> None:
        """What failed by the exception that is handled now, with its traceback."""
        self._sink({**facts, "event": event, "level": "error", "exception": traceback.format_exc().rstrip()})


log: Final = _Log()
