"""boto3: uploads in parts, by hand and by its own transfer manager, broken off and taken up again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from conformance.conftest import Sample
from conformance.relay import Relay
from conformance.s3.calls import MIB, Client, Refused, big, piece
from conformance.server import BUCKET, Server

pytestmark = pytest.mark.conformance

PART = 5 * MIB


def etag_of(file: Sample, size: int) -> str:
    """The entity tag of an upload in parts of `size`: MD5 of the parts' MD5s, and their number."""
    parts = [file.content[at : at + size] for at in range(0, len(file.content), size)]
    whole = hashlib.md5(b"".join(hashlib.md5(part).digest() for part in parts)).hexdigest()
    return f'"{whole}-{len(parts)}"'


def begun(client: Client, key: str, **more: Any) -> dict[str, str]:
    """Bucket, key and id of a new upload."""
    made = client("create_multipart_upload", Bucket=BUCKET, Key=key, **more)
    assert (made["Bucket"], made["Key"]) == (BUCKET, key)
    return {"Bucket": BUCKET, "Key": key, "UploadId": made["UploadId"]}


def sent(client: Client, upload: dict[str, str], number: int, body: Any) -> dict[str, Any]:
    """A part as it stands in the list that completes the upload."""
    done = client("upload_part", **upload, PartNumber=number, Body=body)
    return {"PartNumber": number, "ETag": done["ETag"]}


def complete(client: Client, upload: dict[str, str], parts: list[dict[str, Any]], **more: Any) -> Any:
    """The reply to the completion."""
    return client("complete_multipart_upload", **upload, MultipartUpload={"Parts": parts}, **more)


def refused(client: Client, upload: dict[str, str], parts: list[dict[str, Any]], **more: Any) -> Any:
    """Code and status of a completion that must be refused."""
    return client.refused("complete_multipart_upload", **upload, MultipartUpload={"Parts": parts}, **more)


def test_by_hand(any_s3: Client, top: str, sample: Callable[..., Sample]) -> None:
    file, key = sample(2 * PART + 1000), f"{top}大 文件.bin"
    more = {"ContentType": "video/mp4", "Metadata": {"a": "1"}, "Tagging": "t=1", "CacheControl": "no-cache"}
    upload = begun(any_s3, key, **more)
    # out of order, with gaps in the numbers, and one part twice
    third = sent(any_s3, upload, 9, piece(file.path, 2 * PART, 1000))
    sent(any_s3, upload, 2, b"replaced")
    first = sent(any_s3, upload, 2, piece(file.path, 0, PART))
    second = sent(any_s3, upload, 3, piece(file.path, PART, PART))
    assert first["ETag"] == f'"{hashlib.md5(file.content[:PART]).hexdigest()}"'
    assert any_s3.refused("head_object", Bucket=BUCKET, Key=key)[1] == 404, "not before it is complete"

    done = complete(any_s3, upload, [first, second, third])
    assert (done["ETag"], done["Bucket"], done["Key"]) == (etag_of(file, PART), BUCKET, key)
    assert done["Location"]
    got = any_s3("get_object", Bucket=BUCKET, Key=key)
    assert (got["Body"], got["ETag"], got["ContentLength"]) == (big(file), done["ETag"], len(file.content))
    assert (got["ContentType"], got["Metadata"], got["TagCount"]) == ("video/mp4", {"a": "1"}, 1)
    across = any_s3("get_object", Bucket=BUCKET, Key=key, Range=f"bytes={PART - 10}-{PART + 9}")
    assert across["Body"] == file.content[PART - 10 : PART + 10]
    listed = any_s3("list_objects_v2", Bucket=BUCKET, Prefix=key)["Contents"][0]
    assert (listed["ETag"], listed["Size"]) == (done["ETag"], len(file.content))
    assert any_s3.refused("list_parts", **upload) == ("NoSuchUpload", 404)


