"""control/ram: policies of RAM and both IAMs as grants; what is refused names its place.

Source: wire facts of Alibaba §2, §4.7; AWS "IAM JSON policy elements reference"; Volcengine's "Common IAM policies".
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.circumstances import Asked, Circumstances
from entrepot.core.rights.grant import Access, Grant, Right
from entrepot.core.rights.identity import Account
from entrepot.dialects.control.policies import ram

OWNER = Account(id=1250000000, user_id="100000000001", created_at=0.0)


def may(grant: Grant, right: Right, bucket: str | None, key: str | None, **more: Any) -> bool:
    given = {"account": OWNER.id, "at": 0.0, **more}
    return grant.permits(Access(right=right, bucket=bucket, key=key, **given))


def document(version: str | None = "1", **members: Any) -> str:
    given = {"Effect": "Allow", "Action": "oss:PutObject", "Resource": "acs:oss:*:*:b/*", **members}
    made: dict[str, Any] = {"Statement": [{name: value for name, value in given.items() if value is not None}]}
    return json.dumps(made if version is None else {"Version": version, **made})


def policy(version: str | None = "1", **members: Any) -> Grant:
    return ram.parse(document(version, **members), OWNER)


@pytest.mark.parametrize(
    ("action", "resource", "yes", "no"),
    [
        ("oss:PutObject", "acs:oss:*:*:b/a/*", [("b", "a/x")], [("b", "a"), ("c", "a/x")]),
        ("oss:PutObject", "acs:oss:cn-x:100000000001:b/k", [("b", "k")], [("b", "k2")]),
        ("s3:PutObject", "arn:aws:s3:::b/k?", [("b", "kx")], [("b", "k"), ("b", "kxx")]),
        ("s3:PutObject", "arn:aws-cn:s3:::b*/k", [("b", "k"), ("bc", "k"), ("b", "x/k")], [("c", "k")]),
        ("s3:PutObject", "arn:aws:s3:::b", [], [("b", "k"), ("b", "")]),
        ("s3:PutObject", "arn:aws:s3:::b*", [("b", "k"), ("bc", "x")], [("c", "b")]),
        ("s3:PutObject", "*", [("b", "k")], []),
        ("tos:PutObject", "trn:tos:::b/*", [("b", "k")], [("c", "k")]),
        ("tos:PutObject", "trn:tos:*:1250000000:b/k*k", [("b", "kk"), ("b", "k/k")], [("b", "k")]),
        ("tos:PutObject", "trn:tos:::*", [("b", "k")], []),
    ],
)
def test_objects(action: str, resource: str, yes: list[tuple[str, str]], no: list[tuple[str, str]]) -> None:
    grant = policy(Action=action, Resource=resource)
    for bucket, key in yes:
        for right in (Right.PUT_OBJECT, Right.POST_OBJECT, Right.START_UPLOAD, Right.PUT_PART, Right.COMPLETE_UPLOAD):
            assert may(grant, right, bucket, key), (bucket, key, right)
        assert not may(grant, Right.PUT_OBJECT, bucket, key, account=1)
        assert not may(grant, Right.READ_OBJECT, bucket, key)
    for bucket, key in no:
        assert not may(grant, Right.PUT_OBJECT, bucket, key), (bucket, key)


def test_buckets_are_named_without_a_key() -> None:
    listing = policy(Action="oss:ListObjects", Resource="acs:oss:*:*:b")
    assert may(listing, Right.LIST_OBJECTS, "b", "")
    assert may(listing, Right.LIST_OBJECTS, "b", "any/prefix")
    assert not may(listing, Right.LIST_OBJECTS, "c", "")
    assert not may(policy(Action="oss:ListObjects", Resource="acs:oss:*:*:b/*"), Right.LIST_OBJECTS, "b", "")
    wide = policy(Action="s3:ListBucket", Resource="arn:aws:s3:::b*")
    assert may(wide, Right.LIST_OBJECTS, "bc", "")
    assert may(wide, Right.STAT_BUCKET, "bc", None)
    assert not may(wide, Right.READ_BUCKET_ACL, "bc", None)
    every = policy(Action="oss:ListBuckets", Resource="acs:oss:*:*:*")
    assert may(every, Right.LIST_BUCKETS, None, None)


def test_services_do_not_mix() -> None:
    assert not may(policy(Action="s3:PutObject", Resource="acs:oss:*:*:b/*"), Right.PUT_OBJECT, "b", "k")
    assert may(policy(Action=["s3:PutObject", "oss:PutObject"]), Right.PUT_OBJECT, "b", "k")


def test_actions_in_any_case_and_with_wildcards() -> None:
    grant = policy(Action=["OSS:get*", "oss:PutObjectA?l"], Resource="*")
    assert may(grant, Right.READ_OBJECT, "b", "k")
    assert may(grant, Right.READ_CORS, "b", None)
    assert may(grant, Right.UPDATE_ACL, "b", "k")
    assert not may(grant, Right.PUT_OBJECT, "b", "k")
    assert not may(grant, Right.MINT, None, "hbr:GetTempFileDownloadLink")
    every = policy(Action="*", Resource="*")
    assert all(may(every, right, "b", "k") for right in Right)
    assert may(every, Right.MINT, None, "ms:CreateCosSecKeyInstance")


def test_calls_of_apis() -> None:
    grant = policy(Action="hbr:CreateTempFileUploadUrl", Resource="*")
    assert may(grant, Right.MINT, None, "hbr:CreateTempFileUploadUrl")
    assert not may(grant, Right.MINT, None, "hbr:GetTempFileDownloadLink")
    assert not may(grant, Right.PUT_OBJECT, "hbr-temp-bucket", "temp/k")
    assert may(policy(Action="vms:*", Resource="trn:vms:*:*:*"), Right.MINT, None, "vms:GetResourceUploadUrl")
    assert may(policy(Action="sts:AssumeRole", Resource="*"), Right.MINT, None, "sts:AssumeRole")


def test_everything_but_some_actions() -> None:
    grant = policy(Action=None, NotAction=["oss:DeleteObject", "oss:DeleteBucket", "hbr:*"], Resource="*")
    assert may(grant, Right.PUT_OBJECT, "b", "k")
    assert may(grant, Right.MINT, None, "vms:GetResourceUploadUrl")
    assert not may(grant, Right.MINT, None, "hbr:CreateTempFileUploadUrl")
    denied = ram.parse(
        json.dumps({"Version": "1", "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "NotAction": "s3:GetObject", "Resource": "*"},
        ]}), OWNER,
    )  # fmt: skip
    assert may(denied, Right.READ_OBJECT, "b", "k")
    assert not may(denied, Right.PUT_OBJECT, "b", "k")
    assert not may(denied, Right.MINT, None, "vms:GetResourceUploadUrl")


def test_everything_but_some_resources() -> None:
    both = ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]
    grant = ram.parse(
        json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
            {"Effect": "Deny", "Action": "s3:*", "NotResource": both},
        ]}), OWNER,
    )  # fmt: skip
    assert may(grant, Right.PUT_OBJECT, "b", "k")
    assert may(grant, Right.LIST_OBJECTS, "b", "")
    assert not may(grant, Right.PUT_OBJECT, "c", "k")
    assert not may(grant, Right.LIST_BUCKETS, None, None)
    objects = policy("2012-10-17", Action="s3:*", Resource=None, NotResource="arn:aws:s3:::b/x*")
    assert may(objects, Right.PUT_OBJECT, "b", "k")
    assert not may(objects, Right.PUT_OBJECT, "b", "xk")
    assert may(objects, Right.LIST_OBJECTS, "b", "")


def test_everything_but_the_calls_of_a_service() -> None:
    grant = policy(Action="*", Resource=None, NotResource="acs:hbr:*:*:*")
    assert may(grant, Right.PUT_OBJECT, "b", "k")
    assert may(grant, Right.MINT, None, "vms:GetResourceUploadUrl")
    assert not may(grant, Right.MINT, None, "hbr:CreateTempFileUploadUrl")


def test_deny_over_allow() -> None:
    grant = ram.parse(
        json.dumps({"Version": "1", "Statement": [
            {"Effect": "Allow", "Action": "oss:*", "Resource": "*"},
            {"Effect": "Deny", "Action": "oss:GetObject", "Resource": "acs:oss:*:*:b/secret/*"},
        ]}), OWNER,
    )  # fmt: skip
    assert may(grant, Right.READ_OBJECT, "b", "k")
    for right in (Right.READ_OBJECT, Right.STAT_OBJECT, Right.COPY_OBJECT, Right.MOVE_OBJECT):
        assert not may(grant, right, "b", "secret/k")
    assert may(grant, Right.PUT_OBJECT, "b", "secret/k")


CONDITIONS: list[tuple[str, dict[str, Any], Asked, Circumstances, bool]] = [
    ("1", {"IpAddress": {"acs:SourceIp": ["10.0.0.0/8"]}}, Asked(), Circumstances(source="10.0.0.1"), True),
    ("1", {"NotIpAddress": {"acs:SourceIp": "10.0.0.0/8"}}, Asked(), Circumstances(source="10.0.0.1"), False),
    ("1", {"Bool": {"acs:SecureTransport": "true"}}, Asked(), Circumstances(secure=False), False),
    ("1", {"DateLessThan": {"acs:CurrentTime": "1970-01-01T08:00:01+08:00"}}, Asked(), Circumstances(), True),
    ("1", {"NumericLessThan": {"entrepot:content-length": 5}}, Asked(content_length=5), Circumstances(), False),
    ("1", {"StringLike": {"entrepot:content-type": "image/*"}}, Asked(content_type="image/a"), Circumstances(), True),
    ("1", {"StringNotEquals": {"entrepot:acl": "private"}}, Asked(), Circumstances(), False),
    ("2012-10-17", {"StringNotEquals": {"s3:x-amz-acl": "private"}}, Asked(), Circumstances(), True),
    ("2012-10-17", {"StringNotEquals": {"s3:x-amz-acl": "private"}}, Asked(acl="private"), Circumstances(), False),
    ("2012-10-17", {"ForAnyValue:StringNotEquals": {"s3:x-amz-acl": "private"}}, Asked(), Circumstances(), False),
    ("2012-10-17", {"StringEqualsIfExists": {"s3:x-amz-acl": "private"}}, Asked(), Circumstances(), True),
    ("2012-10-17", {"Null": {"s3:x-amz-acl": "true"}}, Asked(), Circumstances(), True),
    ("2012-10-17", {"Null": {"s3:x-amz-acl": False}}, Asked(), Circumstances(), False),
    ("2012-10-17", {"NumericGreaterThan": {"aws:EpochTime": "-1"}}, Asked(), Circumstances(), True),
    ("2012-10-17", {"DateGreaterThan": {"aws:EpochTime": 1}}, Asked(), Circumstances(), False),
    ("2012-10-17", {"StringLike": {"aws:UserAgent": "boto*"}}, Asked(), Circumstances(user_agent="boto3/1"), True),
    (
        "2012-10-17", {"StringEquals": {"AWS:REFERER": ["a", "b"]}, "Bool": {"aws:securetransport": True}},
        Asked(), Circumstances(referer="b", secure=True), True,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("version", "block", "asked", "around", "expected"), CONDITIONS)
def test_conditions(version: str, block: dict[str, Any], asked: Asked, around: Circumstances, expected: bool) -> None:
    grant = policy(version, Condition=block)
    assert may(grant, Right.PUT_OBJECT, "b", "k", asked=asked, around=around) is expected


def test_a_listing_by_prefix() -> None:
    grant = policy(
        "2012-10-17", Action="s3:ListBucket", Resource="arn:aws:s3:::b",
        Condition={"StringLike": {"s3:prefix": ["home/*", "x"]}, "NumericLessThanEquals": {"s3:max-keys": 10}},
    )  # fmt: skip
    for prefix, keys, allowed in (("home/a", 10, True), ("x", 1, True), ("", 10, False), ("home/a", 11, False)):
        asked = Asked(prefix=prefix, max_keys=keys)
        assert may(grant, Right.LIST_OBJECTS, "b", prefix, asked=asked) is allowed


MALFORMED: list[tuple[str, str, str]] = [
    ("{", "the policy: line 1, column 2", "policy-format"),
    ('{"Version":"1"}', "the policy: the member Statement is missing", "policy-format"),
    ('{"version":"1","Statement":[]}', "version: this member is unknown; allowed are Version", "policy-format"),
    (document("2"), 'Version: "2" is no version that is understood; it must be "1" or "2012-10-17"', "policy-format"),
    ('{"Version":1,"Statement":[]}', "Version: 1 is no version", "policy-format"),
    (document(Effect=None), "Statement[0]: the member Effect is missing", "policy-format"),
    (document(Effect="allow"), 'Statement[0].Effect: "allow" is no effect; it must be "Allow" or "Deny"',
     "policy-format"),
    (document(Effect=["Allow"]), "Statement[0].Effect: ", "policy-format"),
    (document(Principal="*"), "Statement[0].Principal: the policy cannot contain a principal", "policy-format"),
    (document(NotPrincipal="*"), "Statement[0].NotPrincipal: ", "policy-format"),
    (document(Action=None), "Statement[0]: the member Action is missing", "policy-format"),
    (document(NotAction="oss:PutObject"), "Statement[0]: Action and NotAction are both there", "policy-format"),
    (document(NotResource="*"), "Statement[0]: Resource and NotResource are both there", "policy-format"),
    (document(Resource=None), "Statement[0]: the member Resource is missing", "policy-format"),
    (document(Action=["oss:PutObject", "oss:PutObjects"]),
     'Statement[0].Action[1]: "oss:PutObjects" is an unknown action; oss has PutObject', "policy-format"),
    (document(Action="ecs:Run Instances"), "Statement[0].Action: ", "policy-format"),
    (document(Action="oss:Zap*"), "Statement[0].Action: ", "policy-format"),
    (document(Action="PutObject"), "Statement[0].Action: ", "policy-format"),
    (document(Resource="b/*"), 'Statement[0].Resource: "b/*" is no resource', "policy-format"),
    (document(Resource="acs:oss:b/*"), "Statement[0].Resource: ", "policy-format"),
    (document(Resource="acs:oss:*:42:b/*"), "Statement[0].Resource: ", "policy-foreign"),
    (document(Resource="acs:s3:*:*:b/*"), "Statement[0].Resource: ", "policy-format"),
    (document(Resource="arn:aws:oss:::b/*"), "Statement[0].Resource: ", "policy-format"),
    (document(Resource="arn:azure:s3:::b/*"), "Statement[0].Resource: ", "policy-format"),
    (document(Condition={"StringEquals": {"s3:x-amz-acl": ["authenticated-read", "open"]}}),
     "Statement[0].Condition.StringEquals.s3:x-amz-acl: ", "policy-format"),
    (document(Resource="acs:hbr:*:*:vault/x"), "Statement[0].Resource: ", "policy-format"),
    (document(Resource="arn:aws:s3:::b/${aws:username}/*"), "Statement[0].Resource: ", "policy-format"),
    (document(Condition={"StringMatches": {"s3:prefix": "a"}}), "Statement[0].Condition.StringMatches: ",
     "policy-format"),
    (document(Condition={"ArnLike": {"aws:SourceArn": "a"}}), "Statement[0].Condition.ArnLike: ", "policy-format"),
    (document(Condition={"BinaryEquals": {"s3:prefix": "a"}}), "Statement[0].Condition.BinaryEquals: ",
     "policy-format"),
    (document(Condition={"NullIfExists": {"s3:prefix": "true"}}), "Statement[0].Condition.NullIfExists: ",
     "policy-format"),
    (document(Condition={"Bool": {"acs:MFAPresent": "true"}}), "Statement[0].Condition.Bool.acs:MFAPresent: ",
     "policy-format"),
    (document(Condition={"StringLike": {"s3:prefix": "${aws:username}/*"}}),
     "Statement[0].Condition.StringLike.s3:prefix: ", "policy-format"),
    (document(Condition={"NumericEquals": {"s3:prefix": 1}}), "Statement[0].Condition.NumericEquals.s3:prefix: ",
     "policy-format"),
    (document(Sid=5), "Statement[0].Sid: 5 is no text", "policy-format"),
    (document(Resource=["acs:oss:*:*:" + "b" * 7000]), "the policy: it has ", "policy-size"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "start", "reason"), MALFORMED)
def test_what_is_refused_names_its_place(text: str, start: str, reason: str) -> None:
    with pytest.raises(Fault) as caught:
        ram.parse(text, OWNER)
    fault = caught.value
    assert fault.message.startswith(start), fault.message
    assert (fault.kind, fault.reason) == (Kind.PARAMETER_INVALID, reason)
    assert fault.facts["place"] == fault.message.partition(": ")[0]


def test_volcengines_have_no_version() -> None:
    assert may(policy(None, Action="tos:*", Resource=["trn:tos:::b", "trn:tos:::b/*"]), Right.PUT_OBJECT, "b", "k")


def test_statements_keep_their_names() -> None:
    found = ram.statements(document(Sid="mine", Effect="Deny"), OWNER)
    assert [(one.where, one.sid, one.allow) for one in found] == [("Statement[0]", "mine", False)]
