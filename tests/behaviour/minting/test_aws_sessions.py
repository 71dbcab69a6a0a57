"""AWS's STS beside AssumeRole: GetSessionToken, GetFederationToken, chains of roles, and who asks.

Sources: AWS, API reference of STS; IAM user guide, "Compare AWS STS credentials" (which sessions may call what, and how
long those of the account itself last) and "Roles terms and concepts" (role chaining: one hour).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from behaviour.bucket import Bucket
from behaviour.client import DEV
from behaviour.server import Server
from behaviour.storage.clouds import S3
from behaviour.storage.speaker import Speaker

from .aliyun import AWS_ROLE, ROLE, USER_ID, Caller, aws_call, of_aws, of_sts

AWS = {"RoleArn": AWS_ROLE, "RoleSessionName": "bob"}
ALL = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


@pytest.fixture
def caller(server: Server) -> Iterator[Caller]:
    """The development account's key."""
    client = server.client()
    yield Caller(server=server, client=client)
    client.close()


def sub_user(caller: Caller, *actions: str) -> Caller:
    """A user who may do these."""
    text = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
    return replace(caller, owner=caller.server.make_user(DEV.appid, json.dumps(text)))


def held(caller: Caller, action: str, **given: str) -> Caller:
    """Who holds what a call gave."""
    status, fields = aws_call(caller, action, **given)
    assert status == 200, fields
    made = of_aws(fields)
    return replace(caller, owner=made.owner, token=made.token)


def lasts(fields: dict[str, str]) -> float:
    """Seconds until the end."""
    return time.mktime(time.strptime(fields["Expiration"], "%Y-%m-%dT%H:%M:%SZ")) - time.mktime(time.gmtime())


def put(caller: Caller, bucket: Bucket, key: str = "k") -> int:
    """The status of storing something."""
    from .tencent import Minted

    made = Minted(key_id=caller.owner.key_id, secret=caller.owner.secret.decode(), token=caller.token)
    return Speaker(bucket=bucket, cloud=S3, owner=caller.owner).ask("PUT", key, body=b"x", how=made.how).status


