"""A deletion of many names of which some are denied: why, in the reply beside each, and in one refusal that is kept.

Source: issue 14 §1. That the clouds' SDKs skip what they do not know in it is tested with them
(``conformance/denied/test_denied_names.py``).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from behaviour.server import Server

from .clouds import CLOUDS, COS, OSS, S3, TOS, Cloud, Codes
from .languages import policy, statement
from .speaker import Speaker, md5_base64

EACH = [COS, TOS, S3]
"""Where each name is refused by itself."""
DENIED = Codes(403, "AccessDenied")
ADMIN = [("Authorization", "Bearer entrepot-dev-admin")]


@pytest.fixture(scope="module")
def server(serving: Callable[..., Server]) -> Server:
    """One that explains as often as it is asked."""
    return serving(explain__per_second="1000", explain__keep="200")


@pytest.fixture
def user(server: Server, speak: Callable[..., Speaker]) -> Callable[[Cloud], Speaker]:
    """Gives a sub-user who may delete below ``in/``, but not below ``in/not/``."""

    def make(cloud: Cloud) -> Speaker:
        owner = speak(cloud)
        for name in ("in/a", "in/b", "in/not/c", "out/d"):
            owner.put(name)
        given = [statement(owner, ("delete",), "in/*"), statement(owner, ("delete",), "in/not/*", allow=False)]
        if "Resource" in given[0]:  # without the bucket itself
            given = [{**one, "Resource": one["Resource"][:1]} for one in given]
        return owner.as_owner(server.make_user(owner.owner.appid, policy(owner, *given)))

    return make


def delete(speaker: Speaker, *names: str) -> Any:
    """Ask to delete them all."""
    body = speaker.cloud.deletion(names)
    return speaker.ask("POST", query={"delete": ""}, body=body, headers={"Content-MD5": md5_base64(body)})


def kept(server: Server, speaker: Speaker, reply: Any) -> dict[str, Any]:
    """The refusal that is kept of a reply; what has none is empty."""
    client = server.client()
    try:
        request = reply.headers[f"{speaker.cloud.prefix}request-id"]
        found = client.send("GET", f"/-/api/v1/refusals/{request}", headers=ADMIN)
        assert found.status in {200, 404}
        return json.loads(found.body) if found.status == 200 else {}
    finally:
        client.close()


@pytest.mark.parametrize("cloud", EACH, ids=lambda cloud: cloud.name)
def test_each_denied_name_tells_its_cause(server: Server, user: Callable[[Cloud], Speaker], cloud: Cloud) -> None:
    one = user(cloud)
    reply = delete(one, "in/a", "in/not/c", "in/b", "out/d", "out/not-there")
    assert reply.status == 200, reply
    assert cloud.values(reply, "Code") == ["AccessDenied"] * 3
    causes = cloud.values(reply, "ExplanationCause")
    assert causes == ["explicit-deny", "resource-not-covered", "resource-not-covered"]
    said = kept(server, one, reply)
    assert (said["kind"], said["operation"]) == ("access-denied", "DeleteObjects")
    assert (said["status"], said["code"], said["object"]) == (200, "AccessDenied", "in/not/c")
    told = said["explanation"]
    assert (told["cause"], told["refused"], told["keys"]) == (causes[0], "3 of 5", "in/not/c, out/d, out/not-there")
    assert "out/" in told["also"]
    line = next(
        line for line in reversed(server.log.read_text("utf-8").splitlines()) if f"id={said['request']}" in line
    )
    assert "3 of 5 names were refused" in line
    assert "status=200" in line


def test_all_or_none_tells_all_names(server: Server, user: Callable[[Cloud], Speaker]) -> None:
    one = user(OSS)
    reply = delete(one, "in/a", "in/not/c", "in/b", "out/d")
    assert reply.status == 403
    assert OSS.values(reply, "ExplanationKeys") == ["in/not/c, out/d"]
    told = kept(server, one, reply)["explanation"]
    assert (told["refused"], told["keys"]) == ("2 of 4", "in/not/c, out/d")


@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)
def test_nothing_is_told_where_nothing_was_denied(
    server: Server, user: Callable[[Cloud], Speaker], cloud: Cloud
) -> None:
    one = user(cloud)
    reply = delete(one, "in/a", "in/b", "in/not-there")
    assert reply.status == 200
    assert b"xplanation" not in reply.body
    assert kept(server, one, reply) == {}


@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)
def test_a_thousand_long_names_are_bounded(server: Server, user: Callable[[Cloud], Speaker], cloud: Cloud) -> None:
    one = user(cloud)
    names = [f"out/{number:04}{'😀' * 200}" for number in range(1000)]
    reply = delete(one, *names)
    assert reply.status == (403 if cloud is OSS or cloud.name == "oss1" else 200)
    assert len(cloud.values(reply, "ExplanationCause")) <= 8
    told = kept(server, one, reply)["explanation"]
    assert told["refused"] == "1000 of 1000"
    assert all(len(text) <= 400 for text in told.values())
    assert told["cause"] == "resource-not-covered"


def test_what_is_refused_for_another_reason_is_not_kept(server: Server, speak: Callable[..., Speaker]) -> None:
    """Its message says all."""
    owner = speak(S3)
    owner.put("k")
    body = S3.document("Delete", ("Object", (("Key", "k"), ("VersionId", "0123456789abcdef"))))
    reply = owner.ok("POST", query={"delete": ""}, body=body, headers={"Content-MD5": md5_base64(body)})
    assert S3.values(reply, "Key") == ["k"]
    assert b"xplanation" not in reply.body
    assert kept(server, owner, reply) == {}
    assert owner.keys() == ["k"]
