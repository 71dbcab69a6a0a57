"""browsing: mistakes in forms of browsers and in lists of referers, each told by its cause.

Law: policies are written by hand, as the clouds' documents have them, for the forms of four clouds; the refusals are
those of the dialects' own checks.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from entrepot.core.explanation import Confidence, Explanation
from entrepot.core.facts.records import Bucket, BucketSettings
from entrepot.core.fault import Fault, Kind
from entrepot.core.value import changed
from entrepot.dialects.referer import check_referer
from entrepot.dialects.s3like.forms import policy
from entrepot.explain.browser_causes import BROWSER_MEANINGS, Cause
from entrepot.explain.explainers import EXPLAINERS
from entrepot.explain.refusal import Refusal, Work
from unit.asking import request

NOW = 1_767_323_050.0  # 2026-01-02T03:04:10Z
CLOUDS = {"s3": ("x-amz-", True), "oss": ("x-oss-", False), "cos_xml": ("x-cos-", False), "tos": ("x-tos-", False)}
"""The prefix of each cloud's fields, and whether a policy must name every field."""
STRICT = ("s3",)
SECRET = "c2VjcmV0LXZhbHVl"


@dataclass(frozen=True)
class Row:
    """A mistake: conditions beside the bucket's, fields, the cause, and a text that the explanation has."""

    name: str
    cause: Cause
    has: str
    conditions: tuple[Any, ...] = (["eq", "$key", "up/a.png"],)
    fields: dict[str, str] = field(default_factory=dict)
    expiration: str = "2026-01-02T04:00:00Z"
    bucket: str = "demo"
    only: tuple[str, ...] = tuple(CLOUDS)
    needed: tuple[str, ...] = ()


KEY = {"key": "up/a.png"}
ROWS = (
    Row("over by an hour", Cause.FORM_OVER, "2026-01-02T02:04:10Z", fields=KEY, expiration="2026-01-02T02:04:10Z"),
    Row("local time as UTC", Cause.FORM_OVER, "now it is 2026-01-02T03:04:10Z", fields=KEY,
        expiration="2026-01-02T05:00:00+08:00"),
    Row("another key", Cause.FORM_VALUE, "up/b.png came", fields={"key": "up/b.png"}),
    Row("another folder", Cause.FORM_VALUE, "down/a came", (["starts-with", "$key", "up/"],), {"key": "down/a"}),
    Row("key in capitals", Cause.FORM_CASE, "up/A.PNG came", fields={"key": "up/A.PNG"}),
    Row("slash before the key", Cause.FORM_SLASH, "/up/a.png came", fields={"key": "/up/a.png"}),
    Row("slash in the policy", Cause.FORM_SLASH, "without a slash", (["starts-with", "$key", "/up/"],), KEY),
    Row("eq for starts-with", Cause.FORM_PREFIX, "starts-with", (["eq", "$key", "up/"],), KEY),
    Row("the file's name not compared", Cause.FORM_FILE_NAME, "${filename}", (["eq", "$key", "up/${filename}"],),
        {"key": "up/"}),
    Row("line break behind a value", Cause.FORM_BLANKS, "white space", fields={"key": "up/a.png\n"}),
    Row("charset came", Cause.FORM_TYPE, "charset", ({"key": "up/a.png"}, {"content-type": "text/html"}),
        {**KEY, "content-type": "text/html; charset=utf-8"}),
    Row("charset was signed", Cause.FORM_TYPE, "charset",
        ({"key": "up/a.png"}, {"content-type": "text/html; charset=utf-8"}), {**KEY, "content-type": "text/html"}),
    Row("another type", Cause.FORM_VALUE, "text/html came",
        ({"key": "up/a.png"}, ["starts-with", "$content-type", "image/"]), {**KEY, "content-type": "text/html"}),
    Row("type in the file's part only", Cause.FORM_ABSENT, "before the file",
        ({"key": "up/a.png"}, ["starts-with", "$content-type", "image/"]), KEY),
    Row("a name misspelt", Cause.FORM_ABSENT, "'contenttype'",
        ({"key": "up/a.png"}, {"content-type": "image/png"}), {**KEY, "contenttype": "image/png"}),
    Row("another status", Cause.FORM_VALUE, "200 came", ({"key": "up/a.png"}, {"success_action_status": "201"}),
        {**KEY, "success_action_status": "200"}),
    Row("another ACL", Cause.FORM_VALUE, "public-read came", ({"key": "up/a.png"}, {"acl": "private"}),
        {**KEY, "acl": "public-read"}),
    Row("another bucket", Cause.FORM_BUCKET, "other", fields=KEY, bucket="other"),
    Row("the field names another bucket", Cause.FORM_BUCKET, "another bucket", fields={**KEY, "bucket": "other"}),
    Row("a field that nothing covers", Cause.FORM_EXTRA, '["starts-with","$x-meta",""]', fields={**KEY, "x-meta": "1"},
        only=STRICT),
    Row("a redirect that nothing covers", Cause.FORM_EXTRA, "success_action_redirect", only=STRICT,
        fields={**KEY, "success_action_redirect": "http://a.example/"}),
    Row("the scope's time is not named", Cause.FORM_UNNAMED, "x-date", fields={**KEY, "x-date": "20260102T030410Z"},
        needed=("x-date",)),
    Row("none of a list", Cause.FORM_VALUE, "gif came", (["in", "$x-kind", ["png", "jpg"]], {"key": "up/a.png"}),
        {**KEY, "x-kind": "gif"}),
    Row("a semicolon is no charset elsewhere", Cause.FORM_VALUE, "a;2 came",
        (["eq", "$x-note", "a;1"], {"key": "up/a.png"}), {**KEY, "x-note": "a;2"}),
    Row("one of the forbidden", Cause.FORM_VALUE, "exe came", (["not-in", "$x-kind", ["exe"]], {"key": "up/a.png"}),
        {**KEY, "x-kind": "exe"}),
)  # fmt: skip
CASES = [(name, row) for row in ROWS for name in row.only]


