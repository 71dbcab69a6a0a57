"""The HMAC-SHA256 schemes that fold a scope into the key, in three forms each: header, address and browser's form.

This module finds their claims and seals their texts; :mod:`scoped_rows` has the facts of each scheme and
:mod:`scoped_text` writes what is signed. The scope is taken from the credential, whatever region it names. The clock is
not looked at here: ``Claim.signed_at`` and ``Claim.expires_at`` say when it counts.

Source: AWS "Authenticating requests" for S3; wire facts aliyun §3.4, §4.3, volcengine §3.2-3.4, tencent §4.4.
"""

from __future__ import annotations

import hmac
import re
from functools import lru_cache, partial

from entrepot.signing.raw_query import pairs
from entrepot.signing.scheme import Claim, Scheme, Target
from entrepot.signing.scoped_rows import AWS4, OSS4, ROWS, STS4, TOS4, VOLC, Row, Scoped, compact, malformed
from entrepot.signing.scoped_text import canonical, scoped_of, texts
from entrepot.wire.dates import parse_http_date
from entrepot.wire.http import Request

_EXPIRES = re.compile(r"[0-9]{1,10}", re.ASCII)
POLICY_EXPIRES_MAX_SECONDS = 604_800
"""Source: wire facts volcengine §3.3, "limit for policy URLs"."""


# The parts that every form has.


def _scope(row: Row, credential: str, day: str) -> tuple[str, tuple[str, ...]]:
    """Key id and scope of a credential, which is read from the right: the key id may hold slashes."""
    key_id, *scope = credential.rsplit("/", len(row.scope_names) + 1)
    if len(scope) != len(row.scope_names) + 1 or not key_id:
        wanted = "/".join(("<key id>", *(f"<{name}>" for name in row.scope_names), row.terminal))
        raise malformed(f"the credential {credential!r} is not of the form {wanted}", "credential")
    named = dict(zip(row.scope_names, scope, strict=False))
    if scope[-1] != row.terminal or (row.services is not None and named["service"] not in row.services):
        wanted = f"{'|'.join(sorted(row.services or {'<service>'}))}/{row.terminal}"
        raise malformed(f"the credential's scope ends in {'/'.join(scope[-2:])!r}; it must end in {wanted!r}", "scope")
    if named["date"] != day:
        raise malformed(
            f"the credential is of the day {named['date']!r}, but the request of {day!r}; sign both with one time",
            "credential-date",
        )
    return key_id, tuple(scope)


def _time(row: Row, time: str | None, where: str) -> tuple[str, float, str]:
    """The time as it was signed, in seconds since 1970, and its day as the scope writes it."""
    read = None if time is None else row.times(time)
    if time is None or read is None:
        given = "is missing" if time is None else f"{time!r} is not a time such as {row.time_form}"
        raise malformed(f"the {where} {row.prefix}{row.time_name} {given}", "date")
    return time, *read


def _listed(row: Row, listing: str | None) -> tuple[bytes, ...]:
    if listing is None and row.lists_all:
        raise malformed(f"the signature lacks {row.listing[0]}, the list of signed headers", "signed-headers")
    if not listing:
        return ()
    names = tuple(name.strip().lower().encode("latin-1", "replace") for name in listing.split(";"))
    if len(set(names)) != len(names) or b"" in names:
        raise malformed(f"{row.listing[0]} names a header twice or has an empty name", "signed-headers")
    return names


def _check_signed(row: Row, names: tuple[bytes, ...], request: Request) -> None:
    """Refuse what changes a request and is not signed: whoever passes a signed request on could add it."""
    if not row.lists_all:
        return
    received = (name for name, _ in request.headers if name.startswith(row.guarded))
    for name in (*row.must_list, *received):
        if name not in names:
            text = name.decode("latin-1")
            raise malformed(f"the header {text!r} is not signed; sign it", "unsigned-header", header=text)


# The header form.


def _parts(row: Row, value: str) -> dict[str, str]:
    rest = value[len(row.algorithm) :]
    names = ("Credential", "Signature", row.listing[0])
    found: dict[str, str] = {}
    for part in rest.split(","):
        name, equals, content = part.strip().partition("=")
        if not equals or name not in names or name in found:
            found.clear()
            break
        found[name] = content.strip()
    if not rest.startswith(" ") or not {"Credential", "Signature"} <= found.keys():
        wanted = ", ".join(f"{name}=…" for name in names)
        raise malformed(f"the Authorization header is not of the form '{row.algorithm} {wanted}'", "header")
    return found


