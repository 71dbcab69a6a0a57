"""signing/scoped: AWS4, OSS4 and TOS4 against what SDKs and documents sign, and against every changed byte of it.

Law: expected signatures come from tests/vectors alone, never from the module under test.
Source: AWS "Signature Version 4" for S3; wire facts aliyun §3.4, §4.3, volcengine §3.2-3.4, §3.11, tencent §4.4.
"""

from __future__ import annotations

import re
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import changed
from entrepot.signing.scheme import Claim, Scheme, Target, find_claim, verify
from entrepot.signing.scoped import (
    AWS4_FORM,
    AWS4_HEADER,
    AWS4_QUERY,
    OSS4_FORM,
    OSS4_HEADER,
    OSS4_QUERY,
    TOS4_FORM,
    TOS4_HEADER,
    TOS4_QUERY,
    payload_of,
)
from entrepot.signing.scoped_text import scoped_of
from entrepot.wire.http import Request

from .asking import request
from .vectors import Vector, asked, flips, key_of, target_of, vectors
from .vectors import passes as passed

SCHEMES = (
    AWS4_HEADER, AWS4_QUERY, AWS4_FORM, OSS4_HEADER, OSS4_QUERY, OSS4_FORM, TOS4_HEADER, TOS4_QUERY, TOS4_FORM
)  # fmt: skip
BY_PLACE = {(scheme.name.partition("-")[0], scheme.name.partition("-")[2] or "header"): scheme for scheme in SCHEMES}
VECTORS = vectors("aws4", "oss4", "tos4")
each_vector = pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS.keys())


passes = partial(passed, SCHEMES)


def signed_headers(vector: Vector) -> set[str]:
    """The names of the received headers that the vector's signature covers, read from its own list."""
    text = f"{vector['request']['query'].replace('%3B', ';')} {dict(vector['request']['headers']).get('authorization')}"
    listed = re.search(r"(?:SignedHeaders|AdditionalHeaders|additional-headers)=([\w;-]*)", text)
    names = set(listed[1].split(";")) if listed else set()
    if vector["scheme"] == "oss4" and vector["form"] != "form":
        received = {name for name, _ in vector["request"]["headers"]}
        names |= {name for name in received if name.startswith("x-oss-") or name in {"content-type", "content-md5"}}
    return names - {"host"}


def with_header(made: Request, name: bytes, value: bytes | None) -> Request:
    """The request with another value for a header; None: without it."""
    pairs = ((key, (value if key == name else old)) for key, old in made.headers)
    return changed(made, headers=tuple((key, text) for key, text in pairs if text is not None))


def test_there_are_vectors() -> None:
    assert len(VECTORS) >= 80
    assert {(vector["scheme"], vector["form"]) for vector in VECTORS.values()} == set(BY_PLACE)


@each_vector
def test_a_vector_is_genuine(vector: Vector) -> None:
    made = asked(vector)
    found = find_claim(SCHEMES, made)
    assert found is not None
    scheme, claim = found
    assert scheme is BY_PLACE[vector["scheme"], vector["form"]]
    verify(scheme, claim, made, key_of(vector), target_of(vector))
    shown = (claim.key_id, claim.token, claim.signed_at, claim.expires_at, claim.presigned, claim.form)
    place = (vector["form"] == "query", vector["form"] == "form")
    assert shown == (vector["key_id"], vector["token"], vector["signed_at"], vector["expires_at"], *place)


@each_vector
def test_another_secret_does_not_fit(vector: Vector) -> None:
    assert not passes(vector, asked(vector), secret=vector["secret"] + "x")
    assert not passes(vector, asked(vector), secret="")


@each_vector
def test_a_changed_address_does_not_fit(vector: Vector) -> None:
    """Method, path (or what it addresses, where that is signed instead) and every byte of the query."""
    if vector["form"] == "form":
        return
    made, target = asked(vector), target_of(vector)
    policy = "X-Tos-Policy" in vector["request"]["query"]
    if not policy:
        for method in ("GET", "PUT", "DELETE", "HEAD", "get"):
            assert passes(vector, changed(made, method=method)) == (method == made.method)
        if vector["scheme"] == "oss4":
            assert all(not passes(vector, made, changed(target, key=key)) for key in flips(target.key))
            assert not passes(vector, made, changed(target, bucket="another"))
            assert passes(vector, changed(made, raw_path=b"/elsewhere")), "where it goes is signed, not the path"
        else:
            assert all(not passes(vector, changed(made, raw_path=path)) for path in flips(made.raw_path))
            assert not passes(vector, changed(made, raw_path=made.raw_path + b"/"))
    query, mark, unsigned = made.raw_query.partition(b"&versionId" if policy else b"\0")
    for other in flips(query):
        assert not passes(vector, changed(made, raw_query=other + mark + unsigned)), other
    more = made.raw_query + b"&more=1" if made.raw_query else b"more=1"
    assert passes(vector, changed(made, raw_query=more)) == policy, "wire facts volcengine §3.3"


