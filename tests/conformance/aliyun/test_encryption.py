"""OSS clients: encryption with the server's key."""

from __future__ import annotations

import pytest

from conformance.aliyun.calls import Client, etag
from conformance.server import BUCKET

pytestmark = pytest.mark.conformance

NAME = "x-oss-server-side-encryption"
SEALED = {NAME: "AES256"}
BODY = bytes(range(256)) * 600


def test_the_servers_key(oss: Client, where: str) -> None:
    oss.call("put", where + "k", BODY, headers=SEALED)
    head = oss.call("head", where + "k")["headers"]
    assert (head[NAME], head["etag"]) == ("AES256", f'"{etag(BODY)}"')
    assert oss.read(where + "k") == BODY
    oss.call("copy", BUCKET, where + "k", where + "copy", headers=SEALED)
    assert oss.call("head", where + "copy")["headers"][NAME] == "AES256"
    assert oss.read(where + "copy") == BODY


def test_keys_of_a_service_are_not_here(oss: Client, where: str) -> None:
    oss.refused(400, "NotImplemented", "put", where + "k", b"x", headers={NAME: "KMS"})
    assert oss.read(where + "k") is None
