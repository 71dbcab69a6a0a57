"""The rule of minting: what a new right may be, and the row it becomes.

A minted right is its minter's own grant and what was requested, until it ends: it can only be narrower. Pure over a
transaction; random names are arguments.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import reduce
from operator import and_

from entrepot.core.facts.records import BucketSettings
from entrepot.core.fault import Fault, Kind
from entrepot.core.operations.minting import MintCredential
from entrepot.core.ports import Transaction
from entrepot.core.rights.further_limits import FurtherLimits, tightest
from entrepot.core.rights.grant import Clause, Grant, Rule
from entrepot.core.rights.identity import Credential, Key, Minted, Principal
from entrepot.core.value import Value

SECONDS_MAX = 366 * 86_400.0
"""No right that is minted lasts longer than a year, whatever an API allows."""


class Fresh(Value, frozen=True, kw_only=True):
    """Unguessable names for a new credential."""

    id: str
    secret: str
    token: str


def token_digest(token: str) -> bytes:
    """What is kept of a session token."""
    return hashlib.sha256(token.encode()).digest()


def mint(
    tx: Transaction,
    op: MintCredential,
    who: Principal,
    now: float,
    fresh: Fresh,
    further_limits: Sequence[FurtherLimits] = (),
) -> Credential:
    """Store the new right, with the operator's limits, which are ``beyond`` what was asked, and its minter's.

    Raises:
        Fault: PARAMETER_INVALID for a lifetime that cannot be.
    """
    if not 0 < op.seconds <= SECONDS_MAX:
        raise Fault(Kind.PARAMETER_INVALID, f"a right cannot last {op.seconds:g} s", reason="mint-seconds")
    if op.bucket is not None and tx.bucket(op.account, op.bucket) is None:
        tx.add_bucket(op.account, op.bucket, now, BucketSettings())
    expires_at = now + op.seconds
    ends = Grant(clauses=(Clause(rules=(Rule(),), expires_at=expires_at),))
    key = Key(
        id=op.style + fresh.id,
        account=op.account,
        secret=fresh.secret.encode(),
        grant=reduce(and_, (one.grant for one in further_limits), who.own_grant & op.requested & ends),
        created_at=now,
        token_sha256=token_digest(fresh.token) if op.with_token else None,
        expires_at=expires_at,
        minted=Minted(
            api=op.api,
            minter=who.key_id or "",
            client=op.client,
            allows=", ".join(filter(None, (op.allows, *(one.told() for one in further_limits)))),
            bucket=op.about_bucket,
            key=op.about_key,
        ),
        limits=tightest(op.limits, who.limits, *(one.limits for one in further_limits)),
    )
    tx.mint_key(key)
    return Credential(key=key, token=fresh.token if op.with_token else None)
