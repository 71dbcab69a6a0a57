"""control/cam: Tencent's policies as grants, the seed's among them; what is refused names its place.

Source: seed 002; wire facts of Tencent §3.2, §5, §10, §12; COS's published policies (436/12469, 436/30580).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.circumstances import Asked, Circumstances
from entrepot.core.rights.grant import Access, Grant, Right
from entrepot.core.rights.identity import Account
from entrepot.dialects.control.policies import cam

POLICIES = Path(__file__).parent / "policies"
OWNER = Account(id=251197738, user_id="100000000001", created_at=0.0)
UPLOADING = (Right.START_UPLOAD, Right.LIST_PARTS, Right.PUT_PART, Right.COMPLETE_UPLOAD)


def seed(name: str) -> Grant:
    """One of the seed's policies, as its server reads it."""
    return cam.parse(unquote((POLICIES / f"seed_{name}.txt").read_text().strip()), OWNER)


def may(grant: Grant, right: Right, bucket: str | None, key: str | None, **more: Any) -> bool:
    given = {"account": OWNER.id, "at": 0.0, **more}
    return grant.permits(Access(right=right, bucket=bucket, key=key, **given))


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("one_file", [("a", "001.png")]),
        ("many_files", [("a", "1024x1024.png"), ("a", "b/c/1042x1042.png"), ("path", "2060.gif_wh300.gif")]),
        ("auto", [("auto", "001.png")]),
    ],
)
def test_the_seeds_uploads(name: str, places: list[tuple[str, str]]) -> None:
    grant = seed(name)
    for bucket, key in places:
        for right in UPLOADING:
            assert may(grant, right, bucket, key)
            for other in (key + "x", key[:-1], key + "/", "x" + key, f"{key}/x"):
                assert not may(grant, right, bucket, other)
            assert not may(grant, right, bucket + "x", key)
            assert not may(grant, right, bucket, key, account=OWNER.id + 1)
        assert may(grant, Right.LIST_UPLOADS, bucket, key)
        assert not may(grant, Right.LIST_UPLOADS, bucket, "")
        for right in set(Right) - {*UPLOADING, Right.LIST_UPLOADS, Right.COPY_PART}:
            assert not may(grant, right, bucket, key), right


def test_the_seeds_listing() -> None:
    grant = seed("list_prefix")
    for prefix in ("", "x", "x/y"):
        assert may(grant, Right.LIST_OBJECTS, "98gw6e1b4hds0zh", prefix)
    assert not may(grant, Right.LIST_OBJECTS, "98gw6e1b4hds0zhx", "")
    for right in set(Right) - {Right.LIST_OBJECTS}:
        assert not may(grant, right, "98gw6e1b4hds0zh", "x"), right


def test_what_ends_in_a_slash_is_for_listings_everything_below() -> None:
    grant = policy(action=["vod:GetBucket", "vod:PutObject"], resource="qcs::vod::uid/251197738:prefix//220209/b/d/")
    assert may(grant, Right.LIST_OBJECTS, "b", "d/")
    assert may(grant, Right.LIST_OBJECTS, "b", "d/e")
    assert not may(grant, Right.LIST_OBJECTS, "b", "d")
    assert may(grant, Right.PUT_OBJECT, "b", "d/")
    assert not may(grant, Right.PUT_OBJECT, "b", "d/e")


def test_an_application_and_its_buckets() -> None:
    vod = cam.Vod(application=220209, bucket_of=lambda found: f"own-{found}", buckets=("one", "two"))
    text = document(action="vod:PutObject", resource="qcs::vod::uid/251197738:prefix//220209/x/k")
    assert may(cam.parse(text, OWNER, vod=vod), Right.PUT_OBJECT, "own-x", "k")
    wide = cam.parse(text.replace("220209/x/k", "220209/*"), OWNER, vod=vod)
    assert [may(wide, Right.PUT_OBJECT, name, "k") for name in ("one", "two", "three")] == [True, True, False]
    tail = cam.parse(text.replace("220209/x/k", "220209/*/k"), OWNER, vod=vod)
    assert [may(tail, Right.PUT_OBJECT, "one", key) for key in ("k", "x/k", "k/x")] == [True, True, False]
    with pytest.raises(Fault) as caught:
        cam.parse(text, OWNER, vod=cam.Vod(application=1))
    assert caught.value.reason == "policy-foreign"


def statement(**members: Any) -> dict[str, Any]:
    given = {"effect": "allow", "action": "cos:PutObject", "resource": "qcs::cos::uid/251197738:b-251197738/a/*"}
    return {name: value for name, value in {**given, **members}.items() if value is not None}


