"""Slices that must not be taken: wrong starts, offsets, bytes, sessions and ends. Source: seed 004; wire §6.7, §8.3."""

# ruff: noqa: E501 - a line of a transcript stays one line

from __future__ import annotations

import json
from typing import Any

import pytest

from .bucket import Bucket, NewBucket
from .client import form, get
from .conftest import OTHER
from .slices import SIZE, SLICE, init
from .transcript import SIGN_FAILED, Line, check_reply, lines, unchanged

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
def test_starting_wrongly_changes_nothing(steady: Bucket, line: Line) -> None:
    unchanged(steady, line)


SECOND = b"p" * SLICE
"""What the steady bucket's pending upload has at offset 64 KiB."""

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
    ("says", "fields", "content", "status", "code", "why"),
    DATA_LINES,
    ids=[f"{line[0]} [{line[5]}]" for line in DATA_LINES],
)
def test_wrong_slices_change_nothing(
    steady: Bucket,
    session: str,
    says: str,
    fields: dict[str, Any],
    content: bytes | None,
    status: Any,
    code: Any,
    why: str,
) -> None:
    ask = form("upload_slice_data", "/pending.bin", content, session=session, **fields)
    unchanged(steady, Line(says=says, ask=ask, status=status, code=code, why=why))


@pytest.mark.parametrize("op", ["upload_slice_data", "upload_slice_finish"])
@pytest.mark.parametrize("wrong", ["unknown", "another file's", "another bucket's", "empty", "missing"])
def test_wrong_sessions_change_nothing(
    steady: Bucket, session: str, new_bucket: NewBucket, op: str, wrong: str
) -> None:
    """Seed -5983 错误的session; a missing parameter is -5992/-5999 (or -95, -5983)."""
    elsewhere = new_bucket()
    sessions = {
        "unknown": "0" * 32,
        "another file's": steady.ok(init("/other.bin", 200_000))["session"],
        "another bucket's": elsewhere.ok(init("/pending.bin", 200_000))["session"],
        "empty": "",
        "missing": None,
    }
    codes = (-5983,) if wrong in {"unknown", "another file's", "another bucket's"} else (-5983, -5992, -5999, -95)
    fields = {"session": sessions[wrong]} if sessions[wrong] is not None else {}
    content = b"x" * SLICE if op == "upload_slice_data" else None
    place = {"offset": 0} if op == "upload_slice_data" else {"filesize": 200_000}
    ask = form(op, "/pending.bin", content, **place, **fields)
    unchanged(steady, Line(says=wrong, ask=ask, status=400, code=codes))


def test_another_account_cannot_use_a_session(steady: Bucket, session: str, new_bucket: NewBucket) -> None:
    stranger = new_bucket(owner=OTHER, name=steady.name)
    ask = form("upload_slice_data", "/pending.bin", SECOND, session=session, offset=0)
    before = steady.picture()
    check_reply(stranger.ask(ask), status=400, code=-5983)
    assert steady.picture() == before


@lines(
    [
        Line(says="with a hole", ask=form("upload_slice_finish", "/pending.bin", filesize=200_000), status=400, code=(-4019, -290), why="wire §6.7"),
        Line(says="with another filesize", ask=form("upload_slice_finish", "/pending.bin", filesize=199_999), status=400, code=(-175, -5995), why="seed -175, -5995"),
        Line(says="with the size that is there", ask=form("upload_slice_finish", "/pending.bin", filesize=SLICE), status=400, code=(-175, -5995), why="seed -175"),
        Line(says="without filesize", ask=form("upload_slice_finish", "/pending.bin"), status=400, code=-5971, why="seed -5971"),
    ]
)  # fmt: skip
def test_finishing_wrongly_changes_nothing(steady: Bucket, session: str, line: Line) -> None:
    ask = form("upload_slice_finish", "/pending.bin", **{**line.ask.fields, "session": session})
    unchanged(steady, Line(says=line.says, ask=ask, status=line.status, code=line.code))
