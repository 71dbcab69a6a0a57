"""op=upload_slice_init, _data, _finish, _list: files in slices. Source: seed 004 "初始化分片上传" to "查询上传分片"; wire §6.7, §7."""

# ruff: noqa: E501 - a line of a transcript stays one line

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from .bucket import Bucket, NewBucket
from .client import ONCE, Ask, Part, Sign, form, get, post
from .server import Server
from .slices import SIZE, SLICE, content_of, data, finish, init, send, sha_of, slices, started
from .transcript import ABSENT, SIGN_FAILED, UPLOADED, Line, check_reply, check_shape, played


def test_a_file_in_slices(bucket: Bucket) -> None:
    content = content_of()
    reply = played(bucket, Line(says="", ask=init("/big", SIZE), data={"session": str, "slice_size": SLICE})).data
    send(bucket, "/big", reply["session"], slices(content))
    check_reply(bucket.ask(get("stat", "/big")), status=404, code=-197)
    assert bucket.names() == [], "it is not visible before its end"
    played(bucket, Line(says="", ask=finish("/big", reply["session"], SIZE), data=UPLOADED))
    found = bucket.stat("/big")
    assert (found["filesize"], found["filelen"], found["slicesize"]) == (SIZE, SIZE, SLICE)
    assert found["sha"] == sha_of(content)
    assert bucket.content("/big") == content


@pytest.mark.parametrize("slice_size", [64 * 1024, 512 * 1024, 1024 * 1024, 2 * 1024 * 1024, 3 * 1024 * 1024])
def test_every_slice_size(bucket: Bucket, slice_size: int) -> None:
    """Seed: 512 KB to 3 MB; Py from 64 KB (wire facts §6.7). The answered size is adopted by clients."""
    content = content_of(slice_size + 7, slice_size)
    session = started(bucket, "/s", content, slice_size)
    send(bucket, "/s", session, slices(content, slice_size))
    bucket.ok(finish("/s", session, len(content)))
    assert bucket.content("/s") == content


@pytest.mark.parametrize("size", [1, 36864, SLICE, 2 * SLICE], ids=str)
def test_sizes_around_a_slice(bucket: Bucket, size: int) -> None:
    """The seed's sample has one slice of 36864 bytes, slice_size 524288."""
    content = content_of(size, size)
    session = started(bucket, "/s", content)
    send(bucket, "/s", session, slices(content))
    bucket.ok(finish("/s", session, size))
    assert bucket.content("/s") == content


def test_in_any_order_and_repeated(bucket: Bucket) -> None:
    """Wire facts §0, rule 18."""
    content = content_of()
    session = started(bucket, "/s", content)
    pieces = slices(content)
    send(bucket, "/s", session, [*reversed(pieces), pieces[1], pieces[3], pieces[1]])
    bucket.ok(finish("/s", session, SIZE, sha=sha_of(content)))
    assert bucket.content("/s") == content


def test_in_parallel(bucket: Bucket) -> None:
    """Wire facts §0, rule 18: Java up to 16 at once."""
    content = content_of(40 * SLICE + 1, "parallel")
    session = started(bucket, "/s", content)
    pieces = slices(content)

    def lane(number: int) -> None:
        mine = bucket.fresh()
        # Every slice goes over two lanes, at about the same time.
        send(mine, "/s", session, pieces[number // 2 :: 8])
        mine.client.close()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lane, range(16)))
    bucket.ok(finish("/s", session, len(content), sha=sha_of(content)))
    assert bucket.content("/s") == content


CHAIN = {
    "slice 0": "3293df8d979bf3209c56457d6a4dc13a14b879dc",
    "slice 1": "43cab5b0ca88f24cf46121ffb2047a347e79c225",
    "last": "a86c7f9913e677c94d859e4483df8a9d3676e711",
}
"""Wire facts §7: the pattern 0123456789abcdef up to 2,500,000 bytes, in slices of 1 MiB (measured with JS)."""


