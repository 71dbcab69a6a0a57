"""STS GetFederationToken and AssumeRole: temporary keys for whatever a policy leaves of the caller's own rights; and
GetCallerIdentity, which tells who asks.

A role is a name here: every account has all of them, and none adds a right to its caller's.
Source: wire facts of Tencent §8; the models of the Python SDK.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from entrepot.core.fault import Fault, Kind
from entrepot.core.operations import MintCredential
from entrepot.core.rights.grant import Grant
from entrepot.dialects.control.minting.roles import identity_of
from entrepot.dialects.control.policies import cam
from entrepot.dialects.control.policies.statements import grant_of, told
from entrepot.dialects.tencent import policies
from entrepot.dialects.tencent.call import Answer, Call
from entrepot.dialects.tencent.vod_credentials import expiration

SECONDS: Final = 1800
SECONDS_MAX: Final = 129_600
"""That of sub-users; the cloud gives the account's own keys 7200."""
ROLE_SECONDS: Final = 7200
ROLE_SECONDS_MAX: Final = 43_200
_NAME = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)
_ROLE = re.compile(r"qcs::cam::uin/(?P<user>\d{1,20}):(?:roleName|role)/(?P<role>[\w+=,.@/-]{1,128})", re.ASCII)


async def federate(call: Call) -> Answer:
    """Mint keys under a name of the caller's choice."""
    name = _name(call, "Name")
    text = call.ask.text("Policy")
    seconds = call.ask.number("DurationSeconds", SECONDS, 1, SECONDS_MAX)
    requested, missing = _granted(call, text)
    said = f"what its policy says, as {name}{missing}"
    return await _mint(call, requested, seconds, said, f"federated/{name}")


async def assume_role(call: Call) -> Answer:
    """Mint keys for a role of the caller's own account."""
    arn = call.ask.text("RoleArn")
    match = _ROLE.fullmatch(arn)
    if match is None or match["user"] != call.account.user_id:
        wanted = f"qcs::cam::uin/{call.account.user_id}:roleName/<name>"
        raise Fault(Kind.PARAMETER_INVALID, f"`RoleArn` is {arn[:160]!r}; it must be a role of yours, {wanted}")
    session = _name(call, "RoleSessionName")
    text = call.ask.text("Policy", "")
    seconds = call.ask.number("DurationSeconds", ROLE_SECONDS, 1, ROLE_SECONDS_MAX)
    requested, missing = _granted(call, text) if text else (Grant(), "")
    within = ", within its policy" + missing if text else ""
    said = f"what its minter may, as the role {match['role']} in the session {session}{within}"
    return await _mint(call, requested, seconds, said, f"role/{match['role']}/{session}")


async def caller_identity(call: Call) -> Answer:
    """Who asks; needs no right, also with keys that were minted."""
    owner = call.account.user_id
    who = identity_of(call.who, call.account, call.store)
    if who.kind == "role":
        role = _role_id(owner, who.name)
        arn, user, kind = f"qcs::sts:{owner}:assumed-role/{role}", f"{role}:{who.session}", "CAMRole"
    elif who.kind == "federated":
        arn, user = f"qcs::sts:{owner}:federated-user/{who.user_id}", f"{who.user_id}:{who.name}"
        kind = "CAMUser"
    else:
        arn, user, kind = f"qcs::cam:{owner}:uin/{who.user_id}", who.user_id, "CAMUser"
    return {"Arn": arn, "AccountId": owner, "UserId": user, "PrincipalId": who.user_id, "Type": kind}


def _role_id(owner: str, role: str) -> str:
    """A number for a role that has none, as long as the cloud's: the same for the same name."""
    return f"4611{int.from_bytes(hashlib.sha256(f'{owner}/{role}'.encode()).digest()[:6], 'big') % 10**15:015d}"


def _name(call: Call, parameter: str) -> str:
    name = call.ask.text(parameter)
    if not _NAME.fullmatch(name):
        raise Fault(
            Kind.PARAMETER_INVALID,
            f"`{parameter}` is {name[:80]!r}; it has 1 to 128 letters, digits and characters of +=,.@-_",
        )
    return name


def _granted(call: Call, text: str) -> tuple[Grant, str]:
    """What a policy allows, and what of it is not here, in a few words."""
    document = policies.without_principals(policies.read(text))
    written = policies.written(document.value)
    said = cam.statements(written, call.account, most_bytes=policies.WRITTEN_BYTES_MAX)
    return grant_of(said), told(said)


async def _mint(call: Call, requested: Grant, seconds: int, said: str, identity: str) -> Answer:
    if call.who.minted:
        raise Fault(Kind.ACCESS_DENIED, "a temporary key cannot make further ones by this API", reason="temporary")
    minted = await call.mint(
        MintCredential(
            account=call.account.id,
            api=call.api,
            requested=requested,
            seconds=float(seconds),
            allows=said,
            style="AKID",
            with_token=True,
            client=call.client,
            identity=identity,
        )
    )
    return {
        "Credentials": {
            "Token": minted.token,
            "TmpSecretId": minted.key.id,
            "TmpSecretKey": minted.key.secret.decode(),
        },
        "ExpiredTime": int(minted.key.expires_at or 0),
        "Expiration": expiration(minted),
    }
