"""VOD CreateStorageCredentials, CreateStorage and DescribeStorage over raw HTTP, and what the credentials may do.

Sources: seed 002; wire facts of Tencent §3, §4, §5, §12; issue "honoured exactly".
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from behaviour.bucket import Bucket
from behaviour.client import DEV
from behaviour.conftest import OTHER
from behaviour.server import Server
from behaviour.storage.clouds import COS, S3, Cloud
from behaviour.storage.signers import How
from behaviour.storage.speaker import Speaker

from .attempts import check, on_bucket, on_object, revoke, upload_in_parts
from .tencent import Caller, Minted, Way, allow, of_vod, policy

MIB = 1 << 20
ACTION = "CreateStorageCredentials"
APPLICATION = 220209
FIVE = [
    "name/vod:InitiateMultipartUpload", "name/vod:ListMultipartUploads", "name/vod:ListParts", "name/vod:UploadPart",
    "name/vod:CompleteMultipartUpload",
]  # fmt: skip
each_cloud = pytest.mark.parametrize("cloud", [S3, COS], ids=lambda cloud: cloud.name)


def seed(*resources: str, actions: list[str] | None = None) -> str:
    """A policy of the seed, as it is written there: without blanks, statement before version."""
    statement = {"action": FIVE if actions is None else actions, "effect": "allow", "resource": list(resources)}
    text = json.dumps({"statement": [statement], "version": "2.0"}, separators=(",", ":"))
    return quote(text, safe="")


ONE_FILE = seed("qcs::vod:ap-beijing:uid/251197738:prefix//220209/a/001.png")
FILES = seed(
    "qcs::vod:ap-beijing:uid/251197738:prefix//220209/a/1024x1024.png",
    "qcs::vod:ap-beijing:uid/251197738:prefix//220209/a/b/c/1042x1042.png",
    "qcs::vod:ap-beijing:uid/251197738:prefix//220209/path/2060.gif_wh300.gif",
)
LISTING = seed(
    "qcs::vod:ap-beijing:uid/251197738:prefix//220209/98gw6e1b4hds0zh/", actions=["name/vod:GetBucket"]
)  # fmt: skip
NEARBY = seed("qcs::vod:auto:uid/251197738:prefix//220209/auto/001.png")


def here(bucket: str, path: str) -> str:
    """A resource of the development account."""
    return f"qcs::vod:ap-guangzhou:uid/{DEV.appid}:prefix//{APPLICATION}/{bucket}/{path}"


def test_the_seeds_first_example_is_what_the_seed_has() -> None:
    assert ONE_FILE == (
        "%7B%22statement%22%3A%5B%7B%22action%22%3A%5B%22name%2Fvod%3AInitiateMultipartUpload%22%2C%22name%2Fvod%3A"
        "ListMultipartUploads%22%2C%22name%2Fvod%3AListParts%22%2C%22name%2Fvod%3AUploadPart%22%2C%22name%2Fvod%3A"
        "CompleteMultipartUpload%22%5D%2C%22effect%22%3A%22allow%22%2C%22resource%22%3A%5B%22qcs%3A%3Avod%3Aap-beijing"
        "%3Auid%2F251197738%3Aprefix%2F%2F220209%2Fa%2F001.png%22%5D%7D%5D%2C%22version%22%3A%222.0%22%7D"
    )


@pytest.fixture
def caller(server: Server) -> Iterator[Caller]:
    """The development key."""
    client = server.client()
    yield Caller(server=server, client=client)
    client.close()


def credentials(caller: Caller, text: str, **more: Any) -> Minted:
    """What a policy gives."""
    return of_vod(caller.ok(ACTION, {"SubAppId": APPLICATION, "Policy": text, **more}))


@pytest.fixture
def at(server: Server) -> Iterator[Callable[..., Speaker]]:
    """A client of a dialect at a bucket of this name, made where it is missing."""
    client = server.client()

    def make(cloud: Cloud, name: str) -> Speaker:
        speaker = Speaker(bucket=Bucket(server=server, name=name, client=client), cloud=cloud, owner=DEV)
        if speaker.ask("HEAD").status == 404:
            server.make_bucket(DEV.appid, name)
        return speaker

    yield make
    client.close()


# -- the call ----------------------------------------------------------------------------------------------------------


def test_the_result_is_the_seeds(caller: Caller) -> None:
    before = int(time.time())
    fields = caller.ok(ACTION, {"SubAppId": APPLICATION, "Policy": ONE_FILE, "DurationSeconds": 7200})
    given = fields["Credentials"]
    assert set(given) == {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", given["Expiration"])
    ends = time.strptime(given["Expiration"], "%Y-%m-%dT%H:%M:%SZ")
    assert 0 <= time.mktime(ends) - time.mktime(time.gmtime(before)) - 7200 <= 5
    assert re.fullmatch(r"[A-Za-z0-9]{32,4096}", given["SessionToken"])


def test_half_an_hour_is_the_default(caller: Caller) -> None:
    given = caller.ok(ACTION, {"SubAppId": APPLICATION, "Policy": ONE_FILE})["Credentials"]
    ends = time.mktime(time.strptime(given["Expiration"], "%Y-%m-%dT%H:%M:%SZ"))
    assert abs(ends - time.mktime(time.gmtime()) - 1800) < 5
    caller.ok(ACTION, {"SubAppId": APPLICATION, "Policy": ONE_FILE, "DurationSeconds": 129_600})


@pytest.mark.parametrize(
    "text",
    [
        '{"version":"2.0","statement":[{"effect":"allow","action":"name/vod:PutObject","resource":"*"}]}',
        quote('{"version":"2.0","statement":{"effect":"allow","action":["name/vod:*"],"resource":["*"]}}'),
        quote('{"Version":"2.0","Statement":[{"Effect":"Allow","Action":"vod:PutObject","Resource":"*"}]}', safe=""),
        quote(f'{{"version": "2.0", "statement": []}}').replace("%20", "+").replace("%5B%5D", quote(json.dumps([allow(["name/vod:PutObject"], "*")]))),  # noqa: E501, F541
    ],
    ids=["plain", "slashes and one statement", "capitals", "pluses"],
)  # fmt: skip
def test_spellings_of_a_policy(caller: Caller, text: str) -> None:
    credentials(caller, text)


@pytest.mark.parametrize("by", ["get", "v1-get", "v1-form", "parts"])
def test_a_policy_is_encoded_again_where_parameters_are(caller: Caller, by: Any) -> None:
    caller.ok(ACTION, {"SubAppId": APPLICATION, "Policy": FILES, "DurationSeconds": 60}, Way(by=by))


@pytest.mark.parametrize(
    ("values", "code", "says"),
    [
        ({"SubAppId": None}, "MissingParameter", "`SubAppId`"),
        ({"Policy": None}, "MissingParameter", "`Policy`"),
        ({"Policy": ""}, "MissingParameter", "`Policy`"),
        ({"Policy": {"version": "2.0"}}, "InvalidParameter", "`Policy`"),
        ({"SubAppId": "220209"}, "InvalidParameter", "`SubAppId`"),
        ({"SubAppId": 220210}, "UnauthorizedOperation.SubApp", "220210"),
        ({"SubAppId": -1}, "InvalidParameterValue", "`SubAppId`"),
        ({"DurationSeconds": 0}, "InvalidParameterValue", "129600"),
        ({"DurationSeconds": 129_601}, "InvalidParameterValue", "129600"),
        ({"Bucket": "a"}, "UnknownParameter", "`Bucket`"),
    ],
    ids=str,
)
def test_values_that_cannot_be(caller: Caller, values: dict[str, Any], code: str, says: str) -> None:
    given = {"SubAppId": APPLICATION, "Policy": ONE_FILE, **values}
    caller.refused(code, ACTION, {name: value for name, value in given.items() if value is not None}, says=says)


STATEMENT = allow(["name/vod:PutObject"], here("a", "k"))


def resource(text: str) -> str:
    """A policy of that resource."""
    return policy(allow(["name/vod:PutObject"], text))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nonsense", "JSON"),
        ("%7B%2", "character 4"),
        ("%FF", "UTF-8"),
        ("[]", "object"),
        ("{}", "version"),
        (policy(STATEMENT, version="1"), "version"),
        (quote('{"version":"2.0"}'), "statement"),
        (policy({"effect": "allow", "action": "vod:PutObject"}), "statement[0]: the member resource"),
        (policy({**STATEMENT, "effect": "permit"}), "statement[0].effect"),
        (
            policy(STATEMENT, {**STATEMENT, "action": ["name/vod:PutObject", "name/vod:Steal"]}),
            "statement[1].action[1]",
        ),
        (policy({**STATEMENT, "principal": {"qcs": ["*"]}}), "statement[0].principal"),
        (quote(json.dumps({"version": "2.0", "statement": [STATEMENT], "principal": "*"})), "principal"),
        (policy({**STATEMENT, "surprise": 1}), "statement[0].surprise"),
        (policy({**STATEMENT, "condition": {"string_alike": {"qcs:ip": "1"}}}), "statement[0].condition"),
        (resource("a/k"), "statement[0].resource[0]"),
        (resource(f"qcs::cos:ap-guangzhou:uid/{DEV.appid}:demo-{DEV.appid}/*"), "statement[0].resource[0]"),
        (resource(f"qcs::vod::uid/{DEV.appid}:220209/a/k"), "prefix//"),
        (resource(f"qcs::vod::uid/{DEV.appid}:prefix//220210/a/k"), "220210"),
        (resource(f"qcs::vod::uid/{DEV.appid}:prefix//220209"), "statement[0].resource[0]"),
        (resource(f"qcs::vod::uid/{OTHER.appid}:prefix//220209/a/k"), str(OTHER.appid)),
        (resource("qcs::vod::uin/99:prefix//220209/a/k"), "uin/99"),
        (policy(allow(["name/vod:PutObject"], here("a", "k"), *(here("a", "x" * 900) for _ in range(20)))), "bytes"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)
def test_policies_that_cannot_be(caller: Caller, text: str, says: str) -> None:
    """The message points at the place."""
    caller.refused("InvalidParameter", ACTION, {"SubAppId": APPLICATION, "Policy": text}, says=says)


# -- what is minted ----------------------------------------------------------------------------------------------------


@each_cloud
def test_one_file(caller: Caller, at: Callable[..., Speaker], cloud: Cloud) -> None:
    """The seed's first example, as it is written there."""
    speaker = at(cloud, "a")
    minted = credentials(caller, ONE_FILE)
    first, second = b"1" * 5 * MIB, b"2"
    upload_in_parts(speaker, minted, "001.png", first, second)
    assert speaker.content("001.png") == first + second
    allowed = {"initiate": 200, "part": 200, "parts": 200, "uploads": 200}
    check(on_object(speaker, "001.png", speaker.start("001.png")), speaker, minted, allowed)
    for key in ("001.pngx", "001.pn", "001.png/x", "dir/001.png", "002.png"):
        speaker.put(key, b"theirs")
        check(on_object(speaker, key, speaker.start(key)), speaker, minted, {})
    check(on_bucket(cloud.prefix), speaker, minted, {})
    other = at(cloud, "path")
    other.put("001.png", b"theirs")
    check(on_object(other, "001.png", other.start("001.png")), other, minted, {})


