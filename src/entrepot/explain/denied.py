"""Explains refusals of what somebody may do: denials, and minted rights that are withdrawn, over, spent, or too narrow.

A denial is told by the grant that decided it (:mod:`.reasons`), a minted right by its row in the ledger. Says nothing
of a key that the request does not name, and nothing of a body or a form. Must not know where an explanation is shown.
"""

from __future__ import annotations

from typing import Final

import orjson

from entrepot.core.explanation import TEXT_MAX, Confidence, Explanation
from entrepot.core.rights.circumstances import Fact
from entrepot.core.rights.denial import Closed, Denial
from entrepot.core.rights.identity import Key
from entrepot.dialects.control.policies.languages import OF_DIALECT, SPEECHES
from entrepot.dialects.control.policies.spelling import action_told, came_told, resource_told
from entrepot.explain.denial_causes import Cause
from entrepot.explain.origins import origins
from entrepot.explain.parts import refused_with
from entrepot.explain.reasons import Reason, needed, reasons
from entrepot.explain.refusal import Refusal

Details = list[tuple[str, str]]
_STORED_MAX: Final = 3


def denied(refusal: Refusal) -> Explanation | None:
    """Which statement said no, or which would have been needed; and what a minted right allows."""
    denial = refusal.fault.denial
    if not isinstance(denial, Denial):
        return None
    speech = SPEECHES[OF_DIALECT.get(refusal.dialect, "s3")]
    key, access = _signer(refusal), denial.access
    found = reasons(origins(denial, key, refusal.reader), access, speech)
    if not found:
        return None
    first = found[0]
    details: Details = [
        ("action", action_told(access, speech)), ("resource", resource_told(access, speech)), ("by", first.by),
        ("policy", first.policy), ("statement", first.place), ("sid", first.sid), ("effect", first.effect),
        ("also", "; ".join(one.sentence for one in found[1:])),
    ]  # fmt: skip
    owner = refusal.reader.account(access.account)
    least = None if owner is None else needed(found, speech, owner)
    text = "" if least is None else orjson.dumps(least).decode()
    details.append(("needed", text if len(text) <= TEXT_MAX else ""))
    with_it = refused_with(refusal)
    return Explanation(
        cause=first.cause.value,
        confidence=Confidence.CERTAIN if first.sure else Confidence.LIKELY,
        sentence=first.sentence,
        change=first.change,
        expected=_wanted(first),
        came="; ".join(one.came for one in first.compared if one.came),
        details=with_it + _said(details) + _minted(key),
    )


def withdrawn(refusal: Refusal) -> Explanation | None:
    """A key that the index knows, but that was revoked."""
    claimed = refusal.claim.key_id if refusal.claim is not None else str(refusal.fault.facts.get("key_id", ""))
    key = refusal.reader.key(claimed) if claimed else None
    if key is None or key.revoked_at is None:
        return None
    at, by = came_told(Fact.TIME, key.revoked_at), "" if key.minted is None else key.minted.revoked_by
    minted = key.minted is not None
    return Explanation(
        cause=Cause.REVOKED.value, confidence=Confidence.CERTAIN,
        sentence=f"the key {key.id} was {'revoked' if minted else 'disabled'} at {at}{f' by {by}' if by else ''}",
        change="ask whoever minted it for another one" if minted else "enable it (entrepot key enable), or use another",
        details=_said([("revoked_at", at), ("revoked_by", by)]) + _minted(key),
    )  # fmt: skip


def ended(refusal: Refusal) -> Explanation | None:
    """A temporary key or minted right whose time is over."""
    key = refusal.key
    if key is None or key.expires_at is None or refusal.now <= key.expires_at:
        return None
    at = came_told(Fact.TIME, key.expires_at)
    return Explanation(
        cause=Cause.ENDED.value, confidence=Confidence.CERTAIN, sentence=f"the key {key.id} ended at {at}",
        change="ask for a new one, or for a longer life", expected=at, came=came_told(Fact.TIME, refusal.now),
        details=_minted(key),
    )  # fmt: skip


