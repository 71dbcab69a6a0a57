"""Policies of sub-users: storing their texts, listing and showing them.

A policy is compiled when it is stored, so that no request waits for it. Whom they let do what is told by
:mod:`entrepot.admin.decisions`.
"""

from __future__ import annotations

from typing import Any

from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader, Transaction
from entrepot.core.rights.identity import Account, Policy
from entrepot.core.rules import users
from entrepot.dialects.control.policies.languages import CAM_VERSION, LANGUAGES
from entrepot.dialects.control.policies.statements import notes_of


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
    return language or ("cam" if CAM_VERSION.search(text) else "ram")


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
    return _row(policy, [user.name for user in users.holders(reader, policy.account, policy.name)])


def _row(policy: Policy, holders: list[str]) -> dict[str, Any]:
    return {
        "name": policy.name,
        "account": policy.account,
        "language": policy.language,
        "users": holders,
        "changed_at": policy.changed_at,
    }


def rows(reader: Reader, account: int | None) -> list[dict[str, Any]]:
    """All policies (of an account), by account and name."""
    return [row(reader, policy) for policy in reader.policies(account)]


def page(
    reader: Reader, account: int | None, after: tuple[int, str] | None, limit: int
) -> tuple[list[dict[str, Any]], tuple[int, str] | None]:
    """Policies (of an account) after an account and name, and from where to go on. Users are looked up once."""
    held: dict[tuple[int, str], list[str]] = {}
    for user in reader.users(account):
        for name in user.policies:
            held.setdefault((user.account, name), []).append(user.name)
    found = [one for one in reader.policies(account) if after is None or (one.account, one.name) > after]
    rows = [_row(one, held.get((one.account, one.name), [])) for one in found[:limit]]
    last = found[limit - 1] if len(found) > limit else None
    return rows, None if last is None else (last.account, last.name)


def details(reader: Reader, account: int, name: str) -> dict[str, Any]:
    """A policy with its text. Raises Fault OBJECT_MISSING."""
    found = users.existing_policy(reader, account, name)
    owner = reader.account(account)
    assert owner is not None  # noqa: S101 - a policy goes with its account
    return row(reader, found) | {"notes": notes(found, owner), "text": found.text}
