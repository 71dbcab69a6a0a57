"""What a request says and nobody understands is not dropped: values that are none, digests, documents, doubled names.

Each line was done, or done in part, before. Sources: AWS API reference and LocalStack's tests recorded at AWS; RFC 9110
§13.1 (dates that are none), §6.5.1; Tencent "PUT Bucket lifecycle", "Image persistence"; Alibaba "CopyObject".
"""

from __future__ import annotations

import base64
from typing import Any

import pytest

from behaviour.client import Part, Reply

from .clouds import APPENDING_CLOUDS, COS, OSS, S3, TOS, Cloud, Refusal, about
from .conftest import Speak
from .forms import KINDS, Form, Kind, post
from .signers import How
from .speaker import Speaker, md5_base64

NO_DATE = "the day before yesterday"
WRONG_MD5 = "AAAAAAAAAAAAAAAAAAAAAA=="
CLOUD_HEADERS = {"x-amz-acl": S3, "x-cos-acl": COS, "x-oss-object-acl": OSS, "x-tos-acl": TOS}


def refused(reply: Reply, *codes: str) -> None:
    assert 400 <= reply.status < 600, str(reply)
    assert reply.status not in {500, 503}, str(reply)
    assert not codes or any(code.encode() in reply.body for code in codes), str(reply)


def copy(speaker: Speaker, **more: str) -> Reply:
    prefix = speaker.cloud.prefix
    headers = {f"{prefix}copy-source": speaker.cloud.source(speaker.text, "a.txt")}
    return speaker.ask("PUT", "copied", headers={**headers, **{k.replace("_", "-"): v for k, v in more.items()}})


@pytest.mark.parametrize("condition", ["if-modified-since", "if-unmodified-since"])
def test_a_condition_that_is_no_date(steady: Speaker, condition: str) -> None:
    """Of the copy's source, in the cloud's own header: RFC 9110 lets only the standard ones be ignored."""
    refused(copy(steady, **{f"{steady.cloud.prefix}copy-source-{condition}": NO_DATE}), "InvalidArgument", "Invalid")


def test_the_digest_of_no_bytes(steady: Speaker) -> None:
    """Content-MD5 of a request without a body is that of nothing."""
    prefix, wrong = steady.cloud.prefix, {"Content-MD5": WRONG_MD5}
    acl = f"{prefix}{'object-acl' if steady.cloud is OSS else 'acl'}"
    for name, reply in {
        "start": steady.ask("POST", "b", query={"uploads": ""}, headers=wrong),
        "copy": copy(steady, Content_MD5=WRONG_MD5),
        "delete": steady.ask("DELETE", "a.txt", headers=wrong),
        "acl of the object": steady.ask("PUT", "a.txt", query={"acl": ""}, headers={**wrong, acl: "public-read"}),
        "acl of the bucket": steady.ask("PUT", query={"acl": ""}, headers={**wrong, f"{prefix}acl": "public-read"}),
    }.items():
        with about(name):
            refused(reply, "BadDigest", "InvalidDigest")


@pytest.mark.parametrize("name", [*CLOUD_HEADERS, "x_amz_acl", "x-oss_acl", "pic-operations", "x-ci-process"])
def test_headers_of_another_cloud(steady: Speaker, name: str) -> None:
    """An object that was asked to be private by another cloud's name would have been public in a public bucket."""
    if CLOUD_HEADERS.get(name) is steady.cloud:
        return
    refused(steady.ask("PUT", "new", body=b"x", headers={name: "private"}), "NotImplemented", "MethodNotAllowed")
    assert steady.ask("GET", "a.txt", headers={name: "private"}).status == 200


def test_a_header_that_a_network_adds(speaker: Speaker) -> None:
    """Amazon CloudFront, in front of any of them; S3's own are signed, or refused."""
    if speaker.cloud is not S3:
        speaker.ok("PUT", "new", body=b"x", headers={"x-amz-cf-id": "abc"})


@pytest.mark.parametrize("name", ["Content-MD5", "If-None-Match", "Content-Type", "Cache-Control"])
def test_one_header_twice(steady: Speaker, name: str) -> None:
    asked = steady.asked("PUT", "new", body=b"x")
    signed = steady.signed(asked, How())
    values = {"Content-MD5": "ndThbF7Ce5RXoTunOKRthg==", "If-None-Match": "*"}
    more = ((name, values.get(name, "text/plain")), (name, "text/html"))
    sent = steady.bucket.client.send(
        signed.method, signed.target, headers=(*signed.headers, *more), body=signed.body
    )  # fmt: skip
    refused(sent)


