"""`make demo`: the tour of a newcomer, whole, and what it says when it cannot begin."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.conftest import require
from conformance.server import ROOT, Server, environment
from conformance.setup_sdks import python_of

pytestmark = pytest.mark.conformance


@pytest.fixture
def entrepot(tmp_path: Path) -> Path:
    """The command, of this very tree."""
    path = tmp_path / "entrepot"
    path.write_text(f'#!/bin/sh\nexec {sys.executable} -m entrepot "$@"\n', "utf-8")
    path.chmod(0o700)
    return path


def tour(entrepot: Path, address: str, data: Path) -> subprocess.CompletedProcess[str]:
    """Run it."""
    require("demo")
    command = [str(python_of("demo")), "-m", "demo", "--address", address, "--data", str(data)]
    return subprocess.run(
        [*command, "--entrepot", str(entrepot)], cwd=ROOT, env=environment({}), capture_output=True, text=True,
        timeout=240, check=False,
    )  # fmt: skip


def test_the_whole_tour(server: Server, entrepot: Path) -> None:
    done = tour(entrepot, server.address, server.data)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    assert "all 19 steps passed" in done.stdout
    for api in ("GetResourceUploadUrl", "CreateTempFileUploadUrl", "CreateStorageCredentials", "CreateCosSecKey"):
        assert api in done.stdout
    assert "refused: 403 InvalidAccessKeyId" in done.stdout


def test_without_a_server(entrepot: Path, tmp_path: Path) -> None:
    done = tour(entrepot, "http://127.0.0.1:9", tmp_path)
    assert done.returncode == 2
    assert "nothing serves at http://127.0.0.1:9; start `make run`" in done.stderr


def test_a_step_that_fails_fails_the_tour(server: Server, tmp_path: Path) -> None:
    broken = tmp_path / "entrepot"
    broken.write_text("#!/bin/sh\necho no >&2\nexit 1\n", "utf-8")
    broken.chmod(0o700)
    done = tour(broken, server.address, server.data)
    assert done.returncode == 1
    assert "a step failed" in done.stderr
    assert "entrepot grants revoke" in done.stderr
    assert "all" not in done.stdout.splitlines()[-1]
