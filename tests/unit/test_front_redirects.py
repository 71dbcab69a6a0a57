"""Redirects: who is sent on to the store and who is not, with what, and for how long the bytes stay there.

What clients do with a redirect is told, with its sources, in ADR 0041; the headers of replies are those that the
dialects' own tests look at.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import pytest

from contracts.engines import changed
from entrepot.core import operations as ops
from entrepot.core.facts.records import Attributes
from entrepot.core.rights.circumstances import Fact
from entrepot.core.rights.conditions import Condition, Operator
from entrepot.core.rights.grant import Clause, Grant, Rule
from entrepot.core.rights.identity import Principal, Spend
from entrepot.core.store import Reading
from entrepot.front.redirect_settings import RedirectSettings
from entrepot.front.redirects import Redirects
from entrepot.upkeep.settings import SweepSettings
from entrepot.upkeep.sweep import Sweeper
from entrepot.wire.http import Request, Response, SpeltName
from properties.worlds import World, principal
from unit.test_front_repeats import no_body
from unit.worlds import a_world, ask, put

LONG = bytes(range(200))
SETTINGS = RedirectSettings(min_bytes=100, agents=("Mozilla/", "Wget/"))
BROWSER = {
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0",
    "sec-ch-ua": '"Chromium";v="147"', "sec-fetch-dest": "document", "sec-fetch-mode": "navigate",
    "sec-fetch-site": "cross-site", "sec-fetch-user": "?1", "accept": "text/html,*/*;q=0.8", "cookie": "a=b",
    "accept-encoding": "gzip, deflate", "upgrade-insecure-requests": "1", "referer": "https://app.example.com/",
    "x-forwarded-for": "192.0.2.1",
}  # fmt: skip
WGET = {"user-agent": "Wget/1.21.3", "accept": "*/*", "accept-encoding": "identity", "connection": "Keep-Alive"}
OSS = {
    "x-oss-request-id": "5C06A3B67B8B5A3DA422299D", "x-oss-server-time": "1", "content-type": "application/zip",
    "accept-ranges": "bytes", "last-modified": "Fri, 24 Feb 2012 06:07:48 GMT", "x-oss-object-type": "Normal",
    "etag": '"5B3C1A2E0563E1B002CC607C"', "x-oss-hash-crc64ecma": "10720772016156797038", "content-length": "200",
    "x-oss-storage-class": "Standard", "content-md5": "S5gUZwXUsLmLdYp4/2+3Pw==",
    "content-disposition": 'attachment; filename="a.zip"', "cache-control": "no-cache", "expires": "0",
    "content-encoding": "x", "content-language": "de",
}  # fmt: skip
ADDRESS = "http://store.example.com/bucket/ab/abcd?X-Amz-Signature=0"


def asked(headers: Mapping[str, str] = WGET, method: str = "GET", scheme: str = "http") -> Request:
    lines = tuple((name.encode(), value.encode()) for name, value in {"host": "h", **headers}.items())
    return Request(
        id="r", method=method, raw_path=b"/b/a.zip", raw_query=b"sign=s", headers=lines, authority="h", scheme=scheme,
        client="192.0.2.1", body=no_body(),
    )  # fmt: skip


def reply(headers: Mapping[str, str] = OSS, status: int = 200) -> Response:
    lines = [(name.encode(), value.encode("utf-8")) for name, value in headers.items()]
    return Response(status=status, headers=lines, body=b"", length=200)


class Addresses:
    """What signs addresses, and what it was asked for."""

    def __init__(self, address: str | None = ADDRESS) -> None:
        self.address = address
        self.given: list[tuple[str, float, dict[str, str]]] = []

    def __call__(self, name: str, since: float, said: Mapping[str, str]) -> str | None:
        self.given.append((name, since, dict(said)))
        return self.address


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as made:
        yield made


async def reading(world: World, key: str = "a.zip", data: bytes = LONG) -> Reading:
    await put(world, key, data)
    found = await ask(world, ops.ReadObject(bucket=world.bucket, key=key))
    assert isinstance(found, Reading)
    return found


async def test_names_that_are_spelt_as_a_cloud_spells_them_are_the_same_names(world: World) -> None:
    found, addresses = await reading(world), Addresses()
    spelt = reply({})
    spelt.headers = [
        (SpeltName(name.title().encode()), value.encode()) for name, value in OSS.items() if name != "expires"
    ]
    sent = Redirects(SETTINGS, addresses).instead(asked(), principal(), found, spelt, 1.0)
    assert sent is not None
    assert (b"x-oss-request-id", b"5C06A3B67B8B5A3DA422299D") in sent.headers
    assert addresses.given[0][2]["content-type"] == "application/zip"


@pytest.mark.parametrize("headers", [WGET, BROWSER], ids=["wget", "browser"])
async def test_a_plain_download_is_sent_on_with_the_headers_that_it_has(world: World, headers: dict[str, str]) -> None:
    found, addresses = await reading(world), Addresses()
    sent = Redirects(SETTINGS, addresses).instead(asked(headers), principal(), found, reply(), 1000.0)
    assert sent is not None
    assert (sent.status, sent.body) == (307, b"")
    assert dict(sent.headers) == {
        b"location": ADDRESS.encode(), b"cache-control": b"no-store", b"content-length": b"0",
        b"x-oss-request-id": b"5C06A3B67B8B5A3DA422299D",
    }  # fmt: skip
    said = ("content-type", "content-disposition", "cache-control", "expires", "content-encoding", "content-language")
    assert addresses.given == [(found.blobs[0].name, 1000.0, {name: OSS[name] for name in said})]


@pytest.mark.parametrize(
    "request_",
    [
        asked(method="HEAD"),
        asked(WGET | {"range": "bytes=0-"}),
        asked(WGET | {"if-none-match": '"x"'}),
        asked(WGET | {"if-modified-since": "Fri, 24 Feb 2012 06:07:48 GMT"}),
        asked(WGET | {"if-match": '"x"'}),
        asked(WGET | {"authorization": "AWS4-HMAC-SHA256 Credential=…"}),
        asked(WGET | {"x-amz-date": "20261130T000000Z"}),
        asked(WGET | {"x-amz-checksum-mode": "ENABLED"}),
        asked(WGET | {"x-something-new": "1"}),
        asked(WGET | {"user-agent": "curl/7.88.1"}),
        asked(WGET | {"user-agent": "Boto3/1.40 md/Botocore#1.40"}),
        asked({"accept": "*/*"}),
        asked(BROWSER | {"sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}),
        asked(BROWSER | {"sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}),
        asked(BROWSER | {"sec-fetch-dest": "iframe"}),
        asked(BROWSER | {"origin": "https://app.example.com"}),
        asked({name: value for name, value in BROWSER.items() if not name.startswith("sec-")}),
        asked(scheme="https"),
    ],
    ids=lambda one: " ".join(f"{name.decode()}:{value.decode()[:12]}" for name, value in one.headers[-2:]),
)
async def test_who_may_not_follow_or_takes_along_what_a_store_refuses_is_served_here(
    world: World, request_: Request
) -> None:
    found = await reading(world)
    assert Redirects(SETTINGS, Addresses()).instead(request_, principal(), found, reply(), 1.0) is None


async def test_who_comes_by_https_is_sent_on_to_https(world: World) -> None:
    found = await reading(world)
    redirects = Redirects(SETTINGS, Addresses("https://store.example.com/x"))
    assert redirects.instead(asked(scheme="https"), principal(), found, reply(), 1.0) is not None


@pytest.mark.parametrize(
    "headers",
    [
        {"x-oss-meta-author": "me"}, {"x-amz-meta-request-id": "1"}, {"x-oss-tagging-count": "1"},
        {"x-oss-server-side-encryption": "AES256"}, {"x-oss-expiration": "…"}, {"vary": "Origin"},
        {"access-control-allow-origin": "*"}, {"x-content-type-options": "nosniff"}, {"content-range": "bytes 0-1/2"},
        {"content-type": "text/html"}, {"content-type": "image/svg+xml"}, {"content-type": ""},
        {"content-disposition": "attachment; filename=é"}, {"x-new": "1"}, {"x-amz-checksum-crc32": "AAAAAA=="},
    ],
    ids=lambda one: next(iter(one)),
)  # fmt: skip
async def test_what_the_store_would_not_say_or_not_do_harmlessly_is_served_here(
    world: World, headers: dict[str, str]
) -> None:
    found = await reading(world)
    assert Redirects(SETTINGS, Addresses()).instead(asked(), principal(), found, reply(OSS | headers), 1.0) is None


def limited(uses: int) -> Principal:
    return changed(principal(), spend=Spend(token=b"t", until=9e9, most=uses))


def conditional() -> Principal:
    about = Condition(fact=next(iter(Fact)), operator=Operator.NETWORK, texts=("192.0.2.0/24",))
    return principal(Grant(clauses=(Clause(rules=(Rule(conditions=(about,)),)),)))


@pytest.mark.parametrize("who", [limited(1), limited(5), conditional()], ids=["once", "5", "from"])
async def test_a_right_that_a_store_could_not_hold_to_is_served_here(world: World, who: Principal) -> None:
    found = await reading(world)
    assert Redirects(SETTINGS, Addresses()).instead(asked(), who, found, reply(), 1.0) is None


async def test_bytes_that_are_not_one_whole_plain_blob_are_served_here(world: World) -> None:
    redirects = Redirects(SETTINGS, Addresses())
    whole = await reading(world)
    short = changed(whole.record.segments[0], length=150)
    for other in (
        changed(whole, record=changed(whole.record, segments=(short,), size=150)),
        changed(whole, record=changed(whole.record, segments=(changed(short, offset=50),), size=150)),
        changed(whole, record=changed(whole.record, segments=(short, short)), blobs=whole.blobs * 2),
        await reading(world, "small", bytes(99)),
        changed(whole, blobs=[changed(whole.blobs[0], name=None, data=LONG)]),
    ):
        assert redirects.instead(asked(), principal(), other, reply(), 1.0) is None
    assert redirects.instead(asked(), principal(), whole, reply(status=206), 1.0) is None
    assert Redirects(SETTINGS, Addresses(None)).instead(asked(), principal(), whole, reply(), 1.0) is None
    assert redirects.instead(asked(), principal(), whole, reply(), 1.0) is not None


async def test_a_blob_stays_while_an_address_may_be_used_and_as_long_as_a_request_after_that(world: World) -> None:
    """The clock is turned. The worst: the address was given for what lost its name in the same moment."""
    found, addresses = await reading(world), Addresses()
    given_at = world.clock.at
    assert Redirects(SETTINGS, addresses).instead(asked(), principal(), found, reply(), given_at) is not None
    world.clock.at -= 1.0  # ask() is a second later
    await ask(world, ops.DeleteObject(bucket=world.bucket, key="a.zip"))
    kept = SETTINGS.kept_seconds(garbage_seconds=0.0, request_seconds=3600.0)
    assert kept == SETTINGS.seconds + 3600.0
    sweeper = Sweeper(
        world.engine.index, world.engine.blobs, lambda: world.clock.at, SweepSettings(garbage_seconds=kept)
    )
    for later, removed in ((0.0, 0), (SETTINGS.seconds, 0), (kept - 1.0, 0), (kept + 1.0, 1)):
        world.clock.at = given_at + later
        swept = await sweeper.sweep(orphans=True)
        assert (swept.blobs, swept.orphans) == (removed, 0)


async def test_what_is_off_keeps_bytes_as_long_as_was_said() -> None:
    assert RedirectSettings().kept_seconds(5.0, 3600.0) == 5.0
    assert SETTINGS.kept_seconds(99_999.0, 3600.0) == 99_999.0


async def test_what_was_found_by_a_link_is_served_here(world: World) -> None:
    await put(world, "a.zip", LONG)
    await put(world, "link", attributes=Attributes(link="a.zip"))
    found = await ask(world, ops.ReadObject(bucket=world.bucket, key="link"))
    assert isinstance(found, Reading)
    assert Redirects(SETTINGS, Addresses()).instead(asked(), principal(), found, reply(), 1.0) is None
