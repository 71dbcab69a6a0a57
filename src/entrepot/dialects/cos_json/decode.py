"""COS JSON requests to operations: one small function an ``op``, in a table.

Source: seed 004, a chapter an operation; wire facts §5, §6.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from entrepot.core import operations as ops
from entrepot.core.facts.records import Attributes, Staged
from entrepot.core.fault import Fault, Kind
from entrepot.core.operations import Only, Replace
from entrepot.core.rights.grant import Right
from entrepot.core.rules.intake import Intake
from entrepot.dialects.cos_json.ask import Ask
from entrepot.dialects.cos_json.attributes import annotation, update
from entrepot.dialects.cos_json.auth import check_kind
from entrepot.dialects.cos_json.context import decode_context
from entrepot.dialects.cos_json.params import read_params, stored_type
from entrepot.dialects.cos_json.place import Place, target_key
from entrepot.dialects.cos_json.settings import CosJsonSettings
from entrepot.dialects.cos_json.slicing import check_uploadparts
from entrepot.signing.scheme import Claim
from entrepot.wire.http import Request

_PATTERN = {
    "eListBoth": Only.BOTH, "ListBoth": Only.BOTH,
    "eListDirOnly": Only.DIRECTORIES, "ListDirOnly": Only.DIRECTORIES,
    "eListFileOnly": Only.FILES, "ListFileOnly": Only.FILES,
}  # fmt: skip
_FOLDER_RESERVED = re.compile(r'[?*:|\\<>"]')
_SHA1 = re.compile(r"[0-9a-fA-F]{40}", re.ASCII)
_LIST_DEFAULT, _LIST_MAX = 1000, 1000


async def decode(
    request: Request, place: Place, claim: Claim | None, intake: Intake, settings: CosJsonSettings
) -> ops.Operation:
    """The operation that a request asks for.

    Raises:
        Fault: whatever is wrong with it; nothing is stored then.
    """
    if not place.api:
        return _download(request, place)
    if request.method not in {"GET", "HEAD", "POST"}:
        raise Fault(Kind.METHOD_NOT_ALLOWED, f"the API takes GET, HEAD and POST, not {request.method}")
    if place.bucket is not None:
        intake.expect((Right.PUT_OBJECT, Right.PUT_PART), place.bucket, place.key)
    params = await read_params(request, intake, settings)
    name = params.text("op")
    if not name:
        if request.method == "POST":
            raise Fault(Kind.PARAMETER_MISSING, "the parameter op is missing", reason="op")
        op: ops.Operation = ops.ReadObject(
            bucket=place.existing_bucket(), key=Ask(place=place, params=params, settings=settings).file()
        )
    else:
        op = _operation(request.method, name, Ask(place=place, params=params, settings=settings))
    if claim is not None:
        check_kind(op, claim, settings)
    return op


def _operation(method: str, name: str, ask: Ask) -> ops.Operation:
    entry = OPERATIONS.get(name)
    if entry is None:
        known = ", ".join(sorted(OPERATIONS))
        raise Fault(Kind.NOT_IMPLEMENTED, f"there is no op {name[:40]!r}; there are: {known}")
    if method not in entry.methods:
        raise Fault(Kind.METHOD_NOT_ALLOWED, f"op={name} takes {' or '.join(entry.methods)}, not {method}")
    return entry.decode(ask)


def _download(request: Request, place: Place) -> ops.Operation:
    if request.method not in {"GET", "HEAD"}:
        raise Fault(Kind.METHOD_NOT_ALLOWED, f"a download host takes GET and HEAD, not {request.method}")
    bucket = place.existing_bucket()
    if not place.key or place.key.endswith("/"):
        raise Fault(Kind.OBJECT_MISSING, f"there is no file {place.key!r}")
    return ops.ReadObject(bucket=bucket, key=place.key)


def _create(ask: Ask) -> ops.Operation:
    key = ask.directory()
    reserved = _FOLDER_RESERVED.search(key)
    if reserved is not None:
        raise Fault(Kind.NAME_INVALID, f"a directory's name must not hold {reserved.group()!r}")
    return ops.MakeDirectory(
        bucket=ask.bucket,
        key=key,
        attributes=Attributes(annotation=annotation(ask) or ""),
        exist_ok=ask.settings.mkdir_existing == "ok",
    )


def _list(ask: Ask) -> ops.Operation:
    count = ask.params.number("num", "list-num")
    if count is None:
        count = _LIST_DEFAULT
    if count < 1:
        raise Fault(Kind.PARAMETER_INVALID, f"num is {count}; it must be at least 1", reason="list-min")
    if count > _LIST_MAX:
        raise Fault(
            Kind.PARAMETER_INVALID, f"num is {count}; at most {_LIST_MAX} are listed at once", reason="list-num"
        )
    context = ask.params.text("context")
    if not ask.place.bucket_name:
        after = decode_context(context) if context else None
        return ops.ListBuckets(account=ask.place.account, after=after and after.rstrip("/"), limit=count)
    pattern = ask.params.text("pattern") or "eListBoth"
    if pattern not in _PATTERN:
        raise Fault(Kind.PARAMETER_INVALID, f"pattern is {pattern[:40]!r}; it must be one of {', '.join(_PATTERN)}")
    order = ask.params.number("order") or 0
    if order not in {0, 1}:
        raise Fault(Kind.PARAMETER_INVALID, f"order is {order}; it must be 0 (ascending) or 1 (descending)")
    directory, slash, prefix = ask.place.key.rpartition("/")
    return ops.ListDirectory(
        bucket=ask.bucket,
        directory=directory + slash,
        prefix=prefix,
        after=decode_context(context) if context else None,
        limit=count,
        descending=order == 1,
        only=_PATTERN[pattern],
    )


def _stat(ask: Ask) -> ops.Operation:
    if ask.place.key:
        return ops.StatObject(bucket=ask.bucket, key=ask.place.key, sha1=True)
    return ops.StatBucket(bucket=ask.bucket)


def _delete(ask: Ask) -> ops.Operation:
    if ask.place.key.endswith("/") or not ask.place.key:
        return ops.RemoveDirectory(bucket=ask.bucket, key=ask.directory())
    return ops.DeleteObject(bucket=ask.bucket, key=ask.place.key)


def _policy(ask: Ask) -> Replace:
    only_insert = ask.params.number("insertOnly")
    if only_insert not in {None, 0, 1}:
        raise Fault(Kind.PARAMETER_INVALID, f"insertOnly is {only_insert}; it must be 0 or 1")
    return Replace.ALWAYS if only_insert == 0 else Replace.SAME_BYTES


def _digest(ask: Ask) -> bytes | None:
    text = ask.params.text("sha")
    if not text:
        return None
    if not _SHA1.fullmatch(text):
        raise Fault(Kind.PARAMETER_INVALID, f"sha is {text[:60]!r}, not 40 hexadecimal digits", reason="sha-format")
    return bytes.fromhex(text)


def _content(ask: Ask) -> Staged:
    if ask.params.content is None:
        raise Fault(Kind.PARAMETER_MISSING, "the form has no part filecontent", reason="filecontent")
    return ask.params.content


def _attributes(ask: Ask, key: str) -> Attributes:
    media_type = stored_type(key, ask.params.content_type)
    return Attributes(
        annotation=annotation(ask) or "", headers={} if media_type is None else {"Content-Type": media_type}
    )


def _upload(ask: Ask) -> ops.Operation:
    key = ask.file()
    content = _content(ask)
    digest = _digest(ask)
    if digest is not None and digest != content.sha1:
        found = (content.sha1 or b"").hex()
        raise Fault(Kind.DIGEST_MISMATCH, f"the content has SHA-1 {found}, announced was {digest.hex()}")
    return ops.PutObject(
        bucket=ask.bucket,
        key=key,
        content=content,
        attributes=_attributes(ask, key),
        replace=_policy(ask),
        tree=True,
        need_parent=ask.settings.need_parent,
    )


def _slice_init(ask: Ask) -> ops.Operation:
    key = ask.file()
    size = ask.params.number("filesize", "filesize")
    if size is None:
        raise Fault(Kind.PARAMETER_MISSING, "the parameter filesize is missing", reason="missing-filesize")
    if not 0 < size <= ask.settings.file_max_bytes:
        raise Fault(
            Kind.PARAMETER_INVALID,
            f"filesize is {size}; it must be 1 to {ask.settings.file_max_bytes} bytes",
            reason="filesize",
        )
    digest = _digest(ask)
    part_bytes = _slice_size(ask)
    announced = check_uploadparts(ask.params.text("uploadparts"), size, digest)
    return ops.StartUpload(
        bucket=ask.bucket,
        key=key,
        size=size,
        part_bytes=part_bytes,
        sha1=digest or announced,
        attributes=Attributes(annotation=annotation(ask) or ""),
        replace=_policy(ask),
        need_parent=ask.settings.need_parent,
        refuse_pending=ask.settings.pending_init == "refuse",
    )


def _slice_size(ask: Ask) -> int:
    size = ask.params.number("slice_size")
    if size is None:
        raise Fault(Kind.PARAMETER_MISSING, "the parameter slice_size is missing")
    if size < ask.settings.slice_min_bytes:
        raise Fault(
            Kind.PARAMETER_INVALID,
            f"slice_size is {size}; it must be at least {ask.settings.slice_min_bytes} bytes",
            reason="slice-small",
        )
    if size > ask.settings.slice_max_bytes:
        raise Fault(
            Kind.PARAMETER_INVALID,
            f"slice_size is {size}; it must be at most {ask.settings.slice_max_bytes} bytes",
            reason="slice",
        )
    return size


def _slice_data(ask: Ask, *, auto_complete: bool = False) -> ops.Operation:
    key = ask.file()
    content = _content(ask)
    if content.size > ask.settings.slice_max_bytes:
        raise Fault(
            Kind.TOO_LARGE,
            f"the slice has {content.size} bytes; at most {ask.settings.slice_max_bytes} are allowed",
            reason="slice",
        )
    session = ask.params.needed("session")
    offset = ask.params.number("offset", "form")
    if offset is None:
        raise Fault(Kind.PARAMETER_MISSING, "the parameter offset is missing")
    return ops.PutPart(
        bucket=ask.bucket, key=key, upload=session, offset=offset, content=content, auto_complete=auto_complete
    )


def _slice_finish(ask: Ask) -> ops.Operation:
    key = ask.file()
    session = ask.params.needed("session")
    name = "filesize" if "filesize" in ask.params else "fileSize"
    size = ask.params.number(name, "filesize")
    if size is None:
        raise Fault(Kind.PARAMETER_MISSING, "the parameter filesize is missing", reason="missing-filesize")
    return ops.CompleteUpload(bucket=ask.bucket, key=key, upload=session, size=size, sha1=_digest(ask))


def _slice_list(ask: Ask) -> ops.Operation:
    return ops.FindUpload(bucket=ask.bucket, key=ask.file())


def _old_slices(ask: Ask) -> ops.Operation:
    """The one-op protocol of v3: without content it starts (or finds) the session, with content it adds a slice."""
    if ask.params.content is not None:
        return _slice_data(ask, auto_complete=True)
    if _digest(ask) is None:
        raise Fault(Kind.PARAMETER_MISSING, "the parameter sha is missing", reason="sha")
    return _slice_init(ask)


def _relocate(ask: Ask, *, move: bool) -> ops.Operation:
    source = ask.file()
    dest = ask.params.needed("dest_fileid", "dest-empty")
    target = target_key(source, dest)
    if not target or target.endswith("/"):
        raise Fault(Kind.NAME_INVALID, f"dest_fileid {dest[:60]!r} must name a file", reason="file-slash")
    over = ask.params.number("to_over_write")
    if over not in {None, 0, 1}:
        raise Fault(Kind.PARAMETER_INVALID, f"to_over_write is {over}; it must be 0 or 1")
    return ops.CopyObject(
        bucket=ask.bucket,
        key=source,
        target=target,
        replace=Replace.ALWAYS if over == 1 else Replace.NEVER,
        tree=True,
        move=move,
        need_parent=ask.settings.need_parent,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """How an ``op`` is understood, and by which HTTP methods it may come."""

    decode: Callable[[Ask], ops.Operation]
    methods: tuple[str, ...] = ("POST",)
    about: str


OPERATIONS = {
    "create": Entry(decode=_create, about="make a directory"),
    "list": Entry(decode=_list, methods=("GET", "HEAD"), about="list a directory, a prefix, or the buckets"),
    "stat": Entry(decode=_stat, methods=("GET", "HEAD"), about="attributes of a file, directory or bucket"),
    "delete": Entry(decode=_delete, about="delete a file or an empty directory"),
    "update": Entry(decode=update, about="change attributes"),
    "upload": Entry(decode=_upload, about="upload up to 20 MB in one request"),
    "upload_slice_init": Entry(
        decode=_slice_init, about="start a sliced upload, or finish it at once when the bytes are known"
    ),
    "upload_slice_data": Entry(decode=_slice_data, about="upload one slice"),
    "upload_slice_finish": Entry(decode=_slice_finish, about="complete a sliced upload"),
    "upload_slice_list": Entry(decode=_slice_list, methods=("POST", "GET"), about="which slices are there"),
    "upload_slice": Entry(decode=_old_slices, about="the older one-op slice protocol"),
    "move": Entry(decode=lambda ask: _relocate(ask, move=True), about="move or rename a file"),
    "copy": Entry(decode=lambda ask: _relocate(ask, move=False), about="copy a file"),
}
