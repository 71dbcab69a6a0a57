"""Uploads from a browser straight to the store: what is minted for them, and what gives one up.

A file comes in one request, or in numbered parts when it is larger than one of them. The addresses of the parts are
signed by the right that was minted for the file, a few at a time, so a file of any size is one line in the ledger.
"""

from __future__ import annotations

from typing import Any, Final

from entrepot.admin.api.table import Field
from entrepot.console.acting import address, bucket_of, minter
from entrepot.console.page import Asked, Data, Page, Reply
from entrepot.console.pages.storage.objects import KEYS, PATH, key_of
from entrepot.core import operations as ops
from entrepot.core.facts.records import Bucket
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.identity import Key
from entrepot.core.rules.withdrawal import withdraw
from entrepot.dialects.control.minting.urls import UrlAsked

PART_BYTES: Final = 8 << 20
_PARTS_MAX: Final = 10_000
_SECONDS: Final = 43_200
"""How long the right to an upload lasts: as long as a session at most."""
_AT_ONCE: Final = 50
_API: Final = "url:POST"


async def begin(asked: Asked) -> Reply:
    """Mint the right to one file of so many bytes, and no more."""
    bucket, size = bucket_of(asked), asked.given["size"]
    key = key_of(asked.given["keys"])
    part = max(PART_BYTES, -(-size // _PARTS_MAX))
    if size <= PART_BYTES:
        made = await address(asked, bucket, key, "PUT", seconds=_SECONDS, max_bytes=max(size, 1))
    else:
        made = await address(asked, bucket, key, "POST", [("uploads", "")], seconds=_SECONDS, max_bytes=size)
    return Data(value={"grant": made.key.id, "method": made.method, "url": made.url, "part": part})


async def addresses(asked: Asked) -> Reply:
    """Addresses of the next parts, and of the end."""
    bucket = bucket_of(asked)
    right, upload, first = await _right(asked, bucket), asked.given["upload"], asked.given["first"]

    def signed(method: Any, query: tuple[tuple[str, str], ...]) -> str:
        assert right.minted is not None  # noqa: S101 - it was looked up as such
        wanted = UrlAsked(
            bucket=bucket.name, key=right.minted.key, method=method, dialect="s3", seconds=_SECONDS, query=query
        )
        return asked.services.minting.further(wanted, right, asked.services.store_url)

    numbers = range(first, min(first + _AT_ONCE, _PARTS_MAX + 1))
    parts = {number: signed("PUT", (("partNumber", str(number)), ("uploadId", upload))) for number in numbers}
    told = {str(number): url for number, url in parts.items()}
    return Data(value={"parts": told, "complete": signed("POST", (("uploadId", upload),))})


async def cancel(asked: Asked) -> Reply:
    """Give an upload up: its parts go, and nobody uploads by its right any more."""
    bucket = bucket_of(asked)
    right, services = await _right(asked, bucket), asked.services
    assert right.minted is not None  # noqa: S101 - it was looked up as such
    op = ops.AbortUpload(bucket=bucket, key=right.minted.key, upload=asked.given["upload"])
    await asked.perform(op, asked.acting(right))
    await withdraw(services.index, services.audit, right.id, asked.by, services.clock())
    return Data(value={})


async def _right(asked: Asked, bucket: Bucket) -> Key:
    """The right to an upload that whoever asks had minted here. Raises Fault OBJECT_MISSING."""
    who = await minter(asked, bucket.account, _API)
    found = asked.services.index.refresh().key(asked.given["grant"])
    row = None if found is None else found.minted
    if found is None or row is None or (row.api, row.minter, row.bucket) != (_API, who.key_id, bucket.name):
        raise Fault(Kind.OBJECT_MISSING, "there is no such right to an upload")
    return found


_GRANT: Final = Field(name="grant", kind="string", about="The right to the upload.", needed=True, longest=128)
_UPLOAD: Final = Field(
    name="upload", kind="string", about="The upload, as the store names it.", needed=True, longest=128
)
PAGES: Final = (
    Page(
        name="begin-upload", path=PATH + "/upload", method="POST", handler=begin, noted=("account", "bucket", "keys"),
        form=(KEYS, Field(name="size", kind="integer", about="How many bytes.", needed=True, most=10_000 * (5 << 30))),
    ),
    Page(
        name="upload-addresses", path=PATH + "/upload", handler=addresses,
        query=(
            _GRANT, _UPLOAD,
            Field(name="first", kind="integer", about="From this part on.", needed=True, least=1, most=_PARTS_MAX),
        ),
    ),
    Page(
        name="cancel-upload", path=PATH + "/cancel-upload", method="POST", handler=cancel, form=(_GRANT, _UPLOAD),
        noted=("account", "bucket", "upload"),
    ),
)  # fmt: skip
