"""What OSS's own SDKs, their suites and other people's clients insist on, request by request.

Sources: the suites of the cloud's SDKs for Go (v1, v2), Python (v1, v2), Java and JavaScript, named at each test; the
cloud's pages of each operation; wire facts of Alibaba §4, §5.
"""

from __future__ import annotations

import base64
import hashlib
import time
from email.utils import formatdate

import pytest

from .clouds import COS, OSS, OSS_1, S3, Cloud, Refusal, about
from .conftest import Speak
from .forms import KINDS, Form, post
from .signers import OSS4, UNSIGNED
from .speaker import Speaker, head_of, md5_base64

ETAG_OF_NOTHING = '"D41D8CD98F00B204E9800998ECF8427E"'
NO_UPLOAD = (
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or"
    " completed."
)


@pytest.fixture
def oss(speak: Speak) -> Speaker:
    """A speaker of OSS at a fresh bucket."""
    return speak(OSS)


# -- objects -----------------------------------------------------------------------------------------------------------


def test_the_last_no_bytes(oss: Speaker) -> None:
    """SDK for Go v2, TestGetObject: 416, though other ranges outside the object give all of it."""
    oss.put("k", b"alpha")
    assert oss.ask("GET", "k", headers={"Range": "bytes=-0"}).status == 416
    assert oss.ok("GET", "k", headers={"Range": "bytes=9-"}).body == b"alpha"


def test_object_meta_has_the_crc(oss: Speaker) -> None:
    """SDK for Python v2 reads x-oss-hash-crc64ecma of GetObjectMeta."""
    oss.put("k", b"123456789")
    head = oss.ok("HEAD", "k", query={"objectMeta": ""}).headers
    assert (head["x-oss-hash-crc64ecma"], head["content-length"]) == ("11051210869376104954", "9")


def test_a_copy_keeps_what_it_is_not_told(oss: Speaker) -> None:
    """SDK for Java: REPLACE without a type keeps the source's, and the envelope of what a client encrypted stays."""
    oss.put("a", b"x", Content_Type="text/x-own", x_oss_meta_client_side_encryption_key="wrapped", x_oss_meta_old="1")
    source = {"x-oss-copy-source": OSS.source(oss.text, "a"), "x-oss-metadata-directive": "REPLACE"}
    oss.ok("PUT", "b", headers={**source, "x-oss-meta-new": "2"})
    head = oss.ok("HEAD", "b").headers
    assert head["content-type"] == "text/x-own"
    assert head["x-oss-meta-client-side-encryption-key"] == "wrapped"
    assert (head.get("x-oss-meta-old"), head["x-oss-meta-new"]) == (None, "2")
    oss.ok("PUT", "c", headers={**source, "Content-Type": "text/other"})
    assert oss.ok("HEAD", "c").headers["content-type"] == "text/other"


def test_a_link_tells_what_it_was_given(oss: Speaker) -> None:
    """SDK for Go v2, TestGetSymlink."""
    oss.put("k", b"x")
    given = {"x-oss-symlink-target": "k", "x-oss-meta-name": "value", "Content-Type": "text/x-own"}
    oss.ok("PUT", "link", query={"symlink": ""}, headers=given)
    head = oss.ok("GET", "link", query={"symlink": ""}).headers
    assert {name: head[name.lower()] for name in given} == given


