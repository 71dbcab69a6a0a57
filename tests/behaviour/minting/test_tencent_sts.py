"""STS GetFederationToken and AssumeRole over raw HTTP: whatever the policy leaves of the caller's own rights.

Sources: wire facts of Tencent §5, §8; issue "honoured exactly".
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from behaviour.bucket import Bucket, NewBucket
from behaviour.client import DEV
from behaviour.conftest import OTHER
from behaviour.server import Server
from behaviour.storage.clouds import COS, S3, Cloud
from behaviour.storage.speaker import Speaker

from .aliyun import USER_ID
from .attempts import check, on_bucket, on_object, revoke, upload_in_parts
from .tencent import Caller, Minted, Way, allow, of_sts, policy

ACTION = "GetFederationToken"
ROLE = "qcs::cam::uin/100000000001:roleName/uploader"
UPLOADS = [
    f"name/cos:{name}"
    for name in (
        "PutObject", "PostObject", "InitiateMultipartUpload", "ListMultipartUploads", "ListParts", "UploadPart",
        "CompleteMultipartUpload",
    )
]  # fmt: skip
each_cloud = pytest.mark.parametrize("cloud", [S3, COS], ids=lambda cloud: cloud.name)


@pytest.fixture
def caller(server: Server) -> Iterator[Caller]:
    """The development key."""
    client = server.client()
    yield Caller(server=server, client=client)
    client.close()


def token(caller: Caller, text: str, **more: Any) -> Minted:
    """What a policy gives."""
    return of_sts(caller.ok(ACTION, {"Name": "tests", "Policy": text, **more}))


def way_of(minted: Minted, **more: Any) -> Way:
    """A call by that key."""
    return Way(key_id=minted.key_id, secret=minted.secret.encode(), token=minted.token, **more)


def below(bucket: Bucket, pattern: str) -> str:
    """A resource as the Python helper writes it."""
    return f"qcs::cos:ap-guangzhou:uid/{DEV.appid}:{bucket.host_name}/{pattern}"


def test_the_result(caller: Caller, bucket: Bucket) -> None:
    before = int(time.time())
    fields = caller.ok(
        ACTION, {"Name": "a", "Policy": policy(allow(UPLOADS, below(bucket, "*"))), "DurationSeconds": 900}
    )
    assert set(fields) == {"Credentials", "ExpiredTime", "Expiration", "RequestId"}
    assert set(fields["Credentials"]) == {"Token", "TmpSecretId", "TmpSecretKey"}
    assert before + 900 <= fields["ExpiredTime"] <= time.time() + 900
    ends = time.strptime(fields["Expiration"], "%Y-%m-%dT%H:%M:%SZ")
    assert time.mktime(ends) - time.mktime(time.gmtime(fields["ExpiredTime"])) == 0
    assert re.fullmatch(r"AKID[A-Za-z0-9]{32}", fields["Credentials"]["TmpSecretId"])


@each_cloud
def test_uploads_below_a_prefix(caller: Caller, bucket: Bucket, cloud: Cloud) -> None:
    minted = token(caller, policy(allow(UPLOADS, below(bucket, "up/*"))))
    speaker = Speaker(bucket=bucket, cloud=cloud, owner=DEV)
    upload_in_parts(speaker, minted, "up/big", b"content")
    assert speaker.content("up/big") == b"content"
    speaker.put("up/1", b"mine")
    allowed = {"put": 200, "initiate": 200, "part": 200, "parts": 200, "uploads": 200}
    check(on_object(speaker, "up/1", speaker.start("up/1")), speaker, minted, allowed)
    for key in ("up", "upp/1", "Up/1", "other/up/1"):
        speaker.put(key, b"theirs")
        check(on_object(speaker, key, speaker.start(key)), speaker, minted, {})
    check(on_bucket(speaker.cloud.prefix), speaker, minted, {})


@pytest.mark.parametrize(
    "statement",
    [
        {"effect": "allow", "action": "name/cos:PutObject", "resource": "{old}", "principal": {"qcs": "*"}},
        {"effect": "allow", "principal": {"qcs": ["*"]}, "action": ["cos:PutObject"], "resource": ["{new}"]},
    ],
    ids=["as the Node helper writes it", "without name/"],
)
def test_what_helpers_of_sdks_write(caller: Caller, bucket: Bucket, statement: dict[str, Any]) -> None:
    """Principals are left out; resources may have the older form."""
    old = f"qcs::cos:ap-guangzhou:uid/{DEV.appid}:prefix//{DEV.appid}/{bucket.name}/up/*"
    text = json.dumps({"version": "2.0", "statement": statement if "old" in str(statement) else [statement]})
    minted = token(caller, quote(text.replace("{old}", old).replace("{new}", below(bucket, "up/*"))))
    holder = Speaker(bucket=bucket, cloud=COS, owner=minted.owner)
    holder.ok("PUT", "up/1", body=b"x", how=minted.how)
    assert holder.ask("PUT", "down/1", body=b"x", how=minted.how).status == 403


def test_conditions(caller: Caller, bucket: Bucket) -> None:
    """The source's address, as a usual template has it."""
    for network, status in (("127.0.0.0/8", 200), ("10.0.0.0/8", 403)):
        condition = {"ip_equal": {"qcs:ip": [network]}}
        minted = token(caller, policy(allow(UPLOADS, below(bucket, "*"), condition=condition)))
        holder = Speaker(bucket=bucket, cloud=COS, owner=minted.owner)
        assert holder.ask("PUT", "k", body=b"x", how=minted.how).status == status


