"""The embedded index: what survives a process, what several processes see of each other, what rests on the disk."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import apsw
import pytest

from contracts.children import child
from contracts.engines import Engine, add_bucket, file_engine, record, staged
from entrepot.adapters.secrets.vault import Vault, VaultError, load_vault
from entrepot.adapters.sqlite import index as sqlite_index
from entrepot.adapters.sqlite.index import SqliteIndex
from entrepot.adapters.sqlite.opening import OpenError, SchemaError
from entrepot.adapters.sqlite.schema import MIGRATIONS
from entrepot.core.facts.records import Part, Segment
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.identity import key_of_account

SECRET = b"a-secret-that-nobody-should-find"


def version_of(folder: Path) -> int:
    connection = apsw.Connection(str(folder / "index.db"))
    try:
        return int(connection.pragma("user_version") or 0)
    finally:
        connection.close()


async def fill(engine: Engine) -> None:
    bucket = await add_bucket(engine.index)
    number = await engine.index.write(lambda tx: tx.add_blob(staged(b"kept")))
    kept = record(bucket, "k", segments=(Segment(blob=number, offset=0, length=4),))
    key = key_of_account(id="key", account=bucket.account, secret=SECRET, created_at=1.0)
    await engine.index.write(lambda tx: (tx.put_object(kept, bucket.account), tx.add_key(key), tx.spend(b"t", 9.0)))


async def test_everything_is_there_after_reopening(folder: Path) -> None:
    engine = file_engine(folder)
    await fill(engine)
    before = await engine.index.inspect(
        lambda r: (r.accounts(), r.keys(None), r.buckets(None, None, 9), r.all_blobs(0, 9))
    )
    engine.close()
    engine = file_engine(folder)
    try:
        after = await engine.index.inspect(
            lambda r: (r.accounts(), r.keys(None), r.buckets(None, None, 9), r.all_blobs(0, 9))
        )
        assert after == before
        found = engine.index.now.object_and_blobs(before[2][0].id, "k")
        assert found is not None
        assert [blob.data for blob in found[1]] == [b"kept"]
        assert await engine.index.write(lambda tx: tx.spend(b"t", 9.0)) is False
    finally:
        engine.close()


async def test_what_was_answered_together_is_there_after_reopening(folder: Path) -> None:
    engine = file_engine(folder)
    writes = [engine.index.write(lambda tx, n=n: tx.spend(b"%d" % n, 9.0)) for n in range(600)]
    assert await asyncio.gather(*writes) == [True] * 600
    engine.close()
    engine = file_engine(folder)
    writes = [engine.index.write(lambda tx, n=n: tx.spend(b"%d" % n, 9.0)) for n in range(600)]
    assert await asyncio.gather(*writes) == [False] * 600
    engine.close()


async def test_what_was_acknowledged_survives_sigkill(folder: Path) -> None:
    with child("write", folder) as process:
        for number in range(25):
            assert process.said() == str(number)
        process.kill()
    engine = file_engine(folder)
    try:
        for number in range(25):
            assert await engine.index.write(lambda tx, n=number: tx.spend(b"%d" % n, 9.0)) is False
        assert await engine.index.inspect(lambda reader: reader.integrity()) == []
    finally:
        engine.close()


async def test_a_token_is_spent_once_between_processes(folder: Path) -> None:
    count = 200
    engine = file_engine(folder)
    try:
        with child("spend", folder, str(count)) as first, child("spend", folder, str(count)) as second:
            assert (first.said(), second.said()) == ("ready", "ready")
            first.go()
            second.go()
            tries = [engine.index.write(lambda tx, n=n: tx.spend(b"%d" % n, 9e9)) for n in range(count)]
            mine = [n for n, won in enumerate(await asyncio.gather(*tries)) if won]
            won = mine + [int(word) for process in (first, second) for word in process.said().split()]
        assert sorted(won) == list(range(count))
    finally:
        engine.close()


async def test_another_process_that_holds_the_database_does_not_break_a_write(folder: Path) -> None:
    """A backup tool may hold SQLite's own lock for a moment; the write waits for it."""
    engine = file_engine(folder)
    connection = apsw.Connection(str(folder / "index.db"))
    try:
        connection.execute("BEGIN IMMEDIATE")
        backup = threading.Timer(0.1, lambda: connection.execute("ROLLBACK"))
        backup.start()
        assert await engine.index.write(lambda tx: tx.spend(b"t", 9.0)) is True
        backup.join()
    finally:
        connection.close()
        engine.close()


