"""boto3: objects, their headers, ranges and conditions, keys of every kind."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from conformance.conftest import Sample
from conformance.plain_http import request
from conformance.s3.calls import Big, Client, piece, when
from conformance.server import BUCKET

pytestmark = pytest.mark.conformance

KEYS = (
    "plain.txt",
    "with space.txt",
    " lead and trail ",
    "plus+sign.txt",
    "100%.txt",
    "%2F%41%00.txt",
    "question?mark&and=equals;.txt",
    "hash#.txt",
    "quo'te\".txt",
    "<angle>&amp;]]>.xml",
    "back\\slash",
    "tilde~(1)!*'$@:,.txt",
    "//double//slash",
    "a/./b/../c",
    "..",
    "trailing/",
    "ends with dot.",
    "文件/图片 é.png",
    "e\u0301 combining",
    "\ufb01 ligature \u2028 separator",
    "😀.bin",
    "tab\tnew\nline\r",
    "\u0001control\u007f",
)


def md5(content: bytes) -> str:
    """An entity tag."""
    return f'"{hashlib.md5(content).hexdigest()}"'


def test_put_get_head_delete(any_s3: Client, top: str) -> None:
    key, body = f"{top}a.bin", b"hello, \x00 \xff world"
    put = any_s3("put_object", Bucket=BUCKET, Key=key, Body=body)
    assert put["ETag"] == md5(body)
    assert put["ResponseMetadata"]["RequestId"]

    got = any_s3("get_object", Bucket=BUCKET, Key=key)
    assert (got["Body"], got["ETag"], got["ContentLength"]) == (body, md5(body), len(body))
    assert got["ContentType"] == "binary/octet-stream"
    assert got["AcceptRanges"] == "bytes"
    assert abs(got["LastModified"] - time.time()) < 60
    head = any_s3("head_object", Bucket=BUCKET, Key=key)
    assert (head["ETag"], head["ContentLength"], head["LastModified"]) == (md5(body), len(body), got["LastModified"])

    other = b"another"
    any_s3("put_object", Bucket=BUCKET, Key=key, Body=other)
    assert any_s3("get_object", Bucket=BUCKET, Key=key)["Body"] == other
    assert any_s3("delete_object", Bucket=BUCKET, Key=key)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert any_s3("delete_object", Bucket=BUCKET, Key=key)["ResponseMetadata"]["HTTPStatusCode"] == 204
    error = any_s3.error("get_object", Bucket=BUCKET, Key=key)
    assert (error.code, error.status, error.value["error"]["Key"]) == ("NoSuchKey", 404, key)
    assert any_s3.refused("head_object", Bucket=BUCKET, Key=key) == ("404", 404)


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 64 * 1024 + 1, 3 * 1024 * 1024 + 7])
def test_sizes(any_s3: Client, top: str, sample: Callable[..., Sample], size: int) -> None:
    file, key = sample(size), f"{top}a.bin"
    assert any_s3("put_object", Bucket=BUCKET, Key=key, Body=piece(file.path, 0, size))["ETag"] == md5(file.content)
    body = any_s3("get_object", Bucket=BUCKET, Key=key)["Body"]
    assert body == (Big(size=size, sha1=file.sha) if isinstance(body, Big) else file.content)


def test_keys_of_every_kind(s3: Client, top: str) -> None:
    for key in KEYS:
        s3("put_object", Bucket=BUCKET, Key=top + key, Body=key.encode())
    for key in KEYS:
        assert s3("get_object", Bucket=BUCKET, Key=top + key)["Body"] == key.encode(), repr(key)
        url = s3("generate_presigned_url", "get_object", Params={"Bucket": BUCKET, "Key": top + key})
        assert request("GET", url).body == key.encode(), repr(key)
    expected = sorted((top + key for key in KEYS), key=str.encode)
    for call in ("list_objects", "list_objects_v2"):
        assert [item["Key"] for item in s3(call, Bucket=BUCKET, Prefix=top)["Contents"]] == expected
    for key in KEYS:
        s3("delete_object", Bucket=BUCKET, Key=top + key)
    assert "Contents" not in s3("list_objects_v2", Bucket=BUCKET, Prefix=top)


def test_keys_as_long_as_they_may_be(s3: Client, top: str) -> None:
    room = 1024 - len(top)
    key = top + "中" * (room // 3) + "x" * (room % 3)
    s3("put_object", Bucket=BUCKET, Key=key, Body=b"x")
    assert s3("get_object", Bucket=BUCKET, Key=key)["Body"] == b"x"
    assert s3.refused("put_object", Bucket=BUCKET, Key=key + "x", Body=b"x") == ("KeyTooLongError", 400)


def test_metadata_and_headers(s3: Client, top: str) -> None:
    key = f"{top}a.txt"
    headers = {
        "ContentType": "text/plain; charset=utf-8",
        "CacheControl": "max-age=60, public",
        "ContentDisposition": "attachment; filename*=UTF-8''%E5%9B%BE.txt",
        "ContentEncoding": "gzip",
        "ContentLanguage": "zh-CN",
    }
    expires = 2_000_000_000
    meta = {"colour": "blue", "With-Dash_1": "a b, c", "empty": ""}
    s3("put_object", Bucket=BUCKET, Key=key, Body=b"x", Metadata=meta, Expires=when(expires), **headers)
    for call in ("head_object", "get_object"):
        got = s3(call, Bucket=BUCKET, Key=key)
        assert {name: got[name] for name in headers} == headers
        assert got["Metadata"] == {name.lower(): value for name, value in meta.items()}
        assert parsedate_to_datetime(got["ExpiresString"]).timestamp() == expires
    s3("put_object", Bucket=BUCKET, Key=key, Body=b"x")
    assert s3("head_object", Bucket=BUCKET, Key=key)["Metadata"] == {}, "a new object has nothing of the old"
    too_much = {"a": "x" * 4500, "b": "y" * 4500}  # Amazon's limit is 2 KiB, other clouds' 8
    refused = s3.refused("put_object", Bucket=BUCKET, Key=key, Body=b"", Metadata=too_much)
    assert refused == ("MetadataTooLarge", 400)


def test_overrides_of_response_headers(s3: Client, top: str) -> None:
    key = f"{top}a.txt"
    s3("put_object", Bucket=BUCKET, Key=key, Body=b"x", ContentType="text/plain", CacheControl="no-cache")
    wanted = {
        "ContentType": "application/x-other",
        "CacheControl": "max-age=1",
        "ContentDisposition": 'attachment; filename="a b.txt"',
        "ContentEncoding": "identity",
        "ContentLanguage": "de",
    }
    asked = {f"Response{name}": value for name, value in wanted.items()}
    for call in ("get_object", "head_object"):
        got = s3(call, Bucket=BUCKET, Key=key, ResponseExpires=when(2_000_000_000), **asked)
        assert {name: got[name] for name in wanted} == wanted
        assert parsedate_to_datetime(got["ExpiresString"]).timestamp() == 2_000_000_000
    assert s3("head_object", Bucket=BUCKET, Key=key)["ContentType"] == "text/plain"


def test_overrides_are_for_the_signed_only(s3: Client, nobody: Client, top: str) -> None:
    key = f"{top}a.txt"
    s3("put_object", Bucket=BUCKET, Key=key, Body=b"x", ACL="public-read")
    assert nobody("get_object", Bucket=BUCKET, Key=key)["Body"] == b"x"
    refused = nobody.refused("get_object", Bucket=BUCKET, Key=key, ResponseContentType="text/html")
    assert refused == ("InvalidRequest", 400)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("0-9", 0, 9), ("5-", 5, 99), ("-7", 93, 99), ("90-1000", 90, 99), ("99-99", 99, 99), ("-1000", 0, 99)],
)
def test_ranges(s3: Client, top: str, asked: str, first: int, last: int) -> None:
    key, body = f"{top}a.bin", bytes(range(100))
    s3("put_object", Bucket=BUCKET, Key=key, Body=body)
    got = s3("get_object", Bucket=BUCKET, Key=key, Range=f"bytes={asked}")
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert (got["Body"], got["ContentRange"]) == (body[first : last + 1], f"bytes {first}-{last}/100")
    assert got["ContentLength"] == last + 1 - first
    head = s3("head_object", Bucket=BUCKET, Key=key, Range=f"bytes={asked}")
    assert (head["ContentLength"], head["ContentRange"]) == (got["ContentLength"], got["ContentRange"])


def test_ranges_that_cannot_be_had(s3: Client, top: str) -> None:
    key, body = f"{top}a.bin", bytes(range(100))
    s3("put_object", Bucket=BUCKET, Key=key, Body=body)
    s3("put_object", Bucket=BUCKET, Key=f"{key}0", Body=b"")
    for asked, where in (("100-", key), ("100-200", key), ("0-", f"{key}0")):
        error = s3.error("get_object", Bucket=BUCKET, Key=where, Range=f"bytes={asked}")
        assert (error.code, error.status) == ("InvalidRange", 416), asked
    assert s3.refused("head_object", Bucket=BUCKET, Key=key, Range="bytes=100-")[1] == 416
    for asked in ("bytes=9-2", "bytes=x", "lines=0-1"):
        got = s3("get_object", Bucket=BUCKET, Key=key, Range=asked)
        assert (got["ResponseMetadata"]["HTTPStatusCode"], got["Body"]) == (200, body), "ignored as RFC 9110 says"


def test_several_ranges_are_never_answered_wrongly(s3: Client, top: str) -> None:
    key, body = f"{top}a.bin", bytes(range(100))
    s3("put_object", Bucket=BUCKET, Key=key, Body=body)
    url = s3("generate_presigned_url", "get_object", Params={"Bucket": BUCKET, "Key": key})
    answer = request("GET", url, headers={"Range": "bytes=0-1,50-51"})
    assert answer.status in {200, 400, 416, 501}
    assert (answer.body == body) == (answer.status == 200)


def test_conditions_on_reads(s3: Client, top: str) -> None:
    key, body = f"{top}a.bin", b"content"
    s3("put_object", Bucket=BUCKET, Key=key, Body=body)
    changed = s3("head_object", Bucket=BUCKET, Key=key)["LastModified"]
    for call, refusal in (("get_object", "PreconditionFailed"), ("head_object", "412")):

        def ask(name: str = call, **condition: Any) -> Any:
            return s3(name, Bucket=BUCKET, Key=key, **condition)["ETag"]

        def refused(name: str = call, **condition: Any) -> Any:
            return s3.refused(name, Bucket=BUCKET, Key=key, **condition)

        assert ask(IfMatch=md5(body)) == ask(IfNoneMatch=md5(b"other")) == md5(body)
        assert ask(IfModifiedSince=when(changed - 10)) == ask(IfUnmodifiedSince=when(changed + 10)) == md5(body)
        assert refused(IfMatch=md5(b"other")) == (refusal, 412)
        assert refused(IfUnmodifiedSince=when(changed - 10)) == (refusal, 412)
        assert refused(IfNoneMatch=md5(body)) == ("304", 304)
        assert refused(IfModifiedSince=when(changed)) == ("304", 304)
        # the entity tag wins over the date
        assert ask(IfMatch=md5(body), IfUnmodifiedSince=when(changed - 10)) == md5(body)
        assert refused(IfNoneMatch=md5(body), IfModifiedSince=when(changed - 10)) == ("304", 304)


def test_conditions_on_writes(s3: Client, top: str) -> None:
    key = f"{top}a.bin"

    def put(body: bytes, **condition: str) -> Any:
        return s3("put_object", Bucket=BUCKET, Key=key, Body=body, **condition)["ETag"]

    def refused(**condition: str) -> Any:
        return s3.refused("put_object", Bucket=BUCKET, Key=key, Body=b"never", **condition)

    assert refused(IfMatch=md5(b"one")) == ("NoSuchKey", 404)
    assert put(b"one", IfNoneMatch="*") == md5(b"one")
    assert refused(IfNoneMatch="*") == ("PreconditionFailed", 412)
    assert refused(IfMatch=md5(b"two")) == ("PreconditionFailed", 412)
    assert s3("get_object", Bucket=BUCKET, Key=key)["Body"] == b"one"
    assert put(b"two", IfMatch=md5(b"one")) == md5(b"two")
    assert s3("get_object", Bucket=BUCKET, Key=key)["Body"] == b"two"


def test_delete_many(any_s3: Client, top: str) -> None:
    keys = [f"{top}{name}" for name in ("a", "b c", "文件", "<&>'\"", "gone", "quiet")]
    for key in keys[:4] + keys[5:]:
        any_s3("put_object", Bucket=BUCKET, Key=key, Body=b"x")
    done = any_s3("delete_objects", Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in keys[:5]]})
    assert sorted(item["Key"] for item in done["Deleted"]) == sorted(keys[:5]), "also what was not there"
    assert "Errors" not in done
    quiet = any_s3("delete_objects", Bucket=BUCKET, Delete={"Objects": [{"Key": keys[5]}], "Quiet": True})
    assert "Deleted" not in quiet
    assert "Errors" not in quiet
    assert any_s3("list_objects_v2", Bucket=BUCKET, Prefix=top)["KeyCount"] == 0


def test_delete_too_many(s3: Client) -> None:
    many = {"Objects": [{"Key": f"s3/none/{number}"} for number in range(1001)]}
    assert s3.refused("delete_objects", Bucket=BUCKET, Delete=many) == ("MalformedXML", 400)
    assert len(s3("delete_objects", Bucket=BUCKET, Delete={"Objects": many["Objects"][:1000]})["Deleted"]) == 1000
    assert s3.refused("delete_objects", Bucket=BUCKET, Delete={"Objects": []}) == ("MalformedXML", 400)
