"""boto3: checksums of every kind, as headers (HTTP) and as trailers of a chunked body (HTTPS), right and wrong."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from conformance.conftest import Sample
from conformance.driver import Driver
from conformance.s3.calls import MIB, Client, big, piece, unpack
from conformance.server import BUCKET

pytestmark = pytest.mark.conformance

ALGORITHMS = ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256")
PART = 5 * MIB


def base64_of(raw: bytes) -> str:
    """A digest as S3 spells it."""
    return base64.b64encode(raw).decode("ascii")


@pytest.fixture(scope="session")
def checksum(boto_driver: Driver) -> Callable[[str, bytes], str]:
    """Computes a checksum: by the standard library, or the two CRCs it lacks by Amazon's own."""

    def compute(name: str, content: bytes) -> str:
        match name:
            case "SHA1":
                return base64_of(hashlib.sha1(content).digest())
            case "SHA256":
                return base64_of(hashlib.sha256(content).digest())
            case "CRC32":
                return base64_of(zlib.crc32(content).to_bytes(4, "big"))
        packed = {"$bytes": base64_of(content)}
        return str(unpack(boto_driver.call("crc", name.lower(), packed)))

    return compute


@pytest.fixture(params=["http", "https"])
def either(request: pytest.FixtureRequest, s3: Client, secure: Client) -> Client:
    """boto3 with checksums in headers, and in trailers."""
    return {"http": s3, "https": secure}[request.param]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("size", [0, 1000, 300_000])
def test_a_checksum_is_kept_and_given_back(
    either: Client, top: str, sample: Callable[..., Sample], checksum: Any, algorithm: str, size: int
) -> None:
    file, key, field = sample(size), f"{top}a", f"Checksum{algorithm}"
    put = either("put_object", Bucket=BUCKET, Key=key, Body=piece(file.path, 0, size), ChecksumAlgorithm=algorithm)
    expected = checksum(algorithm, file.content)
    assert (put[field], put["ChecksumType"]) == (expected, "FULL_OBJECT")
    head = either("head_object", Bucket=BUCKET, Key=key, ChecksumMode="ENABLED")
    assert (head[field], head["ChecksumType"], head["ContentLength"]) == (expected, "FULL_OBJECT", size)
    assert field not in either("head_object", Bucket=BUCKET, Key=key)
    got = either("get_object", Bucket=BUCKET, Key=key, ChecksumMode="ENABLED")  # boto3 compares
    assert got[field] == expected
    assert got["Body"] == (big(file) if size > 65536 else file.content)
    listed = either("list_objects_v2", Bucket=BUCKET, Prefix=key)["Contents"][0]
    assert listed.get("ChecksumAlgorithm", [algorithm]) == [algorithm]


def test_without_being_asked_boto3_sends_a_crc32(either: Client, top: str, checksum: Any) -> None:
    put = either("put_object", Bucket=BUCKET, Key=f"{top}a", Body=b"default")
    assert put["ChecksumCRC32"] == checksum("CRC32", b"default")


def test_boto3_may_send_none(boto: Callable[..., Client], top: str) -> None:
    plain = boto(
        "no-checksums", request_checksum_calculation="when_required", response_checksum_validation="when_required"
    )
    plain("put_object", Bucket=BUCKET, Key=f"{top}a", Body=b"bare")
    assert plain("get_object", Bucket=BUCKET, Key=f"{top}a")["Body"] == b"bare"
    many = {"Objects": [{"Key": f"{top}a"}]}
    assert len(plain("delete_objects", Bucket=BUCKET, Delete=many)["Deleted"]) == 1


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_wrong_checksum_stores_nothing(s3: Client, top: str, checksum: Any, algorithm: str) -> None:
    key = f"{top}a"
    wrong = {f"Checksum{algorithm}": checksum(algorithm, b"other")}
    assert s3.refused("put_object", Bucket=BUCKET, Key=key, Body=b"body", **wrong) == ("BadDigest", 400)
    assert s3.refused("head_object", Bucket=BUCKET, Key=key)[1] == 404
    nonsense = {f"Checksum{algorithm}": "not base64!"}
    assert s3.refused("put_object", Bucket=BUCKET, Key=key, Body=b"body", **nonsense) == ("InvalidRequest", 400)
    upload = s3("create_multipart_upload", Bucket=BUCKET, Key=key, ChecksumAlgorithm=algorithm)["UploadId"]
    part = {"Bucket": BUCKET, "Key": key, "UploadId": upload, "PartNumber": 1, "Body": b"body"}
    assert s3.refused("upload_part", **part, **wrong) == ("BadDigest", 400)
    assert "Parts" not in s3("list_parts", Bucket=BUCKET, Key=key, UploadId=upload)
    s3("abort_multipart_upload", Bucket=BUCKET, Key=key, UploadId=upload)


