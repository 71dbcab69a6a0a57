"""Index: names in byte order, ranges, twins."""

from __future__ import annotations

import pytest

from contracts.engines import Engine, add_bucket, changed, record, staged
from entrepot.core.facts.names import after_prefix
from entrepot.core.facts.records import Acl, Attributes, Bucket, Checksum, Lock, Object, Segment, Upload
from entrepot.core.ports import Transaction, Usage

KEYS = [
    "a", "a!", "a/", "a/b", "a0", "B", "b", "e\u0301", "z", "\x7f", "\x80", "\u00e9", "\u07ff", "\u0800",
    "\u4e2d/\u6587", "\ud7ff", "\ud7ffx", "\ue000", "\uffff", "\U00010000", "\U0001f600", "\U0010ffff",
    "\U0010ffff\U0010ffff", " ", "%2F", "a\\b",
]  # fmt: skip
"""UTF-16 would put the non-BMP ones before U+E000; a locale would fold case and accents."""

IN_ORDER = sorted(KEYS, key=lambda key: key.encode())


async def filled(engine: Engine, keys: list[str] = KEYS) -> Bucket:
    bucket = await add_bucket(engine.index)
    other = await add_bucket(engine.index, "other")

    def change(tx: Transaction) -> None:
        for key in keys:
            tx.put_object(record(bucket, key), bucket.account)
        for key in ("", "a", "m", "\U0010ffff"):
            tx.put_object(record(other, key + "other"), other.account)

    await engine.index.write(change)
    return bucket


def keys_of(found: list[Object]) -> list[str]:
    return [each.key for each in found]


async def test_objects_are_in_byte_order(engine: Engine) -> None:
    bucket = await filled(engine)
    assert keys_of(engine.index.now.objects(bucket.id, "", None, 100)) == IN_ORDER
    assert keys_of(engine.index.now.objects(bucket.id, "", None, 100, down=True)) == IN_ORDER[::-1]
    assert keys_of(await engine.index.scan(lambda reader: reader.objects(bucket.id, "", None, 100))) == IN_ORDER


@pytest.mark.parametrize("down", [False, True])
async def test_every_range_is_low_inclusive_and_high_exclusive(engine: Engine, down: bool) -> None:
    bucket = await filled(engine)
    for low in ["", *KEYS, "a/\0"]:
        for high in [None, "", *KEYS, "a0\0"]:
            expected = [
                k for k in IN_ORDER if k.encode() >= low.encode() and (high is None or k.encode() < high.encode())
            ]
            expected = expected[::-1] if down else expected
            found = keys_of(engine.index.now.objects(bucket.id, low, high, 100, down=down))
            assert found == expected, (low, high)
            assert keys_of(engine.index.now.objects(bucket.id, low, high, 3, down=down)) == expected[:3]


@pytest.mark.parametrize("prefix", ["", "a", "a/", "\ud7ff", "\ue000", "\uffff", "\U0010ffff", "\U0001f600"])
async def test_a_prefix_is_a_range(engine: Engine, prefix: str) -> None:
    bucket = await filled(engine)
    found = engine.index.now.objects(bucket.id, prefix, after_prefix(prefix), 100)
    assert keys_of(found) == [key for key in IN_ORDER if key.startswith(prefix)]


async def test_paging_by_the_last_key_meets_every_key_once(engine: Engine) -> None:
    bucket = await filled(engine)
    met: list[str] = []
    while page := engine.index.now.objects(bucket.id, met[-1] + "\0" if met else "", None, 4):
        met += keys_of(page)
        assert len(met) <= len(KEYS)
    assert met == IN_ORDER