def test_archives(oss: Speaker) -> None:
    """SDK for Java, ArchiveTest; SDK for Python, test_restore_object_*; SDK for Go v2: 400 for what is not archived."""
    oss.put("cold", b"cold", x_oss_storage_class="Archive")
    oss.put("colder", b"colder", x_oss_storage_class="ColdArchive")
    oss.put("warm", b"warm")
    asked = {"query": {"restore": ""}}
    oss.refused(Refusal(403, "InvalidObjectState"), "GET", "cold")
    tiered = OSS.document("RestoreRequest", ("Days", 5), ("JobParameters", (("Tier", "Bulk"),)))
    wrong = OSS.document("RestoreRequest", ("Days", 5), ("JobParameters", (("Tier", "wrong-tier"),)))
    oss.refused(Refusal(400, "MalformedXML"), "POST", "cold", body=tiered, **asked)
    oss.refused(Refusal(400, "InvalidArgument"), "POST", "colder", body=wrong, **asked)
    assert "x-oss-restore" not in oss.ok("HEAD", "cold").headers
    oss.ok("POST", "cold", status=202, **asked)  # type: ignore[arg-type]
    reply = oss.ok("POST", "colder", status=202, body=tiered, **asked)  # type: ignore[arg-type]
    assert reply.headers["x-oss-object-restore-priority"] == "Bulk"
    assert oss.ok("HEAD", "cold").headers["x-oss-restore"].startswith('ongoing-request="false", expiry-date="')
    assert oss.content("cold") == b"cold"
    assert OSS.value(oss.ok("GET"), "RestoreInfo").startswith('ongoing-request="false"')
    oss.refused(Refusal(400, "OperationNotSupported"), "POST", "warm", **asked)
    oss.refused(Refusal(404, "NoSuchKey"), "POST", "none", **asked)


# -- uploads -----------------------------------------------------------------------------------------------------------


def test_the_entity_tag_of_parts(oss: Speaker) -> None:
    """SDK for Go v1, a constant of its suite; SDK for Java computes it: over the parts' tags as they are written."""
    pieces = [b"p" * OSS.part_min, b"q"]
    upload = oss.start("k")
    parts = [(number, oss.part("k", upload, number, piece)) for number, piece in enumerate(pieces, 1)]
    text = "".join(hashlib.md5(piece).hexdigest().upper() for piece in pieces)
    expected = f'"{hashlib.md5(text.encode()).hexdigest().upper()}-2"'
    assert OSS.value(oss.complete("k", upload, parts), "ETag") == expected
    assert oss.ok("HEAD", "k").headers["etag"] == expected


def test_a_part_has_its_md5(oss: Speaker) -> None:
    reply = oss.ok("PUT", "k", query={"uploadId": oss.start("k"), "partNumber": "1"}, body=b"part")
    assert reply.headers["content-md5"] == base64.b64encode(hashlib.md5(b"part").digest()).decode()


@pytest.mark.parametrize("every", [False, True])
def test_no_part_at_all_is_an_empty_object(oss: Speaker, every: bool) -> None:
    """The suites of Python v1 and Java complete uploads so."""
    headers = {"x-oss-complete-all": "yes"} if every else {}
    body = b"" if every else OSS.parts([])
    oss.ok("POST", "k", query={"uploadId": oss.start("k")}, headers=headers, body=body)
    found = oss.ok("GET", "k")
    assert (found.body, found.headers["etag"]) == (b"", ETAG_OF_NOTHING)


def test_all_parts_and_a_list_of_parts(oss: Speaker) -> None:
    """The cloud's page "0042-00000216"."""
    upload = oss.start("k")
    parts = [(1, oss.part("k", upload, 1, b"x"))]
    reply = oss.ask(
        "POST", "k", query={"uploadId": upload}, headers={"x-oss-complete-all": "yes"}, body=OSS.parts(parts)
    )
    assert (reply.status, OSS.value(reply, "Code"), OSS.value(reply, "EC")) == (
        400, "InvalidArgument", "0042-00000216"
    )  # fmt: skip
    assert oss.keys() == []


