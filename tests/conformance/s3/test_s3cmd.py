"""s3cmd: both signature versions, its own taking up of broken uploads."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.conftest import Sample, require
from conformance.plain_http import request
from conformance.relay import Relay
from conformance.s3.calls import MIB, Client
from conformance.s3.commands import Command
from conformance.s3.conftest import alone
from conformance.s3.web import code
from conformance.server import BUCKET, KEY_ID, SECRET, Server
from conformance.setup_sdks import python_of

pytestmark = pytest.mark.conformance

NAMES = ("a.txt", "with space+plus.txt", "文件/图 é.bin", "deep/er/%41.html", "empty")


@pytest.fixture
def making(tmp_path: Path) -> Callable[..., Command]:
    """Makes an s3cmd that talks to that port."""

    def make(port: int, *more: str, secret: str = SECRET) -> Command:
        require("s3")
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        config = home / f"s3cfg-{port}-{len(secret)}"
        lines = ["[default]", f"access_key = {KEY_ID}", f"secret_key = {secret}", "use_https = False"]
        lines += [f"host_base = 127.0.0.1:{port}", f"host_bucket = 127.0.0.1:{port}", "max_retries = 1"]
        config.write_text("\n".join([*lines, "multipart_max_chunks = 10000", ""]), "utf-8")
        script = python_of("s3").with_name("s3cmd")
        words = [str(python_of("s3")), str(script), "-c", str(config), "--no-progress", *more]
        return Command(words, env=alone(home), cwd=home)

    return make


@pytest.fixture(params=["v4", "v2"])
def s3cmd(request: pytest.FixtureRequest, making: Callable[..., Command], server: Server) -> Command:
    """s3cmd with either signature version."""
    return making(server.port, *(["--signature-v2"] if request.param == "v2" else []))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with files whose names are not easy."""
    top = tmp_path / "tree"
    for name in NAMES:
        file = top / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"" if name == "empty" else name.encode())
    return top


def test_buckets(s3cmd: Command, tree: Path, request: pytest.FixtureRequest) -> None:
    name = f"s3cmd-{request.node.callspec.id}"
    s3cmd("mb", f"s3://{name}")
    assert {f"s3://{BUCKET}", f"s3://{name}"} <= {line.split()[-1] for line in s3cmd("ls").out.splitlines()}
    s3cmd("put", str(tree / "a.txt"), f"s3://{name}/k")
    assert "BucketNotEmpty" in s3cmd.failed("rb", f"s3://{name}")
    s3cmd("rb", "--recursive", f"s3://{name}")
    assert "NoSuchBucket" in s3cmd.failed("ls", f"s3://{name}")


def test_files_and_folders(s3cmd: Command, s3: Client, tree: Path, tmp_path: Path, top: str) -> None:
    where = f"s3://{BUCKET}/{top}"
    s3cmd("put", str(tree / "a.txt"), f"{where}一 b+c.txt", "--mime-type=text/x-a", "--add-header=x-amz-meta-a:1")
    head = s3("head_object", Bucket=BUCKET, Key=f"{top}一 b+c.txt")
    assert (head["ContentType"], head["Metadata"]["a"]) == ("text/x-a", "1")
    assert re.search(r"MD5 sum: +" + hashlib.md5(b"a.txt").hexdigest(), s3cmd("info", f"{where}一 b+c.txt").out)
    s3cmd("cp", f"{where}一 b+c.txt", f"{where}二.txt")
    s3cmd("mv", f"{where}二.txt", f"{where}三.txt")
    s3cmd("get", f"{where}三.txt", str(tmp_path / "three"))
    assert (tmp_path / "three").read_bytes() == b"a.txt"
    s3cmd("modify", "--add-header=Cache-Control:no-store", f"{where}三.txt")
    head = s3("head_object", Bucket=BUCKET, Key=f"{top}三.txt")
    assert (head["CacheControl"], head["Metadata"]["a"]) == ("no-store", "1"), "a copy onto itself with other headers"
    s3cmd("setacl", "--acl-public", f"{where}三.txt")
    assert "anon" in s3cmd("info", f"{where}三.txt").out

    s3cmd("sync", f"{tree}/", f"{where}tree/")
    listed = s3cmd("ls", "--recursive", f"{where}tree/").out
    assert all(name in listed for name in NAMES)
    assert "DIR" in s3cmd("ls", where).out
    (tmp_path / "back").mkdir()
    s3cmd("sync", f"{where}tree/", f"{tmp_path / 'back'}/")
    assert {name: (tmp_path / "back" / name).read_bytes() for name in NAMES} == {
        name: (tree / name).read_bytes() for name in NAMES
    }
    assert "upload:" not in s3cmd("sync", f"{tree}/", f"{where}tree/").out, "nothing to do"
    (tree / "a.txt").unlink()
    assert "delete:" in s3cmd("sync", "--delete-removed", f"{tree}/", f"{where}tree/").out
    s3cmd("del", "--recursive", "--force", where)
    assert s3("list_objects_v2", Bucket=BUCKET, Prefix=top)["KeyCount"] == 0
    assert "does not exist" in s3cmd.failed("get", "--force", f"{where}gone", str(tmp_path / "gone"))