@each_cloud
def test_several_files(caller: Caller, at: Callable[..., Speaker], cloud: Cloud) -> None:
    """The seed's second example: two buckets, three keys."""
    minted = credentials(caller, FILES)
    named = (("a", "1024x1024.png"), ("a", "b/c/1042x1042.png"), ("path", "2060.gif_wh300.gif"))
    for bucket, key in named:
        speaker = at(cloud, bucket)
        upload_in_parts(speaker, minted, key, b"content of " + key.encode())
        assert speaker.content(key) == b"content of " + key.encode()
    for bucket, key in (("path", "1024x1024.png"), ("a", "2060.gif_wh300.gif"), ("a", "c/1042x1042.png")):
        speaker = at(cloud, bucket)
        speaker.put(key, b"theirs")
        check(on_object(speaker, key, speaker.start(key)), speaker, minted, {})


@each_cloud
def test_a_listing(caller: Caller, at: Callable[..., Speaker], cloud: Cloud) -> None:
    """The seed's third example: everything in a bucket is listed, nothing is touched."""
    speaker = at(cloud, "98gw6e1b4hds0zh")
    speaker.put("dir/b.txt", b"b")
    minted = credentials(caller, LISTING)
    holder = replace(speaker, owner=minted.owner)
    for prefix in ("", "dir/", "nothing"):
        assert holder.ask("GET", query={"prefix": prefix}, how=minted.how).status == 200
    assert "dir/b.txt" in holder.cloud.values(holder.ok("GET", how=minted.how), "Key")
    check(on_object(speaker, "dir/b.txt", speaker.start("dir/b.txt")), speaker, minted, {"list": 200})
    check(on_bucket(cloud.prefix), speaker, minted, {"list": 200})
    check(on_bucket(cloud.prefix), at(cloud, "a"), minted, {})


