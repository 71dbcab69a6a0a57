"""Who may ask what over an S3-like dialect: clocks and tokens of signatures, what is public to anyone.

What a verified credential allows is its key's grant; a signature covers the whole request, so it narrows in time only.
Source: wire facts of Tencent §6.3, Alibaba §4.6, Volcengine §3.2.
"""

from __future__ import annotations

from entrepot.core.facts.records import Acl, Bucket
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader
from entrepot.core.rights.grant import Clause, Grant, Right, Rule, Scope
from entrepot.core.rights.identity import Key, Principal, anybody, principal_of
from entrepot.dialects.s3like.address.place import Place
from entrepot.signing.scheme import Claim, check_temporary

_READS = frozenset({Right.READ_OBJECT, Right.STAT_OBJECT})
_LISTS = frozenset({Right.LIST_OBJECTS, Right.STAT_BUCKET})
_WRITES = frozenset({
    Right.PUT_OBJECT, Right.POST_OBJECT, Right.APPEND_OBJECT, Right.DELETE_OBJECT, Right.START_UPLOAD, Right.PUT_PART,
    Right.COMPLETE_UPLOAD, Right.ABORT_UPLOAD, Right.LIST_PARTS, Right.LIST_UPLOADS,
})  # fmt: skip
_NOTHING = Grant(clauses=(Clause(rules=()),))


def bind(place: Place, claim: Claim, key: Key, now: float) -> Principal:
    """The principal of a genuine signature.

    Raises:
        Fault: SIGNATURE_EXPIRED, REQUEST_SKEWED, TOKEN_INVALID.
    """
    check_temporary(claim, key, now)
    skew = place.settings.clock_skew_seconds
    until = claim.expires_at
    if claim.form and claim.signed_at is not None:
        most = claim.signed_at + _FORM_SECONDS_MAX
        until = most if until is None else min(until, most)
    if until is None and claim.signed_at is not None and not claim.form:
        until = claim.signed_at + skew
        off = abs(now - claim.signed_at)
        if off > skew:
            raise Fault(
                Kind.REQUEST_SKEWED,
                f"the request's time is {int(off)} s off the server's; {int(skew)} s are allowed",
                request_time=int(claim.signed_at), server_time=int(now),
            )  # fmt: skip
    else:  # it says itself, or a form's policy does, how long it lasts
        if until is not None and now > until:
            raise Fault(
                Kind.SIGNATURE_EXPIRED, f"it expired {int(now - until)} s ago; sign again",
                expires=int(until), server_time=int(now),
            )  # fmt: skip
        if claim.signed_at is not None and claim.signed_at > now + skew:
            raise Fault(
                Kind.REQUEST_SKEWED, f"it becomes valid in {int(claim.signed_at - now)} s; check the signer's clock",
                request_time=int(claim.signed_at), server_time=int(now),
            )  # fmt: skip
    limits = Grant() if until is None else Grant(clauses=(Clause(rules=(_ANY,), expires_at=until),))
    foreign = place.bucket is not None and place.bucket.account != key.account
    return principal_of(key, limits, elsewhere=public(place) if foreign else None)


_ANY = Rule()
_FORM_SECONDS_MAX = 604_800
"""How long after its signature a form may be used, whatever its policy says. Source: wire facts of Alibaba §3.4; for
the others assumed, because their signing keys last no longer."""


def anonymous(place: Place, reader: Reader, now: float) -> Principal:
    """Whoever asks without a signature: may do what is public.

    Raises:
        Fault: SIGNATURE_MISSING where nothing is.
    """
    del reader, now
    if place.bucket is None and place.bucket_text is not None:
        grant = _NOTHING  # the operation says that the bucket is missing
    else:
        grant = public(place)
        if grant is _NOTHING:
            raise Fault(Kind.SIGNATURE_MISSING, "this needs a signature: nothing here is public to that")
    return anybody(grant)


def public(place: Place) -> Grant:
    """What anyone may do at a place, by the object's ACL or the bucket's."""
    if place.bucket is None:
        return _NOTHING
    return public_grant(place.bucket, place.key, place.reader)


def public_grant(bucket: Bucket, key: str, reader: Reader) -> Grant:
    """What anyone may do with ``key``: reading by the object's own ACL, else the bucket's; the rest by the bucket's."""
    if bucket.settings.protect_downloads:
        return _NOTHING
    record = reader.object(bucket.id, key) if key else None
    acl = bucket.settings.acl
    own = record.attributes.acl if record is not None else None
    rules = []
    if (own or acl) is not Acl.PRIVATE:
        rules.append(Rule(rights=_READS, scope=Scope(account=bucket.account, bucket=bucket.name, key=key)))
    if acl is not Acl.PRIVATE:
        rules.append(Rule(rights=_LISTS, scope=Scope(account=bucket.account, bucket=bucket.name)))
    if acl is Acl.PUBLIC_READ_WRITE:
        rules.append(Rule(rights=_WRITES, scope=Scope(account=bucket.account, bucket=bucket.name)))
    return Grant(clauses=(Clause(rules=tuple(rules)),)) if rules else _NOTHING
