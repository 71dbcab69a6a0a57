"""Policies: the compiled grant and a reference evaluator over the JSON decide alike, whatever is asked."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.engines import changed
from entrepot.adapters import rows
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.circumstances import Asked, Circumstances
from entrepot.core.rights.grant import Access, Grant, Right
from entrepot.core.rights.identity import Account
from entrepot.dialects.control.policies import cam, ram

from . import policy_reference as reference

OWNER = Account(id=1250000000, user_id="100000000001", created_at=0.0)
APPID = OWNER.id
BUCKETS = st.sampled_from(["b", "bc", "x"])
KEYS = st.sampled_from(["a", "a/", "a/b", "a/bc", "p", "p?", "", "ä/ö"])
DATES = ("1970-01-01T00:00:05Z", "1970-01-01T08:00:10+08:00")


def one_or_more(values: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[Any]:
    """A value, or a list of some."""
    return values | st.lists(values, min_size=1, max_size=most)


around = st.builds(
    Circumstances,
    source=st.none() | st.sampled_from(["10.0.0.1", "10.9.9.9", "192.168.1.1", "2001:db8::1"]),
    secure=st.booleans(),
    referer=st.none() | st.sampled_from(["https://a.example/x", "b"]),
    user_agent=st.none() | st.sampled_from(["agent/1", "Agent/1"]),
)
asked = st.builds(
    Asked,
    content_type=st.none() | st.sampled_from(["image/png", "Image/PNG", "text/plain"]),
    content_length=st.none() | st.sampled_from([0, 9, 10, 11]),
    acl=st.none() | st.sampled_from(["private", "public-read"]),
    prefix=st.none() | KEYS,
    delimiter=st.none() | st.just("/"),
    max_keys=st.none() | st.sampled_from([1, 10, 1000]),
)
times = st.sampled_from([0.0, 5.0, 10.0, 20.0])


def facts_of(around: Circumstances, asked: Asked, at: float, names: dict[str, str]) -> dict[str, Any]:
    """The facts by a cloud's keys."""
    known = {
        "source": around.source, "secure": around.secure, "referer": around.referer, "agent": around.user_agent,
        "type": asked.content_type, "length": asked.content_length, "acl": asked.acl, "prefix": asked.prefix,
        "delimiter": asked.delimiter, "most": asked.max_keys, "time": at,
    }  # fmt: skip
    return {key: known[name] for key, name in names.items()}


TEXTS = one_or_more(st.sampled_from(["a", "a/*", "image/*", "IMAGE/png", "private", "*", "", "agent/?", "b"]))
NUMBERS = one_or_more(st.sampled_from([0, 9, "10", 10.5, 1000]))
NETWORKS = one_or_more(st.sampled_from(["10.0.0.0/16", "10.0.0.1", "0.0.0.0/0", "2001:db8::/32"]))
FLAGS = st.sampled_from([True, False, "true", "false", "True"])

# -- CAM ---------------------------------------------------------------------------------------------------------------

CAM_KEYS = {
    "qcs:ip": "source", "cos:secure-transport": "secure", "cos:referer": "referer", "cos:user-agent": "agent",
    "cos:content-type": "type", "cos:content-length": "length", "cos:x-cos-acl": "acl", "cos:prefix": "prefix",
    "cos:delimiter": "delimiter", "cos:max-keys": "most", "qcs:current_time": "time",
}  # fmt: skip
ACLS = st.sampled_from(["private", "public-read", "public-read-write"])
"""A policy that names another ACL is refused: nobody can ask for it."""
_CAM_TEXT_KEYS = ["cos:referer", "cos:user-agent", "cos:content-type", "cos:x-cos-acl", "cos:prefix", "cos:delimiter"]


def _block(operators: list[str], keys: list[str], values: st.SearchStrategy[Any], *more: str) -> st.SearchStrategy[Any]:
    named = st.tuples(st.sampled_from(["", *more]), st.sampled_from(operators), st.sampled_from(["", "_if_exist"]))
    return st.tuples(
        named.map("".join), st.dictionaries(st.sampled_from(keys), values, min_size=1, max_size=2)
    )  # fmt: skip


