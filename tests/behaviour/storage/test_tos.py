"""What TOS's own SDKs and tosfs send and read, where no other cloud of the family does.

Sources: the SDKs for Python, Go and JavaScript (tests/vectors/sdk_operations/tos.json) and their test suites; tosfs.
"""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from behaviour.server import Server

from .clouds import MIB, TOS, Refusal, about, check_refused
from .conftest import Speak
from .forms import KINDS, Form, post
from .languages import policy, statement
from .speaker import Speaker

ABSENT = Refusal(405, "MethodNotAllowed")
MALFORMED = Refusal(400, "MalformedBody")
INVALID = Refusal(400, "InvalidArgument")


@pytest.fixture
def tos(speak: Speak) -> Speaker:
    """A speaker at a fresh bucket."""
    return speak(TOS)


def _told(speaker: Speaker, key: str = "", **query: str) -> Any:
    asked = {name.replace("_", "-"): value for name, value in query.items()}
    return json.loads(speaker.ok("GET", key, query=asked).body)


def test_parts_are_named_as_they_finished(tos: Speaker) -> None:
    upload = tos.start("big")
    first = tos.part("big", upload, 1, b"a" * (5 * MIB))
    last = tos.part("big", upload, 2, b"b")
    tos.complete("big", upload, [(2, last), (1, first)])
    assert tos.content("big")[-2:] == b"ab"


def test_the_status_of_a_file_or_a_folder(tos: Speaker) -> None:
    """GetFileStatus: the key itself, else the first one below it. tosfs knows by this what is a folder."""
    for key in ("dir/b", "dir/a", "dir", "dirs/c"):
        tos.put(key, key.encode())
    there = _told(tos, "dir", stat="")
    assert (there["Key"], there["Size"], there["Type"]) == ("dir", 3, "Normal")
    head = tos.ok("HEAD", "dir").headers
    assert (there["ETag"], there["CRC64"]) == (head["etag"], head["x-tos-hash-crc64ecma"])
    tos.ok("DELETE", "dir", status=204)
    assert _told(tos, "dir", stat="")["Key"] == "dir/a"
    assert _told(tos, "dir/", stat="")["Key"] == "dir/a"
    tos.refused(Refusal(404, "NoSuchKey"), "GET", "di", query={"stat": ""})


def test_the_status_of_a_folder_tells_no_name_to_whoever_may_not_stat_it(server: Server, tos: Speaker) -> None:
    tos.put("dir/secret")
    user = tos.as_owner(server.make_user(tos.owner.appid, policy(tos, statement(tos, ("get",), "d*"))))
    assert _told(user, "dir", stat="")["Key"] == "dir/secret"
    one = tos.as_owner(server.make_user(tos.owner.appid, policy(tos, statement(tos, ("get",), "dir"))))
    for key, answer in (("dir", Refusal(404, "NoSuchKey")), ("dir/", Refusal(403, "AccessDenied"))):
        one.refused(answer, "GET", key, query={"stat": ""})
        assert b"secret" not in one.ask("GET", key, query={"stat": ""}).body


def test_every_error_has_its_finer_code_and_its_key(tos: Speaker) -> None:
    tos.put("plain", b"plain")
    tos.ok("POST", "log", query={"append": "", "offset": "0"}, body=b"one")
    for key, offset, code in (("log", "1", "0017-00000208"), ("plain", "5", "0017-00000209")):
        with about(code):
            reply = tos.ask("POST", key, query={"append": "", "offset": offset}, body=b"x")
            assert (reply.status, reply.headers["x-tos-ec"]) == (409, code)
            content = json.loads(reply.body)
            assert (content["EC"], content["Key"]) == (code, key)
    assert tos.ask("HEAD", "missing").headers["x-tos-ec"] == "0017-00000003"
    assert tos.ask("PUT", query={"policy": ""}, body=b"{}").headers["x-tos-ec"]


def test_what_a_bucket_cannot_do_is_said_once(tos: Speaker) -> None:
    """All SDKs repeat 501, and none of them 405."""
    for name in ("policy", "website", "mirror", "versioning", "notification_v2"):
        with about(name):
            check_refused(TOS, tos.ask("PUT", query={name: ""}, body=b"{}"), ABSENT)


