"""What MS, VOD and STS mint, spent by the clients that their users use: boto3, cos-python-sdk-v5, cos-nodejs-sdk-v5.

Sources: seeds 002, 003; wire facts of Tencent §2.2, §4, §8, §9.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from conformance.conftest import Sample
from conformance.driver import Driver
from conformance.minting.tencent.clients import APPLICATION, FIVE, Api, Temporary, of_ms, of_sts, of_vod
from conformance.s3.calls import Client, Refused
from conformance.server import APPID, BUCKET, KEY_ID, SECRET, Server
from conformance.tencent.conftest import PythonSdk
from conformance.tencent.js import JsSdk
from conformance.tencent.wire import Cos, full

MIB = 1 << 20
SHIELD = f"ms-shield-{APPID}"


def credentials(api: Api, actions: list[str], *paths: str) -> Temporary:
    """VOD's credentials for these actions on these paths (`<bucket>/<key>`)."""
    resources = [f"qcs::vod:ap-guangzhou:uid/{APPID}:prefix//{APPLICATION}/{path}" for path in paths]
    statement = {"effect": "allow", "action": actions, "resource": resources}
    policy = quote(json.dumps({"version": "2.0", "statement": [statement]}), safe="")
    return of_vod(api("vod", "CreateStorageCredentials", {"SubAppId": APPLICATION, "Policy": policy}))


PARTS = {"multipart_threshold": 5 * MIB, "multipart_chunksize": 5 * MIB}


@pytest.mark.parametrize(
    ("endpoint", "style", "bucket"),
    [
        (None, "path", BUCKET),
        ("http://vodpro.ap-guangzhou.eovod.com", "virtual", BUCKET),
        (f"http://{APPLICATION}.vodpro-upload.com", "path", BUCKET),
        (f"http://{APPLICATION}.vodpro-upload.com", "path", "auto"),
        (None, "path", "auto"),
    ],
)
def test_vod_by_boto3_in_parts(
    api: Api, boto: Callable[..., Client], sample: Callable[..., Sample], cos: Cos, endpoint: str | None, style: str,
    bucket: str,
) -> None:  # fmt: skip
    file = sample(12 * MIB)
    key = f"vod/boto/{style} {bucket}+中.bin"
    made = credentials(api, FIVE, f"{bucket}/{key}")
    client = boto(made, endpoint, s3={"addressing_style": style}, signature_version="s3v4")
    client("upload_file", str(file.path), bucket, key, PARTS)
    assert cos.stored(BUCKET, key) == file.content
    for call, more in (("put_object", {"Key": key, "Body": b"x"}), ("get_object", {"Key": key}),
                       ("delete_object", {"Key": key}), ("list_objects_v2", {}),
                       ("create_multipart_upload", {"Key": key + "x"})):  # fmt: skip
        with pytest.raises(Refused) as caught:
            client(call, Bucket=bucket, **more)
        assert caught.value.status == 403


def test_vod_lists_a_prefix_by_boto3(api: Api, boto: Callable[..., Client]) -> None:
    client = boto(credentials(api, ["name/vod:GetBucket"], f"{BUCKET}/vod/"))
    assert client("list_objects_v2", Bucket=BUCKET, Prefix="vod/")["KeyCount"] >= 0
    with pytest.raises(Refused) as caught:
        client("list_objects_v2", Bucket=BUCKET, Prefix="")
    assert caught.value.status == 403


@pytest.mark.parametrize("bucket", [BUCKET, "auto"])
def test_vod_by_cos_node_at_the_applications_domain(
    api: Api, cos_node: Callable[..., JsSdk], sample: Callable[..., Sample], cos: Cos, server: Server, bucket: str
) -> None:
    """As the cloud's own uploader does: the bucket is the beginning of the key."""
    file = sample(9 * MIB)
    key = f"vod/node-app/{bucket}.bin"
    made = credentials(api, [*FIVE, "name/vod:PutObject"], f"{bucket}/{key}", f"{bucket}/{key}.small")
    sdk = cos_node(
        made, "any", Domain=f"{APPLICATION}.vodpro-upload.com", Proxy=server.address, Tunnel=False, Protocol="http:"
    )
    sdk("sliceUploadFile", f"{bucket}/{key}", FilePath=str(file.path), ChunkSize=2 * MIB, timeout_seconds=120)
    sdk("putObject", f"{bucket}/{key}.small", Body="small")
    assert cos.stored(BUCKET, key) == file.content
    assert cos.stored(BUCKET, f"{key}.small") == b"small"
    assert sdk.refused("putObject", f"{bucket}/other", Body="x") == (403, "AccessDenied")


