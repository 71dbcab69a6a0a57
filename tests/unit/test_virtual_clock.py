"""The clock that tests turn: one number that all processes of a folder share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from entrepot import virtual_clock
from entrepot.clock_and_chance import now
from entrepot.config import load
from entrepot.core.fault import Fault, Kind
from entrepot.folder import clock_of, prepare_clock
from entrepot.virtual_clock import VirtualClock

REAL = 1_900_000_000.25


class Turned:
    """Two processes' views of one clock, and the real time."""

    def __init__(self, path: Path) -> None:
        self.real = REAL
        virtual_clock.make(path)
        self.one, self.other = (VirtualClock(path, lambda: self.real) for _ in range(2))


@pytest.fixture
def turned(tmp_path: Path) -> Iterator[Turned]:
    made = Turned(tmp_path / "run" / "clock")
    yield made
    made.one.close()
    made.other.close()


def test_a_fresh_clock_shows_the_real_time(turned: Turned) -> None:
    assert turned.one() == turned.other() == REAL
    shown = turned.one.read()
    assert (shown.time, shown.real_time, shown.stopped, shown.clients_follow) == (REAL, REAL, False, True)


def test_moves_add_up_and_it_goes_on(turned: Turned) -> None:
    turned.one.turn(by=60.5)
    turned.other.turn(by=-0.5)
    assert turned.one() == turned.other() == REAL + 60
    turned.real += 5
    assert turned.other() == REAL + 65


def test_it_stands_still_until_it_goes(turned: Turned) -> None:
    turned.one.turn(stopped=True)
    turned.real += 100
    assert turned.other() == REAL
    turned.other.turn(by=10)
    assert turned.one() == REAL + 10
    turned.one.turn(stopped=False)
    turned.real += 1
    assert turned.other() == REAL + 11


def test_it_is_set_while_it_goes_and_while_it_stands(turned: Turned) -> None:
    turned.one.turn(at=1_000.0)
    turned.real += 2
    assert turned.other() == 1_002.0
    turned.one.turn(at=500.5, stopped=True)
    turned.real += 2
    assert turned.other() == 500.5


@pytest.mark.parametrize(
    "given", [{"at": -1.0}, {"at": 4_000_000_001.0}, {"by": -REAL - 10}, {"at": 10.0, "by": -11.0}]
)
def test_moments_that_it_cannot_show_change_nothing(turned: Turned, given: dict[str, float]) -> None:
    turned.one.turn(by=7)
    with pytest.raises(Fault) as refused:
        turned.one.turn(**given)
    assert refused.value.kind is Kind.PARAMETER_INVALID
    assert turned.other() == REAL + 7


def test_how_far_clients_are_behind(turned: Turned) -> None:
    assert turned.one.clients_ahead() == 0
    turned.one.turn(by=3600)
    assert turned.other.clients_ahead() == 3600
    turned.one.turn(clients_follow=False)
    assert (turned.other.clients_ahead(), turned.other()) == (0, REAL + 3600)
    turned.one.turn(clients_follow=True, stopped=True, at=REAL - 50)
    turned.real += 10
    assert turned.other.clients_ahead() == -60


def test_reset(turned: Turned) -> None:
    turned.one.turn(at=1.0, stopped=True, clients_follow=False)
    turned.other.reset()
    shown = turned.one.read()
    assert (shown.time, shown.stopped, shown.clients_follow) == (REAL, False, True)


def test_only_dev_mode_makes_one_and_another_server_removes_it(tmp_path: Path) -> None:
    assert clock_of(tmp_path) is now
    prepare_clock(load(None, data=tmp_path, dev=True))
    found = clock_of(tmp_path)
    assert isinstance(found, VirtualClock)
    found.turn(at=1.0, stopped=True)
    found.close()
    prepare_clock(load(None, data=tmp_path, dev=True))
    again = clock_of(tmp_path)
    assert isinstance(again, VirtualClock)
    assert not again.read().stopped
    again.close()
    prepare_clock(load(None, data=tmp_path))
    assert clock_of(tmp_path) is now
