"""Rights, resources and conditions back in the words of a policy language, and the least policy that allows something.

The inverse of ``cam`` and ``ram``, over the same tables. A policy that is made here is read back, and given out only if
it then allows what it was made for, so that nobody is told to write what does not help. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from entrepot.core.fault import Fault
from entrepot.core.rights.circumstances import Fact, FactValue
from entrepot.core.rights.conditions import Condition, Operator
from entrepot.core.rights.grant import INCLUDED, Access, Right, Scope
from entrepot.core.rights.identity import Account
from entrepot.core.value import changed
from entrepot.dialects.control.policies.conditions import Family
from entrepot.dialects.control.policies.languages import ACTIONS, CONDITIONS, LANGUAGES, Speech
from entrepot.dialects.control.policies.statements import BUCKET_RIGHTS, grant_of

_LISTS: Final = frozenset({Right.LIST_OBJECTS, Right.LIST_VERSIONS, Right.LIST_UPLOADS})


def actions_for(right: Right, speech: Speech) -> list[str]:
    """The names of actions that are this right, the narrowest first; empty where the language has none for it."""
    named = ACTIONS[speech.service]
    fitting = [name for name, rights in named.items() if right in rights]
    return sorted(fitting, key=lambda name: len(named[name]))


def action_told(access: Access, speech: Speech) -> str:
    """What was asked, as the language calls it; our own name of the right where it has none."""
    if access.right is Right.MINT:
        return access.key or access.right.value
    names = actions_for(access.right, speech)
    return f"{speech.service}:{names[0]}" if names else access.right.value


def resource_told(access: Access, speech: Speech) -> str:
    """The resource that was asked for, as the language names it; ``*`` for what has none."""
    if access.bucket is None:
        return "*"
    on_bucket = access.right in BUCKET_RIGHTS
    key = "" if access.key is None or (on_bucket and speech.language == "ram") else f"/{access.key}"
    if speech.language == "cam":
        return f"qcs::cos:*:uid/{access.account}:{access.bucket}-{access.account}{key or '/'}"
    return _HEADS[speech.service] + access.bucket + key


_HEADS: Final = {"oss": "acs:oss:*:*:", "s3": "arn:aws:s3:::", "tos": "trn:tos:::"}
_VERSIONS: Final = {"oss": "1", "s3": "2012-10-17"}


def document(statements: list[dict[str, Any]], speech: Speech) -> dict[str, Any]:
    """A policy of these statements; Volcengine's has no version."""
    if speech.language == "cam":
        return {"version": "2.0", "statement": statements}
    version = _VERSIONS.get(speech.service)
    return ({"Version": version} if version else {}) | {"Statement": statements}


def statement(actions: Iterable[str], resources: Iterable[str], speech: Speech, **condition: Any) -> dict[str, Any]:
    """One statement that allows."""
    if speech.language == "cam":
        named = [f"name/{action}" for action in actions]
        return {"effect": "allow", "action": named, "resource": list(resources), **condition}
    return {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)} | {
        name.capitalize(): value for name, value in condition.items()
    }


def least(
    accesses: Iterable[Access], speech: Speech, owner: Account, covered: Iterable[Access] | None = None
) -> dict[str, Any] | None:
    """The least policy that allows all of these; None where the language cannot say it.

    A key may end in ``*`` and stand for all that begin so; then ``covered`` is what the policy must allow.
    """
    wanted = [changed(access, right=right) for access in accesses for right in _steps(access.right, speech)]
    actions: dict[tuple[str, str], dict[str, None]] = {}
    for access in wanted:
        if access.right is not Right.MINT and not actions_for(access.right, speech):
            return None
        place = (resource_told(access, speech), _prefix(access, speech))
        actions.setdefault(place, {})[action_told(access, speech)] = None
    resources: dict[tuple[tuple[str, ...], bool], list[tuple[str, str]]] = {}
    for (resource, prefix), named in actions.items():
        resources.setdefault((tuple(named), bool(prefix)), []).append((resource, prefix))
    statements = []
    for (named_actions, _), places in resources.items():
        prefixes = list(dict.fromkeys(prefix for _, prefix in places if prefix))
        operator = "StringLike" if any("*" in prefix for prefix in prefixes) else "StringEquals"
        condition = {"condition": {operator: {f"{speech.service}:prefix": prefixes}}} if prefixes else {}
        names = dict.fromkeys(resource for resource, _ in places)
        statements.append(statement(named_actions, names, speech, **condition))
    made = document(statements, speech)
    needed = wanted if covered is None else [changed(x, right=r) for x in covered for r in _steps(x.right, speech)]
    return made if _allows(made, speech, owner, needed) else None


