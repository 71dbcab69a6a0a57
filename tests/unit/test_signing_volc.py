"""signing/volc: Volcengine's control APIs against what three SDKs sign, and against every changed byte of it.

Law: expected signatures come from tests/vectors alone, never from the module under test.
Source: wire facts of Volcengine §1.2, §1.3, §1.10.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import changed
from entrepot.signing.scheme import find_claim, verify
from entrepot.signing.volc import VOLC_HEADER, VOLC_QUERY, service_of
from entrepot.wire.http import Request

from . import vectors as kit
from .vectors import Vector, expected, flips, key_of, passes, plus_header, shown, target_of, with_header

SCHEMES = (VOLC_HEADER, VOLC_QUERY)
VECTORS = kit.vectors("volc")
each_vector = pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS.keys())
each_call = pytest.mark.parametrize(
    "vector", [v for v in VECTORS.values() if v["form"] == "header"], ids=lambda vector: vector["case"]
)
each_address = pytest.mark.parametrize(
    "vector", [v for v in VECTORS.values() if v["form"] == "query"], ids=lambda vector: vector["case"]
)


def asked(vector: Vector) -> Request:
    """The vector's request as the server gets it, its body read."""
    return changed(kit.asked(vector), payload=vector["request"]["payload"].encode())


def refusal(made: Request, vector: Vector) -> Fault:
    """What a request must be refused with."""
    with pytest.raises(Fault) as caught:
        check(made, vector)
    return caught.value


def check(made: Request, vector: Vector) -> None:
    """Let a request pass that is signed by the vector's key."""
    found = find_claim(SCHEMES, made)
    assert found is not None
    verify(*found, made, key_of(vector), target_of(vector))


def test_there_are_vectors_of_every_sdk() -> None:
    assert {name.split("/")[1].partition("_")[0] for name in VECTORS} == {"py", "old", "node", "facts"}
    assert len(VECTORS) >= 24


@each_vector
def test_a_vector_is_genuine(vector: Vector) -> None:
    made = asked(vector)
    found = find_claim(SCHEMES, made)
    assert found is not None
    scheme, claim = found
    assert shown(claim) == expected(vector)
    assert service_of(claim) == "vms"
    verify(scheme, claim, made, key_of(vector), target_of(vector))


@each_vector
def test_another_secret_method_or_path_does_not_fit(vector: Vector) -> None:
    made = asked(vector)
    assert not passes(SCHEMES, vector, made, secret="another")
    assert not passes(SCHEMES, vector, changed(made, method="PUT"))
    assert not passes(SCHEMES, vector, changed(made, raw_path=b"/x"))


@each_vector
def test_every_byte_of_the_query_is_signed(vector: Vector) -> None:
    made = asked(vector)
    changes = (changed(made, raw_query=raw) for raw in flips(made.raw_query))
    assert [
        bytes(one.raw_query) for one in changes if means_another(one, vector) and passes(SCHEMES, vector, one)
    ] == []


def means_another(made: Request, vector: Vector) -> bool:
    """Whether it asks for something else. A changed case of hex digits, and a token, which proves itself, do not."""

    def pairs(raw: bytes) -> list[str]:
        parts = (unquote(pair.replace("+", " ")) for pair in raw.decode("latin-1").split("&"))
        return sorted(part for part in parts if not part.startswith("X-Security-Token="))

    return pairs(made.raw_query) != pairs(asked(vector).raw_query)


@each_call
def test_every_byte_of_the_body_is_signed(vector: Vector) -> None:
    made = asked(vector)
    assert not passes(SCHEMES, vector, changed(made, payload=(made.payload or b"") + b" "))
    for body in flips(made.payload or b""):
        assert not passes(SCHEMES, vector, changed(made, payload=body))


