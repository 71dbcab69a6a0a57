"""The policy of a form, violated one condition at a time, and policies that are none. Nothing is stored.

Sources: AWS "Creating a POST policy"; wire facts of Tencent §7.4, Alibaba §3.3, §3.6, Volcengine §3.4; issue 3 "Bad
input": policy conditions violated one by one.
"""

from __future__ import annotations

import base64
import functools
import json
import time
from typing import Any

import pytest

from behaviour.conftest import OTHER

from .clouds import MIB, Codes, about, check_refused
from .conftest import Speak
from .forms import (
    KINDS,
    Fields,
    Form,
    Kind,
    Policy,
    dialect_of,
    doubled,
    expiration,
    instead,
    post,
    saying,
    without,
)
from .operations import NO_UPLOAD
from .signers import How
from .speaker import Speaker

DENIED = Codes(403, "AccessDenied")
BAD_POLICY = Codes(400, "InvalidPolicyDocument", tos=(400, "MalformedPolicy"))
TOO_LARGE = Codes(400, "EntityTooLarge")
TOO_SMALL = Codes(400, "EntityTooSmall")
STRICT = tuple(kind for kind in KINDS if kind.strict)
OF_COS = tuple(kind for kind in KINDS if kind.cloud == "cos")


SIGNED_TYPE = {"Content-Type": "image/png"}
VIOLATIONS: dict[str, Form] = {
    "another bucket": Form(policy=instead("bucket", {"bucket": "another-bucket"})),
    "another account's bucket": Form(policy=instead("bucket", {"bucket": "bucket1-1250009999"})),
    "another key": Form(spoil=saying("key", "other.txt")),
    "a key that is equal to another": Form(policy=instead("key", ["eq", "$key", "other.txt"])),
    "the same key in capitals": Form(policy=instead("key", ["eq", "$key", "FORMED.TXT"])),
    "a key outside the prefix": Form(policy=instead("key", ["starts-with", "$key", "user/"])),
    "a key that climbs out of the prefix": Form(
        key="../user/x", policy=instead("key", ["starts-with", "$key", "user/"])
    ),
    "one of two conditions": Form(
        policy=instead("key", ["starts-with", "$key", "formed"], ["starts-with", "$key", "other"])
    ),
    "another type": Form(fields=SIGNED_TYPE, spoil=saying("Content-Type", "text/html")),
    "a type outside the prefix": Form(
        fields=SIGNED_TYPE, policy=instead("Content-Type", ["starts-with", "$Content-Type", "text/"])
    ),
    "a type outside the prefix after one within": Form(
        fields={"Content-Type": "image/png,text/html"},
        policy=instead("Content-Type", ["starts-with", "$Content-Type", "image/"]),
    ),
    "no type": Form(fields=SIGNED_TYPE, spoil=without("Content-Type")),
    "another status": Form(fields={"success_action_status": "201"}, spoil=saying("success_action_status", "200")),
    "another redirect": Form(
        fields={"success_action_redirect": "https://good.example/"},
        spoil=saying("success_action_redirect", "https://bad.example/"),
    ),
    "a field that did not come": Form(conditions=[{"x-amz-meta-colour": "blue"}]),
    "a field that did not come, whatever it were": Form(conditions=[["starts-with", "$cache-control", ""]]),
    "other caching": Form(fields={"Cache-Control": "no-store"}, spoil=saying("Cache-Control", "public")),
    "over": Form(ttl=-5),
    "over since long": Form(policy=lambda policy: {**policy, "expiration": "2001-01-01T00:00:00.000Z"}),
    "over, in another zone": Form(
        policy=lambda policy: {
            **policy, "expiration": time.strftime("%Y-%m-%dT%H:%M:%S+02:00", time.gmtime(time.time() + 3600))
        },
    ),
    "the forbidden key first": Form(spoil=doubled("key", "other.txt")),
    "the forbidden type first": Form(fields=SIGNED_TYPE, spoil=doubled("content-type", "text/html")),
}  # fmt: skip


def test_conditions_one_by_one(place: Speaker, kind: Kind) -> None:
    for says, form in VIOLATIONS.items():
        with about(says):
            check_refused(place.cloud, post(kind, place, form), DENIED[place.cloud.name])


