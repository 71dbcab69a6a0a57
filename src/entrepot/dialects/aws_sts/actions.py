"""The actions of AWS's STS: AssumeRole, GetSessionToken and GetFederationToken, whose keys work over S3, and
GetCallerIdentity.

Every account has every role, and a role adds nothing to what its caller may. What would narrow a session and is not
built is refused, because the session would be wider than asked for. Source: AWS, API reference of STS.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from entrepot.core import operations as ops
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.grant import Clause, Grant, Right, Rule, Scope
from entrepot.core.rights.identity import Credential, Principal
from entrepot.core.value import changed
from entrepot.dialects.aws_sts.calls import Api, Call, Document
from entrepot.dialects.control.minting.roles import Bounds, Wish, assume, identity_of, seconds_of
from entrepot.dialects.control.policies import ram
from entrepot.dialects.control.policies.statements import grant_of, told

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


_CHAINED_MAX = 3600
_SESSION_MAX, _SESSION_DEFAULT, _OF_ACCOUNT_MAX = 129_600, 43_200, 3600
_FEDERATED = re.compile(r"[\w+=,.@-]{2,32}", re.ASCII)
_NOTHING = Grant(clauses=(Clause(rules=()),))


def _check_not_narrowed(call: Call) -> None:
    """Raises Fault NOT_IMPLEMENTED for parameters that a session would depend on."""
    for name, value in call.given.items():
        if name.startswith(_NARROWING) and value:
            raise Fault(Kind.NOT_IMPLEMENTED, f"{name[:60]} is not supported here; narrow the session with Policy")


def _check_kind(call: Call, refused: Iterable[str]) -> str:
    """The kind of who asks: some sessions cannot ask for further ones. Raises Fault ACCESS_DENIED."""
    who = identity_of(call.who, call.account, call.store)
    kind = "session" if call.who.minted and who.kind in {"account", "user"} else who.kind
    if kind in refused:
        message = f"Cannot call {call.api.action} with session credentials"
        raise Fault(Kind.ACCESS_DENIED, message, reason="temporary")
    return kind


async def _assume_role(call: Call) -> Document:
    _check_not_narrowed(call)
    bounds = _BOUNDS
    if _check_kind(call, {"federated"}) == "role":
        seconds = call.given.get("DurationSeconds") or ""
        if seconds.isascii() and seconds.isdigit() and int(seconds[:12]) > _CHAINED_MAX:
            raise Fault(
                Kind.PARAMETER_INVALID,
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
                reason="role-seconds",
            )
        bounds = changed(bounds, seconds_max=_CHAINED_MAX)
    wish = Wish(
        arn=call.needed("RoleArn"),
        session=call.needed("RoleSessionName"),
        seconds=call.given.get("DurationSeconds"),
        policy=call.given.get("Policy") or None,
    )
    user = call.account.user_id
    done = await assume(wish, bounds, call.account, call.who, call.request.client, call.store, call.intake)
    reply: dict[str, object] = {
        "AssumedRoleUser": {
            "AssumedRoleId": f"{_role_id(done.role)}:{done.session}",
            "Arn": f"arn:aws:sts::{user}:assumed-role/{done.role}/{done.session}",
        },
        "Credentials": _credentials(done.credential),
    }
    if wish.policy is not None:
        reply["PackedPolicySize"] = _packed(wish.policy)
    return reply


async def _session_token(call: Call) -> Document:
    """What the caller may, for a time. The cloud asks for no right to call it, so it is lent here."""
    _check_not_narrowed(call)
    _check_kind(call, {"role", "federated", "session"})
    who = identity_of(call.who, call.account, call.store)
    name = f"user/{who.name}" if who.kind == "user" else "account"
    api = Rule(rights=frozenset({Right.MINT}), scope=Scope(account=call.account.id, key=call.api.name))
    asks = changed(call.who, grant=call.who.grant.lending((api,)))
    made = await _minted(call, asks, Grant(), f"what its minter may, as {name}", name)
    return {"Credentials": _credentials(made)}


async def _federation_token(call: Call) -> Document:
    """What the caller and a policy may, under a name; nothing without a policy."""
    _check_not_narrowed(call)
    _check_kind(call, {"role", "federated", "session"})
    name = call.needed("Name")
    if not _FEDERATED.fullmatch(name):
        raise Fault(Kind.PARAMETER_INVALID, f"Name is {name[:60]!r}; it has 2 to 32 letters, digits and of '=,.@-_+'")
    policy = call.given.get("Policy") or None
    said = [] if policy is None else ram.statements(policy, call.account, most_bytes=_BOUNDS.policy_max)
    requested = _NOTHING if policy is None else grant_of(said)
    allows = f"{'nothing' if policy is None else 'what its policy says'}, as {name}{told(said)}"
    made = await _minted(call, call.who, requested, allows, f"federated/{name}")
    user = call.account.user_id
    reply: dict[str, object] = {
        "Credentials": _credentials(made),
        "FederatedUser": {
            "FederatedUserId": f"{user}:{name}", "Arn": f"arn:aws:sts::{user}:federated-user/{name}",
        },
    }  # fmt: skip
    if policy is not None:
        reply["PackedPolicySize"] = _packed(policy)
    return reply


async def _minted(call: Call, who: Principal, requested: Grant, allows: str, identity: str) -> Credential:
    """A session of the caller's own; one of the account itself lasts an hour at most, whatever was asked."""
    seconds = seconds_of(call.given.get("DurationSeconds"), _BOUNDS.seconds_min, _SESSION_MAX, _SESSION_DEFAULT)
    if identity_of(call.who, call.account, call.store).kind == "account":
        seconds = min(seconds, _OF_ACCOUNT_MAX)
    made = await call.store.perform(
        ops.MintCredential(
            account=call.account.id, api=call.api.name, requested=requested, seconds=seconds, allows=allows,
            style=_BOUNDS.style, with_token=True, client=call.request.client, identity=identity,
        ),
        who, call.intake,
    )  # fmt: skip
    assert isinstance(made, Credential)  # noqa: S101 - that is what minting gives
    return made


