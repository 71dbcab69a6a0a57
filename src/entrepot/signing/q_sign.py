"""The COS request signature ``q-sign-algorithm=sha1``: in the header, the address and two kinds of browser's form.

A key for a span of time is folded out of the secret; with it the method, the decoded path and the *listed* parameters
and headers are signed. What is not listed is not signed: ``claim.signed`` says what was, for dialects that care. Paths
are decoded once and never normalised. The clock is not looked at here: ``Claim.signed_at`` and ``expires_at`` are when
both the signature and its key count.

Source: Tencent Cloud document 436/7778; traps of SDKs in the wire facts of Tencent §6.4.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import Value
from entrepot.signing.raw_query import pairs, pluses
from entrepot.signing.scheme import Claim, Scheme, Target
from entrepot.wire.http import Request

_NEEDED: Final = (b"q-sign-algorithm", b"q-ak", b"q-sign-time", b"q-key-time", b"q-signature")
_LISTS: Final = (b"q-header-list", b"q-url-param-list")
_NAMES: Final = frozenset((*_NEEDED, *_LISTS))
_FORM_NEEDED: Final = (b"q-sign-algorithm", b"q-ak", b"q-key-time", b"q-signature")
_TOKENS: Final = ("x-cos-security-token", "x-amz-security-token")
_SPAN = re.compile(rb"(\d{1,12});(\d{1,12})")


class QSign(Value, frozen=True, kw_only=True):
    """What a claim of these schemes holds besides key and signature.

    ``headers`` and ``params`` are the names listed as signed, percent-encoded and in lower case; ``key_time`` and
    ``sign_time`` are as they were signed; ``policy`` is the decoded policy of a form that signs nothing else.
    """

    sign_time: bytes
    key_time: bytes
    headers: tuple[bytes, ...] = ()
    params: tuple[bytes, ...] = ()
    policy: bytes | None = None


def signed_of(claim: Claim) -> QSign:
    """The parsed parts of a claim of these schemes."""
    assert isinstance(claim.signed, QSign)  # noqa: S101 - only this module's find() makes such claims
    return claim.signed


# Finding.


def _malformed(message: str, reason: str) -> Fault:
    return Fault(Kind.SIGNATURE_MALFORMED, message, reason=reason)


def _encoded(raw: bytes) -> bytes:
    """Percent-encoded but for RFC 3986's unreserved letters."""
    return quote(raw, safe="").encode("ascii")


def _listed(listing: bytes) -> tuple[bytes, ...]:
    """The names of a list; some SDKs encode a list in an address once, some twice, so they are made alike."""
    return tuple(_encoded(unquote_to_bytes(name.strip())).lower() for name in listing.split(b";") if name.strip())


def _span(found: Mapping[bytes, bytes], name: bytes) -> tuple[int, int]:
    match = _SPAN.fullmatch(found[name])
    if match is None:
        raise _malformed(f"{name.decode()} is not of the form <start>;<end> in seconds since 1970", "time")
    return int(match[1]), int(match[2])


def _check(found: Mapping[bytes, bytes], needed: tuple[bytes, ...], reason: str) -> None:
    for name in needed:
        if not found.get(name) and not (name in _LISTS and name in found):
            raise _malformed(f"the signature lacks {name.decode()}", reason)
    if found[b"q-sign-algorithm"] != b"sha1":
        algorithm = found[b"q-sign-algorithm"].decode("utf-8", "replace")
        raise _malformed(f"q-sign-algorithm is {algorithm[:40]!r}; it must be 'sha1'", "algorithm")


