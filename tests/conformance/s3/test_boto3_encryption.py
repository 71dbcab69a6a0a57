"""boto3: encryption with the server's key, as a bucket's default, and with a key of one's own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conformance.s3.calls import MIB, Big, Client
from conformance.server import BUCKET, Server

pytestmark = pytest.mark.conformance

BODY = bytes(range(256)) * 600
SEEN = Big(size=len(BODY), sha1=hashlib.sha1(BODY).hexdigest())
KEYS: dict[str, dict[str, Any]] = {
    name: {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": secret}
    for name, secret in (("mine", "k" * 32), ("theirs", "t" * 32))
}


@pytest.fixture(scope="module")
def keyed(boto: Callable[..., Client], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """boto3 at a server that takes keys of clients over plain HTTP."""
    server = Server(tmp_path_factory.mktemp("keyed") / "data", ENTREPOT_STORAGE__CLIENT_KEYS_OVER_HTTP="true")
    server.start()
    yield boto("keyed", server.address)
    server.stop()
    server.fsck()


def test_the_servers_key(s3: Client, top: str) -> None:
    key = f"{top}sealed"
    done = s3("put_object", Bucket=BUCKET, Key=key, Body=BODY, ServerSideEncryption="AES256")
    assert (done["ServerSideEncryption"], done["ETag"]) == ("AES256", f'"{hashlib.md5(BODY).hexdigest()}"')
    got = s3("get_object", Bucket=BUCKET, Key=key)
    assert (got["Body"], got["ServerSideEncryption"]) == (SEEN, "AES256")
    assert s3("get_object", Bucket=BUCKET, Key=key, Range="bytes=65530-65540")["Body"] == BODY[65530:65541]
    source = {"Bucket": BUCKET, "Key": key}
    copied = s3("copy_object", Bucket=BUCKET, Key=f"{top}copy", CopySource=source, ServerSideEncryption="AES256")
    assert copied["ServerSideEncryption"] == "AES256"
    assert s3("get_object", Bucket=BUCKET, Key=f"{top}copy")["Body"] == SEEN


def test_a_buckets_default(s3: Client, bucket: str) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3("put_bucket_encryption", Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    told = s3("get_bucket_encryption", Bucket=bucket)["ServerSideEncryptionConfiguration"]
    assert told["Rules"][0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert s3("put_object", Bucket=bucket, Key="k", Body=BODY)["ServerSideEncryption"] == "AES256"
    s3("delete_bucket_encryption", Bucket=bucket)
    assert s3.refused("get_bucket_encryption", Bucket=bucket) == ("ServerSideEncryptionConfigurationNotFoundError", 404)


def test_a_key_of_ones_own(keyed: Client) -> None:
    mine, theirs = KEYS["mine"], KEYS["theirs"]
    done = keyed("put_object", Bucket=BUCKET, Key="k", Body=BODY, **mine)
    assert done["SSECustomerAlgorithm"] == "AES256"
    assert done["ETag"] != f'"{hashlib.md5(BODY).hexdigest()}"'
    assert keyed("get_object", Bucket=BUCKET, Key="k", **mine)["Body"] == SEEN
    assert keyed("head_object", Bucket=BUCKET, Key="k", **mine)["ContentLength"] == len(BODY)
    assert keyed.refused("get_object", Bucket=BUCKET, Key="k") == ("InvalidRequest", 400)
    assert keyed.refused("get_object", Bucket=BUCKET, Key="k", **theirs) == ("AccessDenied", 403)
    assert keyed.refused("head_object", Bucket=BUCKET, Key="k", **theirs)[1] == 403
    of_source = {f"CopySource{name}": value for name, value in mine.items()}
    source = {"Bucket": BUCKET, "Key": "k"}
    keyed("copy_object", Bucket=BUCKET, Key="copy", CopySource=source, **of_source, **theirs)
    assert keyed("get_object", Bucket=BUCKET, Key="copy", **theirs)["Body"] == SEEN


def test_parts_with_a_key_of_ones_own(keyed: Client) -> None:
    mine = KEYS["mine"]
    upload = keyed("create_multipart_upload", Bucket=BUCKET, Key="parts", **mine)["UploadId"]
    pieces = [b"a" * 5 * MIB, b"b" * 10]
    parts = []
    for number, piece in enumerate(pieces, 1):
        part = {"Bucket": BUCKET, "Key": "parts", "UploadId": upload, "PartNumber": number}
        parts.append({"PartNumber": number, "ETag": keyed("upload_part", Body=piece, **part, **mine)["ETag"]})
    whole = {"Bucket": BUCKET, "Key": "parts", "UploadId": upload, "MultipartUpload": {"Parts": parts}}
    keyed("complete_multipart_upload", **whole, **mine)
    got = keyed("get_object", Bucket=BUCKET, Key="parts", Range=f"bytes={5 * MIB - 1}-{5 * MIB}", **mine)
    assert got["Body"] == b"ab"


def test_a_key_needs_https(s3: Client, top: str) -> None:
    refused = s3.refused("put_object", Bucket=BUCKET, Key=f"{top}k", Body=b"x", **KEYS["mine"])
    assert refused == ("InvalidRequest", 400)
