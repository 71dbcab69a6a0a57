"""GetResourceUploadUrl, honoured exactly: one PUT address, ten minutes, one key, nothing else.

Source: the seed; wire facts of Volcengine §2.3, §2.4.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import pytest

from behaviour.bucket import Bucket
from behaviour.client import DEV, Owner, Reply
from behaviour.conftest import OTHER
from behaviour.server import Server
from behaviour.storage.clouds import CLOUDS, Cloud
from behaviour.storage.signers import TOS4, Asked, How
from behaviour.storage.speaker import Speaker
from entrepot.clock_and_chance import now
from entrepot.core.rights.grant import Clause, Grant, Right, Rule, Scope
from entrepot.core.rights.identity import Key

from .sounds import mp3, wav
from .volcengine import BUCKET, Caller, Url, Way

TOS = next(cloud for cloud in CLOUDS if cloud.name == "tos")
URL = "GetResourceUploadUrl"


@pytest.fixture
def caller(server: Server) -> Iterator[Caller]:
    """The development key."""
    made = Caller(server=server, client=server.client())
    yield made
    made.client.close()


def speaker(caller: Caller, cloud: Cloud = TOS) -> Speaker:
    """The owner, at the bucket of voice files."""
    bucket = Bucket(server=caller.server, name=BUCKET, owner=caller.owner, client=caller.client)
    return Speaker(bucket=bucket, cloud=cloud, owner=caller.owner)


def send(caller: Caller, url: Url, method: str = "PUT", body: bytes = b"", **headers: str) -> Reply:
    """A request to an address."""
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return caller.client.send(method, url.target, headers=named, body=body, host=url.host)


def altered(url: Url, **parameters: str | None) -> Url:
    """The address with other parameters; None leaves one out."""
    base, _, query = url.text.partition("?")
    pairs = [(name, parameters.get(name, value)) for name, value in parse_qsl(query, keep_blank_values=True)]
    pairs += [(name, value) for name, value in parameters.items() if name not in dict(pairs)]
    return Url(text=f"{base}?{urlencode([(name, value) for name, value in pairs if value is not None])}")


def elsewhere(url: Url, old: str, new: str) -> Url:
    """The address with another path."""
    base, mark, query = url.text.partition("?")
    assert old in base
    return Url(text=base.replace(old, new) + mark + query)


# -- the address -------------------------------------------------------------------------------------------------------


def test_the_address_is_as_the_seed_has_it(caller: Caller) -> None:
    url = caller.url("nihaolihuanying.wav")
    local = f"127.0.0.1:{caller.server.port}"
    assert url.text.startswith(f"http://{local}/{BUCKET}/{DEV.appid}/nihaolihuanying.wav?X-Tos-Algorithm=")
    query = url.query
    assert sorted(query) == [f"X-Tos-{name}" for name in (
        "Algorithm", "Credential", "Date", "Expires", "Signature", "SignedHeaders")]  # fmt: skip
    assert (query["X-Tos-Algorithm"], query["X-Tos-Expires"]) == ("TOS4-HMAC-SHA256", "600")
    assert query["X-Tos-SignedHeaders"] == "host"
    assert query["X-Tos-Credential"].split("/")[2:] == ["cn-beijing", "tos", "request"]
    assert url.key_id != caller.owner.key_id


def test_the_address_leads_back_the_way_the_client_came(caller: Caller) -> None:
    host = f"localhost:{caller.server.port}"
    assert caller.url("a.wav", Way(host=host)).text.startswith(f"http://{host}/{BUCKET}/")
    cloud = caller.url("a.wav", Way(host="cloud-vms.volcengineapi.com"))
    assert cloud.text.startswith(f"http://{BUCKET}.tos-cn-beijing.volces.com/{DEV.appid}/a.wav?")
    assert send(caller, cloud, body=wav()).status == 200
    port = caller.server.port
    named = caller.url("a.wav", Way(host=f"cloud-vms.volcengineapi.com:{port}"))
    assert named.host == f"{BUCKET}.tos-cn-beijing.volces.com:{port}"
    assert send(caller, named, body=wav()).status == 200


def test_public_addresses_and_domains(serving: Callable[..., Server]) -> None:
    server = serving(
        "--public-url", "https://files.example.com", domains="files.example.com", mint__requests_per_second="1000000"
    )
    caller = Caller(server=server, client=server.client())
    url = caller.url("a b.mp3")
    assert url.text.startswith(f"https://{BUCKET}.files.example.com/{DEV.appid}/a%20b.mp3?")
    assert send(caller, url, body=mp3()).status == 200
    assert speaker(caller).content(f"{DEV.appid}/a b.mp3") == mp3()
    caller.client.close()


@pytest.mark.parametrize(
    "name", ["a.mp3", "A.WAV", "e7737a12667f4373a5c96220ecb395b5.mp3", "abcdef", "中文 +&=%41é.mp3", ".mp3", "a.b.wav",
             "x" * 251 + ".mp3"]
)  # fmt: skip
def test_names(caller: Caller, name: str) -> None:
    url = caller.url(name)
    assert send(caller, url, body=b"content").status == 200
    assert speaker(caller).content(f"{DEV.appid}/{name}") == b"content"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "MissingParameter"), (None, "MissingParameter"),
        ("a.txt", "InvalidParameter"), ("a.ogg", "InvalidParameter"),
        ("a/b.mp3", "InvalidParameter"), ("a\\b.mp3", "InvalidParameter"), ("..", "InvalidParameter"),
        ("../x.mp3", "InvalidParameter"), ("a\n.mp3", "InvalidParameter"), ("x" * 252 + ".mp3", "InvalidParameter"),
        ("中" * 84 + ".mp3", "InvalidParameter"), ("a.mp3.", "InvalidParameter"),
    ],
)  # fmt: skip
def test_names_that_cannot_be(caller: Caller, name: str | None, code: str) -> None:
    says = {
        "MissingParameter": "The required parameter FileName is missing.",
        "InvalidParameter": "The specified parameter FileName is invalid.",
    }[code]
    caller.refused(code, URL, {} if name is None else {"FileName": name}, says=says)


def test_the_same_name_gives_the_same_object_and_a_fresh_right(caller: Caller) -> None:
    first, second = caller.url("again.wav"), caller.url("again.wav")
    assert first.target.partition("?")[0] == second.target.partition("?")[0]
    assert first.key_id != second.key_id
    assert send(caller, first, body=wav(level=1)).status == 200
    assert send(caller, second, body=wav(level=2)).status == 200
    assert speaker(caller).content(f"{DEV.appid}/again.wav") == wav(level=2)


# -- honoured exactly --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["", "audio/mpeg", "application/octet-stream", "text/html"])
def test_any_content_type_passes(caller: Caller, kind: str) -> None:
    url = caller.url("typed.mp3")
    assert send(caller, url, body=mp3(), **({"Content_Type": kind} if kind else {})).status == 200


def test_a_long_body_passes(caller: Caller) -> None:
    """The limit of 5 MB is the commit's."""
    assert send(caller, caller.url("long.mp3"), body=bytes(6 << 20)).status == 200


