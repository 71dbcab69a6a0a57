"""A shared index as several processes have it: folders on one database, each with settings of its own."""

from __future__ import annotations

import asyncio
import base64
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from cluster.engines import shared_postgres
from contracts.engines import random_ids
from entrepot.adapters.waiting import carry
from entrepot.config import load
from entrepot.folder import Folder

T = TypeVar("T")


@dataclass(frozen=True)
class Shared:
    """A database and a place for bytes."""

    database: str
    root: Path

    @asynccontextmanager
    async def opened(
        self, keys: Mapping[str, bytes], *, serves: bool = False, **settings: Any
    ) -> AsyncIterator[Folder]:
        """One process with these keys."""
        given = {name: base64.b64encode(key).decode() for name, key in keys.items()}
        where = self.root / random_ids()
        settings = {"blobs": f"file://{self.root / 'bytes'}", **settings}
        folder = Folder(load(data=where, index=self.database, **settings, **given))
        try:
            await folder.check()
            if serves:
                await folder.start()
            try:
                yield folder
            finally:
                if serves:
                    await folder.stop()
        finally:
            folder.index.close()
            await asyncio.sleep(0.01)
            folder.close()

    def rotated(self, keys: Mapping[str, bytes], *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """What the operator's command says."""
        given = {f"ENTREPOT_{name.upper()}": base64.b64encode(key).decode() for name, key in keys.items()}
        command = [sys.executable, "-m", "entrepot", "secrets", "rotate", "--index", self.database, *options]
        return subprocess.run(
            [*command, "--data", str(self.root / "operator")], env={**os.environ, **given, **variables},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def sql(self, statement: str) -> str:
        """As the database's own client."""
        return shared_postgres().sql(statement, self.database.rpartition("/")[2])


def run(work: Coroutine[Any, Any, T]) -> T:
    """As a server drives it."""
    return asyncio.run(carry(work))
