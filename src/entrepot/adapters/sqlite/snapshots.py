"""Snapshots of a whole embedded index and its bytes, for tests: taken in milliseconds, and put back as one change.

A snapshot is a copy of the database, ``snapshots/NAME.db``, and a further name in ``snapshots/blobs`` for each file of
bytes, which costs no bytes because blobs never change. Putting it back gives the files their old names again and then
replaces all rows in one transaction: who reads sees the old state or the new one, also when the process is killed, and
the marks of the commit tell every process. The audit log, the master key and what the clock says stay as they are.

Must not be used where what is forgotten matters: a right that was withdrawn after the snapshot is valid again.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import apsw

from entrepot.adapters.sqlite.index import SqliteIndex
from entrepot.adapters.sqlite.opening import FILE
from entrepot.adapters.sqlite.schema import MIGRATIONS
from entrepot.adapters.sqlite.transaction import SqliteTransaction
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Clock, NewId, Transaction

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
_FILES = "SELECT name FROM blobs WHERE name IS NOT NULL"
_VERSION = "identity_version"
"""The one table that is not put back: it only ever counts up, so that no process takes an old state for a known one."""


class Snapshots:
    """The snapshots of one data folder."""

    def __init__(self, folder: Path, index: SqliteIndex, new_id: NewId, clock: Clock) -> None:
        self._folder = folder
        self._index = index
        self._new_id = new_id
        self._clock = clock
        self._kept = folder / "snapshots"
        self._bytes = self._kept / "blobs"

    async def take(self, name: str) -> int:
        """Keep the state as it is now under a name, in place of what that named; how many objects it has.

        Raises:
            Fault: NAME_INVALID, STORAGE_FAILED.
        """
        _check(name)
        return await asyncio.to_thread(self._take, name)

    async def restore(self, name: str) -> int:
        """Have the state of a snapshot again; how many objects it has. Raises Fault OBJECT_MISSING, STORAGE_FAILED."""
        kept = await asyncio.to_thread(self._opened, _check(name))
        try:
            await asyncio.to_thread(self._give_back, kept)
            await self._index.write(lambda tx: _replace(tx, kept, self._clock()))
            return _count(kept)
        finally:
            kept.close()

    def names(self) -> list[str]:
        """What there is."""
        return sorted(path.stem for path in self._kept.glob("*.db"))

    async def forget(self, name: str) -> None:
        """Remove a snapshot, and the bytes that no other one has. Raises Fault OBJECT_MISSING."""
        await asyncio.to_thread(self._forget, _check(name))

    def _path(self, name: str) -> Path:
        return self._kept / f"{name}.db"

    def _opened(self, name: str) -> apsw.Connection:
        if not self._path(name).exists():
            there = ", ".join(self.names()) or "none"
            raise Fault(Kind.OBJECT_MISSING, f"there is no snapshot {name!r}; there are: {there}")
        with _failing("read"):
            kept = apsw.Connection(str(self._path(name)), flags=apsw.SQLITE_OPEN_READONLY)
            version = int(kept.pragma("user_version") or 0)
        if version != len(MIGRATIONS):
            kept.close()
            raise Fault(Kind.STORAGE_FAILED, f"the snapshot {name!r} is of another version; take it again")
        return kept

    def _take(self, name: str) -> int:
        self._bytes.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self._kept / f".{self._new_id()}"
        with _failing("written"):
            live = apsw.Connection(str(self._folder / FILE), flags=apsw.SQLITE_OPEN_READONLY)
            kept = apsw.Connection(str(fresh))
            try:
                kept.execute(
                    "PRAGMA synchronous = OFF"
                ).fetchall()  # a machine that loses power loses a test's snapshot
                with kept.backup("main", live, "main") as copying:
                    copying.step(-1)
                kept.execute("PRAGMA journal_mode = DELETE").fetchall()
                self._link(self._live_to_kept(_files(kept)))
                count = _count(kept)
            finally:
                kept.close()
                live.close()
            fresh.chmod(0o600)
            fresh.replace(self._path(name))
        return count

    def _give_back(self, kept: apsw.Connection) -> None:
        """Let every file of the snapshot have its old name, where the sweep took it meanwhile."""
        with _failing("read"):
            self._link((there, here) for here, there in self._live_to_kept(_files(kept)))

    def _live_to_kept(self, names: Iterable[str]) -> Iterator[tuple[str, str]]:
        live, kept = f"{self._folder}/blobs", str(self._bytes)
        return ((f"{live}/{name[:2]}/{name}", f"{kept}/{name}") for name in names)

    @staticmethod
    def _link(pairs: Iterable[tuple[str, str]]) -> None:
        """Give files further names. Their time is that of now, so that the sweep waits before it takes them."""
        for old, new in pairs:
            if not Path(new).exists():
                try:
                    os.link(old, new)
                except FileExistsError:
                    continue
                except OSError as error:
                    if not isinstance(error, FileNotFoundError):
                        shutil.copyfile(old, new)  # a file system without further names
                        continue
                    raise
                os.utime(new)

    def _forget(self, name: str) -> None:
        self._opened(name).close()
        self._path(name).unlink()
        used: set[str] = set()
        for other in self.names():
            kept = self._opened(other)
            used.update(_files(kept))
            kept.close()
        for path in self._bytes.iterdir():
            if path.name not in used:
                path.unlink(missing_ok=True)


def _check(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise Fault(
            Kind.NAME_INVALID,
            f"{name[:80]!r} is no name of a snapshot: 1 to 64 letters, digits and . _ -, no sign first",
        )
    return name


def _files(kept: apsw.Connection) -> list[str]:
    return [name for (name,) in kept.execute(_FILES)]


def _count(kept: apsw.Connection) -> int:
    return sum(number for (number,) in kept.execute("SELECT count(*) FROM objects"))


def _replace(tx: Transaction, kept: apsw.Connection, now: float) -> None:
    assert isinstance(tx, SqliteTransaction)  # noqa: S101 - it is the embedded index's
    tx.replace_all(kept, [name for (name,) in kept.execute(_TABLES) if name != _VERSION], now)


@contextlib.contextmanager
def _failing(what: str) -> Iterator[None]:
    try:
        yield
    except (apsw.Error, OSError) as error:
        raise Fault(Kind.STORAGE_FAILED, f"the snapshot could not be {what} ({type(error).__name__})") from error