KEY = f"{DEV.appid}/exact.wav"
ATTEMPTS: dict[str, Callable[[Caller, Url], Reply]] = {
    "get": lambda caller, url: send(caller, url, "GET"),
    "head": lambda caller, url: send(caller, url, "HEAD"),
    "delete": lambda caller, url: send(caller, url, "DELETE"),
    "post": lambda caller, url: send(caller, url, "POST", b"x"),
    "other key": lambda caller, url: send(caller, elsewhere(url, "exact.wav", "exact.wav2"), body=b"x"),
    "sibling": lambda caller, url: send(caller, elsewhere(url, "exact.wav", "exact"), body=b"x"),
    "below": lambda caller, url: send(caller, elsewhere(url, "exact.wav", "exact.wav/x"), body=b"x"),
    "other folder": lambda caller, url: send(caller, elsewhere(url, f"/{DEV.appid}/", "/other/"), body=b"x"),
    "bucket": lambda caller, url: send(caller, elsewhere(url, f"/{DEV.appid}/exact.wav", ""), body=b""),
    "other bucket": lambda caller, url: send(caller, elsewhere(url, BUCKET, "demo"), body=b"x"),
    "longer": lambda caller, url: send(caller, altered(url, **{"X-Tos-Expires": "6000"}), body=b"x"),
    "later": lambda caller, url: send(caller, altered(url, **{"X-Tos-Date": TOS4_LATER}), body=b"x"),
    "other signer": lambda caller, url: send(
        caller, altered(url, **{"X-Tos-Credential": url.query["X-Tos-Credential"].replace(url.key_id, DEV.key_id)}),
        body=b"x",
    ),
    "part": lambda caller, url: send(caller, altered(url, partNumber="1", uploadId="0" * 32), body=b"x"),
    "acl": lambda caller, url: send(caller, altered(url, acl=""), x_tos_acl="public-read"),
    "acl header": lambda caller, url: send(caller, url, body=b"x", x_tos_acl="public-read"),
    "metadata": lambda caller, url: send(caller, url, body=b"x", x_tos_meta_a="1"),
    "copy": lambda caller, url: send(caller, url, x_tos_copy_source="/demo/a"),
    "no signature": lambda caller, url: send(caller, altered(url, **{"X-Tos-Signature": None}), body=b"x"),
    "token": lambda caller, url: send(caller, altered(url, **{"X-Tos-Security-Token": "t"}), body=b"x"),
    "token header": lambda caller, url: send(caller, url, body=b"x", x_tos_security_token="t"),
    "two signatures": lambda caller, url: send(caller, url, body=b"x", Authorization="TOS4-HMAC-SHA256 x"),
    "every listing": lambda caller, url: send(caller, elsewhere(url, f"/{BUCKET}/{DEV.appid}/exact.wav", "/"), "GET"),
}  # fmt: skip
TOS4_LATER = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() + 500))


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_nothing_else_passes(caller: Caller, attempt: str) -> None:
    url = caller.url("exact.wav")
    assert send(caller, url, body=b"before").status == 200
    reply = ATTEMPTS[attempt](caller, url)
    assert reply.status in {400, 403, 404, 405}, str(reply)
    owner = speaker(caller)
    assert owner.content(KEY) == b"before"
    assert owner.keys(prefix=f"{DEV.appid}/exact") == [KEY]


