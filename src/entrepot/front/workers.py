"""Several worker processes: this one starts them, replaces those that die or hang, and ends them.

Workers are forked: a spawned interpreter would import everything again, in time and in memory. This process has no
threads and no open index by then; what must differ between workers is made after the fork. Each has a place in the
counts of connections, and who follows a dead one takes over its place. Must not know what workers do.
"""

from __future__ import annotations

import contextlib
import mmap
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from types import FrameType

from entrepot.front.connections.acceptor import Share, shares
from entrepot.front.service_manager import READY, STOPPING, tell_service_manager
from entrepot.log import log

_LOOK_SECONDS = 0.5
_HUNG_SECONDS = 5.0
_START_SECONDS = 30.0
_BYTES = 8  # of a beat
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

Work = Callable[[int, Share], None]
"""What a worker at its place does: it serves until it is told to stop, in a process of its own."""


def places(number: int) -> int:
    """How many places so many workers need: one is replaced at a time."""
    return number + 1


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    place: int


class Workers:
    """Keeps so many workers alive, while ``parent`` is the parent of this process (if one is given).

    When the first worker to end has failed before any has served, another would fail the same way: then all end, and
    :meth:`run` gives its exit status. Later, a worker that cannot start (on a full disk, say) is tried again.
    """

    def __init__(self, number: int, work: Work, parent: int | None = None) -> None:
        self._number = number
        self._work = work
        self._parent = parent
        self._shares = shares(places(number))
        self._beats = memoryview(mmap.mmap(-1, places(number) * _BYTES)).cast("d")
        self._fork = multiprocessing.get_context("fork")
        self._workers: list[_Worker] = []
        self._served = False
        self._told: list[int] = []

    def run(self) -> int:
        """Until SIGTERM or SIGINT; the exit status. SIGHUP replaces the workers, one after the other."""
        for number in _SIGNALS:
            signal.signal(number, self._tell)
        self._workers = [self._start(place) for place in range(self._number)]
        status = self._watch()
        tell_service_manager(STOPPING)
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join()
        return status

    def _tell(self, number: int, _frame: FrameType | None) -> None:
        self._told.append(number)

    def _watch(self) -> int:
        looked_at = time.monotonic()
        while True:
            time.sleep(_LOOK_SECONDS)
            told, self._told = self._told, []
            if self._must_end(told) or self._parent not in {None, os.getppid()}:
                return 0
            if told:
                self._renew()
            now = time.monotonic()
            # A machine that slept has no hung workers: all of its processes are late.
            awake, looked_at = now - looked_at < _HUNG_SECONDS / 2, now
            if not self._served and any(self._shares[worker.place].joined for worker in self._workers):
                self._served = True
                tell_service_manager(READY)
            for at, worker in enumerate(self._workers):
                if awake and now - self._beats[worker.place] > _HUNG_SECONDS:
                    worker.process.kill()
                    worker.process.join()
                if worker.process.is_alive():
                    continue
                status = worker.process.exitcode
                log.error("worker", process=worker.process.pid, why="it ended", status=status)
                if not self._served and status:
                    return abs(status)
                self._workers[at] = self._start(worker.place)

    @staticmethod
    def _must_end(told: list[int]) -> bool:
        return signal.SIGTERM in told or signal.SIGINT in told

    def _renew(self) -> None:
        """Replace each worker by a fresh one that serves already."""
        for at, old in enumerate(self._workers):
            free = set(range(places(self._number))) - {worker.place for worker in self._workers}
            fresh = self._start(free.pop())
            deadline = time.monotonic() + _START_SECONDS
            while fresh.process.is_alive() and not self._shares[fresh.place].joined and time.monotonic() < deadline:
                time.sleep(_LOOK_SECONDS / 10)
            if not self._shares[fresh.place].joined:
                fresh.process.kill()
                fresh.process.join()
                log.error("worker", process=fresh.process.pid, why="it did not start; the one before it stays")
                return
            self._workers[at] = fresh
            # The server as a whole stays ready: SIGINT lets what is under way end, and gives no balancer notice.
            if old.process.pid is not None and old.process.is_alive():
                os.kill(old.process.pid, signal.SIGINT)
            old.process.join()

    def _start(self, place: int) -> _Worker:
        self._shares[place].leave()
        self._beats[place] = time.monotonic()
        process = self._fork.Process(target=self._run, args=(place,))
        process.start()
        return _Worker(process, place)

    def _run(self, place: int) -> None:
        """In the worker's process."""
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN if number == signal.SIGHUP else signal.SIG_DFL)
        threading.Thread(target=self._beat, args=(place, os.getppid()), daemon=True).start()
        self._work(place, self._shares[place])

    def _beat(self, place: int, parent: int) -> None:
        """Show that this process runs at all; whether it serves well is not looked at."""
        while os.getppid() == parent:
            with contextlib.suppress(ValueError):  # the interpreter ends
                self._beats[place] = time.monotonic()
            time.sleep(_LOOK_SECONDS)
