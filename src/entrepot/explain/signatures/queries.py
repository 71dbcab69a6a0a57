"""Mistakes in the parameters that a request was signed with: more, fewer, in another order or coding.

Data in :data:`MISTAKES`; each function gives ways in which the query may have been signed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from entrepot.core.value import changed
from entrepot.explain.signatures.addresses import JS_KEPT, lower_escapes, shown, some_replaced
from entrepot.explain.signatures.layouts import Parts
from entrepot.explain.signatures.mistake import Facts, Mistake, Ways

_PARAMETERS_MAX: Final = 24


def _encoded(raw: bytes, safe: str = "-_.~/") -> bytes:
    return quote(raw, safe=safe).encode("ascii")


def _queries(parts: Parts, pairs: list[bytes], note: str) -> Ways:
    query = b"&".join(pairs)
    if query != parts.query:
        yield changed(parts, query=query), note


def _split(parts: Parts) -> list[bytes]:
    return (parts.query or b"").split(b"&") if parts.query else []


def _query_extra(parts: Parts, _facts: Facts) -> Ways:
    """A parameter that was added after signing, each in turn, then all that are not the scheme's."""
    pairs = _split(parts)
    for at in range(min(len(pairs), _PARAMETERS_MAX)):
        yield from _queries(parts, pairs[:at] + pairs[at + 1 :], shown(pairs[at].partition(b"=")[0]))
    own = [pair for pair in pairs if pair.lower().startswith(_OWN)]
    if len(own) < len(pairs):
        yield from _queries(parts, own, "all that are not the signature's own")
        yield from _queries(parts, [], "all")


_OWN: Final = (b"x-amz-", b"x-oss-", b"x-tos-", b"x-cos-", b"q-", b"x-")
_MISSING: Final = tuple(
    b"acl cors delete lifecycle location policy tagging uploads versioning list-type=2 x-id=PutObject x-id=GetObject"
    b" x-id=UploadPart x-id=ListObjectsV2 encoding-type=url append max-keys=1000 x-oss-process= response-content-type="
    b" symlink objectMeta stat versionId=null".split()
)


def _query_missing(parts: Parts, _facts: Facts) -> Ways:
    """A parameter that was signed and did not come."""
    if parts.query is None:
        return
    pairs = _split(parts)
    for more in _MISSING:
        forms = (more, more + b"=") if b"=" not in more else (more,)
        for form in forms:
            yield from _queries(parts, sorted([*pairs, form]), shown(more))


def _query_order(parts: Parts, facts: Facts) -> Ways:
    """Parameters as they were sent, or sorted otherwise."""
    pairs = _split(parts)
    if len(pairs) < 2:
        return
    sent = [name.partition(b"=")[0] for name in facts.request.raw_query.split(b"&")]
    decoded = {unquote_to_bytes(name): at for at, name in reversed(list(enumerate(sent)))}
    ways = (
        sorted(pairs, key=lambda pair: decoded.get(unquote_to_bytes(pair.partition(b"=")[0]), 0)),
        sorted(pairs, key=bytes.lower), sorted(pairs, reverse=True), sorted(pairs),
    )  # fmt: skip
    for way in ways:
        yield from _queries(parts, way, "")


def _each_value(parts: Parts, write: Callable[[bytes], bytes]) -> list[bytes]:
    found = []
    for pair in _split(parts):
        name, equals, value = pair.partition(b"=")
        found.append(name + equals + write(value))
    return found


def _query_encoded_twice(parts: Parts, _facts: Facts) -> Ways:
    yield from _queries(parts, _each_value(parts, _encoded_all), "")
    yield from _queries(parts, [_encoded(pair, "=") for pair in _split(parts)], "")


def _encoded_all(value: bytes) -> bytes:
    return _encoded(value, "")


def _query_not_encoded(parts: Parts, facts: Facts) -> Ways:
    yield from _queries(parts, _each_value(parts, unquote_to_bytes), "")
    yield from _queries(parts, [unquote_to_bytes(pair) for pair in _split(parts)], "")
    yield from _queries(parts, sorted(facts.request.raw_query.split(b"&")), "")
    yield from _queries(parts, facts.request.raw_query.split(b"&"), "")
    yield from _queries(parts, _each_value(parts, lambda value: value.replace(b"%2F", b"/")), "")


def _query_plus(parts: Parts, _facts: Facts) -> Ways:
    for old, new in ((b"%20", b"+"), (b"%20", b"%2B"), (b"%2B", b"%20"), (b"%2B", b"+"), (b" ", b"+"), (b"+", b" ")):
        yield from _queries(parts, [pair.replace(old, new) for pair in _split(parts)], shown(old))
    pairs = _split(parts)[:_PARAMETERS_MAX]
    for at, pair in enumerate(pairs):
        for old, new in ((b"%20", b"%2B"), (b"%2B", b"%20"), (b" ", b"+"), (b"+", b" ")):
            for way in (pair.replace(old, new), *some_replaced(pair, old, new)):
                if way != pair:
                    yield from _queries(parts, [*pairs[:at], way, *pairs[at + 1 :]], shown(old))


def _escaped(value: bytes, safe: str) -> bytes:
    return _encoded(unquote_to_bytes(value), safe)


def _query_escapes(parts: Parts, _facts: Facts) -> Ways:
    for safe in (JS_KEPT, "-_.*", "-_.", "-_.~/", "-_.~:", "-_.~,", "-_.~/:"):
        written = _each_value(parts, partial(_escaped, safe=safe))
        yield from _queries(parts, written, "")
    yield from _queries(parts, [lower_escapes(pair) for pair in _split(parts)], "")


def _query_empty(parts: Parts, _facts: Facts) -> Ways:
    """The ``=`` of a parameter without a value."""
    yield from _queries(parts, [pair.removesuffix(b"=") for pair in _split(parts)], "")
    yield from _queries(parts, [pair if b"=" in pair else pair + b"=" for pair in _split(parts)], "")


def _query_names(parts: Parts, _facts: Facts) -> Ways:
    yield from _queries(
        parts, [pair.partition(b"=")[0].lower() + b"=" + pair.partition(b"=")[2] for pair in _split(parts)], ""
    )


MISTAKES: Final = (
    Mistake(cause="query-extra", alter=_query_extra, often=True),
    Mistake(cause="query-order", alter=_query_order),
    Mistake(cause="query-plus", alter=_query_plus),
    Mistake(cause="query-not-encoded", alter=_query_not_encoded),
    Mistake(cause="query-encoded-twice", alter=_query_encoded_twice),
    Mistake(cause="query-escapes", alter=_query_escapes),
    Mistake(cause="query-empty-value", alter=_query_empty),
    Mistake(cause="query-names", alter=_query_names),
    Mistake(cause="query-missing", alter=_query_missing),
)