@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)
def test_the_address_in_another_hosts_or_clouds_hands(caller: Caller, cloud: Cloud) -> None:
    """Whoever puts the id into another cloud's request has no secret; what was stored can be read in every dialect."""
    url = caller.url("everywhere.wav")
    assert send(caller, url, body=wav(2)).status == 200
    assert speaker(caller, cloud).content(f"{DEV.appid}/everywhere.wav") == wav(2)
    guessed = replace(speaker(caller, cloud), owner=Owner(appid=DEV.appid, key_id=url.key_id, secret=b"guess"))
    assert guessed.ask("GET", f"{DEV.appid}/everywhere.wav").status == 403
    other = replace(url, text=url.text.replace("127.0.0.1", "localhost"))
    assert send(caller, other, body=b"x").status == 403


def test_the_right_itself_is_narrow(caller: Caller) -> None:
    """Even with its secret, the key of an address puts that one object and does nothing else."""
    url = caller.url("narrow.wav")
    secret = _secret_of(caller.server, url.key_id)
    holder = replace(speaker(caller), owner=Owner(appid=DEV.appid, key_id=url.key_id, secret=secret))
    holder.ok("PUT", f"{DEV.appid}/narrow.wav", body=b"1")
    for method, key, query in (
        ("GET", f"{DEV.appid}/narrow.wav", {}), ("DELETE", f"{DEV.appid}/narrow.wav", {}),
        ("PUT", f"{DEV.appid}/narrow.wav2", {}), ("PUT", "narrow.wav", {}), ("GET", "", {}),
        ("POST", f"{DEV.appid}/narrow.wav", {"uploads": ""}), ("PUT", f"{DEV.appid}/narrow.wav", {"acl": ""}),
    ):  # fmt: skip
        acl = {"x-tos-acl": "public-read"} if "acl" in query else {}
        assert holder.ask(method, key, query=query, headers=acl).status == 403, (method, key, query)
    minter = Caller(server=caller.server, client=caller.client, owner=holder.owner)
    minter.refused("AccessDenied", URL, {"FileName": "more.wav"}, status=403)


