"""One call on its way through an API: who asks, with which parameters, and what an API is.

Must not know a signature or an envelope.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from entrepot.core import operations as ops
from entrepot.core.ports import Clock, Reader
from entrepot.core.rights.identity import Account, Credential, Principal
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Result, Store
from entrepot.dialects.control.rates import Rates
from entrepot.dialects.control.settings import MintSettings
from entrepot.dialects.s3like.settings import StorageSettings
from entrepot.dialects.tencent.ask import Ask

Answer = Mapping[str, Any]
"""The fields of a reply, without its envelope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What every call of the dialect has in common. ``applications`` are VOD's, each with its account."""

    mint: MintSettings
    applications: Mapping[int, int]
    storage: StorageSettings
    reader: Reader
    clock: Clock
    rates: Rates


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call. ``account`` is the caller's; ``request_id`` is unique to it, ``client`` the address it came from."""

    world: World
    api: str
    ask: Ask
    account: Account
    who: Principal
    store: Store
    intake: Intake
    request_id: str
    client: str

    async def perform(self, op: ops.Operation) -> Result:
        """Do something in the caller's name. Raises Fault."""
        return await self.store.perform(op, self.who, self.intake)

    async def allowed(self) -> None:
        """Let a call pass that mints nothing. Raises Fault ACCESS_DENIED."""
        await self.perform(ops.CallApi(account=self.account.id, api=self.api))

    async def mint(self, op: ops.MintCredential) -> Credential:
        """Write a right down. Raises Fault."""
        minted = await self.perform(op)
        assert isinstance(minted, Credential)  # noqa: S101 - that is what the operation gives
        return minted


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One API: its name in policies and in the ledger, the parameters that it knows, and what it does."""

    name: str
    parameters: frozenset[str]
    call: Callable[[Call], Awaitable[Answer]]
