"""Moving an index with its bytes from one end to another, so that it can be cut anywhere and goes on.

The order is what makes it safe:

1. Nothing is changed before everything that speaks against the move was looked for.
2. The source is marked, then the target: from then on nobody serves either, and both know each other.
3. Tables are filled in the order of their keys, a page in one transaction, so that the last key that is there says
   where to go on. The rows of blobs are added when their bytes were read back and have the CRC64 that the index states.
4. Both have as many rows in every table. Then the source is marked as moved, and only then the target is open.

So never two of them can be served, and what was moved is not moved again. Must not know engines.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from entrepot.adapters import rows as row_forms
from entrepot.adapters.crashpoint import passing
from entrepot.adapters.move_mark import SOURCE, TARGET, Mark
from entrepot.adapters.moved_tables import MOVED, Table
from entrepot.adapters.opening import OpenError
from entrepot.adapters.secrets.vault import VaultError
from entrepot.core.facts.digests import Digester, crc64_of
from entrepot.core.fault import Fault
from entrepot.core.ports import sealed_size
from entrepot.moving.ends import End, Row
from entrepot.moving.progress import Progress, Tell

_PAGE = 500
_BLOB_PAGE = 100
_LINES = 1000
_AT_ONCE_BYTES = 64 << 20
"""Bytes of the blobs whose rows are added together, one longer blob aside: what a cut may cost."""
_AT_ONCE = 4
"""How many blobs are copied at once."""
_WINDOW = 1 << 20
_TABLES = {table.name: table for table in MOVED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What was moved; ``rows`` by table, all of them, ``audit`` lines. ``was_done``: an earlier run did everything."""

    rows: dict[str, int]
    bytes: int
    audit: int
    seconds: float
    was_done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A blob that lies at the place for bytes: what is known of the bytes as they lie there."""

    name: str
    size: int
    crc64: int


async def move(source: End, target: End, tell: Tell, new_id: Callable[[], str]) -> Moved:
    """Move everything. Raises one of ``folder.FOLDER_ERRORS``, or Fault; started again it goes on."""
    run = _Move(source, target, tell)
    mark = await run.agreed()
    if mark is not None and mark.done and (there := await target.tables.mark()) is not None and there.done:
        return Moved(rows={}, bytes=0, audit=0, seconds=0.0, was_done=True)
    begun = mark is not None
    mark = mark or Mark(id=new_id(), role=SOURCE, other=target.name, shares_bytes=source.bytes_at == target.bytes_at)
    await run.marked(mark)
    return await run.copied(mark, again=begun)


async def check_source(source: End) -> None:
    """Look, before a target is made, whether there is any sense in that. Raises OpenError."""
    mark = await source.tables.mark()
    if mark is None or not mark.is_closed:
        await _not_served(source)


async def undo(source: End) -> None:
    """Let a source be worked on again. Raises OpenError when that cannot be."""
    mark = await source.tables.mark()
    if mark is None or mark.role != SOURCE:
        raise OpenError(f"nothing was moved from {source.name}")
    if mark.done and mark.shares_bytes:
        raise OpenError(
            f"the bytes are those of {mark.other} now, which removes what it does not know; move it back from there"
        )
    await source.tables.set_mark(None)


class _Move:
    """One run."""

    def __init__(self, source: End, target: End, tell: Tell) -> None:
        self._source = source
        self._target = target
        self._tell = tell
        self._shares_bytes = source.bytes_at == target.bytes_at
        self._look_first = False
        self._progress = Progress(tell, 0, 0)

    async def agreed(self) -> Mark | None:
        """Look for what speaks against it; returns the source's mark when this move was begun before."""
        source, target = self._source, self._target
        if source.name == target.name:
            raise OpenError("both ends are the same index")
        here, there = await source.tables.mark(), await target.tables.mark()
        if here is not None and here.role == TARGET and not here.done:
            raise OpenError(f"{source.name} is the unfinished target of a move from {here.other}")
        goes_on = here is not None and here.role == SOURCE and self._goes_on(here, there)
        if goes_on and there is not None and there.done:
            return here
        for end in (source, target):
            await _not_served(end)
        await self._same_master_key()
        if goes_on:
            return here
        if there is not None and not there.done:
            raise OpenError(f"{target.name} is one end of another move, which is not finished ({there.other})")
        filled = [table.name for table in MOVED if await target.tables.count(table)]
        if filled or await target.audit_end():
            raise OpenError(f"{target.name} is not empty ({', '.join(filled) or 'audit log'}); nothing was changed")
        await target.check_bytes()
        if not self._shares_bytes and await target.has_bytes():
            raise OpenError(
                "bytes lie at the target's place already, and one place belongs to one index; choose another prefix"
                " or folder; nothing was changed"
            )
        await target.check_free(await source.tables.number())
        return None

    def _goes_on(self, here: Mark, there: Mark | None) -> bool:
        """True for the move that was begun. Raises OpenError when that was another one."""
        if here.other != self._target.name:
            state = "was moved" if here.done else "is being moved"
            raise OpenError(f"{self._source.name} {state} to {here.other}; --undo gives that up")
        if (there is None and here.done) or (there is not None and (there.id, there.role) != (here.id, TARGET)):
            raise OpenError(
                f"{self._target.name} is not the target that this move began with: make it anew, empty,"
                " and give the move up with --undo"
            )
        if here.shares_bytes != self._shares_bytes:
            raise OpenError("this move began with another place for bytes; nothing was changed")
        return True

    async def _same_master_key(self) -> None:
        """What one end seals the other opens, and it opens what there is."""
        source, target = self._source, self._target
        try:
            for one, other in ((source.vault, target.vault), (target.vault, source.vault)):
                other.open("word", one.seal("word", b"entrepot"))
            for row in await source.tables.page(_TABLES["keys"], None, 10):
                _open_key(target, row)
        except VaultError as error:
            raise VaultError(
                f"both ends must have one master key, that of {source.name} ({error}); nothing was changed"
            ) from error

    async def marked(self, mark: Mark) -> None:
        """Mark both ends, the source first. A server that was quicker than the mark is met by the second look."""
        before = await self._source.tables.mark()
        if before is None or before.id != mark.id:
            await self._source.tables.set_mark(mark)
            try:
                await _not_served(self._source)
            except OpenError:
                await self._source.tables.set_mark(before)
                raise
            passing("move.step")
        there = await self._target.tables.mark()
        if there is None or there.id != mark.id:
            other = self._source.name
            await self._target.tables.set_mark(replace(mark, role=TARGET, other=other, done=False))
            await _not_served(self._target)
            passing("move.step")

    async def copied(self, mark: Mark, *, again: bool) -> Moved:
        """Move what is not there yet, and end the move."""
        source, target = self._source.tables, self._target.tables
        number = await target.number() or await source.number() or mark.id
        if mark.shares_bytes:  # a move that is given up leaves the source a place that knows it
            await source.set_number(number)
        await self._target.own(number)
        wanted = {table.name: await source.count(table) for table in MOVED}
        done = {table.name: await target.count(table) for table in MOVED} if again else {}
        after = await target.last(_TABLES["blobs"])
        size = await source.stored_bytes(after[0] if after else 0)
        self._look_first = again
        self._progress = Progress(self._tell, sum(wanted.values()) - sum(done.values()), size)
        for table in MOVED:
            await self._table(table)
        for table in MOVED:
            there = await target.count(table)
            if there != wanted[table.name]:
                raise OpenError(
                    f"the table {table.name} has {there} rows at the target and {wanted[table.name]} at the source:"
                    " somebody worked on one of them; give this move up with --undo, and begin with an empty target"
                )
        await target.set_numbers(await source.numbers())
        await self._target.set_secrets(await self._source.callback_key())
        lines = await self._audit_log()
        if not mark.done:
            await source.set_mark(replace(mark, done=True))
            passing("move.step")
        await target.set_mark(replace(mark, role=TARGET, other=self._source.name, done=True))
        self._tell({"event": "progress", "what": "done", **self._progress.state()})
        total = await source.stored_bytes(0)
        return Moved(rows=wanted, bytes=total, audit=lines, seconds=round(self._progress.seconds, 3))

    async def _table(self, table: Table) -> None:
        source, target = self._source.tables, self._target.tables
        limit = _BLOB_PAGE if table.name in {"blobs", "seals"} else _PAGE
        after = await target.last(table)
        places = [table.columns.index(name) for name in table.by]
        while page := await source.page(table, after, limit):
            for batch in _batches(page) if table.name == "blobs" else [page]:
                await self._check(table, batch)
                await target.add(table, batch)
                passing("move.step")
                in_rows = sum(row[2] for row in batch if row[4] is None) if table.name == "blobs" else 0
                self._progress.add(table.name, rows=len(batch), size=in_rows)
            after = tuple(page[-1][place] for place in places)

    async def _check(self, table: Table, page: list[Row]) -> None:
        """What must be so before rows are added. Raises OpenError, VaultError."""
        if table.name == "keys":
            for row in page:
                _open_key(self._target, row)
        elif table.name == "seals":
            for blob, _, _, crc64, data in page:
                if data is not None and crc64_of(data) != row_forms.unsigned(crc64):
                    raise _damaged(f"blob {blob}")
        elif table.name == "blobs":
            await self._blobs(page)

    async def _blobs(self, page: list[Row]) -> None:
        """Have the bytes of blobs at the target, checked."""
        seals = {}
        first = (page[0][0] - 1,)
        for row in await self._source.tables.page(_TABLES["seals"], first, len(page)):
            seals[row[0]] = row
        files = []
        for number, _, size, signed, name, data in page:
            crc64 = row_forms.unsigned(signed)
            seal = seals.get(number)
            if seal is not None and not seal[1]:
                self._target.vault.open(row_forms.key_owner(name, size, crc64), seal[2])
            if name is not None and seal is not None:
                files.append(_File(name=name, size=sealed_size(size), crc64=row_forms.unsigned(seal[3])))
            elif name is not None:
                files.append(_File(name=name, size=size, crc64=crc64))
            elif seal is None and (len(data) != size or crc64_of(data) != crc64):
                raise _damaged(f"blob {number}")
        turns = asyncio.Semaphore(_AT_ONCE)

        async def moved(file: _File) -> None:
            async with turns:
                await self._file(file)

        # All of them end before one that failed is told of: each has a blob of its own under its hands.
        failures = [one for one in await asyncio.gather(*map(moved, files), return_exceptions=True) if one is not None]
        if failures:
            raise failures[0]
        self._look_first = False

    async def _file(self, file: _File) -> None:
        """Have one blob at the target, read back."""
        if self._shares_bytes or self._look_first:
            if await asyncio.to_thread(self._is_there, file):
                self._progress.add("blobs", size=file.size)
                return
            if self._shares_bytes:
                raise _damaged(file.name)
            await self._target.blobs.remove([file.name])
        await self._copy(file)
        if not await asyncio.to_thread(self._is_there, file):
            raise OpenError(f"blob {file.name} is not whole at the target after it was written; run this again")
        self._progress.add("blobs", size=file.size)

    async def _copy(self, file: _File) -> None:
        digester = Digester(sha1=False, md5=False)
        reader = self._source.blobs.open(file.name, file.size)
        self._target.next_name.name = file.name
        sink = self._target.blobs.create(digester)
        try:
            for at in range(0, file.size, _WINDOW):
                length = min(_WINDOW, file.size - at)
                await reader.ready(at, length, file.size)
                await sink.write(bytes(reader.view(at, length)))
            await sink.seal()
        except BaseException:
            await sink.discard()
            raise
        if (digester.size, digester.crc64) != (file.size, file.crc64):
            await self._target.blobs.remove([file.name])
            raise _damaged(file.name)

    def _is_there(self, file: _File) -> bool:
        """Whether the target has these bytes."""
        crc64 = 0
        try:
            for window in self._target.blobs.open(file.name, file.size).once(0, file.size):
                crc64 = crc64_of(window, crc64)
        except Fault:
            return False
        return crc64 == file.crc64

    async def _audit_log(self) -> int:
        """Move the lines that are not there yet; returns the number of the last one."""
        last = await self._target.audit_end()
        lines: list[tuple[int, bytes]] = []
        async for line in self._source.audit_lines(last):
            lines.append(line)
            if len(lines) == _LINES:
                last = await self._add_audit(lines)
                lines = []
        return await self._add_audit(lines) if lines else last

    async def _add_audit(self, lines: list[tuple[int, bytes]]) -> int:
        await self._target.add_audit(lines)
        passing("move.step")
        self._progress.add("audit", size=0)
        return lines[-1][0]


def _batches(page: list[Row]) -> Iterator[list[Row]]:
    """Rows of blobs whose bytes are moved together."""
    batch: list[Row] = []
    size = 0
    for row in page:
        if batch and size + row[2] > _AT_ONCE_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += row[2]
    if batch:
        yield batch


async def _not_served(end: End) -> None:
    count = await end.tables.served()
    if count:
        raise OpenError(
            f"{count} processes serve {end.name}, or did less than a minute ago: stop them; nothing was changed"
        )


def _open_key(end: End, row: Row) -> None:
    """Raises VaultError when an end cannot open the secret of a key."""
    end.vault.open(row[0], row[2])


def _damaged(what: str) -> OpenError:
    return OpenError(
        f"{what} does not have the bytes that the index states, and was not moved: give the move up with --undo,"
        " remove what `entrepot fsck` says is damaged, and begin again with an empty target"
    )
