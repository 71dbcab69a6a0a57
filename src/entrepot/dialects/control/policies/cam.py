"""Tencent's policy language, CAM 2.0, as a grant.

    parse(text, account) -> Grant                   all statements: deny over allow over nothing
    statements(text, account) -> list[Statement]    the same, each by itself

Both take ``vod=Vod(...)`` where resources of VOD are those of one application. Anything that is not understood is
refused: Fault PARAMETER_INVALID, reason ``policy-format``, ``policy-size`` or ``policy-foreign``, with the place as a
JSON path in the message and as the fact ``place``. Pure. Source: wire facts of Tencent §3.2, §5, §10, §12; seed 002.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from entrepot.core.rights.glob import Glob
from entrepot.core.rights.grant import Grant, Right, Scope
from entrepot.core.rights.identity import Account
from entrepot.core.value import Value
from entrepot.dialects.control.policies.cam_actions import APIS, STORAGE, UNSERVED
from entrepot.dialects.control.policies.cam_conditions import LANGUAGE
from entrepot.dialects.control.policies.conditions import compiled, spelled
from entrepot.dialects.control.policies.statements import (
    FOREIGN,
    FORMAT,
    POLICY_MAX_BYTES,
    STORAGE_RIGHTS,
    Actions,
    Node,
    Statement,
    Target,
    elsewhere,
    foreign,
    grant_of,
    load,
    matches_nothing,
    nearest,
    noted,
    rules_of,
    unserved,
)

SERVICES: Final = tuple(sorted({*STORAGE, *APIS}))


def _same(bucket_id: str) -> str:
    return bucket_id


class Vod(Value, frozen=True, kw_only=True):
    """What VOD's resources mean: those of ``application``, whose bucket ids ``bucket_of`` turns into bucket names.

    ``buckets`` are all that a wildcard can mean; None: every bucket of the account.
    """

    application: int | None = None
    bucket_of: Callable[[str], str] = _same
    buckets: tuple[str, ...] | None = None


_ANY_VOD = Vod()


def parse(text: str, account: Account, *, vod: Vod = _ANY_VOD, most_bytes: int = POLICY_MAX_BYTES) -> Grant:
    """The grant of a policy that belongs to ``account``; never more than that account has.

    Raises:
        Fault: PARAMETER_INVALID.
    """
    return grant_of(statements(text, account, vod=vod, most_bytes=most_bytes))


def statements(
    text: str, account: Account, *, vod: Vod = _ANY_VOD, most_bytes: int = POLICY_MAX_BYTES
) -> list[Statement]:
    """The statements of a policy. Raises Fault PARAMETER_INVALID."""
    document = load(text, most_bytes)
    members = document.members(("version", "statement"), any_case=True)
    for needed in ("version", "statement"):
        if needed not in members:
            document.refuse(f"the member {needed} is missing")
    version = members["version"]
    if version.value != "2.0":
        version.refuse(f'{version.shown} is no version that is understood; it must be "2.0"')
    return [_statement(node, account, vod) for node in members["statement"].items()]


def _statement(node: Node, account: Account, vod: Vod) -> Statement:
    for name, member in node.pairs():
        if name.lower() == "principal":
            member.refuse("the policy cannot contain the principal element: whoever holds it is meant")
    members = node.members(("sid", "effect", "action", "resource", "condition"), any_case=True)
    for needed in ("effect", "action", "resource"):
        if needed not in members:
            node.refuse(f"the member {needed} is missing")
    effect = members["effect"]
    if not isinstance(effect.value, str) or effect.value.lower() not in {"allow", "deny"}:
        effect.refuse(f'{effect.shown} is no effect; it must be "allow" or "deny"')
    allow = effect.value.lower() == "allow"
    actions = [found for item in members["action"].items() for found in _actions(item)]
    condition = members.get("condition")
    if matches_nothing(actions):
        return Statement(where=node.where, allow=allow, rules=(), notes=noted(actions), actions=tuple(actions))
    targets = [_target(item, account, vod) for item in members["resource"].items()]
    return Statement(
        where=node.where,
        allow=allow,
        sid=members["sid"].text() if "sid" in members else "",
        notes=noted(actions, targets),
        rules=rules_of(
            where=node.where, allow=allow, account=account.id, actions=actions, targets=targets, excepted=None,
            conditions=compiled(condition, LANGUAGE),
        ),
        actions=tuple(actions), targets=tuple(targets), conditions=spelled(condition, LANGUAGE),
    )  # fmt: skip


# -- actions -----------------------------------------------------------------------------------------------------------


def _actions(node: Node) -> list[Actions]:
    """``cos:PutObject``, ``name/cos:PutObject``, with ``*`` for any run; all of them for ``*``."""
    text = node.text()
    if text.startswith("permid/"):
        node.refuse(f"{node.shown} is a set of permissions of old; name the actions themselves")
    service, colon, name = text.removeprefix("name/").partition(":")
    if (service, colon) == ("*", "") or (service, name) == ("*", "*"):
        return [_all_of(service) for service in SERVICES] + [Actions(service="", apis=frozenset({"*"}))]
    service = service.strip().lower()
    name = name.strip()
    if service not in SERVICES:
        other = elsewhere(node, service, name) if colon else None
        if other is None:
            node.refuse(
                f"{node.shown} is no action; actions look like cos:PutObject or name/cos:PutObject, and there are those"
                f" of {', '.join(SERVICES)}"
            )
        return [other]
    if name == "*":
        return [_all_of(service)]
    found = _named(service, name.lower())
    if found is None:
        known = nearest(name, {*STORAGE.get(service, {}), *APIS.get(service, ())})
        node.refuse(f"{node.shown} is an unknown action; {service} has {known}")
    return [found if found.rights or found.apis else unserved(node, service)]


@lru_cache(maxsize=1024)
def _named(service: str, text: str) -> Actions | None:
    """The actions of a service that a text in lower case stands for; None when there is none."""
    glob = Glob(text=text, single=False)
    rights = [given for known, given in STORAGE.get(service, {}).items() if glob.matches(known.lower())]
    known_only = any(glob.matches(known.lower()) for known in UNSERVED.get(service, ()))
    apis = frozenset(f"{service}:{known}" for known in APIS.get(service, ()) if glob.matches(known.lower()))
    if not rights and not apis and not known_only:
        return None
    return Actions(service=service, rights=frozenset(right for given in rights for right in given), apis=apis)


def _all_of(service: str) -> Actions:
    return Actions(
        service=service,
        rights=_ALL.get(service, frozenset()),
        apis=frozenset({f"{service}:*"}),
    )


_ALL: Final = {
    "cos": STORAGE_RIGHTS,
    "vod": frozenset(right for given in STORAGE["vod"].values() for right in given),
}
"""What ``*`` is of a service: what VOD has no name for, such as deleting a bucket, is none of its actions."""


# -- resources ---------------------------------------------------------------------------------------------------------

_LISTS = frozenset({Right.LIST_OBJECTS, Right.LIST_UPLOADS})


def _target(node: Node, account: Account, vod: Vod) -> Target:
    """``qcs:project:service:region:account:resource``, or ``*``."""
    text = node.text()
    if "${" in text:
        node.refuse(f"{node.shown} has a variable, which is not understood; write out what it stands for")
    if text == "*":
        return _everything("", account)
    parts = [part.strip() for part in text.split(":", 5)]
    if len(parts) != 6 or parts[0] != "qcs":
        node.refuse(
            f"{node.shown} is no resource; it must be * or have six segments, such as"
            f" qcs::cos:ap-guangzhou:uid/{account.id}:bucket-{account.id}/path/*"
        )
    _, project, service, region, owner, resource = parts
    if service not in SERVICES and _SERVICE.fullmatch(service):
        return foreign(node, service)
    _check_place(node, project, service, region)
    if owner not in {"", "*", f"uid/{account.id}", f"uin/{account.user_id}"}:
        node.refuse(
            f"{node.shown} belongs to {owner[:60]!r}; it must belong to uid/{account.id}, the account that asks",
            FOREIGN,
        )
    if resource == "*":
        return _everything(service, account)
    if service == "cos":
        return _cos(node, resource, account)
    if service != "vod" or not resource.startswith("prefix//"):
        node.refuse(f"{node.shown} is too fine: calls of {service} have no resources of their own; use *")
    return _vod(node, resource, account, vod)


def _check_place(node: Node, project: str, service: str, region: str) -> None:
    """Raises Fault for what is not here. Some samples have the region where a project would be; either is let pass."""
    if service not in SERVICES:
        node.refuse(f"{node.shown} is of the service {service[:40]!r}; understood are {', '.join(SERVICES)}")
    for name in (project, region):
        if not _REGION.fullmatch(name):
            node.refuse(f"{node.shown} has {name[:40]!r} for a region; it must be a region's name, or nothing for all")


_SERVICE = re.compile(r"[a-z][a-z0-9-]{1,30}", re.ASCII)
_REGION = re.compile(r"[a-z0-9-]*|\*")


def _everything(service: str, account: Account) -> Target:
    storage = service in {"", *STORAGE}
    scopes = ((STORAGE_RIGHTS, Scope(account=account.id)),) if storage else ()
    return Target(service=service, scopes=scopes, everything=True)


def _cos(node: Node, resource: str, account: Account) -> Target:
    """``bucket-appid/key``, or of old ``prefix//appid/bucket/key``; ``*`` is any run, slashes included."""
    if resource.startswith("prefix//"):
        appid, _, rest = resource.removeprefix("prefix//").partition("/")
        if appid != str(account.id):
            node.refuse(f"{node.shown} is below the account {appid[:40]!r}; yours is {account.id}", FOREIGN)
        bucket, slash, key = rest.partition("/")
        resource = rest if "*" in bucket and not slash else f"{bucket}-{appid}{slash}{key}"
        if rest == "*":
            return Target(service="cos", scopes=((STORAGE_RIGHTS, Scope(account=account.id)),), everything=False)
    bucket, slash, key = resource.partition("/")
    if "*" in bucket:
        scope = Scope(account=account.id, name_glob=Glob(text=resource, single=False), numbered=True)
        return Target(service="cos", scopes=((STORAGE_RIGHTS, scope),), everything=False)
    name, dash, appid = bucket.rpartition("-")
    if not dash or not name or appid != str(account.id):
        node.refuse(
            f"{node.shown} names the bucket {bucket[:80]!r}; it must end in your account, -{account.id}",
            FOREIGN if appid.isdigit() and dash else FORMAT,
        )
    scope = _below(Scope(account=account.id, bucket=name), key if slash else "")
    return Target(service="cos", scopes=((STORAGE_RIGHTS, scope),), everything=False)


