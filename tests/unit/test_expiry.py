"""expiry and sweeper: the rules of buckets are applied to what is there at that moment, and to nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.engines import ENGINES, Engine, add_bucket, changed, record, staged
from entrepot.core import operations as ops
from entrepot.core.facts.digests import crc64_of
from entrepot.core.facts.records import (
    Attributes,
    Bucket,
    LifecycleRule,
    Lock,
    Object,
    Part,
    Segment,
    Transition,
    Upload,
)
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader, Transaction
from entrepot.core.rules import reading
from entrepot.log import log
from entrepot.upkeep import expiry, fsck
from entrepot.upkeep.expiry import Expired, Expiry
from entrepot.upkeep.settings import SweepSettings
from entrepot.upkeep.sweep import Sweeper, Swept, Temporary
from properties.worlds import principal

DAY = 86400.0
NOW = 1_700_000_000.0
OLD = NOW - 10 * DAY
DAILY = LifecycleRule(expire_days=1, abort_days=1)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Each engine, empty."""
    opened = ENGINES[request.param](tmp_path / "data")
    yield opened
    opened.close()


async def ruled(engine: Engine, *rules: LifecycleRule, name: str = "demo", account: int = 1250000000) -> Bucket:
    """A bucket with rules."""
    bucket = await add_bucket(engine.index, name, account)
    return await ruled_again(engine, bucket, *rules)


async def ruled_again(engine: Engine, bucket: Bucket, *rules: LifecycleRule) -> Bucket:
    """The bucket with other rules."""
    made = replace(bucket, settings=replace(bucket.settings, lifecycle=rules))
    await engine.index.write(lambda tx: tx.update_bucket(made))
    return made


async def put(
    engine: Engine, bucket: Bucket, *keys: str, at: float = OLD, segments: int = 1, **attributes: Any
) -> None:
    """Objects of a few bytes each."""

    def change(tx: Transaction) -> None:
        for key in keys:
            blobs = [tx.add_blob(staged(b"content")) for _ in range(segments)]
            pieces = tuple(Segment(blob=blob, offset=0, length=7) for blob in blobs)
            plain = record(bucket, key, segments=pieces, at=at)
            stored = changed(plain, attributes=Attributes(**attributes), crc64=crc64_of(b"content" * segments))
            tx.put_object(stored, bucket.account)

    await engine.index.write(change)


async def begin(engine: Engine, bucket: Bucket, name: str, key: str, *, sliced: bool, at: float = OLD) -> None:
    """An upload with two parts."""
    upload = Upload(
        id=name, bucket=bucket.id, key=key, size=20 if sliced else 0, part_bytes=10 if sliced else 0, sha1=None,
        attributes=Attributes(), replace="always", started_at=at, started_by=None,
    )  # fmt: skip

    def change(tx: Transaction) -> None:
        tx.add_upload(upload)
        for number in (1, 2):
            segment = Segment(blob=tx.add_blob(staged(b"0123456789")), offset=0, length=10)
            offset = (number - 1) * 10 if sliced else 0
            tx.put_part(
                Part(
                    upload=name, number=number, offset=offset, size=10, segments=(segment,), crc64=0,
                    sha1=None, md5=None,
                )
            )  # fmt: skip

    await engine.index.write(change)


async def left(engine: Engine, bucket: Bucket) -> list[str]:
    """The keys that are still there."""
    found = await engine.index.scan(lambda reader: reader.objects(bucket.id, "", None, 100_000))
    return [each.key for each in found]


async def apply(engine: Engine, now: float = NOW) -> tuple[int, int]:
    """Apply the rules; nothing may be damaged, and no reference left over."""
    done = await Expiry(engine.index, now, DAY, lambda _what, _count: None).apply()
    return done.objects, done.uploads


async def blobs_left(engine: Engine) -> int:
    """How many blobs are referred to."""
    return len(await engine.index.inspect(lambda reader: reader.all_blobs(0, 100_000)))


async def test_old_things_go_and_young_ones_stay(engine: Engine) -> None:
    bucket = await ruled(
        engine,
        LifecycleRule(prefix="logs/", expire_days=7),
        LifecycleRule(prefix="tmp/", expire_days=1, tags={"keep": "no"}),
        LifecycleRule(prefix="off/", enabled=False, expire_days=0),
    )
    await put(engine, bucket, "logs/old", "logs", "other", "off/a", "logs0", "logs/")
    await put(engine, bucket, "logs/young", at=NOW - 6 * DAY)
    await put(engine, bucket, "logs/locked", lock=Lock.WRITE)
    await put(engine, bucket, "tmp/no", tags={"keep": "no"})
    await put(engine, bucket, "tmp/yes", tags={"keep": "yes"})
    assert await apply(engine) == (3, 0)
    assert await left(engine, bucket) == ["logs", "logs/locked", "logs/young", "logs0", "off/a", "other", "tmp/yes"]
    assert await apply(engine) == (0, 0)
    assert await blobs_left(engine) == 7
    report = await engine.index.inspect(lambda reader: fsck.check(reader, engine.blobs))
    assert report.damage == []


