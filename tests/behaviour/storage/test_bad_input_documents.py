"""Documents in requests that cannot be read: malformed, of another root, with entities, too deep, too long, incomplete.

Sources: AWS MalformedXML, MaxMessageLengthExceeded; wire facts of Tencent §7.8, Alibaba §5.3, Volcengine §3.6
MalformedBody, MalformedAclError; issue 3 "Bad input".
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from behaviour.client import Reply

from .clouds import COS, MIB, OSS, S3, TOS, Cloud, Codes, Refusal, about, check_refused
from .operations import OPERATIONS
from .signers import How
from .speaker import Speaker, head_of, md5_base64

XML = (S3, OSS, COS)
DOCUMENTED = {
    "complete": "CompleteMultipartUpload",
    "delete many": "Delete",
    "put cors": "CORSConfiguration",
    "put lifecycle": "LifecycleConfiguration",
    "put tags": "Tagging",
    "put bucket acl": "AccessControlPolicy",
    "put acl": "AccessControlPolicy",
}
"""Operations that take a document, and its root."""
MALFORMED = Codes(400, "MalformedXML", tos=(400, "MalformedBody"))

LISTS = ("Parts", "Objects", "CORSRules", "Rules", "TagSet", "Grants")
BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BAD_XML: dict[str, Callable[[str], bytes]] = {
    "no XML": lambda _root: b"nonsense",
    "JSON": lambda _root: b"{}",
    "cut off": lambda root: f"<{root}><Rule>".encode(),
    "crossed": lambda root: f"<{root}><a></{root}></a>".encode(),
    "two roots": lambda root: f"<{root}/><{root}/>".encode(),
    "another root": lambda root: f"<Not{root}/>".encode(),
    "nothing in it": lambda root: f"<{root}></{root}>".encode(),
    "something else in it": lambda root: f"<{root}><Nothing/></{root}>".encode(),
    "not UTF-8": lambda root: f"<{root}>\xff</{root}>".encode("latin-1"),
    "UTF-16": lambda root: f'<?xml version="1.0" encoding="UTF-16"?><{root}/>'.encode("utf-16"),
    "NUL": lambda root: f"<{root}>\0</{root}>".encode(),
    "a billion laughs": lambda root: f'<!DOCTYPE x [<!ENTITY l0 "ha">{BOMB}]><{root}>&l9;</{root}>'.encode(),
    "quadratic": lambda root: f'<!DOCTYPE x [<!ENTITY e "{"x" * 50_000}">]><{root}>{"&e;" * 50_000}</{root}>'.encode(),
    "an outer entity": lambda root: (
        f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><{root}><Key>&e;</Key></{root}>'.encode()
    ),
    "an outer document type": lambda root: f'<!DOCTYPE {root} SYSTEM "http://127.0.0.1:9/x.dtd"><{root}/>'.encode(),
    "a parameter entity": lambda root: f'<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///dev/zero">%p;]><{root}/>'.encode(),
    "an unknown entity": lambda root: f"<{root}>&nothing;</{root}>".encode(),
    "too deep": lambda root: f"<{root}>{'<a>' * 5000}{'</a>' * 5000}</{root}>".encode(),
    "too many elements": lambda root: f"<{root}>{'<a/>' * 100_000}</{root}>".encode(),
}
BAD_JSON: dict[str, Callable[[str], bytes]] = {
    "no JSON": lambda _root: b"nonsense",
    "XML": lambda root: f"<{root}/>".encode(),
    "cut off": lambda _root: b'{"Parts":[{"PartNumber":1,',
    "a list": lambda _root: b"[]",
    "a text": lambda _root: b'"text"',
    "null": lambda _root: b"null",
    "nothing in it": lambda _root: b"{}",
    "something else in it": lambda _root: b'{"Nothing":{"a":[1,2]}}',
    "null in it": lambda _root: json.dumps(dict.fromkeys(LISTS)).encode(),
    "numbers in it": lambda _root: json.dumps(dict.fromkeys(LISTS, 7)).encode(),
    "lists in lists": lambda _root: json.dumps({name: [[[]]] for name in LISTS}).encode(),
    "not UTF-8": lambda _root: b'{"Parts":"\xff"}',
    "NUL": lambda _root: b'{"Parts":\0}',
    "too deep": lambda _root: b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "deep in lists": lambda _root: b'{"Parts":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "too many members": lambda _root: json.dumps({"Parts": [{"a": n} for n in range(100_000)]}).encode(),
}


def sent(speaker: Speaker, name: str, body: bytes) -> Reply:
    """The reply to a document about what is there, so that it alone is wrong. An empty header of an ACL is none."""
    kind = "object-acl" if speaker.cloud.prefix == "x-oss-" and name == "put acl" else "acl"
    acl = {speaker.cloud.prefix + kind: ""} if name.endswith("acl") else {}
    key, query = ("pending.bin", {"uploadId": speaker.upload}) if name == "complete" else ("a.txt", {})
    return OPERATIONS[name].ask(speaker, key, body=body, query=query, headers={**acl, "Content-MD5": md5_base64(body)})


@pytest.mark.parametrize("name", DOCUMENTED)
def test_documents_that_cannot_be(steady: Speaker, name: str) -> None:
    for says, document in (BAD_JSON if steady.cloud.json else BAD_XML).items():
        if (steady.cloud.name, name, says) == ("oss", "complete", "nothing in it"):
            continue  # an empty object; see test_oss
        reply = sent(steady, name, document(DOCUMENTED[name]))
        with about(says):
            check_refused(steady.cloud, reply, MALFORMED[steady.cloud.name])
            assert b"root:" not in reply.body


def test_no_document(steady: Speaker) -> None:
    """Wire facts of Tencent §7.8 and Volcengine §3.6: MissingRequestBodyError, MissingSecurityHeader for an ACL."""
    codes = {"MissingRequestBodyError", MALFORMED[steady.cloud.name].code, "MissingSecurityHeader", "MissingArgument"}
    for name in DOCUMENTED:
        with about(name):
            reply = sent(steady, name, b"")
            assert reply.status == 400
            assert steady.cloud.value(reply, "Code") in codes, str(reply)


TOO_LONG = Codes(400, "MaxMessageLengthExceeded", oss=(400, "MalformedXML"), cos=(400, "XMLSizeLimit"))
"""AWS; wire facts of Tencent §7.8 XMLSizeLimit, Alibaba §5.3 (2 MB: MalformedXML); TOS has no code of its own known."""


def test_documents_that_are_too_long(steady: Speaker) -> None:
    """Refused while they stream; memory flat."""
    body = b" " * (12 * MIB)
    before = steady.bucket.server.peak_bytes()
    for name in DOCUMENTED:
        with about(name):
            check_refused(steady.cloud, sent(steady, name, body), TOO_LONG[steady.cloud.name])
    assert steady.bucket.server.peak_bytes() - before < 8 * MIB


def test_a_document_that_never_ends(steady: Speaker) -> None:
    """In chunks, without a length; more than the limit is not taken."""
    asked = steady.asked("POST", "pending.bin", query={"uploadId": steady.upload})
    head = head_of(steady.signed(asked, How(payload="UNSIGNED-PAYLOAD")), "Transfer-Encoding: chunked")
    chunk = b"%x\r\n%s\r\n" % (MIB, b" " * MIB)
    before = steady.bucket.server.peak_bytes()
    reply = steady.raw(head, chunk * 3)
    check_refused(steady.cloud, reply, TOO_LONG[steady.cloud.name])
    assert steady.bucket.server.peak_bytes() - before < 8 * MIB


@pytest.mark.parametrize("cloud", XML, ids=lambda cloud: cloud.name)
def test_an_expansion_takes_no_memory(steady: Speaker) -> None:
    before = steady.bucket.server.peak_bytes()
    for says in ("a billion laughs", "quadratic"):
        body = BAD_XML[says]("Delete")
        check_refused(steady.cloud, OPERATIONS["delete many"].ask(steady, body=body), MALFORMED[steady.cloud.name])
    assert steady.bucket.server.peak_bytes() - before < 8 * MIB


DELETIONS: dict[str, Callable[[Cloud], bytes]] = {
    "a thousand and one": lambda cloud: cloud.deletion([f"k{number}" for number in range(1001)]),
    "no key": lambda cloud: cloud.document("Delete", ("Object", (("Nothing", "a.txt"),))),
    "an empty key": lambda cloud: cloud.document("Delete", ("Object", (("Key", ""),))),
    "none": lambda cloud: cloud.document("Delete", ("Quiet", "true")),
    "one good, one without": lambda cloud: cloud.document(
        "Delete", ("Object", (("Key", "a.txt"),)), ("Object", (("Nothing", "1"),))
    ),
}


def test_deletions_that_cannot_be(steady: Speaker) -> None:
    for says, document in DELETIONS.items():
        with about(says):
            reply = OPERATIONS["delete many"].ask(steady, body=document(steady.cloud))
            check_refused(steady.cloud, reply, MALFORMED[steady.cloud.name])


def test_a_deletion_needs_its_digest(steady: Speaker) -> None:
    """AWS InvalidRequest; wire facts of Tencent §7.3 MissingContentMD5; OSS and TOS SDKs may leave it out."""
    body = steady.cloud.deletion(["none"])
    reply = steady.ask("POST", query={"delete": ""}, body=body)
    if steady.cloud.name in {"oss", "tos"}:
        assert reply.status == 200, str(reply)
    else:
        expected = Codes(400, "InvalidRequest", cos=(400, "MissingContentMD5"))
        check_refused(steady.cloud, reply, expected[steady.cloud.name])
    wrong = steady.ask("POST", query={"delete": ""}, body=body, headers={"Content-MD5": md5_base64(b"other")})
    bad = Codes(400, "BadDigest", oss=(400, "InvalidDigest"))
    check_refused(steady.cloud, wrong, bad[steady.cloud.name])


RULES: dict[str, tuple[str, tuple[tuple[str, object], ...]]] = {
    "no origin": ("put cors", (("AllowedMethod", "GET"),)),
    "no method": ("put cors", (("AllowedOrigin", "*"),)),
    "unknown method": ("put cors", (("AllowedOrigin", "*"), ("AllowedMethod", "PATCH"))),
    "two stars": ("put cors", (("AllowedOrigin", "*.a.*"), ("AllowedMethod", "GET"))),
    "a line in a name": (
        "put cors",
        (("AllowedOrigin", "*"), ("AllowedMethod", "GET"), ("ExposeHeader", "ETag\nSet-Cookie: a=b")),
    ),
    "a name in letters of no header": (
        "put cors",
        (("AllowedOrigin", "*"), ("AllowedMethod", "GET"), ("ExposeHeader", "中")),
    ),
    "an age that is no number": (
        "put cors",
        (("AllowedOrigin", "*"), ("AllowedMethod", "GET"), ("MaxAgeSeconds", "x")),
    ),
}


def test_rules_that_cannot_be(steady: Speaker) -> None:
    for says, (name, rule) in RULES.items():
        with about(says):
            body = steady.cloud.document("CORSConfiguration", ("CORSRule", rule))
            reply = OPERATIONS[name].ask(steady, body=body)
            assert reply.status == 400, str(reply)
            assert steady.cloud.value(reply, "Code") in {MALFORMED[steady.cloud.name].code, "InvalidArgument"}
            assert steady.ask("GET", query={"cors": ""}).status == 404


LIFECYCLES: dict[str, dict[str, object]] = {
    "no status": {"ID": "a", "Prefix": "", "Expiration": {"Days": 1}},
    "an unknown status": {"ID": "a", "Prefix": "", "Status": "Perhaps", "Expiration": {"Days": 1}},
    "no days": {"ID": "a", "Prefix": "", "Status": "Enabled", "Expiration": {"Days": 0}},
    "negative days": {"ID": "a", "Prefix": "", "Status": "Enabled", "Expiration": {"Days": -1}},
    "days that are no number": {"ID": "a", "Prefix": "", "Status": "Enabled", "Expiration": {"Days": "soon"}},
    "an expiration of nothing": {"ID": "a", "Prefix": "", "Status": "Enabled", "Expiration": {}},
    "nothing to do": {"ID": "a", "Prefix": "", "Status": "Enabled"},
}


def _pairs(value: object) -> object:
    return tuple((name, _pairs(inner)) for name, inner in value.items()) if isinstance(value, dict) else value


def test_lifecycles_that_cannot_be(steady: Speaker) -> None:
    for says, rule in LIFECYCLES.items():
        with about(says):
            member = ("Rules", [rule]) if steady.cloud is TOS else ("Rule", _pairs(rule))
            body = steady.cloud.document("LifecycleConfiguration", member)
            reply = OPERATIONS["put lifecycle"].ask(steady, body=body, headers={"Content-MD5": md5_base64(body)})
            assert reply.status == 400, str(reply)
            assert steady.cloud.value(reply, "Code") in {MALFORMED[steady.cloud.name].code, "InvalidArgument"}
            assert steady.ask("GET", query={"lifecycle": ""}).status == 404


TAGS: dict[str, list[tuple[str, str]]] = {
    "eleven": [(f"k{number}", "v") for number in range(11)],
    "twice": [("k", "v"), ("k", "w")],
    "a long key": [("k" * 129, "v")],
    "a long value": [("k", "v" * 257)],
    "no key": [("", "v")],
    "odd letters": [("k<>", "v")],
}


def test_tags_that_cannot_be(steady: Speaker) -> None:
    """Wire facts of Tencent §7.3, Alibaba §5.3 InvalidTag; S3 BadRequest for too many."""
    for says, tags in TAGS.items():
        with about(says):
            named = tuple(("Tag", (("Key", key), ("Value", value))) for key, value in tags)
            body = steady.cloud.document("Tagging", ("TagSet", named))
            reply = OPERATIONS["put tags"].ask(steady, "a.txt", body=body)
            many = len(tags) > 10 and steady.cloud is S3
            check_refused(steady.cloud, reply, Codes(400, "BadRequest" if many else "InvalidTag")[steady.cloud.name])


def test_acls_that_are_not_known(steady: Speaker) -> None:
    """AWS InvalidArgument; wire facts of Alibaba §5.3, Volcengine §3.5 EC 0008-00000015."""
    expected = Codes(400, "InvalidArgument")[steady.cloud.name]
    own = "object-acl" if steady.cloud.prefix == "x-oss-" else "acl"
    for acl in ("everyone", "public", "PRIVATE", "null", "public-read,private"):
        with about(acl):
            for name, key in (("acl", ""), (own, "a.txt")):
                header = {steady.cloud.prefix + name: acl}
                reply = steady.refused(expected, "PUT", key, query={"acl": ""}, headers=header)
                assert steady.cloud is not TOS or reply.headers["x-tos-ec"] == "0008-00000015"


GRANTS: dict[str, tuple[str, ...]] = {
    "writing alone": ("WRITE",),
    "seeing the ACL": ("READ_ACP",),
    "reading and changing the ACL": ("READ", "WRITE_ACP"),
    "everything, the ACL too": ("FULL_CONTROL",),
    "something else": ("EVERYTHING",),
    "nothing by name": ("",),
}
EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"


def _grant(cloud: Cloud, grantee: dict[str, str], permission: str) -> object:
    if cloud.json:
        return {"Grantee": grantee, "Permission": permission}
    return ("Grant", (("Grantee", tuple(grantee.items())), ("Permission", permission)))


def _policy(cloud: Cloud, grants: list[object], owner: str) -> bytes:
    if cloud.json:
        return cloud.document("AccessControlPolicy", ("Owner", {"ID": owner}), ("Grants", grants))
    return cloud.document("AccessControlPolicy", ("Owner", (("ID", owner),)), ("AccessControlList", tuple(grants)))


@pytest.mark.parametrize("permissions", GRANTS.values(), ids=GRANTS.keys())
@pytest.mark.parametrize("cloud", [S3, COS, TOS], ids=lambda cloud: cloud.name)
def test_grants_that_amount_to_no_canned_acl(steady: Speaker, permissions: tuple[str, ...]) -> None:
    """Refused: nobody may do more than was granted, and nobody is left out in silence."""
    expected = Codes(501, "NotImplemented", tos=(405, "MethodNotAllowed"), cos=(405, "MethodNotAllowed"))[
        steady.cloud.name
    ]
    everybody = {"Type": "Group", "Canned": "AllUsers"} if steady.cloud.json else {"URI": EVERYBODY}
    to_all = [_grant(steady.cloud, everybody, permission) for permission in permissions]
    another = [_grant(steady.cloud, {"ID": "somebody-else"}, "FULL_CONTROL")]
    alike = [_grant(steady.cloud, {"URI": "http://a.example/groups/NotAllUsers"}, "READ")]
    owner = steady.cloud.value(steady.ok("GET", query={"acl": ""}), "ID")
    for grants in (to_all, another, *([] if steady.cloud.json else [alike])):
        for key in ("", "a.txt"):
            body = _policy(steady.cloud, grants, owner)
            steady.refused(expected, "PUT", key, query={"acl": ""}, body=body)
    assert steady.ask("GET", "a.txt", how=None).status == 403


@pytest.mark.parametrize("cloud", [S3, COS, TOS], ids=lambda cloud: cloud.name)
def test_an_acl_without_any_grant(steady: Speaker) -> None:
    """It takes the owner's grant away, which is not kept here; AWS shows no grant afterwards (s3-tests, revoke all)."""
    expected = Codes(501, "NotImplemented", tos=(405, "MethodNotAllowed"), cos=(405, "MethodNotAllowed"))
    owner = steady.cloud.value(steady.ok("GET", query={"acl": ""}), "ID")
    for key in ("", "a.txt"):
        before = steady.ok("GET", key, query={"acl": ""}).body
        body = _policy(steady.cloud, [], owner)
        steady.refused(expected[steady.cloud.name], "PUT", key, query={"acl": ""}, body=body)
        assert steady.ok("GET", key, query={"acl": ""}).body == before