def _header_time(row: Row, request: Request) -> tuple[str, float, str]:
    time = request.header(f"{row.prefix}{row.time_name}".encode())
    if time is None and row.date_fallback:
        time = request.header(b"date")
        seconds = None if time is None else parse_http_date(time.replace("-0000", "GMT"))  # RFC 5322's UTC
        if time is not None and seconds is not None and seconds >= 0:
            text, time = time.strip(), compact(seconds)
            return (text if row.date_text else time), *_time(row, time, "header")[1:]
    return _time(row, time, "header")


def _find_header(row: Row, request: Request) -> Claim | None:
    value = request.header(b"authorization")
    if value is None or not value.startswith(row.algorithm):
        return None
    if sum(name == b"authorization" for name, _ in request.headers) > 1:
        raise malformed("the request carries two Authorization headers; send one", "two")
    parts = _parts(row, value)
    time, seconds, day = _header_time(row, request)
    key_id, scope = _scope(row, parts["Credential"], day)
    headers = _listed(row, parts.get(row.listing[0]))
    _check_signed(row, headers, request)
    if row.needs_payload and request.header(row.payload_header) is None:
        name = row.payload_header.decode()
        raise malformed(f"the header {name} is missing: it says what the payload is", "content-sha256", header=name)
    return Claim(
        key_id=key_id,
        signature=parts["Signature"].encode("utf-8"),
        signed=Scoped(row=row, time=time, scope=scope, headers=headers),
        token=next((token for name in row.tokens if (token := request.header(name.encode()))), None),
        signed_at=seconds,
    )


# The address form.


def _parameters(row: Row, request: Request) -> dict[str, str]:
    """The parameters whose names begin with the row's prefix or hold a token, by lower-case name without the prefix."""
    found: dict[str, str] = {}
    for raw_name, raw_value, _ in pairs(request.raw_query):
        name = raw_name.decode("latin-1").lower()
        if not name.startswith(row.prefix) and name not in row.tokens:
            continue
        name = name.removeprefix(row.prefix)
        if name in found:
            raise malformed(f"the query has the parameter {row.prefix}{name} twice", "header")
        found[name] = raw_value.decode("utf-8", "replace")
    return found


def _expires(row: Row, text: str | None, limit: int) -> int:
    if text is None or not _EXPIRES.fullmatch(text):
        given = "is missing" if text is None else f"{text!r} is not a number of seconds"
        raise malformed(f"the parameter {row.prefix}expires {given}", "expires")
    expires = int(text)
    if not 1 <= expires <= limit:
        raise malformed(
            f"the parameter {row.prefix}expires is {expires}; it must be from 1 to {limit} seconds", "expires-range"
        )
    return expires


def _credentials(row: Row, found: dict[str, str]) -> tuple[str, str] | None:
    """Credential and signature among parameters or fields without their prefix; None when they are another scheme's."""
    if found.keys().isdisjoint((row.algorithm_name, "credential", "signature")):
        return None
    algorithm = found.get(row.algorithm_name)
    if algorithm in row.others:
        return None
    if algorithm != row.algorithm:
        given = "is missing" if algorithm is None else f"is {algorithm!r}"
        raise malformed(f"{row.prefix}{row.algorithm_name} {given}; it must be {row.algorithm}", "header")
    if "credential" not in found:
        raise malformed(f"{row.prefix}credential is missing", "credential")
    if "signature" not in found:
        raise malformed(f"{row.prefix}signature is missing", "header")
    return found["credential"], found["signature"]


def _token(row: Row, found: dict[str, str]) -> str | None:
    return next((token for name in row.tokens if (token := found.get(name.removeprefix(row.prefix)))), None)


