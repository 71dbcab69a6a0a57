"""Load by wrk: one thread for each address of the server, 8 connections, scripts written for each run.

Law: every contender gets a request of the same shape, made the same way (a fresh key and fresh content each
time), so that the generator costs all the same. Only whole requests with a status below 400 count as done.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bench.measure import Sample
from bench.peers import MissingError, Server
from bench.process import ask
from bench.sign import Signed

CONNECTIONS = 8
TAG_BYTES = 16
FASTEST = 12_000  # small uploads a second: more than any server that needs a signature for each key takes
MOST_BYTES = 6 << 30  # uploaded in a second: the same for large ones

_DONE = """
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\\nBENCH {"requests":%d,"bytes":%d,"us":%d,"p50":%d,"p99":%d,"connect":%d,"read":%d,"write":%d,'
    .. '"status":%d,"timeout":%d}\\n', summary.requests, summary.bytes, summary.duration,
    latency:percentile(50), latency:percentile(99), e.connect, e.read, e.write, e.status, e.timeout))
end
"""
_READ = """
local function slurp(path)
  local f = assert(io.open(path, 'rb'))
  local s = f:read('*a')
  f:close()
  return s
end
local function lines(path)
  local t = {}
  for line in io.lines(path) do t[#t + 1] = line:gsub('\\t', '\\r\\n') end
  return t
end
"""
# Of several addresses each thread has one, and every so many-th number. `setup` runs apart from the threads.
_SHARED = """
first, step = 0, 1
local addresses, made = {{ {addresses} }}, 0
setup = function(thread)
  local host, port = addresses[made + 1]:match('(.+):(.+)')
  thread.addr = wrk.lookup(host, port)[1]
  thread:set('first', made)
  thread:set('step', #addresses)
  made = made + 1
end
"""
# {folder} holds a (before the key), b (up to the content's tag), c (the rest), and heads: target, protocol and
# signing headers of one request a line, a tab for each line break.
# wrk asks once for a request that it does not send, so the first object sent has the number 1.
_COUNTED = """
local a, b, c, n = slurp('{folder}/a'), slurp('{folder}/b'), slurp('{folder}/c'), nil
request = function()
  n = n or first
  local tag = string.format('%016d', n)
  n = n + step
  return a .. tag .. b .. tag .. c
end
"""
_LISTED = """
local a, b, c, n = slurp('{folder}/a'), slurp('{folder}/b'), slurp('{folder}/c'), nil
local heads = lines('{folder}/heads')
request = function()
  n = n or first
  local tag = string.format('%016d', n)
  local head = heads[n % #heads + 1]
  n = n + step
  return a .. head .. b .. tag .. c
end
"""
_TURNS = """
local requests, n = lines('{folder}/requests'), nil
request = function()
  n = (n or first) + step
  return requests[n % #requests + 1]
end
"""


@dataclass(frozen=True, slots=True)
class Filler:
    """The content of every object of one size: the same bytes, but for a tag of 16 digits at `place`."""

    size: int
    place: int

    def pieces(self) -> tuple[bytes, bytes]:
        """The bytes before and after the tag."""
        data = random.Random(self.size).randbytes(self.size)
        return data[: self.place], data[self.place + TAG_BYTES :]

    def content(self, number: int) -> bytes:
        """The whole content of the object with this number."""
        before, after = self.pieces()
        return before + b"%016d" % number + after


def wrk(server: Server, folder: Path, script: str, target: str, seconds: int) -> Sample:
    """Run wrk against a running server; its sample (rate = successes a second).

    Raises MissingError, or RuntimeError when wrk says nothing that can be read.
    """
    program = shutil.which("wrk")
    if program is None:
        raise MissingError("wrk: not installed (python -m bench.setup, as root on Debian)")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "load.lua"
    ports = server.ports or [server.port]
    shared = _SHARED.format(addresses=", ".join(f"'127.0.0.1:{port}'" for port in ports))
    path.write_text(_READ + shared + script + _DONE)
    command = [
        program,
        f"-t{len(ports)}",
        f"-c{CONNECTIONS // len(ports) * len(ports)}",
        f"-d{seconds}s",
        "--timeout",
        "30s",
        "-s",
        str(path),
    ]
    before, engines = server.running().cpu_seconds(), server.engine_seconds()
    out = subprocess.run(
        [*command, f"http://127.0.0.1:{server.port}{target}"],
        capture_output=True, text=True, timeout=seconds + 90, check=False,
    )  # fmt: skip
    line = next((line for line in out.stdout.splitlines() if line.startswith("BENCH ")), None)
    if line is None:
        raise RuntimeError(f"wrk said: {out.stdout[-500:]}{out.stderr[-500:]}")
    sample = _sample(json.loads(line.removeprefix("BENCH ")))
    spent, engines = server.running().cpu_seconds() - before, server.engine_seconds() - engines
    each = 1000 / max(1, sample.requests)
    figures = {**sample.figures, "engines_cpu_ms": engines * each} if engines else sample.figures
    return replace(
        sample, cpu_ms=spent * each, peak_mb=server.running().sum_mb("VmHWM"), figures=figures
    )  # fmt: skip


def _sample(told: dict[str, int]) -> Sample:
    seconds = told["us"] / 1e6
    good = max(0, told["requests"] - told["status"])
    errors = {kind: told[kind] for kind in ("connect", "read", "write", "status", "timeout")}
    return Sample(
        rate=good / seconds,
        requests=told["requests"],
        requests_per_second=good / seconds,
        mb_per_second=told["bytes"] / seconds / 1e6,
        p50_ms=told["p50"] / 1000,
        p99_ms=told["p99"] / 1000,
        errors=errors,
        figures={"seconds": seconds},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PutScript:
    """A generated script that puts fresh objects, and what it needs to check what it put."""

    text: str
    filler: Filler
    prefix: str

    def key(self, number: int) -> str:
        """The key of the object with this number."""
        return f"{self.prefix}{number:016d}"


def put_script(server: Server, folder: Path, *, size: int, prefix: str, seconds: int) -> PutScript:
    """Write a put script for a run of `seconds`: keys are `prefix` and 16 digits, contents `size` bytes."""
    how = server.upload()
    count = seconds * min(FASTEST, 100 + MOST_BYTES // size) if server.per_key else 1
    signed = server.puts([f"{prefix}{number:016d}" for number in range(count)])
    lines = {"Host": f"127.0.0.1:{server.port}", **how.headers}
    lines["Content-Length"] = str(len(how.lead) + size + len(how.trail))
    rest = "".join(f"\r\n{name}: {value}" for name, value in lines.items()) + "\r\n\r\n"
    first = signed[0].line.replace("\t", "\r\n")
    if server.per_key:
        a, head, before = f"{how.method} ", rest, len(how.method) + 1 + len(first)
    else:
        start, _, end = first.partition(f"{0:016d}")
        a, head, before = f"{how.method} {start}", end + rest, len(how.method) + 1 + len(start) + TAG_BYTES
    before += len(head) + len(how.lead)
    # LuaJIT hashes a long string by a few of its bytes; the tag's last digits stand on the middle ones, so
    # that one run's requests do not all fall into one hash chain and slow the generator down.
    middle = (before + size + len(how.trail)) // 2 - 2 - (TAG_BYTES - 4) - before
    filler = Filler(size, max(0, min(middle, size - TAG_BYTES)))
    head_bytes, tail_bytes = filler.pieces()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a").write_text(a)
    (folder / "b").write_bytes(head.encode() + how.lead + head_bytes)
    (folder / "c").write_bytes(tail_bytes + how.trail)
    if server.per_key:
        (folder / "heads").write_text("\n".join(one.line for one in signed) + "\n")
    text = (_LISTED if server.per_key else _COUNTED).format(folder=folder)
    return PutScript(text=text, filler=filler, prefix=prefix)


def check_stored(server: Server, script: PutScript, numbers: list[int]) -> int:
    """How many of the objects with these numbers do not come back byte for byte."""
    wrong = 0
    for number, how in zip(numbers, server.gets([script.key(number) for number in numbers]), strict=True):
        status, body = ask(server.port, "GET", how.target, how.headers)
        wrong += status != 200 or body != script.filler.content(number)
    return wrong


def get_script(port: int, folder: Path, gets: list[Signed], headers: Mapping[str, str]) -> tuple[str, str]:
    """(script, target) that sends one GET again and again (the fastest wrk can do), or several in turn."""
    if len(gets) == 1:
        every = {**gets[0].headers, **headers}
        return "".join(f"wrk.headers['{name}'] = '{value}'\n" for name, value in every.items()), gets[0].target
    every = {"Host": f"127.0.0.1:{port}", **headers}
    rest = "".join(f"\t{name}: {value}" for name, value in every.items()) + "\t\t"
    return turns_script(folder, [f"GET {one.line}{rest}" for one in gets]), "/"


def turns_script(folder: Path, requests: list[str]) -> str:
    """A script that sends whole requests in turn; a tab stands for each line break."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "requests").write_text("\n".join(requests) + "\n")
    return _TURNS.format(folder=folder)
