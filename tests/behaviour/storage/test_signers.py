"""The tests' own signers against vectors of SDKs and documents, so that what they sign is what clients sign.

Sources: wire facts of Tencent §6.5, Alibaba §3.4 and §4.4, Volcengine §3.11; AWS "Signature calculation examples".
"""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest

from behaviour.client import Owner

from .signers import AWS4, OSS4, TOS4, Asked, How, Scoped, oss1, q_policy_signature, q_sign, sha1_base64

ODD = "temp/1440155109798732/upload/2026-01-02/49bed34c-b430-4e7e-89b1-4be2b734f95c/a b+中.txt"
ALIYUN_AT = 1767323045
"""2026-01-02T03:04:05Z"""
TOS_AT = 1748931222
"""2025-06-03T06:13:42Z"""


def owner(key_id: str, secret: str) -> Owner:
    """A key of a vector."""
    return Owner(appid=0, key_id=key_id, secret=secret.encode())


def signature_of(signed: Asked) -> str:
    """What the last header or parameter holds behind its last ``=`` or ``:``."""
    text = signed.header("authorization")
    if not text:
        return signed.query[-1][1]
    return text.rpartition("Signature=")[2] if "Signature=" in text else text.rpartition("signature=")[2]


AMAZON = owner("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
ALIYUN = owner("LTAIexample", "ExampleSecret")
VOLCENGINE = owner("AKTEST", "SKTEST")
GOOD_TENCENT = owner("AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q", "BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz")
TENCENT = owner("AKIDtmp", "tmpsecret")
AMAZON_AT = 1369353600
VOICE = "volc-voice-resource-bucket.tos-cn-beijing.volces.com"

SCOPED: dict[str, tuple[Scoped, Owner, Asked, How, str]] = {
    "AWS GET Object, presigned": (
        AWS4, AMAZON, Asked(method="GET", path="/test.txt", host="examplebucket.s3.amazonaws.com"),
        How(by="query", at=AMAZON_AT, ttl=86400),
        "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
    ),
    "AWS GET Bucket lifecycle": (
        AWS4, AMAZON, Asked(method="GET", host="examplebucket.s3.amazonaws.com", query=(("lifecycle", ""),)),
        How(at=AMAZON_AT),
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    ),
    "AWS list": (
        AWS4, AMAZON,
        Asked(method="GET", host="examplebucket.s3.amazonaws.com", query=(("max-keys", "2"), ("prefix", "J"))),
        How(at=AMAZON_AT),
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    ),
    "OSS V4 PUT": (
        OSS4, ALIYUN,
        Asked(
            method="PUT", path="/any", query=(("acl", ""), ("x", "a b/c")), bucket="hbr-temp-bucket", key=ODD,
            headers=(("Content-Type", "text/plain"), ("x-oss-meta-a", "v")),
        ),
        How(at=ALIYUN_AT),
        "1ba4ae4cf2f82eed134dade65e787cd6058cd934da0a8f2807f80b5d789f8d36",
    ),
    "OSS V4 URL": (
        OSS4, ALIYUN, Asked(method="GET", path="/any", bucket="hbr-temp-bucket", key="k"),
        How(by="query", at=ALIYUN_AT, ttl=3600),
        "a8048abf92c6de56ae35a4a82b98d21eadf6cacab2e79b68043f4da3613ab3e9",
    ),
    "TOS B presigned PUT": (
        TOS4, VOLCENGINE,
        Asked(method="PUT", path="/2100000000/abc%201.mp3", host=VOICE),
        How(by="query", at=TOS_AT),
        "826d55e276d4512e6dfe61dc452442896d650dd3d6c433ae7ea4b34d66e532b9",
    ),
    "TOS B2 with a token": (
        TOS4, VOLCENGINE,
        Asked(method="PUT", path="/2100000000/abc%201.mp3", host=VOICE),
        How(by="query", at=TOS_AT, token="TOK"),
        "6c6af189870ca17be41d44e3aebb5e4c9db92ce269fff9cfef48ae248d659585",
    ),
    "TOS F documented presigned GET": (
        TOS4, owner("testAK", "testSK"),
        Asked(method="GET", path="/exampleobject", host="examplebucket.tos-cn-beijing.volces.com"),
        How(by="query", at=1640995200, ttl=86400),
        "353aa55583eceb222aad4bdcb70d4045a202a4af9a3096f25a656b82c8ec2f56",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("scheme", "key", "asked", "how", "expected"), SCOPED.values(), ids=SCOPED.keys())
def test_scoped(scheme: Scoped, key: Owner, asked: Asked, how: How, expected: str) -> None:
    assert signature_of(scheme.signed(asked, key, how)) == expected


def test_tos_header() -> None:
    """Vector C."""
    asked = Asked(
        method="PUT", path="/dir%20a/k%2Bb.txt", query=(("partNumber", "1"), ("uploadId", "u/1")),
        host="bkt1.tos-cn-beijing.volces.com", headers=(("x-tos-meta-name", "v"), ("content-type", "text/plain")),
    )  # fmt: skip
    assert signature_of(TOS4.signed(asked, VOLCENGINE, How(at=TOS_AT))) == (
        "d522ca55832011f2c99b0bd21f2f8d38770597d1d84880e7318bd173a69f0b12"
    )


OSS1: dict[str, tuple[Asked, How, str]] = {
    "PUT": (
        Asked(
            method="PUT", bucket="hbr-temp-bucket", key=ODD,
            headers=(
                ("Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="), ("Content-Type", "text/plain"), ("x-oss-meta-a", "v"),
                ("x-oss-object-acl", "private"),
            ),
        ),
        How(at=ALIYUN_AT), "ZLvpJWSxrzwN8kpirKb6EdNK994=",
    ),
    "GET acl": (
        Asked(method="GET", bucket="hbr-temp-bucket", query=(("acl", ""), ("prefix", "x"))),
        How(at=ALIYUN_AT), "Lk++4bcurIYjQtYPHhHpaUM2HXk=",
    ),
    "URL": (
        Asked(method="GET", bucket="hbr-temp-bucket", key="k"),
        How(by="query", at=1767326645 - 600), "ave7JRNoKTfopcd8Iy052FmTPB0=",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("asked", "how", "expected"), OSS1.values(), ids=OSS1.keys())
def test_oss_version_1(asked: Asked, how: How, expected: str) -> None:
    signed = oss1(asked, ALIYUN, how)
    found = signed.header("authorization").partition(":")[2] or signed.query[-1][1]
    assert found == expected


Q_SIGN: dict[str, tuple[Asked, str]] = {
    "PUT": (
        Asked(
            method="PUT", path=quote("/pctool/123/中 文+1.txt"), headers=(("content-length", "5"),),
            host="ms-shield-1250000000.cos.ap-guangzhou.myqcloud.com",
        ),
        "c6d800b58a9300b25a13b3e3d1af31dfc80d0025",
    ),
    "list uploads": (
        Asked(
            method="GET", host="127.0.0.1:8080",
            query=(("prefix", "pctool/123/"), ("delimiter", "/"), ("uploads", "")),
        ),
        "e3a6eba18ba61f7b3cb5fdf0c423a4ae9791e702",
    ),
    "GET with a token": (
        Asked(
            method="GET", path="/pctool/123/a.txt", host="127.0.0.1",
            query=(("response-content-type", "text/plain"), ("x-cos-security-token", "TOK+/=")),
        ),
        "b52af3da4bfe3f41cac564f6a3b9671350da01a3",
    ),
}  # fmt: skip


@pytest.mark.parametrize("by", ["header", "query"])
@pytest.mark.parametrize(("asked", "expected"), Q_SIGN.values(), ids=Q_SIGN.keys())
def test_q_sign(asked: Asked, expected: str, by: str) -> None:
    how = How(by="header" if by == "header" else "query", at=1700000000, ttl=3600)
    assert signature_of(q_sign(asked, TENCENT, how)) == expected


def test_q_sign_as_documented() -> None:
    asked = Asked(
        method="PUT", path=quote("/exampleobject(腾讯云)"), host="examplebucket-1250000000.cos.ap-beijing.myqcloud.com",
        headers=(
            ("Date", "Thu, 16 May 2019 06:45:51 GMT"), ("Content-Type", "text/plain"), ("Content-Length", "13"),
            ("Content-MD5", "mQ/fVh815F3k6TAUm8m0eg=="), ("x-cos-acl", "private"),
            ("x-cos-grant-read", 'uin="100000000011"'),
        ),
    )  # fmt: skip
    how = How(at=1557989151, ttl=7200)
    assert signature_of(q_sign(asked, GOOD_TENCENT, how)) == "3b8851a11a569213c17ba8fa7dcf2abec6935172"


ALIYUN_POLICY = (
    '{"expiration":"2026-01-02T04:04:05.000Z","conditions":[{"bucket":"hbr-temp-bucket"},["eq","$key","' + ODD + '"]]}'
)
TOS_POLICY = (
    '{"expiration": "2025-06-03T07:13:42.000000Z", "conditions": [{"x-tos-algorithm": "TOS4-HMAC-SHA256"}, '
    '{"x-tos-credential": "AKTEST/20250603/cn-beijing/tos/request"}, {"x-tos-date": "20250603T061342Z"}, '
    '{"bucket": "bkt1"}, {"key": "k1"}, {"x-tos-acl": "private"}, ["content-length-range", 0, 1024]]}'
)
COS_POLICY = (
    '{"expiration":"2023-11-15T00:00:00.000Z","conditions":[{"bucket":"ms-shield-1250000000"},'
    '["starts-with","$key","pctool/123/"],{"q-sign-algorithm":"sha1"},{"q-ak":"AKIDtmp"},'
    '{"q-sign-time":"1700000000;1700003600"}]}'
)


def test_policies() -> None:
    text = base64.b64encode(ALIYUN_POLICY.encode()).decode()
    assert sha1_base64(ALIYUN.secret, text) == "o3RPm8Y9yFkcreFLoKj234T2+Q0="
    assert OSS4.sign(ALIYUN.secret, ALIYUN_AT, text) == (
        "04b684a8b9ea80ab832d029efd0fc5ef2b78c68d4b08d7581e1588314cee6322"
    )
    text = base64.b64encode(TOS_POLICY.encode()).decode()
    assert TOS4.sign(VOLCENGINE.secret, TOS_AT, text) == (
        "23ed291314531f9fc7b770bbf984ab1af4e959779773e8be8cb70005c8320eee"
    )
    assert len(COS_POLICY) == 214
    span = "1700000000;1700003600"
    assert q_policy_signature(TENCENT.secret, span, COS_POLICY.encode()) == "606eb244c993e5421703ccadf2655f65f210439c"
