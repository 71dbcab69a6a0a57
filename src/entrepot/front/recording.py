"""The recorder: whether there is a recording, for all workers at once. In dev mode only.

One recording at a time: workers share a small text that says whether there is one, which a request costs a look at.
Each process keeps its own exchanges (:mod:`.tap`), at most so many and so many bytes; what is too much is left out and
counted. Must not know what is kept of an exchange; that is imported when something is first recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, Protocol

import orjson

from entrepot.core.ports import Clock
from entrepot.core.rules.minting import Fresh
from entrepot.core.value import Value
from entrepot.front.demanded import Text
from entrepot.front.telemetry import Exchange
from entrepot.wire.http import Request

if TYPE_CHECKING:
    from entrepot.front.tap import Tap
    from entrepot.transcript.masking import Masks

_MINTED_MAX: Final = 4096


class State(Value, frozen=True, kw_only=True):
    """A recording that goes on: its name, what its digests are keyed with, and its limits."""

    id: str
    salt: str
    exchanges: int
    bytes: int


class Spool(Protocol):
    """The bytes of one body."""

    size: int
    overflown: bool

    def write(self, piece: bytes | memoryview) -> None:
        """Take a piece."""
        ...

    def read(self, most: int) -> bytes | None:
        """All of it; None when it is longer than that."""
        ...

    def keep(self) -> tuple[str, str]:
        """The name of its file, which stays, and the digest."""
        ...

    def restart(self) -> None:
        """Forget what came."""
        ...

    def drop(self) -> None:
        """Have none of it."""
        ...


class Room(Protocol):
    """Where this process keeps what it records."""

    def write(self, line: bytes) -> bool:
        """Keep a line; False when there is no room."""
        ...

    def spool(self) -> Spool:
        """For one body."""
        ...

    def close(self) -> None:
        """Nothing more is kept."""
        ...


class Recorder:
    """Begins with each exchange to keep it, while there is a recording. ``applications`` are those of accounts."""

    def __init__(
        self, state: Text, room: Callable[[str, int, int], Room], clock: Clock, applications: Mapping[int, int]
    ) -> None:
        self._state = state
        self._new_room = room
        self._clock = clock
        self._applications = applications
        self._text = b""
        self._room: Room | None = None
        self._masks: Masks | None = None
        self._minted: dict[str, tuple[str, str]] = {}

    def made(self, fresh: Fresh) -> Fresh:
        """A credential was made here: its secret and its token are never kept."""
        self._minted[fresh.secret] = ("secret", fresh.id)
        self._minted[fresh.token] = ("token", fresh.id)
        while len(self._minted) > _MINTED_MAX:
            del self._minted[next(iter(self._minted))]
        return fresh

    def begin(self, request: Request, exchange: Exchange) -> Tap | None:
        """What keeps this exchange; None when there is no recording."""
        text = self._state.read()
        if text != self._text:
            self._text = text
            self.close()
            if text:
                from entrepot.transcript.masking import Masks  # noqa: PLC0415 - few servers record

                state = State(**orjson.loads(text))
                self._room = self._new_room(state.id, state.exchanges, state.bytes)
                self._masks = Masks(state.salt.encode(), self._minted)
        if self._room is None or self._masks is None:
            return None
        from entrepot.front.tap import Tap  # noqa: PLC0415

        return Tap(self._room, self._masks, self._clock(), request, exchange, self._applications)

    def close(self) -> None:
        """Nothing more is kept here."""
        if self._room is not None:
            self._room.close()
            self._room = None
