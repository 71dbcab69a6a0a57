"""Single objects: put, get, head, delete, copy, append, and their replies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from entrepot.core import operations as ops
from entrepot.core.facts.records import BY_SERVER, Acl, Attributes, Bucket, Object
from entrepot.core.fault import Fault, Kind
from entrepot.core.operations import Replace
from entrepot.core.rights.grant import Right
from entrepot.core.rules.intake import Intake
from entrepot.core.rules.numbered import Slot
from entrepot.core.rules.reading import Followed, Reading
from entrepot.core.rules.sealed import encryption_of
from entrepot.core.store import Result
from entrepot.core.value import changed
from entrepot.dialects.s3like.address.place import Place, find_bucket
from entrepot.dialects.s3like.flavour import Flavour, Head, Route
from entrepot.dialects.s3like.flavour.names import names_version
from entrepot.dialects.s3like.operations import encryption
from entrepot.dialects.s3like.operations.body import asked_algorithm, take
from entrepot.dialects.s3like.operations.checksums import checksum_elements, checksum_head, checksum_text
from entrepot.dialects.s3like.operations.conditions import (
    check_repeated,
    compares,
    on_copy_source,
    on_write,
    replace_policy,
)
from entrepot.dialects.s3like.operations.listing import iso
from entrepot.dialects.s3like.operations.object_headers import (
    HEADERS,
    acl_asked,
    attributes_of,
    etag_of,
    expiration_head,
    header_names,
    headers_of,
    stored_head,
)
from entrepot.dialects.s3like.operations.one_part import asked_slot, check_one_part, parts_count
from entrepot.dialects.s3like.replies import reply
from entrepot.wire.conditions import check_conditions, wanted_range
from entrepot.wire.dates import http_date
from entrepot.wire.http import Request, Response

_OVERRIDES: Final = {f"response-{name}": shown for name, shown in HEADERS.items()}


# -- put ---------------------------------------------------------------------------------------------------------------


async def put(request: Request, place: Place, intake: Intake) -> ops.Operation:
    """Store a body under a key."""
    get = headers_of(request)
    attributes = attributes_of(place, get, header_names(request))
    replace = replace_policy(place, get)
    check = on_write(request, place.flavour)
    protection = encryption.wanted(request, place, intake)
    taken = await take(request, place, intake, Right.PUT_OBJECT, protection=protection)
    return ops.PutObject(
        bucket=place.existing_bucket(), key=place.key, content=taken.content,
        attributes=changed(attributes, checksum=taken.checksum, encryption=encryption_of(protection)),
        replace=replace, tree=False, check=check, compares=compares(request, place.flavour),
    )  # fmt: skip


def stored(request: Request, place: Place, _op: ops.Operation, result: Result) -> Response:
    """What storing an object answers: its digests."""
    assert isinstance(result, Object)  # noqa: S101 - the operations of this route give one
    head = [*digests(place.flavour, result), *place.flavour.objects.put_headers(result)]
    head += encryption.told(request, place.flavour, result.attributes.encryption)
    return reply.empty(request, place, 200, head + expiration_head(place, result))


def digests(flavour: Flavour, record: Object) -> Head:
    """Entity tag, CRC64 and the checksum that was asked for."""
    head = [(b"etag", etag_of(flavour, record).encode())]
    if flavour.objects.crc64 and record.crc64 is not None:
        head.append((flavour.header("hash-crc64ecma"), b"%d" % record.crc64))
    return head + checksum_head(flavour, record.attributes.checksum)


# -- get and head ------------------------------------------------------------------------------------------------------


async def get_object(request: Request, place: Place, _intake: Intake) -> ops.Operation:
    """Read an object, or one of the parts that it was uploaded in."""
    check_one_part(request, place)
    _overrides(place)
    key = encryption.read_key(request, place)
    return ops.ReadObject(bucket=place.existing_bucket(), key=place.key, client_key=key)


async def head_object(request: Request, place: Place, _intake: Intake) -> ops.Operation:
    """Ask what an object is, or how long one of its parts."""
    check_one_part(request, place)
    _overrides(place)
    key = encryption.read_key(request, place)
    return ops.StatObject(bucket=place.existing_bucket(), key=place.key, directory=False, reads=True, client_key=key)


def _overrides(place: Place) -> Mapping[str, str]:
    """Response headers that a signed request asks to have otherwise."""
    asked = {shown: place.query[name] for name, shown in _OVERRIDES.items() if place.query.get(name)}
    if asked and place.account is None:
        raise Fault(
            Kind.MALFORMED, "response headers can be chosen by signed requests only", reason="anonymous-override"
        )
    for name, value in asked.items():
        if not value.isprintable():
            raise Fault(Kind.PARAMETER_INVALID, f"the value for {name} holds control characters", argument=name)
    return asked


def served(request: Request, place: Place, _op: ops.Operation, result: Result) -> Response:
    """The reply to GET and HEAD: whole or a range, with everything that is known of the object."""
    flavour = place.flavour
    record, link = _record_of(result)
    etag = etag_of(flavour, record)
    check_conditions(request, etag, record.modified_at)
    slot = asked_slot(place, record)
    span = _span(request, flavour, record, etag) if slot is None else (slot.first, slot.size) if record.size else None
    attributes = (
        changed(record.attributes, metadata=link.attributes.metadata) if link is not None else record.attributes
    )
    head = stored_head(flavour, attributes, _overrides(place))
    head += [
        (b"accept-ranges", b"bytes"),
        (b"last-modified", http_date(record.modified_at).encode()),
        *_kind(flavour, record, link),
        *digests(flavour, changed(record, attributes=_shown_checksum(request, flavour, record, slot, span))),
        *parts_count(flavour, record, slot),
        *encryption.told(request, flavour, record.attributes.encryption),
        *flavour.objects.read_headers(record),
        *_end(flavour, record),
        *expiration_head(place, record),
    ]
    first, length, status = (0, record.size, 200) if span is None else (*span, 206)
    head.append((b"content-length", b"%d" % length))
    if span is not None:
        head.append((b"content-range", b"bytes %d-%d/%d" % (first, first + length - 1, record.size)))
    response = Response(status=status, headers=reply.head_of(request, place, head))
    if request.method == "HEAD" or not isinstance(result, Reading):
        return response
    small = result.inline_bytes()
    response.body = result.stream(first, length) if small is None else small[first : first + length]
    response.length = length
    return response


def _record_of(result: Result) -> tuple[Object, Object | None]:
    """The object, and the link through which it was found."""
    if isinstance(result, Reading | Followed):
        return result.record, result.link
    assert isinstance(result, Object)  # noqa: S101 - the operations of these routes give one of the three
    return result, None


def _kind(flavour: Flavour, record: Object, link: Object | None) -> Head:
    kind = (
        "Symlink" if link is not None
        else "Appendable" if record.attributes.appendable
        else "Multipart" if record.parts
        else "Normal"
    )  # fmt: skip
    shown = flavour.objects.kinds.get(kind)
    head: Head = [(flavour.header("object-type"), shown.encode())] if shown else []
    if link is not None and flavour.objects.link_size:
        head.append((flavour.header(flavour.objects.link_size), b"%d" % record.size))
    return head


def _end(flavour: Flavour, record: Object) -> Head:
    """Where the next bytes of an appendable object go."""
    if not record.attributes.appendable:
        return []
    return [(flavour.header("next-append-" + flavour.objects.append_position), b"%d" % record.size)]


def _shown_checksum(
    request: Request, flavour: Flavour, record: Object, slot: Slot | None, span: tuple[int, int] | None
) -> Attributes:
    """The attributes with the checksum of what is sent: of the whole, or of the one part that was asked for."""
    checksum = record.attributes.checksum
    if (request.header(flavour.header("checksum-mode")) or "").upper() != "ENABLED" or checksum is None:
        checksum = None
    elif slot is not None and record.attributes.numbered is not None:
        checksum = changed(checksum, value=slot.checksum)
    elif slot is None and span is not None:
        checksum = None
    return changed(record.attributes, checksum=checksum)


def _span(request: Request, flavour: Flavour, record: Object, etag: str) -> tuple[int, int] | None:
    lenient = flavour.conditions.lenient_range and request.header(flavour.header("range-behavior")) != "standard"
    try:
        span = wanted_range(request, record.size, etag, record.modified_at)
    except Fault:
        if lenient and not _NO_LAST_BYTES.fullmatch(request.header(b"range") or ""):
            return None
        raise
    if span is None:
        return None
    if lenient and _ends_beyond(request, record.size):
        return None
    return span.first, span.length


_NO_LAST_BYTES: Final = re.compile(r"bytes=-0{1,20}")
"""The last 0 bytes: refused also where other ranges outside the object give all of it (OSS SDK for Go v2, tests)."""


def _ends_beyond(request: Request, size: int) -> bool:
    """Whether a range names bytes that are not there, which OSS answers with the whole object."""
    low, _, high = (request.header(b"range") or "").removeprefix("bytes=").strip().partition("-")
    return (high.isdigit() and bool(low) and int(high) >= size) or (not low and high.isdigit() and int(high) > size)


# -- copy --------------------------------------------------------------------------------------------------------------


async def copy(request: Request, place: Place, intake: Intake) -> ops.Operation:
    """Point a key at the bytes of another object."""
    flavour = place.flavour
    get = headers_of(request)
    bucket_text, key = flavour.addressing.copy_source(get(flavour.prefix + "copy-source") or "")
    source = source_bucket(place, bucket_text)
    target = place.existing_bucket()
    replaces = _directive(get(flavour.prefix + "metadata-directive"), flavour.prefix + "metadata-directive")
    tags_too = _directive(get(flavour.prefix + "tagging-directive"), flavour.prefix + "tagging-directive")
    attributes = attributes_of(place, get, header_names(request))
    check_repeated(request, place)
    itself = (source.id, key) == (target.id, place.key)
    says = replaces or bool(attributes.storage_class) or encryption.mentions(request, flavour)
    if itself and not says and not flavour.uploads.self_copy:
        raise Fault(
            Kind.MALFORMED,
            "a copy onto itself that changes nothing: give new metadata and say that it replaces the old",
            reason="self-copy",
        )
    implied = itself and flavour.uploads.self_copy and bool(attributes.headers or attributes.metadata)
    return ops.CopyInto(
        bucket=target, key=place.key, source_bucket=source, source_key=key,
        attributes=attributes if replaces or implied else None, acl=attributes.acl, replace=replace_policy(place, get),
        tags=dict(attributes.tags) if tags_too else None, expire_days=attributes.expire_days,
        storage_class=attributes.storage_class, archived=attributes.archived,
        check_source=on_copy_source(request, flavour),
        check=on_write(request, flavour) if flavour.conditions.on_writes else None,
        compares=flavour.conditions.on_writes and compares(request, flavour),
        max_bytes=place.settings.copy_max_bytes, inherited=flavour.uploads.inherited,
        protection=encryption.wanted(request, place, intake),
        source_client_key=encryption.source_key(request, place),
        checksum=asked_algorithm(request, flavour, "checksum-algorithm"), checksum_text=checksum_text,
        version=names_version(get(flavour.prefix + "copy-source") or ""),
    )  # fmt: skip


def source_bucket(place: Place, text: str) -> Bucket:
    """The bucket of a copy's source. Raises Fault BUCKET_MISSING."""
    found = find_bucket(place.reader, text, place.account)
    if found is None:
        raise Fault(Kind.BUCKET_MISSING, f"there is no bucket {text!r} to copy from", reason="source", bucket=text)
    return found


