"""What an explainer is given: the refused request, and what became known of it before it was refused.

An explainer is a pure function of a :class:`Refusal`. It gives None when the refusal is not its business. It does a
bounded amount of work, which it takes from ``work``, and puts no secret, no signature and nothing of a body into what
it says. Must not know where an explanation is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from entrepot.core.explanation import Explanation
from entrepot.core.fault import Fault
from entrepot.core.operations import Operation
from entrepot.core.ports import Reader
from entrepot.core.rights.identity import Key, Principal
from entrepot.core.value import Value
from entrepot.signing.scheme import NOWHERE, Claim, Scheme, Target
from entrepot.wire.http import Request

TRIES_MAX: Final = 1200
BYTES_MAX: Final = 3 << 20


class WorkIsOver(Exception):  # noqa: N818 - not an error: nothing more is looked for
    """An explanation took what it may."""


class Work:
    """What one explanation may still cost: signatures computed, and bytes of text read or digested for them."""

    __slots__ = ("bytes_left", "tries_left")

    def __init__(self, tries: int = TRIES_MAX, count: int = BYTES_MAX) -> None:
        self.tries_left = tries
        self.bytes_left = count

    def spend(self, count: int, tries: int = 1) -> bool:
        """Whether there is still so much left; what is taken is gone."""
        self.tries_left -= tries
        self.bytes_left -= count
        return self.tries_left >= 0 and self.bytes_left >= 0

    def pay(self, count: int, tries: int = 1) -> None:
        """The same for whoever goes on only with it. Raises WorkIsOver."""
        if not self.spend(count, tries):
            raise WorkIsOver


class Known:
    """What becomes known of a request on its way, filled in by the pipeline. It lives as long as the request."""

    __slots__ = ("claim", "key", "op", "scheme", "who")

    def __init__(self) -> None:
        self.scheme: Scheme | None = None
        self.claim: Claim | None = None
        self.key: Key | None = None
        self.who: Principal | None = None
        self.op: Operation | None = None


class Refusal(Value, frozen=True, kw_only=True):
    """A refused request.

    ``place`` is the dialect's own record of what is addressed, None if that was not found out; ``target`` is what it is
    to the schemes. ``scheme``, ``claim`` and ``key`` are of the signature as far as it was read, whether or not it is
    genuine; ``who`` is only there when it was, and ``op`` when it was known what is asked. ``reader`` sees the index.
    """

    request: Request
    fault: Fault
    dialect: str
    schemes: tuple[Scheme, ...]
    reader: Reader
    now: float
    place: Any = None
    target: Target = NOWHERE
    scheme: Scheme | None = None
    claim: Claim | None = None
    key: Key | None = None
    who: Principal | None = None
    op: Operation | None = None
    work: Work


Explain = Callable[[Refusal], Explanation | None]
