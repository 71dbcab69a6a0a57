"""The key pair that signs callbacks, in ``callback.key`` (PEM, mode 0600) of the data folder.

Made when it is first asked for. Workers that make one at the same time end up with the same: the one that got the name.
"""

from __future__ import annotations

import threading
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from entrepot.adapters.secrets.key_file import is_open_to_others, made_once
from entrepot.core.fault import Fault, Kind

_BITS = 2048


class SigningKey:
    """A key pair for callbacks. Its methods may take a while and may be called in any thread."""

    def sign(self, text: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with MD5, which is what applications check."""
        return self.loaded().sign(text, padding.PKCS1v15(), hashes.MD5())  # noqa: S303 - the protocol's choice

    def public_pem(self) -> bytes:
        """The public key as applications fetch it."""
        return self.loaded().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def loaded(self) -> RSAPrivateKey:
        """The private key. Raises Fault STORAGE_FAILED when there is none to be had."""
        raise NotImplementedError

    @staticmethod
    def read_pem(pem: bytes) -> RSAPrivateKey:
        """Raises ValueError when this is no RSA key."""
        key = load_pem_private_key(pem, None)
        if not isinstance(key, RSAPrivateKey):
            raise ValueError("not an RSA key")  # noqa: TRY004 - it is the value that is wrong
        return key


def made_pem() -> bytes:
    """A new private key."""
    return generate_private_key(65537, _BITS).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class CallbackKey(SigningKey):
    """The key of a data folder: its file is read when it is first asked for, and made when it is not there."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "callback.key"
        self._lock = threading.Lock()
        self._key: RSAPrivateKey | None = None

    def loaded(self) -> RSAPrivateKey:
        """Raises Fault STORAGE_FAILED when the file cannot be read or written, or holds no such key."""
        with self._lock:
            if self._key is None:
                try:
                    self._key = self._read()
                except (OSError, ValueError) as error:
                    why = f"{self._path.name} cannot be used ({type(error).__name__})"
                    raise Fault(Kind.STORAGE_FAILED, f"the key of callbacks in {why}") from error
            return self._key

    def _read(self) -> RSAPrivateKey:
        if not self._path.exists():
            made_once(self._path, made_pem())
        if is_open_to_others(self._path):
            raise PermissionError(f"{self._path.name} can be read by others; run: chmod 600 {self._path.name}")
        return self.read_pem(self._path.read_bytes())
