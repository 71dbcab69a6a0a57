"""Assuming a role: temporary credentials for what the caller itself may do, narrowed by a policy of its choice.

A role is a name here: every account has all of them, and none of them adds a right to its caller's. Must not know how
a cloud spells the call; what each allows in names and numbers is said by its ``Bounds``. Source: wire facts of Alibaba
§1.6; AWS "AssumeRole".
"""

from __future__ import annotations

import re
from typing import Literal

from entrepot.core import operations as ops
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader
from entrepot.core.rights.grant import Grant
from entrepot.core.rights.identity import Account, Credential, Key, Principal, User
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Store
from entrepot.core.value import Value
from entrepot.dialects.control.policies import ram
from entrepot.dialects.control.policies.statements import grant_of, told

API = "sts:AssumeRole"
_SECONDS = re.compile(r"\d{1,9}", re.ASCII)
_CHAIN_MAX = 32
UNNAMED = "entrepot"
"""The role that a right has for which nobody asked for one."""


class Identity(Value, frozen=True, kw_only=True):
    """Who asks: the account, a ``user`` of it, a ``role`` in a session, or a ``federated`` name.

    ``name`` is the user's, the role's or the federated one; ``session`` is a role's; ``user_id`` the number of the
    user, or of the account, by whose long-term key all began.
    """

    kind: Literal["account", "user", "role", "federated"]
    name: str = ""
    session: str = ""
    user_id: str = ""


def identity_of(who: Principal, account: Account, store: Store) -> Identity:
    """Who asks, by what its key was minted as."""
    reader = store.index.now
    key = None if who.key_id is None else reader.key(who.key_id)
    user = user_of(key, account, reader)
    user_id = account.user_id if user is None else user.user_id
    if key is None or key.minted is None:
        kind: Literal["account", "user"] = "account" if user is None else "user"
        return Identity(kind=kind, name="" if user is None else user.name, user_id=user_id)
    said, _, rest = key.minted.identity.partition("/")
    if said == "role":
        name, _, session = rest.rpartition("/")  # a role may have a path
        return Identity(kind="role", name=name, session=session, user_id=user_id)
    if said == "federated":
        return Identity(kind="federated", name=rest, user_id=user_id)
    if said == "user":
        return Identity(kind="user", name=rest, user_id=user_id)
    if said == "account":
        return Identity(kind="account", user_id=user_id)
    return Identity(kind="role", name=UNNAMED, session=key.id, user_id=user_id)


def user_of(key: Key | None, account: Account, reader: Reader) -> User | None:
    """The sub-user by whose long-term key a key was minted, or whose it is; None: the account's own."""
    for _ in range(_CHAIN_MAX):
        if key is None or key.minted is None:
            break
        key = reader.key(key.minted.minter)
    return None if key is None or key.user is None else reader.user(account.id, key.user)


class Bounds(Value, frozen=True, kw_only=True):
    """What one cloud takes: ``arn`` has the groups ``account`` and ``role``; ``style`` begins the new key's id."""

    arn: re.Pattern[str]
    session: re.Pattern[str]
    seconds_min: int
    seconds_max: int
    seconds_default: int
    policy_max: int
    style: str


class Wish(Value, frozen=True, kw_only=True):
    """What was asked for, as texts; None where nothing was said."""

    arn: str
    session: str
    seconds: str | None
    policy: str | None


class Assumed(Value, frozen=True, kw_only=True):
    """The role that was assumed and the credential for it."""

    role: str
    session: str
    credential: Credential


async def assume(
    wish: Wish, bounds: Bounds, account: Account, who: Principal, client: str, store: Store, intake: Intake
) -> Assumed:
    """Mint the credential. ``account`` is the caller's.

    Raises:
        Fault: PARAMETER_INVALID (reasons ``role-arn``, ``role-session``, ``role-seconds`` and those of a policy),
            OBJECT_MISSING (reason ``role``) for a role of another account, ACCESS_DENIED.
    """
    role = role_of(wish.arn, bounds, account.user_id)
    if not bounds.session.fullmatch(wish.session):
        raise Fault(
            Kind.PARAMETER_INVALID,
            f"RoleSessionName is {wish.session[:80]!r}; it has 2 to 64 letters, digits and characters of '.@-_='",
            reason="role-session", field="RoleSessionName",
        )  # fmt: skip
    seconds = seconds_of(wish.seconds, bounds.seconds_min, bounds.seconds_max, bounds.seconds_default)
    said = [] if wish.policy is None else ram.statements(wish.policy, account, most_bytes=bounds.policy_max)
    requested = Grant() if wish.policy is None else grant_of(said)
    minted = await store.perform(
        ops.MintCredential(
            account=account.id,
            api=API,
            requested=requested,
            seconds=seconds,
            allows=f"what its minter may, as the role {role} in the session {wish.session}"
            + ("" if wish.policy is None else ", within its policy" + told(said)),
            style=bounds.style,
            with_token=True,
            client=client,
            identity=f"role/{role}/{wish.session}",
        ),
        who,
        intake,
    )
    assert isinstance(minted, Credential)  # noqa: S101 - that is what minting gives
    return Assumed(role=role, session=wish.session, credential=minted)


def role_of(arn: str, bounds: Bounds, user_id: str) -> str:
    """The name of a role. Raises Fault PARAMETER_INVALID, OBJECT_MISSING."""
    match = bounds.arn.fullmatch(arn)
    if match is None:
        raise Fault(
            Kind.PARAMETER_INVALID, f"RoleArn is {arn[:160]!r}, which is no name of a role", reason="role-arn",
            field="RoleArn",
        )  # fmt: skip
    if match["account"] != user_id:
        raise Fault(
            Kind.OBJECT_MISSING,
            f"the role {arn[:160]!r} is of another account; the caller's is {user_id}",
            reason="role",
        )
    return match["role"]


def seconds_of(text: str | None, least: int, most: int, default: int) -> int:
    """How long a session is to last. Raises Fault PARAMETER_INVALID (reason ``role-seconds``)."""
    if not text:
        return default
    seconds = int(text) if _SECONDS.fullmatch(text) else -1
    if not least <= seconds <= most:
        raise Fault(
            Kind.PARAMETER_INVALID,
            f"DurationSeconds is {text[:40]!r}; it must be from {least} to {most}",
            reason="role-seconds", field="DurationSeconds",
        )  # fmt: skip
    return seconds
