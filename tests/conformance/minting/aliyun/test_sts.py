"""AssumeRole of Alibaba Cloud and of AWS by their SDKs, spent with oss2 and boto3.

Source: wire facts of Alibaba §1.6, §4; AWS, API reference of STS.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from conformance.aliyun.calls import is_content, pack
from conformance.driver import Driver
from conformance.minting.aliyun.conftest import how, refused
from conformance.plain_http import request
from conformance.server import BUCKET, Server

pytestmark = pytest.mark.conformance

USER = "100000000001"
ROLE = {"RoleArn": f"acs:ram::{USER}:role/uploader", "RoleSessionName": "bob"}
AWS_ROLE = {"RoleArn": f"arn:aws:iam::{USER}:role/uploader", "RoleSessionName": "bob"}
ONLY_BELOW = {
    "Version": "1",
    "Statement": [{"Effect": "Allow", "Action": ["oss:PutObject"], "Resource": [f"acs:oss:*:*:{BUCKET}/sts/*"]}],
}
AWS_ONLY_BELOW = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject"], "Resource": f"arn:aws:s3:::{BUCKET}/sts/*"}
    ],
}


def held_of(given: dict[str, Any]) -> dict[str, str]:
    """The temporary key of Alibaba's reply."""
    return {"key_id": given["AccessKeyId"], "secret": given["AccessKeySecret"], "token": given["SecurityToken"]}


@pytest.mark.parametrize("sdk", ["tea", "tea-v2", "core"])
@pytest.mark.parametrize("version", ["v1", "v4"])
def test_assume_role_spent_with_oss2(openapi_driver: Driver, server: Server, sdk: str, version: str) -> None:
    given = {**ROLE, "Policy": json.dumps(ONLY_BELOW), "DurationSeconds": 900}
    reply = openapi_driver.call("assume_role", how(server, sdk=sdk), given)
    assert reply["AssumedRoleUser"]["Arn"] == f"acs:ram::{USER}:role/uploader/bob"
    held = how(server, bucket=BUCKET, version=version, **held_of(reply["Credentials"]))
    oss: Callable[..., Any] = lambda *call: openapi_driver.call("oss", held, *call)  # noqa: E731
    assert oss("put_object", "sts/a b+中.txt", pack(b"by a role")) == 200
    for call in (
        ("put_object", "other/a.txt", pack(b"x")), ("put_object", "sts", pack(b"x")), ("get_object", "sts/a b+中.txt"),
        ("delete_object", "sts/a b+中.txt"), ("list_objects",),
    ):  # fmt: skip
        refused(403, "AccessDenied", lambda call=call: oss(*call))
    refused(403, "InvalidSecurityToken", lambda: openapi_driver.call(
        "oss", {**held, "token": "another"}, "put_object", "sts/b", pack(b"x")))  # fmt: skip


@pytest.mark.parametrize("sdk", ["tea", "tea-v2", "core"])
def test_a_role_without_a_policy_and_what_it_mints(openapi_driver: Driver, server: Server, sdk: str) -> None:
    reply = openapi_driver.call("assume_role", how(server, sdk=sdk), ROLE)
    held = how(server, sdk=sdk, bucket=BUCKET, **held_of(reply["Credentials"]))
    assert openapi_driver.call("oss", held, "put_object", "sts-free.txt", pack(b"free")) == 200
    assert is_content(openapi_driver.call("oss", held, "get_object", "sts-free.txt"), b"free")
    assert openapi_driver.call("upload_url", held, {"FileName": "a"})["Success"] is True, "with its token"
    if sdk != "core":
        assert openapi_driver.call("identity", held)["IdentityType"] == "AssumedRoleUser"
        assert openapi_driver.call("identity", how(server, sdk=sdk))["Arn"] == f"acs:ram::{USER}:root"


@pytest.mark.parametrize("sdk", ["tea", "core"])
def test_refusals_of_assume_role(openapi_driver: Driver, server: Server, sdk: str) -> None:
    def call(**changes: object) -> Any:
        return openapi_driver.call("assume_role", how(server, sdk=sdk), {**ROLE, **changes})

    refused(400, "InvalidParameter.RoleArn", lambda: call(RoleArn="uploader"))
    refused(404, "EntityNotExist.Role", lambda: call(RoleArn="acs:ram::1:role/uploader"))
    refused(400, "InvalidParameter.DurationSeconds", lambda: call(DurationSeconds=1))
    refused(400, "InvalidParameter.PolicyGrammar", lambda: call(Policy="{}"))