@each_vector
def test_a_changed_header_does_not_fit(vector: Vector) -> None:
    made = asked(vector)
    names = signed_headers(vector)
    assert vector["form"] != "header" or names
    for name, value in made.headers:
        if name.decode() not in {*names, "authorization"}:
            continue
        assert all(not passes(vector, with_header(made, name, other)) for other in flips(value)), name
        assert not passes(vector, with_header(made, name, None)), name
    if vector["form"] == "form" or vector["scheme"] == "oss4" or "X-Tos-Policy" in vector["request"]["query"]:
        return
    for host in flips(made.authority.encode()):
        assert not passes(vector, changed(made, authority=host.decode()))


@each_vector
def test_what_is_not_signed_may_change_but_not_what_commands(vector: Vector) -> None:
    """Proxies add headers; but one that the cloud would obey must be signed."""
    made = asked(vector)
    more = changed(made, headers=(*made.headers, (b"via", b"1.1 proxy"), (b"user-agent", b"x")))
    assert passes(vector, more)
    if vector["form"] == "form" or "X-Tos-Policy" in vector["request"]["query"]:
        return
    prefix = {"aws4": b"x-amz-", "oss4": b"x-oss-", "tos4": b"x-tos-"}[vector["scheme"]]
    obeyed = changed(made, headers=(*made.headers, (prefix + b"forbidden", b"x")))
    assert not passes(vector, obeyed)
    if vector["scheme"] != "oss4":
        with pytest.raises(Fault) as caught:
            find_claim(SCHEMES, obeyed)
        assert (caught.value.reason, caught.value.facts) == (
            "unsigned-header",
            {"header": f"{prefix.decode()}forbidden"},
        )


@each_vector
def test_a_changed_form_does_not_fit(vector: Vector) -> None:
    made = asked(vector)
    if made.form is None:
        return
    prefix = {"aws4": "x-amz-", "oss4": "x-oss-", "tos4": "x-tos-"}[vector["scheme"]]
    names = {"policy", *(f"{prefix}{name}" for name in ("credential", "signature", "date"))}
    for at, (name, value) in enumerate(made.form):
        if name.lower() not in names:
            continue
        time = value[8:] if name.lower() == f"{prefix}date" else ""  # only its day is folded in; policies pin the rest
        for other in flips(value.removesuffix(time).encode()):
            form = (*made.form[:at], (name, other.decode() + time), *made.form[at + 1 :])
            assert not passes(vector, changed(made, form=form)), name
        assert not passes(vector, changed(made, form=(*made.form[:at], *made.form[at + 1 :]))), name


@each_vector
def test_how_a_letter_is_written_does_not_matter(vector: Vector) -> None:
    """A proxy may write escapes in lower case, escape more letters or order the query otherwise."""
    made = asked(vector)
    lower = re.compile(rb"%[0-9A-F]{2}")
    path = lower.sub(lambda match: match[0].lower(), made.raw_path)
    query = lower.sub(lambda match: match[0].lower(), b"&".join(reversed(made.raw_query.split(b"&"))))
    assert passes(vector, changed(made, raw_path=path, raw_query=query))
    if path[-1:].isalpha() and b"%" not in path[-3:]:
        assert passes(vector, changed(made, raw_path=path[:-1] + b"%%%02X" % path[-1]))


def test_a_port_that_goes_without_saying() -> None:
    vector = VECTORS["aws4/boto3_put"]
    made = asked(vector)
    assert passes(vector, changed(made, authority=f"{made.authority}:80"))
    assert passes(vector, changed(made, authority=f"{made.authority}:443"))
    assert not passes(vector, changed(made, authority=f"{made.authority}:8080"))


def test_the_canonical_request_is_the_documented_one() -> None:
    """Source: AWS, "Signature Calculations for the Authorization Header", example GET Object."""
    vector = VECTORS["aws4/aws_get_range"]
    made = asked(vector)
    claim = claim_of(AWS4_HEADER, made)
    assert AWS4_HEADER.canonical is not None
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert AWS4_HEADER.canonical(made, claim, target_of(vector)).decode() == (
        "GET\n/test.txt\n\nhost:examplebucket.s3.amazonaws.com\nrange:bytes=0-9\n"
        f"x-amz-content-sha256:{empty}\nx-amz-date:20130524T000000Z\n\nhost;range;x-amz-content-sha256;x-amz-date\n{empty}"
    )
    assert AWS4_HEADER.texts(made, claim, target_of(vector)) == (
        b"AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n%s"
        % b"7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972",
    )


