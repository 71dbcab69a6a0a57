"""One call of the API, with all that its answer needs, and how it reads its parameters.

Must not know what any action does. Source: wire facts of Volcengine §2.1-§2.3.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from entrepot.core.facts.records import Bucket
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Clock
from entrepot.core.rights.grant import Right, Rule, Scope
from entrepot.core.rights.identity import Principal
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Store
from entrepot.core.value import Value, changed
from entrepot.dialects.control.settings import MintSettings
from entrepot.dialects.volcengine.marks import Parameter
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
    given: Mapping[str, Parameter]
    who: Principal
    account: int
    store: Store
    intake: Intake
    setup: Setup

    def bucket(self) -> Bucket | None:
        """Where the account's voice files are; None before the first one."""
        return self.store.index.now.bucket(self.account, self.setup.mint.vms_bucket)

    @property
    def acting(self) -> Principal:
        """The caller, lent what the API does for it in its own bucket; what is denied to the caller stays denied."""
        rights = frozenset({Right.READ_OBJECT, Right.STAT_OBJECT, Right.PUT_OBJECT, Right.DELETE_OBJECT})
        own = Rule(rights=rights, scope=Scope(account=self.account, bucket=self.setup.mint.vms_bucket))
        return changed(self.who, grant=self.who.grant.lending((own,)), own_grant=self.who.own_grant.lending((own,)))

    def text(self, name: str) -> str:
        """A parameter that is a text; empty when it is not there. Raises Fault PARAMETER_INVALID."""
        value = self.given.get(name, "")
        if not isinstance(value, str):
            raise _invalid(name, f"{name} is {str(value)[:40]!r}, which is no text")
        return value

    def needed(self, name: str) -> str:
        """A text that must be there. Raises Fault PARAMETER_MISSING, PARAMETER_INVALID."""
        value = self.text(name)
        if not value:
            raise Fault(Kind.PARAMETER_MISSING, f"the call has no {name}; send it", parameter=name)
        return value

    def flag(self, name: str) -> bool:
        """A parameter that is true or false, false when it is not there. Raises Fault PARAMETER_INVALID."""
        value = self.given.get(name, False)
        if value not in _FLAGS:
            raise _invalid(name, f"{name} is {str(value)[:40]!r}; it must be true or false")
        return value in {True, "true"}

    def number(self, name: str, default: int | None, least: int, most: int) -> int:
        """A whole number. Raises Fault PARAMETER_MISSING without a default, PARAMETER_INVALID."""
        value = self.given.get(name, "")
        if value == "" and default is not None:
            return default
        if value == "":
            raise Fault(Kind.PARAMETER_MISSING, f"the call has no {name}; send it", parameter=name)
        text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else "-"
        if not (text.isascii() and text.isdigit() and len(text) < 12 and least <= int(text) <= most):
            raise _invalid(name, f"{name} is {str(value)[:40]!r}; it must be a whole number from {least} to {most}")
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


_FLAGS = (True, False, "true", "false")


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What answers a call with the result that goes into the envelope, and the parameters that it has.

    Other parameters are not looked at, as on the cloud, but for these in another spelling. ``dry`` is one that can be
    tried without effect.
    """

    answer: Callable[[Call], Awaitable[object]]
    parameters: tuple[str, ...]
    changes: bool = False
    dry: bool = False


def suffix_of(name: str) -> str:
    """What follows the last dot, with it, in lower case; empty without one."""
    head, dot, tail = name.rpartition(".")
    return f".{tail.lower()}" if dot and head else ""


def _invalid(parameter: str, message: str) -> Fault:
    return Fault(Kind.PARAMETER_INVALID, message, parameter=parameter)
