"""S3-compatible stores of other people, each started on a free port of loopback with a folder of its own.

Every one has one key and one bucket. Processes are ended by whoever started them, by their ids.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cluster.setup_stores import PROGRAMS
from entrepot.adapters.s3_backend.address import Credentials, Place, read_address
from entrepot.adapters.s3_backend.calls import CallError, Calls

CREDENTIALS = Credentials(key_id="cluster-test", secret="secret-of-the-cluster-test")
BUCKET = "blobs"
_START_SECONDS = 60.0


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        return [held.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(count)]


class Store:
    """A store; ``data`` stays when it is killed and started again."""

    program: str
    ports = 1
    lists_unfinished = True
    """Whether it can tell which uploads in parts nobody completed."""
    notices_damage = True
    """Whether it refuses bytes that are not those that were signed, of a part too."""

    def __init__(self, root: Path | None = None) -> None:
        why = PROGRAMS[self.program].lacking()
        if why is not None:
            raise FileNotFoundError(why)
        self.folder = Path(tempfile.mkdtemp(prefix=f"entrepot-{self.program}-", dir=root))
        self.data = self.folder / "data"
        self.data.mkdir()
        self._ports = _free_ports(self.ports)
        self.process: subprocess.Popen[bytes] | None = None
        self.start()
        self.make_bucket()

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._ports[0]}"

    @property
    def address(self) -> str:
        """What a server is given."""
        return f"s3://{BUCKET}/some/where?endpoint={self.endpoint}"

    def fresh_address(self) -> str:
        """The same with a place that nobody used: one that an index has is no other's."""
        return f"s3://{BUCKET}/{secrets.token_hex(8)}?endpoint={self.endpoint}"

    def place(self) -> Place:
        """The same, read."""
        return read_address(self.address)

    def words(self) -> list[str]:
        """The command line, without the program."""
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        """What it is told apart from the command line."""
        return {}

    def start(self) -> None:
        """Start it on the data that it had, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(PROGRAMS[self.program].path), *self.words()],
                stdout=log, stderr=log, cwd=self.folder, env={**os.environ, **self.environment()},
            )  # fmt: skip
        until = time.monotonic() + _START_SECONDS
        while not self._answers():
            if time.monotonic() > until or self.process.poll() is not None:
                raise TimeoutError((self.folder / "log").read_text(errors="replace")[-2000:])
            time.sleep(0.1)

    def _answers(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(self.endpoint, timeout=2.0, trust_env=False).status_code < 500
        return False

    def make_bucket(self) -> None:
        """Have the bucket there; a store that has just started may not be ready for it."""
        calls = Calls(self.place(), CREDENTIALS, 10.0, time.time)
        until = time.monotonic() + _START_SECONDS
        try:
            while True:
                try:
                    calls._call("PUT", "", {})
                    calls._call("PUT", "/ready", {}, b"ready")
                    calls._call("DELETE", "/ready", {})
                except CallError as error:
                    if time.monotonic() > until:
                        raise
                    if error.status == 409:
                        return
                    time.sleep(0.3)
                else:
                    return
        finally:
            calls.close()

    def pause(self) -> None:
        """Let it hang: connections stay open and nothing answers."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it without a word."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it and remove its folder."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class VersityGw(Store):
    """versitygw over a folder. It does not sync files: a process may be killed, a machine not."""

    program = "versitygw"

    def words(self) -> list[str]:
        """Its key is in the environment."""
        return ["--port", f"127.0.0.1:{self._ports[0]}", "--quiet", "--keep-alive", "posix", str(self.data)]

    def environment(self) -> dict[str, str]:
        """The key."""
        return {"ROOT_ACCESS_KEY": CREDENTIALS.key_id, "ROOT_SECRET_KEY": CREDENTIALS.secret}


class SeaweedFs(Store):
    """SeaweedFS: master, volume server, filer and gateway in one process."""

    program = "weed"
    ports = 7

    def words(self) -> list[str]:
        """Its key is in a file."""
        key = {"accessKey": CREDENTIALS.key_id, "secretKey": CREDENTIALS.secret}
        actions = ["Admin", "Read", "List", "Tagging", "Write"]
        identities = [{"name": "test", "credentials": [key], "actions": actions}]
        (self.folder / "keys.json").write_text(json.dumps({"identities": identities}))
        s3, master, master_grpc, volume, volume_grpc, filer, filer_grpc = self._ports
        return [
            f"-logdir={self.folder}", "server", f"-dir={self.data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
            "-s3", f"-s3.port={s3}", f"-s3.config={self.folder / 'keys.json'}", "-master.telemetry=false",
            f"-master.port={master}", f"-master.port.grpc={master_grpc}", "-master.volumeSizeLimitMB=64",
            f"-volume.port={volume}", f"-volume.port.grpc={volume_grpc}", "-volume.max=100",
            "-filer", f"-filer.port={filer}", f"-filer.port.grpc={filer_grpc}",
        ]  # fmt: skip


class S3sFs(Store):
    """s3s-fs over a folder, which its authors call experimental: the strictest about checksums."""

    program = "s3s-fs"
    lists_unfinished = False

    def words(self) -> list[str]:
        """It takes its key on the command line only; that of a test may be seen there."""
        keys = ["--access-key", CREDENTIALS.key_id, "--secret-key", CREDENTIALS.secret]
        return ["--host", "127.0.0.1", "--port", str(self._ports[0]), *keys, str(self.data)]


class Rclone(Store):
    """rclone's S3 server over a folder, which its authors call experimental: it takes any bytes."""

    program = "rclone"
    notices_damage = False

    def words(self) -> list[str]:
        """Its key is in the environment."""
        return ["serve", "s3", "--addr", f"127.0.0.1:{self._ports[0]}", "--config", os.devnull, str(self.data)]

    def environment(self) -> dict[str, str]:
        """The key."""
        return {"RCLONE_AUTH_KEY": f'"{CREDENTIALS.key_id},{CREDENTIALS.secret}"'}


STORES: dict[str, type[Store]] = {store.program: store for store in (VersityGw, SeaweedFs, S3sFs, Rclone)}


_running: dict[str, Store] = {}


def running(name: str) -> Store:
    """A store that the tests of this process share, until :func:`stopped`."""
    if name not in _running:
        try:
            _running[name] = STORES[name]()
        except FileNotFoundError as lacking:
            pytest.skip(str(lacking))
    return _running[name]


@pytest.fixture(scope="session", autouse=True)
def stopped() -> Iterator[None]:
    """End all that :func:`running` started, when the session ends; for the modules that import it."""
    yield
    while _running:
        _running.popitem()[1].stop()