def test_uploadparts_as_the_js_sdk_sends_them(bucket: Bucket) -> None:
    size, step = 2_500_000, 1 << 20
    content = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    assert sha_of(content) == CHAIN["last"]
    parts = [
        {"offset": offset, "datalen": len(piece), "datasha": datasha}
        for (offset, piece), datasha in zip(slices(content, step), CHAIN.values(), strict=True)
    ]
    fields = {"sha": CHAIN["last"], "uploadparts": json.dumps(parts), "biz_attr": "", "insertOnly": "0"}
    session = started(bucket, "/js", content, step, **fields)
    for offset, piece in slices(content, step):
        bucket.ok(data("/js", session, offset, piece, sha=CHAIN["last"], sliceSize=step))
    bucket.ok(finish("/js", session, size, sha=CHAIN["last"]))
    assert bucket.stat("/js")["sha"] == CHAIN["last"]


def test_the_shapes_of_py_java_php_and_dotnet(bucket: Bucket) -> None:
    """Wire facts §5, §6.7: fields as file parts, fileContent, JSON finish, datamd5, fileSize."""
    content = content_of(2 * SLICE, "shapes")
    first, second = content[:SLICE], content[SLICE:]
    py = [
        Part(name=n, value=v, filename=n)
        for n, v in {"filesize": str(len(content)), "slice_size": str(SLICE), "op": "upload_slice_init"}.items()
    ]
    session = bucket.ok(Ask(op=None, path="/s", way="form", parts=py))["session"]
    java = [
        *[
            Part(name=n, value=v, headers=("Content-Type: text/plain; charset=UTF-8",))
            for n, v in {"op": "upload_slice_data", "session": session, "offset": "0"}.items()
        ],
        Part(name="fileContent", value=first, headers=("Content-Type: application/octet-stream",)),
    ]
    bucket.ok(Ask(op=None, path="/s", way="form", parts=java))
    md5 = hashlib.md5(second).hexdigest()
    php = [
        Part(name="op", value="upload_slice_data"),
        Part(name="session", value=session),
        Part(name="offset", value=str(SLICE)),
        Part(name="datamd5", value=md5),
        Part(name="filecontent", value=second),
    ]
    reply = bucket.ok(Ask(op=None, path="/s", way="form", parts=php))
    assert reply.get("datamd5", md5) == md5, "wire facts §6.7: a datamd5 in the reply must equal it"
    bucket.ok(post("upload_slice_finish", "/s", session=session, fileSize=str(len(content))))
    assert bucket.content("/s") == content


IN_PROGRESS = {"session": str, "slice_size": SLICE, "filesize": SIZE, "listparts": list, "access_url": ABSENT}


@pytest.mark.parametrize(
    "ask",
    [form("upload_slice_list", "/s"), post("upload_slice_list", "/s"), get("upload_slice_list", "/s")],
    ids=["form (seed)", "JSON (Java)", "GET (seed overview; wire §14)"],
)
def test_listing_slices(bucket: Bucket, ask: Ask) -> None:
    """Wire facts §0, rule 19: numbers, sorted by offset."""
    content = content_of()
    session = started(bucket, "/s", content)
    pieces = slices(content)
    send(bucket, "/s", session, [pieces[2], pieces[0]])
    found = bucket.ok(ask)
    check_shape(found, IN_PROGRESS | {"session": session}, str(found))
    assert found["listparts"] == [{"offset": 0, "datalen": SLICE}, {"offset": 2 * SLICE, "datalen": SLICE}]


def test_listing_slices_of_a_finished_file_gives_its_addresses(bucket: Bucket) -> None:
    """Seed 查询上传分片, "文件已经上传完成的情况"."""
    bucket.put("/s")
    played(bucket, Line(says="", ask=form("upload_slice_list", "/s"), data=UPLOADED | {"listparts": ABSENT}))


@pytest.mark.parametrize(
    ("first", "again"),
    [(False, None), (True, True), (False, False), (True, False)],
    ids=["by its list", "starting again with the sha", "starting again as the seed does", "only the first has the sha"],
)
def test_resuming(bucket: Bucket, first: bool, again: bool | None) -> None:
    """Seed 分片上传使用流程说明: start again, ask for the list, go on; its start has no sha. Py starts again (§6.7)."""
    content = content_of(SIZE, f"{first} {again}")
    sha: dict[str, Any] = {"sha": sha_of(content)}
    session = started(bucket, "/s", content, **(sha if first else {}))
    pieces = slices(content)
    send(bucket, "/s", session, [pieces[0], pieces[2]])
    if again is not None:
        reply = bucket.ok(init("/s", SIZE, **(sha if again else {})))
        assert (reply["session"], reply["slice_size"]) == (session, SLICE)
    listed = bucket.ok(form("upload_slice_list", "/s"))
    there = {part["offset"] for part in listed["listparts"]}
    assert there == {0, 2 * SLICE}
    send(bucket, "/s", listed["session"], [piece for piece in pieces if piece[0] not in there])
    bucket.ok(finish("/s", session, SIZE))
    assert bucket.content("/s") == content


