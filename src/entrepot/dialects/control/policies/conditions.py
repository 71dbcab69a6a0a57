"""Conditions of policies: operators and keys by a language's tables, values read strictly.

Pure. An operator or key that is not in the tables, a value that does not fit, or an operator on a key of another kind
is refused with its place.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Final

from entrepot.core.rights.circumstances import Fact
from entrepot.core.rights.conditions import Condition, Operator, network_of
from entrepot.core.value import Value
from entrepot.dialects.control.policies.statements import Node, nearest


class Family(StrEnum):
    """Kinds of operators, and of the values that they take."""

    TEXT = "string"
    NUMBER = "numeric"
    DATE = "date"
    BOOL = "bool"
    NETWORK = "ip"
    NULL = "null"


FACTS: Final[Mapping[Fact, frozenset[Family]]] = {
    Fact.SOURCE: frozenset({Family.NETWORK}),
    Fact.SECURE: frozenset({Family.BOOL}),
    Fact.TIME: frozenset({Family.DATE, Family.NUMBER}),
    Fact.REFERER: frozenset({Family.TEXT}),
    Fact.USER_AGENT: frozenset({Family.TEXT}),
    Fact.CONTENT_TYPE: frozenset({Family.TEXT}),
    Fact.CONTENT_LENGTH: frozenset({Family.NUMBER}),
    Fact.ACL: frozenset({Family.TEXT}),
    Fact.PREFIX: frozenset({Family.TEXT}),
    Fact.DELIMITER: frozenset({Family.TEXT}),
    Fact.MAX_KEYS: frozenset({Family.NUMBER}),
    Fact.ENCRYPTION: frozenset({Family.TEXT}),
    Fact.CLIENT_ENCRYPTION: frozenset({Family.TEXT}),
}
"""Which operators a fact can be asked with, beside NULL."""


class Spelling(Value, frozen=True, kw_only=True):
    """What an operator's name means."""

    family: Family
    operator: Operator
    negated: bool = False


class Language(Value, frozen=True, kw_only=True):
    """How a language spells conditions.

    ``if_exist`` ends the name of an operator that holds when the request has no such thing; ``of_all`` and ``of_any``
    begin the name of one for sets. ``negated_missing``: a negated operator holds for what a request does not have.
    Keys are compared without regard to case. ``variables`` are what texts may have as ``${name}``, in lower case, and
    the place that each becomes; ``acl_names`` are further names of ACLs, and the ones that they are here.
    """

    operators: Mapping[str, Spelling]
    keys: Mapping[str, Fact]
    if_exist: str
    of_all: str
    of_any: str
    negated_missing: bool
    variables: Mapping[str, str] = {}
    acl_names: Mapping[str, str] = {}


_VARIABLE = re.compile(r"\$\{([^{}]{0,80})\}")


def filled_in(node: Node, text: str, language: Language) -> str:
    """A text with the places of its variables. Raises Fault PARAMETER_INVALID for one that is not known."""

    def place(match: re.Match[str]) -> str:
        found = language.variables.get(match[1].lower())
        if found is None:
            known = " and ".join(f"${{{name}}}" for name in language.variables)
            node.refuse(
                f"{node.shown} has the variable {match[0]}, which stands for nothing here; "
                + (f"there are {known}" if known else "there are none in such a policy")
            )
        return found

    filled = _VARIABLE.sub(place, text)
    if "${" in filled or "\0" in text:
        node.refuse(f"{node.shown} has a variable that is not closed")
    return filled


def compiled(block: Node | None, language: Language) -> tuple[Condition, ...]:
    """The conditions of a block: all of them must hold. Raises Fault PARAMETER_INVALID with the place."""
    return tuple(condition for _, _, condition in _written(block, language))


def spelled(block: Node | None, language: Language) -> tuple[tuple[str, str], ...]:
    """The operator and the key of each of them, as they are written."""
    return tuple((operator, key) for operator, key, _ in _written(block, language))


def _written(block: Node | None, language: Language) -> Iterator[tuple[str, str, Condition]]:
    for name, keys in [] if block is None else block.pairs():
        spelling, missing = _operator(keys, name, language)
        pairs = keys.pairs()
        if not pairs:
            keys.refuse("the operator has no key")
        for key, values in pairs:
            fact = language.keys.get(key.lower())
            if fact is None:
                values.refuse(f"the key {key[:60]!r} is unknown; such as {nearest(key, language.keys)}")
            if spelling.family not in FACTS[fact] | {Family.NULL}:
                fitting = " or ".join(sorted(family.value for family in FACTS[fact]))
                values.refuse(f"{name} does not fit {key}, which takes {fitting} operators")
            yield name, key, _condition(values, spelling, fact, language, missing=missing)


