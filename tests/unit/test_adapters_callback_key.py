"""adapters/callback_key: one key pair of a data folder, whoever asks for it first."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from entrepot.adapters.secrets.callback_key import CallbackKey
from entrepot.core.fault import Fault, Kind


def test_the_public_key_checks_what_the_other_signed(tmp_path: Path) -> None:
    key = CallbackKey(tmp_path)
    public = serialization.load_pem_public_key(key.public_pem())
    assert isinstance(public, rsa.RSAPublicKey)
    public.verify(key.sign(b"text"), b"text", padding.PKCS1v15(), hashes.MD5())  # noqa: S303 - the protocol's choice
    assert key.public_pem().startswith(b"-----BEGIN PUBLIC KEY-----\n")


def test_the_key_stays(tmp_path: Path) -> None:
    first = CallbackKey(tmp_path).public_pem()
    assert CallbackKey(tmp_path).public_pem() == first
    assert [path.name for path in tmp_path.iterdir()] == ["callback.key"]
    assert (tmp_path / "callback.key").stat().st_mode & 0o777 == 0o600


def test_nothing_is_made_before_it_is_asked_for(tmp_path: Path) -> None:
    CallbackKey(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_threads_get_one_key(tmp_path: Path) -> None:
    key = CallbackKey(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: key.public_pem(), range(16)))) == 1


def test_processes_get_one_key(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from entrepot.adapters.secrets.callback_key import CallbackKey;"
        "sys.stdin.read(); sys.stdout.buffer.write(CallbackKey(pathlib.Path(sys.argv[1])).public_pem())"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    said = set()
    for process in started:
        assert process.stdin is not None
        process.stdin.close()
    for process in started:
        assert process.stdout is not None
        said.add(process.stdout.read())
        process.stdout.close()
        assert process.wait(30) == 0
    assert said == {CallbackKey(tmp_path).public_pem()}
    assert [path.name for path in tmp_path.iterdir()] == ["callback.key"]


def test_files_that_are_wrong(tmp_path: Path) -> None:
    path = tmp_path / "callback.key"
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for content in (b"", b"nonsense", other):
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(Fault) as caught:
            CallbackKey(tmp_path).sign(b"x")
        assert caught.value.kind is Kind.STORAGE_FAILED
        assert str(tmp_path) not in caught.value.message
    path.unlink()
    CallbackKey(tmp_path).sign(b"x")
    path.chmod(0o644)
    with pytest.raises(Fault, match="PermissionError"):
        CallbackKey(tmp_path).sign(b"x")
