"""boto3: wrong credentials, requests that are malformed in themselves, and what this server does not have."""

from __future__ import annotations

import base64
import hashlib
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from conformance.plain_http import request
from conformance.s3.calls import Client, Refused
from conformance.s3.web import code, field
from conformance.server import BUCKET, KEY_ID, SECRET, Server

pytestmark = pytest.mark.conformance

KEY = "s3/refusals/a"
MISMATCH = ("SignatureDoesNotMatch", 403)


@pytest.fixture(scope="module", autouse=True)
def stored(s3: Client) -> None:
    """One object."""
    s3("put_object", Bucket=BUCKET, Key=KEY, Body=b"x")


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_wrong_secret(boto: Callable[..., Client], s3: Client, version: str) -> None:
    wrong = boto(f"wrong-{version}", secret="not-the-secret", signature_version=version)
    assert wrong.refused("put_object", Bucket=BUCKET, Key=KEY, Body=b"y") == MISMATCH
    assert wrong.refused("delete_object", Bucket=BUCKET, Key=KEY) == MISMATCH
    assert wrong.refused("list_objects_v2", Bucket=BUCKET) == MISMATCH
    assert wrong.refused("list_buckets") == MISMATCH
    assert wrong.refused("head_object", Bucket=BUCKET, Key=KEY) == ("403", 403)
    error = wrong.error("get_object", Bucket=BUCKET, Key=KEY)
    assert (error.code, error.status) == MISMATCH
    assert error.value["error"]["AWSAccessKeyId"] == KEY_ID
    assert error.value["error"]["StringToSign"]
    if version == "s3v4":
        assert error.value["error"]["CanonicalRequest"].startswith(f"GET\n/{BUCKET}/{KEY}\n")
    assert SECRET not in str(error.value)
    assert s3("get_object", Bucket=BUCKET, Key=KEY)["Body"] == b"x"


@pytest.mark.parametrize("size", [0, 1, 20_000, 3_000_000])
def test_a_refused_upload_does_not_spoil_the_connection(boto: Callable[..., Client], s3: Client, size: int) -> None:
    """boto3 waits for 100 Continue; refused before that, it sends no body and keeps the connection if it may."""
    wrong = boto("wrong-s3v4", secret="not-the-secret", signature_version="s3v4")
    for _ in range(3):
        assert wrong.refused("put_object", Bucket=BUCKET, Key=KEY, Body=b"y" * size) == MISMATCH
        assert wrong.refused("list_objects_v2", Bucket=BUCKET) == MISMATCH
        assert s3.refused("put_object", Bucket="no-such-bucket", Key=KEY, Body=b"y" * size) == ("NoSuchBucket", 404)
        assert s3("get_object", Bucket=BUCKET, Key=KEY)["Body"] == b"x"


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_an_unknown_key_id(boto: Callable[..., Client], version: str) -> None:
    stranger = boto(f"stranger-{version}", key_id="nobody", signature_version=version)
    assert stranger.refused("get_object", Bucket=BUCKET, Key=KEY) == ("InvalidAccessKeyId", 403)
    assert stranger.refused("list_buckets") == ("InvalidAccessKeyId", 403)


def test_nobody(nobody: Client) -> None:
    for call, more in (("get_object", {"Key": KEY}), ("delete_object", {"Key": KEY}), ("list_objects_v2", {})):
        assert nobody.refused(call, Bucket=BUCKET, **more) == ("AccessDenied", 403)
    assert nobody.refused("put_object", Bucket=BUCKET, Key=KEY, Body=b"y") == ("AccessDenied", 403)
    assert nobody.refused("list_buckets") == ("AccessDenied", 403)


def test_any_region_will_do(boto: Callable[..., Client]) -> None:
    for region in ("auto", "ap-guangzhou", "eu-west-1"):
        client = boto(f"in-{region}", region=region)
        assert client("get_object", Bucket=BUCKET, Key=KEY)["Body"] == b"x"


