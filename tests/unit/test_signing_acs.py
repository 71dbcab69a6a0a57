"""signing/acs3, acs_rpc and the row for STS of AWS: what SDKs and documents sign, and every changed byte of it.

Law: expected signatures come from tests/vectors alone, never from the module under test.
Source: wire facts of Alibaba §1.2, §1.3; AWS "Create a signed AWS API request".
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import changed
from entrepot.signing import acs3, acs_rpc, scoped
from entrepot.signing.acs import Signed, seconds_of
from entrepot.signing.parameters import PARAMETERS_MAX, parameters
from entrepot.signing.scheme import NOWHERE, find_claim, verify
from entrepot.wire.http import Request

from . import vectors as kit
from .asking import request
from .vectors import Vector, expected, flips, key_of, plus_header, shown, with_header

SCHEMES = (acs3.SCHEME, acs_rpc.SCHEME, scoped.STS4_HEADER, scoped.STS4_QUERY)
VECTORS = kit.vectors("acs3", "acs_rpc", "sts4")
FORM = (("content-type", "application/x-www-form-urlencoded"),)
each_vector = pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS.keys())
of_headers = pytest.mark.parametrize(
    "vector", [v for name, v in VECTORS.items() if name.startswith("acs3")], ids=lambda vector: vector["case"]
)


def asked(vector: Vector) -> Request:
    """The vector's request as the server gets it, its body read."""
    return changed(kit.asked(vector), payload=vector["request"]["payload"].encode())


def passes(vector: Vector, made: Request, secret: str | None = None) -> bool:
    """Whether the request is taken as signed by the vector's key."""
    try:
        found = find_claim(SCHEMES, made)
        if found is None or found[1].key_id != vector["key_id"]:
            return False
        verify(*found, made, key_of(vector, secret), NOWHERE)
    except Fault as fault:
        assert fault.kind in {Kind.SIGNATURE_MALFORMED, Kind.SIGNATURE_MISMATCH, Kind.MALFORMED}  # noqa: PT017
        return False
    return True


def test_there_are_vectors_of_every_client() -> None:
    assert {name.rsplit("/", 1)[1].partition("_")[0] for name in VECTORS} == {
        "doc", "facts", "tea", "core", "ali", "boto3"
    }  # fmt: skip
    assert len(VECTORS) >= 32


@each_vector
def test_a_vector_is_genuine(vector: Vector) -> None:
    made = asked(vector)
    found = find_claim(SCHEMES, made)
    assert found is not None
    scheme, claim = found
    assert shown(claim) == expected(vector)
    assert scheme.name.removesuffix("-query").replace("-", "_") == vector["scheme"]
    verify(scheme, claim, made, key_of(vector), NOWHERE)


@each_vector
def test_another_secret_method_or_path_does_not_fit(vector: Vector) -> None:
    made = asked(vector)
    assert not passes(vector, made, secret="another")
    assert not passes(vector, changed(made, method="PUT"))
    if vector["scheme"] != "acs_rpc":  # which signs the root, wherever it is sent: the dialect takes no other path
        assert not passes(vector, changed(made, raw_path=b"/x"))


@each_vector
def test_every_byte_of_query_and_body_is_signed(vector: Vector) -> None:
    made = asked(vector)
    for query in flips(made.raw_query):
        assert not passes(vector, changed(made, raw_query=query)), query
    for payload in flips(made.payload or b""):
        assert not passes(vector, changed(made, payload=payload)), payload
    assert not passes(vector, changed(made, raw_query=made.raw_query + b"&More=1" if made.raw_query else b"More=1"))


@of_headers
def test_every_byte_of_the_signed_headers_is_signed(vector: Vector) -> None:
    made = asked(vector)
    authorization = dict(made.headers)[b"authorization"]
    names = authorization.partition(b"SignedHeaders=")[2].partition(b",")[0].split(b";")
    assert {b"host", b"x-acs-date", b"x-acs-signature-nonce"} < set(names)
    for name in names:
        if name == b"host":
            hosts = (host.decode("latin-1") for host in flips(made.authority.encode()))
            assert not any(passes(vector, changed(made, authority=host)) for host in hosts)
            continue
        assert not passes(vector, with_header(made, name, None)), name
        for value in flips(dict(made.headers)[name]):
            assert not passes(vector, with_header(made, name, value)), (name, value)
    for value in flips(authorization):
        assert not passes(vector, with_header(made, b"authorization", value)), value


@of_headers
def test_a_header_that_commands_must_be_signed(vector: Vector) -> None:
    made = asked(vector)
    assert not passes(vector, plus_header(made, b"x-acs-added", b"1"))
    assert passes(vector, plus_header(made, b"x-forwarded-for", b"192.0.2.1")), "proxies add these"


def test_how_a_letter_is_escaped_does_not_matter() -> None:
    vector = VECTORS["acs_rpc/tea_upload_odd_name"]
    made = asked(vector)
    assert b"%2A" in made.raw_query
    assert passes(vector, changed(made, raw_query=made.raw_query.replace(b"%2A", b"*").replace(b"%20", b"+")))


def test_two_signatures_are_refused() -> None:
    headed, plain = asked(VECTORS["acs3/tea_upload"]), asked(VECTORS["acs_rpc/tea_upload"])
    with pytest.raises(Fault, match="two signatures"):
        find_claim(SCHEMES, changed(headed, raw_query=plain.raw_query))


AUTHORIZATION = "ACS3-HMAC-SHA256 Credential=k,SignedHeaders={},Signature=00"
NAMES = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version"
HEADERS = {
    "x-acs-action": "A", "x-acs-content-sha256": "0", "x-acs-date": "2026-01-02T03:04:05Z",
    "x-acs-signature-nonce": "n", "x-acs-version": "v",
}  # fmt: skip


