"""`python -m bench`, run from the project's root: measure, print, and write the raw samples.

Law: argument parsing and order only. Everything it starts it also ends; everything it writes, but for the
result file, is under one temporary folder and deleted.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.cases import CASES, Case, chosen
from bench.listing import Filled, list_contenders, start_contender
from bench.measure import Contender, Record, interleave
from bench.memory import memory_contender
from bench.objects import rival
from bench.peers import HERE, SERVERS, Entrepot, MissingError
from bench.process import StartError
from bench.report import document, table
from bench.slices import RefusedError, Slicer

FAILURES = (StartError, MissingError, RefusedError, RuntimeError, OSError, subprocess.SubprocessError)
QUICK_KEYS, USUAL_KEYS, MILLION = 10_000, 100_000, 1_000_000


class Bench:
    """One run of the benchmark: its options, its scratch folder, and what it has to clean up."""

    def __init__(self, options: argparse.Namespace, scratch: Path, stack: contextlib.ExitStack) -> None:
        self.options, self.scratch, self.stack = options, scratch, stack
        keys = MILLION if options.million else QUICK_KEYS if options.quick else USUAL_KEYS
        self.filled = Filled(scratch, keys, say)
        stack.callback(self.filled.server.wipe)

    def measure(self, case: Case) -> list[Record]:
        """All runs of one case. Raises one of FAILURES when it cannot be measured."""
        free = shutil.disk_usage(self.scratch).free / 1e9
        need = max(case.need_gb, self._memory_bytes() * 1.3e-9 if case.kind == "memory" else 0)
        if free < need:
            raise RuntimeError(f"needs {need:.0f} GB of free disk, there are {free:.0f}")
        with contextlib.ExitStack() as own:
            contenders = self._contenders(case, own)
            seconds = case.quick_seconds if self.options.quick else case.seconds
            rounds = self.options.rounds or (2 if self.options.quick else 4)
            if case.kind == "memory":
                rounds = self.options.rounds or 1
            warm = 1 if self.options.quick else max(1, seconds // 2)
            return interleave(case.name, contenders, rounds=rounds, seconds=seconds, warm_seconds=warm, say=say)

    def _contenders(self, case: Case, own: contextlib.ExitStack) -> list[Contender]:
        if case.kind == "list":
            return list_contenders(self.filled)
        if case.kind == "start":
            say(f"start: on {self.filled.keys:,} objects")
            return [start_contender(self.filled)]
        if case.kind == "memory":
            server = Entrepot(self.scratch / case.name / "entrepot")
            own.callback(server.wipe)
            size = self._memory_bytes() // self.options.connections
            return [memory_contender(server, self.options.connections, size, say)]
        names = case.contenders if self.options.quick else (*case.contenders, *case.extra)
        found = []
        for name in names:
            try:
                found.append(self._rival(case, name, own))
            except MissingError as error:
                say(f"left out: {error}")
        return found

    def _rival(self, case: Case, name: str, own: contextlib.ExitStack) -> Contender:
        server = SERVERS[name.removesuffix("-one")](self.scratch / case.name / name)
        server.command()  # raises MissingError when it is not installed
        own.callback(server.wipe)
        if case.kind == "slices":
            how = {"entrepot": "slices", "nginx": "puts", "nginx-one": "one"}[name]
            return Slicer(case, server, how, name).contender()
        return rival(case, server)

    def _memory_bytes(self) -> int:
        each = self.options.memory_mb or (2 if self.options.quick else 20)
        return int(each * 10**6 * self.options.connections)


def say(text: str) -> None:
    """A line of progress, on stderr, so that stdout holds only the report."""
    print(text, file=sys.stderr, flush=True)


def machine(filled_keys: int) -> dict[str, Any]:
    """What the figures belong to."""
    facts: dict[str, Any] = {
        "utc": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "cores": os.cpu_count(),
        "kernel": platform.release(), "python": platform.python_version(), "load": round(os.getloadavg()[0], 1),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "big_keys": filled_keys,
    }  # fmt: skip
    for name, command in {
        "wrk": ["wrk", "-v"],
        "nginx": ["nginx", "-v"],
        "node": ["node", "--version"],
    }.items():
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            out = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
            found = re.search(r"\d+\.\d+[\w.+-]*", out.stdout + out.stderr)
            facts[name] = found[0] if found else "?"
    return facts


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Entrepot beside nginx, s3rver and moto.")
    parser.add_argument("--quick", action="store_true", help="short runs, two rounds: about two minutes")
    parser.add_argument("--only", metavar="CASE,...", help="only these cases (--list names them)")
    parser.add_argument("--rounds", type=int, help="counted rounds per case (default 4; --quick 2)")
    parser.add_argument("--json", action="store_true", help="print the whole result as JSON instead of tables")
    parser.add_argument("--list", action="store_true", help="list the cases and end")
    parser.add_argument("--scratch", type=Path, metavar="DIR", help="where the temporary folder is made (a real disk)")
    parser.add_argument("--million", action="store_true", help="list and start on a million objects (minutes to fill)")
    parser.add_argument(
        "--workers",
        type=int,
        default=os.cpu_count() or 1,
        help="Entrepot's worker processes (default: one a core)",
    )
    parser.add_argument("--connections", type=int, default=500, help="memory: uploads at once (default 500)")
    parser.add_argument(
        "--memory-mb", type=int, help="memory: MB per upload (default 20; --quick 2; above 20: in slices)"
    )
    return parser.parse_args()


def main() -> int:
    """0: all was measured without an error of Entrepot's; 1: something was not; 2: wrong arguments."""
    options = arguments()
    if options.list:
        print("\n".join(f"{case.name:12} {case.title}" for case in CASES))
        return 0
    try:
        cases = chosen(options.only)
    except ValueError as error:
        say(str(error))
        return 2
    Entrepot.workers = options.workers
    if options.quick and not options.only:
        cases = [case for case in cases if case.quick]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if options.scratch:
        options.scratch.mkdir(parents=True, exist_ok=True)
    records: list[Record] = []
    failed = False
    with contextlib.ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="entrepot-bench-", dir=options.scratch)))
        bench = Bench(options, scratch, stack)
        facts = machine(bench.filled.keys)
        told: Callable[[str], None] = say if options.json else print
        told(", ".join(f"{name} {value}" for name, value in facts.items()) + "\n")
        for case in cases:
            began = time.monotonic()
            try:
                own = bench.measure(case)
            except FAILURES as error:
                told(f"{case.name}: not measured: {error}\n")
                failed = True
                continue
            records += own
            failed = failed or any(record.contender == "entrepot" and record.sample.failed for record in own)
            told(table(case, own) + "\n")
            say(f"{case.name}: {time.monotonic() - began:.0f} s")
    result = document(facts, cases, records)
    written = HERE / "results" / f"{facts['utc'].replace(':', '').replace('-', '')}.json"
    written.parent.mkdir(exist_ok=True)
    written.write_text(json.dumps(result, indent=1))
    if options.json:
        print(json.dumps(result, indent=1))
    say(f"raw samples: bench/results/{written.name}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