def test_an_upload_that_is_not_there(oss: Speaker) -> None:
    """SDK for Go v2, TestUploadPart, TestUploadPartCopy, TestAbortMultipartUpload, TestListParts."""
    oss.put("source", b"x")
    gone = {"uploadId": "0" * 32}
    source = {"x-oss-copy-source": OSS.source(oss.text, "source")}
    cases = [
        ("PUT", {**gone, "partNumber": "1"}, {}, "0042-00000104"),
        ("PUT", {**gone, "partNumber": "1"}, source, "0042-00000311"),
        ("DELETE", gone, {}, "0042-00000002"),
        ("GET", gone, {}, "0042-00000002"),
    ]
    for method, query, headers, code in cases:
        with about(f"{method} {query} {headers}"):
            reply = oss.ask(method, "k", query=query, headers=headers)
            found = [OSS.value(reply, name) for name in ("Code", "Message", "EC")]
            assert (reply.status, found) == (404, ["NoSuchUpload", NO_UPLOAD, code])
            assert reply.headers["x-oss-ec"] == code


def test_the_last_page_of_uploads_names_its_end(oss: Speaker) -> None:
    """SDK for Go v2, TestListMultipartUploads."""
    upload = oss.start("k")
    found = oss.ok("GET", query={"uploads": ""})
    names = ("IsTruncated", "NextKeyMarker", "NextUploadIdMarker")
    assert [OSS.value(found, name) for name in names] == ["false", "k", upload]


def test_what_a_completion_or_an_append_says_of_the_acl(oss: Speaker) -> None:
    """SDKs v2 send x-oss-object-acl at both: in a public bucket an object asked to be private must be."""
    oss.ok("PUT", query={"acl": ""}, headers={"x-oss-acl": "public-read"})
    upload = oss.start("parts")
    parts = [(1, oss.part("parts", upload, 1, b"x"))]
    private = {"x-oss-object-acl": "private"}
    oss.ok("POST", "parts", query={"uploadId": upload}, headers=private, body=OSS.parts(parts))
    oss.ok("POST", "log", query={"append": "", "position": "0"}, body=b"x")
    oss.ok("POST", "log", query={"append": "", "position": "1"}, headers=private, body=b"y")
    host = f"{oss.text}.{OSS.host}"
    for key in ("parts", "log"):
        with about(key):
            assert OSS.value(oss.ok("GET", key, query={"acl": ""}), "Grant") == "private"
            assert oss.ask("GET", key, how=None, host=host).status == 403


# -- buckets -----------------------------------------------------------------------------------------------------------


def test_labels_of_a_bucket(speak: Speak) -> None:
    """SDK for Go v2, TestPutBucket; the cloud's page "PutBucket"."""
    oss = speak(OSS)
    body = OSS.document("CreateBucketConfiguration", ("StorageClass", "IA"), ("DataRedundancyType", "ZRS"))
    headers = {"x-oss-bucket-tagging": "k1=v1&k2=v2", "x-oss-resource-group-id": "rg-aek27tc", "x-oss-acl": "private"}
    assert oss.ok("PUT", bucket="labels-oss", headers=headers, body=body).headers["location"] == "/labels-oss"
    info = oss.ok("GET", bucket="labels-oss", query={"bucketInfo": ""})
    told = {name: OSS.value(info, name) for name in ("StorageClass", "DataRedundancyType", "ResourceGroupId")}
    assert told == {"StorageClass": "IA", "DataRedundancyType": "ZRS", "ResourceGroupId": "rg-aek27tc"}
    tags = oss.ok("GET", bucket="labels-oss", query={"tagging": ""})
    assert (OSS.values(tags, "Key"), OSS.values(tags, "Value")) == (["k1", "k2"], ["v1", "v2"])
    oss.ok("PUT", "k", bucket="labels-oss", body=b"x")
    assert oss.ok("HEAD", "k", bucket="labels-oss").headers["x-oss-storage-class"] == "IA"
    other = OSS.document("CreateBucketConfiguration", ("StorageClass", "Standard"))
    oss.refused(Refusal(409, "BucketAlreadyExists"), "PUT", bucket="labels-oss", body=other)
    # and what a bucket is without a word about it is something else, too
    assert oss.ok("PUT", body=other).status == 200
    for member in (("StorageClass", "IA"), ("DataRedundancyType", "ZRS")):
        body = OSS.document("CreateBucketConfiguration", member)
        oss.refused(Refusal(409, "BucketAlreadyExists"), "PUT", body=body)
    for header in ({"x-oss-bucket-tagging": "k=v"}, {"x-oss-resource-group-id": "rg-aek27tc"}):
        oss.refused(Refusal(409, "BucketAlreadyExists"), "PUT", headers=header)