def test_the_same_forms_without_the_violation(speak: Speak, kind: Kind) -> None:
    """So that it is the violation that was refused."""
    speaker = speak(dialect_of(kind))
    fields = {
        **SIGNED_TYPE, "success_action_status": "200", "Cache-Control": "no-store",
        f"{speaker.cloud.prefix}meta-colour": "blue",
    }  # fmt: skip
    reply = post(kind, speaker, Form(key="user/x", fields=fields, policy=instead("key", ["starts-with", "$key", "us"])))
    assert reply.status == 200, str(reply)
    stored = speaker.ok("GET", "user/x")
    assert stored.body == b"by a form"
    assert stored.headers["cache-control"] == "no-store"
    assert stored.headers[f"{speaker.cloud.prefix}meta-colour"] == "blue"


def test_a_list_of_types_that_all_do(speak: Speak, kind: Kind) -> None:
    """AWS "Creating a POST policy": the example of the condition on Content-Type."""
    speaker = speak(dialect_of(kind))
    types = "image/jpg,image/png, image/gif"
    policy = instead("Content-Type", ["starts-with", "$Content-Type", "image/"])
    assert post(kind, speaker, Form(fields={"Content-Type": types}, policy=policy)).status in {200, 204}
    assert speaker.ok("GET", "formed.txt").headers["content-type"] == types


def test_an_acl_is_the_one_that_was_signed(speak: Speak, kind: Kind) -> None:
    """Neither another one, nor a second one before or behind it."""
    speaker = speak(dialect_of(kind))
    name = speaker.cloud.prefix + ("object-acl" if kind.cloud == "oss" else "acl")
    signed = {name: "private"}
    for spoil in (saying(name, "public-read"), doubled(name, "public-read")):
        check_refused(speaker.cloud, post(kind, speaker, Form(fields=signed, spoil=spoil)), DENIED[speaker.cloud.name])
    assert speaker.keys() == []

    def behind(fields: Fields) -> Fields:
        return {**fields, name.upper(): "public-read"}

    reply = post(kind, speaker, Form(fields=signed, spoil=behind))
    host = f"{speaker.text}.{speaker.cloud.host}"
    anybody = speaker.ask("GET", "formed.txt", how=None, host=host)
    assert anybody.status in {403, 404}, str(reply)


@pytest.mark.parametrize("kind", STRICT, ids=lambda kind: kind.name)
def test_fields_that_the_policy_does_not_name(place: Speaker, kind: Kind) -> None:
    """AWS: every field but x-ignore-* and the signature's. OSS, TOS (Alibaba §3.3) and COS (436/14690) take them."""
    for name in ("Cache-Control", "success_action_redirect", "acl", "x-nobody-knows"):
        with about(name):
            reply = post(kind, place, Form(unnamed={name: "public-read"}))
            check_refused(place.cloud, reply, DENIED[place.cloud.name])


@pytest.mark.parametrize("kind", OF_COS, ids=lambda kind: kind.name)
def test_what_a_policy_of_cos_need_not_name(place: Speaker, kind: Kind) -> None:
    """The published sample of mini-programs sends what its policy does not name; nobody is shown to send an ACL so."""
    unnamed = {"success_action_status": "200", "Content-Type": "", "name": "a.txt", "Cache-Control": "no-cache"}
    reply = post(kind, place, Form(unnamed=unnamed))
    assert reply.status == 200, str(reply)
    place.ok("DELETE", "formed.txt", status=204)
    for name in ("acl", "x-cos-acl", "x-cos-grant-read"):
        with about(name):
            reply = post(kind, place, Form(unnamed={name: "public-read"}))
            assert reply.status in {403, 405}, str(reply)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.key_id.startswith("x-")], ids=lambda kind: kind.name)
def test_a_scope_that_the_policy_does_not_name(place: Speaker, kind: Kind) -> None:
    """Wire facts of Alibaba §3.4, Volcengine §3.4: the policy has conditions on credential, date and algorithm."""
    for name in kind.told(place.owner, How()):
        reply = post(kind, place, Form(policy=instead(name)))
        check_refused(place.cloud, reply, DENIED[place.cloud.name])


