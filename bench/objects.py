"""Contenders that put and get whole objects, under wrk.

Law: a put run ends by getting back some of what it put, byte for byte; a get run begins by getting the
object once and checking it. What does not match counts as an error of the run (`wrong`).
"""

from __future__ import annotations

import os
from dataclasses import replace

from bench.cases import Case
from bench.load import CONNECTIONS, Filler, check_stored, get_script, put_script, wrk
from bench.measure import Contender, Sample
from bench.peers import Entrepot, Server, Spoken
from bench.process import ask
from bench.sign import Signed
from bench.slices import upload_sliced

SIMPLE_MAX_BYTES = 20_000_000  # COS JSON: larger objects are uploaded in slices
FRESH_SECONDS = 20  # a case of fresh signatures signs each key once for each of so many past seconds


class Putter:
    """Puts fresh objects; with `case.fresh` on a new and empty server every time."""

    def __init__(self, case: Case, server: Server) -> None:
        self.case, self.server = case, server
        self.folder = server.folder.parent / f"{server.name}.load"
        self.turn = 0

    def contender(self) -> Contender:
        return Contender(name=self.server.name, tier=self.server.tier, run=self.run)

    def run(self, seconds: int) -> Sample:
        """One run, warmed up first when the server is new."""
        if self.server.process is None:
            self.server.wipe()
            self.server.start()
            self._load(self.server.warm_seconds)
        os.sync()
        sample = self._load(seconds)
        if self.case.fresh:
            self.server.empty()
        return sample

    def _load(self, seconds: int) -> Sample:
        self.turn += 1
        script = put_script(self.server, self.folder, size=self.case.size, prefix=f"r{self.turn}-", seconds=seconds)
        sample = wrk(self.server, self.folder, script.text, "/", seconds)
        surely = sample.requests - sum(sample.errors.values()) - 2 * CONNECTIONS  # the last ones may be cut off
        surely //= max(1, len(self.server.ports))  # threads do not keep step
        numbers = sorted({1, (1 + surely) // 2, surely}) if surely > 0 else []
        wrong = check_stored(self.server, script, numbers)
        errors = {**sample.errors, "wrong": wrong}
        return replace(sample, mb_per_second=sample.rate * self.case.size / 1e6, errors=errors)


class Getter:
    """Gets objects that it puts first, once."""

    def __init__(self, case: Case, server: Server) -> None:
        self.case, self.server = case, server
        self.folder = server.folder.parent / f"{server.name}.load"
        self.script, self.target = "", ""
        self.keys: list[str] = []

    def contender(self) -> Contender:
        return Contender(name=self.server.name, tier=self.server.tier, run=self.run)

    def run(self, seconds: int) -> Sample:
        """One run. The rate is whole bodies a second; for large bodies, MB a second as they arrived."""
        if self.server.process is None:
            self._fill()
        elif self.case.fresh_signatures:
            self._load_script()
        sample = wrk(self.server, self.folder, self.script, self.target, seconds)
        if self.case.rate_unit == "MB/s":
            return replace(sample, rate=sample.mb_per_second)
        return replace(sample, mb_per_second=sample.rate * (self.case.part or self.case.size) / 1e6)

    def _fill(self) -> None:
        case, server = self.case, self.server
        server.wipe()
        server.start()
        self.folder.mkdir(parents=True, exist_ok=True)
        filler = Filler(case.size, case.size // 2)
        keys = [f"g-{number:05d}" for number in range(case.objects)]
        for number, key in enumerate(keys):
            content = filler.content(number)
            put_object(server, key, content)
            if number == 0:
                self._check(key, content)
        self.keys = keys
        self._load_script()
        wrk(server, self.folder, self.script, self.target, server.warm_seconds)

    def _load_script(self) -> None:
        """Sign now, or each key for each of some past seconds: then no request is the same as one shortly before."""
        gets: list[Signed] = []
        for ago in range(FRESH_SECONDS if self.case.fresh_signatures else 1):
            gets += self.server.gets(self.keys, ago=ago)
        self.script, self.target = get_script(self.server.port, self.folder, gets, self._range())

    def _range(self) -> dict[str, str]:
        start = self.case.size // 2
        return {"Range": f"bytes={start}-{start + self.case.part - 1}"} if self.case.part else {}

    def _check(self, key: str, content: bytes) -> None:
        headers = self._range()
        how = self.server.gets([key])[0]
        status, body = ask(self.server.port, "GET", how.target, {**how.headers, **headers})
        start = self.case.size // 2
        expected = content[start : start + self.case.part] if headers else content
        if status != (206 if headers else 200) or body != expected:
            raise RuntimeError(f"{self.server.name}: GET {key} gave {status} and {len(body)} bytes, not what was put")


def put_object(server: Server, key: str, content: bytes) -> None:
    """Put one object the way `server` is put to; raises RuntimeError when it is refused."""
    if isinstance(server, Entrepot) and not isinstance(server, Spoken) and len(content) > SIMPLE_MAX_BYTES:
        upload_sliced(server.port, server.api(key), server.authorization(), content)
        return
    how = server.upload()
    one = server.puts([key])[0]
    body = how.lead + content + how.trail
    status, told = ask(server.port, how.method, one.target, {**how.headers, **one.headers}, body)
    if status not in {200, 201, 204}:
        raise RuntimeError(f"{server.name}: {how.method} {key} gave {status} {told[:300]!r}")


def rival(case: Case, server: Server) -> Contender:
    """The contender that `server` is in this put or get case."""
    return (Putter(case, server) if case.kind == "put" else Getter(case, server)).contender()
