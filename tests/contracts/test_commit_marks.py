"""What one process knows of the commits of others, by the marks that they leave in shared memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from contracts.children import child
from contracts.engines import Engine, add_bucket, file_engine
from entrepot.adapters.sqlite.commit_marks import CommitMarks
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.identity import key_of_account


@pytest.fixture
def lock(folder: Path) -> Iterator[int]:
    """The lock file of a folder."""
    descriptor = os.open(folder / "index.lock", os.O_RDWR | os.O_CREAT, 0o600)
    yield descriptor
    os.close(descriptor)


def test_each_commit_leaves_another_number_for_everybody(lock: int) -> None:
    marks, others = CommitMarks(lock), CommitMarks(lock)
    seen = {others.newest()}
    for _ in range(3):
        marks.begin(identity=False)
        assert others.newest() is None
        assert others.newest_identity() is not None
        marks.end()
        seen.add(others.newest())
    assert None not in seen
    assert len(seen) == 4


def test_identity_has_a_number_of_its_own(lock: int) -> None:
    marks, others = CommitMarks(lock), CommitMarks(lock)
    before = others.newest_identity()
    marks.begin(identity=False)
    marks.end()
    assert others.newest_identity() == before
    marks.begin(identity=True)
    assert others.newest_identity() is None
    marks.end()
    assert others.newest_identity() not in {None, before}


def test_what_a_dead_process_left_ends_with_the_next_commit(lock: int) -> None:
    before = CommitMarks(lock).newest(), CommitMarks(lock).newest_identity()
    CommitMarks(lock).begin(identity=True)
    marks = CommitMarks(lock)
    assert (marks.newest(), marks.newest_identity()) == (None, None)
    marks.begin(identity=False)
    assert (marks.newest(), marks.newest_identity()) == (None, None)
    marks.end()
    after = marks.newest(), marks.newest_identity()
    assert None not in after
    assert not set(after) & set(before)


def versions(engine: Engine, times: int) -> list[int]:
    found = []
    for _ in range(times):
        engine.index.refresh()
        found.append(engine.index.state())
    return found


async def test_no_two_looks_are_alike_while_somebody_commits(files: Engine, lock: int) -> None:
    settled = versions(files, 3)
    assert len(set(settled)) == 1
    CommitMarks(lock).begin(identity=False)
    meanwhile = versions(files, 3)
    assert len({*settled, *meanwhile}) == 4
    await files.index.write(lambda tx: tx.spend(b"t", 9.0))
    afterwards = versions(files, 3)
    assert len(set(afterwards)) == 1
    assert not {*settled, *meanwhile} & set(afterwards)


class NoCommit:
    """A connection whose disk fails when it commits."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def execute(self, statement: str, *values: Any) -> Any:
        if statement == "COMMIT":
            raise apsw.IOError("the disk failed")
        return self._connection.execute(statement, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


async def test_nobody_relies_on_what_he_remembers_after_a_failed_commit(
    files: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(set(versions(files, 2))) == 1
    with monkeypatch.context() as patch:
        patch.setattr(files.index, "_writer", NoCommit(files.index._writer))  # type: ignore[attr-defined]
        with pytest.raises(Fault) as caught:
            await files.index.write(lambda tx: tx.spend(b"t", 9.0))
    assert caught.value.kind is Kind.STORAGE_FAILED
    assert len(set(versions(files, 3))) == 3
    assert await files.index.write(lambda tx: tx.spend(b"t", 9.0)) is True
    assert len(set(versions(files, 2))) == 1


async def test_changes_are_seen_even_when_the_marks_stay_unsettled(files: Engine, lock: int) -> None:
    """A process died while it committed: whether its change is there is asked again and again, and each is seen."""
    bucket = await add_bucket(files.index)
    key = key_of_account(id="key", account=bucket.account, secret=b"s", created_at=1.0)
    await files.index.write(lambda tx: tx.add_key(key))
    other = files.again()
    try:
        assert other.index.refresh().key("key") is not None
        CommitMarks(lock).begin(identity=True)
        assert other.index.refresh().key("key") is not None
        await files.index.write(lambda tx: tx.remove_key("key"))
        assert other.index.refresh().key("key") is None
    finally:
        other.close()


async def test_commits_of_another_process_are_told(folder: Path) -> None:
    engine = file_engine(folder)
    try:
        seen = versions(engine, 2)
        with child("write", folder) as process:
            for number in range(3):
                assert process.said() == str(number)
            process.kill()
        assert not set(seen) & set(versions(engine, 2))
        await engine.index.write(lambda tx: tx.spend(b"another", 9.0))
        assert len(set(versions(engine, 3))) == 1
    finally:
        engine.close()