def test_vod_by_cos_node_at_a_buckets_domain(
    api: Api, cos_node: Callable[..., JsSdk], sample: Callable[..., Sample], cos: Cos, server: Server
) -> None:
    file = sample(9 * MIB)
    made = credentials(api, FIVE, f"{BUCKET}/vod/node.bin")
    domain = f"{BUCKET}.vodpro.ap-guangzhou.eovod.com"
    sdk = cos_node(made, "any", Domain=domain, Proxy=server.address, Tunnel=False, Protocol="http:")
    sdk("sliceUploadFile", "vod/node.bin", FilePath=str(file.path), ChunkSize=2 * MIB, timeout_seconds=120)
    assert cos.stored(BUCKET, "vod/node.bin") == file.content


def test_ms_by_cos_python(
    api: Api, cos_python: Callable[[Temporary], PythonSdk], sample: Callable[..., Sample], cos: Cos
) -> None:
    given = api("ms", "CreateCosSecKeyInstance", {})
    sdk, prefix = cos_python(of_ms(given)), given["CosPrefix"]
    assert sdk.refused("head_object", Bucket=SHIELD, Key=f"{prefix}/a.txt") == (404, "NoSuchResource")
    sdk("put_object", Bucket=SHIELD, Key=f"{prefix}/a.txt", Body={"text": "by python"})
    assert cos.stored("ms-shield", f"{prefix}/a.txt") == b"by python"
    file = sample(7 * MIB)
    sdk("upload_file", Bucket=SHIELD, Key=f"{prefix}/big.bin", LocalFilePath=str(file.path), PartSize=2, MAXThread=2)
    assert cos.stored("ms-shield", f"{prefix}/big.bin") == file.content
    for key in (f"{prefix}x", f"{prefix}x/a.txt", "a.txt"):
        assert sdk.refused("put_object", Bucket=SHIELD, Key=key, Body={"text": "x"}) == (403, "AccessDenied")
    for method, more in (("get_object", {"Key": f"{prefix}/a.txt"}), ("delete_object", {"Key": f"{prefix}/a.txt"}),
                         ("list_objects", {"Prefix": prefix})):  # fmt: skip
        assert sdk.refused(method, Bucket=SHIELD, **more) == (403, "AccessDenied")


def test_ms_by_cos_node(api: Api, cos_node: Callable[..., JsSdk], sample: Callable[..., Sample], cos: Cos) -> None:
    given = api("ms", "CreateCosSecKeyInstance", {})
    sdk, prefix = cos_node(of_ms(given), "ms-shield"), given["CosPrefix"]
    file = sample(5 * MIB)
    sdk("sliceUploadFile", f"{prefix}/node.bin", FilePath=str(file.path), ChunkSize=MIB, timeout_seconds=120)
    assert cos.stored("ms-shield", f"{prefix}/node.bin") == file.content
    assert sdk.refused("getObject", f"{prefix}/node.bin") == (403, "AccessDenied")


ACTIONS = [
    f"name/cos:{name}"
    for name in (
        "PutObject", "PostObject", "InitiateMultipartUpload", "ListMultipartUploads", "ListParts", "UploadPart",
        "CompleteMultipartUpload",
    )
]  # fmt: skip


@pytest.mark.parametrize("form", ["prefix", "policy", "only the address", "role"])
def test_sts_by_qcloud_python_sts(
    python_driver: Driver, cos_python: Callable[[Temporary], PythonSdk], sample: Callable[..., Sample], cos: Cos,
    server: Server, form: str,
) -> None:  # fmt: skip
    """Its own prefix form, its own policy, an official domain in the signature, and a role."""
    config: dict[str, Any] = {
        "url": f"{server.address}/", "domain": f"127.0.0.1:{server.port}", "secret_id": KEY_ID, "secret_key": SECRET,
        "region": "ap-guangzhou", "duration_seconds": 1800,
    }  # fmt: skip
    if form == "only the address":
        del config["domain"]
    if form == "policy":
        scopes = [[action, full(BUCKET), "ap-guangzhou", ["sts/*"]] for action in ACTIONS]
        config["policy"] = python_driver.call("policy", *scopes)
    else:
        config |= {"bucket": full(BUCKET), "allow_prefix": ["sts/*"], "allow_actions": ACTIONS}
    if form == "role":
        given = python_driver.call("assume", "qcs::cam::uin/100000000001:roleName/uploader", **config)
    else:
        given = python_driver.call("federate", **config)
    assert given["expiredTime"] - given["startTime"] == 1800
    sdk = cos_python(of_sts(given))
    sdk("put_object", Bucket=full(BUCKET), Key=f"sts/{form}", Body={"text": form})
    assert cos.stored(BUCKET, f"sts/{form}") == form.encode()
    file = sample(3 * MIB)
    sdk("upload_file", Bucket=full(BUCKET), Key=f"sts/{form}.bin", LocalFilePath=str(file.path), PartSize=1)
    assert cos.stored(BUCKET, f"sts/{form}.bin") == file.content
    assert sdk.refused("put_object", Bucket=full(BUCKET), Key="other", Body={"text": "x"}) == (403, "AccessDenied")