def encoded(row: Row) -> str:
    conditions = [{"bucket": row.bucket}, *row.conditions]
    return base64.b64encode(json.dumps({"expiration": row.expiration, "conditions": conditions}).encode()).decode()


def told(fault: Fault, form: dict[str, str] | None = None) -> Explanation | None:
    """What is told of a refusal."""
    made = request(path=b"/demo")
    if form is not None:
        made = changed(made, form=tuple(form.items()))
    refusal = Refusal(
        request=made, fault=fault, dialect="s3", schemes=(), reader=None, now=NOW, work=Work(),  # type: ignore[arg-type]
    )  # fmt: skip
    return next((found for each in EXPLAINERS[fault.kind] if (found := each(refusal)) is not None), None)


def refused(row: Row, strict: bool, **fields: str) -> Fault:
    given = row.fields | fields
    with pytest.raises(Fault) as caught:
        policy.check(policy.parse(encoded(row)), given, ("demo",), NOW, strict=strict, needed=row.needed)
    return caught.value


@pytest.mark.parametrize(("cloud", "row"), CASES, ids=[f"{name}-{row.name}" for name, row in CASES])
def test_a_mistake_in_a_form_is_named(cloud: str, row: Row) -> None:
    prefix, strict = CLOUDS[cloud]
    fault = refused(row, strict, **{f"{prefix}signature": SECRET, "policy": encoded(row)})
    found = told(fault)
    assert found is not None
    assert (found.cause, found.confidence) == (row.cause, Confidence.CERTAIN)
    text = json.dumps(found.told())
    assert row.has in json.dumps(found.told(), ensure_ascii=False).replace('\\"', '"'), text
    assert SECRET not in text
    assert encoded(row) not in text


def test_there_are_at_least_sixty_rows_and_each_says_all_that_would_be_refused() -> None:
    assert len(CASES) + len(list(referers())) + len(WRITTEN) + 8 >= 110
    row = Row(
        "two", Cause.FORM_VALUE, "", ({"acl": "private"}, {"key": "up/a.png"}), {"key": "b", "acl": "public-read"}
    )
    found = told(refused(row, strict=True))
    assert found is not None
    assert "b came" in found.told()["also"]


@pytest.mark.parametrize("name", ["x-amz-security-token", "x-amz-credential", "q-ak", "x-oss-security-token"])
@pytest.mark.parametrize("mistake", ["another", "extra"])
def test_credentials_are_never_told(name: str, mistake: str) -> None:
    conditions: tuple[Any, ...] = ({"key": "up/a.png"},)
    if mistake == "another":
        conditions += ({name: "one"},)
    found = told(refused(Row("", Cause.FORM_VALUE, "", conditions, {**KEY, name: SECRET}), strict=True))
    assert found is not None
    assert SECRET not in json.dumps(found.told())


WRITTEN = (
    ('{"expiration": "2026-01-02T04:00:00Z"}', "JSON as it stands"),
    (base64.urlsafe_b64encode(b'{"a": "\xc3\xbf\xc3\xbf\xc3\xbe>?"}').decode(), "URL-safe"),
    (base64.b64encode(b'{"a": 12}').decode().replace("=", "%3D") + "%3D", "percent-encoded"),
    (base64.encodebytes(b'{"a": 1}' * 20).decode(), "white space"),
    (base64.b64encode(b'{"a": 1, "b": 22}').decode().rstrip("="), "padding"),
    (base64.b64encode(b"{'a': 1}").decode(), "Invalid JSON"),
    (base64.b64encode(b'{"expiration": "2026-01-02T04:00:00Z", "conditions": []}').decode(), "at least one condition"),
    (base64.b64encode(b'{"expiration": "2026-01-02 04:00", "conditions": [{"a": "b"}]}').decode(), "is no date"),
    (base64.b64encode(b'{"conditions": [{"a": "b", "c": "d"}]}').decode(), "exactly one property"),
    (base64.b64encode(b'{"conditions": [["equals", "$key", "a"]]}').decode(), "operator 'equals'"),
)


