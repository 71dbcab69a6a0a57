"""The audit log: chained over files and processes, honest about torn ends, and no change of it goes unseen."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from entrepot.adapters.audit import log as audit_log
from entrepot.adapters.audit.chain import Report
from entrepot.adapters.audit.check import before, check, files_of, newest
from entrepot.adapters.audit.log import AuditLog
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.audit import AuditSettings, Event

SETTINGS = AuditSettings()
LOCAL = Path(__file__).resolve().parents[2] / "src"


def event(number: int, at: float = 1_700_000_000.0, **more: str) -> Event:
    return Event(what="mint", at=at + number, facts={"key": f"k{number}", "allows": 'a "quoted" 名 \n line', **more})


def lines_of(folder: Path) -> list[dict[str, object]]:
    return newest(folder / "audit", 1_000_000)


def whole(folder: Path) -> Report:
    report = check(folder / "audit")
    assert report.damage == []
    return report


def current(folder: Path) -> Path:
    return folder / "audit" / "audit.jsonl"


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    return AuditLog(tmp_path, SETTINGS)


def test_lines_are_numbered_chained_and_say_what_they_were_given(log: AuditLog, tmp_path: Path) -> None:
    log.append([event(1), event(2)])
    log.append([event(3)])
    found = lines_of(tmp_path)
    assert [line["seq"] for line in found] == [1, 2, 3]
    assert found[0]["at"] == "2023-11-14T22:13:21.000000Z"
    assert (found[1]["event"], found[1]["key"], found[1]["allows"]) == ("mint", "k2", 'a "quoted" 名 \n line')
    raw = current(tmp_path).read_bytes().splitlines()
    before = "0" * 64
    for line in raw:  # anybody can check the chain with these two lines
        assert json.loads(line)["prev"] == before
        before = hashlib.sha256(line[: line.rindex(b',"hash":')]).hexdigest()
        assert json.loads(line)["hash"] == before
    assert whole(tmp_path).head == before


def test_several_processes_share_one_chain(tmp_path: Path) -> None:
    logs = [AuditLog(tmp_path, SETTINGS) for _ in range(3)]
    for number in range(30):
        logs[number % 3].append([event(number)])
    assert [line["key"] for line in lines_of(tmp_path)] == [f"k{number}" for number in range(30)]
    assert whole(tmp_path).lines == 30


@pytest.mark.parametrize(
    ("settings", "step"),
    [(AuditSettings(rotate_bytes=900), 0.0), (AuditSettings(rotate_seconds=10.0), 6.0)],
    ids=["size", "age"],
)
def test_the_chain_goes_on_in_a_new_file(tmp_path: Path, settings: AuditSettings, step: float) -> None:
    logs = [AuditLog(tmp_path, settings) for _ in range(2)]
    for number in range(12):
        logs[number % 2].append([event(number, 1_700_000_000.0 + number * step)])
    report = whole(tmp_path)
    assert (report.lines, report.first, report.last) == (12, 1, 12)
    assert report.files > 2
    names = [path.name for path in files_of(tmp_path / "audit")]
    assert names[:1] == ["audit-000000000001.jsonl"]
    assert names[-1] == "audit.jsonl"
    assert [line["seq"] for line in newest(tmp_path / "audit", 7)] == list(range(6, 13))


def test_a_new_file_after_a_restart_continues_the_one_that_was_put_aside(tmp_path: Path) -> None:
    AuditLog(tmp_path, AuditSettings(rotate_bytes=1)).append([event(1)])
    current(tmp_path).rename(tmp_path / "audit" / "audit-000000000001.jsonl")  # killed before the new file was made
    AuditLog(tmp_path, SETTINGS).append([event(2)])
    assert whole(tmp_path).last == 2


def test_without_the_oldest_files_the_rest_is_whole_when_their_end_was_noted(tmp_path: Path) -> None:
    log = AuditLog(tmp_path, AuditSettings(rotate_bytes=1))
    for number in range(4):
        log.append([event(number)])
    oldest = files_of(tmp_path / "audit")[0]
    end = json.loads(oldest.read_bytes())["hash"]
    oldest.unlink()
    assert check(tmp_path / "audit").damage
    report = check(tmp_path / "audit", [(1, end)])
    assert report.damage == []
    assert (report.first, report.last) == (2, 4)
    files_of(tmp_path / "audit")[1].unlink()
    assert check(tmp_path / "audit", [(1, end)]).damage


@pytest.mark.parametrize("keep", [1, 40, -1])
def test_a_torn_end_is_left_told_of_and_continued(tmp_path: Path, keep: int) -> None:
    AuditLog(tmp_path, SETTINGS).append([event(1), event(2)])
    path = current(tmp_path)
    first, second = path.read_bytes().splitlines(keepends=True)
    torn = second[:keep]
    path.write_bytes(first + torn)
    assert whole(tmp_path).torn == [f"audit.jsonl, byte {len(first)}: {len(torn)} bytes at the end of the file"]
    AuditLog(tmp_path, SETTINGS).append([event(3)])
    assert path.read_bytes().startswith(first + torn + b" torn\n")
    told = lines_of(tmp_path)[1]
    assert (told["event"], told["bytes"], told["sha256"]) == ("torn", len(torn), hashlib.sha256(torn).hexdigest())
    report = whole(tmp_path)
    assert (report.lines, report.last) == (3, 3)
    assert report.torn == [f"audit.jsonl, byte {len(first)}: {len(torn)} bytes, told of in line 2"]


@pytest.mark.parametrize("torn", [b"\0" * 5000, b"x\ny\n\nz", b"\n", b'{"seq":1}\n'])
def test_whatever_a_power_cut_leaves_is_torn(tmp_path: Path, torn: bytes) -> None:
    AuditLog(tmp_path, SETTINGS).append([event(1)])
    path = current(tmp_path)
    path.write_bytes(path.read_bytes() + torn)
    AuditLog(tmp_path, SETTINGS).append([event(2)])
    AuditLog(tmp_path, SETTINGS).append([event(3)])
    report = whole(tmp_path)
    assert (report.lines, len(report.torn)) == (4, 1)


def test_a_log_that_was_torn_before_its_first_line_begins_anew(tmp_path: Path) -> None:
    current(tmp_path).parent.mkdir()
    current(tmp_path).write_bytes(b'{"seq":1,"at"')
    AuditLog(tmp_path, SETTINGS).append([event(1)])
    assert [line["event"] for line in lines_of(tmp_path)] == ["torn", "mint"]
    assert len(whole(tmp_path).torn) == 1


def test_a_forged_tale_of_a_torn_end_is_damage(tmp_path: Path) -> None:
    log = AuditLog(tmp_path, SETTINGS)
    log.append([event(1), Event(what="torn", at=1.7e9, facts={"bytes": 3, "sha256": "0" * 64}), event(2)])
    path = current(tmp_path)
    first, *rest = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([first, b"abc\n", *rest]))
    assert check(tmp_path / "audit").damage


def test_no_byte_can_change_unseen(tmp_path: Path) -> None:
    AuditLog(tmp_path, SETTINGS).append([event(1), event(2), event(3)])
    path = current(tmp_path)
    data = path.read_bytes()
    assert whole(tmp_path).lines == 3
    for at in range(0, len(data), 7):
        path.write_bytes(data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :])
        report = check(tmp_path / "audit")
        assert report.damage or report.torn, at  # the last line looks torn; nothing after it says so
        assert report.lines < 3


@pytest.mark.parametrize("order", [(0, 2), (1, 0, 2), (0, 0, 1, 2), (1, 2, 0)])
def test_no_line_can_go_move_or_come_again(tmp_path: Path, order: tuple[int, ...]) -> None:
    AuditLog(tmp_path, SETTINGS).append([event(1), event(2), event(3), event(4)])
    path = current(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[number] for number in order) + lines[3])
    assert check(tmp_path / "audit").damage


def test_a_file_whose_first_lines_are_gone_does_not_fit_its_name(tmp_path: Path) -> None:
    log = AuditLog(tmp_path, AuditSettings(rotate_bytes=1))
    log.append([event(1), event(2)])
    log.append([event(3)])
    oldest = files_of(tmp_path / "audit")[0]
    oldest.write_bytes(oldest.read_bytes().splitlines(keepends=True)[1])
    assert check(tmp_path / "audit").damage


def test_missing_newest_lines_are_seen_by_what_was_noted_before(tmp_path: Path) -> None:
    log = AuditLog(tmp_path, SETTINGS)
    log.append([event(1)])
    first = whole(tmp_path)
    log.append([event(2)])
    second = whole(tmp_path)
    path = current(tmp_path)
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    assert check(tmp_path / "audit", [(first.last, first.head)]).damage == []
    assert check(tmp_path / "audit", [(second.last, second.head)]).damage != []


async def test_what_is_awaited_is_on_the_disk(log: AuditLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    real = os.fsync
    monkeypatch.setattr(audit_log.os, "fsync", lambda fd: (synced.append(os.fstat(fd).st_size), real(fd))[1])
    await log.write(event(1))
    size = current(tmp_path).stat().st_size
    assert size in synced
    synced.clear()
    await asyncio.gather(*(log.write(event(number)) for number in range(50)))
    assert len(synced) == 1, "fifty that come together share one fsync"
    log.close()
    assert whole(tmp_path).lines == 51


async def test_what_is_noted_comes_with_the_next_or_at_the_end(log: AuditLog, tmp_path: Path) -> None:
    log.note(event(1))
    assert not current(tmp_path).exists()
    await log.write(event(2))
    assert [line["key"] for line in lines_of(tmp_path)] == ["k1", "k2"]
    log.note(event(3))
    log.close()
    assert whole(tmp_path).lines == 3


async def test_what_is_noted_comes_by_itself(log: AuditLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_log, "_NOTED_SECONDS", 0.02)
    log.note(event(1))
    for _ in range(100):
        await asyncio.sleep(0.02)
        if current(tmp_path).exists() and whole(tmp_path).lines:
            break
    assert whole(tmp_path).lines == 1
    log.close()


async def test_a_disk_that_does_not_take_it_refuses_and_is_told_of(
    log: AuditLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await log.write(event(1))
    real = os.write
    left = [40]

    def full(descriptor: int, data: bytes) -> int:
        if left[0] <= 0:
            raise OSError(28, "No space left on device")
        done = real(descriptor, bytes(data)[: left[0]])
        left[0] -= done
        return done

    monkeypatch.setattr(audit_log.os, "write", full)
    log.note(event(2))
    with pytest.raises(Fault) as caught:
        await log.write(event(3))
    assert caught.value.kind is Kind.STORAGE_FULL
    monkeypatch.setattr(audit_log.os, "write", real)
    await log.write(event(4))
    found = lines_of(tmp_path)
    assert [line["event"] for line in found] == ["mint", "lost", "mint"]
    assert found[1]["count"] == 1
    assert whole(tmp_path).torn == []
    log.close()


async def test_what_waits_is_bounded(log: AuditLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_log, "_WAITING_MAX", 3)
    for number in range(10):
        log.note(event(number))
    await log.write(event(11))
    assert [line["event"] for line in lines_of(tmp_path)] == ["lost", "mint", "mint", "mint", "mint"]
    assert lines_of(tmp_path)[0]["count"] == 7
    log.close()


def test_a_process_that_is_killed_between_two_halves_leaves_a_chain_that_goes_on(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from entrepot.adapters.audit.log import AuditLog\n"
        "from entrepot.core.rights.audit import AuditSettings, Event\n"
        "log = AuditLog(Path(sys.argv[1]), AuditSettings())\n"
        "for number in range(10):\n"
        "    log.append([Event(what='mint', at=1.7e9, facts={'key': 'killed-%d' % number})])\n"
    )
    environment = {"PYTHONPATH": str(LOCAL), "ENTREPOT_CRASH_AT": "audit.half:4"}
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], env=environment, timeout=60, check=False)
    assert done.returncode == -9
    AuditLog(tmp_path, SETTINGS).append([event(1)])
    report = whole(tmp_path)
    assert [line["event"] for line in lines_of(tmp_path)] == ["mint", "mint", "mint", "torn", "mint"]
    assert len(report.torn) == 1


def test_files_are_for_their_owner_only(log: AuditLog, tmp_path: Path) -> None:
    log.append([event(1)])
    assert (tmp_path / "audit").stat().st_mode & 0o077 == 0
    assert current(tmp_path).stat().st_mode & 0o077 == 0


def test_the_newest_lines_of_one_kind(log: AuditLog, tmp_path: Path) -> None:
    for number in range(20):
        what = "use" if number % 4 == 0 else "mint"
        log.append([Event(what=what, at=1.7e9, facts={"number": number})])
    assert [line["number"] for line in newest(tmp_path / "audit", 3, "use")] == [8, 12, 16]
    assert newest(tmp_path / "audit", 0) == []
    assert newest(tmp_path / "nothing", 3) == []


@pytest.mark.parametrize("rotate_bytes", [300, 100_000, 64 << 20])
def test_lines_before_a_number_wherever_it_is(tmp_path: Path, rotate_bytes: int) -> None:
    """In one file that is searched, or in many; also behind a torn end."""
    log = AuditLog(tmp_path, AuditSettings(rotate_bytes=rotate_bytes))
    log.append([event(number) for number in range(1, 601)])
    with current(tmp_path).open("ab") as file:
        file.write(b'{"seq": 601, "at"')
    AuditLog(tmp_path, AuditSettings(rotate_bytes=rotate_bytes)).append([event(number) for number in range(601, 1201)])
    every = [line["seq"] for line in reversed(lines_of(tmp_path))]
    assert [line["seq"] for line in before(tmp_path / "audit", None, 5)] == every[:5]
    for number in (1, 2, 3, 299, 600, 601, 602, 603, 900, 1200, 1201, 1202, 5000):
        expected = [one for one in every if isinstance(one, int) and one < number][:7]
        assert [line["seq"] for line in before(tmp_path / "audit", number, 7)] == expected
    assert before(tmp_path / "nothing", None, 5) == []
