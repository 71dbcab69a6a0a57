"""A data folder filled through every dialect, and what must be so of it wherever it is served afterwards.

Law: it is filled and looked at over the wire and through the command line, as users do; rows and files are compared as
they lie there, by the names of tables and columns of each engine's own schema.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from behaviour.bucket import Bucket
from behaviour.client import DEV, ONCE, Client, Owner, get, some_bytes
from behaviour.ledger.operator import Operator, spend
from behaviour.server import Server
from behaviour.slices import SLICE, content_of, finish, send, slices, started
from behaviour.storage.clouds import CLOUDS, S3
from behaviour.storage.speaker import Speaker

PIECES = [some_bytes(5 << 20, "first part"), some_bytes(1000, "last part")]
SLICED = content_of()
POLICY = json.dumps({
    "version": "2.0",
    "statement": [{
        "effect": "allow", "action": ["cos:GetObject"], "resource": f"qcs::cos::uid/{DEV.appid}:moved-{DEV.appid}/*",
    }],
})  # fmt: skip


@dataclass(slots=True)
class Filled:
    """What was put into a folder, and what has not been used up."""

    data: Path
    content: dict[str, bytes] = field(default_factory=dict)
    minted: dict[str, Any] = field(default_factory=dict)
    upload: str = ""
    tag: str = ""
    session: str = ""
    key: bytes = b""
    user: Owner | None = None
    spent: str = ""


@contextmanager
def talking(server: Server) -> Iterator[Client]:
    """A connection for a while."""
    client = server.client()
    try:
        yield client
    finally:
        client.close()


def fill(root: Path) -> Filled:
    """Make a folder and fill it."""
    server = Server(root)
    server.start()
    filled = Filled(server.data)
    with talking(server) as client:
        server.make_bucket(DEV.appid, "moved", domains=("moved.example.com",))
        bucket = Bucket(server=server, name="moved", client=client)
        _objects(filled, bucket)
        _uploads(filled, bucket)
        _rights(filled, server, client)
        filled.user = server.make_user(DEV.appid, POLICY)
        filled.key = client.send("GET", "/-/callback/public-key.pem").body
    assert server.run("voice", "list").returncode == 0
    done = server.finish()
    assert done.returncode == 0, done.stdout
    return filled


def _objects(filled: Filled, bucket: Bucket) -> None:
    for cloud in CLOUDS:
        speaker = Speaker(bucket=bucket, cloud=cloud, owner=DEV)
        for size in (0, 100, 70_000, 1_500_000):
            key = f"{cloud.name}/ä {size}"
            filled.content[key] = some_bytes(size, key)
            speaker.put(key, filled.content[key])
        for size in (200, 300_000):
            key = f"{cloud.name}/sealed {size}"
            filled.content[key] = some_bytes(size, key)
            speaker.put(key, filled.content[key], **{f"{cloud.prefix}server-side-encryption": "AES256"})
    one = Speaker(bucket=bucket, cloud=S3, owner=DEV)
    one.put("gone", some_bytes(200_000, "gone"))
    one.ok("DELETE", "gone", status=204)
    one.put("copied", b"", x_amz_copy_source="/moved/s3/sealed%20300000")
    filled.content["copied"] = filled.content["s3/sealed 300000"]
    bucket.put("/json", SLICED[:1000])
    filled.content["json"] = SLICED[:1000]


def _uploads(filled: Filled, bucket: Bucket) -> None:
    speaker = Speaker(bucket=bucket, cloud=S3, owner=DEV)
    filled.upload = speaker.start("in parts", {"x-amz-meta-colour": "blue"})
    filled.tag = speaker.part("in parts", filled.upload, 1, PIECES[0])
    filled.session = started(bucket, "/in slices", SLICED)
    send(bucket, "/in slices", filled.session, slices(SLICED)[1:3])
    filled.spent = bucket.sign(ONCE, "/to go")
    bucket.put("/to go", b"x")
    assert bucket.ask(get("stat", "/to go", sign=filled.spent)).status in {200, 400, 403}


def _rights(filled: Filled, server: Server, client: Client) -> None:
    operator = Operator(server=server, client=client)
    minted = filled.minted
    for name in ("reads", "withdrawn"):
        minted[name] = operator.url("moved", "json", "GET")
        assert spend(client, minted[name]).status == 200
    for name in ("spent", "once"):
        minted[name] = operator.url("moved", f"by {name}", uses=1)
    minted["counted"] = operator.url("moved", "json", "GET", uses=3)
    assert spend(client, minted["spent"], b"first").status == 200
    assert spend(client, minted["counted"]).status == 200
    operator.revoke(minted["withdrawn"]["grant"])
    filled.content["by spent"] = b"first"


def check_reads(filled: Filled, server: Server) -> None:
    """Every object in every dialect, and nothing else that can be read."""
    with talking(server) as client:
        bucket = Bucket(server=server, name="moved", client=client)
        for cloud in CLOUDS:
            speaker = Speaker(bucket=bucket, cloud=cloud, owner=DEV)
            for key, content in filled.content.items():
                assert speaker.content(key) == content, key
            assert set(filled.content) | {"to go"} == set(speaker.keys())
        assert bucket.content("/json") == SLICED[:1000]
        assert filled.user is not None
        user = Speaker(bucket=bucket, cloud=CLOUDS[3], owner=filled.user)
        assert user.content("json") == SLICED[:1000]
        assert user.ask("PUT", "json", body=b"x").status == 403
        assert client.send("GET", "/-/callback/public-key.pem").body == filled.key


def use_up(filled: Filled, server: Server) -> None:
    """Rights hold as they did, what was spent is spent, and uploads under way are completed."""
    with talking(server) as client:
        minted = filled.minted
        assert spend(client, minted["reads"]).body == SLICED[:1000]
        assert spend(client, minted["withdrawn"]).status == 403
        assert spend(client, minted["spent"], b"again").status == 403
        assert [spend(client, minted["once"], b"now").status for _ in range(2)] == [200, 403]
        assert [spend(client, minted["counted"]).status for _ in range(3)] == [200, 200, 403]
        bucket = Bucket(server=server, name="moved", client=client)
        speaker = Speaker(bucket=bucket, cloud=S3, owner=DEV)
        last = speaker.part("in parts", filled.upload, 2, PIECES[1])
        speaker.complete("in parts", filled.upload, [(1, filled.tag), (2, last)])
        pieces = slices(SLICED, SLICE)
        send(bucket, "/in slices", filled.session, [pieces[0], *pieces[3:]])
        bucket.ok(finish("/in slices", filled.session, len(SLICED)))
        filled.content |= {"in parts": b"".join(PIECES), "in slices": SLICED, "by once": b"now"}
        assert speaker.ok("HEAD", "in parts").headers["x-amz-meta-colour"] == "blue"


_APART = {"identity_version", "notes"}
"""Compared otherwise: a number that moves on, and the server's own notes."""