@each_cloud
def test_a_listing_of_a_prefix(caller: Caller, at: Callable[..., Speaker], cloud: Cloud) -> None:
    """What ends in a slash is everything below, and not its sibling."""
    speaker = at(cloud, "a")
    minted = credentials(caller, policy(allow(["name/vod:GetBucket"], here("a", "x/y/"))))
    holder = replace(speaker, owner=minted.owner)
    for prefix, status in (("x/y/", 200), ("x/y/z", 200), ("x/y", 403), ("x/", 403), ("x/yy/", 403), ("", 403)):
        assert holder.ask("GET", query={"prefix": prefix}, how=minted.how).status == status


@each_cloud
@pytest.mark.parametrize("host", ["", "220209.vodpro-upload.com"])
def test_nearby(caller: Caller, at: Callable[..., Speaker], cloud: Cloud, host: str) -> None:
    """The seed's fourth example: the server chooses the bucket, here the application's first."""
    minted = credentials(caller, NEARBY)
    speaker = replace(at(cloud, "demo"), owner=minted.owner)
    given: dict[str, Any] = {"path": "/auto/001.png", "how": minted.how, "host": host}
    started = speaker.ok("POST", "001.png", query={"uploads": ""}, **given)
    upload = speaker.cloud.value(started, "UploadId")
    query = {"partNumber": "1", "uploadId": upload}
    tag = speaker.ok("PUT", "001.png", query=query, body=b"near", **given).headers["etag"]
    speaker.ok("POST", "001.png", query={"uploadId": upload}, body=speaker.cloud.parts([(1, tag)]), **given)
    assert speaker.ask("PUT", "001.png", body=b"x", **given).status == 403
    assert speaker.ask("POST", "2.png", query={"uploads": ""}, **{**given, "path": "/auto/2.png"}).status == 403
    assert at(cloud, "demo").content("001.png") == b"near"


