"""Uploads in parts said wrong: numbers, ids, tags, order, sizes. The upload stays as it was, and can be completed.

Sources: AWS "CompleteMultipartUpload" errors; wire facts of Tencent §7.5, Alibaba §5.4, Volcengine §3.5, §3.6.
"""

from __future__ import annotations

import pytest

from behaviour.client import some_bytes

from .clouds import S3, TOS, Cloud, Codes, about, check_refused
from .conftest import Speak
from .operations import NO_UPLOAD
from .signers import How
from .speaker import Speaker, head_of

BAD_NUMBER = Codes(400, "InvalidArgument")
BAD_PART = Codes(400, "InvalidPart")
BAD_ORDER = Codes(400, "InvalidPartOrder")
TOO_SMALL = Codes(400, "EntityTooSmall", tos=(400, "PartSizeSmall"))
MISSING = Codes(404, "NoSuchUpload")
MALFORMED = Codes(400, "MalformedXML", tos=(400, "MalformedBody"))
NUMBERS = ["0", "10001", "-1", "one", "1.5", "", " 1", "+1", "１", "1e3", "0x1", "99999999999999999999"]


def test_numbers_that_no_part_has(steady: Speaker) -> None:
    expected = BAD_NUMBER[steady.cloud.name]
    source = {f"{steady.cloud.prefix}copy-source": steady.cloud.source(steady.text, "a.txt")}
    for number in NUMBERS:
        query = {"partNumber": number, "uploadId": steady.upload}
        for headers, body in (({}, b"part"), (source, b"")):
            with about(f"{number!r} {headers}"):
                reply = steady.refused(expected, "PUT", "pending.bin", query=query, headers=headers, body=body)
                assert steady.cloud is not TOS or reply.headers["x-tos-ec"] == "0005-00000016"


def test_the_last_number_is_fine(speaker: Speaker) -> None:
    upload = speaker.start("k")
    etag = speaker.part("k", upload, 10_000, b"last")
    speaker.complete("k", upload, [(10_000, etag)])
    assert speaker.content("k") == b"last"


IDS = [NO_UPLOAD, "x", "../../../etc/passwd", "%00", "x" * 2000, "null", "中文", "' or 1=1 --"]


def test_ids_of_no_upload(steady: Speaker) -> None:
    expected = MISSING[steady.cloud.name]
    parts = steady.cloud.parts([(1, '"0123456789abcdef0123456789abcdef"')])
    for upload in IDS:
        with about(upload):
            steady.refused(expected, "PUT", "pending.bin", query={"partNumber": "1", "uploadId": upload}, body=b"x")
            steady.refused(expected, "GET", "pending.bin", query={"uploadId": upload})
            steady.refused(expected, "POST", "pending.bin", query={"uploadId": upload}, body=parts)
            steady.refused(expected, "DELETE", "pending.bin", query={"uploadId": upload})


def test_ids_of_another_key_or_bucket(speak: Speak, steady: Speaker) -> None:
    expected = MISSING[steady.cloud.name]
    other = speak(steady.cloud)
    parts = steady.cloud.parts([(1, '"0123456789abcdef0123456789abcdef"')])
    for speaker, key in ((steady, "a.txt"), (steady, "pending.bin/"), (steady, "PENDING.BIN"), (other, "pending.bin")):
        query = {"uploadId": steady.upload}
        speaker.refused(expected, "PUT", key, query={"partNumber": "1", **query}, body=b"x")
        speaker.refused(expected, "GET", key, query=query)
        speaker.refused(expected, "POST", key, query=query, body=parts)
        speaker.refused(expected, "DELETE", key, query=query)


def test_an_empty_id(steady: Speaker) -> None:
    """Refused somehow; never a plain upload, read or deletion of the object of that name."""
    for method, query in (
        ("PUT", {"partNumber": "1", "uploadId": ""}), ("PUT", {"partNumber": "1"}),
        ("PUT", {"uploadId": steady.upload}), ("GET", {"uploadId": ""}), ("DELETE", {"uploadId": ""}),
        ("POST", {"uploadId": ""}),
    ):  # fmt: skip
        reply = steady.ask(method, "a.txt", query=query, body=b"x" if method == "PUT" else b"")
        assert 400 <= reply.status < 502, str(reply)
        assert steady.cloud.value(reply, "Code")
        assert b"alpha" not in reply.body


def test_an_upload_that_ended(speaker: Speaker) -> None:
    expected = MISSING[speaker.cloud.name]
    upload = speaker.start("k")
    etag = speaker.part("k", upload, 1, b"one")
    speaker.ok("DELETE", "k", query={"uploadId": upload}, status=204)
    speaker.refused(expected, "PUT", "k", query={"partNumber": "2", "uploadId": upload}, body=b"x")
    speaker.refused(expected, "POST", "k", query={"uploadId": upload}, body=speaker.cloud.parts([(1, etag)]))
    speaker.refused(expected, "DELETE", "k", query={"uploadId": upload})
    assert speaker.keys() == []
    upload = speaker.start("k")
    etag = speaker.part("k", upload, 1, b"one")
    speaker.complete("k", upload, [(1, etag)])
    speaker.refused(expected, "PUT", "k", query={"partNumber": "2", "uploadId": upload}, body=b"x")
    speaker.refused(expected, "DELETE", "k", query={"uploadId": upload})
    speaker.put("k", b"newer")
    speaker.refused(expected, "POST", "k", query={"uploadId": upload}, body=speaker.cloud.parts([(1, etag)]))
    assert speaker.content("k") == b"newer"


@pytest.fixture
def tags(steady: Speaker) -> list[str]:
    """The entity tags of the parts that are there, numbered from 1."""
    return steady.cloud.values(steady.ok("GET", "pending.bin", query={"uploadId": steady.upload}), "ETag")


