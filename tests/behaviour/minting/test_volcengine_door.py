"""Volcengine's front door: who is let in, what is asked, how it answers.

Source: the seed; wire facts of Volcengine §1.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from behaviour.client import DEV, Owner
from behaviour.conftest import OTHER
from behaviour.server import Server

from .volcengine import Caller, Way, signature

LIST = "QueryUsableResourceV2"


@pytest.fixture
def caller(server: Server) -> Iterator[Caller]:
    """The development key."""
    made = Caller(server=server, client=server.client())
    yield made
    made.client.close()


def test_the_tests_own_signer_signs_as_the_sdk_does() -> None:
    """Vectors A, A2 and E of the wire facts §1.10."""
    when, scope = "20250603T061342Z", "20250603/cn-beijing/vms/request"
    query = {"Action": "GetResourceUploadUrl", "Version": "2022-01-01"}
    body = b'{"FileName": "abcdef"}'
    more = {"x-date": when, "x-content-sha256": "df01c7add7dd428542b73496359c46e030dfd0718c8193f4b4949ec37da007e8"}
    a = {**more, "host": "127.0.0.1:8080", "content-type": "application/json"}
    a2 = {**more, "host": "cloud-vms.volcengineapi.com"}
    assert signature(b"SKTEST", "POST", query, a, body, when, scope).startswith("2ce9cb1a98e56325")
    assert signature(b"SKTEST", "POST", query, a2, body, when, scope).startswith("6c5630241652bbfb")


def test_the_seeds_request_is_answered_as_the_seed_says(caller: Caller) -> None:
    answered = caller.call("GetResourceUploadUrl", {"FileName": "abcdef"})
    assert answered.reply.status == 200
    metadata = dict(answered.metadata)
    request_id = metadata.pop("RequestId")
    assert metadata == {
        "Action": "GetResourceUploadUrl", "Version": "2022-01-01", "Service": "vms", "Region": "cn-beijing",
    }  # fmt: skip
    assert re.fullmatch(r"\d{14}[0-9A-F]{18}", request_id)
    beijing = datetime.strptime(request_id[:14] + "+0800", "%Y%m%d%H%M%S%z")
    assert abs(beijing - datetime.now(UTC)) < timedelta(seconds=60)
    assert list(answered.result) == ["UploadUrl"]


@pytest.mark.parametrize(
    "way",
    [
        Way(),
        Way(into="form"),
        Way(into="query"),
        Way(into="query", method="GET"),
        Way(by="address", method="GET"),
        Way(by="address"),
        Way(by="address", method="GET", expires=5),
        Way(region="cn-north-1"),
        Way(host="cloud-vms.volcengineapi.com"),
        Way(host="open.volcengineapi.com", into="query"),
        Way(age=890),
        Way(age=-890),
        Way(headers={"content-type": None}, into="query"),
    ],
    ids=str,
)
def test_ways_in(caller: Caller, way: Way) -> None:
    answered = caller.call("QueryOpenGetResource", {"Type": 0, "Limit": "7", "Keyword": "no such"}, way)
    assert answered.result == {"Records": [], "Total": 0, "Limit": 7, "Offset": 0}
    assert answered.metadata["Region"] == way.region


@pytest.mark.parametrize(
    ("way", "code", "number", "status"),
    [
        (Way(signed=False), "MissingAuthenticationToken", 100003, 401),
        (Way(key_id="nobody"), "InvalidAccessKey", 100009, 401),
        (Way(secret=b"wrong"), "SignatureDoesNotMatch", 100010, 401),
        (Way(by="address", method="GET", secret=b"wrong"), "SignatureDoesNotMatch", 100010, 401),
        (Way(body=b'{"Type": 1}'), "SignatureDoesNotMatch", 100010, 401),
        (Way(body=b'{"Type": 1}', headers={"x-content-sha256": None}), "SignatureDoesNotMatch", 100010, 401),
        (Way(more="&Keyword=x"), "SignatureDoesNotMatch", 100010, 401),
        (Way(by="address", method="GET", more="&Keyword=x"), "SignatureDoesNotMatch", 100010, 401),
        (Way(by="address", method="GET", more="&X-Expires=604800"), "SignatureDoesNotMatch", 100010, 401),
        (Way(age=910), "InvalidTimestamp", 100006, 400),
        (Way(age=-910), "InvalidTimestamp", 100006, 400),
        (Way(by="address", method="GET", age=910), "InvalidTimestamp", 100006, 400),
        (Way(by="address", method="GET", age=6, expires=5), "InvalidTimestamp", 100006, 400),
        (Way(headers={"x-date": None}), "MissingRequestInfo", 100004, 400),
        (Way(headers={"x-date": "today"}), "MissingRequestInfo", 100004, 400),
        (Way(headers={"authorization": "HMAC-SHA256 nonsense"}), "InvalidAuthorization", 100024, 400),
        (Way(headers={"authorization": "HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c"}),
         "InvalidCredential", 100025, 400),
        (Way(token="t"), "InvalidSecretToken", 100026, 401),
        (Way(service="sts"), "ServiceNotFound", 100007, 404),
        (Way(version="2021-01-01"), "InvalidActionOrVersion", 100008, 404),
        (Way(version=None), "MissingParameter", 100002, 400),
        (Way(method="PUT"), "MethodNotAllowed", 100020, 405),
        (Way(by="address", method="POST", body=b'{"Type": 0}'), "InvalidAuthorization", 100024, 400),
    ],
    ids=str,
)  # fmt: skip
def test_refused_at_the_door(caller: Caller, way: Way, code: str, number: int, status: int) -> None:
    answered = caller.refused(code, LIST, {"Type": 0}, way, status=status)
    assert answered.number == number
    assert DEV.secret.decode() not in answered.message


def test_an_unknown_action_says_so(caller: Caller) -> None:
    answered = caller.refused("InvalidAction", "OpenCreateTts", {"Name": "x"}, status=400)
    assert answered.message.startswith("The specified action is invalid."), "seed 000"
    assert answered.metadata["Action"] == "OpenCreateTts"
    missing = caller.refused("MissingAction", None, {}, says="The request is missing an action.")
    assert "Action" not in missing.metadata


@pytest.mark.parametrize(
    ("body", "says"),
    [(b"{", "no JSON"), (b"[1]", "no JSON object"), (b"\xff\xfe", "no JSON"), (b'"x"', "no JSON object")],
)
def test_a_body_that_is_no_object(caller: Caller, body: bytes, says: str) -> None:
    caller.refused("InvalidParameter", LIST, {}, Way(body=body), says=says)


def test_a_body_that_is_too_long(caller: Caller) -> None:
    caller.refused("InvalidParameter", LIST, {"Type": 0, "Keyword": "x" * (1 << 20)}, says="1048576")


def test_parameters_are_merged(caller: Caller) -> None:
    """Numbers as texts and the reverse, unknown ones ignored, null and nested ones are none."""
    values: dict[str, Any] = {"Type": "0", "Offset": "0", "Limit": 3, "ReqSourceType": 3, "State": None, "X": {"a": 1}}
    assert caller.ok("QueryOpenGetResource", values)["Limit"] == 3
    split = Way(more="")
    assert caller.call("QueryOpenGetResource", {"Limit": 5}, split).code == "MissingParameter"


def test_a_call_belongs_to_its_keys_account(server: Server) -> None:
    other = Caller(server=server, client=server.client(), owner=OTHER)
    url = other.url("mine.wav")
    assert f"/{OTHER.appid}/mine.wav" in url.text
    other.client.close()


def test_twenty_in_a_second(serving: Callable[..., Server]) -> None:
    """By account and API, as the cloud refuses it; another API and another account are not concerned."""
    server = serving()
    server.make_owner(OTHER)
    caller = Caller(server=server, client=server.client())
    other = Caller(server=server, client=server.client(), owner=OTHER)
    try:
        assert _burst(caller) == [""] * 20 + ["FlowLimitExceeded"] * 2
        assert caller.refused("FlowLimitExceeded", LIST, {"Type": 0}, status=429).number == 100018
        caller.ok("QueryUsableResource", {"Type": 0})
        other.ok(LIST, {"Type": 0})
        time.sleep(1.1)
        caller.ok(LIST, {"Type": 0})
    finally:
        caller.client.close()
        other.client.close()


def _burst(caller: Caller) -> list[str]:
    """The codes of 22 calls within a second, as soon as the machine manages so many."""
    for _ in range(20):
        started = time.monotonic()
        codes = [caller.call(LIST, {"Type": 0}).code for _ in range(22)]
        if time.monotonic() - started < 0.7:
            return codes
        time.sleep(1.1)
    pytest.fail("22 calls never took less than 0.7 s; the limit of 20 in a second cannot be seen")


def test_a_withdrawn_key_is_unknown(server: Server) -> None:
    owner = Owner(appid=1250000077, key_id="volc-withdrawn", secret=b"volc-withdrawn-secret")
    server.make_owner(owner)
    caller = Caller(server=server, client=server.client(), owner=owner)
    caller.ok(LIST, {"Type": 0})
    server._write(lambda tx: tx.remove_key(owner.key_id))
    caller.refused("InvalidAccessKey", LIST, {"Type": 0}, status=401)
    caller.client.close()


def test_an_unsigned_storage_request_is_no_call(caller: Caller) -> None:
    reply = caller.client.send("GET", "/?Action=Other&Version=2011-01-01")
    assert b"ResponseMetadata" not in reply.body
    told = json.loads(caller.client.send("GET", "/", host="cloud-vms.volcengineapi.com").body)
    assert told["ResponseMetadata"]["Error"]["Code"] == "MissingAction"
