"""The container of testcontainers, against a stand-in for that library: there is no container engine here.

The stand-in runs the server of these sources where an engine would run the image, and its commands beside it. What is
not shown: an engine, the image under testcontainers, and the library's own waiting.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, NamedTuple, Self
from urllib.parse import urlsplit

import pytest

from conformance.conftest import require
from conformance.server import environment
from conformance.setup_sdks import python_of


class Executed(NamedTuple):
    """As docker-py tells of a command."""

    exit_code: int
    output: bytes


class Waiting:
    """What ``HttpWaitStrategy`` was told."""

    def __init__(self, port: int, path: str) -> None:
        self.told: list[Any] = [port, path]

    def for_status_code(self, code: int) -> Waiting:
        self.told.append(code)
        return self


class Engine:
    """``DockerContainer``, as far as it is used: testcontainers 4.13, core/container.py."""

    data: ClassVar[Path]

    def __init__(self, image: str, **more: Any) -> None:
        self.image, self.more = image, more
        self.ports: list[int] = []
        self.variables: dict[str, str] = {}

    def with_exposed_ports(self, *ports: int) -> Engine:
        self.ports += ports
        return self

    def with_env(self, name: str, value: str) -> Engine:
        self.variables[name] = value
        return self

    def waiting_for(self, strategy: Waiting) -> Engine:
        self.strategy = strategy
        return self

    def __enter__(self) -> Self:
        with (self.data.parent / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "entrepot", "serve", "--port", "0"],
                env=self._environment(),
                stdout=log,
                stderr=log,
            )
        port, path, status = self.strategy.told
        assert port in self.ports
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            time.sleep(0.05)
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.get_exposed_port(port), timeout=5)
                connection.request("GET", path)
                done = connection.getresponse().status == status
                connection.close()
                if done:
                    return self
            except (OSError, ValueError):
                continue
        raise AssertionError((self.data.parent / "log").read_text("utf-8"))

    def __exit__(self, *_error: object) -> None:
        self._process.terminate()
        self._process.wait(20)

    def _environment(self) -> dict[str, str]:
        return environment({**self.variables, "ENTREPOT_DATA": str(self.data)})

    def get_container_host_ip(self) -> str:
        return "127.0.0.1"

    def get_exposed_port(self, _port: int) -> int:
        return urlsplit((self.data / "run" / "address").read_text("ascii").strip()).port or 0

    def exec(self, command: list[str]) -> Executed:
        assert command[0] == "entrepot"
        done = subprocess.run(
            [sys.executable, "-m", *command], env=self._environment(), capture_output=True, check=False, timeout=60
        )
        return Executed(done.returncode, done.stdout + done.stderr)


@pytest.fixture
def containers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module, over the stand-in."""
    Engine.data = tmp_path / "data"
    library: dict[str, Any] = {
        "container": {"DockerContainer": Engine},
        "wait_strategies": {"HttpWaitStrategy": Waiting},
    }
    for name in ("testcontainers", "testcontainers.core"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    for name, members in library.items():
        module = ModuleType(f"testcontainers.core.{name}")
        vars(module).update(members)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.delitem(sys.modules, "entrepot.testing.containers", raising=False)
    from entrepot.testing import containers

    yield containers
    sys.modules.pop("entrepot.testing.containers", None)


def test_what_the_library_is_told(containers: Any) -> None:
    made = containers.EntrepotContainer("entrepot:1", settings={"cos_json__once_required": "never"}, name="it")
    assert (made.image, made.more, made.ports) == ("entrepot:1", {"name": "it"}, [9400])
    assert made.variables["ENTREPOT_COS_JSON__ONCE_REQUIRED"] == "never"
    assert made.strategy.told == [9400, "/-/readyz", 200]


@pytest.mark.conformance
def test_an_account_with_a_real_sdk(containers: Any) -> None:
    require("demo")
    with containers.EntrepotContainer() as server:
        account = server.account("uploads", "archive")
        script = (
            "import boto3, json, sys\n"
            "client = boto3.client('s3', **json.loads(sys.argv[1]))\n"
            "client.put_object(Bucket='uploads', Key='k', Body=b'hello')\n"
            "print([one['Name'] for one in client.list_buckets()['Buckets']])\n"
        )
        command = [str(python_of("demo")), "-c", script, json.dumps(account.settings["boto3"])]
        done = subprocess.run(command, env=dict(os.environ), capture_output=True, text=True, check=False, timeout=60)
        assert (done.returncode, done.stdout.strip()) == (0, "['archive', 'uploads']"), done.stderr
        with pytest.raises(Exception, match="no bucket name"):
            server.account("Not A Name")
