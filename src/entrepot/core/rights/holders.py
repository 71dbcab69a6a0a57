"""Rules that name their holder: texts with a place where a user's own name or number will stand.

A policy is compiled once and given to many; the places are filled in when it is written into a user's keys. A place
cannot be written by anybody else: no name and no key has the character that it begins with. Must not know how a policy
spells a variable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from entrepot.core.rights.conditions import Condition
from entrepot.core.rights.glob import Glob
from entrepot.core.rights.grant import Rule, Scope
from entrepot.core.rights.identity import User
from entrepot.core.value import changed

USER_NAME: Final = "\0user-name\0"
USER_ID: Final = "\0user-id\0"
_PLAIN = re.compile(r"[A-Za-z0-9._@-]+", re.ASCII)

Fill = Callable[[str], str]


def filled(rules: Iterable[Rule], user: User) -> tuple[Rule, ...]:
    """The rules as they are for a user. A name that could be read as a pattern fills nothing in: nothing matches."""
    values = {USER_NAME: user.name, USER_ID: user.user_id}

    def fill(text: str) -> str:
        for mark, value in values.items():
            if mark in text and _PLAIN.fullmatch(value):
                text = text.replace(mark, value)
        return text

    return tuple(_rule(rule, fill) for rule in rules)


def _rule(rule: Rule, fill: Fill) -> Rule:
    return changed(
        rule, scope=_scope(rule.scope, fill), excepts=tuple(_scope(scope, fill) for scope in rule.excepts),
        conditions=tuple(_condition(condition, fill) for condition in rule.conditions),
    )  # fmt: skip


def _scope(scope: Scope, fill: Fill) -> Scope:
    return changed(
        scope, bucket=_text(scope.bucket, fill), prefix=_text(scope.prefix, fill), key=_text(scope.key, fill),
        bucket_glob=_glob(scope.bucket_glob, fill), key_glob=_glob(scope.key_glob, fill),
        name_glob=_glob(scope.name_glob, fill),
    )  # fmt: skip


def _condition(condition: Condition, fill: Fill) -> Condition:
    return changed(condition, texts=tuple(map(fill, condition.texts))) if condition.texts else condition


def _text(text: str | None, fill: Fill) -> str | None:
    return None if text is None else fill(text)


def _glob(glob: Glob | None, fill: Fill) -> Glob | None:
    return None if glob is None else changed(glob, text=fill(glob.text))
