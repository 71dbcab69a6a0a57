"""Signatures as SDKs make them are taken. Source: seed 004 "签名算法"; wire facts §0 rules 1-4, §3."""

# ruff: noqa: E501 - a line of a transcript stays one line

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from .bucket import Bucket, NewBucket
from .client import ONCE, Ask, Sign, form, get, post
from .server import Server
from .transcript import SIGN_FAILED, check_reply

PATH = "/目录/a b+c.txt"
HOUR = 3600
NINETY_DAYS = 7_776_000


@pytest.fixture
def stored(bucket: Bucket) -> Bucket:
    """A bucket with a file whose path needs encoding."""
    bucket.put(PATH, b"signed")
    return bucket


@pytest.mark.parametrize("order", ["abketrf", "aketrfb", "abkretf", "fretkba", "rbfkaet"])
@pytest.mark.parametrize("once", [False, True], ids=["multi", "once"])
def test_every_order_of_fields(stored: Bucket, order: str, once: bool) -> None:
    """Wire facts §0 rule 1, §3.2: seed text, seed samples and most SDKs, Android, and any other."""
    stored.ok(get("stat", PATH, sign=Sign(once=once, order=order)))


def test_a_signature_without_f_or_with_more_fields(stored: Bucket) -> None:
    """Wire facts §0, rule 1: an unordered list of key=value, verified as received."""
    stored.ok(get("stat", PATH, sign=Sign(order="abketr")))
    stored.ok(get("stat", PATH, sign=Sign(r="12&x=y")))


@pytest.mark.parametrize(
    "sign",
    [
        Sign(by="header"),
        Sign(by="query"),
        Sign(by="raw-query"),
        Sign(word="Authorization "),
    ],
    ids=["header", "query", "query, raw base64", "after the word Authorization (.NET)"],
)
def test_every_place(stored: Bucket, sign: Sign) -> None:
    """Wire facts §0 rule 2, §3.3 header oddities."""
    stored.ok(get("stat", PATH, sign=sign))


def test_raw_base64_with_plus_and_slash_in_the_query(stored: Bucket) -> None:
    """Wire facts §3.4: treat a decoded space as a plus. Signs until there is a plus."""
    made = (stored.sign(Sign(), PATH) for _ in range(500))
    sign = next(sign for sign in made if "+" in sign and "/" in sign)
    url = f"/files/v2/{stored.owner.appid}/{stored.name}" + quote(PATH) + "?op=stat&sign=" + sign
    stored.ok(Ask(op=None, way="get", url=url, sign=None))
    stored.ok(Ask(op=None, way="get", url=url.replace("+", "%2B"), sign=None))


def encodings(root: str) -> dict[str, str]:
    """How clients write ``f``."""
    full = root + PATH
    once = quote(full, safe="/~")
    return {
        "raw (qos)": full,
        "encoded (Py, C++)": once,
        "lower-case hex (.NET)": "".join(c.lower() if (at and once[at - 1] == "%") or (at > 1 and once[at - 2] == "%") else c for at, c in enumerate(once)),
        "double-encoded (PHP)": quote(once, safe="/"),
        "encoded three times": quote(quote(once, safe="/"), safe="/"),
        "slashes encoded (cos-auth)": quote(full, safe=""),
        "double slash (py3)": root + "/" + quote(PATH, safe="/~"),
        "tilde encoded, star not (Java)": quote(full, safe="/*"),
    }  # fmt: skip


@pytest.mark.parametrize("name", encodings("").keys())
@pytest.mark.parametrize("once", [False, True], ids=["multi", "once"])
def test_every_encoding_of_f(stored: Bucket, name: str, once: bool) -> None:
    """Wire facts §0, rule 3: 0 to 3 rounds of decoding, slashes collapsed."""
    f = encodings(f"/{stored.owner.appid}/{stored.name}")[name]
    stored.ok(get("stat", PATH, sign=Sign(once=once, f=f)))
    if once:
        stored.ok(post("delete", PATH, sign=Sign(once=True, f=f)))


