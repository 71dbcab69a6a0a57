"""The search for the mistake behind a signature that does not match: each is undone, and what then verifies is told.

A cause is certain only when the signature that came is that of the altered text, scope, secret or sealing; the
comparison is in constant time, like every other. What is computed here is never kept or shown. All of it is under the
refusal's :class:`~entrepot.explain.refusal.Work`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from entrepot.core.explanation import Confidence, Explanation
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.identity import Key
from entrepot.core.value import Value, changed
from entrepot.explain.causes import CAUSES
from entrepot.explain.excerpts import around, parting
from entrepot.explain.refusal import Refusal, Work, WorkIsOver
from entrepot.explain.sdks import in_words_of, sdk_of
from entrepot.explain.signatures import addresses, headers, queries, scopes, seals, texts
from entrepot.explain.signatures.layouts import Layout, Parts, digested, family_of, layout_of
from entrepot.explain.signatures.mistake import Facts
from entrepot.explain.signatures.repairs import CHANGES
from entrepot.signing.scheme import Claim, Scheme, equal_in_constant_time, find_claim
from entrepot.signing.scoped_rows import Scoped
from entrepot.wire.http import Request

_TEXTS_MAX = 8
"""Of how many strings to sign of one request mistakes are looked for; schemes that take several have few."""
_CANONICALS_MAX = 4
_PAIR_TRIES = 400
_WAY_COST = 3
"""As how often its bytes a way counts: it is made, written and digested."""
_READING_TRIES = 4
"""As what many tries one reading of the request counts."""
_OTHER_KEYS_MAX = 20
_PARTS = (
    *headers.MISTAKES[:3], *addresses.MISTAKES, *queries.MISTAKES, *headers.MISTAKES[3:], *texts.MISTAKES
)  # fmt: skip
"""Mistakes in what was signed, in the order in which they are tried: a text that two of them give is the first's."""


class Found(Value, frozen=True, kw_only=True):
    """A mistake that was proven. ``expected`` and ``came`` are the canonical texts, where it is one in them."""

    cause: str
    note: str = ""
    also: str = ""
    expected: bytes = b""
    came: bytes = b""


class _Case:
    """One signature that does not match, and what it takes to try another."""

    def __init__(self, refusal: Refusal, scheme: Scheme, claim: Claim, key: Key) -> None:
        self.refusal, self.scheme, self.claim, self.key = refusal, scheme, claim, key
        self.work: Work = refusal.work
        self.layout: Layout = layout_of(scheme.name)
        self.facts = Facts(
            request=refusal.request, claim=claim, target=refusal.target, family=family_of(scheme.name),
            layout=self.layout,
        )  # fmt: skip
        self.costs = _size_of(refusal)
        self.texts = self.texts_of(claim)
        self._bases: list[tuple[bytes, bytes, Parts]] | None = None

    def texts_of(self, claim: Claim) -> list[bytes]:
        """The strings to sign under a claim."""
        self.work.pay(self.costs, _READING_TRIES)
        try:
            return list(islice(self.scheme.texts(self.refusal.request, claim, self.refusal.target), _TEXTS_MAX))
        except Fault:
            return []

    def canonicals(self) -> list[tuple[bytes, bytes]]:
        """Strings to sign, each with the canonical text that it stands for."""
        if self.layout.hashed is None or self.scheme.canonical is None:
            return [(text, text) for text in self.texts[:_CANONICALS_MAX]]
        canonical = self.scheme.canonical(self.refusal.request, self.claim, self.refusal.target)
        return [(text, canonical) for text in self.texts[:1]]

    def bases(self) -> list[tuple[bytes, bytes, Parts]]:
        """The parts of each text that the scheme takes, with its string to sign and its canonical text."""
        if self._bases is None:
            self._bases = list(islice(_bases(self), _CANONICALS_MAX))
        return self._bases

    def is_signed(self, text: bytes, claim: Claim | None = None) -> bool:
        """Whether this text, under this claim, is what was signed with the key's own secret."""
        self.work.pay(len(text))
        claim = claim or self.claim
        return equal_in_constant_time(self._seal(self.key.secret, claim, text), self.claim.signature)

    def is_sealed(self, secret: bytes, text: bytes) -> bool:
        """Whether this secret signed this text."""
        self.work.pay(len(text))
        return equal_in_constant_time(self._seal(secret, self.claim, text), self.claim.signature)

    def _seal(self, secret: bytes, claim: Claim, text: bytes) -> bytes:
        if isinstance(claim.signed, Scoped) and not self.scheme.name.endswith("-form"):
            key = seals.folded(claim.signed.row.key_prefix + secret, claim.signed.scope)  # the cache is for true ones
            return seals.hex_of(key, text)
        return self.scheme.seal(secret, claim, text)


