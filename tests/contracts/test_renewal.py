"""The renewal of the master key of a shared index: in the order of an operator, cut anywhere, beside everybody else.

Each process is a folder, opened with the keys that its gateway has at that moment.
"""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import pytest

from contracts.engines import add_bucket
from contracts.shared_index import Shared, run
from entrepot.adapters.postgres import leases
from entrepot.adapters.postgres.resealing import Resealing
from entrepot.adapters.sealed_columns import OWN_SECRETS, PLAIN, SEALED, WORD
from entrepot.adapters.secrets.vault import Vault, VaultError
from entrepot.core.facts.records import BY_SERVER, ClientKey, Protection
from entrepot.core.fault import UNAVAILABLE, Fault
from entrepot.core.rights.grant import Grant
from entrepot.core.rights.identity import Key
from entrepot.core.rules.content import content_of
from entrepot.core.rules.intake import Intake
from entrepot.folder import Folder
from entrepot.upkeep.fsck import check
from properties.worlds import chunked

T = TypeVar("T")
KEYS, CONTENT = 1200, b"what is sealed " * 10_000
FIRST, SECOND, THIRD = (bytes([number]) * 32 for number in (1, 2, 3))
BEFORE = {"master_key": FIRST}
PREPARED = {"master_key": FIRST, "next_master_key": SECOND}
CHANGED = {"master_key": SECOND, "old_master_key": FIRST}
AFTER = {"master_key": SECOND}
STEPS = 2 + 3 + 1 + 1
"""The retirement and the end; three batches of keys, one of blobs, one of the server's own secrets."""


def _key(number: int) -> Key:
    return Key(
        id=f"k{number:05}", account=1250000000, secret=b"secret %d" % number, grant=Grant(clauses=()), created_at=1.0
    )


@pytest.fixture
def shared(database: str, tmp_path: Path) -> Shared:
    """An index with secrets of every kind, all under the first key."""
    made = Shared(database, tmp_path)
    (tmp_path / "bytes").mkdir()
    run(_fill(made))
    return made


async def _fill(shared: Shared) -> None:
    async with shared.opened(BEFORE, serves=True) as folder:  # which makes the callbacks' key
        await add_bucket(folder.index)
        await folder.index.write(lambda tx: [tx.add_key(_key(number)) for number in range(KEYS)])
        for inline in (1000, 1 << 20):
            await _stored(folder, inline, BY_SERVER)


async def _stored(folder: Folder, inline: int, protection: Protection) -> int:
    staged = await Intake(folder.blobs, inline_bytes=inline).stage(
        chunked(CONTENT), limit=1 << 30, protection=protection
    )
    return await folder.index.write(lambda tx: tx.add_blob(staged))


async def _whole(shared: Shared, keys: dict[str, bytes], count: int = KEYS) -> None:
    """A gateway with these keys serves everything."""
    async with shared.opened(keys, serves=True) as folder:
        found = await folder.index.scan(lambda reader: reader.keys(None))
        assert [key.secret for key in found] == [b"secret %d" % number for number in range(count)]
        blobs = await folder.index.inspect(lambda reader: reader.all_blobs(0, 100))
        assert len(blobs) == 2
        for blob, _ in blobs:
            assert b"".join(map(bytes, content_of(folder.blobs, blob, 0, len(CONTENT)).once())) == CONTENT
        assert folder.callback_key.sign(b"text")
        report = await folder.index.inspect(lambda reader: check(reader, folder.blobs))
        assert all("counts 1 references" in damage for damage in report.damage), report.damage


async def _alone(shared: Shared, key: bytes) -> bool:
    """Whether every sealed value opens with this key alone, the word too."""
    vault = Vault(key)
    connection = await asyncpg.connect(shared.database)
    try:
        for column in SEALED:
            rows = await connection.fetch(f"SELECT {column.columns} FROM {column.found} WHERE {column.where}")
            assert rows, f"nothing is sealed in {column.table}"
            for row in rows:
                vault.open(column.owner_of(row), row[1])
        word = await connection.fetchval(
            "SELECT value FROM notes WHERE account = 0 AND collection = $1 AND key = $2", OWN_SECRETS, WORD.encode()
        )
        vault.open(WORD, word)
    except VaultError:
        return False
    finally:
        await connection.close()
    return True


def _refused(shared: Shared, keys: dict[str, bytes]) -> str:
    """Why a gateway with these keys does not start."""

    async def opened() -> None:
        async with shared.opened(keys, serves=True):
            pass

    with pytest.raises(VaultError) as refused:
        run(opened())
    return str(refused.value)


