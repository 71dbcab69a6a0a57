"""The closed world: nothing in a request that its operation does not declare is done, dropped or turned into something.

Everything that changes something, every listing and every call of the service refuses each parameter that it does not
know; so does a read of an object, but for names that no document or SDK of the cloud gives a meaning, because pages add
such (``?v=3``). Of headers only those below the cloud's own prefix are asked about, and those that are conditions:
unknown ones are refused on what changes something, and counted and logged on what does not. What is known may come
once, but a header that is a list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from entrepot.core.fault import Fault, Kind
from entrepot.dialects.s3like.flavour import Flavour
from entrepot.dialects.s3like.flavour.known import CONDITIONS, NOTHING, Known, RouteKey
from entrepot.dialects.s3like.flavour.route import PART
from entrepot.wire.http import Request

_READS = frozenset({"GET", "HEAD"})
_CLOUDS = ("x-amz-", "x-cos-", "x-oss-", "x-tos-")
_STRANGE = (
    *(name.encode() for name in _CLOUDS),
    *(start + cloud[2:5] + end for cloud in (name.encode() for name in _CLOUDS)
      for start, end in ((b"x_", b"-"), (b"x-", b"_"), (b"x_", b"_"))),
    b"pic-operations", b"x-ci-process",
)  # fmt: skip
"""What asks another cloud, or asks this one in a spelling that some servers read and others do not; and headers of COS
that lie outside its prefix: images that are to be made of what is stored (Tencent, "Image persistence")."""
_SUSPECT = (b"x", b"pic-")
"""How all of those begin: most headers are none of them by their first letter."""
_BY_OTHERS = frozenset({b"x-amz-cf-id"})
"""What stands in any request that came that way: Amazon CloudFront adds it."""
_ONCE = frozenset({
    b"authorization", b"content-md5", b"content-type", b"content-encoding", b"content-disposition", b"cache-control",
    b"content-language", b"expires", b"range", b"date",
}) | {name.encode() for name in CONDITIONS}  # fmt: skip
"""Standard headers of which only one can be meant; of two the first would be done and the other one dropped."""
_NO_BYTES_MD5 = b"1B2M2Y8AsgTpgAmY7PhCfg=="


@dataclass(frozen=True, slots=True)
class _Allowed:
    """A declaration, ready to be compared with what came."""

    query: frozenset[str]
    own: frozenset[str]
    """Parameters below the cloud's own prefix, in lower case: signatures, and headers where those may stand here."""
    meaningful: frozenset[str]
    """What the cloud gives a meaning, in lower case."""
    headers: frozenset[bytes]
    starts: tuple[bytes, ...]
    only: dict[bytes, bytes]
    repeated: frozenset[bytes]
    conditions: frozenset[bytes]
    refused: tuple[bytes, ...]
    """Beginnings of names that ask for something that is not here."""
    changes: bool
    bodiless: bool
    content: bool
    plain_read: bool


@cache
def _allowed(flavour: Flavour, key: RouteKey) -> _Allowed:
    """Made once for each operation of each flavour."""
    level, method, sub = key
    operations = flavour.operations
    declared = operations.known.get(key, NOTHING) | operations.anywhere
    prefix = flavour.prefix
    named = {"partNumber", "uploadId"} if sub.startswith(PART) else {sub} if sub and not sub.startswith("+") else set()
    full = {prefix + name for name in declared.headers}
    unheeded = {name for name in declared.unheeded if name.startswith(prefix)}
    meaningful = {*(name for _, _, name in operations.routes), "partNumber", "uploadId"}
    meaningful = meaningful.union(*(one.query for one in operations.known.values()))
    return _Allowed(
        query=frozenset(declared.query | named | (declared.unheeded.keys() - unheeded)),
        own=frozenset(
            name.lower()
            for name in declared.query | (full | unheeded if operations.hoisted else set())
            if name.lower().startswith(prefix)
        ),
        meaningful=frozenset(name.lower() for name in meaningful),
        headers=frozenset(name.encode() for name in full | unheeded if not name.endswith("*")),
        starts=tuple(sorted(name.removesuffix("*").encode() for name in full | unheeded if name.endswith("*"))),
        only={name.encode(): value.encode() for name, value in declared.only.items()},
        repeated=frozenset((prefix + name).encode() for name in declared.repeated),
        conditions=frozenset(name.encode() for name in CONDITIONS - declared.conditions),
        refused=tuple(name.encode() for name in operations.refused_headers),
        changes=method not in _READS,
        bodiless=_is_bodiless(method, declared),
        content=declared.content,
        plain_read=level == "object" and method in _READS and not sub,
    )


def check(
    request: Request, flavour: Flavour, key: RouteKey, query: Iterable[tuple[str, str]], *, lenient: bool
) -> tuple[str, ...]:
    """Refuse what the operation does not declare.

    Returns:
        The names of what was ignored.

    Raises:
        Fault: NOT_IMPLEMENTED for what the cloud has and this server has not, and for headers; PARAMETER_INVALID for
            other parameters and for what comes twice.
    """
    allowed = _allowed(flavour, key)
    ignored = _check_query(query, flavour, allowed, key) if request.raw_query else []
    _check_headers(request, flavour, allowed, ignored, lenient=lenient)
    if allowed.bodiless and request.content_length():
        raise _no_body()
    if allowed.changes and not allowed.content:
        _check_no_bytes(request)
    return tuple(ignored)


