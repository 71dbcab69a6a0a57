"""Where an object comes from: which right stored it, what that was minted from, and what became of it since.

An object has the id of the key that stored it. A minted right has that of the key that asked for it, so a chain leads
up to a long-term key. A key is told of what it may see (:mod:`entrepot.admin.sight`), and that there is something that
it may not; the operator is told all. Rights that were pruned are gone from the ledger, and so is what was above them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from entrepot.admin import grants, life, sight
from entrepot.core.facts.records import Bucket, Object
from entrepot.core.ports import Reader
from entrepot.core.rights.identity import Key

_LEVELS_MAX: Final = 64


def of_object(reader: Reader, record: Object, visitor: Key | None, now: float) -> dict[str, Any]:
    """The chain above an object, from what stored it upwards.

    ``rights`` are minted rights as the ledger tells them; ``key`` is the long-term key that it ends with (``id``,
    ``user``, ``account``), None where it is not known or not to be told; ``end`` says why it ends: ``key``, ``nobody``,
    ``gone``, ``unseen``.
    """
    chain: dict[str, Any] = {"rights": [], "key": None, "end": "nobody"}
    key_id = record.stored_by
    while key_id is not None and len(chain["rights"]) < _LEVELS_MAX:
        key = reader.key(key_id)
        if key is None:
            return chain | {"end": "gone"}
        if key.minted is None:
            told = {"id": key.id, "user": key.user, "account": key.account}
            return chain | ({"key": told, "end": "key"} if _sees_key(key, visitor) else {"end": "unseen"})
        if not sight.sees(reader, key, visitor):
            return chain | {"end": "unseen"}
        chain["rights"].append(grants.lived(key, reader.key_use(key.id), now))
        key_id = key.minted.minter
    return chain


def _sees_key(key: Key, visitor: Key | None) -> bool:
    """Whether a key is told of a long-term key: of those of its account, a sub-user of its own ones."""
    if visitor is None:
        return True
    return key.account == visitor.account and (visitor.user is None or visitor.user == key.user)


def steps(
    chain: Mapping[str, Any], bucket: Bucket, record: Object, lines: Iterable[Mapping[str, Any]], now: float
) -> list[dict[str, Any]]:
    """What happened, the oldest first: the mints of the chain, the life of the right that stored the object, the
    object itself (``stored``, ``changed``); each as :mod:`life` tells it, with the ``right`` that it is about.

    Of a long-term key there are the uses of this very object, where the audit log has lines of them.
    """
    rights: list[Mapping[str, Any]] = chain["rights"]
    told: list[dict[str, Any]] = []
    for level, right in reversed(list(enumerate(rights))):
        lived = life.steps(right, lines if level == 0 else (), now)
        told += [step | {"right": right["id"]} for step in (lived if level == 0 else lived[:1])]
    if not rights and chain["key"] is not None:
        used = life.uses(chain["key"]["id"], f"{bucket.name}/{record.key}", lines)
        told += [step | {"right": None} for step in used]
    stored = life.happened(str(grants.moment(record.created_at)), "stored")
    told.append(stored | {"right": rights[0]["id"] if rights else None})
    if record.modified_at > record.created_at:
        told.append(life.happened(str(grants.moment(record.modified_at)), "changed") | {"right": None})
    return sorted(told, key=lambda one: (int(life.seconds(one["at"])), _ORDER.get(one["event"], 4)))


_ORDER: Final = {"mint": 0, "use": 1, "stored": 2, "changed": 3}
"""Of what happened in the same second."""
