"""Index: what a change may rely on. Visible together or not at all, one refusal undoes one change only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from contracts.engines import Engine, add_bucket, record, staged
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader, Transaction


class Mistake(Exception):  # noqa: N818
    """Something that no adapter knows."""


async def test_the_result_of_a_change_is_the_result_of_the_write(engine: Engine) -> None:
    thing = object()
    assert await engine.index.write(lambda _tx: thing) is thing
    assert await engine.index.scan(lambda _reader: thing) is thing


async def test_a_transaction_reads_its_own_changes_and_others_do_not(engine: Engine) -> None:
    bucket = await add_bucket(engine.index)
    other = engine.again()
    seen: list[object] = []

    def change(tx: Transaction) -> None:
        tx.put_object(record(bucket, "k"), bucket.account)
        seen.append(tx.object(bucket.id, "k"))
        seen.append(tx.objects(bucket.id, "", None, 9))

    try:
        assert other.index.now.object(bucket.id, "k") is None
        await engine.index.write(change)
        assert seen == [record(bucket, "k"), [record(bucket, "k")]]
        assert other.index.now.object(bucket.id, "k") == record(bucket, "k")
        assert await other.index.scan(lambda reader: reader.object(bucket.id, "k")) == record(bucket, "k")
    finally:
        other.close()


@pytest.mark.parametrize("error", [Mistake("no"), Fault(Kind.OBJECT_LOCKED, "no"), ValueError(1), KeyError("k")])
async def test_what_a_change_raises_undoes_it_and_is_raised(engine: Engine, error: Exception) -> None:
    bucket = await add_bucket(engine.index)
    await engine.index.write(lambda tx: tx.put_object(record(bucket, "before"), bucket.account))
    number = await engine.index.write(lambda tx: tx.add_blob(staged(b"bytes")))

    def change(tx: Transaction) -> None:
        tx.put_object(record(bucket, "new"), bucket.account)
        tx.delete_object(bucket.id, "before")
        tx.delete_object(bucket.id, "new")
        tx.release(number, 9.0)
        tx.spend(b"token", 99.0)
        tx.remove_bucket(bucket.id)
        raise error

    with pytest.raises(type(error)) as caught:
        await engine.index.write(change)
    assert caught.value is error
    reader = engine.index.refresh()
    assert [each.key for each in reader.objects(bucket.id, "", None, 9)] == ["before"]
    assert reader.blob(number) is not None
    assert reader.bucket(bucket.account, "demo") == bucket
    assert await engine.index.write(lambda tx: tx.spend(b"token", 99.0)) is True


async def test_in_one_batch_only_those_who_raise_are_undone(engine: Engine) -> None:
    """Writes that wait together may share a commit; each is still a transaction of its own."""
    bucket = await add_bucket(engine.index)

    def put(number: int) -> Callable[[Transaction], int]:
        def change(tx: Transaction) -> int:
            tx.put_object(record(bucket, f"{number:03}"), bucket.account)
            if number % 3 == 0:
                raise Mistake(number)
            if number % 7 == 0:
                raise Fault(Kind.ACCESS_DENIED, str(number))
            return number

        return change

    results = await asyncio.gather(*(engine.index.write(put(n)) for n in range(100)), return_exceptions=True)
    good = [n for n in range(100) if n % 3 and n % 7]
    assert [result for result in results if isinstance(result, int)] == good
    assert all(isinstance(results[n], Mistake) for n in range(0, 100, 3))
    assert all(isinstance(results[n], Fault) for n in range(100) if n % 7 == 0 and n % 3)
    assert [each.key for each in engine.index.now.objects(bucket.id, "", None, 200)] == [f"{n:03}" for n in good]


async def test_changes_that_are_asked_for_together_leave_one_of_them(engine: Engine) -> None:
    bucket = await add_bucket(engine.index)
    writes = [
        engine.index.write(lambda tx, n=n: tx.put_object(record(bucket, "k", at=float(n)), bucket.account))
        for n in range(50)
    ]
    await asyncio.gather(*writes)
    left = engine.index.now.object(bucket.id, "k")
    assert left in [record(bucket, "k", at=float(n)) for n in range(50)]
    if engine.name != "postgres":  # an embedded index takes them in the order in which they were asked for
        assert left == record(bucket, "k", at=49.0)


async def test_a_reader_never_sees_half_a_change(engine: Engine) -> None:
    """Two names are always changed together; whoever looks in one scan sees them alike."""
    bucket = await add_bucket(engine.index)
    other = engine.again()

    def both(at: float) -> Callable[[Transaction], None]:
        def change(tx: Transaction) -> None:
            tx.put_object(record(bucket, "a", at=at), bucket.account)
            tx.put_object(record(bucket, "z", at=at), bucket.account)

        return change

    def times(reader: Reader) -> set[float]:
        found = [reader.object(bucket.id, key) for key in ("a", "z")]
        return {each.created_at for each in found if each is not None}

    async def write() -> None:
        for n in range(2, 40):
            await engine.index.write(both(float(n)))

    try:
        await engine.index.write(both(1.0))
        writing = asyncio.create_task(write())
        while not writing.done():
            for index in (engine.index, other.index):
                assert len(await index.scan(times)) == 1
            await asyncio.sleep(0)
        await writing
        assert await other.index.scan(times) == {39.0}
    finally:
        other.close()


async def test_what_a_scan_raises_is_raised(engine: Engine) -> None:
    def question(_reader: Reader) -> None:
        raise Mistake

    with pytest.raises(Mistake):
        await engine.index.scan(question)
    assert await engine.index.scan(lambda reader: reader.open_uploads()) == 0


async def test_a_caller_that_went_away_does_not_undo_its_change(engine: Engine) -> None:
    """A cancelled request may have been committed; the others in its batch must get their answers."""
    bucket = await add_bucket(engine.index)

    async def put(key: str) -> None:
        await engine.index.write(lambda tx: tx.put_object(record(bucket, key), bucket.account))

    tasks = [asyncio.create_task(put(f"{n}")) for n in range(8)]
    await asyncio.sleep(0)
    tasks[3].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [result for n, result in enumerate(results) if n != 3] == [None] * 7
    await put("last")
    assert {each.key for each in engine.index.now.objects(bucket.id, "", None, 99)} >= {*"0124567", "last"}


async def test_a_token_is_spent_once(engine: Engine) -> None:
    assert await engine.index.write(lambda tx: tx.spend(b"t", 10.0)) is True
    assert await engine.index.write(lambda tx: tx.spend(b"t", 20.0)) is False
    assert await engine.index.write(lambda tx: tx.spend(b"u", 20.0)) is True
    assert await engine.index.write(lambda tx: (tx.spend(b"v", 1.0), tx.spend(b"v", 1.0))) == (True, False)


async def test_a_token_is_spent_once_between_many(engine: Engine) -> None:
    other = engine.again()
    try:
        writes = [
            index.write(lambda tx: tx.spend(b"t", 9.0)) for _ in range(32) for index in (engine.index, other.index)
        ]
        assert sorted(await asyncio.gather(*writes)) == [False] * 63 + [True]
    finally:
        other.close()


async def test_marks_are_forgotten_after_their_time_and_not_before(engine: Engine) -> None:
    for n in range(10):
        await engine.index.write(lambda tx, n=n: tx.spend(b"%d" % n, float(n)))
    assert await engine.index.write(lambda tx: tx.forget_spent(0.0, 100)) == 0
    assert await engine.index.write(lambda tx: tx.forget_spent(5.0, 3)) == 3
    assert await engine.index.write(lambda tx: tx.forget_spent(5.0, 100)) == 2
    assert await engine.index.write(lambda tx: tx.forget_spent(5.0, 100)) == 0
    for n in range(10):
        assert await engine.index.write(lambda tx, n=n: tx.spend(b"%d" % n, 50.0)) is (n < 5)


async def test_the_state_tells_every_commit(engine: Engine) -> None:
    """``state``: another one after each commit, once that was looked at."""

    def state() -> object:
        engine.index.refresh()
        return engine.index.state()

    seen = [state()]
    for number in range(3):
        await engine.index.write(lambda tx, number=number: tx.spend(bytes([number]), 9.0))  # type: ignore[misc]
        assert not engine.index.is_still(seen[-1])
        seen.append(state())
        if engine.name != "postgres":  # which is told nothing of others' commits, and gives a new one each time
            assert state() == engine.index.state() == seen[-1]
            assert engine.index.is_still(seen[-1])
    assert len(set(seen)) == 4
