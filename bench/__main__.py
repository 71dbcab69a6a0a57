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

from bench.cases import PEERS, Case, chosen, quickened
from bench.listing import Filled, list_contenders, peer_contender, start_contender
from bench.measure import Contender, Record, interleave
from bench.memory import memory_contender
from bench.minting import Lent, mint_contenders, with_commits
from bench.multipart import uploader
from bench.objects import rival
from bench.peers import HERE, Entrepot, MissingError, S3Peer, Server, Spoken, server_of
from bench.process import StartError
from bench.report import document, table
from bench.scale.cases import SCALE
from bench.scale.contenders import scale_contenders
from bench.slices import RefusedError, slicer

FAILURES = (StartError, MissingError, RefusedError, RuntimeError, ValueError, OSError, subprocess.SubprocessError)
QUICK_ROWS, MILLION = 20_000, 1_000_000
SMALL_KEYS, MID_KEYS = 1000, 100_000


class Bench:
    """One run of the benchmark: its options, its scratch folder, and what it has to clean up."""

    def __init__(self, options: argparse.Namespace, scratch: Path, stack: contextlib.ExitStack) -> None:
        self.options, self.scratch, self.stack = options, scratch, stack
        self.rows = options.rows or (QUICK_ROWS if options.quick else MILLION)
        mid = min(MID_KEYS, self.rows // 2000 * 1000)
        self.filled = Filled(scratch, {"small": SMALL_KEYS, "mid": mid, "big": self.rows}, say)
        stack.callback(self.filled.server.wipe)

    def measure(self, case: Case) -> list[Record]:
        """All runs of one case. Raises one of FAILURES when it cannot be measured."""
        free = shutil.disk_usage(self.scratch).free / 1e9
        need = max(case.need_gb, self._memory_bytes() * 1.3e-9 if case.kind == "memory" else 0)
        if free < need:
            raise RuntimeError(f"needs {need:.0f} GB of free disk, there are {free:.0f}")
        with contextlib.ExitStack() as own:
            contenders = self._contenders(case, own)
            rounds = self.options.rounds or (1 if case.kind == "memory" else 2 if self.options.quick else 4)
            warm = 1 if self.options.quick else max(1, case.seconds // 2)
            return interleave(case.name, contenders, rounds=rounds, seconds=case.seconds, warm_seconds=warm, say=say)

    def _contenders(self, case: Case, own: contextlib.ExitStack) -> list[Contender]:
        if case.group == "scale":
            return scale_contenders(case, self.scratch / case.name, self.rows, say, own)
        if case.kind == "list":
            return [*list_contenders(self.filled, case.dialect), *self._present(case, case.extra, own)]
        if case.kind == "start":
            say(f"start: on {self.rows:,} objects")
            return [start_contender(self.filled)]
        if case.kind == "memory":
            server = Entrepot(self.scratch / case.name / "entrepot")
            own.callback(server.wipe)
            size = self._memory_bytes() // self.options.connections
            return [memory_contender(server, self.options.connections, size, say)]
        if case.kind == "mint":
            minters = mint_contenders(self.scratch / case.name, case.contenders, self.rows, say)
            for minter in minters:
                own.callback(minter.server.wipe)
            return [minter.contender() for minter in minters]
        return self._present(case, (*case.contenders, *case.extra), own)

    def _present(self, case: Case, names: tuple[str, ...], own: contextlib.ExitStack) -> list[Contender]:
        """Those of the contenders that are installed."""
        found = []
        for name in names:
            try:
                found.append(self._rival(case, name, own))
            except MissingError as error:
                say(f"left out: {error}")
        return found

    def _rival(self, case: Case, name: str, own: contextlib.ExitStack) -> Contender:
        server = self._server(case, name)
        server.command()  # raises MissingError when it is not installed
        own.callback(server.wipe)
        if isinstance(server, S3Peer) and case.kind == "list":
            return peer_contender(server)
        if isinstance(server, Spoken | S3Peer) and case.kind == "multipart":
            return uploader(case, server)
        if case.kind in {"slices", "multipart"}:
            return slicer(case, server, {"cos_json": "slices", "nginx": "puts", "nginx-one": "one"}[name], name)
        contender = rival(case, server)
        return with_commits(contender, server) if case.group == "mint" else contender

    def _server(self, case: Case, name: str) -> Server:
        folder = self.scratch / case.name / name
        if name.endswith("-minted"):
            return Lent(folder, name.removesuffix("-minted"))
        return server_of(name.removesuffix("-one"), folder)

    def _memory_bytes(self) -> int:
        each = self.options.memory_mb or (2 if self.options.quick else 20)
        return int(each * 10**6 * self.options.connections)


def say(text: str) -> None:
    """A line of progress, on stderr, so that stdout holds only the report."""
    print(text, file=sys.stderr, flush=True)


def machine(rows: int) -> dict[str, Any]:
    """What the figures belong to."""
    facts: dict[str, Any] = {
        "utc": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "cores": os.cpu_count(),
        "kernel": platform.release(), "python": platform.python_version(), "load": round(os.getloadavg()[0], 1),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "rows": rows,
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
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Entrepot beside nginx, s3rver and moto; many gateways only when asked for (--only scale).",
    )
    parser.add_argument("--quick", action="store_true", help="short runs, two rounds, small buckets and ledgers")
    parser.add_argument(
        "--only",
        metavar="WORD,...",
        help="only these cases, groups of cases, or dialects; CASE:DIALECT and GROUP:DIALECT (--list names them)",
    )
    parser.add_argument("--rounds", type=int, help="counted rounds per case (default 4; --quick 2)")
    parser.add_argument("--json", action="store_true", help="print the whole result as JSON instead of tables")
    parser.add_argument("--list", action="store_true", help="list the cases that --only means and end")
    parser.add_argument("--scratch", type=Path, metavar="DIR", help="where the temporary folder is made (a real disk)")
    parser.add_argument(
        "--rows",
        type=int,
        help=f"keys of list's and start's big bucket, rows of mint's ledger (default {MILLION}; --quick {QUICK_ROWS})",
    )
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
    try:
        cases = chosen(options.only, SCALE)
    except ValueError as error:
        say(str(error))
        return 2
    if options.rows is not None and options.rows < 4 * SMALL_KEYS:
        say(f"--rows is {options.rows}; at least {4 * SMALL_KEYS} are needed for a middle and a last page")
        return 2
    if options.list:
        cases = cases if options.only else [*cases, *SCALE]
        print("\n".join(f"{case.name:18} {case.group or case.kind:10} {case.title}" for case in cases))
        return 0
    Entrepot.workers = options.workers
    if options.quick:
        cases = [quickened(case) for case in cases if case.quick or options.only]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if options.scratch:
        options.scratch.mkdir(parents=True, exist_ok=True)
    records: list[Record] = []
    failed = False
    with contextlib.ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="entrepot-bench-", dir=options.scratch)))
        bench = Bench(options, scratch, stack)
        facts = machine(bench.rows)
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
            failed = failed or any(record.contender not in PEERS and record.sample.failed for record in own)
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
