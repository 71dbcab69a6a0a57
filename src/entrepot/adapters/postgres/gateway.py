"""What the gateways of one database share, as one of them has it: the index and all that hangs on it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from entrepot.adapters.move_mark import check_open
from entrepot.adapters.postgres import master_keys
from entrepot.adapters.postgres.audit import PgAudit
from entrepot.adapters.postgres.index import Observe, PostgresIndex
from entrepot.adapters.postgres.leases import Peer, PgLeases
from entrepot.adapters.postgres.resealing import Resealing
from entrepot.adapters.postgres.secrets import SharedCallbackKey
from entrepot.adapters.secrets.vault import Vault, VaultError
from entrepot.core.fault import Fault


class Gateway:
    """The index, the audit log, leases and shared secrets of one process.

    Args:
        address: of the database.
        vault: with the master key that all gateways have, or that they are being given.
        name: of this process, which no other has.
        at: where it is, for people.
        bytes_at: where its bytes are.
        settings: those that others should have alike, by name.
        observe: is told how long changes take.
        failed: is told when the audit log cannot be written by somebody who does not wait for it.
        most: connections to the database.
        request_seconds: how long a request may take.
    """

    def __init__(
        self, address: str, vault: Vault, name: str, observe: Observe | None, failed: Callable[[str], None] | None,
        *, at: str, bytes_at: str, settings: dict[str, str], most: int, request_seconds: float,
    ) -> None:  # fmt: skip
        self._address = address
        self._vault = vault
        self.index = PostgresIndex(address, vault, observe, most=most, request_seconds=request_seconds)
        self.audit = PgAudit(self.index.connections, failed)
        me = Peer(at=at, seals=vault.seals_with, opens=vault.opens, bytes_at=bytes_at, settings=settings)
        self.leases = PgLeases(self.index.connections, name, me, request_seconds)
        self.callback_key = SharedCallbackKey()
        self._keeping: asyncio.Task[None] | None = None

    async def check(self) -> None:
        """Look whether this gateway fits the database. Raises SchemaError, MovedError, VaultError, Fault."""
        await self.index.check()
        await self.index.scan(check_open)
        await self.check_keys()
        await self.leases.look()

    async def check_keys(self) -> master_keys.Keys:
        """Look whether the master keys at hand fit. Raises VaultError, Fault."""
        return await master_keys.check(self.index, self._vault, self.leases.others)

    async def start(self) -> None:
        """Begin what goes on while a server runs. Raises what ``check`` raises."""
        await self.check()
        # Whoever begins to move the index or to renew its key sees this row, or this look sees that he began.
        await self.leases.arrive()
        try:
            await self.index.scan(check_open)
            await self._check_after_arrival()
            await self.callback_key.load(self.index, self._vault)
        except BaseException:
            await self.leases.leave()
            raise
        self._keeping = asyncio.create_task(self._keep())

    async def renew(self, count: Callable[[int], None], tell: Callable[[str, int], None]) -> int:
        """Put everything under the master key that seals here; returns how many values were not. Raises as ``check``.

        ``count`` is told of how many values there are, ``tell`` of each batch: the table, how many.
        """
        await self.index.check()
        await self.index.scan(check_open)
        keys = await self.check_keys()
        return await Resealing(self._address, self.index, self._vault).run(keys, count, tell)

    async def _check_after_arrival(self) -> None:
        keys = await self.check_keys()
        if self._vault.seals_with != keys.main:
            master_keys.check_all_open(await self.leases.others(), self._vault.seals_with)

    async def _keep(self) -> None:
        """For ever: hold on to the leases, and see whether the master key is still one that may seal."""
        async for _ in self.leases.kept():
            try:
                await self.check_keys()
            except VaultError as error:  # this gateway stood still while the key was renewed
                self.index.refusal = str(error)
            except Fault:
                continue
            else:
                self.index.refusal = None

    async def stop(self) -> None:
        """Write what waits, and give everything back."""
        if self._keeping is not None:
            self._keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeping
        await self.audit.stop()
        await self.index.settled()
        await self.leases.leave()