@pytest.mark.parametrize(
    "other", [{"biz_attr": "new"}, {"insertOnly": 0}, {"sha": "0" * 40}], ids=["biz_attr", "insertOnly", "sha"]
)
def test_a_start_that_asks_for_something_else_is_another_upload(bucket: Bucket, other: dict[str, Any]) -> None:
    """What a start says holds for what it starts: the old session would finish without it."""
    content = content_of(SIZE, f"else {other}")
    session = started(bucket, "/s", content)
    assert started(bucket, "/s", content, **other) != session


def test_other_bytes_do_not_mix_into_a_resumed_upload(bucket: Bucket) -> None:
    """Seed -4015: another file of the same size, started without a sha, meets the slices of the first."""
    first, second = content_of(SIZE, "mix 1"), content_of(SIZE, "mix 2")
    session = started(bucket, "/s", first)
    send(bucket, "/s", session, slices(first)[:1])
    again = started(bucket, "/s", second)
    check_reply(bucket.ask(data("/s", again, 0, second[:SLICE])), status=400, code=-4015)


@pytest.mark.parametrize("insert_only", [None, 1, "1", ""], ids=repr)
@pytest.mark.parametrize("with_sha", [False, True], ids=["no sha", "its sha"])
@pytest.mark.parametrize("longer", [0, 1], ids=["its size", "another size"])
def test_a_name_that_is_taken_is_refused_at_the_start(
    bucket: Bucket, insert_only: object, with_sha: bool, longer: int
) -> None:
    """Seed 初始化分片上传, insertOnly: 若已存在重名文件，则不做覆盖，返回上传失败; 不填此参数，默认不覆盖."""
    content = content_of(SLICE + 5, "taken")
    bucket.put("/s", content)
    said: dict[str, Any] = {} if insert_only is None else {"insertOnly": insert_only}
    said |= {"sha": sha_of(content)} if with_sha else {}
    check_reply(bucket.ask(init("/s", len(content) + longer, **said)), status=400, code=-177)
    assert "session" not in bucket.ok(form("upload_slice_list", "/s"))
    assert bucket.content("/s") == content


@pytest.mark.parametrize(
    ("said", "code"), [("0" * 32, -5984), ("no digest", -5999)], ids=["of other bytes", "of no bytes"]
)
def test_the_md5_of_a_slice_is_compared(bucket: Bucket, said: str, code: int) -> None:
    """PHP sends datamd5 (wire facts §6.7); a digest that is announced is compared."""
    content = content_of(SLICE, "md5")
    session = started(bucket, "/s", content)
    parts = [
        Part(name="op", value="upload_slice_data"), Part(name="session", value=session),
        Part(name="offset", value="0"), Part(name="datamd5", value=said), Part(name="filecontent", value=content),
    ]  # fmt: skip
    check_reply(bucket.ask(Ask(op=None, path="/s", way="form", parts=parts)), status=400, code=code)
    late = [part for part in parts if part.name != "datamd5"]
    late += [Part(name="datamd5", value=hashlib.md5(content).hexdigest())]
    check_reply(bucket.ask(Ask(op=None, path="/s", way="form", parts=late)), status=400, code=-5999)
    assert bucket.ok(form("upload_slice_list", "/s"))["listparts"] == []


def test_starting_another_upload_of_the_same_name(bucket: Bucket) -> None:
    """Wire facts §6.7: with another size it is another upload, whose list is its own."""
    first, second = content_of(SIZE, "first"), content_of(SIZE + 5, "second")
    send(bucket, "/s", started(bucket, "/s", first), slices(first)[:2])
    session = started(bucket, "/s", second)
    assert bucket.ok(form("upload_slice_list", "/s"))["listparts"] == []
    send(bucket, "/s", session, slices(second))
    bucket.ok(finish("/s", session, len(second)))
    assert bucket.content("/s") == second


