"""Who may download: signatures, public files and buckets, token protection, referers; by which address.

Source: seed 004 "哪些场景需要用到签名", "下载状态码" (403 鉴权错误或者命中了refer黑名单); wire facts §1, §2, §3.4; issue 2 §2.
"""

# ruff: noqa: E501 - a line of a transcript stays one line

from __future__ import annotations

from typing import Any

import pytest

from entrepot.core.facts.records import Acl

from .bucket import Bucket, NewBucket
from .client import ONCE, Sign, SignBy
from .conftest import OTHER

GOOD: dict[str, SignBy] = {
    "in the query, encoded (Java, JS)": Sign(by="query"),
    "in the query, raw base64 (Py, C++, PHP)": Sign(by="raw-query"),
    "in the header (PHP download)": Sign(),
    "in the header after a word (.NET)": Sign(word="Authorization "),
    "bound to /path (Py, Java)": Sign(by="query", f="/d/f.txt"),
    "bound to path without a slash (py3)": Sign(by="query", f="d/f.txt"),
    "bound to the full path": Sign(by="query", bind="/d/f.txt"),
    "bound to a prefix": Sign(by="query", bind="/d/"),
    "bound to a prefix of the path": Sign(by="query", f="/d/"),
    "order of the samples": Sign(by="query", order="aketrfb"),
    "once": Sign(by="query", once=True),
}
BAD: dict[str, SignBy] = {
    "expired": Sign(by="query", ttl=60, age=3600),
    "another secret": Sign(by="query", secret=b"wrong"),
    "another path": Sign(by="query", f="/d/g.txt"),
    "another bucket": Sign(by="query", b="other"),
    "another account's": Sign(by="query", a=str(OTHER.appid), k=OTHER.key_id, secret=OTHER.secret),
    "an unknown key": Sign(by="query", k="nobody"),
    "cut off": Sign(by="query", change=lambda sign: sign[:-8]),
    "not base64": Sign(by="query", change=lambda sign: "$" + sign),
}


@pytest.mark.parametrize("sign", GOOD.values(), ids=GOOD.keys())
def test_a_private_file_needs_a_signature(bucket: Bucket, sign: SignBy) -> None:
    bucket.put("/d/f.txt", b"private")
    assert bucket.download("/d/f.txt", sign=None).status == 403
    reply = bucket.download("/d/f.txt", sign=sign)
    assert (reply.status, reply.body) == (200, b"private"), str(reply)


@pytest.mark.parametrize("sign", BAD.values(), ids=BAD.keys())
def test_a_bad_signature_does_not_do(bucket: Bucket, sign: SignBy) -> None:
    bucket.put("/d/f.txt", b"private")
    reply = bucket.download("/d/f.txt", sign=sign)
    assert reply.status == 403, str(reply)
    assert b"private" not in reply.body


def test_a_once_signature_downloads_once(bucket: Bucket) -> None:
    bucket.put("/f", b"x")
    once = bucket.sign(ONCE, "/f")
    assert bucket.download("/f", sign=once).status == 200
    assert bucket.download("/f", sign=once).status == 403


def test_two_signatures_are_refused(bucket: Bucket) -> None:
    """Architecture §4: a request with two signatures is refused."""
    bucket.put("/f", b"x")
    header = [("Authorization", bucket.sign(Sign(), "/f"))]
    assert bucket.download("/f", headers=header).status == 403


PUBLIC: list[tuple[str, dict[str, Any], str | None, int]] = [
    ("private bucket", {}, None, 403),
    ("public bucket", {"acl": Acl.PUBLIC_READ}, None, 200),
    ("public file in a private bucket", {}, "eWPrivateRPublic", 200),
    ("private file in a public bucket", {"acl": Acl.PUBLIC_READ}, "eWRPrivate", 403),
    ("inheriting file in a public bucket", {"acl": Acl.PUBLIC_READ}, "eInvalid", 200),
    ("token-protected public bucket", {"acl": Acl.PUBLIC_READ, "protect_downloads": True}, None, 403),
    ("public file, token-protected", {"protect_downloads": True}, "eWPrivateRPublic", 403),
]


@pytest.mark.parametrize(("says", "settings", "authority", "status"), PUBLIC, ids=[line[0] for line in PUBLIC])
def test_without_a_signature(
    new_bucket: NewBucket, says: str, settings: dict[str, Any], authority: str | None, status: int
) -> None:
    """Seed authority; seed table 下载(开启 token 防盗链)."""
    bucket = new_bucket(**settings)
    bucket.put("/f", b"content")
    if authority is not None:
        bucket.update("/f", authority=authority)
    reply = bucket.download("/f", sign=None)
    assert reply.status == status, str(reply)
    assert (reply.body == b"content") == (status == 200)
    assert bucket.content("/f") == b"content", "a signature opens it"


@pytest.mark.parametrize("sign", BAD.values(), ids=BAD.keys())
def test_what_is_public_is_served_whatever_the_signature(new_bucket: NewBucket, sign: SignBy) -> None:
    """Seed table, 下载(不开启 token 防盗链): 不验证签名."""
    bucket = new_bucket(acl=Acl.PUBLIC_READ)
    bucket.put("/d/f.txt", b"public")
    reply = bucket.download("/d/f.txt", sign=sign)
    assert (reply.status, reply.body) == (200, b"public"), str(reply)


@pytest.mark.parametrize("sign", BAD.values(), ids=BAD.keys())
def test_what_is_token_protected_is_not(new_bucket: NewBucket, sign: SignBy) -> None:
    bucket = new_bucket(acl=Acl.PUBLIC_READ, protect_downloads=True)
    bucket.put("/d/f.txt", b"protected")
    assert bucket.download("/d/f.txt", sign=sign).status == 403


