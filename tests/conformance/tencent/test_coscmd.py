"""coscmd, by its command line: `http_proxy` in the environment leads it to the server.

Each command is a process that takes more than a second whatever it does, so those that do not depend on each
other run together. Source for its habits: wire facts of Tencent Cloud §9 (Content-MD5, x-cos-meta-md5, a HEAD
before each download and copy), and its source: parts only above 20 MiB (`multiupload_threshold`).
"""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from conformance.conftest import Sample, Server, require
from conformance.server import KEY_ID, SECRET, environment
from conformance.setup_sdks import python_of
from conformance.tencent.conftest import etag
from conformance.tencent.interruption import PartRelay, arrived, check_resumed, kill_in_the_middle
from conformance.tencent.wire import REGION, Cos, code_of, full, host

pytestmark = pytest.mark.conformance

PLAIN = "coscmd"
COMMAND = [str(python_of("tencent").with_name("coscmd"))]
COMMAND_SECONDS = 120
AT_ONCE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a command ended."""

    code: int
    text: str


class Coscmd:
    """The tool with a home folder of its own; `options` come before the command (`-b`, `-r`)."""

    def __init__(self, home: Path, address: str) -> None:
        self.home = home
        self.env = environment({"HOME": str(home), "http_proxy": address})

    def configure(self, *more: str, bucket: str = full(PLAIN), secret: str = SECRET) -> None:
        """Write `.cos.conf` by the tool's own command."""
        known = ["-a", KEY_ID, "-s", secret, "-b", bucket, "--do-not-use-ssl", "--retry", "1", *more]
        if "-e" not in more:
            known += ["-r", REGION]
        assert self("config", *known).code == 0

    def also(self, name: str, value: object) -> None:
        """Add a setting that the command `config` does not know."""
        with (self.home / ".cos.conf").open("a") as settings:
            settings.write(f"{name} = {value}\n")

    def __call__(self, *words: str) -> Done:
        """Run one command to its end."""
        done = subprocess.run(
            [*COMMAND, *words],
            env=self.env,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=COMMAND_SECONDS,
        )
        return Done(code=done.returncode, text=done.stdout)

    def ok(self, *commands: Sequence[str]) -> list[str]:
        """Run these together; each must succeed; what each printed."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            ended = list(pool.map(lambda words: self(*words), commands))
        for words, done in zip(commands, ended, strict=True):
            assert done.code == 0, (words, done.text)
        return [done.text for done in ended]

    def fails(self, *commands: Sequence[str]) -> list[str]:
        """Run these together; each must fail; what each printed."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            ended = list(pool.map(lambda words: self(*words), commands))
        for words, done in zip(commands, ended, strict=True):
            assert done.code != 0, (words, done.text)
        return [done.text for done in ended]


@pytest.fixture(scope="module")
def make(server: Server, cos: Cos, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Coscmd]:
    """Makes the tool with a fresh home folder."""
    require("tencent")
    cos.make(PLAIN)

    def made(address: str = server.address) -> Coscmd:
        return Coscmd(tmp_path_factory.mktemp("coscmd"), address)

    return made


@pytest.fixture(scope="module")
def coscmd(make: Callable[..., Coscmd]) -> Coscmd:
    """The tool, configured."""
    tool = make()
    tool.configure()
    return tool


def test_files(coscmd: Coscmd, cos: Cos, sample: Callable[..., Sample]) -> None:
    file, key = sample(3_000), "up/spa ce+中文.txt"
    headers = "{'Content-Type':'text/x-a','Cache-Control':'max-age=9','x-cos-meta-colour':'blue'}"
    coscmd.ok(["upload", str(file.path), key, "-H", headers], ["upload", str(file.path), "up/a./b/../c.txt"])
    answer = cos("GET", PLAIN, key)
    assert answer.body == file.content
    assert answer.headers["content-type"] == "text/x-a"
    assert answer.headers["cache-control"] == "max-age=9"
    assert answer.headers["x-cos-meta-colour"] == "blue"
    assert answer.headers["x-cos-meta-md5"] == hashlib.md5(file.content).hexdigest()
    listing, info, *_ = coscmd.ok(
        ["list", "-r", "up/"], ["info", key], ["download", key, "one"], ["download", "up/a./b/../c.txt", "two"]
    )
    assert key in listing
    assert "up/a./b/../c.txt" in listing
    assert "Files size: 6000" in listing
    for shown in ("3000", etag(file.content), "text/x-a", "x-cos-meta-md5"):
        assert shown in info
    assert (coscmd.home / "one").read_bytes() == (coscmd.home / "two").read_bytes() == file.content
    coscmd.ok(["delete", "-f", key])
    assert "NoSuchResource" in coscmd.fails(["info", key])[0]


