"""doctor/machine, doctor/declared: each check is seen well, and seen to find what is wrong."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from entrepot.config import Secret
from entrepot.doctor.table import CHECKS, looked_at

from .world import NOW, VERSIONS, World, new_world

GROUP = "sys/fs/cgroup/system.slice/entrepot.service"
Spoil = Callable[[World], Any]


def settings_file(world: World, text: str, mode: int) -> None:
    """Give the server a settings file."""
    world.file = world.root / "entrepot.toml"
    world.file.write_text(text)
    world.file.chmod(mode)


def index_of(world: World, changed_at: float) -> None:
    """Let there be an index that was last changed then."""
    (world.data / "index.db").touch()
    os.utime(world.data / "index.db", (changed_at, changed_at))


def versions(**changes: str | None) -> Callable[[str], str | None]:
    return lambda name: changes.get(name, VERSIONS.get(name, "1.0"))


WELL: list[tuple[str, Spoil, str]] = [
    ("settings", lambda world: None, "there is no file"),
    ("settings", lambda world: settings_file(world, "", 0o600), "entrepot.toml"),
    ("settings file", lambda world: settings_file(world, "workers = 2", 0o644), "0644"),
    ("command lines", lambda world: world.process(7, "entrepot", "serve"), "none of 0 secrets"),
    ("dev mode", lambda world: world.given.update(dev=True), "loopback only"),
    ("system", lambda world: None, "linux"),
    ("libraries", lambda world: None, "apsw 3.54.1.0"),
    ("clock", lambda world: index_of(world, NOW - 5), "2026-09-21 14:13:20 UTC, synchronised"),
    ("clock", lambda world: world.change(adjusted=lambda: None), "does not say"),
    ("memory", lambda world: None, "3953 MiB, 2976 MiB available"),
    ("memory", lambda world: world.write(f"{GROUP}/memory.max", "max\n"), "available"),
    ("processors", lambda world: world.given.update(workers=4), "4; workers: 4"),
    ("open files", lambda world: world.change(limits=lambda: (1024, -1)), "no limit"),
    ("backlog", lambda world: None, "somaxconn 4096"),
]
ILL: list[tuple[str, Spoil, str, str, str]] = [
    ("settings", lambda world: setattr(world, "wrong", "wrokers: no such setting"), "fail", "wrokers", "settings.md"),
    ("settings file", lambda world: settings_file(world, "", 0o666), "fail", "0666", "chmod go-w"),
    (
        "settings file",
        lambda world: (
            world.given.update(admin_key=Secret("a-key-of-16-chars")),
            settings_file(world, 'admin_key = "a-key-of-16-chars"', 0o640),
        ),
        "fail", "admin_key", "chmod 600",
    ),
    (
        "command lines",
        lambda world: (
            world.given.update(admin_key=Secret("a-key-of-16-chars")),
            world.process(7, "docker", "run", "-e", "ENTREPOT_ADMIN_KEY=a-key-of-16-chars"),
        ),
        "fail", "process 7 (docker) shows admin_key", "ENTREPOT_ADMIN_KEY_FILE",
    ),
    ("dev mode", lambda world: world.given.update(dev=True, dev_hosts=("any",)), "warn", "any host", "dev_hosts"),
    ("libraries", lambda world: world.change(version=versions(httptools=None)), "fail", "httptools", "pip install"),
    ("libraries", lambda world: world.change(version=versions(apsw="3.51.2.0")), "fail", "apsw 3.51.2.0", "SQLite"),
    ("libraries", lambda world: world.change(version=versions(multipart="1.3.0")), "warn", "multipart 1.3.0", "form"),
    (
        "libraries",
        lambda world: (
            world.given.update(index="postgresql://entrepot@db/entrepot"),
            world.change(version=versions(asyncpg=None)),
        ),
        "fail", "asyncpg", "entrepot[scale]",
    ),
    ("clock", lambda world: world.change(clock=lambda: 12.0), "fail", "1970-01-01", "timedatectl"),
    ("clock", lambda world: index_of(world, NOW + 7200), "fail", "7200 s before the last change", "set the clock"),
    ("clock", lambda world: world.change(adjusted=lambda: False), "warn", "not synchronised", "15 minutes"),
    ("memory", lambda world: world.given.update(workers=16), "warn", "3953 MiB", "16 workers want 4096 MiB"),
    ("memory", lambda world: world.write(f"{GROUP}/memory.max", "134217728\n"), "warn", "limited to 128 MiB", "fewer"),
    (
        "memory",
        lambda world: (
            world.write("proc/self/cgroup", "5:memory:/docker/x\n"),
            world.write("sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes", "134217728\n"),
        ),
        "warn", "limited to 128 MiB", "fewer",
    ),
    ("processors", lambda world: world.given.update(workers=5), "warn", "4; workers: 5", "set workers"),
    (
        "processors",
        lambda world: (world.given.update(workers=4), world.write(f"{GROUP}/cpu.max", "150000 100000\n")),
        "warn", "limited to 1.5", "set workers",
    ),
    ("open files", lambda world: world.change(limits=lambda: (256, 1024)), "warn", "1024", "LimitNOFILE"),
    ("backlog", lambda world: world.write("proc/sys/net/core/somaxconn", "128\n"), "warn", "128", "sysctl"),
]  # fmt: skip


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A machine on which all is well."""
    return new_world(tmp_path)


