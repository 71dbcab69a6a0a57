"""signing/presign: TOS addresses that are signed here are the ones that SDKs make.

Law: expected signatures come from tests/vectors alone.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest

from entrepot.signing.presign import TOS4_ADDRESS, Address, signed_query

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
    address = Address(
        method=asked["method"], authority=asked["authority"], path=asked["path"], at=int(vector["signed_at"]),
        seconds=seconds, region=region,
    )  # fmt: skip
    key = key_of(vector)
    made = signed_query(TOS4_ADDRESS, address, key.id, key.secret)
    assert dict(parse_qsl(made, keep_blank_values=True)) == expected


def test_there_are_vectors() -> None:
    assert len(ADDRESSES) == 4
