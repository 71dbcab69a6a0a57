"""One call of the API, with all that its answer needs, and how it reads its parameters.

Must not know what any action does. Source: wire facts of Volcengine §2.1-§2.3.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from entrepot.core.facts.records import Bucket
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Clock
from entrepot.core.rights.identity import Principal
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Store
from entrepot.core.value import Value
from entrepot.dialects.control.settings import MintSettings
from entrepot.wire.http import Request

NAME_MAX_BYTES = 255
SUFFIXES = (".mp3", ".wav")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What the operator chose, and the clock."""

    mint: MintSettings
    region: str
    clock: Clock
    public_url: str | None
    domains: tuple[str, ...]


class Call(Value, frozen=True, kw_only=True):
    """``api`` is the name by which policies know the action; ``account`` is the caller's."""

    api: str
    request: Request
    given: Mapping[str, str]
    who: Principal
    account: int
    store: Store
    intake: Intake
    setup: Setup

    def bucket(self) -> Bucket | None:
        """Where the account's voice files are; None before the first one."""
        return self.store.index.now.bucket(self.account, self.setup.mint.vms_bucket)

    def needed(self, name: str) -> str:
        """A parameter that must be there. Raises Fault PARAMETER_MISSING."""
        value = self.given.get(name, "")
        if not value:
            raise Fault(Kind.PARAMETER_MISSING, f"the call has no {name}; send it", parameter=name)
        return value

    def number(self, name: str, default: int | None, least: int, most: int) -> int:
        """A whole number. Raises Fault PARAMETER_MISSING without a default, PARAMETER_INVALID."""
        text = self.given.get(name, "")
        if not text and default is not None:
            return default
        text = self.needed(name)
        if not (text.isascii() and text.isdigit() and len(text) < 12 and least <= int(text) <= most):
            raise _invalid(name, f"{name} is {text[:40]!r}; it must be a whole number from {least} to {most}")
        return int(text)

    def file_name(self) -> str:
        """The name that a file is uploaded under.

        Raises:
            Fault: PARAMETER_MISSING, PARAMETER_INVALID.
        """
        name = self.needed("FileName")
        if len(name.encode()) > NAME_MAX_BYTES or not name.isprintable() or "/" in name or "\\" in name:
            raise _invalid(
                "FileName",
                f"FileName is {name[:40]!r}; it must be a name without slashes and control characters, of at most"
                f" {NAME_MAX_BYTES} bytes",
            )
        if name in {".", ".."} or suffix_of(name) not in {"", *SUFFIXES}:
            raise _invalid("FileName", f"FileName is {name[:40]!r}; it must end in .mp3 or .wav, or have no suffix")
        return name


Action = Callable[[Call], Awaitable[object]]
"""Answers a call with the result that goes into the envelope."""


def suffix_of(name: str) -> str:
    """What follows the last dot, with it, in lower case; empty without one."""
    head, dot, tail = name.rpartition(".")
    return f".{tail.lower()}" if dot and head else ""


def _invalid(parameter: str, message: str) -> Fault:
    return Fault(Kind.PARAMETER_INVALID, message, parameter=parameter)
