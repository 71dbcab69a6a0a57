"""Accounts, keys, buckets and domains as one gateway remembers them while no gateway has changed any.

Every change of those moves a number in its transaction. A request asks for the number once, before it looks at
anything; if it moved, all is forgotten. Requests that come while the question is under way share the next one, so a
crowd of requests asks few questions. What a look-up brings back is kept only if the number did not move meanwhile:
its answer may be older than the question that moved it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from entrepot.adapters.postgres.reader import Ask, PgReader
from entrepot.adapters.secrets.vault import Vault
from entrepot.adapters.waiting import wait
from entrepot.core.facts.records import Bucket
from entrepot.core.rights.identity import Account, Key

T = TypeVar("T")
_KNOWN_MAX = 8192


class Version:
    """The number, asked for by as few questions as keep the promise that none is older than who asks."""

    def __init__(self, asked: Callable[[], Awaitable[int]]) -> None:
        self._asked = asked
        self._under_way: asyncio.Task[int] | None = None
        self._following: asyncio.Task[int] | None = None

    async def newest(self) -> int:
        """The number as it is at some moment after this call. Raises what the question raises."""
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.create_task(self._question())
            return await asyncio.shield(self._under_way)
        if self._following is None or self._following.done():
            self._following = asyncio.create_task(self._after(self._under_way))
        return await asyncio.shield(self._following)

    async def _question(self) -> int:
        return await self._asked()

    async def _after(self, before: asyncio.Task[int]) -> int:
        await asyncio.wait([before])
        self._under_way, self._following = asyncio.current_task(), None
        return await self._asked()


class RememberingReader(PgReader):
    """A reader of the committed state, each look-up a question of its own, that remembers who may do what."""

    def __init__(self, ask: Ask, vault: Vault, version: Version) -> None:
        super().__init__(ask, vault)
        self._newest = version
        self._version = -1
        self._known: dict[tuple[str, object], Any] = {}

    @property
    def version(self) -> int:
        """The number that all that is remembered belongs to."""
        return self._version

    def refresh(self) -> None:
        """Forget everything if anything was changed by anybody. Waits."""
        version = wait(self._newest.newest())
        if version > self._version or len(self._known) > _KNOWN_MAX:
            self._known = {}
            self._version = max(version, self._version)

    def account(self, account: int) -> Account | None:
        return self._remember(("account", account), lambda: super(RememberingReader, self).account(account))

    def key(self, key_id: str) -> Key | None:
        known = self._known
        found: Key | None = known.get(("key", key_id))
        if found is None:  # what is not there is not remembered: minting a key tells nobody
            found = super().key(key_id)
            if found is not None:
                known["key", key_id] = found
        return found

    def bucket(self, account: int, name: str) -> Bucket | None:
        return self._remember(("bucket", (account, name)), lambda: super(RememberingReader, self).bucket(account, name))

    def bucket_named(self, name: str) -> Bucket | None:
        return self._remember(("name", name), lambda: super(RememberingReader, self).bucket_named(name))

    def bucket_of_domain(self, domain: str) -> Bucket | None:
        return self._remember(("domain", domain), lambda: super(RememberingReader, self).bucket_of_domain(domain))

    def _remember(self, what: tuple[str, object], look_up: Callable[[], T]) -> T:
        known = self._known
        if what in known:
            found: T = known[what]
            return found
        # Where all was forgotten meanwhile, what was looked up goes into what nobody looks at any more.
        found = known[what] = look_up()
        return found
