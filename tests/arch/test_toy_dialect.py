"""A further dialect costs one small file and one line, and shares the namespace with the others.

``toy_dialect.py`` imports nothing of an existing dialect, and what it stores is read through the COS JSON API.
"""

from __future__ import annotations

import hmac
import itertools
import weakref
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from entrepot.adapters.memory.blobs import MemoryBlobs, MemoryLeases
from entrepot.adapters.memory.index import MemoryIndex
from entrepot.admin import accounts, buckets, keys
from entrepot.core.facts.records import BucketSettings
from entrepot.core.ports import Transaction
from entrepot.core.rules.intake import Intake
from entrepot.core.rules.minting import Fresh
from entrepot.core.rules.upload_hasher import UploadHasher
from entrepot.core.store import Store
from entrepot.dialects.cos_json.dialect import cos_json
from entrepot.dialects.cos_json.settings import CosJsonSettings
from entrepot.dialects.cos_json.urls import Addresses
from entrepot.front.pipeline import Pipeline
from entrepot.front.telemetry import Exchange
from entrepot.front.unverified import Unverified
from entrepot.signing.cos_app import sign
from entrepot.wire.http import Request, Response

from . import toy_dialect
from .tree import imported_modules, tree_of

ACCOUNT, KEY_ID, SECRET, NOW = 10_055_004, "AKIDtoy", "toy-secret", 1_470_737_000.0
TOY_LINES_MAX = 120


async def bytes_of(*chunks: bytes) -> AsyncIterator[bytes]:
    """A request's body."""
    for chunk in chunks:
        yield chunk


async def body_of(response: Response) -> bytes:
    """A response's body."""
    if isinstance(response.body, bytes | memoryview):
        return bytes(response.body)
    return b"".join([bytes(window) async for window in response.body])


def no_credential() -> Fresh:
    """Nothing is minted here."""
    raise AssertionError


class Server:
    """The pipeline with both dialects over the reference model."""

    def __init__(self) -> None:
        numbers = itertools.count()
        index = MemoryIndex()
        blobs = MemoryBlobs(lambda: f"{next(numbers):032x}", lambda: NOW)
        hasher = UploadHasher(index, blobs, MemoryLeases(weakref.WeakValueDictionary()))
        store = Store(index, blobs, hasher, lambda: NOW, lambda: f"{next(numbers):032x}", no_credential)
        dialects = (toy_dialect.TOY, cos_json(CosJsonSettings(), Addresses(), index.now))
        self.index = index
        self.pipeline = Pipeline(
            dialects,
            store,
            lambda: NOW,
            lambda who: Intake(blobs, inline_bytes=16, who=who, clock=lambda: NOW),
            Unverified(1 << 20, 30),
        )

    async def start(self) -> None:
        """Make an account, a key and a bucket."""

        def make(tx: Transaction) -> None:
            accounts.create(tx, NOW, ACCOUNT)
            keys.create(tx, NOW, ACCOUNT, KEY_ID, SECRET)
            buckets.create(tx, NOW, ACCOUNT, "demo", BucketSettings())

        await self.index.write(make)

    async def ask(self, method: str, path: str, *body: bytes, **headers: str) -> Response:
        """One request."""
        request = Request(
            id="1", method=method, raw_path=path.encode(), raw_query=b"", authority="localhost", scheme="http",
            headers=tuple((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()),
            client="-", body=bytes_of(*body),
        )  # fmt: skip
        return await self.pipeline.respond(request, Exchange("1", method, path.encode(), "-"))

    async def toy(self, method: str, path: str, *body: bytes) -> Response:
        """One request of the toy dialect, signed."""
        digest = hmac.digest(SECRET.encode(), f"{method} {path}".encode(), "sha256").hex()
        return await self.ask(method, path, *body, x_toy=f"{KEY_ID}:{digest}")


@pytest.fixture
async def server() -> Server:
    made = Server()
    await made.start()
    return made


def test_it_is_small_and_knows_no_other_dialect() -> None:
    path = Path(toy_dialect.__file__)
    assert len(path.read_text(encoding="utf-8").splitlines()) <= TOY_LINES_MAX
    modules = {module for module, _ in imported_modules(tree_of(path))}
    assert {module for module in modules if module.startswith("entrepot.dialects")} == {"entrepot.dialects.base"}


@pytest.mark.parametrize("content", [b"", b"small", b"x" * 5000], ids=len)
async def test_store_read_delete(server: Server, content: bytes) -> None:
    path = f"/toy/{ACCOUNT}/demo/a/b.txt"
    assert (await server.toy("PUT", path, content)).status == 201
    found = await server.toy("GET", path)
    assert (found.status, await body_of(found)) == (200, content)
    assert (await server.toy("DELETE", path)).status == 204
    assert (await server.toy("GET", path)).status == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"x_toy": f"{KEY_ID}:00"}, 401), ({"x_toy": "AKIDother:00"}, 401)],
    ids=["none", "wrong", "unknown"],
)
async def test_signatures_count(server: Server, headers: dict[str, str], status: int) -> None:
    path = f"/toy/{ACCOUNT}/demo/a.txt"
    assert (await server.ask("PUT", path, b"x", **headers)).status == status
    assert (await server.toy("GET", path)).status == 404


async def test_one_namespace(server: Server) -> None:
    await server.toy("PUT", f"/toy/{ACCOUNT}/demo/a.txt", b"from a toy")
    signature = sign(
        account=ACCOUNT, bucket="demo", key_id=KEY_ID, secret=SECRET.encode(), expires_at=int(NOW) + 60,
        made_at=int(NOW), nonce=1, path="",
    )  # fmt: skip
    found = await server.ask("GET", f"/files/v2/{ACCOUNT}/demo/a.txt", authorization=signature)
    assert (found.status, await body_of(found)) == (200, b"from a toy")
