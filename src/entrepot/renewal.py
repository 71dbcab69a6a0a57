"""The renewal of the master key: of a data folder that nobody works on, and of a shared index while gateways serve.

Both go by one table of what is sealed, tell how far they are, and go on where they were cut. Must not know how it is
shown.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from entrepot import folder
from entrepot.adapters.move_mark import check_open
from entrepot.adapters.secrets.vault import VaultError, make_next, take_next
from entrepot.adapters.sqlite.index import SqliteIndex
from entrepot.adapters.sqlite.resealing import count, reseal
from entrepot.config import SQLITE, Settings

Tell = Callable[[dict[str, Any]], None]
_EVERY_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewed:
    """What was done: how many values were looked at and how many were put under the new key; ``then`` is what the
    operator is to do.
    """

    values: int
    resealed: int
    seconds: float
    then: str


def rotate(settings: Settings, tell: Tell) -> Renewed:
    """Renew it; one that was cut goes on. The old key is there until everything is under the new one.

    Raises one of ``folder.FOLDER_ERRORS``, or Fault.
    """
    progress = _Progress(tell)
    if settings.index == SQLITE:
        return _of_folder(settings, progress)
    return asyncio.run(_of_shared(settings, progress))


class _Progress:
    """Counts, and tells at most twice a second."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._begun = time.monotonic()
        self._told = 0.0
        self._of = self.done = 0

    @property
    def seconds(self) -> float:
        """Since it began."""
        return round(time.monotonic() - self._begun, 3)

    def count(self, values: int) -> None:
        """There are so many."""
        self._of = values

    def add(self, table: str, values: int) -> None:
        """So many more were looked at."""
        self.done += values
        if time.monotonic() - self._told >= _EVERY_SECONDS:
            self._told = time.monotonic()
            left = max(0, self._of - self.done) * self.seconds / self.done
            self._tell({
                "event": "progress", "what": table, "values": self.done, "of_values": max(self._of, self.done),
                "seconds": self.seconds, "seconds_left": round(left),
            })  # fmt: skip

    def renewed(self, resealed: int, then: str) -> Renewed:
        """It is done."""
        return Renewed(values=self.done, resealed=resealed, seconds=self.seconds, then=then)


def _of_folder(settings: Settings, progress: _Progress) -> Renewed:
    in_file = settings.master_key is None
    if not in_file and settings.next_master_key is None and settings.old_master_key is None:
        raise VaultError("the master key is a setting: set the next one as next_master_key, and run this again")
    held = folder.hold(settings.data, fcntl.LOCK_EX)
    try:
        if in_file:
            make_next(settings.data)
        index = SqliteIndex(settings.data, folder.vault_of(settings))

        async def resealed() -> int:
            progress.count(await count(index))
            return await reseal(index, progress.add)

        try:
            check_open(index.now)
            changed = asyncio.run(resealed())
        finally:
            index.close()
        if in_file:
            take_next(settings.data)
            then = "master.key is a new one; the old one opens only what was copied before"
        elif settings.next_master_key is not None:
            then = "set master_key to what next_master_key is, and take next_master_key away"
        else:
            then = "take old_master_key away"
    finally:
        os.close(held)
    return progress.renewed(changed, then)


async def _of_shared(settings: Settings, progress: _Progress) -> Renewed:
    has_none = settings.master_key is None and not (settings.data / "master.key").exists()
    if has_none or len(folder.vault_of(settings).opens) == 1:
        raise VaultError(
            "there are no two master keys here: give every gateway the next one as next_master_key, then every gateway"
            " the new one as master_key and the one before as old_master_key; then run this with both (docs/scale.md)"
        )
    opened = folder.Folder(settings)
    try:
        changed = await opened.renew(progress.count, progress.add)
    finally:
        opened.index.close()
        await asyncio.sleep(0)
        opened.close()
    return progress.renewed(changed, "take old_master_key (or master.key.old) away from every gateway, one by one")
