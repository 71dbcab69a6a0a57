"""How long the test kit takes: a server's start to its first reply, its stop, an account, a reset. Not pass or fail.

``python -m bench.kit``, in a quiet moment of the machine. Each figure is the median, least and most of ROUNDS. Of
starts it also tells the time of the processor, user's and system's, which depends less on what else runs; there the
least counts.
"""

from __future__ import annotations

import http.client
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from entrepot.admin.dev_names import ADMIN_KEY
from entrepot.testing import Server
from entrepot.testing.account import Account
from entrepot.testing.processes import end_template

ROUNDS = 7
OBJECTS = 100


def _timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


def _told(what: str, found: list[float]) -> None:
    print(f"{what:<56} {statistics.median(found):7.0f} ms  ({min(found):.0f} to {max(found):.0f})", flush=True)


def _starts(*, forked: bool, first: bool) -> tuple[list[float], list[float]]:
    starts, stops = [], []
    for _ in range(ROUNDS):
        if first:
            end_template()
        server = Server(forked=forked)
        starts.append(_timed(server.start))
        stops.append(_timed(server.stop))
    return starts, stops


def _processor_ms(pid: int) -> float:
    """What a process has taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


FIRST_REQUESTS = {
    "the admin API": ("/-/api/v1/accounts", {"Authorization": f"Bearer {ADMIN_KEY}"}),
    "S3": ("/demo/none", {"Authorization": "AWS4-HMAC-SHA256 none"}),
    "COS XML": ("/demo/none", {"Authorization": "q-sign-algorithm=none"}),
    "OSS": ("/demo/none", {"Authorization": "OSS none:none"}),
    "TOS": ("/demo/none", {"Authorization": "TOS4-HMAC-SHA256 none"}),
    "COS JSON": ("/files/v2/1250000000/demo/none?op=stat", {"Authorization": "none"}),
    "TencentCloud API": ("/", {"X-TC-Action": "GetFederationToken"}),
}
"""Each needs what no request before it needed; that it is refused costs little beside that."""


def _processor() -> None:
    """The time of the processor of a start by itself, and of the first requests of each kind after it."""
    found: dict[str, list[float]] = {"start by itself, to the first reply": []}
    for _ in range(ROUNDS):
        server = Server(forked=False)
        server.start()
        try:
            taken = _processor_ms(server.pid or 0)
            found["start by itself, to the first reply"].append(taken)
            for what, (path, headers) in FIRST_REQUESTS.items():
                connection = http.client.HTTPConnection(server.authority, timeout=10)
                connection.request("GET", path, headers=headers)
                connection.getresponse().read()
                connection.close()
                before, taken = taken, _processor_ms(server.pid or 0)
                found.setdefault(f"first request of {what}", []).append(taken - before)
        finally:
            server.stop()
    for what, times in found.items():
        _told(f"{what}, of the processor", times)


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
    _processor()
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