def test_a_public_bucket_is_not_open_for_more(new_bucket: NewBucket) -> None:
    """Reading files is all that is public: no listing, no writing, no stat."""
    from .client import form, get, post

    bucket = new_bucket(acl=Acl.PUBLIC_READ)
    bucket.put("/f", b"x")
    for ask in (
        get("list", "/", sign=None),
        get("stat", "/f", sign=None),
        form("upload", "/g", b"x", sign=None),
        post("delete", "/f", sign=None),
        post("update", "/f", sign=None, biz_attr="x"),
        post("move", "/f", sign=None, dest_fileid="/g"),
    ):
        assert bucket.ask(ask).code == -81
    assert bucket.names() == ["f"]


REFERERS: list[tuple[dict[str, Any], str | None, int]] = [
    ({"referer_deny": ("bad.example",)}, "http://bad.example/page", 403),
    ({"referer_deny": ("bad.example",)}, "https://BAD.example:8080/", 403),
    ({"referer_deny": ("bad.example",)}, "http://good.example/", 200),
    ({"referer_deny": ("bad.example",)}, None, 200),
    ({"referer_deny": ("*.bad.example",)}, "http://www.bad.example/", 403),
    ({"referer_deny": ("*.bad.example",)}, "http://notbad.example/", 200),
    ({"referer_allow": ("good.example",)}, "http://good.example/a", 200),
    ({"referer_allow": ("good.example",)}, "http://other.example/", 403),
    ({"referer_allow": ("good.example",)}, "http://good.example.evil.example/", 403),
    ({"referer_allow": ("good.example",)}, "http://good.example@evil.example/", 403),
    ({"referer_allow": ("*.good.example",)}, "http://www.good.example/", 200),
    ({"referer_allow": ("good.example",), "referer_empty": False}, None, 403),
    ({"referer_allow": ("good.example",), "referer_empty": True}, None, 200),
    ({"referer_allow": ("good.example",), "referer_empty": False}, "not a url", 403),
]


@pytest.mark.parametrize(("settings", "referer", "status"), REFERERS)
@pytest.mark.parametrize("signed", [True, False])
def test_referers(
    new_bucket: NewBucket, settings: dict[str, Any], referer: str | None, status: int, signed: bool
) -> None:
    """Seed 下载状态码 403: 命中了refer黑名单. Signed downloads are checked too."""
    bucket = new_bucket(acl=Acl.PUBLIC_READ, **settings)
    bucket.put("/f", b"x")
    headers = [] if referer is None else [("Referer", referer)]
    reply = bucket.download("/f", headers=headers, sign=Sign(by="query") if signed else None)
    assert reply.status == status, str(reply)


HOSTS = [
    "{name}.cossh.myqcloud.com",
    "{name}.cosgz.myqcloud.com",
    "{name}.costj.myqcloud.com",
    "{name}.cossgp.myqcloud.com",
    "{name}.cosspg.myqcloud.com",
    "{name}.cos.myqcloud.com",
    "{name}.file.myqcloud.com",
    "{name}.innercos.myqcloud.com",
    "{name}.preview.myqcloud.com",
    "{name}.file.myqcloud.com:9400",
    "{name}.FILE.MyQcloud.COM",
    "{name}.127.0.0.1.nip.example",
]
"""Wire facts §1: origin, CDN, intranet, preview; Py009's typo; §2: any wildcard name."""


@pytest.mark.parametrize("pattern", HOSTS)
def test_by_host(bucket: Bucket, pattern: str) -> None:
    bucket.put("/d/文 件.txt", b"by host")
    host = pattern.format(name=bucket.host_name)
    reply = bucket.download("/d/文 件.txt", host=host)
    assert (reply.status, reply.body) == (200, b"by host"), str(reply)
    assert bucket.download("/d/文 件.txt", host=host, sign=None).status == 403


def test_by_absolute_form(bucket: Bucket) -> None:
    """Wire facts §2: http_proxy makes targets absolute; the target's host counts, not the Host header (RFC 9112 §3.2.2)."""
    bucket.put("/f", b"proxied")
    sign = bucket.sign(Sign(), "/f")
    for host in ("x", f"{bucket.host_name}.cossh.myqcloud.com", "other-1250000000.cossh.myqcloud.com"):
        headers = [("Authorization", sign), ("Proxy-Connection", "keep-alive")]
        target = f"http://{bucket.host_name}.cossh.myqcloud.com/f"
        reply = bucket.client.send("GET", target, headers=headers, host=host)
        assert (reply.status, reply.body) == (200, b"proxied"), str(reply)


def test_by_a_custom_domain(new_bucket: NewBucket) -> None:
    """Issue 2 §2: custom domains <= 10."""
    bucket = new_bucket(domains=("files.example.org", "cdn.example.net"))
    bucket.put("/f", b"own domain")
    for host in ("files.example.org", "cdn.example.net:8080", "FILES.example.org"):
        assert bucket.download("/f", host=host).body == b"own domain"
        assert bucket.download("/f", host=host, sign=None).status == 403
    assert bucket.download("/f", host="www.example.org").status in {400, 403, 404}


def test_a_bucket_that_is_not_there(bucket: Bucket) -> None:
    ghost = Bucket(server=bucket.server, name="nosuchbucket", client=bucket.client)
    assert ghost.download("/f").status in {403, 404}
    assert ghost.download("/f", sign=None).status in {403, 404}