def test_unframed_bodies_with_frames_announced(steady: Speaker) -> None:
    prefix = steady.cloud.prefix
    if steady.cloud not in {S3, TOS}:
        return
    trailer = f"{prefix}checksum-crc32" if steady.cloud is S3 else f"{prefix}hash-crc64ecma"
    refused(steady.ask("PUT", "new", body=b"hello", headers={f"{prefix}trailer": trailer}))
    for length in ("3", "nonsense", "6"):
        refused(steady.ask("PUT", "new", body=b"hello", headers={f"{prefix}decoded-content-length": length}))


def test_checksums_that_nobody_compares(speak: Speak) -> None:
    """S3: of a document beside a canned ACL, of an upload that has none, of a type without an algorithm."""
    s3 = speak(S3)
    s3.put("k")
    wrong = {"x-amz-checksum-crc32": "AAAAAQ=="}
    refused(s3.ask("PUT", query={"acl": ""}, headers={**wrong, "x-amz-acl": "public-read"}), "BadDigest")
    upload = s3.start("m")
    tag = s3.part("m", upload, 1, b"part")
    done = S3.parts([(1, tag)])
    refused(s3.ask("POST", "m", query={"uploadId": upload}, body=done, headers=wrong), "Checksum Type mismatch")
    headers = {"x-amz-mp-object-size": "nonsense"}
    refused(s3.ask("POST", "m", query={"uploadId": upload}, body=done, headers=headers), "InvalidArgument")
    two = done.replace(b"</Part>", b"<ChecksumCRC32>AAAAAQ==</ChecksumCRC32><ChecksumSHA1>AA==</ChecksumSHA1></Part>")
    refused(s3.ask("POST", "m", query={"uploadId": upload}, body=two), "MalformedXML")
    s3.complete("m", upload, [(1, tag)])
    for headers in (
        {"x-amz-checksum-type": "COMPOSITE"},
        {"x-amz-checksum-type": "nonsense", "x-amz-checksum-algorithm": "CRC32"},
    ):
        refused(s3.ask("POST", "m", query={"uploads": ""}, headers=headers), "InvalidRequest")


def test_what_is_said_of_a_copys_source(speak: Speak) -> None:
    """OSS: one of its SDKs repeats headers of a copy below that name; nothing else may stand there."""
    oss = speak(OSS)
    oss.put("a.txt", b"0123456789")
    refused(copy(oss, x_oss_copy_source_range="bytes=0-1"), "NotImplemented")
    refused(copy(oss, x_oss_copy_source_version_id="1"), "NotImplemented")
    assert copy(oss, Content_Language="de", x_oss_copy_source_content_language="de").status == 200


RULES = {
    "a prefix beside a filter": ("<Prefix>p</Prefix><Filter><Prefix>q</Prefix></Filter>", "", (S3, COS)),
    "And beside a condition": ("<Filter><And><Prefix>a</Prefix></And><Prefix>b</Prefix></Filter>", "", (S3, COS)),
    "an And of nothing": ("<Filter><And/></Filter>", "", (S3, COS)),
    "a tag without a value": ("<Filter><Tag><Key>k</Key></Tag></Filter>", "", (S3, COS)),
    "a tag without a value in OSS": ("<Prefix>p</Prefix><Tag><Key>k</Key></Tag>", "", (OSS,)),
    "an abort of nothing": ("<Prefix>p</Prefix>", "<AbortIncompleteMultipartUpload/>", (S3, COS)),
}


@pytest.mark.parametrize("rule", RULES)
def test_every_condition_of_a_rule_counts(speak: Speak, rule: str) -> None:
    """What a rule says and the sweep does not ask, it would delete."""
    scope, more, clouds = RULES[rule]
    for cloud in clouds:
        speaker = speak(cloud)
        body = (
            f"<LifecycleConfiguration><Rule><ID>r</ID>{scope}<Status>Enabled</Status><Expiration><Days>1</Days>"
            f"</Expiration>{more}</Rule></LifecycleConfiguration>"
        ).encode()
        with about(cloud.name):
            refused(put_document(speaker, "lifecycle", body), "MalformedXML")
            assert speaker.ask("GET", query={"lifecycle": ""}).status == 404


LATER = (
    {"{prefix}tagging": "a=b"}, {"{prefix}meta-x": "y"}, {"{prefix}meta-a": "2"}, {"Cache-Control": "no-store"},
    {"Content-Encoding": "gzip"}, {"{prefix}storage-class": "CLASS"}, {"{prefix}server-side-encryption": "AES256"},
)  # fmt: skip


