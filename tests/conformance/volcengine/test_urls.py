"""What an SDK signs for others: URLs, URLs of a policy, forms. They are used without any SDK.

Source: wire facts of Volcengine §3.3 (URLs and policies), §3.4 (forms), §3.5 (EC).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import pytest

from conformance.server import BUCKET
from conformance.volcengine.clients import ENDPOINT, Client
from conformance.volcengine.plain import follow, post

pytestmark = pytest.mark.conformance


def sign(tos: Client, method: str, key: str, **options: Any) -> str:
    """A URL made by the SDK. The JavaScript SDK knows no path style here and is told the bucket's own host."""
    if tos.sdk.name == "node":
        options["alternative_endpoint"] = f"{BUCKET}.{ENDPOINT}"
    made = tos.do("pre_signed_url", http_method=method, bucket=BUCKET, key=key, **options)
    return str(made.fields.get("signed_url") or made["value"])


def policy_endpoint(tos: Client) -> dict[str, str]:
    """Policies know no path style in any SDK: the cloud's own host, reached through the proxy."""
    if tos.sdk.name == "node":
        return {"alternative_endpoint": f"{BUCKET}.{ENDPOINT}"}
    return {"alternative_endpoint": f"http://{ENDPOINT}"}


def test_one_url_for_each_method(tos: Client, place: str) -> None:
    key = f"{place}文 件+1.txt"
    link = sign(tos, "PUT", key)
    assert follow(tos, "PUT", link, b"hello").status == 200
    assert follow(tos, "PUT", link, b"hello", Content_Type="audio/mpeg").status == 200, "no type was signed"
    assert follow(tos, "PUT", link.replace("Signature=", "Signature=0"), b"hello").status == 403

    link = sign(tos, "GET", key)
    got = follow(tos, "GET", link)
    assert (got.status, got.body, got.headers["content-type"]) == (200, b"hello", "audio/mpeg")
    part = follow(tos, "GET", link, Range="bytes=1-2")
    assert (part.status, part.body) == (206, b"el")
    for other in ("PUT", "DELETE", "HEAD"):
        refused = follow(tos, other, link)
        assert refused.status == 403, other
        assert refused.headers["x-tos-ec"] == "0002-00000024", other
    told = follow(tos, "DELETE", link).json()
    assert (told["Code"], told["EC"]) == ("SignatureDoesNotMatch", "0002-00000024")
    assert told["RequestId"] == follow_id(told)

    head = follow(tos, "HEAD", sign(tos, "HEAD", key))
    assert (head.status, head.headers["content-length"], head.body) == (200, "5", b"")
    assert follow(tos, "DELETE", sign(tos, "DELETE", key)).status == 204
    assert follow(tos, "GET", link).status == 404


def follow_id(told: Mapping[str, str]) -> str:
    """The id that an error must name."""
    assert told["RequestId"]
    return told["RequestId"]


def test_what_a_url_signs_beside_the_key(tos: Client, place: str, put: Callable[..., None]) -> None:
    put(f"{place}a.txt")
    wanted = {"response-content-type": "application/x-other", "response-content-disposition": "attachment"}
    link = sign(tos, "GET", f"{place}a.txt", query=dict(wanted))
    got = follow(tos, "GET", link)
    assert (got.body, got.headers["content-type"]) == (b"hello", "application/x-other")
    assert got.headers["content-disposition"] == "attachment"
    assert follow(tos, "GET", link.replace("attachment", "inline")).status == 403
    other = link.replace(quote(f"{place}a.txt"), quote(f"{place}b.txt"))
    assert other != link
    assert follow(tos, "GET", other).status == 403


def test_a_url_for_a_part(tos: Client, place: str) -> None:
    key = f"{place}a.bin"
    upload = str(tos.do("create_multipart_upload", bucket=BUCKET, key=key)["upload_id"])
    link = sign(tos, "PUT", key, query={"uploadId": upload, "partNumber": "1"})
    sent = follow(tos, "PUT", link, b"hello")
    assert sent.status == 200
    parts = [{"PartNumber": 1, "ETag": sent.headers["etag"]}]
    tos.do("complete_multipart_upload", bucket=BUCKET, key=key, upload_id=upload, parts=parts)
    assert tos.do("get_object", bucket=BUCKET, key=key).body == b"hello"


def test_an_expired_url(tos: Client, place: str, put: Callable[..., None]) -> None:
    put(f"{place}a.txt")
    link = sign(tos, "GET", f"{place}a.txt", expires=1)
    time.sleep(2.1)
    told = follow(tos, "GET", link)
    assert told.status == 403
    assert told.headers["x-tos-request-id"]