def test_resuming_after_a_restart_of_the_server(tmp_path: Path) -> None:
    """Issue 2 §3: resume after a restart of client or server. Acknowledged slices stay."""
    server = Server(tmp_path)
    content = content_of(SIZE, "restart")
    try:
        server.start()
        bucket = Bucket(server=server, name="demo", client=server.client())
        session = started(bucket, "/s", content, sha=sha_of(content))
        pieces = slices(content)
        send(bucket, "/s", session, [pieces[0], pieces[3]])
        bucket.client.close()
        server.stop()
        server.start()
        bucket = Bucket(server=server, name="demo", client=server.client())
        listed = bucket.ok(form("upload_slice_list", "/s"))
        assert (listed["session"], len(listed["listparts"])) == (session, 2)
        send(bucket, "/s", session, pieces[1:3])
        bucket.ok(finish("/s", session, SIZE, sha=sha_of(content)))
        assert bucket.content("/s") == content
        bucket.client.close()
    finally:
        checked = server.finish()
    assert checked.returncode == 0, checked.stdout


def test_finishing_at_the_same_time(bucket: Bucket) -> None:
    """A client that lost a reply asks again: one finishes, the others are told so or that the session is over."""
    content = content_of(SIZE, "finish together")
    session = started(bucket, "/s", content)
    send(bucket, "/s", session, slices(content))

    def end(_: int) -> int | None:
        mine = bucket.fresh()
        code = mine.ask(finish("/s", session, SIZE)).code
        mine.client.close()
        return code

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(end, range(8)))
    assert 0 in codes
    assert set(codes) <= {0, -5983}
    assert bucket.content("/s") == content


def test_starting_at_the_same_time(bucket: Bucket) -> None:
    """Whatever sessions come of it, what they finish is the file."""
    content = content_of(SIZE, "start together")

    def begin(_: int) -> str:
        mine = bucket.fresh()
        session = started(mine, "/s", content, sha=sha_of(content), insertOnly=0)
        mine.client.close()
        return session

    with ThreadPoolExecutor(8) as pool:
        sessions = set(pool.map(begin, range(8)))
    session = bucket.ok(form("upload_slice_list", "/s"))["session"]
    assert session in sessions
    send(bucket, "/s", session, slices(content))
    bucket.ok(finish("/s", session, SIZE))
    assert bucket.content("/s") == content


def test_a_list_shows_the_new_upload_over_the_old_file(bucket: Bucket) -> None:
    """Wire facts §6.7, list: JS resumes a pending session though a file of that name exists."""
    bucket.put("/s", b"old")
    content = content_of(SIZE, "new over old")
    session = started(bucket, "/s", content, insertOnly=0)
    send(bucket, "/s", session, slices(content)[:1])
    listed = bucket.ok(form("upload_slice_list", "/s"))
    check_shape(listed, IN_PROGRESS | {"session": session, "listparts": [{"offset": 0, "datalen": SLICE}]}, str(listed))
    assert bucket.content("/s") == b"old"


def test_the_old_file_is_served_until_the_new_one_is_whole(bucket: Bucket) -> None:
    bucket.put("/s", b"old", biz_attr="old")
    content = content_of(SIZE, "over")
    session = started(bucket, "/s", content, insertOnly=0, biz_attr="new")
    send(bucket, "/s", session, slices(content))
    assert bucket.content("/s") == b"old"
    bucket.ok(finish("/s", session, SIZE))
    assert bucket.content("/s") == content
    assert bucket.stat("/s")["biz_attr"] == "new"


def test_insert_only_is_checked_at_the_start(bucket: Bucket) -> None:
    """Wire facts §6.7: insertOnly is not 0 and the file exists with other content: -177."""
    bucket.put("/s", b"old")
    check_reply(bucket.ask(init("/s", SIZE, sha=sha_of(b"new"))), status=400, code=-177)
    check_reply(bucket.ask(init("/s", SIZE)), status=400, code=-177)


