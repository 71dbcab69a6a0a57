"""boto3: forms with a policy (POST Object), sent as a browser does, and every condition violated by itself."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from conformance.s3.calls import Client
from conformance.s3.web import code, field, form
from conformance.server import BUCKET

pytestmark = pytest.mark.conformance

DENIED = ("AccessDenied", 403)


@pytest.fixture(params=["v4", "v2"])
def signing(request: pytest.FixtureRequest, boto: Callable[..., Client]) -> Client:
    """boto3 with either signature version."""
    return boto(f"presign-{request.param}", signature_version={"v4": "s3v4", "v2": "s3"}[request.param])


def post(
    client: Client,
    key: str,
    fields: dict[str, str] | None = None,
    conditions: list[Any] | None = None,
    seconds: int = 60,
    bucket: str = BUCKET,
) -> tuple[str, dict[str, str]]:
    """Address and fields of a form."""
    made = client(
        "generate_presigned_post", bucket, key, Fields=fields or {}, Conditions=conditions or [], ExpiresIn=seconds
    )
    return made["url"], made["fields"]


def test_a_form(signing: Client, s3: Client, top: str) -> None:
    key = f"{top}表单 a+b.txt"
    url, fields = post(signing, key)
    done = form(url, fields, b"from a form")
    assert (done.status, done.body) == (204, b"")
    assert done.headers["etag"].strip('"')
    assert key.split("/", maxsplit=1)[0] in done.headers["location"]
    got = s3("get_object", Bucket=BUCKET, Key=key)
    assert (got["Body"], got["ContentType"]) == (b"from a form", "binary/octet-stream")


def test_the_name_of_the_file(signing: Client, s3: Client, top: str) -> None:
    url, fields = post(signing, top + "${filename}")
    assert fields["key"] == top + "${filename}"
    assert form(url, fields, b"x", filename="图 片.png").status == 204
    assert s3("get_object", Bucket=BUCKET, Key=f"{top}图 片.png")["Body"] == b"x"


def test_answers_that_the_form_asks_for(signing: Client, s3: Client, top: str) -> None:
    for status in ("200", "201", "204", "999"):
        fields = {"success_action_status": status}
        url, fields = post(signing, f"{top}{status}", fields, [fields])
        done = form(url, fields, b"x")
        assert done.status == (204 if status == "999" else int(status))
        if status == "201":
            assert (field(done, "Bucket"), field(done, "Key")) == (BUCKET, f"{top}201")
            assert field(done, "ETag") == done.headers["etag"]
            assert field(done, "Location")
    target = {"success_action_redirect": "http://app.example.com/done?a=1"}
    url, fields = post(signing, f"{top}r", target, [target])
    done = form(url, fields, b"x")
    place = urlsplit(done.headers["location"])
    assert (done.status, place.netloc, place.path) == (303, "app.example.com", "/done")
    query = parse_qs(place.query)
    assert (query["a"], query["bucket"], query["key"]) == (["1"], [BUCKET], [f"{top}r"])
    assert query["etag"] == [done.headers["etag"]]


def test_fields_that_become_headers(signing: Client, s3: Client, top: str) -> None:
    more = {
        "Content-Type": "text/x-form",
        "Cache-Control": "max-age=7",
        "Content-Disposition": "inline",
        "x-amz-meta-colour": "blue",
        "acl": "public-read",
        "tagging": "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>",
    }
    url, fields = post(signing, f"{top}a", more, [{name: value} for name, value in more.items()])
    assert form(url, fields, b"x").status == 204
    got = s3("get_object", Bucket=BUCKET, Key=f"{top}a")
    assert (got["ContentType"], got["CacheControl"], got["ContentDisposition"]) == (
        "text/x-form",
        "max-age=7",
        "inline",
    )
    assert (got["Metadata"], got["TagCount"]) == ({"colour": "blue"}, 1)
    assert len(s3("get_object_acl", Bucket=BUCKET, Key=f"{top}a")["Grants"]) == 2


def test_conditions_that_are_met(signing: Client, s3: Client, top: str) -> None:
    conditions = [
        ["starts-with", "$key", top],
        ["starts-with", "$Content-Type", "image/"],
        ["starts-with", "$x-amz-meta-any", ""],
        ["eq", "$x-amz-meta-fixed", "1"],
        ["content-length-range", 3, 5],
    ]
    url, fields = post(signing, top + "${filename}", None, conditions)
    more = {**fields, "Content-Type": "image/png", "x-amz-meta-any": "whatever", "x-amz-meta-fixed": "1"}
    for body in (b"123", b"12345"):
        assert form(url, more, body).status == 204
    assert s3("head_object", Bucket=BUCKET, Key=f"{top}upload.bin")["ContentLength"] == 5
    ignored = {**more, "x-ignore-this": "not in the policy"}
    assert form(url, ignored, b"1234").status == 204


@pytest.mark.parametrize(
    ("changed", "body", "expected"),
    [
        ({"key": "elsewhere/a"}, b"1234", DENIED),
        ({"Content-Type": "text/html"}, b"1234", DENIED),
        ({"Content-Type": None}, b"1234", DENIED),
        ({"x-amz-meta-fixed": "2"}, b"1234", DENIED),
        ({"x-amz-meta-fixed": None}, b"1234", DENIED),
        ({"x-amz-meta-extra": "1"}, b"1234", DENIED),
        ({"acl": "public-read"}, b"1234", DENIED),
        ({}, b"12", ("EntityTooSmall", 400)),
        ({}, b"123456", ("EntityTooLarge", 400)),
        ({}, b"x" * 3_000_000, ("EntityTooLarge", 400)),
    ],
)
def test_conditions_that_are_violated(
    signing: Client,
    s3: Client,
    top: str,
    changed: dict[str, str | None],
    body: bytes,
    expected: tuple[str, int],
) -> None:
    conditions = [
        ["starts-with", "$key", top],
        ["starts-with", "$Content-Type", "image/"],
        ["eq", "$x-amz-meta-fixed", "1"],
        ["content-length-range", 3, 5],
    ]
    url, fields = post(signing, f"{top}a${{filename}}", None, conditions)
    whole = {**fields, "Content-Type": "image/png", "x-amz-meta-fixed": "1", **changed}
    answer = form(url, {name: value for name, value in whole.items() if value is not None}, body)
    assert code(answer) == expected
    assert s3("list_objects_v2", Bucket=BUCKET, Prefix=top)["KeyCount"] == 0


def test_a_policy_for_one_key_only(signing: Client, s3: Client, top: str) -> None:
    url, fields = post(signing, f"{top}a")
    assert code(form(url, {**fields, "key": f"{top}b"}, b"x")) == DENIED
    other_url, other = post(signing, f"{top}a", bucket="another")
    assert code(form(url, other, b"x")) == DENIED
    assert s3("list_objects_v2", Bucket=BUCKET, Prefix=top)["KeyCount"] == 0
    assert other_url != url


def test_expired_forms(boto: Callable[..., Client], top: str) -> None:
    both = [boto(f"presign-{name}", signature_version=version) for name, version in (("v4", "s3v4"), ("v2", "s3"))]
    forms = [post(client, f"{top}a", seconds=1) for client in both]
    time.sleep(2.1)
    for url, fields in forms:
        answer = form(url, fields, b"x")
        assert code(answer) == DENIED
        assert "expired" in field(answer, "Message").lower()


def test_forms_that_were_changed(signing: Client, boto: Callable[..., Client], s3: Client, top: str) -> None:
    url, fields = post(signing, f"{top}a")
    policy = json.loads(base64.b64decode(fields["policy"]))
    policy["conditions"] = [["starts-with", "$key", ""]]
    changed = base64.b64encode(json.dumps(policy).encode()).decode()
    mismatch = ("SignatureDoesNotMatch", 403)
    assert code(form(url, {**fields, "policy": changed}, b"x")) == mismatch
    version = "s3" if "AWSAccessKeyId" in fields else "s3v4"
    wrong = boto(f"wrong-{version}", secret="not-the-secret", signature_version=version)
    assert code(form(url, post(wrong, f"{top}a")[1], b"x")) == mismatch
    stranger = boto(f"stranger-{version}", key_id="nobody", signature_version=version)
    assert code(form(url, post(stranger, f"{top}a")[1], b"x")) == ("InvalidAccessKeyId", 403)
    name = "signature" if version == "s3" else "x-amz-signature"
    without = {key: value for key, value in fields.items() if key != name}
    assert form(url, without, b"x").status in {400, 403}
    assert code(form(url, {"key": f"{top}a"}, b"x")) == DENIED, "a form that nobody signed"
    for text in ("not base64!", base64.b64encode(b"not json").decode(), base64.b64encode(b"{}").decode()):
        assert form(url, {**fields, "policy": text}, b"x").status in {400, 403}
    assert s3("list_objects_v2", Bucket=BUCKET, Prefix=top)["KeyCount"] == 0


def test_forms_that_are_broken(signing: Client, s3: Client, top: str) -> None:
    url, fields = post(signing, f"{top}a")
    # the first is what Amazon's servers answer, the second what its documentation says
    codes = {("InvalidArgument", 400), ("IncorrectNumberOfFilesInPostRequest", 400)}
    assert code(form(url, fields, None)) in codes
    without_key = {name: value for name, value in fields.items() if name != "key"}
    assert code(form(url, without_key, b"x"))[1] in {400, 403}
    # what follows the file is ignored: this form has no signature before it
    early = {"key": fields["key"]}
    late = {name: value for name, value in fields.items() if name != "key"}
    assert form(url, early, b"x", after=late).status in {400, 403}
    assert s3("list_objects_v2", Bucket=BUCKET, Prefix=top)["KeyCount"] == 0
    assert form(url, fields, b"x", after={"submit": "Upload"}).status == 204
