"""Parts of a seed as the core's values, checked as a request that says the same would be. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

import orjson

from entrepot.admin.bucket_rules import bucket_tags, check_cors, check_lifecycle, cors_rule, lifecycle_rule
from entrepot.admin.buckets import check_settings
from entrepot.admin.seed.shape import SeedBucket, SeedCors, SeedGrant, SeedLifecycle, SeedObject, SeedPolicy
from entrepot.core.facts.names import check_key
from entrepot.core.facts.records import Attributes, BucketSettings, CorsRule, LifecycleRule
from entrepot.core.fault import Fault, Kind
from entrepot.dialects.s3like.operations.object_headers import HEADERS, check_tags

METADATA_MAX_BYTES: Final = 2048
"""As the strictest of the dialects counts it."""
_META_NAME = re.compile(r"[a-z0-9!#$&'*+.^_`|~%-]+", re.ASCII)


def settings_of(said: SeedBucket, old: BucketSettings) -> BucketSettings:
    """What a bucket's settings become; what is not said stays. Raises Fault PARAMETER_INVALID."""
    changes: dict[str, Any] = {}
    if said.acl is not None:
        changes |= {"acl": said.acl, "acl_of_objects": True}
    named = (("protect_downloads", said.token_protected), ("referer_empty", said.referer_empty))
    changes |= {name: value for name, value in (*named, ("encryption", said.encryption)) if value is not None}
    for name in ("referer_allow", "referer_deny", "domains"):
        listed: tuple[str, ...] | None = getattr(said, name)
        if listed is not None:
            changes[name] = tuple(one.lower() for one in listed)
    if said.tags is not None:
        changes["tags"] = bucket_tags(list(said.tags.items()))
    if said.cors is not None:
        changes["cors"] = check_cors(tuple(map(_cors_rule, said.cors)))
    if said.lifecycle is not None:
        changes["lifecycle"] = check_lifecycle(tuple(map(_lifecycle_rule, said.lifecycle)))
    return check_settings(replace(old, **changes))


def _cors_rule(rule: SeedCors) -> CorsRule:
    return cors_rule(
        id=rule.id, origins=rule.origins, methods=rule.methods, headers=rule.headers, expose=rule.expose,
        max_age_seconds=rule.max_age_seconds,
    )  # fmt: skip


def _lifecycle_rule(rule: SeedLifecycle) -> LifecycleRule:
    return lifecycle_rule(
        id=rule.id, enabled=rule.enabled, prefix=rule.prefix, tags=rule.tags,
        expire_days=rule.expire_days, abort_days=rule.abort_days,
    )  # fmt: skip


def attributes_of(said: SeedObject) -> Attributes:
    """What an object says beside its bytes. Raises Fault PARAMETER_INVALID, NAME_INVALID."""
    check_key(said.key)
    headers = {}
    for name, value in said.headers.items():
        shown = HEADERS.get(name.lower())
        if shown is None:
            raise _wrong(f"the header {name[:60]!r} is not kept; there are {', '.join(HEADERS.values())}")
        headers[shown] = _printable(value, shown)
    for name, value in said.metadata.items():
        if not _META_NAME.fullmatch(name):
            raise _wrong(f"{name[:80]!r} is no name of metadata: small letters, digits and signs, without a prefix")
        _printable(value, name)
    size = sum(len(name) + len(value.encode()) for name, value in said.metadata.items())
    if size > METADATA_MAX_BYTES:
        raise _wrong(f"the metadata has {size} bytes; at most {METADATA_MAX_BYTES} are allowed")
    return Attributes(headers=headers, metadata=said.metadata, tags=check_tags(list(said.tags.items())), acl=said.acl)


def _printable(value: str, name: str) -> str:
    if not value.isprintable():
        raise _wrong(f"{name} holds control characters")
    return value


def bytes_of(said: SeedObject) -> bytes:
    """The bytes of an object. Raises Fault PARAMETER_INVALID where it has several, or they are in a file."""
    given = [name for name in ("text", "base64", "file") if getattr(said, name) is not None]
    if len(given) > 1:
        raise _wrong(f"an object has one of text, base64 and file, not {' and '.join(given)}")
    if said.file is not None:
        raise _wrong("a file is read by the command line; send its bytes as base64")
    if said.key.endswith("/") and (said.text or said.base64):
        raise _wrong("a key that ends in / is a directory and has no bytes")
    return said.base64 or (said.text or "").encode()


def text_of(said: SeedPolicy | SeedGrant) -> str | None:
    """The text of a policy; None where there is none. Raises Fault PARAMETER_INVALID."""
    if said.text is not None and said.document is not None:
        raise _wrong("a policy has a text or a document, not both")
    return said.text if said.document is None else orjson.dumps(said.document).decode()


def _wrong(message: str) -> Fault:
    return Fault(Kind.PARAMETER_INVALID, message)
