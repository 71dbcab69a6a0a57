"""op=stat: attributes of a file, a directory, the bucket. Source: seed 004 "查询目录属性", "查询文件属性"; wire §6.3, §9."""

# ruff: noqa: E501 - a line of a transcript stays one line

from __future__ import annotations

import hashlib
import time

import pytest

from .bucket import Bucket, NewBucket
from .client import Ask, Sign, get
from .transcript import ABSENT, FILE_STAT, SIGN_FAILED, Line, check_shape, lines, played, unchanged

DIRECTORY = {"biz_attr": str, "ctime": int, "mtime": int, "sha": ABSENT, "filesize": ABSENT}
BUCKET = {"authority": "eWRPrivate", "biz_attr": str, "ctime": int, "mtime": int}


@lines(
    [
        Line(
            says="a file",
            ask=get("stat", "/a.txt"),
            data=FILE_STAT
            | {
                "name": "a.txt",
                "biz_attr": "note",
                "filesize": 5,
                "filelen": 5,
                "sha": hashlib.sha1(b"alpha").hexdigest(),
                "authority": "eInvalid",
                "forbid": 0,
                "slicesize": 5,
            },
            why="seed 查询文件属性, sample and table",
        ),
        Line(says="a file deep down", ask=get("stat", "/implied/deep/c.txt"), data={"name": "c.txt"}, why="seed: 文件名"),
        Line(says="a directory", ask=get("stat", "/dir/"), data=DIRECTORY, why="seed 查询目录属性"),
        Line(says="an implied directory", ask=get("stat", "/implied/"), data=DIRECTORY, why="wire §14, first reading"),
        Line(says="the bucket", ask=get("stat", "/"), data=BUCKET, why="wire §9"),
        Line(says="double slash", ask=get("stat", "//dir//b.txt"), data={"name": "b.txt"}, why="wire §0.10"),
        Line(says="sign in the query", ask=get("stat", "/a.txt", sign=Sign(by="query")), data=FILE_STAT, why="wire §0.2"),
        Line(says="sign bound to it", ask=get("stat", "/a.txt", sign=Sign(bind="/a.txt")), data=FILE_STAT, why="wire §3.2: Py, Java"),
        Line(says="once", ask=get("stat", "/a.txt", sign=Sign(once=True)), data=FILE_STAT, why="wire §3.3"),
        Line(
            says="Content-Type without a body",
            ask=Ask(op="stat", path="/a.txt", way="get", headers=[("Content-Type", "application/json")]),
            data=FILE_STAT,
            why="wire §11: qos, py3",
        ),
    ]
)  # fmt: skip
def test_what_is_there(furnished: Bucket, line: Line) -> None:
    played(furnished, line)


@lines(
    [
        Line(says="no such file", ask=get("stat", "/none.txt"), status=404, code=-197, why="wire §6.3"),
        Line(says="no such directory", ask=get("stat", "/none/"), status=404, code=(-197, -166), why="wire §6.3"),
        Line(says="a file as a directory", ask=get("stat", "/a.txt/"), status=404, code=(-197, -166), why="wire §11"),
        Line(says="a directory as a file", ask=get("stat", "/dir"), status=404, code=-197, why="wire §11"),
        Line(says="an unfinished upload", ask=get("stat", "/pending.bin"), status=404, code=-197, why="issue 2: nothing half-visible"),
        Line(says="the name in other letters", ask=get("stat", "/A.TXT"), status=404, code=-197, why="keys are bytes"),
        Line(says="no signature", ask=get("stat", "/a.txt", sign=None), status=SIGN_FAILED, code=-81, why="wire §3.3"),
    ]
)  # fmt: skip
def test_refused_and_nothing_changed(steady: Bucket, line: Line) -> None:
    unchanged(steady, line)


def test_times_are_seconds_of_now(bucket: Bucket) -> None:
    before = int(time.time())
    bucket.put("/f")
    bucket.make("/d/")
    after = time.time()
    for path in ("/f", "/d/"):
        found = bucket.stat(path)
        assert before <= found["ctime"] <= after
        assert before <= found["mtime"] <= after


@pytest.mark.parametrize(
    "name",
    [
        "普通话 文件.txt",
        "a+b c.txt",
        "".join(chr(code) for code in range(33, 127) if chr(code) != "/"),
        "…",
        "~-_.!*'()",
        "%41.txt",
        "a..b",
        "...",
    ],
)
def test_names_keep_every_character(bucket: Bucket, name: str) -> None:
    """Wire facts §11: PHP's test-suite uploads a file whose name has all printable ASCII."""
    bucket.put(f"/{name}", b"n")
    assert bucket.stat(f"/{name}")["name"] == name
    assert bucket.names() == [name]
    assert bucket.content(f"/{name}") == b"n"


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("a%2Bb", "a+b"),
        ("a+b", "a+b"),
        ("%e4%b8%ad", "中"),
        ("%E4%B8%AD", "中"),
        ("%7Etilde", "~tilde"),
        ("a%20b", "a b"),
        ("%41", "A"),
        ("a%252Fb", "a%2Fb"),
        ("d%2Fx", "d/x"),
    ],
)
def test_paths_are_decoded_once(bucket: Bucket, sent: str, meant: str) -> None:
    """Wire facts §0 rule 11, §11: a plus in a path is a plus; hex in either case; one round of decoding."""
    bucket.put(f"/{meant}")
    base = f"/files/v2/{bucket.owner.appid}/{bucket.name}/"
    assert bucket.ok(Ask(op="stat", way="get", url=base + sent))["name"] == meant.rpartition("/")[2]


def test_a_public_bucket_says_so(new_bucket: NewBucket) -> None:
    from entrepot.core.facts.records import Acl

    bucket = new_bucket(acl=Acl.PUBLIC_READ)
    assert bucket.stat("/")["authority"] == "eWPrivateRPublic"


def test_stat_of_every_entry_agrees_with_the_listing(furnished: Bucket) -> None:
    infos = furnished.ok(get("list", "/dir/", num=10))["infos"]
    for entry in infos:
        check_shape(furnished.stat("/dir/" + entry["name"]), entry, str(entry))


def test_no_stat_without_a_bucket(furnished: Bucket) -> None:
    """The bucket named in URL and signature does not exist. Source: wire facts §8.2, 404 for what does not exist."""
    ghost = Bucket(server=furnished.server, name="nosuchbucket", client=furnished.client)
    played(ghost, Line(says="", ask=get("stat", "/a.txt"), status=404, code=(-197, -166)))