def rows_of_folder(data: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every table of an embedded index, its rows in some fixed order."""
    with sqlite3.connect(f"file:{data / 'index.db'}?mode=ro", uri=True) as index:
        tables = index.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        names = {row[0] for row in tables.fetchall()} - _APART
        found = {name: sorted(index.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in names}
        others = "SELECT * FROM notes WHERE account <> 0 OR collection NOT IN ('secrets', 'move', 'place')"
        return {**found, "notes": sorted(index.execute(others).fetchall(), key=repr)}


def rows_of_database(address: str) -> dict[str, list[tuple[Any, ...]]]:
    """The same tables of a shared index, its values as the embedded one has them."""

    async def asked() -> dict[str, list[tuple[Any, ...]]]:
        connection = await asyncpg.connect(address)
        try:
            found = {}
            names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            for (name,) in names:
                if name in {"identity_version", "audit", "audit_end", "leases", "entrepot_schema"}:
                    continue
                where = (
                    " WHERE account <> 0 OR collection NOT IN ('secrets', 'move', 'place')" if name == "notes" else ""
                )
                rows = await connection.fetch(f"SELECT * FROM {name}{where}")
                found[name] = sorted((_plain(name, dict(row)) for row in rows), key=repr)
        finally:
            await connection.close()
        return found

    return asyncio.run(asked())


def _plain(table: str, row: dict[str, Any]) -> tuple[Any, ...]:
    for name in ("minter", "api", "place") if table == "keys" else ():
        del row[name]
    text = {"objects": "key", "uploads": "key", "stored_by": "name", "notes": "key"}.get(table)
    return tuple(
        value.decode() if name == text else int(value) if isinstance(value, bool) else value
        for name, value in row.items()
    )


def files_of(folder: Path) -> dict[str, bytes]:
    """The bytes of all blobs in a folder, by name."""
    return {path.name: path.read_bytes() for path in folder.glob("blobs/*/*")}
