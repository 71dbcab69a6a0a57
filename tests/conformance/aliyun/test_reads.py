"""OSS clients: ranges of an object, and conditions on reading it.

Source: wire facts of Alibaba §5.3: a range that cannot be served is the whole object, unless the standard is asked for.
"""

from __future__ import annotations

from email.utils import formatdate, parsedate_to_datetime

import pytest

from conformance.aliyun.calls import Client

pytestmark = pytest.mark.conformance

CONTENT = "0123456789"
ASKED = [("bytes=2-5", "2345"), ("bytes=7-", "789"), ("bytes=-3", "789"), ("bytes=0-0", "0"), ("bytes=9-9", "9")]
NOT_SERVED = ["bytes=10-", "bytes=100-200", "bytes=5-100", "bytes=5-2", "bytes=0-1,3-4", "bytes=a-b", "lines=0-1"]
STANDARD = {"x-oss-range-behavior": "standard"}


@pytest.fixture
def key(oss: Client, where: str) -> str:
    """An object of ten bytes."""
    oss.call("put", where + "a.txt", CONTENT.encode())
    return where + "a.txt"


def test_ranges(oss: Client, key: str) -> None:
    whole = oss.call("head", key)["headers"]
    for given, expected in ASKED:
        got = oss.call("get", key, headers={"Range": given})
        assert (got["status"], got["body"]["text"]) == (206, expected), given
        first = CONTENT.index(expected)
        assert got["headers"]["content-range"] == f"bytes {first}-{first + len(expected) - 1}/10"
        assert got["headers"]["content-length"] == str(len(expected))
        assert got["headers"]["x-oss-hash-crc64ecma"] == whole["x-oss-hash-crc64ecma"], "of the whole object"
        assert got["headers"]["etag"] == whole["etag"]


def test_ranges_that_are_not_there(oss: Client, key: str) -> None:
    for given in NOT_SERVED:
        got = oss.call("get", key, headers={"Range": given})
        assert (got["status"], got["body"]["text"]) == (200, CONTENT), given
        assert "content-range" not in got["headers"]


def test_ranges_as_the_standard_has_them(oss: Client, key: str) -> None:
    got = oss.call("get", key, headers={"Range": "bytes=5-100", **STANDARD})
    assert (got["status"], got["body"]["text"]) == (206, "56789")
    assert got["headers"]["content-range"] == "bytes 5-9/10"
    oss.refused(416, "InvalidRange", "get", key, headers={"Range": "bytes=10-20", **STANDARD})
    oss.refused(416, "InvalidRange", "get", key, headers={"Range": "bytes=100-", **STANDARD})
    assert oss.call("get", key, headers={"Range": "bytes=2-3", **STANDARD})["body"]["text"] == "23"


def test_conditions_on_the_entity_tag(oss: Client, key: str) -> None:
    tag = oss.call("head", key)["headers"]["etag"]
    for method in ("get", "head"):
        for same in (tag, tag.strip('"')):
            assert oss.call(method, key, headers={"If-Match": same})["status"] == 200
            oss.refused(304, None, method, key, headers={"If-None-Match": same})
        other = '"00000000000000000000000000000000"'
        assert oss.call(method, key, headers={"If-None-Match": other})["status"] == 200
        oss.refused(412, "PreconditionFailed", method, key, headers={"If-Match": other})


def test_conditions_on_the_time(oss: Client, key: str) -> None:
    stamp = oss.call("head", key)["headers"]["last-modified"]
    moment = parsedate_to_datetime(stamp).timestamp()
    earlier, later = (formatdate(moment + seconds, usegmt=True) for seconds in (-3600, 3600))
    for method in ("get", "head"):
        oss.refused(304, None, method, key, headers={"If-Modified-Since": stamp})
        assert oss.call(method, key, headers={"If-Modified-Since": earlier})["status"] == 200
        oss.refused(412, "PreconditionFailed", method, key, headers={"If-Unmodified-Since": earlier})
        assert oss.call(method, key, headers={"If-Unmodified-Since": stamp})["status"] == 200
        assert oss.call(method, key, headers={"If-Unmodified-Since": later})["status"] == 200


def test_a_condition_with_a_range(oss: Client, key: str) -> None:
    tag = oss.call("head", key)["headers"]["etag"]
    got = oss.call("get", key, headers={"If-Match": tag, "Range": "bytes=1-2"})
    assert (got["status"], got["body"]["text"]) == (206, "12")
    oss.refused(304, None, "get", key, headers={"If-None-Match": tag, "Range": "bytes=1-2"})


def test_a_condition_on_what_is_not_there(oss: Client, where: str) -> None:
    oss.refused(404, "NoSuchKey", "get", where + "absent", headers={"If-Match": "x"})
    oss.refused(404, "NoSuchKey", "get", where + "absent", headers={"If-None-Match": "x"})