def _credentials(made: Credential) -> Document:
    key = made.key
    return {
        "AccessKeyId": key.id,
        "SecretAccessKey": key.secret.decode(),
        "SessionToken": made.token,
        "Expiration": datetime.fromtimestamp(int(key.expires_at or 0), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _packed(policy: str) -> int:
    """How much of the room for a policy it takes, in percent."""
    return max(1, len(policy) * 100 // _BOUNDS.policy_max)


def _role_id(role: str) -> str:
    """A number for a role that has none: the same for the same name."""
    number = int.from_bytes(role.encode(), "big")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return "AROA" + "".join(letters[(number >> 5 * place) % 32] for place in range(17))


async def _caller(call: Call) -> Document:
    user = call.account.user_id
    who = identity_of(call.who, call.account, call.store)
    sts = f"arn:aws:sts::{user}"
    match who.kind:
        case "account":
            return {"UserId": user, "Account": user, "Arn": f"arn:aws:iam::{user}:root"}
        case "user":
            return {"UserId": who.user_id, "Account": user, "Arn": f"arn:aws:iam::{user}:user/{who.name}"}
        case "federated":
            return {"UserId": f"{user}:{who.name}", "Account": user, "Arn": f"{sts}:federated-user/{who.name}"}
        case "role":
            name = f"{_role_id(who.name)}:{who.session}"
            return {"UserId": name, "Account": user, "Arn": f"{sts}:assumed-role/{who.name}/{who.session}"}


_NARROWED: Final = frozenset({"DurationSeconds", "SerialNumber", "TokenCode"})
_TAGGED: Final = frozenset({"Policy", "PolicyArns", "PolicyArns.", "Tags", "Tags."})
"""Tags of a session change nothing: no condition here is about them, and policies with such a condition are refused."""

APIS: Final = (
    Api(
        action="AssumeRole",
        answer=_assume_role,
        parameters=_NARROWED
        | _TAGGED
        | {
            "RoleArn",
            "RoleSessionName",
            "TransitiveTagKeys",
            "TransitiveTagKeys.",
            "ExternalId",
            "SourceIdentity",
            "ProvidedContexts",
            "ProvidedContexts.",
        },
    ),
    Api(action="GetSessionToken", answer=_session_token, free=True, parameters=_NARROWED),
    Api(
        action="GetFederationToken",
        answer=_federation_token,
        parameters=_TAGGED | {"Name", "DurationSeconds"},
    ),
    Api(action="GetCallerIdentity", answer=_caller, free=True),
)