def test_content_md5(s3: Client, top: str) -> None:
    key, good = f"{top}a", base64_of(hashlib.md5(b"body").digest())
    s3("put_object", Bucket=BUCKET, Key=key, Body=b"body", ContentMD5=good)
    bad = base64_of(hashlib.md5(b"other").digest())
    assert s3.refused("put_object", Bucket=BUCKET, Key=f"{key}2", Body=b"body", ContentMD5=bad) == ("BadDigest", 400)
    for text in ("nonsense", base64_of(b"short")):
        refused = s3.refused("put_object", Bucket=BUCKET, Key=f"{key}2", Body=b"body", ContentMD5=text)
        assert refused == ("InvalidDigest", 400)
    assert s3.refused("head_object", Bucket=BUCKET, Key=f"{key}2")[1] == 404


@pytest.mark.parametrize(
    ("algorithm", "kind"),
    [
        ("CRC32", "COMPOSITE"),
        ("CRC32C", "COMPOSITE"),
        ("SHA1", "COMPOSITE"),
        ("SHA256", "COMPOSITE"),
        ("CRC32", "FULL_OBJECT"),
        ("CRC32C", "FULL_OBJECT"),
        ("CRC64NVME", "FULL_OBJECT"),
    ],
)
def test_checksums_of_uploads_in_parts(
    either: Client, top: str, sample: Callable[..., Sample], checksum: Any, algorithm: str, kind: str
) -> None:
    file, key, field = sample(PART + 777), f"{top}a", f"Checksum{algorithm}"
    made = either("create_multipart_upload", Bucket=BUCKET, Key=key, ChecksumAlgorithm=algorithm, ChecksumType=kind)
    assert (made["ChecksumAlgorithm"], made["ChecksumType"]) == (algorithm, kind)
    upload = {"Bucket": BUCKET, "Key": key, "UploadId": made["UploadId"]}
    parts, raw = [], b""
    for number, at in ((1, 0), (2, PART)):
        body = file.content[at : at + PART]
        done = either(
            "upload_part", **upload, PartNumber=number, Body=piece(file.path, at, PART), ChecksumAlgorithm=algorithm
        )
        assert done[field] == checksum(algorithm, body)
        raw += base64.b64decode(done[field])
        parts.append({"PartNumber": number, "ETag": done["ETag"], field: done[field]})
    listed = either("list_parts", **upload)
    assert [part[field] for part in listed["Parts"]] == [part[field] for part in parts]

    composite = f"{checksum(algorithm, raw)}-2"
    whole = checksum(algorithm, file.content)
    expected = composite if kind == "COMPOSITE" else whole
    wrong = checksum(algorithm, b"other") + ("-2" if kind == "COMPOSITE" else "")
    ending: dict[str, Any] = {"MultipartUpload": {"Parts": parts}, "ChecksumType": kind}
    assert either.refused("complete_multipart_upload", **upload, **ending, **{field: wrong}) == ("BadDigest", 400)
    done = either("complete_multipart_upload", **upload, **ending, **{field: expected})
    assert (done[field], done["ChecksumType"]) == (expected, kind)
    head = either("head_object", Bucket=BUCKET, Key=key, ChecksumMode="ENABLED")
    assert (head[field], head["ChecksumType"]) == (expected, kind)
    assert either("get_object", Bucket=BUCKET, Key=key, ChecksumMode="ENABLED")["Body"] == big(file)