def _steps(right: Right, speech: Speech) -> list[Right]:
    """The right, or those that include it where the language has no name for it."""
    return sorted(INCLUDED[right]) if right in INCLUDED and not actions_for(right, speech) else [right]


def _prefix(access: Access, speech: Speech) -> str:
    """The prefix that a listing is narrowed to by a condition, where the resource is the bucket."""
    return (access.key or "") if access.right in _LISTS and speech.language == "ram" else ""


def _allows(made: Mapping[str, Any], speech: Speech, owner: Account, wanted: Iterable[Access]) -> bool:
    try:
        grant = grant_of(LANGUAGES[speech.language](orjson.dumps(made).decode(), owner))
    except Fault:
        return False
    return all(grant.permits(access) for access in wanted)


# -- conditions --------------------------------------------------------------------------------------------------------


def spelling_of(condition: Condition, speech: Speech) -> tuple[str, str]:
    """The operator and the key of a condition, for one whose text is not there any more."""
    language = CONDITIONS[speech.language]
    families = {Family.DATE} if condition.fact is Fact.TIME else set(Family) - {Family.DATE}
    operator = next(
        name for name, row in language.operators.items()
        if row.operator is condition.operator
        and (row.operator is Operator.NULL or (row.negated is condition.negated and row.family in families))
    )  # fmt: skip
    names = [name for name, fact in language.keys.items() if fact is condition.fact]
    own = [name for name in names if name.partition(":")[0] in {speech.service, speech.common}]
    prefix, _, key = (own or names)[0].partition(":")
    return operator, f"{prefix}:{_CAPITALS.get(key, key)}"


_CAPITALS: Final = {
    "currenttime": "CurrentTime", "epochtime": "EpochTime", "maxkeys": "MaxKeys", "referer": "Referer",
    "securetransport": "SecureTransport", "sourceip": "SourceIp", "useragent": "UserAgent",
}  # fmt: skip
"""Keys, which are read in any case, as the clouds' documents write them."""


def wanted_told(condition: Condition) -> list[str]:
    """The values that a condition compares with, as texts."""
    if condition.fact is Fact.TIME and condition.numbers:
        return [_time(number) for number in condition.numbers]
    return [*condition.texts, *(f"{number:g}" if number % 1 else str(int(number)) for number in condition.numbers)]


def came_told(fact: Fact, value: FactValue) -> str:
    """What came for a fact, as a text; empty for what the request does not have."""
    if value is None:
        return ""
    if fact is Fact.TIME and isinstance(value, int | float):
        return _time(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _time(at: float) -> str:
    try:
        return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):
        return f"{at:g}"


def scope_told(scope: Scope, speech: Speech) -> str:
    """The resources of a rule, as the language names them, near enough to be recognized."""
    if scope == Scope(account=scope.account):
        return "*"
    bucket = scope.bucket or (scope.bucket_glob.text if scope.bucket_glob else None)
    key = scope.key if scope.key is not None else None if scope.prefix is None else f"{scope.prefix}*"
    if scope.key_glob is not None:
        key = scope.key_glob.text
    name = scope.name_glob.text if scope.name_glob is not None else (bucket or "*") + ("" if key is None else f"/{key}")
    if speech.language == "cam":
        if not scope.numbered and scope.name_glob is None:
            name = f"{bucket or '*'}-{scope.account}/" + ("*" if key is None else key)
        return f"qcs::cos:*:uid/{scope.account}:{name}"
    return _HEADS[speech.service] + name