def test_a_url_that_would_live_too_long(tos: Client, place: str, put: Callable[..., None]) -> None:
    if tos.sdk.name == "go":
        pytest.skip("the Go SDK refuses to sign it")
    put(f"{place}a.txt")
    told = follow(tos, "GET", sign(tos, "GET", f"{place}a.txt", expires=2592001))
    assert 400 <= told.status < 500
    assert told.headers["x-tos-ec"] == "0002-00000031"


def test_a_policy_for_a_prefix(tos: Client, place: str, put: Callable[..., None]) -> None:
    name = "a.txt" if tos.sdk.name == "go" else "文 a.txt"  # the Go SDK does not encode keys in these URLs
    inside, outside = f"{place}in/{name}", f"{place}out.txt"
    put(inside)
    put(outside)
    below = [{"Key": "key", "Value": f"{place}in/", "Operator": "starts-with"}]
    made = tos.policy_url(
        {"prefix": f"{place}in/"}, [inside, outside], bucket=BUCKET, conditions=below, **policy_endpoint(tos)
    )
    listed = follow(tos, "GET", made["list"])
    assert listed.status == 200
    assert [entry["Key"] for entry in listed.json()["Contents"]] == [inside]
    got = follow(tos, "GET", made["objects"][inside])
    assert (got.status, got.body) == (200, b"hello")
    assert follow(tos, "HEAD", made["objects"][inside]).status == 200
    assert follow(tos, "GET", made["objects"][outside]).status == 403
    assert follow(tos, "PUT", made["objects"][inside], b"changed").status == 403
    assert follow(tos, "DELETE", made["objects"][inside]).status == 403
    wider = made["list"].replace(quote(f"{place}in/", safe=""), quote(place, safe=""))
    assert wider != made["list"]
    assert follow(tos, "GET", wider).status == 403, "a listing beyond the prefix"
    assert follow(tos, "GET", f"{made['objects'][inside]}&k1=v1").status == 200, "what is added is not signed"


def fields_of(tos: Client, key: str, **options: Any) -> dict[str, str]:
    """The fields of a form, from what the SDK signed; the JavaScript SDK makes the fields themselves."""
    made = tos.do("pre_signed_post_signature", bucket=BUCKET, key=key, **options).fields
    if "x-tos-signature" in made:
        return {name: str(text) for name, text in made.items()}
    names = {"policy": "policy", "x-tos-algorithm": "algorithm", "x-tos-credential": "credential"}
    names |= {"x-tos-date": "date", "x-tos-signature": "signature"}
    return {"key": key, **{field: str(made[name]) for field, name in names.items()}}


def test_a_form(tos: Client, place: str) -> None:
    key = f"{place}表单.txt"
    fields = fields_of(tos, key, content_length_range=[1, 10])
    assert post(tos, BUCKET, fields, b"hello").status == 204
    assert tos.do("get_object", bucket=BUCKET, key=key).body == b"hello"
    assert post(tos, BUCKET, fields, b"longer than ten").status == 400, "longer than the policy allows"
    changed = post(tos, BUCKET, {**fields, "key": f"{place}other.txt"}, b"hello")
    assert changed.status == 403, "another key than the policy's"
    spoilt = {**fields, "x-tos-signature": "0" * 64}
    refused = post(tos, BUCKET, spoilt, b"hello")
    assert (refused.status, refused.headers["x-tos-ec"]) == (403, "0002-00000024")
    assert tos.do("get_object", bucket=BUCKET, key=key).body == b"hello"


def test_a_form_with_conditions(tos: Client, place: str) -> None:
    key = f"{place}a.txt"
    conditions = [
        {"Key": "x-tos-acl", "Value": "public-read"},
        {"Key": "Content-Type", "Value": "image/", "Operator": "starts-with"},
        {"Key": "success_action_status", "Value": "201"},
        {"Key": "x-tos-meta-colour", "Value": "blue"},
    ]
    fields = fields_of(tos, key, conditions=conditions)
    fields |= {"x-tos-acl": "public-read", "success_action_status": "201", "x-tos-meta-colour": "blue"}
    made = post(tos, BUCKET, {**fields, "Content-Type": "image/png"}, b"hello")
    assert made.status == 201, made.body
    head = tos.do("head_object", bucket=BUCKET, key=key)
    assert (head["content_type"], head.meta) == ("image/png", {"colour": "blue"})
    assert follow(tos, "GET", f"http://{BUCKET}.{ENDPOINT}/{key}").body == b"hello"
    assert post(tos, BUCKET, {**fields, "Content-Type": "text/plain"}, b"hello").status == 403


def test_a_form_that_came_too_late(tos: Client, place: str) -> None:
    fields = fields_of(tos, f"{place}a.txt", expires=1)
    time.sleep(2.1)
    assert post(tos, BUCKET, fields, b"hello").status == 403
