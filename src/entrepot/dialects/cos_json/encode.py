"""COS JSON replies: shapes and types of the seed's samples, headers that browsers need.

Source: seed 004, the reply of each chapter; wire facts §4, §6, §8, §9. ``ctime`` and ``mtime`` are numbers, as in the
samples. ``detail`` and ``request_id`` stand beside ``code`` and ``message``, which stay what clients compare.
"""

from __future__ import annotations

from typing import Any

import orjson

from entrepot.core import operations as ops
from entrepot.core.facts.records import Acl, Bucket, Object, Part, Upload
from entrepot.core.fault import Fault
from entrepot.core.rules import listing
from entrepot.core.rules.uploads import Progress
from entrepot.core.store import Followed, Reading, Result
from entrepot.core.value import changed
from entrepot.dialects.cos_json.context import encode_context
from entrepot.dialects.cos_json.download import served
from entrepot.dialects.cos_json.faults import row_of
from entrepot.dialects.cos_json.known import META
from entrepot.dialects.cos_json.place import Place
from entrepot.dialects.cos_json.urls import Addresses, Urls
from entrepot.wire.http import Request, Response

_JSON = (b"content-type", b"application/json; charset=utf-8")
_AUTHORITY = {None: "eInvalid", Acl.PRIVATE: "eWRPrivate"}


def cors(request: Request) -> list[tuple[bytes, bytes]]:
    """What a browser at another origin needs to see of a reply, success or error."""
    origin = request.header(b"origin")
    if origin is None:
        return []
    return [
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (
            b"access-control-expose-headers",
            b"x-cos-request-id, etag, content-length, content-range, date, last-modified",
        ),
        (b"vary", b"Origin"),
    ]


def preflight(request: Request) -> Response:
    """Answer OPTIONS: any origin may try; the signature decides. Source: wire facts §4."""
    headers = cors(request)
    asked = request.header(b"access-control-request-headers")
    headers += [
        (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, DELETE, OPTIONS"),
        (b"access-control-allow-headers", asked.encode("latin-1") if asked else b"*"),
        (b"access-control-max-age", b"600"),
        (b"x-cos-request-id", request.id.encode()),
        (b"content-length", b"0"),
    ]
    return Response(status=200, headers=headers)


def reply(request: Request, status: int, body: dict[str, Any]) -> Response:
    """A JSON reply."""
    body["request_id"] = request.id
    data = orjson.dumps(body)
    headers = [
        _JSON,
        (b"content-length", b"%d" % len(data)),
        (b"x-cos-request-id", request.id.encode()),
        *cors(request),
    ]
    return Response(status=status, headers=headers, body=data)


def refuse(request: Request, fault: Fault) -> Response:
    """An error on the API path."""
    row = row_of(fault)
    told = {"explanation": fault.explanation.told()} if fault.explanation is not None else {}
    body = {"code": row.code, "message": row.symbol, "detail": fault.message, **told}
    response = reply(request, row.status, body)
    response.code = str(row.code)
    return response


def encode(request: Request, place: Place, op: ops.Operation, result: Result, addresses: Addresses) -> Response:
    """A success."""
    if isinstance(result, Reading):
        return served(request, place, result, cors(request))
    body: dict[str, Any] = {"code": 0, "message": "SUCCESS"}
    data = _data(place, op, result, Urls(request, place, addresses))
    if data is not None:
        body["data"] = data
    return reply(request, 200, body)


def _data(place: Place, op: ops.Operation, result: Result, urls: Urls) -> dict[str, Any] | None:
    match op, result:
        case ((ops.DeleteObject() | ops.RemoveDirectory() | ops.UpdateObject() | ops.CopyObject()), _):
            return None
        case ops.MakeDirectory(), Object():
            return {
                "ctime": int(result.created_at),
                "resource_path": f"/{place.account}/{place.bucket_name}/{result.key}",
            }
        case ops.StatObject(), Object():
            return stat_data(result, urls)
        case ops.StatObject(), Followed():
            # This API knows no links: what another dialect's link leads to is shown under the name that was asked for.
            return stat_data(changed(result.record, key=result.link.key), urls)
        case _, Object():
            return urls.of_upload(result.key)
        case _, Bucket():
            return _bucket_data(result)
        case _, listing.Page():
            return _page_data(op, result, urls)
        case ops.ListBuckets(), list():
            return _buckets_data(op, [each for each in result if isinstance(each, Bucket)])
        case _, Progress():
            return _progress_data(op, result)
        case ops.PutPart(), (upload, part) if isinstance(upload, Upload) and isinstance(part, Part):
            return {"session": upload.id, "offset": part.offset, "datalen": part.size}
        case _:
            raise TypeError(f"{type(op).__name__} gave {type(result).__name__}")


def _authority(acl: Acl | None) -> str:
    return _AUTHORITY.get(acl, "eWPrivateRPublic")


def _times(record: Object) -> dict[str, Any]:
    return {"ctime": int(record.created_at), "mtime": int(record.modified_at)}


def _file_data(record: Object, urls: Urls) -> dict[str, Any]:
    return {
        **urls.of_file(record.key),
        "authority": _authority(record.attributes.acl),
        "filelen": record.size,
        "filesize": record.size,
        "sha": record.sha1.hex() if record.sha1 is not None else "",
        **_times(record),
    }


def stat_data(record: Object, urls: Urls) -> dict[str, Any]:
    """Attributes of a file, or of a directory."""
    if record.key.endswith("/"):
        return {"biz_attr": record.attributes.annotation, **_times(record)}
    custom = {**record.attributes.headers, **{META + name: value for name, value in record.attributes.metadata.items()}}
    return {
        **_file_data(record, urls),
        "biz_attr": record.attributes.annotation,
        "custom_headers": custom,
        "forbid": int(record.attributes.lock),
        "name": record.key.rpartition("/")[2],
        "slicesize": record.part_bytes,
    }


def _bucket_data(bucket: Bucket) -> dict[str, Any]:
    created = int(bucket.created_at)
    return {
        "authority": _authority(bucket.settings.acl),
        "biz_attr": bucket.settings.annotation,
        "ctime": created,
        "mtime": created,
    }


def _page_data(op: ops.Operation, page: listing.Page, urls: Urls) -> dict[str, Any]:
    directory = op.directory if isinstance(op, ops.ListDirectory) else ""
    infos: list[dict[str, Any]] = []
    for entry in page.entries:
        if entry.name.endswith("/"):
            infos.append({"name": entry.name, **_times(entry.record)})
        else:
            infos.append({**_file_data(entry.record, urls), "name": entry.record.key[len(directory) :]})
    return {
        "context": "" if page.resume is None else encode_context(page.resume),
        "infos": infos,
        "listover": page.resume is None,
    }


def _buckets_data(op: ops.ListBuckets, buckets: list[Bucket]) -> dict[str, Any]:
    more = len(buckets) > op.limit
    shown = buckets[: op.limit]
    infos = [{"name": bucket.name + "/", **_bucket_data(bucket)} for bucket in shown]
    return {"context": encode_context(shown[-1].name) if more else "", "infos": infos, "listover": not more}


def _progress_data(op: ops.Operation, progress: Progress) -> dict[str, Any]:
    upload = progress.upload
    data: dict[str, Any] = {"session": upload.id, "slice_size": upload.part_bytes}
    if isinstance(op, ops.FindUpload):
        data["filesize"] = upload.size
        data["listparts"] = [{"datalen": part.size, "offset": part.offset} for part in progress.parts]
        if upload.sha1 is not None:
            data["sha"] = upload.sha1.hex()
    else:
        data["offset"] = progress.contiguous
    return data