def test_listings_of_parts_and_uploads(any_s3: Client, bucket: str) -> None:
    keys = ["a", "b/1", "b/2", "文"]
    uploads = {key: any_s3("create_multipart_upload", Bucket=bucket, Key=key)["UploadId"] for key in keys}
    again = any_s3("create_multipart_upload", Bucket=bucket, Key="a")["UploadId"]
    every = sorted([*uploads.items(), ("a", again)])

    def found(**parameters: Any) -> list[tuple[str, str]]:
        pages = any_s3("pages", "list_multipart_uploads", {}, Bucket=bucket, **parameters)
        return [(item["Key"], item["UploadId"]) for page in pages for item in page.get("Uploads", [])]

    assert sorted(found()) == every
    assert [key for key, _ in found()] == ["a", "a", "b/1", "b/2", "文"]
    assert sorted(found(MaxUploads=1)) == every
    assert sorted(found(Prefix="b/")) == [item for item in every if item[0].startswith("b/")]
    grouped = any_s3("list_multipart_uploads", Bucket=bucket, Delimiter="/")
    assert [item["Prefix"] for item in grouped["CommonPrefixes"]] == ["b/"]
    assert {item["Key"] for item in grouped["Uploads"]} == {"a", "文"}
    assert grouped["Uploads"][0]["Initiated"] > 1_700_000_000

    upload = {"Bucket": bucket, "Key": "文", "UploadId": uploads["文"]}
    for number in (1, 7, 10000):
        any_s3("upload_part", **upload, PartNumber=number, Body=b"x" * number)
    page = any_s3("list_parts", **upload, MaxParts=2)
    assert (page["IsTruncated"], page["NextPartNumberMarker"], page["MaxParts"]) == (True, 7, 2)
    assert (page["Bucket"], page["Key"], page["UploadId"]) == (bucket, "文", uploads["文"])
    pages = any_s3("pages", "list_parts", {}, **upload, MaxParts=2)
    parts = [part for page in pages for part in page["Parts"]]
    tag = f'"{hashlib.md5(b"x" * 7).hexdigest()}"'
    assert [(part["PartNumber"], part["Size"]) for part in parts] == [(1, 1), (7, 7), (10000, 10000)]
    assert parts[1]["ETag"] == tag
    assert [part["PartNumber"] for part in any_s3("list_parts", **upload, PartNumberMarker=7)["Parts"]] == [10000]


def test_abort(any_s3: Client, top: str) -> None:
    upload = begun(any_s3, f"{top}a")
    sent(any_s3, upload, 1, b"x")
    assert any_s3("abort_multipart_upload", **upload)["ResponseMetadata"]["HTTPStatusCode"] == 204
    missing = ("NoSuchUpload", 404)
    assert any_s3.refused("abort_multipart_upload", **upload) == missing
    assert any_s3.refused("upload_part", **upload, PartNumber=1, Body=b"x") == missing
    assert any_s3.refused("list_parts", **upload) == missing
    assert refused(any_s3, upload, [{"PartNumber": 1, "ETag": f'"{"0" * 32}"'}]) == missing
    other = begun(any_s3, f"{top}b")
    stranger = {**other, "Key": f"{top}c"}
    assert any_s3.refused("upload_part", **stranger, PartNumber=1, Body=b"x") == missing, "the id of another key"
    assert any_s3.refused("upload_part", **{**other, "UploadId": "nonsense"}, PartNumber=1, Body=b"x") == missing


