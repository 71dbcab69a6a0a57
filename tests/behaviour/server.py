"""The server under test: `entrepot serve` as a child process on loopback, and what belongs to its data folder.

Law: requests go over the wire, commands through the command line; only buckets and accounts are made through the
folder itself, because every test wants fresh ones and a process each would take minutes.
"""

from __future__ import annotations

import asyncio
import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from cluster.engines import settings_of, variables_of
from entrepot.admin import accounts, buckets, keys, policies
from entrepot.admin import users as admin_users
from entrepot.clock_and_chance import now
from entrepot.config import load
from entrepot.core.facts.records import BucketSettings
from entrepot.core.ports import Reader, Transaction
from entrepot.core.rules import users
from entrepot.folder import Folder

from .client import Client, Owner

T = TypeVar("T")
SOURCE = Path(__file__).resolve().parents[2] / "src"
START_SECONDS = 60.0
STOP_SECONDS = 20.0


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without proxies and settings, with our sources, any host, and ``extra``."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and not name.startswith("ENTREPOT_")
    }
    kept["PYTHONPATH"] = os.pathsep.join(filter(None, [str(SOURCE), os.environ.get("PYTHONPATH")]))
    return {**kept, "ENTREPOT_DEV_HOSTS": "any", **extra}


class Server:
    """One data folder and the server on it."""

    def __init__(self, root: Path, *options: str, **settings: str) -> None:
        self.data = root / "data"
        self.log = root / "server.log"
        self.port = 0
        self._options = options
        self.settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: Folder | None = None
        self._count = 0
        self._owners: set[Owner] = set()

    @property
    def address(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """The process that was started; None when there is none."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start, and return when `/-/readyz` answers 200."""
        command = [sys.executable, "-m", "entrepot", "serve", "--dev", "--port", "0", "--data", str(self.data)]
        (self.data / "run" / "address").unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *self._options],
                env=environment({**variables_of(self.data), **self.settings}),
                cwd=self.log.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._process.kill()
                self._process.wait()
                raise AssertionError(f"the server did not become ready:\n{self.tail()}")
            time.sleep(0.05)

    def _ready(self) -> bool:
        with suppress(OSError, http.client.HTTPException, ValueError):
            self.port = urlsplit((self.data / "run" / "address").read_text("ascii").strip()).port or 0
            client = self.client()
            try:
                return client.send("GET", "/-/readyz").status == 200
            finally:
                client.close()
        return False

    def stop(self) -> int:
        """SIGTERM; gives the exit status."""
        assert self._process is not None
        process, self._process = self._process, None
        process.terminate()
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"SIGTERM did not end the server:\n{self.tail()}") from None

    def kill(self) -> None:
        """SIGKILL of the process that was started."""
        assert self._process is not None
        process, self._process = self._process, None
        process.kill()
        process.wait()

    def signal(self, number: int) -> None:
        """A signal to the process that was started."""
        assert self._process is not None
        self._process.send_signal(number)

    def finish(self) -> subprocess.CompletedProcess[str]:
        """Stop for good; gives what `entrepot fsck` says of what is left."""
        if self._folder is not None:
            self._folder.close()
            self._folder = None
        if self._process is not None:
            self.stop()
        return self.run("fsck")

    def client(self) -> Client:
        """A new connection."""
        return Client(self.port)

    def run(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """One command of the command line on this data folder, beside the running server."""
        return subprocess.run(
            [sys.executable, "-m", "entrepot", *arguments, "--data", str(self.data)],
            env=environment({**variables_of(self.data), **self.settings}),
            cwd=self.log.parent,
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def make_bucket(self, appid: int, name: str | None = None, **settings: Any) -> str:
        """A fresh bucket; ``settings`` are those of the core's BucketSettings."""
        self._count += 1
        chosen = name or f"bucket{self._count}"
        made = buckets.check_settings(BucketSettings(**settings))
        self._write(lambda tx: buckets.create(tx, now(), appid, chosen, made))
        return chosen

    def make_owner(self, owner: Owner) -> None:
        """An account and its key, fresh unless a test that shares this server has made them already."""
        if owner in self._owners:
            return
        self._owners.add(owner)
        self._write(lambda tx: accounts.create(tx, now(), owner.appid))
        self._write(lambda tx: keys.create(tx, now(), owner.appid, owner.key_id, owner.secret.decode()))

    def make_user(self, appid: int, *texts: str, name: str | None = None) -> Owner:
        """A fresh sub-user with these policies, and its key."""
        self._count += 1
        name = name or f"user{self._count}"
        made = Owner(appid=appid, key_id=f"key-of-{name}", secret=f"secret-of-{name}".encode())

        def change(tx: Transaction) -> None:
            owner = tx.account(appid)
            assert owner is not None
            admin_users.create(tx, now(), appid, name)
            keys.create(tx, now(), appid, made.key_id, made.secret.decode(), name)
            for number, text in enumerate(texts):
                policy = f"{name}-{number}"
                users.store_policy(tx, policies.compiled(owner, policy, text, None, now()))
                users.attach(tx, appid, name, policy)

        self._write(change)
        return made

    def _engines(self) -> dict[str, str]:
        """Where this server keeps things, as it was told."""
        names = ("index", "blobs", "blobs_key_id", "blobs_secret", "master_key")
        return {
            name: self.settings[f"ENTREPOT_{name.upper()}"]
            for name in names
            if f"ENTREPOT_{name.upper()}" in self.settings
        }

    def ask(self, question: Callable[[Reader], T]) -> T:
        """What the index says, asked beside the server."""
        self._write(lambda _tx: None)
        assert self._folder is not None
        folder = self._folder

        async def asked() -> T:
            try:
                return await folder.index.scan(question)
            finally:
                if folder.is_shared:
                    folder.index.close()
                    await asyncio.sleep(0.01)

        return asyncio.run(asked())

    def _write(self, change: Callable[[Transaction], object]) -> None:
        if self._folder is None:
            self._folder = Folder(load(None, data=self.data, **{**settings_of(self.data), **self._engines()}))
        folder = self._folder

        async def written() -> None:
            try:
                await folder.index.write(change)
            finally:
                if folder.is_shared:  # connections end in the loop that has them
                    folder.index.close()
                    await asyncio.sleep(0.01)

        asyncio.run(written())

    def peak_bytes(self) -> int:
        """The most memory that the serving process has had at once since the last call of this."""
        assert self._process is not None
        folder = Path(f"/proc/{self._process.pid}")
        found = re.search(r"VmHWM:\s+(\d+) kB", (folder / "status").read_text())
        (folder / "clear_refs").write_text("5")
        assert found is not None
        return int(found.group(1)) * 1024

    def tail(self) -> str:
        """The last lines of what the server printed."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-30:])
