"""``entrepot secrets rotate``: a new master key, wherever the renewal is cut, and never beside who has the old one."""

from __future__ import annotations

import asyncio
import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.engines import add_bucket
from entrepot.adapters.secrets.vault import Vault, VaultError, load_vault
from entrepot.config import load
from entrepot.core.facts.records import BY_SERVER, Bucket
from entrepot.core.rights.grant import Grant
from entrepot.core.rights.identity import Key
from entrepot.core.rules.content import content_of
from entrepot.core.rules.intake import Intake
from entrepot.folder import Folder
from entrepot.upkeep.fsck import check
from properties.worlds import chunked

KEYS, CONTENT = 1200, b"what is sealed " * 10_000


def _rotate(data: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "entrepot", "secrets", "rotate", "--data", str(data)]
    return subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, check=False)


async def _fill(folder: Folder) -> None:
    bucket: Bucket = await add_bucket(folder.index)
    for number in range(KEYS):
        key = Key(
            id=f"k{number:05}", account=bucket.account, secret=b"secret %d" % number, grant=Grant(clauses=()),
            created_at=1.0,
        )  # fmt: skip
        folder.index.write(lambda tx, key=key: tx.add_key(key))  # type: ignore[misc]
    for inline in (1000, 1 << 20):
        staged = await Intake(folder.blobs, inline_bytes=inline).stage(
            chunked(CONTENT), limit=1 << 30, protection=BY_SERVER
        )
        await folder.index.write(lambda tx, staged=staged: tx.add_blob(staged))  # type: ignore[misc]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = Folder(load(data=tmp_path / "data"))
    asyncio.run(_fill(folder))
    folder.close()
    return tmp_path / "data"


async def _whole(folder: Folder) -> None:
    """Every secret and every byte is there."""
    reader = folder.index.refresh()
    assert [key.secret for key in reader.keys(None)] == [b"secret %d" % number for number in range(KEYS)]
    for number in (1, 2):
        blob = reader.blob(number)
        assert b"".join(map(bytes, content_of(folder.blobs, blob, 0, len(CONTENT)).once())) == CONTENT
    report = await folder.index.inspect(lambda reader: check(reader, folder.blobs))
    assert all("counts 1 references" in damage for damage in report.damage), report.damage


def _check_whole(data: Path, **settings: str) -> None:
    folder = Folder(load(data=data, **settings))
    asyncio.run(_whole(folder))
    folder.close()


def test_everything_is_under_the_new_key(data: Path) -> None:
    old = (data / "master.key").read_bytes()
    done = _rotate(data)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in data.glob("master.key*")) == ["master.key"]
    assert (data / "master.key").read_bytes() != old
    assert (data / "master.key").stat().st_mode & 0o777 == 0o600
    _check_whole(data)
    (data / "master.key").write_bytes(old)
    with pytest.raises(VaultError):
        _check_whole(data)


@pytest.mark.parametrize("passed", [1, 3, 5])
def test_a_renewal_that_is_cut_goes_on(data: Path, passed: int) -> None:
    """Killed after each of its transactions: what works on the folder then has both keys, and so has the next try."""
    cut = _rotate(data, ENTREPOT_CRASH_AT=f"index.committed:{passed}")
    assert cut.returncode == -9
    assert (data / "master.key.next").exists()
    _check_whole(data)
    assert _rotate(data).returncode == 0
    assert not (data / "master.key.next").exists()
    _check_whole(data)


def test_what_is_sealed_between_two_tries_is_under_the_next_key(data: Path) -> None:
    assert _rotate(data, ENTREPOT_CRASH_AT="index.committed:1").returncode == -9
    sealed = load_vault(data, None).seal("new", b"secret")
    next_key = base64.b64decode((data / "master.key.next").read_bytes())
    assert _rotate(data).returncode == 0
    assert load_vault(data, base64.b64encode(next_key).decode()).open("new", sealed) == b"secret"
    assert load_vault(data, None).open("new", sealed) == b"secret"


def test_nobody_works_on_the_folder_meanwhile(data: Path) -> None:
    folder = Folder(load(data=data))
    refused = _rotate(data)
    assert refused.returncode == 1
    assert "in use" in refused.stderr
    assert not (data / "master.key.next").exists()
    folder.close()
    assert _rotate(data).returncode == 0


def test_a_key_that_is_a_setting(tmp_path: Path) -> None:
    first, following = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))
    folder = Folder(load(data=tmp_path / "data", master_key=first))
    asyncio.run(_fill(folder))
    folder.close()
    data = tmp_path / "data"
    assert _rotate(data, ENTREPOT_MASTER_KEY=first).returncode == 1
    both = {"ENTREPOT_MASTER_KEY": first, "ENTREPOT_NEXT_MASTER_KEY": following}
    assert _rotate(data, **both, ENTREPOT_CRASH_AT="index.committed:2").returncode == -9
    _check_whole(data, master_key=first, next_master_key=following)
    assert _rotate(data, **both).returncode == 0
    _check_whole(data, master_key=following)
    assert not list(data.glob("master.key*"))


def test_the_new_key_may_be_the_master_key_already(tmp_path: Path) -> None:
    """As with many gateways: the one before opens what was sealed, and is taken away in the end."""
    first, following = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))
    data = tmp_path / "data"
    folder = Folder(load(data=data, master_key=first))
    asyncio.run(_fill(folder))
    folder.close()
    _check_whole(data, master_key=following, old_master_key=first)
    done = _rotate(data, ENTREPOT_MASTER_KEY=following, ENTREPOT_OLD_MASTER_KEY=first)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"resealed: {KEYS + 2} of {KEYS + 2} values" in done.stdout
    assert "take old_master_key away" in done.stdout
    _check_whole(data, master_key=following)


@pytest.mark.parametrize("shared", [False, True])
def test_which_key_seals(tmp_path: Path, shared: bool) -> None:
    """On one machine the next one at once; with many gateways it only opens, until it is everybody's master key."""
    first, following, old = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2, 3))
    vault = load_vault(tmp_path, first, following, old, shared=shared)
    sealed = vault.seal("id", b"secret")
    assert load_vault(tmp_path, first if shared else following).open("id", sealed) == b"secret"
    assert sorted(vault.opens) == sorted(load_vault(tmp_path, one).seals_with for one in (first, following, old))
    for one in (first, following, old):
        assert vault.open("id", load_vault(tmp_path, one).seal("id", b"other")) == b"other"
    assert not list(tmp_path.iterdir())


def test_the_names_of_keys_tell_nothing_of_them() -> None:
    vault = Vault(bytes(32), [b"k" * 32])
    assert len(set(vault.opens)) == 2
    assert all(len(bytes.fromhex(name)) == 8 for name in vault.opens)
