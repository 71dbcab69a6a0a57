"""Conditions: what must be true of a request, beside its resource, for a rule to speak of it.

Every policy language is compiled to these. Must not know how a language spells them. A fact that a request does not
have fails a condition unless the condition says otherwise (``missing``).
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache

from entrepot.core.rights.circumstances import Fact, FactValue
from entrepot.core.rights.glob import Glob
from entrepot.core.value import Value


class Operator(StrEnum):
    """How a fact is compared. Times are numbers, in seconds since 1970."""

    EQUAL = "equal"
    EQUAL_IGNORE_CASE = "equal-ignore-case"
    LIKE = "like"
    NUMBER_EQUAL = "number-equal"
    LESS = "less"
    LESS_EQUAL = "less-equal"
    GREATER = "greater"
    GREATER_EQUAL = "greater-equal"
    BOOL = "bool"
    NETWORK = "network"
    NULL = "null"


class Condition(Value, frozen=True, kw_only=True, omit_defaults=True):
    """``fact`` compares as ``operator`` says to one of the values; with ``negated``, to none of them.

    ``texts`` are for texts, networks and (``true``, ``false``) for BOOL and NULL, ``numbers`` for numbers and times.
    ``missing`` is what the condition is when the request has no such fact. NULL asks for just that: its text ``true``
    holds when the fact is missing.
    """

    fact: Fact
    operator: Operator
    texts: tuple[str, ...] = ()
    numbers: tuple[float, ...] = ()
    negated: bool = False
    missing: bool = False

    def holds(self, value: FactValue) -> bool:
        """Whether a request whose fact has this value meets the condition."""
        if self.operator is Operator.NULL:
            return any((text == "true") is (value is None) for text in self.texts)
        if value is None:
            return self.missing
        found = _compares(self, value)
        return found is not self.negated


def _compares(condition: Condition, value: FactValue) -> bool:
    """Whether the fact is like one of the condition's values."""
    number = _NUMERIC.get(condition.operator)
    if number is not None:
        given = _number(value)
        return given is not None and any(number(given, bound) for bound in condition.numbers)
    text = _text(value)
    return any(_TEXTUAL[condition.operator](text, wanted) for wanted in condition.texts)


_NUMERIC: dict[Operator, Callable[[float, float], bool]] = {
    Operator.NUMBER_EQUAL: lambda value, bound: value == bound,
    Operator.LESS: lambda value, bound: value < bound,
    Operator.LESS_EQUAL: lambda value, bound: value <= bound,
    Operator.GREATER: lambda value, bound: value > bound,
    Operator.GREATER_EQUAL: lambda value, bound: value >= bound,
}


def _number(value: FactValue) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    try:
        found = float(value or "")
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _text(value: FactValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _in_network(text: str, network: str) -> bool:
    address = address_of(text)
    within = network_of(network)
    return address is not None and within is not None and address.version == within.version and address in within


_TEXTUAL: dict[Operator, Callable[[str, str], bool]] = {
    Operator.EQUAL: lambda text, wanted: text == wanted,
    Operator.EQUAL_IGNORE_CASE: lambda text, wanted: text.casefold() == wanted.casefold(),
    Operator.LIKE: lambda text, wanted: Glob(text=wanted).matches(text),
    Operator.BOOL: lambda text, wanted: text == wanted,
    Operator.NETWORK: _in_network,
}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def address_of(text: str) -> Address | None:
    """An address; one of IPv4 that is written inside IPv6 is the former. None for what is no address."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


@lru_cache(maxsize=1024)
def network_of(text: str) -> Network | None:
    """An address or a network in CIDR form, whose host bits count for nothing. None for what is neither."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
