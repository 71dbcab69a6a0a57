"""Every reply of OSS as its six SDKs' own models read it: root, elements and headers, or a reason why one is not there.

Source: ``tests/vectors/sdk_operations/oss.json``, what the SDKs for Go (v1, v2), Python (v1, v2), Java and JavaScript
read of each reply, from their own sources.
"""

from __future__ import annotations

import xml.parsers.expat
from collections.abc import Iterator

import pytest

from behaviour.client import Reply

from .clouds import OSS, about
from .conftest import Speak
from .sdk_operations import SdkOperation, operations
from .speaker import Speaker

READS = {one.name: one for one in operations("oss")}

NO_VERSIONS = "buckets keep no versions"
NO_KEYS = "encrypted by the server only where that is asked for, and not with a key service's keys"
ABSENT = {
    "x-oss-version-id": NO_VERSIONS, "x-oss-delete-marker": NO_VERSIONS, "x-oss-copy-source-version-id": NO_VERSIONS,
    "DeleteMarker": NO_VERSIONS, "Deleted/VersionId": NO_VERSIONS, "Deleted/DeleteMarker": NO_VERSIONS,
    "Deleted/DeleteMarkerVersionId": NO_VERSIONS, "Versioning": NO_VERSIONS,
    "x-oss-server-side-encryption": NO_KEYS, "x-oss-server-side-encryption-key-id": NO_KEYS,
    "x-oss-server-side-data-encryption": NO_KEYS, "KMSMasterKeyID": NO_KEYS, "KMSDataEncryption": NO_KEYS,
    "x-oss-object-worm": "nothing is locked", "x-oss-sealed-time": "appendable objects are not sealed",
    "x-oss-restore": "of archives only", "RestoreInfo": "of archives only",
    "x-oss-process-status": "nothing is processed",
    "x-oss-object-restore-priority": "of archives with tiers", "x-oss-expiration": "where a rule is, see test_labels",
    "TransitionTime": "one tier", "x-oss-transition-time": "one tier", "x-oss-last-access-time": "reads are not noted",
    "x-oss-request-charged": "nobody pays", "x-oss-hash-ctx": "asked for by a parameter that is refused",
    "x-oss-md5-ctx": "asked for by a parameter that is refused", "ClientEncryption": "the SDK for Go v1 alone",
    "CSEMultiPartContext": "the SDK for Go v1 alone", "access-control-": "without a page that asks",
    "content-range": "of ranges", "x-oss-next-append-position": "of appendable objects",
    "XCType": "one kind of cluster",
    "ObjectMix": "the SDK for Go v1 orders entries itself",
}  # fmt: skip
"""What is not there, by the beginning of its name or of its path's end, and why."""


def _absent(name: str) -> bool:
    return any(name.startswith(one) or name.endswith(one) or f"/{one}" in name for one in ABSENT)


@pytest.fixture
def oss(speak: Speak) -> Speaker:
    """A bucket with something of everything that replies tell."""
    oss = speak(OSS)
    said = {
        "Cache-Control": "no-cache", "Content-Disposition": "inline", "Content-Encoding": "identity",
        "Expires": "Wed, 01 Jan 2031 00:00:00 GMT", "x-oss-meta-name": "value", "x-oss-tagging": "k=v",
    }  # fmt: skip
    oss.ok("PUT", "dir/k", body=b"content", headers=said)
    oss.ok("PUT", "link", query={"symlink": ""}, headers={"x-oss-symlink-target": "dir%2Fk", "x-oss-meta-name": "v"})
    oss.upload = oss.start("dir/parts")
    oss.part("dir/parts", oss.upload, 1, b"part")
    rule = (("ID", "r"), ("Prefix", "x/"), ("Status", "Enabled"), ("Tag", (("Key", "k"), ("Value", "v"))))
    expires = ("Expiration", (("Days", 3),))
    oss.ok("PUT", query={"lifecycle": ""}, body=OSS.document("LifecycleConfiguration", ("Rule", (*rule, expires))))
    cors = ("CORSRule", (
        ("AllowedOrigin", "*"), ("AllowedMethod", "GET"), ("AllowedHeader", "*"), ("ExposeHeader", "ETag"),
        ("MaxAgeSeconds", 5),
    ))  # fmt: skip
    oss.ok("PUT", query={"cors": ""}, body=OSS.document("CORSConfiguration", cors, ("ResponseVary", "true")))
    tags = ("TagSet", (("Tag", (("Key", "k"), ("Value", "v"))),))
    oss.ok("PUT", query={"tagging": ""}, body=OSS.document("Tagging", tags))
    return oss


def _paths(reply: Reply) -> Iterator[str]:
    """The paths of all elements below the root, which comes first."""
    above: list[str] = []
    found: list[str] = []

    def start(name: str, _attributes: object) -> None:
        above.append(name)
        found.append("/".join(above[1:]) or name)

    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _name: above.pop() and None
    parser.Parse(reply.body, True)
    yield from found


def check_read(one: SdkOperation, reply: Reply) -> None:
    """Every element and header that an SDK reads is there, or it is said why not."""
    assert reply.status in {200, 202, 204}, str(reply)
    reads = one.reads
    for header in reads.get("headers", ()):
        name = header.replace("*", "name")
        assert name in reply.headers or _absent(name), f"{one.name} lacks the header {name}: {reply.headers}"
    elements = [path for path in reads.get("elements", ()) if not path.startswith(("@", "json:", "#"))]
    if not elements and not reads.get("root"):
        return
    root, *paths = _paths(reply)
    assert reads.get("root", root) == root
    for path in elements:
        wanted = path.replace(".", "/")
        assert wanted in paths or _absent(wanted), f"{one.name} lacks {wanted}: {reply.body!r}"


