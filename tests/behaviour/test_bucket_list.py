"""Listing an account's buckets, as Libcloud does. Source: wire facts §9."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .bucket import Bucket
from .client import Ask, Owner, Sign
from .conftest import OTHER
from .server import Server
from .transcript import SIGN_FAILED, check_reply, check_shape

ALONE = Owner(appid=1250000007, key_id="bucket-list-id", secret=b"bucket-list-secret")
NAMES = ["alpha", "beta", "gamma", "omega"]


@pytest.fixture(scope="module")
def account(server: Server) -> Iterator[Bucket]:
    """An account with four buckets; the bucket element of its requests is empty."""
    server.make_owner(ALONE)
    for name in reversed(NAMES):
        server.make_bucket(ALONE.appid, name)
    bucket = Bucket(server=server, name="", owner=ALONE, client=server.client())
    yield bucket
    bucket.client.close()


def listing(sign: Sign | None = None, **fields: Any) -> Ask:
    """The request: nothing between two slashes, `b` empty, `f` the URL's path."""
    signed = sign or Sign(f=f"/{ALONE.appid}//")
    return Ask(op="list", way="get", url=f"/files/v2/{ALONE.appid}//", fields=fields, sign=signed)


def names(reply: dict[str, list[dict[str, str]]]) -> list[str]:
    """Bucket names may end in a slash, as directories do."""
    return [entry["name"].rstrip("/") for entry in reply["infos"]]


def test_all_buckets(account: Bucket) -> None:
    data = account.ok(listing(num=100))
    check_shape(data, {"context": str, "listover": True, "infos": list}, str(data))
    assert names(data) == NAMES
    for entry in data["infos"]:
        check_shape(entry, {"ctime": int, "mtime": int}, str(entry))


@pytest.mark.parametrize("num", [1, 2, 3, 4])
def test_page_by_page(account: Bucket, num: int) -> None:
    found: list[str] = []
    context = ""
    for _ in range(5):
        data = account.ok(listing(num=num, context=context))
        assert len(data["infos"]) <= num
        found += names(data)
        context = data["context"]
        if data["listover"]:
            break
    assert found == NAMES


def test_an_unbound_signature_will_do(account: Bucket) -> None:
    assert names(account.ok(listing(Sign(f="")))) == NAMES


def test_not_with_a_signature_for_one_bucket(account: Bucket) -> None:
    """Seed -61 bucket与签名中的bucket不匹配."""
    check_reply(account.ask(listing(Sign(b="alpha"))), status=SIGN_FAILED, code=-61)


def test_not_another_account_s(account: Bucket) -> None:
    """Seed -70 输入的appid与签名不匹配."""
    foreign = Sign(a=str(OTHER.appid), k=OTHER.key_id, secret=OTHER.secret, b="")
    check_reply(account.ask(listing(foreign)), status=SIGN_FAILED, code=-70)


def test_not_without_a_signature(account: Bucket) -> None:
    ask = Ask(op="list", way="get", url=f"/files/v2/{ALONE.appid}//", sign=None)
    check_reply(account.ask(ask), status=SIGN_FAILED, code=-81)
