"""signing/tc3 and tc3_v1: what the cloud's SDKs sign, and every changed byte of it.

Law: expected signatures come from tests/vectors alone, never from the module under test.
Source: wire facts of Tencent §1.2, §1.3.
"""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import changed
from entrepot.signing.scheme import NOWHERE, find_claim, verify
from entrepot.signing.tc3 import TC3
from entrepot.signing.tc3_v1 import TC3_V1
from entrepot.wire.http import Request

from . import vectors as known
from .asking import request
from .vectors import expected, flips, key_of, never_breaks, shown, with_header

SCHEMES = (TC3, TC3_V1)
VECTORS = known.vectors("tc3")
each_vector = pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS.keys())
Vector = dict[str, Any]
NEW = {name: vector for name, vector in VECTORS.items() if vector["form"] == "header"}
OLD = {name: vector for name, vector in VECTORS.items() if vector["form"] == "v1"}
each_new = pytest.mark.parametrize("vector", NEW.values(), ids=NEW.keys())
each_old = pytest.mark.parametrize("vector", OLD.values(), ids=OLD.keys())
POST = VECTORS["tc3/python_post"]


def asked(vector: Vector) -> Request:
    """The vector's request with its body read."""
    return changed(known.asked(vector), payload=vector["request"]["payload"].encode())


def passes(vector: Vector, made: Request, secret: str | None = None) -> bool:
    """Whether the request is taken as signed by the vector's key."""
    return known.passes(SCHEMES, vector, made, secret=secret)


def malformed(made: Request) -> str | None:
    """Why no claim can be read."""
    with pytest.raises(Fault) as caught:
        find_claim(SCHEMES, made)
    assert caught.value.kind is Kind.SIGNATURE_MALFORMED
    return caught.value.reason


def with_credential(text: str) -> Request:
    """The plain vector with another credential."""
    made = asked(POST)
    head, _, rest = (made.header(b"authorization") or "").partition("Credential=")
    value = f"{head}Credential={text},{rest.partition(',')[2]}"
    return with_header(made, b"authorization", value.encode())


def test_there_are_vectors() -> None:
    assert len(NEW) >= 16
    assert len(OLD) >= 12


@each_vector
def test_a_vector_is_genuine(vector: Vector) -> None:
    made = asked(vector)
    found = find_claim(SCHEMES, made)
    assert found is not None
    scheme, claim = found
    assert scheme is (TC3 if vector["form"] == "header" else TC3_V1)
    verify(scheme, claim, made, key_of(vector), NOWHERE)
    assert shown(claim) == expected(vector)


@each_vector
def test_another_secret_does_not_fit(vector: Vector) -> None:
    assert not passes(vector, asked(vector), secret=vector["secret"] + "x")
    assert not passes(vector, asked(vector), secret="")


@each_new
def test_a_changed_body_does_not_fit(vector: Vector) -> None:
    made = asked(vector)
    if "unsigned_payload" in vector["case"]:
        assert passes(vector, changed(made, payload=b"{}")), "it says itself that its body is not signed"
        return
    payload = made.payload or b""
    assert all(not passes(vector, changed(made, payload=other)) for other in flips(payload))
    assert passes(vector, changed(made, payload=payload + b" ")) == (made.method == "GET")


@each_new
def test_a_changed_query_does_not_fit(vector: Vector) -> None:
    made = asked(vector)
    if made.method == "GET":
        assert all(not passes(vector, changed(made, raw_query=other)) for other in flips(made.raw_query))
        assert not passes(vector, changed(made, raw_query=made.raw_query + b"&a=1"))
    for method in ("GET", "POST", "PUT"):
        assert passes(vector, changed(made, method=method)) == (method == made.method)


@each_new
def test_a_changed_header_does_not_fit(vector: Vector) -> None:
    made = asked(vector)
    for name in (b"content-type", b"authorization", b"x-tc-timestamp"):
        value = next(value for known_name, value in made.headers if known_name == name)
        for other in flips(value):
            if value.lower() != other.lower():  # the documents sign values in lower case, the SDKs as they are
                assert not passes(vector, with_header(made, name, other)), other
    if "official_host" not in vector["case"]:
        for host in flips(b"127.0.0.1" if b"127." in dict(made.headers)[b"host"] else b"localhost"):
            other_host = with_header(made, b"host", host + b":9400")
            assert not passes(vector, changed(other_host, authority=host.decode() + ":9400"))


