"""Under which master keys the secrets of a shared index are, and which of them may seal: notes of the server's own.

A *word* is a known text that was sealed: the first is under the master key of the index, the next one, which is there
only while that is being renewed, under the key that follows. Whoever works on the index must open both, so nobody meets
what he cannot open; and seals with one of the two. A key that was replaced, or is about to be, has a note that it is
*retired*: what it sealed is not stored any more (:mod:`~.transaction` asks in the statement that would store it).

The order, which needs no gateway to stop: every gateway is given the next key; every gateway seals with it; the old one
is retired; all is sealed anew; the first word is under the new key, and the next word goes. Must not know where master
keys come from.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from entrepot.adapters.postgres.leases import Peer
from entrepot.adapters.sealed_columns import OWN_SECRETS, WORD
from entrepot.adapters.secrets.vault import Vault, VaultError
from entrepot.core.ports import Index, Reader, Transaction

COLLECTION: Final = "master keys"
"""The collection of these notes of account 0, which is no account; but for the first word, which is older."""
NEXT_WORD: Final = "next word"
RETIRED: Final = "retired "
"""How the note's name begins; then comes that of the key."""
TEXT: Final = b"entrepot"
Living = Callable[[], Awaitable[Sequence[Peer]]]
"""Asks which other processes serve."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The names of the keys of an index: that under which it is, and that which follows it."""

    main: str
    following: str | None


async def check(index: Index, vault: Vault, living: Living) -> Keys:
    """Look whether this process may work on the index with its keys; the first to seal with the next one says so.

    Raises VaultError with what to do, Fault.
    """
    while True:
        keys = await index.scan(lambda reader: _found(reader, vault))
        if keys is None:
            await index.write(lambda tx: _put(tx, OWN_SECRETS, WORD, vault))
        elif vault.seals_with in (keys.main, keys.following):
            return keys
        elif keys.following is not None:
            raise VaultError(
                "the master key of this database is being renewed already, and this is a third one: finish that"
                " renewal first (`entrepot secrets rotate`)"
            )
        else:
            check_all_open(await living(), vault.seals_with)
            await index.write(lambda tx: _put(tx, COLLECTION, NEXT_WORD, vault))


def check_all_open(peers: Sequence[Peer], name: str) -> None:
    """Raises VaultError when one of those who serve could not open what the key of this name seals."""
    blind = [peer.at for peer in peers if name not in peer.opens]
    if blind:
        raise VaultError(
            f"what this master key seals cannot be opened by {_listed(blind)}: give every gateway this key as"
            " next_master_key first, and restart it; nothing was changed"
        )


def check_all_seal(peers: Sequence[Peer], name: str) -> None:
    """Raises VaultError when one of those who serve seals with another key than that of this name."""
    others = [peer.at for peer in peers if peer.seals != name]
    if others:
        raise VaultError(
            f"another master key than this one seals at {_listed(others)}: give every gateway the new one as"
            " master_key and the one before as old_master_key, and restart it (one that vanished counts for a minute)"
        )


def retire(tx: Transaction, keys: Keys, vault: Vault) -> list[str]:
    """Let no key but the one that seals here seal any more; the names of those that did."""
    others = [name for name in (keys.main, keys.following) if name not in (None, vault.seals_with)]
    fresh = [name for name in others if tx.note(0, COLLECTION, f"{RETIRED}{name}") is None]
    for name in fresh:
        tx.put_note(0, COLLECTION, f"{RETIRED}{name}", b"1")
    return fresh


def take_back(tx: Transaction, names: Sequence[str]) -> None:
    """Let them seal again."""
    for name in names:
        tx.remove_note(0, COLLECTION, f"{RETIRED}{name}")


def settle(tx: Transaction, vault: Vault) -> None:
    """Say that the index is under the key that seals here, alone."""
    tx.put_note(0, OWN_SECRETS, WORD, vault.seal(WORD, TEXT))
    tx.remove_note(0, COLLECTION, NEXT_WORD)


def is_retired(reader: Reader, name: str) -> bool:
    """Whether the key of this name may not seal any more."""
    return reader.note(0, COLLECTION, f"{RETIRED}{name}") is not None


def _found(reader: Reader, vault: Vault) -> Keys | None:
    """The keys of the index, None for one that nobody worked on yet. Raises VaultError."""
    first, following = reader.note(0, OWN_SECRETS, WORD), reader.note(0, COLLECTION, NEXT_WORD)
    if is_retired(reader, vault.seals_with):
        raise VaultError(
            "the master key of this database was renewed, or is being renewed, and this one was replaced: set the one"
            " that seals now as master_key; until `entrepot secrets rotate` is done, the one before as old_master_key"
        )
    try:
        main = None if first is None else vault.opener(WORD, first.value)
    except VaultError as error:
        raise VaultError(
            "the master key is not the one that this database was made with; give every gateway the same"
            " ENTREPOT_MASTER_KEY (or a copy of master.key). While it is being renewed, every gateway has both:"
            " the new one as master_key, the one before as old_master_key"
        ) from error
    try:
        next_one = None if following is None else vault.opener(NEXT_WORD, following.value)
    except VaultError as error:
        raise VaultError(
            "the master key of this database is being renewed, and this gateway does not have the new one: set it as"
            " next_master_key (or as master_key, and the one before as old_master_key)"
        ) from error
    return None if main is None else Keys(main, next_one)


def _put(tx: Transaction, collection: str, name: str, vault: Vault) -> None:
    """Add a word, unless somebody was quicker, who is then looked at."""
    if tx.note(0, collection, name) is None:
        tx.put_note(0, collection, name, vault.seal(name, TEXT))


def _listed(places: Sequence[str]) -> str:
    names = list(dict.fromkeys(places))  # the workers of one gateway are at one place
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
