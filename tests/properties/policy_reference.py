"""A second evaluator of policies, straight over the JSON: regular expressions and strings, no rights, rules or scopes.

Law: written from the clouds' documents and knows nothing of the server's code. A question is asked in a cloud's own
words: an action, the full text of a resource, and the facts by their keys (in lower case) as they are on the wire.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Facts = Mapping[str, Any]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def like(pattern: str, text: str, wild: str = "*?") -> bool:
    """Whether a pattern covers a text."""
    translated = "".join(
        ".*" if one == "*" and "*" in wild else "." if one == "?" and "?" in wild else re.escape(one) for one in pattern
    )
    return re.fullmatch(translated, text, re.DOTALL) is not None


def _seconds(text: str) -> float:
    return dt.datetime.fromisoformat(text).timestamp()


def _within(address: str, network: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "equal": lambda fact, value: fact == value,
    "less_than": lambda fact, value: fact < value,
    "less_than_equal": lambda fact, value: fact <= value,
    "greater_than": lambda fact, value: fact > value,
    "greater_than_equal": lambda fact, value: fact >= value,
}
_KINDS: dict[str, Callable[[Any], Any]] = {"numeric": float, "date": lambda value: value, "string": str}


def holds(operator: str, values: Any, fact: Any, *, negated_missing: bool) -> bool:
    """One condition; ``operator`` as Tencent spells it, the fact None where the request has none."""
    name = operator.removeprefix("for_any_value:").removeprefix("for_all_value:")
    bare = name.removesuffix("_if_exist")
    kind, _, rest = bare.partition("_")
    if kind == "null":
        return any((str(value).lower() == "true") == (fact is None) for value in _list(values))
    no = rest.startswith("not_")
    rest = rest.removeprefix("not_")
    if fact is None:
        if operator.startswith("for_any_value:"):
            return name != bare
        return name != bare or operator.startswith("for_all_value:") or (no and negated_missing)
    return any(_same(kind, rest, fact, value) for value in _list(values)) is not no


def _same(kind: str, rest: str, fact: Any, value: Any) -> bool:
    if kind == "ip":
        return _within(fact, value)
    if kind == "bool":
        return bool(fact) == (str(value).lower() == "true")
    if kind == "date":
        return _COMPARISONS[rest](fact, _seconds(value))
    if rest == "like":
        return like(value, fact)
    if rest == "equal_ignore_case":
        return bool(value.casefold() == fact.casefold())
    return _COMPARISONS[rest](_KINDS[kind](fact), _KINDS[kind](value))


def _conditions(block: Mapping[str, Any], facts: Facts, *, negated_missing: bool) -> bool:
    return all(
        holds(operator, values, facts.get(key.lower()), negated_missing=negated_missing)
        for operator, pairs in block.items()
        for key, values in pairs.items()
    )


def decide(statements: Iterable[tuple[bool, bool]]) -> bool | None:
    """What statements say together, each as (speaks of it, allows): None where none speaks."""
    heard = [allows for speaks, allows in statements if speaks]
    return None if not heard else all(heard)


def cam(text: str, action: str, resource: str, facts: Facts) -> bool | None:
    """What a CAM policy says of an action on a resource (``bucket-appid/key``; empty: none)."""
    return decide(
        (
            any(_cam_action(one, action) for one in _list(each["action"]))
            and any(_cam_resource(one, action.partition(":")[0], resource) for one in _list(each["resource"]))
            and _conditions(each.get("condition", {}), facts, negated_missing=False),
            each["effect"] == "allow",
        )
        for each in _list(json.loads(text)["statement"])
    )


def _cam_action(pattern: str, action: str) -> bool:
    return like(pattern.removeprefix("name/").lower(), action.lower(), wild="*")


def _cam_resource(pattern: str, service: str, resource: str) -> bool:
    if pattern == "*":
        return True
    parts = pattern.split(":", 5)
    if parts[2] != service:
        return False
    return parts[5] == "*" if not resource else like(parts[5], resource, wild="*")


_SPELT = {
    "StringEquals": "string_equal", "StringNotEquals": "string_not_equal", "StringLike": "string_like",
    "StringNotLike": "string_not_like", "StringEqualsIgnoreCase": "string_equal_ignore_case",
    "NumericLessThanEquals": "numeric_less_than_equal", "NumericGreaterThan": "numeric_greater_than",
    "NumericNotEquals": "numeric_not_equal", "DateLessThan": "date_less_than",
    "DateGreaterThanEquals": "date_greater_than_equal", "Bool": "bool_equal", "IpAddress": "ip_equal",
    "NotIpAddress": "ip_not_equal", "Null": "null_equal",
}  # fmt: skip


def _respelt(operator: str) -> str:
    end = "_if_exist" if operator.endswith("IfExists") else ""
    return _SPELT[operator.removesuffix("IfExists")] + end


def ram(text: str, action: str, resource: str, facts: Facts) -> bool | None:
    """What a policy of RAM or IAM says; the resource in full (``arn:aws:s3:::bucket/key``; empty: none)."""
    document = json.loads(text)
    newer = document.get("Version") != "1"
    return decide(
        (
            _named(each, "Action", lambda one: like(one.lower(), action.lower()))
            and _named(each, "Resource", lambda one: one == "*" or (bool(resource) and like(one, resource)))
            and _conditions(
                {_respelt(operator): pairs for operator, pairs in each.get("Condition", {}).items()},
                facts, negated_missing=newer,
            ),
            each["Effect"] == "Allow",
        )
        for each in _list(document["Statement"])
    )  # fmt: skip


def _named(statement: Mapping[str, Any], member: str, matches: Callable[[str], bool]) -> bool:
    if member in statement:
        return any(matches(one) for one in _list(statement[member]))
    return not any(matches(one) for one in _list(statement["Not" + member]))
