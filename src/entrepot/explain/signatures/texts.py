"""Mistakes in the text that is sealed, and of schemes whose text travels inside the signature or is a form's policy.

Data in :data:`MISTAKES`. They change the text as a whole: its line ends, a digest too much or too little, its coding.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from entrepot.core.value import Value, changed
from entrepot.explain.signatures.layouts import Parts
from entrepot.explain.signatures.mistake import Facts, Mistake, Ways

# The canonical text as a whole: parts whose layout has one.


def _fields(parts: Parts, names: tuple[bytes, ...]) -> Iterator[tuple[bytes, bytes]]:
    """The fields of a COS JSON text, by name."""
    for pair in (parts.whole or b"").split(b"&"):
        name, _, value = pair.partition(b"=")
        if name in names:
            yield name, value


def _field_coding(parts: Parts, facts: Facts) -> Ways:
    """A field that was signed in another coding than it was sent in: ``f`` encoded after signing, or before."""
    if parts.whole is None or facts.family != "cos-app":
        return
    for _, value in _fields(parts, (b"f",)):
        once = unquote_to_bytes(value)
        for way in (once, unquote_to_bytes(once), quote(value, safe="/").encode(), quote(value, safe="").encode()):
            if way != value:
                yield changed(parts, whole=parts.whole.replace(b"f=" + value, b"f=" + way)), "f"


_ORDERS: Final = (
    "akbetrf",
    "akbeftr",
    "akebtrf",
    "abketrf",
    "aketrfb",
    "aketfrb",
    "abkertf",
    "abkeftr",
    "bakterf",
    "akberf",
    "akbetru",
    "akbetrfu",
)


def _field_order(parts: Parts, facts: Facts) -> Ways:
    """Signed in one order and sent in another."""
    if parts.whole is None or facts.family != "cos-app":
        return
    pairs = {pair.partition(b"=")[0]: pair for pair in parts.whole.split(b"&")}
    for order in _ORDERS:
        names = [letter.encode() for letter in order if letter.encode() in pairs]
        if len(names) == len(pairs):
            way = b"&".join(pairs[name] for name in names)
            if way != parts.whole:
                yield changed(parts, whole=way), ""


def _field_left_out(parts: Parts, facts: Facts) -> Ways:
    if parts.whole is None or facts.family != "cos-app":
        return
    pairs = parts.whole.split(b"&")[:12]
    for at, pair in enumerate(pairs):
        yield (
            changed(parts, whole=b"&".join(pairs[:at] + pairs[at + 1 :])),
            pair.partition(b"=")[0].decode("latin-1")[:8],
        )


_SPACE = re.compile(rb"\s+")


def _policy_coding(parts: Parts, facts: Facts) -> Ways:
    """A form's policy that was signed as JSON and not as base64, or with line breaks, or was encoded anew after."""
    if parts.whole is None or facts.family == "cos-app":
        return
    if facts.family == "q-sign":
        for text in _policies_of_cos(facts):
            yield changed(parts, whole=hashlib.sha1(text).hexdigest().encode()), ""
        return
    whole = parts.whole
    yield changed(parts, whole=_SPACE.sub(b"", whole)), ""
    try:
        plain = base64.b64decode(_SPACE.sub(b"", whole), validate=True)
    except ValueError:
        yield changed(parts, whole=base64.b64encode(whole)), ""
        for text in _written_anew(whole):
            yield changed(parts, whole=text), ""
        return
    yield changed(parts, whole=plain), ""
    yield changed(parts, whole=base64.encodebytes(plain)), ""
    yield changed(parts, whole=base64.encodebytes(plain).strip()), ""
    yield changed(parts, whole=base64.b64encode(whole)), ""
    yield changed(parts, whole=base64.urlsafe_b64encode(plain)), ""
    yield changed(parts, whole=_SPACE.sub(b"", plain)), ""
    yield changed(parts, whole=base64.b64encode(_SPACE.sub(b"", plain))), ""
    yield changed(parts, whole=base64.b64encode(plain.replace(b"\r\n", b"\n"))), ""
    yield changed(parts, whole=base64.b64encode(plain.strip())), ""
    yield changed(parts, whole=base64.b64encode(plain + b"\n")), ""
    for text in _written_anew(plain):
        yield changed(parts, whole=base64.b64encode(text)), ""


