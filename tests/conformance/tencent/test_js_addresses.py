"""cos-nodejs-sdk-v5, and cos-js-sdk-v5 in Chromium: every way to lead them to the server, and their URLs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.conftest import Server
from conformance.server import APPID, BUCKET
from conformance.tencent import js
from conformance.tencent.js import JsSdk
from conformance.tencent.test_js_sdks import allow
from conformance.tencent.wire import REGION, Cos, code_of, full

pytestmark = pytest.mark.conformance

KEY = "places/a b+中.txt"
NODE_MODES = ("ip", "proxy", "domain", "new domain", "callback", "host not signed", "service domain", "no keep-alive")
PAGE_MODES = ("domain", "proxy", "callback", "host not signed")


@pytest.fixture(scope="module")
def nodejs(server: Server, cos: Cos, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JsSdk]:
    """cos-nodejs-sdk-v5 with a bucket of its own."""
    with js.nodejs(server, tmp_path_factory.mktemp("home")) as sdk:
        sdk.bucket = "nodejs-places"
        cos.make(sdk.bucket)
        yield sdk


@pytest.fixture(scope="module")
def page(server: Server, cos: Cos) -> Iterator[JsSdk]:
    """cos-js-sdk-v5 with a bucket of its own."""
    with js.page(server) as sdk:
        sdk.bucket = "browser-places"
        cos.make(sdk.bucket)
        allow(cos, sdk.bucket)
        yield sdk


def options(sdk: JsSdk, mode: str) -> dict[str, object]:
    """What the SDK's constructor is given in one mode of addressing."""
    here = f"127.0.0.1:{sdk.server.port}"
    cloud = {"Proxy": sdk.server.address, "Tunnel": False} if not sdk.browser else {}  # a page: by http_proxy
    return {
        "ip": {"Ip": here},
        "proxy": cloud,
        "domain": sdk.reach() if sdk.browser else {"Domain": "{Bucket}.cos.{Region}.localdomain:8080", "Ip": here},
        "new domain": {**cloud, "Domain": "{Bucket}.cos-internal.{Region}.tencentcos.cn"},
        "callback": {**sdk.reach(), "Callback": True},
        "host not signed": {**sdk.reach(), "ForceSignHost": False},
        "service domain": {**sdk.reach(), "ServiceDomain": here},
        "no keep-alive": {**sdk.reach(), "KeepAlive": False},
    }[mode]


def work(sdk: JsSdk, cos: Cos, mode: str) -> None:
    """A little of everything."""
    sdk.configure(Protocol="http:", **options(sdk, mode))
    sdk.put(KEY, mode, ContentType="text/plain")
    assert cos.stored(sdk.bucket, KEY) == mode.encode()
    assert sdk("getObject", KEY, ResponseContentType="text/x-a b")["Body"]["text"] == mode
    assert sdk("headObject", KEY)["headers"]["content-type"] == "text/plain"
    assert [entry["Key"] for entry in sdk("getBucket", Prefix=KEY, Delimiter="/")["Contents"]] == [KEY]
    upload = sdk("multipartInit", KEY)["UploadId"]
    sdk("multipartUpload", KEY, UploadId=upload, PartNumber=1, Body="x")
    assert len(sdk("multipartListPart", KEY, UploadId=upload)["Part"]) == 1
    assert sdk("multipartAbort", KEY, UploadId=upload)["statusCode"] == 204
    assert len(sdk("deleteMultipleObject", Objects=[{"Key": KEY}])["Deleted"]) == 1


@pytest.mark.parametrize("mode", NODE_MODES)
def test_nodejs(nodejs: JsSdk, cos: Cos, mode: str) -> None:
    work(nodejs, cos, mode)
    buckets = nodejs("getService", Region=REGION)["Buckets"]
    assert full(nodejs.bucket) in {bucket["Name"] for bucket in buckets}


