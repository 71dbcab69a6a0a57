"""Signatures that are wrong, old, of tomorrow, of another request, twice or unreadable: refused, and nothing is done.

Sources: AWS "Authenticating requests"; wire facts of Tencent §6.3, §6.4, Alibaba §4.1-§4.6, Volcengine §3.2, §3.3,
§3.5; issue 3 "Signatures" and "Bad input".
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from behaviour.client import Reply
from behaviour.conftest import OTHER

from .clouds import SIGNING, Cloud, Codes, about, check_refused
from .operations import operations_of
from .signers import Asked, How
from .speaker import Change, Speaker

MISMATCH = Codes(403, "SignatureDoesNotMatch")
UNKNOWN = Codes(403, "InvalidAccessKeyId")
EXPIRED = Codes(403, "AccessDenied")
SKEWED = Codes(403, "RequestTimeTooSkewed")
SKEWED_HEADER = Codes(403, "RequestTimeTooSkewed", cos=(403, "AccessDenied"))
"""A header's date says when it was signed; COS writes down an end instead."""
TOKEN = Codes(
    400, "InvalidToken", oss=(403, "InvalidSecurityToken"), tos=(403, "InvalidSecurityToken"),
    cos=(403, "InvalidAccessKeyId"),
)  # fmt: skip
FOR_ALL = frozenset({"another secret", "nobody's key", "an hour ago", "in an hour"})
SOME = frozenset({"put", "get", "delete", "list", "complete", "delete bucket"})
"""What is tried with every line; all operations are with those above."""
By = Literal["header", "query"]
BYS: tuple[By, ...] = ("header", "query")


def _flipped(signature: str) -> str:
    return signature[:-3] + ("0" if signature[-3] != "0" else "1") + signature[-2:]


WRONG: dict[str, tuple[How, Codes]] = {
    "another secret": (How(secret=b"another-secret"), MISMATCH),
    "no secret": (How(secret=b""), MISMATCH),
    "nobody's key": (How(key_id="nobody"), UNKNOWN),
    "somebody else's key": (How(key_id=OTHER.key_id), MISMATCH),
    "a letter flipped": (How(change=_flipped), MISMATCH),
    "one letter less": (How(change=lambda signature: signature[:-1]), MISMATCH),
    "one letter more": (How(change=lambda signature: signature + "0"), MISMATCH),
    "large and small exchanged": (How(change=str.swapcase), MISMATCH),
    "letters beyond ASCII": (How(change=lambda signature: signature[:-1] + "ä"), MISMATCH),
    "an hour ago": (How(age=3600), SKEWED_HEADER),
    "in an hour": (How(age=-3600), SKEWED),
    "a token for a key without": (How(token="token"), TOKEN),
}
IN_ADDRESSES = {"an hour ago": EXPIRED}
"""Addresses say themselves how long they last."""


def code_of(cloud: Cloud, reply: Reply) -> str:
    """The refusal's code, which every dialect's replies have."""
    assert reply.headers[f"{cloud.prefix}request-id"]
    return cloud.value(reply, "Code")


@pytest.mark.parametrize("by", BYS)
def test_every_operation_checks_its_signature(signing: Speaker, by: By) -> None:
    for says, (how, expected) in WRONG.items():
        expected_ = IN_ADDRESSES.get(says, expected) if by == "query" else expected
        if signing.cloud.name == "oss1" and (by, says) == ("query", "in an hour"):
            continue  # such an address has an end and no beginning
        for name, operation in operations_of(signing.cloud):
            if says in FOR_ALL or name in SOME:
                with about(f"{name}, {says}"):
                    reply = operation.ask(signing, "a.txt", how=replace(how, by=by))
                    check_refused(signing.cloud, reply, expected_[signing.cloud.name])
                    assert b"alpha" not in reply.body


