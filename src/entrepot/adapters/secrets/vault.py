"""Secrets at rest: AES-256-GCM under one master key.

The master key comes from ``ENTREPOT_MASTER_KEY`` (base64 of 32 bytes) or from ``master.key`` (mode 0600) in the data
folder, which is made on the first start. Each sealed secret is bound to the id of its key: rows cannot be swapped.

While the master key is being renewed there are two: what is sealed is sealed with the next one, and both open. The next
one comes from ``ENTREPOT_NEXT_MASTER_KEY`` or from ``master.key.next``, which takes the first one's place in the end.
"""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from entrepot.adapters.secrets.key_file import is_open_to_others, made_once, sync

_NONCE_BYTES = 12
_KEY_BYTES = 32
_FILE, _NEXT_FILE = "master.key", "master.key.next"


class VaultError(Exception):
    """The master key is missing, malformed, readable by others, or not the one that sealed a secret."""


class Vault:
    """Seals and opens secrets. ``following`` is the next master key while this one is being renewed."""

    def __init__(self, master_key: bytes, following: bytes | None = None) -> None:
        keys = [master_key] if following is None else [following, master_key]
        for key in keys:
            if len(key) != _KEY_BYTES:
                raise VaultError(f"the master key has {len(key)} bytes; it must have {_KEY_BYTES}")
        self._ciphers = [AESGCM(key) for key in keys]
        self._cipher = self._ciphers[0]
        self._opened: dict[tuple[str, bytes], bytes] = {}

    def seal(self, key_id: str, secret: bytes) -> bytes:
        """Encrypt the secret of ``key_id``."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, key_id.encode())

    def open(self, key_id: str, sealed: bytes) -> bytes:
        """Decrypt the secret of ``key_id``. Raises VaultError when it was sealed by another key or changed."""
        known = self._opened.get((key_id, sealed))
        if known is not None:
            return known
        secret = next(
            (found for cipher in self._ciphers if (found := _opened(cipher, key_id, sealed)) is not None), None
        )
        if secret is None:
            raise VaultError(f"the secret of key {key_id!r} cannot be opened with this master key")
        if len(self._opened) >= 4096:
            self._opened.clear()
        self._opened[key_id, sealed] = secret
        return secret

    def resealed(self, key_id: str, sealed: bytes) -> bytes | None:
        """The same secret under the newest master key; None when that sealed it. Raises VaultError as ``open``."""
        if _opened(self._cipher, key_id, sealed) is not None:
            return None
        return self.seal(key_id, self.open(key_id, sealed))


def _opened(cipher: AESGCM, key_id: str, sealed: bytes) -> bytes | None:
    try:
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], key_id.encode())
    except (InvalidTag, ValueError):
        return None


def load_vault(folder: Path, from_environment: str | None, following: str | None = None) -> Vault:
    """The vault of a data folder; makes the master key when there is none yet. Processes that start together share it.

    Raises:
        VaultError: the key is malformed, or its file can be read by others.
    """
    if from_environment:
        next_key = _decode(following, "ENTREPOT_NEXT_MASTER_KEY") if following else None
        return Vault(_decode(from_environment, "ENTREPOT_MASTER_KEY"), next_key)
    path, next_path = folder / _FILE, folder / _NEXT_FILE
    made_once(path, _new_key())
    return Vault(_read(path), _read(next_path) if next_path.exists() else None)


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
