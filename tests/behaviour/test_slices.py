"""op=upload_slice_init, _data, _finish, _list: files in slices. Source: seed 004 "初始化分片上传" to "查询上传分片"; wire §6.7, §7."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from .bucket import Bucket, NewBucket
from .client import DEV, ONCE, Ask, Part, Sign, form, get, post
from .server import Server
from .transcript import ABSENT, SIGN_FAILED, UPLOADED, Line, check_reply, check_shape, lines, played, unchanged

SLICE = 65536
"""The least that a client may ask for. Source: wire facts §6.7, Py."""
SIZE = 3 * SLICE + 1000


def some_bytes(size: int = SIZE, seed: object = 1) -> bytes:
    """Bytes of their own, so that no other test has stored them."""
    return random.Random(f"slices {seed}").randbytes(size)


def sha_of(content: bytes) -> str:
    """SHA-1 in hex."""
    return hashlib.sha1(content).hexdigest()


def init(path: str, size: int, slice_size: int = SLICE, **fields: object) -> Ask:
    """Start."""
    return form("upload_slice_init", path, filesize=size, slice_size=slice_size, **fields)


def data(path: str, session: str, offset: int, content: bytes, **fields: object) -> Ask:
    """One slice."""
    return form("upload_slice_data", path, content, session=session, offset=offset, **fields)


def finish(path: str, session: str, size: int, **fields: object) -> Ask:
    """The end."""
    return form("upload_slice_finish", path, session=session, filesize=size, **fields)


def slices(content: bytes, size: int = SLICE) -> list[tuple[int, bytes]]:
    """Offsets and slices."""
    return [(at, content[at : at + size]) for at in range(0, len(content), size)]


def started(bucket: Bucket, path: str, content: bytes, slice_size: int = SLICE, **fields: object) -> str:
    """The session of a new upload."""
    reply = bucket.ok(init(path, len(content), slice_size, **fields))
    check_shape(reply, {"session": str, "slice_size": int, "access_url": ABSENT}, str(reply))
    return str(reply["session"])


def send(bucket: Bucket, path: str, session: str, pieces: list[tuple[int, bytes]]) -> None:
    """Send slices; each reply must echo its place (wire facts §0, rule 17)."""
    for offset, piece in pieces:
        reply = bucket.ok(data(path, session, offset, piece))
        check_shape(
            reply, {"session": session, "offset": offset, "datalen": len(piece), "access_url": ABSENT}, str(reply)
        )


def test_a_file_in_slices(bucket: Bucket) -> None:
    content = some_bytes()
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
    content = some_bytes(slice_size + 7, slice_size)
    session = started(bucket, "/s", content, slice_size)
    send(bucket, "/s", session, slices(content, slice_size))
    bucket.ok(finish("/s", session, len(content)))
    assert bucket.content("/s") == content


@pytest.mark.parametrize("size", [1, 36864, SLICE, 2 * SLICE], ids=str)
def test_sizes_around_a_slice(bucket: Bucket, size: int) -> None:
    """The seed's sample has one slice of 36864 bytes, slice_size 524288."""
    content = some_bytes(size, size)
    session = started(bucket, "/s", content)
    send(bucket, "/s", session, slices(content))
    bucket.ok(finish("/s", session, size))
    assert bucket.content("/s") == content


def test_in_any_order_and_repeated(bucket: Bucket) -> None:
    """Wire facts §0, rule 18."""
    content = some_bytes()
    session = started(bucket, "/s", content)
    pieces = slices(content)
    send(bucket, "/s", session, [*reversed(pieces), pieces[1], pieces[3], pieces[1]])
    bucket.ok(finish("/s", session, SIZE, sha=sha_of(content)))
    assert bucket.content("/s") == content


