"""boto3: listings of both versions, in pages of every size."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.s3.calls import Client

pytestmark = pytest.mark.conformance

KEYS = ["a", "a b/1", "b/1", "b/2", "b/c/1", "b/c/2", "b+/1", "b0", "é/1", "文/1", "😀"]


@pytest.fixture
def filled(s3: Client, bucket: str) -> str:
    """A bucket with KEYS."""
    for key in KEYS:
        s3("put_object", Bucket=bucket, Key=key, Body=key.encode())
    return bucket


def walked(client: Client, call: str, **parameters: Any) -> tuple[list[str], list[str], list[int]]:
    """Keys, prefixes and page sizes of all pages, as boto3's paginator finds them."""
    pages = client("pages", call, {}, **parameters)
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    prefixes = [item["Prefix"] for page in pages for item in page.get("CommonPrefixes", [])]
    sizes = [len(page.get("Contents", [])) + len(page.get("CommonPrefixes", [])) for page in pages]
    return keys, prefixes, sizes


@pytest.mark.parametrize("call", ["list_objects", "list_objects_v2"])
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_pages(any_s3: Client, filled: str, call: str, size: int) -> None:
    expected = sorted(KEYS, key=str.encode)
    keys, prefixes, sizes = walked(any_s3, call, Bucket=filled, MaxKeys=size)
    assert (keys, prefixes) == (expected, [])
    assert all(count == size for count in sizes[:-1])
    keys, prefixes, sizes = walked(any_s3, call, Bucket=filled, MaxKeys=size, Delimiter="/")
    assert keys == ["a", "b0", "😀"]
    assert prefixes == sorted(["a b/", "b/", "b+/", "é/", "文/"], key=str.encode)
    assert all(count == size for count in sizes[:-1]), "a common prefix counts as one"
    keys, prefixes, _ = walked(any_s3, call, Bucket=filled, MaxKeys=size, Prefix="b/", Delimiter="/")
    assert (keys, prefixes) == (["b/1", "b/2"], ["b/c/"])
    keys, prefixes, _ = walked(any_s3, call, Bucket=filled, MaxKeys=size, Prefix="b", Delimiter="c/")
    assert (keys, prefixes) == (["b+/1", "b/1", "b/2", "b0"], ["b/c/"])


def test_the_first_version(s3: Client, filled: str) -> None:
    page = s3("list_objects", Bucket=filled, MaxKeys=2, Prefix="b", EncodingType="url")
    assert (page["Name"], page["MaxKeys"], page["IsTruncated"]) == (filled, 2, True)
    item = page["Contents"][0]
    assert (item["Key"], item["Size"], item["StorageClass"]) == ("b%2B/1", 4, "STANDARD")
    assert item["Owner"]["ID"]
    assert item["ETag"].strip('"')
    after = s3("list_objects", Bucket=filled, Marker="b/2")
    assert [item["Key"] for item in after["Contents"]][:2] == ["b/c/1", "b/c/2"]
    assert after["Marker"] == "b/2"
    skipped = s3("list_objects", Bucket=filled, Marker="b/", Delimiter="/")
    assert "b/" not in [item["Prefix"] for item in skipped["CommonPrefixes"]], "the marker was that prefix"
    cut = s3("list_objects", Bucket=filled, MaxKeys=2, Delimiter="/")
    assert cut["NextMarker"] == "a b/"


def test_the_second_version(s3: Client, filled: str) -> None:
    page = s3("list_objects_v2", Bucket=filled, MaxKeys=3)
    assert (page["Name"], page["MaxKeys"], page["KeyCount"], page["IsTruncated"]) == (filled, 3, 3, True)
    assert "Owner" not in page["Contents"][0]
    following = s3("list_objects_v2", Bucket=filled, ContinuationToken=page["NextContinuationToken"], FetchOwner=True)
    assert following["ContinuationToken"] == page["NextContinuationToken"]
    assert following["KeyCount"] == len(KEYS) - 3
    assert following["Contents"][0]["Owner"]["ID"]
    after = s3("list_objects_v2", Bucket=filled, StartAfter="b/2", Prefix="b/")
    assert [item["Key"] for item in after["Contents"]] == ["b/c/1", "b/c/2"]
    assert after["StartAfter"] == "b/2"
    nothing = s3("list_objects_v2", Bucket=filled, MaxKeys=0)
    assert (nothing["KeyCount"], nothing["IsTruncated"], "Contents" in nothing) == (0, False, False)
    assert s3("list_objects_v2", Bucket=filled, Prefix="nothing/")["KeyCount"] == 0
    assert s3("list_objects_v2", Bucket=filled, MaxKeys=5000)["KeyCount"] == len(KEYS)


def test_parameters_that_are_wrong(s3: Client, filled: str) -> None:
    assert s3.refused("list_objects_v2", Bucket=filled, ContinuationToken="no token of ours") == (
        "InvalidArgument",
        400,
    )
    assert s3.refused("list_objects_v2", Bucket=filled, MaxKeys=-1) == ("InvalidArgument", 400)
    assert s3.refused("list_objects", Bucket=filled, EncodingType="base64") == ("InvalidArgument", 400)
