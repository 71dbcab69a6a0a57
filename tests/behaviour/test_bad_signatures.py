"""Signatures that must not do, each with its code, and nothing changed.

Source: seed 004 "PROXY 错误码" and "签名算法"; wire facts §3.3, the mapping of errors.
"""

# ruff: noqa: E501 - a line of a transcript stays one line

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from .bucket import Bucket
from .client import ONCE, Ask, Sign, SignBy, form, get, post
from .conftest import OTHER
from .transcript import SIGN_FAILED, Line, check_reply, unchanged


def flipped(sign: str) -> str:
    """One bit of the HMAC changed."""
    raw = bytearray(base64.b64decode(sign))
    raw[3] ^= 1
    return base64.b64encode(raw).decode()


def retold(old: bytes, new: bytes) -> Callable[[str], str]:
    """The text changed under the same HMAC."""

    def change(sign: str) -> str:
        raw = base64.b64decode(sign)
        assert old in raw[20:]
        return base64.b64encode(raw[:20] + raw[20:].replace(old, new, 1)).decode()

    return change


def cut(count: int) -> Callable[[str], str]:
    """The last characters cut off, so that it is still base64."""
    return lambda sign: sign[: (len(sign) - count) // 4 * 4]


WRONG: list[tuple[str, SignBy, Any, str]] = [
    ("none", None, -81, "seed -81 签名为空"),
    ("empty", "", -81, "seed -81"),
    ("the word alone", "Authorization", (-5998, -81), "seed -5998"),
    ("not base64", "!!!!", -5998, "seed -5998 签名格式错误"),
    ("URL-safe base64", Sign(change=lambda sign: base64.urlsafe_b64encode(b"\xfb\xff" + base64.b64decode(sign)).decode()), -5998, "seed: 不是 urlsafe"),
    ("too short", base64.b64encode(b"x" * 19).decode(), -5998, "wire §3.3"),
    ("an HMAC alone", base64.b64encode(b"x" * 20).decode(), -5998, "wire §3.3"),
    ("no list of fields", base64.b64encode(b"x" * 20 + b"hello").decode(), -5998, "wire §3.3"),
    ("Basic", "Basic " + base64.b64encode(b"user:pass").decode(), -5998, "wire §3.3"),
    ("without k", Sign(order="abetrf"), -5998, "wire §3.3: malformed"),
    ("without a", Sign(order="bketrf"), -5998, "wire §3.3: malformed"),
    ("without e", Sign(order="abktrf"), -5998, "wire §3.3: malformed"),
    ("a field twice", Sign(order="abketrfk"), -5998, "wire §3.3: malformed"),
    ("e no number", Sign(e="never"), -5998, "wire §3.3: malformed"),
    ("e below 0", Sign(e="-1"), (-5998, -96), "wire §3.3: malformed"),
    ("e infinite", Sign(e="1e999"), -5998, "wire §3.3: malformed"),
    ("t no number", Sign(t="now"), -5998, "wire §3.3: malformed"),
    ("t in milliseconds", Sign(t="1700000000000"), (-96, -5998), "seed: 都请转化为秒"),
    ("very long", Sign(f="/{appid}/{bucket}/" + "x" * 9000), -5998, "wire §3.3: malformed"),
    ("another secret", Sign(secret=b"wrong"), -97, "seed -97 非法签名"),
    ("one bit of the HMAC", Sign(change=flipped), -97, "seed -97"),
    ("r changed afterwards", Sign(r="111", change=retold(b"r=111", b"r=112")), -97, "seed -97"),
    ("f changed afterwards", Sign(bind="/b", change=retold(b"/b", b"/a")), (-97, -63), "seed -97"),
    ("cut off", Sign(change=cut(8)), (-97, -5998), "issue 2 §3: truncated"),
    ("cut off by half", Sign(change=cut(80)), (-97, -5998), "issue 2 §3: truncated"),
    ("cut within base64", Sign(change=lambda sign: sign[:-5]), (-97, -5998), "issue 2 §3: truncated"),
    ("twice in a row", Sign(change=lambda sign: sign + sign), (-97, -5998), "issue 2 §3: double"),
    ("expired", Sign(ttl=60, age=120), -96, "seed -96 签名过期"),
    ("from the future", Sign(age=-86400), -96, "issue 2 §3: skew"),
    ("for a hundred days", Sign(ttl=100 * 86400), -96, "seed: 7776000"),
    ("an unknown key", Sign(k="AKIDnobody"), -79, "seed -79 secretid不存在"),
    ("an unknown account", Sign(a="1999999999"), -82, "seed -82 不存在此appid"),
    ("an account that is no number", Sign(a="me"), (-82, -5998), "seed -82"),
    ("another account's key", Sign(k=OTHER.key_id, secret=OTHER.secret), -62, "seed -62 appid与secretid不匹配"),
    ("another account", Sign(a=str(OTHER.appid), k=OTHER.key_id, secret=OTHER.secret), -70, "seed -70"),
    ("our key for another account", Sign(a=str(OTHER.appid)), -62, "seed -62"),
    ("another bucket", Sign(b="demo"), -61, "seed -61"),
    ("no bucket", Sign(b=""), -61, "seed -61"),
    ("bound to another path", Sign(bind="/b.txt"), -63, "seed -63 fileid与签名不匹配"),
    ("bound to a path below", Sign(bind="/a.txt/x"), -63, "seed -63"),
    ("bound to another bucket's path", Sign(f="/{appid}/demo/a.txt"), -63, "seed -63"),
    ("bound to another account's path", Sign(f="/1250000001/{bucket}/a.txt"), -63, "seed -63"),
    ("bound to the path alone", Sign(f="/a.txt"), -63, "wire §3.2: for downloads only"),
    ("encoded four times", Sign(f="/{appid}/{bucket}/%25252561.txt"), -63, "wire §0.3: 0-3 rounds"),
    ("once for another path", Sign(once=True, bind="/b.txt"), -63, "seed -63"),
    ("once for a prefix", Sign(once=True, bind="/a"), -63, "seed: 只能应用于被绑定的文件"),
    ("once for the root", Sign(once=True, bind="/"), -63, "seed -63"),
    ("e=0 without a path", Sign(e="0"), (-74, -76), "seed -74 多次签名-过期时间为0; -76"),
    ("once from the future", Sign(once=True, age=-86400), -96, "issue 2 §3: skew"),
    ("once made 100 days ago", Sign(once=True, age=100 * 86400), -96, "seed: 90 days at most"),
]  # fmt: skip
OPS: dict[str, Callable[[SignBy], Ask]] = {
    "stat": lambda sign: get("stat", "/a.txt", sign=sign),
    "upload": lambda sign: form("upload", "/a.txt", b"overwritten", sign=sign, insertOnly=0),
}


@pytest.mark.parametrize("op", OPS)
@pytest.mark.parametrize(("says", "sign", "code", "why"), WRONG, ids=[f"{line[0]} [{line[3]}]" for line in WRONG])
def test_refused_and_nothing_changed(steady: Bucket, op: str, says: str, sign: SignBy, code: Any, why: str) -> None:
    unchanged(steady, Line(says=says, ask=OPS[op](sign), status=SIGN_FAILED, code=code, why=why))


def test_replayed(furnished: Bucket) -> None:
    """Seed -77 单次性签名已不可用."""
    once = furnished.sign(ONCE, "/a.txt")
    furnished.ok(post("update", "/a.txt", sign=once, biz_attr="first"))
    for ask in (
        post("update", "/a.txt", sign=once, biz_attr="second"),
        post("delete", "/a.txt", sign=once),
        form("upload", "/a.txt", b"x", sign=once, insertOnly=0),
    ):
        unchanged(furnished, Line(says="replayed", ask=ask, status=SIGN_FAILED, code=-77))


TWICE: dict[str, tuple[list[str], list[str]]] = {
    "header and query": (["good"], ["good"]),
    "two headers": (["good", "good"], []),
    "two in the query": ([], ["good", "good"]),
    "good and bad": (["good", "bad"], []),
    "bad and good": (["bad"], ["good"]),
}


@pytest.mark.parametrize(("headers", "query"), TWICE.values(), ids=TWICE.keys())
def test_two_signatures(furnished: Bucket, headers: list[str], query: list[str]) -> None:
    """Issue 2 §3: double signatures; architecture §4: refused. -5998 is the code of a wrong form (seed)."""
    made = {"good": furnished.sign(Sign(), "/a.txt"), "bad": furnished.sign(Sign(secret=b"x"), "/a.txt")}
    before = furnished.picture()
    base = f"/files/v2/{furnished.owner.appid}/{furnished.name}/a.txt?op=stat"
    target = base + "".join(f"&sign={made[name]}" for name in query)
    reply = furnished.client.send("GET", target, headers=[("Authorization", made[name]) for name in headers])
    check_reply(reply, status=SIGN_FAILED, code=-5998)
    assert furnished.picture() == before


@pytest.mark.parametrize("url", ["/files/v2/1250000001/{bucket}/a.txt", "/files/v2/1999999999/{bucket}/a.txt"])
def test_another_appid_in_the_url(furnished: Bucket, url: str) -> None:
    """Seed -70 输入的appid与签名不匹配."""
    ask = Ask(op="stat", way="get", url=url.format(bucket=furnished.name))
    check_reply(furnished.ask(ask), status=SIGN_FAILED, code=-70)


def test_another_bucket_in_the_url(furnished: Bucket) -> None:
    """Seed -61 bucket与签名中的bucket不匹配."""
    ask = Ask(op="stat", way="get", url=f"/files/v2/{furnished.owner.appid}/demo/a.txt")
    check_reply(furnished.ask(ask), status=SIGN_FAILED, code=-61)


def test_the_key_is_looked_at_before_the_body(furnished: Bucket) -> None:
    """Architecture §4: nothing unauthenticated is ever parsed."""
    broken = Ask(
        op=None, path="/a.txt", way="raw", body=b"{broken", content_type="application/json", sign=Sign(secret=b"x")
    )
    check_reply(furnished.ask(broken), status=SIGN_FAILED, code=-97)
