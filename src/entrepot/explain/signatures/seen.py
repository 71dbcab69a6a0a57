"""Causes that are seen in a request or in its refusal, before or after a signature is compared: an explainer a kind.

Where a signature could not be read, repairs of the request are tried, and one that verifies is certain. Everything else
follows from the refusal's own reason and facts, or from what the index has under another spelling. Of keys that the
request does not name only the operator is told.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import unquote_to_bytes

from entrepot.core.explanation import Confidence, Explanation
from entrepot.core.rights.identity import Key
from entrepot.core.value import changed
from entrepot.explain.refusal import Refusal
from entrepot.explain.signatures.repairs import CHANGES, REPAIRS
from entrepot.explain.signatures.search import repaired, seen
from entrepot.signing.cos_app import AppSign
from entrepot.signing.scoped_rows import EMPTY_SHA256
from entrepot.wire.http import Request

_CERTAIN, _LIKELY = Confidence.CERTAIN, Confidence.LIKELY
_REPAIRS_MAX: Final = 24

# Signatures that cannot be read.

_REASONS: Final[Mapping[str | None, str]] = {
    "two": "signatures-two",
    "credential-date": "scope-other-day",
    "scope": "scope-other-service",
    "region": "region-other",
    "region-parameter": "region-other",
    "unsigned-header": "header-not-signed",
    "content-sha256": "payload-digest-differs",
}
"""Refusals whose reason is the cause."""
_TIMES: Final = frozenset(
    {"date", "time", "timestamp", "expires", "expires-range", "timestamp-missing", "time-missing"}
)


def explain_unread(refusal: Refusal) -> Explanation | None:
    """Why no signature could be read, or there seems to be none."""
    found = next(_repairs(refusal), None)
    if found is not None:
        return found
    reason = refusal.fault.reason
    if reason in _REASONS:
        header = str(refusal.fault.facts.get("header", ""))[:80]
        return seen(refusal, _REASONS[reason], _CERTAIN, note=header)
    if reason in _TIMES:
        return _time_of(refusal)
    return None


def _repairs(refusal: Refusal) -> Iterator[Explanation]:
    tried = 0
    for repair in (*REPAIRS, *CHANGES):
        for request, note in repair.alter(refusal.request):
            tried += 1
            if tried > _REPAIRS_MAX or not refusal.work.spend(_size(request), 8):
                return
            if repaired(refusal, request):
                yield seen(refusal, repair.cause, _CERTAIN, note=note)


def _size(request: Request) -> int:
    return len(request.raw_path) + len(request.raw_query) + len(request.payload or b"") + 500


_TIME_NAMES: Final = (
    b"expires", b"x-amz-expires", b"x-oss-expires", b"x-tos-expires", b"x-tc-timestamp", b"timestamp", b"date",
    b"x-amz-date", b"x-oss-date", b"x-tos-date", b"x-date", b"x-expires", b"q-sign-time", b"q-key-time",
)  # fmt: skip


def _times_sent(request: Request) -> Iterator[bytes]:
    """Numbers that are said for times, in headers and address."""
    yield from (value.strip()[:64] for name, value in request.headers if name in _TIME_NAMES)
    for pair in request.raw_query.split(b"&")[:64]:
        name, _, value = pair.partition(b"=")
        if name.lower() in _TIME_NAMES:
            yield unquote_to_bytes(value[:64])


def _time_of(refusal: Refusal) -> Explanation:
    for said in _times_sent(refusal.request):
        for number in said.replace(b",", b";").split(b";"):
            if number.isdigit() and len(number) in {13, 14} and _near(int(number) / 1000, refusal.now):
                return seen(refusal, "time-milliseconds", _CERTAIN)
            if refusal.fault.reason == "expires-range" and number.isdigit() and _near(int(number), refusal.now):
                return seen(refusal, "moment-for-span", _CERTAIN)
    return seen(refusal, "time-form", _LIKELY)


_YEARS_SECONDS: Final = 5 * 366 * 86_400.0


def _near(seconds: float, now: float) -> bool:
    return abs(seconds - now) < _YEARS_SECONDS


# Times of signatures that are genuine.

_QUARTER: Final = 900
_ZONES_SECONDS: Final = 14 * 3600 + _QUARTER
_WATCH_SECONDS: Final = 90.0
"""How far a clock that is right may be off."""


def _lasting(seconds: float) -> str:
    whole = int(abs(seconds))
    hours, rest = divmod(whole, 3600)
    sign = "ahead" if seconds > 0 else "behind"
    return f"{hours} h {rest // 60} min {sign}" if hours else f"{rest // 60} min {rest % 60} s {sign}"


def _off(refusal: Refusal, seconds: float) -> Explanation:
    """A time that is so far from the server's."""
    nearest = round(seconds / _QUARTER) * _QUARTER
    if nearest and abs(seconds) <= _ZONES_SECONDS and abs(seconds - nearest) <= _WATCH_SECONDS and not nearest % 1800:
        return seen(refusal, "clock-zone", _LIKELY, note=_lasting(nearest))
    return seen(refusal, "clock-off", _LIKELY, note=_lasting(seconds))


