"""What is masked before it is kept. Texts are those of the clouds' documents and of their SDKs on the wire."""

from __future__ import annotations

import base64
import hashlib

import pytest

from entrepot.transcript.bodies import period_of
from entrepot.transcript.masking import MARK, Masks, Secrets, customer_keys, mark, md5_of, policy_text

MASKS = Masks(b"salt", {"s" * 32: ("secret", "A"), "t" * 64: ("token", "A")})
SIGNATURE = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"


def shown(text: str) -> str:
    """A masked text, with the kinds of its marks alone."""
    return MARK.sub(lambda one: f"({one[1]})", text)


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        (
            "AWS4-HMAC-SHA256 Credential=AKID/20130524/r/s3/aws4_request,SignedHeaders=host,Signature=" + SIGNATURE,
            "AWS4-HMAC-SHA256 Credential=AKID/20130524/r/s3/aws4_request,SignedHeaders=host,Signature=(signature)",
        ),
        ("OSS LTAI:dBErc8aFvqAZrTPXwH5d/QscQeM=", "OSS LTAI:(signature)"),
        (f"q-ak=A&q-sign-time=1;2&q-signature={SIGNATURE}", "q-ak=A&q-sign-time=1;2&q-signature=(signature)"),
        (base64.b64encode(b"x" * 20 + b"a=1&b=b&k=K&e=0&t=1&r=1&f=").decode(), "(app-sign)"),
        ("Bearer something-else", "(unreadable)"),
        ("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "(unreadable)"),
    ],
)  # fmt: skip
def test_authorizations(value: str, masked: str) -> None:
    said: dict[str, str] = {}
    assert shown(MASKS.header("authorization", value, said)) == masked
    assert said == ({"app-sign": "a=1&b=b&k=K&e=0&t=1&r=1&f="} if masked == "(app-sign)" else {})
    assert shown(MASKS.unclaimed().header("authorization", value, {})) == "(unreadable)"


def test_addresses_and_posted_forms() -> None:
    target = "/a?Signature=x%2By%3D&security-token=abc&AWSAccessKeyId=K&X-Amz-Signature=q&x=y&sign=z"
    assert shown(MASKS.target(target, {})) == (
        "/a?Signature=(signature)&security-token=(token)&AWSAccessKeyId=K&X-Amz-Signature=(signature)&x=y"
        "&sign=(unreadable)"
    )
    assert shown(MASKS.unclaimed().target("/a?AWSAccessKeyId=secret&q-ak=s", {})) == (
        "/a?AWSAccessKeyId=(unknown-key)&q-ak=(unknown-key)"
    )
    encoded, plain = MASKS.target("/?Signature=x%2By%3D", {}), MASKS.field("Signature", "x+y=", {})
    assert encoded.partition("=")[2] == plain, "the same signature has the same mark, however it is written"


def test_members_elements_and_addresses_in_a_reply() -> None:
    text = (
        f'{{"TmpSecretKey": "{"s" * 32}", "Token":"other", "Url": "http://h/k?Signature=abc\\u0026x=1"}}'
        f"<SecretAccessKey>{'s' * 32}</SecretAccessKey><SessionToken>{'t' * 64}</SessionToken><Key>k</Key>"
    )
    masked = MASKS.document(text)
    assert shown(masked) == (
        '{"TmpSecretKey": "(secret)", "Token":"(token)", "Url": "http://h/k?Signature=(signature)\\u0026x=1"}'
        "<SecretAccessKey>(secret)</SecretAccessKey><SessionToken>(token)</SessionToken><Key>k</Key>"
    )
    assert masked.count(mark("secret", "A")) == 2
    assert mark("token", "A") in masked


def test_what_is_known_to_be_secret_is_masked_wherever_it_stands() -> None:
    secrets = Secrets(values=(("wJalrXUtnFEMI/K7MDENG", mark("secret", "K")),), unknown_key="a-secret-as-a-key-id")
    text = f"x wJalrXUtnFEMI/K7MDENG y {'t' * 64} a-secret-as-a-key-id"
    assert shown(MASKS.everywhere(text, secrets)) == "x (secret) y (token) (unknown-key)"


def test_keys_of_clients() -> None:
    key = base64.b64encode(b"k" * 32).decode()
    digest = base64.b64encode(hashlib.md5(b"k" * 32, usedforsecurity=False).digest()).decode()
    name = "x-amz-server-side-encryption-customer-key"
    found = customer_keys([(name, key), (f"{name}-md5", digest), ("host", "h")], MASKS)
    assert [shown(found[one]) for one in (name, f"{name}-md5")] == ["(customer-key)", "(customer-key-md5)"]
    wrong = customer_keys([(name, key), (f"{name}-md5", digest[::-1])], MASKS)
    assert wrong[f"{name}-md5"] == mark("customer-key-md5", "wrong")
    assert md5_of(key) == digest
    assert md5_of("no base64!") == ""
    assert shown(MASKS.header(name, "not in a request", {})) == "(unreadable)"


def test_policies_are_read() -> None:
    policy = '{"expiration": "2026-11-30T10:00:00.000Z", "conditions": [{"x-amz-security-token": "the-token"}]}'
    said: dict[str, str] = {}
    value = base64.b64encode(policy.encode()).decode()
    assert shown(MASKS.field("policy", value, said)) == "(form-policy)"
    assert shown(said["form-policy"]) == policy.replace("the-token", "(token)")
    assert policy_text("bm8gSlNPTg==") is None


@pytest.mark.parametrize(
    ("content", "period"),
    [
        (b"a" * 1000, 1),
        (b"0123456789" * 100 + b"01", 10),
        (b"0123456789" * 100 + b"02", None),
        (b"a" * 255, None),
        (b"a" * 500 + b"b" + b"a" * 500, None),
        (bytes(range(256)) * 40, 256),
        (bytes(range(256)) * 3, None),
        ((b"x" * 20 + b"y") * 30, 21),
    ],
)
def test_periods(content: bytes, period: int | None) -> None:
    assert period_of(memoryview(content)) == period
