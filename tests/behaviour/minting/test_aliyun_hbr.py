"""HBR's temporary files over raw HTTP: the seed's reply, a form that uploads one file, an address that reads one.

Sources: seed 001; wire facts of Alibaba §2, §3; issue "honoured exactly".
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from behaviour.bucket import Bucket
from behaviour.client import DEV, Client, Reply
from behaviour.conftest import OTHER
from behaviour.server import Server
from behaviour.storage.clouds import OSS
from behaviour.storage.signers import How
from behaviour.storage.speaker import Speaker
from entrepot.clock_and_chance import now
from entrepot.core.rights.identity import Key

from .aliyun import BUCKET, ROLE, USER_ID, Caller, Way, of_sts, post
from .clock import Clock

UPLOAD, LINK = "CreateTempFileUploadUrl", "GetTempFileDownloadLink"
FREELY = {"mint__requests_per_second": "1000000"}


@pytest.fixture
def caller(server: Server) -> Iterator[Caller]:
    """The development account's key."""
    client = server.client()
    yield Caller(server=server, client=client)
    client.close()


@pytest.fixture
def at(serving: Callable[..., Server]) -> Iterator[Callable[..., Caller]]:
    """A caller at a server with other settings."""
    made: list[Client] = []

    def start(*options: str, **settings: str) -> Caller:
        server = serving(*options, **{**FREELY, **settings})
        made.append(server.client())
        return Caller(server=server, client=made[-1])

    yield start
    for client in made:
        client.close()


def reader(caller: Caller, name: str = BUCKET) -> Speaker:
    """The owner, who sees everything in the bucket."""
    return Speaker(bucket=Bucket(server=caller.server, name=name, client=caller.client), cloud=OSS, owner=DEV)


def key_of(caller: Caller, key_id: str) -> Key:
    """The row of a key."""
    key = caller.server.ask(lambda reader: reader.key(key_id))
    assert key is not None
    return key


def revoke(caller: Caller, key_id: str) -> None:
    """Withdraw a right, as the command line does."""
    caller.server._write(lambda tx: tx.revoke_key(key_id, now()))


# The reply.


@pytest.mark.parametrize("by", ["acs3", "rpc"])
def test_the_eleven_fields(caller: Caller, by: str) -> None:
    began = int(time.time())
    fields = caller.ok(UPLOAD, Way(by=by), FileName="file-list.txt")  # type: ignore[arg-type]
    assert set(fields) == {
        "Endpoint", "RequestId", "ExpireTime", "Success", "Code", "TempFileKey", "Message", "BucketName",
        "OssAccessKeyId", "Policy", "Signature",
    }  # fmt: skip
    assert (fields["Success"], fields["Code"], fields["Message"]) == (True, "200", "successful")
    assert (fields["BucketName"], fields["Endpoint"]) == (BUCKET, f"127.0.0.1:{caller.server.port}")
    assert began + 3600 <= fields["ExpireTime"] <= time.time() + 3600
    assert re.fullmatch(
        rf"temp/{USER_ID}/upload/\d{{4}}-\d\d-\d\d/[0-9a-f]{{8}}-[0-9a-f]{{4}}-4[0-9a-f]{{3}}-[89ab][0-9a-f]{{3}}-"
        r"[0-9a-f]{12}/file-list\.txt", fields["TempFileKey"],
    )  # fmt: skip
    assert re.fullmatch(r"LTAI[A-Za-z0-9]{32}", fields["OssAccessKeyId"])
    assert len(base64.b64decode(fields["Signature"], validate=True)) == 20
    assert fields["Policy"].startswith("eyJleH"), "the seed's begins so"
    policy = json.loads(base64.b64decode(fields["Policy"]))
    assert list(policy) == ["expiration", "conditions"]
    assert policy["conditions"] == [{"bucket": BUCKET}, ["eq", "$key", fields["TempFileKey"]]]
    assert datetime.fromisoformat(policy["expiration"]).timestamp() == fields["ExpireTime"]
    assert policy["expiration"].endswith(".000Z")