def test_in_parallel(bucket: Bucket) -> None:
    """Wire facts §0, rule 18: Java up to 16 at once."""
    content = some_bytes(40 * SLICE + 1, "parallel")
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
    content = some_bytes(2 * SLICE, "shapes")
    first, second = content[:SLICE], content[SLICE:]
    py = [Part(name=n, value=v, filename=n) for n, v in {"filesize": str(len(content)), "slice_size": str(SLICE), "op": "upload_slice_init"}.items()]
    session = bucket.ok(Ask(op=None, path="/s", way="form", parts=py))["session"]
    java = [
        *[Part(name=n, value=v, headers=("Content-Type: text/plain; charset=UTF-8",)) for n, v in {"op": "upload_slice_data", "session": session, "offset": "0"}.items()],
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
    content = some_bytes()
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


@pytest.mark.parametrize("fields", [{}, {"sha": True}], ids=["by its list", "by starting again with the sha"])
def test_resuming(bucket: Bucket, fields: dict[str, Any]) -> None:
    """Seed: 断点续传. Java and JS ask for the list; Py starts again (wire facts §6.7)."""
    content = some_bytes(SIZE, str(fields))
    said = {"sha": sha_of(content)} if fields else {}
    session = started(bucket, "/s", content, **said)
    pieces = slices(content)
    send(bucket, "/s", session, [pieces[0], pieces[2]])
    if fields:
        again = bucket.ok(init("/s", SIZE, **said))
        assert again["session"] == session
        assert again["slice_size"] == SLICE
    listed = bucket.ok(form("upload_slice_list", "/s"))
    there = {part["offset"] for part in listed["listparts"]}
    assert there == {0, 2 * SLICE}
    send(bucket, "/s", listed["session"], [piece for piece in pieces if piece[0] not in there])
    bucket.ok(finish("/s", session, SIZE))
    assert bucket.content("/s") == content


def test_starting_another_upload_of_the_same_name(bucket: Bucket) -> None:
    """Wire facts §6.7: with another size it is another upload, whose list is its own."""
    first, second = some_bytes(SIZE, "first"), some_bytes(SIZE + 5, "second")
    send(bucket, "/s", started(bucket, "/s", first), slices(first)[:2])
    session = started(bucket, "/s", second)
    assert bucket.ok(form("upload_slice_list", "/s"))["listparts"] == []
    send(bucket, "/s", session, slices(second))
    bucket.ok(finish("/s", session, len(second)))
    assert bucket.content("/s") == second


def test_resuming_after_a_restart_of_the_server(tmp_path: Path) -> None:
    """Issue 2 §3: resume after a restart of client or server. Acknowledged slices stay."""
    server = Server(tmp_path)
    content = some_bytes(SIZE, "restart")
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


def test_the_old_file_is_served_until_the_new_one_is_whole(bucket: Bucket) -> None:
    bucket.put("/s", b"old", biz_attr="old")
    content = some_bytes(SIZE, "over")
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
    content = some_bytes(SIZE, "race")
    session = started(bucket, "/s", content, insertOnly=1)
    send(bucket, "/s", session, slices(content))
    bucket.put("/s", b"meanwhile")
    check_reply(bucket.ask(finish("/s", session, SIZE)), status=400, code=-177)
    assert bucket.content("/s") == b"meanwhile"


@pytest.mark.parametrize("said_at", ["init", "finish"])
def test_another_sha_is_found_before_the_file_is_visible(bucket: Bucket, said_at: str) -> None:
    """Wire facts §6.7: -4016/-174 and drop the session. Issue 2 §3: checked before the file becomes visible."""
    content = some_bytes(SIZE, "sha" + said_at)
    wrong = {"sha": sha_of(b"something else" + said_at.encode())}
    session = started(bucket, "/s", content, **(wrong if said_at == "init" else {}))
    send(bucket, "/s", session, slices(content))
    reply = bucket.ask(finish("/s", session, SIZE, **(wrong if said_at == "finish" else {})))
    check_reply(reply, status=400, code=(-4016, -174))
    assert bucket.names() == []
    check_reply(bucket.ask(form("upload_slice_list", "/s")), status=404, code=-197)
    check_reply(bucket.ask(finish("/s", session, SIZE)), status=400, code=-5983)


def test_a_finished_session_is_over(bucket: Bucket) -> None:
    content = some_bytes(SIZE, "over and out")
    session = started(bucket, "/s", content)
    send(bucket, "/s", session, slices(content))
    bucket.ok(finish("/s", session, SIZE))
    check_reply(bucket.ask(data("/s", session, 0, content[:SLICE])), status=400, code=-5983)
    assert bucket.content("/s") == content


def test_one_signature_for_all_slices(bucket: Bucket) -> None:
    """Wire facts §3.3: PHP, Node, qos and C++ reuse it."""
    content = some_bytes(SIZE, "one signature")
    sign = bucket.sign(Sign(bind="/s"), "/s")
    fields = {"filesize": SIZE, "slice_size": SLICE}
    session = bucket.ok(form("upload_slice_init", "/s", sign=sign, **fields))["session"]
    for offset, piece in slices(content):
        bucket.ok(form("upload_slice_data", "/s", piece, sign=sign, session=session, offset=offset))
    bucket.ok(form("upload_slice_finish", "/s", sign=sign, session=session, filesize=SIZE))
    assert bucket.content("/s") == content


UPLOADPARTS_WITH_A_HOLE = json.dumps([{"offset": 8, "datalen": 8, "datasha": "0" * 40}])


@lines(
    [
        Line(says="no filesize", ask=form("upload_slice_init", "/n", slice_size=SLICE), status=400, code=-5971, why="seed -5971"),
        Line(says="empty filesize", ask=form("upload_slice_init", "/n", filesize="", slice_size=SLICE), status=400, code=-5971, why="wire §0.8: empty is absent"),
        Line(says="filesize 0", ask=init("/n", 0), status=400, code=-5995, why="seed -5995"),
        Line(says="filesize below 0", ask=init("/n", -5), status=400, code=-5995, why="seed -5995"),
        Line(says="filesize no number", ask=form("upload_slice_init", "/n", filesize="big", slice_size=SLICE), status=400, code=-5995, why="seed -5995"),
        Line(says="filesize beyond all measure", ask=form("upload_slice_init", "/n", filesize="9" * 30, slice_size=SLICE), status=(400, 413), code=(-5995, -285), why="seed -5995"),
        Line(says="slice_size over 3 MB", ask=init("/n", SIZE, 3 * 1024 * 1024 + 1), status=(400, 413), code=-5991, why="seed -5991 分片过大"),
        Line(says="slice_size too small", ask=init("/n", SIZE, 100), status=400, code=-283, why="seed -283 分片过小"),
        Line(says="slice_size 0", ask=init("/n", SIZE, 0), status=400, code=(-283, -5999, -5992), why="seed -283"),
        Line(says="no slice_size", ask=form("upload_slice_init", "/n", filesize=SIZE), status=400, code=(-5992, -5999), why="seed 必选"),
        Line(says="no SHA", ask=init("/n", SIZE, sha="xyz"), status=400, code=-168, why="seed -168"),
        Line(says="uploadparts is no JSON", ask=init("/n", SIZE, uploadparts="[{"), status=400, code=(-4023, -5999, -5992, -182, -5975), why="seed -4023"),
        Line(says="uploadparts have a hole", ask=init("/n", 16, uploadparts=UPLOADPARTS_WITH_A_HOLE), status=400, code=(-4023, -5999, -5992, -182), why="wire §7: consecutive"),
        Line(says="a directory's path", ask=init("/n/", SIZE), status=400, code=(-160, -5964), why="seed -160"),
        Line(says="where a directory is", ask=init("/dir", SIZE, insertOnly=0), status=400, code=-178, why="wire §11"),
        Line(says="below a file", ask=init("/a.txt/n", SIZE), status=400, code=-178, why="wire §11"),
        Line(says="where a file is", ask=init("/a.txt", SIZE), status=400, code=-177, why="wire §6.7"),
        Line(says="no signature", ask=form("upload_slice_init", "/n", sign=None, filesize=1, slice_size=SLICE), status=SIGN_FAILED, code=-81, why="wire §3.3"),
        Line(says="list of nothing", ask=form("upload_slice_list", "/n"), status=404, code=-197, why="wire §0.19"),
        Line(says="GET", ask=get("upload_slice_init", "/n", filesize=1, slice_size=SLICE), status=(400, 405), code=(-5996, -5972), why="seed -5996"),
    ]
)  # fmt: skip
def test_starting_wrongly_changes_nothing(furnished: Bucket, line: Line) -> None:
    unchanged(furnished, line)


SECOND = b"p" * SLICE
"""What the furnished bucket's pending upload has at offset 64 KiB."""

DATA_LINES = [
    ("offset not on a slice", {"offset": 1000}, SECOND, 400, -290, "wire §8.3: -290"),
    ("offset at the end", {"offset": 200_000}, b"x", 400, -290, "wire §8.3: -290"),
    ("offset beyond the end", {"offset": 4 * SLICE}, SECOND, 400, -290, "wire §8.3: -290"),
    ("offset below 0", {"offset": -SLICE}, SECOND, 400, (-290, -5993, -5992, -5999), "wire §8.3: -290"),
    ("offset no number", {"offset": "first"}, SECOND, 400, (-290, -5993, -5992, -5999), "seed -5993"),
    ("no offset", {}, SECOND, 400, (-5992, -5999, -5993), "seed 必选"),
    ("a slice too short", {"offset": 0}, SECOND[:-1], 400, (-284, -5995), "seed -284 分片大小不一致"),
    ("a slice too long", {"offset": 0}, SECOND + b"x", 400, (-284, -5995), "seed -284"),
    ("the last slice too long", {"offset": 3 * SLICE}, SECOND, 400, (-284, -290, -5995), "seed -284"),
    ("an empty slice", {"offset": 0}, b"", 400, (-284, -5995, -5990), "seed -284"),
    ("other bytes at an offset", {"offset": SLICE}, b"q" * SLICE, 400, (-4015, -4024, -4026, -4027, -4016), "seed -4015, -4027"),
    ("no filecontent", {"offset": 0}, None, 400, -5990, "seed -5990"),
    ("a slice of 4 MB", {"offset": 0}, b"x" * (4 << 20), (400, 413), (-5991, -284, -285), "seed -5991 分片过大"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("says", "fields", "content", "status", "code", "why"), DATA_LINES, ids=[f"{line[0]} [{line[5]}]" for line in DATA_LINES]
)
def test_wrong_slices_change_nothing(
    furnished: Bucket, session: str, says: str, fields: dict[str, Any], content: bytes | None, status: Any, code: Any, why: str
) -> None:
    ask = form("upload_slice_data", "/pending.bin", content, session=session, **fields)
    unchanged(furnished, Line(says=says, ask=ask, status=status, code=code, why=why))


@pytest.mark.parametrize("op", ["upload_slice_data", "upload_slice_finish"])
@pytest.mark.parametrize("wrong", ["unknown", "another file's", "another bucket's", "empty", "missing"])
def test_wrong_sessions_change_nothing(furnished: Bucket, session: str, new_bucket: NewBucket, op: str, wrong: str) -> None:
    """Seed -5983 错误的session; a missing parameter is -5992/-5999 (or -95, -5983)."""
    elsewhere = new_bucket()
    sessions = {
        "unknown": "0" * 32,
        "another file's": furnished.ok(init("/other.bin", 200_000))["session"],
        "another bucket's": elsewhere.ok(init("/pending.bin", 200_000))["session"],
        "empty": "",
        "missing": None,
    }
    codes = (-5983,) if wrong in {"unknown", "another file's", "another bucket's"} else (-5983, -5992, -5999, -95)
    fields = {"session": sessions[wrong]} if sessions[wrong] is not None else {}
    content = b"x" * SLICE if op == "upload_slice_data" else None
    ask = form(op, "/pending.bin", content, offset=0, filesize=200_000, **fields)
    unchanged(furnished, Line(says=wrong, ask=ask, status=400, code=codes))


def test_another_account_cannot_use_a_session(furnished: Bucket, session: str, new_bucket: NewBucket) -> None:
    from .conftest import OTHER

    stranger = new_bucket(owner=OTHER, name=furnished.name)
    ask = form("upload_slice_data", "/pending.bin", SECOND, session=session, offset=0)
    before = furnished.picture()
    check_reply(stranger.ask(ask), status=400, code=-5983)
    assert furnished.picture() == before


@lines(
    [
        Line(says="with a hole", ask=form("upload_slice_finish", "/pending.bin", filesize=200_000), status=400, code=(-4019, -290), why="wire §6.7"),
        Line(says="with another filesize", ask=form("upload_slice_finish", "/pending.bin", filesize=199_999), status=400, code=(-175, -5995), why="seed -175, -5995"),
        Line(says="with the size that is there", ask=form("upload_slice_finish", "/pending.bin", filesize=SLICE), status=400, code=(-175, -5995), why="seed -175"),
        Line(says="without filesize", ask=form("upload_slice_finish", "/pending.bin"), status=400, code=-5971, why="seed -5971"),
    ]
)  # fmt: skip
def test_finishing_wrongly_changes_nothing(furnished: Bucket, session: str, line: Line) -> None:
    ask = form("upload_slice_finish", "/pending.bin", **{**line.ask.fields, "session": session})
    unchanged(furnished, Line(says=line.says, ask=ask, status=line.status, code=line.code))


def test_a_second_start_is_refused_under_pending_init_refuse(new_bucket: NewBucket, serving: Callable[..., Server]) -> None:
    """Seed 分片上传使用流程说明: -4019, then list and resume. Wire facts §14: testable for Java."""
    bucket = new_bucket(on=serving(cos_json__pending_init="refuse"))
    content = some_bytes(SIZE, "refuse")
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
    other = started(bucket, "/s", some_bytes(SIZE + 1, "bigger"), insertOnly=0)
    assert other != session, "another size is another upload (wire facts §6.7)"


def test_a_once_signature_starts_one_upload(bucket: Bucket) -> None:
    """Seed table: multi; never reject once where multi is enough (wire facts §3.3)."""
    once = bucket.sign(ONCE, "/s")
    fields = {"filesize": SIZE, "slice_size": SLICE}
    bucket.ok(form("upload_slice_init", "/s", sign=once, **fields))
    check_reply(bucket.ask(form("upload_slice_init", "/s", sign=once, **fields)), status=SIGN_FAILED, code=-77)
    assert bucket.owner is DEV
