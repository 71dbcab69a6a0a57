"""A right that was withdrawn is refused from the next request on, by every process, whatever it had begun.

Source: issue 4 §4.
"""

from __future__ import annotations

import socket

import pytest

from behaviour.client import DEV, get, post, read_from, some_bytes
from behaviour.server import Server
from behaviour.slices import SLICE, data, finish, init
from behaviour.storage.clouds import CLOUDS, Cloud, Refusal
from behaviour.storage.speaker import Speaker, head_of

from .operator import Connections, Operator, spend, written

UNKNOWN = Refusal(403, "InvalidAccessKeyId")
CONNECTIONS = 8
"""So many fresh ones come to both processes."""


def at(connections: Connections, cloud: Cloud, server: Server) -> tuple[Speaker, Speaker]:
    """The owner of a fresh bucket, and the holder of a right to all of it."""
    owner = connections.speaker(server, cloud)
    return owner, connections.speaker_again(owner, written(server, bucket=owner.bucket.name))


@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)
def test_every_process_refuses_it_at_once(
    cloud: Cloud, two: Server, operator_of_two: Operator, connections: Connections
) -> None:
    owner, held = at(connections, cloud, two)
    for _ in range(CONNECTIONS):  # both processes know the key now, and have answers to give again
        again = connections.speaker_again(held)
        again.put("a.txt", b"first")
        assert [again.content("a.txt") for _ in range(3)] == [b"first"] * 3
    operator_of_two.revoke(held.owner.key_id)
    for _ in range(CONNECTIONS):
        again = connections.speaker_again(held)
        again.refused(UNKNOWN, "GET", "a.txt")
        again.refused(UNKNOWN, "PUT", "a.txt", body=b"second")
    held.refused(UNKNOWN, "GET", "a.txt")
    assert owner.content("a.txt") == b"first"


def test_an_answer_is_not_given_again_for_a_key_that_is_gone(server: Server, operator: Operator) -> None:
    """The very same request, byte for byte, on the very same connection."""
    name = server.make_bucket(DEV.appid)
    spend(operator.client, operator.url(name, "a.txt"), b"content")
    url = operator.url(name, "a.txt", "GET")
    client = server.client()
    assert [spend(client, url).body for _ in range(5)] == [b"content"] * 5
    operator.revoke(url["grant"])
    assert spend(client, url).status == 403
    client.close()


@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)
def test_an_upload_in_parts_that_is_open(
    cloud: Cloud, two: Server, operator_of_two: Operator, connections: Connections
) -> None:
    owner, held = at(connections, cloud, two)
    upload = held.start("big.bin")
    tag = held.part("big.bin", upload, 1, b"p" * 1000)
    operator_of_two.revoke(held.owner.key_id)
    for _ in range(CONNECTIONS):
        again = connections.speaker_again(held)
        query = {"partNumber": "2", "uploadId": upload}
        again.refused(UNKNOWN, "PUT", "big.bin", query=query, body=b"q")
        again.refused(UNKNOWN, "POST", "big.bin", query={"uploadId": upload}, body=cloud.parts([(1, tag)]))
        again.refused(UNKNOWN, "DELETE", "big.bin", query={"uploadId": upload})
        again.refused(UNKNOWN, "GET", "big.bin", query={"uploadId": upload})
        again.refused(UNKNOWN, "POST", "other.bin", query={"uploads": ""})
    assert owner.keys() == []
    shown = owner.ok("GET", "big.bin", query={"uploadId": upload})
    assert cloud.values(shown, "PartNumber") == ["1"], "only the first part is there"


def test_an_upload_in_slices_that_is_open(two: Server, operator_of_two: Operator, connections: Connections) -> None:
    owner = connections.bucket(two)
    held = connections.again(owner, written(two, bucket=owner.name))
    content = some_bytes(2 * SLICE, "revoked slices")
    session = held.ok(init("/big.bin", len(content)))["session"]
    held.ok(data("/big.bin", session, 0, content[:SLICE]))
    operator_of_two.revoke(held.owner.key_id)
    for _ in range(CONNECTIONS):
        again = connections.again(held, held.owner)
        assert again.ask(data("/big.bin", session, SLICE, content[SLICE:])).code == -79
        assert again.ask(finish("/big.bin", session, len(content))).code == -79
        assert again.ask(post("upload_slice_list", "/big.bin")).code == -79
        assert again.ask(get("stat", "/")).code == -79
    assert owner.names() == []


@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)
def test_an_upload_that_is_under_way_stores_nothing(
    cloud: Cloud, server: Server, operator: Operator, connections: Connections
) -> None:
    """The body began before the withdrawal and ends after it."""
    owner, held = at(connections, cloud, server)
    body = b"b" * 100_000
    asked = held.signed(held.asked("PUT", "slow.bin", body=body))
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as sock:
        sock.sendall(head_of(asked, f"Content-Length: {len(body)}") + body[:50_000])
        for _ in range(50):  # until the server has taken the head in: the key is known to have been used
            if operator.ok("GET", f"/grants/{held.owner.key_id}")["state"] == "holds":
                break
        operator.revoke(held.owner.key_id)
        sock.sendall(body[50_000:])
        reply = read_from(sock)
    assert reply.status == 403, str(reply)
    assert owner.keys() == []


def test_one_at_a_time_and_many(operator: Operator, server: Server) -> None:
    name = server.make_bucket(DEV.appid)
    urls = [operator.url(name, f"a/{number}", dialect="oss") for number in range(5)]
    sibling = operator.url(name, "ab/1")
    operator.revoke(urls[0]["grant"])
    operator.refused(409, "object-exists", "DELETE", f"/grants/{urls[0]['grant']}")
    operator.refused(404, "object-missing", "DELETE", "/grants/nothing")
    operator.refused(404, "object-missing", "DELETE", f"/grants/{DEV.key_id}")
    many = {"prefix": f"{name}/a/", "api": "url:PUT", "minter": DEV.key_id, "account": DEV.appid}
    assert operator.ok("POST", "/grants/revoke", many | {"dry_run": True}) == {"matched": 4, "revoked": 0}
    assert spend(operator.client, urls[1], b"x").status == 200
    assert operator.ok("POST", "/grants/revoke", many | {"older_than": "1h"}) == {"matched": 0, "revoked": 0}
    assert operator.ok("POST", "/grants/revoke", many) == {"matched": 4, "revoked": 4}
    assert [spend(operator.client, url, b"x").status for url in urls] == [403] * 5
    assert spend(operator.client, sibling, b"x").status == 200
    for nothing in ({}, {"all": False}, {"dry_run": True}, {"all": True, "api": "url"}):
        operator.refused(400, "parameter-missing", "POST", "/grants/revoke", nothing)
