"""Policies of sub-users: storing their texts, and telling which statement decides.

Names the languages. A policy is compiled when it is stored, so that no request waits for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader, Transaction
from entrepot.core.rights.circumstances import Asked, Circumstances
from entrepot.core.rights.grant import Access, Right
from entrepot.core.rights.holders import filled
from entrepot.core.rights.identity import Account, Policy, User
from entrepot.core.rules import users
from entrepot.core.value import Value, changed
from entrepot.dialects.control.policies import cam, cam_actions, ram, ram_actions
from entrepot.dialects.control.policies.statements import BUCKET_RIGHTS, Statement, notes_of

LANGUAGES: Final[Mapping[str, Callable[[str, Account], list[Statement]]]] = {
    "cam": cam.statements,
    "ram": partial(ram.statements, of_users=True),
}
"""Tencent's CAM 2.0; what Alibaba's RAM, AWS's IAM and Volcengine's IAM share."""
MINTED_LANGUAGES: Final[Mapping[str, Callable[[str, Account], list[Statement]]]] = {
    "cam": cam.statements,
    "ram": ram.statements,
}
"""The same, for rights that belong to no user, so that nothing can be filled in."""

_ACTIONS: Final = {**ram_actions.STORAGE, **cam_actions.STORAGE}
_APIS: Final = {
    service: frozenset(cam_actions.APIS.get(service, ())) | frozenset(ram_actions.APIS.get(service, ()))
    for service in {*cam_actions.APIS, *ram_actions.APIS}
}
_CAM_VERSION = re.compile(r'"version"\s*:\s*"2\.0"', re.IGNORECASE)


def compiled(owner: Account, name: str, text: str, language: str | None, now: float) -> Policy:
    """A policy for users of an account; None for the language looks at the version.

    Raises:
        Fault: PARAMETER_INVALID with the place; NAME_INVALID.
    """
    users.check_name(name, "policy")
    spoken = language_of(text, language)
    statements = LANGUAGES[spoken](text, owner)
    rules = tuple(rule for statement in statements for rule in statement.rules)
    return Policy(account=owner.id, name=name, language=spoken, text=text, rules=rules, changed_at=now)


def language_of(text: str, language: str | None) -> str:
    """The language that was said, or else the one that the version in the text tells."""
    return language or ("cam" if _CAM_VERSION.search(text) else "ram")


def notes(policy: Policy, owner: Account) -> list[str]:
    """What in a policy matches nothing here, each with its place."""
    return notes_of(LANGUAGES[policy.language](policy.text, owner))


def create(
    tx: Transaction, now: float, owner: Account, name: str, text: str, language: str | None, *, replace: bool
) -> Policy:
    """Store a policy; ``replace`` allows one that is there to change, for all its users from the next request on.

    Raises:
        Fault: OBJECT_EXISTS, PARAMETER_INVALID with the place, NAME_INVALID.
    """
    if not replace and tx.policy(owner.id, name) is not None:
        raise Fault(Kind.OBJECT_EXISTS, f"the policy {name!r} exists already; --replace changes it")
    made = compiled(owner, name, text, language, now)
    users.store_policy(tx, made)
    return made


def row(reader: Reader, policy: Policy) -> dict[str, Any]:
    """A policy without its text, and who has it."""
    return {
        "name": policy.name,
        "account": policy.account,
        "language": policy.language,
        "users": [user.name for user in users.holders(reader, policy.account, policy.name)],
        "changed_at": policy.changed_at,
    }


def rows(reader: Reader, account: int | None) -> list[dict[str, Any]]:
    """All policies (of an account), by account and name."""
    return [row(reader, policy) for policy in reader.policies(account)]


def details(reader: Reader, account: int, name: str) -> dict[str, Any]:
    """A policy with its text. Raises Fault OBJECT_MISSING."""
    found = users.existing_policy(reader, account, name)
    owner = reader.account(account)
    assert owner is not None  # noqa: S101 - a policy goes with its account
    return row(reader, found) | {"notes": notes(found, owner), "text": found.text}


class Question(Value, frozen=True, kw_only=True):
    """May somebody do ``action`` on ``resource``, under these circumstances? ``resource`` empty: on none."""

    action: str
    resource: str
    at: float
    around: Circumstances
    asked: Asked


class Decision(Value, frozen=True, kw_only=True):
    """The answer, and the statement that gave it: none where nothing speaks of the question."""

    allowed: bool
    right: Right
    policy: str = ""
    statement: str = ""
    sid: str = ""


def check(reader: Reader, owner: Account, name: str, question: Question) -> dict[str, Any]:
    """Whether the user of this name may, and which statement says so. Raises Fault as :func:`decide`."""
    made = decide(reader, users.existing(reader, owner.id, name), owner, question)
    decided = f"{made.policy}: {made.statement}" if made.statement else "nothing allows it"
    return {
        "allowed": made.allowed,
        "user": name,
        "action": question.action,
        "resource": question.resource or "*",
        "decided_by": f"{decided} ({made.sid})" if made.sid else decided,
        "right": made.right.value,
    }


def decide(reader: Reader, user: User, owner: Account, question: Question) -> Decision:
    """Whether a user may, and why. An action of several rights is allowed when all of them are.

    Raises:
        Fault: PARAMETER_INVALID for an action or resource that cannot be; OBJECT_MISSING.
    """
    spoken = []
    for name in user.policies:
        policy = users.existing_policy(reader, user.account, name)
        spoken += [(name, statement) for statement in LANGUAGES[policy.language](policy.text, owner)]
    spoken = [(name, changed(one, rules=filled(one.rules, user))) for name, one in spoken]
    decisions = [_decided(spoken, access) for access in accesses_of(owner, question)]
    return next((one for one in decisions if not one.allowed), decisions[0])


def _decided(spoken: list[tuple[str, Statement]], access: Access) -> Decision:
    answer = Decision(allowed=False, right=access.right)
    for name, statement in spoken:
        if not any(rule.matches(access) for rule in statement.rules):
            continue
        if not statement.allow or not answer.allowed:
            answer = Decision(
                allowed=statement.allow, right=access.right, policy=name, statement=statement.where, sid=statement.sid
            )
        if not statement.allow:
            break
    return answer


def accesses_of(owner: Account, question: Question) -> list[Access]:
    """What an action asks of a grant. Raises Fault PARAMETER_INVALID."""
    service, colon, name = question.action.removeprefix("name/").partition(":")
    rights = next((given for known, given in _ACTIONS.get(service, {}).items() if known.lower() == name.lower()), None)
    api = next((known for known in _APIS.get(service, ()) if known.lower() == name.lower()), None)
    if not colon or (rights is None and api is None):
        services = ", ".join(sorted({*_ACTIONS, *_APIS}))
        raise Fault(
            Kind.PARAMETER_INVALID,
            f"{question.action[:80]!r} is no action; write one such as cos:PutObject, of the services {services}",
        )
    if rights is None:
        return [_access(question, Right.MINT, owner, None, f"{service}:{api}")]
    if not rights:
        raise Fault(Kind.PARAMETER_INVALID, f"nobody can do {question.action[:80]!r} here: there is no such operation")
    bucket, key = _named(owner, question.resource)
    return [_access(question, right, owner, bucket, _key_for(right, key, question)) for right in rights]


def _access(question: Question, right: Right, owner: Account, bucket: str | None, key: str | None) -> Access:
    return Access(
        right=right, account=owner.id, bucket=bucket, key=key, at=question.at, around=question.around,
        asked=question.asked,
    )  # fmt: skip


def _key_for(right: Right, key: str | None, question: Question) -> str | None:
    if right in {Right.LIST_OBJECTS, Right.LIST_VERSIONS, Right.LIST_UPLOADS}:
        return question.asked.prefix or key or ""
    return None if right in BUCKET_RIGHTS else key


def _named(owner: Account, resource: str) -> tuple[str | None, str | None]:
    """Bucket and key of ``bucket/key``, or of a resource in the spelling of some cloud."""
    if not resource or resource == "*":
        return None, None
    name = resource.rpartition("::")[2] if resource.startswith("arn:") else resource
    if resource.startswith(("qcs:", "acs:", "trn:")):
        name = resource.split(":", 5 if resource.startswith("qcs:") else 4)[-1]
    if name.startswith("prefix//"):
        name = name.removeprefix("prefix//").partition("/")[2]
    bucket, slash, key = name.partition("/")
    return bucket.removesuffix(f"-{owner.id}"), key if slash else None
