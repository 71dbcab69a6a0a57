"""The window of calls: how many pass, when they pass again, and who shares it."""

from __future__ import annotations

import pytest

from entrepot.core.fault import Fault, Kind
from entrepot.dialects.control.rates import Rates


class Watch:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def passes(rates: Rates, account: int, api: str) -> bool:
    """Whether a call passes."""
    try:
        rates.check(account, api)
    except Fault as fault:
        if fault.kind is not Kind.THROTTLED:
            raise
        return False
    return True


def passing(rates: Rates, account: int, api: str, tries: int) -> int:
    """How many of so many calls pass."""
    return sum(passes(rates, account, api) for _ in range(tries))


def test_a_window_that_moves() -> None:
    watch = Watch()
    rates = Rates(3, watch)
    assert passing(rates, 1, "a:B", 2) == 2
    watch.now += 0.6
    assert passing(rates, 1, "a:B", 2) == 1
    watch.now += 0.5  # the first two are over a second ago, the third is not
    assert passing(rates, 1, "a:B", 4) == 2


def test_accounts_and_apis_do_not_share() -> None:
    rates = Rates(1, Watch())
    assert [passing(rates, account, api, 2) for account, api in ((1, "a:B"), (1, "a:C"), (2, "a:B"))] == [1, 1, 1]


def test_workers_share_evenly_and_each_has_one() -> None:
    assert passing(Rates(20, Watch(), sharers=lambda: 4), 1, "a:B", 20) == 5
    assert passing(Rates(1, Watch(), sharers=lambda: 4), 1, "a:B", 20) == 1


def test_a_clock_that_was_set_back_refuses_nobody() -> None:
    watch = Watch()
    rates = Rates(1, watch)
    rates.check(1, "a:B")
    watch.now -= 3600
    rates.check(1, "a:B")
    with pytest.raises(Fault, match="more than 1 times in a second"):
        rates.check(1, "a:B")