async def test_an_object_comes_back_whole(engine: Engine) -> None:
    bucket = await add_bucket(engine.index)
    attributes = Attributes(
        headers={"Content-Type": "text/\u00fc", "Cache-Control": ""}, metadata={"color": "\u7ea2 \U0001f600"},
        annotation='{"a": [1, "\\u0000"]}', acl=Acl.PUBLIC_READ, lock=Lock.READ | Lock.WRITE,
    )  # fmt: skip
    segments = tuple(Segment(blob=number, offset=number * 3, length=1 << 33) for number in range(1, 4))
    whole = Object(
        bucket=bucket.id, key="d/\u4e2d.txt", size=3 << 33, segments=segments, crc64=(1 << 64) - 1,
        sha1=bytes(range(20)),
        md5=bytes(16), part_bytes=1 << 20, created_at=1700000000.123456, modified_at=1700000001.5,
        attributes=attributes,
        stored_by="key",
    )  # fmt: skip
    bare = record(bucket, "bare")
    await engine.index.write(lambda tx: (tx.put_object(whole, bucket.account), tx.put_object(bare, bucket.account)))
    assert engine.index.now.object(bucket.id, "d/\u4e2d.txt") == whole
    assert engine.index.now.object(bucket.id, "bare") == bare
    assert engine.index.now.objects(bucket.id, "", None, 9) == [bare, whole]
    assert engine.index.now.object(bucket.id + 1, "bare") is None
    assert engine.index.now.object(bucket.id, "Bare") is None


async def test_one_segment_in_the_midst_of_a_blob(engine: Engine) -> None:
    bucket = await add_bucket(engine.index)
    number = await engine.index.write(lambda tx: tx.add_blob(staged(b"0123456789")))
    middle = record(bucket, "k", segments=(Segment(blob=number, offset=2, length=3),))
    await engine.index.write(lambda tx: tx.put_object(middle, bucket.account))
    assert engine.index.now.object(bucket.id, "k") == middle


async def test_a_name_is_replaced_and_taken_away(engine: Engine) -> None:
    bucket = await add_bucket(engine.index)
    first, second = record(bucket, "k", at=1.0), record(bucket, "k", at=2.0)
    await engine.index.write(lambda tx: tx.put_object(first, bucket.account))
    await engine.index.write(lambda tx: tx.put_object(second, bucket.account))
    assert engine.index.now.objects(bucket.id, "", None, 9) == [second]
    await engine.index.write(lambda tx: tx.delete_object(bucket.id, "k"))
    await engine.index.write(lambda tx: tx.delete_object(bucket.id, "k"))
    assert engine.index.now.object(bucket.id, "k") is None
    assert engine.index.now.objects(bucket.id, "", None, 9) == []


async def test_small_bytes_come_with_their_name(engine: Engine) -> None:
    """``object_and_blobs``: the blob of every segment, in order; None for a name that is not there."""
    bucket = await add_bucket(engine.index)

    def change(tx: Transaction) -> list[Object]:
        inline = Segment(blob=tx.add_blob(staged(b"inline")), offset=0, length=6)
        filed = Segment(blob=tx.add_blob(staged(b"in a file", "f" * 32)), offset=0, length=9)
        made = [
            record(bucket, "inline", segments=(inline,)),
            record(bucket, "filed", segments=(filed,)),
            record(bucket, "both", segments=(inline, filed)),
            record(bucket, "empty"),
        ]
        for each in made:
            tx.put_object(each, bucket.account)
        return made

    made = await engine.index.write(change)
    now = engine.index.now
    for each in made:
        assert now.object_and_blobs(bucket.id, each.key) == (each, [now.blob(run.blob) for run in each.segments])
    assert [blob.data for _, blobs in [now.object_and_blobs(bucket.id, "both") or (None, [])] for blob in blobs] == [
        b"inline",
        None,
    ]
    assert now.object_and_blobs(bucket.id, "none") is None


