"""What each TOS SDK reports when it is not let in, or asks for what is not there.

Source: wire facts of Volcengine §3.2 (clock), §3.5 (EC), §3.6 (codes and statuses).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.server import BUCKET
from conformance.volcengine.asking import refusal
from conformance.volcengine.clients import Client

pytestmark = pytest.mark.conformance

MISMATCH = "0002-00000024"
SKEWED = "0002-00000018"


def test_a_wrong_secret(tos: Client, place: str, put: Callable[..., None]) -> None:
    key = f"{place}a.txt"
    put(key)
    tos.open("wrong", secret="wrong")
    calls: tuple[tuple[str, dict[str, Any]], ...] = (
        ("put_object", {"key": key, "content": {"text": "changed"}}),
        ("get_object", {"key": key}),
        ("delete_object", {"key": key}),
        ("list_objects_type2", {}),
    )
    for method, given in calls:
        told = refusal(tos, method, client="wrong", bucket=BUCKET, **given)
        assert (told.status, told.code, told.ec) == (403, "SignatureDoesNotMatch", MISMATCH), method
    headless = refusal(tos, "head_object", client="wrong", bucket=BUCKET, key=key)
    assert (headless.status, headless.ec) == (403, MISMATCH)
    assert refusal(tos, "list_buckets", client="wrong").code == "SignatureDoesNotMatch"
    assert tos.do("get_object", bucket=BUCKET, key=key).body == b"hello"


def test_an_unknown_key(tos: Client, place: str) -> None:
    tos.open("unknown", key="nobody-has-this-key")
    told = refusal(tos, "get_object", client="unknown", bucket=BUCKET, key=f"{place}a.txt")
    assert (told.status, told.code) == (403, "InvalidAccessKeyId")


def test_a_clock_that_is_wrong(tos: Client, place: str, put: Callable[..., None]) -> None:
    if tos.sdk.name == "node":
        pytest.skip("the JavaScript SDK cannot be told a date")
    put(f"{place}a.txt")
    told = refusal(tos, "get_object", bucket=BUCKET, key=f"{place}a.txt", request_date="2024-01-01T00:00:00+00:00")
    assert (told.status, told.code, told.ec) == (403, "RequestTimeTooSkewed", SKEWED)


def test_an_unknown_bucket(tos: Client) -> None:
    name = f"tos-{tos.sdk.name}-never-made"
    calls: tuple[tuple[str, dict[str, Any]], ...] = (
        ("put_object", {"key": "a", "content": {"text": "a"}}),
        ("get_object", {"key": "a"}),
        ("list_objects", {}),
        ("get_bucket_location", {}),
        ("delete_bucket", {}),
        ("create_multipart_upload", {"key": "a"}),
    )
    for method, given in calls:
        told = refusal(tos, method, bucket=name, **given)
        assert (told.status, told.code, told.ec) == (404, "NoSuchBucket", "0006-00000001"), method
    headless = refusal(tos, "head_object", bucket=name, key="a")
    assert (headless.status, headless.ec) == (404, "0006-00000001")


def test_an_unknown_upload(tos: Client, place: str) -> None:
    upload = {"bucket": BUCKET, "key": f"{place}a", "upload_id": "0123456789abcdef0123456789abcdef"}
    parts = [{"PartNumber": 1, "ETag": '"00000000000000000000000000000000"'}]
    for method, given in (
        ("upload_part", {"part_number": 1, "content": {"text": "a"}}),
        ("list_parts", {}),
        ("complete_multipart_upload", {"parts": parts}),
        ("abort_multipart_upload", {}),
    ):
        told = refusal(tos, method, **upload, **given)
        assert (told.status, told.code) == (404, "NoSuchUpload"), method


def test_what_an_error_tells(tos: Client, place: str) -> None:
    told = refusal(tos, "get_object", bucket=BUCKET, key=f"{place}missing.txt")
    assert told.request_id == told.header["x-tos-request-id"]
    assert told.header["content-type"].startswith("application/json")
    assert told.header["x-tos-id-2"]
    assert told.message
    assert told.resource == f"/{BUCKET}/{place}missing.txt"
