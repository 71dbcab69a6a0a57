"""Encryption with the server's key, by each TOS SDK."""

from __future__ import annotations

import pytest

from conformance.server import BUCKET
from conformance.volcengine.clients import Client

pytestmark = pytest.mark.conformance

TEXT = "a text " * 100


def test_the_servers_key(tos: Client, place: str) -> None:
    key = f"{place}k"
    stored = tos.do("put_object", bucket=BUCKET, key=key, content={"text": TEXT}, server_side_encryption="AES256")
    assert stored.header["x-tos-server-side-encryption"] == "AES256"
    got = tos.do("get_object", bucket=BUCKET, key=key)
    assert (got.body, got.header["x-tos-server-side-encryption"]) == (TEXT.encode(), "AES256")
