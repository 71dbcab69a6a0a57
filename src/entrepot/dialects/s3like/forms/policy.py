"""Form policies: what the signer of a browser's form allows it to hold.

Pure: a document, fields and a bucket in; a range of sizes or a Fault out. Source: wire facts of Alibaba §3.3, §3.6,
Tencent §7.4, Volcengine §3.4; AWS "Creating a POST policy".
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

import orjson

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import Value
from entrepot.wire.json_text import loads_once

POLICY_MAX_BYTES = 64 * 1024
_UNCOVERED = frozenset({
    "file", "policy", "signature", "x-amz-signature", "awsaccesskeyid", "ossaccesskeyid", "q-signature",
    "x-oss-signature", "x-tos-signature", "submit", "bucket",
    "q-key-time", "q-sign-time",
})  # fmt: skip
"""Fields that no condition needs to name."""


class Policy(Value, frozen=True, kw_only=True):
    """A form's policy. ``expires_at`` is in seconds since 1970; conditions are (operator, field, value)."""

    expires_at: float
    conditions: tuple[tuple[str, str, Any], ...]
    size_min: int = 0
    size_max: int | None = None


class Why(StrEnum):
    """How a form can miss its policy."""

    EXPIRED = "expired"
    BUCKET = "bucket"
    CONDITION = "condition"
    UNNAMED = "unnamed"
    EXTRA = "extra"


class Miss(Value, frozen=True, kw_only=True):
    """One thing that keeps a form from passing: the condition that does not hold, and what came for it."""

    why: Why
    name: str = ""
    operator: str = ""
    wanted: Any = None
    came: tuple[str, ...] = ()


class Form(Value, frozen=True, kw_only=True):
    """A form that was held to its policy, as :func:`check` was asked."""

    policy: Policy
    fields: Mapping[str, str]
    buckets: tuple[str, ...]
    now: float
    strict: bool
    needed: tuple[str, ...]


_escaped_dollar = re.compile(rb"\\(.)", re.DOTALL)


def _plain_dollar(match: re.Match[bytes]) -> bytes:
    """``\\$`` is a dollar, which JSON does not know; what JSON knows stays, an escaped backslash before one too."""
    return b"$" if match[1] == b"$" else match[0]


def _bad(why: str, ec: str = "0006-00000201") -> Fault:
    return Fault(Kind.MALFORMED, f"Invalid Policy: {why}", reason="policy", ec=ec)


def _document(text: str) -> dict[str, Any]:
    if len(text) > POLICY_MAX_BYTES:
        raise _bad(f"it has {len(text)} characters, at most {POLICY_MAX_BYTES} are allowed")
    try:
        document = loads_once(_escaped_dollar.sub(_plain_dollar, base64.b64decode(text, validate=True)))
    except (binascii.Error, ValueError) as error:
        raise _bad(f"Invalid JSON: {error}", "0006-00000204") from error
    if not isinstance(document, dict):
        raise _bad("it is no JSON object", "0006-00000204")
    return document


def conditions_of(text: str) -> list[tuple[str, str, Any]]:
    """The conditions of a policy that has nothing else, as (operator, field, value). Raises Fault MALFORMED."""
    conditions = _document(text).get("conditions")
    if not isinstance(conditions, list) or not conditions:
        raise _bad("conditions must be a list with at least one condition", "0006-00000207")
    return [_condition(condition) for condition in conditions]


def named(text: str) -> frozenset[str]:
    """The fields that a policy speaks of. Raises Fault MALFORMED."""
    return frozenset(name for _operator, name, _value in conditions_of(text))


def parse(text: str, *, text_sizes: bool = True) -> Policy:
    """Take a policy apart; ``text_sizes`` takes sizes that are written as texts too.

    Raises:
        Fault: MALFORMED (reason ``policy``) saying what is wrong and where.
    """
    document = _document(text)
    unknown = [name for name in document if name not in {"expiration", "conditions"}]
    if unknown:
        raise _bad(f"the member {unknown[0][:40]!r} is unknown", "0006-00000206")
    conditions = document.get("conditions")
    if not isinstance(conditions, list) or not conditions:
        raise _bad("conditions must be a list with at least one condition", "0006-00000207")
    rules: list[tuple[str, str, Any]] = []
    low, high = 0, None
    for condition in conditions:
        operator, name, value = _condition(condition)
        if operator == "content-length-range":
            if not text_sizes and any(isinstance(one, str) for one in condition[1:]):
                raise _bad("Invalid JSON: content-length-range takes two whole numbers", "0006-00000221")
            low, most = max(low, int(name)), int(value)
            high = most if high is None else min(high, most)
        else:
            rules.append((operator, name, value))
    return Policy(
        expires_at=_expiration(document.get("expiration")), conditions=tuple(rules), size_min=low, size_max=high
    )


def _expiration(value: object) -> float:
    if not isinstance(value, str) or not value:
        raise _bad("expiration must be a date in ISO 8601", "0006-00000208" if value is None else "0006-00000210")
    try:
        if not _DATE.fullmatch(value):
            raise ValueError(value)  # noqa: TRY301 - the same refusal as for a day that is none
        return dt.datetime.fromisoformat(value).timestamp()
    except ValueError as error:
        raise _bad(
            f"the expiration {value[:40]!r} is no date such as 2026-01-31T12:00:00.000Z", "0006-00000211"
        ) from error


