"""What VOD asks of a policy beyond CAM's language: no principal, and resources that are storages of the application.

A resource is ``qcs::vod:<region>:uid/<AppID>:prefix//<SubAppId>/<BucketId>/<path>``. Regions say nothing here, where
every bucket is in one place. The bucket ``auto`` is the one that the server chooses, and is written down as that.
Source: the seed of VOD; wire facts of Tencent §3.2, §12.
"""

from __future__ import annotations

import re
from typing import Final

from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.identity import Account
from entrepot.core.value import Value
from entrepot.dialects.control.policies import cam
from entrepot.dialects.control.policies.statements import FOREIGN, Node
from entrepot.dialects.tencent import policies
from entrepot.dialects.tencent.applications import AUTO, Storage

APPLICATION: Final = "policy-application"
"""The reason of faults for buckets of another application."""
SAMPLE_APPID: Final = 251197738
"""The AppID in the cloud's examples; it stands for the caller's own, unless somebody here has it."""
_RESOURCE: Final = "qcs::vod:<region>:uid/<AppID>:prefix//<SubAppId>/<BucketId>/<path>"
_PATH = re.compile(r"prefix//(?P<application>\d{1,18})/(?P<bucket>[^/]*)(?P<path>/.*)?", re.ASCII | re.DOTALL)


class Owner(Value, frozen=True, kw_only=True):
    """Whose policy it is: the account, its application, and the storages of all its applications, oldest first."""

    account: Account
    application: int
    storages: tuple[Storage, ...]
    is_sample_free: bool
    """Whether no account has the AppID of the cloud's examples."""

    def meaning(self) -> cam.Vod:
        """What resources mean to CAM: wildcards stand for the storages of this application."""
        mine = tuple(one.bucket.name for one in self.storages if one.application == self.application)
        return cam.Vod(application=self.application, buckets=mine)

    def nearest(self) -> str:
        """The bucket that ``auto`` means. Raises Fault BUCKET_MISSING."""
        for one in self.storages:
            if one.application == self.application:
                return one.bucket.name
        raise Fault(
            Kind.BUCKET_MISSING, f"the application {self.application} has no storage yet; make one with CreateStorage"
        )


class _Resource(Value, frozen=True, kw_only=True):
    """A resource for CAM, what it names, and whether the server chose the bucket."""

    text: str
    bucket: str
    path: str
    auto: bool


class Narrowed(Value, frozen=True, kw_only=True):
    """A policy for CAM, and the buckets and paths that it names, ``auto`` ones first."""

    text: str
    named: tuple[tuple[str, str], ...]


def narrowed(document: Node, owner: Owner) -> Narrowed:
    """The policy with every resource checked and written out.

    Raises:
        Fault: PARAMETER_INVALID (reason ``policy-format``, ``policy-foreign``, or ``policy-application`` for a bucket
            of another application); BUCKET_MISSING for ``auto`` without a storage.
    """
    for _, _, node in policies.principals(document):
        node.refuse("a principal is not allowed here: whoever holds the credential may use it")
    found: list[_Resource] = []
    for one in policies.statements(document):
        for name, node in one.pairs():
            if name.lower() == "resource":
                read = [_resource(resource, owner) for resource in node.items()]
                one.value[name] = [resource.text for resource in read]
                found += read
    found.sort(key=lambda resource: not resource.auto)
    named = tuple((resource.bucket, resource.path) for resource in found)
    return Narrowed(text=policies.written(document.value), named=named)


def _resource(node: Node, owner: Owner) -> _Resource:
    text = node.text()
    if text == "*":
        text = f"qcs::vod::uid/{owner.account.id}:prefix//{owner.application}/*"
    parts = [part.strip() for part in text.split(":", 5)]
    if len(parts) != 6 or parts[0] != "qcs" or parts[2] != "vod":
        node.refuse(f"{node.shown} is no resource of VOD; write {_RESOURCE}")
    _check_account(parts[4], node, owner)
    match = _PATH.fullmatch(parts[5])
    if match is None or not match["bucket"]:
        node.refuse(f"{node.shown} must end in prefix//<SubAppId>/<BucketId>/<path>")
    if int(match["application"]) != owner.application:
        node.refuse(f"it names the application {match['application']}, but `SubAppId` is {owner.application}", FOREIGN)
    auto = match["bucket"] == AUTO
    bucket, path = owner.nearest() if auto else match["bucket"], match["path"] or ""
    _check_bucket(bucket, node, owner)
    whole = f"qcs::vod::uid/{owner.account.id}:prefix//{owner.application}/{bucket}{path}"
    return _Resource(text=whole, bucket=bucket, path=path.removeprefix("/"), auto=auto)


def _check_account(text: str, node: Node, owner: Owner) -> None:
    own = {"", f"uid/{owner.account.id}", f"uin/{owner.account.user_id}"}
    if text not in own and not (owner.is_sample_free and text == f"uid/{SAMPLE_APPID}"):
        node.refuse(f"it is of the account {text[:60]!r}; yours is 'uid/{owner.account.id}'", FOREIGN)


def _check_bucket(bucket: str, node: Node, owner: Owner) -> None:
    for one in owner.storages:
        if one.bucket.name == bucket and one.application != owner.application:
            node.refuse(f"the bucket {bucket!r} is no storage of the application {owner.application}", APPLICATION)
