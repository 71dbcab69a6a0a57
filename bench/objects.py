"""Contenders that put and get whole objects, under wrk.

Law: a put run ends by getting back some of what it put, byte for byte; a get run begins by getting the
object once and checking it. What does not match counts as an error of the run (`wrong`).
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from bench.cases import Case
from bench.load import CONNECTIONS, Filler, check_stored, get_script, put_script, wrk
from bench.measure import Contender, Sample
from bench.peers import Entrepot, Server
from bench.process import ask
from bench.slices import upload_sliced

SIMPLE_MAX_BYTES = 20_000_000  # COS JSON: larger objects are uploaded in slices


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
        script = put_script(self.server, self.folder, size=self.case.size, prefix=f"r{self.turn}-")
        sample = wrk(self.server, self.folder, script.text, "/", seconds)
        surely = sample.requests - sum(sample.errors.values()) - 2 * CONNECTIONS  # the last ones may be cut off
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

    def contender(self) -> Contender:
        return Contender(name=self.server.name, tier=self.server.tier, run=self.run)

    def run(self, seconds: int) -> Sample:
        """One run. The rate is whole bodies a second; for large bodies, MB a second as they arrived."""
        if self.server.process is None:
            self._fill()
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
        self.script, self.target = get_script(server, self.folder, keys, self._range())
        wrk(server, self.folder, self.script, self.target, server.warm_seconds)

    def _range(self) -> dict[str, str]:
        start = self.case.size // 2
        return {"Range": f"bytes={start}-{start + self.case.part - 1}"} if self.case.part else {}

    def _check(self, key: str, content: bytes) -> None:
        headers = self._range()
        status, body = ask(self.server.port, "GET", self.server.get_target(key), headers)
        start = self.case.size // 2
        expected = content[start : start + self.case.part] if headers else content
        if status != (206 if headers else 200) or body != expected:
            raise RuntimeError(f"{self.server.name}: GET {key} gave {status} and {len(body)} bytes, not what was put")


def put_object(server: Server, key: str, content: bytes) -> None:
    """Put one object the way `server` is put to; raises RuntimeError when it is refused."""
    if isinstance(server, Entrepot) and len(content) > SIMPLE_MAX_BYTES:
        upload_sliced(server.port, server.api(key), server.authorization(), content)
        return
    how = server.upload()
    body = how.lead + content + how.trail
    status, told = ask(server.port, how.method, server.put_targets([key])[0], how.headers, body)
    if status not in {200, 201, 204}:
        raise RuntimeError(f"{server.name}: {how.method} {key} gave {status} {told[:300]!r}")


def rival(case: Case, server: Server) -> Contender:
    """The contender that `server` is in this put or get case."""
    return (Putter(case, server) if case.kind == "put" else Getter(case, server)).contender()


def folder_of(scratch: Path, case: Case, name: str) -> Path:
    """Where the server `name` of `case` lives."""
    return scratch / case.name / name