def test_what_sdks_leave_unsigned_may_change() -> None:
    """Action, version and token are not among the headers that any SDK signs."""
    made = with_header(asked(POST), b"x-tc-action", b"Another")
    assert passes(POST, changed(made, headers=(*made.headers, (b"via", b"proxy"))))


def test_documents_sign_lower_case_values() -> None:
    """The wire facts' own vector: `AKIDEXAMPLE`, 1700000000, by the SDK's signer."""
    body = b'{"CosRegion": "ap-guangzhou", "Duration": 1200}'
    head = (
        "TC3-HMAC-SHA256 Credential=AKIDEXAMPLE/2023-11-14/ms/tc3_request, SignedHeaders=content-type;host, Signature="
    )
    vector = {"key_id": "AKIDEXAMPLE", "secret": "EXAMPLEKEY", "target": {"bucket": None, "key": ""}}
    made = request(
        ("Authorization", head + "57bea5911582970aee5eacd3ec225c47f2d8ff90b2a982dd5a96294152d726d6"),
        ("Content-Type", "Application/JSON"), ("Host", "127.0.0.1:8080"), ("X-TC-Timestamp", "1700000000"),
        host="127.0.0.1:8080",
    )  # fmt: skip
    made = changed(made, method="POST", payload=body)
    assert known.passes(SCHEMES, vector, made)
    assert not known.passes(SCHEMES, vector, with_header(made, b"content-type", b"text/json"))


@each_old
def test_a_changed_parameter_does_not_fit(vector: Vector) -> None:
    made = asked(vector)
    field = "raw_query" if made.method == "GET" else "payload"
    written: bytes = getattr(made, field)
    at = written.find(b"&Signature=") if b"&Signature=" in written else -1
    for other in flips(written):
        if other.replace(b"+", b" ") == written.replace(b"+", b" "):
            continue
        assert not passes(vector, changed(made, **{field: other})), other
    assert at >= 0
    for more in (b"&Extra=1", b"&Action=Another", b"&%41ction=Another"):
        assert not passes(vector, changed(made, **{field: written + more}))
    assert not passes(vector, changed(made, method="GET" if made.method == "POST" else "POST"))


@each_old
def test_the_host_is_signed(vector: Vector) -> None:
    made = asked(vector)
    other = changed(with_header(made, b"host", b"10.0.0.1"), authority="10.0.0.1")
    assert passes(vector, other) == ("only_url" in vector["case"]), "the cloud's own host is taken anywhere"


def test_a_post_has_its_parameters_in_its_form() -> None:
    vector = OLD["tc3/python_hmacsha1_post"]
    made = asked(vector)
    assert find_claim(SCHEMES, changed(made, payload=b"", raw_query=made.payload or b"")) is None
    assert find_claim(SCHEMES, with_header(made, b"content-type", b"application/json")) is None
    assert passes(vector, changed(made, raw_query=b"anything=1"))


def test_pluses_of_a_signature_may_be_plain() -> None:
    vector = OLD["tc3/node_hmacsha1_get_lists_token"]
    made = asked(vector)
    assert b"%2B" in made.raw_query.partition(b"&Signature=")[2]
    head, mark, signature = made.raw_query.partition(b"&Signature=")
    assert passes(vector, changed(made, raw_query=head + mark + signature.replace(b"%2B", b"+")))


