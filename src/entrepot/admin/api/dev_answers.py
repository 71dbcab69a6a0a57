"""Answers what the admin API has besides in dev mode (:mod:`.dev_table`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from entrepot.admin import faults
from entrepot.admin.api.answers import Given, Handler
from entrepot.admin.faults import Spoken
from entrepot.admin.seed import applying
from entrepot.admin.seed.shape import ShapeError, seed_of
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Audit, Clock, Index, NewId
from entrepot.core.rules.intake import Intake
from entrepot.front.demanded import Text
from entrepot.wire.http import Request


class Seeding:
    """Has what seeds say. ``new_intake`` takes in the bytes of one of them."""

    def __init__(self, index: Index, audit: Audit, new_intake: Callable[[], Intake], clock: Clock) -> None:
        self._index = index
        self._audit = audit
        self._new_intake = new_intake
        self._clock = clock

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """By the names of endpoints."""
        return {"applySeed": self._apply}

    async def _apply(self, given: Given, request: Request) -> dict[str, Any]:
        try:
            seed = seed_of(given["seed"])
        except ShapeError as error:
            raise Fault(Kind.PARAMETER_INVALID, str(error)) from error
        by = f"admin API, {request.client}"
        async with self._new_intake() as intake:
            done = await applying.apply(self._index, self._audit, intake, self._clock, seed, by)
        return done.told()


class Demanding:
    """Keeps the rules of faults on demand."""

    def __init__(self, text: Text, spoken: Spoken, new_id: NewId) -> None:
        self._text = text
        self._spoken = spoken
        self._new_id = new_id

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """By the names of endpoints."""
        return {
            "listFaults": self._list, "addFault": self._add, "clearFault": self._clear, "clearFaults": self._clear,
        }  # fmt: skip

    async def _list(self, _given: Given, _request: Request) -> dict[str, Any]:
        return {"faults": faults.rows(self._text)}

    async def _add(self, given: Given, _request: Request) -> dict[str, Any]:
        return faults.add(self._text, self._spoken, given, self._new_id()[:8]).told()

    async def _clear(self, given: Given, _request: Request) -> dict[str, Any]:
        return {"cleared": faults.clear(self._text, given.get("id"))}


class Kept(Protocol):
    """Snapshots of the whole state."""

    def names(self) -> list[str]:
        """What there is."""
        ...

    async def take(self, name: str) -> int:
        """Keep the state under a name; how many objects it has. Raises Fault."""
        ...

    async def restore(self, name: str) -> int:
        """Have it again. Raises Fault."""
        ...

    async def forget(self, name: str) -> None:
        """Remove one. Raises Fault."""
        ...


class Keeping:
    """Keeps snapshots and puts them back; ``kept`` is None where the index is shared."""

    def __init__(self, kept: Kept | None) -> None:
        self._kept = kept

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """By the names of endpoints."""
        return {
            "listSnapshots": self._list, "takeSnapshot": self._take, "restoreSnapshot": self._restore,
            "deleteSnapshot": self._delete,
        }  # fmt: skip

    def _there(self) -> Kept:
        if self._kept is None:
            raise Fault(Kind.NOT_IMPLEMENTED, "an index that gateways share has no snapshots; use the embedded one")
        return self._kept

    async def _list(self, _given: Given, _request: Request) -> dict[str, Any]:
        return {"snapshots": self._there().names()}

    async def _take(self, given: Given, _request: Request) -> dict[str, Any]:
        return {"name": given["name"], "objects": await self._there().take(given["name"])}

    async def _restore(self, given: Given, _request: Request) -> dict[str, Any]:
        return {"name": given["name"], "objects": await self._there().restore(given["name"])}

    async def _delete(self, given: Given, _request: Request) -> dict[str, Any]:
        await self._there().forget(given["id"])
        return {"name": given["id"], "objects": 0}
