"""Assuming a role: temporary credentials for what the caller itself may do, narrowed by a policy of its choice.

A role is a name here: every account has all of them, and none of them adds a right to its caller's. Must not know how
a cloud spells the call; what each allows in names and numbers is said by its ``Bounds``. Source: wire facts of Alibaba
§1.6; AWS "AssumeRole".
"""

from __future__ import annotations

import re

from entrepot.core import operations as ops
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.grant import Grant
from entrepot.core.rights.identity import Account, Credential, Principal, User
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Store
from entrepot.core.value import Value
from entrepot.dialects.control.policies import ram

API = "sts:AssumeRole"
_SECONDS = re.compile(r"\d{1,9}", re.ASCII)


def user_of(who: Principal, account: Account, store: Store) -> User | None:
    """The sub-user whose key asks; None: the account's own, or one that was minted."""
    reader = store.index.now
    key = None if who.key_id is None else reader.key(who.key_id)
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
    role = _role(wish, bounds, account.user_id)
    if not bounds.session.fullmatch(wish.session):
        raise Fault(
            Kind.PARAMETER_INVALID,
            f"RoleSessionName is {wish.session[:80]!r}; it has 2 to 64 letters, digits and characters of '.@-_='",
            reason="role-session", field="RoleSessionName",
        )  # fmt: skip
    seconds = _seconds(wish, bounds)
    requested = Grant() if wish.policy is None else ram.parse(wish.policy, account, most_bytes=bounds.policy_max)
    minted = await store.perform(
        ops.MintCredential(
            account=account.id,
            api=API,
            requested=requested,
            seconds=seconds,
            allows=f"what its minter may, as the role {role} in the session {wish.session}"
            + ("" if wish.policy is None else ", within its policy"),
            style=bounds.style,
            with_token=True,
            client=client,
        ),
        who,
        intake,
    )
    assert isinstance(minted, Credential)  # noqa: S101 - that is what minting gives
    return Assumed(role=role, session=wish.session, credential=minted)


def _role(wish: Wish, bounds: Bounds, user_id: str) -> str:
    match = bounds.arn.fullmatch(wish.arn)
    if match is None:
        raise Fault(
            Kind.PARAMETER_INVALID, f"RoleArn is {wish.arn[:160]!r}, which is no name of a role", reason="role-arn",
            field="RoleArn",
        )  # fmt: skip
    if match["account"] != user_id:
        raise Fault(
            Kind.OBJECT_MISSING,
            f"the role {wish.arn[:160]!r} is of another account; the caller's is {user_id}",
            reason="role",
        )
    return match["role"]


def _seconds(wish: Wish, bounds: Bounds) -> int:
    text = wish.seconds
    if not text:
        return bounds.seconds_default
    seconds = int(text) if _SECONDS.fullmatch(text) else -1
    if not bounds.seconds_min <= seconds <= bounds.seconds_max:
        raise Fault(
            Kind.PARAMETER_INVALID,
            f"DurationSeconds is {text[:40]!r}; it must be from {bounds.seconds_min} to {bounds.seconds_max}",
            reason="role-seconds", field="DurationSeconds",
        )  # fmt: skip
    return seconds