@pytest.mark.parametrize("cloud", APPENDING_CLOUDS, ids=lambda cloud: cloud.name)
def test_what_a_later_append_cannot_change(speak: Speak, cloud: Cloud) -> None:
    """The object's attributes are its first append's; who says others would believe that they are stored.

    What it has may be said again, as a loop does, and the type, which SDKs guess for every request.
    """
    speaker = speak(cloud)
    place = {"append": "", cloud.append: "0"}
    first = {f"{cloud.prefix}meta-a": "1", "Content-Disposition": "inline", "Content-Type": "text/plain"}
    speaker.ok("POST", "log", query=place, body=b"a", headers=first)
    place[cloud.append] = "1"
    archive = {"oss": "Archive", "tos": "ARCHIVE", "cos": "ARCHIVE"}[cloud.name]
    for said in LATER:
        headers = {name.format(prefix=cloud.prefix): value.replace("CLASS", archive) for name, value in said.items()}
        with about(headers):
            assert speaker.ask("POST", "log", query=place, body=b"b", headers=headers).status == 400
    assert speaker.content("log") == b"a"
    again = {**first, "Content-Type": "application/octet-stream"}
    speaker.ok("POST", "log", query=place, body=b"b", headers=again)
    assert speaker.ok("HEAD", "log").headers["content-type"] == "text/plain"


def put_document(speaker: Speaker, name: str, body: bytes, key: str = "") -> Reply:
    return speaker.ask("PUT", key, query={name: ""}, headers={"Content-MD5": md5_base64(body)}, body=body)


ALL_USERS = "<URI>http://acs.amazonaws.com/groups/global/AllUsers</URI>"


def _acl(grant: str) -> str:
    grants = f"<AccessControlList><Grant>{grant}</Grant></AccessControlList>"
    return f"<AccessControlPolicy>{grants}</AccessControlPolicy>"


DOCUMENTS = {
    "tags beside the set": (
        "tagging",
        "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet><Tag><Key>b</Key></Tag></Tagging>",
    ),
    "a grantee of two kinds": (
        "acl",
        _acl(f"<Grantee>{ALL_USERS}<ID>1250000000</ID></Grantee><Permission>READ</Permission>"),
    ),
    "an element of another namespace": (
        "tagging", '<Tagging xmlns:x="urn:x"><x:TagSet><Tag><Key>a</Key><Value>1</Value></Tag></x:TagSet></Tagging>',
    ),
}  # fmt: skip


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize("cloud", [S3, COS], ids=lambda cloud: cloud.name)
def test_every_element_of_a_document_counts(speak: Speak, cloud: Cloud, document: str) -> None:
    speaker = speak(cloud)
    speaker.put("k")
    refused(put_document(speaker, DOCUMENTS[document][0], DOCUMENTS[document][1].encode(), "k"), "Malformed")
    shown = b"".join(speaker.ask("GET", "k", query={name: ""}).body for name in ("acl", "tagging"))
    assert b"AllUsers" not in shown
    assert b"<Key>" not in shown


def test_a_signature_for_a_host_is_not_good_for_another(speak: Speak) -> None:
    """A Host beside an absolute target says nothing (RFC 9112 §3.2.2), nor does it prove anything."""
    for cloud in (S3, TOS, COS):
        one, other = speak(cloud), speak(cloud)
        one.put("k", b"one")
        other.put("k", b"the bytes of its neighbour")
        hosts = [f"{speaker.text}.{cloud.host}" for speaker in (one, other)]
        signed = one.signed(one.asked("GET", "k", host=hosts[0]))
        with about(cloud.name):
            reply = one.bucket.client.send("GET", f"http://{hosts[1]}/k", headers=signed.headers, host=hosts[0])
            assert (reply.status, b"the bytes of its neighbour" in reply.body) == (403, False), str(reply)
            ended = one.signed(one.asked("GET", "k", host=hosts[0] + "."))
            reply = one.bucket.client.send("GET", "/k", headers=ended.headers, host=hosts[0] + ".")
            assert (reply.status, reply.body) == (200, b"one"), str(reply)


FIELDS = {
    "another cloud's": {"x_amz_acl": "private", "Pic-Operations": "{}"},
    "a condition": {"If-None-Match": "*"},
    "nobody's": {"{prefix}unheard-of": "1"},
    "a lock": {"{prefix}object-lock-mode": "GOVERNANCE"},
}


@pytest.mark.parametrize("says", FIELDS)
def test_fields_that_nobody_understands(place: Speaker, kind: Kind, says: str) -> None:
    """Named by the policy or not: below a cloud's prefix, or with a standard header's meaning."""
    for name, value in FIELDS[says].items():
        field = {name.format(prefix=place.cloud.prefix): value}
        refused(post(kind, place, Form(fields=field)))