def _operator(node: Node, name: str, language: Language) -> tuple[Spelling, bool]:
    """What an operator means, and whether it holds for what a request does not have."""
    bare = name
    missing = False
    if bare.startswith(language.of_all):  # no fact of ours has several values: of none, all are as they should be
        bare, missing = bare.removeprefix(language.of_all), True
    elif bare.startswith(language.of_any):
        bare = bare.removeprefix(language.of_any)
    if bare.endswith(language.if_exist):
        bare, missing = bare.removesuffix(language.if_exist), True
    spelling = language.operators.get(bare)
    if spelling is None or (spelling.family is Family.NULL and bare != name):
        node.refuse(f"the operator {name[:60]!r} is unknown; such as {nearest(bare, language.operators)}")
    plain = not name.startswith(language.of_any)
    return spelling, missing or (spelling.negated and language.negated_missing and plain)


def _condition(values: Node, spelling: Spelling, fact: Fact, language: Language, *, missing: bool) -> Condition:
    items = [
        Node(value=filled_in(item, item.value, language), where=item.where) if isinstance(item.value, str) else item
        for item in values.items()
    ]
    if spelling.family in _NUMBERS:
        numbers = tuple(_NUMBERS[spelling.family](item) for item in items)
        return Condition(
            fact=fact, operator=spelling.operator, numbers=numbers, negated=spelling.negated, missing=missing
        )
    texts = tuple(_TEXTS[spelling.family](item) for item in items)
    if fact is Fact.ACL and spelling.family is Family.TEXT:
        texts = _acls(values, texts, spelling.operator, language)
    if fact in _ENCRYPTIONS and spelling.family is Family.TEXT:
        _check_encryption(values, fact, texts, spelling.operator)
    return Condition(fact=fact, operator=spelling.operator, texts=texts, negated=spelling.negated, missing=missing)


def _acls(values: Node, texts: tuple[str, ...], operator: Operator, language: Language) -> tuple[str, ...]:
    """ACLs by the names that they have here.

    Raises:
        Fault: PARAMETER_INVALID where none of them is an ACL that a request here can ask for.
    """

    def means(name: str) -> bool:
        return any(Condition(fact=Fact.ACL, operator=operator, texts=(text,)).holds(name) for text in texts)

    found = dict.fromkeys([*texts, *(meant for name, meant in language.acl_names.items() if means(name))])
    if not any(Condition(fact=Fact.ACL, operator=operator, texts=tuple(found)).holds(acl) for acl in ACLS):
        values.refuse(f"{values.shown} is no ACL that anybody can ask for here; there are {', '.join(ACLS)}")
    return tuple(found)


def _check_encryption(values: Node, fact: Fact, texts: tuple[str, ...], operator: Operator) -> None:
    """Refuse a condition that names no encryption of this server, which would allow nothing or deny everything."""
    if not Condition(fact=fact, operator=operator, texts=texts).holds(ENCRYPTION):
        values.refuse(f"{values.shown} is no encryption that anybody can ask for here; there is {ENCRYPTION}")


_ENCRYPTIONS: Final = frozenset({Fact.ENCRYPTION, Fact.CLIENT_ENCRYPTION})
ENCRYPTION: Final = "AES256"
"""What the encryption of a request can be, with the server's key and with the client's."""
ACLS: Final = ("private", "public-read", "public-read-write", "default")
"""What the ACL of a request can be."""


def _text(node: Node) -> str:
    if not isinstance(node.value, str):
        node.refuse(f"{node.shown} is no text")
    return node.value


def _bool(node: Node) -> str:
    value = node.value
    text = str(value).lower() if isinstance(value, str | bool) else ""
    if text not in {"true", "false"}:
        node.refuse(f"{node.shown} is neither true nor false")
    return text


def _network(node: Node) -> str:
    text = _text(node).strip()
    if network_of(text) is None:
        node.refuse(f"{node.shown} is no IP address and no network such as 10.0.0.0/8")
    return text


def _number(node: Node) -> float:
    value = node.value
    if isinstance(value, str):
        try:
            value = float(value) if len(value) <= 40 else math.nan
        except ValueError:
            value = None
    if not isinstance(value, int | float) or isinstance(value, bool) or not _finite(value):
        node.refuse(f"{node.shown} is no number")
    return float(value)


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _date(node: Node) -> float:
    if not isinstance(node.value, str):
        return _number(node)
    try:
        when = dt.datetime.fromisoformat(node.value.strip())
    except ValueError:
        node.refuse(f"{node.shown} is no date in ISO 8601, such as 2030-01-01T00:00:00Z")
    if when.tzinfo is None:
        node.refuse(f"{node.shown} has no time zone; write it such as 2030-01-01T00:00:00Z")
    return when.timestamp()


_NUMBERS: dict[Family, Callable[[Node], float]] = {Family.NUMBER: _number, Family.DATE: _date}
_TEXTS: dict[Family, Callable[[Node], str]] = {
    Family.TEXT: _text,
    Family.BOOL: _bool,
    Family.NETWORK: _network,
    Family.NULL: _bool,
}