@pytest.mark.parametrize(
    ("authorization", "changes", "reason"),
    [
        ("ACS3-HMAC-SM3 Credential=k,SignedHeaders=host,Signature=00", {}, "algorithm"),
        ("ACS3-HMAC-SHA256", {}, "header"),
        ("ACS3-HMAC-SHA256 Credential=k,Signature=00", {}, "header"),
        ("ACS3-HMAC-SHA256 Credential=,SignedHeaders=host,Signature=00", {}, "header"),
        ("ACS3-HMAC-SHA256 Credential=k,Credential=k,SignedHeaders=host,Signature=00", {}, "header"),
        (AUTHORIZATION.format("host"), {}, "header"),
        (AUTHORIZATION.format(NAMES + ";host"), {}, "header"),
        (AUTHORIZATION.format(NAMES + ";"), {}, "header"),
        (AUTHORIZATION.format(NAMES), {"x-acs-security-token": "unsigned"}, "header"),
        (AUTHORIZATION.format(NAMES), {"x-acs-signature-nonce": ""}, "nonce"),
        (AUTHORIZATION.format(NAMES), {"x-acs-signature-nonce": "n" * 257}, "nonce"),
        (AUTHORIZATION.format(NAMES), {"x-acs-date": ""}, "time-missing"),
        (AUTHORIZATION.format(NAMES), {"x-acs-date": "20260102T030405Z"}, "time"),
        (AUTHORIZATION.format(NAMES), {"x-acs-date": "2026-13-02T03:04:05Z"}, "time"),
    ],
)
def test_a_header_that_cannot_be_read(authorization: str, changes: dict[str, str], reason: str) -> None:
    made = request(("authorization", authorization), *{**HEADERS, **changes}.items())
    with pytest.raises(Fault) as caught:
        acs3.SCHEME.find(made)
    assert (caught.value.kind, caught.value.reason) == (Kind.SIGNATURE_MALFORMED, reason)


QUERY = {
    "AccessKeyId": "k", "Signature": "s", "SignatureMethod": "hmac-sha1", "SignatureVersion": "1.0",
    "SignatureNonce": "n", "Timestamp": "2026-01-02T03:04:05.678Z",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"AccessKeyId": ""}, "parameter-missing", "AccessKeyId"),
        ({"Signature": ""}, "parameter-missing", "Signature"),
        ({"SignatureNonce": ""}, "parameter-missing", "SignatureNonce"),
        ({"SignatureMethod": "HMAC-SHA256"}, "algorithm", None),
        ({"SignatureVersion": "2.0"}, "algorithm", None),
        ({"SignatureNonce": "n" * 257}, "nonce", None),
        ({"Timestamp": ""}, "time-missing", None),
        ({"Timestamp": "yesterday"}, "time", None),
    ],
)
def test_parameters_that_cannot_be_read(changes: dict[str, str], reason: str, field: str | None) -> None:
    query = "&".join(f"{name}={value}" for name, value in {**QUERY, **changes}.items())
    with pytest.raises(Fault) as caught:
        acs_rpc.SCHEME.find(request(query=query.encode()))
    fault = caught.value
    assert (fault.kind, fault.reason, fault.facts.get("field")) == (Kind.SIGNATURE_MALFORMED, reason, field)


def test_a_claim_says_when_and_which() -> None:
    claim = acs_rpc.SCHEME.find(request(query="&".join(f"{name}={value}" for name, value in QUERY.items()).encode()))
    assert claim is not None
    assert claim.signed_at == pytest.approx(1_767_323_045.678)
    assert claim.signed == Signed(nonce="n")
    assert acs_rpc.SCHEME.find(request(query=b"Other=1")) is None
    assert acs3.SCHEME.find(request(("authorization", "AWS4-HMAC-SHA256 x"))) is None


def test_parameters_come_from_query_and_form_together_and_once() -> None:
    both = changed(request(*FORM, query=b"a=1"), payload=b"b=x+y%2B&c")
    assert parameters(both) == {"a": "1", "b": "x y+", "c": ""}
    assert parameters(changed(request(query=b"a=1"), payload=b"b=2")) == {"a": "1"}, "not a form"
    for payload in (b"a=2", b"b=1&b=1"):
        with pytest.raises(Fault, match="twice"):
            parameters(changed(both, payload=payload))
    with pytest.raises(Fault, match="UTF-8"):
        parameters(request(query=b"a=%ff"))
    with pytest.raises(Fault, match=str(PARAMETERS_MAX)):
        parameters(request(query=b"&" * PARAMETERS_MAX))


@pytest.mark.parametrize(
    "time", ["", "2026-01-02", "2026-01-02T03:04:05", "2026-02-30T00:00:00Z", "٢026-01-02T03:04:05Z"]
)
def test_what_is_no_time(time: str) -> None:
    with pytest.raises(Fault):
        seconds_of(time)


@given(authorization=st.text(max_size=60), query=st.binary(max_size=80), payload=st.binary(max_size=80))
def test_nothing_breaks(authorization: str, query: bytes, payload: bytes) -> None:
    for start in ("ACS3-HMAC-SHA256 ", "ACS3-", ""):
        text = (start + authorization).encode("latin-1", "replace").decode("latin-1")
        for mark in (b"", b"Signature=", b"AccessKeyId=1&Signature=1&"):
            made = changed(request(("authorization", text), *FORM, query=mark + query), payload=payload)
            assert not passes({"key_id": "1", "secret": "s"}, made)
