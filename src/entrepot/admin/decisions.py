"""May somebody do something somewhere, and what says so? Answered without doing it.

Asks the grants that requests are asked by, of a user, of a key or a minted right, or of nobody; the reasons are those
of :mod:`entrepot.explain.reasons`. A policy that is not stored yet can be tried as if its user had it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader
from entrepot.core.rights.circumstances import Asked, Circumstances
from entrepot.core.rights.denial import Denial
from entrepot.core.rights.grant import Access, Grant, Right
from entrepot.core.rights.identity import Account, Key, Policy, User
from entrepot.core.rights.ledger import holds
from entrepot.core.rules import users
from entrepot.core.value import Value, changed
from entrepot.dialects.control.policies.languages import ACTIONS, APIS, SPEECHES
from entrepot.dialects.control.policies.statements import BUCKET_RIGHTS
from entrepot.dialects.s3like.address.access import public_grant
from entrepot.explain.origins import Origin, of_user, origins
from entrepot.explain.reasons import Reason, needed, reasons

ANYBODY, NEW = "anybody", "-"
"""Whoever sends no signature; a user who has no policy yet."""
_LISTS = frozenset({Right.LIST_OBJECTS, Right.LIST_VERSIONS, Right.LIST_UPLOADS})
_STORES = frozenset({Right.PUT_OBJECT, Right.POST_OBJECT, Right.APPEND_OBJECT, Right.START_UPLOAD, Right.COPY_INTO})


class Question(Value, frozen=True, kw_only=True):
    """May somebody do ``action`` on ``resource``, under these circumstances? ``resource`` empty: on none.

    ``tagged``: tags are stored with it. ``speech``: in which language to tell what would allow it; by default that of
    the action. ``tried`` are policies that are not stored: each takes the place of the stored one of its name.
    """

    action: str
    resource: str
    at: float
    around: Circumstances
    asked: Asked
    tagged: bool = False
    speech: str | None = None
    tried: tuple[Policy, ...] = ()


class _Asks(Value, frozen=True, kw_only=True):
    """Who asks: the grant that decides, and where its clauses come from. ``over`` says why it holds no more."""

    grant: Grant
    origins: list[Origin]
    key: Key | None = None
    over: str = ""


def decided(reader: Reader, owner: Account, who: str, question: Question) -> dict[str, Any]:
    """The answer, with its reasons where it is no. An action of several rights is allowed when all of them are.

    Raises:
        Fault: PARAMETER_INVALID for an action or resource that cannot be; OBJECT_MISSING.
    """
    accesses = accesses_of(owner, question)
    asks = _asking(reader, owner, who, question, accesses[0])
    speech = SPEECHES[question.speech or _speech_of(question.action)]
    refused = [access for access in accesses if not asks.grant.permits(access)]
    allowed = not refused and not asks.over
    found = [reason for access in refused for reason in reasons(asks.origins, access, speech)]
    policy = needed(found, speech, owner)
    return {
        "allowed": allowed,
        "who": who,
        "action": question.action,
        "resource": question.resource or "*",
        "decided_by": asks.over or _decided_by(asks, found, accesses[0]),
        "right": (refused or accesses)[0].right.value,
        "reasons": [told(reason) for reason in found],
        "needed": policy,
        "minted": minted_told(asks.key),
    }


def told(why: Reason) -> dict[str, Any]:
    """A reason by name."""
    return {
        "cause": why.cause.value,
        "sure": why.sure,
        "sentence": why.sentence,
        "change": why.change,
        "right": why.access.right.value,
        "policy": why.policy,
        "statement": why.place,
        "sid": why.sid,
        "effect": why.effect,
        "conditions": [
            {"operator": one.operator, "key": one.key, "wanted": list(one.wanted), "came": one.came}
            for one in why.compared
        ],
    }


def minted_told(key: Key | None) -> dict[str, Any] | None:
    """Where a minted right comes from, and what it allows; None for any other key."""
    if key is None or key.minted is None:
        return None
    row = key.minted
    return {
        "right": key.id, "api": row.api, "minter": row.minter, "identity": row.identity, "client": row.client,
        "allows": row.allows, "place": f"{row.bucket}/{row.key}" if row.bucket else "", "minted_at": key.created_at,
        "expires_at": key.expires_at, "max_bytes": key.limits.max_bytes, "max_uses": key.limits.uses,
    }  # fmt: skip


def _decided_by(asks: _Asks, found: Sequence[Reason], access: Access) -> str:
    """The statement that decided. What is merely near did not decide; then nothing allows it."""
    if found:
        first = found[0]
        if first.effect == "allow" or not (first.place or first.policy):
            return "nothing allows it" if first.effect == "allow" or asks.key is None else first.by
        place = f"{first.policy}{users.OF}{first.place}" if first.policy else first.place
        return f"{place} ({first.sid})" if first.sid else place
    for origin in asks.origins:
        for rule in origin.clause.rules:
            if rule.allow and rule.miss(access) is None:
                sid = next((one.statement.sid for one in origin.written if one.place == rule.place), "")
                return (f"{rule.place} ({sid})" if sid else rule.place) or origin.said
    return "nothing forbids it"


# -- who asks ----------------------------------------------------------------------------------------------------------


def _asking(reader: Reader, owner: Account, who: str, question: Question, access: Access) -> _Asks:
    """Raises Fault OBJECT_MISSING, PARAMETER_INVALID."""
    if who == ANYBODY:
        return _anybody(reader, owner, access)
    user = User(account=owner.id, name=NEW, user_id="", created_at=question.at) if who == NEW else None
    user = user or reader.user(owner.id, who)
    key = None if user is not None else reader.key(who)
    if key is not None and key.account != owner.id:
        raise Fault(Kind.OBJECT_MISSING, f"the key {who[:80]!r} is not of the account {owner.id}")
    if key is not None and key.user is not None:
        user = reader.user(owner.id, key.user)
    if user is None and key is None:
        user = users.existing(reader, owner.id, who)
    if user is not None:
        origin = of_user(user, _held(reader, user, question.tried), owner, None, key)
        asks = _Asks(grant=Grant(clauses=(origin.clause,)), origins=[origin], key=key)
        return changed(asks, over=_over(reader, key, question))
    assert key is not None  # noqa: S101 - one of them is there
    if question.tried:
        raise Fault(Kind.PARAMETER_INVALID, f"{who[:80]!r} is no user: only a user has policies that can be tried")
    found = origins(Denial(grant=key.grant, access=access), key, reader)
    return _Asks(grant=key.grant, origins=found, key=key, over=_over(reader, key, question))


def _held(reader: Reader, user: User, tried: Sequence[Policy]) -> list[Policy]:
    """The policies of a user, as if those that are tried were stored and were the user's."""
    instead = {policy.name: policy for policy in tried}
    names = [*user.policies, *(name for name in instead if name not in user.policies)]
    return [instead.get(name) or users.existing_policy(reader, user.account, name) for name in names]