def test_completions_that_are_wrong(s3: Client, top: str, sample: Callable[..., Sample]) -> None:
    file = sample(PART)
    upload = begun(s3, f"{top}a")
    one = sent(s3, upload, 1, piece(file.path, 0, PART))
    two = sent(s3, upload, 2, b"small")
    three = sent(s3, upload, 3, b"small too")
    assert refused(s3, upload, [two, one]) == ("InvalidPartOrder", 400)
    assert refused(s3, upload, [one, one]) == ("InvalidPartOrder", 400)
    assert refused(s3, upload, [one, {**two, "ETag": one["ETag"]}]) == ("InvalidPart", 400)
    assert refused(s3, upload, [one, {**two, "PartNumber": 4}]) == ("InvalidPart", 400)
    assert refused(s3, upload, [one, two, three]) == ("EntityTooSmall", 400)
    assert refused(s3, upload, []) == ("MalformedXML", 400)
    assert s3.refused("head_object", Bucket=BUCKET, Key=f"{top}a")[1] == 404
    # nothing of this has spoilt the upload; a part that is left out is dropped, and quotes are optional
    complete(s3, upload, [one, {**three, "ETag": three["ETag"].strip('"')}])
    whole = s3("head_object", Bucket=BUCKET, Key=f"{top}a")
    assert whole["ContentLength"] == PART + len(b"small too")


@pytest.mark.parametrize("number", [0, 10001, -1])
def test_numbers_that_no_part_may_have(s3: Client, top: str, number: int) -> None:
    upload = begun(s3, f"{top}a")
    assert s3.refused("upload_part", **upload, PartNumber=number, Body=b"x") == ("InvalidArgument", 400)
    s3("abort_multipart_upload", **upload)


def test_one_part_may_be_small_and_even_empty(s3: Client, top: str) -> None:
    for body in (b"tiny", b""):
        upload = begun(s3, f"{top}a")
        complete(s3, upload, [sent(s3, upload, 1, body)])
        assert s3("get_object", Bucket=BUCKET, Key=f"{top}a")["Body"] == body


def test_conditions_of_completions(s3: Client, top: str) -> None:
    key = f"{top}a"
    upload = begun(s3, key)
    part = sent(s3, upload, 1, b"mine")
    s3("put_object", Bucket=BUCKET, Key=key, Body=b"theirs")
    assert refused(s3, upload, [part], IfNoneMatch="*") == ("PreconditionFailed", 412)
    assert s3("get_object", Bucket=BUCKET, Key=key)["Body"] == b"theirs"
    assert refused(s3, upload, [part], IfMatch='"0"') == ("PreconditionFailed", 412)
    theirs = f'"{hashlib.md5(b"theirs").hexdigest()}"'
    assert refused(s3, upload, [part], IfMatch=theirs) == ("ConditionalRequestConflict", 409)
    assert s3("get_object", Bucket=BUCKET, Key=key)["Body"] == b"theirs"
    later = begun(s3, key)
    complete(s3, later, [sent(s3, later, 1, b"mine")], IfMatch=theirs)
    assert s3("get_object", Bucket=BUCKET, Key=key)["Body"] == b"mine"


def test_parts_copied_from_objects(any_s3: Client, top: str, sample: Callable[..., Sample]) -> None:
    file, source = sample(PART + 4096), f"{top}来源 +.bin"
    any_s3("put_object", Bucket=BUCKET, Key=source, Body=piece(file.path, 0, len(file.content)))
    upload = begun(any_s3, f"{top}copy")
    at = {"CopySource": {"Bucket": BUCKET, "Key": source}}
    first = any_s3("upload_part_copy", **upload, **at, PartNumber=1)["CopyPartResult"]
    assert first["ETag"] == f'"{hashlib.md5(file.content).hexdigest()}"'
    assert first["LastModified"] > 1_700_000_000
    some = any_s3("upload_part_copy", **upload, **at, PartNumber=2, CopySourceRange="bytes=100-299")["CopyPartResult"]
    assert some["ETag"] == f'"{hashlib.md5(file.content[100:300]).hexdigest()}"'
    parts = [{"PartNumber": 1, "ETag": first["ETag"]}, {"PartNumber": 2, "ETag": some["ETag"]}]
    complete(any_s3, upload, parts)
    got = any_s3("get_object", Bucket=BUCKET, Key=f"{top}copy")["Body"]
    whole = file.content + file.content[100:300]
    assert (got.size, got.sha1) == (len(whole), hashlib.sha1(whole).hexdigest())


