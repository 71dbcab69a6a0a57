"""Secrets that all gateways share, kept in the database under the master key: the key of callbacks, and a word by which
a gateway sees that its master key is the right one. Both are notes of account 0, which is no account: the server's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from entrepot.adapters.secrets.callback_key import SigningKey, made_pem
from entrepot.adapters.secrets.vault import Vault, VaultError
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Index, Transaction

COLLECTION: Final = "secrets"
WORD: Final = ("word", b"entrepot")
CALLBACK_KEY: Final = "callback key"
"""Names of the notes, and what the word is."""


async def kept(index: Index, vault: Vault, name: str, make: Callable[[], bytes]) -> bytes:
    """The secret of this name; the first gateway that asks makes it. Raises VaultError, Fault."""
    found = await index.scan(lambda reader: reader.note(0, COLLECTION, name))
    if found is None:
        sealed = vault.seal(name, make())

        def store(tx: Transaction) -> bytes:
            there = tx.note(0, COLLECTION, name)
            if there is None:
                tx.put_note(0, COLLECTION, name, sealed)
            return sealed if there is None else there.value

        return vault.open(name, await index.write(store))
    return vault.open(name, found.value)


async def check_master_key(index: Index, vault: Vault) -> None:
    """Raises VaultError when this gateway's master key is not the one under which the database's secrets are."""
    try:
        await kept(index, vault, WORD[0], lambda: WORD[1])
    except VaultError as error:
        raise VaultError(
            "the master key is not the one that this database was made with; give every gateway the same"
            " ENTREPOT_MASTER_KEY (or a copy of master.key)"
        ) from error


class SharedCallbackKey(SigningKey):
    """The key that signs callbacks, alike in all gateways. To be loaded before it is used."""

    def __init__(self) -> None:
        self._key: RSAPrivateKey | None = None

    async def load(self, index: Index, vault: Vault) -> None:
        """Fetch it, or make it. Raises VaultError, Fault."""
        self._key = self.read_pem(await kept(index, vault, CALLBACK_KEY, made_pem))

    def loaded(self) -> RSAPrivateKey:
        """Raises Fault STORAGE_FAILED before it was loaded."""
        if self._key is None:
            raise Fault(Kind.STORAGE_FAILED, "the key of callbacks was not fetched yet; try again")
        return self._key