def test_insert_only_is_checked_at_the_end(bucket: Bucket) -> None:
    """A file that came meanwhile is not overwritten. Seed insertOnly: 不覆盖."""
    content = content_of(SIZE, "race")
    session = started(bucket, "/s", content, insertOnly=1)
    send(bucket, "/s", session, slices(content))
    bucket.put("/s", b"meanwhile")
    check_reply(bucket.ask(finish("/s", session, SIZE)), status=400, code=-177)
    assert bucket.content("/s") == b"meanwhile"


@pytest.mark.parametrize("said_at", ["init", "finish"])
def test_another_sha_is_found_before_the_file_is_visible(bucket: Bucket, said_at: str) -> None:
    """Wire facts §6.7: -4016/-174 and drop the session. Issue 2 §3: checked before the file becomes visible."""
    content = content_of(SIZE, "sha" + said_at)
    wrong: dict[str, Any] = {"sha": sha_of(b"something else" + said_at.encode())}
    session = started(bucket, "/s", content, **(wrong if said_at == "init" else {}))
    send(bucket, "/s", session, slices(content))
    reply = bucket.ask(finish("/s", session, SIZE, **(wrong if said_at == "finish" else {})))
    check_reply(reply, status=400, code=(-4016, -174))
    assert bucket.names() == []
    check_reply(bucket.ask(form("upload_slice_list", "/s")), status=404, code=-197)
    check_reply(bucket.ask(finish("/s", session, SIZE)), status=400, code=-5983)


def test_a_finished_session_is_over(bucket: Bucket) -> None:
    content = content_of(SIZE, "over and out")
    session = started(bucket, "/s", content)
    send(bucket, "/s", session, slices(content))
    bucket.ok(finish("/s", session, SIZE))
    check_reply(bucket.ask(data("/s", session, 0, content[:SLICE])), status=400, code=-5983)
    assert bucket.content("/s") == content


def test_one_signature_for_all_slices(bucket: Bucket) -> None:
    """Wire facts §3.3: PHP, Node, qos and C++ reuse it."""
    content = content_of(SIZE, "one signature")
    sign = bucket.sign(Sign(bind="/s"), "/s")
    fields: dict[str, Any] = {"filesize": SIZE, "slice_size": SLICE}
    session = bucket.ok(form("upload_slice_init", "/s", sign=sign, **fields))["session"]
    for offset, piece in slices(content):
        bucket.ok(form("upload_slice_data", "/s", piece, sign=sign, session=session, offset=offset))
    bucket.ok(form("upload_slice_finish", "/s", sign=sign, session=session, filesize=SIZE))
    assert bucket.content("/s") == content


def test_a_second_start_is_refused_under_pending_init_refuse(new_bucket: NewBucket, strict_server: Server) -> None:
    """Seed 分片上传使用流程说明: -4019, then list and resume. Wire facts §14: testable for Java."""
    bucket = new_bucket(on=strict_server)
    content = content_of(SIZE, "refuse")
    sha = sha_of(content)
    session = started(bucket, "/s", content, sha=sha)
    pieces = slices(content)
    send(bucket, "/s", session, pieces[:1])
    check_reply(bucket.ask(init("/s", SIZE, sha=sha)), status=400, code=-4019)
    listed = bucket.ok(form("upload_slice_list", "/s"))
    assert (listed["session"], listed["listparts"]) == (session, [{"offset": 0, "datalen": SLICE}])
    send(bucket, "/s", session, pieces[1:])
    bucket.ok(finish("/s", session, SIZE))
    assert bucket.content("/s") == content
    other = started(bucket, "/s", content_of(SIZE + 1, "bigger"), insertOnly=0)
    assert other != session, "another size is another upload (wire facts §6.7)"


def test_a_once_signature_starts_one_upload(bucket: Bucket) -> None:
    """Seed table: multi; never reject once where multi is enough (wire facts §3.3)."""
    once = bucket.sign(ONCE, "/s")
    fields: dict[str, Any] = {"filesize": SIZE, "slice_size": SLICE}
    bucket.ok(form("upload_slice_init", "/s", sign=once, **fields))
    check_reply(bucket.ask(form("upload_slice_init", "/s", sign=once, **fields)), status=SIGN_FAILED, code=-77)
