"""Sub-users over the COS JSON API: simple and sliced uploads, attributes, copies and moves within their policies.

Source: wire facts of Tencent §5, §10; the operations are those of seed 004.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from .bucket import Bucket
from .client import DEV, form, post, some_bytes
from .slices import SLICE, finish, send, slices, started

User = Callable[..., Bucket]
UPLOADS = ["cos:PutObject", "cos:InitiateMultipartUpload", "cos:UploadPart", "cos:CompleteMultipartUpload"]


@pytest.fixture
def user(bucket: Bucket) -> User:
    """Gives the bucket with the key of a fresh sub-user that has these statements."""

    def make(*statements: dict[str, Any]) -> Bucket:
        text = json.dumps({"version": "2.0", "statement": statements})
        return replace(bucket, owner=bucket.server.make_user(DEV.appid, text))

    return make


def allow(bucket: Bucket, actions: object, keys: str = "*", **more: Any) -> dict[str, Any]:
    resource = f"qcs::cos::uid/{DEV.appid}:{bucket.name}-{DEV.appid}/{keys}"
    return {"effect": "allow", "action": actions, "resource": resource, **more}


def test_a_size_holds_for_files_slices_and_the_whole(bucket: Bucket, user: User) -> None:
    most = {"numeric_less_than_equal": {"cos:content-length": 2 * SLICE}}
    one = user(allow(bucket, UPLOADS, condition=most))
    one.put("/k", b"x" * 2 * SLICE)
    assert one.ask(form("upload", "/k2", b"x" * (2 * SLICE + 1), insertOnly="0")).status == 403
    assert one.ask(form("upload_slice_init", "/k3", filesize=2 * SLICE + 1, slice_size=SLICE)).status == 403
    assert sorted(bucket.names()) == ["k"]


def test_an_upload_in_slices(bucket: Bucket, user: User) -> None:
    one = user(allow(bucket, UPLOADS, "in/*"))
    content = some_bytes(SLICE + 100, "a sub-user's slices")
    session = started(one, "/in/k", content, SLICE)
    send(one, "/in/k", session, slices(content))
    one.ok(finish("/in/k", session, len(content)))
    assert bucket.content("/in/k") == content
    assert one.ask(form("upload_slice_init", "/out", filesize=SLICE, slice_size=SLICE)).status == 403


def test_copies_and_moves_need_both_ends(bucket: Bucket, user: User) -> None:
    bucket.put("/from/k", b"x")
    both = allow(bucket, ["cos:PutObject", "cos:GetObject"])
    copying = user(both)
    assert copying.ask(post("copy", "/from/k", dest_fileid="/to/k")).status == 200
    assert copying.ask(post("move", "/from/k", dest_fileid="/moved")).status == 403
    moving = user(both, allow(bucket, "cos:DeleteObject", "from/*"))
    assert moving.ask(post("move", "/from/k", dest_fileid="/to/moved")).status == 200
    assert moving.ask(post("move", "/to/k", dest_fileid="/from/k")).status == 403
    blind = user(allow(bucket, ["cos:PutObject", "cos:DeleteObject"]))
    assert blind.ask(post("move", "/to/k", dest_fileid="/from/k")).status == 403
    assert blind.ask(post("copy", "/to/k", dest_fileid="/from/k")).status == 403
    shut = user(both, {**allow(bucket, "cos:GetObject", "to/*"), "effect": "deny"})
    assert shut.ask(post("copy", "/to/k", dest_fileid="/from/k")).status == 403