def _directive(text: str | None, name: str) -> bool:
    """Whether a directive says to replace. Raises Fault PARAMETER_INVALID."""
    value = (text or "copy").lower()
    if value not in {"copy", "replace", "replaced"}:
        raise Fault(
            Kind.PARAMETER_INVALID, f"{name} is {value[:40]!r}; it must be COPY or REPLACE",
            argument=name, value=value[:100],
        )  # fmt: skip
    return value != "copy"


def copied(request: Request, place: Place, _op: ops.Operation, result: Result) -> Response:
    """The entity tag and time of a copy, and when it will be removed."""
    assert isinstance(result, Object)  # noqa: S101 - a copy gives one
    flavour = place.flavour
    content = {"ETag": etag_of(flavour, result), "LastModified": iso(result.modified_at)}
    if flavour.objects.crc64:
        content["CRC64"] = str(result.crc64)
    content |= checksum_elements(flavour, result.attributes.checksum)
    head = [entry for entry in digests(flavour, result) if entry[0] != b"etag" or flavour.objects.copy_etag]
    head += encryption.told(request, flavour, result.attributes.encryption)
    return reply.document(request, place, "CopyObjectResult", content, head + expiration_head(place, result))


# -- append ------------------------------------------------------------------------------------------------------------


async def append(request: Request, place: Place, intake: Intake) -> ops.Operation:
    """Add bytes to the end of an object."""
    get = headers_of(request)
    name = "position" if "position" in place.query else "offset"
    if name not in place.query:
        raise Fault(Kind.PARAMETER_MISSING, "an append needs its position", argument="position")
    position = place.number(name, 0, 2**63 - 1)
    attributes = attributes_of(place, get, header_names(request))
    check = on_write(request, place.flavour)
    if replace_policy(place, get) is Replace.NEVER and position == 0:
        check = _absent(check)
    protection = encryption.wanted(request, place, intake)
    there = place.reader.object(place.existing_bucket().id, place.key) if position else None
    if there is not None:
        asked, protection = protection, None if there.attributes.encryption is None else BY_SERVER
        if asked is not None and protection is None and encryption.mentions(request, place.flavour):
            raise Fault(
                Kind.PARAMETER_INVALID, "what is appended to is not encrypted; only its first append can ask for that",
                argument=place.flavour.prefix + "server-side-encryption", value="AES256",
            )  # fmt: skip
    taken = await take(request, place, intake, Right.APPEND_OBJECT, protection=protection)
    return ops.AppendObject(
        bucket=place.existing_bucket(), key=place.key, position=position, content=taken.content,
        attributes=changed(attributes, encryption=encryption_of(protection)),
        check=check, compares=compares(request, place.flavour),
    )  # fmt: skip


