"""rclone (Debian's): trees of files, its own check of what arrived, parts that are sent again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.conftest import Sample, require
from conformance.plain_http import request
from conformance.relay import Relay
from conformance.s3.calls import MIB, Client, piece
from conformance.s3.commands import Command
from conformance.s3.conftest import AWS_HOST, alone
from conformance.s3.web import code
from conformance.server import BUCKET, KEY_ID, SECRET, Server
from conformance.setup_sdks import command

pytestmark = pytest.mark.conformance

NAMES = ("a.txt", "with space+plus.txt", "文件/图 é.bin", "deep/er/%41?.html", "empty", "quo'te\" & <x>", "back\\slash")


def settings(endpoint: str, **more: str) -> dict[str, str]:
    """A remote called `at`, from the environment alone."""
    remote = {
        "TYPE": "s3",
        "PROVIDER": "Other",
        "ACCESS_KEY_ID": KEY_ID,
        "SECRET_ACCESS_KEY": SECRET,
        "REGION": "us-east-1",
        "ENDPOINT": endpoint,
        "CHUNK_SIZE": "5Mi",
        "UPLOAD_CUTOFF": "5Mi",
        **more,
    }
    return {f"RCLONE_CONFIG_AT_{name}": value for name, value in remote.items()}


@pytest.fixture
def making(tmp_path: Path) -> Callable[..., Command]:
    """Makes an rclone with a remote `at:`."""

    def make(endpoint: str, env: dict[str, str] | None = None, **more: str) -> Command:
        require("rclone")
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        whole = alone(home, RCLONE_CONFIG=str(home / "none.conf"), RCLONE_RETRIES="1", RCLONE_LOW_LEVEL_RETRIES="1")
        words = [command("rclone") or "rclone", "--use-mmap", "--stats=0"]
        return Command(words, env={**whole, **settings(endpoint, **more), **(env or {})}, cwd=home)

    return make


@pytest.fixture(params=["v4", "v2", "virtual"])
def rclone(request: pytest.FixtureRequest, making: Callable[..., Command], server: Server) -> Command:
    """rclone in each way to sign and address."""
    if request.param == "virtual":
        proxy = {"HTTP_PROXY": server.address, "http_proxy": server.address}
        return making(AWS_HOST, proxy, FORCE_PATH_STYLE="false")
    return making(server.address, V2_AUTH="true" if request.param == "v2" else "false")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with files whose names are not easy."""
    top = tmp_path / "tree"
    for name in NAMES:
        file = top / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"" if name == "empty" else name.encode())
    return top


def test_trees(rclone: Command, tree: Path, tmp_path: Path, top: str) -> None:
    where = f"at:{BUCKET}/{top}tree"
    rclone("copy", str(tree), where)
    assert sorted(rclone("lsf", "-R", "--files-only", where).out.splitlines()) == sorted(NAMES)
    items = {item["Path"]: item for item in json.loads(rclone("lsjson", "-R", where).out)}
    assert items["文件"]["IsDir"]
    assert items["a.txt"]["Size"] == len(b"a.txt")
    age = abs((tree / "a.txt").stat().st_mtime - time.time())
    assert age < 600
    rclone("check", str(tree), where)
    rclone("check", "--download", str(tree), where)
    assert rclone("cat", "--offset", "2", "--count", "3", f"{where}/a.txt").out == "txt"
    rclone("copy", where, str(tmp_path / "back"))
    for name in NAMES:
        assert (tmp_path / "back" / name).read_bytes() == (tree / name).read_bytes()

    rclone("copyto", f"{where}/a.txt", f"{where}/复制 a.txt")
    rclone("moveto", f"{where}/复制 a.txt", f"{where}/moved.txt")
    assert rclone("cat", f"{where}/moved.txt").out == "a.txt"
    rclone("sync", str(tree), where)
    assert "moved.txt" not in rclone("lsf", where).out
    rclone("deletefile", f"{where}/a.txt")
    rclone("purge", where)
    assert rclone("lsf", "-R", f"at:{BUCKET}/{top}").out == ""


def test_buckets(rclone: Command, tree: Path, request: pytest.FixtureRequest) -> None:
    name = f"rclone-{request.node.callspec.id}"
    rclone("mkdir", f"at:{name}")
    assert {BUCKET, name} <= {line.split()[-1] for line in rclone("lsd", "at:").out.splitlines()}
    rclone("copy", str(tree / "a.txt"), f"at:{name}")
    assert "not empty" in rclone.failed("rmdir", f"at:{name}").lower()
    rclone("purge", f"at:{name}")
    assert name not in rclone("lsd", "at:").out
    assert "not found" in rclone.failed("lsf", f"at:{name}").lower()