def explain_skew(refusal: Refusal) -> Explanation | None:
    """Why a request's time is too far from the server's."""
    if refusal.claim is None or refusal.claim.signed_at is None:
        return None
    at = refusal.claim.signed_at
    if not _near(at, refusal.now) and _near(at / 1000, refusal.now):
        return seen(refusal, "time-milliseconds", _CERTAIN)
    return _off(refusal, at - refusal.now)


def explain_expired(refusal: Refusal) -> Explanation | None:
    """What makes a signature over that was just made; for one that was good and is over this says nothing."""
    claim = refusal.claim
    if claim is None:
        return None
    times = [time for time in (claim.signed_at, claim.expires_at) if time is not None]
    if isinstance(claim.signed, AppSign):
        times = [claim.signed.made_at, claim.signed.expires_at]
        ahead = claim.signed.made_at - refusal.now
        if 0 < ahead <= _ZONES_SECONDS + _WATCH_SECONDS:
            return _off(refusal, ahead)
    if any(time > 1e11 and _near(time / 1000, refusal.now) for time in times):
        return seen(refusal, "time-milliseconds", _CERTAIN)
    if any(0 < time < _SPAN_MAX_SECONDS for time in times):
        return seen(refusal, "span-for-moment", _CERTAIN)
    return None


_SPAN_MAX_SECONDS: Final = 10 * 366 * 86_400.0
"""A moment before this is in the seventies, when nobody signed."""

# Tokens.

_TOKENS: Final = {"token-missing": "token-missing", "token-unasked": "token-unasked"}


def explain_token(refusal: Refusal) -> Explanation | None:
    """What is wrong with a session token; nothing of one that is over."""
    claim, key, reason = refusal.claim, refusal.key, refusal.fault.reason
    if reason in _TOKENS:
        return seen(refusal, _TOKENS[reason], _CERTAIN)
    if reason != "token-wrong" or claim is None or key is None or key.token_sha256 is None:
        return None
    for way in _tokens((claim.token or "").encode("utf-8")):
        if hmac.compare_digest(hashlib.sha256(way).digest(), key.token_sha256):
            return seen(refusal, "token-altered", _CERTAIN)
    return seen(refusal, "token-of-other-key", _LIKELY)


def _tokens(token: bytes) -> Iterator[bytes]:
    yield token.strip(b" \t\r\n\"'")
    yield token.replace(b" ", b"+")
    once = unquote_to_bytes(token)
    yield from (once, unquote_to_bytes(once), token.replace(b"-", b"+").replace(b"_", b"/"))
    for count in (1, 2):
        yield token + b"=" * count


# Keys.

