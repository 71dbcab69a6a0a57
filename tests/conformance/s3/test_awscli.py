"""awscli: `aws s3` as people use it, `aws s3api` as scripts do."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.conftest import Sample
from conformance.driver import Driver
from conformance.plain_http import request
from conformance.relay import Relay
from conformance.s3.calls import MIB, Client
from conformance.s3.commands import Aws
from conformance.s3.conftest import AWS_HOST
from conformance.s3.tls_relay import TlsRelay
from conformance.s3.web import code
from conformance.server import BUCKET, KEY_ID, SECRET, Server

pytestmark = pytest.mark.conformance

KEYS = {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET}
SETTINGS = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_MAX_ATTEMPTS": "1", "AWS_DEFAULT_OUTPUT": "json"}


@pytest.fixture(scope="module")
def aws_driver(starting: Callable[..., Driver], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    """awscli with the development account; few parts at a time, so that a broken upload lacks some."""
    config = tmp_path_factory.mktemp("aws-config") / "config"
    config.write_text("[default]\ns3 =\n  max_concurrent_requests = 3\n", "ascii")
    with starting("aws", **{**SETTINGS, **KEYS, "AWS_CONFIG_FILE": str(config)}) as driver:
        yield driver


@pytest.fixture(scope="module")
def aws(aws_driver: Driver, server: Server) -> Aws:
    """awscli on the server, path style because the endpoint is an address."""
    return Aws(aws_driver, server.address)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with files whose names are not easy."""
    top = tmp_path / "tree"
    for name in ("a.txt", "with space+plus.txt", "文件/图 é.bin", "deep/er/%41.html", "empty"):
        file = top / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name.encode() if name != "empty" else b"")
    return top


def relative(top: Path) -> dict[str, bytes]:
    """Paths and contents below a folder."""
    return {path.relative_to(top).as_posix(): path.read_bytes() for path in top.rglob("*") if path.is_file()}


def test_buckets(aws: Aws) -> None:
    aws("s3", "mb", "s3://s3-aws-life")
    assert {BUCKET, "s3-aws-life"} <= {line.split()[-1] for line in aws("s3", "ls").out.splitlines()}
    assert aws("s3api", "head-bucket", "--bucket", "s3-aws-life")
    place = aws("s3api", "get-bucket-location", "--bucket", "s3-aws-life").json()
    assert "LocationConstraint" in place
    aws("s3api", "put-object", "--bucket", "s3-aws-life", "--key", "k")
    assert "BucketNotEmpty" in aws.failed("s3", "rb", "s3://s3-aws-life")
    aws("s3", "rb", "--force", "s3://s3-aws-life")
    assert "404" in aws.failed("s3api", "head-bucket", "--bucket", "s3-aws-life")
    assert "NoSuchBucket" in aws.failed("s3", "ls", "s3://s3-aws-life")


def test_files_and_folders(aws: Aws, s3: Client, tree: Path, tmp_path: Path, top: str) -> None:
    where = f"s3://{BUCKET}/{top}"
    aws("s3", "cp", str(tree / "a.txt"), f"{where}一.txt", "--content-type", "text/x-a", "--metadata", "a=1")
    head = s3("head_object", Bucket=BUCKET, Key=f"{top}一.txt")
    assert (head["ContentType"], head["Metadata"]) == ("text/x-a", {"a": "1"})
    aws("s3", "cp", f"{where}一.txt", f"{where}二.txt")
    aws("s3", "mv", f"{where}二.txt", f"{where}三.txt")
    aws("s3", "cp", f"{where}三.txt", str(tmp_path / "three"))
    assert (tmp_path / "three").read_bytes() == b"a.txt"

    aws("s3", "sync", str(tree), f"{where}tree/")
    listed = aws("s3", "ls", "--recursive", f"{where}tree/").out
    assert all(name in listed for name in relative(tree))
    assert "PRE tree/" in aws("s3", "ls", where).out
    back = tmp_path / "back"
    aws("s3", "sync", f"{where}tree/", str(back))
    assert relative(back) == relative(tree)
    assert aws("s3", "sync", str(tree), f"{where}tree/", "--size-only").out == "", "nothing to do"
    (tree / "a.txt").unlink()
    assert aws("s3", "sync", str(tree), f"{where}tree/", "--delete", "--size-only").out.startswith("delete:")
    aws("s3", "rm", "--recursive", where)
    assert s3("list_objects_v2", Bucket=BUCKET, Prefix=top)["KeyCount"] == 0
    assert "404" in aws.failed("s3", "cp", f"{where}gone", str(tmp_path / "gone"))


def test_presigned(aws: Aws, s3: Client, top: str) -> None:
    s3("put_object", Bucket=BUCKET, Key=f"{top}文 a.txt", Body=b"presigned")
    url = aws("s3", "presign", f"s3://{BUCKET}/{top}文 a.txt", "--expires-in", "60").out.strip()
    assert request("GET", url).body == b"presigned"
    short = aws("s3", "presign", f"s3://{BUCKET}/{top}文 a.txt", "--expires-in", "1").out.strip()
    time.sleep(2.1)
    assert code(request("GET", short)) == ("AccessDenied", 403)