# AWS.


def aws_held(server: Server, reply: dict[str, Any]) -> dict[str, Any]:
    """The temporary key of AWS's reply."""
    given = reply["Credentials"]
    return how(server, key_id=given["AccessKeyId"], secret=given["SecretAccessKey"], token=given["SessionToken"])


def test_assume_role_of_aws_spent_with_boto3(aws_driver: Driver, server: Server) -> None:
    given = {**AWS_ROLE, "Policy": json.dumps(AWS_ONLY_BELOW), "DurationSeconds": 900}
    reply = aws_driver.call("sts", how(server), "assume_role", given)
    assert reply["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{USER}:assumed-role/uploader/bob"
    assert abs(reply["Credentials"]["Expiration"] - time.time() - 900) < 60
    held = aws_held(server, reply)

    def s3(method: str, **given: Any) -> Any:
        return aws_driver.call("s3", held, method, {"Bucket": BUCKET, **given})

    assert s3("put_object", Key="sts/aws.txt", Body="text") == 200
    assert is_content(s3("get_object", Key="sts/aws.txt"), b"text")
    assert aws_driver.call("upload_in_parts", held, BUCKET, "sts/big.bin", 12) == 12 << 20
    for method, more in (
        ("put_object", {"Key": "aws.txt"}), ("get_object", {"Key": "sts"}), ("delete_object", {"Key": "sts/aws.txt"}),
        ("list_objects_v2", {}), ("delete_bucket", {}),
    ):  # fmt: skip
        refused(403, "AccessDenied", lambda method=method, more=more: s3(method, **more))


def test_identities_of_aws(aws_driver: Driver, server: Server) -> None:
    assert aws_driver.call("sts", how(server), "get_caller_identity", {})["Arn"] == f"arn:aws:iam::{USER}:root"
    held = aws_held(server, aws_driver.call("sts", how(server), "assume_role", AWS_ROLE))
    found = aws_driver.call("sts", held, "get_caller_identity", {})
    assert (found["Account"], found["Arn"].split("/")[0]) == (USER, f"arn:aws:sts::{USER}:assumed-role")
    assert found["Arn"].split("/")[1:] == [AWS_ROLE["RoleArn"].rpartition("/")[2], AWS_ROLE["RoleSessionName"]]
    federated = aws_driver.call("sts", how(server), "get_federation_token", {"Name": "Jim"})
    assert federated["FederatedUser"]["Arn"] == f"arn:aws:sts::{USER}:federated-user/Jim"
    session = aws_held(server, aws_driver.call("sts", how(server), "get_session_token", {"DurationSeconds": 900}))
    assert aws_driver.call("sts", session, "get_caller_identity", {})["Arn"] == f"arn:aws:iam::{USER}:root"
    answer = request("GET", aws_driver.call("presigned_identity", how(server)))
    assert (answer.status, f"<Account>{USER}</Account>".encode() in answer.body) == (200, True)


def test_refusals_of_aws(aws_driver: Driver, server: Server) -> None:
    def call(method: str = "assume_role", given: dict[str, Any] | None = None, **changes: str) -> Any:
        return aws_driver.call("sts", how(server, **changes), method, AWS_ROLE if given is None else given)

    refused(403, "SignatureDoesNotMatch", lambda: call(secret="wrong"))
    refused(403, "InvalidClientTokenId", lambda: call(key_id="nobody"))
    refused(403, "InvalidClientTokenId", lambda: call(token="none"))
    refused(400, "InvalidAction", lambda: call("get_access_key_info", {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}))
    refused(403, "AccessDenied", lambda: call(given={**AWS_ROLE, "RoleArn": "arn:aws:iam::999999999999:role/x"}))
    refused(400, "MalformedPolicyDocument", lambda: call(given={**AWS_ROLE, "Policy": "{}"}))
