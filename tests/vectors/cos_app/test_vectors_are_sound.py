"""The signature vectors themselves: recomputed from the specification's formula with the standard library.

Law: nothing of the server is imported; a vector that fails here is a wrong vector, not a wrong server.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

VECTORS = sorted(Path(__file__).resolve().parent.glob("*/vector.json"))
SIGNERS = (
    "npm qcloud_cos 1.0.6",
    "npm qos-node-client 0.0.6",
    "npm cos-js-sdk-v4 1.2.1",
    "PyPI qcloud_cos_py3 0.1.4",
)
# Source: the specification prints these beginnings (the second with a scanning error in its first letters).
PRINTED = {
    "spec_multi": "v6+um3VE3lxGz97PmnSg6+/V9PZhPTIwMDAwMSZi",
    "spec_once": "CkZ0/gWkHy3f76ER7k6yXgzq7w1hPTIwMDAwMSZi",
}


def load(file: Path) -> dict[str, Any]:
    """One vector."""
    vector: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return vector


@pytest.mark.parametrize("file", VECTORS, ids=lambda file: file.parent.name)
def test_the_formula_gives_the_signature(file: Path) -> None:
    vector = load(file)
    text = vector["plaintext"].encode()
    mac = hmac.digest(vector["secret"].encode(), text, hashlib.sha1)
    assert base64.b64encode(mac + text).decode("ascii") == vector["sign"]
    assert vector["case"] == file.parent.name
    assert {"minted_with", "runtime", "call", "minted_on"} <= set(vector["provenance"])


@pytest.mark.parametrize("file", VECTORS, ids=lambda file: file.parent.name)
def test_the_kind_is_what_the_fields_say(file: Path) -> None:
    vector = load(file)
    fields = dict(pair.split("=", 1) for pair in vector["plaintext"].split("&"))
    assert (vector["kind"] == "once") == (fields["e"] == "0")
    assert (vector["path"] is None) == (fields["f"] == "")
    assert (fields["a"], fields["b"], fields["k"]) == (vector["appid"], vector["bucket"], vector["key_id"])


def test_every_real_signer_is_represented() -> None:
    minted = [load(file)["provenance"]["minted_with"] for file in VECTORS]
    for signer in SIGNERS:
        assert sum(name.startswith(signer) for name in minted) >= 3, signer


def test_the_printed_samples_agree() -> None:
    for case, beginning in PRINTED.items():
        file = Path(__file__).resolve().parent / case / "vector.json"
        assert load(file)["sign"].startswith(beginning)