def _asked(oss: Speaker) -> Iterator[tuple[str, Reply]]:
    upload = {"uploadId": oss.upload}
    source = {"x-oss-copy-source": OSS.source(oss.text, "dir/k")}
    url = {"encoding-type": "url"}
    yield "PutObject", oss.ask("PUT", "put", body=b"x")
    yield "GetObject", oss.ask("GET", "dir/k")
    yield "HeadObject", oss.ask("HEAD", "dir/k")
    yield "GetObjectMeta", oss.ask("HEAD", "dir/k", query={"objectMeta": ""})
    yield "CopyObject", oss.ask("PUT", "copy", headers=source)
    yield "AppendObject", oss.ask("POST", "log", query={"append": "", "position": "0"}, body=b"x")
    yield "GetSymlink", oss.ask("GET", "link", query={"symlink": ""})
    yield "GetObjectAcl", oss.ask("GET", "dir/k", query={"acl": ""})
    yield "GetObjectTagging", oss.ask("GET", "dir/k", query={"tagging": ""})
    yield "UploadPart", oss.ask("PUT", "dir/parts", query={**upload, "partNumber": "1"}, body=b"x" * OSS.part_min)
    yield "UploadPartCopy", oss.ask("PUT", "dir/parts", query={**upload, "partNumber": "2"}, headers=source)
    yield "ListParts", oss.ask("GET", "dir/parts", query={**upload, **url})
    yield "ListMultipartUploads", oss.ask("GET", query={"uploads": "", **url, "delimiter": "-", "prefix": ""})
    yield "InitiateMultipartUpload", oss.ask("POST", "b", query={"uploads": "", **url})
    yield (
        "CompleteMultipartUpload",
        oss.ask("POST", "dir/parts", query={**upload, **url}, headers={"x-oss-complete-all": "yes"}),
    )
    yield "DeleteMultipleObjects", oss.ask("POST", query={"delete": "", **url}, body=OSS.deletion(["put"]))
    yield "GetBucketAcl", oss.ask("GET", query={"acl": ""})
    yield "GetBucketCors", oss.ask("GET", query={"cors": ""})
    yield "GetBucketInfo", oss.ask("GET", query={"bucketInfo": ""})
    yield "GetBucketLocation", oss.ask("GET", query={"location": ""})
    yield "GetBucketStat", oss.ask("GET", query={"stat": ""})
    yield "GetBucketTags", oss.ask("GET", query={"tagging": ""})
    yield "GetBucketReferer", oss.ask("GET", query={"referer": ""})
    yield "GetBucketRequestPayment", oss.ask("GET", query={"requestPayment": ""})
    yield "GetBucketResourceGroup", oss.ask("GET", query={"resourceGroup": ""})
    yield "GetBucketAccessMonitor", oss.ask("GET", query={"accessmonitor": ""})
    yield "GetBucketQosInfo", oss.ask("GET", query={"qosInfo": ""})
    yield "GetUserQosInfo", oss.ask("GET", bucket="", query={"qosInfo": ""})
    yield "DescribeRegions", oss.ask("GET", bucket="", query={"regions": ""})
    yield "ListBuckets", oss.ask("GET", bucket="", query={"max-keys": "1", "prefix": "b"})


NOT_THESE = {
    "ListBuckets": {"NextMarker", "Marker", "Buckets/Bucket/Comment"},
    "GetBucketReferer": {"RefererList/Referer", "RefererBlacklist", "RefererBlacklist/Referer"},
    "ListMultipartUploads": {"CommonPrefixes", "CommonPrefixes/Prefix"},
}
"""What is there only when there is something to say."""


def test_every_reply_has_what_sdks_read(oss: Speaker) -> None:
    for name, reply in _asked(oss):
        with about(name):
            one = READS[name]
            elements = one.reads.get("elements", ())
            told = [path for path in elements if path.replace(".", "/") not in NOT_THESE.get(name, set())]
            check_read(SdkOperation(name=name, level="", method="", reads={**one.reads, "elements": told}), reply)
    del oss


def test_pages_of_listings_have_what_sdks_read(oss: Speaker) -> None:
    """Together, a page with more behind it and one of an empty bucket have every element that is read."""
    oss.put("a")
    oss.put("b")
    kinds = {
        "ListObjects": {"marker": "0"},
        "ListObjectsV2": {"list-type": "2", "fetch-owner": "true", "start-after": "0"},
        "ListObjectVersions": {"versions": "", "key-marker": "0"},
    }
    for name, query in kinds.items():
        with about(name):
            asked = {"encoding-type": "url", "prefix": "", "delimiter": "/", **query}
            first = oss.ok("GET", query={**asked, "max-keys": "1"})
            whole = oss.ok("GET", query=asked)
            token = OSS.value(first, "NextContinuationToken")
            next_page = oss.ok("GET", query={**asked, "continuation-token": token}) if token else whole
            found = {*_paths(first), *_paths(whole), *_paths(next_page)}
            for path in READS[name].reads["elements"]:
                wanted = path.replace(".", "/")
                assert wanted in found or _absent(wanted), f"lacks {wanted}: {first.body!r}"
