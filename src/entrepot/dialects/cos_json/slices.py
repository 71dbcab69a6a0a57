"""COS JSON's uploads in slices, and the older protocol of one ``op``.

Source: seed 004 "初始化分片上传" to "查询上传分片"; wire facts §6.7, §7.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from entrepot.core import operations as ops
from entrepot.core.facts.records import BY_SERVER, Attributes, Protection
from entrepot.core.fault import Fault, Kind
from entrepot.core.operations import Replace
from entrepot.core.ports import Reader
from entrepot.core.rules.sealed import default_of, encryption_of
from entrepot.dialects.cos_json.ask import Ask
from entrepot.dialects.cos_json.attributes import annotation
from entrepot.dialects.cos_json.objects import content_of, digest_of, replace_policy
from entrepot.dialects.cos_json.place import Place
from entrepot.dialects.cos_json.slicing import check_uploadparts

_MD5 = re.compile(r"[0-9a-fA-F]{32}", re.ASCII)


def init(ask: Ask) -> ops.Operation:
    """``op=upload_slice_init``. Without leave to overwrite a name that is taken is refused, whatever bytes are there.

    Source: seed 004, insertOnly of this chapter: 若已存在重名文件，则不做覆盖，返回上传失败.
    """
    return _start(ask, Replace.ALWAYS if replace_policy(ask) is Replace.ALWAYS else Replace.NEVER)


def upload_protection(reader: Reader, place: Place, said: Mapping[str, Any]) -> Protection | None:
    """As the upload was started that the bytes belong to; else as the bucket encrypts what is stored in it."""
    upload = reader.upload(str(said["session"])) if "session" in said else None
    if upload is not None:
        return None if upload.attributes.encryption is None else BY_SERVER
    return None if place.bucket is None else default_of(place.bucket)


def _start(ask: Ask, replace: Replace) -> ops.Operation:
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
    digest = digest_of(ask)
    part_bytes = _slice_size(ask)
    announced = check_uploadparts(ask.params.text("uploadparts"), size, digest)
    return ops.StartUpload(
        bucket=ask.bucket,
        key=key,
        size=size,
        part_bytes=part_bytes,
        sha1=digest or announced,
        attributes=Attributes(annotation=annotation(ask) or "", encryption=encryption_of(default_of(ask.bucket))),
        replace=replace,
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


def data(ask: Ask) -> ops.Operation:
    """``op=upload_slice_data``."""
    _check_md5(ask)
    return _part(ask, auto_complete=False)


def _check_md5(ask: Ask) -> None:
    text, found = ask.params.text("datamd5"), content_of(ask).md5
    if not text:
        return
    if not _MD5.fullmatch(text):
        raise Fault(Kind.PARAMETER_INVALID, f"datamd5 is {text[:60]!r}, not 32 hexadecimal digits")
    if found is None:
        raise Fault(Kind.PARAMETER_INVALID, "datamd5 must come before the content, or it cannot be compared")
    if bytes.fromhex(text) != found:
        raise Fault(Kind.DIGEST_MISMATCH, f"the slice has MD5 {found.hex()}, announced was {text.lower()}")


def _part(ask: Ask, *, auto_complete: bool) -> ops.Operation:
    key = ask.file()
    content = content_of(ask)
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


def finish(ask: Ask) -> ops.Operation:
    """``op=upload_slice_finish``."""
    key = ask.file()
    session = ask.params.needed("session")
    name = "filesize" if "filesize" in ask.params else "fileSize"
    size = ask.params.number(name, "filesize")
    if size is None:
        raise Fault(Kind.PARAMETER_MISSING, "the parameter filesize is missing", reason="missing-filesize")
    return ops.CompleteUpload(bucket=ask.bucket, key=key, upload=session, size=size, sha1=digest_of(ask))


def found(ask: Ask) -> ops.Operation:
    """``op=upload_slice_list``."""
    return ops.FindUpload(bucket=ask.bucket, key=ask.file())


def old_start(ask: Ask) -> ops.Operation:
    """The first request of the one-op protocol of v3: starts the session, or finds it by its SHA-1."""
    if digest_of(ask) is None:
        raise Fault(Kind.PARAMETER_MISSING, "the parameter sha is missing", reason="sha")
    return _start(ask, replace_policy(ask))


def old_data(ask: Ask) -> ops.Operation:
    """A slice of the one-op protocol; the last one that was missing completes the file."""
    return _part(ask, auto_complete=True)