def _anybody(reader: Reader, owner: Account, access: Access) -> _Asks:
    bucket = None if access.bucket is None else reader.bucket(owner.id, access.bucket)
    if bucket is None:
        raise Fault(Kind.OBJECT_MISSING, f"the account {owner.id} has no bucket {access.bucket or ''!r}")
    grant = public_grant(bucket, access.key or "", reader)
    return _Asks(grant=grant, origins=origins(Denial(grant=grant, access=access, by_acl=True), None, reader))


def _over(reader: Reader, key: Key | None, question: Question) -> str:
    """Why a key holds no more, or not for so many bytes."""
    if key is None:
        return ""
    if not holds(key, question.at):
        if key.revoked_at is None:
            return f"the right {key.id} ended"
        return f"the key {key.id} was {'disabled' if key.minted is None else 'revoked'}"
    uses, most = key.limits.uses, key.limits.max_bytes
    if uses is not None and reader.key_use(key.id).count >= uses:
        return f"the right {key.id} may be used {uses} times and was"
    if most is not None and (question.asked.content_length or 0) > most:
        return f"the right {key.id} allows {most} bytes; {question.asked.content_length} are too many"
    return ""


# -- what is asked -----------------------------------------------------------------------------------------------------


def _speech_of(action: str) -> str:
    service = action.removeprefix("name/").partition(":")[0]
    return {"vod": "cos", "ms": "cos", "hbr": "oss", "vms": "tos", "sts": "s3"}.get(service, service)


def accesses_of(owner: Account, question: Question) -> list[Access]:
    """What an action asks of a grant. Raises Fault PARAMETER_INVALID."""
    service, colon, name = question.action.removeprefix("name/").partition(":")
    rights = next((given for known, given in ACTIONS.get(service, {}).items() if known.lower() == name.lower()), None)
    api = next((known for known in APIS.get(service, ()) if known.lower() == name.lower()), None)
    if not colon or (rights is None and api is None):
        services = ", ".join(sorted({*ACTIONS, *APIS}))
        raise Fault(
            Kind.PARAMETER_INVALID,
            f"{question.action[:80]!r} is no action; write one such as cos:PutObject, of the services {services}",
        )
    if rights is None:
        return [_access(question, Right.MINT, owner, None, f"{service}:{api}")]
    if not rights:
        raise Fault(Kind.PARAMETER_INVALID, f"nobody can do {question.action[:80]!r} here: there is no such operation")
    bucket, key = _named(owner, question.resource)
    asked = [*rights, *_further(rights, question)]
    return [_access(question, right, owner, bucket, _key_for(right, key, question)) for right in asked]


def _further(rights: Sequence[Right], question: Question) -> list[Right]:
    """What storing asks for as well, as :mod:`entrepot.core.rules.required` says: a public ACL, and tags."""
    if _STORES.isdisjoint(rights):
        return []
    public = question.asked.acl not in {None, "private", "default"}
    return [Right.UPDATE_ACL] * public + [Right.UPDATE_TAGS] * question.tagged


def _access(question: Question, right: Right, owner: Account, bucket: str | None, key: str | None) -> Access:
    return Access(
        right=right, account=owner.id, bucket=bucket, key=key, at=question.at, around=question.around,
        asked=question.asked,
    )  # fmt: skip


def _key_for(right: Right, key: str | None, question: Question) -> str | None:
    if right in _LISTS:
        return question.asked.prefix or key or ""
    return None if right in BUCKET_RIGHTS else key


def _named(owner: Account, resource: str) -> tuple[str | None, str | None]:
    """Bucket and key of ``bucket/key``, or of a resource in the spelling of some cloud."""
    if not resource or resource == "*":
        return None, None
    name = resource.rpartition("::")[2] if resource.startswith("arn:") else resource
    if resource.startswith(("qcs:", "acs:", "trn:")):
        name = resource.split(":", 5 if resource.startswith("qcs:") else 4)[-1]
    if name.startswith("prefix//"):
        name = name.removeprefix("prefix//").partition("/")[2]
    bucket, slash, key = name.partition("/")
    return bucket.removesuffix(f"-{owner.id}"), key if slash else None
