"""MS CreateCosSecKeyInstance over raw HTTP: the seed's result, and a key that may only upload below its prefix.

Sources: seed 003; wire facts of Tencent §2; issue "honoured exactly".
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from behaviour.bucket import Bucket
from behaviour.client import DEV
from behaviour.conftest import OTHER
from behaviour.server import Server
from behaviour.storage.clouds import COS, OSS, S3, TOS, Cloud
from behaviour.storage.forms import KINDS, Form, post
from behaviour.storage.signers import How
from behaviour.storage.speaker import Speaker

from .attempts import Attempt, check, on_bucket, on_object, revoke, upload_in_parts
from .tencent import Caller, Minted, Way, of_ms

MIB = 1 << 20
ACTION = "CreateCosSecKeyInstance"
each_cloud = pytest.mark.parametrize("cloud", [S3, COS], ids=lambda cloud: cloud.name)


@pytest.fixture
def caller(server: Server) -> Iterator[Caller]:
    """The development key."""
    client = server.client()
    yield Caller(server=server, client=client)
    client.close()


@pytest.fixture
def at(server: Server, caller: Caller) -> Iterator[Callable[[Cloud], Speaker]]:
    """A client of a dialect at MS's bucket, which is there after the first call."""
    caller.ok(ACTION)
    client = server.client()
    bucket = Bucket(server=server, name="ms-shield", client=client)
    yield lambda cloud: Speaker(bucket=bucket, cloud=cloud, owner=DEV)
    client.close()


def test_the_result_is_the_seeds(caller: Caller) -> None:
    before = int(time.time())
    fields = caller.ok(ACTION, {"CosRegion": "ap-shanghai", "Duration": 1200})
    assert fields["CosAppid"] == DEV.appid
    assert (fields["CosBucket"], fields["CosRegion"]) == ("ms-shield", "ap-shanghai")
    assert before + 1200 <= fields["ExpireTime"] <= time.time() + 1200
    assert re.fullmatch(r"AKID[A-Za-z0-9]{32}", fields["CosId"])
    assert re.fullmatch(r"[A-Za-z0-9]{32}", fields["CosKey"])
    assert re.fullmatch(r"pctool/100000000001/\d+", fields["CosPrefix"])
    assert fields["CosToken"] == fields["CosTocken"]
    assert re.fullmatch(r"[A-Za-z0-9]{32,4096}", fields["CosToken"]), "safe in addresses that nobody encodes"


def test_defaults(caller: Caller) -> None:
    fields = caller.ok(ACTION)
    assert fields["CosRegion"] == "ap-guangzhou"
    assert abs(fields["ExpireTime"] - time.time() - 3600) < 5


def test_every_call_has_a_prefix_of_its_own(caller: Caller, serving: Callable[..., Server]) -> None:
    prefixes = [caller.ok(ACTION)["CosPrefix"] for _ in range(8)]
    assert len(set(prefixes)) == 8
    assert len({len(prefix) for prefix in prefixes}) == 1, "none is the beginning of another"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"Duration": 0}, "InvalidParameterValue"),
        ({"Duration": -1}, "InvalidParameterValue"),
        ({"Duration": 129_601}, "InvalidParameterValue"),
        ({"Duration": "1200"}, "InvalidParameter"),
        ({"Duration": 1.5}, "InvalidParameter"),
        ({"Duration": True}, "InvalidParameter"),
        ({"CosRegion": "moon"}, "InvalidParameterValue"),
        ({"CosRegion": "ap-guangzhou/../x"}, "InvalidParameterValue"),
        ({"CosRegion": 5}, "InvalidParameter"),
        ({"Bucket": "demo"}, "UnknownParameter"),
    ],
    ids=str,
)
def test_values_that_cannot_be(caller: Caller, values: dict[str, Any], code: str) -> None:
    caller.refused(code, ACTION, values, says=next(iter(values)))


@each_cloud
def test_uploads_below_the_prefix(caller: Caller, at: Callable[[Cloud], Speaker], cloud: Cloud) -> None:
    speaker = at(cloud)
    fields = caller.ok(ACTION)
    minted, prefix = of_ms(fields), fields["CosPrefix"]
    holder = replace(speaker, owner=minted.owner)
    assert holder.ask("HEAD", f"{prefix}/1.txt", how=minted.how).status == 404, "uploaders look first"
    holder.ok("PUT", f"{prefix}/1.txt", body=b"one", how=minted.how)
    assert holder.ok("HEAD", f"{prefix}/1.txt", how=minted.how).headers["content-length"] == "3"
    first, second = b"a" * 5 * MIB, b"b" * 100
    upload_in_parts(speaker, minted, f"{prefix}/dir/big.bin", first, second)
    assert speaker.content(f"{prefix}/1.txt") == b"one"
    assert speaker.content(f"{prefix}/dir/big.bin") == first + second


