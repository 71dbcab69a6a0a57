"""One large object, in slices or in many puts: a driver of four connections, in a process of its own.

Law: the driver (`python -m bench.slices`, its job as JSON on stdin, its figures as JSON on stdout) talks
plain HTTP to loopback; the clock starts at the first request and stops at the last reply. What can be made
before the clock starts (signatures, the whole object's SHA-1) is.

Source: COS JSON API, upload_slice_init / upload_slice_data / upload_slice_finish.
"""

from __future__ import annotations

import hashlib
import http.client
import itertools
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bench.cases import MIB, Case
from bench.measure import Contender, Sample
from bench.peers import BOUNDARY, ROOT, Entrepot, Server, form

CONNECTIONS = 4
SLICE_BYTES = MIB
_FORM = f"multipart/form-data; boundary={BOUNDARY}"


class RefusedError(RuntimeError):
    """The server answered something else than success."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a driver does: `kind` is `slices`, `puts` or `one`."""

    kind: str
    port: int
    target: str
    authorization: str
    size: int
    part: int
    nonce: int


def block(nonce: int, number: int, tail: bytes) -> bytes:
    """Slice `number` of the object of this nonce: 16 bytes of its own, then the common tail."""
    return b"%08d%08d" % (nonce % 10**8, number) + tail


def ask_json(line: http.client.HTTPConnection, target: str, sign: str, body: bytes) -> dict[str, Any]:
    """POST a form of the COS JSON API; the reply's `data`. Raises RefusedError."""
    line.request("POST", target, body, {"Authorization": sign, "Content-Type": _FORM})
    reply = line.getresponse()
    text = reply.read()
    if reply.status != 200:
        raise RefusedError(f"{reply.status} {text[:300]!r}")
    told: dict[str, Any] = json.loads(text)
    if told.get("code") != 0:
        raise RefusedError(repr(told)[:300])
    data: dict[str, Any] = told.get("data") or {}
    return data


def fields(**named: object) -> bytes:
    """A form of text fields only."""
    mark = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name="
    text = "".join(f'{mark}"{name}"\r\n\r\n{value}\r\n' for name, value in named.items())
    return f"{text}--{BOUNDARY}--\r\n".encode()