BAD_CREATIONS = [
    (("StorageClass", "Nonsense"), {}),
    (("DataRedundancyType", "RAID0"), {}),
    (("LocationConstraint", "oss-mars-1"), {}),
    (("XCType", "x"), {}),
    (("ObjectHashFunction", "SHA-256"), {}),
    (("Nonsense", "x"), {}),
    (None, {"x-oss-hns-status": "enabled"}),
    (None, {"x-oss-object-worm-mode": "COMPLIANCE"}),
    (None, {"x-oss-bucket-tagging": "=x"}),
]


def test_what_a_creation_cannot_ask_for(oss: Speaker) -> None:
    for member, headers in BAD_CREATIONS:
        with about(f"{member} {headers}"):
            body = b"" if member is None else OSS.document("CreateBucketConfiguration", member)
            assert oss.ask("PUT", bucket="never-oss", headers=headers, body=body).status == 400
            oss.refused(Refusal(404, "NoSuchBucket"), "HEAD", bucket="never-oss")


def test_an_acl_makes_the_bucket(oss: Speaker) -> None:
    """The cloud's page "PutBucketAcl": a bucket that is not there is made; the reply tells where it is."""
    reply = oss.ok("PUT", bucket="by-acl-oss", query={"acl": ""}, headers={"x-oss-acl": "public-read"})
    assert reply.headers["location"] == "/by-acl-oss"
    assert OSS.value(oss.ok("GET", bucket="by-acl-oss", query={"acl": ""}), "Grant") == "public-read"
    assert oss.ok("PUT", query={"acl": ""}, headers={"x-oss-acl": "private"}).headers["location"] == f"/{oss.text}"


def test_what_is_known_of_a_bucket(oss: Speaker) -> None:
    """What SDKs dereference (tests/vectors/sdk_operations), and endpoints without the bucket."""
    host = f"{oss.text}.{OSS.host}"
    info = oss.ok("GET", query={"bucketInfo": ""}, host=host)
    expected = {
        "ExtranetEndpoint": OSS.host, "IntranetEndpoint": OSS.host, "AccessMonitor": "Disabled",
        "TransferAcceleration": "Disabled", "CrossRegionReplication": "Disabled", "BlockPublicAccess": "false",
        "SSEAlgorithm": "None",
    }  # fmt: skip
    assert {name: OSS.value(info, name) for name in expected} == expected
    oss.put("k", b"12345")
    stat = oss.ok("GET", query={"stat": ""})
    expected = {
        "Storage": "5", "ObjectCount": "1", "InfrequentAccessStorage": "0", "ArchiveObjectCount": "0",
        "ColdArchiveRealStorage": "0", "DeepColdArchiveObjectCount": "0", "DeleteMarkerCount": "0",
    }  # fmt: skip
    assert {name: OSS.value(stat, name) for name in expected} == expected


def test_buckets_of_a_prefix_on_one_page(oss: Speaker) -> None:
    """SDK for Go v1, IsBucketExist: prefix and max-keys=1 must find the one bucket of that name."""
    for name in ("aaa-first", "prefix-two-oss", "prefix-one-oss"):
        oss.ok("PUT", bucket=name)
    cases = [
        ({"prefix": "prefix-two-oss", "max-keys": "1"}, ["prefix-two-oss"], ""),
        ({"prefix": "prefix-", "max-keys": "1"}, ["prefix-one-oss"], "prefix-one-oss"),
        ({"prefix": "prefix-", "max-keys": "1", "marker": "prefix-one-oss"}, ["prefix-two-oss"], ""),
        ({"prefix": "prefix-one-oss", "max-keys": "2", "marker": "prefix-one-oss"}, [], ""),
        ({"prefix": "nothing-there"}, [], ""),
    ]
    for query, names, following in cases:
        with about(query):
            found = oss.ok("GET", bucket="", query=query)
            assert (OSS.values(found, "Name"), OSS.value(found, "NextMarker")) == (names, following)