@pytest.mark.parametrize(("name", "prepare", "seen"), WELL)
def test_all_is_well(world: World, name: str, prepare: Spoil, seen: str) -> None:
    prepare(world)
    found = world.found(name)
    assert found is not None
    assert (found.verdict, found.to_do) == ("ok", "")
    assert seen in found.seen


@pytest.mark.parametrize(("name", "spoil", "verdict", "seen", "to_do"), ILL)
def test_what_is_wrong_is_found(world: World, name: str, spoil: Spoil, verdict: str, seen: str, to_do: str) -> None:
    spoil(world)
    found = world.found(name)
    assert found is not None
    assert (found.verdict, seen in found.seen, to_do in found.to_do) == (verdict, True, True), found


def test_a_secret_is_not_in_what_is_said(world: World) -> None:
    world.given.update(admin_key=Secret("a-key-of-16-chars"))
    world.process(7, "sh", "-c", "x=a-key-of-16-chars")
    assert "a-key-of-16-chars" not in str(world.found("command lines"))


@pytest.mark.parametrize("version", ["1.2.2", "1.3.1", "1.2.3", "2.0.1"])
def test_what_was_mended_in_an_older_line_is_well(world: World, version: str) -> None:
    world.change(version=versions(multipart=version))
    found = world.found("libraries")
    assert found is not None
    assert found.verdict == "ok"


def test_wrong_settings_are_said_and_the_rest_that_needs_none_is_looked_at(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ENTREPOT_WROKERS", "2")
    setup = looked_at(world.machine, None, None)
    assert "ENTREPOT_WROKERS" in setup.wrong
    world.wrong = setup.wrong
    assert world.found("memory") is None
    assert world.found("backlog") is not None


def test_a_system_that_is_not_linux_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    found = world.found("system")
    assert found is not None
    assert found.verdict == "fail"


def test_this_machine_is_one(tmp_path: Path) -> None:
    from entrepot.doctor.here import this_machine

    machine = this_machine()
    assert machine.adjusted() in {True, False, None}
    assert machine.version("apsw") is not None
    assert machine.version("no-such-package-of-ours") is None
    assert machine.addresses("localhost")
    assert replace(machine, user=5).user == 5


@pytest.mark.parametrize("name", [check.name for check in CHECKS])
def test_every_check_is_seen_at_work(name: str) -> None:
    """The cases are in several files; each check has one at least, and stands in the documents."""
    folder = Path(__file__).parent
    texts = [path.read_text() for path in (*folder.glob("test_*.py"), folder.parents[1] / "deploy" / "test_doctor.py")]
    assert any(f'"{name}"' in text for text in texts)
    assert f"| `{name}` |" in (folder.parents[2] / "docs" / "doctor.md").read_text()