def test_every_call_has_a_key_of_its_own(caller: Caller) -> None:
    replies = [caller.ok(UPLOAD, FileName="same.txt") for _ in range(8)]
    assert len({reply["TempFileKey"] for reply in replies}) == len({reply["OssAccessKeyId"] for reply in replies}) == 8


@pytest.mark.parametrize(
    "name", ["a", "a b/c+d", "..a", "中文 é.txt", 'q"u\\o$te\\$', "$key", "%2F", "a" * 900, "-", " ", "/x", "{}[]"]
)
def test_any_name_can_be_uploaded(caller: Caller, name: str) -> None:
    minted = caller.ok(UPLOAD, FileName=name)
    assert minted["TempFileKey"].endswith("/" + name)
    assert post(caller.client, minted, b"named").status == 204
    assert reader(caller).content(minted["TempFileKey"]) == b"named"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "MissingFileName"),
        ({"FileName": ""}, "MissingFileName"),
        ({"FileName": "a" * 1000}, "InvalidFileName"),
        ({"FileName": "中" * 320}, "InvalidFileName"),
        ({"FileName": "dir/"}, "InvalidFileName"),
        ({"FileName": "a\0b"}, "InvalidFileName"),
        ({"FileName": "a\nb"}, "InvalidFileName"),
        ({"FileName": "a${filename}"}, "InvalidFileName"),
    ],
)
def test_names_that_cannot_be(caller: Caller, given: dict[str, str], code: str) -> None:
    caller.refused(400, code, UPLOAD, **given)


# The form, honoured exactly.


def test_the_form_uploads_the_file(caller: Caller) -> None:
    minted = caller.ok(UPLOAD, FileName="file-list.txt")
    assert post(caller.client, minted, b"content").status == 204
    assert reader(caller).content(minted["TempFileKey"]) == b"content"
    created = post(caller.client, minted, b"again", success_action_status="201")
    assert created.status == 201, "until it ends it may be sent again"
    assert f"<Key>{minted['TempFileKey']}</Key>".encode() in created.body
    assert reader(caller).content(minted["TempFileKey"]) == b"again"


def test_a_key_that_is_checked_too_late_stores_nothing(caller: Caller) -> None:
    minted = caller.ok(UPLOAD, FileName="x")
    before = reader(caller).keys(prefix=minted["TempFileKey"][:-3])
    assert post(caller.client, minted, key=minted["TempFileKey"] + "y").status == 403
    assert reader(caller).keys(prefix=minted["TempFileKey"][:-3]) == before


def flip(text: str) -> str:
    """Base64 that says something else."""
    at = len(text) // 2
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


def wider(minted: dict[str, Any]) -> str:
    """The policy with its condition on the key left out."""
    policy = json.loads(base64.b64decode(minted["Policy"]))
    return base64.b64encode(json.dumps({**policy, "conditions": policy["conditions"][:1]}).encode()).decode()


def later(minted: dict[str, Any]) -> str:
    """The policy with a later end."""
    policy = json.loads(base64.b64decode(minted["Policy"]))
    return base64.b64encode(json.dumps({**policy, "expiration": "2099-01-01T00:00:00.000Z"}).encode()).decode()


