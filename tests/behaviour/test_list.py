"""op=list: one level of a bucket, page by page. Source: seed 004 "列出目录"; wire facts §6.2, §10."""

# ruff: noqa: E501 - a line of a transcript stays one line

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import pytest

from .bucket import Bucket
from .client import DEV, Ask, Sign, form, get, post
from .server import Server
from .transcript import DIRECTORY_ENTRY, FILE_ENTRY, Line, check_shape, lines, played, unchanged

PAGE = {"context": str, "infos": list, "listover": bool}
URL_SAFE = re.compile(r"[A-Za-z0-9._~-]*")
"""Wire facts §0, rule 21: C++ and py3 paste the context un-encoded into the URL."""
MANY = 2500


def pages(bucket: Bucket, path: str, num: int, **fields: Any) -> list[list[str]]:
    """The names of every page, in order; checks what each page must have."""
    found: list[list[str]] = []
    context = ""
    for _ in range(200):
        data = bucket.ok(get("list", path, num=num, context=context, **fields))
        check_shape(data, PAGE, path)
        assert len(data["infos"]) <= num
        assert URL_SAFE.fullmatch(data["context"]), data["context"]
        found.append([entry["name"] for entry in data["infos"]])
        if data["listover"]:
            return found
        assert data["context"] != context, "a page must lead on"
        context = data["context"]
    raise AssertionError(f"the listing of {path} does not end")


def flat(found: list[list[str]]) -> list[str]:
    """All names."""
    return [name for page in found for name in page]


def test_an_empty_bucket(bucket: Bucket) -> None:
    data = bucket.ok(get("list", "/", num=10))
    check_shape(data, PAGE | {"infos": [], "listover": True}, "")


def test_files_and_directories_of_one_level(bucket: Bucket) -> None:
    bucket.put("/b.txt", b"bytes", biz_attr="not shown")
    bucket.make("/a/")
    bucket.put("/c/deep/x.txt")
    infos = bucket.ok(get("list", "/", num=10))["infos"]
    assert [entry["name"] for entry in infos] == ["a/", "b.txt", "c/"]
    for entry in infos:
        check_shape(entry, FILE_ENTRY if entry["name"] == "b.txt" else DIRECTORY_ENTRY, str(entry))
    assert (infos[1]["filesize"], infos[1]["filelen"]) == (5, 5)
    assert "biz_attr" not in infos[1], "seed 列出目录: a listing has no biz_attr"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"order": 0}, ["a/", "b", "c/", "d"]),
        ({"order": 1}, ["d", "c/", "b", "a/"]),
        ({"pattern": "eListBoth"}, ["a/", "b", "c/", "d"]),
        ({"pattern": "eListDirOnly"}, ["a/", "c/"]),
        ({"pattern": "eListFileOnly"}, ["b", "d"]),
        ({"pattern": "ListDirOnly"}, ["a/", "c/"]),
        ({"pattern": "eListFileOnly", "order": 1}, ["d", "b"]),
        ({"delimiter": "/", "list_flag": 1}, ["a/", "b", "c/", "d"]),
        ({"context": ""}, ["a/", "b", "c/", "d"]),
    ],
)
def test_order_and_pattern(bucket: Bucket, fields: dict[str, Any], expected: list[str]) -> None:
    """Wire facts §6.2, the table of parameters as SDKs send them."""
    for path in ("/a/x", "/b", "/d"):
        bucket.put(path)
    bucket.make("/c/")
    assert bucket.names("/", **fields) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/d/中", ["中b.txt", "中国/"]),
        ("/d/中国", ["中国/"]),
        ("/d/x", ["x.txt"]),
        ("/d/nothing", []),
        ("/d", ["d/", "d.txt"]),
        ("/d/", ["x.txt", "中b.txt", "中国/"]),
    ],
)
def test_a_prefix_is_the_last_element_without_a_slash(bucket: Bucket, path: str, expected: list[str]) -> None:
    """Seed 列出目录 "带前缀的查询"; wire facts §10."""
    for name in ("/d/x.txt", "/d/中b.txt", "/d/中国/1.txt", "/d.txt", "/e"):
        bucket.put(name)
    assert sorted(bucket.names(path)) == sorted(expected)


def test_names_come_in_byte_order(bucket: Bucket) -> None:
    names = ["B", "a", "a b", "a+b", "a-b", "a.txt", "a~", "中", "é", "z", "😀", "\uffee"]
    for name in names:
        bucket.put(f"/{name}")
    assert bucket.names() == sorted(names, key=str.encode)
    assert bucket.names(order=1) == sorted(names, key=str.encode, reverse=True)