cam_conditions = st.lists(
    st.one_of(
        _block(
            ["string_equal", "string_not_equal", "string_like", "string_not_like", "string_equal_ignore_case"],
            [key for key in _CAM_TEXT_KEYS if key != "cos:x-cos-acl"], TEXTS, "for_any_value:", "for_all_value:",
        ),
        _block(["string_equal", "string_not_equal"], ["cos:x-cos-acl"], ACLS),
        _block(
            ["numeric_equal", "numeric_not_equal", "numeric_less_than", "numeric_less_than_equal",
             "numeric_greater_than", "numeric_greater_than_equal"],
            ["cos:content-length", "cos:max-keys"], NUMBERS,
        ),
        _block(["date_less_than", "date_greater_than_equal", "date_not_equal"], ["qcs:current_time"],
               one_or_more(st.sampled_from(DATES))),
        _block(["ip_equal", "ip_not_equal"], ["qcs:ip"], NETWORKS),
        _block(["bool_equal"], ["cos:secure-transport"], FLAGS),
        st.tuples(st.just("null_equal"), st.dictionaries(st.sampled_from(_CAM_TEXT_KEYS), FLAGS, min_size=1)),
    ),
    max_size=2,
).map(dict)  # fmt: skip
cam_actions = st.sampled_from([
    "name/cos:PutObject", "cos:GetObject", "cos:HeadObject", "cos:PutObjectCopy", "cos:DeleteObject", "cos:PostObject",
    "name/cos:GetBucket", "cos:HeadBucket", "cos:GetService", "cos:Put*", "name/cos:*Object", "cos:*", "*",
    "ms:CreateCosSecKeyInstance", "ms:*", "cos:PutBucketACL",
])  # fmt: skip
cam_places = st.sampled_from([
    "*", f"b-{APPID}/*", f"b-{APPID}/a/*", f"b-{APPID}/a", f"b-{APPID}/a*b", f"b-{APPID}/p?", f"b*-{APPID}/a*", "b*",
    "*/a/*", f"x-{APPID}/", f"*-{APPID}/a",
])  # fmt: skip
cam_resources = st.one_of(
    st.just("*"),
    st.builds(lambda owner, place: f"qcs::cos:ap-x:{owner}:{place}", st.sampled_from(["", f"uid/{APPID}"]), cam_places),
    st.just("qcs::ms:::*"),
)
cam_statements = st.fixed_dictionaries(
    {
        "effect": st.sampled_from(["allow", "allow", "deny"]),
        "action": one_or_more(cam_actions),
        "resource": one_or_more(cam_resources),
    },
    optional={"condition": cam_conditions},
)
cam_policies = st.builds(
    lambda statements: json.dumps({"version": "2.0", "statement": statements}), one_or_more(cam_statements)
)


@given(cam_policies, BUCKETS, KEYS, around, asked, times)
def test_cam_decides_as_the_reference(
    text: str, bucket: str, key: str, around: Circumstances, asked: Asked, at: float
) -> None:
    grant = cam.parse(text, OWNER)
    facts = facts_of(around, asked, at, CAM_KEYS)

    def said(action: str, place: str) -> bool | None:
        return reference.cam(text, action, place, facts)

    def may(right: Right, bucket: str | None, key: str | None) -> bool:
        return _may(grant, right, bucket, key, around, asked, at)

    here, whole = f"{bucket}-{APPID}/{key}", f"{bucket}-{APPID}/"
    for right, action in (
        (Right.DELETE_OBJECT, "cos:DeleteObject"), (Right.POST_OBJECT, "cos:PostObject"),
        (Right.LIST_OBJECTS, "cos:GetBucket"),
    ):  # fmt: skip
        assert may(right, bucket, key) == (said(action, here) is True), action
    for right, action in ((Right.STAT_BUCKET, "cos:HeadBucket"), (Right.UPDATE_BUCKET_ACL, "cos:PutBucketACL")):
        assert may(right, bucket, None) == (said(action, whole) is True), action
    assert may(Right.LIST_BUCKETS, None, None) == (said("cos:GetService", "") is True)
    assert may(Right.MINT, None, "ms:CreateCosSecKeyInstance") == (said("ms:CreateCosSecKeyInstance", "") is True)
    get, head = said("cos:GetObject", here), said("cos:HeadObject", here)
    assert may(Right.READ_OBJECT, bucket, key) == (get is True)
    assert may(Right.STAT_OBJECT, bucket, key) == (True in {get, head} and False not in {get, head})
    put, copy = said("cos:PutObject", here), said("cos:PutObjectCopy", here)
    assert may(Right.PUT_OBJECT, bucket, key) == (put is True)
    assert may(Right.COPY_INTO, bucket, key) == (True in {put, copy} and False not in {put, copy})