def document(**members: Any) -> str:
    return json.dumps({"version": "2.0", "statement": [statement(**members)]})


def policy(**members: Any) -> Grant:
    return cam.parse(document(**members), OWNER)


@pytest.mark.parametrize(
    ("resource", "yes", "no"),
    [
        (
            "qcs::cos::uid/251197738:b-251197738/a/*",
            [("b", "a/x"), ("b", "a/")],
            [("b", "a"), ("c", "a/x"), ("b", None)],
        ),
        ("qcs::cos:ap-x:uin/100000000001:b-251197738/k", [("b", "k")], [("b", "k2"), ("b", None)]),
        ("qcs::cos:::b-251197738/a*z", [("b", "az"), ("b", "a/z")], [("b", "a")]),
        ("qcs::cos:::b-251197738/*", [("b", "a"), ("b", None), ("b", "")], [("bb", "a")]),
        ("qcs::cos:::b-251197738/", [("b", None), ("b", "")], [("b", "a")]),
        ("qcs::cos:::b-251197738", [("b", None), ("b", "")], [("b", "a")]),
        ("qcs::cos:::b*", [("b", "k"), ("bc", "k"), ("bc", None)], [("c", "k")]),
        ("qcs::cos:::*-251197738/pub/*", [("x", "pub/k")], [("x", "k"), ("x", None)]),
        ("qcs::cos:::*/pub/*", [("x", "pub/k"), ("x", "a/pub/k")], [("x", "k")]),
        ("qcs::cos::uid/251197738:prefix//251197738/b/a/*", [("b", "a/x")], [("c", "a/x")]),
        ("qcs::cos::uid/251197738:prefix//251197738/*", [("b", "a"), ("c", None)], []),
        ("qcs::cos:::*", [("b", "a"), ("c", None)], []),
        ("*", [("b", "a"), ("c", None)], []),
        ("qcs::cos:::b-251197738/what?", [("b", "what?")], [("b", "whatx")]),
        ("qcs: :cos: ap-x : uid/251197738: b-251197738/k ", [("b", "k")], [("b", "k ")]),
        ("qcs:ap-x:cos::uid/251197738:b-251197738/k", [("b", "k")], []),
    ],
)
def test_resources(resource: str, yes: list[tuple[str, str | None]], no: list[tuple[str, str | None]]) -> None:
    grant = policy(action="cos:*", resource=resource)
    for bucket, key in yes:
        assert may(grant, Right.PUT_OBJECT, bucket, key), (bucket, key)
        assert not may(grant, Right.PUT_OBJECT, bucket, key, account=1)
    for bucket, key in no:
        assert not may(grant, Right.PUT_OBJECT, bucket, key), (bucket, key)


def test_actions() -> None:
    everywhere = "*"
    both = policy(action=["name/cos:Head*", "cos:putobject"], resource=everywhere)
    assert may(both, Right.STAT_OBJECT, "b", "k")
    assert may(both, Right.STAT_BUCKET, "b", None)
    assert may(both, Right.PUT_OBJECT, "b", "k")
    assert not may(both, Right.READ_OBJECT, "b", "k")
    assert not may(both, Right.POST_OBJECT, "b", "k")
    for action in ("*", "*:*", "name/*:*"):
        every = policy(action=action, resource=everywhere)
        assert all(may(every, right, "b", "k") for right in Right)
        assert may(every, Right.MINT, None, "hbr:Whatever")
    storage = policy(action="cos:*", resource=everywhere)
    assert not may(storage, Right.MINT, None, "ms:CreateCosSecKeyInstance")
    assert may(storage, Right.UPDATE_BUCKET, "b", None)
    assert not may(policy(action="cos:PutBucketWebsite", resource=everywhere), Right.UPDATE_BUCKET, "b", None)
    acl = policy(action="cos:PutBucketACL", resource=everywhere)
    assert may(acl, Right.UPDATE_BUCKET_ACL, "b", None)
    assert not may(acl, Right.UPDATE_CORS, "b", None)


