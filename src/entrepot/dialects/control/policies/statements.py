"""What policy languages share: a document that knows its places, conditions, and the rules that statements become.

A policy is read strictly: what is not understood is refused, never left out, with a message that names the place as a
JSON path (``statement[0].action[1]``), the value and what would be allowed. Pure: a text in, rules of
:mod:`entrepot.core.rights.grant` out. Must not know a cloud's spelling: ``cam`` and ``ram`` bring theirs as tables.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable
from typing import Any, Final, NoReturn

from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.conditions import Condition
from entrepot.core.rights.glob import Glob
from entrepot.core.rights.grant import EVERY_RIGHT, Clause, Grant, Right, Rule, Scope
from entrepot.core.value import Value, changed

POLICY_MAX_BYTES: Final = 6144
"""Longest policy of a sub-user on both clouds; APIs that take a policy may allow less."""

_SHOWN_MAX = 60
_NAMED_MAX = 30

FORMAT, SIZE, FOREIGN = "policy-format", "policy-size", "policy-foreign"
"""Reasons of faults: it is no policy; it is too long; it names what belongs to another account."""


class Node(Value, frozen=True, kw_only=True):
    """A value of a document, and where it stands. Values are what JSON has; ``where`` is empty for the whole."""

    value: Any
    where: str = ""

    def refuse(self, why: str, reason: str = FORMAT) -> NoReturn:
        """Raises Fault PARAMETER_INVALID with the place (also as the fact ``place``)."""
        place = self.where or "the policy"
        raise Fault(Kind.PARAMETER_INVALID, f"{place}: {why}", reason=reason, place=place)

    @property
    def shown(self) -> str:
        """The value for a message, cut short."""
        text = json.dumps(self.value, ensure_ascii=False)
        return text if len(text) <= _SHOWN_MAX else text[:_SHOWN_MAX] + "…"

    def members(self, allowed: tuple[str, ...], *, any_case: bool) -> dict[str, Node]:
        """The members of an object by the names that are allowed."""
        named = {name.lower() if any_case else name: name for name in allowed}
        found: dict[str, Node] = {}
        for name, node in self.pairs():
            known = named.get(name.lower() if any_case else name)
            if known is None:
                node.refuse(f"this member is unknown; allowed are {', '.join(allowed)}")
            if known in found:
                node.refuse(f"{known} is there twice")
            found[known] = node
        return found

    def pairs(self) -> list[tuple[str, Node]]:
        """The members of an object."""
        if not isinstance(self.value, dict):
            self.refuse(f"{self.shown} is no object")
        dot = f"{self.where}." if self.where else ""
        return [(name, Node(value=value, where=dot + name)) for name, value in self.value.items()]

    def items(self) -> list[Node]:
        """The items of a list that has some; a value that is no list counts as one of one."""
        if not isinstance(self.value, list):
            return [self]
        if not self.value:
            self.refuse("the list is empty; give at least one value")
        return [Node(value=value, where=f"{self.where}[{index}]") for index, value in enumerate(self.value)]

    def text(self) -> str:
        """A text that is not empty."""
        if not isinstance(self.value, str):
            self.refuse(f"{self.shown} is no text")
        text = self.value.strip()  # samples of the clouds' own documents have blanks around
        if not text:
            self.refuse("the text is empty")
        return text


def load(text: str, most_bytes: int) -> Node:
    """Read a document. Names that occur twice in one object are refused: readers would differ in what they mean.

    Raises:
        Fault: PARAMETER_INVALID (reason FORMAT with line and column, or SIZE).
    """
    length = len(text.encode("utf-8", "surrogatepass"))
    if length > most_bytes:
        Node(value=None).refuse(f"it has {length} bytes; at most {most_bytes} are allowed", SIZE)
    try:
        return Node(value=json.loads(text, object_pairs_hook=_object, parse_constant=_constant))
    except json.JSONDecodeError as error:
        Node(value=None).refuse(f"line {error.lineno}, column {error.colno}: no JSON: {error.msg}")
    except _DoubtError as error:
        Node(value=None).refuse(str(error))
    except (RecursionError, ValueError):  # nested too deeply, or a number of thousands of digits
        Node(value=None).refuse("it is no policy: nested too deeply, or with numbers too long")


class _DoubtError(Exception):
    pass


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _DoubtError(f"the name {twice[:_SHOWN_MAX]!r} is twice in one object")
    return found


def _constant(text: str) -> NoReturn:
    raise _DoubtError(f"{text} is no JSON")


def nearest(name: str, known: Iterable[str]) -> str:
    """The names that somebody may have meant; all of them where nothing is like it and they are few."""
    names = sorted(known)
    like = difflib.get_close_matches(name[:_SHOWN_MAX], names, 4, 0.5)
    return ", ".join(like or names[:_NAMED_MAX]) + (" …" if not like and len(names) > _NAMED_MAX else "")


def grant_of(statements: Iterable[Statement]) -> Grant:
    """All statements together: deny over allow over nothing."""
    return Grant(clauses=(Clause(rules=tuple(rule for statement in statements for rule in statement.rules)),))


def notes_of(statements: Iterable[Statement]) -> list[str]:
    """What in a policy matches nothing here, each with its place."""
    return [note for statement in statements for note in statement.notes]


def told(statements: Iterable[Statement]) -> str:
    """The same in a few words, for the ledger; empty where all of it is here."""
    notes = notes_of(statements)
    more = f" and {len(notes) - _TOLD_MAX} more" if len(notes) > _TOLD_MAX else ""
    return f", not here: {'; '.join(notes[:_TOLD_MAX])}{more}" if notes else ""


_TOLD_MAX = 3
_SERVICE = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_ACTION = re.compile(r"[A-Za-z0-9_*?:/.-]{1,128}", re.ASCII)


class Actions(Value, frozen=True, kw_only=True):
    """What an action, or a wildcard of them, stands for: rights on resources of a service, and APIs to call.

    With neither it matches nothing, and ``note`` says so.
    """

    service: str
    rights: frozenset[Right] = frozenset()
    apis: frozenset[str] = frozenset()
    note: str = ""


def unserved(node: Node, service: str) -> Actions:
    """An action that this server never does, whoever allows or denies it."""
    return Actions(service=service, note=f"{node.where}: {node.shown} is nothing that is done here; it matches nothing")


def elsewhere(node: Node, service: str, name: str) -> Actions | None:
    """An action of a service that is not here; None where the text is none."""
    if not _SERVICE.fullmatch(service) or not _ACTION.fullmatch(name):
        return None
    return unserved(node, service)


class Target(Value, frozen=True, kw_only=True):
    """What a resource stands for: ``scopes`` by the rights that they are for. An empty service is any."""

    service: str
    scopes: tuple[tuple[frozenset[Right], Scope], ...]
    everything: bool
    """Whether it covers calls of APIs, which have no resource of their own."""
    note: str = ""


class Statement(Value, frozen=True, kw_only=True):
    """What one statement became. ``where`` is its place in the document, ``sid`` its own name.

    ``notes`` tell what in it matches nothing here: actions and resources that this server does not have. ``actions``,
    ``targets`` and ``conditions`` (the operator and key of each) are what it was written as, for who explains it.
    """

    where: str
    allow: bool
    rules: tuple[Rule, ...]
    sid: str = ""
    notes: tuple[str, ...] = ()
    actions: tuple[Actions, ...] = ()
    targets: tuple[Target, ...] = ()
    conditions: tuple[tuple[str, str], ...] = ()


def foreign(node: Node, service: str) -> Target:
    """A resource of a service that is not here: nothing of this server's is one."""
    note = f"{node.where}: {node.shown} is of the service {service[:40]!r}, which is not here; it matches nothing"
    return Target(service=service, scopes=(), everything=False, note=note)


