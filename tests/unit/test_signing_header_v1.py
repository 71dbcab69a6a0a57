"""signing/header_v1: OSS V1 and AWS SigV2 against what documents and SDKs sign, and against every changed byte of it.

Law: expected signatures come from tests/vectors alone, never from the module under test.
Source: wire facts of Alibaba §3.4, §4.1, §4.2, §4.4; AWS "Signing and authenticating REST requests (AWS signature
version 2)".
"""

from __future__ import annotations

import base64
import hmac
import re
from urllib.parse import quote, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import changed
from entrepot.signing.header_v1 import AWS2_FORM, AWS2_HEADER, AWS2_QUERY, OSS1_FORM, OSS1_HEADER, OSS1_QUERY
from entrepot.signing.header_v1_rows import AWS2, OSS1, Row
from entrepot.signing.scheme import Claim, Target, find_claim, verify
from entrepot.wire.http import Request

from .asking import request
from .vectors import (
    Vector,
    asked,
    expected,
    flips,
    key_of,
    never_breaks,
    plus_header,
    shown,
    signed_places,
    target_of,
    vectors,
    with_header,
)  # fmt: skip
from .vectors import passes as passes_any

SCHEMES = (OSS1_HEADER, OSS1_QUERY, OSS1_FORM, AWS2_HEADER, AWS2_QUERY, AWS2_FORM)
BY_PLACE = {(scheme.name.partition("-")[0], scheme.name.partition("-")[2] or "header"): scheme for scheme in SCHEMES}
VECTORS = vectors("oss1", "aws2")
ROWS = {"oss1": OSS1, "aws2": AWS2}
each_vector = pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS.keys())
each_row = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
POSITIONAL = (b"content-md5", b"content-type")


def passes(vector: Vector, made: Request, target: Target | None = None, secret: str | None = None) -> bool:
    """Whether the request is taken as signed by the vector's key."""
    return passes_any(SCHEMES, vector, made, target, secret)


def claim_of(made: Request) -> Claim:
    """The claim of a request that has one."""
    found = find_claim(SCHEMES, made)
    assert found is not None
    return found[1]


def signed_headers(vector: Vector) -> set[bytes]:
    """The names of the received headers that the vector's signature covers."""
    row, received = ROWS[vector["scheme"]], {name.encode() for name, _ in vector["request"]["headers"]}
    names = {name for name in received if name.startswith(row.prefix) or name in POSITIONAL}
    if vector["form"] == "header":
        names |= {b"authorization"} if row.prefix + b"date" in received else {b"authorization", b"date"}
    return names


def signed_params(vector: Vector) -> set[bytes]:
    """The raw names of the received parameters that the vector's signature covers."""
    row, names = ROWS[vector["scheme"]], set()
    for pair in vector["request"]["query"].encode().split(b"&"):
        name = pair.partition(b"=")[0]
        plain = unquote_to_bytes(name)
        own = plain in {row.key_id.encode(), b"Signature", b"Expires"} and vector["form"] == "query"
        hoisted = row is AWS2 and vector["form"] == "query" and (plain.startswith(row.prefix) or plain in POSITIONAL)
        if own or hoisted or plain in row.params:
            names.add(name)
    return names


def test_there_are_vectors() -> None:
    assert len(VECTORS) >= 110
    assert {(vector["scheme"], vector["form"]) for vector in VECTORS.values()} == set(BY_PLACE)


@each_vector
def test_a_vector_is_genuine(vector: Vector) -> None:
    made = asked(vector)
    found = find_claim(SCHEMES, made)
    assert found is not None
    scheme, claim = found
    assert scheme is BY_PLACE[vector["scheme"], vector["form"]]
    verify(scheme, claim, made, key_of(vector), target_of(vector))
    assert shown(claim) == expected(vector)


@each_vector
def test_another_secret_does_not_fit(vector: Vector) -> None:
    assert not passes(vector, asked(vector), secret=vector["secret"] + "x")
    assert not passes(vector, asked(vector), secret="")