Change = Callable[[dict[str, Any]], dict[str, str]]
CHANGES: dict[str, Change] = {
    "another key": lambda minted: {"key": "temp/other"},
    "a longer key": lambda minted: {"key": minted["TempFileKey"] + "x"},
    "a key below it": lambda minted: {"key": minted["TempFileKey"] + "/x"},
    "a sibling": lambda minted: {"key": minted["TempFileKey"].rpartition("/")[0] + "/other.txt"},
    "a shorter key": lambda minted: {"key": minted["TempFileKey"][:-1]},
    "another case": lambda minted: {"key": minted["TempFileKey"].upper()},
    "another bucket": lambda minted: {"bucket": "demo"},
    "a bucket that is not there": lambda minted: {"bucket": "hbr-temp-bucket-2"},
    "another policy": lambda minted: {"policy": flip(minted["Policy"])},
    "a wider policy": lambda minted: {"policy": wider(minted)},
    "a later end": lambda minted: {"policy": later(minted)},
    "another signature": lambda minted: {"Signature": flip(minted["Signature"])},
    "no signature": lambda minted: {"Signature": ""},
    "no policy": lambda minted: {"policy": ""},
    "no key id": lambda minted: {"OSSAccessKeyId": ""},
    "nothing signed": lambda minted: {"OSSAccessKeyId": "", "policy": "", "Signature": ""},
    "another key id": lambda minted: {"OSSAccessKeyId": DEV.key_id},
    "a key id of another account": lambda minted: {"OSSAccessKeyId": OTHER.key_id},
    "a token": lambda minted: {"x-oss-security-token": "token"},
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_form_that_was_changed_is_refused(caller: Caller, name: str) -> None:
    minted = dict(caller.ok(UPLOAD, FileName="changed.txt"))
    reply = post(caller.client, minted, b"changed", **CHANGES[name](minted))
    assert reply.status in {400, 403, 404}, str(reply)
    start = minted["TempFileKey"].removesuffix("/changed.txt")
    assert reader(caller).keys(prefix=start) == []


def test_the_rights_of_two_forms_are_their_own(caller: Caller) -> None:
    one, two = (dict(caller.ok(UPLOAD, FileName="mixed.txt")) for _ in range(2))
    for name in ("TempFileKey", "OssAccessKeyId", "Policy", "Signature"):
        assert post(caller.client, {**one, name: two[name]}).status == 403, name


SECRET_OF_KEY: dict[str, tuple[str, str, int]] = {
    "put": ("PUT", "{key}", 403), "get": ("GET", "{key}", 403), "head": ("HEAD", "{key}", 403),
    "delete": ("DELETE", "{key}", 403), "list": ("GET", "", 403), "drop": ("DELETE", "", 403),
    "append": ("POST", "{key}?append&position=0", 403), "initiate": ("POST", "{key}?uploads", 403),
    "acl": ("GET", "{key}?acl", 403),
}  # fmt: skip


@pytest.mark.parametrize("name", SECRET_OF_KEY)
def test_even_its_secret_could_do_nothing_else(caller: Caller, name: str) -> None:
    """Nobody is told the secret; if somebody knew it, the grant would still be the form's."""
    minted = caller.ok(UPLOAD, FileName="secret.txt")
    assert post(caller.client, minted).status == 204
    key = key_of(caller, minted["OssAccessKeyId"])
    method, template, status = SECRET_OF_KEY[name]
    path, _, query = template.format(key=minted["TempFileKey"]).partition("?")
    holder = replace(reader(caller), owner=replace(DEV, key_id=key.id, secret=key.secret))
    pairs = dict(part.partition("=")[::2] for part in query.split("&")) if query else {}
    assert holder.ask(method, path, query=pairs, body=b"").status == status
    assert reader(caller).content(minted["TempFileKey"]) == b"content"


def test_its_key_calls_no_api(caller: Caller) -> None:
    minted = caller.ok(UPLOAD, FileName="a")
    key = key_of(caller, minted["OssAccessKeyId"])
    holder = replace(caller, owner=replace(DEV, key_id=key.id, secret=key.secret))
    holder.refused(403, "NoPermission", UPLOAD, FileName="b")
    holder.refused(403, "NoPermission", "AssumeRole", RoleArn=ROLE, RoleSessionName="bob")


def test_a_form_can_be_revoked(caller: Caller) -> None:
    """From the next request on; others stay."""
    revoked, kept = caller.ok(UPLOAD, FileName="a"), caller.ok(UPLOAD, FileName="a")
    assert post(caller.client, revoked).status == 204
    revoke(caller, revoked["OssAccessKeyId"])
    refused = post(caller.client, revoked)
    assert (refused.status, b"<Code>InvalidAccessKeyId</Code>" in refused.body) == (403, True)
    assert post(caller.client, kept).status == 204


def test_it_cannot_be_used_by_another_account(caller: Caller) -> None:
    """Whose bucket of that name holds nothing of it."""
    other = replace(caller, owner=OTHER)
    mine, theirs = caller.ok(UPLOAD, FileName="a"), other.ok(UPLOAD, FileName="a")
    assert theirs["TempFileKey"].split("/")[1] != USER_ID
    assert post(caller.client, theirs, b"theirs").status == 204
    assert post(caller.client, mine, bucket=f"{BUCKET}-{OTHER.appid}").status == 403
    assert reader(caller).keys(prefix=theirs["TempFileKey"]) == []
    assert reader(caller).as_owner(OTHER).content(theirs["TempFileKey"]) == b"theirs"


# Limits beyond the cloud's.


def test_a_longer_file_is_cut_off(at: Callable[..., Caller]) -> None:
    caller = at(mint__hbr_max_bytes="1000")
    minted = caller.ok(UPLOAD, FileName="a")
    policy = json.loads(base64.b64decode(minted["Policy"]))
    assert ["content-length-range", 0, 1000] in policy["conditions"]
    for content, status in ((b"", 204), (b"x" * 1000, 204), (b"x" * 1001, 400), (b"x" * 3_000_000, 400)):
        assert post(caller.client, minted, content).status == status
    assert reader(caller).content(minted["TempFileKey"]) == b"x" * 1000


def test_another_type_is_refused(at: Callable[..., Caller]) -> None:
    caller = at(mint__hbr_content_types="text/plain")
    minted = caller.ok(UPLOAD, FileName="a")
    assert post(caller.client, minted, kind="image/png").status == 403
    assert post(caller.client, minted, kind="text/plain").status == 204


def test_of_many_tries_at_once_one_passes(at: Callable[..., Caller]) -> None:
    caller = at(mint__hbr_uses="1")
    minted = caller.ok(UPLOAD, FileName="once")

    def attempt(number: int) -> int:
        client = caller.server.client()
        try:
            return post(client, minted, b"%d" % number).status
        finally:
            client.close()

    with ThreadPoolExecutor(32) as pool:
        assert sorted(pool.map(attempt, range(64))) == [204] + [403] * 63
    assert post(caller.client, minted).status == 403


# The address that reads.


def uploaded(caller: Caller, content: bytes = b"content") -> str:
    """The key of a temporary file that is there."""
    minted = caller.ok(UPLOAD, FileName="a b+中.txt")
    assert post(caller.client, minted, content).status == 204
    return str(minted["TempFileKey"])


def follow(caller: Caller, url: str, method: str = "GET", body: bytes = b"", **headers: str) -> Reply:
    """A request for an address, as it is."""
    parts = urlsplit(url)
    return caller.client.send(
        method, f"{parts.path}?{parts.query}", headers=list(headers.items()), body=body, host=parts.netloc
    )


def test_a_link_reads_the_file(caller: Caller) -> None:
    key = uploaded(caller)
    fields = caller.ok(LINK, TempFileKey=key)
    assert set(fields) == {"RequestId", "Success", "Code", "Message", "Url"}
    assert (fields["Success"], fields["Code"]) == (True, "200")
    url = fields["Url"]
    assert url.startswith(f"http://127.0.0.1:{caller.server.port}/{BUCKET}/{quote(key)}?Expires=")
    assert follow(caller, url).body == b"content"
    part = follow(caller, url, Range="bytes=1-3")
    assert (part.status, part.body) == (206, b"ont")


@pytest.mark.parametrize("method", ["PUT", "HEAD", "DELETE", "POST"])
def test_a_link_does_nothing_else(caller: Caller, method: str) -> None:
    key = uploaded(caller)
    url = caller.ok(LINK, TempFileKey=key)["Url"]
    assert follow(caller, url, method, b"new" if method == "PUT" else b"").status in {403, 405}
    assert reader(caller).content(key) == b"content"


def test_a_link_that_was_changed_is_refused(caller: Caller) -> None:
    key, other = uploaded(caller), uploaded(caller)
    url = caller.ok(LINK, TempFileKey=key)["Url"]
    expires = url.partition("Expires=")[2].partition("&")[0]
    for changed in (
        url.replace(quote(key), quote(other)), url.replace(quote(key), quote(key) + "x"),
        url.replace(f"/{BUCKET}/", "/demo/"), url.replace(expires, str(int(expires) + 1)),
        url.replace("Signature=", "Signature=A"), url + "&security-token=t", url + "&acl",
    ):  # fmt: skip
        assert follow(caller, changed).status == 403, changed
    assert follow(caller, url.partition("&Signature")[0]).status in {400, 403}
    revoke(caller, url.partition("OSSAccessKeyId=")[2].partition("&")[0])
    assert follow(caller, url).status == 403


def test_links_are_for_files_of_the_callers_account_that_are_there(caller: Caller) -> None:
    key = uploaded(caller)
    missing = caller.ok(UPLOAD, FileName="never uploaded")["TempFileKey"]
    caller.refused(404, "ObjectNotExist", LINK, TempFileKey=missing)
    caller.refused(404, "ObjectNotExist", LINK, TempFileKey="a.txt")
    caller.refused(400, "MissingTempFileKey", LINK)
    other = replace(caller, owner=OTHER)
    other.refused(404, "ObjectNotExist", LINK, TempFileKey=key)
    other.refused(404, "ObjectNotExist", LINK, TempFileKey=key.replace(USER_ID, "1"))


# Who may mint.

MAY_MINT = {"Effect": "Allow", "Action": "hbr:CreateTempFileUploadUrl", "Resource": "*"}
MAY_STORE = {"Effect": "Allow", "Action": "oss:PutObject", "Resource": f"acs:oss:*:*:{BUCKET}/*"}
MAY_READ = {"Effect": "Allow", "Action": ["hbr:Get*", "oss:GetObject"], "Resource": "*"}
MAY_NOT = {"Effect": "Deny", "Action": "hbr:Create*", "Resource": "*"}


@pytest.mark.parametrize(
    ("statements", "minting", "storing", "linking"),
    [
        ([MAY_MINT, MAY_STORE], 200, 204, 403),
        ([MAY_MINT], 200, 204, 403),
        ([MAY_MINT, {**MAY_STORE, "Effect": "Deny"}], 200, 403, 403),
        ([MAY_STORE], 403, None, 403),
        ([MAY_MINT, MAY_STORE, MAY_NOT], 403, None, 403),
        ([MAY_READ], 403, None, 200),
        ([{"Effect": "Allow", "Action": "*", "Resource": "*"}], 200, 204, 200),
    ],
    ids=["mint and store", "mint only", "mint, and not store", "store only", "denied", "read only", "everything"],
)
def test_ram_authorisation(
    caller: Caller, statements: list[dict[str, Any]], minting: int, storing: int | None, linking: int
) -> None:
    """Calling needs the action (seed 001: no dependent action), and what is denied to the minter stays denied."""
    key = uploaded(caller)
    policy = json.dumps({"Version": "1", "Statement": statements})
    held = of_sts(caller.ok("AssumeRole", RoleArn=ROLE, RoleSessionName="bob", Policy=policy))
    user = replace(caller, owner=held.owner, token=held.token)
    answered = user.call(UPLOAD, FileName="a")
    assert answered.reply.status == minting
    if minting == 403:
        assert answered.code == "NoPermission"
        assert answered.fields["AccessDeniedDetail"]["AuthAction"] == f"hbr:{UPLOAD}"
    if storing is not None:
        assert post(caller.client, answered.fields).status == storing
    assert user.call(LINK, TempFileKey=key).reply.status == linking


def test_a_sub_user_by_its_policies(caller: Caller) -> None:
    def user(*statements: dict[str, Any]) -> Caller:
        made = caller.server.make_user(DEV.appid, json.dumps({"Version": "1", "Statement": list(statements)}))
        return replace(caller, owner=made)

    user(MAY_STORE).refused(403, "NoPermission", UPLOAD, FileName="a")
    both = user(MAY_MINT, MAY_STORE)
    minted = both.ok(UPLOAD, FileName="a")
    assert post(caller.client, minted).status == 204
    both.refused(403, "NoPermission", LINK, TempFileKey=minted["TempFileKey"])
    exactly = user(MAY_MINT)
    form = exactly.ok(UPLOAD, FileName="a")
    assert post(caller.client, form, b"stored").status == 204, "the seed names no dependent action"
    assert reader(caller).content(form["TempFileKey"]) == b"stored"
    own = Speaker(bucket=reader(caller).bucket, cloud=OSS, owner=exactly.owner)
    for method in ("GET", "PUT", "DELETE"):
        assert own.ask(method, form["TempFileKey"]).status == 403, "the form stores; its minter may not"
    denied = user(MAY_MINT, {"Effect": "Deny", "Action": "oss:PutObject", "Resource": "*"})
    assert post(caller.client, denied.ok(UPLOAD, FileName="a")).status == 403, "what is denied stays denied"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("x-oss-object-acl", "public-read"), ("success_action_redirect", "http://e.test/"),
        ("callback", base64.b64encode(b'{"callbackUrl":"http://127.0.0.1:1/","callbackBody":"a"}').decode()),
        ("redirect", "http://e.test/"),
    ],
)  # fmt: skip
def test_what_its_holder_may_not_add(caller: Caller, field: str, value: str) -> None:
    """Faults 2.6: published, led elsewhere, called home. Neither the policy nor the API says any of it."""
    minted = caller.ok(UPLOAD, FileName="page.html")
    assert post(caller.client, minted, b"<script>", **{field: value}).status == 403
    assert reader(caller).ask("GET", minted["TempFileKey"]).status == 404, "nothing was stored"
    assert post(caller.client, minted, b"x", success_action_status="200").status == 200


