"""s3like/callback: what a client writes of a callback, the body that is made of it, and what is signed.

Vectors: callbacks recorded from the cloud. Templates and messages: Alibaba's "Callback" page and its C++ SDK's tests.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from entrepot.core.fault import Fault, Kind
from entrepot.dialects.s3like.callbacks.callback import (
    FORM,
    JSON,
    OSS,
    TOS,
    Callback,
    expand,
    is_json,
    parse,
    signed_text,
)

RECORDED = json.loads((Path(__file__).parents[1] / "vectors/oss_callback/recorded.json").read_text("utf-8"))
FACTS: dict[str, str | int] = {
    "bucket": "b", "object": 'a/b 中&"\\.jpg', "etag": "D8E8FCA2", "size": 5, "mimeType": "text/plain",
}  # fmt: skip


MD5 = hashes.MD5()  # noqa: S303 - the protocol's choice


def encoded(said: object) -> str:
    return base64.b64encode(json.dumps(said).encode()).decode()


def callback(**said: Any) -> Callback:
    """A parsed one, with what is always there."""
    found = parse(encoded({"callbackUrl": "http://app.test/cb", "callbackBody": "k=${object}", **said}), OSS)
    assert found is not None
    return found


def refused(text: str, variables: str | None = None) -> Fault:
    with pytest.raises(Fault) as caught:
        parse(text, OSS, variables)
    assert (caught.value.kind, caught.value.reason) == (Kind.PARAMETER_INVALID, "callback")
    return caught.value


@pytest.mark.parametrize("case", RECORDED["callbacks"], ids=lambda case: case["name"])
def test_the_cloud_signed_the_same_text(case: dict[str, Any]) -> None:
    key = serialization.load_pem_public_key(RECORDED["public_key"].encode())
    assert isinstance(key, rsa.RSAPublicKey)
    signature = base64.b64decode(case["authorization"])
    text = signed_text(case["target"].encode(), case["body"].encode(), OSS)
    key.verify(signature, text, padding.PKCS1v15(), MD5)
    for spoilt in (text + b" ", text.replace(b"\n", b""), b"?" + text):
        with pytest.raises(InvalidSignature):
            key.verify(signature, spoilt, padding.PKCS1v15(), MD5)


@pytest.mark.parametrize(
    "case", [case for case in RECORDED["callbacks"] if "template" in case], ids=lambda c: c["name"]
)
def test_the_cloud_filled_in_the_same(case: dict[str, Any]) -> None:
    made = Callback(
        urls=(), host=None, body=case["template"], body_type=case["body_type"], custom=case["custom"]
    )  # fmt: skip
    assert expand(made, case["facts"]).decode() == case["body"]


@pytest.mark.parametrize(
    ("target", "manner", "text"),
    [
        (b"/", OSS, b"/\nB"),
        (b"/a%2Fb%20%E4%B8%AD+c?x=%41&a=1", OSS, "/a/b 中+c?x=%41&a=1\nB".encode()),
        (b"/?", OSS, b"/?\nB"),
        (b"/p%20q?b=2&a=%411&a=0", TOS, b"/p q?a=A1&a=0&b=2\nB"),
        (b"/p", TOS, b"/p\nB"),
    ],
)
def test_what_is_signed(target: bytes, manner: Any, text: bytes) -> None:
    assert signed_text(target, b"B", manner) == text


def test_everything_that_can_be_said() -> None:
    found = parse(
        encoded({
            "callbackUrl": "http://a.test:8080/x?y=1;b.test/中;https://[::1]:9/#frag",
            "callbackHost": "oss-cn-hangzhou.aliyuncs.com",
            "callbackBody": '{"bucket":${bucket},"v":${x:var1}}',
            "callbackBodyType": "application/json",
            "callbackSNI": False,
        }),
        OSS,
        encoded({"x:var1": "value1", "x:n": 12, "x:b": True, "x:none": None}),
    )  # fmt: skip
    assert found == Callback(
        urls=("http://a.test:8080/x?y=1", "http://b.test/%E4%B8%AD", "https://[::1]:9/"),
        host="oss-cn-hangzhou.aliyuncs.com",
        body='{"bucket":${bucket},"v":${x:var1}}',
        body_type=JSON,
        custom={"x:var1": "value1", "x:n": "12", "x:b": "true", "x:none": ""},
    )


def test_the_scheme_that_is_meant_without_one() -> None:
    text = encoded({"callbackUrl": "121.101.166.30/test.php", "callbackBody": "a"})
    urls = [found.urls for found in (parse(text, OSS), parse(text, TOS)) if found is not None]
    assert urls == [("http://121.101.166.30/test.php",), ("https://121.101.166.30/test.php",)]


def test_variables_of_a_form_are_its_fields() -> None:
    found = parse(
        encoded({"callbackUrl": "u", "callbackBody": "a=${x:a}"}), OSS, None, {"x:a": "1", "key": "k", "X:b": ""}
    )
    assert found is not None
    assert found.custom == {"x:a": "1"}


@pytest.mark.parametrize("said", [{}, {"callbackUrl": ""}, {"callbackUrl": None, "callbackBody": "x"}])
def test_without_a_url_nobody_is_asked(said: object) -> None:
    assert parse(encoded(said), OSS) is None


def test_a_plus_that_a_query_turned_into_a_blank() -> None:
    text = encoded({"callbackUrl": "u", "callbackBody": "~~>~~?>>>"})
    assert "+" in text
    assert parse(text.replace("+", " "), OSS) == parse(text, OSS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("error argument", "The callback configuration is not base64 encoded."),
        ("a中", "The callback configuration is not base64 encoded."),
        (base64.b64encode(b"error argument").decode(), "The callback configuration is not json format."),
        (encoded([1]), "The callback configuration is not json format."),
        (base64.b64encode(b'{"a":"\xff"}').decode(), "The callback configuration is not json format."),
        (encoded({"callbackUrl": "x" * 4000}), "The length of callback exceed max value."),
    ],
)
def test_what_is_no_callback(text: str, message: str) -> None:
    assert refused(text).message == message


@pytest.mark.parametrize(
    ("said", "argument", "message"),
    [
        ({"callbackBody": ""}, "callbackBody", "The callback body is empty."),
        ({"callbackBody": None}, "callbackBody", "The callback body is empty."),
        ({"callbackBody": [1, 2, 3]}, "callbackBody", "The callbackBody of the callback is not a string."),
        ({"callbackUrl": 1}, "callbackUrl", "The callbackUrl of the callback is not a string."),
        ({"callbackUrl": ";".join("abcdef")}, "callbackUrl", "The callback has 6 URLs; 5 are allowed."),
        ({"callbackBodyType": 123}, "callbackBodyType", "The callbackBodyType of the callback is not a string."),
        ({"callbackBodyType": "image/jpg"}, "callbackBodyType", "The callback body type is neither"),
        ({"callbackBodyType": JSON}, "callbackBody", "The callback configuration is not json format."),
        ({"callbackBodyType": JSON, "callbackBody": '{"a":"${size}'}, "callbackBody", "is not json format"),
        ({"callbackHost": "a b"}, "callbackHost", "The callback host is not"),
        ({"callbackHost": "a\r\nx: y"}, "callbackHost", "The callback host is not"),
        ({"callbackHost": "a/b"}, "callbackHost", "The callback host is not"),
    ],
)
def test_what_may_not_be_said(said: dict[str, Any], argument: str, message: str) -> None:
    fault = refused(encoded({"callbackUrl": "http://app.test/cb", "callbackBody": "a=1", **said}))
    assert message in fault.message
    assert fault.facts["argument"] == argument


@pytest.mark.parametrize(
    "url",
    [
        "www.callback-example.com:test", "ftp://a.test/", "http://", "http:///x", "http://a:99999/", "http://a:0/",
        "http://user:secret@a.test/", "http://a@b/", "http://a.test\\@b/", "http://[::1", "http://中.test/", "file:///etc/x",
        "http://a.test:80:80/", "http://%61.test/", "javascript://x:y",
    ],
)  # fmt: skip
def test_what_is_no_url(url: str) -> None:
    fault = refused(encoded({"callbackUrl": f"http://good.test/;{url}", "callbackBody": "a"}))
    assert fault.message == "The callback URL is not a URL."


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ("x:a", "The callback-var configuration is not base64 encoded."),
        (base64.b64encode(b'{"x:a":"b"').decode(), "The callback-var configuration is not json format."),
        (encoded({"a": "b"}), "does not begin with x:"),
        (encoded({"X:a": "b"}), "does not begin with x:"),
        (encoded({"x:a": ["b"]}), "is not a string"),
        (encoded({"x:a": "b" * 4000}), "The length of callback var exceed max value."),
    ],
)
def test_variables_that_may_not_be(variables: str, message: str) -> None:
    assert message in refused(encoded({"callbackUrl": "u", "callbackBody": "a"}), variables).message


def test_a_form_is_percent_encoded() -> None:
    body = "b=${bucket}&object=${object}&etag=${etag}&size=${size}&mimeType=${mimeType}&h=${imageInfo.height}&no=${x:n}"
    made = expand(callback(callbackBody=body), FACTS)
    assert b"&size=5&mimeType=text%2Fplain&h=&no=" in made
    assert parse_qsl(made.decode(), strict_parsing=True, keep_blank_values=True)[1] == ("object", FACTS["object"])


def test_json_is_escaped_inside_of_strings_and_a_value_outside() -> None:
    template = (
        '{"o":${object},"in":"<${object}|${size}>","size":${size},"no":${nothing},"\\"${size}":"\\\\","n":["${x:n}"]}'
    )
    made = callback(callbackBody=template, callbackBodyType=JSON)
    assert json.loads(expand(made, FACTS)) == {
        "o": FACTS["object"], "in": f"<{FACTS['object']}|5>", "size": 5, "no": "", '"5': "\\", "n": [""],
    }  # fmt: skip


def test_values_are_not_filled_in_again() -> None:
    for body_type, template in ((FORM, "${object}"), (JSON, "[${object}]")):
        made = expand(callback(callbackBody=template, callbackBodyType=body_type), {"object": "${size}", "size": 7})
        assert b"7" not in made.replace(b"%7", b"")


@given(st.text(max_size=60), st.dictionaries(st.sampled_from(["object", "x:a", "size"]), st.text(max_size=20)))
def test_json_stays_json(key: str, custom: dict[str, str]) -> None:
    key = key.encode("utf-8", "replace").decode()
    custom = {name: value.encode("utf-8", "replace").decode() for name, value in custom.items()}
    made = Callback(urls=(), host=None, body='{"a":${object},"b":"${x:a}${object}"}', body_type=JSON, custom=custom)
    said = json.loads(expand(made, {"object": key}))
    assert said == {"a": key, "b": custom.get("x:a", "") + key}


@given(st.text(alphabet='"\\${}:x,[]a ', max_size=80))
def test_any_template_is_filled_in_or_refused(template: str) -> None:
    try:
        made = callback(callbackBody=template or "x", callbackBodyType=JSON)
    except Fault as fault:
        assert fault.kind is Kind.PARAMETER_INVALID  # noqa: PT017 - either will do
    else:
        assert is_json(expand(made, {"size": 0}))


def test_a_template_costs_work_in_proportion() -> None:
    text = encoded({"callbackUrl": "u", "callbackBody": '"\\' * 900, "callbackBodyType": JSON})
    assert "json format" in refused(text).message


@given(st.text(alphabet=st.sampled_from("abAZ09.-_:/?#[]@%;&= \t中\\"), max_size=30))
def test_a_url_that_passes_can_be_asked(text: str) -> None:
    try:
        found = parse(encoded({"callbackUrl": "http://" + text, "callbackBody": "a"}), OSS)
    except Fault as fault:
        assert fault.kind is Kind.PARAMETER_INVALID  # noqa: PT017 - either will do
    else:
        assert found is None or all(httpx.URL(url).host for url in found.urls)


@pytest.mark.parametrize(
    ("data", "sound"), [(b'{"a":1}', True), (b"1", True), (b"", False), (b"OK", False), (b'\xef\xbb\xbf{"a":1}', False)]
)
def test_what_json_is(data: bytes, sound: bool) -> None:
    assert is_json(data) is sound


@pytest.mark.parametrize(
    "text",
    [
        '{"callbackUrl":"http://a","callbackBody":"x","callbackBodytype":"application/json"}',
        '{"callbackUrl":"http://a","callbackUrl":"http://b","callbackBody":"x"}',
    ],
)
def test_what_would_be_dropped_is_refused(text: str) -> None:
    """A member in another spelling, and the first of two."""
    with pytest.raises(Fault):
        parse(base64.b64encode(text.encode()).decode(), OSS)