ANSWERS = [
    ("versioning", 200, "{}"), ("logging", 200, "{}"), ("requestPayment", 200, '{"Payer":"BucketOwner"}'),
    ("accessmonitor", 200, '{"Status":"Disabled"}'), ("website", 404, "NoSuchWebsiteConfiguration"),
    ("policy", 404, "NoSuchBucketPolicy"), ("mirror", 404, "NoSuchMirrorConfiguration"),
]  # fmt: skip


def test_configurations_that_were_never_set(tos: Speaker) -> None:
    for name, status, told in ANSWERS:
        with about(name):
            assert told in tos.ok("GET", query={name: ""}, status=status).body.decode()


def test_the_acl_of_a_public_bucket_is_one_grant(speak: Speak) -> None:
    found = _told(speak(TOS, acl="public-read"), acl="")
    assert found["Grants"] == [{"Grantee": {"Type": "Group", "Canned": "AllUsers"}, "Permission": "READ"}]
    assert [one["Permission"] for one in _told(speak(TOS), acl="")["Grants"]] == ["FULL_CONTROL"]


def test_the_type_of_what_came_without_one(tos: Speaker) -> None:
    tos.put("untyped")
    assert tos.ok("HEAD", "untyped").headers["content-type"] == "binary/octet-stream"


def test_a_deletion_without_errors_names_none(tos: Speaker) -> None:
    tos.put("gone")
    found = json.loads(tos.ok("POST", query={"delete": ""}, body=TOS.deletion(["gone"])).body)
    assert found == {"Deleted": [{"Key": "gone"}]}


def test_a_page_of_no_parts_is_the_last(tos: Speaker) -> None:
    upload = tos.start("pending")
    tos.part("pending", upload, 1, b"x")
    assert _told(tos, "pending", uploadId=upload, max_parts="0")["IsTruncated"] is False


def test_what_a_bucket_is(tos: Speaker) -> None:
    tos.put("a", b"12345")
    head = tos.ok("HEAD").headers
    assert (head["x-tos-project-name"], head["x-tos-bucket-type"]) == ("default", "fns")
    assert not _told(tos, location="")["ExtranetEndpoint"].startswith(tos.text)
    assert _told(tos, bucketInfo="")["Bucket"]["Name"] == tos.text
    assert _told(tos, stat="")["TotalStorageStat"] == {"Storage": 5, "ChargeStorage": 5, "ObjectCount": 1}


def test_the_place_of_a_bucket_named_in_the_host(tos: Speaker) -> None:
    host = f"{tos.text}.{TOS.host}"
    reply = tos.send(tos.asked("GET", query={"location": ""}, host=host))
    assert json.loads(reply.body)["ExtranetEndpoint"] == TOS.host


def test_labels_of_buckets(tos: Speaker) -> None:
    body = b'{"TagSet":{"Tags":[{"Key":"team","Value":"blue"}]}}'
    tos.refused(Refusal(404, "NoSuchTagSet"), "GET", query={"tagging": ""})
    tos.ok("PUT", query={"tagging": ""}, body=body)
    assert tos.ok("GET", query={"tagging": ""}).body == body
    tos.ok("DELETE", query={"tagging": ""}, status=204)


# -- days of objects ---------------------------------------------------------------------------------------------------

DAYS = {"x-tos-object-expires": "3"}


def _days_left(tos: Speaker, key: str, method: str = "HEAD") -> float | None:
    """The days from the last change to the expiry that a reply tells."""
    head = tos.ok(method, key).headers
    told = head.get("x-tos-expiration")
    if told is None:
        return None
    when = parsedate_to_datetime(told.partition('expiry-date="')[2].partition('"')[0])
    return (when - parsedate_to_datetime(head["last-modified"])) / timedelta(days=1)


