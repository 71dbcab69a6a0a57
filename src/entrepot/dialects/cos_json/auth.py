"""What a verified COS JSON signature allows, and who may download without one.

Source: seed 004 "哪些场景需要用到签名" and its error codes -60 to -97; wire facts §3.3, §3.4.
"""

from __future__ import annotations

from functools import lru_cache

from entrepot.core import operations as ops
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader
from entrepot.core.rights.denial import Closed
from entrepot.core.rights.grant import Clause, Grant, Right, Rule, Scope
from entrepot.core.rights.identity import Key, Principal, Spend, anonymous_principal, principal_of
from entrepot.core.rules.access import is_public
from entrepot.dialects.cos_json.place import Place
from entrepot.dialects.cos_json.settings import CosJsonSettings
from entrepot.signing import cos_app
from entrepot.signing.scheme import Claim, check_temporary, key_of

_ONCE = {
    "table": (ops.DeleteObject, ops.RemoveDirectory, ops.UpdateObject, ops.CopyObject),
    "samples": (ops.DeleteObject, ops.RemoveDirectory, ops.UpdateObject),
    "never": (),
}


def claimed_key(claim: Claim, reader: Reader) -> Key:
    """The key of a claim, if it belongs to the account that the claim names."""
    fields = cos_app.fields_of(claim)
    known = fields.account.isdigit() and len(fields.account) < 19
    try:
        key = key_of(claim, reader)
    except Fault as fault:
        if not known or reader.account(int(fields.account)) is None:
            raise _unknown_account(fields.account) from fault
        raise
    if not known or key.account != int(fields.account):
        if not known or reader.account(int(fields.account)) is None:
            raise _unknown_account(fields.account)
        raise Fault(
            Kind.SIGNATURE_FOREIGN,
            f"the key {key.id!r} does not belong to the account {fields.account} of the signature",
            reason="key-account",
        )
    return key


def _unknown_account(account: str) -> Fault:
    return Fault(Kind.KEY_UNKNOWN, f"there is no account (appid) {account!r}", reason="account")


def bind(place: Place, claim: Claim, key: Key, now: float, settings: CosJsonSettings) -> Principal:
    """The principal of a genuine signature at a place.

    This API has no place for a session token, so a key that needs one cannot be used here.

    Raises:
        Fault: TOKEN_INVALID, SIGNATURE_EXPIRED, SIGNATURE_FOREIGN.
    """
    check_temporary(claim, key, now)
    fields = cos_app.timed(claim)
    cos_app.check_times(fields, now, settings.clock_skew_seconds)
    if int(fields.account) != place.account:
        raise Fault(
            Kind.SIGNATURE_FOREIGN,
            f"the signature is for the account {fields.account}, the URL for {place.account}",
            reason="url-account",
        )
    if fields.bucket != place.bucket_name:
        raise Fault(
            Kind.SIGNATURE_FOREIGN,
            f"the signature is for the bucket {fields.bucket!r}, the URL for {place.bucket_name!r}",
            reason="bucket",
        )
    if fields.path and not cos_app.binds(fields, place.fileids):
        raise Fault(
            Kind.SIGNATURE_FOREIGN,
            f"the signature is bound to {fields.path.decode('utf-8', 'replace')!r},"
            f" which does not cover {place.fileids[0].decode()!r}",
            reason="path",
        )
    limits = _limits(place.account, place.bucket_name, None if fields.once else fields.expires_at)
    spend = None
    if fields.once:
        until = fields.made_at + cos_app.LIFETIME_MAX_SECONDS + 1
        spend = Spend(token=cos_app.token_of(fields), until=until)
    return principal_of(key, limits, spend)


@lru_cache(maxsize=1024)
def _limits(account: int, bucket: str, expires_at: float | None) -> Grant:
    rule = Rule(scope=Scope(account=account, bucket=bucket or None))
    return Grant(clauses=(Clause(rules=(rule,), expires_at=expires_at),))


def check_kind(op: ops.Operation, claim: Claim, settings: CosJsonSettings) -> None:
    """Refuse a signature of the wrong kind for an operation. A once-only signature is good for everything.

    Raises:
        Fault: SIGNATURE_FOREIGN.
    """
    fields = cos_app.fields_of(claim)
    needs_once = isinstance(op, _ONCE[settings.once_required])
    if fields.once and not fields.path:
        if needs_once:
            raise Fault(
                Kind.SIGNATURE_FOREIGN, "a once-only signature (e=0) must name the path in f=", reason="once-path"
            )
        raise Fault(
            Kind.SIGNATURE_FOREIGN,
            "e=0 makes a signature once-only and needs a path in f=; give a multi-use signature an expiry in e=",
            reason="multi-expiry",
        )
    if needs_once and not fields.once:
        raise Fault(
            Kind.SIGNATURE_FOREIGN,
            "this operation needs a once-only signature (e=0, bound to the path in f=);"
            " the setting cos_json.once_required chooses which operations do",
            reason="once-expiry",
        )


def anonymous(place: Place, reader: Reader, now: float) -> Principal:
    """Whoever asks without a signature: may read what is public.

    Raises:
        Fault: SIGNATURE_MISSING.
    """
    del now
    if not place.api and place.bucket is not None and place.key:
        record = reader.object(place.bucket.id, place.key)
        if is_public(place.bucket, record):
            scope = Scope(account=place.account, bucket=place.bucket_name, key=place.key)
            rule = Rule(rights=frozenset({Right.READ_OBJECT}), scope=scope)
            grant = Grant(clauses=(Clause(rules=(rule,)),))
            return anonymous_principal(grant)
    fault = Fault(
        Kind.SIGNATURE_MISSING,
        "this needs a signature, in the header Authorization or the query parameter sign",
    )
    if place.bucket is not None:
        fault.denial = Closed(account=place.bucket.account, bucket=place.bucket.name, key=place.key)
    raise fault