def test_what_a_mismatch_tells() -> None:
    vector = VECTORS["aws4/aws_get_range"]
    made = changed(asked(vector), raw_path=b"/other")
    with pytest.raises(Fault) as caught:
        verify(AWS4_HEADER, claim_of(AWS4_HEADER, made), made, key_of(vector), target_of(vector))
    facts = caught.value.facts
    assert str(facts["canonical_request"]).startswith("GET\n/other\n")
    assert str(facts["string_to_sign"]).startswith("AWS4-HMAC-SHA256\n20130524T000000Z\n")
    assert facts["signature_provided"] == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"


def claim_of(scheme: Scheme, made: Request) -> Claim:
    """The claim that the scheme finds."""
    claim = scheme.find(made)
    assert claim is not None
    return claim


def test_a_policy_address_shows_its_policy() -> None:
    vector = VECTORS["tos4/tos_policy"]
    policy = scoped_of(claim_of(TOS4_QUERY, asked(vector))).policy
    assert policy is not None
    assert policy.startswith("ey")
    assert scoped_of(claim_of(TOS4_QUERY, asked(VECTORS["tos4/tos_presigned_put"]))).policy is None


# What cannot be read.

AUTHORIZATION = {
    "aws4": "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=00",
    "oss4": "OSS4-HMAC-SHA256 Credential={credential},Signature=00",
    "tos4": "TOS4-HMAC-SHA256 Credential={credential},SignedHeaders=host;x-tos-date,Signature=00",
}
GOOD = {
    "aws4": "id/20260102/r/s3/aws4_request",
    "oss4": "id/20260102/r/oss/aliyun_v4_request",
    "tos4": "id/20260102/r/tos/request",
}
PREFIX = {"aws4": "x-amz-", "oss4": "x-oss-", "tos4": "x-tos-"}
ROW_NAMES = tuple(GOOD)


def headers_of(row: str, credential: str | None = None, date: str | None = "20260102T030405Z") -> list[tuple[str, str]]:
    """Headers of a claim that can be read."""
    headers = [("host", "h"), ("authorization", AUTHORIZATION[row].format(credential=credential or GOOD[row]))]
    if row == "aws4":
        headers.append(("x-amz-content-sha256", "UNSIGNED-PAYLOAD"))
    return [*headers, *([] if date is None else [(f"{PREFIX[row]}date", date)])]


def refused(row: str, *headers: tuple[str, str], query: str = "") -> str | None:
    """The reason why the claim cannot be read; None when it can."""
    made = request(*headers, query=query.encode())
    try:
        assert find_claim(SCHEMES, made) is not None
    except Fault as fault:
        assert fault.kind is Kind.SIGNATURE_MALFORMED  # noqa: PT017 - most cases raise
        assert row
        return fault.reason
    return None


@pytest.mark.parametrize("row", ROW_NAMES)
def test_credentials_in_the_header(row: str) -> None:
    good = GOOD[row]
    assert refused(row, *headers_of(row)) is None
    assert refused(row, *headers_of(row, good.replace("id/", "a/b/c/"))) is None, "it is read from the right"
    assert refused(row, *headers_of(row, good.replace("/r/", "/127.0.0.1:18777/"))) is None, "js-tos, wire facts §3.2"
    assert refused(row, *headers_of(row, good.removeprefix("id/"))) == "credential"
    assert refused(row, *headers_of(row, good.removeprefix("id"))) == "credential"
    assert refused(row, *headers_of(row, "x")) == "credential"
    assert refused(row, *headers_of(row, good.replace("20260102", "20260103"))) == "credential-date"
    assert refused(row, *headers_of(row, good.replace("20260102", "2026-01-02"))) == "credential-date"
    assert refused(row, *headers_of(row, good + "x")) == "scope"
    service = {"aws4": "/s3/", "oss4": "/oss/", "tos4": "/tos/"}[row]
    assert refused(row, *headers_of(row, good.replace(service, "/vms/"))) == "scope"


@pytest.mark.parametrize("row", ROW_NAMES)
@pytest.mark.parametrize("date", [None, "", "20260102", "2026-01-02T03:04:05Z", "20261302T030405Z", "20260102T030460Z"])
def test_dates_in_the_header(row: str, date: str | None) -> None:
    assert refused(row, *headers_of(row, date=date)) == "date"


