"""Who is measured in the cases of many gateways: the embedded engine, fleets, the store, and PostgreSQL by itself.

Law: gateways get the requests that the embedded engine gets, and PostgreSQL by itself the statements that a gateway
sends it (`*.sql`, taken from the log of a server that noted them all), from pgbench over as many connections.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench.cases import Case
from bench.listing import PAGE, PREFIX, key, keys_on, seeded
from bench.load import CONNECTIONS, get_script, wrk
from bench.measure import Contender, Sample
from bench.minting import UNLIMITED, Minter
from bench.objects import Filler, put_object, rival
from bench.peers import MissingError, Server
from bench.process import ask
from bench.scale.cases import EMBEDDED, PGBENCH, SENDING_ON, STORE
from bench.scale.sent_on import Curler
from bench.scale.servers import Embedded, Gateways, SendingOn, Versitygw, programs
from bench.sign import APPID, KEY_ID

HERE = Path(__file__).resolve().parent
Say = Callable[[str], None]

_MULTIPLIED = """
INSERT INTO blobs (id, refs, size, crc64, name, data)
  SELECT 1000000000 + n, 1, b.size, b.crc64, NULL, b.data
  FROM generate_series(1, {count} - 1) n, objects o JOIN blobs b ON b.id = o.blob WHERE o.key = '{first}'::bytea;
INSERT INTO objects (bucket, key, size, blob, segments, crc64, sha1, md5, part_bytes, created_at, modified_at, traits,
    stored_by, parts, upload)
  SELECT bucket, convert_to('{prefix}' || lpad(n::text, 16, '0'), 'UTF8'), size, 1000000000 + n, segments, crc64, sha1,
    md5, part_bytes, created_at, modified_at, traits, stored_by, parts, upload
  FROM generate_series(1, {count} - 1) n, objects WHERE key = '{first}'::bytea;
"""


def scale_contenders(case: Case, folder: Path, rows: int, say: Say, own: contextlib.ExitStack) -> list[Contender]:
    """Those of the case's contenders that can be had."""
    found = []
    for name in case.contenders:
        try:
            server = _server(name, folder / name)
            server.command()
        except MissingError as error:
            say(f"left out: {error}")
            continue
        own.callback(server.wipe)
        found.append(_contender(case, name, server, rows, say))
    return found


def _server(name: str, folder: Path) -> Server:
    """The server of a contender; that of pgbench is the database of one gateway, which has nothing else to do."""
    unlimited = {"ENTREPOT_MINT__REQUESTS_PER_SECOND": UNLIMITED}
    if name == STORE:
        return Versitygw(folder)
    if name == EMBEDDED:
        return Embedded(folder, **unlimited)
    if name == SENDING_ON:
        return SendingOn(folder, **unlimited)
    return Gateways(folder, 1 if name == PGBENCH else int(name.removeprefix("gateways-")), **unlimited)


def _contender(case: Case, name: str, server: Server, rows: int, say: Say) -> Contender:
    if name == PGBENCH:
        assert isinstance(server, Gateways)
        return Contender(name=name, tier="fsync at commit", run=PgBench(case, server, rows).run)
    if case.kind == "curl":
        assert isinstance(server, Gateways | Versitygw)
        return Curler(case, name, server).contender()
    if case.kind == "mint":
        assert isinstance(server, Gateways | Embedded)
        return replace(Minter("ms-empty", server, 0, say).contender(), name=name)
    if case.kind == "list":
        return Contender(name=name, tier=server.tier, run=Lister(server, rows, say).run)
    return rival(case, server)


class Lister:
    """Lists the middle page of a big bucket, by marker."""

    def __init__(self, server: Server, rows: int, say: Say) -> None:
        self.server, self.rows, self.say = server, rows, say
        self.folder = server.folder.parent / f"{server.name}.load"

    def run(self, seconds: int) -> Sample:
        """One run; the page is checked first."""
        server = self.server
        assert isinstance(server, Gateways | Embedded)
        if server.process is None:
            fill(server, self.rows)
        number = self.rows // PAGE // 2
        how = server.speaker().ask("GET", query=(("marker", key(number * PAGE - 1)), ("max-keys", str(PAGE))))
        status, body = ask(server.port, "GET", how.target, how.headers)
        if status != 200 or keys_on("s3", body) != [key(number * PAGE + place) for place in range(PAGE)]:
            raise RuntimeError(f"{server.name}: {status}, not the page that was asked for: {body[:300]!r}")
        script, target = get_script(server.port, self.folder, [how], {})
        return wrk(server, self.folder, script, target, seconds)


def fill(server: Gateways | Embedded, rows: int) -> None:
    """Start the server with a bucket of so many keys; in PostgreSQL they are made of the first one."""
    server.start()
    if isinstance(server, Embedded):
        server.stop()
        seeded(server, "objects", "demo", PREFIX, str(rows))
        server.start()
        return
    put_object(server, key(0), b"%016d" % 0)
    first = "\\x" + key(0).encode().hex()
    database = server.database()
    database.sql(_MULTIPLIED.format(count=rows, first=first, prefix=PREFIX), "entrepot")
    database.sql("VACUUM ANALYZE", "entrepot")


class PgBench:
    """The statements of a case, sent by pgbench; the rate is how often all of them were done."""

    def __init__(self, case: Case, server: Gateways, rows: int) -> None:
        self.case, self.server = case, server
        self.script = {"get": "get.sql", "put": "put.sql", "list": "list.sql"}[case.kind]
        self.objects = rows if case.kind == "list" else case.objects

    def run(self, seconds: int) -> Sample:
        """One run. Raises RuntimeError when pgbench says nothing that can be read."""
        server = self.server
        if server.process is None:
            self._fill()
        found = programs()
        assert found is not None
        bucket = server.database().sql("SELECT id FROM buckets WHERE name = 'demo'", "entrepot").strip()
        facts = {"bucket": bucket, "account": APPID, "key": KEY_ID, "objects": str(self.objects)}
        done = subprocess.run(
            [str(found / "pgbench"), "-n", "-M", "prepared", f"-c{CONNECTIONS}", "-j1", f"-T{seconds}",
             *(word for name, value in facts.items() for word in ("-D", f"{name}={value}")),
             "-f", str(HERE / self.script), server.database().address("entrepot")],
            capture_output=True, text=True, timeout=seconds + 90, check=False,
        )  # fmt: skip
        rate = re.search(r"tps = ([\d.]+)", done.stdout)
        latency = re.search(r"latency average = ([\d.]+) ms", done.stdout)
        failed = re.search(r"number of failed transactions: (\d+)", done.stdout)
        if done.returncode or rate is None or latency is None:
            raise RuntimeError(f"pgbench said: {done.stdout[-300:]}{done.stderr[-500:]}")
        each = float(rate[1])
        return Sample(
            rate=each, requests=round(each * seconds), requests_per_second=each,
            errors={"failed": int(failed[1]) if failed else 0}, figures={"average_ms": float(latency[1])},
        )  # fmt: skip

    def _fill(self) -> None:
        if self.case.kind == "list":
            fill(self.server, self.objects)
            return
        self.server.start()
        filler = Filler(self.case.size, self.case.size // 2)
        for number in range(self.case.objects):
            put_object(self.server, f"g-{number:05d}", filler.content(number))