@each_vector
def test_a_changed_address_does_not_fit(vector: Vector) -> None:
    """Method and resource: for OSS what the path addresses, for AWS the path as sent."""
    if vector["form"] == "form":
        return
    made, target = asked(vector), target_of(vector)
    for method in ("GET", "PUT", "DELETE", "HEAD", "POST", "get"):
        assert passes(vector, changed(made, method=method)) == (method == made.method)
    if vector["scheme"] == "oss1":
        assert all(not passes(vector, made, changed(target, key=key)) for key in flips(target.key))
        assert not passes(vector, made, changed(target, bucket="another"))
        assert passes(vector, made, changed(target, key=target.key + b"/")) == (target.bucket is None)
        assert passes(vector, changed(made, raw_path=b"/elsewhere")), "where it goes is signed, not the path"
        return
    assert all(not passes(vector, changed(made, raw_path=path)) for path in flips(made.raw_path))
    if target.bucket is not None and not made.raw_path.startswith(b"/" + target.bucket.encode()):
        assert all(not passes(vector, made, changed(target, bucket=b.decode())) for b in flips(target.bucket.encode()))
    if target.key:
        assert not passes(vector, changed(made, raw_path=made.raw_path + b"/"))


@each_vector
def test_a_changed_query_does_not_fit(vector: Vector) -> None:
    """Every byte of the parameters that are signed, whether it is there and how often; others are not signed."""
    made = asked(vector)
    doubled = {name for name, _ in made.headers}  # said by a header, too: one of both may be dropped
    signed = signed_params(vector) - doubled
    for query in flips(made.raw_query, signed_places(made.raw_query, signed)):
        assert not passes(vector, changed(made, raw_query=query)), query
    for name in doubled & signed_params(vector):
        start = made.raw_query.index(name) + len(name) + 1
        for query in flips(made.raw_query, range(start, start + made.raw_query[start:].find(b"&"))):
            assert not passes(vector, changed(made, raw_query=query)), query
    pairs = [pair for pair in made.raw_query.split(b"&") if pair]
    for at, pair in enumerate(pairs):
        without = changed(made, raw_query=b"&".join(pairs[:at] + pairs[at + 1 :]))
        assert passes(vector, without) == (pair.partition(b"=")[0] not in signed), pair
    if vector["form"] == "form":
        return
    for name in (b"acl", b"uploadId", b"response-content-type"):
        more = b"&".join((*pairs, name + b"=again"))
        assert not passes(vector, changed(made, raw_query=more)), name
    assert passes(vector, changed(made, raw_query=b"&".join((*pairs, b"more=1"))))


@each_vector
def test_a_changed_header_does_not_fit(vector: Vector) -> None:
    made = asked(vector)
    if vector["form"] == "form":
        assert passes(vector, with_header(made, b"content-type", b"multipart/form-data; boundary=c"))
        return
    row, hoisted = ROWS[vector["scheme"]], {unquote_to_bytes(name) for name in signed_params(vector)}
    for name, value in made.headers:
        if name not in signed_headers(vector):
            continue
        assert all(not passes(vector, with_header(made, name, other)) for other in flips(value)), name
        assert passes(vector, with_header(made, name, None)) == (name in hoisted), name
        assert passes(vector, plus_header(made, name, value)) == (name == b"date"), name
    for name in (row.prefix + b"acl2", row.prefix + b"date", *POSITIONAL):
        if name not in {key for key, _ in made.headers}:
            assert not passes(vector, plus_header(made, name, b"Fri, 02 Jan 2026 03:04:06 GMT")), name
    assert passes(vector, plus_header(plus_header(made, b"via", b"1.1 proxy"), b"range", b"bytes=0-9"))


@each_vector
def test_a_changed_form_does_not_fit(vector: Vector) -> None:
    made = asked(vector)
    if made.form is None:
        return
    names = {"policy", "signature", ROWS[vector["scheme"]].key_id.lower()}
    for at, (name, value) in enumerate(made.form):
        if name.lower() not in names:
            continue
        for other in flips(value.encode()):
            form = (*made.form[:at], (name, other.decode()), *made.form[at + 1 :])
            assert not passes(vector, changed(made, form=form)), name
        assert not passes(vector, changed(made, form=(*made.form[:at], *made.form[at + 1 :]))), name
    assert passes(vector, changed(made, form=tuple((name.upper(), value) for name, value in made.form)))


