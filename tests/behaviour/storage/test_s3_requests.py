"""What S3's clients say beside the plain request: each thing is done, kept, or refused with nothing changed.

Sources: LocalStack 8b9a79f tests/aws/services/s3, recorded at AWS; versitygw 5d9d548 tests/integration; botocore 1.44's
model; AWS "CreateBucket", "PutBucketLifecycleConfiguration", "Verifying bucket ownership", "POST Object".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

import pytest

from behaviour.conftest import OTHER

from .clouds import S3, Refusal, about
from .conftest import Speak
from .forms import KINDS, Form, post
from .signers import How
from .speaker import Speaker

NOT_HERE = Refusal(501, "NotImplemented")
INVALID = Refusal(400, "InvalidArgument")
MALFORMED = Refusal(400, "MalformedXML")
ALL_USERS = 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'


@pytest.fixture
def s3(speak: Speak) -> Speaker:
    """A speaker of S3 at a fresh bucket."""
    return speak(S3)


# -- whose bucket ------------------------------------------------------------------------------------------------------


def test_the_owner_that_is_expected(s3: Speaker) -> None:
    s3.put("k")
    mine, theirs = str(s3.owner.appid), str(OTHER.appid)
    name = "x-amz-expected-bucket-owner"
    s3.ok("GET", "k", headers={name: mine})
    for method, key in (("GET", "k"), ("PUT", "new"), ("DELETE", "k"), ("GET", "")):
        s3.refused(Refusal(403, "AccessDenied"), method, key, headers={name: theirs})
    s3.refused(Refusal(400, "InvalidBucketOwnerAWSAccountID"), "GET", "k", headers={name: "me"})
    copy = {"x-amz-copy-source": S3.source(s3.text, "k")}
    of_source = "x-amz-source-expected-bucket-owner"
    s3.refused(Refusal(403, "AccessDenied"), "PUT", "copy", headers={**copy, of_source: theirs})
    s3.ok("PUT", "copy", headers={**copy, of_source: mine})
    assert s3.keys() == ["copy", "k"]


def test_the_version_that_the_sdk_for_c_plus_plus_names(s3: Speaker) -> None:
    """aws-sdk-cpp S3Request.h sends it with every request; pyarrow 26 was refused on each that changes something."""
    named = {"x-amz-api-version": "2006-03-01"}
    s3.ok("PUT", "k", headers=named)
    s3.ok("POST", "k", query={"uploads": ""}, headers=named)
    assert s3.keys() == ["k"]


# -- making buckets ----------------------------------------------------------------------------------------------------


def _configuration(*members: tuple[str, object]) -> bytes:
    return S3.document("CreateBucketConfiguration", *members)


def test_what_a_creation_asks_for(s3: Speaker) -> None:
    name = f"asked.for.{s3.bucket.name}"
    tags = ("Tags", (("Tag", (("Key", "team"), ("Value", "a b"))),))
    body = _configuration(("LocationConstraint", "eu-west-3"), tags)
    headers = {"x-amz-bucket-object-lock-enabled": "false", "x-amz-object-ownership": "ObjectWriter"}
    made = s3.ok("PUT", bucket=name, body=body, headers=headers)
    assert (made.headers["location"], made.headers["x-amz-bucket-arn"]) == (f"/{name}", f"arn:aws:s3:::{name}")
    assert b">eu-west-3</LocationConstraint>" in s3.ok("GET", bucket=name, query={"location": ""}).body
    assert s3.ok("HEAD", bucket=name).headers["x-amz-bucket-region"] == "eu-west-3"
    told = s3.ok("GET", bucket=name, query={"tagging": ""})
    assert (S3.values(told, "Key"), S3.values(told, "Value")) == (["team"], ["a b"])
    assert S3.value(s3.ok("GET", bucket=name, query={"ownershipControls": ""}), "ObjectOwnership") == "ObjectWriter"
    s3.refused(Refusal(409, "BucketAlreadyOwnedByYou"), "PUT", bucket=name, body=_configuration(tags))
    s3.ok("PUT", bucket=name)
    there = s3.ok("GET", bucket="", query={"bucket-region": "eu-west-3", "prefix": "asked.for."})
    assert S3.values(there, "Name") == [name]
    assert S3.values(s3.ok("GET", bucket="", query={"bucket-region": "eu-north-9"}), "Name") == []
    s3.ok("DELETE", bucket=name, status=204)


@pytest.mark.parametrize(("says", "body", "headers", "refusal"), [
    ("no region", _configuration(("LocationConstraint", "Nonsense")), {}, Refusal(400, "InvalidLocationConstraint")),
    ("a directory bucket", _configuration(("Bucket", (("Type", "Directory"),))), {}, NOT_HERE),
    ("a zone", _configuration(("Location", (("Name", "use1-az4"),))), {}, NOT_HERE),
    ("what nobody knows", _configuration(("StorageClass", "IA")), {}, MALFORMED),
    ("object lock", b"", {"x-amz-bucket-object-lock-enabled": "true"}, NOT_HERE),
    ("no ACLs", b"", {"x-amz-object-ownership": "BucketOwnerEnforced"}, NOT_HERE),
    ("no ownership", b"", {"x-amz-object-ownership": "Mine"}, INVALID),
    ("a namespace", b"", {"x-amz-bucket-namespace": "account-regional"}, NOT_HERE),
])  # fmt: skip
def test_what_no_creation_gets(s3: Speaker, says: str, body: bytes, headers: dict[str, str], refusal: Refusal) -> None:
    with about(says):
        name = f"refused-{s3.bucket.name}"
        s3.refused(refusal, "PUT", bucket=name, body=body, headers=headers)
        assert s3.ask("HEAD", bucket=name).status == 404


def test_another_accounts_name(speak: Speak) -> None:
    s3 = speak(S3)
    name = s3.bucket.name
    s3.as_owner(OTHER).refused(Refusal(409, "BucketAlreadyExists"), "PUT", bucket=name)


def test_ones_own_again_with_something_else(s3: Speaker) -> None:
    """200 in the first region is for what asks nothing new."""
    s3.ok("PUT")
    for headers in ({"x-amz-object-ownership": "ObjectWriter"}, {"x-amz-object-ownership": "BucketOwnerPreferred"}):
        s3.refused(Refusal(409, "BucketAlreadyOwnedByYou"), "PUT", headers=headers)
    assert s3.ask("GET", query={"ownershipControls": ""}).status == 404


def test_a_bucket_goes_with_its_uploads(s3: Speaker) -> None:
    """DeleteBucket asks only objects to be gone."""
    s3.put("k")
    upload = s3.start("pending")
    s3.part("pending", upload, 1, b"part")
    s3.refused(Refusal(409, "BucketNotEmpty"), "DELETE")
    s3.ok("DELETE", "k", status=204)
    s3.ok("DELETE", status=204)
    assert s3.ask("HEAD").status == 404


# -- what objects keep -------------------------------------------------------------------------------------------------


def test_grants_in_headers(s3: Speaker) -> None:
    owner = S3.value(s3.ok("GET", query={"acl": ""}), "ID")
    s3.ok("PUT", "k", body=b"x", headers={"x-amz-grant-read": ALL_USERS, "x-amz-grant-full-control": f'id="{owner}"'})
    assert s3.ask("GET", "k", how=None).status == 200
    for name, grantee, refusal in (
        ("read", 'id="somebody"', NOT_HERE), ("read-acp", ALL_USERS, NOT_HERE), ("write", ALL_USERS, NOT_HERE),
        ("read", 'emailAddress="a@example.com"', NOT_HERE), ("read", "everybody", INVALID),
    ):  # fmt: skip
        with about((name, grantee)):
            s3.refused(refusal, "PUT", "new", body=b"x", headers={f"x-amz-grant-{name}": grantee})
    both = {"x-amz-acl": "private", "x-amz-grant-read": ALL_USERS}
    s3.refused(Refusal(400, "InvalidRequest"), "PUT", "new", body=b"x", headers=both)
    assert s3.keys() == ["k"]
    s3.ok("PUT", query={"acl": ""}, headers={"x-amz-grant-read": ALL_USERS})
    assert S3.values(s3.ok("GET", query={"acl": ""}), "Permission") == ["FULL_CONTROL", "READ"]


def test_labels(s3: Speaker) -> None:
    """Kept and given back; they change nothing here."""
    labels = {"x-amz-website-redirect-location": "/other", "x-amz-storage-class": "GLACIER_IR"}
    s3.ok("PUT", "k", body=b"x", headers=labels)
    told = s3.ok("HEAD", "k").headers
    assert {name: told[name] for name in labels} == labels
    bad = {"x-amz-website-redirect-location": "elsewhere"}
    s3.refused(Refusal(400, "InvalidRedirectLocation"), "PUT", "new", body=b"x", headers=bad)
    s3.refused(Refusal(400, "InvalidStorageClass"), "PUT", "new", body=b"x", headers={"x-amz-storage-class": "COLD"})


@pytest.mark.parametrize("name", ["sha512", "md5"])
def test_further_checksums(s3: Speaker, name: str) -> None:
    value = base64.b64encode(hashlib.new(name, b"content").digest()).decode()
    header = f"x-amz-checksum-{name}"
    assert s3.ok("PUT", "k", body=b"content", headers={header: value}).headers[header] == value
    assert s3.ok("HEAD", "k", headers={"x-amz-checksum-mode": "ENABLED"}).headers[header] == value
    s3.refused(Refusal(400, "BadDigest"), "PUT", "new", body=b"other", headers={header: value})


def test_digests_that_nobody_can_compare(s3: Speaker) -> None:
    for name in ("x-amz-checksum-xxhash64", "x-amz-checksum-foo"):
        s3.refused(NOT_HERE, "PUT", "new", body=b"x", headers={name: "AAAAAAAAAAA="})
    s3.refused(Refusal(400, "InvalidDigest"), "PUT", "new", body=b"x", headers={"Content-MD5": ""})
    assert s3.keys() == []


def test_a_digest_in_a_signed_address_is_not_compared(s3: Speaker) -> None:
    """The JavaScript SDK puts one of no bytes there since 3.729."""
    query = {
        "x-amz-checksum-crc32": "AAAAAA==",
        "x-amz-sdk-checksum-algorithm": "CRC32",
        "x-amz-storage-class": "STANDARD_IA",
    }
    presigned = How(by="query")
    assert s3.send(s3.asked("PUT", "k", query=query, body=b"123456"), presigned).status == 200
    told = s3.ok("HEAD", "k").headers
    assert told["x-amz-storage-class"] == "STANDARD_IA"
    s3.refused(INVALID, "PUT", "new", body=b"x", query={"x-amz-acl": "public-read"})


def test_a_plus_in_a_copys_source_is_a_blank(s3: Speaker) -> None:
    s3.put("a b", b"blank")
    s3.put("a+b", b"plus")
    s3.ok("PUT", "copy", headers={"x-amz-copy-source": f"/{s3.text}/a+b"})
    assert s3.content("copy") == b"blank"
    s3.ok("PUT", "copy", headers={"x-amz-copy-source": f"/{s3.text}/a%2Bb"})
    assert s3.content("copy") == b"plus"


def test_conditions_of_writes(s3: Speaker) -> None:
    etag = s3.put("k").headers["etag"]
    for headers, named in (
        ({"If-None-Match": etag}, "If-None-Match"), ({"If-Match": "*"}, "If-Match"),
        ({"If-Match": etag, "If-None-Match": "*"}, "If-Match,If-None-Match"),
    ):  # fmt: skip
        reply = s3.refused(NOT_HERE, "PUT", "k", body=b"other", headers=headers)
        assert S3.value(reply, "Header") == named
    assert s3.content("k") == b"content"


def test_a_completion_after_another_write(s3: Speaker) -> None:
    upload = s3.start("k")
    part = s3.part("k", upload, 1, b"part")
    etag = s3.put("k").headers["etag"]
    done = S3.parts([(1, part)])
    s3.refused(
        Refusal(409, "ConditionalRequestConflict"), "POST", "k", query={"uploadId": upload}, body=done,
        headers={"If-Match": etag},
    )  # fmt: skip
    assert s3.content("k") == b"content"


def test_a_missing_upload_comes_before_its_parts(s3: Speaker) -> None:
    body = S3.parts([(1, '"nonsense"')])
    s3.refused(Refusal(404, "NoSuchUpload"), "POST", "k", query={"uploadId": "0" * 32}, body=body)


# -- lifecycle ---------------------------------------------------------------------------------------------------------


def _rule(inner: str) -> bytes:
    return f"<LifecycleConfiguration><Rule>{inner}<Status>Enabled</Status></Rule></LifecycleConfiguration>".encode()


GONE = "<Expiration><Date>2020-01-01T00:00:00Z</Date></Expiration>"


def test_rules_come_back_as_they_were(s3: Speaker) -> None:
    s3.ok("PUT", query={"lifecycle": ""}, body=_rule(f"<Prefix>old/</Prefix>{GONE}"))
    told = s3.ok("GET", query={"lifecycle": ""})
    assert S3.values(told, "Filter") == []
    assert (S3.values(told, "Prefix"), S3.values(told, "Date")) == (["old/"], ["2020-01-01T00:00:00.000Z"])
    assert S3.value(told, "ID"), "one is made where none was given"
    body = _rule("<ID>r</ID><Filter><Prefix>new/</Prefix></Filter><Expiration><Days>3</Days></Expiration>")
    s3.ok("PUT", query={"lifecycle": ""}, body=body)
    told = s3.ok("GET", query={"lifecycle": ""})
    assert (len(S3.values(told, "Filter")), S3.values(told, "ID")) == (1, ["r"])
    put = s3.put("new/k")
    assert 'rule-id="r"' in put.headers["x-amz-expiration"]
    assert s3.ok("HEAD", "new/k").headers["x-amz-expiration"] == put.headers["x-amz-expiration"]
    assert "x-amz-expiration" not in s3.put("other").headers


@pytest.mark.parametrize(("inner", "refusal"), [
    (GONE, MALFORMED),
    (f"<Prefix>a</Prefix><Filter><Prefix>a</Prefix></Filter>{GONE}", MALFORMED),
    ("<Prefix>a</Prefix><Expiration><Days>1</Days><Date>2020-01-01T00:00:00Z</Date></Expiration>", MALFORMED),
    ("<Prefix>a</Prefix><Expiration><Date>2020-01-01T03:00:00Z</Date></Expiration>", INVALID),
    (f"<Prefix>a</Prefix>{GONE.replace('Date', 'CreatedBeforeDate')}", MALFORMED),
    (f"<ID>{'x' * 256}</ID><Prefix>a</Prefix>{GONE}", INVALID),
    (f"<Filter><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan></Filter>{GONE}", NOT_HERE),
    (f"<Filter><Nonsense>5</Nonsense></Filter>{GONE}", MALFORMED),
])  # fmt: skip
def test_rules_that_cannot_be(s3: Speaker, inner: str, refusal: Refusal) -> None:
    s3.refused(refusal, "PUT", query={"lifecycle": ""}, body=_rule(inner))
    assert s3.ask("GET", query={"lifecycle": ""}).status == 404


# -- buckets' labels ---------------------------------------------------------------------------------------------------


def test_tags_and_ownership_of_a_bucket(s3: Speaker) -> None:
    s3.refused(Refusal(404, "NoSuchTagSet"), "GET", query={"tagging": ""})
    body = S3.document("Tagging", ("TagSet", (("Tag", (("Key", "k"), ("Value", "v"))),)))
    s3.ok("PUT", query={"tagging": ""}, body=body, status=204)
    assert S3.values(s3.ok("GET", query={"tagging": ""}), "Value") == ["v"]
    s3.ok("DELETE", query={"tagging": ""}, status=204)
    s3.refused(Refusal(404, "NoSuchTagSet"), "GET", query={"tagging": ""})
    own = {"ownershipControls": ""}
    s3.refused(Refusal(404, "OwnershipControlsNotFoundError"), "GET", query=own)
    s3.ok("PUT", query=own, body=S3.document("OwnershipControls", ("Rule", (("ObjectOwnership", "ObjectWriter"),))))
    assert S3.value(s3.ok("GET", query=own), "ObjectOwnership") == "ObjectWriter"
    for wrong in ("Mine", ""):
        document = S3.document("OwnershipControls", ("Rule", (("ObjectOwnership", wrong),)))
        s3.refused(MALFORMED, "PUT", query=own, body=document)
    s3.ok("DELETE", query=own, status=204)
    s3.refused(Refusal(404, "OwnershipControlsNotFoundError"), "GET", query=own)


# -- forms -------------------------------------------------------------------------------------------------------------


def test_fields_of_forms(s3: Speaker) -> None:
    kind = next(kind for kind in KINDS if kind.cloud == "s3")
    good = base64.b64encode(hashlib.sha256(b"file").digest()).decode()
    reply = post(kind, s3, Form(key="k", content=b"file", fields={"x-amz-checksum-sha256": good}))
    assert (reply.status, reply.headers["x-amz-checksum-sha256"]) == (204, good)
    bad = post(kind, s3, Form(key="new", content=b"other", fields={"x-amz-checksum-sha256": good}))
    assert (bad.status, S3.value(bad, "Code")) == (400, "BadDigest")
    for name in ("x-amz-checksum-foo", "x-amz-object-lock-mode", "x-amz-server-side-encryption-context"):
        with about(name):
            refused = post(kind, s3, Form(key="new", content=b"file", fields={name: "AES256"}))
            assert (refused.status, S3.value(refused, "Code")) == (501, "NotImplemented")
    told = post(kind, s3, Form(key="k", content=b"file", fields={"success_action_status": "201"}))
    assert (told.status, b"xmlns" in told.body) == (201, False)
    assert s3.keys() == ["k"]


def test_a_form_that_begins_with_its_file(s3: Speaker) -> None:
    """What follows the file is not read, so there is no key. Source: issues of clients that met it at AWS."""
    edge = "edge"
    parts = (('name="file"; filename="f"', "file"), ('name="key"', "k"))
    body = "".join(f"--{edge}\r\nContent-Disposition: form-data; {head}\r\n\r\n{text}\r\n" for head, text in parts)
    headers = {"Content-Type": f"multipart/form-data; boundary={edge}"}
    reply = s3.ask(
        "POST", how=None, headers=headers, body=f"{body}--{edge}--\r\n".encode(), host=f"{s3.text}.{S3.host}"
    )
    assert (reply.status, S3.value(reply, "Code"), S3.value(reply, "ArgumentName")) == (400, "InvalidArgument", "key")
    assert b"order of the fields" in reply.body


# -- signatures --------------------------------------------------------------------------------------------------------


def _version_2(s3: Speaker, method: str, query: str) -> int:
    """The status of a request that is signed with version 2, but for its query. Source: AWS "signature version 2"."""
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
    text = f"{method}\n\n\n\nx-amz-date:{date}\n/{s3.text}/"
    seal = base64.b64encode(hmac.digest(s3.owner.secret, text.encode(), "sha1")).decode()
    headers = {"x-amz-date": date, "Authorization": f"AWS {s3.owner.key_id}:{seal}"}
    return s3.bucket.client.send(method, f"/{s3.text}/{query}", headers=tuple(headers.items())).status


def test_what_version_2_does_not_sign(s3: Speaker) -> None:
    """Else an address of one request would be good for another."""
    assert _version_2(s3, "GET", "") == 200
    assert _version_2(s3, "GET", "?ownershipControls") == 403
    assert _version_2(s3, "DELETE", "?publicAccessBlock") == 403