def _secret_of(server: Server, key_id: str) -> bytes:
    key = server.ask(lambda reader: reader.key(key_id))
    assert key is not None
    return key.secret


def test_a_setting_says_how_long_it_lasts(serving: Callable[..., Server]) -> None:
    server = serving(mint__vms_seconds="2", mint__requests_per_second="1000000")
    caller = Caller(server=server, client=server.client())
    assert caller.url("soon.wav").query["X-Tos-Expires"] == "2"
    caller.client.close()


def test_it_can_be_revoked(caller: Caller) -> None:
    """From the next request on; other addresses of the same name stay."""
    url, kept = caller.url("revoked.wav"), caller.url("revoked.wav")
    assert send(caller, url, body=b"1").status == 200
    caller.server._write(lambda tx: tx.revoke_key(url.key_id, now()))
    refused = send(caller, url, body=b"2")
    assert refused.status == 403
    assert b"InvalidAccessKeyId" in refused.body
    assert send(caller, kept, body=b"3").status == 200


def test_an_upload_under_way_is_stopped_by_revocation(caller: Caller) -> None:
    """The body is on its way when the right is withdrawn: what arrives afterwards may be stored, or not, but whole."""
    url = caller.url("midway.wav")
    size, done = 1 << 20, threading.Event()
    replies: list[Reply] = []
    client = caller.server.client()

    def upload() -> None:
        try:
            replies.append(client.send("PUT", url.target, body=bytes(size), host=url.host))
        finally:
            done.set()

    threading.Thread(target=upload).start()
    caller.server._write(lambda tx: tx.revoke_key(url.key_id, now()))
    assert done.wait(30)
    client.close()
    assert replies[0].status in {200, 403}
    assert send(caller, url, body=b"x").status == 403


def test_it_ends_with_its_account(caller: Caller) -> None:
    other = replace(caller, owner=OTHER)
    url = other.url("theirs.wav")
    assert send(caller, url, body=b"1").status == 200
    assert speaker(other).content(f"{OTHER.appid}/theirs.wav") == b"1"
    assert send(caller, elsewhere(url, str(OTHER.appid), str(DEV.appid)), body=b"2").status == 403


def test_limits_of_the_operator(serving: Callable[..., Server]) -> None:
    server = serving(
        mint__vms_max_bytes="10", mint__vms_uses="2", mint__vms_bucket="voices", mint__requests_per_second="1000000"
    )
    caller = Caller(server=server, client=server.client())
    url = caller.url("limited.wav")
    assert "/voices/" in url.text
    assert send(caller, url, body=b"x" * 11).status in {400, 403}
    statuses = [send(caller, url, body=b"x" * 10).status for _ in range(3)]
    assert statuses == [200, 200, 403]
    caller.client.close()


def test_a_minter_cannot_give_more_than_it_has(caller: Caller) -> None:
    """Who may call the API may have what it mints, but no more of its bucket; who may not call it, nothing."""
    rights = {"mint": frozenset({Right.MINT}), "put": frozenset({Right.PUT_OBJECT})}
    for name, allowed in rights.items():
        grant = Grant(clauses=(Clause(rules=(Rule(rights=allowed, scope=Scope(account=DEV.appid)),)),))
        key = Key(id=f"volc-only-{name}", account=DEV.appid, secret=b"s3cret", grant=grant, created_at=now())
        caller.server._write(lambda tx, key=key: tx.add_key(key))
    minter = replace(caller, owner=Owner(appid=DEV.appid, key_id="volc-only-mint", secret=b"s3cret"))
    url = minter.url("more.wav")
    assert send(caller, url, body=b"x").status == 200
    host = f"127.0.0.1:{caller.server.port}"
    asked = Asked(method="PUT", path=f"/{BUCKET}/{DEV.appid}/more.wav", host=host, body=b"y")
    signed = TOS4.signed(asked, minter.owner, How(by="query"))
    assert caller.client.send("PUT", signed.target, body=b"y", host=host).status == 403
    putter = replace(caller, owner=Owner(appid=DEV.appid, key_id="volc-only-put", secret=b"s3cret"))
    putter.refused("AccessDenied", URL, {"FileName": "more.wav"}, status=403, says="vms:GetResourceUploadUrl")


