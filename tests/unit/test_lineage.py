"""admin/lineage: the chain above an object, who is told of it, and in which order things are told."""

from __future__ import annotations

from typing import Any

import pytest

from entrepot.admin import lineage
from entrepot.core.facts.records import PLAIN, Bucket, BucketSettings, Object
from entrepot.core.rights.grant import Grant
from entrepot.core.rights.identity import Account, Key, Minted, key_of_account
from entrepot.core.value import changed as changed_value

from .worlds import a_world

BUCKET = Bucket(id=1, account=7, name="demo", created_at=0.0, settings=BucketSettings())
OWNER = key_of_account(id="OWNER", account=7, secret=b"s", created_at=1.0)
OTHER = key_of_account(id="OTHER", account=8, secret=b"s", created_at=1.0)
RECORD = Object(
    bucket=1, key="a/b", size=0, segments=(), crc64=0, sha1=None, md5=None, part_bytes=0, created_at=20.0,
    modified_at=20.0, attributes=PLAIN, stored_by=None,
)  # fmt: skip


def key_of(user: str) -> Key:
    return Key(id=f"KEY-{user}", account=7, secret=b"s", grant=Grant(), created_at=1.0, user=user)


def a_right(name: str, minter: str, account: int = 7) -> Key:
    return Key(
        id=name, account=account, secret=b"s", grant=Grant(), created_at=10.0, expires_at=1000.0,
        minted=Minted(api="url:PUT", minter=minter, client="192.0.2.1", allows="PUT demo/a/b", bucket="demo"),
    )  # fmt: skip


ANNA, BERT = key_of("anna"), key_of("bert")
RIGHTS = (
    a_right("TOP", "OWNER"), a_right("LOW", "TOP"), a_right("ANNAS", ANNA.id), a_right("BELOW", "ANNAS"),
    a_right("ORPHAN", "GONE"), a_right("THEIRS", "OTHER", 8), a_right("ROUND", "ROUND"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("stored_by", "visitor", "rights", "end"),
    [
        (None, OWNER, [], "nobody"),
        ("NONE", OWNER, [], "gone"),
        ("OWNER", OWNER, [], "key"),
        ("OWNER", None, [], "key"),
        ("OWNER", ANNA, [], "unseen"),
        (ANNA.id, OWNER, [], "key"),
        (ANNA.id, ANNA, [], "key"),
        (ANNA.id, BERT, [], "unseen"),
        ("LOW", None, ["LOW", "TOP"], "key"),
        ("LOW", OWNER, ["LOW", "TOP"], "key"),
        ("LOW", ANNA, [], "unseen"),
        ("BELOW", ANNA, ["BELOW", "ANNAS"], "key"),
        ("BELOW", BERT, [], "unseen"),
        ("ORPHAN", OWNER, ["ORPHAN"], "gone"),
        ("THEIRS", OWNER, [], "unseen"),
        ("OTHER", OWNER, [], "unseen"),
        ("THEIRS", None, ["THEIRS"], "key"),
    ],
)
async def test_the_chain_and_who_is_told(
    stored_by: str | None, visitor: Key | None, rights: list[str], end: str
) -> None:
    async with a_world() as world:
        index = world.engine.index
        for account in (7, 8):
            await index.write(lambda tx, it=account: tx.add_account(Account(id=it, user_id=str(it), created_at=1.0)))
        for key in (OWNER, OTHER, ANNA, BERT):
            await index.write(lambda tx, it=key: tx.add_key(it))
        for key in RIGHTS:
            await index.write(lambda tx, it=key: tx.mint_key(it))
        record = changed_value(RECORD, stored_by=stored_by)
        chain = lineage.of_object(index.refresh(), record, visitor, 30.0)
        assert ([one["id"] for one in chain["rights"]], chain["end"]) == (rights, end)
        assert (chain["key"] is not None) == (end == "key")
        circle = lineage.of_object(index.refresh(), changed_value(RECORD, stored_by="ROUND"), None, 30.0)
        assert len(circle["rights"]) < 100


def line(event: str, key: str, second: float, *places: str) -> dict[str, Any]:
    return {"event": event, "key": key, "at": f"1970-01-01T00:00:{second:06.3f}Z", "places": list(places)}


def right_row(name: str, second: int) -> dict[str, Any]:
    at = f"1970-01-01T00:00:{second:02d}Z"
    return {
        "id": name, "minter": "M", "client": "192.0.2.1", "minted_at": at, "expires_at": None, "revoked_at": None,
    }  # fmt: skip


def test_what_happened_in_one_second_is_told_in_the_order_of_sense() -> None:
    chain = {"rights": [right_row("LOW", 20), right_row("TOP", 20)], "key": None, "end": "gone"}
    lines = [line("refuse", "LOW", 20.9), line("use", "LOW", 20.5), line("use", "TOP", 20.1)]
    told = lineage.steps(chain, BUCKET, changed_value(RECORD, modified_at=21.0), lines, 30.0)
    assert [(one["event"], one["right"]) for one in told] == [
        ("mint", "TOP"), ("mint", "LOW"), ("use", "LOW"), ("stored", "LOW"), ("refuse", "LOW"), ("changed", None),
    ]  # fmt: skip


def test_of_a_long_term_key_there_are_the_uses_of_this_object_alone() -> None:
    chain = {"rights": [], "key": {"id": "K", "user": "anna", "account": 7}, "end": "key"}
    lines = [
        line("use", "K", 19, "put-object demo/a/b", "put-object demo/c"), line("use", "K", 19, "put-object demo/a/bc"),
        line("use", "J", 19, "put-object demo/a/b"), line("use", "K", 19),
    ]  # fmt: skip
    told = lineage.steps(chain, BUCKET, RECORD, lines, 30.0)
    assert [one["event"] for one in told] == ["use", "stored"]