def test_a_field_that_says_two_things(place: Speaker, kind: Kind) -> None:
    """The first one would count, and the page that was shown may mean the other."""
    for name, value in (("key", "another"), ("success_action_status", "201"), ("Content-Type", "text/html")):
        fields = {} if name == "key" else {name: "200" if name != "Content-Type" else "text/plain"}

        def doubled(texts: list[Part], file: Part, name: str = name, value: str = value) -> list[Part]:
            return [*texts, Part(name=name, value=value), file]

        with about(name):
            refused(post(kind, place, Form(fields=fields, parts=doubled)))


def test_a_field_that_says_the_same_twice(speak: Speak) -> None:
    """One of TOS's SDKs does so (wire facts of Volcengine §3.4)."""
    kind = next(kind for kind in KINDS if kind.name == "tos")
    again = Part(name="x-tos-meta-a", value="1")
    form = Form(fields={"x-tos-meta-a": "1"}, parts=lambda texts, file: [*texts, again, file])
    assert post(kind, speak(TOS), form).status == 204


def test_a_form_is_compared_with_its_crc64(place: Speaker, kind: Kind) -> None:
    name = f"{place.cloud.prefix}hash-crc64ecma"
    refused(post(kind, place, Form(fields={name: "1"})))


def test_a_form_widens_nothing_that_its_policy_does_not_name(place: Speaker, kind: Kind) -> None:
    """Nor does a form of OSS, but that cloud takes fields that a policy does not name (wire facts of Alibaba §3.3)."""
    if place.cloud is not OSS:
        name = f"{place.cloud.prefix}acl"
        refused(post(kind, place, Form(unnamed={name: "public-read"})), "AccessDenied")


def test_an_address_is_good_for_what_it_was_signed_for(speak: Speak) -> None:
    """COS signs the parameters that it lists: any that makes another operation of the address must be among them."""
    cos = speak(COS)
    cos.put("k")
    for name in ("versions", "location", "acl", "uploads", "tagging", "cors", "lifecycle", "versionId"):
        key = "k" if name == "versionId" else ""
        signed = cos.signed(cos.asked("GET", key), How(by="query"))
        with about(name):
            reply = cos.bucket.client.send("GET", f"{signed.target}&{name}=", headers=signed.headers)
            assert reply.status in {400, 403}, str(reply)
    signed = cos.signed(cos.asked("GET", "k"), How(by="query"))
    for more, status in {
        "response-content-type=text/html": 400, "response-content-disposition=inline": 400,
        "response-content-disposition=attachment": 200,
    }.items():  # fmt: skip
        with about(more):
            reply = cos.bucket.client.send("GET", f"{signed.target}&{more}", headers=signed.headers)
            assert (reply.status == 200) == (status == 200), str(reply)


@pytest.mark.parametrize("cloud", [S3, OSS], ids=lambda cloud: cloud.name)
def test_who_pays_is_a_word(steady: Speaker) -> None:
    """AWS and OSS, "Requester Pays": the only value is requester."""
    name = f"{steady.cloud.prefix}request-payer"
    for value in ("owner", "Requester,requester", "nobody"):
        with about(value):
            expected = Refusal(400, "InvalidArgument")
            steady.refused(expected, "PUT", "a.txt", body=b"x", headers={name: value})
            steady.refused(expected, "GET", "a.txt", headers={name: value})
    steady.ok("GET", "a.txt", headers={name: "requester"})


@pytest.mark.parametrize("cloud", [OSS, TOS], ids=lambda cloud: cloud.name)
def test_variables_of_no_callback(steady: Speaker) -> None:
    variables = base64.b64encode(b'{"x:a":"b"}').decode()
    steady.refused(
        Refusal(400, "InvalidArgument"), "PUT", "a.txt", body=b"x",
        headers={f"{steady.cloud.prefix}callback-var": variables},
    )  # fmt: skip


def test_an_origin_without_a_name(steady: Speaker) -> None:
    cloud = steady.cloud
    if cloud.json:
        rule: tuple[str, Any] = ("CORSRules", [{"AllowedOrigins": [""], "AllowedMethods": ["GET"]}])
    else:
        rule = ("CORSRule", (("AllowedOrigin", ""), ("AllowedMethod", "GET")))
    body = cloud.document("CORSConfiguration", rule)
    reply = steady.ask("PUT", query={"cors": ""}, body=body, headers={"Content-MD5": md5_base64(body)})
    assert (reply.status, b"MalformedXML" in reply.body or cloud is TOS) == (400, True), str(reply)
