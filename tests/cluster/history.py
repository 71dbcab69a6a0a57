"""What clients of several gateways did to a few keys and what they saw, and whether one store could have answered so.

The check is porcupine's (``tests/cluster/checker``), which knows nothing of this project.
"""

from __future__ import annotations

import json
import random
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from http.client import HTTPException
from pathlib import Path

from behaviour.client import Reply
from behaviour.storage.speaker import Speaker

CHECKER = Path(__file__).parent / "checker"
_BIG = 100_000
"""Bytes of every third value: more than lives within the index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One request, from ``call`` to ``return_`` in nanoseconds."""

    client: int
    key: str
    kind: str
    value: str
    call: int
    return_: int
    unknown: bool


class Client(threading.Thread):
    """One client, at one gateway at a time: puts, gets and deletes at random until it is told to stop.

    ``connect`` gives a fresh connection; after a request that failed the client takes another one.
    """

    def __init__(self, number: int, connect: Callable[[], Speaker], keys: list[str], stop: threading.Event) -> None:
        super().__init__()
        self._number = number
        self._connect = connect
        self._keys = keys
        self._stop_now = stop
        self._random = random.Random(number)  # noqa: S311 - the same choices in every run
        self.events: list[Event] = []
        self.failed = 0

    def run(self) -> None:
        speaker: Speaker | None = None
        count = 0
        while not self._stop_now.is_set():
            count += 1
            with suppress(OSError, HTTPException):
                speaker = speaker or self._connect()
                if self._once(speaker, f"{self._number}:{count}", big=count % 3 == 0):
                    continue
            speaker = None
            self.failed += 1
            self._stop_now.wait(0.3)  # each change of unknown outcome makes the check harder

    def _once(self, speaker: Speaker, value: str, *, big: bool) -> bool:
        """Whether the server answered."""
        key, kind = self._random.choice(self._keys), self._random.choice(("put", "get", "get", "get", "delete"))
        body = value.encode() + b"\n" + b"x" * (_BIG * big) if kind == "put" else b""
        called, reply = time.monotonic_ns(), None
        with suppress(OSError, HTTPException, AssertionError):
            reply = speaker.ask(kind.upper(), key, body=body) if body else speaker.ask(kind.upper(), key)
        done = reply is not None and reply.status in {200, 204, 404}
        if kind == "get":
            if not done or reply is None:
                return False
            value = _seen(reply)
        self.events.append(Event(
            client=self._number, key=key, kind=kind, value=value if kind != "delete" else "", call=called,
            return_=time.monotonic_ns(), unknown=not done,
        ))  # fmt: skip
        return done


def _seen(reply: Reply) -> str:
    if reply.status == 404:
        return ""
    first, _, rest = reply.body.partition(b"\n")
    assert rest in {b"", b"x" * _BIG}, "bytes that nobody sent"
    return first.decode()


def checked(events: list[Event], checker: Path) -> str:
    """What the checker says of a history; it ends in ``Ok`` where one store could have answered so."""
    lines = []
    for event in events:
        line = asdict(event)
        line["return"] = line.pop("return_")
        lines.append(json.dumps(line))
    done = subprocess.run([str(checker)], input="\n".join(lines) + "\n", capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip()
