"""Single refusals within a request that was served: several names, each refused by itself, told as one.

A deletion of many names is answered 200, with an error for each name that stayed. What is kept of it is the explanation
of the first, with the names of all and with what is said of those that have another cause. Must not know where an
explanation is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from entrepot.core.explanation import Explanation
from entrepot.core.operations import DeleteObjects
from entrepot.core.rules.access import refusal as refusal_of
from entrepot.core.value import changed
from entrepot.explain.refusal import Refusal

EXPLAINED_MAX: Final = 8
"""So many names of one request are explained, each by itself."""
_NAMES_MAX: Final = 12
_NAME_MAX: Final = 60


def together(found: Sequence[Explanation], names: Sequence[str], of: int) -> Explanation:
    """One for all: ``found`` are the explanations of the first of the refused ``names``, of ``of`` that were asked."""
    first = found[0]
    others = dict.fromkeys(one.sentence for one in found if one.sentence != first.sentence)
    more = (("also", "; ".join(others)),) if others else ()
    return changed(first, details=named(names, of) + more + first.details)


def refused_with(refusal: Refusal) -> tuple[tuple[str, str], ...]:
    """Which names were refused where all are, because some are."""
    op, who = refusal.op, refusal.who
    if not isinstance(op, DeleteObjects) or not op.together or who is None:
        return ()
    names = [key for key in op.keys if refusal_of(op, key, who, refusal.now) is not None]
    return named(names, len(op.keys))


def named(names: Sequence[str], of: int) -> tuple[tuple[str, str], ...]:
    """How many, and which as far as they fit."""
    shown = ", ".join(name if len(name) <= _NAME_MAX else f"{name[: _NAME_MAX - 1]}…" for name in names[:_NAMES_MAX])
    more = f" and {len(names) - _NAMES_MAX} more" if len(names) > _NAMES_MAX else ""
    return ("refused", f"{len(names)} of {of}"), ("keys", shown + more)
