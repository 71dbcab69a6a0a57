"""Uploads in parts, by each TOS SDK: by hand, and 100 MiB by the SDK's own `upload_file`, interrupted and resumed.

Source: wire facts of Volcengine §3.7 (the CRC64 of a whole upload), §3.9; part size of at least 5 MiB from the SDKs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from conformance.driver import SdkFailed
from conformance.server import BUCKET
from conformance.volcengine.asking import refusal
from conformance.volcengine.clients import HOME, Client, Refused, start
from conformance.volcengine.plain import Relay

pytestmark = pytest.mark.conformance

MIB = 1 << 20
LEAST = 5 * MIB
PART = 20 * MIB
PARTS = 5


def begin(tos: Client, key: str, **options: Any) -> str:
    """The id of a new upload."""
    made = tos.do("create_multipart_upload", bucket=BUCKET, key=key, **options)
    assert (made.status, made["bucket"], made["key"]) == (200, BUCKET, key)
    return str(made["upload_id"])


def part(tos: Client, key: str, upload: str, number: int, text: str) -> dict[str, Any]:
    """Upload a part; returns what its completion is to say of it."""
    sent = tos.do("upload_part", bucket=BUCKET, key=key, upload_id=upload, part_number=number, content={"text": text})
    assert sent["etag"] == hashlib.md5(text.encode()).hexdigest()
    assert sent.crc > 0
    return {"PartNumber": number, "ETag": f'"{sent["etag"]}"'}


def test_parts_by_hand(tos: Client, place: str) -> None:
    key, first, last = f"{place}大 文件.bin", "x" * LEAST, "the end"
    upload = begin(tos, key, content_type="image/png", meta={"colour": "blue"})
    told = [part(tos, key, upload, 1, first), part(tos, key, upload, 2, last)]
    made = tos.do("complete_multipart_upload", bucket=BUCKET, key=key, upload_id=upload, parts=told)
    assert (made.status, made["bucket"], made["key"]) == (200, BUCKET, key)
    assert made["etag"]
    assert made["location"]
    head = tos.do("head_object", bucket=BUCKET, key=key)
    assert int(head["content_length"]) == LEAST + len(last)
    assert (head["content_type"], head.meta) == ("image/png", {"colour": "blue"})
    assert (head["etag"], head.crc) == (made["etag"], made.crc)
    got = tos.do("get_object", bucket=BUCKET, key=key)
    assert got["content"]["sha256"] == hashlib.sha256((first + last).encode()).hexdigest()
    assert got.crc == made.crc, "and the SDK compared it with what it read"


def test_listing_and_aborting(tos: Client, place: str) -> None:
    key = f"{place}a.bin"
    upload, other = begin(tos, key), begin(tos, f"{place}b.bin")
    for number in (1, 2, 5):
        part(tos, key, upload, number, f"part {number}")
    parts = tos.do("list_parts", bucket=BUCKET, key=key, upload_id=upload)
    assert [entry["part_number"] for entry in parts["parts"]] == [1, 2, 5]
    assert [entry["size"] for entry in parts["parts"]] == [6, 6, 6]
    assert parts["parts"][0]["etag"].strip('"') == hashlib.md5(b"part 1").hexdigest()
    assert parts["parts"][0]["last_modified"]
    page = tos.do("list_parts", bucket=BUCKET, key=key, upload_id=upload, max_parts=2)
    assert (bool(page["is_truncated"]), page["next_part_number_marker"]) == (True, 2)
    rest = tos.do("list_parts", bucket=BUCKET, key=key, upload_id=upload, part_number_marker=2)
    assert [entry["part_number"] for entry in rest["parts"]] == [5]

    uploads = tos.do("list_multipart_uploads", bucket=BUCKET, prefix=place)["uploads"]
    assert [(entry["key"], entry["upload_id"]) for entry in uploads] == [(key, upload), (f"{place}b.bin", other)]
    paged = tos.do("list_multipart_uploads", bucket=BUCKET, prefix=place, max_uploads=1)
    assert (bool(paged["is_truncated"]), len(paged["uploads"])) == (True, 1)
    following = tos.do(
        "list_multipart_uploads",
        bucket=BUCKET,
        prefix=place,
        key_marker=paged["next_key_marker"],
        upload_id_marker=paged["next_upload_id_marker"],
    )
    assert [entry["upload_id"] for entry in following["uploads"]] == [other]

    for name, begun in ((key, upload), (f"{place}b.bin", other)):
        assert tos.do("abort_multipart_upload", bucket=BUCKET, key=name, upload_id=begun).status == 204
    gone = refusal(tos, "list_parts", bucket=BUCKET, key=key, upload_id=upload)
    assert (gone.status, gone.code) == (404, "NoSuchUpload")
    assert not tos.do("list_multipart_uploads", bucket=BUCKET, prefix=place)["uploads"]
    assert tos.do("does_object_exist", bucket=BUCKET, key=key)["value"] is False


def test_all_parts_without_naming_them(tos: Client, place: str) -> None:
    key = f"{place}a.bin"
    upload = begin(tos, key)
    part(tos, key, upload, 1, "y" * LEAST)
    part(tos, key, upload, 2, "the end")
    made = tos.do("complete_multipart_upload", bucket=BUCKET, key=key, upload_id=upload, complete_all=True)
    assert [entry["part_number"] for entry in made["completed_parts"]] == [1, 2]
    assert int(tos.do("head_object", bucket=BUCKET, key=key)["content_length"]) == LEAST + 7


def test_parts_that_were_not_uploaded(tos: Client, place: str) -> None:
    key = f"{place}a.bin"
    upload = begin(tos, key)
    wrong = {**part(tos, key, upload, 1, "hello"), "ETag": '"00000000000000000000000000000000"'}
    for parts in ([wrong], [{"PartNumber": 7, "ETag": wrong["ETag"]}]):
        told = refusal(tos, "complete_multipart_upload", bucket=BUCKET, key=key, upload_id=upload, parts=parts)
        assert (told.status, told.code) == (400, "InvalidPart")
    tos.do("abort_multipart_upload", bucket=BUCKET, key=key, upload_id=upload)


def test_parts_that_are_copies(tos: Client, place: str, put: Callable[..., None]) -> None:
    source, key = f"{place}源.bin", f"{place}a.bin"
    put(source, "z" * LEAST + "0123456789")
    upload = begin(tos, key)
    copy = {"bucket": BUCKET, "key": key, "upload_id": upload, "src_bucket": BUCKET, "src_key": source}
    one = tos.do("upload_part_copy", **copy, part_number=1, copy_source_range_start=0, copy_source_range_end=LEAST - 1)
    assert one["etag"] == hashlib.md5(b"z" * LEAST).hexdigest()
    two = tos.do("upload_part_copy", **copy, part_number=2, copy_source_range=f"bytes={LEAST + 2}-{LEAST + 4}")
    assert two["etag"] == hashlib.md5(b"234").hexdigest()
    parts = [{"PartNumber": 1, "ETag": f'"{one["etag"]}"'}, {"PartNumber": 2, "ETag": f'"{two["etag"]}"'}]
    tos.do("complete_multipart_upload", bucket=BUCKET, key=key, upload_id=upload, parts=parts)
    got = tos.do("get_object", bucket=BUCKET, key=key)
    assert got["content"]["sha256"] == hashlib.sha256(b"z" * LEAST + b"234").hexdigest()


def test_overwriting_can_be_forbidden_at_the_end(tos: Client, place: str, put: Callable[..., None]) -> None:
    key = f"{place}a.bin"
    put(key)
    upload = begin(tos, key)
    end = {"bucket": BUCKET, "key": key, "upload_id": upload, "parts": [part(tos, key, upload, 1, "changed")]}
    told = refusal(tos, "complete_multipart_upload", **end, forbid_overwrite=True)
    assert told.ec == "0017-00000004"
    assert tos.do("get_object", bucket=BUCKET, key=key).body == b"hello"
    tos.do("complete_multipart_upload", **end)
    assert tos.do("get_object", bucket=BUCKET, key=key).body == b"changed"


def number_of(target: str) -> int:
    """The part's number in a request's target."""
    return int(parse_qs(urlsplit(target).query)["partNumber"][0])


def test_a_long_upload_is_interrupted_and_goes_on(tos: Client, place: str, big: Path, tmp_path: Path) -> None:
    """The line breaks after two parts; another process goes on from the checkpoint and sends only what is missing."""
    key = f"{place}big.bin"
    job = {"bucket": BUCKET, "key": key, "file_path": str(big), "part_size": PART, "enable_checkpoint": True}
    job["checkpoint_file"] = str(tmp_path / "upload.checkpoint")
    with Relay(int(tos.address.rpartition(":")[2]), cut_after=3) as line:
        cut = start(tos.sdk, line.address, HOME[tos.sdk.name], retries=0)
        with cut.driver, pytest.raises((SdkFailed, Refused)):
            cut.do("upload_file", **job, seconds=120)
        assert len(line.asked("POST", "uploads")) == 1
        line.heal()
        [upload] = tos.do("list_multipart_uploads", bucket=BUCKET, prefix=key)["uploads"]
        there = tos.do("list_parts", bucket=BUCKET, key=key, upload_id=upload["upload_id"])["parts"]
        assert [entry["part_number"] for entry in there] == [1, 2], "the first two replies that came whole"
        assert tos.do("does_object_exist", bucket=BUCKET, key=key)["value"] is False

        fresh = start(tos.sdk, line.address, HOME[tos.sdk.name])
        with fresh.driver:
            made = fresh.do("upload_file", **job, seconds=120)
        again = line.asked("PUT", "partNumber=")
        assert sorted(number_of(target) for target in again) == [3, 4, 5], "what was there is not sent again"
        assert all(upload["upload_id"] in target for target in again)
        assert not line.asked("POST", "uploads")
        assert len(line.asked("POST", "uploadId=")) == 1
    head = tos.do("head_object", bucket=BUCKET, key=key)
    assert (int(head["content_length"]), head.crc) == (big.stat().st_size, made.crc)
    got = tos.do("get_object", bucket=BUCKET, key=key, seconds=120)
    with big.open("rb") as content:
        assert got["content"]["sha256"] == hashlib.file_digest(content, "sha256").hexdigest()