@pytest.mark.parametrize(("text", "has"), WRITTEN)
def test_a_policy_that_cannot_be_read_is_told(text: str, has: str) -> None:
    with pytest.raises(Fault) as caught:
        policy.parse(text)
    found = told(caught.value, {"policy": text})
    assert found is not None
    assert found.cause == Cause.FORM_POLICY
    assert has in json.dumps(found.told()).replace("\\", "")


@pytest.mark.parametrize(
    ("kind", "facts", "cause"),
    [
        (Kind.TOO_LARGE, {"limit": 20}, Cause.FORM_LARGE), (Kind.TOO_LARGE, {"limit": 21}, None),
        (Kind.TOO_SMALL, {"minimum": 10, "size": 3}, Cause.FORM_SMALL), (Kind.TOO_SMALL, {"minimum": 9}, None),
    ],
)  # fmt: skip
def test_a_file_of_another_size_is_told(kind: Kind, facts: dict[str, int], cause: Cause | None) -> None:
    row = Row("", Cause.FORM_LARGE, "", (["content-length-range", 10, 20], {"key": "k"}), KEY)
    found = told(Fault(kind, "size", **facts), {"policy": encoded(row)})
    assert (None if found is None else found.cause) == cause
    assert told(Fault(kind, "size", **facts)) is None


def referers() -> Iterator[tuple[str, BucketSettings, Cause, str]]:
    """What came, a bucket's lists, the cause, and a text that is told."""

    def of(*allow: str, deny: tuple[str, ...] = ()) -> BucketSettings:
        return BucketSettings(referer_allow=allow, referer_deny=deny, referer_empty=False)

    site = of("www.example.com", "*.cdn.example.net")
    yield "", site, Cause.REFERER_EMPTY, "no Referer"
    yield "", of(deny=("bad.example",)), Cause.REFERER_EMPTY, "no-referrer"
    yield "about:blank", site, Cause.REFERER_NO_HOST, "about:blank"
    yield "www.example.com", site, Cause.REFERER_NO_HOST, "names no host"
    yield "file:///home/me/page.html", site, Cause.REFERER_NO_HOST, "names no host"
    yield "http://bad.example/x", of(deny=("bad.example",)), Cause.REFERER_DENIED, "bad.example"
    yield "https://a.bad.example/x", of(deny=("*.bad.example",)), Cause.REFERER_DENIED, "*.bad.example"
    yield "https://a.bad.example/", of("*", deny=("*.bad.example",)), Cause.REFERER_DENIED, "deny list"
    yield "https://example.com/", site, Cause.REFERER_OTHER, "the nearest is 'www.example.com'"
    yield "https://other.invalid/", site, Cause.REFERER_OTHER, "add other.invalid"
    yield "https://cdn.example.net/", site, Cause.REFERER_APEX, "only names below it"
    yield "https://a.www.example.com/", site, Cause.REFERER_BELOW, "*.www.example.com"
    yield "https://m.example.org/", of("http://m.example.org"), Cause.REFERER_FORM, "more than a host"
    yield "https://m.example.org/", of("https://m.example.org/"), Cause.REFERER_FORM, "write m.example.org"
    yield "http://m.example.org:8080/", of("m.example.org:8080"), Cause.REFERER_FORM, "write m.example.org"
    yield "https://M.Example.org/", of("M.Example.org"), Cause.REFERER_FORM, "lower case"


@pytest.mark.parametrize(("referer", "settings", "cause", "has"), list(referers()))
def test_a_referer_that_is_refused_is_told(referer: str, settings: BucketSettings, cause: Cause, has: str) -> None:
    bucket = Bucket(id=1, account=1_250_000_000, name="demo", created_at=0.0, settings=settings)
    headers = ((b"referer", referer.encode()),) if referer else ()
    made = request(path=b"/demo/k")
    with pytest.raises(Fault) as caught:
        check_referer(changed(made, headers=made.headers + headers), bucket)
    found = told(caught.value)
    assert found is not None
    assert (found.cause, found.confidence) == (cause, Confidence.CERTAIN)
    assert has in json.dumps(found.told(), ensure_ascii=False)


def test_every_cause_has_its_meaning_and_a_row() -> None:
    assert set(BROWSER_MEANINGS) == set(Cause)
    rows = {row.cause for row in ROWS} | {cause for _came, _lists, cause, _has in referers()}
    assert rows | {Cause.FORM_POLICY, Cause.FORM_LARGE, Cause.FORM_SMALL} == set(Cause)
