"""The recorder of a server in dev mode: what is kept and what is not, bounds, several workers. Source: issue 14 §2."""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from entrepot.admin.dev_names import ADMIN_KEY
from entrepot.testing.calls import Calls, KitError

from .bucket import Bucket
from .client import DEV, get
from .server import Server

LARGE = b"".join(hashlib.sha256(b"%d" % number).digest() for number in range(9000))
"""Without a period."""


@pytest.fixture(params=[1, 2])
def bucket(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Bucket]:
    """A bucket on a server of its own, of one process and of two."""
    yield from serving(tmp_path, "--workers", str(request.param))


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Bucket]:
    """The same, of one process."""
    yield from serving(tmp_path)


def serving(folder: Path, *options: str) -> Iterator[Bucket]:
    """A server with a bucket."""
    server = Server(folder, *options)
    server.start()
    made = Bucket(server=server, name=server.make_bucket(DEV.appid), client=server.client())
    yield made
    made.client.close()
    done = server.finish()
    assert done.returncode == 0, done.stdout + done.stderr


def calls(bucket: Bucket) -> Calls:
    """The server's admin API."""
    return Calls(bucket.server.address, ADMIN_KEY)


def written(bucket: Bucket, out: Path, *options: str, asked: Callable[[], None]) -> str:
    """The transcript of what was asked, by the command, which runs another command meanwhile."""
    going, done = out.with_suffix(".going"), out.with_suffix(".done")
    script = (
        f"import pathlib, time\npathlib.Path({str(going)!r}).touch()\n"
        f"while not pathlib.Path({str(done)!r}).exists(): time.sleep(0.01)\n"
    )
    found: list[Any] = []
    command = ["record", "--out", str(out), *options, "--", sys.executable, "-c", script]
    thread = Thread(target=lambda: found.append(bucket.server.run(*command)))
    thread.start()
    try:
        while not going.exists() and thread.is_alive():
            thread.join(0.01)
        asked()
    finally:
        done.touch()
        thread.join()
    assert found[0].returncode == 0, found[0].stderr
    return out.read_text("utf-8")


def test_what_is_kept_and_replayed(bucket: Bucket, tmp_path: Path) -> None:
    def ask() -> None:
        for number in range(8):
            fresh = bucket.fresh()
            fresh.put(f"/small{number}", b"hello %d" % number)
            fresh.client.close()
        bucket.put("/large", LARGE)
        assert bucket.content("/large") == LARGE
        assert bucket.ask(get("stat", "/missing")).code == -197

    out = tmp_path / "t.txt"
    text = written(bucket, out, asked=ask)
    assert text.startswith("entrepot transcript 1\nrecorded 20")
    assert text.count("\n== ") == 11
    starts = [line.split()[2] for line in text.splitlines() if line.startswith("== ")]
    assert starts == sorted(starts)
    assert '{"code":0,"message":"SUCCESS"' in text
    assert ">%: hello 3" in text
    assert DEV.secret.decode() not in text
    digest = hashlib.sha256(LARGE).hexdigest()
    assert [one.name for one in (tmp_path / "t.txt.bodies").iterdir()] == [digest]
    assert f"<@ {len(LARGE)} {digest}" in text
    assert "\n!: object-missing: " in text

    done = bucket.server.run("replay", str(out), "--to", bucket.server.address, "--keys", str(keys(tmp_path)))
    assert done.stdout.splitlines()[-1] == "11 sent, 0 different", done.stdout
    bucket.delete("/large")
    done = bucket.server.run(
        "replay", str(out), "--to", bucket.server.address, "--keys", str(keys(tmp_path)), "--only", "/ReadObject"
    )
    assert done.returncode == 1
    assert "10 cos_json ReadObject GET (line " in done.stdout
    assert "    status: recorded '200', came '404'" in done.stdout
    assert done.stdout.endswith("1 sent, 1 different, 10 not sent\n")