SIZES: dict[str, tuple[int, list[Any], Codes]] = {
    "too large by one": (101, [["content-length-range", 1, 100]], TOO_LARGE),
    "too small by one": (9, [["content-length-range", 10, 100]], TOO_SMALL),
    "empty": (0, [["content-length-range", 1, 100]], TOO_SMALL),
    "within one of two": (50, [["content-length-range", 1, 100], ["content-length-range", 1, 49]], TOO_LARGE),
    "nothing fits": (50, [["content-length-range", 60, 70], ["content-length-range", 10, 20]], TOO_LARGE),
    "zero": (1, [["content-length-range", 0, 0]], TOO_LARGE),
    "larger than memory holds": (200_000, [["content-length-range", 0, 100_000]], TOO_LARGE),
}


def test_sizes(place: Speaker, kind: Kind) -> None:
    for says, (size, conditions, expected) in SIZES.items():
        with about(says):
            reply = post(kind, place, Form(content=b"x" * size, conditions=conditions))
            check_refused(place.cloud, reply, expected[place.cloud.name])


def test_a_large_file_is_not_taken_in(place: Speaker, kind: Kind) -> None:
    """More than the policy allows is refused by what was announced, or as it arrives; memory flat."""
    before = place.bucket.server.peak_bytes()
    reply = post(kind, place, Form(content=b"x" * (16 * MIB), conditions=[["content-length-range", 0, 1000]]))
    check_refused(place.cloud, reply, TOO_LARGE[place.cloud.name])
    assert place.bucket.server.peak_bytes() - before < 8 * MIB


BAD_DOCUMENTS: dict[str, Any] = {
    "no JSON": "nonsense",
    "a list": [],
    "a text": "text",
    "null": None,
    "nothing": {},
    "no expiration": lambda policy: {"conditions": policy["conditions"]},
    "no conditions": lambda policy: {"expiration": policy["expiration"]},
    "an unknown member": lambda policy: {**policy, "limits": 1},
    "an expiration that is a number": lambda policy: {**policy, "expiration": 4_000_000_000},
    "an empty expiration": lambda policy: {**policy, "expiration": ""},
    "an expiration of words": lambda policy: {**policy, "expiration": "tomorrow"},
    "no such day": lambda policy: {**policy, "expiration": "2099-02-30T00:00:00.000Z"},
    "conditions in an object": lambda policy: {**policy, "conditions": {"key": "x"}},
    "no condition": lambda policy: {**policy, "conditions": []},
    "null for a condition": lambda policy: {**policy, "conditions": [*policy["conditions"], None]},
    "a condition of two": lambda policy: {**policy, "conditions": [{"acl": "private", "key": "x"}]},
    "an empty condition": lambda policy: {**policy, "conditions": [*policy["conditions"], {}]},
    "a value that is a number": lambda policy: {**policy, "conditions": [*policy["conditions"], {"key": 7}]},
    "a list that is short": lambda policy: {**policy, "conditions": [["eq", "$key"]]},
    "an unknown operator": lambda policy: {**policy, "conditions": [["matches", "$key", ".*"]]},
    "an operator that is a number": lambda policy: {**policy, "conditions": [[1, "$key", "a"]]},
    "a size below zero": lambda policy: {**policy, "conditions": [["content-length-range", -1, 10]]},
    "sizes backwards": lambda policy: {**policy, "conditions": [["content-length-range", 10, 1]]},
    "half a byte": lambda policy: {**policy, "conditions": [["content-length-range", 0.5, 10]]},
    "a size of words": lambda policy: {**policy, "conditions": [["content-length-range", "few", "many"]]},
    "too deep": lambda policy: {**policy, "conditions": json.loads("[" * 500 + "]" * 500)},
}


def test_policies_that_are_none(place: Speaker, kind: Kind) -> None:
    """Signed all the same."""
    for says, given in BAD_DOCUMENTS.items():
        form = Form(policy=given if callable(given) else functools.partial(_just, given))
        with about(says):
            check_refused(place.cloud, post(kind, place, form), BAD_POLICY[place.cloud.name])


def _just(document: object, _policy: Policy) -> object:
    return document


BAD_TEXTS: dict[str, str] = {
    "not base64": "{}",
    "base64 of nonsense": base64.b64encode(b"\xff\xfe").decode(),
    "cut off": base64.b64encode(b'{"expiration": "2099-01-01T00:00:00Z", "conditions": [').decode(),
    "too long": base64.b64encode(b" " * 100_000).decode(),
    "too deep": base64.b64encode(b'{"conditions":' * 20_000).decode(),
    "NUL": base64.b64encode(b'{"expiration": "\0"}').decode(),
}