RULE = (("ID", "r"), ("Prefix", "logs/"), ("Status", "Enabled"))
OVERLAPPING = (
    ("Rule", (*RULE, ("Expiration", (("Days", 3),)))),
    ("Rule", (("ID", "s"), ("Prefix", "logs/old/"), ("Status", "Enabled"), ("Expiration", (("Days", 1),)))),
)


def test_rules_that_overlap(oss: Speaker) -> None:
    """The cloud's page "PutBucketLifecycle"."""
    body = OSS.document("LifecycleConfiguration", *OVERLAPPING)
    allowing = {"x-oss-allow-same-action-overlap": "true"}
    oss.refused(Refusal(400, "InvalidArgument"), "PUT", query={"lifecycle": ""}, body=body)
    oss.refused(Refusal(404, "NoSuchLifecycle"), "GET", query={"lifecycle": ""})
    oss.ok("PUT", query={"lifecycle": ""}, body=body, headers=allowing)
    assert OSS.values(oss.ok("GET", query={"lifecycle": ""}), "Prefix") == ["logs/", "logs/old/"]


BAD_RULES = [
    ("Filter", (("ObjectSizeGreaterThan", 1),)),
    ("Filter", (("Not", (("Prefix", "keep/"),)),)),
    ("Transition", (("Days", 1), ("StorageClass", "IA"), ("IsAccessTime", "true"))),
    ("AtimeBase", 1),
    ("AbortMultipartUpload", (("Date", "2026-01-01T00:00:00.000Z"),)),
    ("NoncurrentVersionExpiration", (("NoncurrentDays", 1),)),
    ("Nonsense", 1),
]


def test_rules_that_are_not_kept_are_refused(oss: Speaker) -> None:
    """Dropping a filter would delete what the rule excludes."""
    for member in BAD_RULES:
        for rule in (RULE, (RULE[0], RULE[2])):  # below a prefix, and everywhere
            with about((rule, member)):
                body = OSS.document("LifecycleConfiguration", ("Rule", (*rule, ("Expiration", (("Days", 3),)), member)))
                assert oss.ask("PUT", query={"lifecycle": ""}, body=body).status in {400, 501}
    oss.refused(Refusal(404, "NoSuchLifecycle"), "GET", query={"lifecycle": ""})


def test_dates_of_rules_keep_their_meaning(oss: Speaker) -> None:
    for name in ("Date", "CreatedBeforeDate"):
        day = "2027-01-01T00:00:00.000Z"
        body = OSS.document("LifecycleConfiguration", ("Rule", (*RULE, ("Expiration", ((name, day),)))))
        oss.ok("PUT", query={"lifecycle": ""}, body=body)
        assert OSS.value(oss.ok("GET", query={"lifecycle": ""}), name) == day


def test_headers_of_cors_rules_in_lower_case_and_vary(oss: Speaker) -> None:
    """SDK for Go v2, TestPutBucketCors; the cloud's page: ResponseVary sends Vary always."""
    rule = (("AllowedOrigin", "http://a.test"), ("AllowedMethod", "GET"), ("AllowedHeader", "X-Own-Header"))
    for vary in ("true", "false"):
        body = OSS.document("CORSConfiguration", ("CORSRule", rule), ("ResponseVary", vary))
        oss.ok("PUT", query={"cors": ""}, body=body)
        found = oss.ok("GET", query={"cors": ""})
        assert [OSS.value(found, name) for name in ("AllowedHeader", "ResponseVary")] == ["x-own-header", vary]
        oss.put("k", b"x")
        assert ("origin" in oss.ok("GET", "k").headers.get("vary", "").lower()) == (vary == "true")
    oss.ok("DELETE", query={"cors": ""}, status=204)
    assert "vary" not in oss.ok("GET", "k").headers