def test_a_browsers_form_below_the_prefix(caller: Caller, at: Callable[[Cloud], Speaker]) -> None:
    fields = caller.ok(ACTION)
    minted, prefix = of_ms(fields), fields["CosPrefix"]
    speaker = at(COS)
    kind = next(kind for kind in KINDS if kind.cloud == "cos")
    for key, status in ((f"{prefix}/form.txt", 204), (f"{prefix}form.txt", 403)):
        form = Form(key=key, content=b"form", fields={"x-cos-security-token": minted.token})
        assert post(kind, replace(speaker, owner=minted.owner), form).status == status
    assert speaker.content(f"{prefix}/form.txt") == b"form"


@each_cloud
def test_nothing_else_with_what_is_its_own(caller: Caller, at: Callable[[Cloud], Speaker], cloud: Cloud) -> None:
    """No reading, listing, deleting, sharing."""
    speaker = at(cloud)
    fields = caller.ok(ACTION)
    key = f"{fields['CosPrefix']}/mine.txt"
    speaker.put(key, b"mine")
    allowed = {"put": 200, "head": 200, "initiate": 200, "part": 200, "parts": 200, "abort": 404, "uploads": 200}
    check(on_object(speaker, key, speaker.start(key)), speaker, of_ms(fields), allowed)
    assert speaker.content(key) == b"new"


@each_cloud
def test_nothing_elsewhere(
    caller: Caller, at: Callable[[Cloud], Speaker], cloud: Cloud, new_bucket: Callable[..., Bucket]
) -> None:
    """Siblings of the prefix, another call's prefix, another bucket, the bucket itself."""
    speaker = at(cloud)
    fields = caller.ok(ACTION)
    minted, prefix = of_ms(fields), fields["CosPrefix"]
    other = caller.ok(ACTION)["CosPrefix"]
    for key in (prefix, f"{prefix}x", f"{prefix}x/1.txt", f"{prefix[:-1]}/1.txt", f"{other}/1.txt", "pctool/1.txt"):
        speaker.put(key, b"theirs")
        check(on_object(speaker, key, speaker.start(key)), speaker, minted, {})
        assert speaker.content(key) == b"theirs"
    check(on_bucket(speaker.cloud.prefix), speaker, minted, {})
    elsewhere = Speaker(bucket=new_bucket(), cloud=cloud, owner=DEV)
    put = Attempt(name="put", method="PUT", key=f"{prefix}/1.txt", body=b"x")
    check((put,), elsewhere, minted, {})
    check((put,), Speaker(bucket=new_bucket(owner=OTHER), cloud=cloud, owner=OTHER), minted, {})


@each_cloud
def test_the_token_belongs_to_the_key(caller: Caller, at: Callable[[Cloud], Speaker], cloud: Cloud) -> None:
    speaker = at(cloud)
    fields, others = caller.ok(ACTION), of_ms(caller.ok(ACTION))
    minted, key = of_ms(fields), f"{fields['CosPrefix']}/1.txt"
    holder = replace(speaker, owner=minted.owner)
    for how in (How(), How(token=others.token), How(token=minted.token + "x"), How(token="x")):
        assert holder.ask("PUT", key, body=b"x", how=how).status in {400, 403}
    wrong = replace(minted, secret=others.secret)
    assert replace(speaker, owner=wrong.owner).ask("PUT", key, body=b"x", how=minted.how).status == 403
    assert speaker.ask("PUT", key, body=b"x", how=How(token=minted.token)).status in {400, 403}, "a key without one"
    assert speaker.ask("HEAD", key).status == 404


