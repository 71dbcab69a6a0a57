"""Everything moves from a data folder to a shared index and back: row for row, byte for byte, wherever it is cut."""

from __future__ import annotations

import base64
import json
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest

from behaviour.server import Server, environment
from cluster.engines import empty_database, shared_postgres
from cluster.filled import Filled, check_reads, files_of, fill, rows_of_database, rows_of_folder, use_up
from cluster.postgres import programs
from cluster.stores import BUCKET, CREDENTIALS, running
from entrepot.adapters.moved_tables import DERIVED, LEFT, MOVED, NUMBERED, REMADE, RENAMED

SEED = int(os.environ.get("MOVE_SEED", "7"))
KILLS = 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """A filled folder, which nobody changes."""
    if programs() is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: postgresql)")
    return fill(tmp_path_factory.mktemp("filled"))


class Ends:
    """A copy of the filled folder, an empty database, and an empty place for bytes."""

    def __init__(self, root: Path, filled: Filled, store: str = "file") -> None:
        self.root = root
        self.filled = replace(deepcopy(filled), data=root / "first" / "data")
        shutil.copytree(filled.data, self.filled.data)
        self.data = str(self.filled.data)
        self.database = empty_database()
        self.bytes = f"file://{root / 'bytes'}"
        self.settings = {"ENTREPOT_MASTER_KEY": (self.filled.data / "master.key").read_text().strip()}
        if store != "file":
            self.bytes = f"s3://{BUCKET}/{secrets.token_hex(8)}?endpoint={running(store).endpoint}"
            self.settings["ENTREPOT_BLOBS_KEY_ID"] = CREDENTIALS.key_id
            self.settings["ENTREPOT_BLOBS_SECRET"] = CREDENTIALS.secret

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """One command."""
        return subprocess.run(
            [sys.executable, "-m", "entrepot", *words], env=environment({**self.settings, **more}), cwd=self.root,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    def there(self, **more: str) -> subprocess.CompletedProcess[str]:
        """Move from the folder to the database."""
        return self.run("move", "--from", self.data, "--to", self.database, "--to-blobs", self.bytes, "--json", **more)

    def back(self, data: Path, **more: str) -> subprocess.CompletedProcess[str]:
        """Move from the database to a folder."""
        return self.run(
            "move", "--from", self.database, "--from-blobs", self.bytes, "--to", str(data), "--json", **more
        )

    def gateway(self) -> Server:
        """A gateway of the database, not started."""
        (self.root / "gateway").mkdir(exist_ok=True)
        return Server(self.root / "gateway", **self.settings, ENTREPOT_INDEX=self.database, ENTREPOT_BLOBS=self.bytes)


@pytest.fixture(params=["file", "versitygw"])
def ends(request: pytest.FixtureRequest, tmp_path: Path, folder: Filled) -> Ends:
    """On both places for bytes."""
    return Ends(tmp_path, folder, request.param)


@pytest.fixture
def on_files(tmp_path: Path, folder: Filled) -> Ends:
    """Where the place for bytes does not matter."""
    return Ends(tmp_path, folder)


def ok(done: subprocess.CompletedProcess[str]) -> dict[str, object]:
    """What a move says of itself at its end."""
    assert done.returncode == 0, done.stdout + done.stderr
    last: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    assert last["event"] == "moved"
    return last


def refused(done: subprocess.CompletedProcess[str], *words: str, status: int = 1) -> None:
    """A command that did not work, and said so in one line."""
    assert done.returncode == status, done.stdout + done.stderr
    assert done.stderr.startswith("entrepot: ")
    for word in words:
        assert word in done.stderr, done.stderr


def audit_of(data: Path) -> bytes:
    """All lines of a folder's log."""
    return b"".join(path.read_bytes() for path in sorted((data / "audit").glob("audit*.jsonl")))


def is_whole(server: Server) -> None:
    """Index, bytes and audit log."""
    for words in (("fsck", "--digests"), ("audit", "verify")):
        done = server.run(*words)
        assert done.returncode == 0, done.stdout + done.stderr


def test_row_for_row_and_byte_for_byte(ends: Ends) -> None:
    before = rows_of_folder(ends.filled.data)
    assert all(before[name] for name in before if name != "garbage"), {n for n in before if not before[n]}
    moved = ok(ends.there())
    assert moved["rows"] == {table.name: len(before[table.name]) for table in MOVED}
    assert rows_of_database(ends.database) == before
    second = ends.root / "second" / "data"
    second.mkdir(parents=True)
    ok(ends.back(second))
    assert rows_of_folder(second) == before
    # A blob that nothing names any more is not moved.
    named = {row[4] for row in before["blobs"]}
    assert files_of(second) == {name: data for name, data in files_of(ends.filled.data).items() if name in named}
    assert audit_of(second) == audit_of(ends.filled.data)
    assert (second / "callback.key").read_bytes() == (ends.filled.data / "callback.key").read_bytes()


def test_everything_works_there_and_back(ends: Ends) -> None:
    ok(ends.there())
    gateway = ends.gateway()
    gateway.start()
    try:
        check_reads(ends.filled, gateway)
        use_up(ends.filled, gateway)
        check_reads(ends.filled, gateway)
        is_whole(gateway)
        refused(ends.back(ends.root / "second" / "data"), "processes serve")
    finally:
        gateway.finish()
    (ends.root / "second").mkdir()
    ok(ends.back(ends.root / "second" / "data"))
    home = Server(ends.root / "second", **ends.settings)
    home.start()
    try:
        check_reads(ends.filled, home)
        is_whole(home)
    finally:
        assert home.finish().returncode == 0
    with pytest.raises(AssertionError, match="was moved to"):
        ends.gateway().start()


def test_killed_anywhere_it_goes_on(ends: Ends) -> None:
    before = rows_of_folder(ends.filled.data)
    chance = random.Random(SEED)  # noqa: S311 - which steps are cut
    for way in ("there", "back"):
        second = ends.root / "second" / "data"
        second.mkdir(parents=True, exist_ok=True)
        kills = 0
        for _ in range(KILLS):
            point = chance.choice(["move.step", "move.step", "blob.written"] if "file" in ends.bytes else ["move.step"])
            crash = {"ENTREPOT_CRASH_AT": f"{point}:{chance.randint(1, 4)}"}
            done = ends.there(**crash) if way == "there" else ends.back(second, **crash)
            if done.returncode == 0:
                break
            assert done.returncode == -9, done.stdout + done.stderr
            kills += 1
            if kills <= 2:  # neither end is served meanwhile
                with pytest.raises(AssertionError, match=r"unfinished target|was moved to|being moved"):
                    (ends.gateway() if kills % 2 else Server(ends.root / "first", **ends.settings)).start()
        ok(ends.there() if way == "there" else ends.back(second))
        assert kills > 3
    assert rows_of_folder(second) == before
    assert audit_of(second) == audit_of(ends.filled.data)
    home = Server(second.parent, **ends.settings)
    home.start()
    try:
        check_reads(ends.filled, home)
        use_up(ends.filled, home)
    finally:
        assert home.finish().returncode == 0


def test_what_is_there_is_not_moved_again(on_files: Ends) -> None:
    size = sum(row[2] for row in rows_of_folder(on_files.filled.data)["blobs"])
    steps = len(MOVED) + 2  # both marks, and the tables up to objects: all bytes are there
    assert on_files.there(ENTREPOT_CRASH_AT=f"move.step:{steps}").returncode == -9
    times = {path: path.stat().st_mtime_ns for path in (on_files.root / "bytes").glob("blobs/*/*")}
    assert times
    done = on_files.there()
    ok(done)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert size > 0
    assert events[-2]["what"] == "done"
    assert events[-2]["bytes"] == events[-2]["of_bytes"] == 0
    assert times == {path: path.stat().st_mtime_ns for path in (on_files.root / "bytes").glob("blobs/*/*")}
    assert ok(on_files.there())["was_done"] is True


def test_a_folder_that_is_served_is_not_moved(on_files: Ends) -> None:
    server = Server(on_files.root / "first", **on_files.settings)
    server.start()
    try:
        refused(on_files.there(), "a server works on")
        check_reads(on_files.filled, server)
    finally:
        server.stop()
    ok(on_files.there())


def test_a_target_that_is_not_empty_is_refused(on_files: Ends, folder: Filled) -> None:
    gateway = on_files.gateway()
    gateway.start()
    gateway.finish()
    refused(on_files.there(), "is not empty", "accounts")
    on_files.database = empty_database()
    (on_files.root / "bytes" / "blobs" / "00").mkdir(parents=True, exist_ok=True)
    (on_files.root / "bytes" / "blobs" / "00" / "00f").write_bytes(b"another's")
    refused(on_files.there(), "one place belongs to one index")
    home = Server(on_files.root / "first", **on_files.settings)
    home.start()  # nothing was changed
    home.stop()


def test_a_place_that_is_another_indexs_is_refused_before_anything_is_changed(ends: Ends, folder: Filled) -> None:
    """Though nothing lies there: whose it is would remove what it does not know."""
    theirs = Ends(ends.root / "theirs", folder)
    theirs.bytes, theirs.settings = ends.bytes, ends.settings
    other = theirs.gateway()
    other.start()
    other.finish()
    refused(ends.there(), "belong to another index")
    home = Server(ends.root / "first", **ends.settings)
    home.start()  # nothing was changed
    home.stop()


def test_the_place_is_the_targets_before_that_is_served(ends: Ends, folder: Filled) -> None:
    assert ends.there(ENTREPOT_CRASH_AT="move.step:4").returncode == -9
    theirs = Ends(ends.root / "theirs", folder)
    theirs.bytes, theirs.settings = ends.bytes, ends.settings
    for _ in ("while it is moved", "afterwards"):
        with pytest.raises(AssertionError, match="belong to another index"):
            theirs.gateway().start()
        ok(ends.there())
    gateway = ends.gateway()
    gateway.start()
    try:
        check_reads(ends.filled, gateway)
    finally:
        gateway.finish()


def test_another_master_key_is_refused(on_files: Ends) -> None:
    on_files.settings["ENTREPOT_MASTER_KEY"] = base64.b64encode(secrets.token_bytes(32)).decode()
    refused(on_files.there(), "master key")
    del on_files.settings["ENTREPOT_MASTER_KEY"]
    refused(on_files.there(), "no master key", "ENTREPOT_MASTER_KEY", status=2)
    home = Server(on_files.root / "first")
    home.start()
    home.stop()


def test_a_password_is_not_taken_on_the_command_line(on_files: Ends) -> None:
    on_files.database = on_files.database.replace("postgres@", "postgres:secret@")
    refused(on_files.there(), "ENTREPOT_INDEX_PASSWORD", status=2)


def test_an_end_is_named_by_a_settings_file(on_files: Ends) -> None:
    file = on_files.root / "cluster.toml"
    key = on_files.settings.pop("ENTREPOT_MASTER_KEY")
    file.write_text(f'index = "{on_files.database}"\nblobs = "{on_files.bytes}"\nmaster_key = "{key}"\n')
    ok(on_files.run("move", "--from", on_files.data, "--to", str(file), "--json"))
    second = on_files.root / "second"
    refused(on_files.run("move", "--from", str(file), "--to", str(second)), "master.key", status=2)
    shutil.copy(on_files.filled.data / "master.key", second)
    ok(on_files.run("move", "--from", str(file), "--to", str(second), "--json"))


def test_what_was_moved_is_not_served_until_that_is_undone(on_files: Ends) -> None:
    ok(on_files.there())
    home = Server(on_files.root / "first", **on_files.settings)
    with pytest.raises(AssertionError, match="was moved to"):
        home.start()
    for words in (("bucket", "list"), ("sweep",), ("key", "list"), ("secrets", "rotate")):
        done = on_files.run(*words, "--data", on_files.data, ENTREPOT_NEXT_MASTER_KEY=_some_key())
        refused(done, "was moved to")
    on_files.bytes += "-other"
    refused(on_files.run("move", "--from", on_files.data, "--to", empty_database(), "--to-blobs", on_files.bytes),
            "--undo")  # fmt: skip
    assert on_files.run("move", "--from", on_files.data, "--undo").returncode == 0
    home.start()
    try:
        check_reads(on_files.filled, home)
    finally:
        home.finish()


def test_a_move_that_is_given_up_needs_an_empty_target(on_files: Ends) -> None:
    assert on_files.there(ENTREPOT_CRASH_AT="move.step:6").returncode == -9
    refused(on_files.run("bucket", "list", "--data", on_files.data), "is being moved to", "--undo")
    assert on_files.run("move", "--from", on_files.data, "--undo").returncode == 0
    refused(on_files.there(), "another move")
    on_files.database = empty_database()
    shutil.rmtree(on_files.root / "bytes", ignore_errors=True)
    ok(on_files.there())


def test_damaged_bytes_are_not_moved(on_files: Ends) -> None:
    path = max(on_files.filled.data.glob("blobs/*/*"), key=lambda path: path.stat().st_size)
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)
    refused(on_files.there(), path.name, "fsck")
    assert not [there for there in (on_files.root / "bytes").glob("blobs/*/*") if there.name == path.name]


