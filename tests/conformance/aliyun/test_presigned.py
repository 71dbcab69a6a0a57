"""OSS clients: signed URLs, followed by plain HTTP.

Source: wire facts of Alibaba §4.2 and §4.3.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from conformance.aliyun.calls import Client, follow
from conformance.aliyun.plain import ask
from conformance.server import BUCKET

pytestmark = pytest.mark.conformance

SIGNATURE = re.compile(r"(ignature=)(.)")
REFUSED = b"<Code>SignatureDoesNotMatch</Code>"


def test_a_signed_download(oss: Client, where: str) -> None:
    key = where + "图 片+&.txt"
    oss.call("put", key, b"0123456789")
    url = oss.presign("GET", key)
    assert url.isascii()
    answer = follow(oss.server, "GET", url)
    assert (answer.status, answer.body) == (200, b"0123456789")
    part = follow(oss.server, "GET", url, Range="bytes=2-4")
    assert (part.status, part.body) == (206, b"234")
    chosen = {"response-content-type": "text/x-chosen", "response-content-disposition": 'attachment; filename="a b+c"'}
    answer = follow(oss.server, "GET", oss.presign("GET", key, params=chosen))
    assert (answer.status, answer.body) == (200, b"0123456789")
    assert {name: answer.headers[name.removeprefix("response-")] for name in chosen} == chosen


def test_a_signed_upload(oss: Client, where: str) -> None:
    key = where + "上传 a.txt"
    answer = follow(oss.server, "PUT", oss.presign("PUT", key), b"content")
    assert answer.status == 200, answer.body
    assert oss.call("get", key)["body"]["text"] == "content"
    headers = {"Content-Type": "text/x-signed", "x-oss-meta-colour": "blue"}
    url = oss.presign("PUT", key, headers=headers)
    assert follow(oss.server, "PUT", url, b"other", **headers).status == 200
    head = oss.call("head", key)["headers"]
    assert (head["content-type"], head["x-oss-meta-colour"]) == ("text/x-signed", "blue")
    for changed in ({**headers, "Content-Type": "text/html"}, {**headers, "x-oss-meta-colour": "red"}):
        answer = follow(oss.server, "PUT", url, b"third", **changed)
        assert answer.status == 403, changed
        assert REFUSED in answer.body
    assert oss.call("get", key)["body"]["text"] == "other"


def test_a_signed_url_is_for_what_was_signed(oss: Client, where: str) -> None:
    for name in ("a", "b"):
        oss.call("put", where + name, name.encode())
    url = oss.presign("GET", where + "a")
    for method, changed in (
        ("GET", url.replace(where + "a", where + "b")),
        ("PUT", url),
        ("DELETE", url),
        ("GET", url + "&response-content-type=text/html"),
        ("GET", SIGNATURE.sub(lambda found: f"{found[1]}{'0' if found[2] != '0' else '1'}", url)),
    ):
        answer = follow(oss.server, method, changed, b"x" if method == "PUT" else b"")
        assert answer.status == 403, (method, changed)
        assert REFUSED in answer.body
    assert follow(oss.server, "GET", url).body == b"a"


@pytest.mark.parametrize("oss", ["oss2-v1", "oss_v2-v1", "ali_oss-v1"], indirect=True)
def test_a_url_that_has_expired(oss: Client, where: str) -> None:
    oss.call("put", where + "a", b"content")
    for method in ("GET", "PUT"):
        answer = follow(oss.server, method, oss.presign(method, where + "a", -5), b"x" if method == "PUT" else b"")
        assert answer.status == 403
        assert b"<Code>AccessDenied</Code>" in answer.body
        assert b"Request has expired." in answer.body
    assert oss.read(where + "a") == b"content"


def test_a_url_of_v4_that_has_expired(client: Callable[[str], Client], where: str) -> None:
    urls = []
    for name in ("oss2-v4", "oss_v2-v4", "ali_oss-v4"):
        oss = client(name)
        oss.call("put", where + name, b"content")
        urls.append(oss.presign("GET", where + name, 2))
        assert follow(oss.server, "GET", urls[-1]).status == 200
    time.sleep(3)
    for url in urls:
        answer = follow(oss.server, "GET", url)
        assert answer.status == 403, answer.body
        assert b"<Code>AccessDenied</Code>" in answer.body
        assert b"Request has expired." in answer.body


@pytest.mark.parametrize("oss", ["oss2-v4", "ali_oss-v4"], indirect=True)
def test_a_url_that_lasts_too_long(oss: Client, where: str) -> None:
    """Not with oss_v2, which refuses to sign it."""
    oss.call("put", where + "a", b"content")
    assert follow(oss.server, "GET", oss.presign("GET", where + "a", 604_800)).status == 200
    for seconds in (604_801, -1):
        assert follow(oss.server, "GET", oss.presign("GET", where + "a", seconds)).status in {400, 403}, seconds


@pytest.mark.parametrize("oss", ["oss2-v1", "oss2-v4"], indirect=True)
def test_a_url_of_a_wrong_secret(oss: Client, where: str) -> None:
    oss.call("put", where + "a", b"content")
    oss.connect(secret="wrong")
    answer = follow(oss.server, "GET", str(oss.call("presign", "GET", where + "a", 60)))
    assert answer.status == 403
    assert REFUSED in answer.body
    oss.connect(key_id="nobody")
    answer = follow(oss.server, "GET", str(oss.call("presign", "GET", where + "a", 60)))
    assert answer.status == 403
    assert b"<Code>InvalidAccessKeyId</Code>" in answer.body


@pytest.mark.parametrize("oss", ["oss2-v1", "oss2-v4"], indirect=True)
def test_two_signatures_in_one_request(oss: Client, where: str) -> None:
    oss.call("put", where + "a", b"content")
    path = oss.presign("GET", where + "a").removeprefix(oss.server.address)
    answer = ask(oss.server, "GET", path, resource=f"/{BUCKET}/{where}a")
    assert answer.status == 400, answer.body
    assert b"<Code>InvalidArgument</Code>" in answer.body
