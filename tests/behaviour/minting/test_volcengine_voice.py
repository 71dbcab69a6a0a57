"""The voice files of Volcengine: uploaded, committed, reviewed, renamed, deleted, listed.

Source: wire facts of Volcengine §2-§2.3.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from behaviour.bucket import Bucket
from behaviour.client import DEV, Owner
from behaviour.conftest import OTHER
from behaviour.server import Server
from behaviour.storage.clouds import CLOUDS
from behaviour.storage.speaker import Speaker

from .sounds import mp3, wav
from .volcengine import BUCKET, Caller, Way

COMMIT, UPDATE, DELETE = "CommitResourceUpload", "OpenUpdateResource", "OpenDeleteResource"
LIST, USABLE, USABLE_1 = "QueryOpenGetResource", "QueryUsableResourceV2", "QueryUsableResource"
TOS = next(cloud for cloud in CLOUDS if cloud.name == "tos")


@pytest.fixture
def caller(server: Server, request: pytest.FixtureRequest) -> Iterator[Caller]:
    """The key of an account that nobody else uses."""
    number = 1250100000 + abs(hash(request.node.nodeid)) % 10**6
    owner = Owner(appid=number, key_id=f"voice-{number}", secret=b"voice-secret")
    server.make_owner(owner)
    made = Caller(server=server, client=server.client(), owner=owner)
    yield made
    made.client.close()


@pytest.fixture
def waiting(serving: Callable[..., Server]) -> Iterator[Caller]:
    """The development key at a server where files wait for their review."""
    server = serving(mint__vms_review="wait", mint__requests_per_second="1000000")
    made = Caller(server=server, client=server.client())
    yield made
    made.client.close()


def owner_of(caller: Caller) -> Speaker:
    """The owner, at the bucket of voice files."""
    bucket = Bucket(server=caller.server, name=BUCKET, owner=caller.owner, client=caller.client)
    return Speaker(bucket=bucket, cloud=TOS, owner=caller.owner)


def listed(caller: Caller, **values: Any) -> list[Any]:
    """The names that a listing has."""
    return [record["Name"] for record in caller.ok(LIST, {"Type": 0, "Limit": 100, **values})["Records"]]


# -- committing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "suffix", "seconds"),
    [
        ("a.wav", wav(2), ".wav", 2),
        ("a.mp3", mp3(3), ".mp3", 3),
        ("A.MP3", mp3(3, tag=b"TIT2" + bytes(50)), ".mp3", 3),
        ("no-suffix", wav(1), ".wav", 1),
        ("abcdef", mp3(1), ".mp3", 1),
        ("中文 名.wav", wav(1, rate=44_100), ".wav", 1),
    ],
)
def test_a_file_is_parsed_and_usable(caller: Caller, name: str, content: bytes, suffix: str, seconds: int) -> None:
    caller.put(caller.url(name), content)
    made = caller.ok(COMMIT, {"FileName": name})
    assert {**made, "ResourceKey": ""} == {"Name": name, "Suffix": suffix, "ResourceKey": ""}
    assert re.fullmatch(r"[0-9a-f]{32}", made["ResourceKey"])
    [record] = caller.ok(USABLE, {"Type": 0}, Way(into="query", method="GET"))["Records"]
    created = datetime.strptime(record.pop("CreateTime") + " +0800", "%Y-%m-%d %H:%M:%S %z")
    assert abs(datetime.now(UTC) - created) < timedelta(seconds=60)
    assert record == {
        "ResourceKey": made["ResourceKey"], "Name": name, "Suffix": suffix, "Duration": seconds, "State": 1, "Type": 0,
        "Remark": "",
    }  # fmt: skip


def test_the_first_query_has_a_bare_list(caller: Caller) -> None:
    key = caller.committed("a.wav", wav())
    found = caller.ok(USABLE_1, {"Type": "0"}, Way(into="query"))
    assert [record["ResourceKey"] for record in found] == [key]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.wav", b"", "EMPTY_RESOURCE_BODY"),
        ("text.mp3", b"this is no sound " * 100, "FILE_ANALYSE_ERROR"),
        ("cut.wav", wav(3)[:-20_000], "FILE_ANALYSE_ERROR"),
        ("header.wav", wav(1)[:44], "FILE_ANALYSE_ERROR"),
        ("really-wav.mp3", wav(1), "FILE_ANALYSE_ERROR"),
        ("really-mp3.wav", mp3(1), "FILE_ANALYSE_ERROR"),
        ("ogg", b"OggS" + bytes(1000), "FILE_ANALYSE_ERROR"),
        ("long.wav", wav(1) + bytes(5 << 20), "RESOURCE_SIZE_OVER_LIMIT"),
    ],
)
def test_files_that_cannot_be(caller: Caller, name: str, content: bytes, code: str) -> None:
    assert caller.put(caller.url(name), content).status == 200
    caller.refused(code, COMMIT, {"FileName": name})
    assert listed(caller) == []
    good = wav() if name.endswith(".wav") else mp3()
    caller.committed(name, good)
    assert listed(caller) == [name], "the name is not lost"


def test_five_megabytes_are_allowed(caller: Caller) -> None:
    content = wav(1)
    content += bytes((5 << 20) - len(content))
    caller.committed("whole.wav", content)


def test_nothing_was_uploaded(caller: Caller) -> None:
    caller.refused("RESOURCE_IS_NONE", COMMIT, {"FileName": "never.wav"})
    caller.url("never.wav")
    caller.refused("RESOURCE_IS_NONE", COMMIT, {"FileName": "never.wav"})
    caller.refused("MissingParameter", COMMIT, {}, says="FileName")
    caller.refused("InvalidParameter", COMMIT, {"FileName": "a.txt"})


def test_a_repeated_commit_gives_the_same_file(caller: Caller) -> None:
    key = caller.committed("a.wav", wav())
    assert caller.ok(COMMIT, {"FileName": "a.wav"})["ResourceKey"] == key
    assert caller.committed("a.wav", wav()) == key, "from the beginning, after a lost reply"
    owner_of(caller).ok("DELETE", f"{caller.owner.appid}/a.wav", status=204)
    assert caller.ok(COMMIT, {"FileName": "a.wav"})["ResourceKey"] == key
    assert listed(caller) == ["a.wav"]


def test_other_content_under_a_committed_name_is_refused(caller: Caller) -> None:
    """And what was committed stays as it is, whatever an old address stores."""
    old = caller.url("a.wav")
    key = caller.committed("a.wav", wav(1))
    assert caller.put(old, wav(2)).status == 200
    caller.refused("NOT_REPET_INVOCK", COMMIT, {"FileName": "a.wav"})
    assert owner_of(caller).content(f"resources/{caller.owner.appid}/{key}.wav") == wav(1)
    [record] = caller.ok(USABLE, {"Type": 0})["Records"]
    assert (record["ResourceKey"], record["Duration"]) == (key, 1)


def test_many_commits_at_once_make_one_file(caller: Caller) -> None:
    caller.put(caller.url("a.wav"), wav())

    def commit(_: int) -> str:
        other = replace(caller, client=caller.server.client())
        try:
            return str(other.ok(COMMIT, {"FileName": "a.wav"})["ResourceKey"])
        finally:
            other.client.close()

    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(commit, range(16)))
    assert len(keys) == 1
    assert owner_of(caller).keys(prefix="resources/") == [f"resources/{caller.owner.appid}/{keys.pop()}.wav"]


def test_the_committed_copy_has_its_type_and_costs_no_bytes(caller: Caller) -> None:
    key = caller.committed("a.mp3", mp3(60))
    reply = owner_of(caller).ok("GET", f"resources/{caller.owner.appid}/{key}.mp3")
    assert reply.headers["content-type"] == "audio/mpeg"
    assert reply.body == mp3(60)


# -- renaming and deleting ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [Way(), Way(into="query"), Way(into="form")], ids=lambda way: way.into)
def test_renamed(caller: Caller, way: Way) -> None:
    key = caller.committed("a.wav", wav())
    answer = caller.ok(UPDATE, {"ResourceKey": key, "Name": "new 名+a.mp3"}, way)
    assert answer == {"ResourceKey": key, "Name": "new 名+a.mp3"}
    assert listed(caller) == ["new 名+a.mp3"]
    assert caller.ok(COMMIT, {"FileName": "a.wav"})["ResourceKey"] == key, "the uploaded name still is its own"


@pytest.mark.parametrize(
    ("action", "values", "code"),
    [
        (UPDATE, {"Name": "x"}, "RESOURCE_KEY_IS_NONE"),
        (UPDATE, {"ResourceKey": "", "Name": "x"}, "RESOURCE_KEY_IS_NONE"),
        (UPDATE, {"ResourceKey": "0" * 32, "Name": "x"}, "RESOURCE_KEY_IS_NOT_EXIST"),
        (UPDATE, {"ResourceKey": "x" * 5000, "Name": "x"}, "RESOURCE_KEY_IS_NOT_EXIST"),
        (DELETE, {}, "RESOURCE_KEY_IS_NONE"),
        (DELETE, {"ResourceKey": "0" * 32}, "RESOURCE_KEY_IS_NOT_EXIST"),
        (USABLE, {}, "MissingParameter"),
        (USABLE, {"Type": "x"}, "InvalidParameter"),
        (USABLE, {"Type": 3}, "InvalidParameter"),
        (LIST, {"Type": 0, "Limit": 0}, "InvalidParameter"),
        (LIST, {"Type": 0, "Limit": 101}, "InvalidParameter"),
        (LIST, {"Type": 0, "Offset": -1}, "InvalidParameter"),
        (LIST, {"Type": 0, "State": 3}, "InvalidParameter"),
        (LIST, {"Type": 0, "Limit": 1.5}, "InvalidParameter"),
    ],
)
def test_refused(caller: Caller, action: str, values: dict[str, Any], code: str) -> None:
    caller.refused(code, action, values)


@pytest.mark.parametrize("name", ["", "x" * 256, "a\x00b"])
def test_names_that_cannot_be(caller: Caller, name: str) -> None:
    key = caller.committed("a.wav", wav())
    code = "InvalidParameter" if name else "RESOURCE_NAME_IS_NONE"
    caller.refused(code, UPDATE, {"ResourceKey": key, "Name": name})
    assert listed(caller) == ["a.wav"]


@pytest.mark.parametrize("way", [Way(), Way(into="query"), Way(into="query", body=b"{}")], ids=str)
def test_deleted(caller: Caller, way: Way) -> None:
    """With everything that belongs to it; its name is free again."""
    key = caller.committed("a.wav", wav(1))
    if way.body is not None:
        way = replace(way, body=None)
    assert caller.ok(DELETE, {"ResourceKey": key}, way) == {"ResourceKey": key}
    caller.refused("RESOURCE_KEY_IS_NOT_EXIST", DELETE, {"ResourceKey": key}, way)
    assert listed(caller) == []
    assert owner_of(caller).keys() == []
    caller.refused("RESOURCE_IS_NONE", COMMIT, {"FileName": "a.wav"})
    assert caller.committed("a.wav", wav(2)) != key


# -- listing -----------------------------------------------------------------------------------------------------------


def test_pages(caller: Caller) -> None:
    names = [f"{number:02d}.wav" for number in range(12)]
    for number, name in enumerate(names):
        caller.committed(name, wav(0.2, level=number))
    newest = names[::-1]
    assert listed(caller) == newest
    first = caller.ok(LIST, {"Type": 0})
    assert (len(first["Records"]), first["Total"], first["Limit"], first["Offset"]) == (10, 12, 10, 0)
    pages = [
        record["Name"]
        for offset in (0, 5, 10, 15)
        for record in caller.ok(LIST, {"Type": 0, "Limit": 5, "Offset": str(offset)})["Records"]
    ]
    assert pages == newest
    assert caller.ok(LIST, {"Type": 0, "Offset": 10**9})["Records"] == []


def test_keyword_and_state(caller: Caller) -> None:
    one = caller.committed("Welcome.wav", wav(1))
    caller.committed("goodbye.wav", wav(2))
    assert listed(caller, Keyword="COME") == ["Welcome.wav"]
    assert listed(caller, Keyword=one) == ["Welcome.wav"]
    assert listed(caller, Keyword=one[:8]) == []
    assert sorted(listed(caller, State=1)) == ["Welcome.wav", "goodbye.wav"]
    assert listed(caller, State="0") == []
    assert caller.ok(LIST, {"Type": 1})["Total"] == 0
    assert caller.ok(USABLE, {"Type": 2}) == {"Records": []}


def test_accounts_do_not_see_each_other(caller: Caller) -> None:
    key = caller.committed("a.wav", wav())
    other = replace(caller, owner=OTHER)
    assert key not in json.dumps(other.ok(LIST, {"Type": 0, "Limit": 100}))
    other.refused("RESOURCE_KEY_IS_NOT_EXIST", DELETE, {"ResourceKey": key})
    other.refused("RESOURCE_KEY_IS_NOT_EXIST", UPDATE, {"ResourceKey": key, "Name": "mine"})
    assert other.committed("a.wav", wav()) != key


# -- the review --------------------------------------------------------------------------------------------------------


def test_files_wait_for_their_review(waiting: Caller) -> None:
    server = waiting.server
    keys = [waiting.committed(f"wait-{number}.wav", wav(number)) for number in (1, 2, 3)]
    assert waiting.ok(USABLE, {"Type": 0})["Records"] == []
    assert len(listed(waiting, State=0)) == 3
    assert server.run("voice", "approve", keys[0]).returncode == 0
    assert server.run("voice", "reject", keys[1], "--remark", "too loud").returncode == 0
    assert [record["ResourceKey"] for record in waiting.ok(USABLE, {"Type": 0})["Records"]] == [keys[0]]
    [rejected] = waiting.ok(LIST, {"Type": 0, "State": 2})["Records"]
    assert (rejected["ResourceKey"], rejected["Remark"]) == (keys[1], "too loud")
    shown = json.loads(server.run("voice", "list", "--json").stdout)
    assert [(row["key"], row["state"], row["seconds"]) for row in shown] == [
        (keys[0], "approved", 1), (keys[1], "rejected", 2), (keys[2], "waiting", 3),
    ]  # fmt: skip
    only = server.run("voice", "list", "--state", "waiting", "--account", str(DEV.appid)).stdout
    assert keys[2] in only
    assert keys[0] not in only
    again = server.run("voice", "approve", keys[1])
    assert "approved" in again.stdout
    assert len(waiting.ok(USABLE, {"Type": 0})["Records"]) == 2
    assert waiting.ok(COMMIT, {"FileName": "wait-3.wav"})["ResourceKey"] == keys[2], "a repeat does not skip the review"
    assert len(waiting.ok(USABLE, {"Type": 0})["Records"]) == 2


def test_a_review_of_nothing(server: Server) -> None:
    done = server.run("voice", "approve", "0" * 32, "--account", str(DEV.appid))
    assert (done.returncode, "no voice file" in done.stderr) == (1, True)
    assert server.run("voice", "list", "--state", "loud").returncode == 2


def test_files_outlive_the_server(tmp_path_factory: pytest.TempPathFactory) -> None:
    server = Server(tmp_path_factory.mktemp("durable"))
    server.start()
    caller = Caller(server=server, client=server.client())
    key = caller.committed("a.wav", wav())
    caller.client.close()
    server.stop()
    server.start()
    caller = Caller(server=server, client=server.client())
    assert [record["ResourceKey"] for record in caller.ok(USABLE, {"Type": 0})["Records"]] == [key]
    caller.client.close()
    done = server.finish()
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_sub_user_of_the_service_alone(caller: Caller) -> None:
    """The API's bucket is the API's: who may call it gets all of its work done, and reaches the bucket no other way."""
    text = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "vms:*", "Resource": "*"}]}
    owner = caller.server.make_user(caller.owner.appid, json.dumps(text))
    user = replace(caller, owner=owner)
    key = user.committed("alone.wav", wav())
    assert [row["ResourceKey"] for row in user.ok(LIST, {"Type": 0})["Records"]] == [key]
    place = Bucket(server=caller.server, name=BUCKET, client=caller.client)
    speaker = Speaker(bucket=place, cloud=TOS, owner=owner)
    uploaded = f"{caller.owner.appid}/alone.wav"
    for method in ("GET", "PUT", "DELETE"):
        assert speaker.ask(method, uploaded, **({"body": b"x"} if method == "PUT" else {})).status == 403
    assert speaker.ask("GET").status == 403
    no = {"Effect": "Deny", "Action": "tos:DeleteObject", "Resource": "*"}
    text["Statement"].append(no)  # type: ignore[attr-defined]
    other = replace(caller, owner=caller.server.make_user(caller.owner.appid, json.dumps(text)))
    other.refused("AccessDenied", DELETE, {"ResourceKey": key}, status=403)
    assert user.ok(DELETE, {"ResourceKey": key}) == {"ResourceKey": key}