_WRITERS: Final = (
    {"separators": (",", ":"), "ensure_ascii": False}, {"ensure_ascii": True}, {"ensure_ascii": False},
    {"separators": (",", ":"), "ensure_ascii": True}, {"indent": 2, "ensure_ascii": False},
    {"indent": 4, "ensure_ascii": False},
)  # fmt: skip
"""How JSON is written by ``JSON.stringify``, by Python's ``json.dumps``, and for people."""


def _written_anew(policy: bytes) -> Iterator[bytes]:
    """A policy's JSON as other programs would have written it."""
    try:
        document = json.loads(policy)
        for how in _WRITERS:
            yield json.dumps(document, **how).encode()
    except (ValueError, RecursionError):
        return


def _policies_of_cos(facts: Facts) -> Iterator[bytes]:
    """Policies that may have been digested in the place of the one that came: COS signs the digest of the JSON."""
    text = "".join((facts.request.field("policy") or "").split())
    yield text.encode()
    try:
        plain = base64.b64decode(text, validate=True)
    except ValueError:
        return
    yield from (plain.strip(), plain + b"\n", _SPACE.sub(b"", plain))
    yield from _written_anew(plain)


MISTAKES: Final = (
    Mistake(cause="sign-field-coding", alter=_field_coding),
    Mistake(cause="sign-field-order", alter=_field_order),
    Mistake(cause="sign-field-left-out", alter=_field_left_out),
    Mistake(cause="policy-coding", alter=_policy_coding),
)


# What is sealed, of the string to sign and the canonical text that it stands for.


class TextMistake(Value, frozen=True, kw_only=True):
    """A mistake in the string to sign; ``write`` gives the strings that it may have been."""

    cause: str
    write: Callable[[bytes, bytes, str | None], Iterator[bytes]]


def _line_ends(text: bytes, canonical: bytes, digest: str | None) -> Iterator[bytes]:
    for way in (canonical.replace(b"\n", b"\r\n"), canonical + b"\n", canonical.removesuffix(b"\n"), canonical.strip()):
        yield _again(text, canonical, way, digest)
    if digest is not None:
        yield from (text + b"\n", text.rstrip(b"\n"), text.replace(b"\n", b"\r\n"), text.replace(b"\n", b"\\n"))
        yield _again(text, canonical, canonical.replace(b"\n\n", b"\n"), digest)
    yield _again(text, canonical, canonical.replace(b"\n", b"\\n"), digest)


def _again(text: bytes, canonical: bytes, way: bytes, digest: str | None) -> bytes:
    if digest is None:
        return text.replace(canonical, way)
    old, new = (hashlib.new(digest, one).hexdigest().encode() for one in (canonical, way))
    return text.replace(old, new)


def _undigested(text: bytes, canonical: bytes, digest: str | None) -> Iterator[bytes]:
    """The canonical text itself, its digest alone, or one digest too much."""
    if digest is None:
        yield hashlib.sha256(text).hexdigest().encode()
        yield hashlib.sha1(text).hexdigest().encode()
        yield hashlib.md5(text).hexdigest().encode()
        yield base64.b64encode(text)
        yield quote(text, safe="-_.~").encode()
        return
    made = hashlib.new(digest, canonical)
    old = made.hexdigest().encode()
    yield text.replace(old, canonical)
    yield canonical
    yield old
    yield text.replace(old, made.hexdigest().upper().encode())
    yield text.replace(old, base64.b64encode(made.digest()))
    yield text.replace(old, hashlib.new(digest, old).hexdigest().encode())
    yield hashlib.new(digest, text).hexdigest().encode()


TEXTS: Final = (
    TextMistake(cause="text-line-ends", write=_line_ends),
    TextMistake(cause="text-digested-otherwise", write=_undigested),
)
