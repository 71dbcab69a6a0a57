"""Five dialects, one namespace: what is stored through each is read, listed, described, copied and deleted by each.

Sources: issue 3 "the 5 x 5 matrix"; wire facts of Tencent §7.2, §7.5, Alibaba §5.3, §5.4, Volcengine §3.7, §3.9;
seed 004 for COS JSON.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest

from behaviour.bucket import Bucket
from behaviour.client import Reply, get, post
from behaviour.conftest import OTHER
from behaviour.transcript import FILE_ENTRY, FILE_STAT, check_reply, check_shape

from .clouds import CLOUDS, Cloud, Codes, Refusal, about, check_refused
from .conftest import Speak
from .speaker import Speaker
from .writers import HEADERS, METADATA, WAYS, Ware

way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())


def check_etag(cloud: Cloud, etag: str, ware: Ware) -> None:
    """The promised tag; else one that nobody takes for an MD5."""
    if ware.etag:
        assert etag == cloud.etag(ware.etag)
    else:
        assert re.fullmatch(r'"[0-9a-f]{32}-\d+"', etag.lower()), etag
        assert etag.upper() == etag if cloud.upper else etag.lower() == etag


OBJECT_TYPES: dict[str, dict[str, str]] = {
    "oss": {"Normal": "Normal", "Multipart": "Multipart", "Appendable": "Appendable"},
    "cos": {"Normal": "normal", "Multipart": "normal", "Appendable": "appendable"},
    "tos": {"Appendable": "Appendable"},
    "s3": {},
}
"""What each cloud calls the ways in which an object came."""


def check_described(cloud: Cloud, reply: Reply, ware: Ware) -> None:
    """Headers of GET and HEAD."""
    check_etag(cloud, reply.headers["etag"], ware)
    told = {name: reply.headers[name.lower()] for name in HEADERS}
    assert told == HEADERS
    assert {name: reply.headers[f"{cloud.prefix}meta-{name}"] for name in METADATA} == METADATA
    assert reply.headers.get(f"{cloud.prefix}hash-crc64ecma") == (ware.crc64 if cloud.crc64 else None)
    assert reply.headers["accept-ranges"] == "bytes"
    assert reply.headers["last-modified"].endswith(" GMT")


@way
def test_read_and_described(speak: Speak, bucket: Bucket, way: Callable[[Bucket], Ware]) -> None:
    ware = way(bucket)
    for cloud in CLOUDS:
        with about(cloud.name):
            check_read(speak(cloud, bucket), ware)


def check_read(speaker: Speaker, ware: Ware) -> None:
    """Whole, in ranges, asked about, and listed."""
    cloud = speaker.cloud
    whole = speaker.ok("GET", ware.key)
    assert whole.body == ware.content
    check_described(cloud, whole, ware)
    assert whole.headers.get(f"{cloud.prefix}object-type") == OBJECT_TYPES[cloud.name].get(ware.kind)
    part = speaker.ok("GET", ware.key, headers={"Range": "bytes=5-1004"}, status=206)
    assert part.body == ware.content[5:1005]
    assert part.headers["content-range"] == f"bytes 5-1004/{len(ware.content)}"
    last = speaker.ok("GET", ware.key, headers={"Range": "bytes=-7"}, status=206)
    assert last.body == ware.content[-7:]
    head = speaker.ok("HEAD", ware.key)
    check_described(cloud, head, ware)
    assert head.headers["content-length"] == str(len(ware.content))
    assert speaker.ask("GET", ware.key, headers={"If-None-Match": whole.headers["etag"]}).status == 304
    for version in ({}, {"list-type": "2"}):
        listed = speaker.ok("GET", query={"prefix": ware.key[:5], **version})
        found = [cloud.value(listed, name) for name in ("Key", "Size", "ETag")]
        assert found == [ware.key, str(len(ware.content)), whole.headers["etag"]]


@way
def test_copied_and_deleted(speak: Speak, cloud: Cloud, bucket: Bucket, way: Callable[[Bucket], Ware]) -> None:
    ware = way(bucket)
    speaker = speak(cloud, bucket)
    target = f"copies/{ware.key}"
    source = {f"{cloud.prefix}copy-source": cloud.source(speaker.text, ware.key)}
    copied = speaker.ok("PUT", target, headers=source)
    there = speaker.ok("GET", target)
    assert there.body == ware.content
    check_described(cloud, there, ware)
    assert cloud.value(copied, "ETag") == there.headers["etag"]
    speaker.ok("DELETE", ware.key, status=204)
    check_refused(cloud, speaker.ask("GET", ware.key), Codes(404, "NoSuchKey")[cloud.name])
    assert speaker.keys() == [target]
    check_reply(bucket.ask(get("stat", f"/{ware.key}")), status=404, code=-197)
    assert bucket.content(f"/{target}") == ware.content, "the copy does not depend on its source"


@way
def test_through_cos_json(bucket: Bucket, way: Callable[[Bucket], Ware]) -> None:
    """The SHA-1 is right whoever stored it (wire facts of COS JSON §9)."""
    ware = way(bucket)
    directory, _, leaf = f"/{ware.key}".rpartition("/")
    path, said = f"/{ware.key}", {**HEADERS, **{f"x-cos-meta-{name}": text for name, text in METADATA.items()}}
    found = bucket.stat(path)
    size = len(ware.content)
    check_shape(found, FILE_STAT | {"name": leaf, "filesize": size, "filelen": size, "sha": ware.sha1}, str(found))
    assert found["custom_headers"] == said
    entries = bucket.ok(get("list", f"{directory}/", num=10))["infos"]
    check_shape(entries[0], FILE_ENTRY | {"name": leaf, "filesize": size, "sha": ware.sha1}, str(entries))
    whole = bucket.download(path)
    assert whole.body == ware.content
    assert {name: whole.headers[name.lower()] for name in said} == said
    part = bucket.download(path, headers=[("Range", "bytes=5-1004")])
    assert (part.status, part.body) == (206, ware.content[5:1005])
    bucket.ok(post("copy", path, dest_fileid="/copied/中.txt"))
    bucket.ok(post("move", path, dest_fileid="moved.txt"))
    check_reply(bucket.ask(get("stat", path)), status=404, code=-197)
    for target in ("/copied/中.txt", f"{directory}/moved.txt"):
        assert bucket.content(target) == ware.content
        moved = bucket.stat(target)
        assert (moved["sha"], moved["custom_headers"]) == (ware.sha1, said)
        bucket.delete(target)
        check_reply(bucket.ask(get("stat", target)), status=404, code=-197)


@pytest.mark.parametrize("other", CLOUDS, ids=lambda cloud: cloud.name)
def test_an_upload_is_finished_by_another_dialect(speak: Speak, cloud: Cloud, other: Cloud) -> None:
    """Uploads belong to the namespace, too: started here, completed or aborted there."""
    here = speak(cloud)
    there = speak(other, here)
    upload = here.start("k")
    etag = there.part("k", upload, 7, b"part")
    assert other.values(there.ok("GET", query={"uploads": ""}), "UploadId") == [upload]
    here.complete("k", upload, [(7, etag)])
    assert there.content("k") == b"part"
    upload = here.start("k")
    there.ok("DELETE", "k", query={"uploadId": upload}, status=204)
    assert cloud.values(here.ok("GET", query={"uploads": ""}), "UploadId") == []


BARE = ["a//b", "/leading", "a/../b", "./a", "..", "a\\b", "a\tb", "end/", '*?:|<>"', "%2F%00", "+", " ", "a/./b/"]
"""Keys that COS JSON cannot spell, which the others can."""


def test_keys_that_only_flat_dialects_can_spell(speak: Speak) -> None:
    """They are bytes like others, which nobody normalises (wire facts of Tencent §6.4, Alibaba §5.2)."""
    first = speak(CLOUDS[0])
    for key in BARE:
        first.put(key, b"odd")
        for cloud in CLOUDS:
            speaker = speak(cloud, first)
            with about(f"{key!r} in {cloud.name}"):
                if cloud.name == "oss" and key.startswith("/"):  # wire facts of Alibaba §5.2
                    check_refused(cloud, speaker.ask("GET", key), Refusal(400, "InvalidObjectName"))
                else:
                    assert speaker.content(key) == b"odd"
                if "\t" not in key:
                    assert speaker.keys() == [key]
                assert speaker.keys(**{"encoding-type": "url"}) == [_url(key)]
        first.ok("DELETE", key, status=204)


def _url(key: str) -> str:
    return quote(key, safe="/-_.~")


def test_keys_are_in_byte_order_for_all(speak: Speak) -> None:
    first = speak(CLOUDS[0])
    keys = ["Z", "a", "a b", "a!", "a/", "a0", "é", "中", "\uffee", "🎈"]
    for key in reversed(keys):
        first.put(key)
    for cloud in CLOUDS:
        assert speak(cloud, first).keys() == sorted(keys, key=str.encode)


def _every(cloud: Cloud) -> dict[str, str]:
    """How many buckets a page may have, in the cloud's words; TOS has all on one."""
    return {"s3": {"max-buckets": "1000"}, "tos": {}}.get(cloud.name, {"max-keys": "1000"})


