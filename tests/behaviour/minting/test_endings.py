"""When minted rights end, on a server whose clock is turned: good to the last moment, and then no more.

The receiver's clock goes with the server's: what is refused is the right, not the time of a signature. hbr's forms and
Alibaba's and AWS's sessions end in the files of their clouds. Source: issue "honoured exactly"; seeds 000, 002, 003.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from behaviour.bucket import Bucket
from behaviour.client import DEV, Client
from behaviour.server import Server
from behaviour.storage.clouds import COS, S3, TOS, Cloud
from behaviour.storage.speaker import Speaker

from . import tencent, volcengine
from .clock import Clock
from .tencent import Minted, allow, of_ms, of_sts, of_vod, policy

BUCKET = "demo"
EARLY, LATE = -5, 2
"""Seconds before and after the end."""
each_cloud = pytest.mark.parametrize("cloud", [S3, COS], ids=lambda cloud: cloud.name)


@pytest.fixture
def client(turning: tuple[Server, Clock]) -> Iterator[Client]:
    """A connection to the server, whose clock is right again."""
    server, clock = turning
    clock.turn(0)
    made = server.client()
    yield made
    made.close()


@pytest.fixture
def caller(turning: tuple[Server, Clock], client: Client) -> tencent.Caller:
    """The development key at Tencent's door."""
    return tencent.Caller(server=turning[0], client=client)


def ends(turning: tuple[Server, Clock], minted: Minted, where: Speaker, key: str, seconds: int) -> None:
    """Assert that a temporary key stores to the last moment, and then no more."""
    holder = replace(where, owner=minted.owner)
    for off, body, passes in (
        (0, b"at once", True),
        (seconds + EARLY, b"in time", True),
        (seconds + LATE, b"late", False),
    ):
        turning[1].turn(off)
        reply = holder.ask("PUT", key, body=body, how=replace(minted.how, age=-off))
        assert (reply.status == 200) is passes, f"{off} s after: {reply}"
        if not passes:
            assert reply.status in {400, 403}
    turning[1].turn(0)
    assert where.content(key) == b"in time"


def at(server: Server, client: Client, cloud: Cloud, bucket: str = BUCKET) -> Speaker:
    """The owner at a bucket."""
    return Speaker(bucket=Bucket(server=server, name=bucket, client=client), cloud=cloud, owner=DEV)


@each_cloud
@pytest.mark.parametrize("seconds", [1800, 129_600])
def test_vod(turning: tuple[Server, Clock], caller: tencent.Caller, client: Client, cloud: Cloud, seconds: int) -> None:
    resource = f"qcs::vod:ap-guangzhou:uid/{DEV.appid}:prefix//220209/{BUCKET}/life"
    asked = {"SubAppId": 220209, "Policy": policy(allow(["name/vod:PutObject"], resource))}
    given = asked if seconds == 1800 else {**asked, "DurationSeconds": seconds}
    minted = of_vod(caller.ok("CreateStorageCredentials", given))
    ends(turning, minted, at(turning[0], client, cloud), "life", seconds)


@each_cloud
def test_ms(turning: tuple[Server, Clock], caller: tencent.Caller, client: Client, cloud: Cloud) -> None:
    fields = caller.ok("CreateCosSecKeyInstance")
    where = at(turning[0], client, cloud, "ms-shield")
    ends(turning, of_ms(fields), where, f"{fields['CosPrefix']}/1.txt", 3600)


@each_cloud
def test_a_federation_token(
    turning: tuple[Server, Clock], caller: tencent.Caller, client: Client, cloud: Cloud
) -> None:
    resource = f"qcs::cos:ap-guangzhou:uid/{DEV.appid}:{BUCKET}-{DEV.appid}/token"
    asked = {"Name": "tests", "Policy": policy(allow(["name/cos:PutObject"], resource))}
    ends(turning, of_sts(caller.ok("GetFederationToken", asked)), at(turning[0], client, cloud), "token", 1800)


def test_a_voice_address(turning: tuple[Server, Clock], client: Client) -> None:
    server, clock = turning
    url = volcengine.Caller(server=server, client=client).url("ends.wav")
    for off, body, status in ((0, b"at once", 200), (600 + EARLY, b"in time", 200), (600 + LATE, b"late", 403)):
        clock.turn(off)
        assert client.send("PUT", url.target, body=body, host=url.host).status == status
    clock.turn(0)
    assert at(server, client, TOS, "volc-voice-resource-bucket").content(f"{DEV.appid}/ends.wav") == b"in time"
