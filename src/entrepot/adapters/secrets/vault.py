"""Secrets at rest: AES-256-GCM under one master key.

The master key comes from ``ENTREPOT_MASTER_KEY`` (base64 of 32 bytes) or from ``master.key`` (mode 0600) in the data
folder, which is made on the first start. Each sealed secret is bound to the id of its key: rows cannot be swapped.

While the master key is being renewed there are two: one seals, and both open. Beside the master key there may be the
next one (``ENTREPOT_NEXT_MASTER_KEY``, ``master.key.next``) and the one before (``ENTREPOT_OLD_MASTER_KEY``,
``master.key.old``). In a data folder the next one seals as soon as it is there. Of many gateways each learns it at
another moment, so there it only opens, until it is the master key of all.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from entrepot.adapters.secrets.key_file import is_open_to_others, made_once, sync

_NONCE_BYTES = 12
_KEY_BYTES = 32
_NAME_BYTES = 8
_FILE, _NEXT_FILE, _OLD_FILE = "master.key", "master.key.next", "master.key.old"
_VARIABLES = ("ENTREPOT_MASTER_KEY", "ENTREPOT_NEXT_MASTER_KEY", "ENTREPOT_OLD_MASTER_KEY")


class VaultError(Exception):
    """The master key is missing, malformed, readable by others, or not the one that sealed a secret."""


class Vault:
    """Seals secrets with ``master_key``, and opens what it or one of ``others`` sealed."""

    def __init__(self, master_key: bytes, others: Sequence[bytes] = ()) -> None:
        for key in (master_key, *others):
            if len(key) != _KEY_BYTES:
                raise VaultError(f"the master key has {len(key)} bytes; it must have {_KEY_BYTES}")
        self._cipher = AESGCM(master_key)
        self._ciphers = {_name_of(key): AESGCM(key) for key in (master_key, *others)}
        self._opened: dict[tuple[str, bytes], bytes] = {}
        self.seals_with = _name_of(master_key)
        """The name of the key that seals; a name tells nothing of its key."""

    @property
    def opens(self) -> tuple[str, ...]:
        """The names of all keys that are at hand, that which seals first."""
        return tuple(self._ciphers)

    def seal(self, key_id: str, secret: bytes) -> bytes:
        """Encrypt the secret of ``key_id``."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, key_id.encode())

    def open(self, key_id: str, sealed: bytes) -> bytes:
        """Decrypt the secret of ``key_id``. Raises VaultError when it was sealed by another key or changed."""
        known = self._opened.get((key_id, sealed))
        if known is not None:
            return known
        _, secret = self._found(key_id, sealed)
        if len(self._opened) >= 4096:
            self._opened.clear()
        self._opened[key_id, sealed] = secret
        return secret

    def opener(self, key_id: str, sealed: bytes) -> str:
        """The name of the master key that sealed this. Raises VaultError as ``open``."""
        return self._found(key_id, sealed)[0]

    def resealed(self, key_id: str, sealed: bytes) -> bytes | None:
        """The same secret under the key that seals; None when that sealed it. Raises VaultError as ``open``."""
        name, secret = self._found(key_id, sealed)
        return None if name == self.seals_with else self.seal(key_id, secret)

    def _found(self, key_id: str, sealed: bytes) -> tuple[str, bytes]:
        for name, cipher in self._ciphers.items():
            secret = _opened(cipher, key_id, sealed)
            if secret is not None:
                return name, secret
        raise VaultError(f"the secret of key {key_id!r} cannot be opened with this master key")


def _name_of(key: bytes) -> str:
    return hmac.digest(key, b"entrepot master key 1", "sha256")[:_NAME_BYTES].hex()


def _opened(cipher: AESGCM, key_id: str, sealed: bytes) -> bytes | None:
    try:
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], key_id.encode())
    except (InvalidTag, ValueError):
        return None


def load_vault(
    folder: Path, first: str | None, following: str | None = None, old: str | None = None, *, shared: bool = False
) -> Vault:
    """The vault of a data folder; makes the master key when there is none yet. Processes that start together share it.

    Args:
        folder: has the keys in files; they count only where ``first`` is not set.
        first: the master key as a setting.
        following: the next one, as a setting.
        old: the one before, as a setting.
        shared: whether gateways share the index, so that the next key only opens.

    Raises:
        VaultError: a key is malformed, or its file can be read by others.
    """
    if first:
        given = zip(_VARIABLES, (first, following, old), strict=True)
        master, next_key, old_key = (_decode(text, name) if text else None for name, text in given)
    else:
        made_once(folder / _FILE, _new_key())
        paths = (folder / _FILE, folder / _NEXT_FILE, folder / _OLD_FILE)
        master, next_key, old_key = (_read(path) if path.exists() else None for path in paths)
    order = (master, next_key, old_key) if shared else (next_key, master, old_key)
    keys = [key for key in order if key is not None]
    return Vault(keys[0], keys[1:])


def make_next(folder: Path) -> None:
    """Make the next master key of a folder, unless a renewal that was cut left one. Raises OSError."""
    made_once(folder / _NEXT_FILE, _new_key())


def take_next(folder: Path) -> None:
    """Let the next master key be the only one, at once and durably. Raises OSError."""
    (folder / _NEXT_FILE).replace(folder / _FILE)
    sync(folder)


def _new_key() -> bytes:
    return base64.b64encode(os.urandom(_KEY_BYTES)) + b"\n"


def _read(path: Path) -> bytes:
    if is_open_to_others(path):
        raise VaultError(f"{path.name} can be read by others; run: chmod 600 {path.name}")
    return _decode(path.read_text().strip(), path.name)


def _decode(text: str, where: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise VaultError(f"{where} does not hold base64 of {_KEY_BYTES} bytes") from error
