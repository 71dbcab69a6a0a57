"""What is withdrawn stores nothing from then on, whatever had begun and whatever its right came from.

The server has let the head of each request in and has half of its body when the right goes: a minted right is revoked,
a long-term key deleted, a policy taken from its user, a bucket closed to anybody. Source: issue 11 §2.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from behaviour.client import BOUNDARY, DEV, Owner, Reply, read_from, some_bytes
from behaviour.server import Server
from behaviour.slices import SLICE, data, init
from behaviour.storage.clouds import APPENDING_CLOUDS, CLOUDS, Cloud, about
from behaviour.storage.forms import KINDS, Form, body_of
from behaviour.storage.languages import policy, statement
from behaviour.storage.signers import Asked, How
from behaviour.storage.speaker import Speaker, head_of, md5_base64
from entrepot.admin import keys
from entrepot.clock_and_chance import now
from entrepot.core.rules import users

from .operator import Connections, Operator, written


@pytest.fixture(scope="module")
def two(serving: Callable[..., Server]) -> Server:
    """Two processes, of these tests alone: keys that are left over would leave open in whose name an operator mints."""
    return serving("--workers", "2", mint__requests_per_second="1000002")


@pytest.fixture
def operator(two: Server) -> Iterator[Operator]:
    client = two.client()
    yield Operator(server=two, client=client)
    client.close()


BODY = b"b" * 100_000
MAY = ("put", "post", "append", "parts", "get", "delete", "list", "acl")


def ways(owner: Speaker, held: Speaker, *, signed: bool = True) -> Iterator[tuple[str, Asked]]:
    """Every way in which bytes come to stand under a key, and what else a body does, as ``held`` would ask it."""
    cloud, how = held.cloud, How() if signed else None
    host = "" if signed else f"{held.text}.{cloud.host}"  # without a signature only that tells the dialect
    yield "put", held.signed(held.asked("PUT", "put", body=BODY, host=host), how)
    upload = owner.start("parts")
    query = {"partNumber": "1", "uploadId": upload}
    yield "part", held.signed(held.asked("PUT", "parts", query=query, body=BODY, host=host), how)
    if cloud in APPENDING_CLOUDS:
        query = {"append": "", cloud.append: "0"}
        yield "append", held.signed(held.asked("POST", "append", query=query, body=BODY, host=host), how)
    if not signed:
        return
    yield "presigned", held.signed(held.asked("PUT", "presigned", body=BODY), How(by="query"))
    for kind in KINDS:
        if kind.cloud == cloud.name:
            body = body_of(kind, held, Form(key="form", content=BODY))
            headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
            yield f"form {kind.name}", held.asked("POST", headers=headers, body=body)
    owner.put("stays", b"stays")
    body = cloud.deletion(["stays"])
    headers = {"Content-MD5": md5_base64(body)}
    yield "deletion", held.signed(held.asked("POST", query={"delete": ""}, headers=headers, body=body), how)
    upload = owner.start("whole")
    body = cloud.parts([(1, owner.part("whole", upload, 1, b"p"))])
    yield "completion", held.signed(held.asked("POST", "whole", query={"uploadId": upload}, body=body), how)


@contextmanager
def half_sent(server: Server, asked: Asked) -> Iterator[Callable[[], Reply]]:
    """Half of a request, whose head was let in where a body waits for that; gives what sends the rest."""
    half = len(asked.body) // 2
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as sock:
        sock.sendall(head_of(asked, f"Content-Length: {len(asked.body)}", "Expect: 100-continue"))
        assert sock.recv(4096).startswith(b"HTTP/1.1 100 "), asked.target
        sock.sendall(asked.body[:half])

        def end() -> Reply:
            sock.sendall(asked.body[half:])
            return read_from(sock)

        yield end


def check(owner: Speaker, held: Speaker, withdraw: Callable[[], object], *, signed: bool = True) -> None:
    """All ways at once, half sent, and then the withdrawal."""
    there = owner.picture
    asked = dict(ways(owner, held, signed=signed))
    before = there()
    with _all(owner.bucket.server, asked) as ends:
        withdraw()
        for name, end in ends.items():
            reply = end()
            with about(name):
                # where each key is answered for, the reply says so of each
                assert reply.status == 403 or b"<Code>AccessDenied" in reply.body, str(reply)
    assert there() == before, "something was stored"


@contextmanager
def _all(server: Server, asked: dict[str, Asked]) -> Iterator[dict[str, Callable[[], Reply]]]:
    if not asked:
        yield {}
        return
    name, *rest = asked
    with half_sent(server, asked[name]) as end, _all(server, {one: asked[one] for one in rest}) as ends:
        yield {name: end, **ends}


def deleted(server: Server, key: Owner) -> None:
    """What `entrepot key delete` does to the row."""
    server._write(lambda tx: tx.remove_key(key.key_id))


@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)
def test_a_minted_right(cloud: Cloud, two: Server, operator: Operator, connections: Connections) -> None:
    owner = connections.speaker(two, cloud)
    held = connections.speaker_again(owner, written(two, bucket=owner.bucket.name))
    check(owner, held, lambda: operator.revoke(held.owner.key_id))


@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)
def test_a_key_that_is_deleted(cloud: Cloud, two: Server, connections: Connections) -> None:
    owner = connections.speaker(two, cloud)
    key = Owner(appid=DEV.appid, key_id=f"gone-{owner.bucket.name}", secret=b"secret-of-what-goes")
    two._write(lambda tx: keys.create(tx, now(), DEV.appid, key.key_id, key.secret.decode()))
    check(owner, connections.speaker_again(owner, key), lambda: deleted(two, key))


@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)
def test_a_policy_that_is_taken_away(cloud: Cloud, two: Server, connections: Connections) -> None:
    """And one that is not about what is under way leaves it alone."""
    owner = connections.speaker(two, cloud)
    key = two.make_user(DEV.appid, policy(owner, statement(owner, MAY)), policy(owner, statement(owner, ("restore",))))
    name = key.key_id.removeprefix("key-of-")
    held = connections.speaker_again(owner, key)
    with half_sent(two, held.signed(held.asked("PUT", "early", body=BODY))) as end:
        two._write(lambda tx: users.detach(tx, DEV.appid, name, f"{name}-1"))
        assert end().status == 200
    check(owner, held, lambda: two._write(lambda tx: users.detach(tx, DEV.appid, name, f"{name}-0")))


@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)
def test_a_bucket_that_is_closed(cloud: Cloud, two: Server, connections: Connections) -> None:
    """To whoever its ACL let in: nobody, and a key of another account."""
    owner = connections.speaker(two, cloud)
    acl = f"{cloud.prefix}acl"
    stranger = Owner(appid=1250000077, key_id="stranger-id", secret=b"stranger-secret")
    two.make_owner(stranger)
    for held, signed in ((owner, False), (replace(owner, owner=stranger), True)):
        owner.ok("PUT", query={"acl": ""}, headers={acl: "public-read-write"})
        check(owner, held, lambda: owner.ok("PUT", query={"acl": ""}, headers={acl: "private"}), signed=signed)


def test_slices(two: Server, connections: Connections) -> None:
    """COS JSON: the upload of a whole file, and of a slice, by a key that goes."""
    bucket = connections.bucket(two)
    key = Owner(appid=DEV.appid, key_id=f"gone-{bucket.name}", secret=b"secret-of-what-goes")
    two._write(lambda tx: keys.create(tx, now(), DEV.appid, key.key_id, key.secret.decode()))
    held = connections.again(bucket, key)
    content = some_bytes(2 * SLICE, "slices midway")
    session = held.ok(init("/big.bin", len(content)))["session"]
    ask = data("/big.bin", session, 0, content[:SLICE])
    method, _query, body, kind = ask.encoded()
    headers, _ = held._signed(ask.sign, ask.path)
    asked = Asked(
        method=method, path=f"/files/v2/{DEV.appid}/{bucket.name}/big.bin", query=(), body=body,
        headers=(*headers, ("Content-Type", str(kind))), host=f"127.0.0.1:{two.port}", bucket="", key="",
    )  # fmt: skip
    with half_sent(two, asked) as end:
        deleted(two, key)
        assert end().code == -79
    assert bucket.ok(init("/big.bin", len(content)))["session"] == session
    shown = bucket.ok(data("/big.bin", session, 0, content[:SLICE]))
    assert shown["offset"] == 0
    assert bucket.names() == []
