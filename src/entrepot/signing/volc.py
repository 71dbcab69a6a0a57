"""The signature of Volcengine's control APIs, in the header and in the address.

A row of :mod:`entrepot.signing.scoped_rows` but for two things. The body of a call is digested, whatever the client
says of it. And an address may list which of its parameters it signs: some clients sign those alone, others sign all but
the signature whatever they list, so both texts are tried; the first only when nothing that is asked is left unlisted,
so that nobody can add to a signed address. Must not know what a call means.

Source: wire facts of Volcengine §1.2, §1.3.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from entrepot.signing import scoped, scoped_text
from entrepot.signing.raw_query import pairs
from entrepot.signing.scheme import Claim, Target
from entrepot.signing.scoped_rows import EMPTY_SHA256, VOLC, encoded, malformed
from entrepot.wire.http import Request

Pair = tuple[bytes, bytes]

_SIGNATURE, _LISTING, _TOKEN, _UNSIGNED_BODY = b"x-signature", b"x-signedqueries", b"x-security-token", b"x-notsignbody"


def _find_header(request: Request) -> Claim | None:
    claim = scoped.VOLC_HEADER.find(request)
    if claim is None:
        return None
    announced = request.header(b"x-content-sha256")
    if announced is not None and announced.strip().lower() != hashlib.sha256(request.payload or b"").hexdigest():
        raise malformed("x-content-sha256 is not the SHA-256 of the body", "content-sha256")
    return claim


def _find_query(request: Request) -> Claim | None:
    claim = scoped.VOLC_QUERY.find(request)
    if claim is not None and request.payload and _UNSIGNED_BODY in _named(request):
        raise malformed("the address says that the body is not signed; put the parameters into the query", "body")
    return claim


def _named(request: Request) -> dict[bytes, bytes]:
    return {name.lower(): value for name, value, _ in pairs(request.raw_query)}


def _queries(request: Request) -> Iterator[list[Pair]]:
    """What of the query may be signed: the listed parameters, or all but the signature."""
    everything = [(name, value) for name, value, _ in pairs(request.raw_query) if name.lower() != _SIGNATURE]
    listing = _named(request).get(_LISTING)
    if listing is not None:
        names = set(listing.split(b";"))
        if all(name in names or name.lower() in {_LISTING, _TOKEN} for name, _ in everything):
            yield [(name, value) for name, value in everything if name in names]
    yield everything


def _written(query: list[Pair]) -> bytes:
    ordered = sorted(query, key=lambda pair: pair[0])
    return b"&".join(encoded(name) + b"=" + encoded(value) for name, value in ordered)


def _canonicals(request: Request, claim: Claim, target: Target) -> Iterator[bytes]:
    headers = scoped_text.scoped_of(claim).headers
    payload = EMPTY_SHA256 if _UNSIGNED_BODY in _named(request) else hashlib.sha256(request.payload or b"").hexdigest()
    path = VOLC.paths(request, target)
    for query in _queries(request):
        for host in VOLC.hosts(request.authority.encode("latin-1", "replace")):
            lines = (name + b":" + _value(request, name, host) + b"\n" for name in headers)
            block = b"".join(lines) or b"\n"
            head = (request.method.encode("utf-8"), path, _written(query), block, b";".join(headers), payload.encode())
            yield b"\n".join(head)


def _value(request: Request, name: bytes, host: bytes) -> bytes:
    return host if name == b"host" else (request.header(name) or "").strip().encode("latin-1")


def _canonical(request: Request, claim: Claim, target: Target) -> bytes:
    return next(_canonicals(request, claim, target))


def _texts(request: Request, claim: Claim, target: Target) -> tuple[bytes, ...]:
    signed = scoped_text.scoped_of(claim)
    head = "\n".join((VOLC.algorithm, signed.time, "/".join(signed.scope), "")).encode("utf-8")
    found = (hashlib.sha256(text).hexdigest().encode() for text in _canonicals(request, claim, target))
    return tuple(dict.fromkeys(head + digest for digest in found))


VOLC_HEADER: Final = replace(scoped.VOLC_HEADER, find=_find_header)
VOLC_QUERY: Final = replace(scoped.VOLC_QUERY, find=_find_query, texts=_texts, canonical=_canonical)


def service_of(claim: Claim) -> str:
    """The service that the claim's scope names."""
    return scoped_text.scoped_of(claim).scope[2]
