"""Causes that are seen: times, tokens, keys, scopes, what a COS JSON signature is bound to, digests of bodies.

Law: signatures are made by signers of the tests' own; the refusals are those of the dialects' own checks.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from behaviour.storage import signers
from behaviour.storage.signers import How
from entrepot.core.explanation import Confidence
from entrepot.core.fault import Fault, Kind
from entrepot.core.value import changed
from entrepot.dialects.cos_json import auth
from entrepot.dialects.cos_json.settings import CosJsonSettings
from entrepot.explain.causes import CAUSES, MISMATCHES, SEEN
from entrepot.explain.refusal import Refusal, Work
from entrepot.explain.sdks import SDKS, in_words_of, sdk_of
from entrepot.signing.scheme import NOWHERE, check_temporary
from unit.asking import request

from .mistakes.asking import NOW, Case, a_key, changed_key, explained, refusal_of
from .mistakes.tables import ASKED, KEY, OWNER, TARGET, _app, _sent

TOKEN = "tok+en/with==letters"
OTHERS = (a_key("other", "quite-secret"),)
TEMPORARY = changed_key(KEY, token_sha256=hashlib.sha256(TOKEN.encode()).digest())


def cause_of(case: Case) -> tuple[str, Confidence]:
    refused = refusal_of(case)
    assert refused is not None
    said = explained(refused[1])
    assert said is not None, refused[0].message
    assert said.cause in CAUSES
    return said.cause, said.confidence


def temporary(claim: Any, key: Any) -> None:
    check_temporary(claim, key, NOW)


def skewed(claim: Any, _key: Any) -> None:
    if abs(claim.signed_at - NOW) > 900:
        raise Fault(Kind.REQUEST_SKEWED, "off")


def signed(how: How, key: Any = KEY, bind: Callable[[Any, Any], None] | None = None, **more: Any) -> Case:
    made = signers.AWS4.signed(ASKED, OWNER, how)
    return Case("seen", (), "aws4", _sent(made), key, TARGET, bind=bind, **more)


def at(seconds: float) -> How:
    return How(at=NOW + seconds)


@pytest.mark.parametrize(
    ("case", "cause", "confidence"),
    [
        (signed(at(8 * 3600 - 4), bind=skewed), "clock-zone", "likely"),
        (signed(at(-5 * 3600 + 2), bind=skewed), "clock-zone", "likely"),
        (signed(at(1234), bind=skewed), "clock-off", "likely"),
        (signed(at(-40 * 3600), bind=skewed), "clock-off", "likely"),
        (signed(at(0), TEMPORARY, temporary), "token-missing", "certain"),
        (signed(How(at=NOW, token="x"), bind=temporary), "token-unasked", "certain"),
        (signed(How(at=NOW, token="another's"), TEMPORARY, temporary), "token-of-other-key", "likely"),
        (signed(How(at=NOW, token=TOKEN.replace("+", " ")), TEMPORARY, temporary), "token-altered", "certain"),
        (signed(How(at=NOW, key_id=f"'{OWNER.key_id}'")), "key-id-space", "certain"),
        (signed(How(at=NOW, key_id=OWNER.key_id.upper())), "key-id-case", "certain"),
        (signed(How(at=NOW, key_id="1250000000")), "key-id-is-appid", "certain"),
        (signed(How(at=NOW, key_id="demo")), "key-id-is-bucket", "certain"),
        (signed(How(at=NOW, key_id="nobody")), "key-id-unknown", "certain"),
        (signed(How(at=NOW, key_id="quite-secret"), others=OTHERS), "key-id-and-secret-swapped", "certain"),
    ],
)  # fmt: skip
def test_times_tokens_and_keys(case: Case, cause: str, confidence: str) -> None:
    assert cause_of(case) == (cause, Confidence(confidence))


def test_a_secret_that_came_as_a_key_is_told_of_to_nobody() -> None:
    refused = refusal_of(signed(How(at=NOW, key_id="quite-secret"), others=OTHERS))
    assert refused is not None
    said = explained(refused[1])
    assert said is not None
    assert said.private
    assert said.unsafe
    assert "quite-secret" not in str(said)


def test_a_revoked_key_is_not_an_unknown_one() -> None:
    refused = refusal_of(signed(at(0), changed_key(KEY, revoked_at=NOW - 5)))
    assert refused is not None
    assert refused[0].kind is Kind.KEY_UNKNOWN
    said = explained(refused[1])
    assert said is None or said.cause not in SEEN


# Signatures that cannot be read.


def other_scope(**more: Any) -> Case:
    made = replace(signers.AWS4, **more).signed(ASKED, OWNER, at(0))
    return Case("scope", (), "aws4", _sent(made), KEY, TARGET)


def headed(name: str, value: str) -> Case:
    made = signers.AWS4.signed(ASKED, OWNER, at(0)).plus({name: value})
    return Case("header", (), "aws4", _sent(made), KEY, TARGET)


def rewritten(old: str, new: str, by: Any = "header") -> Case:
    made = signers.AWS4.signed(ASKED, OWNER, How(at=NOW, by=by))
    headers = tuple((name, value.replace(old, new)) for name, value in made.headers)
    query = tuple((name, value.replace(old, new)) for name, value in made.query)
    return Case("rewritten", (), "aws4", _sent(replace(made, headers=headers, query=query)), KEY, TARGET)


@pytest.mark.parametrize(
    ("case", "cause", "confidence"),
    [
        (other_scope(service="sts"), "scope-other-service", "certain"),
        (other_scope(end="request"), "scope-other-service", "certain"),
        (rewritten("/20260102/", "/20260103/"), "scope-other-day", "certain"),
        (headed("x-amz-acl", "private"), "header-not-signed", "certain"),
        (headed("Authorization", "AWS4-HMAC-SHA256 Credential=a"), "signatures-two", "certain"),
        (rewritten("600", str(int(NOW) * 1000), "query"), "time-milliseconds", "certain"),
        (rewritten("600", str(int(NOW) + 600), "query"), "moment-for-span", "certain"),
        (rewritten("20260102T", "2026-01-02T"), "time-form", "likely"),
    ],
)
def test_signatures_that_cannot_be_read(case: Case, cause: str, confidence: str) -> None:
    assert cause_of(case) == (cause, Confidence(confidence))


# What a COS JSON signature is bound to.


@dataclass(frozen=True)
class Place:
    account: int = 1250000000
    bucket_name: str = "demo"
    fileids: tuple[bytes, ...] = ("/1250000000/demo/a b/中".encode(),)


APP_KEY = changed_key(KEY, account=1250000000)


def bound(**fields: str) -> Case:
    said = {
        "a": "1250000000",
        "b": "demo",
        "k": OWNER.key_id,
        "e": str(int(NOW) + 600),
        "t": str(int(NOW)),
        "r": "1",
        "f": "",
    }
    text = "&".join(f"{name}={value}" for name, value in (said | fields).items()).encode()
    sign = base64.b64encode(hmac.digest(OWNER.secret, text, "sha1") + text).decode()
    place: Any = Place()

    def bind(claim: Any, key: Any) -> None:
        auth.bind(place, claim, key, NOW, CosJsonSettings())

    return Case("bound", (), "cos_app", _app(sign), APP_KEY, NOWHERE, bind=bind, place=place)


@pytest.mark.parametrize(
    ("case", "cause", "confidence"),
    [
        (bound(b="other"), "sign-other-bucket", "certain"),
        (bound(a="1250000001"), "sign-other-account", "certain"),
        (bound(f="/a%20b/%E4%B8%AD"), "fileid-not-whole", "certain"),
        (bound(f="/1250000000/demo/a+b/%E4%B8%AD"), "fileid-plus", "certain"),
        (bound(f="/1250000000/demo/else"), "fileid-other-path", "certain"),
        (bound(e=str(int(NOW) * 1000 + 600_000)), "time-milliseconds", "certain"),
        (bound(t=str(int(NOW) * 1000), e=str(int(NOW) * 1000 + 9)), "time-milliseconds", "certain"),
        (bound(t=str(int(NOW) + 8 * 3600), e=str(int(NOW) + 9 * 3600)), "clock-zone", "likely"),
        (bound(e="600"), "span-for-moment", "certain"),
    ],
)
def test_what_a_signature_is_bound_to(case: Case, cause: str, confidence: str) -> None:
    assert cause_of(case) == (cause, Confidence(confidence))


def test_a_signature_that_was_good_and_is_over_is_not_explained_here() -> None:
    refused = refusal_of(bound(t=str(int(NOW) - 900), e=str(int(NOW) - 300)))
    assert refused is not None
    assert refused[0].kind is Kind.SIGNATURE_EXPIRED
    said = explained(refused[1])
    assert said is None or said.cause not in CAUSES


# Bodies, and words.


@pytest.mark.parametrize(
    ("expected", "cause"),
    [(hashlib.sha256(b"").hexdigest(), "payload-of-nothing"), ("0" * 64, "payload-digest-differs")],
)
def test_digests_of_bodies(expected: str, cause: str) -> None:
    nothing: Any = None
    fault = Fault(Kind.DIGEST_MISMATCH, "no", reason="sha256", expected=expected)
    refusal = Refusal(
        request=request(), fault=fault, dialect="s3", schemes=(), reader=nothing, now=NOW, work=Work()
    )  # fmt: skip
    said = explained(refusal)
    assert said is not None
    assert (said.cause, said.confidence) == (cause, Confidence.CERTAIN)
    other: Any = Fault(Kind.DIGEST_MISMATCH, "no", reason="md5")
    assert explained(changed(refusal, fault=other)) is None


@pytest.mark.parametrize(
    ("agent", "name", "secret"),
    [
        ("Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux", "boto3", "aws_secret_access_key="),
        ("aws-cli/2.35.0 md/awscrt#0.31", "aws-cli", "aws_secret_access_key"),
        ("aliyun-sdk-python/2.19.1(Linux/6.1/x86_64;3.11.7)", "oss2", "oss2.Auth"),
        ("alibabacloud-python-sdk-v2/1.4.1 (Linux)", "OSS SDK for Python v2", "access_key_secret"),
        ("cos-python-sdk-v5.1.9.44", "cos-python-sdk-v5", "SecretKey= of CosConfig"),
        ("ve-tos-python-sdk/2.9.3(Linux/x86_64;3.11)", "tos", "sk"),
        ("MinIO (linux; x86_64) minio-py/7.2", "minio", "secret_key"),
        ("Mozilla/5.0 (X11; Linux) AppleWebKit", "a browser", "where addresses are signed"),
    ],
)
def test_what_to_change_is_said_in_the_words_of_the_sdk(agent: str, name: str, secret: str) -> None:
    sdk = sdk_of(request(("User-Agent", agent)))
    assert sdk.name == name
    said = in_words_of(sdk, MISMATCHES["secret-line-break"].change)
    assert said.startswith(f"{name}: ")
    assert secret in said


def test_every_word_of_a_change_is_known() -> None:
    for sdk in SDKS:
        for cause in CAUSES.values():
            assert not re.search(r"{[a-z_]+}", in_words_of(sdk, cause.change))
    assert sdk_of(request()).name == ""
    assert len(CAUSES) == len(MISMATCHES) + len(SEEN) >= 100
