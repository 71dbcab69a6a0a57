"""What the suite of COS's SDK for Python asks of buckets beside what other tests show.

Source: ut/test.py of cos-python-sdk-v5, each test named where it counts; the cloud's page "GET Service (List Buckets)".
"""

from __future__ import annotations

import time

import pytest

from .clouds import COS, Refusal, about
from .conftest import Speak
from .speaker import Speaker


@pytest.fixture
def cos(speak: Speak) -> Speaker:
    """A speaker of COS at a fresh bucket."""
    return speak(COS)


def test_listings_of_buckets_are_chosen(cos: Speaker) -> None:
    """test_get_service: by tag, by region, by the time of making."""
    tags = ("TagSet", (("Tag", (("Key", "team"), ("Value", cos.text))),))
    cos.ok("PUT", query={"tagging": ""}, body=COS.document("Tagging", tags), status=204)

    def found(**query: str) -> list[str]:
        asked = {name.replace("_", "-"): value for name, value in query.items()}
        return COS.values(cos.ok("GET", bucket="", query=asked), "Name")

    assert found(tagkey="team", tagvalue=cos.text, marker="", max_keys="2000") == [cos.text]
    assert found(tagkey="team", tagvalue="others") == []
    assert cos.text in found(region="ap-guangzhou")
    assert found(region="ap-elsewhere") == []
    soon = str(int(time.time()) + 60)
    assert cos.text in found(create_time=soon, range="lt")
    assert found(create_time=soon, range="gte") == []
    for query in (
        {"tagkey": "team"},
        {"range": "lt"},
        {"create-time": "x", "range": "lt"},
        {"create-time": soon, "range": "x"},
    ):
        with about(str(query)):
            cos.refused(Refusal(400, "InvalidArgument"), "GET", bucket="", query=query)


def test_kinds_of_buckets_that_are_not_here(cos: Speaker) -> None:
    """test_create_head_delete_maz_ofs_bucket: refused as what is not here, and nothing is made."""
    for name, value in (("BucketAZConfig", "MAZ"), ("BucketArchConfig", "OFS")):
        body = COS.document("CreateBucketConfiguration", (name, value))
        cos.refused(Refusal(405, "MethodNotAllowed"), "PUT", bucket="kinds-of-buckets-1250000000", body=body)


def test_a_default_of_encryption_by_its_older_name(cos: Speaker) -> None:
    """test_bucket_encryption writes ApplySideEncryptionConfiguration and reads ApplyServerSideEncryptionByDefault."""
    default = (("SSEAlgorithm", "AES256"),)
    body = COS.document("ServerSideEncryptionConfiguration", ("Rule", (("ApplySideEncryptionConfiguration", default),)))
    cos.ok("PUT", query={"encryption": ""}, body=body)
    told = cos.ok("GET", query={"encryption": ""})
    assert (COS.value(told, "SSEAlgorithm"), b"<ApplyServerSideEncryptionByDefault>" in told.body) == ("AES256", True)
    both = (("ApplySideEncryptionConfiguration", default), ("ApplyServerSideEncryptionByDefault", default))
    body = COS.document("ServerSideEncryptionConfiguration", ("Rule", both))
    cos.refused(Refusal(400, "MalformedXML"), "PUT", query={"encryption": ""}, body=body)