@each_vector
def test_how_a_query_is_written_does_not_matter(vector: Vector) -> None:
    """A proxy may order the query otherwise, or escape in lower case what is signed as it is meant."""
    made = asked(vector)
    turned = b"&".join(reversed(made.raw_query.split(b"&")))
    assert passes(vector, changed(made, raw_query=turned))
    if vector["case"] != "s3cmd_upload_part":  # which signs what it sends
        lower = re.sub(rb"%[0-9A-F]{2}", lambda match: match[0].lower(), turned)
        assert passes(vector, changed(made, raw_query=lower))


# What the documents show on the way.


def test_the_documented_texts() -> None:
    """Source: AWS, "Signing and authenticating REST requests", "Upload"; Alibaba Cloud, its example of PUT."""
    vector = VECTORS["aws2/aws_upload"]
    made = asked(vector)
    assert AWS2_HEADER.texts(made, claim_of(made), target_of(vector)) == (
        (
            b"PUT\n4gJE4saaMU4BqNR0kLY+lw==\napplication/x-download\nTue, 27 Mar 2007 21:06:08 +0000\n"
            b"x-amz-acl:public-read\nx-amz-meta-checksumalgorithm:crc32\nx-amz-meta-filechecksum:0x02661779\n"
            b"x-amz-meta-reviewedby:joe@johnsmith.net,jane@johnsmith.net\n/static.johnsmith.net/db-backup.dat.gz"
        ),
    )
    vector = VECTORS["oss1/doc_put"]
    made = asked(vector)
    assert OSS1_HEADER.texts(made, claim_of(made), target_of(vector)) == (
        (
            b"PUT\nODBGOERFMDMzQTczRUY3NUE3NzA5QzdFNUYzMDQxNEM=\ntext/html\nThu, 17 Nov 2005 18:49:58 GMT\n"
            b"x-oss-magic:abracadabra\nx-oss-meta-author:foo@bar.com\n/oss-example/nelson"
        ),
    )


def test_the_vendors_date() -> None:
    """OSS writes it in the date's line as well, AWS leaves that empty."""
    for case, line in (
        ("oss1/oss2_put_vendor_date", b"Fri, 02 Jan 2026 03:04:05 GMT"),
        ("aws2/boto_put_vendor_date", b""),
    ):
        vector = VECTORS[case]
        made = asked(vector)
        scheme = BY_PLACE[vector["scheme"], "header"]
        assert scheme.texts(made, claim_of(made), target_of(vector))[0].split(b"\n")[3] == line
        assert claim_of(made).signed_at == 1_767_323_045


def test_what_a_mismatch_tells() -> None:
    vector = VECTORS["oss1/doc_put"]
    made = changed(asked(vector), method="GET")
    with pytest.raises(Fault) as caught:
        verify(OSS1_HEADER, claim_of(made), made, key_of(vector), target_of(vector))
    facts = caught.value.facts
    assert str(facts["string_to_sign"]).startswith("GET\nODBG")
    assert facts["signature_provided"] == "26NBxoKdsyly4EDv6inkoDft/yA="
    assert "canonical_request" not in facts


# Where tokens come from.

DATE = ("date", "Fri, 02 Jan 2026 03:04:05 GMT")


@pytest.mark.parametrize(
    ("word", "headers", "query", "token"),
    [
        ("OSS", (), b"", None),
        ("OSS", (("x-oss-security-token", "a+b=="),), b"", "a+b=="),
        ("OSS", (("security-token", "t"),), b"", "t"),
        ("OSS", (), b"security-token=a%2Bb%3D%3D", "a+b=="),
        ("OSS", (), b"security-token=a+b==", "a+b=="),
        ("OSS", (), b"x-oss-security-token=t", "t"),
        ("OSS", (("x-amz-security-token", "t"),), b"", None),
        ("AWS", (("x-amz-security-token", "t"),), b"", "t"),
        ("AWS", (), b"x-amz-security-token=a+b==", "a+b=="),
        ("AWS", (), b"x-amz-security-token=", None),
        ("AWS", (("security-token", "t"),), b"", None),
    ],
)
def test_tokens(word: str, headers: tuple[tuple[str, str], ...], query: bytes, token: str | None) -> None:
    assert claim_of(request(("authorization", f"{word} id:00"), DATE, *headers, query=query)).token == token
    presigned = b"&".join(part for part in (f"{word}AccessKeyId=id&Signature=00&Expires=1".encode(), query) if part)
    assert claim_of(request(*headers, query=presigned)).token == token