def test_completions_that_cannot_be(steady: Speaker, tags: list[str]) -> None:
    wrong = '"' + "0" * 32 + '"'
    name = steady.cloud.name
    lines: list[tuple[str, list[tuple[object, str]], Codes | None]] = [
        ("wrong tag", [(1, wrong), (2, tags[1])], BAD_PART),
        ("tags swapped", [(1, tags[1]), (2, tags[0])], BAD_PART),
        ("no such part", [(1, tags[0]), (3, tags[1])], BAD_PART),
        ("no tag", [(1, ""), (2, tags[1])], BAD_PART),
        ("a tag of nonsense", [(1, "nonsense"), (2, tags[1])], BAD_PART),
        ("twice", [(1, tags[0]), (1, tags[0])], BAD_ORDER),
        # TOS's SDKs for Python and JavaScript name parts as they finished (test_tos.py).
        *([] if steady.cloud is TOS else [("backwards", [(2, tags[1]), (1, tags[0])], BAD_ORDER)]),
        ("number 0", [(0, tags[0])], None),
        ("number 10001", [(10_001, tags[0])], None),
        ("a number of text", [("one", tags[0])], None),
        ("a negative number", [(-1, tags[0])], None),
        ("too small", [(1, tags[0]), (2, tags[1])], TOO_SMALL),
    ]
    if name != "oss":  # where it makes an empty object; see test_oss
        lines.append(("none", [], MALFORMED))
    for says, parts, expected in lines:
        reply = steady.ask("POST", "pending.bin", query={"uploadId": steady.upload}, body=steady.cloud.parts(parts))
        assert reply.status == 400, f"{says}: {reply}"
        if expected is not None:
            check_refused(steady.cloud, reply, expected[name])
        else:
            either = {BAD_NUMBER[name].code, BAD_PART[name].code, MALFORMED[name].code}
            assert steady.cloud.value(reply, "Code") in either, f"{says}: {reply}"


def test_more_parts_than_there_can_be(steady: Speaker, tags: list[str]) -> None:
    parts = [(number, tags[0]) for number in range(1, 10_002)]
    reply = steady.ask("POST", "pending.bin", query={"uploadId": steady.upload}, body=steady.cloud.parts(parts))
    assert reply.status == 400, str(reply)


def test_only_the_last_part_may_be_small(speaker: Speaker) -> None:
    """Wire facts of Tencent §7.5 (1 MB), Alibaba §5.4 (100 KB), Volcengine §3.9 (5 MiB); AWS 5 MiB."""
    upload = speaker.start("k")
    least = speaker.cloud.part_min
    tags = [speaker.part("k", upload, 1, some_bytes(least - 1, "small")), speaker.part("k", upload, 2, b"end")]
    body = speaker.cloud.parts(list(enumerate(tags, 1)))
    speaker.refused(TOO_SMALL[speaker.cloud.name], "POST", "k", query={"uploadId": upload}, body=body)
    assert speaker.keys() == []
    tags[0] = speaker.part("k", upload, 1, some_bytes(least, "least"))
    speaker.complete("k", upload, list(enumerate(tags, 1)))
    assert speaker.ok("HEAD", "k").headers["content-length"] == str(least + 3)


RANGES = ["bytes=0-", "bytes=5-2", "bytes=-3", "0-1", "bytes=0-1,3-4", "lines=0-1", "bytes=a-b", "bytes=0-99999"]


def test_ranges_of_a_source_that_cannot_be(speaker: Speaker) -> None:
    """Wire facts of Alibaba §5.4: OSS may leave the end open; AWS InvalidArgument; TOS and COS write both, always."""
    speaker.put("source", b"0123456789")
    upload = speaker.start("k")
    prefix = speaker.cloud.prefix
    for text in RANGES:
        headers = {
            f"{prefix}copy-source": speaker.cloud.source(speaker.text, "source"),
            f"{prefix}copy-source-range": text,
        }
        reply = speaker.ask("PUT", "k", query={"partNumber": "1", "uploadId": upload}, headers=headers)
        if text == "bytes=0-" and speaker.cloud is not S3:
            assert reply.status == 200, str(reply)
            continue
        assert reply.status in {400, 416}, f"{text}: {reply}"
        codes = {"InvalidArgument", "InvalidRange", "Requested Range Not Satisfiable"}
        assert speaker.cloud.value(reply, "Code") in codes
    there = speaker.cloud.values(speaker.ok("GET", "k", query={"uploadId": upload}), "PartNumber")
    assert there == ([] if speaker.cloud is S3 else ["1"])


@pytest.mark.parametrize("size", [5 * 1024**3 + 1, 10**15])
def test_parts_that_are_announced_too_large(steady: Speaker, size: int) -> None:
    """Refused before the first byte, instead of the 100 Continue."""
    query = {"partNumber": "3", "uploadId": steady.upload}
    asked = steady.asked("PUT", "pending.bin", query=query)
    signed = steady.signed(asked, How(payload="UNSIGNED-PAYLOAD"))
    reply = steady.raw(head_of(signed, f"Content-Length: {size}", "Expect: 100-continue"))
    check_refused(steady.cloud, reply, Codes(400, "EntityTooLarge")[steady.cloud.name])


def test_parts_of_a_wrong_digest_do_not_replace_good_ones(steady: Speaker, cloud: Cloud) -> None:
    query = {"partNumber": "1", "uploadId": steady.upload}
    headers = {"Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="}
    expected = Codes(400, "BadDigest", oss=(400, "InvalidDigest"))
    steady.refused(expected[cloud.name], "PUT", "pending.bin", query=query, headers=headers, body=b"other")
