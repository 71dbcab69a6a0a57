"""What a bucket answers that never had a configuration: the truth, in one round trip, and as the SDKs read it.

Sources: the tables of ``tests/vectors/sdk_operations``; AWS, Alibaba, Tencent and Volcengine's pages of each operation.
"""

from __future__ import annotations

import json
import re

import pytest

from behaviour.conftest import OTHER

from .clouds import COS, OSS, Cloud, about
from .conftest import Speak
from .sdk_operations import SdkOperation, operations
from .speaker import Speaker

ELSEWHERE = frozenset({"x-tos-account-id", "x-tos-async-result"})
"""What marks operations of TOS's control endpoint, and of jobs that nobody can start here."""
REPEATED = frozenset({401, 408, 429})
"""Statuses below 500 that SDKs repeat."""


_OTHER = frozenset({"ci-process", "decompression", "session"})
"""Work and sessions that are asked for by a GET, which are no configurations."""


def readings(cloud: Cloud) -> list[SdkOperation]:
    """Reads of configurations: of a bucket, or of the service, with nothing but their name."""
    return [
        one
        for one in operations(cloud.name)
        if one.method == "GET"
        and one.level != "object"
        and one.query
        and one.aws
        and not _OTHER & set(one.query)
        and not ELSEWHERE & {*one.headers, *one.query}
    ]


def test_every_read_of_a_configuration_is_answered(steady: Speaker) -> None:
    """With a document whose root the SDKs expect, or the cloud's own 404; never with 501."""
    for one in readings(steady.cloud):
        with about(one.name):
            bucket = "" if one.level == "service" else None
            headers = dict.fromkeys(one.marker_headers, "none")
            reply = steady.ask(
                "GET", bucket=bucket, query=one.asked("none" if len(one.query) > 1 else ""), headers=headers
            )
            assert reply.status in {200, 404}, str(reply)
            if steady.cloud.json:
                json.loads(reply.body)
                continue
            root = re.sub(r"<\?.*?\?>\s*", "", reply.body.decode()).partition(">")[0].partition(" ")[0].strip("</")
            assert root == ("Error" if reply.status == 404 else one.reads.get("root", root)), str(reply)


def test_what_is_absent_is_refused_once(steady: Speaker) -> None:
    """Writes of what is not there: a status that no SDK repeats, and nothing changes."""
    for one in operations(steady.cloud.name):
        if one.level == "bucket" and one.query and one.method in {"PUT", "POST"}:
            with about(one.name):
                body = b"" if one.root is None else b"<None/>"
                status = steady.ask(one.method, query=one.asked("none"), body=body).status
                assert (400 <= status < 500 and status not in REPEATED) or status == 501


def test_only_its_own_account_is_told(speak: Speak, cloud: Cloud) -> None:
    speaker = speak(cloud, acl="public-read-write")
    for one in readings(cloud):
        if one.level == "bucket" and set(one.query) <= {"versioning", "website", "policy", "logging", "referer"}:
            with about(one.name):
                assert speaker.as_owner(OTHER).ask("GET", query=one.asked()).status == 403
                assert speaker.ask("GET", query=one.asked()).status in {200, 404}


OSS_ANSWERS = [
    ("versioning", 200, "VersioningConfiguration"), ("logging", 200, "BucketLoggingStatus"),
    ("tagging", 200, "Tagging"), ("requestPayment", 200, "RequestPaymentConfiguration"),
    ("inventory", 200, "ListInventoryConfigurationsResult"), ("accessmonitor", 200, "AccessMonitorConfiguration"),
    ("publicAccessBlock", 200, "PublicAccessBlockConfiguration"), ("live", 200, "ListLiveChannelResult"),
    ("website", 404, "NoSuchWebsiteConfiguration"), ("policy", 404, "NoSuchBucketPolicy"),
    ("encryption", 404, "NoSuchServerSideEncryptionRule"), ("worm", 404, "NoSuchWORMConfiguration"),
    ("replication", 404, "NoSuchReplicationConfiguration"),
    ("transferAcceleration", 404, "NoSuchTransferAccelerationConfiguration"),
]  # fmt: skip
"""Source: the cloud's "HTTP 404 status code"; the classes of errors of its Python SDK."""


def test_what_oss_answers(speak: Speak) -> None:
    speaker = speak(OSS)
    for name, status, told in OSS_ANSWERS:
        with about(name):
            reply = speaker.ok("GET", query={name: ""}, status=status)
            assert told.encode() in reply.body, str(reply)
            assert speaker.ask("HEAD", query={name: ""}).status == status or name == "tagging"
    assert b"<Payer>BucketOwner</Payer>" in speaker.ok("GET", query={"requestPayment": ""}).body


@pytest.mark.parametrize("name", ["website", "policy", "logging", "encryption", "style"])
def test_removing_what_is_not_there(speak: Speak, name: str) -> None:
    speaker = speak(OSS)
    speaker.put("kept", b"kept")
    speaker.ok("DELETE", query={name: ""}, status=204)
    assert speaker.content("kept") == b"kept"


@pytest.mark.parametrize(
    ("query", "status", "told"),
    [
        ({"response-control": ""}, 200, "ResponseControlConfiguration"),
        ({"domaincertificate": "", "domainname": "none.example"}, 404, "NoSuchDomainCertificate"),
        ({"intelligent-tiering": "", "id": "none"}, 404, "NoSuchConfiguration"),
        ({"inventory": "", "id": "none"}, 404, "NoSuchConfiguration"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_what_the_sdk_for_python_asks_of_cos(speak: Speak, query: dict[str, str], status: int, told: str) -> None:
    """Each is read, and taken away, by a method of CosS3Client (cos-python-sdk-v5 1.9)."""
    speaker = speak(COS)
    assert told.encode() in speaker.ok("GET", query=query, status=status).body
    speaker.ok("DELETE", query=query, status=204)


def test_setting_what_holds_anyway(speak: Speak) -> None:
    """A tool that writes the default back is not refused; one that asks for something is."""
    speaker = speak(OSS)
    for payer, status in (("BucketOwner", 200), ("Requester", 400)):
        body = OSS.document("RequestPaymentConfiguration", ("Payer", payer))
        assert speaker.ask("PUT", query={"requestPayment": ""}, body=body).status == status
    body = OSS.document("RequestPaymentConfiguration")
    assert speaker.ask("PUT", query={"requestPayment": ""}, body=body).status == 400


def test_a_setting_that_is_not_there_is_not_taken(steady: Speaker) -> None:
    """Versions cannot be switched on, and nobody is told that they were."""
    if steady.cloud.json:
        body = b'{"Status":"Enabled"}'
    else:
        body = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
    reply = steady.ask("PUT", query={"versioning": ""}, body=body)
    assert reply.status >= 400, str(reply)