def _size_of(refusal: Refusal) -> int:
    """What one reading of the request costs, in bytes."""
    request = refusal.request
    fields = sum(len(name) + len(value) for name, value in request.form or ())
    headers_bytes = sum(len(name) + len(value) for name, value in request.headers)
    return (
        12 * len(request.raw_path) + 24 * len(request.raw_query) + headers_bytes + len(request.payload or b"") + fields
    )


# The tables, in the order of what is met most.


def _shown(case: _Case) -> Iterator[Found]:
    for mistake in seals.SHOWN:
        for way in mistake.read(case.claim.signature):
            if way == case.claim.signature:
                continue
            claim = changed(case.claim, signature=way)
            for text in case.texts:
                case.work.pay(len(text))
                if equal_in_constant_time(case.scheme.seal(case.key.secret, claim, text), way):
                    yield Found(cause=mistake.cause)


def _secrets(case: _Case) -> Iterator[Found]:
    for mistake in seals.SECRETS:
        for secret in mistake.alter(case.key.secret, case.key.id):
            if any(case.is_sealed(secret, text) for text in case.texts):
                yield Found(cause=mistake.cause)
    token = case.claim.token
    if token and any(case.is_sealed(token.encode("utf-8"), text) for text in case.texts):
        yield Found(cause="secret-is-token")


def _other_keys(case: _Case) -> Iterator[Found]:
    """The account's other long-term keys; of no other account, whose keys are nobody's business here."""
    for key in case.refusal.reader.keys(case.key.account, _OTHER_KEYS_MAX):
        if key.id != case.key.id and any(case.is_sealed(key.secret, text) for text in case.texts[:2]):
            yield Found(cause="secret-of-other-key", note=key.id)


def _ways(case: _Case, parts: Parts, *, often: bool = False) -> Iterator[tuple[str, str, Parts]]:
    for mistake in _PARTS:
        if often and not mistake.often:
            continue
        for way, note in mistake.alter(parts, case.facts):
            yield mistake.cause, note, way


def _bases(case: _Case) -> Iterator[tuple[bytes, bytes, Parts]]:
    """The parts of each text that the scheme takes for this request, with its string to sign and canonical text.

    A scheme gives one canonical text, and several strings to sign: the others are those of ways that it takes, too.
    """
    for text, canonical in case.canonicals():
        parts = case.layout.read(canonical)
        if parts is None or case.layout.write(parts) != canonical:
            continue
        yield text, canonical, parts
        others = set(case.texts) - {text} if case.layout.hashed is not None else set()
        if not others:
            continue
        for _, _, way in _ways(case, parts):
            written = case.layout.write(way)
            case.work.pay(_WAY_COST * len(written), 0)
            if not others:
                break
            signed = digested(case.layout, text, canonical, written)
            if signed in others:
                others.remove(signed)
                yield signed, written, way


def _parts(case: _Case) -> Iterator[Found]:
    for text, canonical, parts in case.bases():
        for cause, note, way in _ways(case, parts):
            if _is_way(case, text, canonical, way):
                yield Found(cause=cause, note=note, expected=canonical, came=case.layout.write(way))


def _is_way(case: _Case, text: bytes, canonical: bytes, way: Parts) -> bool:
    written = case.layout.write(way)
    case.work.pay(_WAY_COST * len(written), 0)
    signed = digested(case.layout, text, canonical, written)
    return signed is not None and case.is_signed(signed)


def _texts(case: _Case) -> Iterator[Found]:
    for text, canonical in case.canonicals():
        for mistake in texts.TEXTS:
            for way in mistake.write(text, canonical, case.layout.hashed):
                case.work.pay(len(way), 0)
                if case.is_signed(way):
                    yield Found(cause=mistake.cause)


def _claims(case: _Case) -> Iterator[Found]:
    for mistake in scopes.MISTAKES:
        for claim, note in mistake.alter(case.claim, case.facts):
            for text in case.texts_of(claim)[:2]:
                if case.is_signed(text, claim):
                    yield Found(cause=mistake.cause, note=note)


def _sealings(case: _Case) -> Iterator[Found]:
    for mistake in seals.SEALS:
        for text in case.texts[:2]:
            for way in mistake.seal(case.key.secret, case.claim, text):
                case.work.pay(len(text))
                if equal_in_constant_time(way, case.claim.signature):
                    yield Found(cause=mistake.cause)


