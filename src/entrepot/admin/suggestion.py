"""The least policy for what a key did, as far as the ledger and the audit log tell.

Told by the places of the log's lines about uses, what the key minted, and what it stored. Uses of long-term keys have
lines only for sub-users, and where ``audit.sub_users`` is on; what is not known is said in ``unknown``. Many keys
become a common prefix. The policy is read back, and allows at least all that it was made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader
from entrepot.core.rights.circumstances import Asked
from entrepot.core.rights.grant import INCLUDED, Access, Right
from entrepot.core.rights.identity import Account, Key
from entrepot.core.rights.ledger import Mark, Wanted, mark_of
from entrepot.core.value import Value
from entrepot.dialects.control.policies.languages import APIS, SPEECHES, Speech
from entrepot.dialects.control.policies.spelling import actions_for, least
from entrepot.dialects.control.policies.statements import BUCKET_RIGHTS

LINES_MAX: Final = 100_000
"""How many lines of the audit log are looked at, the newest."""
RESOURCES_MAX: Final = 5
"""How many keys or prefixes one right is given in a bucket before they become shorter prefixes."""
_STORED_MAX, _WALKED_MAX, _PAGE = 1000, 100_000, 1000


class Did(Value, frozen=True, kw_only=True):
    """A right that was used. A ``key`` that ends in ``*`` stands for all that begin so."""

    right: Right
    bucket: str | None
    key: str | None


def key_named(reader: Reader, key_id: str) -> tuple[Key, Account]:
    """The key, withdrawn or not, and its account. Raises Fault OBJECT_MISSING."""
    key = reader.key(key_id)
    owner = None if key is None else reader.account(key.account)
    if key is None or owner is None:
        raise Fault(Kind.OBJECT_MISSING, f"there is no key or right {key_id[:200]!r}")
    return key, owner


def did_by_ledger(reader: Reader, key: Key) -> list[Did]:
    """What the index tells: what the key minted, and what it stored."""
    found = [Did(right=Right.MINT, bucket=None, key=api) for api in _minted_apis(reader, key)]
    if key.minted is not None:
        names = {bucket.id: bucket.name for bucket in reader.buckets(key.account, None, _WALKED_MAX)}
        stored = reader.stored_by(key.id, _STORED_MAX)
        return found + [Did(right=Right.PUT_OBJECT, bucket=names[at], key=name) for at, name in stored if at in names]
    left = _WALKED_MAX
    for bucket in reader.buckets(key.account, None, _WALKED_MAX):
        low = ""
        while left > 0 and (page := reader.objects(bucket.id, low, None, _PAGE)):
            left -= len(page)
            low = page[-1].key + "\0"
            found += [
                Did(right=Right.PUT_OBJECT, bucket=bucket.name, key=record.key)
                for record in page
                if record.stored_by == key.id
            ]
    return found


def _minted_apis(reader: Reader, key: Key) -> list[str]:
    found: dict[str, None] = {}
    after: Mark | None = None
    while page := reader.rights(Wanted(minter=key.id), after, _PAGE):
        found |= dict.fromkeys(one.minted.api for one in page if one.minted is not None)
        after = mark_of(page[-1])
    known = {f"{service}:{name}" for service, names in APIS.items() for name in names}
    return [api for api in found if api in known]  # an operator's own addresses are asked of no API


def did_by_log(lines: Iterable[Mapping[str, Any]], key: Key) -> list[Did]:
    """What the audit log tells of a key's uses."""
    found = []
    for line in lines:
        if line.get("key") != key.id:
            continue
        for text in line.get("places", ()):
            right, _, place = str(text).partition(" ")
            bucket, slash, name = place.partition("/")
            if right in set(Right):
                name = name[:-1] + "*" if name.endswith("…") else name
                found.append(Did(right=Right(right), bucket=bucket or None, key=name if slash else None))
    return found


def suggested(key: Key, owner: Account, did: Iterable[Did], language: str | None) -> dict[str, Any]:
    """The policy, and what it does not know. Raises Fault OBJECT_MISSING when nothing is known of the key's doings."""
    done = list(dict.fromkeys(did))
    if not done:
        raise Fault(
            Kind.OBJECT_MISSING,
            f"nothing is known of what {key.id!r} did; the setting audit.sub_users notes what sub-users' keys do",
        )
    speech = SPEECHES[language or _spoken(done)]
    sayable = [one for one in done if one.right is Right.MINT or _names(one.right, speech)]
    wanted = [_access(owner, one) for one in _rolled(sayable)]
    policy = least(wanted, speech, owner, [_access(owner, one) for one in sayable])
    if policy is None:
        raise Fault(Kind.NOT_IMPLEMENTED, f"the language of {speech.service} cannot say what {key.id!r} did")
    unsaid = sorted({one.right.value for one in done if one not in sayable})
    return {
        "key": key.id,
        "language": speech.service,
        "policy": policy,
        "did": len(done),
        "unknown": [f"{right}: no action of {speech.service}" for right in unsaid] + _unknown(key),
    }


def _unknown(key: Key) -> list[str]:
    if key.minted is not None:
        return ["what was refused"]
    return ["what was refused"] + (["what the account's own key read, listed, changed or deleted"] * (key.user is None))


def _spoken(done: Iterable[Did]) -> str:
    """The language of the first API that was called; else the most common one."""
    service = next((str(one.key).partition(":")[0] for one in done if one.right is Right.MINT), "s3")
    return {"vod": "cos", "ms": "cos", "hbr": "oss", "vms": "tos"}.get(service, "s3")


def _names(right: Right, speech: Speech) -> bool:
    return right in INCLUDED or bool(actions_for(right, speech))


def _access(owner: Account, did: Did) -> Access:
    key = (did.key or "") if did.right in _LISTS else None if did.right in BUCKET_RIGHTS else did.key
    return Access(right=did.right, account=owner.id, bucket=did.bucket, key=key, at=0.0, asked=Asked(prefix=key))


_LISTS: Final = frozenset({Right.LIST_OBJECTS, Right.LIST_UPLOADS, Right.LIST_VERSIONS})


def _rolled(done: Iterable[Did]) -> list[Did]:
    """The same with common prefixes, where one right was used at many keys of a bucket."""
    keys: dict[tuple[Right, str | None], list[str | None]] = {}
    for one in done:
        keys.setdefault((one.right, one.bucket), []).append(one.key)
    return [
        Did(right=right, bucket=bucket, key=key)
        for (right, bucket), names in keys.items()
        for key in (names if right is Right.MINT or None in names else prefixes([str(name) for name in names]))
    ]


def prefixes(keys: list[str]) -> list[str]:
    """At most RESOURCES_MAX patterns that cover all of these keys: themselves, else their folders, else those above."""
    found = sorted(set(keys))
    while len(found) > RESOURCES_MAX:
        deepest = max(_depth(one) for one in found)
        found = sorted({_above(one) if _depth(one) == deepest else one for one in found})
        wide = [one for one in found if one.endswith("*")]
        found = [one for one in found if not any(one != other and one.startswith(other[:-1]) for other in wide)]
    return found


def _depth(pattern: str) -> int:
    """How many steps it is from covering everything."""
    return 0 if pattern == "*" else pattern.count("/") * 2 + (not pattern.endswith("/*")) + 1


def _above(pattern: str) -> str:
    folder = pattern.removesuffix("*").removesuffix("/").rpartition("/")[0] if pattern.endswith("/*") else None
    folder = pattern.rpartition("/")[0] if folder is None else folder
    return f"{folder}/*" if folder else "*"
