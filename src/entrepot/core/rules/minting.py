"""The rule of minting: what a new right may be, and the row it becomes.

A minted right is its minter's own grant and what was requested, until it or its minter ends: it can only be narrower.
In the bucket that belongs to an API, what the API mints is lent to whoever may call it, but for what is denied to that
one. A right for a number of uses mints nothing: each of what it minted could be used as often again. Pure over a
transaction; random names are arguments.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import and_

from entrepot.core.facts.records import BucketSettings
from entrepot.core.fault import Fault, Kind
from entrepot.core.operations.minting import MintCredential
from entrepot.core.ports import Transaction
from entrepot.core.rights.further_limits import PLAIN_UPLOAD, FurtherLimits, tightest
from entrepot.core.rights.grant import Clause, Grant, Rule
from entrepot.core.rights.identity import Credential, Key, Minted, Principal
from entrepot.core.value import Value, changed

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
        Fault: PARAMETER_INVALID for a lifetime that cannot be, and (reason ``client-token``) for a token that came with
            other things; ACCESS_DENIED (reason ``counted``); KEY_UNKNOWN when the minter is gone.
    """
    if not 0 < op.seconds <= SECONDS_MAX:
        raise Fault(Kind.PARAMETER_INVALID, f"a right cannot last {op.seconds:g} s", reason="mint-seconds")
    if who.limits.uses is not None:
        raise Fault(
            Kind.ACCESS_DENIED, "a right that holds for a number of uses cannot make further ones", reason="counted"
        )
    minter = None if who.key_id is None else tx.key(who.key_id)
    if minter is None:
        raise Fault(Kind.KEY_UNKNOWN, f"the key {who.key_id!r} is gone", key_id=who.key_id or "")
    if op.once is not None:
        _check_once(tx, op.account, op.once, now)
    if op.bucket is not None and tx.bucket(op.account, op.bucket) is None:
        tx.add_bucket(op.account, op.bucket, now, BucketSettings())
    expires_at = now + op.seconds if minter.expires_at is None else min(now + op.seconds, minter.expires_at)
    own = who.own_grant if op.bucket is None else who.own_grant.lending(_inside(op.requested, op.bucket))
    requested = op.requested & PLAIN_UPLOAD if op.plain else op.requested
    ends = Grant(clauses=(Clause(rules=(Rule(),), expires_at=expires_at),))
    key = Key(
        id=op.style + fresh.id,
        account=op.account,
        secret=fresh.secret.encode(),
        grant=reduce(and_, (one.grant for one in further_limits), own & requested & ends),
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
            identity=op.identity,
        ),
        limits=tightest(changed(op.limits, plain=op.plain), who.limits, *(one.limits for one in further_limits)),
    )
    tx.mint_key(key)
    return Credential(key=key, token=fresh.token if op.with_token else None)


def _inside(requested: Grant, bucket: str) -> Iterator[Rule]:
    """The rules of a request that speak of nothing but the API's own bucket."""
    for clause in requested.clauses:
        yield from (rule for rule in clause.rules if rule.scope.bucket == bucket)


def _check_once(tx: Transaction, account: int, once: tuple[bytes, bytes], now: float) -> None:
    """Let a client's token pass that is new, or comes with what it came with before.

    Raises:
        Fault: PARAMETER_INVALID (reason ``client-token``).
    """
    token, content = (hashlib.sha256(b"once:%d:" % account + part).digest() for part in (once[0], b"".join(once)))
    is_new = tx.spend(token, now + _REMEMBERED_SECONDS)
    if tx.spend(content, now + _REMEMBERED_SECONDS) and not is_new:
        message = "the token was sent before with other parameters; send another one"
        raise Fault(Kind.PARAMETER_INVALID, message, reason="client-token")


_REMEMBERED_SECONDS = 86_400.0
"""How long a client's token is remembered."""
