"""The head of the audit chain, noted in the index: so it is told when the newest lines of a log were cut off.

The chain shows that no line between two others was changed or taken out; where it ends it cannot show. A server notes
its newest line every few seconds and when it stops, and ``entrepot audit verify`` asks the log for the line that was
noted. A cut within those seconds is not told, and whoever may write to the index as well may note what he likes.

What was noted stays when the log does not have it any more, however much is appended after a cut. The head is a note
of account 0, which is no account: the server's own.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Protocol

from entrepot.core.fault import Fault
from entrepot.core.ports import Index, Leases, Reader, Transaction
from entrepot.log import log

Head = tuple[int, str]
"""The number of a line, and its hash."""

EVERY_SECONDS = 5.0
_LEASE = "audit-head"
_NOTE = (0, "audit", "head")


class Chain(Protocol):
    """What is asked of the log. Both wait for the disk."""

    def head(self) -> Head | None:
        """The newest line, which is durable; None when there is none."""
        ...

    def holds(self, line: Head) -> bool:
        """Whether the line of this number is there with this hash."""
        ...


def noted(reader: Reader) -> Head | None:
    """The head that was noted last."""
    note = reader.note(*_NOTE)
    if note is None:
        return None
    number, _, digest = note.value.decode().partition(":")
    return int(number), digest


class HeadKeeper:
    """Notes the head of a log while a server runs."""

    def __init__(self, index: Index, chain: Chain) -> None:
        self._index = index
        self._chain = chain
        self._known: Head | None = None
        self._told = False

    async def run(self, leases: Leases) -> None:
        """Note it for ever, if this process has the lease."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            if leases.take(_LEASE):
                await self.keep()

    async def keep(self) -> None:
        """Note the newest line, unless that which was noted before is gone."""
        with contextlib.suppress(Fault, OSError):  # a full disk is reported to those who write; try again later
            newest = await asyncio.to_thread(self._chain.head)
            if newest is None or newest == self._known:
                return
            before = await self._index.scan(noted)
            if before is not None and not await asyncio.to_thread(self._chain.holds, before):
                self._tell(before)
                return
            if await self._index.write(lambda tx: _note(tx, before, newest)):
                self._known = newest

    def _tell(self, before: Head) -> None:
        if not self._told:
            self._told = True
            log.error("the audit log lacks a line that it had; see `entrepot audit verify`", line=before[0])


def _note(tx: Transaction, before: Head | None, newest: Head) -> bool:
    """Whether nobody else noted another one meanwhile."""
    if noted(tx) != before:
        return False
    tx.put_note(*_NOTE, f"{newest[0]}:{newest[1]}".encode())
    return True