def upload_sliced(port: int, target: str, sign: str, content: bytes) -> None:
    """Put one object in slices over one connection, nothing measured. Raises RefusedError."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    opened = ask_json(
        line, target, sign,
        fields(op="upload_slice_init", filesize=len(content), slice_size=SLICE_BYTES, insertOnly=0),
    )  # fmt: skip
    step = int(opened["slice_size"])
    for offset in range(0, len(content), step):
        lead, trail = form({"op": "upload_slice_data", "session": opened["session"], "offset": str(offset)})
        ask_json(line, target, sign, lead + content[offset : offset + step] + trail)
    ask_json(line, target, sign, fields(op="upload_slice_finish", session=opened["session"], filesize=len(content)))
    line.close()


def in_parallel(count: int, work: Callable[[http.client.HTTPConnection, int], None], port: int) -> list[float]:
    """Do `work` for 0..count-1 over four connections; each one's seconds. Raises the first error."""
    numbers = itertools.count()
    times: list[float] = []
    failures: list[BaseException] = []

    def worker() -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        try:
            while not failures and (number := next(numbers)) < count:
                start = time.perf_counter()
                work(line, number)
                times.append(time.perf_counter() - start)
        except (OSError, http.client.HTTPException, RefusedError) as error:
            failures.append(error)
        finally:
            line.close()

    threads = [threading.Thread(target=worker) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return times


def drive_slices(job: Job, tail: bytes) -> dict[str, float]:
    """init, the slices in parallel, finish with the whole object's SHA-1."""
    count = job.size // job.part
    whole = hashlib.sha1()
    for number in range(count):
        whole.update(block(job.nonce, number, tail))
    line = http.client.HTTPConnection("127.0.0.1", job.port, timeout=120)
    start = time.perf_counter()
    opened = ask_json(
        line, job.target, job.authorization,
        fields(op="upload_slice_init", filesize=job.size, slice_size=job.part, insertOnly=0),
    )  # fmt: skip
    if int(opened["slice_size"]) != job.part:
        raise RefusedError(f"slice_size {opened['slice_size']} instead of {job.part}")

    def send(connection: http.client.HTTPConnection, number: int) -> None:
        names = {"op": "upload_slice_data", "session": opened["session"], "offset": str(number * job.part)}
        lead, trail = form(names)
        body = b"".join((lead, block(job.nonce, number, tail), trail))
        ask_json(connection, job.target, job.authorization, body)

    times = in_parallel(count, send, job.port)
    before = time.perf_counter()
    ask_json(
        line, job.target, job.authorization,
        fields(op="upload_slice_finish", session=opened["session"], filesize=job.size, sha=whole.hexdigest()),
    )  # fmt: skip
    end = time.perf_counter()
    return figures(end - start, times) | {
        "finish_seconds": end - before,
        "finish_share": (end - before) / (end - start),
    }


def drive_puts(job: Job, tail: bytes) -> dict[str, float]:
    """The same bytes as one PUT per slice, over four connections."""

    def send(connection: http.client.HTTPConnection, number: int) -> None:
        connection.request("PUT", f"{job.target}-{number:05d}", block(job.nonce, number, tail))
        expect_put(connection)

    start = time.perf_counter()
    times = in_parallel(job.size // job.part, send, job.port)
    return figures(time.perf_counter() - start, times)


def drive_one(job: Job, tail: bytes) -> dict[str, float]:
    """The same bytes as one PUT over one connection."""

    def pieces() -> Iterator[bytes]:
        for number in range(job.size // job.part):
            yield block(job.nonce, number, tail)

    line = http.client.HTTPConnection("127.0.0.1", job.port, timeout=120)
    start = time.perf_counter()
    line.request("PUT", job.target, pieces(), {"Content-Length": str(job.size)})
    expect_put(line)
    return figures(time.perf_counter() - start, [time.perf_counter() - start])


def expect_put(line: http.client.HTTPConnection) -> None:
    """Read the reply of a PUT; raises RefusedError when it is no success."""
    reply = line.getresponse()
    text = reply.read()
    if reply.status not in {200, 201, 204}:
        raise RefusedError(f"{reply.status} {text[:300]!r}")


def figures(seconds: float, times: list[float]) -> dict[str, float]:
    """What every driver tells: how long in all, how many requests, their p50 and p99."""
    p50, p99 = statistics.median(times), sorted(times)[int(len(times) * 0.99) - 1 if len(times) > 1 else 0]
    return {"seconds": seconds, "requests": len(times), "p50_ms": p50 * 1000, "p99_ms": p99 * 1000}


class Driven:
    """A contender whose run is one upload by a driver: a new server on an empty folder, the driver beside it.

    `module` is the driver's, `job` says what it shall do with this turn's object.
    """

    def __init__(
        self, case: Case, server: Server, name: str, module: str, job: Callable[[int], dict[str, Any]]
    ) -> None:
        self.case, self.server, self.name, self.module, self.job = case, server, name, module, job
        self.turn = 0

    def contender(self) -> Contender:
        return Contender(name=self.name, tier=self.server.tier, run=self.run)

    def run(self, _seconds: int) -> Sample:
        """One upload of the whole object; how long a run lasts is the server's affair."""
        server = self.server
        self.turn += 1
        server.wipe()
        server.start()
        before = server.running().cpu_seconds()
        out = subprocess.run(
            [sys.executable, "-m", self.module],
            input=json.dumps(self.job(self.turn)), cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        peak, spent = server.running().sum_mb("VmHWM"), server.running().cpu_seconds() - before
        server.wipe()
        if out.returncode != 0:
            print(f"bench: {self.name}: {out.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
            return Sample(rate=0.0, peak_mb=peak, errors={"upload": 1})
        told: dict[str, float] = json.loads(out.stdout)
        rate = self.case.size / told["seconds"] / 1e6
        return Sample(
            rate=rate, requests=int(told["requests"]), requests_per_second=told["requests"] / told["seconds"],
            mb_per_second=rate, p50_ms=told["p50_ms"], p99_ms=told["p99_ms"], peak_mb=peak, figures=told,
            cpu_ms=1000 * spent / told["requests"],
        )  # fmt: skip


def slicer(case: Case, server: Server, kind: str, name: str) -> Contender:
    """A contender that uploads in the ways of `Job.kind`."""

    def job(turn: int) -> dict[str, Any]:
        sign = server.authorization() if isinstance(server, Entrepot) else ""
        return {
            "kind": kind, "port": server.port, "target": server.puts([f"big-{turn}"])[0].target,
            "authorization": sign, "size": case.size, "part": case.part, "nonce": turn,
        }  # fmt: skip

    return Driven(case, server, name, "bench.slices", job).contender()


def main() -> None:
    """Do the job given on stdin."""
    job = Job(**json.load(sys.stdin))
    drivers = {"slices": drive_slices, "puts": drive_puts, "one": drive_one}
    json.dump(drivers[job.kind](job, os.urandom(job.part - 16)), sys.stdout)


if __name__ == "__main__":
    main()
