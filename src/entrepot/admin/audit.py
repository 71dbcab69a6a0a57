"""Whether the audit log tells of what the ledger knows.

Every minted right has a line in the log, which is durable before the right is given out. A crash between the right's
row and its line leaves a right that nobody received: it is in the ledger without a line, and is never used. So a right
that was used without a line, and a log without any line beside a ledger with rights, say that lines are gone.

Keeps the ids of all rights of the ledger in memory: about 100 bytes each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from entrepot.core.ports import Reader
from entrepot.core.rights.ledger import EVERY, Mark, mark_of

_PAGE = 1000
_NAMED_MAX = 100


@dataclass(slots=True)
class Unlogged:
    """Rights of the ledger of which no line was met yet."""

    ids: set[str] = field(default_factory=set)
    begins_at: float | None = None
    """When the first line was written, of a log whose older files were put away."""
    _begun: bool = False

    def line(self, what: str, facts: Mapping[str, Any]) -> None:
        """Take note of a line of the log. Lines come in their order."""
        if not self._begun:
            self._begun = True
            self.begins_at = None if facts["seq"] == 1 else datetime.fromisoformat(facts["at"]).timestamp()
        if what == "mint":
            self.ids.discard(str(facts.get("key")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the ledger says against the log; ``unused`` is how many rights without a line were never used."""

    damage: list[str]
    unused: int


def rights(reader: Reader) -> Unlogged:
    """Every right of the ledger. Ask before the log is read, so that a right minted meanwhile is not missed in it."""
    found: set[str] = set()
    after: Mark | None = None
    while page := reader.rights(EVERY, after, _PAGE):
        found.update(key.id for key in page)
        after = mark_of(page[-1])
    return Unlogged(found)


def verdict(reader: Reader, unlogged: Unlogged, lines: int) -> Verdict:
    """What the rights mean of which a log of so many ``lines`` has none."""
    damage: list[str] = []
    unused = 0
    for key_id in sorted(unlogged.ids):
        key = reader.key(key_id)
        if key is None or (unlogged.begins_at is not None and key.created_at < unlogged.begins_at):
            continue
        use = reader.key_use(key_id)
        if not use.count and not use.stored:
            unused += 1
        elif len(damage) < _NAMED_MAX:
            damage.append(f"the ledger has the right {key_id}, which was used, but no line says that it was minted")
    if unlogged.ids and not lines:
        damage.insert(0, f"the log has no line at all, but the ledger has {len(unlogged.ids)} rights")
    return Verdict(damage=damage, unused=unused)
