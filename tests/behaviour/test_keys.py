"""Keys and accounts beside a running server: what is revoked is refused from the next request on. Source: issue 2 §2; seed -79."""

# ruff: noqa: E501 - a line of a transcript stays one line

from __future__ import annotations

import json

from .bucket import Bucket
from .client import Owner, Sign, form, get
from .transcript import SIGN_FAILED, check_reply


def new_key(bucket: Bucket, *options: str, given: str = "") -> Owner:
    """A fresh key of the bucket's account."""
    done = bucket.server.run("key", "create", "--account", str(bucket.owner.appid), "--json", *options, given=given)
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    return Owner(appid=bucket.owner.appid, key_id=made["id"], secret=made.get("secret", given).encode())


def with_key(bucket: Bucket, owner: Owner) -> Bucket:
    """The bucket as another key's holder sees it."""
    return Bucket(server=bucket.server, name=bucket.name, owner=owner, client=bucket.client)


def test_a_revoked_key_is_refused_at_once(bucket: Bucket) -> None:
    bucket.put("/f", b"x")
    holder = with_key(bucket, new_key(bucket))
    ready = holder.sign(Sign(), "/f")
    session = holder.ok(form("upload_slice_init", "/s", filesize=10, slice_size=65536))["session"]
    assert holder.content("/f") == b"x"
    done = bucket.server.run("key", "delete", holder.owner.key_id)
    assert done.returncode == 0, done.stderr
    check_reply(holder.ask(get("stat", "/f")), status=SIGN_FAILED, code=-79)
    check_reply(holder.ask(get("stat", "/f", sign=ready)), status=SIGN_FAILED, code=-79)
    check_reply(holder.ask(get("list", "/")), status=SIGN_FAILED, code=-79)
    data = form("upload_slice_data", "/s", b"x" * 10, session=session, offset=0)
    check_reply(holder.ask(data), status=SIGN_FAILED, code=-79)
    assert holder.download("/f").status == 403
    assert bucket.content("/f") == b"x", "other keys of the account are not touched"
    assert bucket.names() == ["f"]


def test_a_disabled_key_is_refused_until_it_is_enabled(bucket: Bucket) -> None:
    """What it signed is good again afterwards: the key is the same one."""
    bucket.put("/f", b"x")
    holder = with_key(bucket, new_key(bucket))
    ready = holder.sign(Sign(), "/f")
    assert holder.content("/f") == b"x"
    for _ in range(2):  # once more changes nothing
        done = bucket.server.run("key", "disable", holder.owner.key_id, "--json")
        assert (done.returncode, json.loads(done.stdout)["enabled"]) == (0, False)
    check_reply(holder.ask(get("stat", "/f")), status=SIGN_FAILED, code=-79)
    check_reply(holder.ask(get("stat", "/f", sign=ready)), status=SIGN_FAILED, code=-79)
    refused = bucket.server.run("mint", "url", bucket.name, "f", "--key-id", holder.owner.key_id)
    assert (refused.returncode, "is disabled" in refused.stderr) == (1, True), refused.stderr
    done = bucket.server.run("key", "enable", holder.owner.key_id, "--json")
    assert (done.returncode, json.loads(done.stdout)["enabled"]) == (0, True)
    assert holder.ok(get("stat", "/f", sign=ready))
    missing = bucket.server.run("key", "disable", "nobody")
    assert (missing.returncode, "there is no long-term key" in missing.stderr) == (1, True)


def test_an_imported_key_signs_at_once(bucket: Bucket) -> None:
    """Issue 2 §2: keys imported with their id and secret, from a file or stdin."""
    secret = "bLcPnl88WU30VY57ipRhSePfPdOfSruK"
    key_id = f"AKIDimported{bucket.name}"
    new_key(bucket, "--id", key_id, "--secret-file", "-", given=secret)
    holder = with_key(bucket, Owner(appid=bucket.owner.appid, key_id=key_id, secret=secret.encode()))
    holder.put("/f", b"imported")
    assert bucket.content("/f") == b"imported"
    listed = bucket.server.run("key", "list", "--json").stdout
    assert key_id in listed
    assert secret not in listed


def test_a_bucket_made_by_the_command_line_is_there_at_once(bucket: Bucket) -> None:
    name = f"cli{bucket.name}"
    done = bucket.server.run(
        "bucket", "create", name, "--account", str(bucket.owner.appid), "--authority", "public-read", "--json"
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["authority"] == "public-read"
    made = Bucket(server=bucket.server, name=name, client=bucket.client)
    made.put("/f", b"x")
    assert made.download("/f", sign=None).body == b"x"
    done = bucket.server.run("bucket", "update", name, "--authority", "private", "--account", str(bucket.owner.appid))
    assert done.returncode == 0, done.stderr
    assert made.download("/f", sign=None).status == 403
    full = bucket.server.run("bucket", "delete", name, "--account", str(bucket.owner.appid))
    assert full.returncode == 1, "it is not empty"
    made.delete("/f")
    assert bucket.server.run("bucket", "delete", name, "--account", str(bucket.owner.appid)).returncode == 0
    check_reply(made.ask(get("stat", "/")), status=404, code=(-166, -197))
