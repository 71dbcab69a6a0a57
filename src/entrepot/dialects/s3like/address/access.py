"""Principals of the S3-like dialects: how long a signature holds, and what anyone may do without one.

A signed request may do what the grant of its key allows. The signature covers the whole request, so it narrows this
only in time.
Source: wire facts of Tencent §6.3, Alibaba §4.6, Volcengine §3.2.
"""

from __future__ import annotations

from entrepot.core.facts.records import Acl, Bucket
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader
from entrepot.core.rights.denial import Closed
from entrepot.core.rights.grant import Clause, Grant, Right, Rule, Scope
from entrepot.core.rights.identity import Key, Principal, anonymous_principal, principal_of
from entrepot.dialects.s3like.address.place import Place
from entrepot.signing.scheme import Claim, check_temporary
from entrepot.signing.scoped_rows import Scoped

_READS = frozenset({Right.READ_OBJECT, Right.STAT_OBJECT, Right.READ_VERSION, Right.STAT_VERSION})
_LISTS = frozenset({Right.LIST_OBJECTS, Right.LIST_VERSIONS, Right.STAT_BUCKET, Right.READ_LOCATION})
_WRITES = frozenset({
    Right.PUT_OBJECT, Right.POST_OBJECT, Right.APPEND_OBJECT, Right.DELETE_OBJECT, Right.START_UPLOAD, Right.PUT_PART,
    Right.COMPLETE_UPLOAD, Right.ABORT_UPLOAD, Right.LIST_PARTS, Right.LIST_UPLOADS,
})  # fmt: skip
_NO_GRANT = Grant(clauses=(Clause(rules=()),))


def bind(place: Place, claim: Claim, key: Key, now: float) -> Principal:
    """The principal of a verified signature, if it holds at the time ``now``.

    A presigned URL or form says when it expires, and may be used from when it was signed. Any other signature has only
    its time, which may differ from the server's by the clock skew that the settings allow.

    Raises:
        Fault: SIGNATURE_EXPIRED, REQUEST_SKEWED, TOKEN_INVALID, SIGNATURE_MALFORMED (reasons ``region``,
            ``region-parameter``).
    """
    check_temporary(claim, key, now)
    _check_region(place, claim)
    skew_allowed = place.settings.clock_skew_seconds
    expires_at = claim.expires_at
    if claim.form and claim.signed_at is not None:
        latest = claim.signed_at + _FORM_SECONDS_MAX
        expires_at = latest if expires_at is None else min(expires_at, latest)
    if expires_at is None and claim.signed_at is not None and not claim.form:
        expires_at = claim.signed_at + skew_allowed
        skew_seconds = abs(now - claim.signed_at)
        if skew_seconds > skew_allowed:
            raise Fault(
                Kind.REQUEST_SKEWED,
                f"the request's time is {int(skew_seconds)} s off the server's; {int(skew_allowed)} s are allowed",
                request_time=int(claim.signed_at), server_time=int(now),
            )  # fmt: skip
    else:  # a presigned URL, or a form
        if expires_at is not None and now > expires_at:
            raise Fault(
                Kind.SIGNATURE_EXPIRED, f"it expired {int(now - expires_at)} s ago; sign again",
                expires=int(expires_at), server_time=int(now),
            )  # fmt: skip
        if claim.signed_at is not None and claim.signed_at > now + skew_allowed:
            raise Fault(
                Kind.REQUEST_SKEWED, f"it becomes valid in {int(claim.signed_at - now)} s; check the signer's clock",
                request_time=int(claim.signed_at), server_time=int(now),
            )  # fmt: skip
    limits = Grant() if expires_at is None else Grant(clauses=(Clause(rules=(_ANY_REQUEST,), expires_at=expires_at),))
    foreign = place.bucket is not None and place.bucket.account != key.account
    return principal_of(key, limits, foreign_grant=public_grant_at(place) if foreign else None)


def _check_region(place: Place, claim: Claim) -> None:
    """Refuse a signature for another region, where the settings and the cloud want its own. Raises Fault."""
    expected = place.flavour.signed_region
    if place.settings.signed_regions == "any" or expected is None or not isinstance(claim.signed, Scoped):
        return
    named, own = claim.signed.region, expected(place.bucket)
    if named != own:
        raise Fault(
            Kind.SIGNATURE_MALFORMED, f"The authorization is malformed; the region {named[:40]!r} is wrong; expecting"
            f" {own!r}", reason="region-parameter" if claim.presigned or claim.form else "region", region=own,
        )  # fmt: skip


_ANY_REQUEST = Rule()
_FORM_SECONDS_MAX = 604_800
"""For how long a form may be used after it was signed, whatever its policy says. Source: wire facts of Alibaba §3.4.
Assumed for the other clouds, because their signing keys last no longer."""


def anonymous(place: Place, reader: Reader, now: float) -> Principal:
    """The principal of a request without a signature: it may do what is public.

    Raises:
        Fault: SIGNATURE_MISSING if nothing is.
    """
    del reader, now
    if place.bucket is None and place.bucket_text is not None:
        grant = _NO_GRANT  # there is no such bucket: let the operation refuse it, as BUCKET_MISSING
    else:
        grant = public_grant_at(place)
        if grant is _NO_GRANT:
            fault = Fault(Kind.SIGNATURE_MISSING, "this needs a signature: nothing here is public to that")
            if place.bucket is not None:
                fault.denial = Closed(account=place.bucket.account, bucket=place.bucket.name, key=place.key)
            raise fault
    return anonymous_principal(grant)


def public_grant_at(place: Place) -> Grant:
    """What anyone may do at a place, by the ACL of the object or of the bucket."""
    if place.bucket is None:
        return _NO_GRANT
    return public_grant(place.bucket, place.key, place.reader)


def public_grant(bucket: Bucket, key: str, reader: Reader) -> Grant:
    """What anyone may do with ``key``. The bucket's ACL decides, but for reading an object's own ACL comes first."""
    if bucket.settings.protect_downloads:
        return _NO_GRANT
    record = reader.object(bucket.id, key) if key else None
    bucket_acl = bucket.settings.acl
    object_acl = record.attributes.acl if record is not None else None
    rules = []
    if (object_acl or bucket.settings.inherited_acl) is not Acl.PRIVATE:
        rules.append(Rule(rights=_READS, scope=Scope(account=bucket.account, bucket=bucket.name, key=key)))
    if bucket_acl is not Acl.PRIVATE:
        rules.append(Rule(rights=_LISTS, scope=Scope(account=bucket.account, bucket=bucket.name)))
    if bucket_acl is Acl.PUBLIC_READ_WRITE:
        rules.append(Rule(rights=_WRITES, scope=Scope(account=bucket.account, bucket=bucket.name)))
    return Grant(clauses=(Clause(rules=tuple(rules)),)) if rules else _NO_GRANT