@pytest.mark.parametrize("f", ["/", "/目录", "/目录/", "/目录/a", "/目录/a b+c.txt"])
def test_a_multi_signature_binds_a_prefix(stored: Bucket, f: str) -> None:
    """Seed: 同时支持前缀匹配; wire facts §3.3."""
    stored.ok(get("stat", PATH, sign=Sign(bind=f)))
    stored.ok(form("upload", PATH, b"again", sign=Sign(bind=f), insertOnly=0))


@pytest.mark.parametrize(
    "fields",
    [
        {"e": "{e}.75", "t": "{t}.25"},
        {"e": "{e}.123456789", "t": "{t}"},
        {"r": "0"},
        {"r": "9" * 20},
        {"r": "1234567890123456789"},
        {"r": "0.8374658374"},
    ],
    ids=str,
)
def test_decimals_and_long_random_numbers(stored: Bucket, fields: dict[str, str]) -> None:
    """Wire facts §0, rule 4: qos, JS demo, C++, Android."""
    now = int(time.time())
    given: dict[str, Any] = {name: value.format(e=now + HOUR, t=now) for name, value in fields.items()}
    stored.ok(get("stat", PATH, sign=Sign(**given)))


TIMES: list[tuple[str, Sign, int]] = [
    ("30 s", Sign(ttl=30), 0),
    ("ninety days", Sign(ttl=NINETY_DAYS), 0),
    ("a second more than ninety days", Sign(ttl=NINETY_DAYS + 1), -96),
    ("a year", Sign(ttl=365 * 86400), -96),
    ("made a minute ahead, within the skew", Sign(age=-60), 0),
    ("made ten minutes ahead, within the skew", Sign(age=-600), 0),
    ("made an hour ahead", Sign(age=-HOUR), -96),
    ("expired a second ago", Sign(ttl=300, age=301), -96),
    ("expired long ago", Sign(ttl=300, age=86400), -96),
    ("made to be over at once", Sign(ttl=-10), -96),
    ("made 89 days ago for 90", Sign(ttl=NINETY_DAYS, age=NINETY_DAYS - 86400), 0),
]


@pytest.mark.parametrize(("says", "sign", "code"), TIMES, ids=[line[0] for line in TIMES])
def test_times(stored: Bucket, says: str, sign: Sign, code: int) -> None:
    """Seed: e = t + 有效时长, at most 7776000 (90 days); -96 签名过期. The skew allowance is a setting (issue 2 §3)."""
    check_reply(stored.ask(get("stat", PATH, sign=sign)), status=SIGN_FAILED if code else 200, code=code)


def test_the_skew_is_a_setting(new_bucket: NewBucket, strict_server: Server) -> None:
    bucket = new_bucket(on=strict_server)
    check_reply(bucket.ask(get("stat", "/", sign=Sign(age=-20))), status=200, code=0)
    check_reply(bucket.ask(get("stat", "/", sign=Sign(age=-90))), status=SIGN_FAILED, code=-96)


ANY_OP: dict[str, Callable[[Sign], Ask]] = {
    "create": lambda sign: post("create", "/d/", sign=sign),
    "list": lambda sign: get("list", "/", sign=sign),
    "stat": lambda sign: get("stat", "/f", sign=sign),
    "upload": lambda sign: form("upload", "/g", b"x", sign=sign),
    "upload_slice_init": lambda sign: form("upload_slice_init", "/s", sign=sign, filesize=9, slice_size=65536),
    "upload_slice_list": lambda sign: form("upload_slice_list", "/f", sign=sign),
    "move": lambda sign: post("move", "/f", sign=sign, dest_fileid="/m"),
    "copy": lambda sign: post("copy", "/f", sign=sign, dest_fileid="/c"),
    "update": lambda sign: post("update", "/f", sign=sign, biz_attr="x"),
    "delete": lambda sign: post("delete", "/f", sign=sign),
}


