"""signing/q_sign against what documents and SDKs sign, and against every changed byte of it.

Law: expected signatures come from tests/vectors alone, never from the module under test.
Source: Tencent Cloud documents 436/7778 and 436/14690; wire facts of Tencent §6.
"""

from __future__ import annotations

import base64
import re
from urllib.parse import quote, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import changed
from entrepot.signing.q_sign import FORM_NEW, FORM_OLD, HEADER, QUERY, signed_of
from entrepot.signing.scheme import Claim, find_claim, verify
from entrepot.wire.http import Request

from .asking import request
from .vectors import (
    Vector,
    asked,
    decoded,
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
)
from .vectors import passes as passes_any

SCHEMES = (HEADER, QUERY, FORM_NEW, FORM_OLD)
BY_PLACE = {"header": HEADER, "query": QUERY, "form": FORM_NEW, "form-old": FORM_OLD}
VECTORS = vectors("q_sign")
each_vector = pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS.keys())
PARTS = (
    b"q-sign-algorithm", b"q-ak", b"q-sign-time", b"q-key-time", b"q-header-list", b"q-url-param-list", b"q-signature"
)  # fmt: skip


def passes(vector: Vector, made: Request, secret: str | None = None) -> bool:
    """Whether the request is taken as signed by the vector's key."""
    return passes_any(SCHEMES, vector, made, secret=secret)


def claim_of(made: Request) -> Claim:
    """The claim of a request that has one."""
    found = find_claim(SCHEMES, made)
    assert found is not None
    return found[1]


def listed(vector: Vector, name: str) -> set[bytes]:
    """The names in one of the vector's own lists, decoded."""
    facts = vector["request"]
    where = [facts["query"], *(value for _, value in (*facts["headers"], *(facts["form"] or ())))]
    found = [match[1] for text in where if (match := re.search(rf"{name}(?:=|%3D)(.*?)(?:&|%26|$)", text))]
    text = unquote_to_bytes(unquote_to_bytes(found[0])) if found else b""
    return {part.lower() for part in text.split(b";") if part}


def test_there_are_vectors() -> None:
    assert len(VECTORS) >= 60
    assert {vector["form"] for vector in VECTORS.values()} == set(BY_PLACE)


@each_vector
def test_a_vector_is_genuine(vector: Vector) -> None:
    made = asked(vector)
    found = find_claim(SCHEMES, made)
    assert found is not None
    scheme, claim = found
    assert scheme is BY_PLACE[vector["form"]]
    verify(scheme, claim, made, key_of(vector), target_of(vector))
    assert shown(claim) == expected(vector)


@each_vector
def test_another_secret_does_not_fit(vector: Vector) -> None:
    assert not passes(vector, asked(vector), secret=vector["secret"] + "x")
    assert not passes(vector, asked(vector), secret="")


@each_vector
def test_a_changed_path_or_method_does_not_fit(vector: Vector) -> None:
    if vector["form"] == "form":
        return
    made = asked(vector)
    for method in ("GET", "PUT", "DELETE", "HEAD", "POST"):
        assert passes(vector, changed(made, method=method)) == (method == made.method)
    assert all(not passes(vector, changed(made, raw_path=path)) for path in flips(made.raw_path))
    if vector["form"] != "form-old":
        assert not passes(vector, changed(made, raw_path=made.raw_path + b"/"))
    assert not passes(vector, changed(made, raw_path=b"/" + made.raw_path))


@each_vector
def test_a_changed_query_does_not_fit(vector: Vector) -> None:
    """Every byte of the signature and of what it lists; what it does not list is not signed."""
    made = asked(vector)
    names = listed(vector, "q-url-param-list")
    raw = {pair.partition(b"=")[0] for pair in made.raw_query.split(b"&")}
    signed = {name for name in raw if unquote_to_bytes(name).lower() in names} | set(PARTS) | {b"sign"}
    for query in flips(made.raw_query, signed_places(made.raw_query, signed)):
        assert not passes(vector, changed(made, raw_query=query)), query
    for pair in (pair for pair in made.raw_query.split(b"&") if pair.partition(b"=")[0] in signed):
        rest = b"&".join(other for other in made.raw_query.split(b"&") if other != pair)
        assert not passes(vector, changed(made, raw_query=rest)), "not even an empty one may be dropped"
    for name in names:
        again = made.raw_query + b"&" + quote(name).encode() + b"=again"
        assert not passes(vector, changed(made, raw_query=again)), name
    more = (made.raw_query + b"&more=1").lstrip(b"&")
    assert passes(vector, changed(made, raw_query=more))


