"""Patterns with ``*`` (any run) and ``?`` (any one character), matched in time linear in the text.

A pattern without ``?`` is a list of pieces, found one after the other; one with it runs as an automaton whose states
are the bits of one number. Neither goes back in the text, so no pattern can be made that is slow.
"""

from __future__ import annotations

from functools import lru_cache

from entrepot.core.value import Value


class Glob(Value, frozen=True, kw_only=True, omit_defaults=True):
    """A pattern. With ``single`` off, ``?`` stands for itself."""

    text: str
    single: bool = True

    def matches(self, text: str) -> bool:
        """Whether the pattern covers the whole of ``text``."""
        if self.single and "?" in self.text:
            return _run(_automaton(self.text), text)
        return _pieces_match(_pieces(self.text), text)


@lru_cache(maxsize=4096)
def _pieces(pattern: str) -> tuple[str, ...]:
    return tuple(pattern.split("*"))


def _pieces_match(pieces: tuple[str, ...], text: str) -> bool:
    """The first piece begins the text, the last ends it, those between follow each other."""
    first, last = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return text == first
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    start, end = len(first), len(text) - len(last)
    for piece in pieces[1:-1]:
        found = text.find(piece, start, end)
        if found < 0:
            return False
        start = found + len(piece)
    return True


class _Automaton(Value, frozen=True, kw_only=True):
    """Bit *n* of a state: the first *n* characters of the pattern are matched."""

    steps: dict[str, int]
    any_step: int
    stay: int
    end: int


@lru_cache(maxsize=512)
def _automaton(pattern: str) -> _Automaton:
    steps: dict[str, int] = {}
    any_step = stay = 0
    bit = 1
    for character in pattern:
        if character == "*":
            stay |= bit
            continue
        if character == "?":
            any_step |= bit
        else:
            steps[character] = steps.get(character, 0) | bit
        bit <<= 1
    return _Automaton(steps=steps, any_step=any_step, stay=stay, end=bit)


def _run(automaton: _Automaton, text: str) -> bool:
    state = 1
    for character in text:
        step = automaton.steps.get(character, 0) | automaton.any_step
        state = ((state & step) << 1) | (state & automaton.stay)
        if not state:
            return False
    return bool(state & automaton.end)
