"""Signature vectors as requests, for the tests of schemes.

Law: expected signatures come from tests/vectors alone, never from the module under test.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.identity import Key, key_of_account
from entrepot.core.value import changed
from entrepot.signing.scheme import Claim, Scheme, Target, find_claim, verify
from entrepot.wire.http import Request

from .asking import chunks

Vector = dict[str, Any]


def vectors(*folders: str) -> dict[str, Vector]:
    """Every vector of these folders, by folder and case."""
    root = Path(__file__).resolve().parents[1] / "vectors"
    return {
        f"{file.parts[-3]}/{file.parts[-2]}": json.loads(file.read_text("utf-8"))
        for folder in folders
        for file in sorted((root / folder).glob("*/vector.json"))
    }


def asked(vector: Vector) -> Request:
    """The vector's request as the server gets it."""
    facts = vector["request"]
    return Request(
        id="1",
        method=facts["method"],
        raw_path=facts["path"].encode("ascii"),
        raw_query=facts["query"].encode("ascii"),
        headers=tuple((name.encode("ascii"), value.encode("latin-1")) for name, value in facts["headers"]),
        authority=facts["authority"],
        scheme="http",
        client="127.0.0.1",
        body=chunks(()),
        form=None if facts["form"] is None else tuple((name, value) for name, value in facts["form"]),
    )


def target_of(vector: Vector) -> Target:
    """What the vector's request addresses."""
    return Target(bucket=vector["target"]["bucket"], key=vector["target"]["key"].encode())


def key_of(vector: Vector, secret: str | None = None) -> Key:
    """The vector's key."""
    text = vector["secret"] if secret is None else secret
    return key_of_account(id=vector["key_id"], account=1, secret=text.encode(), created_at=0)


def passes(
    schemes: tuple[Scheme, ...], vector: Vector, made: Request, target: Target | None = None, secret: str | None = None
) -> bool:
    """Whether the request is taken as signed by the vector's key. Only faults of signatures may be raised."""
    try:
        found = find_claim(schemes, made)
        if found is None or found[1].key_id != vector["key_id"]:
            return False
        verify(found[0], found[1], made, key_of(vector, secret), target_of(vector) if target is None else target)
    except Fault as fault:
        assert fault.kind in {Kind.SIGNATURE_MALFORMED, Kind.SIGNATURE_MISMATCH}  # noqa: PT017 - most do not raise
        return False
    return True


def never_breaks(schemes: tuple[Scheme, ...], made: Request) -> None:
    """Whatever is found can be verified, and is not."""
    try:
        found = find_claim(schemes, made)
        if found is not None:
            verify(*found, made, key_of({"key_id": "id", "secret": "s"}), Target(bucket="b", key=b"\xff"))
    except Fault as fault:
        assert fault.kind in {Kind.SIGNATURE_MALFORMED, Kind.SIGNATURE_MISMATCH}  # noqa: PT017 - most do not raise
    else:
        assert found is None


def shown(claim: Claim) -> tuple[object, ...]:
    """What a claim says, in the order of :func:`expected`."""
    return (claim.key_id, claim.token, claim.signed_at, claim.expires_at, claim.presigned, claim.form)


def expected(vector: Vector) -> tuple[object, ...]:
    """What the vector's claim has to say."""
    facts = (vector[name] for name in ("key_id", "token", "signed_at", "expires_at"))
    return (*facts, vector["form"] == "query", vector["form"].startswith("form"))


def flips(raw: bytes, places: Iterable[int] | None = None) -> Iterator[bytes]:
    """The bytes with one of them changed, each (of these places) in turn."""
    for at in range(len(raw)) if places is None else places:
        yield raw[:at] + bytes((raw[at] ^ 1,)) + raw[at + 1 :]


def decoded(text: bytes) -> bytes | None:
    """Base64; None when it is none. Bits that encode nothing may differ."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


def signed_places(raw_query: bytes, signed: Iterable[bytes]) -> Iterator[int]:
    """The places of a query that belong to a parameter of these (raw) names, or that part one of them from another."""
    start, before = 0, False
    names = set(signed)
    for pair in raw_query.split(b"&"):
        mine = pair.partition(b"=")[0] in names
        if start and (mine or before):
            yield start - 1
        if mine:
            yield from range(start, start + len(pair))
        start, before = start + len(pair) + 1, mine


def with_header(made: Request, name: bytes, value: bytes | None) -> Request:
    """The request with another value for a header; None: without it."""
    pairs = ((key, (value if key == name else old)) for key, old in made.headers)
    return changed(made, headers=tuple((key, text) for key, text in pairs if text is not None))


def plus_header(made: Request, name: bytes, value: bytes) -> Request:
    """The request with one header more."""
    return changed(made, headers=(*made.headers, (name, value)))