async def test_a_twin_is_of_the_same_account_digest_and_size(engine: Engine) -> None:
    bucket = await add_bucket(engine.index)
    second = await add_bucket(engine.index, "second")
    foreign = await add_bucket(engine.index, "foreign", account=1250000009)
    sha1, run = b"s" * 20, (Segment(blob=1, offset=0, length=5),)
    here = record(second, "here", sha1=sha1, segments=run)
    for bucket_of, each in (
        (foreign, record(foreign, "there", sha1=sha1, segments=run)),
        (bucket, record(bucket, "longer", sha1=sha1, segments=(Segment(blob=1, offset=0, length=6),))),
        (bucket, record(bucket, "other", sha1=b"o" * 20, segments=run)),
        (bucket, record(bucket, "unknown", segments=run)),
    ):
        await engine.index.write(lambda tx, b=bucket_of, e=each: tx.put_object(e, b.account))
    assert engine.index.now.twins(bucket.account, sha1, 5, 9) == []
    await engine.index.write(lambda tx: tx.put_object(here, second.account))
    assert engine.index.now.twins(bucket.account, sha1, 5, 9) == [here]
    await engine.index.write(lambda tx: tx.delete_object(second.id, "here"))
    assert engine.index.now.twins(bucket.account, sha1, 5, 9) == []


async def test_how_an_object_was_made_comes_back(engine: Engine) -> None:
    bucket = await add_bucket(engine.index)
    attributes = Attributes(
        tags={"a": "\u00fc", "": ""}, storage_class="cold", appendable=True, link="d/\u4e2d",
        checksum=Checksum(algorithm="crc32c", value="AAAA==-2", composite=True),
    )  # fmt: skip
    made = changed(record(bucket, "k"), parts=10_000, upload="u" * 44, attributes=attributes)
    await engine.index.write(lambda tx: tx.put_object(made, bucket.account))
    assert engine.index.now.object(bucket.id, "k") == made
    assert engine.index.now.object_and_blobs(bucket.id, "k") == (made, [])


async def test_a_digest_is_kept_for_the_object_it_was_computed_from(engine: Engine) -> None:
    bucket = await add_bucket(engine.index)
    old = changed(record(bucket, "k"), crc64=(1 << 64) - 5, modified_at=7.25)
    blank = changed(record(bucket, "blank"), crc64=None, modified_at=7.25)
    await engine.index.write(lambda tx: (tx.put_object(old, bucket.account), tx.put_object(blank, bucket.account)))
    for crc64, at, key in ((1, 7.25, "k"), (old.crc64, 7.5, "k"), (None, 7.25, "k"), (old.crc64, 7.25, "none")):
        await engine.index.write(lambda tx, c=crc64, a=at, k=key: tx.set_sha1(bucket.id, k, c, a, b"w" * 20))
    assert engine.index.now.object(bucket.id, "k") == old
    await engine.index.write(lambda tx: tx.set_sha1(bucket.id, "k", old.crc64, 7.25, b"s" * 20))
    await engine.index.write(lambda tx: tx.set_sha1(bucket.id, "blank", None, 7.25, b"b" * 20))
    assert engine.index.now.object(bucket.id, "k") == changed(old, sha1=b"s" * 20)
    assert engine.index.now.object(bucket.id, "blank") == changed(blank, sha1=b"b" * 20)
    assert engine.index.now.twins(bucket.account, b"s" * 20, 0, 9) == [changed(old, sha1=b"s" * 20)]


async def test_what_a_bucket_holds(engine: Engine) -> None:
    bucket, other = await add_bucket(engine.index), await add_bucket(engine.index, "other")
    assert engine.index.now.usage(bucket.id) == Usage(objects=0, bytes=0, uploads=0)
    run = (Segment(blob=1, offset=0, length=5),)

    def change(tx: Transaction) -> None:
        for name in ("a", "b"):
            tx.put_object(record(bucket, name, segments=run), bucket.account)
        tx.put_object(record(bucket, "d/"), bucket.account)
        tx.put_object(record(other, "c", segments=run), other.account)
        for number, part_bytes in ((1, 0), (2, 0), (3, 9)):
            tx.add_upload(Upload(
                id=str(number), bucket=bucket.id, key="k", size=0, part_bytes=part_bytes, sha1=None,
                attributes=Attributes(),
                replace="always", started_at=1.0, started_by=None,
            ))  # fmt: skip

    await engine.index.write(change)
    assert engine.index.now.usage(bucket.id) == Usage(objects=3, bytes=10, uploads=3)
    assert await engine.index.scan(lambda reader: reader.usage(other.id)) == Usage(objects=1, bytes=5, uploads=0)
