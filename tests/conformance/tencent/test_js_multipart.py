"""cos-nodejs-sdk-v5, and cos-js-sdk-v5 in Chromium: uploads in parts, 100 MiB with a real interruption.

Node.js is killed; the page's line is cut and the page loaded anew. Both then remember nothing but what they
had stored themselves, and find the rest by asking the server.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.conftest import Sample, Server
from conformance.driver import SdkFailed
from conformance.server import KEY_ID, SECRET, environment
from conformance.tencent import js
from conformance.tencent.interruption import PartRelay, arrived, check_resumed, kill_in_the_middle
from conformance.tencent.js import JsSdk
from conformance.tencent.test_js_sdks import allow
from conformance.tencent.wire import REGION, Cos, full

pytestmark = pytest.mark.conformance

MIB = 1 << 20
PARTS = 20
SLICING = {"ChunkSize": 5 * MIB, "SliceSize": 5 * MIB}
KEY = "大/large file+.bin"
CUT_AFTER_REPLIES = 16
"""Two for what is under way, two for the beginning, and two for each part, of which three are sent at once: the browser
asks before each whether it may. So four parts at least have their reply, and twelve at most.
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the Node.js SDK keeps what it remembers."""
    return tmp_path_factory.mktemp("home") / "nodejs"


@pytest.fixture(
    scope="module", params=["nodejs", pytest.param("browser", marks=pytest.mark.browser)], ids=["nodejs", "browser"]
)
def sdk(request: pytest.FixtureRequest, server: Server, cos: Cos, home: Path) -> Iterator[JsSdk]:
    """One child for all tests of this file, with a bucket that every page may use."""
    js.forget_uploads(home)
    with js.nodejs(server, home) if request.param == "nodejs" else js.page(server) as started:
        started.bucket = f"{started.kind}-parts"
        cos.make(started.bucket)
        allow(cos, started.bucket)
        yield started


def port_of(relay: PartRelay) -> int:
    """Where the relay listens."""
    return int(relay.address.rpartition(":")[2])


def test_step_by_step(sdk: JsSdk) -> None:
    sdk.configure()
    key, texts = "步/step by+step.txt", ("1" * MIB, "tail")
    begun = sdk("multipartInit", key, ContentType="text/plain", **{"x-cos-meta-colour": "blue"})
    upload = {"UploadId": begun["UploadId"]}
    assert (begun["Bucket"], begun["Key"]) == (full(sdk.bucket), key)
    parts = []
    for number, text in enumerate(texts, 1):
        sent = sdk("multipartUpload", key, **upload, PartNumber=number, Body=text)
        assert sent["ETag"] == f'"{hashlib.md5(text.encode()).hexdigest()}"'
        parts.append({"PartNumber": number, "ETag": sent["ETag"]})
    listed = sdk("multipartListPart", key, **upload)
    assert [(part["PartNumber"], part["Size"]) for part in listed["Part"]] == [("1", str(MIB)), ("2", "4")]
    assert listed["IsTruncated"] == "false"
    page = sdk("multipartListPart", key, **upload, MaxParts=1)
    assert (len(page["Part"]), page["IsTruncated"], page["NextPartNumberMarker"]) == (1, "true", "1")
    pending = sdk("multipartList", Prefix="步/")["Upload"]
    assert [(entry["Key"], entry["UploadId"]) for entry in pending] == [(key, begun["UploadId"])]

    done = sdk("multipartComplete", key, **upload, Parts=parts)
    digests = b"".join(hashlib.md5(text.encode()).digest() for text in texts)
    assert done["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-2"'
    assert done["headers"]["x-cos-hash-crc64ecma"]
    head = sdk("headObject", key)["headers"]
    assert (head["content-length"], head["content-type"]) == (str(MIB + 4), "text/plain")
    assert head["x-cos-meta-colour"] == "blue"
    assert sdk.refused("multipartListPart", key, **upload) == (404, "NoSuchUpload")


def test_abort(sdk: JsSdk) -> None:
    sdk.configure()
    for _ in range(2):
        sdk("multipartInit", "aborted/a.txt")
    other = sdk("multipartInit", "aborted/a.txt.b")["UploadId"]
    aborted = sdk("abortUploadTask", "aborted/a.txt", Level="file")
    assert (len(aborted["successList"]), aborted["errorList"]) == (2, [])
    assert [entry["UploadId"] for entry in sdk("multipartList", Prefix="aborted/")["Upload"]] == [other]
    assert sdk("multipartAbort", "aborted/a.txt.b", UploadId=other)["statusCode"] == 204
    assert sdk.refused("multipartAbort", "aborted/a.txt.b", UploadId=other) == (404, "NoSuchUpload")
    assert sdk("multipartList", Prefix="aborted/")["Upload"] == []


def test_a_copy_in_parts(sdk: JsSdk) -> None:
    sdk.configure(CopyChunkSize=MIB, CopySliceSize=MIB)
    text = "abc" * MIB + "tail"
    sdk.put("whole.txt", text, ContentType="text/plain", **{"x-cos-meta-colour": "blue"})
    source = f"{full(sdk.bucket)}.cos.{REGION}.myqcloud.com/whole.txt"
    copied = sdk("sliceCopyFile", "copy.txt", CopySource=source)
    assert copied["ETag"].endswith('-4"')
    got = sdk("getObject", "copy.txt")
    assert got["Body"]["sha1"] == hashlib.sha1(text.encode()).hexdigest()
    assert got["headers"]["x-cos-meta-colour"] == "blue"


def test_100_mib_resumed_after_an_interruption(
    sdk: JsSdk, cos: Cos, server: Server, big: Sample, tmp_path: Path, home: Path
) -> None:
    with PartRelay(server.port, cut_after=CUT_AFTER_REPLIES if sdk.browser else None) as relay:
        options = {**sdk.reach(port_of(relay)), **SLICING, "Protocol": "http:"}
        if sdk.browser:
            cut_the_line(sdk, relay, options, big)
        else:
            kill_node(sdk, relay, options, big, tmp_path, home)
        assert cos("HEAD", sdk.bucket, KEY).status == 404, "half an upload is not visible"
        _, before = arrived(cos, sdk.bucket, KEY, at_least=3)
        relay.forget()
        sdk.configure(**options)
        done = sdk.upload(big, KEY)
        check_resumed(relay, before, PARTS)
    assert done["ETag"].endswith(f'-{PARTS}"')
    assert cos.parts(sdk.bucket, KEY) == {}
    sdk.configure()
    check_download(sdk, big, tmp_path, done["headers"]["x-cos-hash-crc64ecma"])
    assert sdk("deleteObject", KEY)["statusCode"] == 204


def kill_node(sdk: JsSdk, relay: PartRelay, options: dict[str, object], big: Sample, folder: Path, home: Path) -> None:
    """SIGKILL in the middle, in a process of its own; the other one knows nothing of it."""
    known = {"SecretId": KEY_ID, "SecretKey": SECRET, **options}
    upload = {"Bucket": full(sdk.bucket), "Region": REGION, "Key": KEY, "FilePath": str(big.path)}
    lines = js.lines(("configure", known), ("uploadFile", upload))
    env = environment({"HOME": str(folder), "XDG_CONFIG_HOME": str(folder)})
    kill_in_the_middle(js.NODE_COMMAND, env=env, cwd=folder, lines=lines, relay=relay, parts=8)
    js.forget_uploads(home)


def cut_the_line(sdk: JsSdk, relay: PartRelay, options: dict[str, object], big: Sample) -> None:
    """Every connection breaks in the middle; then the page is loaded anew."""
    sdk.configure(**options, AutoSwitchHost=False)
    with pytest.raises(SdkFailed) as caught:
        sdk.upload(big, KEY)
    value: Any = caught.value.value
    assert value["status"] == 0, value
    sdk.driver.call("reload")
    relay.heal()


def check_download(sdk: JsSdk, big: Sample, folder: Path, crc: str) -> None:
    """The whole comes back, with the digest that completing told."""
    if sdk.browser:
        got = sdk("getObject", KEY, timeout_seconds=120)
        assert (got["Body"]["size"], got["Body"]["sha1"]) == (len(big.content), big.sha)
        assert got["headers"]["x-cos-hash-crc64ecma"] == crc
        return
    target = folder / "downloaded"
    sdk("downloadFile", KEY, FilePath=str(target), ChunkSize=8 * MIB, timeout_seconds=120)
    assert target.read_bytes() == big.content
    target.unlink()
    assert sdk("headObject", KEY)["headers"]["x-cos-hash-crc64ecma"] == crc
