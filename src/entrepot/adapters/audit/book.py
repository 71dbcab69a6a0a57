"""The audit log of a data folder, to be written and read: the log and its check behind one door.

What reads takes a thread, since it waits for the disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from entrepot.adapters.audit import check
from entrepot.adapters.audit.chain import Report, Told
from entrepot.adapters.audit.log import AuditLog


class FileBook(AuditLog):
    """The log, with what is asked of it afterwards."""

    async def checked(self, expected: Sequence[tuple[int, str]] = (), tell: Told | None = None) -> Report:
        """Read the whole log; lines of these numbers and hashes must be in it. ``tell`` is told of every line."""
        return await asyncio.to_thread(check.check, self.path, expected, tell)

    async def newest(self, count: int, what: str | None = None) -> list[dict[str, Any]]:
        """What the newest lines (of one kind) say, the oldest of them first."""
        return await asyncio.to_thread(check.newest, self.path, count, what)

    async def before(self, number: int | None, count: int) -> list[dict[str, Any]]:
        """What the lines before the one of this number say, or the newest ones; the newest first."""
        return await asyncio.to_thread(check.before, self.path, number, count)

    def head(self) -> tuple[int, str] | None:
        """The newest line (:class:`entrepot.upkeep.audit_head.Chain`)."""
        return check.head(self.path)

    def holds(self, line: tuple[int, str]) -> bool:
        """Whether the log has this line."""
        return check.holds(self.path, line)