def test_parts_that_cannot_be_copied(s3: Client, top: str) -> None:
    s3("put_object", Bucket=BUCKET, Key=f"{top}s", Body=b"0123456789")
    upload = begun(s3, f"{top}t")

    def failed(key: str, **more: Any) -> Any:
        return s3.refused("upload_part_copy", **upload, PartNumber=1, CopySource={"Bucket": BUCKET, "Key": key}, **more)

    assert failed(f"{top}no") == ("NoSuchKey", 404)
    assert failed(f"{top}s", CopySourceRange="bytes=5-10")[0] in {"InvalidRange", "InvalidArgument"}
    assert failed(f"{top}s", CopySourceRange="bytes=5-") == ("InvalidArgument", 400)
    assert failed(f"{top}s", CopySourceRange="5-6") == ("InvalidArgument", 400)
    assert failed(f"{top}s", CopySourceIfMatch='"0"') == ("PreconditionFailed", 412)
    assert "Parts" not in s3("list_parts", **upload)
    s3("abort_multipart_upload", **upload)


def test_a_hundred_megabytes_broken_off_and_taken_up_again(
    boto: Callable[..., Client], s3: Client, server: Server, top: str, hundred: Sample, tmp_path: Path
) -> None:
    key, size = f"{top}hundred.bin", 8 * MIB
    options = {"multipart_threshold": size, "multipart_chunksize": size, "max_concurrency": 3}
    with Relay(server.port, cut_after=6) as relay:
        broken = boto("broken", relay.address)
        with pytest.raises(Refused):
            broken("upload_file", str(hundred.path), BUCKET, key, options, timeout_seconds=120)
    assert s3.refused("head_object", Bucket=BUCKET, Key=key)[1] == 404

    (left,) = s3("list_multipart_uploads", Bucket=BUCKET, Prefix=key)["Uploads"]
    upload = {"Bucket": BUCKET, "Key": key, "UploadId": left["UploadId"]}
    listed = s3("list_parts", **upload).get("Parts", [])
    assert 1 <= len(listed) < 12
    parts = {part["PartNumber"]: {"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in listed}
    for number, at in enumerate(range(0, len(hundred.content), size), 1):
        if number not in parts:
            parts[number] = sent(s3, upload, number, piece(hundred.path, at, size))
    done = complete(s3, upload, [parts[number] for number in sorted(parts)])
    assert done["ETag"] == etag_of(hundred, size)

    target = tmp_path / "back.bin"
    s3("download_file", str(target), BUCKET, key, options, timeout_seconds=120)
    with target.open("rb") as file:
        assert hashlib.file_digest(file, "sha1").hexdigest() == hundred.sha
    with suppress(Refused):
        s3("delete_object", Bucket=BUCKET, Key=key)


def test_the_transfer_manager(any_s3: Client, top: str, sample: Callable[..., Sample]) -> None:
    file, key = sample(2 * PART + 99), f"{top}managed 文.bin"
    options = {"multipart_threshold": PART, "multipart_chunksize": PART, "max_concurrency": 3}
    more = {"ContentType": "image/png", "Metadata": {"m": "1"}}
    any_s3("upload_file", str(file.path), BUCKET, key, options, **more)
    head = any_s3("head_object", Bucket=BUCKET, Key=key)
    assert (head["ETag"], head["ContentType"], head["Metadata"]) == (etag_of(file, PART), "image/png", {"m": "1"})
    copied = {"Bucket": BUCKET, "Key": key}
    any_s3("copy", copied, BUCKET, f"{key}.copy")
    assert any_s3("get_object", Bucket=BUCKET, Key=f"{key}.copy")["Body"] == big(file)