def test_revocation(caller: Caller, bucket: Bucket) -> None:
    minted = token(caller, policy(allow(UPLOADS, below(bucket, "*"))))
    holder = Speaker(bucket=bucket, cloud=COS, owner=minted.owner)
    holder.ok("PUT", "k", body=b"x", how=minted.how)
    revoke(caller.server, minted)
    assert holder.ask("PUT", "k", body=b"x", how=minted.how).status == 403


def test_it_never_exceeds_its_minter(caller: Caller, bucket: Bucket, new_bucket: NewBucket) -> None:
    """A temporary key makes none by this API, and by others only within its own rights."""
    everything = token(caller, policy(allow(["*"], "*")))
    given = {"Name": "x", "Policy": policy(allow(["*"], "*"))}
    caller.refused("FailedOperation.TempKeyNotAllowed", ACTION, given, way_of(everything))
    theirs = Bucket(server=bucket.server, name=new_bucket(owner=OTHER).name, owner=OTHER, client=bucket.client)
    holder = Speaker(bucket=theirs, cloud=S3, owner=everything.owner)
    assert holder.ask("PUT", "k", body=b"x", how=everything.how).status == 403
    narrow = token(
        caller, policy(allow(["name/vod:CreateStorageCredentials"], "*"), allow(UPLOADS, below(bucket, "up/*")))
    )
    vod = policy(allow(["name/vod:PutObject"], f"qcs::vod::uid/{DEV.appid}:prefix//220209/{bucket.name}/*"))
    fields = caller.ok("CreateStorageCredentials", {"SubAppId": 220209, "Policy": vod}, way_of(narrow))["Credentials"]
    second = Minted(key_id=fields["AccessKeyId"], secret=fields["SecretAccessKey"], token=fields["SessionToken"])
    holder = Speaker(bucket=bucket, cloud=S3, owner=second.owner)
    holder.ok("PUT", "up/1", body=b"x", how=second.how)
    assert holder.ask("PUT", "other/1", body=b"x", how=second.how).status == 403
    caller.refused("UnauthorizedOperation.AuthFailed", "CreateCosSecKeyInstance", way=way_of(narrow))