def test_days_of_an_object_however_it_is_made(tos: Speaker) -> None:
    """Page "object expiry" (6349/1385858): counted from the last change, told by GET and HEAD."""
    assert 'expiry-date="' in tos.ok("PUT", "put", headers=DAYS).headers["x-tos-expiration"]
    tos.put("plain")
    source = {"x-tos-copy-source": f"/{tos.text}/put"}
    tos.ok("PUT", "copied", headers={**source, **DAYS})
    tos.ok("PUT", "kept", headers=source)
    tos.ok("POST", "log", query={"append": "", "offset": "0"}, body=b"one", headers=DAYS)
    tos.ok("POST", "late", query={"append": "", "offset": "0"}, body=b"one")
    tos.ok("POST", "late", query={"append": "", "offset": "3"}, body=b"two", headers=DAYS)
    upload = tos.start("parts", headers=DAYS)
    tos.complete("parts", upload, [(1, tos.part("parts", upload, 1, b"x"))])
    found = {key: _days_left(tos, key) for key in ("put", "copied", "log", "late", "parts", "plain", "kept")}
    assert found == {"put": 3, "copied": 3, "log": 3, "late": 3, "parts": 3, "plain": None, "kept": None}
    assert _days_left(tos, "put", "GET") == 3


def test_days_that_are_set_later(tos: Speaker) -> None:
    """SDKs for Go and Python, SetObjectExpires; page "SetObjectMeta"; 0 is never."""
    tos.put("k")
    asked = {"query": {"objectExpires": ""}}
    changed = tos.ok("HEAD", "k").headers["last-modified"]
    tos.ok("POST", "k", body=b'{"ObjectExpires": 5}', **asked)  # type: ignore[arg-type]
    assert _days_left(tos, "k") == 5
    assert tos.ok("HEAD", "k").headers["last-modified"] == changed
    tos.ok("POST", "k", query={"metadata": ""}, headers={"x-tos-meta-a": "1"})
    assert _days_left(tos, "k") == 5
    tos.ok("POST", "k", query={"metadata": ""}, headers={"x-tos-object-expires": "7"})
    assert _days_left(tos, "k") == 7
    tos.ok("POST", "k", body=b'{"ObjectExpires": 0}', **asked)  # type: ignore[arg-type]
    assert _days_left(tos, "k") is None
    for body in (b'{"ObjectExpires": -1}', b'{"ObjectExpires": "x"}', b"{}"):
        tos.refused(INVALID, "POST", "k", body=body, **asked)  # type: ignore[arg-type]
    tos.refused(Refusal(404, "NoSuchKey"), "POST", "none", body=b'{"ObjectExpires": 1}', **asked)  # type: ignore[arg-type]


def test_days_of_an_object_come_before_the_rules(tos: Speaker) -> None:
    body = b'{"Rules":[{"ID":"r","Prefix":"","Status":"Enabled","Expiration":{"Days":1}}]}'
    tos.ok("PUT", query={"lifecycle": ""}, body=body)
    tos.put("ruled")
    tos.put("own", **DAYS)
    assert (_days_left(tos, "ruled"), _days_left(tos, "own")) == (1, 3)


def test_days_that_are_none(tos: Speaker) -> None:
    for value in ("-1", "1.5", "tomorrow", "9999999"):
        tos.refused(INVALID, "PUT", "k", body=b"x", headers={"x-tos-object-expires": value})
    tos.put("k", x_tos_object_expires="0")
    assert _days_left(tos, "k") is None
    link = {"x-tos-symlink-target": "k", **DAYS}
    tos.refused(ABSENT, "PUT", "link", query={"symlink": ""}, headers=link)


def test_a_link_into_another_bucket_is_refused(tos: Speaker) -> None:
    """It names the object of another owner's choosing; nothing is stored."""
    given = {"x-tos-symlink-target": "k", "x-tos-symlink-bucket": tos.text}
    tos.refused(ABSENT, "PUT", "link", query={"symlink": ""}, headers=given)
    assert tos.keys() == []


@pytest.mark.parametrize(
    ("header", "refusal"),
    [
        ({"bucket-type": "hns"}, ABSENT), ({"project-name": "x"}, ABSENT), ({"storage-class": "Nonsense"}, INVALID),
        ({"az-redundancy": "three-az"}, INVALID),
    ],
)  # fmt: skip
def test_kinds_of_buckets_that_are_not_here(tos: Speaker, header: dict[str, str], refusal: Refusal) -> None:
    headers = {f"x-tos-{name}": value for name, value in header.items()}
    reply = tos.ask("PUT", bucket=f"{tos.text}-other", headers=headers)
    check_refused(TOS, reply, refusal)
    assert tos.ask("HEAD", bucket=f"{tos.text}-other").status == 404