def test_everything_is_under_the_new_key(shared: Shared) -> None:
    assert run(_alone(shared, FIRST))
    run(_whole(shared, PREPARED))
    run(_whole(shared, CHANGED))
    done = shared.rotated(CHANGED)
    assert done.returncode == 0, done.stderr
    assert f"resealed: {KEYS + 3} of {KEYS + 3} values" in done.stdout
    assert "old_master_key" in done.stdout
    assert run(_alone(shared, SECOND))
    run(_whole(shared, AFTER))
    run(_whole(shared, CHANGED))
    for keys in (BEFORE, PREPARED):
        assert "this one was replaced: set the one that seals now as master_key" in _refused(shared, keys)
    again = shared.rotated(CHANGED)
    assert (again.returncode, "resealed: 0 of" in again.stdout) == (0, True), again.stderr


def test_killed_anywhere_it_goes_on(shared: Shared) -> None:
    """Killed after the retirement, then again and again after the first thing that it did, the last one too."""
    for step in (1, *[2] * (STEPS - 1)):
        assert not run(_alone(shared, SECOND))
        cut = shared.rotated(CHANGED, ENTREPOT_CRASH_AT=f"rotate.step:{step}")
        assert cut.returncode == -9, cut.stderr
        if step == 1:
            assert "was replaced" in _refused(shared, BEFORE)
            run(_whole(shared, CHANGED))
    run(_whole(shared, AFTER))
    assert run(_alone(shared, SECOND))
    assert shared.rotated(CHANGED).returncode == 0


def test_progress_is_told(shared: Shared) -> None:
    done = shared.rotated(CHANGED, "--json")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [events[0][name] for name in ("event", "what", "of_values")] == ["progress", "keys", KEYS + 3]
    assert [events[-1][name] for name in ("event", "values", "resealed")] == ["rotated", KEYS + 3, KEYS + 3]


def test_it_is_refused_while_another_key_seals(shared: Shared) -> None:
    async def beside(keys: dict[str, bytes]) -> subprocess.CompletedProcess[str]:
        async with shared.opened(keys, serves=True) as folder:
            refused = await asyncio.to_thread(shared.rotated, CHANGED)
            await folder.index.write(lambda tx: tx.add_key(_key(KEYS)))  # it seals as before
            await folder.index.write(lambda tx: tx.remove_key(_key(KEYS).id))
            return refused

    for keys, why in ((PREPARED, "another master key than this one seals at"), (BEFORE, "cannot be opened by")):
        refused = run(beside(keys))
        assert refused.returncode == 1
        assert why in refused.stderr
        assert ":9400" in refused.stderr, "which gateway"
        assert run(_alone(shared, FIRST))
        shared.sql("DELETE FROM notes WHERE collection = 'master keys'")
    assert shared.rotated(CHANGED).returncode == 0


def test_the_new_key_seals_only_what_everybody_opens(shared: Shared) -> None:
    async def beside(keys: dict[str, bytes], others: dict[str, bytes]) -> None:
        async with shared.opened(keys, serves=True), shared.opened(others, serves=True):
            pass

    with pytest.raises(VaultError, match="give every gateway this key as next_master_key first"):
        run(beside(BEFORE, CHANGED))
    run(beside(BEFORE, PREPARED))
    run(beside(PREPARED, CHANGED))
    run(beside(CHANGED, PREPARED))
    assert "this gateway does not have the new one" in _refused(shared, BEFORE)
    assert "a third one" in _refused(shared, {"master_key": THIRD, "next_master_key": FIRST, "old_master_key": SECOND})


def test_a_version_before_is_not_taken_to_know_the_new_key(shared: Shared) -> None:
    shared.sql("INSERT INTO leases VALUES ('process:old', 'old', now() + interval '60 seconds')")
    assert "a process of a version before" in _refused(shared, CHANGED)


def test_a_renewal_is_given_up(shared: Shared) -> None:
    """Until it was begun to seal anew, the key before may be the one to which all goes."""
    run(_whole(shared, CHANGED))
    back = {"master_key": FIRST, "old_master_key": SECOND}
    assert shared.rotated(back).returncode == 0
    run(_whole(shared, BEFORE))
    assert "was replaced" in _refused(shared, {"master_key": SECOND})


def test_a_key_that_was_replaced_is_not_taken_again(shared: Shared) -> None:
    assert shared.rotated(CHANGED).returncode == 0
    back = shared.rotated({"master_key": FIRST, "old_master_key": SECOND})
    assert back.returncode == 1
    assert "was replaced" in back.stderr
    assert shared.rotated({"master_key": THIRD, "old_master_key": SECOND}).returncode == 0
    run(_whole(shared, {"master_key": THIRD}))


def test_what_is_missing_is_said(shared: Shared) -> None:
    for keys in (BEFORE, {}):
        refused = shared.rotated(keys)
        assert refused.returncode == 1
        assert "no two master keys here" in refused.stderr
    assert "was made with" in shared.rotated({"master_key": SECOND, "old_master_key": THIRD}).stderr


