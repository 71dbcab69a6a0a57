"""The front door of Alibaba Cloud's OpenAPI: both signatures, envelopes, common errors, clocks, nonces, rates.

Source: wire facts of Alibaba §1.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from behaviour.client import DEV, Owner
from behaviour.conftest import OTHER
from behaviour.server import Server

from .aliyun import FORM, PLAIN, WAYS, Caller, Way, acs3, read, rpc

UPLOAD, LINK, WHO = "CreateTempFileUploadUrl", "GetTempFileDownloadLink", "GetCallerIdentity"


@pytest.fixture
def caller(server: Server) -> Iterator[Caller]:
    """The development account's key."""
    client = server.client()
    yield Caller(server=server, client=client)
    client.close()


def test_the_callers_signatures_are_the_documents() -> None:
    """Source: wire facts of Alibaba §1.2, §1.3."""
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com", "x-acs-action": "RunInstances", "x-acs-content-sha256": empty,
        "x-acs-date": "2023-10-26T10:22:32Z", "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }  # fmt: skip
    query = {"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"}
    assert acs3(b"YourAccessKeySecret", "POST", query, headers, b"") == (
        "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )
    parameters = {
        "Format": "XML", "AccessKeyId": "testid", "Action": "DescribeRegions", "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf", "SignatureVersion": "1.0",
        "Timestamp": "2016-02-23T12:46:24Z", "Version": "2014-05-26",
    }  # fmt: skip
    assert rpc(b"testsecret", "GET", parameters) == "OLeaidS1JvxuMvnyHOwuJ+uX5qY="


@pytest.mark.parametrize("by", WAYS)
def test_every_way_to_call(caller: Caller, by: str) -> None:
    fields = caller.ok(UPLOAD, Way(by=by), FileName="a b/中+*~!'()%20&=.txt")  # type: ignore[arg-type]
    assert fields["TempFileKey"].endswith("/a b/中+*~!'()%20&=.txt")


@pytest.mark.parametrize("by", ["acs3", "rpc"])
@pytest.mark.parametrize("told", ["JSON", "json", "XML", "xml", None])
def test_replies_are_in_the_form_that_was_asked_for(caller: Caller, by: str, told: str | None) -> None:
    """XML where nothing was said, but JSON where the signature is a header."""
    way = Way(by=by, parameters={"Format": told})  # type: ignore[arg-type]
    xml = told in {"XML", "xml"} or (told is None and by == "rpc")
    answered = caller.call(UPLOAD, way, FileName="a")
    assert answered.reply.status == 200
    assert answered.reply.headers["content-type"] == f"{'text/xml' if xml else 'application/json'};charset=utf-8"
    if xml:
        assert answered.fields[""] == f"{UPLOAD}Response"
        assert answered.fields["Success"] == "true"
    refused = caller.refused(400, "MissingFileName", UPLOAD, way)
    assert refused.fields.get("") == ("Error" if xml else None)
    assert {"Code", "Message", "RequestId", "HostId", "Recommend"} <= set(refused.fields)


def test_headers_of_a_reply(caller: Caller) -> None:
    headers = caller.call(UPLOAD, FileName="a").reply.headers
    assert headers["access-control-allow-origin"] == headers["access-control-expose-headers"] == "*"
    assert len(headers["x-acs-trace-id"]) == 32
    refused = caller.refused(404, "InvalidApi.NotFound", "Unknown")
    assert refused.fields["HostId"] == f"127.0.0.1:{caller.server.port}"
    assert "q=InvalidApi.NotFound" in refused.fields["Recommend"]


REFUSALS: dict[str, tuple[Way, int, str]] = {
    "unknown action": (Way(parameters={"x": "1"}), 404, "InvalidApi.NotFound"),
    "unknown version": (Way(version="2020-01-01"), 400, "NoSuchVersion"),
    "no such key": (Way(key_id="nobody"), 404, "InvalidAccessKeyId.NotFound"),
    "wrong secret": (Way(secret=b"wrong"), 400, "SignatureDoesNotMatch"),
    "too old": (Way(age=905), 400, "InvalidTimeStamp.Expired"),
    "too far ahead": (Way(age=-905), 400, "InvalidTimeStamp.Expired"),
    "a token that the key has not": (Way(token="x"), 400, "InvalidSecurityToken.MismatchWithAccessKey"),
    "another form": (Way(parameters={"Format": "YAML"}), 400, "InvalidParameter.Format"),
}
ONLY: dict[str, dict[str, tuple[Way, int, str]]] = {
    "acs3": {
        "another path": (Way(path="/v1"), 404, "InvalidApi.NotFound"),
        "no time": (Way(headers={"x-acs-date": ""}), 400, "IllegalTimestamp"),
        "not a time": (Way(headers={"x-acs-date": "20260102T030405Z"}), 400, "InvalidTimeStamp.Format"),
        "no nonce": (Way(headers={"x-acs-signature-nonce": None}), 400, "IncompleteSignature"),
        "no action": (Way(headers={"x-acs-action": None}), 400, "MissingAction"),
        "no version": (Way(headers={"x-acs-version": None}), 400, "MissingVersion"),
        "not signed": (Way(signed=False), 400, "MissingAccessKeyId"),
        "a header that nobody signed": (Way(after={"x-acs-more": "1"}), 400, "IncompleteSignature"),
        "a token that nobody signed": (Way(after={"x-acs-security-token": "t"}), 400, "IncompleteSignature"),
        "no signature": (Way(signed=False, after={"authorization": "ACS3-HMAC-SHA256 x"}), 400, "IncompleteSignature"),
        "another method of signing": (
            Way(signed=False, after={"authorization": "ACS3-RSA-SHA256 x"}), 400, "InvalidSignatureMethod"
        ),
    },
    "rpc": {
        "no time": (Way(parameters={"Timestamp": None}), 400, "IllegalTimestamp"),
        "not a time": (Way(parameters={"Timestamp": "now"}), 400, "InvalidTimeStamp.Format"),
        "no nonce": (Way(parameters={"SignatureNonce": None}), 400, "MissingSignatureNonce"),
        "no key": (Way(parameters={"AccessKeyId": None}), 400, "MissingAccessKeyId"),
        "no action": (Way(parameters={"Action": None}), 400, "MissingAction"),
        "no version": (Way(parameters={"Version": None}), 400, "MissingVersion"),
        "not signed": (Way(signed=False), 400, "MissingSignature"),
        "another method of signing": (Way(parameters={"SignatureMethod": "HMAC-MD5"}), 400, "InvalidSignatureMethod"),
        "what headers ask for does not count": (
            Way(parameters={"Action": None}, after={"x-acs-action": UPLOAD}), 400, "MissingAction"
        ),
    },
}  # fmt: skip
TABLES = {by: {**REFUSALS, **ONLY[by.partition("-")[0]]} for by in ("acs3", "rpc", "rpc-form")}


@pytest.mark.parametrize(("by", "name"), [(by, name) for by, table in TABLES.items() for name in table])
def test_common_refusals(caller: Caller, by: str, name: str) -> None:
    way, status, code = TABLES[by][name]
    action = "Unknown" if name == "unknown action" else UPLOAD
    answered = caller.refused(status, code, action, replace(way, by=by), FileName="a")  # type: ignore[arg-type]
    assert answered.fields["Message"]


def test_a_mismatch_tells_what_was_signed_behind_a_colon(caller: Caller) -> None:
    """One SDK takes what comes after the first colon."""
    for by in ("acs3", "rpc"):
        answered = caller.refused(400, "SignatureDoesNotMatch", UPLOAD, Way(by=by, secret=b"x"), FileName="a")  # type: ignore[arg-type]
        start, _, text = answered.fields["Message"].partition(":")
        assert start == "Specified signature is not matched with our calculation. server string to sign is"
        assert text.startswith("POST&%2F&AccessKeyId%3D" if by == "rpc" else "ACS3-HMAC-SHA256\n")


@pytest.mark.parametrize("by", ["acs3", "rpc-form"])
def test_within_the_window(caller: Caller, by: str) -> None:
    for age in (890, -890):
        caller.ok(UPLOAD, Way(by=by, age=age), FileName="a")  # type: ignore[arg-type]


def test_methods(caller: Caller) -> None:
    for method in ("PUT", "DELETE", "HEAD"):
        reply = caller.client.send(method, "/?AccessKeyId=1&SignatureNonce=2")
        assert reply.status == 400
    preflight = caller.client.send("OPTIONS", "/", headers=[
        ("Origin", "https://a.example"), ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "x-acs-action,authorization"),
    ])  # fmt: skip
    assert (preflight.status, preflight.headers["access-control-allow-origin"]) == (200, "*")
    assert preflight.headers["access-control-allow-headers"] == "x-acs-action,authorization"