def test_links(making: Callable[..., Command], server: Server, s3: Client, top: str) -> None:
    rclone = making(server.address)
    s3("put_object", Bucket=BUCKET, Key=f"{top}文 a.txt", Body=b"linked")
    link = rclone("link", "--expire", "1m", f"at:{BUCKET}/{top}文 a.txt").out.strip()
    assert request("GET", link).body == b"linked"
    short = rclone("link", "--expire", "1s", f"at:{BUCKET}/{top}文 a.txt").out.strip()
    time.sleep(2.1)
    assert code(request("GET", short)) == ("AccessDenied", 403)


def test_parts_at_once(rclone: Command, sample: Callable[..., Sample], tmp_path: Path, top: str) -> None:
    file, where = sample(12 * MIB + 5), f"at:{BUCKET}/{top}"
    rclone("copy", str(file.path), where)
    rclone("check", "--download", str(file.path.parent), where)
    item = json.loads(rclone("lsjson", "--hash", "-M", where).out)[0]
    assert (item["Size"], item["Hashes"]["md5"]) == (len(file.content), rclone("md5sum", str(file.path)).out.split()[0])
    rclone("copyto", f"{where}/{file.path.name}", f"{where}/copy.bin")  # with its metadata, where the MD5 is
    assert json.loads(rclone("lsjson", "--hash", f"{where}/copy.bin").out)[0]["Hashes"] == item["Hashes"]


def test_a_hundred_megabytes_broken_off_and_sent_again(
    making: Callable[..., Command], server: Server, s3: Client, hundred: Sample, top: str
) -> None:
    """Which of the two rclone does hangs on where the break met it: the parts again, or all from the beginning."""
    key, whole = f"{top}hundred.bin", making(server.address)
    with Relay(server.port, cut_after=8) as relay:
        rclone = making(relay.address, {"RCLONE_LOW_LEVEL_RETRIES": "100"}, CHUNK_SIZE="8Mi")
        running = rclone.start("copyto", "--s3-upload-concurrency", "3", str(hundred.path), f"at:{BUCKET}/{key}")
        try:
            for _ in range(600):
                if relay.cut:
                    break
                time.sleep(0.05)
            assert relay.cut
            assert s3.refused("head_object", Bucket=BUCKET, Key=key)[1] == 404
            relay.heal()
            printed, _ = running.communicate(timeout=120)
        finally:
            running.kill()
            running.wait()
        assert running.returncode == 0, printed[-2000:]
        targets = [target for method, target in relay.requests if method == "POST"]
        begun = [target for target in targets if target.endswith("?uploads=")]
        assert len(begun) <= 1
        assert len([target for target in targets if "?uploadId=" in target]) == 1  # completed once
    whole("check", "--download", str(hundred.path.parent), f"at:{BUCKET}/{top}")
    whole("backend", "cleanup", f"at:{BUCKET}/{top}", "-o", "max-age=1ns")
    assert "Uploads" not in s3("list_multipart_uploads", Bucket=BUCKET, Prefix=top)
    s3("delete_object", Bucket=BUCKET, Key=key)


def test_uploads_that_were_left(
    making: Callable[..., Command], server: Server, s3: Client, bucket: str, sample: Callable[..., Sample]
) -> None:
    file, rclone = sample(6 * MIB), making(server.address)
    upload = s3("create_multipart_upload", Bucket=bucket, Key="left 文")["UploadId"]
    s3("upload_part", Bucket=bucket, Key="left 文", UploadId=upload, PartNumber=1, Body=piece(file.path, 0, 5 * MIB))
    found = json.loads(rclone("backend", "list-multipart-uploads", f"at:{bucket}").out)
    assert [(item["Key"], item["UploadId"]) for item in found[bucket]] == [("left 文", upload)]
    rclone("backend", "cleanup", f"at:{bucket}", "-o", "max-age=1ns")
    assert "Uploads" not in s3("list_multipart_uploads", Bucket=bucket)


def test_a_wrong_secret(making: Callable[..., Command], server: Server, tree: Path, top: str) -> None:
    for version in ("false", "true"):
        wrong = making(server.address, SECRET_ACCESS_KEY="not-the-secret", V2_AUTH=version)
        assert "SignatureDoesNotMatch" in wrong.failed("lsf", f"at:{BUCKET}/{top}")
        assert wrong.run("copy", str(tree / "a.txt"), f"at:{BUCKET}/{top}").status != 0