@pytest.mark.parametrize("cloud", [S3, COS, TOS], ids=lambda cloud: cloud.name)
def test_acls_of_another_owner(steady: Speaker) -> None:
    """An owner is not changed by an ACL: AWS answers AccessDenied where the document names another one."""
    own = steady.cloud.value(steady.ok("GET", query={"acl": ""}), "ID")
    everybody = {"Type": "Group", "Canned": "AllUsers"} if steady.cloud.json else {"URI": EVERYBODY}
    for grantee in ({"ID": "somebody-else"}, {"ID": own}, everybody):
        permission = "READ" if grantee is everybody else "FULL_CONTROL"
        body = _policy(steady.cloud, [_grant(steady.cloud, grantee, permission)], "somebody-else")
        for key in ("", "a.txt"):
            steady.refused(Refusal(403, "AccessDenied"), "PUT", key, query={"acl": ""}, body=body)
    assert steady.ask("GET", "a.txt", how=None).status == 403


@pytest.mark.parametrize("grant", ["everyone", "FULL_CONTROL", "", "7"])
@pytest.mark.parametrize("cloud", [OSS], ids=["oss"])
def test_canned_texts_that_are_not_known(steady: Speaker, grant: str) -> None:
    body = steady.cloud.document("AccessControlPolicy", ("AccessControlList", (("Grant", grant),)))
    for key in ("", "a.txt"):
        steady.refused(MALFORMED["oss"], "PUT", key, query={"acl": ""}, body=body)
