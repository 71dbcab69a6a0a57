"""What a process gives the core beside storage: the time, chance, bodies, leases, and the audit log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol

from entrepot.core.explanation import Explained
from entrepot.core.rights.audit import Event

Clock = Callable[[], float]
"""Seconds since 1970."""

NewId = Callable[[], str]
"""A fresh unguessable name of 32 hexadecimal digits."""

Body = AsyncIterator[bytes]
"""Bytes as they arrive; never longer than the client announced."""


class Audit(Protocol):
    """The append-only record of what was done with rights."""

    def write(self, event: Event) -> Awaitable[None]:
        """Record an event; it is durable when the result is there. Raises Fault STORAGE_FULL or STORAGE_FAILED."""
        ...

    def note(self, event: Event) -> None:
        """Record an event soon, without waiting for it. What the disk does not take is counted and told of later."""
        ...


class Leases(Protocol):
    """Work that one process at a time should do. A lease ends by itself when its holder dies."""

    def take(self, name: str) -> bool:
        """Whether this process has the lease now (also when it had it already)."""
        ...

    def drop(self, name: str) -> None:
        """Give the lease back."""
        ...


class Explanations(Protocol):
    """The newest refusals that were explained: a bounded number, of all processes of one server. They may be lost."""

    def keep(self, record: Explained) -> None:
        """Keep one in the place of the oldest. Hardly waits, never raises: what cannot be kept is lost."""
        ...

    def find(self, request: str) -> Explained | None:
        """The one of a request, named as the server's log or as its reply named it."""
        ...

    def newest(self, count: int) -> list[Explained]:
        """The newest ones, the newest first."""
        ...