@pytest.mark.parametrize("by", BYS)
def test_clocks_that_are_a_little_off(signing: Speaker, by: By) -> None:
    """Fifteen minutes (wire facts of Alibaba §4.6, Tencent §6.3); an address or a COS signature lasts as it says."""
    for ago in (600, -600):
        with about(ago):
            assert signing.ok("GET", "a.txt", how=How(age=ago, by=by, ttl=900)).body == b"alpha"


def test_what_a_mismatch_tells(signing: Speaker) -> None:
    """The text that was signed here, so that one can compare; no secret and no signature that would do."""
    cloud, asked = signing.cloud, signing.asked("GET", "a.txt", query={"acl": ""})
    for by in BYS:
        how = How(by=by)
        wrong, right = signing.signed(asked, replace(how, secret=b"x")), signing.signed(asked, how)
        reply = signing.send(asked, replace(how, secret=b"x"))
        assert cloud.value(reply, "StringToSign"), str(reply)
        if cloud.name != "oss1":
            named = "FormatString" if cloud.name == "cos" else "CanonicalRequest"
            assert cloud.value(reply, named).lower().startswith("get\n"), str(reply)
        assert signing.owner.secret not in reply.body
        good, bad = (_signature_of(one) for one in (right, wrong))
        assert good != bad
        assert good.encode() not in reply.body


def _signature_of(signed: Asked) -> str:
    text = signed.header("authorization") or f"={signed.query[-1][1]}"
    return text.rpartition("ignature=")[2] or text.rpartition(":")[2].lstrip("=")


# -- another request than the signed one ------------------------------------------------------------------------------


def _without(*names: str) -> Change:
    return lambda asked: replace(asked, query=tuple(pair for pair in asked.query if pair[0] not in names))


def _with(**parameters: str) -> Change:
    return lambda asked: replace(asked, query=(*asked.query, *parameters.items()))


def _asking(name: str, value: str) -> Change:
    def change(asked: Asked) -> Asked:
        return replace(asked, query=tuple((n, value if n == name else v) for n, v in asked.query))

    return change


def _as(method: str) -> Change:
    return lambda asked: replace(asked, method=method)


def _at(old: str, new: str) -> Change:
    return lambda asked: replace(asked, path=asked.path.replace(old, new))


def _saying(name: str, value: str) -> Change:
    def change(asked: Asked) -> Asked:
        return replace(asked, headers=tuple((n, value if n.endswith(name) else v) for n, v in asked.headers))

    return change


CHANGES: dict[str, tuple[str, dict[str, str], dict[str, str], Change]] = {
    "DELETE for GET": ("GET", {}, {}, _as("DELETE")),
    "PUT for GET": ("GET", {}, {}, _as("PUT")),
    "GET for PUT": ("PUT", {}, {}, _as("GET")),
    "PUT for DELETE": ("DELETE", {}, {}, _as("PUT")),
    "another key": ("GET", {}, {}, _at("a.txt", "dir/b.txt")),
    "a longer key": ("PUT", {}, {}, _at("a.txt", "a.txt2")),
    "the bucket for a key": ("DELETE", {}, {}, _at("/a.txt", "/")),
    "tags left out": ("DELETE", {"tagging": ""}, {}, _without("tagging")),
    "another sub-resource": ("GET", {"tagging": ""}, {}, lambda asked: _with(acl="")(_without("tagging")(asked))),
    "another part": ("PUT", {"partNumber": "1", "uploadId": "UP"}, {}, _asking("partNumber", "2")),
    "another upload": ("DELETE", {"uploadId": "OTHER"}, {}, _asking("uploadId", "UP")),
    "an upload left out": ("DELETE", {"uploadId": "UP"}, {}, _without("uploadId")),
    "other metadata": ("PUT", {}, {"meta-colour": "red"}, _saying("meta-colour", "blue")),
    "another ACL": ("PUT", {}, {"acl": "private"}, _saying("acl", "public-read")),
    "another source": ("PUT", {}, {"copy-source": "a.txt"}, _saying("copy-source", "dir/b.txt")),
}


