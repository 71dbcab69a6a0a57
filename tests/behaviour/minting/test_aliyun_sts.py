"""Alibaba Cloud's and AWS's STS over raw HTTP: AssumeRole, whose keys may do what their policy says, over OSS and S3.

Sources: wire facts of Alibaba §1.6, §4.7; AWS, API reference of STS; issue "honoured exactly".
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from behaviour.bucket import Bucket
from behaviour.client import DEV
from behaviour.conftest import OTHER
from behaviour.server import Server
from behaviour.storage.clouds import COS, OSS, OSS_1, S3, TOS, Cloud
from behaviour.storage.signers import How
from behaviour.storage.speaker import Speaker

from .aliyun import AWS_ROLE, ROLE, USER_ID, AwsWay, Caller, Way, aws_call, of_aws, of_sts
from .attempts import check, on_bucket, on_object, revoke, upload_in_parts
from .clock import Clock
from .tencent import Minted

MIB = 1 << 20
Assume = Callable[..., Minted]
STS = {"RoleArn": ROLE, "RoleSessionName": "bob"}
AWS = {"RoleArn": AWS_ROLE, "RoleSessionName": "bob"}


@pytest.fixture
def caller(server: Server) -> Iterator[Caller]:
    """The development account's key."""
    client = server.client()
    yield Caller(server=server, client=client)
    client.close()


@pytest.fixture(params=["aliyun", "aws"])
def cloud(request: pytest.FixtureRequest) -> str:
    """Each of the two."""
    return str(request.param)


def assume(caller: Caller, cloud: str, **given: Any) -> Minted:
    """A temporary key."""
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in given.items()}
    if cloud == "aliyun":
        return of_sts(caller.ok("AssumeRole", **STS | texts))
    status, fields = aws_call(caller, "AssumeRole", **AWS | texts)
    assert status == 200, fields
    return of_aws(fields)


def policy(cloud: str, *statements: dict[str, Any]) -> dict[str, Any]:
    """A policy in either language. ``Action`` and ``Resource`` are OSS's; S3's are made of them."""
    if cloud == "aliyun":
        return {"Version": "1", "Statement": list(statements)}
    text = (
        json.dumps(list(statements))
        .replace("acs:oss:*:*:", "arn:aws:s3:::")
        .replace("oss:ListObjects", "s3:ListBucket")
    )
    return {"Version": "2012-10-17", "Statement": json.loads(text.replace("oss:", "s3:"))}


