"""Why a request was refused, as it is told to whoever has to mend it: a plain value that a fault leads to.

An explanation is made on the refusing path only, after the refusal is decided, and changes nothing of it. It holds no
secret, no signature that would be taken and nothing of a body. Must not know how a cause is found or where it is shown.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from entrepot.core.value import Value

TEXT_MAX: Final = 400
"""Longest text of an explanation, in characters; what is longer is cut."""
DETAILS_MAX: Final = 16


class Confidence(StrEnum):
    """How sure an explanation is."""

    CERTAIN = "certain"
    """It was proven: undone, the request would have been taken; or the refusal has no other cause."""
    LIKELY = "likely"
    """It is seen in the request, and would cause this refusal; others could, too."""
    UNKNOWN = "unknown"
    """None of the known mistakes accounts for the refusal."""


class Explanation(Value, frozen=True, kw_only=True):
    """A cause.

    ``cause`` is its stable code; ``sentence`` says it in one sentence. ``expected`` is what was computed here, ``came``
    what the client computed or sent, and ``parts_at`` the first byte at which they differ. ``change`` is what to do.
    ``details`` are further facts by name. ``private`` ones are for the operator alone: they tell of what is another's.
    """

    cause: str
    confidence: Confidence
    sentence: str
    change: str = ""
    expected: str = ""
    came: str = ""
    parts_at: int | None = None
    details: tuple[tuple[str, str], ...] = ()
    private: bool = False
    unsafe: bool = False
    """Whether the refusal's own message repeats a secret, which its sender took for something else."""

    def told(self) -> dict[str, str]:
        """What it says, by name, as texts that are not too long; what it does not say is left out."""
        found = {
            "cause": self.cause,
            "confidence": self.confidence.value,
            "sentence": _cut(self.sentence),
            "change": _cut(self.change),
            "expected": _cut(self.expected),
            "came": _cut(self.came),
            "parts_at": "" if self.parts_at is None else str(self.parts_at),
        }
        found |= {name: _cut(value) for name, value in self.details[:DETAILS_MAX]}
        return {name: text for name, text in found.items() if text}


class Explained(Value, frozen=True, kw_only=True):
    """A refusal that was explained, as it is kept: ``at`` seconds since 1970, ``told`` what the explanation says.

    ``key`` is the one that the request names, and ``account`` the one that this is of: whose keys may read it. It is
    None for what is the operator's alone. ``bucket`` and ``object`` are as the client wrote them; ``status`` and
    ``code`` are the reply's.
    """

    request: str
    at: float
    client: str
    key: str
    dialect: str
    operation: str
    method: str
    kind: str
    why: str
    told: dict[str, str]
    account: int | None = None
    bucket: str = ""
    object: str = ""
    status: int = 0
    code: str = ""


def _cut(text: str) -> str:
    """A text that fits, in which nothing is left that cannot be printed."""
    shown = "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text[: TEXT_MAX + 1])
    return shown if len(shown) <= TEXT_MAX else shown[: TEXT_MAX - 1] + "…"
