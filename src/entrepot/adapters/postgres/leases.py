"""Leases as rows that end by the database's clock, for the processes of all gateways.

A holder writes its rows anew every twenty seconds; those of a holder that vanished are free after a minute. Two may
believe for a moment that they hold one: what leases are for (sweeping, hashing) is work that two may do, only in vain.
Every process also has a row of its own, so that limits which all share can be divided by how many there are. There it
says what others must know of it: where it is, and which master keys it has.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg
import msgspec

from entrepot.adapters.postgres.connections import GONE, Connection, Connections
from entrepot.adapters.waiting import wait
from entrepot.core.fault import Fault

_SECONDS = 60
_EVERY_SECONDS = 20.0
_TAKE = (
    f"INSERT INTO leases (name, holder, until) VALUES ($1, $2, now() + interval '{_SECONDS} seconds')"
    " ON CONFLICT (name) DO UPDATE"
    " SET holder = excluded.holder, until = excluded.until WHERE leases.holder = $2 OR leases.until < now() RETURNING 1"
)
_RENEW = (
    f"UPDATE leases SET until = now() + interval '{_SECONDS} seconds' WHERE holder = $1 AND name = ANY($2::text[])"
    " RETURNING name"
)
_SERVE = (
    "INSERT INTO leases (name, holder, until, told, request_seconds) VALUES"
    f" ($1, $2, now() + interval '{_SECONDS} seconds', $3, $4) ON CONFLICT (name) DO UPDATE SET until = excluded.until"
)
SERVING = "process:"
"""How the row of a process that serves begins."""
_PEERS = "SELECT holder, told FROM leases WHERE starts_with(name, $1) AND holder <> $2 AND"
_FORGOTTEN_SECONDS = 86_400
_SEEN = (
    "SELECT count(*) FILTER (WHERE until >= now()), coalesce(max(request_seconds), 0) FROM leases"
    " WHERE starts_with(name, $1)"
)


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """What a process that serves tells the others; of a version before nothing but its place is known.

    ``seals`` and ``opens`` are names of master keys, ``bytes_at`` is where bytes are, ``settings`` are those that
    gateways should have alike.
    """

    at: str
    seals: str = ""
    opens: tuple[str, ...] = ()
    bytes_at: str = ""
    settings: dict[str, str] = {}


_read_peer = msgspec.json.Decoder(Peer).decode


async def peers(connection: Any, own: str = "", *, vanished: bool = False) -> list[Peer]:
    """The other processes that serve, or those of the last day that vanished without a word."""
    found = await connection.fetch(f"{_PEERS} until {'<' if vanished else '>='} now()", SERVING, own)
    return [
        Peer(at=f"a process of a version before ({holder[:8]})") if told is None else _read_peer(told)
        for holder, told in found
    ]


class PgLeases:
    """:class:`entrepot.core.ports.Leases` in the shared database.

    ``holder`` is this process's own name, ``me`` what it tells the others; ``request_seconds`` is how long its
    requests may take.
    """

    def __init__(self, connections: Connections, holder: str, me: Peer, request_seconds: float) -> None:
        self._connections = connections
        self._holder = holder
        self._request_seconds = request_seconds
        self.me = me
        self._told = msgspec.json.encode(me).decode()
        self._held: set[str] = set()
        self.processes = 1
        """How many processes serve, as far as was seen."""
        self.longest_request_seconds = 0.0
        """How long a request may take at any of them, also at those that vanished less than a day ago."""

    def take(self, name: str) -> bool:
        """Waits for the database; False too when that cannot be reached."""
        if name in self._held:
            return True
        return wait(self._taken(name))

    def drop(self, name: str) -> None:
        """Waits for the database; a lease that cannot be given back ends by itself."""
        if name in self._held:
            self._held.discard(name)
            wait(self._dropped([name]))

    async def arrive(self) -> None:
        """Tell that this process serves. Raises Fault STORAGE_FAILED when the database cannot be reached."""
        try:
            await self._renewed()
        except (*GONE, asyncpg.PostgresError) as error:
            raise self._connections.lost(error) from error

    async def others(self) -> Sequence[Peer]:
        """Who else serves. Raises Fault STORAGE_FAILED when the database cannot be reached."""
        try:
            async with self._connections.one() as connection:
                return await peers(connection, self._holder)
        except (*GONE, asyncpg.PostgresError) as error:
            raise self._connections.lost(error) from error

    async def kept(self) -> AsyncIterator[None]:
        """For ever: hold on to what is held, and count who serves; a step each time that this was done."""
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            try:
                await self._renewed()
            except (Fault, *GONE, asyncpg.PostgresError):
                continue  # tried again before the leases end
            yield

    async def leave(self) -> None:
        """Give everything back."""
        names = [*self._held, SERVING + self._holder]
        self._held.clear()
        await self._dropped(names)

    async def _taken(self, name: str) -> bool:
        with contextlib.suppress(Fault, *GONE, asyncpg.PostgresError):
            async with self._connections.one() as connection:
                if await connection.fetch(_TAKE, name, self._holder):
                    self._held.add(name)
        return name in self._held

    async def _dropped(self, names: list[str]) -> None:
        with contextlib.suppress(Fault, *GONE, asyncpg.PostgresError):
            async with self._connections.one() as connection:
                await connection.execute(
                    "DELETE FROM leases WHERE holder = $1 AND name = ANY($2::text[])", self._holder, names
                )

    async def _renewed(self) -> None:
        async with self._connections.one() as connection:
            own = SERVING + self._holder
            await connection.execute(_SERVE, own, self._holder, self._told, self._request_seconds)
            rows = await connection.fetch(_RENEW, self._holder, list(self._held))
            self._held &= {row[0] for row in rows}
            await self._look(connection)
            await connection.execute(
                f"DELETE FROM leases WHERE until < now() - interval '{_FORGOTTEN_SECONDS} seconds'"
            )

    async def look(self) -> None:
        """See who serves. Raises Fault STORAGE_FAILED when the database cannot be reached."""
        try:
            async with self._connections.one() as connection:
                await self._look(connection)
        except (*GONE, asyncpg.PostgresError) as error:
            raise self._connections.lost(error) from error

    async def _look(self, connection: Connection) -> None:
        count, self.longest_request_seconds = await connection.fetchrow(_SEEN, SERVING)
        self.processes = max(1, count)