def test_a_field_that_only_other_clouds_have_publishes_nothing(caller: Caller) -> None:
    """OSS names the ACL of a form's object x-oss-object-acl; ``acl`` is S3's and COS's, and no field of OSS."""
    minted = caller.ok(UPLOAD, FileName="page.html")
    assert post(caller.client, minted, b"x", acl="public-read-write").status in {200, 204, 403}
    assert reader(caller).ask("GET", minted["TempFileKey"], how=None).status == 403


@pytest.mark.parametrize("name", ["..", ".", "../x", "a/../b", "a/./b", "a/.."])
def test_names_that_clients_would_fold(caller: Caller, name: str) -> None:
    """A client that asks for the address of such a key asks for another one."""
    caller.refused(400, "InvalidFileName", UPLOAD, FileName=name)


# The ledger.


def test_the_row_of_a_right(caller: Caller) -> None:
    minted = caller.ok(UPLOAD, FileName="told.txt")
    key = key_of(caller, minted["OssAccessKeyId"])
    assert key.minted is not None
    assert (key.minted.api, key.minted.minter) == (f"hbr:{UPLOAD}", DEV.key_id)
    assert (key.minted.client, key.minted.bucket, key.minted.key) == ("127.0.0.1", BUCKET, minted["TempFileKey"])
    assert key.minted.allows == f"upload by form {minted['TempFileKey']} in {BUCKET}"
    assert (key.account, int(key.expires_at or 0)) == (DEV.appid, minted["ExpireTime"])