@pytest.mark.parametrize("by", BYS)
def test_a_signature_is_for_one_request(signing: Speaker, by: By) -> None:
    """Changed after it was signed, whatever was: method, key, sub-resource, parameters, headers."""
    for says in CHANGES:
        with about(says):
            check_refused(signing.cloud, changed(signing, says, by), MISMATCH[signing.cloud.name])


def changed(signing: Speaker, says: str, by: By) -> Reply:
    """The reply to a request that was changed when it was signed already."""
    method, query, headers, change = CHANGES[says]
    cloud = signing.cloud
    query = {name: signing.upload if value == "UP" else value for name, value in query.items()}
    objects = "object-acl" if cloud.prefix == "x-oss-" else "acl"
    own = {f"{cloud.prefix}{objects if name == 'acl' else name}": value for name, value in headers.items()}
    change_ = change if says != "another upload" else _asking("uploadId", signing.upload)
    if says == "another source":
        own = {name: cloud.source(signing.text, value) for name, value in own.items()}
        change_ = _saying("copy-source", cloud.source(signing.text, "dir/b.txt"))
    asked = signing.asked(
        method,
        "a.txt",
        query=query,
        headers=own,
        body=b"x" if method == "PUT" and "copy-source" not in headers else b"",
    )
    return signing.send(asked, How(by=by), change_)


ADDED: dict[str, tuple[str, dict[str, str], str]] = {
    "an ACL of everyone's": ("PUT", {}, "acl"),
    "a source": ("PUT", {}, "copy-source"),
    "a sub-resource": ("DELETE", {"tagging": ""}, ""),
    "an upload": ("DELETE", {"uploadId": "UP"}, ""),
    "the ACL": ("PUT", {"acl": ""}, ""),
}


def test_nothing_is_added_to_a_presigned_address(signing: Speaker) -> None:
    """Whoever was handed it can do what it says, not what can be said beside it."""
    for says in ADDED:
        reply = added_to(signing, says)
        with about(f"{says}: {reply}"):
            assert reply.status in {400, 403}
            assert code_of(signing.cloud, reply) in {"SignatureDoesNotMatch", "AccessDenied", "InvalidArgument"}


def added_to(signing: Speaker, says: str) -> Reply:
    """The reply to an address of which more is made."""
    method, query, header = ADDED[says]
    cloud = signing.cloud
    more = {name: signing.upload if value == "UP" else value for name, value in query.items()}
    named = {f"{cloud.prefix}object-acl" if cloud.prefix == "x-oss-" and header == "acl" else cloud.prefix + header}
    value = cloud.source(signing.text, "dir/b.txt") if header == "copy-source" else "public-read"
    added = {name: value for name in named if header}
    asked = signing.asked(method, "pending.bin" if "uploadId" in more else "a.txt")
    return signing.send(asked, How(by="query"), lambda signed: signed.plus(added, more))


@pytest.mark.parametrize("by", BYS)
def test_a_signed_header_comes_once(signing: Speaker, by: By) -> None:
    """Another value before or behind the signed one is not what counts."""
    name = f"{signing.cloud.prefix}{'object-' if signing.cloud.prefix == 'x-oss-' else ''}acl"
    other = (name, "public-read")
    asked = signing.asked("PUT", "a.txt", query={"acl": ""}, headers={name: "private"})
    for says, first in (("before", True), ("behind", False)):

        def change(signed: Asked, *, first: bool = first) -> Asked:
            return replace(signed, headers=(other, *signed.headers) if first else (*signed.headers, other))

        reply = signing.send(asked, How(by=by), change)
        with about(f"{says}: {reply}"):
            assert reply.status in {400, 403}
            assert code_of(signing.cloud, reply)