@each_cloud
@pytest.mark.parametrize("host", ["a.vodpro.ap-guangzhou.eovod.com", "a.vodsrc-internal.ap-beijing.eovod.com"])
def test_hosts_of_buckets(caller: Caller, at: Callable[..., Speaker], cloud: Cloud, host: str) -> None:
    speaker = at(cloud, "a")
    minted = credentials(caller, policy(allow(["name/vod:PutObject"], here("a", "by host/*"))))
    holder = replace(speaker, owner=minted.owner)
    holder.ok("PUT", "by host/1", body=b"hosted", host=host, how=minted.how)
    assert speaker.content("by host/1") == b"hosted"
    assert holder.ask("PUT", "by hos", body=b"x", host=host, how=minted.how).status == 403


def test_an_applications_host(caller: Caller, at: Callable[..., Speaker]) -> None:
    """Path style; uploads are listed above the buckets, as the cloud's uploaders do before every upload."""
    speaker = at(COS, "a")
    minted = credentials(caller, policy(allow([*FIVE, "name/vod:PutObject"], here("a", "app/*"))))
    holder, host = replace(speaker, owner=minted.owner), "220209.vodpro-upload.com"
    holder.ok("PUT", "app/1", body=b"one", host=host, path="/a/app/1", how=minted.how)
    started = holder.ok("POST", "app/2", query={"uploads": ""}, host=host, path="/a/app/2", how=minted.how)
    upload = holder.cloud.value(started, "UploadId")
    for prefix, status in (("a/app/2", 200), ("a/other", 403), ("path/app/2", 403)):
        query = {"uploads": "", "prefix": prefix}
        reply = holder.ask("GET", query=query, host=host, path="/", how=minted.how)
        assert reply.status == status, str(reply)
        if status == 200:
            assert holder.cloud.values(reply, "UploadId") == [upload]
            assert holder.cloud.values(reply, "Key") == ["a/app/2"]
    assert speaker.content("app/1") == b"one"