# Addresses.


def test_addresses_below_a_configured_domain(at: Callable[..., Caller]) -> None:
    """The cloud's form: the bucket before the endpoint."""
    caller = at(domains="oss.example.com")
    endpoint = f"oss.example.com:{caller.server.port}"
    minted = caller.ok(UPLOAD, Way(host=endpoint), FileName="a")
    assert minted["Endpoint"] == endpoint
    assert post(caller.client, minted, b"by host", bucket="", host=f"{BUCKET}.{endpoint}").status == 204
    url = caller.ok(LINK, Way(host=endpoint), TempFileKey=minted["TempFileKey"])["Url"]
    assert url.startswith(f"http://{BUCKET}.{endpoint}/temp/")
    assert follow(caller, url).body == b"by host"
    minted = caller.ok(UPLOAD, FileName="b")
    assert minted["Endpoint"] == f"127.0.0.1:{caller.server.port}", "who came by another way goes on by it"
    assert post(caller.client, minted, b"by path").status == 204


def test_addresses_for_a_client_that_uses_the_clouds_names(caller: Caller) -> None:
    for host, endpoint in (
        ("hbr.cn-shenzhen.aliyuncs.com", "oss-cn-shenzhen.aliyuncs.com"),
        ("hbr.cn-shenzhen.aliyuncs.com:8080", "oss-cn-shenzhen.aliyuncs.com:8080"),
    ):
        minted = caller.ok(UPLOAD, Way(host=host), FileName="a")
        assert minted["Endpoint"] == endpoint
        assert post(caller.client, minted, b"x", bucket="", host=f"{BUCKET}.{endpoint}").status == 204
        url = caller.ok(LINK, Way(host=host), TempFileKey=minted["TempFileKey"])["Url"]
        assert url.startswith(f"http://{BUCKET}.{endpoint}/")
        assert follow(caller, url).body == b"x"


