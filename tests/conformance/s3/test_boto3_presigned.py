"""boto3: presigned URLs of both signature versions, followed as an application without an SDK does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest

from conformance.plain_http import Answer, request
from conformance.s3.calls import Client
from conformance.s3.conftest import AWS_HOST
from conformance.s3.web import code, field
from conformance.server import BUCKET, KEY_ID, SECRET, Server

pytestmark = pytest.mark.conformance


@pytest.fixture(params=["v4", "v2"])
def signing(request: pytest.FixtureRequest, boto: Callable[..., Client]) -> Client:
    """boto3 with either signature version (it presigns with version 2 unless it is told otherwise)."""
    return boto(f"presign-{request.param}", signature_version={"v4": "s3v4", "v2": "s3"}[request.param])


@pytest.fixture
def v4(boto: Callable[..., Client]) -> Client:
    """boto3 that presigns with version 4."""
    return boto("presign-v4", signature_version="s3v4")


def url_of(client: Client, call: str, key: str, seconds: int = 60, **more: Any) -> str:
    """A URL for one call."""
    parameters = {"Bucket": BUCKET, "Key": key, **more}
    return str(client("generate_presigned_url", call, Params=parameters, ExpiresIn=seconds))


def altered(url: str, **changed: str | None) -> str:
    """The URL with other query parameters; None removes one."""
    parts = urlsplit(url)
    query = {**dict(parse_qsl(parts.query, keep_blank_values=True)), **changed}
    kept = {name: value for name, value in query.items() if value is not None}
    return urlunsplit(parts._replace(query=urlencode(kept)))


def test_put_and_get(signing: Client, s3: Client, top: str) -> None:
    key, body = f"{top}文件 a+b&c%20.txt", b"presigned \xff"
    put = request("PUT", url_of(signing, "put_object", key), body=body)
    assert (put.status, put.body) == (200, b"")
    assert put.headers["etag"].strip('"')
    assert s3("get_object", Bucket=BUCKET, Key=key)["Body"] == body
    got = request("GET", url_of(signing, "get_object", key))
    assert (got.status, got.body) == (200, body)
    part = request("GET", url_of(signing, "get_object", key), headers={"Range": "bytes=0-3"})
    assert (part.status, part.body) == (206, body[:4])
    head = request("HEAD", url_of(signing, "head_object", key))
    assert (head.status, head.headers["content-length"]) == (200, str(len(body)))
    assert request("DELETE", url_of(signing, "delete_object", key)).status == 204
    assert code(request("GET", url_of(signing, "get_object", key))) == ("NoSuchKey", 404)


def test_what_the_url_says_must_be_sent(signing: Client, s3: Client, top: str) -> None:
    key = f"{top}a.png"
    url = url_of(signing, "put_object", key, ContentType="image/png", Metadata={"a": "1"})
    sent = {"Content-Type": "image/png", "x-amz-meta-a": "1"}
    assert request("PUT", url, body=b"x", headers=sent).status == 200
    head = s3("head_object", Bucket=BUCKET, Key=key)
    assert (head["ContentType"], head["Metadata"]) == ("image/png", {"a": "1"})
    other = request("PUT", url, body=b"x", headers={**sent, "Content-Type": "text/html"})
    assert code(other) == ("SignatureDoesNotMatch", 403)
    assert s3("head_object", Bucket=BUCKET, Key=key)["ContentType"] == "image/png"


def test_headers_of_s3_that_nobody_signed(v4: Client, s3: Client, top: str) -> None:
    key = f"{top}a"
    url = url_of(v4, "put_object", key)
    refused = request("PUT", url, body=b"x", headers={"x-amz-acl": "public-read"})
    assert code(refused) == ("AccessDenied", 403)
    assert s3.refused("head_object", Bucket=BUCKET, Key=key)[1] == 404


def test_overrides_of_response_headers(signing: Client, s3: Client, top: str) -> None:
    key = f"{top}a.txt"
    s3("put_object", Bucket=BUCKET, Key=key, Body=b"x", ContentType="text/plain")
    disposition = "attachment; filename*=UTF-8''%E5%9B%BE.txt"
    more = {"ResponseContentDisposition": disposition, "ResponseContentType": "image/gif"}
    got = request("GET", url_of(signing, "get_object", key, **more))
    assert (got.status, got.body) == (200, b"x")
    assert (got.headers["content-disposition"], got.headers["content-type"]) == (disposition, "image/gif")


def test_parts(signing: Client, s3: Client, top: str) -> None:
    key = f"{top}a"
    upload = s3("create_multipart_upload", Bucket=BUCKET, Key=key)["UploadId"]
    url = url_of(signing, "upload_part", key, UploadId=upload, PartNumber=1)
    tag = request("PUT", url, body=b"part").headers["etag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": tag}]}
    s3("complete_multipart_upload", Bucket=BUCKET, Key=key, UploadId=upload, MultipartUpload=parts)
    assert s3("get_object", Bucket=BUCKET, Key=key)["Body"] == b"part"


def test_expired_urls(boto: Callable[..., Client], s3: Client, top: str) -> None:
    key = f"{top}a"
    s3("put_object", Bucket=BUCKET, Key=key, Body=b"x")
    both = [boto(f"presign-{name}", signature_version=version) for name, version in (("v4", "s3v4"), ("v2", "s3"))]
    gets = [url_of(client, "get_object", key, 1) for client in both]
    puts = [url_of(client, "put_object", key, 1) for client in both]
    time.sleep(2.1)
    for answer in [*(request("GET", url) for url in gets), *(request("PUT", url, body=b"late") for url in puts)]:
        assert code(answer) == ("AccessDenied", 403)
        assert "expired" in field(answer, "Message").lower()
    assert s3("get_object", Bucket=BUCKET, Key=key)["Body"] == b"x"


def test_urls_that_were_changed(signing: Client, s3: Client, top: str) -> None:
    key = f"{top}a"
    for name in (key, f"{key}2"):
        s3("put_object", Bucket=BUCKET, Key=name, Body=b"x")
    url = url_of(signing, "get_object", key)
    mismatch = ("SignatureDoesNotMatch", 403)
    assert code(request("GET", url.replace(f"{key}?", f"{key}2?"))) == mismatch
    assert code(request("PUT", url, body=b"x")) == mismatch
    assert code(request("DELETE", url)) == mismatch
    assert code(request("GET", altered(url, **{"response-content-type": "text/html"}))) == mismatch
    name = "Signature" if "AWSAccessKeyId" in url else "X-Amz-Signature"
    assert code(request("GET", altered(url, **{name: "0" * 64}))) == mismatch
    longer = {"Expires": str(int(time.time()) + 9999)} if name == "Signature" else {"X-Amz-Expires": "9999"}
    assert code(request("GET", altered(url, **longer))) == mismatch
    assert request("GET", altered(url, **{name: None})).status in {400, 403}
    stranger = {"AWSAccessKeyId": "nobody"} if name == "Signature" else {"X-Amz-Credential": altered_credential(url)}
    assert code(request("GET", altered(url, **stranger))) == ("InvalidAccessKeyId", 403)
    assert s3("get_object", Bucket=BUCKET, Key=key)["Body"] == b"x"


def altered_credential(url: str) -> str:
    """The credential of the URL with another key id."""
    return dict(parse_qsl(urlsplit(url).query))["X-Amz-Credential"].replace(KEY_ID, "nobody")


def test_urls_for_longer_than_a_week(v4: Client, s3: Client, top: str) -> None:
    key = f"{top}a"
    s3("put_object", Bucket=BUCKET, Key=key, Body=b"x")
    assert request("GET", url_of(v4, "get_object", key, 604_800)).status == 200
    too_long = request("GET", url_of(v4, "get_object", key, 604_801))
    assert code(too_long) == ("AuthorizationQueryParametersError", 400)


def test_the_url_of_a_wrong_secret(boto: Callable[..., Client], s3: Client, top: str) -> None:
    key = f"{top}a"
    s3("put_object", Bucket=BUCKET, Key=key, Body=b"x")
    for version in ("s3v4", "s3"):
        wrong = boto(f"wrong-{version}", secret="not-the-secret", signature_version=version)
        answer = request("GET", url_of(wrong, "get_object", key))
        assert code(answer) == ("SignatureDoesNotMatch", 403)
        assert SECRET.encode() not in answer.body
        assert request("PUT", url_of(wrong, "put_object", key), body=b"y").status == 403
    assert s3("get_object", Bucket=BUCKET, Key=key)["Body"] == b"x"


def test_two_signatures_in_one_request(signing: Client, s3: Client, boto: Callable[..., Client], top: str) -> None:
    key = f"{top}a"
    s3("put_object", Bucket=BUCKET, Key=key, Body=b"x")
    url = url_of(signing, "get_object", key)
    header = boto("plain")("signed", "GET", url, {})
    answer: Answer = request("GET", url, headers=header)
    assert code(answer) == ("InvalidArgument", 400)


def test_virtual_hosts(boto: Callable[..., Client], server: Server, top: str) -> None:
    for version in ("s3v4", "s3"):
        client = boto(f"host-{version}", AWS_HOST, signature_version=version, s3={"addressing_style": "virtual"})
        key = f"{top}文 a.txt"
        put, get = url_of(client, "put_object", key), url_of(client, "get_object", key)
        assert urlsplit(put).hostname == f"{BUCKET}.{urlsplit(AWS_HOST).hostname}"
        for via in (server.address, None):  # with an absolute-form target, and by the Host header alone
            here = put if via else put.replace(urlsplit(put).netloc, urlsplit(server.address).netloc)
            host = {} if via else {"Host": urlsplit(put).netloc}
            assert request("PUT", here, body=version.encode(), headers=host, via=via).status == 200
            here = get if via else get.replace(urlsplit(get).netloc, urlsplit(server.address).netloc)
            assert request("GET", here, headers=host, via=via).body == version.encode()
