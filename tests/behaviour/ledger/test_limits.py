"""Limits beyond the clouds', which change nothing on the wire: bytes, uses, types, networks. Source: issue 4 §4."""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest

from behaviour.client import DEV, read_from
from behaviour.server import Server
from behaviour.storage.clouds import CLOUDS, Cloud
from entrepot.admin import accounts
from entrepot.clock_and_chance import now
from entrepot.core.facts.records import Acl
from entrepot.core.fault import Fault

from .operator import Connections, Operator, spend, written

DIALECTS = ("s3", "oss", "tos", "cos_xml")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_one_time_address_has_one_winner(dialect: str, two: Server, operator_of_two: Operator) -> None:
    """64 parallel tries over both processes; each would leave its own bytes."""
    name = two.make_bucket(DEV.appid)
    once = operator_of_two.url(name, "one.txt", dialect=dialect, uses=1)

    def attempt(number: int) -> int:
        client = two.client()
        status = spend(client, once, b"try %d" % number).status
        client.close()
        return status

    with ThreadPoolExecutor(32) as pool:
        statuses = list(pool.map(attempt, range(64)))
    assert sorted(statuses) == [200] + [403] * 63
    seen = operator_of_two.url(name, "one.txt", "GET", dialect=dialect)
    assert spend(operator_of_two.client, seen).body == b"try %d" % statuses.index(200)


def test_as_many_uses_as_it_says(server: Server, operator: Operator) -> None:
    name = server.make_bucket(DEV.appid)
    thrice = operator.url(name, "a.txt", uses=3)
    assert [spend(operator.client, thrice, b"x").status for _ in range(5)] == [200, 200, 200, 403, 403]
    reads = operator.url(name, "a.txt", "GET", uses=2)
    assert [spend(operator.client, reads).status for _ in range(4)] == [200, 200, 403, 403]


@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)
def test_uses_are_counted_in_another_accounts_bucket(cloud: Cloud, server: Server, connections: Connections) -> None:
    """Where anybody may write, whoever signs is still whoever signs."""
    with suppress(Fault):  # it was made for the dialect before; without a key, see OWN
        server._write(lambda tx: accounts.create(tx, now(), 1250000088))
    theirs = server.make_bucket(1250000088, acl=Acl.PUBLIC_READ_WRITE)
    owner = connections.speaker(server, cloud)
    twice = written(server, bucket=owner.bucket.name, uses=2)
    held = connections.speaker_again(owner, twice)
    bucket = f"{theirs}-1250000088"
    statuses = [held.ask("PUT", f"k{number}", body=b"x", bucket=bucket).status for number in range(4)]
    assert statuses == [200, 200, 403, 403]
    assert held.ask("PUT", "own", body=b"x").status == 403


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_was_refused_is_not_spent(dialect: str, server: Server, operator: Operator) -> None:
    name = server.make_bucket(DEV.appid)
    once = operator.url(name, "a.txt", dialect=dialect, uses=1, max_bytes=10)
    assert spend(operator.client, once, b"x" * 11).status in {400, 403}
    assert spend(operator.client, once, b"x" * 10).status == 200


def chunked(server: Server, url: Any, pieces: list[bytes]) -> int:
    """A body whose length is not announced; the status."""
    parts = urlsplit(url["url"])
    head = f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as sock:
        sock.sendall(head.encode())
        for piece in (*pieces, b""):
            sock.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        return read_from(sock).status


@pytest.mark.parametrize("dialect", ["oss", "tos", "cos_xml"])
def test_bytes_are_counted_as_they_arrive(dialect: str, server: Server, operator: Operator) -> None:
    """S3 takes no body without its length."""
    name = server.make_bucket(DEV.appid)
    url = operator.url(name, "a.bin", dialect=dialect, max_bytes=40_000)
    assert chunked(server, url, [b"x" * 10_000] * 4) == 200
    assert chunked(server, url, [b"x" * 10_000] * 5) in {400, 403}
    seen = operator.url(name, "a.bin", "GET", dialect=dialect)
    assert len(spend(operator.client, seen).body) == 40_000


@pytest.mark.parametrize("dialect", ["s3", "tos", "cos_xml"])
def test_only_these_types(dialect: str, server: Server, operator: Operator) -> None:
    name = server.make_bucket(DEV.appid)
    url = operator.url(name, "a.png", dialect=dialect, content_types=["image/*", "text/plain"])
    assert url["headers"] == {}

    def put(kind: str | None) -> int:
        said = [] if kind is None else [("Content-Type", kind)]
        return spend(operator.client, url, b"x", headers=said).status

    assert [put(kind) for kind in ("image/png", "text/plain; charset=utf-8")] == [200, 200]
    assert [put(kind) for kind in ("text/html", "application/octet-stream", "image")] == [403] * 3
    # COS tells the type from the key's ending where none is named: what is stored is an image then.
    assert put(None) == (200 if dialect == "cos_xml" else 403)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_one_type_is_told_to_the_client(dialect: str, server: Server, operator: Operator) -> None:
    name = server.make_bucket(DEV.appid)
    url = operator.url(name, "a.png", dialect=dialect, content_types=["image/png"])
    assert url["headers"] == {"content-type": "image/png"}
    assert spend(operator.client, url, b"x").status == 200
    seen = operator.url(name, "a.png", "GET", dialect=dialect)
    assert spend(operator.client, seen).headers["content-type"] == "image/png"
    assert spend(operator.client, url | {"headers": {"content-type": "image/gif"}}, b"x").status == 403


def test_only_from_these_networks(server: Server, operator: Operator) -> None:
    name = server.make_bucket(DEV.appid)
    here = operator.url(name, "a.txt", networks=["10.0.0.0/8", "127.0.0.0/8"])
    elsewhere = operator.url(name, "a.txt", networks=["192.0.2.1", "2001:db8::/32"])
    assert spend(operator.client, here, b"x").status == 200
    assert spend(operator.client, elsewhere, b"x").status == 403


def test_the_operators_settings_hold_for_whatever_an_api_mints(serving: Callable[..., Server]) -> None:
    server = serving(
        mint__url_max_bytes="5", mint__vms_uses="1", mint__ms_networks="192.0.2.0/24, 10.0.0.1", mint__hbr_max_bytes="7"
    )
    operator = Operator(server=server, client=server.client())
    url = operator.url("demo", "a.txt", max_bytes=100)
    assert spend(operator.client, url, b"x" * 6).status in {400, 403}
    assert spend(operator.client, url, b"x" * 5).status == 200
    voice = operator.ok("POST", "/mint/vms", {"FileName": "a.mp3"}, status=201)
    said = {"url": voice["UploadUrl"], "method": "PUT", "headers": {}}
    assert [spend(operator.client, said, b"x").status for _ in range(2)] == [200, 403]
    operator.ok("POST", "/mint/ms", {}, status=201)
    operator.ok("POST", "/mint/hbr", {"FileName": "a.txt", "max_bytes": 3}, status=201)
    rows = {row["api"]: operator.ok("GET", f"/grants/{row['id']}") for row in operator.ok("GET", "/grants")["grants"]}
    assert rows["ms:CreateCosSecKeyInstance"]["allows"].endswith(", from 192.0.2.0/24 or 10.0.0.1")
    assert rows["hbr:CreateTempFileUploadUrl"]["max_bytes"] == 3
    assert rows["vms:GetResourceUploadUrl"]["max_uses"] == 1
    operator.client.close()