def test_kinds_that_no_upload_in_parts_can_have(s3: Client, top: str) -> None:
    for algorithm, kind in (("SHA256", "FULL_OBJECT"), ("SHA1", "FULL_OBJECT"), ("CRC64NVME", "COMPOSITE")):
        refused = s3.refused(
            "create_multipart_upload", Bucket=BUCKET, Key=f"{top}a", ChecksumAlgorithm=algorithm, ChecksumType=kind
        )
        assert refused == ("InvalidRequest", 400)


def test_a_part_checksum_that_does_not_match_what_was_sent(s3: Client, top: str, checksum: Any) -> None:
    made = s3("create_multipart_upload", Bucket=BUCKET, Key=f"{top}a", ChecksumAlgorithm="SHA256")
    upload = {"Bucket": BUCKET, "Key": f"{top}a", "UploadId": made["UploadId"]}
    done = s3("upload_part", **upload, PartNumber=1, Body=b"part", ChecksumAlgorithm="SHA256")
    bad = [{"PartNumber": 1, "ETag": done["ETag"], "ChecksumSHA256": checksum("SHA256", b"other")}]
    refused = s3.refused("complete_multipart_upload", **upload, MultipartUpload={"Parts": bad})
    assert refused == ("InvalidPart", 400)
    s3("abort_multipart_upload", **upload)


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("size", [0, 300_000])
def test_a_copy_keeps_its_checksum_or_makes_the_one_that_is_asked_for(
    s3: Client, top: str, sample: Callable[..., Sample], checksum: Any, algorithm: str, size: int, encrypted: bool
) -> None:
    """AWS, "CopyObject": the source's algorithm unless the request names one."""
    file, field = sample(size), f"Checksum{algorithm}"
    more = {"ServerSideEncryption": "AES256"} if encrypted else {}
    s3("put_object", Bucket=BUCKET, Key=f"{top}a", Body=piece(file.path, 0, size), ChecksumAlgorithm="SHA256")
    source = {"Bucket": BUCKET, "Key": f"{top}a"}
    s3("copy_object", Bucket=BUCKET, Key=f"{top}same", CopySource=source, **more)
    same = s3("head_object", Bucket=BUCKET, Key=f"{top}same", ChecksumMode="ENABLED")
    assert same["ChecksumSHA256"] == checksum("SHA256", file.content)
    asked = {"CopySource": source, "ChecksumAlgorithm": algorithm, **more}
    copied = s3("copy_object", Bucket=BUCKET, Key=f"{top}other", **asked)["CopyObjectResult"]
    got = s3("get_object", Bucket=BUCKET, Key=f"{top}other", ChecksumMode="ENABLED")
    for told in (copied, got):
        assert (told[field], told["ChecksumType"]) == (checksum(algorithm, file.content), "FULL_OBJECT")
    assert got["Body"] == (big(file) if size else b"")
    shown = {name for name in got if name.startswith("Checksum")}
    assert shown == {field, "ChecksumType"}


def test_a_copy_of_parts_has_a_checksum_of_the_whole_when_asked(
    s3: Client, top: str, sample: Callable[..., Sample], checksum: Any
) -> None:
    """A checksum of checksums does not tell the bytes; a copy is asked for one that does."""
    file, key = sample(PART + 1000), {"Bucket": BUCKET, "Key": f"{top}parts"}
    upload = {**key, "UploadId": s3("create_multipart_upload", **key, ChecksumAlgorithm="SHA256")["UploadId"]}
    parts = []
    for number, (first, length) in enumerate(((0, PART), (PART, 1000)), 1):
        body = {"Body": piece(file.path, first, length), "ChecksumAlgorithm": "SHA256"}
        done = s3("upload_part", **upload, PartNumber=number, **body)
        parts.append({"PartNumber": number, "ETag": done["ETag"], "ChecksumSHA256": done["ChecksumSHA256"]})
    s3("complete_multipart_upload", **upload, MultipartUpload={"Parts": parts})
    asked = {"CopySource": key, "ChecksumAlgorithm": "SHA256"}
    s3("copy_object", Bucket=BUCKET, Key=f"{top}whole", **asked)
    whole = s3("head_object", Bucket=BUCKET, Key=f"{top}whole", ChecksumMode="ENABLED")
    expected = (checksum("SHA256", file.content), "FULL_OBJECT")
    assert (whole["ChecksumSHA256"], whole["ChecksumType"]) == expected
    s3("copy_object", Bucket=BUCKET, Key=f"{top}whole", CopySource=source_of(f"{top}whole"), **REPLACED)
    again = s3("head_object", Bucket=BUCKET, Key=f"{top}whole", ChecksumMode="ENABLED")
    assert (again["ChecksumCRC32"], again["Metadata"]) == (checksum("CRC32", file.content), {"a": "1"})
    assert "ChecksumSHA256" not in again
    told = s3("get_object_attributes", Bucket=BUCKET, Key=f"{top}whole", ObjectAttributes=["Checksum", "ObjectParts"])
    assert told["Checksum"] == {"ChecksumCRC32": again["ChecksumCRC32"], "ChecksumType": "FULL_OBJECT"}


