"""wire/xml: what is written reads back; what is hostile or broken is refused, with its place. Source: XML 1.0."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.core.fault import Fault, Kind
from entrepot.wire.documents import Node
from entrepot.wire.xml import DEPTH_MAX, NODES_MAX, Attributed, parse, read, render

from .asking import chunks

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'
ENTRY = {
    "Key": "photos/2024/中 & <1>.jpg",
    "LastModified": "2024-01-01T00:00:00.000Z",
    "ETag": '"0123456789abcdef0123456789abcdef"',
    "Size": 1234,
    "StorageClass": "STANDARD",
    "Owner": {"ID": "1250000000"},
}
LEGAL = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")) | st.sampled_from(
    ["", " a ", "\t\n\r", "\r\n", "]]>", "&amp;", "<!--", "\"'", "\x7f\x85\u2028", "\U0010ffff"]
)
NAMES = st.sampled_from(["Key", "Contents", "a", "Grantee", "中", "x-y.z"])
TREES = st.recursive(LEGAL, lambda inner: st.dictionaries(NAMES, inner, max_size=4), max_leaves=20)


def refused(data: bytes, *roots: str) -> str:
    """The message of the refusal."""
    with pytest.raises(Fault) as caught:
        parse(data, *(roots or ("R",)))
    assert (caught.value.kind, caught.value.reason) == (Kind.MALFORMED, "xml")
    return caught.value.message


def tree(node: Node) -> object:
    """What ``render`` was given."""
    return {child.name: tree(child) for child in node.children} if node.children else node.text


def plain(value: object) -> object:
    """A mapping without elements is, on the wire, an empty text."""
    return {key: plain(inner) for key, inner in value.items()} or "" if isinstance(value, dict) else value


def test_one_namespace_is_spoken() -> None:
    """An element of another one than the root's is not the cloud's, whatever its name is; one of none may be."""
    with pytest.raises(Fault, match="namespace"):
        parse(b'<Delete xmlns="urn:x" xmlns:y="urn:y"><y:Quiet>true</y:Quiet></Delete>', "Delete")
    with pytest.raises(Fault, match="namespace"):
        parse(b'<Delete><Quiet xmlns="urn:y">true</Quiet></Delete>', "Delete")


def test_a_document_reads_as_nodes() -> None:
    data = b"""<?xml version='1.0'?><!-- a --><d:Delete xmlns:d="urn:x"><Quiet> true
        </Quiet><d:Object a="1"><Key> k </Key></d:Object><Object><Key><![CDATA[<&]]>&lt;&#x4e2d;</Key></Object>
        </d:Delete>"""
    node = parse(data, "Other", "Delete")
    assert node.name == "Delete"
    assert [child.name for child in node.children] == ["Quiet", "Object", "Object"]
    assert node.value("Quiet") == "true"
    assert [child.value("Key") for child in node.all("Object")] == ["k", "<&<中"]
    first = node.first("Object")
    assert first is not None
    assert first.children[0].text == " k "
    assert node.first("Nothing") is node.value("Nothing") is None
    assert node.all("Nothing") == []


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf<R>\xe4\xb8\xad</R>",
        b"<?xml version='1.0' encoding='GBK'?><R>\xe4\xb8\xad</R>",
        b"<R>&#20013;</R>\n",
    ],
)
def test_every_document_is_utf8(data: bytes) -> None:
    assert parse(data, "R").text == "中"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no element found (at line 1, column 1)"),
        (b"   \n", "no element found (at line 2, column 1)"),
        (b"<R>", "no element found"),
        (b"<R>\n<a>1</b></R>", "mismatched tag (at line 2, column 7)"),
        (b"<R/><R/>", "junk after document element"),
        (b"not xml", "not well-formed"),
        (b"<R a='1' a='2'/>", "duplicate attribute"),
        (b"<x:R/>", "unbound prefix"),
        (b"<R>&unknown;</R>", "undefined entity"),
        (b"<R>\x00</R>", "not well-formed"),
        (b"<R>&#0;</R>", "invalid character number"),
        (b"<R>\xff</R>", "not UTF-8 (at byte 3)"),
        ("<R>中</R>".encode("utf-16"), "not UTF-8 (at byte 0)"),
        ("<R>中</R>".encode("gbk"), "not UTF-8 (at byte 3)"),
        (b"\n<Q/>", "root element 'Q' where R is expected (at line 2, column 1)"),
        (b"<" + b"Q" * 5000 + b"/>", "'" + "Q" * 100 + "'"),
    ],
)
def test_what_is_broken_is_refused(data: bytes, message: str) -> None:
    assert message in refused(data)


def test_the_message_names_every_root_that_is_taken() -> None:
    assert "where Tagging or Delete is expected" in refused(b"<R/>", "Tagging", "Delete")


def test_a_document_cut_anywhere_is_refused() -> None:
    data = render("R", {"Contents": [ENTRY, ENTRY]}, "urn:x")
    for end in range(len(data)):
        refused(data[:end])


LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))


@pytest.mark.parametrize(
    "declared",
    [
        b'<!DOCTYPE R [<!ENTITY l0 "lol">' + LAUGHS + b"]><R>&l11;</R>",
        b'<!DOCTYPE R [<!ENTITY big "' + b"x" * 100_000 + b'">]><R>' + b"&big;" * 10_000 + b"</R>",
        b'<!DOCTYPE R [<!ENTITY x SYSTEM "file:///etc/passwd">]><R>&x;</R>',
        b'<!DOCTYPE R SYSTEM "http://127.0.0.1:1/evil.dtd"><R/>',
        b'<!DOCTYPE R [<!ENTITY % p SYSTEM "http://127.0.0.1:1/evil.dtd"> %p;]><R/>',
        b"<!DOCTYPE R><R/>",
    ],
)
def test_document_types_and_entities_are_refused(declared: bytes) -> None:
    start = time.process_time()
    assert "document type or entities" in refused(declared)
    assert time.process_time() - start < 5


def test_what_looks_like_a_document_type_is_text() -> None:
    assert parse(b"<R><![CDATA[<!DOCTYPE R>]]></R>", "R").text == "<!DOCTYPE R>"


def test_depth_is_limited() -> None:
    def nested(depth: int) -> bytes:
        return b"<R>" * depth + b"</R>" * depth

    assert parse(nested(DEPTH_MAX), "R").name == "R"
    message = refused(nested(DEPTH_MAX + 1))
    assert message == f"the XML document is nested deeper than 16 elements (at line 1, column {3 * DEPTH_MAX + 1})"
    assert "deeper" in refused(b"<R>" * 1_000_000)


def test_the_number_of_elements_is_limited() -> None:
    assert len(parse(b"<R>" + b"<a/>" * (NODES_MAX - 1) + b"</R>", "R").children) == NODES_MAX - 1
    assert "more than 50000 elements" in refused(b"<R>" + b"<a/>" * NODES_MAX + b"</R>")
    start = time.process_time()
    assert "more than 50000 elements" in refused(b"<R>" + b"<a/>" * 100_000 + b"</R>")
    assert time.process_time() - start < 10


async def test_a_small_body_is_read_whole() -> None:
    assert await read(chunks([b"<R", b"", b"/>"]), 4) == b"<R/>"
    assert await read(chunks([]), 0) == b""


async def test_a_large_body_is_refused_before_it_has_arrived() -> None:
    taken = 0

    async def endless() -> Any:
        nonlocal taken
        while True:
            taken += 1
            yield b"x" * 10

    with pytest.raises(Fault) as caught:
        await read(endless(), 25)
    assert (caught.value.kind, caught.value.reason, taken) == (Kind.TOO_LARGE, "xml-size", 3)
    assert "25 bytes" in caught.value.message


def test_values_are_written_by_their_kind() -> None:
    content = {
        "a": "x",
        "b": 1,
        "c": True,
        "d": False,
        "e": None,
        "f": "",
        "g": {},
        "h": [],
        "i": ["p", None, 2],
        "j": ({"k": "v"},),
    }
    assert render("R", content) == HEAD + (
        b"<R><a>x</a><b>1</b><c>true</c><d>false</d><f></f><g></g><i>p</i><i>2</i><j><k>v</k></j></R>"
    )


@pytest.mark.parametrize(
    ("content", "xmlns", "document"),
    [
        ("cn-north", None, b"<R>cn-north</R>"),
        ("", "urn:a&b", b'<R xmlns="urn:a&amp;b"></R>'),
        (None, None, b"<R></R>"),
        ({"a": 1}, "urn:x", b'<R xmlns="urn:x"><a>1</a></R>'),
        (
            Attributed(attributes={"b": "1"}, content={"a": Attributed(attributes={"c": '"\n'}, content=None)}),
            "urn:x",
            b'<R xmlns="urn:x" b="1"><a c="&quot;&#10;"></a></R>',
        ),
    ],
)
def test_roots(content: Any, xmlns: str | None, document: bytes) -> None:
    assert render("R", content, xmlns) == HEAD + document


def test_attributes_of_a_grantee() -> None:
    grantee = Attributed(
        attributes={"xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance", "xsi:type": "CanonicalUser"},
        content={"ID": "qcs::cam::uin/1:uin/1"},
    )
    data = render("AccessControlPolicy", {"AccessControlList": {"Grant": [{"Grantee": grantee, "Permission": "READ"}]}})
    assert b'<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>qcs' in data
    assert parse(data, "AccessControlPolicy").children[0].children[0].children[0].value("ID") == "qcs::cam::uin/1:uin/1"


def test_text_is_escaped() -> None:
    assert render("R", {"a": "<\"&'\r\n\t>"}) == HEAD + b"<R><a>&lt;&quot;&amp;'&#13;\n\t&gt;</a></R>"


@pytest.mark.parametrize("character", ["\x00", "\ud800", "\ufffe", "\uffff"], ids=ascii)
def test_what_no_key_can_hold_is_replaced(character: str) -> None:
    data = render("R", {"a": f"x{character}y"})
    assert parse(data, "R").value("a") == "x\ufffdy"
    assert parse(render("R", Attributed(attributes={"a": character}, content="z")), "R").text == "z"


@pytest.mark.parametrize("code", [1, 2, 8, 0x0B, 0x0C, 0x1F])
def test_control_characters_are_references(code: int) -> None:
    """As AWS writes them in listings, and as five SDKs write them in a deletion of many."""
    assert render("R", {"a": f"x{chr(code)}y"}) == HEAD + b"<R><a>x&#x%x;y</a></R>" % code
    for reference in (b"&#x%x;" % code, b"&#x%02X;" % code, b"&#%d;" % code, b"&#x0000%02x;" % code):
        assert parse(b"<R>x" + reference + b"y</R>", "R").text == f"x{chr(code)}y"
    assert parse(b"<R>\xef\xb7\x90</R>", "R").text == "\ufdd0", "a code point that stands for nothing here"
    assert parse(b"<R><![CDATA[&#x%x;]]>&#x%x;</R>" % (code, code), "R").text == f"&#x{code:x};{chr(code)}"
    assert "U+FDD0" in refused(b"<R>\xef\xb7\x90&#x%x;</R>" % code)


@pytest.mark.parametrize("code", [*range(1, 9), 0x0B, 0x0C, *range(0x0E, 0x20)])
def test_control_characters_as_they_are(code: int) -> None:
    """As SDKs write them that make documents with Python's ElementTree (oss2, boto3); AWS answers MalformedXML."""
    asis = partial(parse, raw_controls=True)
    assert asis(b"<R>x%cy&#x%x;</R>" % (code, code), "R").text == f"x{chr(code)}y{chr(code)}"
    assert "not well-formed" in refused(b"<R>x%cy</R>" % code)
    with pytest.raises(Fault, match="not well-formed"):
        asis(b"<R>x%cy<![CDATA[z]]></R>" % code, "R")
    for document in (b"<R%c>x</R>", b"<%cR>x</R>", b"%c<R>x</R>", b"<R>x</R>%c"):
        with pytest.raises(Fault, match="not well-formed"):
            asis(document % code, "R")
    with pytest.raises(Fault, match="U\\+FDD0"):
        asis(b"<R>\xef\xb7\x90%c</R>" % code, "R")