def test_a_gateway_that_was_asleep_serves_no_more(on_files: Ends) -> None:
    """It had been stopped for longer than its lease when its index was moved away."""
    ok(on_files.there())
    gateway = on_files.gateway()
    gateway.start()
    try:
        check_reads(on_files.filled, gateway)
        gateway.signal(signal.SIGSTOP)
        shared_postgres().sql(
            "UPDATE leases SET until = now() - interval '1 hour'", on_files.database.rpartition("/")[2]
        )
        ok(on_files.back(on_files.root / "second" / "data"))
        gateway.signal(signal.SIGCONT)
        with pytest.raises(AssertionError, match="503"):
            check_reads(on_files.filled, gateway)
        client = gateway.client()
        assert client.send("GET", "/-/readyz").status == 503
        client.close()
    finally:
        gateway.signal(signal.SIGCONT)
        gateway.stop()


def _some_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _columns() -> Iterator[tuple[str, str]]:
    for table in MOVED:
        assert len(set(table.by)) == len(table.by)
        for column in table.columns:
            yield table.name, column


def test_every_table_and_column_of_the_shared_index_is_declared(on_files: Ends) -> None:
    database = on_files.database.rpartition("/")[2]
    listed = shared_postgres().sql(
        "SELECT table_name || ' ' || column_name FROM information_schema.columns WHERE table_schema = 'public'",
        database,
    )
    found = {(line.split()[0], line.split()[1]) for line in listed.splitlines()}
    declared = {(table, RENAMED.get((table, column), column)) for table, column in _columns()}
    declared |= {(table, column) for table, columns in DERIVED.items() for column in columns}
    assert {one for one in found if one[0] not in REMADE.keys() | LEFT.keys()} == declared
    assert {table for table, _ in found} == {table for table, _ in declared} | REMADE.keys() | LEFT.keys()
    sequences = shared_postgres().sql("SELECT sequencename FROM pg_sequences", database).split()
    assert sorted(sequences) == ["blob_numbers", "buckets_id_seq"]
    assert sorted(NUMBERED) == ["blobs", "buckets"]
