"""Condition keys of S3's policies, each honoured or refused with its place; the ones for encryption, said and unsaid.

Sources: AWS service authorization reference, "Condition keys for Amazon S3"; AWS "IAM JSON policy elements: Condition
operators" (a negated operator holds for a key that the request does not have).
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from entrepot.core.facts.records import BY_DEFAULT, BY_SERVER, Attributes, Encryption
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.circumstances import Asked, Circumstances, Fact
from entrepot.core.rights.grant import Access, Right
from entrepot.core.rights.identity import Account
from entrepot.core.rules.condition_facts import _stored_facts
from entrepot.dialects.control.policies import ram
from entrepot.dialects.control.policies.ram_conditions import IAM

OWNER = Account(id=1250000000, user_id="100000000001", created_at=0.0)

KEYS = {
    "aws:CurrentTime": Fact.TIME, "aws:EpochTime": Fact.TIME, "aws:PrincipalArn": None, "aws:PrincipalOrgID": None,
    "aws:PrincipalTag/a": None, "aws:Referer": Fact.REFERER, "aws:RequestTag/a": None, "aws:ResourceTag/a": None,
    "aws:SecureTransport": Fact.SECURE, "aws:SourceAccount": None, "aws:SourceArn": None, "aws:SourceIp": Fact.SOURCE,
    "aws:SourceVpc": None, "aws:SourceVpce": None, "aws:TagKeys": None, "aws:UserAgent": Fact.USER_AGENT,
    "aws:VpcSourceIp": None, "aws:userid": None, "aws:username": None,
    "s3:AccessGrantsInstanceArn": None, "s3:DataAccessPointAccount": None, "s3:DataAccessPointArn": None,
    "s3:ExistingObjectTag/a": None, "s3:LocationConstraint": None, "s3:RequestObjectTag/a": None,
    "s3:RequestObjectTagKeys": None, "s3:ResourceAccount": None, "s3:TlsVersion": None, "s3:VersionId": None,
    "s3:authType": None, "s3:delimiter": Fact.DELIMITER, "s3:if-match": None, "s3:if-none-match": None,
    "s3:locationconstraint": None, "s3:max-keys": Fact.MAX_KEYS, "s3:object-lock-mode": None,
    "s3:prefix": Fact.PREFIX, "s3:signatureAge": None, "s3:signatureversion": None, "s3:x-amz-acl": Fact.ACL,
    "s3:x-amz-content-sha256": None, "s3:x-amz-copy-source": None, "s3:x-amz-grant-read": None,
    "s3:x-amz-metadata-directive": None, "s3:x-amz-object-ownership": None,
    "s3:x-amz-server-side-encryption": Fact.ENCRYPTION,
    "s3:x-amz-server-side-encryption-aws-kms-key-id": None,
    "s3:x-amz-server-side-encryption-customer-algorithm": Fact.CLIENT_ENCRYPTION, "s3:x-amz-storage-class": None,
    "s3:x-amz-website-redirect-location": None,
}  # fmt: skip
"""AWS's keys, and what each asks for here: None is refused at intake."""


def document(condition: dict[str, dict[str, Any]], effect: str = "Deny") -> str:
    both = [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": effect, "Action": "s3:PutObject", "Resource": "*", "Condition": condition},
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": both if effect == "Deny" else both[1:]})


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_honoured_or_refused(key: str) -> None:
    fact = KEYS[key]
    text = document({"Null": {key: "true"}})
    if fact is None:
        with pytest.raises(Fault) as caught:
            ram.parse(text, OWNER)
        assert caught.value.kind is Kind.PARAMETER_INVALID
        assert caught.value.facts["place"] == f"Statement[1].Condition.Null.{key}"
        return
    grant = ram.parse(text, OWNER)
    there = {
        Fact.SOURCE: Circumstances(source="10.0.0.1"), Fact.SECURE: Circumstances(secure=False),
        Fact.REFERER: Circumstances(referer="x"), Fact.USER_AGENT: Circumstances(user_agent="x"),
    }  # fmt: skip
    asked = {
        Fact.DELIMITER: Asked(delimiter="/"), Fact.MAX_KEYS: Asked(max_keys=1), Fact.PREFIX: Asked(prefix=""),
        Fact.ACL: Asked(acl="private"), Fact.ENCRYPTION: Asked(encryption="AES256"),
        Fact.CLIENT_ENCRYPTION: Asked(client_encryption="AES256"),
    }  # fmt: skip
    given = {"around": there.get(fact, Circumstances()), "asked": asked.get(fact, Asked())}
    access = Access(right=Right.PUT_OBJECT, account=OWNER.id, bucket="b", key="k", at=1.0, **given)
    assert grant.permits(access)
    bare = Access(right=Right.PUT_OBJECT, account=OWNER.id, bucket="b", key="k", at=1.0, around=Circumstances())
    assert grant.permits(bare) is (fact is Fact.TIME)


def test_no_key_is_known_that_the_table_lacks() -> None:
    known = {name.lower() for name, fact in KEYS.items() if fact is not None}
    assert {name for name in IAM.keys if name.startswith(("s3:", "aws:"))} == known


PLAIN, SERVER, DEFAULT = Asked(), _stored_facts(Attributes(encryption=BY_SERVER.encryption), 1), _stored_facts(
    Attributes(encryption=BY_DEFAULT.encryption), 1
)  # fmt: skip
CLIENT = _stored_facts(Attributes(encryption=Encryption(mark=b"m")), 1)
NAME = "s3:x-amz-server-side-encryption"


@pytest.mark.parametrize(
    ("condition", "passes"),
    [
        ({"StringNotEquals": {NAME: "AES256"}}, "server"),
        ({"StringNotEquals": {NAME: ["aws:kms", "AES256"]}}, "server"),
        ({"StringNotLike": {NAME: "AES*"}}, "server"),
        ({"Null": {NAME: "true"}}, "server"),
        ({"Null": {NAME: True}}, "server"),
        ({"StringNotEqualsIfExists": {NAME: "AES256"}}, "server"),
        ({"Null": {NAME: "true", f"{NAME}-customer-algorithm": "true"}}, "server client"),
        ({"Null": {f"{NAME}-customer-algorithm": "false"}}, "plain server default"),
    ],
)
def test_what_is_not_encrypted_is_denied(condition: dict[str, dict[str, Any]], passes: str) -> None:
    """A bucket's default counts for nothing: the key is of the request's header (AWS)."""
    grant = ram.parse(document(condition), OWNER)
    asked = {"plain": PLAIN, "server": SERVER, "default": DEFAULT, "client": CLIENT}
    found = {
        name
        for name, what in asked.items()
        if grant.permits(Access(right=Right.PUT_OBJECT, account=OWNER.id, bucket="b", key="k", at=1.0, asked=what))
    }
    assert found == set(passes.split())


@pytest.mark.parametrize("operator", ["StringEquals", "StringNotEquals", "StringLike"])
@pytest.mark.parametrize("value", ["aws:kms", "aws:kms:dsse", "aes256", ""])
def test_an_encryption_that_is_not_here_is_refused(operator: str, value: str) -> None:
    with pytest.raises(Fault, match="AES256"):
        ram.parse(document({operator: {NAME: value}}), OWNER)