def test_a_session_of_ones_own(caller: Caller, bucket: Bucket) -> None:
    user = sub_user(caller, "s3:PutObject")
    status, fields = aws_call(user, "GetSessionToken")
    assert status == 200, "the cloud asks for no right to call it"
    assert abs(lasts(fields) - 43_200) < 5
    assert {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"} <= set(fields)
    holder = held(user, "GetSessionToken", DurationSeconds="900")
    assert put(holder, bucket) == 200
    name = user.owner.key_id.removeprefix("key-of-")
    assert aws_call(holder, "GetCallerIdentity")[1]["Arn"] == f"arn:aws:iam::{USER_ID}:user/{name}"
    for action, given in (("GetSessionToken", {}), ("GetFederationToken", {"Name": "bob"})):
        status, fields = aws_call(holder, action, **given)
        assert (status, fields["Code"]) == (403, "AccessDenied")
    assert abs(lasts(aws_call(caller, "GetSessionToken", DurationSeconds="129600")[1]) - 3600) < 5, "of the account"


@pytest.mark.parametrize("given", [{"DurationSeconds": "899"}, {"DurationSeconds": "129601"}, {"TokenCode": "123456"}])
def test_sessions_that_cannot_be(caller: Caller, given: dict[str, str]) -> None:
    status, fields = aws_call(caller, "GetSessionToken", **given)
    assert (status, fields["Code"]) == (400, "ValidationError")


def test_a_federated_session(caller: Caller, bucket: Bucket) -> None:
    user = sub_user(caller, "s3:PutObject", "sts:*")
    policy = ALL.replace('"*", "Resource": "*"', f'"s3:*", "Resource": "arn:aws:s3:::{bucket.name}/up/*"')
    status, fields = aws_call(user, "GetFederationToken", Name="Jim", Policy=policy)
    assert status == 200, fields
    assert fields["Arn"] == f"arn:aws:sts::{USER_ID}:federated-user/Jim"
    assert fields["FederatedUserId"] == f"{USER_ID}:Jim"
    assert int(fields["PackedPolicySize"]) >= 1
    assert abs(lasts(fields) - 43_200) < 5
    made = of_aws(fields)
    holder = replace(user, owner=made.owner, token=made.token)
    assert put(holder, bucket, "up/k") == 200
    assert put(holder, bucket, "k") == 403
    answered = aws_call(holder, "GetCallerIdentity")[1]
    assert (answered["Arn"], answered["UserId"]) == (fields["Arn"], fields["FederatedUserId"])
    for action, given in (("AssumeRole", AWS), ("GetSessionToken", {}), ("GetFederationToken", {"Name": "bob"})):
        status, answered = aws_call(holder, action, **given)
        assert (status, answered["Code"]) == (403, "AccessDenied"), action
    assert put(held(user, "GetFederationToken", Name="Jim"), bucket, "up/k") == 403, "without a policy: nothing"
    for wrong in (
        {},
        {"Name": "a"},
        {"Name": "a" * 33},
        {"Name": "a b"},
        {"Name": "ok", "PolicyArns.member.1.arn": "x"},
    ):
        assert aws_call(user, "GetFederationToken", **wrong)[1]["Code"] == "ValidationError"


def test_a_chain_of_roles_lasts_an_hour(caller: Caller) -> None:
    role = held(caller, "AssumeRole", **AWS, DurationSeconds="43200")
    status, fields = aws_call(role, "AssumeRole", **AWS, DurationSeconds="3601")
    assert (status, fields["Code"]) == (400, "ValidationError")
    assert "role chaining" in fields["Message"]
    assert abs(lasts(aws_call(role, "AssumeRole", **AWS, DurationSeconds="3600")[1]) - 3600) < 5
    assert abs(lasts(aws_call(role, "AssumeRole", **AWS)[1]) - 3600) < 5


def test_who_asks_is_told_as_it_was_asked_for(caller: Caller) -> None:
    role = held(caller, "AssumeRole", RoleArn=AWS_ROLE, RoleSessionName="Session-1")
    _, fields = aws_call(role, "GetCallerIdentity")
    assert fields["Arn"] == f"arn:aws:sts::{USER_ID}:assumed-role/uploader/Session-1"
    assert fields["UserId"].endswith(":Session-1")
    given = caller.ok("AssumeRole", RoleArn=ROLE, RoleSessionName="Session-2")
    made = of_sts(given)
    found: Any = replace(caller, owner=made.owner, token=made.token).ok("GetCallerIdentity")
    assert found["Arn"] == f"acs:ram::{USER_ID}:assumed-role/uploader/Session-2"
    assert found["PrincipalId"] == given["AssumedRoleUser"]["AssumedRoleId"]


@pytest.mark.parametrize(
    "name", ["policy", "Policy.1", "PolicyDocument", "durationSeconds", "Colour", "policyArns.member.1"]
)
def test_what_a_session_would_not_heed_is_refused(caller: Caller, name: str) -> None:
    """A policy under another name would be none, and the session wider than was asked for."""
    status, fields = aws_call(caller, "AssumeRole", **AWS, **{name: ALL})
    assert (status, fields["Code"]) == (400, "ValidationError"), fields


def test_what_sdks_say_beside_it_is_taken(caller: Caller) -> None:
    """Source: AWS, "AssumeRole"; botocore writes an empty list as an empty parameter."""
    more = {
        "ExternalId": "x1", "SourceIdentity": "alice", "Tags.member.1.Key": "team", "Tags.member.1.Value": "a",
        "TransitiveTagKeys.member.1": "team", "PolicyArns": "", "Policy": ALL, "DurationSeconds": "900",
    }  # fmt: skip
    assert aws_call(caller, "AssumeRole", **AWS, **more)[0] == 200