def test_a_directory_sorts_among_its_neighbours_on_every_page(bucket: Bucket) -> None:
    """`a/` lies between `a.` and `a0` in byte order; small pages must neither lose nor repeat it."""
    for path in ("/a.txt", "/a/1", "/a/2/3", "/a0", "/a-", "/b/1", "/b0"):
        bucket.put(path)
    whole = bucket.names()
    for num in range(1, 8):
        assert flat(pages(bucket, "/", num)) == whole
        assert flat(pages(bucket, "/", num, order=1)) == whole[::-1]


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("pattern", ["eListBoth", "eListDirOnly", "eListFileOnly"])
def test_pages_of_mixed_entries_join_seamlessly(bucket: Bucket, order: int, pattern: str) -> None:
    for number in range(12):
        bucket.put(f"/m/f{number:02}")
        bucket.put(f"/m/d{number:02}/a")
        bucket.put(f"/m/d{number:02}/b/c")
    whole = bucket.names("/m/", order=order, pattern=pattern)
    assert len(whole) == (24 if pattern == "eListBoth" else 12)
    for num in (1, 5, 12, 23, 24):
        assert flat(pages(bucket, "/m/", num, order=order, pattern=pattern)) == whole


def test_an_explicit_directory_counts_once_on_its_first_page(bucket: Bucket) -> None:
    """Wire facts §10: py3's own test needs it."""
    bucket.make("/d/")
    bucket.put("/d/1")
    bucket.put("/d/2")
    first = bucket.ok(get("list", "/d/", num=2))
    assert ([entry["name"] for entry in first["infos"]], first["listover"]) == (["1"], False)
    second = bucket.ok(get("list", "/d/", num=1, context=first["context"]))
    assert [entry["name"] for entry in second["infos"]] == ["2"]


def test_an_implied_directory_counts_nothing(bucket: Bucket) -> None:
    bucket.put("/d/1")
    bucket.put("/d/2")
    page = bucket.ok(get("list", "/d/", num=2))
    assert ([entry["name"] for entry in page["infos"]], page["listover"]) == (["1", "2"], True)


def test_a_page_goes_on_where_it_ended_though_the_bucket_changes(bucket: Bucket) -> None:
    for name in "abcdef":
        bucket.put(f"/{name}")
    first = bucket.ok(get("list", "/", num=3))
    bucket.delete("/c")
    bucket.delete("/d")
    bucket.put("/cc")
    assert bucket.names(context=first["context"]) == ["cc", "e", "f"]


def test_the_context_may_be_pasted_as_it_is(bucket: Bucket) -> None:
    """C++ and py3 do not encode it; names here would break that if it were the name itself."""
    for name in ("中 文+1", "中 文&2", "中 文#3"):
        bucket.put(f"/{name}")
    context, names = "", []
    for _ in range(3):
        url = f"/files/v2/{DEV.appid}/{bucket.name}/?op=list&num=1&context={context}"
        data = bucket.ok(Ask(op=None, way="get", url=url))
        names += [entry["name"] for entry in data["infos"]]
        context = data["context"]
    assert sorted(names) == ["中 文#3", "中 文&2", "中 文+1"]


@lines(
    [
        Line(says="sign before op in the query", ask=get("list", "/", sign=Sign(by="query")), data=PAGE, why="wire §6.2: JS"),
        Line(says="raw base64 sign", ask=get("list", "/", sign=Sign(by="raw-query")), data=PAGE, why="wire §0.2"),
        Line(says="f is directory and prefix", ask=get("list", "/dir/b", sign=Sign(bind="/dir/b")), data=PAGE, why="wire §3.2: Py"),
        Line(says="f is a wider prefix", ask=get("list", "/dir/", sign=Sign(bind="/")), data=PAGE, why="wire §3.2: py3"),
        Line(says="once", ask=get("list", "/dir/", sign=Sign(once=True)), data=PAGE, why="wire §3.3"),
        Line(says="Content-Type without a body", ask=Ask(op="list", way="get", headers=[("Content-Type", "application/json")]), data=PAGE, why="wire §11: qos"),
        Line(says="no num", ask=get("list", "/"), data=PAGE, why="PHP default is the client's"),
        Line(says="num 1000", ask=get("list", "/", num=1000), data=PAGE, why="seed 列出目录: 最大支持1000"),
        Line(says="the prefix of nothing", ask=get("list", "/dir/zzz"), data=PAGE | {"infos": []}, why="wire §10"),
        Line(says="double slashes", ask=get("list", "/dir//"), data=PAGE, why="wire §0.10"),
        Line(says="a made directory that is empty", ask=get("list", "/empty/"), data=PAGE | {"infos": [], "listover": True}, why="seed"),
    ]
)  # fmt: skip
def test_ways_to_ask(furnished: Bucket, line: Line) -> None:
    played(furnished, line)