@pytest.mark.parametrize("by", BYS)
def test_a_signature_is_for_one_host(signing: Speaker, by: By) -> None:
    """AWS, TOS and COS sign the host; OSS signs the bucket that it names."""
    cloud = signing.cloud
    host, other = f"{signing.text}.{cloud.host}", f"other-{signing.text}.{cloud.host}"
    asked = signing.asked("GET", "a.txt", host=host)
    assert signing.send(asked, How(by=by)).body == b"alpha"
    reply = signing.send(asked, How(by=by), lambda signed: replace(signed, host=other))
    check_refused(cloud, reply, MISMATCH[cloud.name])


# -- what cannot be read -----------------------------------------------------------------------------------------------

SCOPE = "20260102/us-east-1/s3/aws4_request"
HEADERS: dict[str, list[str]] = {
    "s3": [
        "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256 Credential=a",
        f"AWS4-HMAC-SHA256 Credential=a/{SCOPE}, SignedHeaders=host, Signature=",
        f"AWS4-HMAC-SHA256 Credential=a/{SCOPE},Credential=b/{SCOPE},SignedHeaders=host,Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=0",
        f"AWS4-HMAC-SHA256 Credential=a/{SCOPE}, SignedHeaders=, Signature=0",
        f"AWS4-HMAC-SHA256 Credential=a/{SCOPE}, SignedHeaders=host;host, Signature=0",
        "AWS4-HMAC-SHA256 " + "Credential=" * 500, "AWS ", "AWS a", "AWS :", "AWS a:b",
    ],
    "oss": [
        "OSS4-HMAC-SHA256", "OSS4-HMAC-SHA256 Credential=a,Signature=b", "OSS4-HMAC-SHA256 nonsense",
        "OSS4-HMAC-SHA256 Credential=a/20260102/cn/oss/aws4_request,Signature=b", "OSS ", "OSS a", "OSS :", "OSS a:b",
        "OSS2 AccessKeyId:a,Signature:b",
    ],
    "tos": [
        "TOS4-HMAC-SHA256", "TOS4-HMAC-SHA256 a,b", "TOS4-HMAC-SHA256 a,b,c",
        "TOS4-HMAC-SHA256 Credential=a/20260102/cn/tos/request,SignedHeaders=host,Signature=0",
        "TOS4-HMAC-SHA256 Credential=a,SignedHeaders=host,Signature=0",
    ],
    "cos": [
        "q-sign-algorithm=sha1", "q-sign-algorithm=md5&q-ak=a", "q-sign-algorithm=", "q-nonsense", "q-ak=a&q-ak=b",
        "q-sign-algorithm=sha1&q-ak=a&q-sign-time=1&q-key-time=1&q-header-list=&q-url-param-list=&q-signature=x",
        "q-sign-algorithm=sha1&q-ak=a&q-sign-time=x;y&q-key-time=x;y&q-header-list=&q-url-param-list=&q-signature=x",
        "q-sign-algorithm=sha1&q-ak=a&q-sign-time=1;9&q-key-time=1;9&q-header-list=&q-url-param-list=",
    ],
}  # fmt: skip


def test_authorizations_that_cannot_be_read(steady: Speaker) -> None:
    """Never taken for no signature at all, never a defect."""
    cloud = steady.cloud
    for text in HEADERS[cloud.name]:
        for method, key in (("GET", "a.txt"), ("PUT", "new"), ("DELETE", "a.txt"), ("GET", "")):
            asked = steady.asked(method, key, headers={"Authorization": text}, body=b"x" if method == "PUT" else b"")
            reply = steady.send(asked, None)
            assert reply.status in {400, 403, 501}, f"{text!r}: {reply}"
            assert code_of(cloud, reply), f"{text!r}: {reply}"


