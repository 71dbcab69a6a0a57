"""hbr CreateTempFileUploadUrl by three ways of signing, spent by `requests` and by a form in Chromium.

Source: seed 001; wire facts of Alibaba §1.5, §2, §3.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from conformance.aliyun.calls import etag, is_content, pack
from conformance.conftest import Sample
from conformance.driver import Driver
from conformance.minting.aliyun.conftest import how, refused
from conformance.server import Server

pytestmark = pytest.mark.conformance

SDKS = ["tea", "tea-v2", "core"]
each_sdk = pytest.mark.parametrize("sdk", SDKS)
ODD = "a b/中+*~!'()%20&=.txt"


def fields_of(minted: dict[str, Any], **more: str) -> dict[str, str]:
    """The form's."""
    return {
        "key": minted["TempFileKey"], "OSSAccessKeyId": minted["OssAccessKeyId"], "policy": minted["Policy"],
        "Signature": minted["Signature"], **more,
    }  # fmt: skip


def action_of(minted: dict[str, Any]) -> str:
    """Where the form is posted."""
    return f"http://{minted['Endpoint']}/{minted['BucketName']}"


@each_sdk
@pytest.mark.parametrize("name", ["file-list.txt", ODD])
def test_minted_and_spent_by_requests(openapi_driver: Driver, server: Server, sdk: str, name: str) -> None:
    minted = openapi_driver.call("upload_url", how(server, sdk=sdk), {"FileName": name})
    assert (minted["Success"], minted["Code"], minted["Message"]) == (True, "200", "successful")
    assert minted["TempFileKey"].endswith(f"/{name}")
    content = f"{sdk} {name}".encode()
    done = openapi_driver.call("post", action_of(minted), fields_of(minted), pack(content))
    assert (done["status"], done["etag"]) == (204, f'"{etag(content)}"')
    link = openapi_driver.call("download_link", how(server, sdk="tea"), {"TempFileKey": minted["TempFileKey"]})
    got = openapi_driver.call("get", link["Url"])
    assert got["status"] == 200
    assert is_content(got["body"], content)


@each_sdk
def test_only_that_key(openapi_driver: Driver, server: Server, sdk: str) -> None:
    minted = openapi_driver.call("upload_url", how(server, sdk=sdk), {"FileName": "a"})
    wrong = fields_of(minted, key=minted["TempFileKey"] + "b")
    done = openapi_driver.call("post", action_of(minted), wrong, pack(b"x"))
    assert done["status"] == 403
    assert "<Code>AccessDenied</Code>" in done["text"]


@pytest.mark.browser
@pytest.mark.parametrize("size", [20, 3_000_000])
def test_a_browsers_form(
    page: Driver, openapi_driver: Driver, server: Server, sample: Callable[..., Sample], size: int
) -> None:
    minted = openapi_driver.call("upload_url", how(server, sdk="tea"), {"FileName": ODD})
    file = sample(size, name="gewählt.bin")
    seen = page.call("submit", action_of(minted), fields_of(minted, success_action_status="201"), str(file.path))
    assert seen["status"] == 201, seen
    assert "<PostResponse>" in seen["text"]
    link = openapi_driver.call("download_link", how(server, sdk="tea-v2"), {"TempFileKey": minted["TempFileKey"]})
    got = openapi_driver.call("get", link["Url"])["body"]
    assert (got["size"], got["sha1"]) == (size, hashlib.sha1(file.content).hexdigest())


@pytest.mark.browser
def test_a_browsers_form_for_another_key(
    page: Driver, openapi_driver: Driver, server: Server, sample: Callable[..., Sample]
) -> None:
    minted = openapi_driver.call("upload_url", how(server, sdk="tea"), {"FileName": "a"})
    fields = fields_of(minted, key="temp/other")
    assert page.call("submit", action_of(minted), fields, str(sample(10).path))["status"] == 403


@each_sdk
def test_refusals_as_the_sdk_tells_them(openapi_driver: Driver, server: Server, sdk: str) -> None:
    def call(**changes: str) -> Any:
        return openapi_driver.call("upload_url", how(server, sdk=sdk, **changes), {"FileName": "a"})

    mismatch = "InvalidAccessKeySecret" if sdk == "core" else "SignatureDoesNotMatch"  # the SDK compares texts
    refused(400, mismatch, lambda: call(secret="wrong"))
    refused(404, "InvalidAccessKeyId.NotFound", lambda: call(key_id="nobody"))
    refused(400, "InvalidSecurityToken.MismatchWithAccessKey", lambda: call(token="none"))
    refused(400, "InvalidFileName", lambda: openapi_driver.call("upload_url", how(server, sdk=sdk), {"FileName": "a/"}))
    if sdk != "core":
        refused(400, "MissingFileName", lambda: openapi_driver.call("upload_url", how(server, sdk=sdk), {}))
        refused(404, "InvalidApi.NotFound", lambda: openapi_driver.call("unknown", how(server, sdk=sdk)))
        gone = {"TempFileKey": "temp/100000000001/upload/none"}
        refused(404, "ObjectNotExist", lambda: openapi_driver.call("download_link", how(server, sdk=sdk), gone))