def test_only_its_own_region_where_the_settings_say_so(boto: Callable[..., Client], regional_server: Server) -> None:
    """The error names the region: boto3 reads it there and signs again, where the request is of a bucket."""
    here = boto("own-region", regional_server.address, region="us-east-1")
    here("put_object", Bucket=BUCKET, Key=KEY, Body=b"x")
    config = {"Bucket": "elsewhere-1", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    here("create_bucket", **config)
    far = boto("far-region", regional_server.address, region="eu-west-1")
    assert far.refused("list_buckets") == ("AuthorizationHeaderMalformed", 400)
    far("put_object", Bucket="elsewhere-1", Key="k", Body=b"y")
    assert far("get_object", Bucket=BUCKET, Key=KEY)["Body"] == b"x"
    far = boto("far-v4", regional_server.address, region="eu-west-1", signature_version="s3v4")
    url = far("generate_presigned_url", "get_object", Params={"Bucket": BUCKET, "Key": KEY}, ExpiresIn=60)
    assert code(request("GET", url)) == ("AuthorizationQueryParametersError", 400)
    assert b"<Region>us-east-1</Region>" in request("GET", url).body


def test_a_clock_that_is_wrong(s3: Client, server: Server) -> None:
    url = f"{server.address}/{BUCKET}/{KEY}"
    for shift, status in ((-600, 200), (600, 200), (-1000, 403), (1000, 403)):
        answer = request("GET", url, headers=s3("signed", "GET", url, {}, shift_seconds=shift))
        assert answer.status == status, shift
        if status == 403:
            assert code(answer) == ("RequestTimeTooSkewed", 403)


def test_a_body_that_is_not_what_was_signed(s3: Client, server: Server) -> None:
    url = f"{server.address}/{BUCKET}/{KEY}.body"
    signed = s3("signed", "PUT", url, {}, b"signed body")
    assert code(request("PUT", url, body=b"other bytes", headers=signed)) == ("XAmzContentSHA256Mismatch", 400)
    assert s3.refused("head_object", Bucket=BUCKET, Key=f"{KEY}.body")[1] == 404
    assert request("PUT", url, body=b"signed body", headers=signed).status == 200
    unsigned = s3("signed", "PUT", url, {}, payload="UNSIGNED-PAYLOAD")
    assert request("PUT", url, body=b"whatever", headers=unsigned).status == 200
    nonsense = s3("signed", "PUT", url, {}, payload="nonsense")
    assert code(request("PUT", url, body=b"whatever", headers=nonsense)) == ("InvalidArgument", 400)
    assert s3("get_object", Bucket=BUCKET, Key=f"{KEY}.body")["Body"] == b"whatever"


def test_headers_that_are_missing_or_changed(s3: Client, server: Server) -> None:
    url = f"{server.address}/{BUCKET}/{KEY}"
    signed = s3("signed", "GET", url, {"x-amz-meta-a": "1"})
    assert request("GET", url, headers=signed).status == 200
    assert code(request("GET", url, headers={**signed, "x-amz-meta-a": "2"})) == MISMATCH
    for name in ("x-amz-meta-a", "X-Amz-Date", "X-Amz-Content-SHA256"):
        less = {key: value for key, value in signed.items() if key.lower() != name.lower()}
        assert len(less) == len(signed) - 1
        assert request("GET", url, headers=less).status in {400, 403}, name
    for text in ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=x", "AWS x", "Nonsense a=b"):
        assert request("GET", url, headers={**signed, "Authorization": text}).status in {400, 403}, text
    unsigned = request("GET", url, headers={**signed, "x-amz-meta-b": "1"})
    assert unsigned.status in {200, 403}


def sent_raw(server: Server, head: str, body: bytes, *, early: bool = False) -> bytes:
    """What comes back for these bytes, which end ``early``: whoever ends before it was answered may be told nothing."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
        line.sendall(head.encode() + body)
        if early:
            line.shutdown(socket.SHUT_WR)
        found = b""
        while chunk := line.recv(65536):
            found += chunk
    return found


def test_a_body_that_ends_early(s3: Client, server: Server) -> None:
    url = f"{server.address}/{BUCKET}/{KEY}.short"
    signed = s3("signed", "PUT", url, {}, payload="UNSIGNED-PAYLOAD")
    lines = [f"PUT /{BUCKET}/{KEY}.short HTTP/1.1", f"Host: 127.0.0.1:{server.port}", "Content-Length: 1000"]
    head = "\r\n".join([*lines, *(f"{name}: {value}" for name, value in signed.items())]) + "\r\n\r\n"
    answer = sent_raw(server, head, b"x" * 500, early=True)
    assert not answer.startswith(b"HTTP/1.1 200")
    assert s3.refused("head_object", Bucket=BUCKET, Key=f"{KEY}.short")[1] == 404


def test_a_put_without_a_length(s3: Client, server: Server) -> None:
    url = f"{server.address}/{BUCKET}/{KEY}.long"
    signed = s3("signed", "PUT", url, {}, payload="UNSIGNED-PAYLOAD")
    lines = [f"PUT /{BUCKET}/{KEY}.long HTTP/1.1", f"Host: 127.0.0.1:{server.port}", "Transfer-Encoding: chunked"]
    lines.append("Connection: close")
    head = "\r\n".join([*lines, *(f"{name}: {value}" for name, value in signed.items())]) + "\r\n\r\n"
    answer = sent_raw(server, head, b"4\r\nbody\r\n0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 411 ")
    assert b"<Code>MissingContentLength</Code>" in answer


@pytest.mark.parametrize(
    ("method", "query", "body", "expected"),
    [
        ("POST", "?delete", b"<Delete><Object>", ("MalformedXML", 400)),
        ("POST", "?delete", b"", None),
        ("POST", "?delete", b"<Wrong/>", ("MalformedXML", 400)),
        ("POST", "?delete", b'<!DOCTYPE a [<!ENTITY b "c">]><Delete><Object><Key>&b;</Key></Object></Delete>', None),
        ("PUT", "?cors", b"not xml", ("MalformedXML", 400)),
        ("PUT", "?lifecycle", b"<LifecycleConfiguration/>", ("MalformedXML", 400)),
        ("PATCH", "", b"", ("MethodNotAllowed", 405)),
        ("POST", "", b"", None),
        ("GET", "?max-keys=many", b"", ("InvalidArgument", 400)),
    ],
)
def test_requests_that_are_malformed(
    s3: Client, server: Server, method: str, query: str, body: bytes, expected: tuple[str, int] | None
) -> None:
    url = f"{server.address}/{BUCKET}{query}"
    digest = hashlib.md5(body).digest()
    headers = {"Content-MD5": base64.b64encode(digest).decode(), "Content-Type": "application/xml"}
    answer = request(method, url, body=body, headers=s3("signed", method, url, headers, body))
    if expected is not None:
        assert code(answer) == expected
    assert 400 <= answer.status < 500 or answer.status == 501
    assert field(answer, "RequestId")
    assert b"Traceback" not in answer.body


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/a%00b", None), ("/%ff%fe", None), ("/" + "x" * 1025, ("KeyTooLongError", 400))],
)
def test_keys_that_no_object_may_have(s3: Client, server: Server, path: str, expected: tuple[str, int] | None) -> None:
    url = f"{server.address}/{BUCKET}{path}"
    answer = request("PUT", url, body=b"x", headers=s3("signed", "PUT", url, {}, b"x"))
    assert answer.status == 400
    assert expected is None or code(answer) == expected


BUCKET_CALLS: dict[str, dict[str, Any]] = {
    "put_bucket_versioning": {"VersioningConfiguration": {"Status": "Enabled"}},
    "put_bucket_encryption": {
        "ServerSideEncryptionConfiguration": {
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
        }
    },
    "put_object_lock_configuration": {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}},
    "put_bucket_policy": {"Policy": "{}"},
    "put_bucket_website": {"WebsiteConfiguration": {"IndexDocument": {"Suffix": "index.html"}}},
    "put_bucket_request_payment": {"RequestPaymentConfiguration": {"Payer": "Requester"}},
    "put_bucket_accelerate_configuration": {"AccelerateConfiguration": {"Status": "Enabled"}},
    "put_bucket_notification_configuration": {
        "NotificationConfiguration": {"TopicConfigurations": [{"TopicArn": "arn:x", "Events": ["s3:ObjectCreated:*"]}]}
    },
    "put_bucket_logging": {"BucketLoggingStatus": {"LoggingEnabled": {"TargetBucket": "b", "TargetPrefix": "p"}}},
}
"""Writes of what is not there."""

ANSWERS: dict[str, tuple[str, int] | dict[str, Any]] = {
    "get_bucket_versioning": {},
    "get_bucket_logging": {},
    "get_bucket_notification_configuration": {},
    "get_bucket_accelerate_configuration": {},
    "get_bucket_request_payment": {"Payer": "BucketOwner"},
    "get_bucket_policy_status": {"PolicyStatus": {"IsPublic": False}},
    "list_bucket_inventory_configurations": {"IsTruncated": False},
    "list_bucket_analytics_configurations": {"IsTruncated": False},
    "list_bucket_metrics_configurations": {"IsTruncated": False},
    "list_bucket_intelligent_tiering_configurations": {"IsTruncated": False},
    "get_bucket_encryption": ("ServerSideEncryptionConfigurationNotFoundError", 404),
    "get_object_lock_configuration": ("ObjectLockConfigurationNotFoundError", 404),
    "get_bucket_policy": ("NoSuchBucketPolicy", 404),
    "get_bucket_website": ("NoSuchWebsiteConfiguration", 404),
    "get_bucket_replication": ("ReplicationConfigurationNotFoundError", 404),
    "get_bucket_tagging": ("NoSuchTagSet", 404),
    "get_bucket_ownership_controls": ("OwnershipControlsNotFoundError", 404),
    "get_public_access_block": ("NoSuchPublicAccessBlockConfiguration", 404),
}
"""Reads of what was never set. Source: botocore's model; the codes that Terraform and minio-go branch on."""

OBJECT_CALLS: dict[str, dict[str, Any]] = {
    "put_object_retention": {"Retention": {"Mode": "GOVERNANCE", "RetainUntilDate": {"$time": 2_000_000_000}}},
    "put_object_legal_hold": {"LegalHold": {"Status": "ON"}},
    "get_object_torrent": {},
    "select_object_content": {
        "Expression": "select * from s3object",
        "ExpressionType": "SQL",
        "InputSerialization": {"CSV": {}},
        "OutputSerialization": {"CSV": {}},
    },
}

PUT_OPTIONS: dict[str, dict[str, Any]] = {
    "encryption": {"ServerSideEncryption": "aws:kms"},
    "encryption context": {"ServerSideEncryption": "AES256", "SSEKMSEncryptionContext": "e30="},
    "lock": {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": {"$time": 2_000_000_000}},
    "legal hold": {"ObjectLockLegalHoldStatus": "ON"},
    "offset": {"WriteOffsetBytes": 1},
}


@pytest.mark.parametrize("call", BUCKET_CALLS)
def test_what_buckets_do_not_have(s3: Client, call: str) -> None:
    assert s3.refused(call, Bucket=BUCKET, **BUCKET_CALLS[call]) == ("NotImplemented", 501)


@pytest.mark.parametrize("call", ANSWERS)
def test_what_was_never_set(s3: Client, call: str) -> None:
    answer = ANSWERS[call]
    if isinstance(answer, tuple):
        assert s3.refused(call, Bucket=BUCKET) == answer
    else:
        told = s3(call, Bucket=BUCKET)
        assert {name: value for name, value in told.items() if name != "ResponseMetadata"} == answer


def test_removing_and_setting_what_holds_anyway(s3: Client) -> None:
    for call in (
        "delete_bucket_policy",
        "delete_bucket_website",
        "delete_bucket_encryption",
        "delete_public_access_block",
    ):
        s3(call, Bucket=BUCKET)
    s3("put_bucket_request_payment", Bucket=BUCKET, RequestPaymentConfiguration={"Payer": "BucketOwner"})
    s3("put_bucket_logging", Bucket=BUCKET, BucketLoggingStatus={})
    s3("put_bucket_notification_configuration", Bucket=BUCKET, NotificationConfiguration={})
    for call in ("get_object_retention", "get_object_legal_hold"):
        assert s3.refused(call, Bucket=BUCKET, Key=KEY) == ("NoSuchObjectLockConfiguration", 404)


@pytest.mark.parametrize("call", OBJECT_CALLS)
def test_what_objects_do_not_have(s3: Client, call: str) -> None:
    assert s3.refused(call, Bucket=BUCKET, Key=KEY, **OBJECT_CALLS[call]) == ("NotImplemented", 501)


@pytest.mark.parametrize("option", PUT_OPTIONS)
def test_what_uploads_cannot_ask_for(s3: Client, option: str) -> None:
    key = f"{KEY}.option"
    refused = s3.refused("put_object", Bucket=BUCKET, Key=key, Body=b"x", **PUT_OPTIONS[option])
    assert refused == ("NotImplemented", 501)
    assert s3.refused("head_object", Bucket=BUCKET, Key=key)[1] == 404
    made = {name: value for name, value in PUT_OPTIONS[option].items() if name != "WriteOffsetBytes"}
    if made:
        refused = s3.refused("create_multipart_upload", Bucket=BUCKET, Key=key, **made)
        assert refused == ("NotImplemented", 501)


def test_versions_of_objects(s3: Client) -> None:
    version = {"Bucket": BUCKET, "Key": KEY, "VersionId": "3sL4kqtJlcpXroDTDmJ"}
    for call in ("get_object", "head_object", "delete_object"):
        assert s3.refused(call, **version)[1] in {400, 404, 501}
    assert s3("get_object", Bucket=BUCKET, Key=KEY)["Body"] == b"x"
    found: dict[str, Any] = {}
    with suppress(Refused):
        found = s3("get_bucket_versioning", Bucket=BUCKET)
    assert "Status" not in found, "refused, or as for a bucket that never had versions"


def test_buckets_with_a_lock(s3: Client) -> None:
    refused = s3.refused("create_bucket", Bucket="s3-locked", ObjectLockEnabledForBucket=True)
    assert refused == ("NotImplemented", 501)
    assert s3.refused("head_bucket", Bucket="s3-locked")[1] == 404


def test_attributes_of_objects_are_right_or_refused(s3: Client, top: str) -> None:
    s3("put_object", Bucket=BUCKET, Key=f"{top}a", Body=b"body")
    asked = {"Bucket": BUCKET, "Key": f"{top}a", "ObjectAttributes": ["ETag", "ObjectSize", "Checksum"]}
    url = s3("generate_presigned_url", "get_object_attributes", Params=asked)
    if request("GET", url).status == 501:
        assert s3.refused("get_object_attributes", **asked) == ("NotImplemented", 501)
        return
    found = s3("get_object_attributes", **asked)
    assert (found["ETag"], found["ObjectSize"]) == (hashlib.md5(b"body").hexdigest(), 4)


def test_what_is_not_archived_is_not_restored(s3: Client) -> None:
    """AWS, RestoreObject: 403 InvalidObjectState for a class that is read at once; GLACIER is restored."""
    asked = {"RestoreRequest": {"Days": 1}}
    assert s3.refused("restore_object", Bucket=BUCKET, Key=KEY, **asked) == ("InvalidObjectState", 403)
    s3("put_object", Bucket=BUCKET, Key="s3/refusals/cold", Body=b"cold", StorageClass="GLACIER")
    assert s3.refused("get_object", Bucket=BUCKET, Key="s3/refusals/cold") == ("InvalidObjectState", 403)
    s3("restore_object", Bucket=BUCKET, Key="s3/refusals/cold", **asked)
    assert 'ongoing-request="false"' in s3("head_object", Bucket=BUCKET, Key="s3/refusals/cold")["Restore"]
    assert s3("get_object", Bucket=BUCKET, Key="s3/refusals/cold")["Body"] == b"cold"
