"""Downloads: a file's bytes with its stored headers, ranges and conditions, as the cloud's download hosts serve them.

Source: seed 004 "下载状态码"; wire facts §3.4, §11.
"""

from __future__ import annotations

from functools import lru_cache

import orjson

from entrepot.core.facts.records import Object
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader
from entrepot.core.store import Reading
from entrepot.dialects.cos_json.faults import row_of
from entrepot.dialects.cos_json.params import guessed_type
from entrepot.dialects.cos_json.place import Place
from entrepot.wire.conditions import check_conditions, wanted_range
from entrepot.wire.dates import http_date
from entrepot.wire.http import Request, Response, header_text

Head = list[tuple[bytes, bytes]]

_STATUS = {
    Kind.OBJECT_MISSING: 404,
    Kind.LINK_BROKEN: 404,
    Kind.BUCKET_MISSING: 404,
    Kind.METHOD_NOT_ALLOWED: 405,
    Kind.PRECONDITION_FAILED: 412,
    Kind.RANGE_INVALID: 416,
    Kind.NAME_INVALID: 404,
    Kind.MALFORMED: 400,
    Kind.PARAMETER_INVALID: 400,
    Kind.NOT_IMPLEMENTED: 400,
    Kind.STORAGE_FAILED: 500,
    Kind.STORAGE_FULL: 500,
    Kind.INTERNAL: 500,
}
"""Everything else is a matter of who asks: 403. Source: seed 004 lists 200, 206, 403, 404, 405, 500."""

_MISSING = -6101
_UNFINISHED = -45062


@lru_cache(maxsize=4096)
def _served_type(extension: str) -> str:
    return guessed_type("x" + extension) or "application/octet-stream"


def etag_of(record: Object) -> str:
    """The entity tag: the SHA-1 that the API shows too, else the CRC64."""
    # The SHA-1 of what came by another dialect is found out later: the tag must not change then.
    own = record.md5 is None
    return f'"{record.sha1.hex()}"' if own and record.sha1 is not None else f'"{record.crc64 or 0:016x}"'


def served(request: Request, place: Place, reading: Reading, cors: Head) -> Response:
    """The reply to GET or HEAD of a file."""
    record = reading.record
    etag = etag_of(record)
    check_conditions(request, etag, record.modified_at)
    span = wanted_range(request, record.size, etag, record.modified_at)
    headers = [*_stored(record, preview=place.preview), *cors]
    headers += [
        (b"accept-ranges", b"bytes"),
        (b"etag", etag.encode()),
        (b"last-modified", http_date(record.modified_at).encode()),
        (b"x-cos-request-id", request.id.encode()),
    ]
    first, length, status = (0, record.size, 200) if span is None else (span.first, span.length, 206)
    headers.append((b"content-length", b"%d" % length))
    if span is not None:
        headers.append((b"content-range", b"bytes %d-%d/%d" % (first, first + length - 1, record.size)))
    if request.method == "HEAD":
        return Response(status=status, headers=headers)
    small = reading.inline_bytes()
    if small is not None:
        return Response(status=status, headers=headers, body=small[first : first + length])
    return Response(status=status, headers=headers, body=reading.stream(first, length), length=length)


def _stored(record: Object, *, preview: bool) -> Head:
    attributes = record.attributes
    if preview:
        return [(b"content-type", b"text/plain; charset=utf-8"), (b"x-content-type-options", b"nosniff")]
    headers = [(name.lower().encode(), header_text(value)) for name, value in attributes.headers.items()]
    if "Content-Type" not in attributes.headers:
        leaf = record.key.rpartition("/")[2]
        extension = leaf[leaf.rfind(".") :] if "." in leaf else ""
        headers.append((b"content-type", _served_type(extension).encode()))
    headers += [(b"x-cos-meta-" + name.encode(), header_text(value)) for name, value in attributes.metadata.items()]
    return headers


def refuse(request: Request, place: Place | None, fault: Fault, reader: Reader, cors: Head) -> Response:
    """An error on a download host: the status counts, the body explains. Source: wire facts §3.4."""
    headers = [(b"x-cos-request-id", request.id.encode()), *cors]
    if fault.kind is Kind.NOT_MODIFIED:
        return Response(status=304, headers=[*headers, (b"etag", str(fault.facts["etag"]).encode())])
    code = row_of(fault).code
    if fault.kind is Kind.OBJECT_MISSING:
        code = _MISSING
        if (
            place is not None
            and place.bucket is not None
            and reader.newest_upload(place.bucket.id, place.key) is not None
        ):
            code = _UNFINISHED
    told = {"explanation": fault.explanation.told()} if fault.explanation is not None else {}
    body = orjson.dumps(
        {"errorcode": code, "errormsg": fault.message, "retcode": code, "request_id": request.id, **told}
    )
    headers += [(b"content-type", b"application/json; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    if fault.kind is Kind.RANGE_INVALID:
        headers.append((b"content-range", b"bytes */%d" % int(fault.facts["size"])))
    told_body = b"" if request.method == "HEAD" else body
    return Response(status=_STATUS.get(fault.kind, 403), headers=headers, body=told_body, code=str(code))