def test_a_parameter_that_is_given_twice_is_refused(caller: Caller) -> None:
    """Also when one is in the query and one in the form: the signature would not tell which counts."""
    way = Way(by="rpc-form", parameters={"FileName": "a"})
    assert read(caller.client.send("POST", "/?AccessKeyId=1&FileName=a&FileName=b")).refusal == (400, "BadRequest")
    caller.ok(UPLOAD, way)
    both = caller.client.send(
        "POST", "/?FileName=b", headers=[("Content-Type", FORM)], body=b"AccessKeyId=1&FileName=a"
    )
    assert read(both).refusal == (400, "BadRequest")


def test_a_long_body_is_refused_before_it_is_held(caller: Caller) -> None:
    way = Way(by="acs3-form")
    assert caller.call(UPLOAD, way, FileName="a" * (1 << 20)).refusal == (400, "InvalidParameter")


# Nonces.


@pytest.mark.parametrize("by", ["acs3", "rpc"])
def test_a_nonce_counts_once(caller: Caller, by: str) -> None:
    way = Way(by=by, nonce=os.urandom(8).hex())  # type: ignore[arg-type]
    caller.ok(UPLOAD, way, FileName="a")
    caller.refused(400, "SignatureNonceUsed", UPLOAD, way, FileName="a")
    caller.refused(400, "SignatureNonceUsed", UPLOAD, way, FileName="another call")
    caller.refused(400, "SignatureNonceUsed", WHO, way)
    other = "rpc" if by == "acs3" else "acs3"
    caller.refused(400, "SignatureNonceUsed", WHO, Way(by=other, nonce=way.nonce))  # type: ignore[arg-type]


