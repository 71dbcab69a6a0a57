"""doctor: beside a running server, before one, and after one that was killed. Nothing changes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cluster.engines import embedded

from .server import Server, environment

pytestmark = embedded
SECONDS = 60


def doctor(data: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command as somebody without proxies."""
    return subprocess.run(
        [sys.executable, "-m", "entrepot", "doctor", "--data", str(data), *options],
        cwd=data.parent, capture_output=True, text=True,
        env=environment({**variables, "ENTREPOT_DEV_HOSTS": "a.example.com", "COLUMNS": "400"}),
        timeout=SECONDS, check=False,
    )  # fmt: skip


def verdicts(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.stderr == ""
    return {one["check"]: one for one in json.loads(done.stdout)}


def tree(data: Path) -> dict[str, tuple[int, int]]:
    """All files of a folder but the memory that processes share, with size and time."""
    return {
        str(path.relative_to(data)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in data.rglob("*")
        if path.is_file() and not path.name.endswith("-shm")
    }


@pytest.fixture
def server(tmp_path: Path) -> Any:
    """A server that is idle."""
    made = Server(tmp_path, ENTREPOT_WORKERS="2")
    made.start()
    try:
        yield made
    finally:
        if made.pid is not None:
            made.stop()


def test_beside_a_server_it_changes_nothing_and_finds_it(server: Server) -> None:
    done = doctor(server.data, "--port", str(server.port), "--dev", "--json")
    found = verdicts(done)
    assert done.returncode == 0, [one for one in found.values() if one["verdict"] == "fail"]
    assert (found["server"]["verdict"], server.address in found["server"]["seen"]) == ("ok", True), found["server"]
    assert "own server" in found["port"]["seen"]
    assert found["index"]["verdict"] == "ok"
    assert found["master key"]["seen"].endswith("opens what is sealed")
    assert not list(server.data.glob("doctor-*"))


def test_a_folder_that_a_server_made_is_its_owners_alone(server: Server) -> None:
    assert server.data.stat().st_mode & 0o777 == 0o700
    assert (
        verdicts(doctor(server.data, "--dev", "--port", str(server.port), "--json"))["data folder"]["verdict"] == "ok"
    )


def test_the_port_of_another_folders_server_is_taken(server: Server, tmp_path: Path) -> None:
    other = tmp_path / "other"
    done = doctor(other, "--port", str(server.port), "--json")
    assert done.returncode == 1
    assert f"process {server.pid} (" in verdicts(done)["port"]["seen"]
    assert not other.exists()


def test_after_a_server_that_ended_and_one_that_was_killed(server: Server) -> None:
    server.stop()
    before = tree(server.data)
    done = doctor(server.data, "--dev", "--port", "0", "--json")
    assert done.returncode == 0, done.stdout
    assert tree(server.data) == before
    server.start()
    server.kill()
    before = tree(server.data)
    found = verdicts(doctor(server.data, "--port", "0", "--json"))
    assert tree(server.data) == before
    assert (found["index"]["verdict"], found["server"]["seen"]) == ("ok", "no server works on this folder now"), found


def test_what_it_prints_for_people(tmp_path: Path) -> None:
    done = doctor(tmp_path / "data", "--port", "0", ENTREPOT_WROKERS="2")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0].startswith("fail  settings")
    assert "ENTREPOT_WROKERS: no such setting" in lines[0]
    assert lines[1].strip().startswith("-> ")
    assert lines[-1].endswith("1 fail")
    quiet = doctor(tmp_path / "data", "--port", "0", "--quiet", ENTREPOT_WROKERS="2").stdout.splitlines()
    assert not [line for line in quiet if line.startswith("ok")]


def test_a_password_on_the_command_line_is_refused(tmp_path: Path) -> None:
    done = doctor(tmp_path / "data", "--index", "postgresql://entrepot:secret@127.0.0.1/x")
    assert (done.returncode, "seen by everybody" in done.stderr, "secret@" in done.stderr) == (2, True, False)


def test_it_needs_no_folder_that_it_may_write_to(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    os.chown(data, 12345, 12345)
    found = verdicts(doctor(data, "--port", "0", "--json"))
    assert (found["data folder"]["verdict"], "12345" in found["data folder"]["seen"]) == ("warn", True)