def test_a_resource_group_is_a_label(oss: Speaker) -> None:
    body = OSS.document("BucketResourceGroupConfiguration", ("ResourceGroupId", "rg-aek27tc"))
    oss.ok("PUT", query={"resourceGroup": ""}, body=body)
    assert OSS.value(oss.ok("GET", query={"resourceGroup": ""}), "ResourceGroupId") == "rg-aek27tc"


# -- signatures and headers --------------------------------------------------------------------------------------------


def test_version_4_dated_by_date(oss: Speaker) -> None:
    """SDK for Go v1 with AuthV4: no x-oss-date; what is signed has the text of Date."""
    oss.put("k", b"alpha")
    when = time.time()
    text = formatdate(when, usegmt=True)
    asked = oss.asked("GET", "k", headers={"Date": text, "x-oss-content-sha256": UNSIGNED})
    digest = hashlib.sha256(OSS4.canonical(asked, UNSIGNED).encode()).hexdigest()
    scope = OSS4.scope(when)
    seal = OSS4.sign(oss.owner.secret, when, f"{OSS4.algorithm}\n{text}\n{scope}\n{digest}")
    signed = f"{OSS4.algorithm} Credential={oss.owner.key_id}/{scope},Signature={seal}"
    found = oss.send(asked.plus(headers={"Authorization": signed}), how=None)
    assert (found.status, found.body) == (200, b"alpha"), str(found)


UNKNOWN = (
    "x-oss-object-worm-mode", "x-oss-object-worm-legal-hold", "x-oss-hns-status", "x-oss-acl", "x-oss-nonsense"
)  # fmt: skip


def test_headers_of_objects_that_are_not_known(oss: Speaker) -> None:
    """x-oss-acl is a bucket's: an object's is x-oss-object-acl. None is dropped."""
    for name in UNKNOWN:
        with about(name):
            refused = Refusal(400, "NotImplemented")
            oss.refused(refused, "PUT", "k", headers={name: "private"}, body=b"x")
            oss.refused(refused, "POST", "k", query={"uploads": ""}, headers={name: "private"})
            place = {"append": "", "position": "0"}
            oss.refused(refused, "POST", "k", query=place, headers={name: "private"}, body=b"x")
    assert oss.keys() == []


FALLING_THROUGH = [
    ("PUT", "k", "retention"), ("PUT", "k", "legalHold"), ("PUT", "k", "live"), ("DELETE", "k", "live"),
    ("PUT", "k", "x-oss-rename"), ("POST", "k", "x-oss-dir"), ("POST", "k", "x-oss-delete"), ("POST", "k", "seal"),
    ("PUT", "k", "nonsense"), ("DELETE", "k", "nonsense"), ("DELETE", "k", "recursive"), ("DELETE", "", "nonsense"),
    ("DELETE", "", "worm"), ("PUT", "", "website"), ("PUT", "", "versioning"), ("POST", "", "metaQuery"),
    ("GET", "", "nonsense"), ("GET", "k", "x-oss-process"), ("PUT", "", "RETENTION"), ("GET", "k", "Retention"),
]  # fmt: skip


@pytest.mark.parametrize("cloud", [OSS, OSS_1], ids=lambda cloud: cloud.name)
def test_nothing_falls_through_to_the_plain_operation(speak: Speak, cloud: Cloud) -> None:
    oss = speak(cloud)
    oss.put("k", b"kept")
    for method, key, name in FALLING_THROUGH:
        with about(f"{method} {key} ?{name}"):
            assert oss.ask(method, key, query={name: ""}).status in {400, 404, 405}
            assert oss.content("k") == b"kept"


# -- forms -------------------------------------------------------------------------------------------------------------

OSS_FORM = next(kind for kind in KINDS if kind.cloud == "oss")