def test_buckets(nodejs: JsSdk) -> None:
    nodejs.configure()
    name = full("nodejs-fresh")
    assert nodejs("putBucket", Bucket=name)["statusCode"] == 200
    headers = nodejs("headBucket", Bucket=name)["headers"]
    assert headers["x-cos-bucket-region"]
    service = nodejs("getService", Region="")
    assert {name, full(BUCKET)} <= {bucket["Name"] for bucket in service["Buckets"]}
    assert nodejs.refused("putBucket", Bucket=name)[0] == 409
    nodejs.put("a", "x", Bucket=name)
    assert nodejs.refused("deleteBucket", Bucket=name) == (409, "BucketNotEmpty")
    nodejs("deleteObject", "a", Bucket=name)
    assert nodejs("deleteBucket", Bucket=name)["statusCode"] == 204
    assert nodejs.failure("headBucket", Bucket=name)["status"] == 404


@pytest.mark.browser
@pytest.mark.parametrize("mode", PAGE_MODES)
def test_a_page(page: JsSdk, cos: Cos, mode: str) -> None:
    page.driver.call("sent")
    work(page, cos, mode)
    sent = page.driver.call("sent")
    suffix = "myqcloud.com" if mode == "proxy" else f"localhost:{page.server.port}"
    assert {request["url"].split("/")[2] for request in sent} == {f"{full(page.bucket)}.cos.{REGION}.{suffix}"}
    assert {"OPTIONS", "PUT", "GET", "HEAD", "POST", "DELETE"} <= {request["method"] for request in sent}


@pytest.mark.browser
def test_a_page_that_no_rule_allows_sees_nothing(page: JsSdk, cos: Cos) -> None:
    cos.make("browser-closed")
    page.configure()
    assert page.failure("putObject", KEY, Body="x", Bucket=full("browser-closed"))["status"] == 0
    assert page.failure("getBucket", Bucket=full("browser-closed"))["status"] == 0
    assert cos("HEAD", "browser-closed", KEY).status == 404


def test_urls_of_nodejs(nodejs: JsSdk, cos: Cos) -> None:
    nodejs.configure()
    check_urls(nodejs, cos)


@pytest.mark.browser
def test_urls_of_a_page(page: JsSdk, cos: Cos) -> None:
    page.configure(Protocol="http:")  # the cloud's own host names
    check_urls(page, cos)
    page.configure()
    url = page("url", KEY, Sign=True)["later"]
    assert url.startswith(f"http://{full(page.bucket)}.cos.{REGION}.localhost:{page.server.port}/")
    got = page.driver.call("get", url, {})
    assert (got["status"], got["text"]) == (200, "presigned")


def check_urls(sdk: JsSdk, cos: Cos) -> None:
    """Both URLs that the SDK gives, for uploads and downloads."""
    for which in ("direct", "later"):
        upload = sdk("url", KEY, Method="PUT", Sign=True)[which]
        assert upload.startswith(f"http://{sdk.bucket}-{APPID}.cos.{REGION}.myqcloud.com/")
        assert cos.follow(upload, "PUT", b"presigned").status == 200, which
        read = sdk("url", KEY, Sign=True)[which]
        assert cos.follow(read).body == b"presigned", which
        assert code_of(cos.follow(read, "DELETE")) == (403, "SignatureDoesNotMatch")
        assert code_of(cos.follow(read.replace("places/", "other/"))) == (403, "SignatureDoesNotMatch")
        query = {"response-content-type": "text/x-a b", "response-content-disposition": 'attachment; filename="x+y"'}
        answer = cos.follow(sdk("url", KEY, Sign=True, Query=query)[which])
        assert (answer.body, answer.headers["content-type"]) == (b"presigned", "text/x-a b"), which
        assert answer.headers["content-disposition"] == query["response-content-disposition"]
        expired = cos.follow(sdk("url", KEY, Sign=True, Expires=-10)[which])
        assert code_of(expired) == (403, "AccessDenied")
        assert b"<Message>Request has expired</Message>" in expired.body
    assert code_of(cos.follow(sdk("url", KEY, Sign=False)["direct"])) == (403, "AccessDenied")
