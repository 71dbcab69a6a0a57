"""doctor/place, doctor/kept: the data folder, its file system, and what is kept there."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from entrepot.adapters.sqlite.schema import MIGRATIONS
from entrepot.doctor import place
from unit.commands import run_command

from .world import MOUNTS, World, new_world

Spoil = Callable[[World], Any]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A machine on which all is well."""
    return new_world(tmp_path)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a key."""
    data = tmp_path_factory.mktemp("kept") / "data"
    assert run_command("account", "create", "--data", str(data)).exit_code == 0
    assert run_command("key", "create", "--data", str(data)).exit_code == 0
    return data


@pytest.fixture
def used(world: World, prepared: Path) -> World:
    """The same with a data folder that has an index."""
    shutil.rmtree(world.data)
    shutil.copytree(prepared, world.data)
    world.data.chmod(0o700)
    return world


def mounted(line: str) -> Spoil:
    return lambda world: world.write("proc/self/mountinfo", MOUNTS + line.replace("DATA", str(world.data)))


def with_database(world: World, *statements: str) -> None:
    """Change the index as nobody else would."""
    import apsw

    connection = apsw.Connection(str(world.data / "index.db"))
    for statement in statements:
        connection.execute(statement).fetchall()
    connection.close()


def space(**changes: int) -> Any:
    """What a file system says of its room."""
    values = {
        "f_bsize": 4096, "f_frsize": 4096, "f_blocks": 1 << 24, "f_bfree": 1 << 23, "f_bavail": 1 << 23,
        "f_files": 1 << 20, "f_ffree": 1 << 19, "f_favail": 1 << 19, "f_flag": 0, "f_namemax": 255,
    } | changes  # fmt: skip
    return os.statvfs_result(tuple(values.values()))


def test_a_folder_that_is_well(used: World) -> None:
    names = (
        "data folder", "file system", "durability", "file names", "file sharing", "index", "master key",
        "private files", "renewal", "server",
    )  # fmt: skip
    before = sorted(used.data.rglob("*"))
    found = {name: used.found(name) for name in names}
    assert {name: one and one.verdict for name, one in found.items()} == dict.fromkeys(names, "ok"), found
    assert sorted(used.data.rglob("*")) == before


def test_a_folder_that_is_not_there_yet(world: World) -> None:
    world.data.rmdir()
    for name in ("data folder", "file system", "master key"):
        found = world.found(name)
        assert found is not None
        assert found.verdict == "ok", found
    for name in ("index", "durability", "file names", "private files", "server"):
        assert world.found(name) is None
    assert not world.data.exists()


def test_a_folder_that_cannot_be_made(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.data.rmdir()
    monkeypatch.setattr(os, "access", lambda *_: False)
    found = world.found("data folder")
    assert found is not None
    assert (found.verdict, "cannot be made in" in found.to_do) == ("fail", True)


@pytest.mark.parametrize(
    ("spoil", "verdict", "to_do"),
    [
        (lambda world: world.data.chmod(0o755), "warn", "chmod 700"),
        (lambda world: world.change(user=12345), "warn", "as the folder's owner"),
        (lambda world: (world.data.rmdir(), world.data.touch()), "fail", "another --data"),
    ],
)
def test_a_folder_that_is_not_as_it_should_be(world: World, spoil: Spoil, verdict: str, to_do: str) -> None:
    spoil(world)
    found = world.found("data folder")
    assert found is not None
    assert (found.verdict, to_do in found.to_do) == (verdict, True), found


def test_a_folder_in_which_this_user_may_not_work(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    found = world.found("data folder")
    assert found is not None
    assert (found.verdict, "chown -R" in found.to_do) == ("fail", True)


@pytest.mark.parametrize(
    ("line", "given", "verdict", "seen"),
    [
        ("40 22 0:50 / DATA rw,relatime - nfs4 host:/x rw,vers=4.2\n", {}, "fail", "nfs4 at"),
        (
            "40 22 0:50 / DATA rw - cifs //host/x rw\n", {"index": "postgresql://entrepot@db/entrepot"}, "warn", "cifs",
        ),
        ("40 22 0:50 / DATA rw - overlay overlay rw,lowerdir=/x\n", {}, "warn", "overlay"),
        ("40 22 0:50 / DATA rw - tmpfs tmpfs rw\n", {}, "warn", "tmpfs"),
        ("40 22 0:50 / DATA rw - tmpfs tmpfs rw\n", {"dev": True}, "ok", "tmpfs"),
        ("40 22 8:2 / DATA ro,relatime - xfs /dev/sdb rw\n", {}, "fail", "read-only"),
        ("40 22 8:2 / DATA rw,relatime - ext4 /dev/sdb rw,nobarrier\n", {}, "warn", "without barriers"),
        ("40 22 8:2 / DATA rw,relatime - xfs /dev/sdb rw\n", {}, "ok", "xfs at"),
        ("40 22 8:2 / DATA/blobs rw - nfs host:/x rw\n", {}, "ok", "ext4 at /"),
        ("garbage\n", {}, "ok", "ext4 at /"),
    ],
)  # fmt: skip
def test_file_systems(world: World, line: str, given: dict[str, Any], verdict: str, seen: str) -> None:
    mounted(line)(world)
    world.given.update(given)
    found = world.found("file system")
    assert found is not None
    assert (found.verdict, seen in found.seen) == (verdict, True), found


@pytest.mark.parametrize(
    ("changes", "verdict", "seen"),
    [
        ({}, "ok", "32.0 of 64.0 GiB free, 524288 inodes"),
        ({"f_files": 0, "f_favail": 0}, "ok", "GiB free"),
        ({"f_bavail": 0}, "fail", "0.0 of"),
        ({"f_favail": 0}, "fail", "0 inodes"),
        ({"f_bavail": 1 << 17}, "warn", "0.5 of"),
        ({"f_favail": 900}, "warn", "900 inodes"),
    ],
)
def test_room(world: World, monkeypatch: pytest.MonkeyPatch, changes: dict[str, int], verdict: str, seen: str) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _: space(**changes))
    found = world.found("room")
    assert found is not None
    assert (found.verdict, seen in found.seen) == (verdict, True), found


def test_a_disk_that_does_not_sync(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", failing)
    found = world.found("durability")
    assert found is not None
    assert (found.verdict, found.seen) == ("fail", "Input/output error")
    assert list(world.data.iterdir()) == []


def test_a_disk_that_syncs_slowly() -> None:
    assert place.judged_syncs(0.5).verdict == "warn"
    assert place.judged_syncs(0.002).verdict == "ok"


def test_names_that_are_not_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    exists, touch = Path.exists, Path.touch
    monkeypatch.setattr(Path, "exists", lambda path: path.name == "case" or exists(path))
    found = world.found("file names")
    assert found is not None
    assert found.verdict == "fail"
    monkeypatch.setattr(Path, "exists", exists)

    def short(path: Path, *more: Any) -> None:
        if len(path.name) > 143:
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
        touch(path, *more)

    monkeypatch.setattr(Path, "touch", short)
    found = world.found("file names")
    assert found is not None
    assert found.verdict == "warn"
    assert list(world.data.iterdir()) == []


def test_a_file_system_without_links(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(Path, "hardlink_to", refused)
    found = world.found("file sharing")
    assert found is not None
    assert (found.verdict, "hard links" in found.seen) == ("fail", True)


@pytest.mark.parametrize(
    ("spoil", "verdict", "said"),
    [
        (lambda world: with_database(world, f"PRAGMA user_version = {len(MIGRATIONS) + 1}"), "fail", "upgrade"),
        (lambda world: with_database(world, "PRAGMA user_version = 1"), "warn", "back up first"),
        (lambda world: with_database(world, "PRAGMA journal_mode = DELETE"), "warn", "WAL"),
        (lambda world: (world.data / "index.db").write_bytes(b"no index" * 100), "fail", "backup"),
        (lambda world: (world.data / "index.db-wal").write_bytes(b"x" * 5000), "warn", "read"),
        (
            lambda world: with_database(
                world,
                "INSERT INTO notes (account, collection, key, value) VALUES (0, 'move', 'mark',"
                """ CAST('{"id":"1","role":"source","other":"postgresql://db/x","done":true}' AS BLOB))""",
            ),
            "fail", "moved to",
        ),
    ],
)  # fmt: skip
def test_an_index_that_is_not_well(used: World, spoil: Spoil, verdict: str, said: str) -> None:
    spoil(used)
    before = {path: path.stat().st_mtime_ns for path in used.data.iterdir() if path.is_file()}
    found = used.found("index")
    assert found is not None
    assert (found.verdict, said in found.to_do) == (verdict, True), found
    assert {path: path.stat().st_mtime_ns for path in used.data.iterdir() if path.is_file()} == before


def test_an_index_that_a_crash_left_is_read_with_its_log(used: World) -> None:
    script = (
        "import apsw, os, sys; c = apsw.Connection(sys.argv[1]);"
        "c.execute('PRAGMA user_version = 99'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(used.data / "index.db")], check=False)
    assert (used.data / "index.db-wal").stat().st_size > 0
    found = used.found("index")
    assert found is not None
    assert (found.verdict, "schema 99" in found.seen) == ("fail", True)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda world: (world.data / "master.key").unlink(), "put it back"),
        (lambda world: (world.data / "master.key").chmod(0o644), "readable by its user alone"),
        (lambda world: (world.data / "master.key").write_text("c2hvcnQ=\n"), "sealed this index"),
        (lambda world: (world.data / "master.key").write_text("x" * 43 + "=\n"), "sealed this index"),
    ],
)
def test_a_master_key_that_does_not_fit(used: World, spoil: Spoil, said: str) -> None:
    spoil(used)
    found = used.found("master key")
    assert found is not None
    assert (found.verdict, said in found.to_do) == ("fail", True), found


def test_the_master_key_of_a_database(world: World) -> None:
    world.given.update(index="postgresql://entrepot@db/entrepot")
    world.notes["sealed"] = ("word", b"something sealed")
    found = world.found("master key")
    assert found is not None
    assert found.verdict == "fail"


def test_a_folder_of_dev_mode_is_not_for_others(used: World, tmp_path: Path) -> None:
    def told() -> tuple[str, str]:
        found = used.found("dev mode")
        assert found is not None
        return found.verdict, found.to_do

    assert told() == ("ok", "")
    used.notes.clear()
    words = ("key", "create", "--id", "entrepot-dev-id", "--secret-file", "-", "--data", str(used.data))
    assert run_command(*words, given="some-other-secret-of-dev").exit_code == 0
    verdict, to_do = told()
    assert (verdict, "entrepot key delete entrepot-dev-id" in to_do) == ("fail", True)
    used.given.update(dev=True)
    assert told() == ("ok", "")


def test_files_that_others_read(used: World) -> None:
    (used.data / "index.db").chmod(0o644)
    found = used.found("private files")
    assert found is not None
    assert (found.verdict, "chmod 600 index.db" in found.to_do) == ("fail", True)


def test_a_renewal_that_was_cut_or_is_under_way(used: World) -> None:
    (used.data / "master.key.next").write_text("x")
    found = used.found("renewal")
    assert found is not None
    assert (found.verdict, "secrets rotate" in found.to_do) == ("warn", True)
    used.lock(used.data / "run" / "master-key.lock", 77)
    found = used.found("renewal")
    assert found is not None
    assert (found.verdict, "being moved" in found.seen) == ("warn", True)
    used.lock(used.data / "run" / "master-key.lock", 77, "READ")
    found = used.found("renewal")
    assert found is not None
    assert "cut" in found.seen


class _Own(BaseHTTPRequestHandler):
    """What a server says at ``/-/readyz``."""

    status, text = 200, "ready\n"

    def do_GET(self) -> None:
        body = self.text.encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def served(used: World) -> Iterator[World]:
    """A data folder whose server answers."""
    server = HTTPServer(("127.0.0.1", 0), _Own)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    used.lock(used.data / "run" / "server.lock", 77)
    used.process(77, "entrepot", "serve")
    (used.data / "run" / "address").write_text(f"http://127.0.0.1:{server.server_port}\n")
    used.given.update(port=server.server_port)
    try:
        yield used
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "text", "verdict", "said"),
    [
        (200, "ready\n", "ok", "process 77 (entrepot)"),
        (200, "ready\nthis machine's clock is 9 s behind the store's\n", "warn", "clock"),
        (503, "draining\n", "fail", "draining"),
    ],
)
def test_what_the_server_says_of_itself(
    served: World, monkeypatch: pytest.MonkeyPatch, status: int, text: str, verdict: str, said: str
) -> None:
    monkeypatch.setattr(_Own, "status", status)
    monkeypatch.setattr(_Own, "text", text)
    found = served.found("server")
    assert found is not None
    assert (found.verdict, said in found.seen + found.to_do) == (verdict, True), found
    port = served.found("port")
    assert port is not None
    assert (port.verdict, "own server" in port.seen) == ("ok", True)


def test_a_server_that_does_not_answer(used: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    used.lock(used.data / "run" / "server.lock", 77)
    found = used.found("server")
    assert found is not None
    assert (found.verdict, "wrote no address" in found.seen) == ("warn", True)
    (used.data / "run" / "address").write_text(f"http://127.0.0.1:{port}\n")
    found = used.found("server")
    assert found is not None
    assert (found.verdict, "does not answer" in found.seen) == ("fail", True)