def allow(actions: str | list[str], *resources: str, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    """One statement about buckets and objects."""
    return {"Effect": effect, "Action": actions, "Resource": [f"acs:oss:*:*:{name}" for name in resources], **more}


def storage_of(cloud: str) -> Cloud:
    """Where the cloud's users spend the key."""
    return OSS if cloud == "aliyun" else S3


# The replies.


def test_the_reply_of_alibaba(caller: Caller) -> None:
    for by in ("acs3", "rpc", "rpc-form"):
        fields = caller.ok("AssumeRole", Way(by=by), **STS)  # type: ignore[arg-type]
        assert set(fields) == {"RequestId", "AssumedRoleUser", "Credentials"}
        given = fields["Credentials"]
        assert set(given) == {"AccessKeyId", "AccessKeySecret", "SecurityToken", "Expiration"}
        assert given["AccessKeyId"].startswith("STS.")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", given["Expiration"])
        assert fields["AssumedRoleUser"]["Arn"] == f"acs:ram::{USER_ID}:role/uploader/bob"
        assert fields["AssumedRoleUser"]["AssumedRoleId"].endswith(":bob")


def test_the_reply_of_aws(caller: Caller) -> None:
    status, fields = aws_call(caller, "AssumeRole", **AWS, Policy=json.dumps(policy("aws", allow("oss:*", "*"))))
    assert status == 200
    assert fields["AccessKeyId"].startswith("ASIA")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", fields["Expiration"])
    assert fields["Arn"] == f"arn:aws:sts::{USER_ID}:assumed-role/uploader/bob"
    assert re.fullmatch(r"AROA[A-Z2-7]{17}:bob", fields["AssumedRoleId"])
    assert {"AssumeRoleResponse", "AssumeRoleResult", "ResponseMetadata", "RequestId", "PackedPolicySize"} <= set(
        fields
    )


@pytest.mark.parametrize(("seconds", "lasts"), [(None, 3600), ("900", 900), ("43200", 43_200)])
def test_how_long_a_key_lasts(caller: Caller, seconds: str | None, lasts: int) -> None:
    more = {} if seconds is None else {"DurationSeconds": seconds}
    given = [caller.ok("AssumeRole", **STS, **more)["Credentials"], aws_call(caller, "AssumeRole", **AWS, **more)[1]]
    for fields in given:
        ends = time.strptime(fields["Expiration"], "%Y-%m-%dT%H:%M:%SZ")
        assert abs(time.mktime(ends) - time.mktime(time.gmtime()) - lasts) < 5


LONG = json.dumps({"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*" + " " * 2100}]})
WRONG: tuple[tuple[dict[str, str], tuple[int, str], tuple[int, str]], ...] = (
    ({"RoleArn": ""}, (400, "MissingRoleArn"), (400, "ValidationError")),
    ({"RoleArn": "uploader"}, (400, "InvalidParameter.RoleArn"), (400, "ValidationError")),
    ({"RoleArn": ROLE + "/x"}, (400, "InvalidParameter.RoleArn"), (400, "ValidationError")),
    ({"RoleSessionName": ""}, (400, "MissingRoleSessionName"), (400, "ValidationError")),
    ({"RoleSessionName": "a"}, (400, "InvalidParameter.RoleSessionName"), (400, "ValidationError")),
    ({"RoleSessionName": "a b"}, (400, "InvalidParameter.RoleSessionName"), (400, "ValidationError")),
    ({"RoleSessionName": "a" * 65}, (400, "InvalidParameter.RoleSessionName"), (400, "ValidationError")),
    ({"DurationSeconds": "899"}, (400, "InvalidParameter.DurationSeconds"), (400, "ValidationError")),
    ({"DurationSeconds": "43201"}, (400, "InvalidParameter.DurationSeconds"), (400, "ValidationError")),
    ({"DurationSeconds": "1h"}, (400, "InvalidParameter.DurationSeconds"), (400, "ValidationError")),
    ({"Policy": "{"}, (400, "InvalidParameter.PolicyGrammar"), (400, "MalformedPolicyDocument")),
    ({"Policy": '{"Version":"9","Statement":[]}'},
     (400, "InvalidParameter.PolicyGrammar"), (400, "MalformedPolicyDocument")),
    ({"Policy": '{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:Fly","Resource":"*"}]}'},
     (400, "InvalidParameter.PolicyGrammar"), (400, "MalformedPolicyDocument")),
    ({"Policy": LONG}, (400, "InvalidParameter.PolicySize"), (400, "PackedPolicyTooLarge")),
)  # fmt: skip


@pytest.mark.parametrize(
    ("given", "aliyun", "aws"), WRONG, ids=[f"{n}-{next(iter(w[0]))}" for n, w in enumerate(WRONG)]
)
def test_what_cannot_be(caller: Caller, given: dict[str, str], aliyun: tuple[int, str], aws: tuple[int, str]) -> None:
    assert caller.call("AssumeRole", **STS | given).refusal == aliyun
    status, fields = aws_call(caller, "AssumeRole", **AWS | given)
    assert (status, fields["Code"]) == aws
    assert fields["Type"] == "Sender"


def test_roles_of_other_accounts(caller: Caller) -> None:
    caller.refused(404, "EntityNotExist.Role", "AssumeRole", RoleArn="acs:ram::1:role/uploader", RoleSessionName="bob")
    status, fields = aws_call(caller, "AssumeRole", RoleArn="arn:aws:iam::1:role/uploader", RoleSessionName="bob")
    assert (status, fields["Code"]) == (403, "AccessDenied")
    other = replace(caller, owner=OTHER)
    other.refused(404, "EntityNotExist.Role", "AssumeRole", **STS)


@pytest.mark.parametrize(
    "more", [{"PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/X"}, {"SerialNumber": "x"}, {"TokenCode": "123456"}]
)
def test_what_would_narrow_and_is_not_built_is_refused(caller: Caller, more: dict[str, str]) -> None:
    status, fields = aws_call(caller, "AssumeRole", **AWS, **more)
    assert (status, fields["Code"]) == (400, "ValidationError")