def test_what_a_policy_checks_is_what_a_form_does(oss: Speaker) -> None:
    """A field that the policy does not name cannot take the place of one that it pins."""
    pinned = {"Content-Type": "image/png", "x-oss-object-acl": "private"}
    form = Form(
        key="formed", fields=pinned, unnamed={"acl": "public-read", "x-oss-content-type": "text/html"},
        file_headers=("Content-Type: text/html",),
    )  # fmt: skip
    assert post(OSS_FORM, oss, form).status == 204
    assert oss.ok("HEAD", "formed").headers["content-type"] == "image/png"
    assert OSS.value(oss.ok("GET", "formed", query={"acl": ""}), "Grant") == "private"


def test_fields_of_the_clouds_own(oss: Speaker) -> None:
    for name in ("x-oss-server-side-encryption-key-id", "x-oss-object-worm-mode", "x-oss-nonsense"):
        with about(name):
            reply = post(OSS_FORM, oss, Form(key="formed", fields={name: "AES256"}))
            assert (reply.status, OSS.value(reply, "Code")) == (400, "NotImplemented")
    assert post(OSS_FORM, oss, Form(key="formed", unnamed={"name": "x", "submit": "Upload"})).status == 204
    assert oss.keys() == ["formed"]


# -- what the SDKs for Go write ----------------------------------------------------------------------------------------


def test_a_blank_as_a_plus(oss: Speaker) -> None:
    """SDK for Go v1: names in headers by url.QueryEscape, for copies, copied parts and links."""
    oss.put("a b+c", b"x" * 9)
    written = "a+b%2Bc"
    oss.ok("PUT", "copy", headers={"x-oss-copy-source": f"/{oss.text}/{written}"})
    assert oss.content("copy") == b"x" * 9
    oss.ok("PUT", "link", query={"symlink": ""}, headers={"x-oss-symlink-target": written})
    assert oss.content("link") == b"x" * 9


def test_no_body_in_chunks(oss: Speaker) -> None:
    """SDK for Go v2: what has no body comes in chunks that hold nothing; bytes are still refused."""
    oss.put("k", b"x")
    source = {"x-oss-copy-source": OSS.source(oss.text, "k")}
    asks = (("POST", "parts", {"uploads": ""}, {}), ("PUT", "copy", {}, source))
    for method, key, query, headers in asks:
        asked = oss.asked(method, key, query=query, headers=headers)
        head = head_of(oss.signed(asked), "Transfer-Encoding: chunked")
        assert oss.raw(head, b"0\r\n\r\n").status == 200, method
        refused = oss.raw(head, b"1\r\nx\r\n0\r\n\r\n")
        assert (refused.status, OSS.value(refused, "Code")) == (400, "InvalidRequest"), method


def test_setting_tags_of_a_bucket_is_200(oss: Speaker) -> None:
    """SDKs for Go take nothing else; the cloud's page PutBucketTags."""
    tags = b"<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>"
    oss.ok("PUT", query={"tagging": ""}, body=tags, status=200)
    oss.ok("DELETE", query={"tagging": ""}, status=204)


def test_control_characters_as_they_are_in_a_deletion(speak: Speak) -> None:
    """Python's oss2 writes them so and asks for an encoded reply; S3 and COS refuse the document, as AWS does."""
    keys = [f"x{chr(code)}y" for code in (1, 8, 0x0B, 0x1F)]
    for cloud in (OSS, S3, COS):
        one = speak(cloud)
        for key in keys:
            one.put(key)
        written = "".join(f"<Object><Key>{key}</Key></Object>" for key in keys)
        body = f"<Delete><Quiet>false</Quiet>{written}</Delete>".encode()
        query = {"delete": ""} | ({"encoding-type": "url"} if cloud is OSS else {})
        reply = one.ask("POST", query=query, body=body, headers={"Content-MD5": md5_base64(body)})
        assert reply.status == (200 if cloud is OSS else 400), str(reply)
        assert {one.ask("HEAD", key).status for key in keys} == {404 if cloud is OSS else 200}
