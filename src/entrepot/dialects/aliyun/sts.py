"""Alibaba Cloud's STS: AssumeRole, whose keys work over OSS, and GetCallerIdentity.

Every account has every role, and a role adds nothing to what its caller may. Source: wire facts of Alibaba §1.6; STS
documentation, "GetCallerIdentity".
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from entrepot.dialects.aliyun.calls import Api, Call, Document
from entrepot.dialects.control.minting.roles import UNNAMED, Bounds, Wish, assume, identity_of

_VERSION = "2015-04-01"
_BOUNDS: Final = Bounds(
    arn=re.compile(r"acs:ram::(?P<account>\d{1,20}):role/(?P<role>[A-Za-z0-9.-]{1,64})", re.ASCII),
    session=re.compile(r"[A-Za-z0-9.@_-]{2,64}", re.ASCII),
    seconds_min=900,
    seconds_max=43_200,
    seconds_default=3600,
    policy_max=2048,
    style="STS.",
)


async def _assume_role(call: Call) -> Document:
    wish = Wish(
        arn=call.needed("RoleArn"),
        session=call.needed("RoleSessionName"),
        seconds=call.given.get("DurationSeconds"),
        policy=call.given.get("Policy") or None,
    )
    user = call.account.user_id
    done = await assume(wish, _BOUNDS, call.account, call.who, call.request.client, call.store, call.intake)
    key = done.credential.key
    return {
        "AssumedRoleUser": {
            "AssumedRoleId": f"{_role_id(user, done.role)}:{done.session}",
            "Arn": f"acs:ram::{user}:role/{done.role}/{done.session}",
        },
        "Credentials": {
            "AccessKeyId": key.id,
            "AccessKeySecret": key.secret.decode(),
            "SecurityToken": done.credential.token,
            "Expiration": datetime.fromtimestamp(int(key.expires_at or 0), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
    }


def _role_id(user: str, role: str) -> str:
    """A number for a role that has none: of its account's, and the same for the same name."""
    return f"{int(user) % 10**9}{int.from_bytes(role.encode()[:64], 'big') % 10**9:09d}"


async def _caller(call: Call) -> Document:
    await call.store.spend(call.who)
    user = call.account.user_id
    who = identity_of(call.who, call.account, call.store)
    if who.kind == "user":
        own = {"IdentityType": "RAMUser", "UserId": who.user_id, "PrincipalId": who.user_id}
        return {**own, "AccountId": user, "Arn": f"acs:ram::{user}:user/{who.name}"}
    if who.kind == "account":
        own = {"IdentityType": "Account", "UserId": user, "PrincipalId": user}
        return {**own, "AccountId": user, "Arn": f"acs:ram::{user}:root"}
    role, session = (who.name, who.session) if who.kind == "role" else (UNNAMED, who.name)
    return {
        "IdentityType": "AssumedRoleUser",
        "AccountId": user,
        "RoleId": _role_id(user, role),
        "PrincipalId": f"{_role_id(user, role)}:{session}",
        "Arn": f"acs:ram::{user}:assumed-role/{role}/{session}",
    }


APIS: Final = (
    Api(
        service="sts",
        action="AssumeRole",
        version=_VERSION,
        answer=_assume_role,
        parameters=frozenset(
            {"RoleArn", "RoleSessionName", "DurationSeconds", "Policy", "ExternalId", "SourceIdentity"}
        ),
    ),
    Api(service="sts", action="GetCallerIdentity", version=_VERSION, answer=_caller, free=True),
)