AWS_REFUSALS: dict[str, tuple[str, AwsWay, int, str]] = {
    "unknown action": ("GetAccessKeyInfo", AwsWay(), 400, "InvalidAction"),
    "unknown version": ("AssumeRole", AwsWay(version="2010-01-01"), 400, "InvalidAction"),
    "no such key": ("AssumeRole", AwsWay(key_id="nobody"), 403, "InvalidClientTokenId"),
    "wrong secret": ("AssumeRole", AwsWay(secret=b"wrong"), 403, "SignatureDoesNotMatch"),
    "too old": ("AssumeRole", AwsWay(age=905), 403, "SignatureDoesNotMatch"),
    "too far ahead": ("AssumeRole", AwsWay(age=-905), 403, "SignatureDoesNotMatch"),
    "a token that the key has not": ("AssumeRole", AwsWay(token="x"), 403, "InvalidClientTokenId"),
    "not signed": ("AssumeRole", AwsWay(signed=False), 403, "MissingAuthenticationToken"),
    "another body": (
        "AssumeRole", AwsWay(body=b"Action=AssumeRole&Version=2011-06-15&x=1"), 403, "SignatureDoesNotMatch"
    ),
    "no action": ("", AwsWay(), 400, "MissingAction"),
}  # fmt: skip


@pytest.mark.parametrize("name", AWS_REFUSALS)
def test_refusals_of_aws(caller: Caller, name: str) -> None:
    action, way, status, code = AWS_REFUSALS[name]
    found, fields = aws_call(caller, action, way, **AWS)
    assert (found, fields["Code"]) == (status, code), fields


def test_a_signature_for_storage_calls_nothing_here(caller: Caller) -> None:
    """And one for STS stores nothing: the service is in the scope that is folded into the key."""
    reply = caller.client.send("GET", "/", headers=[("x-amz-date", "20260102T030405Z"), (
        "authorization",
        f"AWS4-HMAC-SHA256 Credential={DEV.key_id}/20260102/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0",
    )])  # fmt: skip
    assert b"https://sts.amazonaws.com" not in reply.body


def test_aws_is_throttled(serving: Callable[..., Server]) -> None:
    server = serving(mint__requests_per_second="1")
    client = server.client()
    caller = Caller(server=server, client=client)
    answers = [aws_call(caller, "GetCallerIdentity") for _ in range(12)]
    assert (400, "Throttling") in {(status, fields.get("Code", "")) for status, fields in answers}
    client.close()


def test_who_asks(caller: Caller) -> None:
    assert caller.ok("GetCallerIdentity")["Arn"] == f"acs:ram::{USER_ID}:root"
    assert aws_call(caller, "GetCallerIdentity")[1]["Arn"] == f"arn:aws:iam::{USER_ID}:root"
    for cloud in ("aliyun", "aws"):
        held = assume(caller, cloud, Policy=policy(cloud, allow("oss:GetObject", "demo/*")))
        holder = replace(caller, owner=held.owner, token=held.token)
        assert holder.ok("GetCallerIdentity")["IdentityType"] == "AssumedRoleUser"
        assert aws_call(holder, "GetCallerIdentity")[1]["Arn"].startswith(f"arn:aws:sts::{USER_ID}:assumed-role/")


def test_who_a_sub_user_is(caller: Caller) -> None:
    """Everybody may ask that, also who may do nothing else."""
    owner = caller.server.make_user(DEV.appid)
    user = replace(caller, owner=owner)
    name = owner.key_id.removeprefix("key-of-")
    found = user.ok("GetCallerIdentity")
    assert (found["IdentityType"], found["Arn"]) == ("RAMUser", f"acs:ram::{USER_ID}:user/{name}")
    assert (found["AccountId"], found["UserId"]) == (USER_ID, found["PrincipalId"])
    assert aws_call(user, "GetCallerIdentity")[1]["Arn"] == f"arn:aws:iam::{USER_ID}:user/{name}"
    user.refused(403, "NoPermission", "AssumeRole", **STS)
    assert aws_call(user, "AssumeRole", **AWS)[1]["Code"] == "AccessDenied"


# The keys, honoured exactly.