@each_cloud
def test_it_can_be_revoked(caller: Caller, at: Callable[[Cloud], Speaker], cloud: Cloud) -> None:
    """From the next request on, the upload that is under way included."""
    speaker = at(cloud)
    fields = caller.ok(ACTION)
    minted, key = of_ms(fields), f"{fields['CosPrefix']}/1.txt"
    holder = replace(speaker, owner=minted.owner)
    upload = holder.cloud.value(holder.ok("POST", key, query={"uploads": ""}, how=minted.how), "UploadId")
    query = {"partNumber": "1", "uploadId": upload}
    tag = holder.ok("PUT", key, query=query, body=b"part", how=minted.how).headers["etag"]
    revoke(caller.server, minted)
    assert holder.ask("PUT", key, query=query, body=b"part", how=minted.how).status == 403
    done = speaker.cloud.parts([(1, tag)])
    assert holder.ask("POST", key, query={"uploadId": upload}, body=done, how=minted.how).status == 403
    assert holder.ask("PUT", key, body=b"x", how=minted.how).status == 403
    caller.refused("AuthFailure.SecretIdNotFound", ACTION, way=_as(minted))
    assert speaker.ask("HEAD", key).status == 404


def _as(minted: Minted) -> Way:
    return Way(key_id=minted.key_id, secret=minted.secret.encode(), token=minted.token)


def test_it_cannot_mint(caller: Caller) -> None:
    minted = of_ms(caller.ok(ACTION))
    caller.refused("UnauthorizedOperation.AuthFailed", ACTION, way=_as(minted))
    caller.refused("AuthFailure.TokenFailure", ACTION, way=replace(_as(minted), token=""))
    caller.refused("AuthFailure.TokenFailure", ACTION, way=replace(_as(minted), token="x"))


def test_settings(serving: Callable[..., Server]) -> None:
    """Another bucket, moments as durations, a limit of bytes, and leave to read."""
    server = serving(
        mint__ms_bucket="shields", mint__ms_expire_time="duration", mint__ms_max_bytes="10", mint__ms_may_read="true",
        mint__requests_per_second="100000",
    )  # fmt: skip
    caller = Caller(server=server, client=server.client())
    fields = caller.ok(ACTION, {"Duration": 99})
    assert (fields["CosBucket"], fields["ExpireTime"]) == ("shields", 99)
    bucket = Bucket(server=server, name="shields", client=server.client())
    minted, key = of_ms(fields), f"{fields['CosPrefix']}/1.txt"
    holder = Speaker(bucket=bucket, cloud=COS, owner=minted.owner)
    assert holder.ask("PUT", key, body=b"x" * 11, how=minted.how).status == 400
    holder.ok("PUT", key, body=b"x" * 10, how=minted.how)
    assert holder.ok("GET", key, how=minted.how).body == b"x" * 10
    caller.client.close()
    bucket.client.close()


@pytest.mark.parametrize(
    ("cloud", "headers"),
    [
        (COS, {"x-cos-acl": "public-read"}), (S3, {"x-amz-acl": "public-read"}),
        (S3, {"x-amz-acl": "public-read-write"}),
        (OSS, {"x-oss-object-acl": "public-read"}), (OSS, {"x-oss-callback": "eyJjYWxsYmFja1VybCI6Imh0dHA6Ly9lIn0="}),
        (TOS, {"x-tos-acl": "public-read"}), (TOS, {"x-tos-callback": "eyJjYWxsYmFja1VybCI6Imh0dHA6Ly9lIn0="}),
    ],
    ids=lambda value: value.name if isinstance(value, Cloud) else str(value),
)  # fmt: skip
def test_it_stores_and_nothing_else(
    caller: Caller, at: Callable[[Cloud], Speaker], cloud: Cloud, headers: dict[str, str]
) -> None:
    """In whichever dialect it is spent: it publishes nothing and calls nobody. Source: faults 2.3, 2.6; seed 003."""
    fields = caller.ok(ACTION)
    minted, key = of_ms(fields), fields["CosPrefix"] + "/page.html"
    holder = replace(at(cloud), owner=minted.owner)
    for method, query in (("PUT", {}), ("POST", {"uploads": ""})):
        asked = holder.ask(method, key, query=query, headers=headers, body=b"", how=minted.how)
        # No dialect has callbacks of what only starts an upload: refused as that, whoever asks.
        allowed = {400, 403, 405, 501} if query and "callback" in str(headers) else {403}
        assert asked.status in allowed, str(asked)
    assert at(S3).ask("HEAD", key).status == 404
    private = {name: "private" for name in headers if name.endswith("acl")}
    assert holder.ask("PUT", key, headers=private, body=b"x", how=minted.how).status == 200