@each_vector
def test_a_changed_header_does_not_fit(vector: Vector) -> None:
    """Every byte of every listed header, and of the signature."""
    if vector["form"] == "form":
        return
    made = asked(vector)
    names = listed(vector, "q-header-list")
    moved = {name.lower().encode() for name, _ in made.form or ()}
    for name, value in made.headers:
        if name in moved:
            continue
        if name == b"host" or name not in {*names, b"authorization"}:
            continue
        if name == b"authorization" and vector["form"] != "header":
            continue
        assert all(not passes(vector, with_header(made, name, other)) for other in flips(value)), name
        assert not passes(vector, with_header(made, name, None)), name
        assert not passes(vector, plus_header(made, name, value)), name
    for host in flips(made.authority.encode()):
        if host.rpartition(b":")[0] == made.authority.encode().rpartition(b":")[0]:
            continue  # one SDK signs the host without its port
        other = changed(with_header(made, b"host", host), authority=host.decode())
        assert passes(vector, other) == (b"host" not in names)


@each_vector
def test_a_changed_form_does_not_fit(vector: Vector) -> None:
    """Every byte of the signature, of the policy, and of headers that are sent as fields."""
    made = asked(vector)
    if made.form is None:
        return
    names = {"policy", "signature", *(name.decode() for name in (*PARTS, *listed(vector, "q-header-list")))}
    sent = {name.decode() for name, _ in made.headers}
    for at, (name, value) in enumerate(made.form):
        if name.lower() not in names:
            continue
        for other in flips(value.encode()):
            if name == "policy" and decoded(other) == base64.b64decode(value):
                continue
            text = other.decode("latin-1")
            form = (*made.form[:at], (name, text), *made.form[at + 1 :])
            assert not passes(vector, changed(made, form=form)), name
        without = changed(made, form=(*made.form[:at], *made.form[at + 1 :]))
        assert passes(vector, without) == (name.lower() in sent), "sent both ways, one counts"


@each_vector
def test_how_a_letter_is_written_does_not_matter(vector: Vector) -> None:
    """A proxy may write escapes in lower case, escape more letters, or add headers."""
    made = asked(vector)
    lower = re.compile(rb"%[0-9A-F]{2}")
    path = lower.sub(lambda match: match[0].lower(), made.raw_path)
    query = lower.sub(lambda match: match[0].lower(), b"&".join(reversed(made.raw_query.split(b"&"))))
    assert passes(vector, changed(made, raw_path=path, raw_query=query))
    assert passes(vector, plus_header(plus_header(made, b"via", b"1.1 proxy"), b"x-cos-sdk-retry", b"true"))
    if path[-1:].isalpha() and b"%" not in path[-3:]:
        assert passes(vector, changed(made, raw_path=path[:-1] + b"%%%02X" % path[-1]))


# What the documents show on the way.


def test_the_documented_texts() -> None:
    """Source: document 436/7778, "PUT Object"."""
    vector = VECTORS["q_sign/doc_put"]
    made = asked(vector)
    claim = claim_of(made)
    assert HEADER.canonical is not None
    assert HEADER.canonical(made, claim, target_of(vector)).decode() == (
        "put\n/exampleobject(腾讯云)\n\n"
        "content-length=13&content-md5=mQ%2FfVh815F3k6TAUm8m0eg%3D%3D&content-type=text%2Fplain"
        "&date=Thu%2C%2016%20May%202019%2006%3A45%3A51%20GMT&host=examplebucket-1250000000.cos.ap-beijing.myqcloud.com"
        "&x-cos-acl=private&x-cos-grant-read=uin%3D%22100000000011%22\n"
    )
    text = b"sha1\n1557989151;1557996351\n8b2751e77f43a0995d6e9eb9477f4b685cca4172\n"
    assert HEADER.texts(made, claim, target_of(vector)) == (text,)
    assert HEADER.seal(vector["secret"].encode(), claim, text) == b"3b8851a11a569213c17ba8fa7dcf2abec6935172"


def test_the_documented_policy_text() -> None:
    """Source: document 436/14690; wire facts of Tencent §6.5."""
    for case, digest in (
        ("doc_post", b"d5d903b8360468bc81c1311f134989bc8c8b5b89"),
        ("facts_post", b"0c4307391d8c54d6664f49f0dba101f52a4da78a"),
    ):
        made = asked(VECTORS[f"q_sign/{case}"])
        assert FORM_NEW.texts(made, claim_of(made), target_of(VECTORS[f"q_sign/{case}"])) == (digest,)