# What cannot be read.


def refused(*headers: tuple[str, str], query: str = "", form: tuple[tuple[str, str], ...] | None = None) -> str | None:
    """The reason why the claim cannot be read; None when it can."""
    made = changed(request(*headers, query=query.encode()), form=form)
    try:
        assert find_claim(SCHEMES, made) is not None
    except Fault as fault:
        assert fault.kind is Kind.SIGNATURE_MALFORMED  # noqa: PT017 - most cases raise
        return fault.reason
    return None


@each_row
def test_headers_that_cannot_be_read(row: Row) -> None:
    good = ("authorization", f"{row.word} id:00")
    assert refused(good, DATE) is None
    assert refused(("authorization", f"{row.word}  a:b:00 "), DATE) is None, "it is read from the right"
    for text in (f"{row.word} ", f"{row.word} id", f"{row.word} id:", f"{row.word} :00"):
        assert refused(("authorization", text), DATE) == "header", text
    assert refused(good) == "date"
    assert refused(good, good, DATE) == "two"
    for text in ("", "now", "20260102T030405Z", "2026-01-02T03:04:05Z", "Fri, 32 Jan 2026 03:04:05 GMT"):
        assert refused(good, ("date", text)) == "date", text
        assert refused(good, DATE, (f"{row.prefix.decode()}date", text or "x")) == "date", text
    for text in ("Fri, 02 Jan 2026 03:04:05 +0000", "Friday, 02-Jan-26 03:04:05 GMT", "Fri, 2 Jan 2026 04:04:05 +0100"):
        assert claim_of(request(good, ("date", text))).signed_at == 1_767_323_045


@each_row
def test_addresses(row: Row) -> None:
    parts = [f"{row.key_id}=id", "Signature=00", "Expires=1767323045"]
    good = "&".join(parts)
    assert refused(query=good) is None
    assert refused(query="&".join(reversed(parts))) is None
    for at in range(3):
        rest = [part for part in parts if part != parts[at]]
        assert refused(query="&".join([*rest, f"{parts[at].partition('=')[0]}="])) == "query"
        assert refused(query=f"{good}&{parts[at]}") == "two"
    assert refused(query="&".join((parts[0], parts[1]))) == "query"
    assert refused(query="&".join((parts[0], parts[2]))) == "query"
    for text in ("x", "-1", "1.5", "1e3", "9999999999999", "%D9%A1"):
        assert refused(query=good.replace("1767323045", text)) == "expires", text
    assert refused(("authorization", f"{row.word} id:00"), DATE, query=good) == "two"
    assert refused(query="&".join(parts[1:])) == "query", "whosever it is: wire facts of Alibaba §4.2"
    plus = request(query=good.replace("Signature=00", "Signature=a+b/c=").encode())
    assert claim_of(plus).signature == b"a+b/c=", "some do not encode it"


@each_row
def test_forms(row: Row) -> None:
    form = ((row.key_id, "id"), ("Signature", "00"), ("policy", "e30="))
    assert refused(form=form) is None
    assert refused(form=form[1:]) == "form"
    assert refused(form=(form[0], form[2])) == "form"
    assert refused(form=form[:2]) == "policy"
    assert refused(form=((row.key_id, ""), *form[1:])) == "form"
    header = ("authorization", f"{row.word} id:00")
    assert refused(header, query=f"{row.key_id}=x", form=form) is None, "a form counts alone, wire facts §3.1"
    assert find_claim(SCHEMES, changed(request(header, query=b"Signature=x"), form=(("key", "k"),))) is None