@pytest.mark.parametrize(
    ("values", "code", "says"),
    [
        ({"Name": None}, "MissingParameter", "`Name`"),
        ({"Policy": None}, "MissingParameter", "`Policy`"),
        ({"Name": "a b"}, "InvalidParameter.ParamError", "`Name`"),
        ({"DurationSeconds": 129_601}, "InvalidParameter.OverTimeError", "129600"),
        ({"DurationSeconds": "x"}, "InvalidParameter", "`DurationSeconds`"),
        ({"Policy": "x"}, "InvalidParameter.StrategyFormatError", "JSON"),
        ({"Policy": policy(allow(["name/cos:Steal"], "*"))}, "InvalidParameter.StrategyFormatError", "action[0]"),
        ({"Policy": policy(allow(["name/cos:PutObject"], "qcs::cos::uid/5:a-5/*"))},
         "InvalidParameter.GrantOtherResource", "resource[0]"),
        ({"Policy": policy(allow(["name/cos:PutObject"] * 2000, "*"))}, "InvalidParameter.PolicyTooLong", "bytes"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_values_that_cannot_be(caller: Caller, values: dict[str, Any], code: str, says: str) -> None:
    given = {"Name": "x", "Policy": policy(allow(["*"], "*")), **values}
    caller.refused(code, ACTION, {name: value for name, value in given.items() if value is not None}, says=says)


def test_roles(caller: Caller, bucket: Bucket) -> None:
    """With a policy its part of the caller's rights, without one all of them."""
    given = {"RoleArn": ROLE, "RoleSessionName": "tests"}
    assert abs(caller.ok("AssumeRole", given)["ExpiredTime"] - time.time() - 7200) < 5
    whole = of_sts(caller.ok("AssumeRole", given))
    part = of_sts(caller.ok("AssumeRole", {**given, "Policy": policy(allow(UPLOADS, below(bucket, "up/*")))}))
    for minted, key, status in ((whole, "any", 200), (part, "up/1", 200), (part, "any", 403)):
        holder = Speaker(bucket=bucket, cloud=COS, owner=minted.owner)
        assert holder.ask("PUT", key, body=b"x", how=minted.how).status == status
    for arn in ("qcs::cam::uin/5:roleName/uploader", "uploader", "qcs::cam::uin/100000000001:user/x"):
        caller.refused("InvalidParameter.ParamError", "AssumeRole", {**given, "RoleArn": arn}, says="RoleArn")
    caller.refused("InvalidParameter.OverTimeError", "AssumeRole", {**given, "DurationSeconds": 43_201})


def test_who_asks(caller: Caller) -> None:
    """Needs no right. Source: document 1312/66098, whose examples have a sub-user, a role and a federated name."""
    fields = caller.ok("GetCallerIdentity")
    assert {**fields, "RequestId": ""} == {
        "Arn": f"qcs::cam:{USER_ID}:uin/{USER_ID}", "AccountId": USER_ID, "UserId": USER_ID, "PrincipalId": USER_ID,
        "Type": "CAMUser", "RequestId": "",
    }  # fmt: skip
    caller.refused("UnknownParameter", "GetCallerIdentity", {"Name": "x"})
    federated = token(caller, policy(allow(UPLOADS, "*")))
    fields = caller.ok("GetCallerIdentity", {}, way_of(federated))
    assert re.fullmatch(rf"{USER_ID}:[\w-]+", fields["UserId"])
    assert (fields["Arn"], fields["Type"]) == (f"qcs::sts:{USER_ID}:federated-user/{USER_ID}", "CAMUser")
    given = {"RoleArn": f"qcs::cam::uin/{USER_ID}:roleName/reader", "RoleSessionName": "Session-1"}
    role = of_sts(caller.ok("AssumeRole", given))
    fields = caller.ok("GetCallerIdentity", {}, way_of(role))
    assert fields["UserId"].endswith(":Session-1")
    assert fields["Arn"] == f"qcs::sts:{USER_ID}:assumed-role/{fields['UserId'].partition(':')[0]}"
    assert (fields["PrincipalId"], fields["Type"]) == (USER_ID, "CAMRole")


def test_parameters_that_are_there_twice(caller: Caller) -> None:
    """Whoever signed, or logged, the other one read another call."""
    body = b'{"Name": "x", "Policy": "{}", "Name": "y"}'
    caller.refused("InvalidParameter", ACTION, {}, Way(body=body))
