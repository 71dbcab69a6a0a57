"""COS JSON's operations on files and directories: one small function an ``op``.

Source: seed 004, a chapter an operation; wire facts §5, §6.
"""

from __future__ import annotations

import re

from entrepot.core import operations as ops
from entrepot.core.facts.records import Attributes, Staged
from entrepot.core.fault import Fault, Kind
from entrepot.core.operations import Only, Replace
from entrepot.core.rules.sealed import default_of, encryption_of
from entrepot.dialects.cos_json.ask import Ask
from entrepot.dialects.cos_json.attributes import annotation
from entrepot.dialects.cos_json.context import decode_context
from entrepot.dialects.cos_json.params import stored_type
from entrepot.dialects.cos_json.place import target_key

_PATTERN = {
    "eListBoth": Only.BOTH, "ListBoth": Only.BOTH,
    "eListDirOnly": Only.DIRECTORIES, "ListDirOnly": Only.DIRECTORIES,
    "eListFileOnly": Only.FILES, "ListFileOnly": Only.FILES,
}  # fmt: skip
_FOLDER_RESERVED = re.compile(r'[?*:|\\<>"]')
_SHA1 = re.compile(r"[0-9a-fA-F]{40}", re.ASCII)
_LIST_DEFAULT, _LIST_MAX = 1000, 1000


def create(ask: Ask) -> ops.Operation:
    """``op=create``: a directory."""
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


def listed(ask: Ask) -> ops.Operation:
    """``op=list``: of a directory, a prefix, or the buckets."""
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


def stat(ask: Ask) -> ops.Operation:
    """``op=stat``."""
    if ask.place.key:
        return ops.StatObject(bucket=ask.bucket, key=ask.place.key, sha1=True, reads=True)
    return ops.StatBucket(bucket=ask.bucket)


def delete(ask: Ask) -> ops.Operation:
    """``op=delete``: a file, or an empty directory."""
    if ask.place.key.endswith("/") or not ask.place.key:
        return ops.RemoveDirectory(bucket=ask.bucket, key=ask.directory())
    return ops.DeleteObject(bucket=ask.bucket, key=ask.place.key)


def replace_policy(ask: Ask) -> Replace:
    """What ``insertOnly`` says of a name that is taken. Raises Fault PARAMETER_INVALID."""
    only_insert = ask.params.number("insertOnly")
    if only_insert not in {None, 0, 1}:
        raise Fault(Kind.PARAMETER_INVALID, f"insertOnly is {only_insert}; it must be 0 or 1")
    return Replace.ALWAYS if only_insert == 0 else Replace.SAME_BYTES


def digest_of(ask: Ask, name: str = "sha") -> bytes | None:
    """A SHA-1 that the client announced; empty counts as absent. Raises Fault PARAMETER_INVALID."""
    text = ask.params.text(name)
    if not text:
        return None
    if not _SHA1.fullmatch(text):
        raise Fault(Kind.PARAMETER_INVALID, f"{name} is {text[:60]!r}, not 40 hexadecimal digits", reason="sha-format")
    return bytes.fromhex(text)


def content_of(ask: Ask) -> Staged:
    """The bytes. Raises Fault PARAMETER_MISSING."""
    if ask.params.content is None:
        raise Fault(Kind.PARAMETER_MISSING, "the form has no part filecontent", reason="filecontent")
    return ask.params.content


def _attributes(ask: Ask, key: str) -> Attributes:
    media_type = stored_type(key, ask.params.content_type)
    return Attributes(
        annotation=annotation(ask) or "",
        headers={} if media_type is None else {"Content-Type": media_type},
        encryption=encryption_of(default_of(ask.bucket)),
    )


def upload(ask: Ask) -> ops.Operation:
    """``op=upload``: a whole file."""
    key = ask.file()
    content = content_of(ask)
    for digest in (digest_of(ask), digest_of(ask, "sha1")):
        if digest is not None and digest != content.sha1:
            found = (content.sha1 or b"").hex()
            raise Fault(Kind.DIGEST_MISMATCH, f"the content has SHA-1 {found}, announced was {digest.hex()}")
    return ops.PutObject(
        bucket=ask.bucket,
        key=key,
        content=content,
        attributes=_attributes(ask, key),
        replace=replace_policy(ask),
        tree=True,
        need_parent=ask.settings.need_parent,
    )


def relocate(ask: Ask, *, move: bool) -> ops.Operation:
    """``op=move`` and ``op=copy``."""
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