# Secrets at rest.


async def test_no_file_holds_the_bytes_of_a_secret(folder: Path) -> None:
    engine = file_engine(folder)
    await fill(engine)
    found = engine.index.refresh().key("key")
    assert found is not None
    assert found.secret == SECRET
    assert SECRET.decode() not in repr(found)
    _assert_nowhere(folder, SECRET)
    engine.close()
    _assert_nowhere(folder, SECRET)


def _assert_nowhere(folder: Path, secret: bytes) -> None:
    read = [path for path in folder.rglob("*") if path.is_file()]
    assert folder / "index.db" in read
    for path in read:
        assert secret not in path.read_bytes(), path


async def test_a_secret_is_bound_to_its_key_and_master_key(folder: Path) -> None:
    vault = load_vault(folder, None)
    sealed = vault.seal("key", SECRET)
    assert SECRET not in sealed
    assert vault.seal("key", SECRET) != sealed
    assert load_vault(folder, None).open("key", sealed) == SECRET
    for other, name, text in (
        (Vault(bytes(32)), "key", sealed),
        (load_vault(folder, None), "yek", sealed),
        (load_vault(folder, None), "key", sealed[:-1] + bytes([sealed[-1] ^ 1])),
    ):
        with pytest.raises(VaultError):
            other.open(name, text)


def test_the_master_key_is_private(folder: Path) -> None:
    load_vault(folder, None)
    path = folder / "master.key"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(VaultError):
        load_vault(folder, None)


async def test_the_index_can_be_read_by_its_owner_only(files: Engine, folder: Path) -> None:
    await fill(files)
    for path in folder.glob("index.*"):  # noqa: ASYNC240
        assert path.stat().st_mode & 0o077 == 0, path


# The schema.


async def test_an_empty_folder_is_migrated_from_version_0(folder: Path) -> None:
    connection = apsw.Connection(str(folder / "index.db"))
    assert int(connection.pragma("user_version") or 0) == 0
    connection.close()
    engine = file_engine(folder)
    await fill(engine)
    engine.close()
    assert version_of(folder) == len(MIGRATIONS)


@pytest.mark.parametrize("start", range(len(MIGRATIONS)))
async def test_every_older_version_is_brought_up_to_date(folder: Path, start: int) -> None:
    connection = apsw.Connection(str(folder / "index.db"))
    for number in range(start):
        connection.execute(MIGRATIONS[number]).fetchall()
    connection.execute(f"PRAGMA user_version = {start}")
    connection.close()
    engine = file_engine(folder)
    await fill(engine)
    engine.close()
    assert version_of(folder) == len(MIGRATIONS)


_FIRST_VERSION = """
    INSERT INTO accounts VALUES (1250000000, 'u', 1.0);
    INSERT INTO buckets VALUES (1, 1250000000, 'demo', 2.0, '{"acl":"private"}');
    INSERT INTO blobs VALUES (1, 1, 4, 77, NULL, x'61626364'), (2, 2, 3, 78, NULL, x'616263');
    INSERT INTO objects VALUES (1, 'k', 4, 1, NULL, -1, NULL, NULL, 4, 3.0, 3.5, '{"annotation":"n"}', 'key');
    INSERT INTO objects VALUES (1, 'm', 2, NULL, '[[2,1,2]]', 5, NULL, NULL, 2, 3.0, 3.5, NULL, NULL);
    INSERT INTO uploads VALUES ('up', 1, 'u', 6, 3, NULL, NULL, 'always', 4.0, NULL, NULL);
    INSERT INTO parts VALUES ('up', 1, 0, 3, 2, -78, NULL, NULL);
"""


