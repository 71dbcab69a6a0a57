"""An account of a test: its number, key and buckets, and the clouds' SDKs pointed at it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from entrepot.testing.clients import Clients
from entrepot.testing.sdk_settings import settings_of

if TYPE_CHECKING:
    from entrepot.testing.server import Server


@dataclass(kw_only=True)
class Account:
    """Buckets of an account are its own: other accounts may have buckets of the same names, and see none of these.

    ``number`` is what Tencent calls appid; ``application`` is an application of VOD that it has, None for an account
    beyond the first ones. ``buckets`` are those that it was made with, and has again after :meth:`reset`.
    """

    server: Server = field(repr=False)
    number: int
    user_id: str
    key_id: str
    secret: str = field(repr=False)
    application: int | None
    buckets: tuple[str, ...]

    @property
    def bucket(self) -> str:
        """The first of its buckets."""
        return self.buckets[0]

    @property
    def cos_bucket(self) -> str:
        """The first of its buckets as COS writes it: ``NAME-APPID``."""
        return f"{self.bucket}-{self.number}"

    @cached_property
    def settings(self) -> dict[str, dict[str, Any]]:
        """By the name of an SDK, the arguments that point it here; see :mod:`entrepot.testing.sdk_settings`."""
        return settings_of(self.server.address, self.key_id, self.secret)

    @cached_property
    def clients(self) -> Clients:
        """Ready clients of the SDKs that are installed."""
        return Clients(self)

    def environment(self, before: Mapping[str, str] | None = None) -> dict[str, str]:
        """The variables that lead a program here with this account's key, over those ``before`` (this process's)."""
        from entrepot.testing.environment import variables_of  # noqa: PLC0415 - it knows this module

        return variables_of(self.server, self, os.environ if before is None else before)

    def reset(self) -> dict[str, int]:
        """Empty it: all but its number, its key, and its buckets, which are made afresh. Returns how much it had."""
        return self.server.calls.post("/dev/accounts/reset", account=self.number, buckets=list(self.buckets))

    def remove(self) -> None:
        """Remove it with all that it has."""
        self.server.calls.post("/dev/accounts/remove", account=self.number)
        self.server.forget(self.number)