@each_cloud
def test_wildcards_denials_and_conditions(caller: Caller, at: Callable[..., Speaker], cloud: Cloud) -> None:
    speaker = at(cloud, "a")
    small = {"numeric_less_than_equal": {"cos:content-length": 10}, "string_like": {"cos:content-type": "image/*"}}
    text = policy(
        allow(["name/vod:PutObject"], here("a", "in/*"), condition=small),
        {"effect": "deny", "action": ["name/vod:*"], "resource": [here("a", "in/secret*")]},
    )
    minted = credentials(caller, text)
    holder = replace(speaker, owner=minted.owner)

    def put(key: str, size: int, kind: str) -> int:
        return holder.ask("PUT", key, body=b"x" * size, headers={"Content-Type": kind}, how=minted.how).status

    assert put("in/1", 10, "image/png") == 200
    assert put("in/1", 11, "image/png") in {400, 403}
    assert put("in/1", 5, "text/plain") == 403
    assert put("in/secret.png", 5, "image/png") == 403
    assert put("inn/1", 5, "image/png") == 403
    assert len(speaker.content("in/1")) == 10


@each_cloud
def test_token_and_revocation(caller: Caller, at: Callable[..., Speaker], cloud: Cloud) -> None:
    speaker = at(cloud, "a")
    text = policy(allow(["name/vod:PutObject"], here("a", "life")))
    minted, other = credentials(caller, text), credentials(caller, text)
    holder = replace(speaker, owner=minted.owner)
    for how in (How(), How(token=other.token), How(token="x")):
        assert holder.ask("PUT", "life", body=b"x", how=how).status in {400, 403}
    holder.ok("PUT", "life", body=b"first", how=minted.how)
    holder = replace(speaker, owner=other.owner)
    holder.ok("PUT", "life", body=b"still", how=other.how)
    revoke(caller.server, other)
    assert holder.ask("PUT", "life", body=b"late", how=other.how).status == 403
    assert speaker.content("life") == b"still"


def test_other_accounts(caller: Caller, at: Callable[..., Speaker], server: Server) -> None:
    """Another account's application, and its buckets of the same name."""
    other = replace(caller, owner=OTHER)
    other.refused("UnauthorizedOperation.SubApp", ACTION, {"SubAppId": APPLICATION, "Policy": ONE_FILE})
    for action in ("DescribeStorage", "CreateStorage"):
        values = {"SubAppId": APPLICATION, "StorageRegion": "ap-beijing", "StorageName": "x"}
        given = values if action == "CreateStorage" else {"SubAppId": APPLICATION}
        other.refused("UnauthorizedOperation.SubApp", action, given)
    name = server.make_bucket(OTHER.appid)
    minted = credentials(caller, policy(allow(["name/vod:*"], here(name, "*"))))
    theirs = Speaker(bucket=Bucket(server=server, name=name, client=caller.client, owner=OTHER), cloud=S3, owner=OTHER)
    theirs.put("k", b"theirs")
    check(on_object(theirs, "k", theirs.start("k")), theirs, minted, {})


# -- storages ----------------------------------------------------------------------------------------------------------


def new_storage(caller: Caller, name: str) -> str:
    """The id of a new bucket."""
    given = {"SubAppId": APPLICATION, "StorageRegion": "ap-beijing", "StorageName": name}
    bucket_id = caller.ok("CreateStorage", given)["BucketId"]
    assert isinstance(bucket_id, str)
    return bucket_id


def test_storages_are_made_and_listed(caller: Caller, at: Callable[..., Speaker]) -> None:
    made = [new_storage(caller, name) for name in ("first-one", "second-one")]
    assert all(re.fullmatch(r"[a-z0-9]{15}", bucket) for bucket in made)
    found = caller.ok("DescribeStorage", {"SubAppId": APPLICATION, "Limit": 1000})
    ids = [one["BucketId"] for one in found["StorageInfoSet"]]
    assert found["TotalCount"] == len(ids)
    assert {"demo", *made} <= set(ids)
    assert ids.index(made[0]) < ids.index(made[1])
    shown = found["StorageInfoSet"][ids.index(made[0])]
    assert shown == {
        "BucketId": made[0], "StorageName": "first-one", "StorageRegion": "ap-beijing",
        "InternetAccessDomainStatus": "ONLINE", "InternetAccessDomain": f"{made[0]}.vodpro.ap-beijing.eovod.com",
        "CreateTime": shown["CreateTime"],
    }  # fmt: skip
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", shown["CreateTime"])
    speaker = at(S3, made[0])
    minted = credentials(caller, policy(allow(["name/vod:PutObject"], here(made[0], "*"))))
    replace(speaker, owner=minted.owner).ok("PUT", "k", body=b"x", how=minted.how)