@pytest.mark.parametrize("spent_at", [OSS, OSS_1, S3, COS, TOS], ids=lambda spent_at: spent_at.name)
def test_without_a_policy_a_key_may_what_its_minter_may(
    caller: Caller, cloud: str, spent_at: Cloud, bucket: Bucket
) -> None:
    speaker = Speaker(bucket=bucket, cloud=spent_at, owner=DEV)
    held = assume(caller, cloud)
    holder = replace(speaker, owner=held.owner)
    holder.ok("PUT", "a", body=b"content", how=held.how)
    assert holder.ok("GET", "a", how=held.how).body == b"content"
    holder.ok("GET", how=held.how)
    assert holder.ask("DELETE", "a", how=held.how).status == 204


def test_a_token_is_needed_and_no_other_fits(caller: Caller, cloud: str, bucket: Bucket) -> None:
    speaker = Speaker(bucket=bucket, cloud=storage_of(cloud), owner=DEV)
    one, two = assume(caller, cloud), assume(caller, cloud)
    holder = replace(speaker, owner=one.owner)
    for token in ("", "x", two.token, one.token[:-1], one.token + "x"):
        assert holder.ask("PUT", "a", body=b"x", how=How(token=token)).status in {400, 403}, token
        user = replace(caller, owner=one.owner, token=token)
        assert user.call("GetCallerIdentity").reply.status == 400
        assert aws_call(user, "GetCallerIdentity")[0] == 403
    assert speaker.keys() == []
    holder.ok("PUT", "a", body=b"x", how=one.how)


def test_a_policy_for_one_prefix(caller: Caller, cloud: str, bucket: Bucket, new_bucket: Callable[..., Bucket]) -> None:
    speaker = Speaker(bucket=bucket, cloud=storage_of(cloud), owner=DEV)
    held = assume(caller, cloud, Policy=policy(cloud, allow("oss:PutObject", f"{bucket.name}/a/b/*")))
    put = {"put": 200, "initiate": 200, "part": 200}
    key = "a/b/c.txt"
    speaker.put(key, b"mine")
    check(on_object(speaker, key, speaker.start(key)), speaker, held, put | {"copy": 403})
    assert speaker.content(key) == b"new"
    for key in ("a/bc", "a/b", "a/x", "b", "A/b/c", "a/b"):
        speaker.put(key, b"theirs")
        check(on_object(speaker, key, speaker.start(key)), speaker, held, {})
        assert speaker.content(key) == b"theirs"
    check(on_bucket(speaker.cloud.prefix), speaker, held, {})
    other = Speaker(bucket=new_bucket(), cloud=storage_of(cloud), owner=DEV)
    other.put("a/b/c", b"theirs")
    check(on_object(other, "a/b/c", other.start("a/b/c")), other, held, {})
    if cloud == "aws":
        upload_in_parts(speaker, held, "a/b/big", b"a" * 5 * MIB, b"b")
    else:
        upload_in_parts(speaker, held, "a/b/big", b"a" * 200_000, b"b")


def test_deny_is_stronger(caller: Caller, cloud: str, bucket: Bucket) -> None:
    speaker = Speaker(bucket=bucket, cloud=storage_of(cloud), owner=DEV)
    statements = [
        allow("oss:*", bucket.name, f"{bucket.name}/*"),
        allow(["oss:PutObject", "oss:DeleteObject"], f"{bucket.name}/kept/*", effect="Deny"),
    ]
    held = assume(caller, cloud, Policy=policy(cloud, *statements))
    holder = replace(speaker, owner=held.owner)
    speaker.put("kept/a", b"kept")
    holder.ok("PUT", "free/a", body=b"x", how=held.how)
    assert holder.ok("GET", "kept/a", how=held.how).body == b"kept"
    assert holder.ask("PUT", "kept/a", body=b"x", how=held.how).status == 403
    assert holder.ask("DELETE", "kept/a", how=held.how).status == 403


