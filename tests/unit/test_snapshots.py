"""Snapshots in one process: all or nothing, and what nobody may call one. Source: issue 14 §2."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from entrepot.admin import accounts
from entrepot.config import load
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Transaction
from entrepot.folder import Folder, snapshots


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    """An empty data folder."""
    made = Folder(load(None, data=tmp_path / "data"))
    yield made
    made.close()


def numbers(folder: Folder) -> list[int]:
    """The accounts that everybody sees."""
    return [one.id for one in folder.index.refresh().accounts()]


async def test_what_fails_in_the_middle_changes_nothing(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = snapshots(folder)
    assert kept is not None
    await folder.index.write(lambda tx: accounts.create(tx, 1.0, 1250000001))
    await kept.take("one")
    await folder.index.write(lambda tx: accounts.create(tx, 1.0, 1250000002))
    write = folder.index.write

    def failing(change: object) -> object:
        def cut(tx: Transaction) -> None:
            change(tx)  # type: ignore[operator]
            raise Fault(Kind.INTERNAL, "cut")

        return write(cut)

    with monkeypatch.context() as patched:
        patched.setattr(folder.index, "write", failing)
        with pytest.raises(Fault, match="cut"):
            await kept.restore("one")
    assert numbers(folder) == [1250000001, 1250000002]
    await kept.restore("one")
    assert numbers(folder) == [1250000001]
    await folder.index.write(lambda tx: accounts.create(tx, 1.0, 1250000003))
    assert numbers(folder) == [1250000001, 1250000003]


async def test_a_snapshot_that_was_not_finished_is_none(folder: Folder) -> None:
    kept = snapshots(folder)
    assert kept is not None
    await kept.take("whole")
    (folder.path / "snapshots" / ".cut").write_bytes(b"half")
    assert kept.names() == ["whole"]


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", ".hidden", "a" * 65, "a b", "é"])
async def test_names_that_are_none(folder: Folder, name: str) -> None:
    kept = snapshots(folder)
    assert kept is not None
    for asked in (kept.take, kept.restore, kept.forget):
        with pytest.raises(Fault) as caught:
            await asked(name)
        assert caught.value.kind is Kind.NAME_INVALID