async def test_what_the_first_version_wrote_is_still_read(folder: Path) -> None:
    """The rows are of the columns that version 1 had, whatever the records have now."""
    connection = apsw.Connection(str(folder / "index.db"))
    connection.execute(MIGRATIONS[0]).fetchall()
    connection.execute(_FIRST_VERSION).fetchall()
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    engine = file_engine(folder)
    try:
        now = engine.index.refresh()
        bucket = now.bucket(1250000000, "demo")
        assert bucket is not None
        assert now.bucket_named("demo") == bucket
        found = now.object_and_blobs(bucket.id, "k")
        assert found is not None
        record, blobs = found
        assert (record.attributes.annotation, record.crc64, record.parts, record.upload) == (
            "n",
            (1 << 64) - 1,
            0,
            None,
        )
        assert (record.segments, blobs[0].data) == ((Segment(blob=1, offset=0, length=4),), b"abcd")
        assert [each.segments for each in now.objects(bucket.id, "m", None, 9)] == [
            (Segment(blob=2, offset=1, length=2),)
        ]
        upload = now.newest_upload(bucket.id, "u")
        assert upload is not None
        assert (upload.id, upload.numbered) == ("up", False)
        assert now.parts("up", 0, 9) == [
            Part(
                upload="up", number=1, offset=0, size=3, segments=(Segment(blob=2, offset=0, length=3),),
                crc64=(1 << 64) - 78, sha1=None, md5=None,
            )
        ]  # fmt: skip
    finally:
        engine.close()


def test_opening_again_does_not_migrate_again(folder: Path) -> None:
    for _ in range(3):
        file_engine(folder).close()
    assert version_of(folder) == len(MIGRATIONS)


def test_a_newer_schema_is_refused_and_left_alone(folder: Path) -> None:
    file_engine(folder).close()
    connection = apsw.Connection(str(folder / "index.db"))
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    with pytest.raises(SchemaError, match="upgrade"):
        SqliteIndex(folder, Vault(bytes(32)))
    assert version_of(folder) == len(MIGRATIONS) + 1


def test_a_migration_that_fails_changes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file_engine(folder).close()
    broken = (*MIGRATIONS, "CREATE TABLE extra (x); CREATE TABLE extra (x);")
    monkeypatch.setattr(sqlite_index, "MIGRATIONS", broken)
    with pytest.raises(OpenError):
        file_engine(folder)
    monkeypatch.undo()
    assert version_of(folder) == len(MIGRATIONS)
    connection = apsw.Connection(str(folder / "index.db"))
    assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'extra'").fetchall() == [(0,)]
    connection.close()


# Failures of the disk.


async def test_a_failed_commit_is_answered_and_leaves_nothing(files: Engine) -> None:
    """SQLite's own page limit stands for the full disk; after room was made, writing goes on."""
    index = files.index
    assert isinstance(index, SqliteIndex)
    bucket = await add_bucket(index)
    writer = index._writer
    pages = int(writer.pragma("page_count") or 0)
    writer.execute(f"PRAGMA max_page_count = {pages + 2}").fetchall()
    writes = [index.write(lambda tx, n=n: tx.add_blob(staged(bytes([n]) * 50_000))) for n in range(5)]
    results = await asyncio.gather(*writes, return_exceptions=True)
    faults = [result for result in results if isinstance(result, Fault)]
    assert faults
    assert {fault.kind for fault in faults} == {Kind.STORAGE_FULL}
    assert index.failure is not None
    stored = [blob for blob, _ in await index.inspect(lambda reader: reader.all_blobs(0, 99))]
    assert sorted(blob.id for blob in stored) == sorted(result for result in results if isinstance(result, int))
    writer.execute("PRAGMA max_page_count = 1073741823").fetchall()
    await index.write(lambda tx: tx.put_object(record(bucket, "k"), bucket.account))
    assert index.failure is None
    assert await index.inspect(lambda reader: reader.integrity()) == []