def test_a_nonce_is_its_keys_own_and_strangers_cannot_spend_it(caller: Caller) -> None:
    nonce = os.urandom(8).hex()
    caller.refused(400, "SignatureDoesNotMatch", UPLOAD, Way(nonce=nonce, secret=b"guessed"), FileName="a")
    other = Caller(server=caller.server, client=caller.client, owner=OTHER)
    other.ok(UPLOAD, Way(nonce=nonce), FileName="a")
    caller.ok(UPLOAD, Way(nonce=nonce), FileName="a")
    caller.refused(400, "SignatureNonceUsed", UPLOAD, Way(nonce=nonce), FileName="a")


def test_of_many_at_once_one_passes(server: Server) -> None:
    nonce = os.urandom(8).hex()

    def call(_: int) -> int:
        client = server.client()
        try:
            return Caller(server=server, client=client).call(UPLOAD, Way(nonce=nonce), FileName="a").reply.status
        finally:
            client.close()

    with ThreadPoolExecutor(16) as pool:
        assert sorted(pool.map(call, range(48))) == [200] + [400] * 47


def test_workers_share_nonces_which_outlive_them(tmp_path: Path) -> None:
    """Two processes, and the whole server killed in between."""
    server = Server(tmp_path, "--workers", "2", ENTREPOT_MINT__REQUESTS_PER_SECOND="1000000")
    server.start()
    nonces = [os.urandom(8).hex() for _ in range(8)]

    def status(nonce: str) -> int:
        client = server.client()  # a connection each, so that both processes are asked
        try:
            return Caller(server=server, client=client).call(UPLOAD, Way(nonce=nonce), FileName="a").reply.status
        finally:
            client.close()

    assert [status(nonce) for nonce in nonces] == [200] * 8
    assert [status(nonce) for nonce in nonces] == [400] * 8
    process = server._process
    assert process is not None
    for pid in _children(process.pid):
        os.kill(pid, signal.SIGKILL)
    process.send_signal(signal.SIGKILL)
    process.wait()
    server.start()
    assert [status(nonce) for nonce in nonces] == [400] * 8
    assert server.finish().returncode == 0


def _children(pid: int) -> list[int]:
    return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


# Rates.


def test_twenty_a_second_for_each_account_and_api(serving: Callable[..., Server]) -> None:
    server = serving(mint__requests_per_second="20")
    server.make_owner(Owner(appid=1250000009, key_id="rated-account-id", secret=b"rated-account-secret"))
    client = server.client()
    caller = Caller(server=server, client=client, owner=DEV)
    began = time.monotonic()
    answered = [caller.call(UPLOAD, FileName="a") for _ in range(21)]
    if time.monotonic() - began < 1:
        assert [one.reply.status for one in answered[:20]] == [200] * 20
        assert answered[20].refusal == (400, "Throttling.User")
        assert answered[20].reply.headers["x-acs-retry-after"] == "1000"
        caller.ok(WHO)
        other = Owner(appid=1250000009, key_id="rated-account-id", secret=b"rated-account-secret")
        Caller(server=server, client=client, owner=other).ok(UPLOAD, FileName="a")
    time.sleep(1.1)
    caller.ok(UPLOAD, PLAIN, FileName="a")
    client.close()


@pytest.mark.parametrize("by", ["acs3", "rpc", "rpc-form"])
@pytest.mark.parametrize("name", ["fileName", "Colour", "policy", "ContentLengthRange"])
def test_parameters_that_an_api_has_not(caller: Caller, by: str, name: str) -> None:
    """One that is dropped may have been meant to narrow what is minted."""
    way = Way(by=by, parameters={name: "x"})  # type: ignore[arg-type]
    answered = caller.call(UPLOAD, way, FileName="a")
    assert answered.reply.status == 400, answered
    caller.call("AssumeRole", way, RoleArn="acs:ram::1:role/r", RoleSessionName="bob")
    known = Way(by=by, parameters={"RegionId": "cn-hangzhou"})  # type: ignore[arg-type]
    assert caller.call(UPLOAD, known, FileName="a").reply.status == 200