def test_labels_of_a_bucket(tos: Speaker) -> None:
    """Kept and told, the class also with what is stored without one (Python SDK, test_v2_bucket, test_v2_object)."""
    other = f"{tos.text}-cold"
    tos.ok("PUT", bucket=other, headers={"x-tos-storage-class": "IA", "x-tos-az-redundancy": "multi-az"})
    told = tos.ok("HEAD", bucket=other).headers
    assert (told["x-tos-storage-class"], told["x-tos-az-redundancy"]) == ("IA", "multi-az")
    info = json.loads(tos.ok("GET", bucket=other, query={"bucketInfo": ""}).body)["Bucket"]
    assert (info["StorageClass"], info["AzRedundancy"]) == ("IA", "multi-az")
    tos.ok("PUT", "k", bucket=other, body=b"x")
    assert tos.ok("HEAD", "k", bucket=other).headers["x-tos-storage-class"] == "IA"
    assert tos.ok("HEAD").headers["x-tos-az-redundancy"] == "single-az"


def test_another_class_of_a_bucket(tos: Speaker) -> None:
    """Python SDK, test_put_bucket_storage_class: HEAD tells it, and what is stored without a class has it."""
    tos.put("before", b"x")
    tos.ok("PUT", query={"storageClass": ""}, headers={"x-tos-storage-class": "IA"})
    assert tos.ok("HEAD").headers["x-tos-storage-class"] == "IA"
    tos.put("after", b"x")
    told = [tos.ok("HEAD", key).headers["x-tos-storage-class"] for key in ("before", "after")]
    assert told == ["STANDARD", "IA"]
    for headers in ({}, {"x-tos-storage-class": "NONSENSE"}):
        assert tos.ask("PUT", query={"storageClass": ""}, headers=headers).status == 400
    assert tos.ok("HEAD").headers["x-tos-storage-class"] == "IA"


def test_vary_of_cors_rules_and_overlap_of_lifecycle_rules_come_back(tos: Speaker) -> None:
    """Python SDK: test_bucket_cors and test_life_cycle."""
    rule = {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]}
    rules = [rule, {**rule, "ResponseVary": True}]
    tos.ok("PUT", query={"cors": ""}, body=json.dumps({"CORSRules": rules}).encode())
    told = json.loads(tos.ok("GET", query={"cors": ""}).body)["CORSRules"]
    assert [one.get("ResponseVary") for one in told] == [None, True]
    life = json.dumps({"Rules": [{"Prefix": "a", "Status": "Enabled", "Expiration": {"Days": 1}}]}).encode()
    for said, wanted in (("true", "true"), ("none", None)):
        overlap = {"x-tos-allow-same-action-overlap": said} if said else {}
        tos.ok("PUT", query={"lifecycle": ""}, body=life, headers=overlap)
        headers = tos.ok("GET", query={"lifecycle": ""}).headers
        assert headers.get("x-tos-allow-same-action-overlap") == wanted
    bad = {"x-tos-allow-same-action-overlap": "perhaps"}
    tos.refused(INVALID, "PUT", query={"lifecycle": ""}, body=life, headers=bad)


def test_how_long_the_target_of_a_link_is(tos: Speaker) -> None:
    """Python SDK: test_symlink reads it of HEAD."""
    tos.put("target", b"0123456789")
    tos.ok("PUT", "link", query={"symlink": ""}, headers={"x-tos-symlink-target": "target"})
    assert tos.ok("HEAD", "link").headers["x-tos-symlink-target-size"] == "10"
    assert "x-tos-symlink-target-size" not in tos.ok("HEAD", "target").headers