def test_calls_of_apis() -> None:
    for resource, allowed in (("*", True), ("qcs::vod:::*", True), ("qcs::ms:::*", False)):
        text = document(action="vod:CreateStorageCredentials", resource=resource)
        if not allowed:
            continue
        grant = cam.parse(text, OWNER)
        assert may(grant, Right.MINT, None, "vod:CreateStorageCredentials")
        assert not may(grant, Right.MINT, None, "vod:CreateStorage")
        assert not may(grant, Right.PUT_OBJECT, "b", "k")
    wide = policy(action="name/vod:*", resource="qcs::vod:::*")
    assert may(wide, Right.MINT, None, "vod:DescribeStorage")
    assert not may(wide, Right.MINT, None, "sts:GetFederationToken")
    narrow = policy(action="vod:*", resource="qcs::vod:::prefix//1/b/*")
    assert not may(narrow, Right.MINT, None, "vod:DescribeStorage")
    assert may(narrow, Right.PUT_OBJECT, "b", "k")


def test_deny_over_allow_over_nothing() -> None:
    text = json.dumps({
        "version": "2.0",
        "statement": [
            statement(action="cos:*", resource="*"),
            statement(effect="deny", action="cos:PutObject", resource="qcs::cos:::b-251197738/secret/*"),
        ],
    })  # fmt: skip
    grant = cam.parse(text, OWNER)
    assert may(grant, Right.PUT_OBJECT, "b", "k")
    assert may(grant, Right.READ_OBJECT, "b", "secret/k")
    for right in (Right.PUT_OBJECT, Right.COPY_INTO, Right.UPDATE_OBJECT):
        assert not may(grant, right, "b", "secret/k"), "who may not store bytes may not store them otherwise either"


def test_one_statement_that_is_no_list_and_names_in_any_case() -> None:
    text = '{"Version": "2.0", "Statement": {"Effect": "Allow", "Action": "cos:PutObject", "Resource": "*"}}'
    assert may(cam.parse(text, OWNER), Right.PUT_OBJECT, "b", "k")