def _may(
    grant: Grant, right: Right, bucket: str | None, key: str | None, around: Circumstances, asked: Asked, at: float
) -> bool:
    return grant.permits(Access(right=right, account=APPID, bucket=bucket, key=key, at=at, around=around, asked=asked))


# -- RAM and IAM -------------------------------------------------------------------------------------------------------

RAM_KEYS = {
    "aws:sourceip": "source", "aws:securetransport": "secure", "aws:referer": "referer", "aws:useragent": "agent",
    "entrepot:content-type": "type", "entrepot:content-length": "length", "s3:x-amz-acl": "acl", "s3:prefix": "prefix",
    "s3:delimiter": "delimiter", "s3:max-keys": "most", "aws:currenttime": "time",
}  # fmt: skip


def _ram_block(operators: list[str], keys: list[str], values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    named = st.tuples(st.sampled_from(operators), st.sampled_from(["", "IfExists"])).map("".join)
    return st.tuples(named, st.dictionaries(st.sampled_from(keys), values, min_size=1, max_size=2))


ram_conditions = st.lists(
    st.one_of(
        _ram_block(
            ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase"],
            ["aws:Referer", "aws:UserAgent", "entrepot:content-type", "s3:prefix"], TEXTS,
        ),
        _ram_block(["StringEquals", "StringNotEquals"], ["s3:x-amz-acl"], ACLS),
        _ram_block(["NumericLessThanEquals", "NumericGreaterThan", "NumericNotEquals"],
                   ["entrepot:content-length", "s3:max-keys"], NUMBERS),
        _ram_block(["DateLessThan", "DateGreaterThanEquals"], ["aws:CurrentTime"], st.sampled_from(DATES)),
        _ram_block(["IpAddress", "NotIpAddress"], ["aws:SourceIp"], NETWORKS),
        _ram_block(["Bool"], ["aws:SecureTransport"], FLAGS),
        st.tuples(st.just("Null"), st.dictionaries(st.sampled_from(["s3:x-amz-acl", "s3:prefix"]), FLAGS, min_size=1)),
    ),
    max_size=2,
).map(dict)  # fmt: skip
ram_actions = one_or_more(st.sampled_from([
    "s3:GetObject", "s3:DeleteObject", "s3:GetObjectAcl", "s3:ListBucket", "s3:GetBucketAcl", "s3:*", "*", "s3:Get*",
    "S3:deleteobjec?", "s3:ListAllMyBuckets", "hbr:CreateTempFileUploadUrl", "hbr:*", "s3:DeleteObject*",
]))  # fmt: skip
ram_resources = one_or_more(st.sampled_from([
    "*", "arn:aws:s3:::*", "arn:aws:s3:::b", "arn:aws:s3:::b/*", "arn:aws:s3:::b*", "arn:aws:s3:::b/a/*",
    "arn:aws:s3:::b/a", "arn:aws:s3:::?/a*b", "arn:aws:s3:::b/p?", "arn:aws:s3:::*/a/*", "arn:aws:s3:::b/a?*",
]))  # fmt: skip
ram_statements = st.builds(
    lambda effect, sort, actions, where, resources, condition: {
        "Effect": effect, sort: actions, where: resources, **({"Condition": condition} if condition else {})
    },
    st.sampled_from(["Allow", "Allow", "Deny"]),
    st.sampled_from(["Action", "Action", "NotAction"]), ram_actions,
    st.sampled_from(["Resource", "Resource", "NotResource"]), ram_resources, ram_conditions,
)  # fmt: skip
ram_policies = st.builds(
    lambda version, statements: json.dumps({"Version": version, "Statement": statements}),
    st.sampled_from(["1", "2012-10-17"]), one_or_more(ram_statements),
)  # fmt: skip


@given(ram_policies, BUCKETS, KEYS, around, asked, times)
def test_ram_decides_as_the_reference(
    text: str, bucket: str, key: str, around: Circumstances, asked: Asked, at: float
) -> None:
    grant = ram.parse(text, OWNER)
    facts = facts_of(around, asked, at, RAM_KEYS)

    def said(action: str, place: str) -> bool | None:
        return reference.ram(text, action, place and f"arn:aws:s3:::{place}", facts)

    def may(right: Right, bucket: str | None, key: str | None) -> bool:
        return _may(grant, right, bucket, key, around, asked, at)

    here = f"{bucket}/{key}"
    for right, action in (
        (Right.READ_OBJECT, "s3:GetObject"), (Right.DELETE_OBJECT, "s3:DeleteObject"),
        (Right.READ_ACL, "s3:GetObjectAcl"),
    ):  # fmt: skip
        assert may(right, bucket, key) == (said(action, here) is True), action
    assert may(Right.LIST_OBJECTS, bucket, key) == (said("s3:ListBucket", bucket) is True)
    assert may(Right.READ_BUCKET_ACL, bucket, None) == (said("s3:GetBucketAcl", bucket) is True)
    assert may(Right.MINT, None, "hbr:CreateTempFileUploadUrl") == (said("hbr:CreateTempFileUploadUrl", "") is True)


# -- both --------------------------------------------------------------------------------------------------------------


@given(
    st.one_of(cam_policies.map(lambda text: cam.parse(text, OWNER)), ram_policies.map(lambda t: ram.parse(t, OWNER)))
)
def test_a_compiled_policy_is_stored_and_read_back(grant: Grant) -> None:
    assert rows.grant_of(rows.grant_text(grant)) == grant


@given(cam_policies, ram_policies, st.sampled_from(list(Right)), BUCKETS, KEYS, around, asked, times)
def test_a_minted_right_never_exceeds_its_minters(
    minters: str, wanted: str, right: Right, bucket: str, key: str, around: Circumstances, asked: Asked, at: float
) -> None:
    own, requested = cam.parse(minters, OWNER), ram.parse(wanted, OWNER)
    access = Access(right=right, account=APPID, bucket=bucket, key=key, at=at, around=around, asked=asked)
    assert (own & requested).permits(access) == (own.permits(access) and requested.permits(access))


@given(cam_policies, st.sampled_from([Right.PUT_OBJECT, Right.POST_OBJECT]), BUCKETS, KEYS, around, asked, times)
def test_the_longest_body_is_the_longest_that_passes(
    text: str, right: Right, bucket: str, key: str, around: Circumstances, asked: Asked, at: float
) -> None:
    grant = cam.parse(text, OWNER)
    access = Access(right=right, account=APPID, bucket=bucket, key=key, at=at, around=around, asked=asked)
    longest = grant.longest(access)
    passing = [n for n in range(1100) if grant.permits(changed(access, asked=changed(asked, content_length=n)))]
    if longest is None:
        assert not passing or passing[-1] == 1099 or not grant.conditional
    else:
        assert longest == max(passing, default=0)


@pytest.mark.parametrize("parse", [cam.parse, ram.parse])
@given(text=st.text(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["version", "Version", "statement", "Statement", "effect", "Effect", "action", "Action",
                         "resource", "Resource", "condition", "Condition", "string_equal", "StringEquals"]), inner),
    max_leaves=12,
).map(json.dumps))  # fmt: skip
def test_no_document_breaks_a_parser(parse: Any, text: str) -> None:
    found: Any = None
    try:
        found = parse(text, OWNER)
    except Fault as fault:
        found = fault
    assert isinstance(found, Grant) or (found.kind is Kind.PARAMETER_INVALID and found.facts["place"])