def test_folders(coscmd: Coscmd, cos: Cos) -> None:
    folder = coscmd.home / "folder"
    names = ("a b+c.txt", "per%cent.txt", "quote'\".txt", ".dots", "😀.txt", "子/c d.txt")
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    assert "6 files uploaded" in coscmd.ok(["upload", "-r", str(folder), "tree"])[0]
    again, listing, down, copied = coscmd.ok(
        ["upload", "-rs", str(folder), "tree"],
        ["list", "tree/"],
        ["download", "-r", "tree/", "back"],
        ["copy", "-r", f"{host(PLAIN)}/tree/", "tree2/"],
    )
    assert "0 files uploaded, 6 files skipped" in again
    assert "tree/子/" in listing
    assert "c d.txt" not in listing
    assert "6 files downloaded" in down
    assert "6 files copied" in copied
    for name in names:
        assert (coscmd.home / "back" / name).read_text() == name
        assert cos.stored(PLAIN, f"tree2/{name}") == name.encode()
    for text in coscmd.ok(["delete", "-rf", "tree/"], ["delete", "-rf", "tree2/"]):
        assert "6 files successful, 0 files failed" in text
    assert "Files num: 0" in coscmd.ok(["list", "-r", "tree"])[0]


def test_copy_and_move(coscmd: Coscmd, cos: Cos) -> None:
    cos.make("coscmd-copies")
    headers = {"Content-Type": "text/x-a"}
    for key in ("from 源.txt", "moved.txt"):
        cos("PUT", PLAIN, key, body=key.encode(), headers=headers)
    source = f"{host(PLAIN)}/from 源.txt"
    elsewhere = ["-b", full("coscmd-copies"), "-r", REGION]
    replaced = ["-d", "Replaced", "-H", "{'Content-Type':'text/x-b'}"]
    coscmd.ok(
        ["copy", source, "copy.txt"],
        [*elsewhere, "copy", source, "copy.txt"],
        [*elsewhere, "copy", source, "replaced.txt", *replaced],
        ["move", f"{host(PLAIN)}/moved.txt", "to/moved.txt"],
    )
    for bucket in (PLAIN, "coscmd-copies"):
        answer = cos("GET", bucket, "copy.txt")
        assert (answer.body, answer.headers["content-type"]) == ("from 源.txt".encode(), "text/x-a")
    assert cos("GET", "coscmd-copies", "replaced.txt").headers["content-type"] == "text/x-b"
    assert cos.stored(PLAIN, "to/moved.txt") == b"moved.txt"
    assert cos("HEAD", PLAIN, "moved.txt").status == 404
    coscmd.ok(["copy", source, "from 源.txt", *replaced])  # onto itself
    assert cos("GET", PLAIN, "from 源.txt").headers["content-type"] == "text/x-b"
    assert "NoSuch" in coscmd.fails(["copy", f"{host(PLAIN)}/missing", "x.txt"])[0]


def test_urls(coscmd: Coscmd, cos: Cos) -> None:
    cos("PUT", PLAIN, "signed 签.txt", body=b"content")
    good, expired = coscmd.ok(["signurl", "signed 签.txt"], ["signurl", "signed 签.txt", "-t", "-100"])
    url, late = (re.search(r"http://[^'\s]+", text) for text in (good, expired))
    assert url is not None
    assert late is not None
    assert urlsplit(url[0]).netloc == host(PLAIN)
    assert cos.follow(url[0]).body == b"content"
    assert code_of(cos.follow(late[0])) == (403, "AccessDenied")


