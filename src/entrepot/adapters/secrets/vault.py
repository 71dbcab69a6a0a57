"""Secrets at rest: AES-256-GCM under one master key.

The master key comes from ``ENTREPOT_MASTER_KEY`` (base64 of 32 bytes) or from ``master.key`` (mode 0600) in the data
folder, which is made on the first start. Each sealed secret is bound to the id of its key: rows cannot be swapped.
"""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from entrepot.adapters.secrets.key_file import is_open_to_others, made_once

_NONCE_BYTES = 12
_KEY_BYTES = 32


class VaultError(Exception):
    """The master key is missing, malformed, readable by others, or not the one that sealed a secret."""


class Vault:
    """Seals and opens secrets."""

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) != _KEY_BYTES:
            raise VaultError(f"the master key has {len(master_key)} bytes; it must have {_KEY_BYTES}")
        self._cipher = AESGCM(master_key)
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
        try:
            secret = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], key_id.encode())
        except InvalidTag as error:
            raise VaultError(f"the secret of key {key_id!r} cannot be opened with this master key") from error
        if len(self._opened) >= 4096:
            self._opened.clear()
        self._opened[key_id, sealed] = secret
        return secret


def load_vault(folder: Path, from_environment: str | None) -> Vault:
    """The vault of a data folder; makes the master key when there is none yet. Processes that start together share it.

    Raises:
        VaultError: the key is malformed, or its file can be read by others.
    """
    if from_environment:
        return Vault(_decode(from_environment, "ENTREPOT_MASTER_KEY"))
    path = folder / "master.key"
    made_once(path, base64.b64encode(os.urandom(_KEY_BYTES)) + b"\n")
    if is_open_to_others(path):
        raise VaultError(f"{path.name} can be read by others; run: chmod 600 {path.name}")
    return Vault(_decode(path.read_text().strip(), path.name))


def _decode(text: str, where: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise VaultError(f"{where} does not hold base64 of {_KEY_BYTES} bytes") from error
