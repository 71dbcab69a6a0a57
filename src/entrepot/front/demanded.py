"""Faults on demand: what a test wants to go wrong, and when. In dev mode only; elsewhere nothing asks this module.

A rule names requests (dialect, operation, bucket, keys) and one thing that befalls them: an error in the dialect's own
words, a wait, a body that ends early, a reply that is cut or lost. Rules and their counts are shared by all workers.
Must not know a dialect: it is told which codes each one declares, and raises the fault that such a code is the row of.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

import orjson

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import Value, changed
from entrepot.front.telemetry import Exchange
from entrepot.wire.http import Request

NO_REPLY: Final = -1
"""A reply of which not even the status is sent."""
_WITH_BODY = frozenset({"PUT", "POST"})


class FaultRule(Value, frozen=True, kw_only=True):
    """What befalls which requests. Empty names mean any; one of the effects is set, and ``latency_ms`` beside or alone.

    It strikes from the ``first`` request on that it is about, ``count`` times (None: always), and of those ``percent``
    in a hundred, drawn from ``seed`` and the request's number. ``cut_request`` and ``cut_reply`` are numbers of bytes.
    """

    id: str
    dialect: str = ""
    operation: str = ""
    bucket: str = ""
    prefix: str = ""
    code: str = ""
    throttle: bool = False
    latency_ms: int = 0
    cut_request: int | None = None
    cut_reply: int | None = None
    lost_reply: bool = False
    first: int = 1
    count: int | None = None
    percent: int = 100
    seed: int = 0
    seen: int = 0
    struck: int = 0

    def told(self) -> dict[str, Any]:
        """As JSON has it."""
        return {name: getattr(self, name) for name in self.__struct_fields__}

    def strikes(self) -> bool:
        """Whether it befalls the request that was just counted in ``seen``."""
        if self.seen < self.first or (self.count is not None and self.struck >= self.count):
            return False
        drawn = hashlib.sha256(b"%d:%d" % (self.seed, self.seen)).digest()
        return int.from_bytes(drawn[:4], "big") * 100 < self.percent << 32


class Asked(Value, frozen=True, kw_only=True):
    """What a request is, as far as rules ask. ``operation`` is empty as long as that is not known."""

    dialect: str
    operation: str
    bucket: str
    key: str

    def fits(self, rule: FaultRule) -> bool:
        """Whether a rule is about it."""
        return (
            rule.dialect in {"", self.dialect}
            and rule.operation in {"", self.operation}
            and rule.bucket in {"", self.bucket}
            and self.key.startswith(rule.prefix)
        )


class Text(Protocol):
    """A text that all workers share."""

    def read(self) -> bytes:
        """The text, which may be one change behind."""
        ...

    def change(self, apply: Callable[[bytes], bytes]) -> None:
        """Have the text that ``apply`` makes of the newest one."""
        ...


def rules_of(text: bytes) -> list[FaultRule]:
    """The rules in a text."""
    return [FaultRule(**one) for one in orjson.loads(text)] if text else []


def text_of(rules: list[FaultRule]) -> bytes:
    """The opposite."""
    return orjson.dumps([rule.told() for rule in rules]) if rules else b""


Codes = Mapping[str, Mapping[str, tuple[Kind, str | None]]]
"""For each dialect its codes, and the kind and reason of the row."""


class Demands:
    """Has the rules befall requests."""

    def __init__(self, text: Text, codes: Codes) -> None:
        self._text = text
        self._codes = codes

    @property
    def any(self) -> bool:
        """Whether there are rules."""
        return bool(self._text.read())

    def before_body(self, request: Request, dialect: str, place: Any, exchange: Exchange) -> None:
        """Have the body end early, if a rule says so."""
        length = request.content_length()
        if request.method not in _WITH_BODY or request.payload is not None or not self.any:
            return
        bucket, key = _where(place)
        asked = Asked(dialect=dialect, operation="", bucket=bucket, key=key)

        def fits(rule: FaultRule) -> bool:
            return rule.cut_request is not None and (length is None or length > rule.cut_request) and asked.fits(rule)

        rule = self._struck(fits)
        if rule is not None:
            exchange.demanded = rule.id
            exchange.cut_body = rule.cut_request

    async def before_effect(self, dialect: str, operation: str, place: Any, exchange: Exchange) -> None:
        """What befalls a request that was read, before anything is done. Raises Fault of any kind."""
        if not self.any:
            return
        bucket, key = _where(place)
        asked = Asked(dialect=dialect, operation=operation, bucket=bucket, key=key)
        codes = self._codes.get(dialect, {})

        def fits(rule: FaultRule) -> bool:
            return rule.cut_request is None and (not rule.code or rule.code in codes) and asked.fits(rule)

        rule = self._struck(fits)
        if rule is None:
            return
        exchange.demanded = rule.id
        if rule.latency_ms:
            await asyncio.sleep(rule.latency_ms / 1000)
        if rule.throttle:
            raise Fault.of_row((Kind.THROTTLED, None), _why(rule))
        if rule.code:
            raise Fault.of_row(codes[rule.code], _why(rule))
        exchange.cut_reply = NO_REPLY if rule.lost_reply else rule.cut_reply

    def _struck(self, fits: Callable[[FaultRule], bool]) -> FaultRule | None:
        """The first rule that is about a request and strikes; all that were asked have counted it."""
        if not any(map(fits, rules_of(self._text.read()))):
            return None
        struck: list[FaultRule] = []

        def count(text: bytes) -> bytes:
            rules = rules_of(text)
            struck.clear()
            for at, rule in enumerate(rules):
                if fits(rule):
                    rules[at] = counted = changed(rule, seen=rule.seen + 1)
                    if counted.strikes():
                        rules[at] = changed(counted, struck=rule.struck + 1)
                        struck.append(rules[at])
                        break
            return text_of(rules)

        self._text.change(count)
        return struck[0] if struck else None


def _why(rule: FaultRule) -> str:
    return f"the fault {rule.id} was asked for"


def _where(place: Any) -> tuple[str, str]:
    """Bucket and key that a dialect's place names; empty for one that has none."""
    bucket = getattr(place, "bucket", None)
    name = getattr(place, "bucket_text", None) or getattr(place, "bucket_name", None) if bucket is None else bucket.name
    return name or "", getattr(place, "key", None) or ""