@pytest.mark.parametrize("ask", ANY_OP.values(), ids=ANY_OP.keys())
def test_once_is_good_for_every_operation_and_once_only(bucket: Bucket, ask: Callable[[Sign], Ask]) -> None:
    """Wire facts §3.3: never reject once where multi is enough; seed -77 单次性签名已不可用."""
    bucket.put("/f", b"x")
    spent = bucket.sign(ONCE, ask(ONCE).path)
    finished = Ask(**{name: getattr(ask(ONCE), name) for name in Ask.__slots__} | {"sign": spent})
    check_reply(bucket.ask(finished), status=200, code=0)
    before = bucket.names()
    check_reply(bucket.ask(finished), status=SIGN_FAILED, code=-77)
    assert bucket.names() == before


def test_a_refused_upload_does_not_spend_the_signature(bucket: Bucket) -> None:
    """It is spent in the transaction of its effect (architecture §5), so a client may try again with the same."""
    once = bucket.sign(ONCE, "/f")
    wrong = form("upload", "/f", b"x", sign=once, sha="0" * 40)
    check_reply(bucket.ask(wrong), status=400, code=(-5984, -174))
    bucket.ok(form("upload", "/f", b"x", sign=once))
    check_reply(bucket.ask(form("upload", "/f", b"x", sign=once)), status=SIGN_FAILED, code=-77)


def test_one_signature_is_spent_over_all_operations_and_downloads(bucket: Bucket) -> None:
    bucket.put("/f", b"x")
    once = bucket.sign(ONCE, "/f")
    bucket.ok(get("stat", "/f", sign=once))
    for ask in (
        get("stat", "/f", sign=once),
        post("delete", "/f", sign=once),
        post("update", "/f", sign=once, biz_attr="y"),
    ):
        check_reply(bucket.ask(ask), status=SIGN_FAILED, code=-77)
    assert bucket.download("/f", sign=once).status == 403


def test_the_same_signature_in_another_order_of_base64_is_the_same(bucket: Bucket) -> None:
    """Base64 of 20 + n bytes has spare bits; setting them must not make a second use of one signature."""
    bucket.put("/fil", b"x")
    for path in ("/fil", "/fi", "/f"):
        bucket.put(path, b"x")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    tried = 0
    for path in ("/fil", "/fi", "/f"):
        once = bucket.sign(ONCE, path)
        bucket.ok(get("stat", path, sign=once))
        bare = once.rstrip("=")
        pads = len(once) - len(bare)
        for step in range(1, 4**pads):
            twin = bare[:-1] + alphabet[alphabet.index(bare[-1]) | step] + "=" * pads
            if twin != once:
                tried += 1
                check_reply(bucket.ask(get("stat", path, sign=twin)), status=SIGN_FAILED, code=(-77, -5998, -97))
    assert tried, "one of three paths has padding"


def test_two_signatures_of_one_second_are_two(bucket: Bucket) -> None:
    bucket.put("/f", b"x")
    now = str(int(time.time()))
    for nonce in itertools.islice(itertools.count(1), 3):
        bucket.ok(get("stat", "/f", sign=Sign(once=True, t=now, r=str(nonce))))


def test_what_the_command_line_signs(bucket: Bucket) -> None:
    """Issue 2 §2: `entrepot sign` prints a multi-use, bound or one-time signature, or a signed download URL."""
    bucket.put("/f", b"x")
    said = ["sign", "--bucket", bucket.name, "--key-id", bucket.owner.key_id]
    kinds = {"multi": [], "bind": ["--bind", "--path", "/f"], "once": ["--once", "--path", "/f"]}
    for kind, options in kinds.items():
        done = bucket.server.run(*said, *options)
        assert done.returncode == 0, done.stderr
        bucket.ok(get("stat", "/f", sign=done.stdout.strip()))
        again = bucket.ask(get("stat", "/f", sign=done.stdout.strip()))
        assert again.code == (-77 if kind == "once" else 0)
    url = bucket.server.run(*said, "--path", "/f", "--url", bucket.server.address).stdout.strip()
    reply = bucket.client.send("GET", url.removeprefix(bucket.server.address))
    assert (reply.status, reply.body) == (200, b"x")