@pytest.mark.parametrize("row", ROW_NAMES)
def test_headers_that_cannot_be_read(row: str) -> None:
    good = AUTHORIZATION[row].format(credential=GOOD[row])
    others = headers_of(row)[2:]
    name = good.partition(" ")[0]
    for text in (
        name, f"{name} ", f"{name}x", good.replace(" Cred", "Cred", 1), good.replace("Signature=00", "Signature"),
        good.replace("Signature=00", "Sig=00"), good.replace(",", ";"), f"{good},Signature=00", f"{good},X=1",
        f"{good},", good.replace("Credential", "credential"),
    ):  # fmt: skip
        assert refused(row, ("authorization", text), *others) == "header", text
    assert refused(row, *headers_of(row), ("authorization", good)) == "two"
    if row != "oss4":
        listed = re.search("SignedHeaders=[^,]*,", good)
        assert listed is not None
        assert refused(row, ("authorization", good.replace(listed[0], "")), *others) == "signed-headers"
        twice = good.replace("SignedHeaders=host", "SignedHeaders=host;Host")
        assert refused(row, ("authorization", twice), *others) == "signed-headers"
        empty = good.replace("SignedHeaders=host", "SignedHeaders=host;")
        assert refused(row, ("authorization", empty), *others) == "signed-headers"
        unsigned = good.replace("SignedHeaders=host;", "SignedHeaders=")
        assert refused(row, ("authorization", unsigned), *others) == "unsigned-header"


def test_the_payload_must_be_declared() -> None:
    headers = [header for header in headers_of("aws4") if header[0] != "x-amz-content-sha256"]
    assert refused("aws4", *headers) == "content-sha256"


QUERY = {
    "aws4": "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Date=20260102T030405Z"
    "&X-Amz-Expires={expires}&X-Amz-SignedHeaders=host&X-Amz-Signature=00",
    "oss4": "x-oss-signature-version=OSS4-HMAC-SHA256&x-oss-credential={credential}&x-oss-date=20260102T030405Z"
    "&x-oss-expires={expires}&x-oss-signature=00",
    "tos4": "X-Tos-Algorithm=TOS4-HMAC-SHA256&X-Tos-Credential={credential}&X-Tos-Date=20260102T030405Z"
    "&X-Tos-Expires={expires}&X-Tos-SignedHeaders=host&X-Tos-Signature=00",
}
EXPIRES_MAX = {"aws4": 604_800, "oss4": 604_800, "tos4": 2_592_000}


def query_of(row: str, credential: str | None = None, expires: object = 60) -> str:
    """A query with a claim that can be read."""
    return QUERY[row].format(credential=credential or GOOD[row], expires=expires)


@pytest.mark.parametrize("row", ROW_NAMES)
def test_addresses(row: str) -> None:
    good, most = query_of(row), EXPIRES_MAX[row]
    assert refused(row, query=good) is None
    assert refused(row, query=re.sub("[A-Za-z-]+=", lambda name: name[0].lower(), good)) is None, "names in any case"
    assert refused(row, query=query_of(row, GOOD[row].replace("/", "%2F"), most)) is None
    for expires in (0, most + 1, 9_999_999_999):
        assert refused(row, query=query_of(row, expires=expires)) == "expires-range"
    for text in ("", "x", "-1", "1.5", "1e3", "99999999999", "%D9%A1"):
        assert refused(row, query=query_of(row, expires=text)) == "expires", text
    pairs = good.split("&")
    reasons = ("header", "credential", "date", "expires", None if row == "oss4" else "signed-headers", "header")
    names = ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature")
    for name, reason in zip(names, reasons, strict=True):
        wanted = "signature-version" if row == "oss4" and name == "Algorithm" else name.lower()
        rest = [pair for pair in pairs if pair.partition("=")[0].lower() != f"{PREFIX[row]}{wanted}"]
        assert refused(row, query="&".join(rest)) == reason, name
        assert reason is None or refused(row, query=f"{good}&{PREFIX[row]}{wanted}=1") == "header", name
    assert refused(row, query=query_of(row, GOOD[row].replace("20260102", "20260101"))) == "credential-date"
    assert refused(row, query=query_of(row, "x")) == "credential"
    assert refused(row, query=query_of(row, GOOD[row] + "x")) == "scope"
    assert refused(row, query=good.replace("4-HMAC", "5-HMAC")) == "header"
    if row != "oss4":
        assert refused(row, query=good.replace("=host", "=range")) == "unsigned-header"
    assert refused(row, *headers_of(row), query=good) in {"two", "unsigned-header"}, "in the header and in the address"


