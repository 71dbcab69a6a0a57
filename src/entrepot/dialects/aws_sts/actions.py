"""The actions of AWS's STS: AssumeRole, whose keys work over S3, and GetCallerIdentity.

Every account has every role, and a role adds nothing to what its caller may. What would narrow a session and is not
built is refused, because the session would be wider than asked for. Source: AWS, API reference of STS.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from entrepot.core.fault import Fault, Kind
from entrepot.dialects.aws_sts.calls import Api, Call, Document
from entrepot.dialects.control.minting.roles import Bounds, Wish, assume, user_of

_BOUNDS: Final = Bounds(
    arn=re.compile(
        r"arn:aws(?:-cn|-us-gov)?:iam::(?P<account>\d{1,20}):role/(?:[!-~]{1,500}/)?(?P<role>[\w+=,.@-]{1,64})",
        re.ASCII,
    ),
    session=re.compile(r"[\w+=,.@-]{2,64}", re.ASCII),
    seconds_min=900,
    seconds_max=43_200,
    seconds_default=3600,
    policy_max=2048,
    style="ASIA",
)
_NARROWING = ("PolicyArns.", "SerialNumber", "TokenCode", "ProvidedContexts.")
"""Parameters that a session depends on, by how their names begin."""


async def _assume_role(call: Call) -> Document:
    for name, value in call.given.items():
        if name.startswith(_NARROWING) and value:
            raise Fault(Kind.NOT_IMPLEMENTED, f"{name[:60]} is not supported here; narrow the session with Policy")
    wish = Wish(
        arn=call.needed("RoleArn"),
        session=call.needed("RoleSessionName"),
        seconds=call.given.get("DurationSeconds"),
        policy=call.given.get("Policy") or None,
    )
    user = call.account.user_id
    done = await assume(wish, _BOUNDS, call.account, call.who, call.request.client, call.store, call.intake)
    key = done.credential.key
    reply: dict[str, object] = {
        "AssumedRoleUser": {
            "AssumedRoleId": f"{_role_id(done.role)}:{done.session}",
            "Arn": f"arn:aws:sts::{user}:assumed-role/{done.role}/{done.session}",
        },
        "Credentials": {
            "AccessKeyId": key.id,
            "SecretAccessKey": key.secret.decode(),
            "SessionToken": done.credential.token,
            "Expiration": datetime.fromtimestamp(int(key.expires_at or 0), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
    }
    if wish.policy is not None:
        reply["PackedPolicySize"] = max(1, len(wish.policy) * 100 // _BOUNDS.policy_max)
    return reply


def _role_id(role: str) -> str:
    """A number for a role that has none: the same for the same name."""
    number = int.from_bytes(role.encode(), "big")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return "AROA" + "".join(letters[(number >> 5 * place) % 32] for place in range(17))


async def _caller(call: Call) -> Document:
    user = call.account.user_id
    named = user_of(call.who, call.account, call.store)
    if named is not None:
        return {"UserId": named.user_id, "Account": user, "Arn": f"arn:aws:iam::{user}:user/{named.name}"}
    if not call.who.minted:
        return {"UserId": user, "Account": user, "Arn": f"arn:aws:iam::{user}:root"}
    return {
        "UserId": f"{_role_id('entrepot')}:{call.who.key_id}",
        "Account": user,
        "Arn": f"arn:aws:sts::{user}:assumed-role/entrepot/{call.who.key_id}",
    }


APIS: Final = (
    Api(action="AssumeRole", answer=_assume_role),
    Api(action="GetCallerIdentity", answer=_caller, free=True),
)
