"""Leases: one holder at a time, and none after its death."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

from contracts.children import child
from contracts.engines import Engine


def test_a_lease_has_one_holder(engine: Engine) -> None:
    mine, other = engine.leases, engine.another_holder()
    assert mine.take("work") is True
    assert mine.take("work") is True
    assert other.take("work") is False
    assert other.take("other work") is True
    assert mine.take("other work") is False


def test_a_dropped_lease_can_be_taken(engine: Engine) -> None:
    mine, other = engine.leases, engine.another_holder()
    assert mine.take("work")
    mine.drop("work")
    assert other.take("work") is True
    assert mine.take("work") is False
    other.drop("work")
    assert mine.take("work") is True


def test_dropping_what_one_does_not_hold_changes_nothing(engine: Engine) -> None:
    mine, other = engine.leases, engine.another_holder()
    assert mine.take("work")
    other.drop("work")
    other.drop("never taken")
    assert other.take("work") is False
    mine.drop("work")
    mine.drop("work")
    assert other.take("work") is True


def test_a_lease_ends_with_its_holder(engine: Engine, tmp_path: Path) -> None:
    """In memory the holder is an object, on disk a process that is killed without a word."""
    if engine.name == "memory":
        holder = engine.another_holder()
        assert holder.take("work")
        del holder
        gc.collect()
    else:
        with child("hold", tmp_path / "data", "work") as process:
            assert process.said() == "holds"
            assert engine.leases.take("work") is False
            process.kill()
    assert engine.leases.take("work") is True


def test_a_lease_is_refused_between_processes(engine: Engine, tmp_path: Path) -> None:
    if engine.name == "memory":
        return  # one process only, by its docstring
    assert engine.leases.take("work")
    with child("hold", tmp_path / "data", "work") as process:
        assert process.said() == "refused"
    engine.leases.drop("work")
    with child("hold", tmp_path / "data", "work") as process:
        assert process.said() == "holds"
        process.kill()


def test_a_child_that_is_started_does_not_inherit_leases(files: Engine, folder: Path) -> None:
    """Else a lease would outlive its holder for as long as a process that it started."""
    other = files.another_holder()
    assert other.take("work")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False) as process:
        other.drop("work")
        assert files.leases.take("work") is True
        process.communicate(b"\n", timeout=20)
