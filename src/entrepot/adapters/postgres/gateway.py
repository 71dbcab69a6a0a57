"""What the gateways of one database share, as one of them has it: the index and all that hangs on it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from entrepot.adapters.move_mark import check_open
from entrepot.adapters.postgres.audit import PgAudit
from entrepot.adapters.postgres.index import Observe, PostgresIndex
from entrepot.adapters.postgres.leases import PgLeases
from entrepot.adapters.postgres.secrets import SharedCallbackKey, check_master_key
from entrepot.adapters.secrets.vault import Vault


class Gateway:
    """The index, the audit log, leases and shared secrets of one process.

    Args:
        address: of the database.
        vault: with the master key that all gateways have.
        name: of this process, which no other has.
        observe: is told how long changes take.
        failed: is told when the audit log cannot be written by somebody who does not wait for it.
        most: connections to the database.
        request_seconds: how long a request may take.
    """

    def __init__(
        self, address: str, vault: Vault, name: str, observe: Observe | None, failed: Callable[[str], None] | None,
        *, most: int, request_seconds: float,
    ) -> None:  # fmt: skip
        self._vault = vault
        self.index = PostgresIndex(address, vault, observe, most=most, request_seconds=request_seconds)
        self.audit = PgAudit(self.index.connections, failed)
        self.leases = PgLeases(self.index.connections, name)
        self.callback_key = SharedCallbackKey()
        self._keeping: asyncio.Task[None] | None = None

    async def check(self) -> None:
        """Look whether this gateway fits the database. Raises SchemaError, MovedError, VaultError, Fault."""
        await self.index.check()
        await self.index.scan(check_open)
        await check_master_key(self.index, self._vault)

    async def start(self) -> None:
        """Begin what goes on while a server runs. Raises what ``check`` raises."""
        await self.check()
        await self.callback_key.load(self.index, self._vault)
        # Whoever begins to move the index sees this row, or this look sees that he began.
        await self.leases.arrive()
        await self.index.scan(check_open)
        self._keeping = asyncio.create_task(self.leases.keep())

    async def stop(self) -> None:
        """Write what waits, and give everything back."""
        if self._keeping is not None:
            self._keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeping
        await self.audit.stop()
        await self.leases.leave()
