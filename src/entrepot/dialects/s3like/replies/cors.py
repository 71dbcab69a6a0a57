"""CORS as a bucket's own rules say: the preflight and the headers of actual replies.

Source: Fetch standard; the clouds' "PutBucketCORS" pages. The first rule that fits counts.
"""

from __future__ import annotations

from typing import Final

from entrepot.core.facts.records import Bucket, CorsRule
from entrepot.core.fault import Fault, Kind
from entrepot.dialects.s3like.flavour import Head
from entrepot.wire.http import Request


def _text(request: Request, name: bytes) -> str:
    return (request.header(name) or "").strip()


def _like(text: str, pattern: str) -> bool:
    """Whether a text is a pattern with at most one ``*``; every other character stands for itself."""
    start, star, end = pattern.partition("*")
    if not star:
        return text == pattern
    return len(text) >= len(start) + len(end) and text.startswith(start) and text.endswith(end)


def _fits(rule: CorsRule, origin: str, method: str) -> bool:
    return method in rule.methods and any(_like(origin, pattern) for pattern in rule.origins)


def preflight(request: Request, bucket: Bucket | None) -> Head:
    """The headers that let a browser go on.

    Raises:
        Fault: PARAMETER_INVALID without an origin or method; ACCESS_DENIED (reason ``cors``) when no rule fits.
    """
    origin = _text(request, b"origin")
    method = _text(request, b"access-control-request-method")
    if not origin or not method:
        raise Fault(
            Kind.PARAMETER_INVALID, "a preflight has the headers Origin and Access-Control-Request-Method",
            reason="preflight",
        )  # fmt: skip
    asked = [
        name.strip().lower() for name in _text(request, b"access-control-request-headers").split(",") if name.strip()
    ]
    for rule in bucket.settings.cors if bucket is not None else ():
        patterns = [pattern.lower() for pattern in rule.headers]
        if _fits(rule, origin, method) and all(any(_like(name, p) for p in patterns) for name in asked):
            head = _common(rule, origin)
            if asked:
                head.append((b"access-control-allow-headers", ", ".join(asked).encode("latin-1")))
            if rule.max_age_seconds is not None:
                head.append((b"access-control-max-age", b"%d" % rule.max_age_seconds))
            return head
    raise Fault(Kind.ACCESS_DENIED, "no CORS rule of this bucket allows that origin, method and headers", reason="cors")


def actual(request: Request, bucket: Bucket | None) -> Head:
    """The headers that let a page of another origin see a reply; none without a rule that fits."""
    if bucket is None or not bucket.settings.cors:
        return []
    origin = _text(request, b"origin")
    if not origin:
        return _varies(bucket)
    for rule in bucket.settings.cors:
        if _fits(rule, origin, request.method):
            return _common(rule, origin)
    return _varies(bucket)


VARY: Final = "cors:vary"
"""The label of a bucket whose replies say always that they depend on the origin, so that caches keep them apart."""


def _varies(bucket: Bucket) -> Head:
    return [_VARY] if bucket.settings.labels.get(VARY) == "true" else []


_VARY: Final = (b"vary", b"Origin, Access-Control-Request-Headers, Access-Control-Request-Method")


def _common(rule: CorsRule, origin: str) -> Head:
    anyone = "*" in rule.origins
    head = [(b"access-control-allow-origin", b"*" if anyone else origin.encode("latin-1"))]
    if not anyone:
        head.append((b"access-control-allow-credentials", b"true"))
    head.append((b"access-control-allow-methods", ", ".join(rule.methods).encode()))
    if rule.expose:
        head.append((b"access-control-expose-headers", ", ".join(rule.expose).encode("latin-1")))
    head.append(_VARY)
    return head