def test_addresses_with_a_public_url(at: Callable[..., Caller]) -> None:
    caller = at("--public-url", "https://files.example.com")
    minted = caller.ok(UPLOAD, FileName="a")
    assert minted["Endpoint"] == "files.example.com"
    assert post(caller.client, minted, host="files.example.com").status == 204
    url = caller.ok(LINK, TempFileKey=minted["TempFileKey"])["Url"]
    assert url.startswith(f"https://files.example.com/{BUCKET}/temp/")


def test_another_bucket(at: Callable[..., Caller]) -> None:
    caller = at(mint__hbr_bucket="a-hbr-temp-cn-hangzhou")
    minted = caller.ok(UPLOAD, FileName="a")
    assert minted["BucketName"] == "a-hbr-temp-cn-hangzhou"
    assert post(caller.client, minted, bucket=minted["BucketName"]).status == 204


# Time.


@pytest.fixture
def turned(turning: tuple[Server, Clock]) -> Iterator[tuple[Caller, Clock]]:
    """A caller at a server whose clock can be turned."""
    server, clock = turning
    client = server.client()
    yield Caller(server=server, client=client), clock
    client.close()


def test_rights_end(turned: tuple[Caller, Clock]) -> None:
    caller, clock = turned
    clock.turn(0)
    minted = caller.ok(UPLOAD, FileName="a")
    assert post(caller.client, minted).status == 204
    url = caller.ok(LINK, TempFileKey=minted["TempFileKey"])["Url"]
    clock.turn(3590)
    assert post(caller.client, minted, b"in time").status == 204
    assert follow(caller, url).body == b"in time"
    clock.turn(3602)
    assert post(caller.client, minted, b"late").status == 403
    assert follow(caller, url).status == 403
    caller.refused(400, "InvalidTimeStamp.Expired", UPLOAD, FileName="a")
    fresh = caller.ok(LINK, Way(age=-3602), TempFileKey=minted["TempFileKey"])["Url"]
    assert follow(caller, fresh).body == b"in time"


def test_files_are_deleted_after_a_day(turned: tuple[Caller, Clock]) -> None:
    """By the running server, whatever rules the bucket has; other files in the bucket stay."""
    caller, clock = turned
    clock.turn(0)
    minted = caller.ok(UPLOAD, FileName="old.txt")
    assert post(caller.client, minted).status == 204
    owner = reader(caller)
    owner.put("kept.txt")
    clock.turn(86_000)
    time.sleep(1)
    assert minted["TempFileKey"] in owner_keys(caller, 86_000)
    clock.turn(86_410)
    deadline = time.monotonic() + 30
    while minted["TempFileKey"] in (left := owner_keys(caller, 86_410)):
        assert time.monotonic() < deadline, left
        time.sleep(0.2)
    assert "kept.txt" in left


def owner_keys(caller: Caller, ahead: float) -> list[str]:
    """What is in the bucket, at a server whose clock is ahead."""
    asked = reader(caller)
    listed = asked.ok("GET", query={"max-keys": "1000"}, how=How(age=-ahead))
    return asked.cloud.values(listed, "Key")