def _find_query(row: Row, mark: bytes, request: Request) -> Claim | None:
    if not request.raw_query or mark not in request.raw_query.lower():
        return None
    found = _parameters(row, request)
    credentials = _credentials(row, found)
    if credentials is None:
        return None
    credential, signature = credentials
    time, seconds, day = _time(row, found.get(row.time_name), "parameter")
    key_id, scope = _scope(row, credential, day)
    policy = found.get("policy") if row.policy_addresses else None
    limit = row.expires_max_seconds if policy is None else POLICY_EXPIRES_MAX_SECONDS
    expires = _expires(row, found.get("expires", row.expires_default), limit)
    headers: tuple[bytes, ...] = ()
    if policy is None:
        headers = _listed(row, found.get(row.listing[1]))
        _check_signed(row, headers, request)
    return Claim(
        key_id=key_id,
        signature=signature.encode("utf-8"),
        signed=Scoped(
            row=row, time=time, scope=scope, headers=headers, policy=policy, payload=found.get("content-sha256")
        ),
        token=_token(row, found),
        signed_at=seconds,
        expires_at=seconds + expires,
        presigned=True,
    )


# The form's form.


def _find_form(row: Row, request: Request) -> Claim | None:
    if request.form is None:
        return None
    names = (row.algorithm_name, "credential", "signature", row.time_name)
    read = {name: request.field(f"{row.prefix}{name}") for name in names}
    found = {name: value for name, value in read.items() if value is not None}
    credentials = _credentials(row, found)
    if credentials is None:
        return None
    credential, signature = credentials
    time, seconds, day = _time(row, found.get(row.time_name), "field")
    key_id, scope = _scope(row, credential, day)
    if request.field("policy") is None:
        raise malformed("the form has a signature but no field 'policy', which is what is signed", "policy")
    return Claim(
        key_id=key_id,
        signature=signature.encode("utf-8"),
        signed=Scoped(row=row, time=time, scope=scope),
        token=next((token for name in row.tokens if (token := request.field(name))), None),
        signed_at=seconds,
        form=True,
    )


def _form_texts(request: Request, _claim: Claim, _target: Target) -> tuple[bytes, ...]:
    return ((request.field("policy") or "").encode(),)


# The seal, and what else follows from a claim.


def signing_key(secret: bytes, claim: Claim) -> bytes:
    """The key that signs everything within the claim's scope."""
    signed = scoped_of(claim)
    return _folded(signed.row.key_prefix + secret, signed.scope)


@lru_cache(maxsize=1024)
def _folded(key: bytes, scope: tuple[str, ...]) -> bytes:
    """Remembered, because a client signs a whole day's requests with the same one."""
    for part in scope:
        key = hmac.digest(key, part.encode("utf-8"), "sha256")
    return key


def _seal(secret: bytes, claim: Claim, text: bytes) -> bytes:
    return hmac.digest(signing_key(secret, claim), text, "sha256").hex().encode("ascii")


_PAYLOAD_HEADERS = frozenset(row.payload_header for row in ROWS)


def payload_of(request: Request) -> str | None:
    """What the request says its payload is: a SHA-256 in hex, UNSIGNED-PAYLOAD or the name of a framing; None: nothing.

    A signature of the header's own scheme covers it.
    """
    for name, value in request.headers:
        if name in _PAYLOAD_HEADERS:
            return value.decode("latin-1").strip()
    if b"content-sha256" in request.raw_query.lower():
        for raw_name, raw_value, _ in pairs(request.raw_query):
            if raw_name.lower() in _PAYLOAD_HEADERS:
                return raw_value.decode("latin-1")
    return None


def _schemes(row: Row) -> tuple[Scheme, Scheme, Scheme]:
    mark = row.prefix.encode()
    return (
        Scheme(name=row.name, find=partial(_find_header, row), texts=texts, seal=_seal, canonical=canonical),
        Scheme(
            name=f"{row.name}-query", find=partial(_find_query, row, mark), texts=texts, seal=_seal, canonical=canonical
        ),
        Scheme(name=f"{row.name}-form", find=partial(_find_form, row), texts=_form_texts, seal=_seal),
    )


AWS4_HEADER, AWS4_QUERY, AWS4_FORM = _schemes(AWS4)
STS4_HEADER, STS4_QUERY, _ = _schemes(STS4)
OSS4_HEADER, OSS4_QUERY, OSS4_FORM = _schemes(OSS4)
TOS4_HEADER, TOS4_QUERY, TOS4_FORM = _schemes(TOS4)
VOLC_HEADER, VOLC_QUERY, _ = _schemes(VOLC)