def keys(folder: Path) -> Path:
    """A file of keys."""
    path = folder / "keys.json"
    told = {"key_id": DEV.key_id, "secret": DEV.secret.decode(), "account": str(DEV.appid)}
    path.write_text(json.dumps({"1": told}))
    return path


def test_what_cannot_be_kept_is_told(alone: Bucket, tmp_path: Path) -> None:
    secret = "QWxhZGRpbjpvcGVuIHNlc2FtZQ-a-secret-in-a-wrong-place"

    def ask() -> None:
        alone.ask(get("stat", "/a", sign=secret))  # what is no signature at all
        alone.ask(get("stat", "/a", sign=f"AWS {secret}:c2lnbmF0dXJlIG9mIHNvbWVib2R5"))
        alone.client.send("GET", f"/{alone.host_name}/x?sign={secret}&token={secret}", headers=[("Cookie", secret)])

    text = written(alone, tmp_path / "t.txt", asked=ask)
    assert secret not in text
    assert text.count("\nskip its ") >= 1
    assert text.count("\n== ") == 3


def test_bounds(alone: Bucket, tmp_path: Path) -> None:
    def ask() -> None:
        for number in range(5):
            alone.put(f"/{number}", b"x")

    text = written(alone, tmp_path / "few.txt", "--exchanges", "3", asked=ask)
    assert text.count("\n== ") == 3

    def large() -> None:
        alone.put("/small", b"x")
        alone.put("/large", LARGE)
        alone.put("/small", b"y")

    text = written(alone, tmp_path / "short.txt", "--bytes", "100000", asked=large)
    assert text.count("\n== ") == 2
    assert "\nleft out 1\n" in text
    assert not (tmp_path / "short.txt.bodies").exists()


def test_one_recording_at_a_time(alone: Bucket) -> None:
    admin = calls(alone)
    try:
        assert admin.get("/dev/recording") == {"on": False, "id": None, "files": []}
        first = admin.post("/dev/recording")
        assert first["on"]
        with pytest.raises(KitError, match="a recording goes on already"):
            admin.post("/dev/recording")
        alone.put("/a", b"x")
        kept = admin.post("/dev/recording/stop")["files"]
        assert [one["name"].partition(".")[2] for one in kept] == ["lines"]
        piece = admin.get(f"/dev/recording/parts?file={kept[0]['name']}&begin=0")["base64"]
        assert json.loads(base64.b64decode(piece))["operation"] == "PutObject"
        with pytest.raises(KitError, match="the recording has no file"):
            admin.get("/dev/recording/parts?file=..%2F..%2Fmaster.key")
        alone.put("/b", b"x")
        assert admin.get("/dev/recording")["files"] == kept, "nothing is kept behind the end"
        assert admin.call("DELETE", "/dev/recording")["files"] == []
        folder = alone.server.data / "run" / "captures"
        assert not folder.exists()
        admin.post("/dev/recording")
    finally:
        admin.close()
    alone.put("/c", b"x")
    assert list(folder.rglob("*.lines"))
    alone.client.close()
    alone.server.stop()
    alone.server.start()
    assert not folder.exists(), "a server that starts has no recording"
    alone.client = alone.server.client()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 0: a transcript begins with"),
        ("entrepot transcript 2\n", "line 1: a transcript begins with 'entrepot transcript 1'"),
        ("entrepot transcript 1\nfoo\n", "line 2: 'foo' is none of"),
        ("entrepot transcript 1\n\n== x\n", "line 3: '== x' does not begin an exchange"),
    ],
)
def test_a_transcript_that_cannot_be_read(alone: Bucket, tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "bad.txt"
    path.write_text(text)
    done = alone.server.run("replay", str(path), "--to", alone.server.address, "--keys", str(keys(tmp_path)))
    assert done.returncode == 1
    assert told in done.stderr
    assert "docs/recording.md" in done.stderr