@pytest.mark.parametrize("by", ["json", "get", "v1-get", "v1-form", "parts"])
def test_storages_are_filtered_sorted_and_paged(caller: Caller, by: Any) -> None:
    name = f"filtered-{by}"
    made = [new_storage(caller, name) for _ in range(3)]

    def ids(**values: Any) -> list[str]:
        asked = {"SubAppId": APPLICATION, "Filters": [{"Name": "StorageName", "Values": [name, "x"]}], **values}
        found = caller.ok("DescribeStorage", asked, Way(by=by))
        assert found["TotalCount"] == 3
        return [one["BucketId"] for one in found["StorageInfoSet"]]

    assert set(ids()) == set(made)
    newest = ids(SortBy={"Field": "CreateTime", "Order": "Desc"})
    assert newest == ids(SortBy={"Field": "CreateTime", "Order": "Asc"})[::-1]
    assert ids(Offset=1, Limit=1) == newest[1:2]
    assert ids(Offset=9) == []


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"Filters": [{"Name": "Colour", "Values": ["x"]}]}, "InvalidFilter"),
        ({"Filters": [{"Name": "BucketId", "Values": []}]}, "InvalidFilter"),
        ({"Filters": [{"Name": "BucketId", "Values": ["x"] * 21}]}, "InvalidFilter"),
        ({"Filters": {"Name": "BucketId"}}, "InvalidParameter"),
        ({"Filters": [{"Values": ["x"]}]}, "MissingParameter"),
        ({"SortBy": {"Field": "Size"}}, "InvalidParameterValue"),
        ({"SortBy": {"Order": "Up"}}, "InvalidParameterValue"),
        ({"Limit": 1001}, "InvalidParameterValue"),
        ({"Offset": -1}, "InvalidParameterValue"),
    ],
    ids=str,
)
def test_listings_that_cannot_be(caller: Caller, values: dict[str, Any], code: str) -> None:
    caller.refused(code, "DescribeStorage", {"SubAppId": APPLICATION, **values})


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"StorageName": "Capital"}, "InvalidParameterValue"),
        ({"StorageName": "x" * 65}, "InvalidParameterValue"),
        ({"StorageName": "a/b"}, "InvalidParameterValue"),
        ({"StorageRegion": "moon"}, "InvalidParameterValue.UnsupportedStorageRegion"),
        ({"StorageRegion": ""}, "MissingParameter"),
    ],
    ids=str,
)
def test_storages_that_cannot_be(caller: Caller, values: dict[str, Any], code: str) -> None:
    given = {"SubAppId": APPLICATION, "StorageRegion": "ap-beijing", "StorageName": "x", **values}
    caller.refused(code, "CreateStorage", given)


def test_applications_of_one_account_are_apart(serving: Callable[..., Server]) -> None:
    """A second application has its own storages, and the first one's wildcards do not reach them."""
    server = serving(mint__vod_applications="1250000000:220209,1250000000:330000", mint__requests_per_second="1000000")
    caller = Caller(server=server, client=server.client())
    second = {"SubAppId": 330000}
    given = {**second, "Policy": NEARBY.replace("220209", "330000")}
    caller.refused("ResourceNotFound", ACTION, given, says="CreateStorage")
    made = caller.ok("CreateStorage", {**second, "StorageRegion": "ap-beijing", "StorageName": "x"})["BucketId"]
    ids = [one["BucketId"] for one in caller.ok("DescribeStorage", second)["StorageInfoSet"]]
    assert ids == [made]
    caller.ok(ACTION, given)
    foreign = policy(allow(["name/vod:PutObject"], here(made, "k")))
    caller.refused("FailedOperation.BucketIdNotMatch", ACTION, {"SubAppId": APPLICATION, "Policy": foreign}, says=made)
    minted = credentials(caller, policy(allow(["name/vod:PutObject"], "*")))
    for name, status in (("demo", 200), (made, 403)):
        bucket = Bucket(server=server, name=name, client=caller.client)
        holder = Speaker(bucket=bucket, cloud=S3, owner=minted.owner)
        assert holder.ask("PUT", "k", body=b"x", how=minted.how).status == status
    caller.client.close()
