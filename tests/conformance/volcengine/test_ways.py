"""The ways to a server on loopback that the SDKs document: proxies, path style, a domain of the bucket's own.

Source: wire facts of Volcengine §3.1, §4. The same objects are there whichever way one comes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from conformance.conftest import require
from conformance.server import BUCKET, Server
from conformance.volcengine.clients import ENDPOINT, SDKS, WAYS, Client, start
from conformance.volcengine.plain import follow

pytestmark = pytest.mark.conformance


@pytest.fixture(params=WAYS, ids="-".join)
def way(request: pytest.FixtureRequest, server: Server) -> Iterator[Client]:
    """An SDK on one of its ways."""
    name, how = request.param
    require(SDKS[name].environment)
    if how == "domain":
        request.getfixturevalue("domain")
    client = start(SDKS[name], server.address, how)
    with client.driver:
        yield client


@pytest.mark.parametrize("name", ["a+b c.txt", "目录/文 (1)!'*~.txt"])
def test_there_and_back(way: Client, name: str) -> None:
    how = way.options["how"]
    prefix = f"tos/ways/{way.sdk.name}/{how}/"
    key = prefix + name
    stored = way.do("put_object", bucket=BUCKET, key=key, content={"text": "hello"}, meta={"who": "我"})
    assert stored["etag"] == hashlib.md5(b"hello").hexdigest()
    got = way.do("get_object", bucket=BUCKET, key=key)
    assert (got.body, got.meta) == (b"hello", {"who": "我"})
    assert key in way.do("list_objects_type2", bucket=BUCKET, prefix=prefix).keys
    copied = way.do("copy_object", bucket=BUCKET, key=f"{key} copy", src_bucket=BUCKET, src_key=key)
    assert copied["etag"] == stored["etag"]
    many = way.do("delete_multi_objects", bucket=BUCKET, objects=[{"Key": f"{key} copy"}])
    assert [entry["key"] for entry in many["deleted"]] == [f"{key} copy"]
    assert way.do("head_bucket", bucket=BUCKET).status == 200
    if how != "domain":
        assert BUCKET in [entry["name"] for entry in way.do("list_buckets")["buckets"]]


def test_a_signed_url(way: Client) -> None:
    how = way.options["how"]
    key = f"tos/ways/{way.sdk.name}/{how}/url 链接.txt"
    way.do("put_object", bucket=BUCKET, key=key, content={"text": "hello"})
    more: dict[str, Any] = {}
    if way.sdk.name == "node":  # which knows no path style in URLs
        known: dict[str, Any] = {"domain": {"is_custom_domain": True}, "proxy": {}}
        more = known.get(how, {"alternative_endpoint": f"{BUCKET}.{ENDPOINT}"})
    made = way.do("pre_signed_url", http_method="GET", bucket=BUCKET, key=key, **more)
    url = str(made.fields.get("signed_url") or made["value"])
    answer = follow(way, "GET", url)
    assert (answer.status, answer.body) == (200, b"hello"), url
