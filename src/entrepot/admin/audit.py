"""Lines of the audit log that somebody looks for; and whether the log tells of what the ledger knows.

Every minted right has a line in the log, which is durable before the right is given out. A crash between the right's
row and its line leaves a right that nobody received: it is in the ledger without a line, and is never used. So a right
that was used without a line, and a log without any line beside a ledger with rights, say that lines are gone.

Keeps the ids of all rights of the ledger in memory: about 100 bytes each.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from entrepot.core.ports import Reader
from entrepot.core.rights.ledger import EVERY, Mark, mark_of
from entrepot.core.value import Value

_PAGE = 1000
_NAMED_MAX = 100


LOOKED_MAX: Final = 5000
"""How many lines are looked at before it is told what was found so far."""


class Sought(Value, frozen=True, kw_only=True):
    """Which lines: those that meet every field that is given. Times are in seconds since 1970."""

    event: str | None = None
    who: str | None = None
    """The key that did it, or the minter of what was minted."""
    text: str | None = None
    """Stands somewhere in what the line says."""
    since: float | None = None
    until: float | None = None

    def takes(self, facts: Mapping[str, Any]) -> bool:
        """Whether a line is one of them."""
        if self.event is not None and facts["event"] != self.event:
            return False
        if self.who is not None and self.who not in (facts.get("key"), facts.get("minter")):
            return False
        if self.since is not None or self.until is not None:
            at = datetime.fromisoformat(facts["at"]).timestamp()
            if (self.since is not None and at < self.since) or (self.until is not None and at > self.until):
                return False
        return self.text is None or any(self.text in str(facts[name]) for name in facts if name not in _OF_CHAIN)


_OF_CHAIN: Final = frozenset({"seq", "at", "prev", "hash"})


class Found(Value, frozen=True, kw_only=True):
    """Lines, the newest first, and the number before which to go on; None at the end of the log."""

    lines: list[dict[str, Any]]
    looked: int
    before: int | None


async def look_for(
    read: Callable[[int | None, int], Awaitable[list[dict[str, Any]]]], sought: Sought, before: int | None, limit: int
) -> Found:
    """Lines before a number, at most ``limit`` of them and of LOOKED_MAX that are looked at."""
    found: list[dict[str, Any]] = []
    looked = 0
    while looked < LOOKED_MAX and len(found) < limit:
        some = await read(before, min(_PAGE, LOOKED_MAX - looked))
        if not some:
            return Found(lines=found, looked=looked, before=None)
        for facts in some:
            looked, before = looked + 1, facts["seq"]
            if sought.takes(facts):
                found.append(facts)
                if len(found) == limit:
                    break
    return Found(lines=found, looked=looked, before=None if before == 1 else before)


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
