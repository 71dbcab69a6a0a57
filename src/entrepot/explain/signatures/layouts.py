"""What is signed, taken apart and put together again: one layout for each shape of canonical text.

A layout reads the text that a scheme computed of a request into :class:`Parts`, all of them bytes, and writes them
back; what it wrote of what it read is the same text. Where a scheme signs a digest of the text, the digest is put in
its place. Must not know mistakes. Sources are those of the schemes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from entrepot.core.value import Value

Pairs = tuple[tuple[bytes, bytes], ...]


class Parts(Value, frozen=True, kw_only=True):
    """A canonical text in parts; None for what the layout does not have.

    ``headers`` are names and values in order, as they are written there; ``kind`` is the content type where that stands
    by its place, ``digest`` the MD5; ``payload`` is what stands for the body; ``whole`` is a text without parts.
    """

    method: bytes | None = None
    host: bytes | None = None
    path: bytes | None = None
    query: bytes | None = None
    headers: Pairs = ()
    listed: bytes | None = None
    payload: bytes | None = None
    kind: bytes | None = None
    digest: bytes | None = None
    date: bytes | None = None
    whole: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a canonical text is written. ``hashed`` names the digest of it that is signed; None: it is signed itself.

    ``plain`` says that headers and parameters stand there percent-encoded as values, ``body`` that the text is made of
    the body, so that none of it may be shown.
    """

    read: Callable[[bytes], Parts | None]
    write: Callable[[Parts], bytes]
    hashed: str | None = None
    encodes_headers: bool = False
    body: bool = False
    bare_path: bool = False
    """Whether the path stands there decoded."""


# The shapes.


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name, value


def _read_scoped(text: bytes) -> Parts | None:
    lines = text.split(b"\n")
    if len(lines) < 6:
        return None
    headers = tuple(_header(line) for line in lines[3:-3] if line)
    return Parts(
        method=lines[0], path=lines[1], query=lines[2], headers=headers, listed=lines[-2], payload=lines[-1]
    )  # fmt: skip


def _write_scoped(parts: Parts) -> bytes:
    head = [parts.method or b"", parts.path or b"", parts.query or b""]
    lines = [name + b":" + value for name, value in parts.headers]
    return b"\n".join([*head, *lines, b"", parts.listed or b"", parts.payload or b""])


def _read_q_sign(text: bytes) -> Parts | None:
    lines = text.split(b"\n")
    if len(lines) < 5:
        return None
    headers = tuple(pair.partition(b"=")[::2] for pair in lines[-2].split(b"&") if pair)
    return Parts(method=lines[0], path=b"\n".join(lines[1:-3]), query=lines[-3], headers=headers)


def _write_q_sign(parts: Parts) -> bytes:
    block = b"&".join(name + b"=" + value for name, value in parts.headers)
    return b"\n".join((parts.method or b"", parts.path or b"", parts.query or b"", block, b""))


def _read_header_v1(text: bytes) -> Parts | None:
    lines = text.split(b"\n")
    start = next((at for at in range(4, len(lines)) if lines[at].startswith(b"/")), None)
    if start is None:
        return None
    path, question, query = _at_last(b"\n".join(lines[start:]))
    return Parts(
        method=lines[0], digest=lines[1], kind=lines[2], date=lines[3], path=path, query=query if question else b"",
        headers=tuple(map(_header, lines[4:start])),
    )  # fmt: skip


def _at_last(resource: bytes) -> tuple[bytes, bytes, bytes]:
    """A resource at its last question mark: a key may hold some."""
    path, question, query = resource.rpartition(b"?")
    return (path, question, query) if question else (resource, b"", b"")


def _write_header_v1(parts: Parts) -> bytes:
    head = [parts.method or b"", parts.digest or b"", parts.kind or b"", parts.date or b""]
    lines = [name + b":" + value for name, value in parts.headers]
    resource = (parts.path or b"") + (b"?" + parts.query if parts.query else b"")
    return b"\n".join([*head, *lines, resource])


_RPC_PATH: Final = b"&%2F&"


def _read_rpc(text: bytes) -> Parts | None:
    method, between, query = text.partition(_RPC_PATH)
    return Parts(method=method, path=b"%2F", query=unquote_to_bytes(query)) if between else None


def _write_rpc(parts: Parts) -> bytes:
    written = quote(parts.query or b"", safe="-_.~").encode()
    return b"&".join((parts.method or b"", parts.path or b"", written))


def _read_tc3_v1(text: bytes) -> Parts | None:
    head, between, query = text.partition(b"/?")
    method = next((one for one in (b"GET", b"POST") if head.startswith(one)), None)
    if not between or method is None:
        return None
    return Parts(method=method, host=head.removeprefix(method), path=b"/?", query=query)


def _write_tc3_v1(parts: Parts) -> bytes:
    return b"".join((parts.method or b"", parts.host or b"", parts.path or b"", parts.query or b""))


def _read_whole(text: bytes) -> Parts | None:
    return Parts(whole=text)


def _write_whole(parts: Parts) -> bytes:
    return parts.whole or b""


_SCOPED: Final = Layout(read=_read_scoped, write=_write_scoped, hashed="sha256")
_Q_SIGN: Final = Layout(
    read=_read_q_sign, write=_write_q_sign, hashed="sha1", encodes_headers=True, bare_path=True
)  # fmt: skip
_HEADER_V1: Final = Layout(read=_read_header_v1, write=_write_header_v1, bare_path=True)
_FORM: Final = Layout(read=_read_whole, write=_write_whole, body=True)

LAYOUTS: Final[Mapping[str, Layout]] = {
    **dict.fromkeys(("aws4", "oss4", "tos4", "sts4", "volc", "acs3", "tc3"), _SCOPED),
    "q-sign": _Q_SIGN,
    "oss1": _HEADER_V1,
    "aws2": _HEADER_V1,
    "acs-rpc": Layout(read=_read_rpc, write=_write_rpc, body=True),
    "tc3-v1": Layout(read=_read_tc3_v1, write=_write_tc3_v1, body=True),
    "cos-app": Layout(read=_read_whole, write=_write_whole),
}
"""By the family of a scheme."""

_FORMS: Final = ("-form",)


def family_of(scheme: str) -> str:
    """The family of a scheme's name, whether it travels in a header, an address or a form."""
    return next((name for name in sorted(LAYOUTS, key=len, reverse=True) if scheme.startswith(name)), scheme)


def layout_of(scheme: str) -> Layout:
    """The layout of a scheme by its name."""
    if scheme.endswith(_FORMS):
        return _FORM
    return LAYOUTS.get(family_of(scheme), _FORM)


def digested(layout: Layout, text: bytes, canonical: bytes, written: bytes) -> bytes | None:
    """The string to sign with another canonical text in the place of ``canonical``; None if that is not in it."""
    if layout.hashed is None:
        return written if text == canonical else None
    old = hashlib.new(layout.hashed, canonical).hexdigest().encode()
    return text.replace(old, hashlib.new(layout.hashed, written).hexdigest().encode()) if old in text else None
