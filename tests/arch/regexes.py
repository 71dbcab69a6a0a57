"""Whether a regular expression takes time that grows faster than its input, told from the expression alone.

CPython's engine tries one way after another through an expression. It is slow exactly when there are many ways to read
the same text, as the theory of ambiguous automata has it: if one text v leads from a state p back to p, from p to
another state q, and from q back to q, then v repeated n times can be split in n ways (quadratic, or worse when such
pairs follow each other); if it leads from p to p in two ways, in 2^n. Searching adds a state before the expression that
takes anything. Sources: A. Weber, H. Seidl, "On the degree of ambiguity of finite automata" (1991); N. Weideman et al.,
"Analyzing matching time behavior of backtracking regular expression matchers" (2016).

What it leaves out: bounded repeats count as two, so they are linear whatever their bound; looking ahead and behind
counts as nothing. Only of a search it asks whether the expression can still fail, and not beyond its last character;
so it calls some slow that are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

_CHARACTERS = [chr(code) for code in (*range(256), 0x0130, 0x0131, 0x017F, 0x0660, 0x212A, 0x2028, 0x4E2D, 0x1F600)]
_CATEGORIES = {
    sre.CATEGORY_DIGIT: r"\d", sre.CATEGORY_NOT_DIGIT: r"\D", sre.CATEGORY_SPACE: r"\s",
    sre.CATEGORY_NOT_SPACE: r"\S", sre.CATEGORY_WORD: r"\w", sre.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip
_START = "where a text begins"
_SEARCH = 0
"""The state that takes anything before the expression begins."""


class _Part:
    """A piece of an expression: which positions it may begin and end with, and whether it may be empty."""

    def __init__(self, first: list[int], last: list[int], *, empty: bool) -> None:
        self.first, self.last, self.empty = first, last, empty


class Automaton:
    """The positions of an expression, and which may follow which; twice where there are two ways."""

    def __init__(self, pattern: re.Pattern[Any], *, searching: bool) -> None:
        text = pattern.pattern
        source = text.decode("latin-1") if isinstance(text, bytes) else text
        flags = pattern.flags | (re.ASCII if isinstance(text, bytes) else 0)
        self.takes: list[frozenset[str]] = [frozenset(_CHARACTERS) if searching else frozenset()]
        self.follow: list[list[int]] = [[]]
        self._bounded = False
        whole = self._sequence(_parser.parse(source, flags), flags)
        if searching:
            self.follow[_SEARCH] = [_SEARCH, *whole.first]
        self.found = frozenset() if self._bounded else frozenset(whole.last)
        """Where a search has found something, whatever follows."""

    def _position(self, characters: frozenset[str]) -> _Part:
        self.takes.append(characters)
        self.follow.append([])
        return _Part([len(self.takes) - 1], [len(self.takes) - 1], empty=False)

    def _join(self, left: _Part, right: _Part) -> _Part:
        for end in left.last:
            self.follow[end] += right.first
        return _Part(
            left.first + (right.first if left.empty else []),
            right.last + (left.last if right.empty else []),
            empty=left.empty and right.empty,
        )

    def _sequence(self, nodes: Any, flags: int) -> _Part:
        whole = _Part([], [], empty=True)
        for op, argument in nodes:
            whole = self._join(whole, self._node(op, argument, flags))
        return whole

    def _node(self, op: Any, argument: Any, flags: int) -> _Part:
        if op in {sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN}:
            return self._position(_characters(op, argument, flags))
        if op is sre.BRANCH:
            ways = [self._sequence(way, flags) for way in argument[1]]
            if sum(way.empty for way in ways) > 1:  # (a|a) is read as a(|)
                ways.append(self._twice())
            return _Part(
                [one for way in ways for one in way.first],
                [one for way in ways for one in way.last],
                empty=any(way.empty for way in ways),
            )
        if op is sre.SUBPATTERN:
            _, added, removed, nodes = argument
            return self._sequence(nodes, (flags | added) & ~removed)
        if op in {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}:
            return self._repeat(*argument, flags)
        if op is sre.ATOMIC_GROUP:
            return self._sequence(argument, flags)
        if op is sre.AT and argument in {sre.AT_BEGINNING, sre.AT_BEGINNING_STRING} and not flags & re.MULTILINE:
            return self._position(frozenset({_START}))
        if op is sre.AT or op in {sre.ASSERT, sre.ASSERT_NOT}:
            self._bounded = self._bounded or argument not in {sre.AT_BOUNDARY, sre.AT_BEGINNING} or len(self.takes) > 1
            return _Part([], [], empty=True)
        raise NotImplementedError(f"{op} of a regular expression")

    def _repeat(self, least: int, most: Any, nodes: Any, flags: int) -> _Part:
        part = self._sequence(nodes, flags)
        if most is sre.MAXREPEAT:
            for end in part.last:
                self.follow[end] += part.first
        elif most > 1:
            part = self._join(part, self._optional(self._sequence(nodes, flags)))
        return part if least else self._optional(part)

    def _twice(self) -> _Part:
        """What can be read in two ways."""
        part = self._position(frozenset(_CHARACTERS))
        self.follow[part.first[0]] += part.first * 2
        return part

    def _optional(self, part: _Part) -> _Part:
        return _Part(part.first, part.last, empty=True)

    def steps(self, states: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """Where copies of the automaton may go that all take the same character."""
        for onward in product(*(set(self.follow[state]) for state in states)):
            if frozenset.intersection(*(self.takes[state] for state in onward)):
                yield onward

    def reachable(self, start: tuple[int, ...], within: tuple[frozenset[int], ...]) -> set[tuple[int, ...]]:
        """All that copies reach in one step or more, each within its states."""
        seen: set[tuple[int, ...]] = set()
        waiting = [start]
        while waiting:
            for onward in self.steps(waiting.pop()):
                if onward not in seen and all(state in allowed for state, allowed in zip(onward, within, strict=True)):
                    seen.add(onward)
                    waiting.append(onward)
        return seen


def _characters(op: Any, argument: Any, flags: int) -> frozenset[str]:
    if op is sre.ANY:
        return frozenset(_CHARACTERS) if flags & re.DOTALL else frozenset(_CHARACTERS) - {"\n"}
    items = argument if op is sre.IN else [(op, argument)]
    found: set[str] = set()
    negated = False
    for kind, value in items:
        if kind is sre.NEGATE:
            negated = True
        elif kind in {sre.LITERAL, sre.NOT_LITERAL}:
            negated = negated or kind is sre.NOT_LITERAL
            found |= {char for char in _CHARACTERS if chr(value) in _forms(char, flags)}
        elif kind is sre.RANGE:
            low, high = value
            found |= {char for char in _CHARACTERS if any(low <= ord(form) <= high for form in _forms(char, flags))}
        elif kind is sre.CATEGORY:
            found |= {char for char in _CHARACTERS if re.match(_CATEGORIES[value], char, flags & re.ASCII)}
    return frozenset(_CHARACTERS) - found if negated else frozenset(found)


def _forms(char: str, flags: int) -> set[str]:
    """A character, in both cases where that makes no difference."""
    every = {char, char.lower(), char.upper()} if flags & re.IGNORECASE else {char}
    return {form for form in every if len(form) == 1}


def why_slow(pattern: re.Pattern[Any], *, searching: bool) -> str | None:
    """What of the expression can be read in too many ways; None when its time is in proportion to the text.

    Args:
        pattern: the expression.
        searching: whether it is looked for everywhere in a text, not only at its beginning.
    """
    automaton = Automaton(pattern, searching=searching)
    states = range(len(automaton.takes))
    onward = {state: {end for (end,) in automaton.reachable((state,), (frozenset(states),))} for state in states}
    loops = {state: frozenset(other for other in onward[state] if state in onward[other]) for state in states}
    turning = [state for state in states if state in onward[state]]
    for state in turning:
        if any(automaton.follow[one].count(other) > 1 for one in loops[state] for other in loops[state]):
            return f"a repeat within a repeat: {_shown(automaton, state)}"
        twice = automaton.reachable((state, state), (loops[state], loops[state]))
        if any(
            one != other and (state, state) in automaton.reachable((one, other), (loops[state], loops[state]))
            for one, other in twice
        ):
            return f"two ways around: {_shown(automaton, state)}"
    for state in turning:
        for other in turning:
            if other == state or other not in onward[state]:
                continue
            if state == _SEARCH and other in automaton.found:
                continue
            between = frozenset(one for one in states if one in onward[state] and other in onward[one]) | {state, other}
            between -= automaton.found if state == _SEARCH else frozenset()
            met = automaton.reachable((state, state, other), (loops[state], between, loops[other]))
            if (state, other, other) in met:
                return f"two repeats take the same: {_shown(automaton, state)} and {_shown(automaton, other)}"
    return None


def _shown(automaton: Automaton, state: int) -> str:
    taken = automaton.takes[state]
    return "where it begins" if state == _SEARCH else f"{''.join(sorted(taken))[:12]!r} ({len(taken)} characters)"