def test_calls(aws: Aws, s3: Client, tmp_path: Path, top: str) -> None:
    body, key = tmp_path / "body", f"{top}k"
    body.write_bytes(b"0123456789")
    at = ("--bucket", BUCKET, "--key", key)
    put = aws("s3api", "put-object", *at, "--body", str(body), "--tagging", "a=1", "--checksum-algorithm", "SHA256")
    assert put.json()["ETag"] == f'"{hashlib.md5(b"0123456789").hexdigest()}"'
    assert put.json()["ChecksumSHA256"]
    got = aws("s3api", "get-object", *at, "--range", "bytes=2-4", str(tmp_path / "part")).json()
    assert ((tmp_path / "part").read_bytes(), got["ContentRange"]) == (b"234", "bytes 2-4/10")
    assert "InvalidRange" in aws.failed("s3api", "get-object", *at, "--range", "bytes=10-", str(tmp_path / "x"))
    assert "PreconditionFailed" in aws.failed("s3api", "put-object", *at, "--if-none-match", "*")
    assert aws("s3api", "get-object-tagging", *at).json()["TagSet"] == [{"Key": "a", "Value": "1"}]
    aws("s3api", "put-object-acl", *at, "--acl", "public-read")
    assert len(aws("s3api", "get-object-acl", *at).json()["Grants"]) == 2
    aws("s3api", "copy-object", "--bucket", BUCKET, "--key", f"{key}2", "--copy-source", f"{BUCKET}/{key}")
    pages = aws("s3api", "list-objects-v2", "--bucket", BUCKET, "--prefix", top, "--page-size", "1").json()
    assert [item["Key"] for item in pages["Contents"]] == [key, f"{key}2"]
    many = json.dumps({"Objects": [{"Key": key}, {"Key": f"{key}2"}]})
    assert len(aws("s3api", "delete-objects", "--bucket", BUCKET, "--delete", many).json()["Deleted"]) == 2
    assert "NoSuchKey" in aws.failed("s3api", "get-object", *at, str(tmp_path / "x"))
    versioning = "Status=Enabled"
    refused = aws.failed("s3api", "put-bucket-versioning", "--bucket", BUCKET, "--versioning-configuration", versioning)
    assert "NotImplemented" in refused


def test_a_hundred_megabytes_broken_off_and_taken_up_again(
    aws: Aws, aws_driver: Driver, s3: Client, server: Server, hundred: Sample, top: str, tmp_path: Path
) -> None:
    key, size = f"{top}hundred.bin", 8 * MIB
    with Relay(server.port, cut_after=6) as relay:
        Aws(aws_driver, relay.address).failed("s3", "cp", "--quiet", str(hundred.path), f"s3://{BUCKET}/{key}")
    found = aws("s3api", "list-multipart-uploads", "--bucket", BUCKET, "--prefix", key).json()
    at = ("--bucket", BUCKET, "--key", key, "--upload-id", found["Uploads"][0]["UploadId"])
    listed = (aws("s3api", "list-parts", *at).json() or {}).get("Parts", [])
    parts = {part["PartNumber"]: part["ETag"] for part in listed}
    assert 1 <= len(parts) < 12
    body = tmp_path / "part"
    for number, start in enumerate(range(0, len(hundred.content), size), 1):
        if number not in parts:
            body.write_bytes(hundred.content[start : start + size])
            sent = aws("s3api", "upload-part", *at, "--part-number", str(number), "--body", str(body))
            parts[number] = sent.json()["ETag"]
    whole = {"Parts": [{"PartNumber": number, "ETag": parts[number]} for number in sorted(parts)]}
    aws("s3api", "complete-multipart-upload", *at, "--multipart-upload", json.dumps(whole))
    back = tmp_path / "back.bin"
    aws("s3", "cp", "--quiet", f"s3://{BUCKET}/{key}", str(back))
    with back.open("rb") as file:
        assert hashlib.file_digest(file, "sha1").hexdigest() == hundred.sha
    s3("delete_object", Bucket=BUCKET, Key=key)


def test_over_https_with_trailers(
    aws: Aws, aws_driver: Driver, s3: Client, server: Server, sample: Callable[..., Sample], top: str, tmp_path: Path
) -> None:
    file = sample(9 * MIB)
    with TlsRelay(server.port, tmp_path) as relay:
        tls = Aws(aws_driver, relay.address)
        tls("s3", "cp", "--quiet", "--ca-bundle", str(relay.pem), str(file.path), f"s3://{BUCKET}/{top}a.bin")
        tls("s3", "cp", "--quiet", "--ca-bundle", str(relay.pem), f"s3://{BUCKET}/{top}a.bin", str(tmp_path / "b"))
    assert (tmp_path / "b").read_bytes() == file.content


def test_virtual_hosts(starting: Callable[..., Driver], server: Server, s3: Client, tree: Path, top: str) -> None:
    proxy = {"HTTP_PROXY": server.address, **SETTINGS, **KEYS}
    with starting("aws", **proxy) as driver:
        aws = Aws(driver, AWS_HOST)
        aws("s3", "cp", "--quiet", str(tree / "a.txt"), f"s3://{BUCKET}/{top}文 a.txt")
        assert "a.txt" in aws("s3", "ls", f"s3://{BUCKET}/{top}").out
        assert BUCKET in aws("s3", "ls").out
    assert s3("get_object", Bucket=BUCKET, Key=f"{top}文 a.txt")["Body"] == b"a.txt"


def test_a_wrong_secret(starting: Callable[..., Driver], server: Server) -> None:
    wrong = {**KEYS, "AWS_SECRET_ACCESS_KEY": "not-the-secret"}
    with starting("aws", **SETTINGS, **wrong) as driver:
        aws = Aws(driver, server.address)
        assert "SignatureDoesNotMatch" in aws.failed("s3", "ls", f"s3://{BUCKET}/")
        assert "SignatureDoesNotMatch" in aws.failed("s3api", "put-object", "--bucket", BUCKET, "--key", "k")
