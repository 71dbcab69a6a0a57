"""A right for one use is used once, whatever it is used for, by many at once in several processes.

Source: issue 4 §4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from behaviour.client import BOUNDARY, ONCE, Reply, form, post
from behaviour.server import Server
from behaviour.storage.clouds import APPENDING_CLOUDS, CLOUDS, Cloud, about
from behaviour.storage.forms import KINDS, Form, body_of
from behaviour.storage.signers import How
from behaviour.storage.speaker import Speaker, md5_base64

from .operator import Connections, written

TRIES = 16
Attempt = Callable[[Speaker, int], Reply]


def _form(speaker: Speaker, kind_name: str, content: bytes) -> Reply:
    kind = next(kind for kind in KINDS if kind.name == kind_name)
    body = body_of(kind, speaker, Form(key="form", content=content))
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    return speaker.ask("POST", headers=headers, body=body, how=None)


def ways(owner: Speaker) -> Iterator[tuple[str, Attempt]]:
    """What can be done once: storing in every way, reading, removing, changing what is there."""
    cloud = owner.cloud
    for key in ("source", "read", "gone", "many", "tagged"):
        owner.put(key)
    yield "put", lambda who, number: who.ask("PUT", "put", body=b"%d" % number)
    yield "presigned", lambda who, number: who.ask("PUT", "presigned", body=b"%d" % number, how=How(by="query"))
    yield "read", lambda who, _: who.ask("GET", "read")
    yield "list", lambda who, _: who.ask("GET")
    yield "delete", lambda who, _: who.ask("DELETE", "gone")
    copied = {f"{cloud.prefix}copy-source": cloud.source(owner.text, "source")}
    yield "copy", lambda who, _: who.ask("PUT", "copied", headers=copied)
    upload = owner.start("parts")
    query = {"partNumber": "1", "uploadId": upload}
    yield "part", lambda who, number: who.ask("PUT", "parts", query=query, body=b"%d" % number)
    yield "copied part", lambda who, _: who.ask("PUT", "parts", query=query, headers=copied)
    yield "start", lambda who, _: who.ask("POST", "started", query={"uploads": ""})
    whole = owner.start("whole")
    document = cloud.parts([(1, owner.part("whole", whole, 1, b"p"))])
    yield "complete", lambda who, _: who.ask("POST", "whole", query={"uploadId": whole}, body=document)
    body = cloud.deletion(["many"])
    digest = {"Content-MD5": md5_base64(body)}
    yield "deletion", lambda who, _: who.ask("POST", query={"delete": ""}, headers=digest, body=body)
    acl = {f"{cloud.prefix}{'object-' if cloud.prefix == 'x-oss-' else ''}acl": "private"}
    yield "acl", lambda who, _: who.ask("PUT", "tagged", query={"acl": ""}, headers=acl)
    if cloud in APPENDING_CLOUDS:
        place = {"append": "", cloud.append: "0"}
        yield "append", lambda who, number: who.ask("POST", "log", query=place, body=b"%d" % number)
    for kind in KINDS:
        if kind.cloud == cloud.name:
            name = kind.name
            yield f"form {name}", lambda who, number, name=name: _form(who, name, b"%d" % number)  # type: ignore[misc]


@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)
def test_of_many_tries_one_passes(cloud: Cloud, two: Server, connections: Connections) -> None:
    owner = connections.speaker(two, cloud)
    found = dict(ways(owner))
    for name, attempt in found.items():
        key = written(two, bucket=owner.bucket.name, uses=1)
        crowd = [replace(connections.speaker_again(owner), owner=key) for _ in range(TRIES)]
        with ThreadPoolExecutor(TRIES) as pool:
            replies = list(pool.map(attempt, crowd, range(TRIES)))
        with about(name):
            passed = [reply for reply in replies if reply.status < 300]
            assert len(passed) == 1, [reply.status for reply in replies]
            assert {reply.status for reply in replies if reply not in passed} == {403}, [str(one) for one in replies]


@pytest.mark.parametrize("op", ["upload", "update", "delete", "move", "create"])
def test_a_once_only_signature_of_cos_json(op: str, two: Server, connections: Connections) -> None:
    bucket = connections.bucket(two)
    bucket.put("/k", b"there")
    path = "/new" if op == "upload" else "/dir/" if op == "create" else "/k"
    text = bucket.sign(ONCE, path)
    asks = {
        "upload": lambda number: form("upload", path, b"%d" % number, sign=text, insertOnly="0"),
        "update": lambda number: post("update", path, sign=text, biz_attr=str(number)),
        "delete": lambda _: post("delete", path, sign=text),
        "move": lambda number: post("move", path, sign=text, dest_fileid=f"/moved{number}"),
        "create": lambda _: post("create", path, sign=text),
    }
    crowd = [connections.again(bucket, bucket.owner) for _ in range(TRIES)]
    with ThreadPoolExecutor(TRIES) as pool:
        replies = list(pool.map(lambda one, number: one.ask(asks[op](number)), crowd, range(TRIES)))
    assert sum(reply.code == 0 for reply in replies) == 1, [reply.code for reply in replies]