def _pairs(case: _Case) -> Iterator[Found]:
    """Two mistakes at once, one of them frequent: a browser's Content-Type and a proxy's host, say."""
    tried = 0
    for text, canonical, parts in case.bases()[:2]:
        for cause, note, first in list(_ways(case, parts, often=True)):
            for also, further, second in _ways(case, first):
                tried += 1
                if tried > _PAIR_TRIES:
                    return
                if also != cause and _is_way(case, text, canonical, second):
                    said = f"{also} ({further})" if further else also
                    yield Found(
                        cause=cause, note=note, also=said, expected=canonical, came=case.layout.write(second)
                    )  # fmt: skip


def _changes(case: _Case) -> Iterator[Found]:
    """What changes more than one part: the request is read again, as another one."""
    for repair in CHANGES:
        for request, note in repair.alter(case.refusal.request):
            case.work.pay(case.costs, _READING_TRIES)
            if repaired(case.refusal, request, case.key):
                yield Found(cause=repair.cause, note=note)


def repaired(refusal: Refusal, request: Request, key: Key | None = None) -> bool:
    """Whether a request carries a signature of a key that is there (of ``key`` only, where it is given)."""
    try:
        found = find_claim(refusal.schemes, request)
        if found is None:
            return False
        scheme, claim = found
        known = refusal.reader.key(claim.key_id) if key is None else key
        if known is None or known.id != claim.key_id:
            return False
        texts = islice(scheme.texts(request, claim, refusal.target), _TEXTS_MAX)
        return any(equal_in_constant_time(scheme.seal(known.secret, claim, text), claim.signature) for text in texts)
    except Fault:
        return False


_SEARCHES = (_shown, _secrets, _parts, _claims, _changes, _sealings, _texts, _other_keys, _pairs)


def found_by(refusal: Refusal, scheme: Scheme, claim: Claim, key: Key) -> Found | None:
    """The mistake with which a signature verifies; None when none of the known ones does, or the work is used up."""
    try:
        case = _Case(refusal, scheme, claim, key)
        for search in _SEARCHES:
            found = next(search(case), None)
            if found is not None:
                return found
    except WorkIsOver:
        return None
    return None


def explain_mismatch(refusal: Refusal) -> Explanation | None:
    """Why a signature does not match."""
    if refusal.fault.kind is not Kind.SIGNATURE_MISMATCH:
        return None
    if refusal.who is not None:  # the request's own signature was good
        return seen(refusal, "chunk-signed-otherwise", Confidence.CERTAIN)
    scheme, claim, key = refusal.scheme, refusal.claim, refusal.key
    if scheme is None or claim is None or key is None:
        return None
    found = found_by(refusal, scheme, claim, key)
    if found is not None:
        return told(refusal, found, body=layout_of(scheme.name).body)
    lost = next(_lost_headers(refusal, claim), None)
    if lost is not None:
        return seen(refusal, "signed-header-lost", Confidence.LIKELY, note=lost)
    return seen(refusal, "unknown-mistake", Confidence.UNKNOWN)


def _lost_headers(refusal: Refusal, claim: Claim) -> Iterator[str]:
    sent = {name for name, _ in refusal.request.headers} | {b"host"}
    for name in getattr(claim.signed, "headers", ()):
        if isinstance(name, bytes) and name not in sent:
            yield name.decode("latin-1")[:80]


def told(refusal: Refusal, found: Found, *, body: bool) -> Explanation:
    """What is said of a mistake that was proven. Of a text that is made of a body nothing is shown."""
    cause = CAUSES[found.cause]
    at = parting(found.expected, found.came)
    shows = at is not None and not body
    details = (("also", found.also),) if found.also else ()
    scheme = refusal.scheme.name if refusal.scheme is not None else ""
    return Explanation(
        cause=found.cause,
        confidence=Confidence.CERTAIN,
        sentence=cause.sentence.format(note="" if body and found.cause in _SHOWS_BODY else found.note),
        change=in_words_of(sdk_of(refusal.request), cause.change),
        expected=around(found.expected, at) if shows and at is not None else "",
        came=around(found.came, at) if shows and at is not None else "",
        parts_at=at,
        details=(("scheme", scheme), *details),
        private=found.cause == "secret-of-other-key",
    )


_SHOWS_BODY = frozenset({"query-extra", "query-missing"})


def seen(refusal: Refusal, cause: str, confidence: Confidence, note: str = "", *, private: bool = False) -> Explanation:
    """What is said of a cause that is seen."""
    known = CAUSES[cause]
    return Explanation(
        cause=cause,
        confidence=confidence,
        sentence=known.sentence.format(note=note),
        change=in_words_of(sdk_of(refusal.request), known.change),
        private=private,
        details=(("scheme", refusal.scheme.name),) if refusal.scheme is not None else (),
    )
