"""What was minted from what: one end, one withdrawal and one count for all of it.

Source: issue 11 §2, "withdrawing a right withdraws all that was minted from it"; faults 2.8.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from behaviour.bucket import Bucket
from behaviour.client import DEV
from behaviour.server import Server
from behaviour.storage.clouds import OSS, S3
from behaviour.storage.speaker import Speaker

from .aliyun import AWS_ROLE, BUCKET, ROLE, Caller, aws_call, of_aws, of_sts, post

AWS = {"RoleArn": AWS_ROLE, "RoleSessionName": "bob"}
FRESH = 8
"""So many fresh connections come to both processes."""


@pytest.fixture(scope="module")
def two(serving: Callable[..., Server]) -> Server:
    """Two processes on one folder."""
    return serving("--workers", "2", mint__requests_per_second="1000002")


@pytest.fixture
def caller(two: Server) -> Iterator[Caller]:
    """The development account's key."""
    client = two.client()
    yield Caller(server=two, client=client)
    client.close()


def assumed(caller: Caller, **more: str) -> Caller:
    """Who holds a session that the caller made."""
    status, fields = aws_call(caller, "AssumeRole", **AWS | more)
    assert status == 200, fields
    made = of_aws(fields)
    return replace(caller, owner=made.owner, token=made.token)


def stores(caller: Caller, form: dict[str, str]) -> int:
    """The status of a use of a form over a connection of its own."""
    client = caller.server.client()
    try:
        return post(client, form, b"x").status
    finally:
        client.close()


def test_withdrawing_takes_every_level_in_every_process(caller: Caller) -> None:
    one = assumed(caller)
    two = assumed(one)
    three = of_sts(two.ok("AssumeRole", RoleArn=ROLE, RoleSessionName="bob"))
    third = replace(caller, owner=three.owner, token=three.token)
    form = dict(third.ok("CreateTempFileUploadUrl", FileName="a"))
    sibling = dict(assumed(caller).ok("CreateTempFileUploadUrl", FileName="a"))
    assert [stores(caller, form) for _ in range(FRESH)] == [204] * FRESH
    told = json.loads(caller.server.run("grants", "revoke", one.owner.key_id, "--dry-run", "--json").stdout)
    assert told == {"revoked": 0, "matched": 4}
    told = json.loads(caller.server.run("grants", "revoke", one.owner.key_id, "--json").stdout)
    assert told == {"revoked": 4, "matched": 4}
    assert [stores(caller, form) for _ in range(FRESH)] == [403] * FRESH
    for held in (one, two):
        assert aws_call(held, "GetCallerIdentity")[1]["Code"] == "InvalidClientTokenId"
    assert third.call("GetCallerIdentity").reply.status == 404
    assert stores(caller, sibling) == 204
    assert caller.server.run("grants", "revoke", one.owner.key_id).returncode == 1, "all of it was revoked before"
    lines = caller.server.run("audit", "tail", "--event", "revoke", "-n", "4", "--json").stdout.splitlines()
    assert {json.loads(line)["key"] for line in lines} >= {one.owner.key_id, form["OssAccessKeyId"]}


def test_by_its_minter_too(caller: Caller) -> None:
    one = assumed(caller)
    two = assumed(one)
    form = dict(two.ok("CreateTempFileUploadUrl", FileName="a"))
    told = json.loads(caller.server.run("grants", "revoke", "--minter", one.owner.key_id, "--json").stdout)
    assert told == {"revoked": 2, "matched": 2}
    assert stores(caller, form) == 403
    assert aws_call(one, "GetCallerIdentity")[0] == 200, "it was not minted by itself"


def test_a_key_that_is_deleted_takes_what_it_minted(caller: Caller) -> None:
    owner = caller.server.make_user(
        DEV.appid, json.dumps({"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    )
    user = replace(caller, owner=owner)
    form = dict(assumed(user).ok("CreateTempFileUploadUrl", FileName="a"))
    assert stores(caller, form) == 204
    done = caller.server.run("key", "delete", owner.key_id)
    assert done.returncode == 0
    assert "revoked 2 rights" in done.stdout
    assert stores(caller, form) == 403


def test_nothing_lasts_longer_than_what_it_was_minted_from(caller: Caller) -> None:
    one = assumed(caller, DurationSeconds="900")
    status, fields = aws_call(one, "AssumeRole", **AWS, DurationSeconds="3600")
    assert status == 200
    ends = time.mktime(time.strptime(fields["Expiration"], "%Y-%m-%dT%H:%M:%SZ")) - time.mktime(time.gmtime())
    assert 890 < ends <= 900
    form = one.ok("CreateTempFileUploadUrl", FileName="a")
    assert form["ExpireTime"] <= time.time() + 900


def test_a_right_for_a_number_of_uses_mints_nothing(serving: Callable[..., Server]) -> None:
    """Each of what it minted could be used as often again."""
    server = serving(mint__sts_uses="2", mint__requests_per_second="1000003")
    client = server.client()
    caller = Caller(server=server, client=client)
    held = assumed(caller)
    held.refused(403, "NoPermission", "CreateTempFileUploadUrl", FileName="a")
    assert aws_call(held, "AssumeRole", **AWS)[1]["Code"] == "AccessDenied"
    place = Bucket(server=server, name=server.make_bucket(DEV.appid), client=client)
    speaker = Speaker(bucket=place, cloud=S3, owner=held.owner)
    how = of_aws(aws_call(caller, "AssumeRole", **AWS)[1]).how
    holder = replace(speaker, owner=held.owner)
    tokened = replace(how, token=held.token)
    assert [holder.ask("PUT", f"k{n}", body=b"x", how=tokened).status for n in range(3)] == [200, 200, 403]
    client.close()


def test_the_bucket_of_the_api_stays_its_own(caller: Caller) -> None:
    """What is lent is what was minted: no listing, no other key."""
    user = replace(
        caller,
        owner=caller.server.make_user(
            DEV.appid,
            json.dumps({"Version": "1", "Statement": [{"Effect": "Allow", "Action": "hbr:*", "Resource": "*"}]}),
        ),
    )
    form = dict(user.ok("CreateTempFileUploadUrl", FileName="a"))
    assert stores(caller, form) == 204
    place = Bucket(server=caller.server, name=BUCKET, client=caller.client)
    for owner in (user.owner, replace(user.owner, key_id=form["OssAccessKeyId"])):
        speaker = Speaker(bucket=place, cloud=OSS, owner=owner)
        assert speaker.ask("GET").status == 403
    assert post(caller.client, form, b"x", key="temp/other").status == 403
