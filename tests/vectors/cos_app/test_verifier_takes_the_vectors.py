"""The server's verifier against the vectors: taken wherever they may travel, and no changed byte of them is.

Law: expected values come from the vectors alone; the server's code is only ever the verifier here.
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from entrepot.core.fault import Fault
from entrepot.signing.cos_app import SCHEME, binds, parse
from entrepot.signing.scheme import NOWHERE
from entrepot.wire.http import Headers, Request

VECTORS = {
    file.parent.name: json.loads(file.read_text("utf-8"))
    for file in sorted(Path(__file__).resolve().parent.glob("*/vector.json"))
}


async def nothing() -> AsyncIterator[bytes]:
    """An empty body."""
    for part in ():
        yield part


def asking(*, headers: Headers = (), query: str = "") -> Request:
    """A request that carries a signature."""
    return Request(
        id="1",
        method="GET",
        raw_path=b"/",
        raw_query=query.encode("ascii"),
        headers=headers,
        authority="127.0.0.1",
        scheme="http",
        client="127.0.0.1",
        body=nothing(),
    )


def verified(request: Request, vector: dict[str, Any]) -> bool:
    """Whether the signature in `request` was made with the vector's secret."""
    claim = SCHEME.find(request)
    assert claim is not None
    assert claim.key_id == vector["key_id"]
    (text,) = SCHEME.texts(request, claim, NOWHERE)
    return SCHEME.seal(vector["secret"].encode(), claim, text) == claim.signature


def by_header(sign: str) -> Request:
    """The signature as SDKs send it: in the header."""
    return asking(headers=((b"authorization", sign.encode("ascii")),))


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS.keys())
def test_it_is_taken_wherever_it_travels(vector: dict[str, Any]) -> None:
    sign = vector["sign"]
    assert verified(by_header(sign), vector)
    assert verified(by_header(f"Authorization {sign}"), vector), "one client repeats the header's name"
    assert verified(asking(query=f"op=stat&sign={quote(sign, safe='')}"), vector), "percent-encoded"
    assert verified(asking(query=f"sign={sign}&op=stat"), vector), "as it is, with + / ="


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS.keys())
def test_its_fields_are_understood(vector: dict[str, Any]) -> None:
    _, fields = parse(vector["sign"])
    assert fields.text == vector["plaintext"].encode()
    assert (fields.account, fields.bucket, fields.key_id) == (
        vector["appid"],
        vector["bucket"],
        vector["key_id"],
    )
    assert fields.once == (vector["kind"] == "once")
    if vector["path"] is None:
        assert fields.path == b""
        return
    key = vector["path"].encode()
    paths = (f"/{vector['appid']}/{vector['bucket']}".encode() + key, key)
    assert binds(fields, paths)
    elsewhere = b"/elsewhere" + key
    other = (f"/{vector['appid']}/another-bucket".encode() + elsewhere, elsewhere)
    assert not binds(fields, other)
    if fields.once:
        assert not binds(fields, tuple(path + b"x" for path in paths)), "no prefix"


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS.keys())
def test_any_changed_byte_is_refused(vector: dict[str, Any]) -> None:
    raw = base64.b64decode(vector["sign"])
    for index in range(len(raw)):
        changed = bytearray(raw)
        changed[index] ^= 1
        sign = base64.b64encode(changed).decode("ascii")
        try:
            claim = SCHEME.find(by_header(sign))
        except Fault:
            continue
        assert claim is not None
        (text,) = SCHEME.texts(by_header(sign), claim, NOWHERE)
        assert SCHEME.seal(vector["secret"].encode(), claim, text) != claim.signature, index


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS.keys())
def test_another_secret_does_not_fit(vector: dict[str, Any]) -> None:
    request = by_header(vector["sign"])
    assert not verified(request, {**vector, "secret": vector["secret"] + "x"})
    with pytest.raises(Fault):
        parse(vector["sign"][:-3])
