"""Listings of keys, how documents write keys and times, and how they are read.

Source: wire facts of Tencent §7.6, §7.7, Alibaba §5.5, Volcengine §3.8, §3.9; AWS "ListObjects", "ListObjectsV2".
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from entrepot.core import operations as ops
from entrepot.core.facts.digests import digest
from entrepot.core.facts.names import KEY_MAX_BYTES
from entrepot.core.facts.records import Object
from entrepot.core.fault import Fault, Kind
from entrepot.core.rules.intake import Intake
from entrepot.core.rules.keys import KeysPage
from entrepot.core.store import Result
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.flavour import Document, Flavour, Route
from entrepot.dialects.s3like.operations.body import announced_sums, asked_algorithm, md5_of_text
from entrepot.dialects.s3like.operations.checksums import listed_checksum
from entrepot.dialects.s3like.operations.object_headers import etag_of
from entrepot.dialects.s3like.replies import reply
from entrepot.wire.documents import Node
from entrepot.wire.http import Request, Response
from entrepot.wire.xml import read


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def iso(seconds: float) -> str:
    """``2020-12-10T03:37:30.000Z``: the milliseconds are always 000, which some clients insist on."""
    return _second(int(seconds))


def spelling(place: Place) -> tuple[str | None, Callable[[str], str]]:
    """The encoding that the request asks for, and the function that writes a key in it.

    Raises:
        Fault: PARAMETER_INVALID for an unknown one.
    """
    asked = place.query.get("encoding-type", "")
    if not asked:
        return None, str
    if asked != "url":
        raise Fault(
            Kind.PARAMETER_INVALID, f"encoding-type is {asked[:30]!r}; only url is known",
            argument="encoding-type", value=asked[:100],
        )  # fmt: skip
    return "url", lambda text: quote(text, safe="/-_.~")


def page_size(place: Place, name: str) -> int:
    """How many entries a page may have; too many are cut or refused, as the cloud does."""
    listings = place.flavour.listings
    wanted = place.number(name, listings.page_default)
    if listings.page_strict and not 1 <= wanted <= 1000:
        raise Fault(
            Kind.PARAMETER_INVALID, f"{name} is {wanted}; it must be from 1 to 1000", argument=name, value=str(wanted)
        )
    return min(wanted, 1000)


# -- list --------------------------------------------------------------------------------------------------------------


async def list_keys(_request: Request, place: Place, _intake: Intake) -> ops.Operation:
    """One page of a bucket."""
    spelling(place)
    query = place.query
    metadata_of(place)
    second = query.get("list-type") == "2"
    if query.get("list-type", "2") not in {"", "1", "2"}:
        raise Fault(Kind.PARAMETER_INVALID, "list-type must be 2", argument="list-type", value=query["list-type"][:30])
    if second:
        token = query.get("continuation-token", "")
        after = _from_token(token) if token else query.get("start-after", "")
    else:
        after = query.get("marker", "")
    for name in ("prefix", "delimiter", "marker", "start-after"):
        if len(query.get(name, "").encode()) > KEY_MAX_BYTES:
            raise Fault(Kind.PARAMETER_INVALID, f"{name} is longer than a key can be", argument=name)
    return ops.ListObjects(
        bucket=place.existing_bucket(), prefix=query.get("prefix", ""), delimiter=query.get("delimiter", ""),
        after=after or None, limit=page_size(place, "max-keys"),
    )  # fmt: skip


def _token(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def _from_token(token: str) -> str:
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode("utf-8")
    except (binascii.Error, ValueError) as error:
        raise Fault(
            Kind.PARAMETER_INVALID, "continuation-token is not one that this server gave",
            argument="continuation-token", value=token[:100],
        ) from error  # fmt: skip


def listed(request: Request, place: Place, op: ops.Operation, result: Result) -> Response:
    """A page as the cloud writes it."""
    assert isinstance(result, KeysPage)  # noqa: S101
    assert isinstance(op, ops.ListObjects)  # noqa: S101 - this route's own operation and its result
    encoding, spelt = spelling(place)
    flavour, query = place.flavour, place.query
    second = query.get("list-type") == "2"
    more = result.resume is not None
    meta, opened = metadata_of(place), restorations_of(request, flavour)
    owner = object_owner(place) if not second or query.get("fetch-owner") == "true" else None
    content: dict[str, Any] = {"Name": flavour.addressing.bucket_name(op.bucket), "Prefix": spelt(op.prefix)}
    if second:
        content |= {
            "StartAfter": spelt(query["start-after"]) if query.get("start-after") else None,
            "ContinuationToken": query.get("continuation-token") or None,
            "KeyCount": len(result.records) + len(result.prefixes),
            "NextContinuationToken": _token(result.resume) if result.resume is not None else None,
        }
    else:
        content |= {
            "Marker": spelt(query.get("marker", "")),
            "NextMarker": spelt(result.resume) if result.resume is not None else None,
        }
    content |= {
        "MaxKeys": op.limit,
        "Delimiter": spelt(op.delimiter) if op.delimiter else None,
        "EncodingType": encoding,
        "IsTruncated": more,
        "Contents": [
            {**entry_of(flavour, record, spelt, owner), **meta(record), **opened(record)} for record in result.records
        ],
        "CommonPrefixes": [{"Prefix": spelt(prefix)} for prefix in result.prefixes],
    }
    return reply.document(request, place, "ListBucketResult", content)


def entry_of(flavour: Flavour, record: Object, spelt: Callable[[str], str], owner: Document | None) -> Document:
    """An object in a listing; ``spelt`` writes its key."""
    entry: dict[str, Any] = {
        "Key": spelt(record.key),
        "LastModified": iso(record.modified_at),
        "ETag": etag_of(flavour, record),
        "Size": record.size,
        "StorageClass": record.attributes.storage_class or flavour.objects.standard_class,
        "Owner": owner,
    }
    entry |= listed_checksum(flavour, record.attributes.checksum)
    return {**entry, **flavour.listings.object_entry(record)}


def metadata_of(place: Place) -> Callable[[Object], Document]:
    """What a listing tells of each object's metadata: nothing unless it is asked. Raises Fault PARAMETER_INVALID."""
    asked, told = place.query.get("fetch-meta", ""), place.flavour.listings.metadata
    if asked.lower() not in {"", "true", "false"}:
        raise Fault(Kind.PARAMETER_INVALID, "fetch-meta must be true or false", argument="fetch-meta", value=asked[:30])
    return told if told is not None and asked.lower() == "true" else lambda _record: {}