def test_buckets(coscmd: Coscmd, cos: Cos) -> None:
    fresh = ["-b", full("coscmd-fresh"), "-r", REGION]
    coscmd.ok([*fresh, "createbucket"])
    assert cos("HEAD", "coscmd-fresh").status == 200
    cos("PUT", "coscmd-fresh", "a", body=b"x")
    refused, again = coscmd.fails([*fresh, "deletebucket"], [*fresh, "createbucket"])
    assert "BucketNotEmpty" in refused
    assert "BucketAlready" in again
    assert cos("POST", "coscmd-fresh", "b", query={"uploads": ""}).status == 200
    coscmd.ok([*fresh, "deletebucket", "-f"])  # aborts and deletes what is in it first
    assert cos("HEAD", "coscmd-fresh").status == 404
    for text in coscmd.fails([*fresh, "list"], [*fresh, "upload", str(coscmd.home / ".cos.conf"), "a"]):
        assert "NoSuchBucket" in text


def test_access_control(coscmd: Coscmd, cos: Cos) -> None:
    cos.make("coscmd-open")
    cos("PUT", PLAIN, "open.txt", body=b"content")
    cos("PUT", "coscmd-open", "open.txt", body=b"content")
    there = ["-b", full("coscmd-open"), "-r", REGION]
    coscmd.ok(
        ["putobjectacl", "open.txt", "--grant-read", "anyone"], [*there, "putbucketacl", "--grant-read", "anyone"]
    )
    for bucket in (PLAIN, "coscmd-open"):
        assert cos("GET", bucket, "open.txt", signed=False).body == b"content"
    for text in coscmd.ok(["getobjectacl", "open.txt"], [*there, "getbucketacl"]):
        assert "anyone: READ" in text or "anyone:anyone: READ" in text


def test_uploads_in_parts_are_listed_and_aborted(coscmd: Coscmd, cos: Cos) -> None:
    for key in ("parts/a", "parts/b"):
        assert cos("POST", PLAIN, key, query={"uploads": ""}).status == 200
    assert "Parts num: 2" in coscmd.ok(["listparts", "parts/"])[0]
    assert "2 files successful, 0 files failed" in coscmd.ok(["abort", "parts/"])[0]
    assert "Parts num: 0" in coscmd.ok(["listparts", "parts/"])[0]


def test_a_wrong_secret(make: Callable[..., Coscmd], cos: Cos) -> None:
    tool = make()
    tool.configure(secret="entrepot-wrong-secret")
    own = str(tool.home / ".cos.conf")
    text, _ = tool.fails(["upload", own, "wrong"], ["list"])
    assert "SignatureDoesNotMatch" in text
    assert cos("HEAD", PLAIN, "wrong").status == 404


def test_an_endpoint(make: Callable[..., Coscmd], cos: Cos) -> None:
    tool = make()
    tool.configure("-e", f"cos.{REGION}.example.test")
    tool.ok(["upload", str(tool.home / ".cos.conf"), "by endpoint.txt"])
    assert b"example.test" in cos.stored(PLAIN, "by endpoint.txt")
    assert "by endpoint.txt" in tool.ok(["list"])[0]


def test_100_mib_resumed_after_a_kill(make: Callable[..., Coscmd], cos: Cos, server: Server, big: Sample) -> None:
    key, parts = "big/large file+大.bin", 25
    with PartRelay(server.port) as relay:
        tool = make(relay.address)
        tool.configure("-p", "4")
        for name in ("multiupload_threshold", "multidownload_threshold"):
            tool.also(name, 20)
        upload = ["upload", str(big.path), "big/"]
        kill_in_the_middle([*COMMAND, *upload], env=tool.env, cwd=tool.home, lines=(), relay=relay, parts=9)
        assert cos("HEAD", PLAIN, key).status == 404
        _, before = arrived(cos, PLAIN, key, at_least=3)
        relay.forget()
        tool.ok(upload)
        check_resumed(relay, before, parts)
    head = cos("HEAD", PLAIN, key).headers
    assert head["etag"].endswith(f'-{parts}"')
    assert head["x-cos-meta-md5"] == hashlib.md5(big.content).hexdigest()
    tool.env["http_proxy"] = server.address
    tool.ok(["download", key, "back.bin"])
    assert (tool.home / "back.bin").read_bytes() == big.content
    (tool.home / "back.bin").unlink()
    cos("DELETE", PLAIN, key)
