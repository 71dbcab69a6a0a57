"""Who may mint and who may upload are two things: sub-users that may do one of them, or both within limits.

Source: issue 4 §3: "so that who may mint and who may upload is separable. A minted right never exceeds its minter's."
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from behaviour.bucket import Bucket
from behaviour.client import DEV, Client
from behaviour.server import Server
from behaviour.storage.clouds import COS, S3
from behaviour.storage.speaker import Speaker

from .tencent import Caller, Way, of_ms, of_sts

ALL_UPLOADS = [f"name/cos:{name}" for name in ("PutObject", "PostObject", "HeadObject", "GetObject")]


def cam(action: object, resource: object = "*", **more: Any) -> str:
    return json.dumps({
        "version": "2.0", "statement": [{"effect": "allow", "action": action, "resource": resource, **more}],
    })  # fmt: skip


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    """A connection."""
    made = server.client()
    yield made
    made.close()


@pytest.fixture
def caller(server: Server, client: Client) -> Callable[..., Caller]:
    """Gives a caller with the key of a fresh sub-user of the dev account."""

    def make(*policies: str) -> Caller:
        return Caller(server=server, client=client, owner=server.make_user(DEV.appid, *policies))

    return make


def test_one_that_may_mint_and_not_upload(server: Server, client: Client, caller: Callable[..., Caller]) -> None:
    """It is given keys that store below their prefix, and can store nothing itself. Source: seed 003; faults §6."""
    one = caller(cam("ms:CreateCosSecKeyInstance"))
    fields = one.ok("CreateCosSecKeyInstance")
    place = Bucket(server=server, name=fields["CosBucket"], client=client)
    minted = of_ms(fields)
    key = fields["CosPrefix"] + "/1.txt"
    for owner, how, status in ((minted.owner, minted.how, 200), (one.owner, None, 403)):
        speaker = Speaker(bucket=place, cloud=COS, owner=owner)
        reply = speaker.ask("PUT", key, body=b"x", **({} if how is None else {"how": how}))
        assert reply.status == status, str(reply)
    sibling = fields["CosPrefix"] + "0/1.txt"
    assert (
        Speaker(bucket=place, cloud=COS, owner=minted.owner).ask("PUT", sibling, body=b"x", how=minted.how).status
        == 403
    )
    denied = caller(cam("ms:*"), cam("cos:PutObject", effect="deny"))
    fields = denied.ok("CreateCosSecKeyInstance")
    minted = of_ms(fields)
    speaker = Speaker(bucket=place, cloud=COS, owner=minted.owner)
    assert speaker.ask("PUT", fields["CosPrefix"] + "/1.txt", body=b"x", how=minted.how).status == 403
    answered = one.call("GetFederationToken", {"Name": "n", "Policy": cam("cos:*")})
    assert answered.code == "AuthFailure.UnauthorizedOperation", answered.message


def test_one_that_may_upload_and_not_mint(caller: Callable[..., Caller], bucket: Bucket) -> None:
    one = caller(cam(ALL_UPLOADS, f"qcs::cos::uid/{DEV.appid}:{bucket.name}-{DEV.appid}/*"))
    Speaker(bucket=bucket, cloud=S3, owner=one.owner).put("k")
    for action, values in (
        ("CreateCosSecKeyInstance", {}),
        ("GetFederationToken", {"Name": "n", "Policy": cam("cos:*")}),
    ):
        assert one.call(action, values).code.endswith(("UnauthorizedOperation", "UnauthorizedOperation.AuthFailed"))


def test_one_that_may_both_within_its_limits(
    server: Server, client: Client, caller: Callable[..., Caller], bucket: Bucket
) -> None:
    """What it mints is what it may and what was asked for, both of which have limits."""
    place = f"qcs::cos::uid/{DEV.appid}:{bucket.name}-{DEV.appid}"
    one = caller(
        cam("sts:GetFederationToken"),
        cam(ALL_UPLOADS, f"{place}/mine/*", condition={"numeric_less_than_equal": {"cos:content-length": 100}}),
    )
    asked = cam("*", "*", condition={"string_like_if_exist": {"cos:content-type": "image/*"}})
    minted = of_sts(one.ok("GetFederationToken", {"Name": "n", "Policy": asked}))
    speaker = Speaker(bucket=bucket, cloud=S3, owner=minted.owner)

    def status(key: str, size: int = 10, kind: str = "image/png") -> int:
        return speaker.ask(
            "PUT", key, body=b"x" * size, headers={"Content-Type": kind}, how=minted.how
        ).status  # fmt: skip

    assert status("mine/k") == 200
    assert status("mine/k", size=100) == 200
    assert status("mine/k", size=101) == 403
    assert status("mine/k", kind="text/plain") == 403
    assert status("other/k") == 403
    assert speaker.ask("DELETE", "mine/k", how=minted.how).status == 403
    wider = Caller(server=server, client=client, owner=minted.owner)
    assert wider.call("CreateCosSecKeyInstance", {}, Way(token=minted.token)).code, (
        "what was minted cannot mint what its minter cannot"
    )