def test_settings_of_buckets(
    making: Callable[..., Command], server: Server, bucket: str, s3: Client, tmp_path: Path
) -> None:
    s3cmd = making(server.port)
    s3cmd("expire", "--expiry-days=3", "--expiry-prefix=logs/", f"s3://{bucket}")
    (rule,) = s3("get_bucket_lifecycle_configuration", Bucket=bucket)["Rules"]
    assert rule["Expiration"]["Days"] == 3
    assert "logs/" in s3cmd("getlifecycle", f"s3://{bucket}").out
    s3cmd("dellifecycle", f"s3://{bucket}")
    cors = tmp_path / "cors.xml"
    cors.write_text(
        "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod>"
        "<AllowedOrigin>https://a.example.com</AllowedOrigin></CORSRule></CORSConfiguration>"
    )
    s3cmd("setcors", str(cors), f"s3://{bucket}")
    assert s3("get_bucket_cors", Bucket=bucket)["CORSRules"][0]["AllowedOrigins"] == ["https://a.example.com"]
    s3cmd("delcors", f"s3://{bucket}")
    s3cmd("setacl", "--acl-public", f"s3://{bucket}")
    assert len(s3("get_bucket_acl", Bucket=bucket)["Grants"]) == 2
    s3cmd("setacl", "--acl-private", f"s3://{bucket}")
    assert len(s3("get_bucket_acl", Bucket=bucket)["Grants"]) == 1


def test_presigned(making: Callable[..., Command], server: Server, s3: Client, top: str) -> None:
    """s3cmd presigns with version 2 only."""
    s3cmd, key = making(server.port), f"{top}文 a.txt"
    s3("put_object", Bucket=BUCKET, Key=key, Body=b"presigned")
    url = s3cmd("signurl", f"s3://{BUCKET}/{key}", "+60").out.strip()
    assert request("GET", url).body == b"presigned"
    short = s3cmd("signurl", f"s3://{BUCKET}/{key}", "+1").out.strip()
    time.sleep(2.1)
    assert code(request("GET", short)) == ("AccessDenied", 403)


def test_parts(s3cmd: Command, s3: Client, sample: Callable[..., Sample], tmp_path: Path, top: str) -> None:
    file, where = sample(11 * MIB), f"s3://{BUCKET}/{top}大.bin"
    s3cmd("put", "--multipart-chunk-size-mb=5", str(file.path), where)
    s3cmd("get", where, str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == file.content
    s3cmd("cp", "--multipart-chunk-size-mb=5", where, f"{where}.copy")
    assert s3("head_object", Bucket=BUCKET, Key=f"{top}大.bin.copy")["ContentLength"] == len(file.content)


def test_a_hundred_megabytes_broken_off_and_taken_up_again(
    making: Callable[..., Command], server: Server, s3: Client, hundred: Sample, top: str, tmp_path: Path
) -> None:
    key = f"{top}hundred.bin"
    where, words = f"s3://{BUCKET}/{key}", ("--multipart-chunk-size-mb=8", str(hundred.path))
    s3cmd = making(server.port)
    with Relay(server.port, cut_after=6) as relay:
        making(relay.port if hasattr(relay, "port") else int(relay.address.rpartition(":")[2])).failed(
            "put", *words, where
        )
    listed = s3cmd("multipart", f"s3://{BUCKET}").out
    (upload,) = [line.split()[-1] for line in listed.splitlines() if f"{key}\t" in line]
    parts = [line.split() for line in s3cmd("listmp", where, upload).out.splitlines() if line.endswith(str(8 * MIB))]
    assert 1 <= len(parts) < 12
    said = s3cmd("put", "--continue-put", f"--upload-id={upload}", *words, where, "-v").text
    assert said.count("size and md5sum match") >= len(parts), said[-2000:]
    assert s3.refused("list_parts", Bucket=BUCKET, Key=key, UploadId=upload) == ("NoSuchUpload", 404)
    s3cmd("get", where, str(tmp_path / "back"))
    with (tmp_path / "back").open("rb") as file:
        assert hashlib.file_digest(file, "sha1").hexdigest() == hundred.sha
    s3("delete_object", Bucket=BUCKET, Key=key)


def test_uploads_that_were_left(making: Callable[..., Command], server: Server, s3: Client, bucket: str) -> None:
    s3cmd = making(server.port)
    upload = s3("create_multipart_upload", Bucket=bucket, Key="left 文")["UploadId"]
    s3("upload_part", Bucket=bucket, Key="left 文", UploadId=upload, PartNumber=1, Body=b"x")
    assert upload in s3cmd("multipart", f"s3://{bucket}").out
    s3cmd("abortmp", f"s3://{bucket}/left 文", upload)
    assert "Uploads" not in s3("list_multipart_uploads", Bucket=bucket)


def test_a_wrong_secret(making: Callable[..., Command], server: Server, tree: Path, top: str) -> None:
    for more in ([], ["--signature-v2"]):
        wrong = making(server.port, *more, secret="not-the-secret")
        assert "SignatureDoesNotMatch" in wrong.failed("ls", f"s3://{BUCKET}/{top}")
        assert wrong.run("put", str(tree / "a.txt"), f"s3://{BUCKET}/{top}a").status != 0