def _absent(check: ops.Check | None) -> ops.Check:
    def both(record: Object | None) -> None:
        if record is not None:
            raise Fault(Kind.OBJECT_EXISTS, f"an object {record.key!r} exists already")
        if check is not None:
            check(record)

    return both


def appended(request: Request, place: Place, op: ops.Operation, result: Result) -> Response:
    """Where the next bytes go."""
    assert isinstance(op, ops.AppendObject)  # noqa: S101 - this route's own operation
    assert isinstance(result, Object)  # noqa: S101 - an append gives one
    flavour = place.flavour
    head = [(flavour.header("next-append-" + flavour.objects.append_position), b"%d" % result.size)]
    head += digests(flavour, result) + flavour.objects.append_headers(op.content)
    return reply.empty(request, place, 200, head + encryption.told(request, flavour, result.attributes.encryption))


def acl_header(request: Request, place: Place) -> Acl | None:
    """The ACL of a request's headers."""
    name = "acl" if place.level == "bucket" else place.flavour.objects.acl_header
    return acl_asked(place, headers_of(request), name)


PUT = Route(decode=put, encode=stored, about="store an object")
GET = Route(decode=get_object, encode=served, about="read an object")
HEAD = Route(decode=head_object, encode=served, about="ask what an object is")
GET_PART = Route(decode=get_object, encode=served, about="read one part of an object by its number")
HEAD_PART = Route(decode=head_object, encode=served, about="ask how long one part of an object is")
COPY = Route(decode=copy, encode=copied, about="copy an object, here or from another bucket")
APPEND = Route(decode=append, encode=appended, about="append to an object")