def test_policies_that_cannot_be_read(place: Speaker, kind: Kind) -> None:
    codes = {BAD_POLICY[place.cloud.name].code, "InvalidArgument", "SignatureDoesNotMatch"}
    for says, text in BAD_TEXTS.items():
        reply = post(kind, place, Form(text=text))
        with about(f"{says}: {reply}"):
            assert reply.status in {400, 403}
            assert place.cloud.value(reply, "Code") in codes


WRONG: dict[str, tuple[How, Codes]] = {
    "another secret": (How(secret=b"another-secret"), Codes(403, "SignatureDoesNotMatch")),
    "nobody's key": (How(key_id="nobody"), Codes(403, "InvalidAccessKeyId")),
    "somebody else's key": (How(key_id=OTHER.key_id), Codes(403, "SignatureDoesNotMatch")),
    "somebody else, truly": (How(key_id=OTHER.key_id, secret=OTHER.secret), DENIED),
}


def test_signatures(place: Speaker, kind: Kind) -> None:
    for says, (how, expected) in WRONG.items():
        with about(says):
            reply = post(kind, place, Form(how=how))
            check_refused(place.cloud, reply, expected[place.cloud.name])
            assert place.owner.secret not in reply.body


def test_a_policy_that_was_changed(place: Speaker, kind: Kind) -> None:
    def longer(fields: Fields) -> Fields:
        policy = json.loads(base64.b64decode(fields["policy"]))
        policy["expiration"] = expiration(time.time() + 86_400)
        return {**fields, "policy": base64.b64encode(json.dumps(policy).encode()).decode()}

    expected = Codes(403, "SignatureDoesNotMatch")
    check_refused(place.cloud, post(kind, place, Form(spoil=longer)), expected[place.cloud.name])


def test_signatures_of_which_something_lacks(place: Speaker, kind: Kind) -> None:
    """Never taken for a form of nobody's, whatever the bucket allows (wire facts of Alibaba §3.2)."""
    acl = {f"{place.cloud.prefix}acl": "public-read-write"}
    for name in ("policy", kind.signature, kind.key_id):
        reply = post(kind, place, Form(spoil=without(name)))
        assert reply.status in {400, 403}, f"{name}: {reply}"
        assert place.cloud.value(reply, "Code"), f"{name}: {reply}"
    place.ok("PUT", query={"acl": ""}, headers=acl)
    try:
        for name in ("policy", kind.signature, kind.key_id):
            reply = post(kind, place, Form(spoil=without(name)))
            assert reply.status in {400, 403}, f"{name}: {reply}"
    finally:
        place.ok("PUT", query={"acl": ""}, headers={f"{place.cloud.prefix}acl": "private"})


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.name != "oss1"], ids=lambda kind: kind.name)
@pytest.mark.parametrize("age", [-3600, 700])
def test_times_of_the_signature(place: Speaker, kind: Kind, age: int) -> None:
    """Signed in an hour: refused. Signed a while ago: the policy says how long it lasts, COS says it twice."""
    if age < 0:
        check_refused(
            place.cloud, post(kind, place, Form(how=How(age=age))),
            Codes(403, "RequestTimeTooSkewed")[place.cloud.name],
        )  # fmt: skip
    else:
        over = post(kind, place, Form(how=How(age=age, ttl=600), ttl=-1))
        check_refused(place.cloud, over, DENIED[place.cloud.name])


def test_a_form_to_another_bucket(speak: Speak, kind: Kind) -> None:
    """Signed for one bucket, sent to another; to one that is not there; and not to the service."""
    speaker, other = speak(dialect_of(kind)), speak(dialect_of(kind))
    form = Form(policy=instead("bucket", {"bucket": speaker.text}))
    check_refused(speaker.cloud, post(kind, other, form), DENIED[speaker.cloud.name])
    gone = post(kind, speaker, Form(policy=instead("bucket")), bucket=f"gone-{NO_UPLOAD[:8]}")
    check_refused(speaker.cloud, gone, Codes(404, "NoSuchBucket")[speaker.cloud.name])
    nowhere = post(kind, speaker, Form(), bucket="")
    assert 400 <= nowhere.status < 500, str(nowhere)
    assert (speaker.keys(), other.keys()) == ([], [])
