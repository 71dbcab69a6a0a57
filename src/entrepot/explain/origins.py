"""Where each clause of a key's grant comes from: its user's policies, its minter, what was asked for, its limits.

A minted right is its minter's clauses, then those that were asked for, then its end, then the operator's limits
(``core.rules.minting``); a request adds what its signature narrows to, or what an ACL opens. So a clause is told by its
place. Policies are read again from their texts, and trusted only if they are still the very rules that decided.
Knows the ledger and the languages; must not know why anything was refused.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from entrepot.core.fault import Fault
from entrepot.core.ports import Reader
from entrepot.core.rights.denial import Denial
from entrepot.core.rights.further_limits import PLAIN_UPLOAD
from entrepot.core.rights.grant import Clause, Grant, Rule
from entrepot.core.rights.holders import filled
from entrepot.core.rights.identity import Account, Key, Policy, User
from entrepot.core.rules import users
from entrepot.core.value import Value, changed
from entrepot.dialects.control.policies.languages import LANGUAGES
from entrepot.dialects.control.policies.statements import Statement

_GENERATIONS_MAX = 16
"""How many minters are followed upwards."""


class Written(Value, frozen=True, kw_only=True):
    """A statement of a policy that somebody has, for this holder."""

    policy: str
    language: str
    statement: Statement

    @property
    def place(self) -> str:
        """The same as its rules say it."""
        return f"{self.policy}{users.OF}{self.statement.where}"


class Origin(Value, frozen=True, kw_only=True):
    """``said`` names it in a sentence. ``written`` are a user's statements; ``clause`` has their places."""

    kind: Literal["account", "user", "asked", "end", "limits", "plain", "signature", "acl", "gone"]
    said: str
    clause: Clause
    written: tuple[Written, ...] = ()
    key: Key | None = None


def origins(denial: Denial, key: Key | None, reader: Reader) -> list[Origin]:
    """The origin of each clause of the grant that refused; ``key`` is whose signature it was, None for nobody's."""
    clauses = denial.grant.clauses
    found: list[Origin] = []
    if denial.by_acl or key is None:
        found += [Origin(kind="acl", said="what the ACLs open to everybody", clause=one) for one in clauses[:1]]
    known = [] if key is None else of_key(key, reader)
    if denial.by_acl:
        known = [changed(one, clause=clause) for one, clause in zip(known, clauses[1:], strict=False)]
    found += known
    for clause in clauses[
        len(found) :
    ]:  # a key that was changed while the body came in is asked again, behind the rest
        again = next((one for one in known if bare(one.clause) == bare(clause)), None)
        found.append(again or Origin(kind="signature", said="what the signature narrows to", clause=clause))
    return found[: len(clauses)]


def of_key(key: Key, reader: Reader, generations: int = _GENERATIONS_MAX) -> list[Origin]:
    """The origin of each clause of a key's grant."""
    clauses = key.grant.clauses
    if key.minted is None:
        return [_of_holder(key, clause, reader) for clause in clauses]
    minter = reader.key(key.minted.minter) if generations else None
    if minter is None:
        said = f"what {key.minted.minter or 'its minter'} could give, which is gone"
        return [Origin(kind="gone", said=said, clause=clause, key=key) for clause in clauses]
    # The rules are those of the time of minting; the minter may do otherwise by now.
    inherited = of_key(minter, reader, generations - 1)
    found = [_as_it_was(one, clause) for one, clause in zip(inherited, clauses, strict=False)]
    over = False
    for clause in clauses[len(found) :]:
        kind, said = _of_right(key, clause, over=over)
        found.append(Origin(kind=kind, said=said, clause=clause, key=key))
        over = over or kind == "end"
    return found


def _of_holder(key: Key, clause: Clause, reader: Reader) -> Origin:
    user = None if key.user is None else reader.user(key.account, key.user)
    owner = reader.account(key.account)
    if user is None or owner is None:
        return Origin(kind="account", said=f"the key {key.id} of the account {key.account}", clause=clause, key=key)
    held = [policy for name in user.policies if (policy := reader.policy(user.account, name)) is not None]
    return of_user(user, held, owner, clause, key)


def of_user(user: User, held: list[Policy], owner: Account, clause: Clause | None, key: Key | None = None) -> Origin:
    """What a user's policies say together. ``clause`` is what decided; None: what they say now."""
    written: list[Written] = []
    read: list[Policy] = []
    said = f"the policies of the user {user.name}"
    for policy in held:
        try:
            statements = LANGUAGES[policy.language](policy.text, owner)
        except Fault:  # stored by an older server that understood it
            return Origin(kind="user", said=said, clause=clause or users.grant_by(held, user).clauses[0], key=key)
        read.append(_with_rules(policy, statements))
        written += [
            Written(policy=policy.name, language=policy.language, statement=changed(one, rules=filled(one.rules, user)))
            for one in statements
        ]
    now = users.grant_by(read, user).clauses[0]
    if clause is not None and bare(clause) != bare(now):
        return Origin(kind="user", said=said, clause=clause, key=key)
    return Origin(kind="user", said=said, clause=now, written=tuple(written), key=key)


def _with_rules(policy: Policy, statements: list[Statement]) -> Policy:
    return replace(policy, rules=tuple(rule for statement in statements for rule in statement.rules))


def bare(clause: Clause) -> Clause:
    """The clause without the places of its rules, which decide nothing."""
    return changed(clause, rules=tuple(changed(rule, place="") for rule in clause.rules))


def _as_it_was(origin: Origin, clause: Clause) -> Origin:
    """The same origin with the clause as it was minted: the statements go along only if they are still the same."""
    if bare(origin.clause) == bare(clause):
        return origin
    lent = origin.kind == "user" and set(bare(origin.clause).rules) <= set(bare(clause).rules)
    return changed(origin, clause=clause, written=origin.written if lent else ())


def _of_right(key: Key, clause: Clause, *, over: bool) -> tuple[Literal["asked", "end", "limits", "plain"], str]:
    assert key.minted is not None  # noqa: S101 - called for minted rights only
    if Grant(clauses=(clause,)) == PLAIN_UPLOAD:
        return "plain", f"the right {key.id}, which only stores bytes"
    if not over and clause.expires_at is not None and clause.rules == (Rule(),):
        return "end", f"the end of the right {key.id}"
    if over or (clause.rules and clause.rules[0] == Rule() and not any(rule.allow for rule in clause.rules[1:])):
        return "limits", f"the operator's limits of the right {key.id}"
    return "asked", f"what was asked of {key.minted.api} for the right {key.id}"