def test_what_a_mismatch_tells() -> None:
    vector = VECTORS["q_sign/doc_put"]
    made = changed(asked(vector), raw_path=b"/other")
    with pytest.raises(Fault) as caught:
        verify(HEADER, claim_of(made), made, key_of(vector), target_of(vector))
    facts = caught.value.facts
    assert str(facts["canonical_request"]).startswith("put\n/other\n\ncontent-length=13&")
    assert str(facts["string_to_sign"]).startswith("sha1\n1557989151;1557996351\n")
    assert facts["signature_provided"] == "3b8851a11a569213c17ba8fa7dcf2abec6935172"


def test_a_claim_says_what_it_covers() -> None:
    signed = signed_of(claim_of(asked(VECTORS["q_sign/doc_get"])))
    assert signed.headers == (b"date", b"host")
    assert signed.params == (b"response-cache-control", b"response-content-type")


# Where tokens and times come from.

AUTHORIZATION = (
    "q-sign-algorithm=sha1&q-ak=id&q-sign-time=1000;2000&q-key-time=1000;2000&q-header-list=&q-url-param-list="
    "&q-signature=00"
)


@pytest.mark.parametrize(
    ("headers", "query", "token"),
    [
        ((), b"", None),
        ((("x-cos-security-token", "a+b/c=="),), b"", "a+b/c=="),
        ((("x-amz-security-token", "t"),), b"", "t"),
        ((), b"x-cos-security-token=a%2Bb/c%3D%3D", "a+b/c=="),
        ((), b"x-cos-security-token=a+b/c==", "a+b/c=="),
        ((), b"X-Cos-Security-Token=t", "t"),
        ((), b"x-cos-security-token=", None),
    ],
)
def test_tokens(headers: tuple[tuple[str, str], ...], query: bytes, token: str | None) -> None:
    """Wire facts §6.2: one SDK appends the token to the address without encoding it."""
    assert claim_of(request(("authorization", AUTHORIZATION), *headers, query=query)).token == token
    presigned = b"&".join(part for part in (AUTHORIZATION.encode(), query) if part)
    assert claim_of(request(*headers, query=presigned)).token == token


@pytest.mark.parametrize(
    ("sign_time", "key_time", "start", "end"),
    [
        ("1000;2000", "1000;2000", 1000, 2000),
        ("1000;2000", "900;1500", 1000, 1500),
        ("1000;2000", "1100;3000", 1100, 2000),
        ("0;9999999999", "0;9999999999", 0, 9_999_999_999),
    ],
)
def test_times(sign_time: str, key_time: str, start: int, end: int) -> None:
    """Wire facts §6.3: both spans must hold."""
    text = AUTHORIZATION.replace("sign-time=1000;2000", f"sign-time={sign_time}")
    claim = claim_of(request(("authorization", text.replace("key-time=1000;2000", f"key-time={key_time}"))))
    assert (claim.signed_at, claim.expires_at) == (start, end)


def test_a_plus_in_the_query_is_a_space_or_itself() -> None:
    """Wire facts §6.4; the vector is of an SDK that signs %20 and sends a plus."""
    vector = VECTORS["q_sign/py_list"]
    made = asked(vector)
    assert b"+" in made.raw_query
    assert passes(vector, changed(made, raw_query=made.raw_query.replace(b"+", b"%20")))
    assert not passes(vector, changed(made, raw_query=made.raw_query.replace(b"+", b"%2B")))
    literal = VECTORS["q_sign/node_list"]
    made = asked(literal)
    assert b"%2B" in made.raw_query
    assert passes(literal, changed(made, raw_query=made.raw_query.replace(b"%2B", b"+").replace(b"%20", b" ")))


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


SPOILT = [
    ("q-sign-algorithm=sha1", "q-sign-algorithm=sha256", "algorithm"),
    ("q-sign-time=1000;2000", "q-sign-time=1000", "time"),
    ("q-sign-time=1000;2000", "q-sign-time=1000;x", "time"),
    ("q-sign-time=1000;2000", "q-sign-time=-1;2000", "time"),
    ("q-key-time=1000;2000", "q-key-time=1000;2000;3000", "time"),
    ("q-key-time=1000;2000", "q-key-time=1000;9999999999999", "time"),
]


@pytest.mark.parametrize(("good", "bad", "reason"), SPOILT)
def test_parts_that_cannot_be_read(good: str, bad: str, reason: str) -> None:
    assert refused(("authorization", AUTHORIZATION.replace(good, bad))) == reason
    assert refused(query=AUTHORIZATION.replace(good, bad)) == reason
    assert refused(query="sign=" + quote(AUTHORIZATION.replace(good, bad), safe="")) == reason
    assert refused(form=(("Signature", AUTHORIZATION.replace(good, bad)),)) == reason


