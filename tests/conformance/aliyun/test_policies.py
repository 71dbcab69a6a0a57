"""The policy of an OSS form: every condition violated alone, sizes, times, and documents that are none.

Source: wire facts of Alibaba §3.3 and §3.6.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from conformance.aliyun.calls import Client
from conformance.aliyun.plain import document, form_v1, form_v4, moment
from conformance.aliyun.posting import post, refused
from conformance.server import BUCKET, Server

pytestmark = pytest.mark.conformance

FAILED = "Invalid according to Policy: Policy Condition failed: "
FIELDS = {"x-oss-meta-colour": "blue", "success_action_status": "200", "Content-Type": "image/png"}
VIOLATED: list[tuple[Any, str]] = [
    ({"bucket": "other"}, ""),
    ({"x-oss-meta-colour": "red"}, ""),
    ({"key": "other"}, ""),
    (["eq", "$success_action_status", "201"], '["eq", "$success_action_status", "201"]'),
    (["eq", "$key", "other"], '["eq", "$key", "other"]'),
    (["eq", "$bucket", "other"], '["eq", "$bucket", "other"]'),
    (["starts-with", "$key", "other/"], '["starts-with", "$key", "other/"]'),
    (["starts-with", "$content-type", "text/"], '["starts-with", "$content-type", "text/"]'),
    (["in", "$content-type", ["image/jpg", "image/jpeg"]], ""),
    (["not-in", "$x-oss-meta-colour", ["green", "blue"]], ""),
    (["eq", "$x-oss-meta-absent", "x"], '["eq", "$x-oss-meta-absent", "x"]'),
    (["starts-with", "$x-oss-meta-absent", ""], ""),
    (["in", "$x-oss-meta-absent", ["x"]], ""),
]
HELD: list[Any] = [
    {"bucket": BUCKET},
    {"x-oss-meta-colour": "blue"},
    ["eq", "$success_action_status", "200"],
    ["eq", "success_action_status", "200"],
    ["eq", "$Content-Type", "image/png"],
    ["starts-with", "$content-type", "image/"],
    ["starts-with", "$key", ""],
    ["in", "$content-type", ["image/jpg", "image/png"]],
    ["not-in", "$x-oss-meta-colour", ["green", "red"]],
    ["content-length-range", 7, 7],
    ["content-length-range", 0, 5_000_000_000],
]
NO_POLICIES: list[Any] = [
    "",
    "not json",
    "[]",
    '{"expiration": "2099-01-01T00:00:00.000Z", "conditions": [',
    {"conditions": [{"bucket": BUCKET}]},
    {"expiration": moment(86_400)},
    {"expiration": 4_000_000_000, "conditions": [{"bucket": BUCKET}]},
    {"expiration": "", "conditions": [{"bucket": BUCKET}]},
    {"expiration": "tomorrow", "conditions": [{"bucket": BUCKET}]},
    {"expiration": moment(86_400), "conditions": {"bucket": BUCKET}},
    {"expiration": moment(86_400), "conditions": []},
    {"expiration": moment(86_400), "conditions": [{"bucket": BUCKET}], "extra": 1},
    document("text"),
    document({"bucket": BUCKET, "key": "a"}),
    document({}),
    document({"bucket": 7}),
    document(["eq", "$key"]),
    document(["eq", "$key", 7]),
    document(["equals", "$key", "a"]),
    document(["in", "$key", "a"]),
    document(["content-length-range", "0", "10"]),
    document(["content-length-range", 10, 1]),
    document(["content-length-range", 1.5, 10]),
]


@pytest.fixture
def reader(client: Callable[[str], Client]) -> Client:
    """Looks at what a form has stored."""
    return client("oss2-v4")


@pytest.mark.parametrize("sign", [form_v1, form_v4], ids=["v1", "v4"])
def test_conditions_that_hold(server: Server, reader: Client, where: str, sign: Callable[..., dict[str, str]]) -> None:
    signed = sign(document(*HELD, {"key": where + "a"}))
    reply = post(server, {"key": where + "a", **FIELDS, **signed}, kind="image/png")
    assert reply.status_code == 200, reply.content
    assert reader.read(where + "a") == b"content"


@pytest.mark.parametrize("sign", [form_v1, form_v4], ids=["v1", "v4"])
@pytest.mark.parametrize(("condition", "shown"), VIOLATED, ids=[json.dumps(row[0]) for row in VIOLATED])
def test_a_condition_that_fails(
    server: Server, reader: Client, where: str, condition: Any, shown: str, sign: Callable[..., dict[str, str]]
) -> None:
    signed = sign(document({"bucket": BUCKET}, ["starts-with", "$key", where], condition))
    message = refused(post(server, {"key": where + "a", **FIELDS, **signed}, kind="image/png"), 403, "AccessDenied")
    assert message.startswith(FAILED)
    assert shown in message
    assert reader.call("exists", where + "a") is False


def test_conditions_with_a_dollar_and_escapes(server: Server, reader: Client, where: str) -> None:
    key = where + '$100 "é".txt'
    signed = form_v1(json.dumps(document(["eq", "$key", key])).replace(where + "$100", where + "\\$100"))
    assert post(server, {"key": key, **signed}).status_code == 204
    assert reader.read(key) == b"content"


def test_the_size_of_the_file(server: Server, reader: Client, where: str) -> None:
    signed = form_v1(document(["content-length-range", 3, 200_000]))
    for size, status in ((3, 204), (200_000, 204)):
        assert post(server, {"key": f"{where}{size}", **signed}, b"x" * size).status_code == status
        assert reader.call("head", f"{where}{size}")["headers"]["content-length"] == str(size)
    fields = {"key": where + "a", **signed}
    message = refused(post(server, fields, b"xx"), 400, "EntityTooSmall")
    assert message.startswith("Your proposed upload smaller than the minimum allowed size.")
    message = refused(post(server, fields, b"x" * 200_001), 400, "EntityTooLarge")
    assert message.startswith("Your proposed upload exceeds the maximum allowed size.")
    assert reader.call("exists", where + "a") is False


@pytest.mark.parametrize("sign", [form_v1, form_v4], ids=["v1", "v4"])
def test_a_policy_that_has_expired(
    server: Server, reader: Client, where: str, sign: Callable[..., dict[str, str]]
) -> None:
    fields = {"key": where + "a", **sign(document({"bucket": BUCKET}, seconds=-1))}
    message = refused(post(server, fields), 403, "AccessDenied")
    assert message.startswith("Invalid according to Policy: Policy expired.")
    assert reader.call("exists", where + "a") is False


def test_the_shorter_way_to_write_a_time(server: Server, where: str) -> None:
    policy = {"expiration": moment(600, "%Y-%m-%dT%H:%M:%SZ"), "conditions": [{"bucket": BUCKET}]}
    assert post(server, {"key": where + "a", **form_v1(policy)}).status_code == 204


@pytest.mark.parametrize("policy", NO_POLICIES, ids=range(len(NO_POLICIES)))
def test_policies_that_are_none(server: Server, reader: Client, where: str, policy: Any) -> None:
    fields = {"key": where + "a", **form_v1(policy)}
    if policy == "":
        refused(post(server, fields), 400, "InvalidArgument")
    else:
        assert refused(post(server, fields), 400, "InvalidPolicyDocument").startswith("Invalid Policy: ")
    assert reader.call("exists", where + "a") is False