def test_a_gateway_that_stood_still_seals_nothing_any_more(shared: Shared) -> None:
    """It holds no lease, as one whose lease ended; and it believes what it knew when it fell asleep."""

    async def asleep() -> None:
        async with shared.opened(PREPARED) as folder:
            assert (await asyncio.to_thread(shared.rotated, CHANGED)).returncode == 0
            for change in (
                lambda: folder.index.write(lambda tx: tx.add_key(_key(KEYS))),
                lambda: _stored(folder, 1000, BY_SERVER),
                lambda: _stored(folder, 1 << 20, BY_SERVER),
            ):
                with pytest.raises(Fault) as refused:
                    await change()
                assert refused.value.reason == UNAVAILABLE
            client = ClientKey(secret=bytes(32))
            assert await _stored(folder, 1000, Protection(encryption=BY_SERVER.encryption, client_key=client)) > 0
            found = await folder.index.scan(lambda reader: reader.keys(None))
            assert len(found) == KEYS

    run(asleep())
    assert run(_alone(shared, SECOND))


def test_a_gateway_that_stood_still_is_not_ready(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "_EVERY_SECONDS", 0.01)

    async def asleep() -> str | None:
        async with shared.opened(PREPARED) as folder:
            assert (await asyncio.to_thread(shared.rotated, CHANGED)).returncode == 0
            assert await folder.problem() is None
            awake = asyncio.create_task(folder._gateway._keep())
            while await folder.problem() is None:  # noqa: ASYNC110 - there is nothing to wait for
                await asyncio.sleep(0.05)
            awake.cancel()
            await asyncio.wait([awake])
            return await folder.problem()

    assert "this one was replaced" in (run(asyncio.wait_for(asleep(), 120)) or "")


def test_what_a_gateway_that_vanished_may_still_have_stored_is_waited_for(shared: Shared) -> None:
    """A transaction in which the old key sealed, open while everything is looked at."""
    shared.sql(
        "INSERT INTO leases VALUES ('process:gone', 'gone', now() - interval '5 seconds',"
        f" '{json.dumps({'at': 'there', 'seals': Vault(FIRST).seals_with})}')"
    )

    async def renewed() -> None:
        async with shared.opened(CHANGED) as folder:
            keys = await folder._gateway.check_keys()
            late = await asyncpg.connect(shared.database)
            begun = late.transaction()
            await begun.start()
            await late.execute(
                "INSERT INTO keys SELECT 'late', account, $1, may, created_at FROM keys WHERE id = 'k00000'",
                Vault(FIRST).seal("late", b"late"),
            )
            looked = asyncio.Event()  # at everything, once

            def tell(table: str, _values: int) -> None:
                if table == "notes":
                    looked.set()

            work = Resealing(shared.database, folder.index, folder.vault, again_seconds=15.0)
            renewal = asyncio.create_task(work.run(keys, lambda _: None, tell))
            await looked.wait()
            await asyncio.sleep(1)
            assert not renewal.done()
            await begun.commit()
            await late.close()
            assert await renewal == KEYS + 3

    run(renewed())
    assert run(_alone(shared, SECOND))


def test_it_minds_nobody_elses_changes(shared: Shared) -> None:
    """Keys come and go, also between a batch that is read and the same batch that is written."""
    more = 60

    async def renewed() -> None:
        async with shared.opened(CHANGED, serves=True) as folder, shared.opened(CHANGED) as operator:
            work = Resealing(shared.database, operator.index, operator.vault)
            resealed = work._resealed

            async def late(column: Any, rows: list[Any]) -> int:
                if column.table == "keys" and rows[0][0] == "k00000":
                    await folder.index.write(lambda tx: tx.remove_key("k00000"))
                    await folder.index.write(lambda tx: tx.add_key(_key(0)))
                return await resealed(column, rows)

            work._resealed = late  # type: ignore[method-assign]
            keys = await operator._gateway.check_keys()
            renewal = asyncio.create_task(work.run(keys, lambda _: None, lambda _table, _rows: None))
            for number in range(KEYS, KEYS + more):
                await folder.index.write(lambda tx, number=number: tx.add_key(_key(number)))  # type: ignore[misc]
            await renewal

    run(renewed())
    assert run(_alone(shared, SECOND))
    run(_whole(shared, AFTER, KEYS + more))


def test_the_keys_of_gateways_may_be_files(shared: Shared) -> None:
    """In each gateway's data folder: ``master.key`` with ``.next`` or ``.old`` beside it."""
    files = [("", SECOND), (".old", FIRST)]
    operator = shared.root / "operator"
    operator.mkdir()
    for suffix, key in files:
        path = operator / f"master.key{suffix}"
        path.touch(mode=0o600)
        path.write_bytes(base64.b64encode(key) + b"\n")
    done = shared.rotated({})
    assert done.returncode == 0, done.stderr
    assert run(_alone(shared, SECOND))


def test_every_column_of_bytes_of_the_shared_index_is_declared(shared: Shared) -> None:
    listed = shared.sql(
        "SELECT table_name || ' ' || column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type = 'bytea'"
    )
    found = {tuple(line.split()) for line in listed.splitlines()}
    declared = {(one.table, one.column) for one in SEALED}
    declared |= {(table, column) for table, columns in PLAIN.items() for column in columns}
    assert found == declared
