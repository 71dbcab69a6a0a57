"""Browsers at another origin: preflight, and headers on success and error replies. Source: wire facts §0 rule 25, §4."""

# ruff: noqa: E501 - a line of a transcript stays one line

from __future__ import annotations

from dataclasses import replace

import pytest

from .bucket import Bucket
from .client import ONCE, Ask, Sign, form, get, post

ORIGIN = "http://app.example:8080"
FROM = [("Origin", ORIGIN)]


@pytest.mark.parametrize("origin", [ORIGIN, "null", "https://xn--fsq.example"])
@pytest.mark.parametrize(
    "target",
    [
        "/files/v2/1250000000/{bucket}/f?sign=whatever",
        "/files/v2/1250000000/{bucket}/f",
        "/files/v2/1250000000/nosuchbucket/f",
        "/{bucket}-1250000000/f",
    ],
)
def test_preflight_needs_no_signature(bucket: Bucket, target: str, origin: str) -> None:
    """Wire facts §4: 200/204 without checking the sign."""
    asked = [
        ("Origin", origin),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "authorization, content-type, x-other"),
    ]
    reply = bucket.client.send("OPTIONS", target.format(bucket=bucket.name), headers=asked)
    assert reply.status in {200, 204}, str(reply)
    assert reply.body == b""
    assert reply.headers["access-control-allow-origin"] in {origin, "*"}
    assert {"GET", "POST", "HEAD"} <= {
        word.strip() for word in reply.headers["access-control-allow-methods"].split(",")
    }
    allowed = {word.strip().lower() for word in reply.headers["access-control-allow-headers"].split(",")}
    # A star does not stand for Authorization (Fetch standard).
    assert {"authorization", "content-type", "x-other"} <= allowed


def test_preflight_by_download_host(bucket: Bucket) -> None:
    asked = [*FROM, ("Access-Control-Request-Method", "GET"), ("Access-Control-Request-Headers", "range")]
    reply = bucket.client.send("OPTIONS", "/f", headers=asked, host=f"{bucket.host_name}.cossh.myqcloud.com")
    assert reply.status in {200, 204}
    assert reply.headers["access-control-allow-origin"] == ORIGIN


ASKS: dict[str, Ask] = {
    "stat": get("stat", "/a.txt"),
    "upload": form("upload", "/new", b"x"),
    "missing": get("stat", "/none"),
    "no signature": get("stat", "/a.txt", sign=None),
    "bad signature": get("stat", "/a.txt", sign=Sign(secret=b"wrong")),
    "sign in the query": get("stat", "/a.txt", sign=Sign(by="query")),
    "no op": Ask(op=None, path="/a.txt"),
    "no such op": post("explode", "/a.txt"),
    "malformed": Ask(op=None, path="/a.txt", way="raw", body=b"{", content_type="application/json"),
    "delete": post("delete", "/a.txt", sign=ONCE),
    "no such bucket": Ask(op="stat", way="get", url="/files/v2/1250000000/nosuchbucket/f"),
    "no such address": Ask(op=None, way="get", url="/nothing"),
}


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS.keys())
def test_replies_of_the_api_show_themselves(furnished: Bucket, ask: Ask) -> None:
    """Wire facts §0, rule 25: echo Origin on success and on error replies; §4: JS reads x-cos-request-id."""
    reply = furnished.ask(replace(ask, headers=FROM))
    assert reply.headers.get("access-control-allow-origin") == ORIGIN, str(reply)
    exposed = {word.strip().lower() for word in reply.headers["access-control-expose-headers"].split(",")}
    assert "x-cos-request-id" in exposed
    assert reply.headers["x-cos-request-id"]


@pytest.mark.parametrize(("path", "status"), [("/a.txt", 200), ("/none", 404)])
def test_downloads_show_themselves(furnished: Bucket, path: str, status: int) -> None:
    reply = furnished.download(path, headers=FROM)
    assert reply.status == status
    assert reply.headers["access-control-allow-origin"] == ORIGIN
    refused = furnished.download(path, headers=FROM, sign=None)
    assert refused.headers["access-control-allow-origin"] == ORIGIN
    ranged = furnished.download("/a.txt", headers=[*FROM, ("Range", "bytes=0-1")])
    assert ranged.status == 206
    assert "content-range" in ranged.headers["access-control-expose-headers"].lower()
    unsatisfiable = furnished.download("/a.txt", headers=[*FROM, ("Range", "bytes=99-")])
    assert unsatisfiable.headers["access-control-allow-origin"] == ORIGIN


def test_without_an_origin_nothing_is_said(furnished: Bucket) -> None:
    assert "access-control-allow-origin" not in furnished.ask(get("stat", "/a.txt")).headers


def test_an_origin_cannot_add_headers(furnished: Bucket) -> None:
    """Nothing that an Origin holds becomes a header of its own."""
    reply = furnished.ask(Ask(op="stat", path="/a.txt", way="get", headers=[("Origin", "http://a\tb; Set-Cookie: x")]))
    assert "set-cookie" not in reply.headers
