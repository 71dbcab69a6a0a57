"""cos-python-sdk-v5: every way to lead it to the server, and its presigned URLs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from conformance.conftest import Server
from conformance.server import APPID, environment
from conformance.tencent.conftest import PythonSdk
from conformance.tencent.wire import REGION, Cos, code_of, full

pytestmark = pytest.mark.conformance

PLAIN = "py-places"
HERE = full(PLAIN)
KEY = "places/a b+中.txt"


@pytest.fixture(scope="module", autouse=True)
def _bucket(cos: Cos) -> None:
    cos.make(PLAIN)


def settings(mode: str, server: Server) -> dict[str, object]:
    """What CosConfig is given in one mode of addressing."""
    proxied = {"Proxies": {"http": server.address}}
    here = f"127.0.0.1:{server.port}"
    return {
        "ip": {"IP": "127.0.0.1", "Port": server.port, "ServiceDomain": here},
        "proxy": proxied,
        "new domain": {**proxied, "EnableOldDomain": False, "EnableInternalDomain": False},
        "internal domain": {**proxied, "EnableOldDomain": False},
        "accelerate": {**proxied, "Region": "accelerate"},
        "endpoint": {**proxied, "Endpoint": f"cos.local:{server.port}"},
        "domain": {**proxied, "Domain": f"{HERE}.files.example.test"},
        "short name": {**proxied, "Appid": APPID},
        "host not signed": {**proxied, "SignHost": False},
        "parameters not signed": {**proxied, "SignParams": False},
        "no keep-alive": {**proxied, "KeepAlive": False},
    }[mode]


MODES = (
    "ip", "proxy", "new domain", "internal domain", "accelerate", "endpoint", "domain", "short name",
    "host not signed", "parameters not signed", "no keep-alive",
)  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
def test_addresses(python: PythonSdk, server: Server, cos: Cos, mode: str) -> None:
    python.configure(**settings(mode, server))
    subject = {"Bucket": PLAIN if mode == "short name" else HERE, "Key": KEY}
    python("put_object", **subject, Body={"text": mode})
    assert cos.stored(PLAIN, KEY) == mode.encode()
    assert python("get_object", **subject, ResponseContentType="text/x-a b")["Body"]["text"] == mode
    listed = python("list_objects", Bucket=subject["Bucket"], Prefix=KEY, Delimiter="/")
    assert [entry["Key"] for entry in listed["Contents"]] == [KEY]
    upload = python("create_multipart_upload", **subject)["UploadId"]
    python("upload_part", **subject, UploadId=upload, PartNumber=1, Body={"text": "x"})
    assert len(python("list_parts", **subject, UploadId=upload)["Part"]) == 1
    python("abort_multipart_upload", **subject, UploadId=upload)
    copied = python(
        "copy_object", **{**subject, "Key": "copy"}, CopySource={**subject, "Bucket": HERE, "Region": REGION}
    )
    assert copied["ETag"]
    reply = python("delete_objects", Bucket=subject["Bucket"], Delete={"Object": [{"Key": KEY}, {"Key": "copy"}]})
    assert len(reply["Deleted"]) == 2
    assert HERE in {bucket["Name"] for bucket in python("list_buckets")["Buckets"]["Bucket"]}


def test_http_proxy_without_any_setting(python_child: Callable[..., PythonSdk], server: Server, cos: Cos) -> None:
    python = python_child(http_proxy=server.address)
    python.configure()
    python("put_object", Bucket=HERE, Key=KEY, Body={"text": "by the environment"})
    assert cos.stored(PLAIN, KEY) == b"by the environment"


def test_a_custom_domain_of_the_bucket(python: PythonSdk, server: Server, cos: Cos) -> None:
    cos.make("py-domain")
    command = [sys.executable, "-m", "entrepot", "bucket", "update", "py-domain", "--account", APPID]
    command += ["--domain", "files.py.example.test", "--data", str(server.data)]
    subprocess.run(command, env=environment({}), check=True, capture_output=True, timeout=60)
    python.configure(Proxies={"http": server.address}, Domain="files.py.example.test")
    subject = {"Bucket": full("py-domain"), "Key": KEY}
    python("put_object", **subject, Body={"text": "own name"})
    assert python("get_object", **subject)["Body"]["text"] == "own name"
    assert cos.stored("py-domain", KEY) == b"own name"


def test_presigned_urls(python: PythonSdk, cos: Cos) -> None:
    subject = {"Bucket": HERE, "Key": KEY}
    upload = python("get_presigned_url", **subject, Method="PUT", Expired=120)
    assert upload.startswith(f"http://{HERE}.cos.{REGION}.myqcloud.com/")
    assert cos.follow(upload, "PUT", b"presigned").status == 200
    assert cos.follow(python("get_presigned_url", **subject, Method="GET")).body == b"presigned"
    assert cos.follow(python("get_presigned_url", **subject, Method="GET", SignHost=False)).body == b"presigned"

    overrides = {"response-content-disposition": 'attachment; filename="x y.txt"', "response-content-type": "a/b"}
    url = python("get_presigned_url", **subject, Method="GET", Params=overrides)
    answer = cos.follow(url)
    assert (answer.body, answer.headers["content-type"]) == (b"presigned", "a/b")
    assert answer.headers["content-disposition"] == overrides["response-content-disposition"]
    changed = url.replace("response-content-type=a%2Fb", "response-content-type=c%2Fd")
    assert changed != url
    assert code_of(cos.follow(changed)) == (403, "SignatureDoesNotMatch")

    typed = python("get_presigned_url", **subject, Method="PUT", Headers={"Content-Type": "text/x-signed"})
    refused = cos.follow(typed, "PUT", b"x", {"Content-Type": "text/x-other"})
    assert code_of(refused) == (403, "SignatureDoesNotMatch")
    assert cos.follow(typed, "PUT", b"typed", {"Content-Type": "text/x-signed"}).status == 200


def test_a_presigned_url_is_for_one_thing(python: PythonSdk, cos: Cos) -> None:
    subject = {"Bucket": HERE, "Key": KEY}
    python("put_object", **subject, Body={"text": "kept"})
    read = python("get_presigned_download_url", **subject)
    assert code_of(cos.follow(read, "PUT", b"x")) == (403, "SignatureDoesNotMatch")
    assert code_of(cos.follow(read, "DELETE")) == (403, "SignatureDoesNotMatch")
    assert code_of(cos.follow(read.replace("places/", "other/"))) == (403, "SignatureDoesNotMatch")
    assert cos.follow(read).body == b"kept"


def test_an_expired_url(python: PythonSdk, cos: Cos) -> None:
    url = python("get_presigned_url", Bucket=HERE, Key=KEY, Method="GET", Expired=-10)
    answer = cos.follow(url)
    assert code_of(answer) == (403, "AccessDenied")
    assert b"<Message>Request has expired</Message>" in answer.body
    url = python("get_presigned_url", Bucket=HERE, Key="late.txt", Method="PUT", Expired=-10)
    assert code_of(cos.follow(url, "PUT", b"x")) == (403, "AccessDenied")
    assert python("object_exists", Bucket=HERE, Key="late.txt") is False