def matches_nothing(actions: Iterable[Actions]) -> bool:
    """Whether none of these is done here, so that it does not matter on what, or under which conditions."""
    return not any(each.rights or each.apis for each in actions)


def noted(*found: Iterable[Actions | Target]) -> tuple[str, ...]:
    """The notes of actions and resources."""
    return tuple(each.note for some in found for each in some if each.note)


def rules_of(
    *,
    where: str,
    allow: bool,
    account: int,
    actions: list[Actions],
    targets: list[Target],
    excepted: list[Target] | None,
    conditions: tuple[Condition, ...],
) -> tuple[Rule, ...]:
    """The rules of a statement, which stands at ``where``: each action on each resource of its service.

    With ``excepted`` the statement is about everything but those.
    """
    rules: list[Rule] = []
    for service in sorted({each.service for each in actions}):
        rights = frozenset[Right]().union(*(each.rights for each in actions if each.service == service))
        fitting = [target for target in targets if target.service in {"", service}]
        for wanted, scope in _scopes(fitting, rights):
            # A bucket and what is in it are the same whichever service's name they are called by.
            for same, excepts in _excepts(excepted or [], wanted).items():
                rule = Rule(allow=allow, rights=same, scope=scope, excepts=excepts, conditions=conditions)
                rules.append(changed(rule, place=where))
        if any(target.everything for target in fitting):
            calls = [target for target in excepted or () if target.everything]
            excepts = tuple(_calls(account, f"{target.service}:*" if target.service else "*") for target in calls)
            apis = frozenset[str]().union(*(each.apis for each in actions if each.service == service))
            for api in sorted(apis):
                rule = Rule(allow=allow, rights=frozenset({Right.MINT}), scope=_calls(account, api), excepts=excepts)
                rules.append(changed(rule, conditions=conditions, place=where))
    return tuple(dict.fromkeys(rules))