async def test_days_of_their_own(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """They go without any rule, and take the place of one; what was changed since, and what is locked, stays."""
    monkeypatch.setattr(expiry, "_LOOKED_AT", 2)
    plain, other = await add_bucket(engine.index, "plain", 1250000000), await ruled(engine, DAILY)
    for bucket in (plain, other):
        await put(engine, bucket, "a", "b", "c", expire_days=10)
        await put(engine, bucket, "later", expire_days=11)
        await put(engine, bucket, "young", at=NOW, expire_days=10)
        await put(engine, bucket, "locked", expire_days=10, lock=Lock.WRITE)
        await put(engine, bucket, "none", metadata={"expire_days": "1"})
    assert await apply(engine) == (7, 0)
    assert await left(engine, plain) == ["later", "locked", "none", "young"]
    assert await left(engine, other) == ["later", "locked", "young"]
    assert await blobs_left(engine) == 7


async def test_labels_of_old_objects(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """They change, and nothing else of the objects; what goes at the same time goes."""
    monkeypatch.setattr(expiry, "_LOOKED_AT", 2)
    cold = Transition(storage_class="cold", archived=True, days=2)
    bucket = await ruled(engine, LifecycleRule(transitions=(cold,)), LifecycleRule(prefix="gone/", expire_days=3))
    await put(engine, bucket, "a", "b", "c", "gone/d")
    await put(engine, bucket, "young", at=NOW - DAY)
    assert await apply(engine) == (1, 0)
    for key, label in (("a", "cold"), ("b", "cold"), ("c", "cold"), ("young", "")):
        found = engine.index.now.object(bucket.id, key)
        assert found is not None
        assert (found.attributes.storage_class, found.attributes.archived) == (label, label == "cold")
        assert found.modified_at == (NOW - DAY if key == "young" else OLD)
    assert await apply(engine) == (0, 0)
    assert await blobs_left(engine) == 4


async def test_what_outlived_its_days_cannot_be_read(engine: Engine) -> None:
    """Though no sweep came by yet."""
    bucket = await add_bucket(engine.index, "demo", 1250000000)
    await put(engine, bucket, "gone", expire_days=10)
    await put(engine, bucket, "there", expire_days=11)
    await put(engine, bucket, "link", link="gone")
    who = principal()
    reader = engine.index.now
    for key, kind in (("gone", Kind.OBJECT_MISSING), ("link", Kind.LINK_BROKEN), ("there", None)):
        for ask in (
            lambda key: reading.read(reader, engine.blobs, ops.ReadObject(bucket=bucket, key=key), who, NOW),
            lambda key: reading.stat(
                reader, engine.blobs, ops.StatObject(bucket=bucket, key=key, directory=False), who, NOW
            ),
            lambda key: reading.copy_source(
                reader,
                engine.blobs.sealing,
                reading.Source(bucket=bucket, key=key, client_key=None, check=None),
                who,
                NOW,
            ),
        ):
            if kind is None:
                ask(key)
                continue
            with pytest.raises(Fault) as refused:
                ask(key)
            assert refused.value.kind is kind


async def test_what_ends_with_time_is_not_remembered(engine: Engine) -> None:
    """An answer is given again while the index is as it was; days and restorations end without a change of it."""
    bucket = await add_bucket(engine.index, "demo", 1250000000)
    who, until = principal(), NOW + DAY
    await put(engine, bucket, "plain")
    await put(engine, bucket, "days", expire_days=11)
    await put(engine, bucket, "cold", archived=True, restored_until=until)
    await put(engine, bucket, "link", link="plain", expire_days=11)
    for key, may in (("plain", True), ("days", False), ("cold", False), ("link", False)):
        op = ops.ReadObject(bucket=bucket, key=key)
        assert reading.read(engine.index.now, engine.blobs, op, who, NOW).repeatable is may, key


async def test_both_kinds_of_uploads_are_aborted(engine: Engine) -> None:
    bucket = await ruled(engine, LifecycleRule(prefix="up/", abort_days=3))
    for sliced in (True, False):
        kind = "s" if sliced else "n"
        await begin(engine, bucket, f"{kind}-old", "up/a", sliced=sliced)
        await begin(engine, bucket, f"{kind}-old-2", "up/a", sliced=sliced)
        await begin(engine, bucket, f"{kind}-young", "up/a", sliced=sliced, at=NOW - DAY)
        await begin(engine, bucket, f"{kind}-elsewhere", "up", sliced=sliced)
    await put(engine, bucket, "up/a")
    assert await apply(engine) == (0, 4)
    assert {name for name in ("s-old", "s-old-2", "n-old", "n-old-2") if engine.index.now.upload(name)} == set()
    assert engine.index.now.open_uploads() == 4
    assert await blobs_left(engine) == 9


async def test_buckets_of_one_name_and_more_than_a_page(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "_BUCKETS", 2)
    made = [
        await ruled(engine, DAILY, name=name, account=account)
        for account in (1250000000, 1250000001)
        for name in ("a", "b", "c")
    ]
    none = await add_bucket(engine.index, "d")
    for bucket in [*made, none]:
        await put(engine, bucket, "k")
        await begin(engine, bucket, f"u{bucket.id}", "k", sliced=False)
    assert await apply(engine) == (6, 6)
    assert await left(engine, none) == ["k"]
    assert engine.index.now.open_uploads() == 1


async def test_more_than_a_page_of_everything(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "_LOOKED_AT", 4)
    monkeypatch.setattr(expiry, "_REMOVED", 3)
    monkeypatch.setattr(expiry, "_SEGMENTS", 5)
    bucket = await ruled(engine, LifecycleRule(prefix="a/", expire_days=1, abort_days=1), DAILY)
    await put(engine, bucket, *(f"a/{n:02}" for n in range(0, 40, 2)), "a/0\U0010ffff")
    await put(engine, bucket, *(f"a/{n:02}" for n in range(1, 40, 2)), at=NOW)
    await put(engine, bucket, "b", "c", segments=9)
    await put(engine, bucket, "d", segments=0)
    for number in range(9):
        await begin(engine, bucket, f"u{number}", f"a/{number // 2}", sliced=False, at=OLD if number % 3 else NOW)
    assert await apply(engine) == (24, 6)
    assert await left(engine, bucket) == [f"a/{n:02}" for n in range(1, 40, 2)]
    assert await blobs_left(engine) == 20 + 6


class Meanwhile:
    """An index on which something happens after each look that found ``needle``."""

    def __init__(self, engine: Engine, act: Callable[[], Awaitable[object]]) -> None:
        self._index = engine.index
        self._act = act

    async def scan(self, question: Callable[[Reader], Any]) -> Any:
        found = await self._index.scan(question)
        if isinstance(found, tuple) and found[0]:
            await self._act()
        if isinstance(found, list) and found and isinstance(found[0], Upload):
            await self._act()
        return found

    async def write(self, change: Callable[[Transaction], Any]) -> Any:
        return await self._index.write(change)


async def apply_while(engine: Engine, act: Callable[[], Awaitable[object]]) -> Expired:
    """Apply the rules while ``act`` happens between looking and removing."""
    index: Any = Meanwhile(engine, act)
    return await Expiry(index, NOW, DAY, lambda _what, _count: None).apply()


async def test_what_was_replaced_meanwhile_stays(engine: Engine) -> None:
    bucket = await ruled(engine, DAILY)
    await put(engine, bucket, "a", "b", "c")

    async def replaced() -> None:
        await put(engine, bucket, "a", at=NOW)
        await put(engine, bucket, "b", at=OLD + 1)  # as old, but not what was seen

    assert await apply_while(engine, replaced) == Expired(objects=1)
    assert await left(engine, bucket) == ["a", "b"]


async def test_what_was_locked_or_tagged_or_removed_meanwhile(engine: Engine) -> None:
    bucket = await ruled(engine, LifecycleRule(expire_days=1, tags={"t": "1"}))
    await put(engine, bucket, "a", "b", "c", "d", tags={"t": "1"})

    async def altered() -> None:
        await put(engine, bucket, "a", tags={"t": "1"}, lock=Lock.WRITE)
        await put(engine, bucket, "b", tags={"t": "2"})
        await engine.index.write(lambda tx: tx.delete_object(bucket.id, "c"))

    assert await apply_while(engine, altered) == Expired(objects=1)
    assert await left(engine, bucket) == ["a", "b"]


async def test_other_rules_meanwhile(engine: Engine) -> None:
    bucket = await ruled(engine, DAILY)
    await put(engine, bucket, "a")
    await begin(engine, bucket, "n", "a", sliced=False)
    await begin(engine, bucket, "s", "a", sliced=True)
    assert await apply_while(engine, lambda: ruled_again(engine, bucket)) == Expired()
    assert await left(engine, bucket) == ["a"]
    assert engine.index.now.open_uploads() == 2


async def test_an_upload_that_ended_meanwhile(engine: Engine) -> None:
    bucket = await ruled(engine, DAILY)
    await begin(engine, bucket, "n", "a", sliced=False)

    async def ended() -> None:
        await engine.index.write(lambda tx: tx.remove_upload("n"))

    assert await apply_while(engine, ended) == Expired()


async def test_a_sweep_counts_and_reports(engine: Engine) -> None:
    bucket = await ruled(engine, LifecycleRule(expire_days=3, abort_days=2))
    await put(engine, bucket, "a", "b", at=NOW - 30)
    await begin(engine, bucket, "u", "k", sliced=False, at=NOW - 20)
    told: list[tuple[str, int]] = []
    sweeper = Sweeper(engine.index, engine.blobs, lambda: NOW, SweepSettings(day_seconds=10.0, garbage_seconds=0))
    assert await sweeper.sweep(orphans=False, rules=False) == Swept()
    swept = await sweeper.sweep(orphans=False, progress=lambda what, count: told.append((what, count)))
    assert (swept.expired, swept.aborted, swept.uploads) == (2, 1, 0)
    assert told[:2] == [("expired objects", 2), ("abandoned uploads", 1)]


class Lease:
    """This process always has it."""

    def take(self, name: str) -> bool:
        return True

    def drop(self, name: str) -> None: ...


async def test_a_running_server_applies_rules_now_and_then(engine: Engine) -> None:
    bucket = await ruled(engine, DAILY)
    await put(engine, bucket, "a")
    settings = SweepSettings(every_seconds=0.01, rules_every_seconds=3600.0)
    sweeper = Sweeper(engine.index, engine.blobs, lambda: NOW, settings)
    with log.captured() as logs:
        running = asyncio.create_task(sweeper.run(Lease()))
        while await left(engine, bucket) == ["a"]:  # noqa: ASYNC110 - the sweeper says nothing to wait for
            await asyncio.sleep(0.01)
        await put(engine, bucket, "b")
        await asyncio.sleep(0.2)
        running.cancel()
    assert await left(engine, bucket) == ["b"]
    assert [line["expired"] for line in logs if line["event"] == "swept"] == [1]


async def test_temporary_files_go_whatever_the_buckets_rules(engine: Engine) -> None:
    """In the buckets of this name of every account, below the prefix, so long after their last change."""
    mine, theirs = await add_bucket(engine.index, "temporary"), await add_bucket(engine.index, "temporary", 1250000001)
    other = await add_bucket(engine.index, "other")
    for bucket in (mine, theirs, other):
        await put(engine, bucket, "temp/old", "temporary", "x/temp/old", at=NOW - 61)
        await put(engine, bucket, "temp/new", at=NOW - 60)
    temporary = Temporary(bucket="temporary", prefix="temp/", seconds=60)
    sweeper = Sweeper(engine.index, engine.blobs, lambda: NOW, SweepSettings(garbage_seconds=0), [temporary])
    assert (await sweeper.sweep(orphans=False)).expired == 2
    assert await left(engine, mine) == await left(engine, theirs) == ["temp/new", "temporary", "x/temp/old"]
    assert await left(engine, other) == ["temp/new", "temp/old", "temporary", "x/temp/old"]


def test_a_day_has_some_length() -> None:
    with pytest.raises(ValueError, match="day_seconds must be greater than 0"):
        SweepSettings(day_seconds=0.0)


def test_what_is_seen_is_a_page_of_objects() -> None:
    """An object of more pieces than a transaction removes is removed alone."""

    def some(pieces: int) -> Object:
        segments = tuple(Segment(blob=n, offset=0, length=1) for n in range(pieces))
        return record(Bucket(id=1, account=1, name="a", created_at=0, settings=None), "k", segments=segments)  # type: ignore[arg-type]

    batches = expiry._batches([some(n) for n in (0, 1999, 1, 1, 5000, 0, 1)])
    assert [[len(each.segments) for each in batch] for batch in batches] == [[0, 1999, 1], [1], [5000, 0], [1]]
    assert [len(batch) for batch in expiry._batches([some(0)] * 250)] == [100, 100, 50]