_KEYS_MAX: Final = 100


def explain_unknown_key(refusal: Refusal) -> Explanation | None:
    """What stands where a key's id has to be; nothing of a key that was revoked."""
    claim, reader = refusal.claim, refusal.reader
    if claim is None:
        return None
    if isinstance(claim.signed, AppSign) and refusal.fault.reason == "account":
        return _appid(refusal, claim.signed)
    said = claim.key_id
    if reader.key(said) is not None:
        return None
    bare = said.strip(" \t\r\n\"'<>")
    if bare != said and reader.key(bare) is not None:
        return seen(refusal, "key-id-space", _CERTAIN, private=True)
    for way in (said.upper(), said.lower()):
        if way != said and reader.key(way) is not None:
            return seen(refusal, "key-id-case", _CERTAIN, private=True)
    if said.isascii() and said.isdigit() and len(said) < 19 and reader.account(int(said)) is not None:
        return seen(refusal, "key-id-is-appid", _CERTAIN)
    if reader.bucket_named(said) is not None:
        return seen(refusal, "key-id-is-bucket", _CERTAIN)
    if _is_secret(refusal, said):
        return changed(seen(refusal, "key-id-and-secret-swapped", _CERTAIN, private=True), unsafe=True)
    return seen(refusal, "key-id-unknown", _CERTAIN)


def _is_secret(refusal: Refusal, said: str) -> bool:
    """Whether what was said is the secret of a key, looked for among a bounded number of them."""
    bucket = getattr(refusal.place, "bucket", None)
    account = getattr(bucket, "account", None)
    accounts = [account] if account is not None else [one.id for one in refusal.reader.accounts()[:8]]
    keys: list[Key] = []
    for one in accounts:
        keys += refusal.reader.keys(one, _KEYS_MAX - len(keys))
    return any(hmac.compare_digest(key.secret, said.encode("utf-8")) for key in keys)


def _appid(refusal: Refusal, sign: AppSign) -> Explanation:
    if refusal.reader.key(sign.account) is not None:
        return seen(refusal, "appid-is-key-id", _CERTAIN)
    return seen(refusal, "sign-other-account", _CERTAIN)


# Signatures for something else.

_FOREIGN: Final = {
    "bucket": "sign-other-bucket",
    "url-account": "sign-other-account",
    "key-account": "sign-other-account",
    "once-expiry": "sign-once-needed",
    "once-path": "sign-once-needed",
    "multi-expiry": "sign-once-needed",
}


def explain_foreign(refusal: Refusal) -> Explanation | None:
    """For what else a signature was made."""
    reason = refusal.fault.reason or ""
    sign = refusal.claim.signed if refusal.claim is not None else None
    if reason in _FOREIGN:
        note = sign.bucket[:80] if isinstance(sign, AppSign) else ""
        return seen(refusal, _FOREIGN[reason], _CERTAIN, note=note)
    if reason != "path" or not isinstance(sign, AppSign):
        return None
    wanted: tuple[bytes, ...] = tuple(getattr(refusal.place, "fileids", ()))
    said = unquote_to_bytes(sign.path)
    if any(unquote_to_bytes(sign.path.replace(b"+", b" ")) == one for one in wanted):
        return seen(refusal, "fileid-plus", _CERTAIN)
    if any(one.endswith(b"/" + said.lstrip(b"/")) for one in wanted if said.strip(b"/")):
        return seen(refusal, "fileid-not-whole", _CERTAIN)
    return seen(refusal, "fileid-other-path", _CERTAIN)


# Bodies.


def explain_digest(refusal: Refusal) -> Explanation | None:
    """Whose digest was signed, where it is not that of the body."""
    if refusal.fault.reason != "sha256":
        return None
    empty = refusal.fault.facts.get("expected") == EMPTY_SHA256
    return seen(refusal, "payload-of-nothing" if empty else "payload-digest-differs", _CERTAIN)