def source_of(key: str) -> dict[str, str]:
    """A copy's source."""
    return {"Bucket": BUCKET, "Key": key}


REPLACED: dict[str, Any] = {"MetadataDirective": "REPLACE", "Metadata": {"a": "1"}, "ChecksumAlgorithm": "CRC32"}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_copies_and_listings_tell_of_it(s3: Client, top: str, checksum: Any, algorithm: str) -> None:
    """AWS, "CopyObjectResult" and "Object": which checksum there is, and of what."""
    content, field, source = b"told of", f"Checksum{algorithm}", {"Bucket": BUCKET, "Key": f"{top}a"}
    s3("put_object", Bucket=BUCKET, Key=f"{top}a", Body={"$bytes": base64_of(content)}, ChecksumAlgorithm=algorithm)
    copied = s3("copy_object", Bucket=BUCKET, Key=f"{top}copy", CopySource=source)["CopyObjectResult"]
    assert (copied[field], copied["ChecksumType"]) == (checksum(algorithm, content), "FULL_OBJECT")
    for call, member in (
        ("list_objects", "Contents"),
        ("list_objects_v2", "Contents"),
        ("list_object_versions", "Versions"),
    ):
        for entry in s3(call, Bucket=BUCKET, Prefix=top)[member]:
            assert (entry["ChecksumAlgorithm"], entry["ChecksumType"]) == ([algorithm], "FULL_OBJECT"), call


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_copied_parts_have_the_checksum_of_their_upload(
    s3: Client, top: str, sample: Callable[..., Sample], checksum: Any, algorithm: str, encrypted: bool
) -> None:
    """A part from a range, one from a whole object without a checksum, and one that was sent."""
    file, field = sample(PART + 1000), f"Checksum{algorithm}"
    s3("put_object", Bucket=BUCKET, Key=f"{top}a", Body=piece(file.path, 0, PART + 1000), ChecksumAlgorithm="CRC32")
    key = {"Bucket": BUCKET, "Key": f"{top}whole"}
    more = {"ServerSideEncryption": "AES256"} if encrypted else {}
    started = s3("create_multipart_upload", **key, ChecksumAlgorithm=algorithm, **more)
    upload, source = {**key, "UploadId": started["UploadId"]}, {"Bucket": BUCKET, "Key": f"{top}a"}
    ranged = s3("upload_part_copy", **upload, PartNumber=1, CopySource=source, CopySourceRange=f"bytes=1-{PART}")
    whole = s3("upload_part_copy", **upload, PartNumber=2, CopySource=source)
    results = [each["CopyPartResult"] for each in (ranged, whole)]
    expected = [checksum(algorithm, file.content[1 : PART + 1]), checksum(algorithm, file.content)]
    assert [each[field] for each in results] == expected
    listed = s3("list_parts", **upload)["Parts"]
    assert [each[field] for each in listed] == expected
    named = [{"PartNumber": n, "ETag": each["ETag"], field: each[field]} for n, each in enumerate(results, 1)]
    done = s3("complete_multipart_upload", **upload, MultipartUpload={"Parts": named})
    if done["ChecksumType"] == "FULL_OBJECT":
        assert done[field] == checksum(algorithm, file.content[1 : PART + 1] + file.content)
    else:
        assert done[field] == checksum(algorithm, b"".join(base64.b64decode(each) for each in expected)) + "-2"
    head = s3("head_object", **key, ChecksumMode="ENABLED")
    assert (head[field], head["ChecksumType"]) == (done[field], done["ChecksumType"])
