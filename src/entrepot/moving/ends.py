"""The two ends of a move, opened: the tables of an index, its place for bytes, its audit log and its key of callbacks.

An end is the whole of what settings name, held so that nobody else works on it. Must not know what is moved when.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit, urlunsplit

from entrepot import folder
from entrepot.adapters import owner
from entrepot.adapters.audit import moving as audit_files
from entrepot.adapters.files.blobs import FileBlobs
from entrepot.adapters.move_mark import Mark
from entrepot.adapters.moved_tables import Table
from entrepot.adapters.opening import OpenError
from entrepot.adapters.secrets.callback_key import CallbackKey
from entrepot.adapters.secrets.key_file import made_once
from entrepot.adapters.secrets.vault import Vault, VaultError
from entrepot.adapters.sqlite.index import SqliteIndex
from entrepot.adapters.sqlite.moving import SqliteTables
from entrepot.clock_and_chance import new_id, now
from entrepot.config import FILE, FILE_URL, S3_URL, SQLITE, Settings, SettingsError

if TYPE_CHECKING:
    from entrepot.adapters.postgres.moving import PgTables
    from entrepot.adapters.s3_backend.blobs import S3Blobs

Row = tuple[Any, ...]
Lines = Sequence[tuple[int, bytes]]


class Tables(Protocol):
    """An index as rows of its tables, each row with the columns as :mod:`~entrepot.adapters.moved_tables` has them."""

    async def close(self) -> None:
        """Give it back."""
        ...

    async def mark(self) -> Mark | None:
        """The mark of a move."""
        ...

    async def set_mark(self, mark: Mark | None) -> None:
        """Put another mark in its place, durably."""
        ...

    async def number(self) -> str | None:
        """The number of the index, by which its place for bytes knows it; None when it needed none."""
        ...

    async def set_number(self, number: str) -> None:
        """Give it one, durably."""
        ...

    async def served(self) -> int:
        """How many processes serve it."""
        ...

    async def count(self, table: Table) -> int:
        """How many rows are to be moved, or were."""
        ...

    async def stored_bytes(self, after: int) -> int:
        """Bytes of the blobs with greater numbers."""
        ...

    async def last(self, table: Table) -> Row | None:
        """The key of the last row."""
        ...

    async def page(self, table: Table, after: Row | None, limit: int) -> list[Row]:
        """The rows whose keys come next."""
        ...

    async def add(self, table: Table, rows: Sequence[Row]) -> None:
        """Add rows, all or none, durably."""
        ...

    async def numbers(self) -> dict[str, int]:
        """For each table that numbers its rows, the greatest number that was ever given."""
        ...

    async def set_numbers(self, numbers: dict[str, int]) -> None:
        """Let numbering go on after these."""
        ...


class _NextName:
    """The name that the next blob gets: that which it had."""

    def __init__(self) -> None:
        self.name = ""

    def __call__(self) -> str:
        return self.name


class End:
    """One end. ``name`` is what people are told of it; ``bytes_at`` is equal for the same place of bytes."""

    tables: Tables

    def __init__(self, settings: Settings, name: str, vault: Vault) -> None:
        self.settings = settings
        self.name = name
        self.vault = vault
        self.next_name = _NextName()
        self.blobs: folder.KeptBlobs
        self.bytes_at: object
        self._store: S3Blobs | None = None
        if settings.blobs.startswith(S3_URL):
            # Young blobs too are listed: nobody is about to name them.
            self._store = store = folder.opened_store(settings, now, None, names=self.next_name, youngest_seconds=0.0)
            place = store.bucket.place
            self.blobs, self.bytes_at = store, (place.endpoint, place.bucket, place.prefix)
        else:
            where = settings.data if settings.blobs == FILE else Path(settings.blobs.removeprefix(FILE_URL))
            self.blobs, self.bytes_at = FileBlobs(where, self.next_name), where.resolve()

    async def check_bytes(self) -> None:
        """Look whether the place for bytes can be used. Raises OpenError."""
        if self._store is not None:
            await folder.check_store(self._store, new_id(), now)

    async def check_free(self, number: str | None) -> None:
        """Look whether the index of this number may have the place for bytes. Raises OpenError."""
        await owner.check_free(self.blobs, number, self._place())

    async def own(self, number: str) -> None:
        """Give the index this number, and it the place for bytes. Raises OpenError."""
        await self.tables.set_number(number)
        if self.settings.blobs != FILE:  # a data folder is its own
            await owner.claim(self.blobs, number, self._place())

    def _place(self) -> str:
        return self.settings.blobs.partition("?")[0]

    async def has_bytes(self) -> bool:
        """Whether anything lies at the place for bytes."""
        return next(iter(self.blobs.names(0.0)), None) is not None

    async def callback_key(self) -> bytes | None:
        """The key of callbacks, in PEM; None when nobody asked for it yet."""
        raise NotImplementedError

    async def set_secrets(self, callback_key: bytes | None) -> None:
        """Keep that key, and what else the server keeps for itself under the master key."""
        raise NotImplementedError

    async def audit_end(self) -> int:
        """The number of the newest line of the audit log."""
        raise NotImplementedError

    def audit_lines(self, after: int) -> AsyncIterator[tuple[int, bytes]]:
        """The lines after one."""
        raise NotImplementedError

    async def add_audit(self, lines: Lines) -> None:
        """Add lines as they are, durably."""
        raise NotImplementedError


class _FolderEnd(End):
    """An index in a data folder."""

    def __init__(self, settings: Settings, vault: Vault) -> None:
        super().__init__(settings, str(settings.data.resolve()), vault)
        self.tables = SqliteTables(settings.data)
        self._audit = settings.data / "audit"
        self._is_cut = False
        self._key = settings.data / "callback.key"

    async def callback_key(self) -> bytes | None:
        if not self._key.exists():
            return None
        CallbackKey(self.settings.data).loaded()
        return self._key.read_bytes()

    async def set_secrets(self, callback_key: bytes | None) -> None:
        if callback_key is not None:
            made_once(self._key, callback_key)
            if self._key.read_bytes() != callback_key:
                raise OpenError(f"{self._key} holds another key of callbacks than the one that is moved; put it away")

    async def audit_end(self) -> int:
        return audit_files.end(self._audit)

    async def audit_lines(self, after: int) -> AsyncIterator[tuple[int, bytes]]:
        for line in audit_files.lines(self._audit, after):
            yield line

    async def add_audit(self, lines: Lines) -> None:
        if not self._is_cut:  # of a move that was cut: nobody but this one has written here
            audit_files.cut_torn(self._audit)
            self._is_cut = True
        audit_files.add(self._audit, lines, self.settings.audit.rotate_bytes)


class _SharedEnd(End):
    """An index in a database."""

    def __init__(self, settings: Settings, vault: Vault, tables: PgTables) -> None:
        super().__init__(settings, _without_user(settings.index), vault)
        self.tables = self._pg = tables

    async def callback_key(self) -> bytes | None:
        return await self._pg.callback_key()

    async def set_secrets(self, callback_key: bytes | None) -> None:
        await self._pg.set_secrets(callback_key)

    async def audit_end(self) -> int:
        return await self._pg.audit_end()

    def audit_lines(self, after: int) -> AsyncIterator[tuple[int, bytes]]:
        return self._pg.audit_lines(after)

    async def add_audit(self, lines: Lines) -> None:
        await self._pg.add_audit(lines)


@asynccontextmanager
async def opened(settings: Settings, *, fresh: bool) -> AsyncIterator[End]:
    """One end for a while; ``fresh`` makes a folder that is not there. Raises one of ``folder.FOLDER_ERRORS``."""
    with ExitStack() as held:
        end = await (_opened_folder(settings, held, fresh) if settings.index == SQLITE else _opened_shared(settings))
        try:
            yield end
        finally:
            end.blobs.close()
            await end.tables.close()


async def _opened_folder(settings: Settings, held: ExitStack, fresh: bool) -> End:
    data = settings.data
    if not fresh and not (data / "index.db").exists():
        raise SettingsError(f"{data} is no data folder, no settings file and no address of a database")
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    vault = _vault(settings, data / "master.key")
    descriptor = folder.claimed(data)
    if descriptor is None:
        raise OpenError(f"a server works on {data}: stop it and run this again, which goes on; nothing was changed")
    held.callback(os.close, descriptor)
    held.callback(os.close, folder.hold(data, fcntl.LOCK_EX))
    SqliteIndex(data, vault).close()  # makes it, or brings it up to date
    return _FolderEnd(settings, vault)


async def _opened_shared(settings: Settings) -> End:
    try:
        from entrepot.adapters.postgres.moving import PgTables  # noqa: PLC0415 - the library is an extra
    except ModuleNotFoundError as error:
        raise OpenError(f"{error.name} is not installed; run: pip install 'entrepot[scale]'") from error
    vault = _vault(settings, settings.data / "master.key")
    tables = await PgTables.opened(folder.with_password(settings), vault)
    try:
        return _SharedEnd(settings, vault, tables)
    except BaseException:
        await tables.close()
        raise


def _vault(settings: Settings, file: Path) -> Vault:
    """With a master key that is there: none is made. Raises SettingsError, VaultError."""
    if settings.master_key is None and not file.exists():
        raise SettingsError(
            f"no master key for {_without_user(settings.index) if settings.index != SQLITE else settings.data}:"
            " secrets stay sealed under the one that they were sealed under. Set ENTREPOT_MASTER_KEY to what master.key"
            f" of the other end holds, or copy that file to {file}"
        )
    vault = folder.vault_of(settings)
    if len(vault.opens) > 1:
        raise VaultError(
            "the master key is being renewed: finish that (`entrepot secrets rotate`), and let there be one key;"
            " nothing was changed"
        )
    return vault


def _without_user(address: str) -> str:
    """An address without who asks, and without what else is said of how."""
    parts = urlsplit(re.sub(r"^postgres:", "postgresql:", address))
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