def test_every_right_is_in_the_ledger(caller: Caller) -> None:
    url = caller.url("ledger.wav")
    assert send(caller, url, body=b"1").status == 200
    key = caller.server.ask(lambda reader: reader.key(url.key_id))
    assert key is not None
    assert key.minted is not None
    assert (key.minted.api, key.minted.minter) == (f"vms:{URL}", DEV.key_id)
    assert (key.minted.bucket, key.minted.key, key.minted.client) == (BUCKET, f"{DEV.appid}/ledger.wav", "127.0.0.1")
    assert 595 < (key.expires_at or 0) - now() <= 600
    found = caller.server.ask(lambda reader: reader.stored_by(url.key_id, 9))
    assert [stored for _, stored in found] == [f"{DEV.appid}/ledger.wav"]


def test_signing_by_hand_with_the_owners_key_still_works(caller: Caller) -> None:
    """The bucket is an ordinary one of the account."""
    caller.url("by-hand.wav")
    host = f"127.0.0.1:{caller.server.port}"
    asked = Asked(method="PUT", path=f"/{BUCKET}/free.txt", host=host, body=b"x")
    signed = TOS4.signed(asked, DEV, How(by="query"))
    assert caller.client.send("PUT", signed.target, body=b"x", host=host).status == 200


# The codes of seed 000.


def test_a_token_of_the_clients(caller: Caller) -> None:
    """The same token with the same parameters is the same call; with others it is refused."""
    token = {"ClientToken": "token-1"}
    first = caller.call(URL, {"FileName": "once.mp3", **token})
    again = caller.call(URL, {"FileName": "once.mp3", **token})
    assert first.code == again.code == ""
    answered = caller.refused("IdempotentParameterMismatch", URL, {"FileName": "other.mp3", **token}, status=400)
    assert answered.message.startswith("Parameters mismatch the previous request with a same ClientToken.")
    assert caller.call(URL, {"FileName": "other.mp3", "ClientToken": "token-2"}).code == ""
    assert caller.call(URL, {"FileName": "once.mp3", **token}).code == "", "a refusal changes nothing"


def test_a_trial(caller: Caller) -> None:
    for value in (True, "true"):
        answered = caller.refused("DryRunOperation", URL, {"FileName": "dry.mp3", "DryRun": value}, status=400)
        assert answered.message.startswith("The request is validated by a dryrun operation.")
    assert caller.call(URL, {"FileName": "dry.mp3", "DryRun": False}).code == ""
    caller.refused("InvalidParameter", URL, {"FileName": "dry.txt", "DryRun": True}, status=400)
    caller.refused("InvalidParameter", URL, {"FileName": "dry.mp3", "DryRun": "maybe"}, status=400)
    caller.refused("InvalidParameter", "OpenDeleteResource", {"ResourceKey": "x", "DryRun": True}, status=400)


@pytest.mark.parametrize("value", [1, True, ["a.mp3"], {"a": 1}])
def test_a_name_is_a_text(caller: Caller, value: object) -> None:
    caller.refused("InvalidParameter", URL, {"FileName": value}, status=400)


def test_a_parameter_says_one_thing(caller: Caller) -> None:
    caller.refused("InvalidParameter", URL, {"FileName": "a.mp3"}, Way(query={"FileName": "b.mp3"}), status=400)
    assert caller.call(URL, {"FileName": "a.mp3"}, Way(query={"FileName": "a.mp3"})).code == ""
    assert caller.call(URL, {"FileName": "a.mp3", "Unknown": {"x": 1}}).code == "", "others are not looked at"


def test_a_quota(serving: Callable[..., Server]) -> None:
    server = serving(mint__vms_files_max="1", mint__requests_per_second="100001")
    caller = Caller(server=server, client=server.client())
    url = caller.url("first.wav")
    assert send(caller, url, body=wav()).status == 200
    caller.ok("CommitResourceUpload", {"FileName": "first.wav"})
    answered = caller.refused("QuotaExceeded", URL, {"FileName": "second.wav"}, status=400)
    assert answered.message.startswith("The number of voice files has exceeded the quota.")
    caller.client.close()