def test_version_2_of_oss_is_not_spoken() -> None:
    assert refused(("authorization", "OSS2 AccessKeyId:id,Signature:00"), DATE) == "version"
    assert (
        refused(query="x-oss-signature-version=OSS2&x-oss-expires=1&x-oss-access-key-id=i&x-oss-signature=0")
        == "version"
    )
    form = (("x-oss-signature-version", "OSS2"), ("x-oss-access-key-id", "id"), ("x-oss-signature", "00"))
    assert refused(form=form) == "version"


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ((), b""),
        ((("authorization", ""),), b""),
        ((("authorization", "OSS4-HMAC-SHA256 Credential=x"),), b""),
        ((("authorization", "AWS4-HMAC-SHA256 Credential=x"),), b""),
        ((("authorization", "q-sign-algorithm=sha1&q-ak=x"),), b""),
        ((("authorization", "aws id:00"),), b""),
        ((), b"acl&prefix=Signature%3D"),
        ((), b"prefix=Signature="),
        ((), b"Expires=1"),
        ((), b"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=x&X-Amz-Signature=y"),
        ((), b"x-oss-signature-version=OSS4-HMAC-SHA256&x-oss-credential=x&x-oss-signature=y"),
        ((), b"q-sign-algorithm=sha1&q-signature=x"),
    ],
)
def test_requests_without_such_a_signature(headers: tuple[tuple[str, str], ...], query: bytes) -> None:
    fields = (("key", "k"), ("Signature", "q-sign-algorithm=sha1&q-ak=x"), ("policy", "e30="))
    for made in (request(*headers, query=query), changed(request(*headers, query=query), form=fields)):
        assert find_claim(SCHEMES, made) is None


@given(st.sampled_from(("OSS", "AWS")), st.text(max_size=60), st.text(max_size=30), st.binary(max_size=40))
def test_nothing_else_is_ever_raised_by_a_header(word: str, rest: str, date: str, meta: bytes) -> None:
    raw = f"{word} {rest}:00".encode("utf-8", "replace")
    others = ((b"x-amz-meta-a", meta), (b"x-oss-meta-a", meta))
    for when in (DATE[1].encode(), date.encode("utf-8", "replace")):
        never_breaks(SCHEMES, changed(request(), headers=((b"authorization", raw), (b"date", when), *others)))


@given(st.sampled_from(("OSS", "AWS")), st.binary(max_size=60), st.binary(max_size=60))
def test_nothing_else_is_ever_raised_by_a_query(word: str, start: bytes, end: bytes) -> None:
    good = f"&{word}AccessKeyId=id&Expires=1&Signature=00".encode()
    never_breaks(SCHEMES, request(query=start + good + end))
    never_breaks(
        SCHEMES, request(query=good + b"&acl=" + end + b"&uploadId=%" + start, path=b"/%" + quote(end).encode())
    )


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_nothing_else_is_ever_raised_by_a_form(name: str, value: str, policy: str) -> None:
    for key in ("OSSAccessKeyId", "AWSAccessKeyId", name):
        never_breaks(SCHEMES, changed(request(), form=((key, value), ("signature", value), ("policy", policy))))


def test_a_policy_is_signed_as_it_is_sent() -> None:
    """Not as it is meant: wire facts of Alibaba §3.4."""
    vector = VECTORS["oss1/facts_post"]
    made = asked(vector)
    text = made.field("policy")
    assert text is not None
    assert OSS1_FORM.texts(made, claim_of(made), target_of(vector)) == (text.encode(),)
    assert base64.b64decode(text).startswith(b'{"expiration"')


@pytest.mark.parametrize(
    ("query", "signed", "holds"),
    [
        ("policyStatus", "?policyStatus", True),
        ("policyStatus", "", True),
        ("policyStatus&x-oss-new=1", "?policyStatus&x-oss-new=1", True),
        ("policyStatus&prefix=a", "?policyStatus", True),
        ("policyStatus&prefix=a", "?policyStatus&prefix=a", False),
        ("acl&x-oss-new=1", "?acl", True),
        ("acl&x-oss-new=1", "", False),
    ],
)
def test_parameters_that_some_sdks_sign(query: str, signed: str, holds: bool) -> None:
    """OSS SDKs for Go v2 and Python v2 sign every x-oss- parameter and what names an operation; older ones do not."""
    date = "Mon, 30 Nov 2026 01:00:00 GMT"
    seal = base64.b64encode(hmac.digest(b"secret", f"GET\n\n\n{date}\n/demo/{signed}".encode(), "sha1")).decode()
    made = request(("date", date), ("authorization", f"OSS id:{seal}"), query=query.encode())
    found = find_claim(SCHEMES, made)
    assert found is not None
    scheme, claim = found
    texts = scheme.texts(made, claim, Target(bucket="demo", key=b""))
    assert (seal.encode() in {scheme.seal(b"secret", claim, text) for text in texts}) is holds
