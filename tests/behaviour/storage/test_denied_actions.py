"""Denials of actions that another action seems to cover: versions by name, attributes, what a bucket never had.

Sources: AWS "Actions, resources, and condition keys for Amazon S3", "GetObject" and "GetObjectAttributes"
(permissions); the lists of actions of Alibaba's, Tencent's and Volcengine's policies.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from behaviour.client import Reply
from behaviour.server import Server

from .clouds import CLOUDS, COS, OSS, S3, TOS, Cloud, about
from .conftest import Speak
from .languages import policy
from .speaker import Speaker, md5_base64

VERSION = {"versionId": "null"}
Headers = Callable[[Speaker], Mapping[str, str]]


@dataclass(frozen=True, kw_only=True)
class Case:
    """An action by its name in some clouds, and a request that does it."""

    names: Mapping[Cloud, str]
    method: str
    key: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Headers = lambda _speaker: {}
    body: Callable[[Cloud], bytes] = lambda _cloud: b""
    bucket: str | None = None

    def ask(self, speaker: Speaker) -> Reply:
        body = self.body(speaker.cloud)
        headers = {**self.headers(speaker), **({"Content-MD5": md5_base64(body)} if body else {})}
        return speaker.ask(
            self.method, self.key, query=self.query, headers=headers, body=body, bucket=self.bucket
        )  # fmt: skip


def _source(speaker: Speaker) -> Mapping[str, str]:
    return {f"{speaker.cloud.prefix}copy-source": speaker.cloud.source(speaker.text, "k") + "?versionId=null"}


def _tags(cloud: Cloud) -> bytes:
    return cloud.document("Tagging", ("TagSet", (("Tag", (("Key", "a"), ("Value", "b"))),)))


def _deletion(cloud: Cloud) -> bytes:
    if cloud.json:
        return json.dumps({"Objects": [{"Key": "k", "VersionId": "null"}]}).encode()
    return b"<Delete><Object><Key>k</Key><VersionId>null</VersionId></Object></Delete>"


def _payer(cloud: Cloud) -> bytes:
    return cloud.document("RequestPaymentConfiguration", ("Payer", "BucketOwner"))


def _all(name: str, **others: str) -> Mapping[Cloud, str]:
    return {cloud: others.get(cloud.name, name) for cloud in (S3, OSS, TOS, COS) if others.get(cloud.name, name)}


_READ_VERSION = _all("GetObjectVersion")
CASES = {
    "read a version": Case(names=_READ_VERSION, method="GET", key="k", query=VERSION),
    "ask for a version": Case(names=_all("GetObjectVersion", cos="HeadObjectVersion"), method="HEAD", key="k",
                              query=VERSION),
    "copy a version": Case(names=_READ_VERSION, method="PUT", key="copy", headers=_source),
    "delete a version": Case(names=_all("DeleteObjectVersion"), method="DELETE", key="k", query=VERSION),
    "delete versions": Case(names=_all("DeleteObjectVersion"), method="POST", query={"delete": ""}, body=_deletion),
    "read tags of a version": Case(
        names=_all("GetObjectVersionTagging"), method="GET", key="k", query={"tagging": "", **VERSION}
    ),
    "set tags of a version": Case(
        names=_all("PutObjectVersionTagging"), method="PUT", key="k", query={"tagging": "", **VERSION}, body=_tags
    ),
    "drop tags of a version": Case(
        names=_all("DeleteObjectVersionTagging", cos=""), method="DELETE", key="k", query={"tagging": "", **VERSION}
    ),
    "read the ACL of a version": Case(
        names={S3: "GetObjectVersionAcl", OSS: "GetObjectVersionAcl", TOS: "GetObjectVersionAcl"},
        method="GET", key="k", query={"acl": "", **VERSION},
    ),
    "list versions": Case(
        names={S3: "ListBucketVersions", OSS: "ListObjectVersions", TOS: "ListObjectVersions",
               COS: "GetBucketObjectVersions"},
        method="GET", query={"versions": ""},
    ),
    "attributes": Case(
        names={S3: "GetObjectAttributes"}, method="GET", key="k", query={"attributes": ""},
        headers=lambda _: {"x-amz-object-attributes": "ETag"},
    ),
    "attributes of a version": Case(
        names={S3: "GetObjectVersionAttributes"}, method="GET", key="k", query={"attributes": "", **VERSION},
        headers=lambda _: {"x-amz-object-attributes": "ETag"},
    ),
    "retention": Case(names=_all("GetObjectRetention", cos=""), method="GET", key="k", query={"retention": ""}),
    "legal hold": Case(names={S3: "GetObjectLegalHold"}, method="GET", key="k", query={"legal-hold": ""}),
    "location": Case(names=_all("GetBucketLocation"), method="GET", query={"location": ""}),
    "referers": Case(names={OSS: "GetBucketReferer", COS: "GetBucketReferer"}, method="GET", query={"referer": ""}),
    "drop a policy": Case(names=_all("DeleteBucketPolicy"), method="DELETE", query={"policy": ""}),
    "who pays": Case(
        names={S3: "PutBucketRequestPayment", OSS: "PutBucketRequestPayment", TOS: "PutBucketRequestPayment"},
        method="PUT", query={"requestPayment": ""}, body=_payer,
    ),
    "a storage class": Case(
        names={TOS: "PutBucketStorageClass"}, method="PUT", query={"storageClass": ""},
        headers=lambda _: {"x-tos-storage-class": "IA"},
    ),
    "regions": Case(names={OSS: "DescribeRegions"}, method="GET", query={"regions": ""}, bucket=""),
}  # fmt: skip


def _statement(cloud: Cloud, action: str, *, allow: bool) -> Mapping[str, Any]:
    if cloud is COS:
        name = "*" if action == "*" else f"name/cos:{action}"
        return {"effect": "allow" if allow else "deny", "action": [name], "resource": ["*"]}
    name = "*" if action == "*" else f"{cloud.name}:{action}"
    return {"Effect": "Allow" if allow else "Deny", "Action": [name], "Resource": ["*"]}


def _spoken() -> Iterator[Any]:
    for name, case in CASES.items():
        for cloud in case.names:
            yield pytest.param(cloud, case, id=f"{cloud.name}: {name}")


def _refused(case: Case, reply: Reply) -> bool:
    """By itself, or (S3, TOS and COS) in a reply about each of many keys."""
    return reply.status == 403 or (case.query == {"delete": ""} and b"AccessDenied" in reply.body)


@pytest.mark.parametrize(("cloud", "case"), list(_spoken()))
def test_a_denial_of_it_holds(server: Server, speak: Speak, cloud: Cloud, case: Case) -> None:
    owner = speak(cloud)
    owner.put("k")
    everything = _statement(cloud, "*", allow=True)
    denied = _statement(cloud, case.names[cloud], allow=False)
    but = owner.as_owner(server.make_user(owner.owner.appid, policy(owner, everything, denied)))
    assert _refused(case, case.ask(but))
    assert owner.keys() == ["k"]
    may = owner.as_owner(server.make_user(owner.owner.appid, policy(owner, everything)))
    reply = case.ask(may)
    assert reply.status < 400 or reply.status == 404, str(reply)
    assert not _refused(case, reply)


@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)
def test_the_right_to_an_object_is_none_to_its_versions(server: Server, speak: Speak, cloud: Cloud) -> None:
    """AWS: "If you specify versionId, s3:GetObjectVersion is needed"; here that to the object is needed as well."""
    owner = speak(cloud)
    owner.put("k")
    key = "oss" if cloud.name.startswith("oss") else cloud.name
    named = next(one for one in (S3, OSS, TOS, COS) if one.name == key)
    for actions, may in ((("GetObject",), False), (("GetObjectVersion",), False),
                         (("GetObject", "GetObjectVersion"), True)):  # fmt: skip
        given = [_statement(named, action, allow=True) for action in actions]
        user = owner.as_owner(server.make_user(owner.owner.appid, policy(owner, *given)))
        with about(str(actions)):
            assert (user.ask("GET", "k", query=VERSION).status == 200) is may