def _below(bucket: Scope, key: str) -> Scope:
    """What a pattern of keys means in one bucket. No key: the bucket itself."""
    start = key[:-1]
    if key == "*":
        return Scope(account=bucket.account, bucket=bucket.bucket)
    if key.endswith("*") and "*" not in start:
        return Scope(account=bucket.account, bucket=bucket.bucket, prefix=start)
    if "*" in key or not key:
        return Scope(account=bucket.account, bucket=bucket.bucket, key_glob=Glob(text=key, single=False))
    return Scope(account=bucket.account, bucket=bucket.bucket, key=key)


def _vod(node: Node, resource: str, account: Account, vod: Vod) -> Target:
    """``prefix//application/bucket/key``. For listings, what ends in ``/`` means everything below it."""
    application, _, rest = resource.removeprefix("prefix//").partition("/")
    if not re.fullmatch(r"[0-9]{1,18}", application):
        node.refuse(f"{node.shown} names the application {application[:40]!r}; it must be a SubAppId")
    if vod.application is not None and int(application) != vod.application:
        node.refuse(f"{node.shown} is of the application {application}; it must be {vod.application}", FOREIGN)
    bucket, slash, key = rest.partition("/")
    if "*" in bucket:
        pattern = None if rest == "*" else Glob(text=rest, single=False)
        scopes = tuple(
            (STORAGE_RIGHTS, Scope(account=account.id, bucket=name, name_glob=pattern))
            for name in ((None,) if vod.buckets is None else vod.buckets)
        )
        return Target(service="vod", scopes=scopes, everything=False)
    if not bucket:
        node.refuse(f"{node.shown} names no bucket; write prefix//{application}/BucketId/path")
    place = Scope(account=account.id, bucket=vod.bucket_of(bucket))
    exact = _below(place, key if slash else "")
    if not slash or not (key == "" or key.endswith("/")):
        return Target(service="vod", scopes=((STORAGE_RIGHTS, exact),), everything=False)
    below = _below(place, key + "*")
    return Target(service="vod", scopes=((STORAGE_RIGHTS - _LISTS, exact), (_LISTS, below)), everything=False)
