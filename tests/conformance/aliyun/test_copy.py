"""OSS clients: copying objects.

Source: wire facts of Alibaba §5.3. ali-oss repeats each header of a copy under `x-oss-copy-source-`, and so sends
conditions on the source under their plain names as well.
"""

from __future__ import annotations

from email.utils import formatdate, parsedate_to_datetime

import pytest

from conformance.aliyun.calls import Client, etag
from conformance.server import BUCKET

pytestmark = pytest.mark.conformance

KEPT = {"Content-Type": "text/css", "Cache-Control": "max-age=61", "x-oss-meta-colour": "blue"}


@pytest.fixture
def source(oss: Client, where: str) -> str:
    """An object with metadata, under the key of Alibaba's own escaping test."""
    key = where + "阿里云/加油/:?;@&=+$, /<>{}[]|/"
    oss.call("put", key, b"content", headers={**KEPT, "x-oss-tagging": "a=1"})
    return key


def test_a_copy_has_all_of_its_source(oss: Client, where: str, source: str) -> None:
    done = oss.call("copy", BUCKET, source, where + "副本")
    assert done["status"] == 200
    head = oss.call("head", where + "副本")["headers"]
    assert {name: head[name.lower()] for name in KEPT} == KEPT
    assert head["etag"] == f'"{etag(b"content")}"'
    assert oss.call("tags", where + "副本") == {"a": "1"}
    assert oss.read(where + "副本") == b"content"
    oss.call("delete", source)
    assert oss.read(where + "副本") == b"content", "no part of its source"


def test_a_copy_with_headers_of_its_own(oss: Client, where: str, source: str) -> None:
    own = {"x-oss-metadata-directive": "REPLACE", "Content-Type": "text/plain", "x-oss-meta-size": "big"}
    oss.call("copy", BUCKET, source, where + "own", headers={**own, "x-oss-object-acl": "public-read"})
    head = oss.call("head", where + "own")["headers"]
    assert (head["content-type"], head["x-oss-meta-size"]) == ("text/plain", "big")
    assert "x-oss-meta-colour" not in head
    assert "cache-control" not in head
    assert oss.call("acl", where + "own") == "public-read"
    tags = {"x-oss-tagging": "b=2", "x-oss-tagging-directive": "Replace"}
    oss.call("copy", BUCKET, source, where + "tagged", headers=tags)
    assert oss.call("tags", where + "tagged") == {"b": "2"}


def test_a_copy_onto_itself(oss: Client, source: str) -> None:
    new = {"x-oss-metadata-directive": "REPLACE", "Content-Type": "image/png", "x-oss-meta-size": "small"}
    assert oss.call("copy", BUCKET, source, source, headers=new)["status"] == 200
    head = oss.call("head", source)["headers"]
    assert (head["content-type"], head["x-oss-meta-size"]) == ("image/png", "small")
    assert "x-oss-meta-colour" not in head
    assert oss.read(source) == b"content"


def test_a_copy_between_buckets(oss: Client, where: str, source: str, bucket: str) -> None:
    oss.connect(bucket=bucket)
    assert oss.call("copy", BUCKET, source, "there")["status"] == 200
    assert oss.call("get", "there")["body"]["text"] == "content"
    oss.connect()
    assert oss.call("copy", bucket, "there", where + "and back")["status"] == 200
    assert oss.read(where + "and back") == b"content"


def test_conditions_on_the_source(oss: Client, where: str, source: str) -> None:
    head = oss.call("head", source)["headers"]
    stamp = head["last-modified"]
    moment = parsedate_to_datetime(stamp).timestamp()
    earlier, later = (formatdate(moment + seconds, usegmt=True) for seconds in (-3600, 3600))
    other = '"00000000000000000000000000000000"'
    target = where + "target"
    for holds in (
        {"If-Match": head["etag"]},
        {"If-None-Match": other},
        {"If-Modified-Since": earlier},
        {"If-Unmodified-Since": later},
    ):
        assert oss.call("copy", BUCKET, source, target, conditions=holds)["status"] == 200, holds
        oss.call("delete", target)
    for status, fails in (
        (412, {"If-Match": other}),
        (412, {"If-Unmodified-Since": earlier}),
        (304, {"If-None-Match": head["etag"]}),
        (304, {"If-Modified-Since": stamp}),
    ):
        oss.refused(status, None, "copy", BUCKET, source, target, conditions=fails)
        assert oss.call("exists", target) is False, fails


def test_copies_that_cannot_be(oss: Client, where: str, source: str) -> None:
    oss.refused(404, "NoSuchKey", "copy", BUCKET, where + "absent", where + "target")
    oss.refused(404, "NoSuchBucket", "copy", "no-such-bucket-anywhere", "a", where + "target")
    wrong = {"x-oss-metadata-directive": "MERGE"}
    oss.refused(400, "InvalidArgument", "copy", BUCKET, source, where + "target", headers=wrong)
    assert oss.call("exists", where + "target") is False