def test_a_policy_address_lasts_a_week_at_most() -> None:
    good = query_of("tos4", expires=604_800) + "&X-Tos-Policy=e30="
    assert refused("tos4", query=good) is None
    assert refused("tos4", query=good.replace("604800", "604801")) == "expires-range"


def test_a_form_with_half_a_signature() -> None:
    for row in ROW_NAMES:
        version = "signature-version" if row == "oss4" else "algorithm"
        fields = {
            f"{PREFIX[row]}{version}": f"{row.upper()}-HMAC-SHA256", f"{PREFIX[row]}credential": GOOD[row],
            f"{PREFIX[row]}date": "20260102T030405Z", f"{PREFIX[row]}signature": "00", "Policy": "e30=",
        }  # fmt: skip
        form = tuple(fields.items())
        assert find_claim(SCHEMES, changed(request(), form=form)) is not None
        for at, reason in enumerate(("header", "credential", "date", "header", "policy")):
            with pytest.raises(Fault) as caught:
                find_claim(SCHEMES, changed(request(), form=(*form[:at], *form[at + 1 :])))
            assert (caught.value.kind, caught.value.reason) == (Kind.SIGNATURE_MALFORMED, reason), (row, at)


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ((), b""),
        ((("authorization", "OSS id:abc="),), b""),
        ((("authorization", "HMAC-SHA256 Credential=x"),), b""),
        ((("authorization", "q-sign-algorithm=sha1&q-ak=x"),), b""),
        ((), b"acl&prefix=x-amz-"),
        ((), b"x-tos-bucket-type=hns&list-type=2"),
        ((), b"x-oss-process=image%2Finfo&x-oss-traffic-limit=819200"),
        ((), b"x-oss-signature-version=OSS2&x-oss-credential=x&x-oss-signature=y"),
        ((), b"OSSAccessKeyId=x&Expires=1&Signature=y"),
    ],
)
def test_requests_without_such_a_signature(headers: tuple[tuple[str, str], ...], query: bytes) -> None:
    for made in (request(*headers, query=query), changed(request(*headers, query=query), form=(("key", "k"),))):
        assert find_claim(SCHEMES, made) is None


def test_what_the_payload_is() -> None:
    assert payload_of(request()) is None
    assert payload_of(request(("x-amz-content-sha256", "UNSIGNED-PAYLOAD"))) == "UNSIGNED-PAYLOAD"
    assert payload_of(request(("x-tos-content-sha256", " ab "))) == "ab"
    assert payload_of(request(("x-oss-content-sha256", "ab"), query=b"X-Amz-Content-Sha256=cd")) == "ab"
    assert payload_of(request(query=b"a=b&X-Tos-Content-Sha256=UNSIGNED-PAYLOAD")) == "UNSIGNED-PAYLOAD"
    assert payload_of(request(query=b"a=content-sha256")) is None


@given(st.sampled_from(ROW_NAMES), st.text(max_size=60), st.text(max_size=40), st.text(max_size=20))
def test_nothing_else_is_ever_raised_by_a_header(row: str, credential: str, listed: str, date: str) -> None:
    name = AUTHORIZATION[row].partition(" ")[0]
    text = f"{name} Credential={credential}/{GOOD[row]},SignedHeaders={listed},Signature={date}"
    raw = text.encode("utf-8", "replace")
    made = changed(
        request(*headers_of(row)[2:]), headers=((b"authorization", raw), *request(*headers_of(row)[2:]).headers)
    )
    never_breaks(made)


@given(st.sampled_from(ROW_NAMES), st.binary(max_size=60), st.binary(max_size=60))
def test_nothing_else_is_ever_raised_by_a_query(row: str, start: bytes, end: bytes) -> None:
    never_breaks(request(query=start + b"&" + query_of(row).encode() + end))
    never_breaks(request(query=query_of(row, "%C4%80/" + GOOD[row]).encode() + b"&x-amz-content-sha256=%C4%80" + end))


def never_breaks(made: Request) -> None:
    """Whatever is found can be verified, and is not."""
    try:
        found = find_claim(SCHEMES, made)
        if found is not None:
            verify(*found, made, key_of({"key_id": "id", "secret": "s"}), Target(bucket="b", key=b"\xff"))
    except Fault as fault:
        assert fault.kind in {Kind.SIGNATURE_MALFORMED, Kind.SIGNATURE_MISMATCH}  # noqa: PT017 - most do not raise
    else:
        assert found is None
