"""The canonical request and the text that the scope-folding schemes sign, from the bytes of the request.

Path and query are percent-decoded once and encoded again, so that it does not matter how a client or a proxy wrote a
letter; a ``+`` in the query is a space, in the path itself. Must not know where a claim travels.

Source: AWS "Create a canonical request"; wire facts aliyun §4.3, volcengine §3.2, §3.3.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from itertools import product

from entrepot.signing.raw_query import pairs
from entrepot.signing.scheme import Claim, Target
from entrepot.signing.scoped_rows import UNSIGNED, Row, Scoped, encoded
from entrepot.wire.http import Request


def scoped_of(claim: Claim) -> Scoped:
    """The parsed parts of a claim of these schemes."""
    assert isinstance(claim.signed, Scoped)  # noqa: S101 - only scoped.find() makes such claims
    return claim.signed


def _query(row: Row, request: Request, *, presigned: bool, only_prefixed: bool) -> bytes:
    if not request.raw_query:
        return b""
    signature, prefix = f"{row.prefix}signature".encode(), row.prefix.encode()
    ordered = []
    for name, value, _ in pairs(request.raw_query):
        if presigned and name.lower() == signature:
            continue
        if only_prefixed and not name.lower().startswith(prefix):
            continue
        written, content = encoded(name), encoded(value)
        pair = written if row.bare_empty and not content else written + b"=" + content
        ordered.append((name if row.sorts_decoded else written, content, pair))
    ordered.sort()
    return b"&".join(pair for _, _, pair in ordered)


def _signed_names(row: Row, signed: Scoped, request: Request) -> list[bytes]:
    if row.lists_all:
        return list(signed.headers)
    named = {*signed.headers, *row.always}
    return sorted({name for name, _ in request.headers if name in named or name.startswith(row.guarded)})


def _block(names: list[bytes], values: dict[bytes, list[bytes]], host: bytes, read: Callable[[bytes], bytes]) -> bytes:
    lines = []
    for name in names:
        value = host if name == b"host" else b",".join([read(value) for value in values.get(name, ())])
        lines.append(name + b":" + value + b"\n")
    return b"".join(lines)


_SPACES = (b"  ", b"\t", b": ", b" \n")
"""What some signers drop from a header's value and others sign."""


def _blocks(row: Row, signed: Scoped, request: Request) -> list[bytes]:
    """The canonical headers in every way that signers are known to read values, each way once."""
    values: dict[bytes, list[bytes]] = {}
    for name, value in request.headers:
        values.setdefault(name, []).append(value)
    names = _signed_names(row, signed, request)
    blocks: dict[bytes, None] = {}
    for host in row.hosts(request.authority.encode("latin-1", "replace")):
        block = _block(names, values, host, bytes)
        if block.isascii() and not any(space in block for space in _SPACES):
            blocks[block] = None
            continue
        for read in row.readings:
            blocks[_block(names, values, host, read)] = None
    return list(blocks)


def _canonicals(request: Request, claim: Claim, target: Target) -> Iterator[bytes]:
    signed = scoped_of(claim)
    row = signed.row
    if signed.policy is not None:
        yield _query(row, request, presigned=True, only_prefixed=True) + b"\n" + UNSIGNED.encode()
        return
    head = b"\n".join((
        request.method.encode("utf-8"),
        row.paths(request, target),
        _query(row, request, presigned=claim.presigned, only_prefixed=False),
    ))  # fmt: skip
    listed = b";".join(signed.headers if row.lists_all else sorted(signed.headers))
    payloads = row.payloads(request, signed, claim.presigned)
    for block, payload in product(_blocks(row, signed, request), payloads):
        yield b"\n".join((head, block, listed, payload.encode("utf-8")))


def canonical(request: Request, claim: Claim, target: Target) -> bytes:
    """The canonical request as it is documented."""
    return next(_canonicals(request, claim, target))


def texts(request: Request, claim: Claim, target: Target) -> tuple[bytes, ...]:
    """What may have been signed, the documented one first."""
    signed = scoped_of(claim)
    head = "\n".join((signed.row.algorithm, signed.time, "/".join(signed.scope), "")).encode("utf-8")
    return tuple(
        head + hashlib.sha256(canonical).hexdigest().encode("ascii")
        for canonical in _canonicals(request, claim, target)
    )
