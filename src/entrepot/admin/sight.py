"""Which rights of the ledger a key may see and withdraw, and which refusals it may read.

The account's own key: those of the account. A sub-user's key: those that it minted, and what was minted from them at
every level; no policy speaks of the ledger, so none opens more of it. The operator, who has no key, all of them. What
a key may not see is for it as if it were not there. A refusal is of the key that the refused request names.
"""

from __future__ import annotations

from typing import Final

from entrepot.admin.grants import named
from entrepot.core.explanation import Explained
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader
from entrepot.core.rights.identity import Key
from entrepot.core.rights.ledger import Wanted
from entrepot.core.value import changed

_LEVELS_MAX: Final = 64
"""From a right up to the key that it comes from, at most."""


def sees(reader: Reader, right: Key, key: Key | None) -> bool:
    """Whether a key may see a right."""
    if key is None:
        return True
    if right.account != key.account or right.minted is None:
        return False
    return key.user is None or _comes_from(reader, right, key.id)


def seen(reader: Reader, right_id: str, key: Key | None) -> Key:
    """The right of an id that a key may see. Raises Fault OBJECT_MISSING."""
    right = named(reader, right_id)
    if not sees(reader, right, key):
        raise Fault(Kind.OBJECT_MISSING, f"the ledger has no right {right_id[:200]!r}; it may have been pruned")
    return right


def within(reader: Reader, wanted: Wanted, key: Key | None) -> Wanted:
    """What is wanted, as far as a key may see it. Raises Fault ACCESS_DENIED."""
    if key is None:
        return wanted
    if key.user is None:
        return changed(wanted, account=key.account)
    minter = key.id if wanted.minter is None else wanted.minter
    if minter != key.id:
        right = reader.key(minter)
        if right is None or not sees(reader, right, key):
            raise Fault(Kind.ACCESS_DENIED, "the key of a sub-user sees what was minted with it alone")
    return changed(wanted, account=key.account, minter=minter)


def reads(reader: Reader, refused: Explained, key: Key | None) -> bool:
    """Whether a key may read why a request was refused: one of its own, or of a right that it may see."""
    if key is None:
        return True
    if refused.account is None or refused.account != key.account:
        return False
    if key.user is None or refused.key == key.id:
        return True
    right = reader.key(refused.key)
    return right is not None and sees(reader, right, key)


def _comes_from(reader: Reader, right: Key, key_id: str) -> bool:
    above: Key | None = right
    for _ in range(_LEVELS_MAX):
        if above is None or above.minted is None:
            return False
        if above.minted.minter == key_id:
            return True
        above = reader.key(above.minted.minter)
    return False