def test_parts_that_are_missing_or_twice() -> None:
    whole = AUTHORIZATION.split("&")
    assert refused(("authorization", AUTHORIZATION)) is None
    assert refused(query=AUTHORIZATION) is None
    assert refused(("authorization", "&".join(reversed(whole)))) is None, "in any order"
    for at, part in enumerate(whole):
        rest = "&".join(whole[:at] + whole[at + 1 :])
        assert refused(("authorization", rest)) == "header"
        assert refused(query=rest) == "query"
        assert refused(form=(("Signature", rest),)) == "form"
        assert refused(("authorization", f"{AUTHORIZATION}&{part}")) == "two"
        assert refused(query=f"{AUTHORIZATION}&{part}") == "two"
    assert refused(("authorization", AUTHORIZATION), ("authorization", AUTHORIZATION)) == "two"
    assert refused(("authorization", AUTHORIZATION), query=AUTHORIZATION) == "two"
    sign = "sign=" + quote(AUTHORIZATION, safe="")
    assert refused(query=sign) is None
    assert refused(query=f"{sign}&{sign}") == "two"
    assert refused(query=f"{sign}&{AUTHORIZATION}") == "two"


def test_forms() -> None:
    good = {
        "q-sign-algorithm": "sha1", "q-ak": "id", "q-key-time": "1000;2000", "q-signature": "00", "Policy": "e30=",
    }  # fmt: skip
    form = tuple(good.items())
    assert refused(form=form) is None
    for at, reason in enumerate(("form", "form", "form", "form", "policy")):
        assert refused(form=(*form[:at], *form[at + 1 :])) == reason
    assert refused(form=(*form, ("q-ak", "id"))) == "two"
    assert refused(form=(*form[:4], ("policy", "e30"))) == "policy"
    assert refused(form=(*form[:4], ("policy", "{}"))) == "policy"
    assert refused(form=(*form[:4], ("policy", "e3\r\n0="))) is None, "some wrap base64"
    assert refused(form=(*form, ("Signature", AUTHORIZATION))) == "two"


def test_a_form_counts_alone() -> None:
    """The mini-program SDK repeats in the header what the form's field says."""
    header = ("authorization", AUTHORIZATION)
    assert refused(header, query=AUTHORIZATION, form=(("Signature", AUTHORIZATION),)) is None
    assert find_claim(SCHEMES, changed(request(header, query=AUTHORIZATION.encode()), form=(("key", "k"),))) is None


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ((), b""),
        ((("authorization", ""),), b""),
        ((("authorization", "AWS id:abc="),), b""),
        ((("authorization", "AWS4-HMAC-SHA256 Credential=x"),), b""),
        ((), b"acl&prefix=q-sign-algorithm"),
        ((), b"sign=YWJj&op=stat"),
        ((), b"x-cos-security-token=t"),
        ((), b"Signature=q-sign"),
    ],
)
def test_requests_without_such_a_signature(headers: tuple[tuple[str, str], ...], query: bytes) -> None:
    fields = (("key", "k"), ("Signature", "YWJj"), ("policy", "e30="))
    for made in (request(*headers, query=query), changed(request(*headers, query=query), form=fields)):
        assert find_claim(SCHEMES, made) is None


@given(st.text(max_size=60), st.text(max_size=30), st.text(max_size=30))
def test_nothing_else_is_ever_raised_by_a_header(headers: str, params: str, end: str) -> None:
    text = AUTHORIZATION.replace("header-list=", f"header-list=host;{headers}").replace(
        "param-list=", f"param-list={params}"
    )
    raw = (text + end).encode("utf-8", "replace")
    never_breaks(SCHEMES, changed(request(query=end.encode("ascii", "replace")), headers=((b"authorization", raw),)))
    never_breaks(SCHEMES, changed(request(), form=(("signature", text + end), ("Host", headers))))


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_nothing_else_is_ever_raised_by_a_query(start: bytes, end: bytes) -> None:
    never_breaks(SCHEMES, request(query=start + b"&" + AUTHORIZATION.encode() + end))
    never_breaks(SCHEMES, request(query=b"sign=" + quote(AUTHORIZATION, safe="").encode() + start))


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_nothing_else_is_ever_raised_by_a_form(name: str, span: str, policy: str) -> None:
    fields = (("q-sign-algorithm", "sha1"), ("q-ak", name), ("q-signature", name), ("policy", policy), (name, span))
    for value in (span, "1;2"):
        never_breaks(SCHEMES, changed(request(), form=(*fields, ("q-key-time", value))))
