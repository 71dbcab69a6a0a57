"""`entrepot audit verify`: the ledger and the chain say when lines are gone. Source: issue 11 §3."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from entrepot.admin import accounts
from entrepot.config import load
from entrepot.core.ports import Transaction
from entrepot.core.rights.audit import Event, minted
from entrepot.core.rights.grant import Grant
from entrepot.core.rights.identity import Key, Minted
from entrepot.folder import Folder
from entrepot.upkeep.audit_head import HeadKeeper

from .commands import run_command

ACCOUNT = 1250000000


def right(number: int) -> Key:
    """A minted right."""
    return Key(
        id=f"right-{number}", account=ACCOUNT, secret=b"secret", grant=Grant(), created_at=1.7e9 + number,
        minted=Minted(api="test:All", minter="m", client="-", allows="all"),
    )  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with four rights, each with its line; the first and the third were used."""

    def fill(tx: Transaction) -> None:
        accounts.create(tx, 1.0, ACCOUNT)
        for number in range(4):
            tx.mint_key(right(number))
        tx.note_uses([("right-0", 1, 2.0), ("right-2", 3, 2.0)])

    async def write() -> None:
        await folder.index.write(fill)

    folder = Folder(load(None, data=tmp_path / "data"))
    asyncio.run(write())
    folder.audit.append([minted(right(number)) for number in range(4)])
    folder.close()
    return tmp_path / "data"


def verify(data: Path, *options: str) -> tuple[int, dict[str, Any]]:
    result = run_command("audit", "verify", "--json", *options, "--data", str(data))
    report: dict[str, Any] = json.loads(result.stdout)
    return result.exit_code, report


def spoil(data: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Change the lines of the log."""
    path = data / "audit" / "audit.jsonl"
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))


def test_a_whole_log(data: Path) -> None:
    status, report = verify(data)
    assert (status, report["damage"], report["unused"], report["lines"]) == (0, [], 0, 4)


@pytest.mark.parametrize("gone", ["lines", "file", "folder"])
def test_an_emptied_log_is_told(data: Path, gone: str) -> None:
    path = data / "audit" / "audit.jsonl"
    if gone == "lines":
        path.write_bytes(b"")
    else:
        path.unlink()
    if gone == "folder":
        for each in path.parent.iterdir():
            each.unlink()
        path.parent.rmdir()
    status, report = verify(data)
    assert status == 1
    assert "no line at all, but the ledger has 4 rights" in report["damage"][0]


def test_a_log_without_its_first_lines_is_told(data: Path) -> None:
    spoil(data, lambda lines: lines[1:])
    status, report = verify(data)
    assert status == 1
    assert "begins with line 2; lines 1 to 1 are gone" in report["damage"][0]
    assert len(report["damage"]) == 1, "what was minted before the first line is not asked for"


def test_a_log_without_its_newest_lines_is_told_when_their_rights_were_used(data: Path) -> None:
    spoil(data, lambda lines: lines[:2])
    status, report = verify(data)
    assert (status, report["unused"]) == (1, 1)
    assert report["damage"] == ["the ledger has the right right-2, which was used, but no line says that it was minted"]


def test_a_right_that_nobody_received_is_no_damage(data: Path) -> None:
    """A crash between its row and its line leaves it."""
    spoil(data, lambda lines: lines[:3])
    status, report = verify(data)
    assert (status, report["damage"], report["unused"]) == (0, [], 1)
    shown = run_command("audit", "verify", "--data", str(data))
    assert "rights without a line that nobody used: 1 " in shown.stdout


def test_files_that_were_put_away_are_named_by_their_end(data: Path) -> None:
    """Lines of other events than mints, so that the ledger has nothing to say."""
    folder = Folder(load(None, data=data / "another"))
    folder.audit.append([Event(what="use", at=1.7e9, facts={"key": str(number)}) for number in range(3)])
    folder.close()
    lines = (data / "another" / "audit" / "audit.jsonl").read_bytes().splitlines()
    end = f"2:{json.loads(lines[1])['hash']}"
    spoil(data / "another", lambda lines: lines[2:])
    assert verify(data / "another")[0] == 1
    assert verify(data / "another", "--expect", end)[0] == 0
    assert verify(data / "another", "--expect", f"2:{'0' * 64}")[0] == 1
    assert verify(data / "another", "--expect", f"1:{json.loads(lines[0])['hash']}")[0] == 1


def kept(data: Path) -> None:
    """What a server does every few seconds."""
    folder = Folder(load(None, data=data))
    asyncio.run(HeadKeeper(folder.index, folder.chain).keep())
    folder.close()


def appended(data: Path, count: int) -> None:
    folder = Folder(load(None, data=data))
    folder.audit.append([Event(what="use", at=1.7e9 + 9, facts={"key": str(number)}) for number in range(count)])
    folder.close()


def test_what_somebody_noted_is_asked_for_beside_what_the_index_noted(data: Path) -> None:
    """Both may be of the same line: neither stands for the other."""
    kept(data)
    report = verify(data)[1]
    assert verify(data, "--expect", f"{report['last']}:{report['head']}")[0] == 0
    status, told = verify(data, "--expect", f"{report['last']}:{'0' * 64}")
    assert status == 1
    assert told["damage"] == [f"there is no line {report['last']} with the hash {'0' * 64}, which there was"]


def test_newest_lines_that_were_cut_off_are_told_by_the_noted_head(data: Path) -> None:
    """Though no right of theirs was used, and however much is appended afterwards."""
    kept(data)
    assert verify(data)[0] == 0
    spoil(data, lambda lines: lines[:3])
    status, report = verify(data)
    assert (status, report["unused"]) == (1, 1)
    assert [one[:31] for one in report["damage"]] == ["there is no line 4 with the hash"[:31]]
    for count in (1, 1, 5):
        appended(data, count)
        kept(data)
        assert verify(data)[1]["damage"] == report["damage"], "what was noted stays noted"


def test_a_noted_head_moves_on_with_the_log(data: Path) -> None:
    kept(data)
    appended(data, 3)
    spoil(data, lambda lines: lines[:5])
    assert verify(data)[0] == 0, "not noted yet"
    kept(data)
    spoil(data, lambda lines: lines[:4])
    assert "there is no line 5 " in verify(data)[1]["damage"][0]


def test_a_noted_head_in_a_file_that_was_put_aside(data: Path) -> None:
    kept(data)
    path = data / "audit" / "audit.jsonl"
    path.rename(data / "audit" / "audit-000000000001.jsonl")
    appended(data, 2)
    assert verify(data)[0] == 0
    kept(data)
    (data / "audit" / "audit.jsonl").unlink()
    assert "there is no line 6 " in verify(data)[1]["damage"][0]