def restorations_of(request: Request, flavour: Flavour) -> Callable[[Object], Document]:
    """What a listing tells of restorations: nothing unless it is asked (AWS, ListObjects)."""
    asked = request.header(flavour.header("optional-object-attributes")) or ""

    def told(record: Object) -> Document:
        until = record.attributes.restored_until if record.attributes.archived else None
        if until is None:
            return {}
        return {"RestoreStatus": {"IsRestoreInProgress": False, "RestoreExpiryDate": iso(until)}}

    return told if "RestoreStatus" in asked.replace(" ", "").split(",") else lambda _record: {}


def object_owner(place: Place) -> Document:
    """The owner of objects, as their listing writes it."""
    written = place.flavour.listings.object_owner
    return reply.owner_of(place) if written is None else written(place.owner, place.reader)


# -- documents ---------------------------------------------------------------------------------------------------------


async def document_of(request: Request, place: Place, *, digested: bool = False, summed: bool = True) -> Node:
    """The document in a request's body, of a shape that the operation declares.

    Raises:
        Fault: MALFORMED, TOO_LARGE, DIGEST_MISMATCH; PARAMETER_MISSING (reason ``md5``) when ``digested`` is needed.

    ``summed`` tells whether a checksum header speaks of this body; a completion's speaks of the object.
    """
    data = await read(request.body, place.settings.document_max_bytes)
    check_digests(request, place, data, digested=digested, summed=summed)
    if not data:
        raise Fault(
            Kind.MALFORMED,
            f"the body is empty; it must be a document {' or '.join(place.known.shapes)}",
            reason="no-body",
        )
    return place.flavour.documents.read(data, place.known.shapes)


def check_digests(request: Request, place: Place, data: bytes, *, digested: bool = False, summed: bool = True) -> None:
    """Compare a small body, which may be empty, with the digests that are announced for it.

    Raises:
        Fault: DIGEST_MISMATCH, PARAMETER_INVALID; PARAMETER_MISSING (reason ``md5``) when one is needed.
    """
    flavour = place.flavour
    text = request.header(b"content-md5")
    sums = announced_sums(request, flavour) if summed else {}
    named = asked_algorithm(request, flavour, "sdk-checksum-algorithm") if summed else None
    if text or (text is not None and flavour.uploads.empty_md5_refused):
        check_md5(data, text)
    elif digested and not sums:
        raise Fault(Kind.PARAMETER_MISSING, "this request needs the header Content-MD5", reason="md5")
    if named is not None and sums and named not in sums:
        raise Fault(
            Kind.PARAMETER_INVALID, f"the checksum {named} is named, and another one is announced", reason="checksum"
        )
    for name, value in sums.items():
        if (value or (request.trailers or {}).get(f"{flavour.prefix}checksum-{name}")) != _base64(name, data):
            raise Fault(Kind.DIGEST_MISMATCH, f"the body's {name} is not the announced one", reason="checksum")


def _base64(name: str, data: bytes) -> str:
    return base64.b64encode(digest(name, data)).decode()


def check_md5(data: bytes, text: str) -> None:
    """Compare a small body with its Content-MD5. Raises Fault DIGEST_MISMATCH, PARAMETER_INVALID."""
    if digest("md5", data) != md5_of_text(text):
        raise Fault(Kind.DIGEST_MISMATCH, "the body's MD5 is not the one in Content-MD5", reason="md5")


LIST = Route(decode=list_keys, encode=listed, about="list keys; list-type=2 in the second form")
