"""adapters/key_file and the master key made with it: whole or not there, one whoever comes first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from entrepot.adapters.secrets import key_file
from entrepot.adapters.secrets.key_file import is_open_to_others, made_once
from entrepot.adapters.secrets.vault import VaultError, load_vault


def test_the_first_content_stays(tmp_path: Path) -> None:
    path = tmp_path / "some.key"
    made_once(path, b"first")
    made_once(path, b"second")
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]
    assert not is_open_to_others(path)
    path.chmod(0o640)
    assert is_open_to_others(path)


def test_it_has_its_content_before_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes that start at once: the second one makes the master key while the first still writes its own."""
    secret = b"a secret"
    between: list[bytes] = []
    sync = os.fsync

    def slow_sync(descriptor: int) -> None:
        monkeypatch.setattr(key_file.os, "fsync", sync)
        assert not (tmp_path / "master.key").exists()
        between.append(load_vault(tmp_path, None).seal("id", secret))
        sync(descriptor)

    monkeypatch.setattr(key_file.os, "fsync", slow_sync)
    assert load_vault(tmp_path, None).open("id", *between) == secret
    assert [path.name for path in tmp_path.iterdir()] == ["master.key"]


def test_nothing_is_left_of_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(key_file.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        load_vault(tmp_path, None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "\n", "c2hvcnQ=\n"])
def test_a_file_without_a_whole_key_is_no_key(tmp_path: Path, content: str) -> None:
    """Nothing is sealed with it, and it is left for the operator to look at: there may be secrets behind it."""
    path = tmp_path / "master.key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(VaultError, match="bytes; it must have 32"):
        load_vault(tmp_path, None)
    assert path.read_text() == content


def test_processes_that_start_together_share_a_master_key(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from entrepot.adapters.secrets.vault import load_vault; sys.stdin.read();"
        "sys.stdout.buffer.write(load_vault(pathlib.Path(sys.argv[1]), None).seal('id', b'a secret'))"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.close()
    vault = load_vault(tmp_path, None)
    for process in started:
        assert process.stdout is not None
        assert vault.open("id", process.stdout.read()) == b"a secret"
        process.stdout.close()
        assert process.wait(timeout=30) == 0
