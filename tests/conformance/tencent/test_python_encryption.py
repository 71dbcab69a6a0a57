"""cos-python-sdk-v5: encryption with the server's key, and a bucket's default."""

from __future__ import annotations

import hashlib

import pytest

from conformance.tencent.conftest import PythonSdk
from conformance.tencent.wire import Cos, full

pytestmark = pytest.mark.conformance

PLAIN = "py-encryption"
HERE = full(PLAIN)
NAME = "x-cos-server-side-encryption"
BODY = "a text " * 20_000


@pytest.fixture(scope="module", autouse=True)
def _bucket(cos: Cos) -> None:
    cos.make(PLAIN)


def test_the_servers_key(python: PythonSdk) -> None:
    python("put_object", Bucket=HERE, Key="k", Body={"text": BODY}, ServerSideEncryption="AES256")
    head = python("head_object", Bucket=HERE, Key="k")
    assert head[NAME] == "AES256"
    assert head["ETag"].strip('"') == hashlib.md5(BODY.encode()).hexdigest()


def test_a_buckets_default(python: PythonSdk) -> None:
    document = {"Rule": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
    python("put_bucket_encryption", Bucket=HERE, ServerSideEncryptionConfiguration=document)
    assert "AES256" in str(python("get_bucket_encryption", Bucket=HERE))
    python("put_object", Bucket=HERE, Key="default", Body={"text": BODY})
    assert python("head_object", Bucket=HERE, Key="default")[NAME] == "AES256"
    python("delete_bucket_encryption", Bucket=HERE)
    assert python.refused("get_bucket_encryption", Bucket=HERE) == (404, "NoSuchEncryptionConfiguration")
