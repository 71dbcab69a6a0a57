"""How long the test kit takes: a server's start to its first reply, its stop, an account, a reset. Not pass or fail.

``python -m bench.kit``, in a quiet moment of the machine. Each figure is the median, least and most of ROUNDS.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from entrepot.testing import Server
from entrepot.testing.account import Account
from entrepot.testing.processes import end_template

ROUNDS = 9
OBJECTS = 100


def _timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


def _told(what: str, found: list[float]) -> None:
    print(f"{what:<52} {statistics.median(found):7.0f} ms  ({min(found):.0f} to {max(found):.0f})", flush=True)


def _starts(*, forked: bool, first: bool) -> tuple[list[float], list[float]]:
    starts, stops = [], []
    for _ in range(ROUNDS):
        if first:
            end_template()
        server = Server(forked=forked)
        starts.append(_timed(server.start))
        stops.append(_timed(server.stop))
    return starts, stops


def _filled(account: Account, objects: int) -> None:
    """Objects of a few bytes, put by what the seed's endpoint does: no SDK is needed here."""
    made = [{"key": f"folder/{number}.txt", "text": "hello"} for number in range(objects)]
    bucket = {"name": account.bucket, "objects": made}
    account.server.calls.post("/dev/seed", seed={"accounts": [{"appid": account.number, "buckets": [bucket]}]})


def main() -> None:
    """Measure and print."""
    for what, forked, first in (
        ("first start of a process, to the first reply", True, True),
        ("further start of a process, to the first reply", True, False),
        ("start by itself, to the first reply", False, False),
    ):
        starts, stops = _starts(forked=forked, first=first)
        _told(what, starts)
    _told("stop", stops)
    with Server() as server:
        accounts: list[Account] = []
        _told("a fresh account", [_timed(lambda: accounts.append(server.account())) for _ in range(ROUNDS)])
        for objects in (0, 10, OBJECTS):
            found = []
            for _ in range(ROUNDS):
                _filled(accounts[0], objects)
                found.append(_timed(accounts[0].reset))
            _told(f"reset of an account with {objects} objects", found)
        _told("a turn of the clock", [_timed(server.clock.stop) for _ in range(ROUNDS)])
    end_template()


if __name__ == "__main__":
    main()
