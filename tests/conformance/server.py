"""The server under test: `entrepot serve` as a child process on loopback.

Law: nothing here imports the server; it is started by its command line, found through `DATA/run/address`,
asked through `/-/readyz`, and ended by SIGTERM, which must make it exit 0.
"""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from cluster.engines import variables_of

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
STOP_SECONDS = 20.0

APPID = "1250000000"
BUCKET = "demo"
KEY_ID = "entrepot-dev-id"
SECRET = "entrepot-dev-secret"


DOMAINS = "cos.local,files.example.test,cos.ap-guangzhou.example.test"
"""Where SDKs that are given an endpoint of one's own look for buckets: below it."""


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without proxies and settings of ours or pytest's, with our sources and `extra`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and not name.startswith(("ENTREPOT_", "PYTEST_"))
    }
    kept["PYTHONPATH"] = str(ROOT / "src")
    return {**kept, "ENTREPOT_DEV_HOSTS": "any", "ENTREPOT_DOMAINS": DOMAINS, **extra}


class Server:
    """One running server; `address` is `http://127.0.0.1:PORT`."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        self.log = data.with_name(data.name + ".log")
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self.address = ""

    @property
    def port(self) -> int:
        """The port that the server listens on."""
        return urlsplit(self.address).port or 0

    def start(self) -> None:
        """Start, and return when `/-/readyz` answers 200; raises AssertionError with the log's end."""
        command = [sys.executable, "-m", "entrepot", "serve", "--dev", "--port", "0"]
        command += ["--data", str(self.data)]
        (self.data / "run" / "address").unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env=environment({**variables_of(self.data), **self._settings}),
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
        try:
            self.address = (self.data / "run" / "address").read_text("ascii").strip()
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                connection.request("GET", "/-/readyz")
                return connection.getresponse().status == 200
            finally:
                connection.close()
        except (OSError, http.client.HTTPException, ValueError):
            return False

    def stop(self) -> None:
        """SIGTERM; the server must drain and exit 0."""
        assert self._process is not None
        self._process.terminate()
        try:
            code = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise AssertionError(f"SIGTERM did not end the server:\n{self.tail()}") from None
        finally:
            self._process = None
        assert code == 0, f"the server ended with {code}:\n{self.tail()}"

    def fsck(self) -> None:
        """`entrepot fsck` on the data folder must find nothing."""
        done = subprocess.run(
            [sys.executable, "-m", "entrepot", "fsck", "--data", str(self.data)],
            env=environment({**variables_of(self.data), **self._settings}),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def tail(self) -> str:
        """The last lines of what the server printed."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-30:])