async def check_empty(request: Request, known: Known) -> None:
    """Refuse the bytes of a body in chunks where the operation takes none; the chunks may hold nothing.

    Source: the OSS SDK for Go v2, whose empty bodies come in chunks. Raises Fault MALFORMED.
    """
    if _is_bodiless(request.method, known) and request.header(b"transfer-encoding") is not None:
        async for piece in request.body:
            if piece:
                raise _no_body()


def _is_bodiless(method: str, known: Known) -> bool:
    return method not in {*_READS, "DELETE"} and not known.content and not known.shapes


def _no_body() -> Fault:
    return Fault(Kind.MALFORMED, "this request takes no body; send it without", reason="body")


def _check_no_bytes(request: Request) -> None:
    """Compare the digest that a request without a body announces for it: it is that of no bytes."""
    text = next((value for name, value in request.headers if name == b"content-md5"), b"")
    empty = not request.content_length() and request.header(b"transfer-encoding") is None
    if text and empty and text.strip() != _NO_BYTES_MD5:
        raise Fault(Kind.DIGEST_MISMATCH, "the body's MD5 is not the one in Content-MD5: there is none", reason="md5")


def _check_query(query: Iterable[tuple[str, str]], flavour: Flavour, allowed: _Allowed, key: RouteKey) -> list[str]:
    prefix, absent = flavour.prefix, flavour.operations.absent
    ignored: list[str] = []
    seen: set[str] = set()
    for name, value in query:
        small = name.lower()
        own = small.startswith(prefix)
        if name in allowed.query or (own and _is_own(small, allowed)):
            if small in seen:
                raise Fault(
                    Kind.PARAMETER_INVALID, f"the parameter {name} stands twice; send it once",
                    reason="twice", argument=name, value=value[:100],
                )  # fmt: skip
            seen.add(small)
        elif own or small in allowed.meaningful or absent(name):
            raise Fault(
                Kind.NOT_IMPLEMENTED, f"{key[1]} on the {key[0]} does not take ?{name[:80]} here", header=name[:80]
            )
        elif allowed.plain_read:
            ignored.append(name)
        else:
            raise Fault(
                Kind.PARAMETER_INVALID,
                f"the parameter {name[:80]!r} is unknown here; what is not understood is refused, not ignored",
                reason="unknown", argument=name[:80], value=value[:100],
            )  # fmt: skip
    return ignored


def _is_own(small: str, allowed: _Allowed) -> bool:
    return small in allowed.own or any(small.startswith(name[:-1]) for name in allowed.own if name.endswith("*"))


def _check_headers(request: Request, flavour: Flavour, allowed: _Allowed, ignored: list[str], *, lenient: bool) -> None:
    prefix = flavour.prefix.encode()
    seen: set[bytes] = set()
    strict = allowed.changes and not lenient
    for name, value in request.headers:
        if name.startswith(prefix):
            if name in allowed.headers or (name.startswith(allowed.starts) and not name.startswith(allowed.refused)):
                if name in seen and name not in allowed.repeated:
                    shown = name.decode("latin-1")
                    raise Fault(
                        Kind.PARAMETER_INVALID, f"the header {shown} stands twice; send it once",
                        reason="twice", argument=shown,
                    )  # fmt: skip
                seen.add(name)
                if name in allowed.only and value != allowed.only[name]:
                    raise _other_value(name.decode(), value, allowed.only[name])
                continue
            shown = name.decode("latin-1")
            if not allowed.changes and name.startswith(prefix + _ENCRYPTION):
                raise Fault(
                    Kind.PARAMETER_INVALID, f"{shown[:80]} says how to store an object; a read does not take it",
                    argument=shown[:80],
                )  # fmt: skip
            if name.startswith(allowed.refused) or (allowed.changes and not lenient):
                raise _not_here(shown)
            ignored.append(shown)
        elif name.startswith(_SUSPECT):
            # of another server of the same protocol, or of another cloud
            strange = is_strange(name)
            if name.startswith(allowed.refused) or (strange and strict):
                raise _not_here(name.decode("latin-1"))
            if strange:
                ignored.append(name.decode("latin-1"))
        elif allowed.changes:
            _check_standard(request, allowed, name, seen)


_ENCRYPTION = b"server-side-encryption"
"""400 on reads, in the cloud as here. Source: AWS "Specifying server-side encryption with Amazon S3 managed keys"."""


def is_strange(name: bytes) -> bool:
    """Whether a header, or a form's field, asks another cloud than the one whose own names begin otherwise."""
    return name.startswith(_STRANGE) and name not in _BY_OTHERS


def _check_standard(request: Request, allowed: _Allowed, name: bytes, seen: set[bytes]) -> None:
    """Refuse a condition that the operation does not declare, and a second one of what can only be meant once."""
    if name not in _ONCE:
        return
    shown = name.decode("latin-1")
    if name in allowed.conditions:
        raise Fault(Kind.NOT_IMPLEMENTED, f"{request.method} does not take {shown} here", reason="header", header=shown)
    if name in seen:
        raise Fault(
            Kind.PARAMETER_INVALID, f"the header {shown} stands twice; send it once", reason="twice", argument=shown
        )
    seen.add(name)


def _other_value(name: str, value: bytes, only: bytes) -> Fault:
    shown = value[:100].decode("latin-1")
    return Fault(
        Kind.PARAMETER_INVALID, f"the header {name} is {shown[:40]!r}; it must be {only.decode()}",
        argument=name, value=shown,
    )  # fmt: skip


def _not_here(name: str) -> Fault:
    return Fault(
        Kind.NOT_IMPLEMENTED, f"the header {name[:80]} asks for something that is not here",
        reason="header", header=name[:80],
    )  # fmt: skip
