"""Rules of faults on demand: added, listed and taken away by whoever tests. What a rule does is the front's.

A name that no dialect knows is refused, with the nearest that one does: a rule that never strikes would pass for a test
that was passed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final, get_args

from entrepot.core.fault import Fault, Kind
from entrepot.core.operations import Operation
from entrepot.core.value import Value
from entrepot.front.demanded import Codes, FaultRule, Text, rules_of, text_of

RULES_MAX: Final = 100
OPERATIONS: Final = tuple(sorted(one.__name__ for one in get_args(Operation)))
"""What storage dialects ask the core to do."""
ALIASES: Final[Mapping[str, str]] = {
    "GetObject": "ReadObject",
    "HeadObject": "StatObject",
    "PostObject": "PutObject",
    "CreateMultipartUpload": "StartMultipart",
    "InitiateMultipartUpload": "StartMultipart",
    "UploadPart": "PutNumberedPart",
    "UploadPartCopy": "CopyPart",
    "CompleteMultipartUpload": "CompleteMultipart",
    "AbortMultipartUpload": "AbortUpload",
    "ListObjectsV2": "ListObjects",
    "ListMultipartUploads": "ListUploads",
    "HeadBucket": "StatBucket",
    "GetService": "ListBuckets",
    "CopyObject": "CopyInto",
}
"""Names that the clouds have for some of them. COS JSON's copy is CopyObject too, and is found under that name."""
_EFFECTS = ("code", "throttle", "cut_request", "cut_reply", "lost_reply")


class Spoken(Value, frozen=True, kw_only=True):
    """What the dialects can say: their codes, and the APIs of those that mint."""

    codes: Codes
    calls: Mapping[str, frozenset[str]]


def add(text: Text, spoken: Spoken, given: Mapping[str, Any], new_id: str) -> FaultRule:
    """Have a further rule, from the next request on, in all workers. Raises Fault PARAMETER_INVALID."""
    effects = [name for name in _EFFECTS if given.get(name) not in {None, False, ""}]
    if len(effects) > 1 or not (effects or given.get("latency_ms")):
        raise _wrong(f"say one of {', '.join(_EFFECTS)}, or latency_ms alone; these were said: {', '.join(effects)}")
    dialect = given.get("dialect") or ""
    if dialect:
        _check(dialect, spoken.codes, "dialect")
    dialects = [dialect] if dialect else list(spoken.codes)
    if given.get("cut_request") is not None and given.get("operation"):
        raise _wrong("a body is cut before its operation is known; say bucket and prefix instead of operation")
    operation = _operation(given.get("operation") or "", dialect, spoken)
    if given.get("code"):
        _check(
            given["code"],
            {code for name in dialects for code in spoken.codes[name]},
            f"code of {dialect or 'any dialect'}",
        )
    said = {name: value for name, value in given.items() if value is not None}
    rule = FaultRule(**(said | {"id": new_id, "operation": operation}))

    def change(old: bytes) -> bytes:
        rules = rules_of(old)
        if len(rules) >= RULES_MAX:
            raise _wrong(f"there are {RULES_MAX} rules, which is the most; take some away")
        return text_of([*rules, rule])

    text.change(change)
    return rule


def _operation(name: str, dialect: str, spoken: Spoken) -> str:
    """The operation by our own name. Raises Fault PARAMETER_INVALID."""
    if not name:
        return ""
    calls = frozenset().union(*(spoken.calls[one] for one in ([dialect] if dialect else spoken.calls)))
    storage = not dialect or not spoken.calls[dialect]
    known = calls | (frozenset((*OPERATIONS, *ALIASES)) if storage else frozenset())
    _check(name, known, f"operation of {dialect or 'any dialect'}")
    if name == "CopyObject":
        return name if dialect == "cos_json" else "CopyInto"
    return ALIASES.get(name, name) if storage and name not in calls else name


def rows(text: Text) -> list[dict[str, Any]]:
    """All rules, in their order."""
    return [rule.told() for rule in rules_of(text.read())]


def clear(text: Text, rule_id: str | None = None) -> int:
    """Take a rule away, or all of them; how many these were. Raises Fault OBJECT_MISSING."""
    gone: list[FaultRule] = []

    def change(old: bytes) -> bytes:
        rules = rules_of(old)
        gone[:] = [rule for rule in rules if rule_id in {None, rule.id}]
        return text_of([rule for rule in rules if rule not in gone])

    text.change(change)
    if rule_id is not None and not gone:
        raise Fault(Kind.OBJECT_MISSING, f"there is no fault {rule_id[:80]!r}")
    return len(gone)


def _check(name: str, known: Collection[str], what: str) -> None:
    """Raises Fault PARAMETER_INVALID, with the nearest that there are."""
    if name in known:
        return
    near = get_close_matches(name, known, 3, 0.5) or _same_but_for_case(name, known)
    advice = f"the nearest are {', '.join(near)}" if near else f"there are {', '.join(sorted(known)[:40])}"
    raise _wrong(f"{name[:80]!r} is no {what}; {advice}")


def _same_but_for_case(name: str, known: Iterable[str]) -> list[str]:
    return [one for one in known if one.lower() == name.lower()]


def _wrong(message: str) -> Fault:
    return Fault(Kind.PARAMETER_INVALID, message)
