"""Answers what the admin API has about the recorder (:mod:`entrepot.front.recording`), in dev mode only.

A recording begins and ends for all workers at once, by the small text that they share. What was kept is fetched piece
by piece, so that no answer holds much of it; it is made into a transcript by whoever fetches it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

import orjson

from entrepot.admin.api.answers import Given, Handler
from entrepot.admin.api.dev_table import RECORDED_BYTES, RECORDED_EXCHANGES
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import NewId
from entrepot.front.demanded import Text
from entrepot.front.recording import State
from entrepot.wire.http import Request

PART_BYTES: Final = 4 << 20


class Captures(Protocol):
    """What processes keep of recordings."""

    def files(self, name: str) -> dict[str, int]:
        """The files of one recording, with their lengths."""
        ...

    def part(self, name: str, file: str, begin: int, most: int) -> bytes:
        """Some bytes of one."""
        ...

    def remove(self) -> None:
        """Have none."""
        ...


class Recording:
    """Begins and ends recordings, and gives what they kept."""

    def __init__(self, state: Text, last: Text, captures: Captures, new_id: NewId, new_salt: Callable[[], str]) -> None:
        self._state = state
        self._last = last
        self._captures = captures
        self._new_id = new_id
        self._new_salt = new_salt

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """By the names of endpoints."""
        return {
            "readRecording": self._read, "startRecording": self._start, "stopRecording": self._stop,
            "readRecordingPart": self._part, "deleteRecording": self._delete,
        }  # fmt: skip

    async def _start(self, given: Given, _request: Request) -> dict[str, Any]:
        state = State(
            id=self._new_id(), salt=self._new_salt(), exchanges=given.get("exchanges", RECORDED_EXCHANGES),
            bytes=given.get("bytes", RECORDED_BYTES),
        )  # fmt: skip
        text = orjson.dumps({name: getattr(state, name) for name in State.__struct_fields__})
        before: list[bytes] = []

        def begin(old: bytes) -> bytes:
            before.append(old)
            return old or text

        self._state.change(begin)
        if before[0]:
            raise Fault(Kind.OBJECT_EXISTS, "a recording goes on already; stop it first")
        self._captures.remove()
        self._last.change(lambda _: state.id.encode())
        return self._told()

    async def _stop(self, _given: Given, _request: Request) -> dict[str, Any]:
        self._state.change(lambda _: b"")
        return self._told()

    async def _read(self, _given: Given, _request: Request) -> dict[str, Any]:
        return self._told()

    def _told(self) -> dict[str, Any]:
        name = self._last.read().decode()
        files = self._captures.files(name) if name else {}
        listed = [{"name": file, "bytes": size} for file, size in files.items()]
        return {"on": bool(self._state.read()), "id": name or None, "files": listed}

    async def _part(self, given: Given, _request: Request) -> dict[str, Any]:
        name = self._last.read().decode()
        file = given["file"]
        if not name or file not in self._captures.files(name):
            raise Fault(Kind.OBJECT_MISSING, f"the recording has no file {file[:80]!r}")
        piece = self._captures.part(name, file, given.get("begin", 0), PART_BYTES)
        return {"base64": base64.b64encode(piece).decode("ascii")}

    async def _delete(self, _given: Given, _request: Request) -> dict[str, Any]:
        self._state.change(lambda _: b"")
        self._last.change(lambda _: b"")
        self._captures.remove()
        return self._told()