def test_what_stands_before_the_declaration_is_blank() -> None:
    assert parse(b" \r\n\t<?xml version='1.0'?><R>x</R>", "R").text == "x"
    assert "not well-formed" in refused(b"x<?xml version='1.0'?><R>x</R>")


def test_attributes_are_few_and_tags_short() -> None:
    """A document of 2 MiB whose root has 150,000 attributes took 1.2 s; it is not read to its end now."""
    assert parse(b"<R " + b" ".join(b"a%d=''" % n for n in range(8)) + b"/>", "R").attributes[7] == "a7"
    assert "more than 8 attributes" in refused(b"<R " + b" ".join(b"a%d=''" % n for n in range(9)) + b"/>")
    many = b"<R " + b" ".join(b"a%d=''" % n for n in range(150_000)) + b"/>"
    assert "of more than 65536 bytes" in refused(many)
    assert "of more than 65536 bytes" in refused(b"<R><!--" + b"-x" * 100_000 + b"--></R>")
    assert len(parse(b"<R>" + b"x" * 1_000_000 + b"</R>", "R").text) == 1_000_000


@given(TREES)
def test_what_is_written_reads_back(content: Any) -> None:
    data = render("R", content, "urn:x")
    assert tree(parse(data, "R")) == plain(content)


@given(st.text())
def test_any_text_gives_a_document(text: str) -> None:
    data = render("R", Attributed(attributes={"a": text}, content={"b": text}))
    assert len(parse(data, "R").children[0].text) == len(text)


@given(st.lists(LEGAL, max_size=5))
def test_lists_read_back(texts: list[str]) -> None:
    assert [node.text for node in parse(render("R", {"a": texts}), "R").all("a")] == texts


@given(
    st.binary(max_size=200)
    | st.lists(st.sampled_from([b"<R>", b"</R>", b"<a b='", b"'>", b"&lt;", b"<!", b"<?x"])).map(b"".join)
)
def test_anything_is_read_or_refused(data: bytes) -> None:
    try:
        assert parse(data, "R").name == "R"
    except Fault as fault:
        assert fault.kind is Kind.MALFORMED  # noqa: PT017 - either will do


def test_a_listing_is_written_fast() -> None:
    """The target is 3 ms; ten times that is a mistake rather than a busy machine."""
    listing = {"Name": "b", "Contents": [ENTRY] * 1000}
    best = 1.0
    for _ in range(5):
        start = time.process_time()
        render("ListBucketResult", listing, "urn:x")
        best = min(best, time.process_time() - start)
    assert best < 0.3
