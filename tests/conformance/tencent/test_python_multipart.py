"""cos-python-sdk-v5: uploads in parts; 100 MiB with the client killed in the middle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.conftest import Sample, Server
from conformance.server import KEY_ID, SECRET, environment
from conformance.tencent.conftest import PYTHON_SDK, PythonSdk
from conformance.tencent.interruption import PartRelay, arrived, check_resumed, kill_in_the_middle
from conformance.tencent.wire import REGION, Cos, full

pytestmark = pytest.mark.conformance

MIB = 1 << 20
PLAIN = "py-parts"
HERE = full(PLAIN)


@pytest.fixture(scope="module", autouse=True)
def _bucket(cos: Cos) -> None:
    cos.make(PLAIN)


class Upload:
    """One upload in parts, call by call."""

    def __init__(self, python: PythonSdk, key: str, **headers: object) -> None:
        self._python = python
        begun = python("create_multipart_upload", Bucket=HERE, Key=key, **headers)
        assert (begun["Bucket"], begun["Key"]) == (HERE, key)
        self.subject = {"Bucket": HERE, "Key": key, "UploadId": begun["UploadId"]}

    def part(self, number: int, text: str) -> dict[str, object]:
        """Send one part; what completing wants of it."""
        reply = self._python("upload_part", **self.subject, PartNumber=number, Body={"text": text})
        assert reply["ETag"] == f'"{hashlib.md5(text.encode()).hexdigest()}"'
        assert reply["x-cos-hash-crc64ecma"]
        return {"PartNumber": number, "ETag": reply["ETag"]}

    def complete(self, *parts: dict[str, object]) -> Any:
        """Put the object together."""
        return self._python("complete_multipart_upload", **self.subject, MultipartUpload={"Part": list(parts)})

    def refused(self, *parts: dict[str, object]) -> tuple[int, str]:
        """How completing with these parts is refused."""
        asked = {"MultipartUpload": {"Part": list(parts)}}
        return self._python.refused("complete_multipart_upload", **self.subject, **asked)


def joined_etag(*parts: str) -> str:
    """The ETag of an object put together from these texts."""
    digests = b"".join(hashlib.md5(part.encode()).digest() for part in parts)
    return f'"{hashlib.md5(digests).hexdigest()}-{len(parts)}"'


def test_step_by_step(python: PythonSdk, tmp_path: Path) -> None:
    key, one, two = "步/step by+step.txt", "1" * MIB, "2" * 10
    upload = Upload(python, key, ContentType="text/plain", Metadata={"x-cos-meta-colour": "blue"})
    assert python("object_exists", Bucket=HERE, Key=key) is False
    first = upload.part(1, "to be replaced")
    first = upload.part(1, one)
    second = upload.part(2, two)

    parts = python("list_parts", **upload.subject)
    assert [(part["PartNumber"], part["Size"], part["ETag"]) for part in parts["Part"]] == [
        ("1", str(MIB), first["ETag"]),
        ("2", "10", second["ETag"]),
    ]
    assert (parts["Key"], parts["IsTruncated"], parts["UploadId"]) == (key, "false", upload.subject["UploadId"])
    page = python("list_parts", **upload.subject, MaxParts=1)
    assert (len(page["Part"]), page["IsTruncated"], page["NextPartNumberMarker"]) == (1, "true", "1")
    page = python("list_parts", **upload.subject, MaxParts=1, PartNumberMarker=1)
    assert ([part["PartNumber"] for part in page["Part"]], page["IsTruncated"]) == (["2"], "false")

    done = upload.complete(first, second)
    assert (done["Bucket"], done["Key"], done["ETag"]) == (HERE, key, joined_etag(one, two))
    whole = tmp_path / "whole"
    whole.write_text(one + two)
    assert done["x-cos-hash-crc64ecma"] == python("crc64", path=str(whole))
    head = python("head_object", Bucket=HERE, Key=key)
    assert (head["ETag"], head["Content-Length"]) == (joined_etag(one, two), str(MIB + 10))
    assert (head["Content-Type"], head["x-cos-meta-colour"]) == ("text/plain", "blue")
    assert head["x-cos-hash-crc64ecma"] == done["x-cos-hash-crc64ecma"]


def test_listing_uploads_and_aborting(python: PythonSdk) -> None:
    uploads = [Upload(python, f"listed/{name}") for name in ("a", "b/c", "b/d", "甲+ 乙")]
    newest = Upload(python, "listed/a")

    def listed(**arguments: object) -> Any:
        return python("list_multipart_uploads", Bucket=HERE, Prefix="listed/", **arguments)

    page = listed()
    keys = [upload["Key"] for upload in page["Upload"]]
    assert keys == ["listed/a", "listed/a", "listed/b/c", "listed/b/d", "listed/甲+ 乙"]
    ids = [upload["UploadId"] for upload in page["Upload"]]
    assert ids[:2] == [uploads[0].subject["UploadId"], newest.subject["UploadId"]], "the newest of a key comes last"
    assert page["IsTruncated"] == "false"
    page = listed(Delimiter="/")
    assert [entry["Prefix"] for entry in page["CommonPrefixes"]] == ["listed/b/"]
    assert len(page["Upload"]) == 3

    found, marker = [], {}
    for _ in range(6):
        page = listed(MaxUploads=2, **marker)
        found += [upload["UploadId"] for upload in page.get("Upload", [])]
        if page["IsTruncated"] == "false":
            break
        marker = {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}
    assert found == ids

    for upload in (*uploads, newest):
        python("abort_multipart_upload", **upload.subject)
        assert python.refused("list_parts", **upload.subject) == (404, "NoSuchUpload")
    assert "Upload" not in listed()
    assert python.refused("abort_multipart_upload", **newest.subject) == (404, "NoSuchUpload")


def test_completing_with_what_cannot_be(python: PythonSdk) -> None:
    upload = Upload(python, "cannot.txt")
    small, big, end = upload.part(1, "small"), upload.part(2, "x" * MIB), upload.part(3, "end")
    assert upload.refused(small, big) == (400, "EntityTooSmall")
    assert upload.refused(end, big) == (400, "InvalidPartOrder")
    assert upload.refused({**big, "ETag": '"0123456789abcdef0123456789abcdef"'}) == (400, "InvalidPart")
    assert upload.refused(big, {"PartNumber": 9, "ETag": end["ETag"]}) == (400, "InvalidPart")
    for number in (0, 10001):
        wrong = {**upload.subject, "PartNumber": number, "Body": {"text": "x"}}
        assert python.refused("upload_part", **wrong) == (400, "InvalidArgument")
    wrong = {**upload.subject, "PartNumber": 4, "Body": {"text": "x"}, "ContentMD5": "1B2M2Y8AsgTpgAmY7PhCfg=="}
    assert python.refused("upload_part", **wrong) == (400, "BadDigest")
    assert python("object_exists", Bucket=HERE, Key="cannot.txt") is False
    assert upload.complete(big, end)["ETag"] == joined_etag("x" * MIB, "end")
    assert python.refused("list_parts", **upload.subject) == (404, "NoSuchUpload")


def test_parts_copied_from_another_object(python: PythonSdk) -> None:
    text = "".join(chr(97 + n) * MIB for n in range(3)) + "tail"
    python("put_object", Bucket=HERE, Key="source 源.txt", Body={"text": text})
    source = {"Bucket": HERE, "Key": "source 源.txt", "Region": REGION}
    upload = Upload(python, "parts.txt")
    ranged = {"CopySource": source, "CopySourceRange": f"bytes={MIB}-{2 * MIB - 1}"}
    copied = python("upload_part_copy", **upload.subject, PartNumber=1, **ranged)
    assert copied["ETag"] == f'"{hashlib.md5(b"b" * MIB).hexdigest()}"'
    upload.complete({"PartNumber": 1, "ETag": copied["ETag"]}, upload.part(2, "end"))
    got = python("get_object", Bucket=HERE, Key="parts.txt")
    assert got["Body"]["md5"] == hashlib.md5(b"b" * MIB + b"end").hexdigest()


def test_a_copy_from_another_region_in_parts(python: PythonSdk, server: Server) -> None:
    python.configure(Proxies={"http": server.address}, CopyThreshold=MIB)
    text = "abc" * MIB + "tail"
    python("put_object", Bucket=HERE, Key="far.txt", Body={"text": text})
    source = {"Bucket": HERE, "Key": "far.txt", "Region": "ap-shanghai"}
    python("copy", Bucket=HERE, Key="near.txt", CopySource=source, PartSize=1)
    got = python("get_object", Bucket=HERE, Key="near.txt")
    assert got["Body"]["md5"] == hashlib.md5(text.encode()).hexdigest()
    assert got["ETag"].endswith('-4"')


def test_from_a_stream(python: PythonSdk, sample: Callable[..., Sample]) -> None:
    file = sample(2 * MIB + 7)
    upload = {"Body": {"file": str(file.path)}, "PartSize": 1, "MaxBufferSize": 2}
    python("upload_file_from_buffer", Bucket=HERE, Key="stream.bin", **upload)
    got = python("get_object", Bucket=HERE, Key="stream.bin")
    assert got["Body"]["md5"] == hashlib.md5(file.content).hexdigest()


def test_100_mib_resumed_by_another_process(
    python: PythonSdk, cos: Cos, server: Server, big: Sample, tmp_path: Path
) -> None:
    key, parts = "大/large file+.bin", 20
    upload = {"Bucket": HERE, "Key": key, "LocalFilePath": str(big.path), "PartSize": 5, "EnableMD5": True}
    with PartRelay(server.port) as relay:
        through = {"Scheme": "http", "Region": REGION, "Proxies": {"http": relay.address}}
        settings = {**through, "SecretId": KEY_ID, "SecretKey": SECRET}
        lines = [
            json.dumps({"method": name, "args": [], "kwargs": kwargs})
            for name, kwargs in (("configure", settings), ("upload_file", upload))
        ]
        where: dict[str, Any] = {"env": environment({}), "cwd": tmp_path}
        kill_in_the_middle(PYTHON_SDK, **where, lines=lines, relay=relay, parts=8)
        assert python("object_exists", Bucket=HERE, Key=key) is False
        _, before = arrived(cos, PLAIN, key, at_least=3)
        relay.forget()
        python.configure(**settings)
        done = python("upload_file", **upload)
        check_resumed(relay, before, parts)
    assert done["ETag"].endswith(f'-{parts}"')
    assert cos.parts(PLAIN, key) == {}

    python.configure(Proxies={"http": server.address})
    assert python("crc64", path=str(big.path)) == done["x-cos-hash-crc64ecma"]
    target = tmp_path / "downloaded"
    download = {"DestFilePath": str(target), "PartSize": 10, "EnableCRC": True, "DumpRecordDir": str(tmp_path)}
    python("download_file", Bucket=HERE, Key=key, **download)
    assert target.read_bytes() == big.content
    target.unlink()
    python("delete_object", Bucket=HERE, Key=key)
