"""OSS signature version 1 and AWS signature version 2, in three forms each: header, address and browser's form.

This module finds their claims, writes what was signed and seals it; :mod:`header_v1_rows` has the facts of each scheme.
A form signs its policy alone; what its request carries in header or address does not count there. The clock is not
looked at here: ``Claim.signed_at`` and ``Claim.expires_at`` say when it counts.

Nothing separates a decoded key from the parameters after it: whoever signs OSS addresses for names that others choose
has to refuse a ``?`` in them, as the cloud's own SDKs do.

Source: wire facts of Alibaba §3.1, §3.4, §4.1, §4.2; AWS "Signing and authenticating REST requests (AWS signature
version 2)" and "Browser-based uploads using POST (AWS signature version 2)".
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import product
from operator import itemgetter

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import Value
from entrepot.signing.header_v1_rows import AWS2, KEY_IDS, OSS1, Row
from entrepot.signing.raw_query import pairs, pluses
from entrepot.signing.scheme import Claim, Scheme, Target
from entrepot.wire.dates import parse_http_date
from entrepot.wire.http import Request

_POSITIONAL = (b"content-md5", b"content-type")
"""The headers that are signed by their place, without their names."""
_EXPIRES = re.compile(r"[0-9]{1,12}", re.ASCII)


class Signed(Value, frozen=True, kw_only=True):
    """What a claim of these schemes holds besides key and signature: the ``date`` line, whatever it is a date of."""

    row: Row
    date: bytes = b""


def _signed_of(claim: Claim) -> Signed:
    assert isinstance(claim.signed, Signed)  # noqa: S101 - only this module's find() makes such claims
    return claim.signed


def _malformed(message: str, reason: str, **facts: str | int) -> Fault:
    return Fault(Kind.SIGNATURE_MALFORMED, message, reason=reason, **facts)


def _unspoken(row: Row) -> Fault:
    return _malformed(f"signature version {row.newer} is not spoken here; sign with version 1 or 4", "version")


# Finding.


def _token(row: Row, request: Request) -> str | None:
    """The session token. In an address a ``+`` is itself, since no token holds a space."""
    for name in row.tokens:
        token = request.field(name) or request.header(name.encode())
        if token:
            return token
    if b"security-token=" in request.raw_query:
        for name_sent, value, _ in pairs(request.raw_query, plus=b"+"):
            if value and name_sent.decode("latin-1") in row.tokens:
                return value.decode("utf-8", "replace")
    return None


def _find_header(row: Row, request: Request) -> Claim | None:
    value = request.header(b"authorization")
    if value is None or not value.startswith(row.word) or request.form is not None:
        return None
    word, _, rest = value.partition(" ")
    if row.newer is not None and word == row.newer:
        raise _unspoken(row)
    if word != row.word:
        return None
    if sum(name == b"authorization" for name, _ in request.headers) > 1:
        raise _malformed("the request carries two Authorization headers; send one", "two")
    key_id, _, signature = rest.strip().rpartition(":")
    if not key_id or not signature:
        raise _malformed(f"the Authorization header is not of the form '{row.word} <key id>:<signature>'", "header")
    own = request.header(row.date)
    date = own or request.header(b"date")
    seconds = None if date is None else parse_http_date(date)
    if date is None or seconds is None:
        given = "is missing" if date is None else f"{date[:40]!r} is not a date of HTTP"
        raise _malformed(f"the header Date (or {row.date.decode()}) {given}", "date")
    line = "" if own and row.own_date_empties else date.strip()
    return Claim(
        key_id=key_id,
        signature=signature.encode("utf-8"),
        signed=Signed(row=row, date=line.encode("latin-1")),
        token=_token(row, request),
        signed_at=seconds,
    )


def _find_query(row: Row, marks: tuple[bytes, ...], request: Request) -> Claim | None:
    query = request.raw_query
    if not query or request.form is not None or not any(mark in query for mark in marks):
        return None
    wanted = (row.key_id, "Signature", "Expires")
    others = KEY_IDS - {row.key_id}
    found: dict[str, str] = {}
    for raw_name, value, _ in pairs(query, plus=b"+"):  # base64 holds no space: a bare plus is one
        name = raw_name.decode("latin-1")
        if name in others:
            return None
        if name in found:
            raise _malformed(f"the query has the parameter {name} twice", "two")
        if name in wanted:
            found[name] = value.decode("utf-8", "replace")
        if name == row.version and value.decode("utf-8", "replace") == row.newer:
            raise _unspoken(row)
    if found.keys().isdisjoint(wanted[:2]):
        return None
    for name in wanted:
        if not found.get(name):
            raise _malformed(
                f"the query lacks {name}; a signature there needs {', '.join(wanted)}", "query", field=name
            )
    expires = found["Expires"]
    if not _EXPIRES.fullmatch(expires):
        raise _malformed(f"Expires is {expires[:40]!r}; it must be a number of seconds since 1970", "expires")
    return Claim(
        key_id=found[row.key_id],
        signature=found["Signature"].encode("utf-8"),
        signed=Signed(row=row, date=expires.encode("ascii")),
        token=_token(row, request),
        expires_at=float(expires),
        presigned=True,
    )


def _find_form(row: Row, request: Request) -> Claim | None:
    if request.form is None:
        return None
    if row.newer is not None and request.field(row.version) == row.newer:
        raise _unspoken(row)
    key_id, signature = request.field(row.key_id.lower()), request.field("signature")
    if signature is not None and signature.startswith("q-"):
        signature = None  # another scheme's, whole
    others = (name.lower() for name in KEY_IDS - {row.key_id})
    if key_id is None and (signature is None or any(request.field(name) is not None for name in others)):
        return None
    found = {row.key_id: key_id, "Signature": signature, "policy": request.field("policy")}
    needed = f"a signature there needs {', '.join(found)}"
    for name in (row.key_id, "Signature"):
        if not found[name]:
            raise _malformed(f"the form lacks the field {name!r}; {needed}", "form", field=name)
    if not found["policy"]:
        raise _malformed(f"the form lacks the field 'policy'; {needed}", "policy", field="policy")
    return Claim(
        key_id=key_id or "",
        signature=(signature or "").encode("utf-8"),
        signed=Signed(row=row),
        token=_token(row, request),
        form=True,
    )


# What is signed.


def _widened(value: bytes) -> bytes:
    """For signers that sign UTF-8 but send Latin-1, because that is how their HTTP library writes a header."""
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1").encode("utf-8")
    return value


def _values(row: Row, request: Request, presigned: bool) -> dict[bytes, bytes]:
    """What is signed of the headers, by name; several of one name are joined."""
    values: dict[bytes, bytes] = {}
    for name, raw in request.headers:
        if name.startswith(row.prefix) or name in _POSITIONAL:
            value = raw.strip(b" \t")
            values[name] = values[name] + b"," + value if name in values else value
    if row.hoists and presigned:
        for sent_name, value, _ in pairs(request.raw_query):
            name = sent_name.lower()
            if (name.startswith(row.prefix) or name in _POSITIONAL) and values.setdefault(name, value) != value:
                values[name] += b"," + value  # header and parameter may say the same, and nothing else
    return values


def _params(row: Row, request: Request) -> Iterator[bytes]:
    if not request.raw_query:
        yield b""
        return
    made: dict[bytes, None] = {}
    for plus, read, wide in product(pluses(request.raw_query), row.readings, (False, True)):
        listed = [triple for triple in pairs(request.raw_query, plus) if _is_signed(row, triple[0], wide=wide)]
        listed.sort(key=itemgetter(0))
        made[b"?" + b"&".join(read(*triple) for triple in listed) if listed else b""] = None
    yield from made


def _is_signed(row: Row, name: bytes, *, wide: bool) -> bool:
    """Whether a parameter counts; ``wide`` as the SDKs with the longest lists sign."""
    if name in row.params:
        return True
    return wide and (name in row.sometimes or (row.signs_own and name.startswith(row.prefix)))


def _head(row: Row, method: str, date: bytes, values: Mapping[bytes, bytes], read: Callable[[bytes], bytes]) -> bytes:
    lines = [method.encode("utf-8"), *(read(values.get(name, b"")) for name in _POSITIONAL), date]
    lines += [name + b":" + read(values[name]) for name in sorted(values) if name.startswith(row.prefix)]
    return b"\n".join((*lines, b""))


def _texts(request: Request, claim: Claim, target: Target) -> tuple[bytes, ...]:
    signed = _signed_of(claim)
    row = signed.row
    values = _values(row, request, claim.presigned)
    heads = dict.fromkeys(_head(row, request.method, signed.date, values, read) for read in (bytes, _widened))
    return tuple(b"".join(parts) for parts in product(heads, row.resource(request, target), _params(row, request)))


def _form_texts(request: Request, _claim: Claim, _target: Target) -> tuple[bytes, ...]:
    return ((request.field("policy") or "").encode(),)


def _seal(secret: bytes, _claim: Claim, text: bytes) -> bytes:
    return base64.b64encode(hmac.digest(secret, text, "sha1"))


def _schemes(row: Row) -> tuple[Scheme, Scheme, Scheme]:
    marks = tuple(f"{name}=".encode() for name in (row.key_id, "Signature", row.version))
    return (
        Scheme(name=row.name, find=partial(_find_header, row), texts=_texts, seal=_seal),
        Scheme(name=f"{row.name}-query", find=partial(_find_query, row, marks), texts=_texts, seal=_seal),
        Scheme(name=f"{row.name}-form", find=partial(_find_form, row), texts=_form_texts, seal=_seal),
    )


OSS1_HEADER, OSS1_QUERY, OSS1_FORM = _schemes(OSS1)
AWS2_HEADER, AWS2_QUERY, AWS2_FORM = _schemes(AWS2)