def test_a_key_cannot_mint_a_wider_one(caller: Caller, cloud: str, bucket: Bucket) -> None:
    """Whatever it asks for, through either cloud."""
    speaker = Speaker(bucket=bucket, cloud=storage_of(cloud), owner=DEV)
    narrow = policy("aliyun", allow("oss:PutObject", f"{bucket.name}/a/*"), {
        "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*",
    })  # fmt: skip
    held = assume(caller, "aliyun", Policy=narrow)
    holder = replace(caller, owner=held.owner, token=held.token)
    wider = assume(holder, cloud, Policy=policy(cloud, allow("oss:*", "*")))
    assert replace(speaker, owner=wider.owner).ask("PUT", "b", body=b"x", how=wider.how).status == 403
    replace(speaker, owner=wider.owner).ok("PUT", "a/b", body=b"x", how=wider.how)
    no_more = assume(caller, "aliyun", Policy=policy("aliyun", allow("oss:PutObject", "*")))
    other = replace(caller, owner=no_more.owner, token=no_more.token)
    other.refused(403, "NoPermission", "AssumeRole", **STS)
    assert aws_call(other, "AssumeRole", **AWS)[1]["Code"] == "AccessDenied"


def test_it_is_nothing_in_another_account(caller: Caller, cloud: str, new_bucket: Callable[..., Bucket]) -> None:
    theirs = new_bucket(owner=OTHER)
    held = assume(caller, cloud, Policy=policy(cloud, allow("oss:*", "*")))
    speaker = Speaker(bucket=theirs, cloud=storage_of(cloud), owner=OTHER)
    speaker.put("a", b"theirs")
    check(on_object(speaker, "a", speaker.start("a")), speaker, held, {})


def test_revocation_holds_from_the_next_request_on(caller: Caller, cloud: str, bucket: Bucket) -> None:
    """Also for an upload that is under way."""
    speaker = Speaker(bucket=bucket, cloud=storage_of(cloud), owner=DEV)
    held, kept = assume(caller, cloud), assume(caller, cloud)
    holder = replace(speaker, owner=held.owner)
    holder.ok("PUT", "a", body=b"x", how=held.how)
    started = holder.ok("POST", "big", query={"uploads": ""}, how=held.how)
    upload = holder.cloud.value(started, "UploadId")
    revoke(caller.server, held)
    assert holder.ask("PUT", "a", body=b"y", how=held.how).status == 403
    part = {"partNumber": "1", "uploadId": upload}
    assert holder.ask("PUT", "big", query=part, body=b"y", how=held.how).status == 403
    assert replace(caller, owner=held.owner, token=held.token).call("GetCallerIdentity").reply.status == 404
    replace(speaker, owner=kept.owner).ok("PUT", "a", body=b"z", how=kept.how)


def test_the_row_of_a_right(caller: Caller, cloud: str) -> None:
    held = assume(caller, cloud, Policy=policy(cloud, allow("oss:GetObject", "demo/*")))
    key = caller.server.ask(lambda reader: reader.key(held.key_id))
    assert key is not None
    assert key.minted is not None
    assert (key.minted.api, key.minted.minter, key.minted.client) == ("sts:AssumeRole", DEV.key_id, "127.0.0.1")
    assert key.minted.allows == "what its minter may, as the role uploader in the session bob, within its policy"


@pytest.fixture
def turned(turning: tuple[Server, Clock]) -> Iterator[tuple[Caller, Clock]]:
    """A caller at a server whose clock can be turned."""
    server, clock = turning
    client = server.client()
    yield Caller(server=server, client=client), clock
    client.close()


def test_a_key_ends(turned: tuple[Caller, Clock], cloud: str) -> None:
    caller, clock = turned
    clock.turn(0)
    held = assume(caller, cloud, DurationSeconds="900")
    bucket = Bucket(server=caller.server, name="demo", client=caller.client)
    holder = Speaker(bucket=bucket, cloud=storage_of(cloud), owner=held.owner)
    for ahead, status in ((0, 200), (890, 200), (902, 403)):
        clock.turn(ahead)
        how = How(token=held.token, age=-ahead)
        assert holder.ask("PUT", "a", body=b"x", how=how).status in {status, 400 if status == 403 else status}
    user = replace(caller, owner=held.owner, token=held.token)
    user.refused(400, "InvalidSecurityToken.Expired", "GetCallerIdentity", Way(age=-902))
    status, fields = aws_call(user, "GetCallerIdentity", AwsWay(age=-902))
    assert (status, fields["Code"]) == (403, "ExpiredToken")