_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
"""The form that the clouds document (AWS "POST policy", Alibaba "PostObject", Tencent "POST Object"), in any zone."""


def _condition(condition: object) -> tuple[str, str, Any]:
    if isinstance(condition, dict):
        if len(condition) != 1:
            raise _bad(
                "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.", "0006-00000222"
            )
        name, value = next(iter(condition.items()))
        return "eq", name.lower(), _plain(value)
    if not isinstance(condition, list) or len(condition) != 3 or not isinstance(condition[0], str):
        raise _bad("a condition is an object with one member, or a list of an operator and two values", "0006-00000222")
    operator, name, value = condition[0].lower(), condition[1], condition[2]
    if operator == "content-length-range":
        low, high = _size(name), _size(value)
        if high < low:
            raise _bad(f"content-length-range ends at {high}, before its begin {low}", "0006-00000219")
        return operator, str(low), high
    if operator not in {"eq", "starts-with", "in", "not-in"}:
        raise _bad(f"the operator {operator[:30]!r} is unknown", "0006-00000217")
    if not isinstance(name, str):
        raise _bad("a condition's field is no text", "0006-00000224")
    if operator in {"in", "not-in"}:
        if not isinstance(value, list):
            raise _bad(f"{operator} takes a list", "0006-00000224")
        return operator, name.lstrip("$").lower(), tuple(_plain(one) for one in value)
    return operator, name.lstrip("$").lower(), _plain(value)


def _plain(value: object) -> str:
    if not isinstance(value, str):
        raise _bad("a condition's value is no text", "0006-00000224")
    return value


def _size(value: object) -> int:
    # botocore writes the sizes that it is given, so texts of digits are met as well
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _bad("Invalid JSON: content-length-range takes two whole numbers", "0006-00000221")
    return value


def check(
    policy: Policy,
    fields: Mapping[str, str],
    buckets: tuple[str, ...],
    now: float,
    *,
    strict: bool,
    needed: tuple[str, ...] = (),
) -> None:
    """Let a form pass its policy.

    Args:
        policy: the conditions.
        fields: the form's fields by lower-case name; ``key`` is the one to compare.
        buckets: the spellings of the bucket that the form was sent to.
        now: seconds since 1970.
        strict: whether every field must be named by a condition.
        needed: fields that a condition must name, because the signature does not cover them otherwise.

    Raises:
        Fault: POLICY_VIOLATED, with reason ``expired`` when it is over.
    """
    form = Form(policy=policy, fields=fields, buckets=buckets, now=now, strict=strict, needed=needed)
    miss = next(misses(form), None)
    if miss is not None:
        raise _fault(miss, form)


def _fault(miss: Miss, form: Form) -> Fault:
    message = f"Invalid according to Policy: {_told(miss)}"
    facts = {"ec": "0006-00000227" if miss.came else "0006-00000226"} if miss.why is Why.CONDITION else {}
    fault = Fault(
        Kind.POLICY_VIOLATED, message,
        reason="expired" if miss.why is Why.EXPIRED else "extra-field" if miss.why is Why.EXTRA else "condition",
        **facts,
    )  # fmt: skip
    fault.denial = form
    return fault


def misses(form: Form) -> Iterator[Miss]:
    """What keeps a form from passing its policy; the first is why it is refused."""
    policy, fields, buckets = form.policy, form.fields, form.buckets
    if form.now > policy.expires_at:
        yield Miss(why=Why.EXPIRED)
    if fields.get("bucket", buckets[0]) not in buckets:
        yield Miss(why=Why.BUCKET, name="bucket", came=(fields["bucket"],))
    for operator, name, value in policy.conditions:
        given = buckets if name == "bucket" else (fields[name],) if name in fields else ()
        holds = _holds_of_each if operator == "starts-with" and name.endswith("content-type") else _holds
        if not any(holds(operator, one, value) for one in given):
            yield Miss(why=Why.CONDITION, name=name, operator=operator, wanted=value, came=given)
    covered = {name for _operator, name, _value in policy.conditions}
    yield from (Miss(why=Why.UNNAMED, name=name) for name in form.needed if name not in covered)
    if not form.strict:
        return
    for name, value in fields.items():
        if name not in covered and name not in _UNCOVERED and not name.startswith("x-ignore-"):
            yield Miss(why=Why.EXTRA, name=name, came=(value,))


def _told(miss: Miss) -> str:
    match miss.why:
        case Why.EXPIRED:
            return "Policy expired."
        case Why.BUCKET:
            return "the field bucket is not the bucket that is asked"
        case Why.CONDITION:
            shown = orjson.dumps([miss.operator, f"${miss.name}", miss.wanted]).decode()
            return "Policy Condition failed: " + shown.replace('","', '", "').replace('",[', '", [')
        case Why.UNNAMED:
            return f"it must have a condition on {miss.name}"
        case Why.EXTRA:
            return f"Extra input fields: {miss.name[:60]}"


def _holds(operator: str, given: str, value: Any) -> bool:
    match operator:
        case "eq":
            return bool(given == value)
        case "starts-with":
            return given.startswith(str(value))
        case "in":
            return given in value
        case _:
            return given not in value


def _holds_of_each(operator: str, given: str, value: Any) -> bool:
    """For types with commas between, each of which must do; a browser takes the last (AWS "Creating a POST policy")."""
    return all(_holds(operator, one.strip(" \t"), value) for one in given.split(","))