@pytest.mark.parametrize(
    ("credential", "reason"),
    [
        ("entrepot-dev-id", "credential"),
        ("entrepot-dev-id/2026-01-02/ms", "credential"),
        ("/2026-01-02/ms/tc3_request", "credential"),
        ("entrepot-dev-id/2026-01-02//tc3_request", "credential"),
        ("entrepot-dev-id/2026-01-02/ms/aws4_request", "credential"),
        ("entrepot-dev-id/2026-01-03/ms/tc3_request", "credential-date"),
        ("entrepot-dev-id/20260102/ms/tc3_request", "credential-date"),
    ],
)
def test_credentials_that_cannot_be(credential: str, reason: str) -> None:
    assert malformed(with_credential(credential)) == reason


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        (b"x-tc-timestamp", None, "timestamp-missing"),
        (b"x-tc-timestamp", b"", "timestamp-missing"),
        (b"x-tc-timestamp", b"now", "timestamp"),
        (b"x-tc-timestamp", b"-1", "timestamp"),
        (b"x-tc-timestamp", b"1767323045.5", "timestamp"),
        (b"x-tc-timestamp", b"999999999999", "credential-date"),
        (b"authorization", b"TC3-HMAC-SHA256", "header"),
        (b"authorization", b"TC3-HMAC-SHA256 Credential=a/2026-01-02/ms/tc3_request, Signature=b", "header"),
    ],
)
def test_headers_that_cannot_be(name: bytes, value: bytes | None, reason: str) -> None:
    assert malformed(with_header(asked(POST), name, value)) == reason


@pytest.mark.parametrize("listing", ["host", "content-type", "content-type;host;host", "content-type;;host", ""])
def test_lists_of_headers_that_cannot_be(listing: str) -> None:
    made = asked(POST)
    value = (made.header(b"authorization") or "").replace("content-type;host", listing)
    assert malformed(with_header(made, b"authorization", value.encode())) == "signed-headers"


def test_two_signatures_are_refused() -> None:
    made = asked(POST)
    twice = (
        *made.headers,
        (
            b"authorization",
            made.header(
                b"authorization",
            ).encode(),
        ),
    )  # type: ignore[union-attr]
    assert malformed(changed(made, headers=twice)) == "two"
    old = asked(OLD["tc3/python_hmacsha1_get"])
    assert malformed(changed(asked(NEW["tc3/python_get"]), raw_query=old.raw_query)) == "two"


def test_methods_that_are_none() -> None:
    made = asked(OLD["tc3/python_hmacsha256_get"])
    other = made.raw_query.replace(b"SignatureMethod=HmacSHA256", b"SignatureMethod=HmacMD5")
    assert malformed(changed(made, raw_query=other)) == "method"


def test_a_superset_of_the_headers_may_be_signed() -> None:
    """What newer documents sign besides; made here with the standard library alone."""
    import hmac

    def fold(key: bytes, text: str) -> bytes:
        return hmac.digest(key, text.encode(), "sha256")

    names = "content-type;host;x-tc-action"
    block = "content-type:application/json\nhost:ms.tencentcloudapi.com\nx-tc-action:createcosseckeyinstance\n"
    canonical = "\n".join(("POST", "/", "", block, names, hashlib.sha256(b"{}").hexdigest()))
    text = f"TC3-HMAC-SHA256\n1767323045\n2026-01-02/ms/tc3_request\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = fold(fold(fold(b"TC3secret", "2026-01-02"), "ms"), "tc3_request")
    signature = fold(key, text).hex()
    value = f"TC3-HMAC-SHA256 Credential=id/2026-01-02/ms/tc3_request,SignedHeaders={names},Signature={signature}"
    made = request(
        ("Authorization", value), ("Content-Type", "application/json"), ("Host", "ms.tencentcloudapi.com"),
        ("X-TC-Action", "CreateCosSecKeyInstance"), ("X-TC-Timestamp", "1767323045"), host="ms.tencentcloudapi.com",
    )  # fmt: skip
    made = changed(made, method="POST", payload=b"{}")
    vector = {"key_id": "id", "secret": "secret", "target": {"bucket": None, "key": ""}}
    assert known.passes(SCHEMES, vector, made)
    assert not known.passes(SCHEMES, vector, with_header(made, b"x-tc-action", b"DescribeStorage"))


@given(st.binary(max_size=200), st.text(max_size=200))
def test_nothing_breaks_it(written: bytes, header: str) -> None:
    made = request(("Content-Type", "application/x-www-form-urlencoded"), ("X-TC-Timestamp", "1767323045"))
    never_breaks(SCHEMES, changed(made, raw_query=b"SecretId=a&Timestamp=1&Signature=" + written))
    never_breaks(SCHEMES, changed(made, method="POST", payload=b"SecretId=a&Signature=b&" + written))
    value = b"TC3-HMAC-SHA256 " + header.encode("utf-8", "replace")
    never_breaks(SCHEMES, changed(made, headers=(*made.headers, (b"authorization", value))))
