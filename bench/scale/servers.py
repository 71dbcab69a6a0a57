"""Gateways with their engines, and the store by itself, as servers that can be measured.

Law: starts PostgreSQL as the cluster tests do (Debian's programs, synced, a folder of its own) and versitygw as it was
built for them; knows nothing of cases. A fleet is measured as one server: its processor time is that of all of its
processes, the engines' is told apart.
"""

from __future__ import annotations

import base64
import secrets
import shutil
import sys
from pathlib import Path

from bench.peers import ROOT, MissingError, S3Peer, Spoken
from bench.process import Process, ask, cpu_seconds, family, free_port

sys.path.append(str(ROOT / "tests"))  # where the engines of the cluster tests are

from cluster.postgres import Postgres, programs
from cluster.setup_stores import PROGRAMS


class Versitygw(S3Peer):
    """versitygw over a folder; it answers before its files are synced."""

    name = "store"
    tier = "page cache (no fsync), signature verified"
    key_id, secret = "bench", "bench-of-the-store"

    def command(self) -> list[str]:
        program = PROGRAMS["versitygw"]
        if not program.path.exists():
            raise MissingError("versitygw: not built (python3 tests/cluster/setup_stores.py versitygw)")
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        where = ["--port", f"127.0.0.1:{self.port}", "--quiet", "--keep-alive"]
        return [str(program.path), *where, "posix", str(self.folder / "data")]

    def environment(self) -> dict[str, str]:
        return super().environment() | {"ROOT_ACCESS_KEY": self.key_id, "ROOT_SECRET_KEY": self.secret}

    def prepare(self) -> None:
        status, body = ask(self.port, "PUT", self.speaker().ask("PUT").target)
        if status not in {200, 409}:
            raise RuntimeError(f"versitygw refused the bucket: {status} {body[:200]!r}")


class Fleet:
    """The processes of gateways and their engines, asked as one process is."""

    def __init__(self, gateways: list[Process], engines: list[int]) -> None:
        self._gateways, self._engines = gateways, engines

    def cpu_seconds(self) -> float:
        """The processor time of all."""
        engines = sum(cpu_seconds(family(pid)) for pid in self._engines)
        return engines + sum(gateway.cpu_seconds() for gateway in self._gateways)

    def sum_mb(self, what: str) -> float:
        """The memory of the gateways; that of the engines is theirs."""
        return sum(gateway.sum_mb(what) for gateway in self._gateways)

    def stop(self) -> bool:
        """End the gateways; whether all ended by themselves."""
        return min([gateway.stop() for gateway in self._gateways], default=True)


class Gateways(Spoken):
    """Some gateways of one worker each, spoken to in S3, on one PostgreSQL server and one versitygw."""

    tier = "durable in PostgreSQL (fsync), in the store's page cache; signature verified"
    workers = 1

    def __init__(self, folder: Path, count: int, **settings: str) -> None:
        super().__init__(folder, "s3", **settings)
        self.name, self.count = f"gateways-{count}", count
        self.postgres: Postgres | None = None
        self.store = Versitygw(folder.parent / f"{folder.name}.store")

    def start(self) -> float:
        """Start the engines, when they are not up, and then the gateways; the seconds until the last one answered."""
        if self.postgres is None:
            self._start_engines()
        self.ports = [free_port() for _ in range(self.count)]
        commands = [self._serve(number, port) for number, port in enumerate(self.ports)]
        gateways = [Process(command, folder=self.folder, env=self.environment()) for command in commands]
        seconds = [gateway.wait_ready(port, self.ready) for gateway, port in zip(gateways, self.ports, strict=True)]
        self.port = self.ports[0]
        self.process = Fleet(gateways, self._engines())  # type: ignore[assignment]
        self.prepare()
        return max(seconds)

    def database(self) -> Postgres:
        """The database server. Raises RuntimeError when it was not started."""
        if self.postgres is None:
            raise RuntimeError(f"{self.name} has no database yet")
        return self.postgres

    def engine_seconds(self) -> float:
        return sum(cpu_seconds(family(pid)) for pid in self._engines())

    def command(self) -> list[str]:
        self.store.command()  # raises MissingError when it is not built
        if programs() is None:
            raise MissingError("PostgreSQL: not installed (Debian: postgresql)")
        return self._serve(0, self.port)

    def wipe(self) -> None:
        self.stop()
        if self.postgres is not None:
            self.postgres.stop()
            self.postgres = None
        self.store.wipe()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _engines(self) -> list[int]:
        return [self.database().pid, self.store.running().pid]

    def _serve(self, number: int, port: int) -> list[str]:
        data = str(self.folder / f"gateway{number}")
        options = ["--port", str(port), "--workers", str(self.workers)]
        return [sys.executable, "-m", "entrepot", "serve", "--data", data, *options]

    def _start_engines(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.store.start()
        self.postgres = Postgres()
        self.settings |= self._engine_settings()
        command = self.folder / "command"
        self.tell("migrate", data=command)
        self._make(command)

    def _engine_settings(self) -> dict[str, str]:
        """Where the engines are, which run by now, and what they are asked with."""
        return {
            "ENTREPOT_INDEX": self.database().make("entrepot"),
            "ENTREPOT_BLOBS": f"s3://demo/bytes?endpoint=http://127.0.0.1:{self.store.port}",
            "ENTREPOT_BLOBS_KEY_ID": self.store.key_id,
            "ENTREPOT_BLOBS_SECRET": self.store.secret,
            "ENTREPOT_MASTER_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        }


class SendingOn(Gateways):
    """One gateway that sends large downloads by curl on to the store."""

    def __init__(self, folder: Path, **settings: str) -> None:
        super().__init__(folder, 1, **settings)
        self.name = "sending-on"

    def _engine_settings(self) -> dict[str, str]:
        return super()._engine_settings() | {
            "ENTREPOT_REDIRECT__MIN_BYTES": "1048576",
            "ENTREPOT_REDIRECT__ENDPOINT": f"http://127.0.0.1:{self.store.port}",
            "ENTREPOT_REDIRECT__AGENTS": "curl/",
        }


class Embedded(Spoken):
    """Entrepot as it comes, with as many workers as one gateway has."""

    workers = 1

    def __init__(self, folder: Path, **settings: str) -> None:
        super().__init__(folder, "s3", **settings)
        self.name = "embedded"
