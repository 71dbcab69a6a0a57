"""What the suite of OSS's SDK for Python (v1) asks beside what other tests show: rules, tags and listings of buckets.

Source: tests/test_bucket.py and tests/test_upload.py of aliyun-oss-python-sdk 2.19, each test named where it counts.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from .clouds import OSS, Refusal, about
from .conftest import Speak
from .speaker import Speaker

RULE = (("ID", "one"), ("Prefix", "p/"), ("Status", "Enabled"))
INVALID = Refusal(400, "InvalidArgument")


@pytest.fixture
def oss(speak: Speak) -> Speaker:
    """A speaker of OSS at a fresh bucket."""
    return speak(OSS)


def rules(*parts: tuple[str, object]) -> bytes:
    return OSS.document("LifecycleConfiguration", ("Rule", (*RULE, *parts)))


def test_the_envelope_of_an_upload_comes_with_its_parts(oss: Speaker) -> None:
    """CryptoBucket.upload_part says in every part what starting the upload said; the object has it once."""
    envelope = {"x-oss-meta-client-side-encryption-key": "wrapped", "x-oss-meta-client-side-encryption-start": "iv"}
    upload = OSS.value(oss.ok("POST", "k", query={"uploads": ""}, headers=envelope), "UploadId")
    again = {**envelope, "x-oss-meta-client-side-encryption-start": "other"}
    part = {"uploadId": upload, "partNumber": "1"}
    etag = oss.ok("PUT", "k", query=part, headers=again, body=b"x" * 9).headers["etag"]
    done = OSS.document("CompleteMultipartUpload", ("Part", (("PartNumber", 1), ("ETag", etag))))
    oss.ok("POST", "k", query={"uploadId": upload}, body=done)
    assert oss.ok("HEAD", "k").headers["x-oss-meta-client-side-encryption-start"] == "iv"
    refused = oss.ask("PUT", "k", query=part, headers={"x-oss-meta-own": "1"}, body=b"x")
    assert refused.status == 400


def test_steps_of_a_rule_come_one_after_the_other(oss: Speaker) -> None:
    """test_put_lifecycle_days_less_than_transition_days, test_put_lifecycle_invalid_transitions, and those of both."""

    def transition(name: str, *when: tuple[str, object]) -> tuple[str, object]:
        return ("Transition", (*when, ("StorageClass", name)))

    days, past = ("Expiration", (("Days", 6),)), ("CreatedBeforeDate", "2016-12-25T00:00:00.000Z")
    refused = (
        (INVALID, days, transition("IA", ("Days", 7))),
        (INVALID, days, transition("IA", ("Days", 6))),
        (INVALID, transition("IA", ("Days", 5)), transition("Archive", ("Days", 2))),
        (INVALID, days, transition("Standard", ("Days", 5))),
        (Refusal(400, "InvalidRequest"), ("Expiration", (past,)), transition("IA", ("Days", 356))),
    )
    for refusal, *parts in refused:
        with about(str(parts)):
            oss.refused(refusal, "PUT", query={"lifecycle": ""}, body=rules(*parts))
    oss.ok("PUT", query={"lifecycle": ""}, body=rules(days, transition("IA", ("Days", 5))))
    for day in ("2016-12-24", "2016-12-25", "2016-12-26"):
        moved = transition("IA", ("CreatedBeforeDate", f"{day}T00:00:00.000Z"))
        oss.ok("PUT", query={"lifecycle": ""}, body=rules(("Expiration", (past,)), moved))


def test_uploads_are_aborted_by_a_date(oss: Speaker) -> None:
    """test_lifecycle_abort_multipart_upload_date."""
    date = ("CreatedBeforeDate", "2016-12-20T00:00:00.000Z")
    oss.ok("PUT", query={"lifecycle": ""}, body=rules(("AbortMultipartUpload", (date,))))
    told = oss.ok("GET", query={"lifecycle": ""})
    assert OSS.value(told, "CreatedBeforeDate") == date[1]
    assert b"<Days>" not in told.body


def test_overlapping_rules_are_refused_in_the_clouds_words(oss: Speaker) -> None:
    """test_lifecycle_overlap_exception compares the message."""
    other = ("Rule", (("ID", "two"), ("Prefix", "p/2"), ("Status", "Enabled"), ("Expiration", (("Days", 1),))))
    body = OSS.document("LifecycleConfiguration", ("Rule", (*RULE, ("Expiration", (("Days", 1),)))), other)
    reply = oss.refused(INVALID, "PUT", query={"lifecycle": ""}, body=body)
    assert OSS.value(reply, "Message") == "Overlap for same action type Expiration"


def test_what_cors_documents_say(oss: Speaker) -> None:
    """test_cors_with_response_vary: false where nothing was said. test_invalid_argument: the value that was sent."""
    rule = (("AllowedOrigin", "*"), ("AllowedMethod", "GET"))
    oss.ok("PUT", query={"cors": ""}, body=OSS.document("CORSConfiguration", ("CORSRule", rule)))
    assert OSS.value(oss.ok("GET", query={"cors": ""}), "ResponseVary") == "false"
    bad = OSS.document("CORSConfiguration", ("CORSRule", (*rule, ("MaxAgeSeconds", -1))))
    reply = oss.refused(INVALID, "PUT", query={"cors": ""}, body=bad)
    assert [OSS.value(reply, name) for name in ("ArgumentName", "ArgumentValue")] == ["MaxAgeSeconds", "-1"]


def test_tags_of_buckets_hold_any_character(oss: Speaker) -> None:
    """test_bucket_tagging: %@abc and ++123%; those of objects do not (test_object_tagging)."""
    body = OSS.document("Tagging", ("TagSet", (("Tag", (("Key", "%@abc"), ("Value", "++123%"))),)))
    oss.ok("PUT", query={"tagging": ""}, body=body)
    told = oss.ok("GET", query={"tagging": ""})
    assert [OSS.value(told, name) for name in ("Key", "Value")] == ["%@abc", "++123%"]
    oss.put("k", b"x")
    oss.refused(Refusal(400, "InvalidTag"), "PUT", "k", query={"tagging": ""}, body=body)


def test_an_algorithm_that_is_none(oss: Speaker) -> None:
    """test_bucket_encryption_wrong."""
    applied = ("ApplyServerSideEncryptionByDefault", (("SSEAlgorithm", "random"),))
    body = OSS.document("ServerSideEncryptionRule", applied)
    oss.refused(Refusal(400, "InvalidEncryptionAlgorithmError"), "PUT", query={"encryption": ""}, body=body)


def test_listings_of_buckets_are_chosen_by_tag_and_group(oss: Speaker) -> None:
    """test_list_bucket_with_tagging, test_list_buckets_with_region_list, test_bucket_with_group_id."""
    oss.ok("PUT", query={"tagging": ""}, body=_tagged("team", oss.text))

    def found(headers: dict[str, str] | None = None, **query: str) -> list[str]:
        asked = {name.replace("_", "-"): value for name, value in query.items()}
        return OSS.values(oss.ok("GET", bucket="", query=asked, headers=headers or {}), "Name")

    assert found(tag_key="team", tag_value=oss.text) == [oss.text]
    assert found(tag_key="team", tag_value="others") == found(tag_key="unknown") == []
    assert oss.text in found(regionList="", prefix=oss.text)
    default = OSS.value(oss.ok("GET", query={"resourceGroup": ""}), "ResourceGroupId")
    assert default, "SDK for Python v2, test_bucket_resource_group: there is always one"
    assert oss.text in found({"x-oss-resource-group-id": default}, prefix=oss.text)
    group = {"x-oss-resource-group-id": "rg-aek27tc"}
    assert found(group, prefix=oss.text) == []
    body = OSS.document("BucketResourceGroupConfiguration", ("ResourceGroupId", "rg-aek27tc"))
    oss.ok("PUT", query={"resourceGroup": ""}, body=body)
    assert found(group, prefix=oss.text) == [oss.text]
    oss.refused(INVALID, "GET", bucket="", query={"tag-value": "x"})


def _tagged(key: str, value: str) -> bytes:
    return OSS.document("Tagging", ("TagSet", (("Tag", (("Key", key), ("Value", value))),)))


def test_parts_are_listed_with_the_envelope(oss: Speaker) -> None:
    """SDK for Python v2, TestEncryptionCLient.test_multipart_from_bytes."""
    names = {
        "key": "Key", "start": "Start", "cek-alg": "CekAlg", "wrap-alg": "WrapAlg", "data-size": "DataSize",
        "part-size": "PartSize",
    }  # fmt: skip
    said = {name: str(number) for number, name in enumerate(names, 1)}
    start = {f"x-oss-meta-client-side-encryption-{name}": value for name, value in said.items()}
    sealed, plain = oss.start("sealed", start), oss.start("plain")
    told = oss.ok("GET", "sealed", query={"uploadId": sealed})
    assert {name: OSS.value(told, f"ClientEncryption{member}") for name, member in names.items()} == said
    assert b"ClientEncryption" not in oss.ok("GET", "plain", query={"uploadId": plain}).body


def test_a_bucket_that_is_not_there_comes_before_a_key_that_is_not(oss: Speaker) -> None:
    """SDK for Python v2, test_get_bucket_acl_fail, test_is_bucket_exist with a key that nobody has."""
    stranger = oss.as_owner(replace(oss.owner, key_id="nobody-has-this"))
    unknown = Refusal(403, "InvalidAccessKeyId")
    stranger.refused(Refusal(404, "NoSuchBucket"), "GET", bucket="nobody-has-this", query={"acl": ""})
    stranger.refused(Refusal(404, "NoSuchBucket"), "GET", "k", bucket="nobody-has-this")
    stranger.refused(unknown, "GET", query={"acl": ""})
    stranger.refused(unknown, "PUT", bucket="nobody-has-this")
    stranger.refused(unknown, "GET", bucket="")


def test_some_tags_of_a_bucket_are_removed(oss: Speaker) -> None:
    """test_bucket_tagging_with_specify_label: the parameter names the keys."""
    tags = [("Tag", (("Key", key), ("Value", "v"))) for key in ("%@abc", "123++", "test")]
    oss.ok("PUT", query={"tagging": ""}, body=OSS.document("Tagging", ("TagSet", tuple(tags))))

    def left() -> list[str]:
        return OSS.values(oss.ok("GET", query={"tagging": ""}), "Key")

    oss.ok("DELETE", query={"tagging": "%@abc"}, status=204)
    assert left() == ["123++", "test"]
    oss.ok("DELETE", query={"tagging": "test,others"}, status=204)
    assert left() == ["123++"]
    oss.ok("DELETE", query={"tagging": ""}, status=204)
    assert left() == []