@each_call
def test_every_byte_of_a_signed_header_is_signed(vector: Vector) -> None:
    made = asked(vector)
    listed = re.search(r"SignedHeaders=([\w;-]*)", made.header(b"authorization") or "")
    assert listed is not None
    for name in {*listed[1].split(";"), "x-date"} - {"host"}:
        value = (made.header(name.encode()) or "").encode("latin-1")
        for other in flips(value):
            if other.strip(b" \t") == value or (name == "x-content-sha256" and other.lower() == value):
                continue
            assert not passes(SCHEMES, vector, with_header(made, name.encode(), other)), (name, other)
    if "host" in listed[1].split(";"):
        assert not passes(SCHEMES, vector, changed(made, authority="other.example:9400"))


@each_call
def test_every_byte_of_the_credential_counts(vector: Vector) -> None:
    made = asked(vector)
    value = (made.header(b"authorization") or "").encode()
    for other in flips(value):
        assert not passes(SCHEMES, vector, with_header(made, b"authorization", other)), other


@each_call
def test_a_call_needs_no_announced_digest_but_it_must_be_right(vector: Vector) -> None:
    made = asked(vector)
    if made.header(b"x-content-sha256") is not None:
        return
    assert passes(SCHEMES, vector, made)
    fault = refusal(plus_header(made, b"x-content-sha256", b"0" * 64), vector)
    assert (fault.kind, fault.reason) == (Kind.SIGNATURE_MALFORMED, "content-sha256")


@each_address
@pytest.mark.parametrize("more", [b"&Keyword=x", b"&X-Expires=604800", b"&action=Other", b"&X-Note"])
def test_nobody_adds_to_a_signed_address(vector: Vector, more: bytes) -> None:
    made = asked(vector)
    assert not passes(SCHEMES, vector, changed(made, raw_query=made.raw_query + more))


@each_address
def test_nobody_gives_a_signed_address_a_body(vector: Vector) -> None:
    fault = refusal(changed(asked(vector), payload=b'{"Type": 1}'), vector)
    assert (fault.kind, fault.reason) == (Kind.SIGNATURE_MALFORMED, "body")


def test_the_space_between_the_parts_may_be_missing() -> None:
    vector = VECTORS["volc/py_upload_url"]
    made = asked(vector)
    close = (made.header(b"authorization") or "").replace(", ", ",").encode()
    assert passes(SCHEMES, vector, with_header(made, b"authorization", close))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("/request,", "/aws4_request,", "scope"),
        ("/20260102/", "/20260103/", "credential-date"),
        ("/cn-beijing/vms/request", "/request", "credential"),
        ("Signature=", "Sign=", "header"),
        ("SignedHeaders=content-type;", "SignedHeaders=content-type;content-type;", "signed-headers"),
    ],
)
def test_what_cannot_be_read_says_why(old: str, new: str, reason: str) -> None:
    vector = VECTORS["volc/py_upload_url"]
    made = asked(vector)
    text = made.header(b"authorization") or ""
    assert old in text
    fault = refusal(with_header(made, b"authorization", text.replace(old, new).encode()), vector)
    assert (fault.kind, fault.reason) == (Kind.SIGNATURE_MALFORMED, reason)


@pytest.mark.parametrize("value", [None, b"20260102", b"2026-01-02T03:04:05Z"])
def test_a_call_needs_its_time(value: bytes | None) -> None:
    vector = VECTORS["volc/py_upload_url"]
    assert refusal(with_header(asked(vector), b"x-date", value), vector).reason == "date"


@pytest.mark.parametrize(("text", "reason"), [("0", "expires-range"), ("1e3", "expires"), ("9999999", "expires-range")])
def test_how_long_an_address_lasts(text: str, reason: str) -> None:
    vector = VECTORS["volc/old_address"]
    made = asked(vector)
    assert refusal(changed(made, raw_query=made.raw_query + f"&X-Expires={text}".encode()), vector).reason == reason


@given(st.sampled_from(sorted(VECTORS)), st.binary(max_size=40), st.booleans())
def test_nothing_breaks_it(name: str, noise: bytes, header: bool) -> None:
    made = asked(VECTORS[name])
    made = changed(made, headers=((b"authorization", b"HMAC-SHA256 " + noise),), raw_query=b"") if header else made
    kit.never_breaks(SCHEMES, changed(made, raw_query=made.raw_query + b"&" + noise.hex().encode()))