@lines(
    [
        Line(says="num 0", ask=get("list", "/", num=0), status=400, code=(-157, -170), why="wire §14"),
        Line(says="num -1", ask=get("list", "/", num=-1), status=400, code=(-157, -170), why="wire §14"),
        Line(says="num 1001", ask=get("list", "/", num=1001), status=400, code=(-170, -165), why="seed 1000; -170"),
        Line(says="num no number", ask=get("list", "/", num="many"), status=400, code=-170, why="seed -170"),
        Line(says="num huge", ask=get("list", "/", num="9" * 40), status=400, code=-170, why="seed -170"),
        Line(says="a foreign context", ask=get("list", "/", context="/etc"), status=400, code=(-5999, -5992, -182), why="seed -5999"),
        Line(says="an unknown pattern", ask=get("list", "/", pattern="eNone"), status=400, code=(-5999, -5992, -182), why="seed -5999"),
        Line(says="an unknown order", ask=get("list", "/", order=2), status=400, code=(-5999, -5992, -182), why="seed -5999"),
        Line(says="a directory that never was", ask=get("list", "/never/"), status=404, code=(-197, -166), why="wire §10"),
        Line(says="below a file", ask=get("list", "/a.txt/"), status=404, code=(-197, -166), why="wire §10"),
        Line(says="no signature", ask=get("list", "/", sign=None), status=(401, 403), code=-81, why="wire §3.3"),
        Line(says="POST", ask=post("list", "/"), status=(400, 405), code=(-5996, -5972), why="seed -5996"),
        Line(says="POST form", ask=form("list", "/"), status=(400, 405), code=(-5996, -5972), why="seed -5996"),
    ]
)  # fmt: skip
def test_refused_and_nothing_changed(steady: Bucket, line: Line) -> None:
    unchanged(steady, line)


@pytest.fixture(scope="module")
def crowded(server: Server) -> Iterator[Bucket]:
    """A bucket with 2,500 entries below /many/: every fifth one a directory."""
    name = server.make_bucket(DEV.appid)
    bucket = Bucket(server=server, name=name, client=server.client())

    def fill(worker: int) -> None:
        mine = bucket.fresh()
        for number in range(worker, MANY, 8):
            mine.put(f"/many/{number:05}" + ("/in" if number % 5 == 0 else ""), b"%d" % number)
        mine.client.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(fill, range(8)))
    yield bucket
    bucket.client.close()


@pytest.mark.parametrize("num", [1000, 999, 199])
@pytest.mark.parametrize("order", [0, 1])
def test_many_entries_over_several_pages(crowded: Bucket, num: int, order: int) -> None:
    found = pages(crowded, "/many/", num, order=order)
    expected = [f"{number:05}" + ("/" if number % 5 == 0 else "") for number in range(MANY)]
    assert flat(found) == (expected[::-1] if order else expected)
    assert [len(page) for page in found[:-1]] == [num] * (len(found) - 1)
    assert len(found) <= MANY // num + 1


@pytest.mark.parametrize(("pattern", "count"), [("eListDirOnly", 500), ("eListFileOnly", 2000)])
def test_many_entries_of_one_kind(crowded: Bucket, pattern: str, count: int) -> None:
    names = flat(pages(crowded, "/many/", 300, pattern=pattern))
    assert len(names) == len(set(names)) == count
    assert all(name.endswith("/") == (pattern == "eListDirOnly") for name in names)


def test_a_prefix_among_many(crowded: Bucket) -> None:
    names = flat(pages(crowded, "/many/01", 300))
    assert names == [f"{number:05}" + ("/" if number % 5 == 0 else "") for number in range(1000, 2000)]
    url = f"/files/v2/{DEV.appid}/{crowded.name}" + quote("/many/0249")
    infos = crowded.ok(Ask(op="list", way="get", url=url))["infos"]
    assert len(infos) == 10
