"""Uploads under way in a bucket: those in numbered parts (S3, COS, OSS, TOS) and those in slices (the sessions of COS
JSON), page by page as the store lists them for whoever asks; and what gives one up.

What has arrived of an upload is shown to whoever may list its parts.
"""

from __future__ import annotations

import json
from typing import Any, Final

from entrepot.admin import sight
from entrepot.admin.api.table import Field
from entrepot.console.acting import bucket_of, within
from entrepot.console.page import Asked, Go, Page, Reply, Show
from entrepot.console.pages.storage.objects import KEYS, PATH, keys_of, path_of
from entrepot.core import operations as ops
from entrepot.core.facts.records import Bucket, Upload
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader
from entrepot.core.rights.identity import Key, Principal
from entrepot.core.rules.keys import UploadsPage

_PAGE: Final = 25
_NUMBERED, _SLICES = "parts", "slices"


async def show(asked: Asked) -> Reply:
    """One page of one kind; htmx asks for the rows after it."""
    bucket, kind = bucket_of(asked), asked.given.get("kind", _NUMBERED)
    who, after = within(asked, bucket.account), _after(asked.given.get("after"))
    op = ops.ListUploads(
        bucket=bucket, prefix="", delimiter="", after_key=after[0], after_upload=after[1], limit=_PAGE,
        sliced=kind == _SLICES,
    )  # fmt: skip
    found = await asked.perform(op, who)
    assert isinstance(found, UploadsPage)  # noqa: S101 - what this operation gives
    last = found.uploads[-1] if found.resume is not None and found.uploads else None
    here = path_of(bucket.account, bucket.name)
    values = {
        "bucket": bucket, "bucket_path": here, "here": f"{here}/uploads", "kind": kind, "kinds": _KINDS,
        "rows": await _rows(asked, who, found.uploads, bucket),
        "next": None if last is None else json.dumps([last.key, last.id]),
    }  # fmt: skip
    return Show(values=values, part="pages/storage/uploads_rows.html")


def _after(text: str | None) -> tuple[str, str] | tuple[None, None]:
    """The upload to go on after, as the page wrote it. Raises Fault PARAMETER_INVALID."""
    if not text:
        return None, None
    try:
        key, upload = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        key, upload = None, None
    if not isinstance(key, str) or not isinstance(upload, str):
        raise Fault(Kind.PARAMETER_INVALID, "after is not what a page of uploads said")
    return key, upload


async def _rows(asked: Asked, who: Principal, uploads: list[Upload], bucket: Bucket) -> list[dict[str, Any]]:
    may = {one.id for one in uploads if await _may_list(asked, who, bucket, one)}
    key = asked.visitor.key

    def look_up(reader: Reader) -> list[dict[str, Any]]:
        return [_row(reader, one, key, arrived=one.id in may) for one in uploads]

    return await asked.services.index.scan(look_up)


async def _may_list(asked: Asked, who: Principal, bucket: Bucket, upload: Upload) -> bool:
    """Whether the store shows its parts, and it did not end meanwhile."""
    op = ops.ListParts(
        bucket=bucket, key=upload.key, upload=upload.id, after=0, limit=1, sliced=not upload.numbered
    )  # fmt: skip
    try:
        await asked.perform(op, who)
    except Fault as fault:
        if fault.kind in {Kind.ACCESS_DENIED, Kind.UPLOAD_MISSING}:
            return False
        raise
    return True


def _row(reader: Reader, upload: Upload, key: Key | None, *, arrived: bool) -> dict[str, Any]:
    """``right`` says whether a page of the ledger has the key that began it."""
    count, size = reader.parts_total(upload.id) if arrived else (None, None)
    began = None if upload.started_by is None else reader.key(upload.started_by)
    return {
        "upload": upload, "count": count, "bytes": size, "quoted": json.dumps([upload.key]),
        "right": began is not None and began.minted is not None and sight.sees(reader, began, key),
    }  # fmt: skip


async def abort(asked: Asked) -> Reply:
    """Give one up: what arrived of it goes."""
    bucket, kind = bucket_of(asked), asked.given["kind"]
    (key, *more) = keys_of(asked.given["keys"])
    if more:
        raise Fault(Kind.PARAMETER_INVALID, "an upload is of one name")
    op = ops.AbortUpload(bucket=bucket, key=key, upload=asked.given["upload"], sliced=kind == _SLICES)
    await asked.perform(op, within(asked, bucket.account))
    return Go(path=f"{path_of(bucket.account, bucket.name)}/uploads?kind={kind}")


_KINDS: Final = {_NUMBERED: "uploads.parts", _SLICES: "uploads.slices"}
PAGES: Final = (
    Page(
        name="uploads", path=PATH + "/uploads", handler=show, title="uploads.title",
        template="pages/storage/uploads.html", styles=("mint.css",),
        query=(
            Field(name="kind", kind="string", about="In parts or in slices.", choices=tuple(_KINDS)),
            Field(name="after", kind="string", about="Go on after this one.", longest=8000),
        ),
    ),
    Page(
        name="abort-upload", path=PATH + "/uploads", method="POST", handler=abort,
        noted=("account", "bucket", "keys", "upload"),
        form=(
            KEYS, Field(name="upload", kind="string", about="The upload.", needed=True, longest=128),
            Field(name="kind", kind="string", about="In parts or in slices.", needed=True, choices=tuple(_KINDS)),
        ),
    ),
)  # fmt: skip