def test_buckets_are_the_same_for_all(speak: Speak, cloud: Cloud) -> None:
    """One namespace: name here, name-appid there."""
    maker = speak(cloud)
    name = f"made-by-{cloud.name}-{maker.bucket.name}"
    made = cloud.bucket_text(maker.owner, name)
    maker.ok("PUT", bucket=made)
    for other in CLOUDS:
        reader = speak(other, maker)
        shown = other.bucket_text(reader.owner, name)
        assert shown in other.values(reader.ok("GET", bucket="", query=_every(other)), "Name")
        for text in (name, f"{name}-{reader.owner.appid}"):
            reader.ok("HEAD", bucket=text)
    same = Bucket(server=maker.bucket.server, name=name, owner=maker.owner, client=maker.bucket.client)
    same.put("/f", b"json")
    assert maker.ok("GET", "f", bucket=made).body == b"json"
    check_refused(cloud, maker.ask("DELETE", bucket=made), Codes(409, "BucketNotEmpty")[cloud.name])
    same.delete("/f")
    maker.ok("DELETE", bucket=made, status=204)
    check_reply(same.ask(get("stat", "/")), status=404, code=(-166, -197, -4018, -4003))


def test_a_bucket_of_another_account_with_the_same_name(speak: Speak, cloud: Cloud) -> None:
    """A bare name means the signer's own bucket; name-appid means any account's."""
    mine = speak(cloud)
    mine.put("k", b"mine")
    name = mine.bucket.name
    theirs: Speaker = speak(cloud, owner=OTHER, name=name)
    theirs.put("k", b"theirs")
    assert (mine.content("k"), theirs.content("k")) == (b"mine", b"theirs")
    foreign = mine.ask("GET", "k", bucket=f"{name}-{OTHER.appid}")
    check_refused(cloud, foreign, Codes(403, "AccessDenied")[cloud.name])
