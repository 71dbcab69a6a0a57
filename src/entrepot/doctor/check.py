"""What a check is, what it says, and how a table of them is gone through.

Knows no check, and nothing of what they look at.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from entrepot.config import Settings
from entrepot.core.ports import Clock


class Verdict(enum.StrEnum):
    """``warn`` is what works now and will cost somebody an evening; ``fail`` is what does not work, or loses data."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a check found: a verdict, the value that it saw, and what to do about it (empty when it is well)."""

    verdict: Verdict
    value: str
    to_do: str = ""


def ok(value: str) -> Seen:
    """All is well."""
    return Seen(Verdict.OK, value)


def warn(value: str, to_do: str) -> Seen:
    """It works, but."""
    return Seen(Verdict.WARN, value, to_do)


def fail(value: str, to_do: str) -> Seen:
    """It does not work."""
    return Seen(Verdict.FAIL, value, to_do)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where checks look at this machine; tests give another one.

    ``root`` has ``proc`` and ``sys``. ``version`` is that of an installed package, None where there is none.
    ``addresses`` are those of a host name; it raises OSError. ``limits`` are the soft and the hard limit of open files,
    ``adjusted`` is what the kernel says of its clock: whether something keeps it right, None where it does not say.
    """

    root: Path
    environment: Mapping[str, str]
    clock: Clock
    user: int
    processors: int
    version: Callable[[str], str | None]
    addresses: Callable[[str], list[str]]
    limits: Callable[[], tuple[int, int]]
    adjusted: Callable[[], bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What is looked at. Where the settings are wrong, they stand in with their defaults, and ``wrong`` says why.

    ``address`` is where clients find the server, through whatever is in front of it; None when nobody said.
    """

    settings: Settings
    machine: Machine
    wrong: str = ""
    file: Path | None = None
    address: str | None = None
    notes: dict[str, Any] = field(default_factory=dict)
    """What checks remember for others, so that it is asked for once."""

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.settings.data


def always(_setup: Setup) -> bool:
    """A check that every set-up has."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check: ``about`` says what it looks at; it is left out where ``when`` says no."""

    name: str
    about: str
    look: Callable[[Setup], Seen]
    when: Callable[[Setup], bool] = always
    needs_settings: bool = True
    """Whether wrong settings make it pointless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What became of one check."""

    check: str
    about: str
    verdict: Verdict
    seen: str
    to_do: str

    def told(self) -> dict[str, str]:
        """As JSON has it."""
        return {name: str(value) for name, value in asdict(self).items()}


def examined(checks: Iterable[Check], setup: Setup) -> Iterator[Finding]:
    """Go through a table. What cannot be looked at is a warning, because others may be able to."""
    for check in checks:
        if (setup.wrong and check.needs_settings) or not check.when(setup):
            continue
        try:
            seen = check.look(setup)
        except OSError as error:
            where = f" {error.filename}" if error.filename else ""
            seen = warn(
                f"cannot be looked at: {error.strerror or error}{where}", "run this as the user that the server runs as"
            )
        yield Finding(check=check.name, about=check.about, verdict=seen.verdict, seen=seen.value, to_do=seen.to_do)