def _gathered(pieces: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for name, value in pieces:
        if name in found:
            raise _malformed(f"the signature has {name.decode()} twice", "two")
        if name in _NAMES:
            found[name] = value
    return found


def _apart(whole: bytes) -> dict[bytes, bytes]:
    """The parts of a whole authorization string."""
    return _gathered((name, value) for name, _, value in (pair.partition(b"=") for pair in whole.strip().split(b"&")))


def _claim(request: Request, found: Mapping[bytes, bytes], reason: str, *, presigned: bool, form: bool) -> Claim:
    _check(found, (*_NEEDED, *_LISTS), reason)
    spans = _span(found, b"q-sign-time"), _span(found, b"q-key-time")
    return Claim(
        key_id=found[b"q-ak"].decode("utf-8", "replace"),
        signature=found[b"q-signature"],
        signed=QSign(
            sign_time=found[b"q-sign-time"],
            key_time=found[b"q-key-time"],
            headers=_listed(found[b"q-header-list"]),
            params=_listed(found[b"q-url-param-list"]),
        ),
        token=_token(request),
        signed_at=float(max(start for start, _ in spans)),
        expires_at=float(min(end for _, end in spans)),
        presigned=presigned,
        form=form,
    )


def _token(request: Request) -> str | None:
    """The session token. In an address a ``+`` is itself: some SDKs append the token without encoding it."""
    for name in _TOKENS:
        token = request.field(name) or request.header(name.encode())
        if token:
            return token
    if b"security-token=" in request.raw_query.lower():
        for raw_name, value, _ in pairs(request.raw_query, plus=b"+"):
            if value and raw_name.lower().decode("latin-1") in _TOKENS:
                return value.decode("utf-8", "replace")
    return None


def _find_header(request: Request) -> Claim | None:
    value = request.header(b"authorization")
    if value is None or not value.startswith("q-") or request.form is not None:
        return None  # a form's credential is in its fields; an SDK repeats it in the header
    if sum(name == b"authorization" for name, _ in request.headers) > 1:
        raise _malformed("the request carries two Authorization headers; send one", "two")
    return _claim(request, _apart(value.encode("latin-1")), "header", presigned=False, form=False)


def _find_query(request: Request) -> Claim | None:
    if b"q-sign" not in request.raw_query or request.form is not None:
        return None
    given = [(name, value) for name, value, _ in pairs(request.raw_query, plus=b"+")]
    found = _gathered((name, value) for name, value in given if name in _NAMES)
    wholes = [value for name, value in given if name == b"sign" and value.startswith(b"q-")]
    if len(wholes) + bool(found) > 1:
        raise _malformed("the query carries two signatures; send one", "two")
    if wholes:
        found = _apart(wholes[0])
    return _claim(request, found, "query", presigned=True, form=False) if found else None


def _find_form_old(request: Request) -> Claim | None:
    whole = request.field("signature")
    if whole is None or not whole.startswith("q-"):
        return None
    return _claim(request, _apart(whole.encode()), "form", presigned=False, form=True)


def _find_form_new(request: Request) -> Claim | None:
    if request.form is None:
        return None
    found = _gathered(
        (name.lower().encode(), value.encode()) for name, value in request.form if name[:2].lower() == "q-"
    )
    if found.keys().isdisjoint(_FORM_NEEDED):
        return None
    _check(found, _FORM_NEEDED, "form")
    start, end = _span(found, b"q-key-time")
    text = request.field("policy")
    if not text:
        raise _malformed("the form has a signature but no field 'policy', which is what is signed", "policy")
    try:
        policy = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _malformed("the form's field 'policy' is not standard base64", "policy") from error
    return Claim(
        key_id=found[b"q-ak"].decode("utf-8", "replace"),
        signature=found[b"q-signature"],
        signed=QSign(sign_time=found[b"q-key-time"], key_time=found[b"q-key-time"], policy=policy),
        token=_token(request),
        signed_at=float(start),
        expires_at=float(end),
        form=True,
    )


# What is signed.


def _hosts(request: Request) -> list[bytes]:
    """What may have been signed as the host: with its port, and without, as one SDK does.

    It is the host that the request is for: a Host beside an absolute target says nothing (RFC 9112 §3.2.2), and must
    not prove another's.
    """
    host = request.authority.encode("latin-1", "replace")
    bare, colon, port = host.rpartition(b":")
    return [host, bare] if colon and port.isdigit() else [host]


def _as_text(value: bytes) -> bytes:
    """A header's value in UTF-8: some HTTP libraries write it in Latin-1, after it was signed in UTF-8."""
    value = value.strip(b" \t")
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1").encode("utf-8")
    return value


def _block(names: Iterable[bytes], values: Mapping[bytes, list[bytes]]) -> bytes:
    """``name=value`` joined by ``&``, each of several of one name.

    A listed name that was not sent gives nothing: were it taken as empty, ``?acl`` could be dropped from a request.
    """
    return b"&".join(name + b"=" + _encoded(value) for name in names for value in values.get(name, ()))


def _header_values(signed: QSign, request: Request) -> dict[bytes, list[bytes]]:
    """Listed headers. The old form's SDK moves some that it signed into fields, which are what counts there."""
    values: dict[bytes, list[bytes]] = {}
    for field, text in request.form or ():
        name = _encoded(field.encode()).lower()
        if name in signed.headers:
            values.setdefault(name, []).append(text.encode())
    moved = frozenset(values)
    for raw, value in request.headers:
        name = _encoded(raw).lower()
        if name in signed.headers and name not in moved:
            values.setdefault(name, []).append(_as_text(value))
    return values


def _header_blocks(signed: QSign, request: Request) -> Iterator[bytes]:
    values = _header_values(signed, request)
    for names in _orders(signed.headers):
        if b"host" not in signed.headers:
            yield _block(names, values)
            continue
        for host in _hosts(request):
            yield _block(names, {**values, b"host": [host]})


def _param_blocks(signed: QSign, request: Request) -> Iterator[bytes]:
    for plus in pluses(request.raw_query) if signed.params else (b" ",):
        values: dict[bytes, list[bytes]] = {}
        for raw, value, _ in pairs(request.raw_query, plus) if signed.params else ():
            name = _encoded(raw).lower()
            if name in signed.params:
                values.setdefault(name, []).append(value)
        for names in _orders(signed.params):
            yield _block(names, values)


def _orders(names: tuple[bytes, ...]) -> Iterator[tuple[bytes, ...]]:
    """Sorted, as is documented; as listed; and sorted by what they mean, as SDKs do that list them otherwise."""
    distinct = tuple(dict.fromkeys(names))
    yield from dict.fromkeys((tuple(sorted(distinct)), distinct, tuple(sorted(distinct, key=unquote_to_bytes))))


def _http_strings(request: Request, claim: Claim) -> Iterator[bytes]:
    signed = signed_of(claim)
    path = unquote_to_bytes(request.raw_path) or b"/"
    paths = (path, path + b"/") if claim.form and not path.endswith(b"/") else (path,)
    blocks = _param_blocks(signed, request), _header_blocks(signed, request)
    for where, params, headers in product(paths, *(dict.fromkeys(block) for block in blocks)):
        yield b"\n".join((request.method.lower().encode("utf-8"), where, params, headers, b""))


def _canonical(request: Request, claim: Claim, _target: Target) -> bytes:
    return next(_http_strings(request, claim))


def _texts(request: Request, claim: Claim, _target: Target) -> tuple[bytes, ...]:
    head = b"sha1\n" + signed_of(claim).sign_time + b"\n"
    return tuple(
        head + hashlib.sha1(text).hexdigest().encode("ascii") + b"\n" for text in _http_strings(request, claim)
    )


def _policy_texts(_request: Request, claim: Claim, _target: Target) -> tuple[bytes, ...]:
    return (hashlib.sha1(signed_of(claim).policy or b"").hexdigest().encode("ascii"),)


def _seal(secret: bytes, claim: Claim, text: bytes) -> bytes:
    key = hmac.digest(secret, signed_of(claim).key_time, "sha1").hex()
    return hmac.digest(key.encode("ascii"), text, "sha1").hex().encode("ascii")


HEADER = Scheme(name="q-sign", find=_find_header, texts=_texts, seal=_seal, canonical=_canonical)
QUERY = Scheme(name="q-sign-query", find=_find_query, texts=_texts, seal=_seal, canonical=_canonical)
FORM_NEW = Scheme(name="q-sign-form", find=_find_form_new, texts=_policy_texts, seal=_seal)
FORM_OLD = Scheme(name="q-sign-form-old", find=_find_form_old, texts=_texts, seal=_seal, canonical=_canonical)
