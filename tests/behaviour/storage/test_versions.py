"""The listing of versions, of buckets that keep one of each object.

Sources: AWS "ListObjectVersions"; botocore's model of it; LocalStack's tests recorded at AWS (tests/aws/services/s3).
"""

from __future__ import annotations

import pytest

from .clouds import OSS, S3, TOS, Cloud, Refusal
from .conftest import Speak
from .speaker import Speaker

VERSIONED = (S3, OSS, TOS)
KEYS = ["a b", "dir/x", "dir/y", "other/z", "plain", "z\x02"]


@pytest.fixture(params=VERSIONED, ids=lambda cloud: cloud.name)
def filled(speak: Speak, request: pytest.FixtureRequest) -> Speaker:
    """A bucket with a few keys."""
    cloud: Cloud = request.param
    speaker = speak(cloud)
    for key in KEYS:
        speaker.put(key, key.encode())
    return speaker


def _text(value: str) -> str:
    """A value as XML writes it."""
    return value.lower() if value in {"True", "False"} else value


def _listed(speaker: Speaker, **query: str) -> dict[str, list[str]]:
    asked = {"versions": "", **{name.replace("_", "-"): value for name, value in query.items()}}
    reply = speaker.ok("GET", query=asked)
    names = ("Key", "VersionId", "IsLatest", "Size", "NextKeyMarker", "NextVersionIdMarker", "IsTruncated")
    found = {name: [_text(value) for value in speaker.cloud.values(reply, name) if value] for name in names}
    found["Prefixes"] = speaker.cloud.values(reply, "Prefix")[1:]
    return found


def test_every_object_is_its_own_latest_version(filled: Speaker) -> None:
    found = _listed(filled, encoding_type="url")
    assert found["VersionId"] == ["null"] * len(KEYS)
    assert found["IsLatest"] == ["true"] * len(KEYS)
    assert found["Size"] == [str(len(key)) for key in KEYS]
    assert found["IsTruncated"] == ["false"]
    assert (found["NextKeyMarker"], found["NextVersionIdMarker"]) == ([], [])


def test_entries_are_those_of_the_other_listing(filled: Speaker) -> None:
    versions = filled.ok("GET", query={"versions": "", "encoding-type": "url"})
    keys = filled.ok("GET", query={"encoding-type": "url"})
    for name in ("Key", "ETag", "Size", "LastModified", "StorageClass", "DisplayName", "EncodingType"):
        assert filled.cloud.values(versions, name) == filled.cloud.values(keys, name)


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("delimiter", ["", "/"])
def test_pages_hold_everything_once(filled: Speaker, size: int, delimiter: str) -> None:
    seen: list[str] = []
    markers: dict[str, str] = {}
    for _page in range(10):
        found = _listed(filled, delimiter=delimiter, max_keys=str(size), encoding_type="url", **markers)
        seen += sorted(found["Key"] + found["Prefixes"])
        if found["IsTruncated"] == ["false"]:
            break
        marker = found["NextKeyMarker"][0].replace("%20", " ").replace("%02", "\x02")
        markers = {"key_marker": marker}
        if found["NextVersionIdMarker"]:
            assert found["NextVersionIdMarker"] == ["null"]
            markers["version_id_marker"] = "null"
    expected = ["a%20b", "dir/", "other/", "plain", "z%02"] if delimiter else ["a%20b", *KEYS[1:5], "z%02"]
    assert seen == expected


def test_prefix(filled: Speaker) -> None:
    assert _listed(filled, prefix="dir/")["Key"] == ["dir/x", "dir/y"]


def test_refused(filled: Speaker) -> None:
    wrong = Refusal(400, "InvalidArgument")
    for query in ({"version-id-marker": "null"}, {"key-marker": "a", "version-id-marker": "v1"}, {"max-keys": "x"},
                  {"encoding-type": "utf8"}, {"unknown": "1"}):  # fmt: skip
        missing = filled.cloud is TOS and query.get("version-id-marker") == "v1"
        expected = Refusal(404, "InvalidVersionId") if missing else wrong
        filled.refused(expected, "GET", query={"versions": "", **query})
