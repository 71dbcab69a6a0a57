"""Secrets that all gateways share, kept in the database under the master key: the key of callbacks.

They are notes of account 0, which is no account: the server's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from entrepot.adapters.postgres.master_keys import is_retired
from entrepot.adapters.sealed_columns import OWN_SECRETS
from entrepot.adapters.secrets.callback_key import SigningKey, made_pem
from entrepot.adapters.secrets.vault import Vault, VaultError
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Index, Transaction

CALLBACK_KEY: Final = "callback key"
"""The name of the note."""


async def kept(index: Index, vault: Vault, name: str, make: Callable[[], bytes]) -> bytes:
    """The secret of this name; the first gateway that asks makes it. Raises VaultError, Fault."""
    found = await index.scan(lambda reader: reader.note(0, OWN_SECRETS, name))
    if found is None:
        sealed = vault.seal(name, make())

        def store(tx: Transaction) -> bytes:
            there = tx.note(0, OWN_SECRETS, name)
            if there is None:
                if is_retired(tx, vault.seals_with):
                    raise VaultError("this master key was replaced while this gateway started")
                tx.put_note(0, OWN_SECRETS, name, sealed)
            return sealed if there is None else there.value

        return vault.open(name, await index.write(store))
    return vault.open(name, found.value)


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