def spent(refusal: Refusal) -> Explanation | None:
    """A right or signature that may be used so many times, and was."""
    if refusal.who is None or refusal.who.spend is None:
        return None
    key, most = _signer(refusal), int(refusal.fault.facts.get("most", refusal.who.spend.most))
    details, earlier = _spender(str(refusal.fault.facts.get("spender", "")))
    if key is not None and key.minted is not None:
        last = refusal.reader.key_use(key.id).last_at
        names = {bucket.id: bucket.name for bucket in refusal.reader.buckets(key.account, None, 1000)}
        stored = [f"{names.get(at, at)}/{name}" for at, name in refusal.reader.stored_by(key.id, _STORED_MAX)]
        details += [("last_used_at", came_told(Fact.TIME, last)), ("stored", ", ".join(stored))]
    often = "once" if most == 1 else f"{most} times"
    what = f"the right {key.id}" if key is not None and key.limits.uses is not None else "this signature"
    return Explanation(
        cause=Cause.SPENT.value, confidence=Confidence.CERTAIN,
        sentence=f"{what} may be used {often}, and was{earlier}",
        change="sign again, or ask for another right; what was refused is not counted",
        details=_said(details) + _minted(key),
    )  # fmt: skip


def _spender(spender: str) -> tuple[Details, str]:
    """The request that used a right last, as details and at the end of a sentence; see :class:`Spend`."""
    at, _, rest = spender.partition(" ")
    request, _, client = rest.partition(" ")
    if not client:
        return [], ""
    when = came_told(Fact.TIME, float(at))
    told: Details = [("spent_at", when), ("spent_by", request), ("spent_from", client)]
    return told, f", at {when} by the request {request} from {client}"


def too_large(refusal: Refusal) -> Explanation | None:
    """More bytes than a minted right allows."""
    key = _signer(refusal)
    if key is None or key.limits.max_bytes is None or refusal.fault.facts.get("limit") != key.limits.max_bytes:
        return None
    most = key.limits.max_bytes
    return Explanation(
        cause=Cause.LIMIT_SIZE.value, confidence=Confidence.CERTAIN,
        sentence=f"the right {key.id} allows {most} bytes each",
        change="send less, or mint a right for more", expected=f"at most {most}", details=_minted(key),
    )  # fmt: skip


def unsigned(refusal: Refusal) -> Explanation | None:
    """No signature, and no ACL that makes it needless."""
    closed = refusal.fault.denial
    bucket = refusal.reader.bucket(closed.account, closed.bucket) if isinstance(closed, Closed) else None
    if not isinstance(closed, Closed) or bucket is None:
        return None
    record = refusal.reader.object(bucket.id, closed.key) if closed.key else None
    own = record.attributes.acl if record is not None else None
    protected = "; its downloads are protected" if bucket.settings.protect_downloads else ""
    return Explanation(
        cause=Cause.ACL.value, confidence=Confidence.CERTAIN,
        sentence=f"nobody signed, and no ACL of the bucket {bucket.name} or the object opens this{protected}",
        change="sign the request, or open the bucket or the object by an ACL",
        details=_said([
            ("bucket_acl", bucket.settings.acl.value),
            ("object_acl", "" if record is None else "none of its own" if own is None else own.value),
        ]),
    )  # fmt: skip


def _signer(refusal: Refusal) -> Key | None:
    """The key that the request was made with; one whose signature was not taken is not meant."""
    signed = refusal.who is not None and refusal.key is not None and refusal.who.key_id == refusal.key.id
    return refusal.key if signed else None


def _wanted(why: Reason) -> str:
    return "; ".join(f"{one.operator} {one.key} {' or '.join(one.wanted)}" for one in why.compared)


def _minted(key: Key | None) -> tuple[tuple[str, str], ...]:
    """Who minted a right, when, and what it allows."""
    if key is None or key.minted is None:
        return ()
    row, limits = key.minted, key.limits
    return _said([
        ("right", key.id), ("minted_by", row.api), ("minter", row.minter), ("identity", row.identity),
        ("minted_at", came_told(Fact.TIME, key.created_at)), ("expires_at", came_told(Fact.TIME, key.expires_at)),
        ("allows", row.allows), ("place", f"{row.bucket}/{row.key}" if row.bucket else ""),
        ("max_bytes", "" if limits.max_bytes is None else str(limits.max_bytes)),
        ("max_uses", "" if limits.uses is None else str(limits.uses)),
    ])  # fmt: skip


def _said(details: Details) -> tuple[tuple[str, str], ...]:
    return tuple((name, text) for name, text in details if text)
