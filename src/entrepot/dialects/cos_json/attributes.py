"""Attributes of files and directories: ``biz_attr``, ``authority``, ``custom_headers``, ``forbid``.

Source: seed 004 "更新文件属性"; wire facts §6.4.
"""

from __future__ import annotations

import re
from typing import Any

from entrepot.core import operations as ops
from entrepot.core.facts.records import Acl, Lock
from entrepot.core.fault import Fault, Kind
from entrepot.dialects.cos_json.ask import Ask
from entrepot.dialects.cos_json.known import CUSTOM_HEADERS, META
from entrepot.dialects.cos_json.params import Params

_META_NAME = re.compile(r"[a-z0-9!#$&'*+.^_`|~-]+", re.ASCII)
ATTRIBUTES_MAX_BYTES = 64 * 1024

_FLAGS = 0x01 | 0x40 | 0x80
_AUTHORITY = {"eInvalid": None, "eWRPrivate": Acl.PRIVATE, "eWPrivateRPublic": Acl.PUBLIC_READ}


def update(ask: Ask) -> ops.Operation:
    """``op=update``: what is not given stays, unless ``flag`` says otherwise. Source: wire facts §6.4."""
    if not ask.place.key:
        raise Fault(Kind.NAME_INVALID, "the bucket's own attributes are set with `entrepot bucket`, not here")
    params = ask.params
    flag = params.number("flag", "flag")
    if flag is not None and flag & ~_FLAGS:
        raise Fault(Kind.PARAMETER_INVALID, f"flag is {flag}; its bits are 1, 64 and 128", reason="flag")
    note = annotation(ask)
    headers, metadata = _custom_headers(params)
    authority = params.text("authority") or None
    if authority is not None and authority not in _AUTHORITY:
        raise Fault(
            Kind.PARAMETER_INVALID,
            f"authority is {authority[:40]!r}; it must be one of {', '.join(_AUTHORITY)}",
            reason="authority",
        )
    forbid = params.number("forbid")
    if forbid is not None and not 0 <= forbid <= 3:
        raise Fault(Kind.PARAMETER_INVALID, f"forbid is {forbid}; it must be 0, 1 (reading) or 2 (writing)")
    if ask.place.key.endswith("/") and (headers or metadata or authority or forbid):
        raise Fault(Kind.PARAMETER_INVALID, "a directory has biz_attr only", reason="attribute")

    def chosen(bit: int) -> bool:
        return flag is None or bool(flag & bit)

    return ops.UpdateObject(
        bucket=ask.bucket,
        key=ask.place.key,
        annotation=note if chosen(0x01) else None,
        acl=_AUTHORITY[authority] if authority is not None and chosen(0x80) else None,
        inherit_acl=authority == "eInvalid" and chosen(0x80),
        headers=headers if chosen(0x40) else None,
        metadata=metadata if chosen(0x40) else None,
        lock=None if forbid is None else Lock(forbid),
    )


def annotation(ask: Ask) -> str | None:
    """``biz_attr``: one opaque text. Raises Fault PARAMETER_INVALID when it is too long."""
    value = ask.params.text("biz_attr")
    if value is not None and len(value.encode("utf-8", "replace")) > ATTRIBUTES_MAX_BYTES:
        raise Fault(Kind.PARAMETER_INVALID, f"biz_attr is longer than {ATTRIBUTES_MAX_BYTES} bytes", reason="attribute")
    return value


def _custom_headers(params: Params) -> tuple[dict[str, str] | None, dict[str, str] | None]:
    """Known headers under their canonical names, and metadata. Raises Fault PARAMETER_INVALID for any other."""
    given = params.object("custom_headers")
    if given is None:
        return None, None
    headers: dict[str, str] = {}
    metadata: dict[str, str] = {}
    total = 0
    for name, value in given.items():
        lower = name.lower()
        text = _header_value(name, value)
        total += len(name) + len(text.encode())
        if lower in CUSTOM_HEADERS:
            into, key = headers, CUSTOM_HEADERS[lower]
        elif lower.startswith(META) and _META_NAME.fullmatch(lower.removeprefix(META)):
            into, key = metadata, lower.removeprefix(META)
        else:
            known = ", ".join(CUSTOM_HEADERS.values())
            raise _wrong(f"custom_headers know no {name[:60]!r}, only {known} and {META}*")
        if key in into:
            raise _wrong(f"custom_headers have {name[:60]!r} twice")
        into[key] = text
    if total > ATTRIBUTES_MAX_BYTES:
        raise _wrong(f"custom_headers are longer than {ATTRIBUTES_MAX_BYTES} bytes")
    return headers, metadata


def _wrong(why: str) -> Fault:
    return Fault(Kind.PARAMETER_INVALID, why, reason="attribute")


def _header_value(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong(f"the header {name[:60]!r} must be a text")
    if value and not value.isprintable():
        raise _wrong(f"the header {name[:60]!r} holds control characters")
    return value