CONDITIONS: list[tuple[dict[str, Any], Asked, Circumstances, bool]] = [
    ({"string_equal": {"cos:x-cos-acl": ["private", "default"]}}, Asked(acl="private"), Circumstances(), True),
    ({"string_equal": {"cos:x-cos-acl": "private"}}, Asked(), Circumstances(), False),
    ({"string_equal_if_exist": {"cos:x-cos-acl": "private"}}, Asked(), Circumstances(), True),
    ({"string_not_equal": {"cos:x-cos-acl": "private"}}, Asked(), Circumstances(), False),
    ({"string_not_equal_if_exist": {"cos:x-cos-acl": "private"}}, Asked(), Circumstances(), True),
    ({"string_like": {"cos:content-type": "image/*"}}, Asked(content_type="image/png"), Circumstances(), True),
    ({"numeric_less_than_equal": {"cos:content-length": "10"}}, Asked(content_length=10), Circumstances(), True),
    ({"numeric_less_than_equal": {"cos:content-length": 10}}, Asked(content_length=11), Circumstances(), False),
    ({"ip_equal": {"qcs:ip": ["10.0.0.0/8", "::1"]}}, Asked(), Circumstances(source="10.0.0.1"), True),
    ({"ip_not_equal": {"qcs:ip": "10.0.0.0/8"}}, Asked(), Circumstances(source="10.0.0.1"), False),
    ({"bool_equal": {"cos:secure-transport": True}}, Asked(), Circumstances(secure=True), True),
    ({"bool_equal": {"cos:secure-transport": "true"}}, Asked(), Circumstances(secure=False), False),
    ({"null_equal": {"cos:x-cos-acl": "true"}}, Asked(acl="private"), Circumstances(), False),
    ({"date_less_than": {"qcs:current_time": "1970-01-01T00:00:01Z"}}, Asked(), Circumstances(), True),
    ({"date_greater_than": {"qcs:current_time": "1970-01-01T08:00:00+08:00"}}, Asked(), Circumstances(), False),
    ({"for_any_value:string_equal": {"cos:x-cos-acl": "private"}}, Asked(), Circumstances(), False),
    ({"for_all_value:string_equal": {"cos:x-cos-acl": "private"}}, Asked(), Circumstances(), True),
    (
        {"string_like": {"COS:Content-Type": "a"}, "ip_equal": {"qcs:ip": "1.1.1.1"}},
        Asked(content_type="a"), Circumstances(source="1.1.1.2"), False,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("block", "asked", "around", "expected"), CONDITIONS)
def test_conditions(block: dict[str, Any], asked: Asked, around: Circumstances, expected: bool) -> None:
    grant = policy(resource="*", condition=block)
    assert may(grant, Right.PUT_OBJECT, "b", "k", asked=asked, around=around) is expected


MALFORMED: list[tuple[str, str, str]] = [
    ("", "the policy: line 1, column 1", "policy-format"),
    ('{\n "version": "2.0",\n}', "the policy: line 3, column 1", "policy-format"),
    ("[]", "the policy: [] is no object", "policy-format"),
    ("{}", "the policy: the member version is missing", "policy-format"),
    ('{"version":"2.0"}', "the policy: the member statement is missing", "policy-format"),
    ('{"version":"2.0","statement":[]}', "statement: the list is empty", "policy-format"),
    ('{"version":"2.0","statement":[5]}', "statement[0]: 5 is no object", "policy-format"),
    ('{"version":"1.0","statement":[{}]}', 'version: "1.0" is no version', "policy-format"),
    ('{"version":2.0,"statement":[{}]}', "version: 2.0 is no version", "policy-format"),
    ('{"version":"2.0","statement":[{}],"x":1}', "x: this member is unknown", "policy-format"),
    ('{"version":"2.0","version":"2.0","statement":[]}', "the policy: the name 'version' is twice", "policy-format"),
    ('{"version":"2.0","Version":"2.0","statement":[]}', "Version: version is there twice", "policy-format"),
    ('{"version":"2.0","statement":NaN}', "the policy: NaN is no JSON", "policy-format"),
    ("[" * 5000, "the policy: ", "policy-format"),
    ('{"version":"2.0","statement":[{"effect":"allow","action":"*","resource":"*"}],"n":' + "1" * 5000 + "}",
     "the policy: ", "policy-format"),
    (" " * 7000, "the policy: it has 7000 bytes; at most 6144", "policy-size"),
    (document(effect=None), "statement[0]: the member effect is missing", "policy-format"),
    (document(action=None), "statement[0]: the member action is missing", "policy-format"),
    (document(resource=None), "statement[0]: the member resource is missing", "policy-format"),
    (document(effect="permit"), 'statement[0].effect: "permit" is no effect; it must be "allow" or "deny"',
     "policy-format"),
    (document(principal={"qcs": "*"}), "statement[0].principal: the policy cannot contain", "policy-format"),
    (document(not_action="x"), "statement[0].not_action: this member is unknown", "policy-format"),
    (document(action=["cos:PutObject", "cos:PutObjekt"]),
     'statement[0].action[1]: "cos:PutObjekt" is an unknown action; cos has PutObject', "policy-format"),
    (document(action="cvm:Run Instances"), 'statement[0].action: "cvm:Run Instances" is no action', "policy-format"),
    (document(action="PutObject"), 'statement[0].action: "PutObject" is no action', "policy-format"),
    (document(action=[]), "statement[0].action: the list is empty", "policy-format"),
    (document(action=[1]), "statement[0].action[0]: 1 is no text", "policy-format"),
    (document(action=[["cos:PutObject"]]), "statement[0].action[0]: ", "policy-format"),
    (document(action=" "), "statement[0].action: the text is empty", "policy-format"),
    (document(action="permid/280655"), "statement[0].action: ", "policy-format"),
    (document(action="cos:Zap*"), 'statement[0].action: "cos:Zap*" is an unknown action', "policy-format"),
    (document(resource=["*", "qcs::cos:b"]), 'statement[0].resource[1]: "qcs::cos:b" is no resource', "policy-format"),
    (document(resource="qcs::cos::uid/1:b-1/x"), "statement[0].resource: ", "policy-foreign"),
    (document(resource="qcs::cos::uin/1:b-251197738/x"), "statement[0].resource: ", "policy-foreign"),
    (document(resource="qcs::cos:::b-1250000000/x"), "statement[0].resource: ", "policy-foreign"),
    (document(resource="qcs::cos:::b/x"), "statement[0].resource: ", "policy-format"),
    (document(resource="qcs::cos::uid/251197738:prefix//1/b/x"), "statement[0].resource: ", "policy-foreign"),
    (document(resource="qcs::Cvm!:::x"), "statement[0].resource: ", "policy-format"),
    (document(condition={"string_equal": {"cos:x-cos-acl": "open"}}),
     "statement[0].condition.string_equal.cos:x-cos-acl: \"open\" is no ACL", "policy-format"),
    (document(resource="qcs::cos:ap guangzhou::b-251197738/x"), "statement[0].resource: ", "policy-format"),
    (document(resource="qcs::vod:::prefix//x/b/k"), "statement[0].resource: ", "policy-format"),
    (document(resource="qcs::vod:::prefix//1/"), "statement[0].resource: ", "policy-format"),
    (document(resource="qcs::vod:::b/k"), "statement[0].resource: ", "policy-format"),
    (document(resource="qcs::ms:::b/k"), "statement[0].resource: ", "policy-format"),
    (document(resource="qcs::cos:::b-251197738/${uin}/*"), "statement[0].resource: ", "policy-format"),
    (document(condition=[]), "statement[0].condition: [] is no object", "policy-format"),
    (document(condition={"string_equals": {"qcs:ip": "x"}}),
     "statement[0].condition.string_equals: the operator 'string_equals' is unknown; such as string_equal",
     "policy-format"),
    (document(condition={"string_equal": {}}), "statement[0].condition.string_equal: the operator has no key",
     "policy-format"),
    (document(condition={"string_equal": {"cos:content-typ": "x"}}),
     "statement[0].condition.string_equal.cos:content-typ: the key 'cos:content-typ' is unknown; such as cos:content-",
     "policy-format"),
    (document(condition={"string_equal": {"qcs:ip": "x"}}),
     "statement[0].condition.string_equal.qcs:ip: string_equal does not fit qcs:ip, which takes ip", "policy-format"),
    (document(condition={"string_equal": {"cos:prefix": ["a", 1]}}),
     "statement[0].condition.string_equal.cos:prefix[1]: 1 is no text", "policy-format"),
    (document(condition={"string_equal": {"cos:prefix": []}}), "statement[0].condition.string_equal.cos:prefix: ",
     "policy-format"),
    (document(condition={"ip_equal": {"qcs:ip": "10.0.0.0/99"}}), "statement[0].condition.ip_equal.qcs:ip: ",
     "policy-format"),
    (document(condition={"numeric_less_than": {"cos:content-length": "1e999"}}),
     "statement[0].condition.numeric_less_than.cos:content-length: ", "policy-format"),
    (document(condition={"numeric_less_than": {"cos:content-length": True}}),
     "statement[0].condition.numeric_less_than.cos:content-length: ", "policy-format"),
    (document(condition={"date_less_than": {"qcs:current_time": "tomorrow"}}),
     "statement[0].condition.date_less_than.qcs:current_time: ", "policy-format"),
    (document(condition={"date_less_than": {"qcs:current_time": "2030-01-01T00:00:00"}}),
     "statement[0].condition.date_less_than.qcs:current_time: ", "policy-format"),
    (document(condition={"bool_equal": {"cos:secure-transport": 1}}),
     "statement[0].condition.bool_equal.cos:secure-transport: 1 is neither", "policy-format"),
    (document(condition={"null_equal_if_exist": {"cos:prefix": "true"}}),
     "statement[0].condition.null_equal_if_exist: ", "policy-format"),
    (document(condition={"string_equal": {"qcs:resource_tag": "a"}}),
     "statement[0].condition.string_equal.qcs:resource_tag: ", "policy-format"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "start", "reason"), MALFORMED)
def test_what_is_refused_names_its_place(text: str, start: str, reason: str) -> None:
    with pytest.raises(Fault) as caught:
        cam.parse(text, OWNER)
    fault = caught.value
    assert fault.message.startswith(start), fault.message
    assert (fault.kind, fault.reason) == (Kind.PARAMETER_INVALID, reason)
    assert fault.facts["place"] == fault.message.partition(": ")[0]
    assert len(fault.message) < 1200


def test_the_cloud_samples_own_templates() -> None:
    """The upload template of the cloud's STS samples: simple, by form and in parts; images of at most 5 MiB."""
    grant = policy(
        action=[f"name/cos:{name}" for name in (
            "PutObject", "PostObject", "InitiateMultipartUpload", "ListMultipartUploads", "ListParts", "UploadPart",
            "CompleteMultipartUpload",
        )],
        resource=[f"qcs::cos:ap-guangzhou:uid/251197738:b-251197738/{key}" for key in ("exampleobject", "up/*")],
        condition={"numeric_less_than_equal": {"cos:content-length": 5 * 1024 * 1024},
                   "string_like_if_exist": {"cos:content-type": "image/*"}},
    )  # fmt: skip
    small, large = Asked(content_type="image/png", content_length=100), Asked(content_length=6 << 20)
    assert may(grant, Right.PUT_OBJECT, "b", "up/x", asked=small)
    assert not may(grant, Right.PUT_OBJECT, "b", "up/x", asked=large)
    assert not may(grant, Right.PUT_OBJECT, "b", "other", asked=small)
    access = Access(right=Right.PUT_OBJECT, account=OWNER.id, bucket="b", key="up/x", at=0.0)
    assert grant.longest(access) == 5 * 1024 * 1024