def test_authorizations_of_no_known_kind(steady: Speaker) -> None:
    """Refused as what they are; nobody becomes anonymous by a signature that is not understood."""
    for text in ("Basic YTpi", "Bearer abc", "nonsense", "Digest a=b", "GOOG4-RSA-SHA256 a"):
        with about(text):
            steady.ok("PUT", "a.txt", query={"acl": ""}, headers=_everyone(steady.cloud, "public-read"))
            try:
                asked = steady.asked("GET", "a.txt", host=f"{steady.text}.{steady.cloud.host}")
                assert steady.send(asked, None).status == 200
                reply = steady.send(asked.plus({"Authorization": text}), None)
                assert reply.status in {400, 403}, str(reply)
                assert code_of(steady.cloud, reply)
            finally:
                steady.ok("PUT", "a.txt", query={"acl": ""}, headers=_everyone(steady.cloud, "private"))


def _everyone(cloud: Cloud, acl: str) -> dict[str, str]:
    return {f"{cloud.prefix}{'object-' if cloud.prefix == 'x-oss-' else ''}acl": acl}


BAD_PARAMETERS = ["", "x", "-1", "1.5", "99999999999999999999", "中"]


def test_parameters_of_signatures_that_cannot_be_read(signing: Speaker) -> None:
    """Each of them in turn left out, and replaced by nonsense; a list of parameters may name what does not come."""
    asked = signing.asked("GET", "a.txt")
    signed = signing.signed(asked, How(by="query"))
    for name, _good in signed.query:
        nonsense = [] if name == "q-url-param-list" else [_asking(name, value) for value in BAD_PARAMETERS]
        for change in (_without(name), *nonsense):
            reply = signing.send(asked, How(by="query"), change)
            with about(f"{name}: {reply}"):
                assert reply.status in {400, 403}
                assert signing.cloud.value(reply, "Code")
                assert b"alpha" not in reply.body


def test_how_long_an_address_may_last(signing: Speaker) -> None:
    """AWS and OSS V4: seven days; TOS: thirty (wire facts of Volcengine §3.3 EC 0002-00000031); OSS V1 and COS: any."""
    for seconds in (0, 1, 60, 604_800, 604_801, 2_592_000, 2_592_001):
        with about(seconds):
            cloud = signing.cloud
            reply = signing.ask("GET", "a.txt", how=How(by="query", ttl=seconds))
            if cloud.presigned_max is None:
                assert reply.status == (200 if seconds > 1 else reply.status)
            elif 1 <= seconds <= cloud.presigned_max:
                assert reply.body == b"alpha" or seconds == 1
            else:
                expected = Codes(400, "AuthorizationQueryParametersError", oss=(400, "InvalidArgument"))
                check_refused(cloud, reply, expected[cloud.name])


def test_two_signatures(signing: Speaker) -> None:
    """Header and address, each right by itself; two headers; and another cloud's beside one's own."""
    asked = signing.asked("GET", "a.txt")
    both = signing.send(signing.signed(asked, How(by="query")), How())
    assert (both.status, code_of(signing.cloud, both)) in {
        (400, "InvalidArgument"), (403, "SignatureDoesNotMatch"), (403, "AccessDenied"),
    }, str(both)  # fmt: skip
    signed = signing.signed(asked)
    again = signing.send(signed.plus({"Authorization": signed.header("authorization")}), None)
    assert again.status in {400, 403}, str(again)
    for other in SIGNING:
        if other.prefix == signing.cloud.prefix:
            continue
        foreign = other.sign(signing.asked("GET", "a.txt"), signing.owner, How(by="query"))
        mixed = signing.send(signing.asked("GET", "a.txt").plus(query=dict(foreign.query)), How())
        assert mixed.status in {400, 403}, str(mixed)
        assert b"alpha" not in mixed.body


def test_another_cloud_s_signature_at_this_host(signing: Speaker) -> None:
    """A credential counts more than the host that it was sent to; it must be right all the same."""
    host = f"{signing.text}.{signing.cloud.host}"
    for other in SIGNING:
        asked = signing.asked("GET", "a.txt", host=host)
        good = other.sign(asked, signing.owner, How())
        assert signing.send(good, None).status == 200, other.name
        bad = other.sign(asked, signing.owner, How(secret=b"wrong"))
        reply = signing.send(bad, None)
        check_refused(other, reply, MISMATCH[other.name])