def test_metadata_in_listings(tos: Speaker) -> None:
    """As headers tell it: SDKs encode before they send and decode once (Python SDK, test_list_object_info)."""
    tos.put("k", x_tos_meta_name="a%20b")
    wanted = [{"Key": "name", "Value": "a%20b"}]
    assert _told(tos, fetch_meta="true")["Contents"][0]["UserMeta"] == wanted
    assert _told(tos, fetch_meta="true", list_type="2")["Contents"][0]["UserMeta"] == wanted
    assert _told(tos, fetch_meta="true", versions="")["Versions"][0]["UserMeta"] == wanted
    assert "UserMeta" not in _told(tos)["Contents"][0]
    tos.refused(INVALID, "GET", query={"fetch-meta": "perhaps"})


def test_what_would_be_stored_for_ever_or_point_elsewhere(tos: Speaker) -> None:
    for name in ("symlink-bucket", "image-operations"):
        header = {f"x-tos-{name}": "1"}
        tos.refused(ABSENT, "PUT", "k", headers=header)
        tos.refused(ABSENT, "PUT", "k", query={"symlink": ""}, headers={**header, "x-tos-symlink-target": "t"})
        tos.refused(ABSENT, "POST", "k", query={"uploads": ""}, headers=header)
    assert tos.keys() == []


def test_redirects_and_grants_are_kept(tos: Speaker) -> None:
    tos.put("page", x_tos_website_redirect_location="/other")
    assert tos.ok("HEAD", "page").headers["x-tos-website-redirect-location"] == "/other"
    tos.put("open", x_tos_grant_read='canned="AllUsers"')
    assert tos.ask("GET", "open", how=None).status == 200
    tos.refused(ABSENT, "PUT", "k", headers={"x-tos-grant-read": 'id="somebody"'})


LISTS = [
    ("delete", "POST", b'{"Quiet":["true"],"Objects":[{"Key":"k"}]}'),
    ("delete", "POST", b'{"Objects":[{"Key":["k"]}]}'),
    ("delete", "POST", b'{"Object":[{"Key":"k"}]}'),
    ("cors", "PUT", b'{"CORSRules":[{"AllowedOrigins":["*"],"AllowedMethods":["GET"],"MaxAgeSeconds":[5]}]}'),
    ("tagging", "PUT", b'{"TagSet":[{"Tags":[{"Key":"a","Value":"b"}]}]}'),
]  # fmt: skip


@pytest.mark.parametrize(("name", "method", "body"), LISTS)
def test_a_list_where_one_value_is_expected(tos: Speaker, name: str, method: str, body: bytes) -> None:
    tos.put("k")
    tos.refused(MALFORMED, method, query={name: ""}, body=body)
    assert tos.keys() == ["k"]


def test_the_acl_that_is_the_buckets(tos: Speaker) -> None:
    """IsDefault takes an object's own ACL away."""
    tos.put("k", x_tos_acl="public-read")
    tos.ok("PUT", "k", query={"acl": ""}, body=b'{"IsDefault":true}')
    assert _told(tos, "k", acl="")["IsDefault"] is True
    assert tos.ask("GET", "k", how=None).status == 403


def test_a_form_posted_to_its_key(tos: Speaker) -> None:
    kind = next(kind for kind in KINDS if kind.name == "tos")
    reply = post(kind, tos, Form(key="a/formed.txt"), key="a/formed.txt")
    assert (reply.status, reply.headers["location"].partition("/" + tos.text)[2]) == (204, "/a/formed.txt")
    assert tos.content("a/formed.txt") == Form().content
    assert post(kind, tos, Form(key="a/formed.txt"), key="another.txt").status == 405
    assert tos.keys() == ["a/formed.txt"]


def test_a_callback_whose_body_is_no_json_has_failed(tos: Speaker) -> None:
    """SDK for Go, TestCallbackErr: 203 CallbackFailed, and the object is stored. Nobody is asked."""
    said = {
        "callbackUrl": "http://127.0.0.1:9/", "callbackBody": '{"bucket": ${bucket, "object": ${object}}',
        "callbackBodyType": "application/json",
    }  # fmt: skip
    text = base64.b64encode(json.dumps(said).encode()).decode()
    reply = tos.ask("PUT", "k", body=b"stored", headers={"x-tos-callback": text})
    assert (reply.status, json.loads(reply.body)["Code"]) == (203, "CallbackFailed")
    assert tos.content("k") == b"stored"
