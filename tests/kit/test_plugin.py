"""The fixtures of pytest as a project uses them: with pytest-xdist, the real SDKs, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from conformance.conftest import require
from conformance.server import ROOT, environment
from conformance.setup_sdks import python_of

pytestmark = pytest.mark.conformance
SAMPLE = Path(__file__).parent / "sample" / "project.py"
PLUGINS = ["-p", "entrepot.testing.plugin", "-p", "xdist", "-p", "no:cacheprovider"]


def project(folder: Path, *files: Path) -> tuple[list[str], dict[str, str]]:
    """A project of its own in a folder: the command that runs its tests with two workers, and its environment."""
    require("demo")
    (folder / "pytest.ini").write_text("[pytest]\nentrepot_settings =\n    log_requests=false\n", "utf-8")
    for file in files:
        (folder / f"test_{file.name}").write_text(file.read_text("utf-8"), "utf-8")
    sdks = python_of("demo").parent.parent / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    found = environment({"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "KIT_TOLD": str(folder / "told")})
    found["PYTHONPATH"] = os.pathsep.join([str(ROOT / "src"), str(sdks)])
    return [sys.executable, "-m", "pytest", "-q", "-n", "2", *PLUGINS, "--rootdir", str(folder), str(folder)], found


def told(folder: Path) -> list[list[str]]:
    """Of each test: its worker, the server's process and port, the account's key."""
    return [line.split() for line in (folder / "told").read_text("utf-8").splitlines()]


def ended(processes: set[int], seconds: float) -> bool:
    """Whether all of them are gone after at most so long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        left = set()
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, 0)
                left.add(process)
        if not left:
            return True
        time.sleep(0.1)
    return False


def test_a_sample_project(tmp_path: Path) -> None:
    command, variables = project(tmp_path, SAMPLE)
    done = subprocess.run(
        command, env=variables, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "12 passed" in done.stdout
    tests = told(tmp_path)
    assert {worker for worker, *_ in tests} == {"gw0", "gw1"}
    assert len({process for _, process, *_ in tests}) == 2  # one server for each worker
    assert len({key for *_, key in tests}) == len(tests)  # one account for each test
    assert ended({int(process) for _, process, *_ in tests}, 10)


def test_nothing_is_left_when_pytest_is_killed(tmp_path: Path) -> None:
    test = tmp_path / "test_waits.py"
    test.write_text(
        "import os, time, pytest\n"
        "from pathlib import Path\n"
        "@pytest.mark.parametrize('n', range(2))\n"
        "def test_waits(entrepot_server, n):\n"
        "    with Path(os.environ['KIT_TOLD']).open('a') as told:\n"
        "        told.write(f'{os.getpid()} {entrepot_server.pid}\\n')\n"
        "    time.sleep(600)\n",
        "utf-8",
    )
    command, variables = project(tmp_path)
    running = subprocess.Popen(
        command, env=variables, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and running.poll() is None:
        if (tmp_path / "told").exists() and len(told(tmp_path)) == 2:
            break
        time.sleep(0.1)
    workers = {int(worker) for worker, _ in told(tmp_path)}
    servers = {int(server) for _, server in told(tmp_path)}
    running.kill()
    for worker in workers:
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
    running.wait()
    assert len(servers) == 2
    assert ended(servers, 20)


def test_the_fixtures_import_no_sdk() -> None:
    code = (
        "import sys, entrepot.testing.plugin\n"
        "assert not {'boto3', 'oss2', 'tos', 'qcloud_cos', 'httpx', 'msgspec'} & set(sys.modules)\n"
        "import entrepot.testing.server\n"
        "assert not {'boto3', 'oss2', 'tos', 'qcloud_cos', 'httpx', 'apsw'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], env=environment({}), check=True, timeout=60)
