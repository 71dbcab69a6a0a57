"""Several gateways on one PostgreSQL server and one place for bytes, each in a process and a data folder of its own."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from behaviour.bucket import Bucket
from behaviour.client import DEV, Client
from behaviour.ledger.operator import Operator
from behaviour.server import Server
from behaviour.storage.clouds import S3
from behaviour.storage.speaker import Speaker
from cluster.engines import prepare
from cluster.postgres import Postgres


class Gateways:
    """The database server and the gateways; all have one master key."""

    def __init__(self, root: Path, count: int = 3, *, postgres: Postgres | None = None, **settings: str) -> None:
        self.postgres = postgres or Postgres()
        self._root = root
        self.settings = {
            "ENTREPOT_INDEX": self.postgres.make("entrepot"),
            "ENTREPOT_BLOBS": f"file://{root / 'bytes'}",
            "ENTREPOT_MASTER_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            **settings,
        }
        self._clients: list[Client] = []
        (root / "bytes").mkdir()
        prepare(self.settings["ENTREPOT_INDEX"])
        self.all = [self.another(number) for number in range(count)]

    def another(self, number: int, *options: str, **settings: str) -> Server:
        """One more gateway, serving."""
        folder = self._root / f"gateway{number}"
        folder.mkdir(exist_ok=True)
        server = Server(folder, *options, **{**self.settings, **settings})
        server.start()
        return server

    def client(self, gateway: Server) -> Client:
        """A connection, open until ``hang_up``."""
        client = gateway.client()
        self._clients.append(client)
        return client

    def hang_up(self) -> None:
        """Close every connection."""
        for client in self._clients:
            client.close()
        self._clients.clear()

    def speaker(self, gateway: Server, bucket: str) -> Speaker:
        """The owner, over S3, on a connection of its own to one gateway."""
        return Speaker(bucket=Bucket(server=gateway, name=bucket, client=self.client(gateway)), cloud=S3, owner=DEV)

    def operator(self, gateway: Server) -> Operator:
        """The holder of the admin key, at one gateway."""
        return Operator(server=gateway, client=self.client(gateway))

    def stop(self) -> None:
        """End everything."""
        self.hang_up()
        try:
            for gateway in self.all:
                if gateway.pid is not None:
                    gateway.stop()
        finally:
            self.postgres.stop()


@contextmanager
def gateways(root: Path, count: int = 3, *, postgres: Postgres | None = None, **settings: str) -> Iterator[Gateways]:
    """Gateways for a while; none is left at the end, nor their database server."""
    made = Gateways(root, count, postgres=postgres, **settings)
    try:
        yield made
    finally:
        made.stop()
