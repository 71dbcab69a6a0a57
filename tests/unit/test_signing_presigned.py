"""signing/presigned: addresses that are signed here are the ones that SDKs make.

Law: expected signatures come from tests/vectors alone.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest

from entrepot.signing.presigned import tos_address

from .vectors import Vector, key_of, vectors

ADDRESSES = {
    name: vector
    for name, vector in vectors("tos4").items()
    if name.rpartition("/")[2] in {"facts_presigned_put", "tos_presigned_put", "doc_presigned_get", "go_presigned_get"}
}


@pytest.mark.parametrize("vector", ADDRESSES.values(), ids=ADDRESSES.keys())
def test_an_address_is_as_sdks_sign_it(vector: Vector) -> None:
    asked: dict[str, Any] = vector["request"]
    expected = dict(parse_qsl(asked["query"], keep_blank_values=True))
    region, seconds = expected["X-Tos-Credential"].split("/")[2], int(expected["X-Tos-Expires"])
    url = f"https://{asked['authority']}{asked['path']}"
    made = tos_address(asked["method"], url, key_of(vector), region, vector["signed_at"] + 0.9, seconds)
    assert made.startswith(f"{url}?")
    assert dict(parse_qsl(made.partition("?")[2], keep_blank_values=True)) == expected


def test_there_are_vectors() -> None:
    assert len(ADDRESSES) == 4
