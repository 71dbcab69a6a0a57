"""The front door of API 3.0 over raw HTTP: ways to sign and to write parameters, the envelope, what is refused and how.

Sources: wire facts of Tencent §1; issue "Three front doors on the one port".
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from behaviour.client import read_from
from behaviour.server import Server
from entrepot.dialects.control.settings import MintSettings

from .tencent import Caller, Way, flat, older, tc3

ACTION = "CreateCosSecKeyInstance"
VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "tc3"
VALUES = {"CosRegion": "ap-shanghai", "Duration": 1200}


@pytest.fixture
def caller(server: Server) -> Iterator[Caller]:
    """The development key."""
    client = server.client()
    yield Caller(server=server, client=client)
    client.close()


def vector(case: str) -> dict[str, Any]:
    """A vector of a real SDK."""
    found: dict[str, Any] = json.loads((VECTORS / case / "vector.json").read_text("utf-8"))
    return found


def test_the_callers_own_signer_is_the_sdks() -> None:
    whole = vector("python_post")
    request, headers = whole["request"], dict(whole["request"]["headers"])
    signed = {name: headers[name] for name in ("content-type", "host")}
    body = request["payload"].encode()
    made = tc3(whole["secret"].encode(), "POST", "", signed, body, "2026-01-02/ms/tc3_request", "1767323045")
    assert headers["authorization"].endswith(f"Signature={made}")


def test_the_callers_older_signer_is_the_sdks() -> None:
    for algorithm in ("HmacSHA1", "HmacSHA256"):
        whole = vector(f"python_{algorithm.lower()}_post")
        parameters = dict(parse_qsl(whole["request"]["payload"]))
        signature = parameters.pop("Signature")
        assert older(whole["secret"].encode(), algorithm, "POST", "127.0.0.1:9400", parameters) == signature


WAYS = [
    Way(),
    Way(by="get"),
    Way(by="parts"),
    *(Way(by=by, algorithm=algorithm) for by in ("v1-form", "v1-get") for algorithm in ("HmacSHA1", "HmacSHA256")),
]  # fmt: skip
each_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.by} {way.algorithm}")


@each_way
def test_every_way_to_call(caller: Caller, way: Way) -> None:
    fields = caller.ok(ACTION, VALUES, way)
    assert fields["CosRegion"] == "ap-shanghai"
    assert abs(fields["ExpireTime"] - time.time() - 1200) < 5


@each_way
@pytest.mark.parametrize("host", ["ms.tencentcloudapi.com", "ms.intl.tencentcloudapi.com", "api.example.com"])
def test_any_host(caller: Caller, way: Way, host: str) -> None:
    caller.ok(ACTION, VALUES, replace(way, host=host))


@each_way
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"secret": b"wrong"}, "AuthFailure.SignatureFailure"),
        ({"key_id": "nobody"}, "AuthFailure.SecretIdNotFound"),
        ({"age": 310}, "AuthFailure.SignatureExpire"),
        ({"age": -310}, "AuthFailure.SignatureExpire"),
        ({"token": "uncalled for"}, "AuthFailure.TokenFailure"),
        ({"version": "2011-11-11"}, "NoSuchVersion"),
    ],
    ids=str,
)
def test_who_is_refused(caller: Caller, way: Way, change: dict[str, Any], code: str) -> None:
    answered = caller.refused(code, ACTION, VALUES, replace(way, **change))
    assert "entrepot-dev-secret" not in answered.reply.body.decode()


@each_way
def test_clocks_may_be_a_little_off(caller: Caller, way: Way) -> None:
    for age in (290, -290):
        caller.ok(ACTION, VALUES, replace(way, age=age))


def test_unknown_actions(caller: Caller) -> None:
    for by in ("json", "get", "v1-form", "v1-get"):
        caller.refused("InvalidAction", "CreateNothing", {}, Way(by=by), says="CreateNothing")
        caller.refused("NoSuchVersion", ACTION, {}, Way(by=by, version="1999-01-01"), says="2018-04-08")
    caller.refused("InvalidAction", ACTION.lower(), {})


def test_common_parameters_that_are_missing(caller: Caller) -> None:
    for name, parameter in (("x-tc-action", "Action"), ("x-tc-version", "Version"), ("x-tc-timestamp", "Timestamp")):
        way = Way(headers={name: None})
        caller.refused("MissingParameter", ACTION, VALUES, way, says=parameter)
    caller.refused("InvalidParameter", ACTION, VALUES, Way(headers={"x-tc-timestamp": "now"}))
    caller.refused("AuthFailure.InvalidAuthorization", ACTION, VALUES, Way(signed=False))
    caller.refused("AuthFailure.InvalidAuthorization", ACTION, VALUES, Way(headers={"authorization": "SKIP"}))
    broken = Way(headers={"authorization": "TC3-HMAC-SHA256 Credential=x"})
    caller.refused("AuthFailure.InvalidAuthorization", ACTION, VALUES, broken)


def test_an_older_call_without_signature_is_not_signed(caller: Caller) -> None:
    caller.refused("AuthFailure.InvalidAuthorization", ACTION, VALUES, Way(by="v1-get", signed=False))
    caller.refused("AuthFailure.InvalidAuthorization", ACTION, VALUES, Way(by="v1-form", signed=False))


@each_way
def test_unknown_parameters(caller: Caller, way: Way) -> None:
    caller.refused("UnknownParameter", ACTION, {"Colour": "red"}, way, says="`Colour`")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", ""),
        (b"{}", ""),
        (b'{"Duration": null}', ""),
        (b"[]", "InvalidParameter"),
        (b'"x"', "InvalidParameter"),
        (b"{", "InvalidParameter"),
        (b"\xff", "InvalidParameter"),
        (b"[" * 5000, "InvalidParameter"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_bodies(caller: Caller, body: bytes, code: str) -> None:
    answered = caller.call(ACTION, {}, Way(body=body))
    assert answered.code == code, answered.message


def test_parts_that_cannot_be(caller: Caller) -> None:
    """A form whose parts end nowhere."""
    way = Way(by="parts", headers={"content-type": "multipart/form-data"})
    assert caller.call(ACTION, VALUES, way).code == "AuthFailure.SignatureFailure", "the boundary is signed"


def test_methods_and_paths(caller: Caller) -> None:
    headers = [("X-TC-Action", ACTION), ("X-TC-Version", "2018-04-08")]
    for method, target, code in (
        ("PUT", "/", "UnsupportedProtocol"),
        ("DELETE", "/", "UnsupportedProtocol"),
        ("OPTIONS", "/", "UnsupportedProtocol"),
        ("POST", "/elsewhere", "InvalidRequest"),
    ):
        reply = caller.client.send(method, target, headers=headers)
        assert (reply.status, json.loads(reply.body)["Response"]["Error"]["Code"]) == (200, code)


def test_a_body_that_is_too_long(caller: Caller) -> None:
    caller.refused("RequestSizeLimitExceeded", ACTION, {"CosRegion": "x" * (1 << 20)})
    caller.refused(
        "RequestSizeLimitExceeded",
        ACTION,
        {"CosRegion": "x" * (1 << 20)},
        Way(by="v1-form", host="ms.tencentcloudapi.com"),
    )
    caller.ok(ACTION)


def test_an_absolute_target(caller: Caller, server: Server) -> None:
    """What SDKs send through a proxy: the authority of the target counts."""
    body = b"{}"
    when = str(int(time.time()))
    scope = f"{time.strftime('%Y-%m-%d', time.gmtime(int(when)))}/ms/tc3_request"
    host = "ms.tencentcloudapi.com"
    headers = {"content-type": "application/json", "host": host}
    signature = tc3(caller.owner.secret, "POST", "", headers, body, scope, when)
    head = (
        f"POST http://{host}/ HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"X-TC-Action: {ACTION}\r\nX-TC-Version: 2018-04-08\r\nX-TC-Timestamp: {when}\r\nContent-Length: 2\r\n"
        f"Authorization: TC3-HMAC-SHA256 Credential=entrepot-dev-id/{scope}, SignedHeaders=content-type;host, "
        f"Signature={signature}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
        sock.sendall(head.encode() + body)
        assert "CosPrefix" in json.loads(read_from(sock).body)["Response"]


def test_how_often_one_may_call(serving: Callable[..., Server]) -> None:
    """By default 20 requests a second, here 3: for each account and API, refused as the cloud does."""
    assert MintSettings().requests_per_second == 20
    server = serving(mint__requests_per_second="3")
    caller = Caller(server=server, client=server.client())
    found = [caller.call(ACTION).code for _ in range(30)]
    assert set(found) == {"", "RequestLimitExceeded"}
    assert found[:3] == ["", "", ""]
    caller.ok("DescribeStorage", {"SubAppId": 220209})
    time.sleep(1.1)
    caller.ok(ACTION)
    caller.client.close()


def test_flat_parameters() -> None:
    assert flat({"A": [{"B": 1, "C": ["x", "y"]}]}) == {"A.0.B": "1", "A.0.C.0": "x", "A.0.C.1": "y"}