def _scopes(targets: list[Target], rights: frozenset[Right]) -> list[tuple[frozenset[Right], Scope]]:
    found = [(rights & given, scope) for target in targets for given, scope in target.scopes]
    return [(wanted, scope) for wanted, scope in found if wanted]


def _excepts(targets: list[Target], rights: frozenset[Right]) -> dict[frozenset[Right], tuple[Scope, ...]]:
    """The rights in groups that are excepted from the same scopes."""
    found: dict[tuple[Scope, ...], set[Right]] = {}
    for right in rights:
        scopes = tuple(scope for target in targets for given, scope in target.scopes if right in given)
        found.setdefault(scopes, set()).add(right)
    return {frozenset(same): scopes for scopes, same in found.items()}


def _calls(account: int, api: str) -> Scope:
    return Scope(account=account, key_glob=Glob(text=api)) if "*" in api else Scope(account=account, key=api)


STORAGE_RIGHTS: Final = EVERY_RIGHT - {Right.MINT}
"""What can be done to buckets and objects."""

BUCKET_RIGHTS: Final = frozenset({
    Right.LIST_BUCKETS, Right.CREATE_BUCKET, Right.STAT_BUCKET, Right.UPDATE_BUCKET, Right.DELETE_BUCKET,
    Right.LIST_OBJECTS, Right.LIST_UPLOADS, Right.READ_BUCKET_ACL, Right.UPDATE_BUCKET_ACL,
    Right.READ_BUCKET_TAGS, Right.UPDATE_BUCKET_TAGS, Right.DELETE_BUCKET_TAGS, Right.READ_CONFIGURATION,
    Right.UPDATE_CONFIGURATION, Right.UPDATE_LABELS, Right.READ_LOCATION, Right.READ_REFERER, Right.LIST_VERSIONS,
    Right.READ_CORS, Right.UPDATE_CORS, Right.DELETE_CORS, Right.READ_LIFECYCLE, Right.UPDATE_LIFECYCLE,
    Right.DELETE_LIFECYCLE, Right.READ_ENCRYPTION, Right.UPDATE_ENCRYPTION, Right.DELETE_ENCRYPTION,
})  # fmt: skip
"""Rights on a bucket as such, listings included."""

OBJECT_RIGHTS: Final = STORAGE_RIGHTS - BUCKET_RIGHTS
"""Rights on what a key names."""
