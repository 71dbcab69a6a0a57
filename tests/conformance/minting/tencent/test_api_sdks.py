"""tencentcloud-sdk-python-ms, -vod, -sts and tencentcloud-sdk-nodejs against the front door.

Sources: seeds 002, 003; wire facts of Tencent §1.
"""

from __future__ import annotations

import time
from typing import Any

import pytest

from conformance.driver import Driver
from conformance.minting.tencent.clients import APPLICATION, FIVE, Api
from conformance.server import KEY_ID, SECRET, Server

POLICY = (
    "%7B%22statement%22%3A%5B%7B%22action%22%3A%5B%22name%2Fvod%3AInitiateMultipartUpload%22%2C%22name%2Fvod%3AListMu"
    "ltipartUploads%22%2C%22name%2Fvod%3AListParts%22%2C%22name%2Fvod%3AUploadPart%22%2C%22name%2Fvod%3ACompleteMulti"
    "partUpload%22%5D%2C%22effect%22%3A%22allow%22%2C%22resource%22%3A%5B%22qcs%3A%3Avod%3Aap-beijing%3Auid%2F2511977"
    "38%3Aprefix%2F%2F220209%2Fa%2F001.png%22%5D%7D%5D%2C%22version%22%3A%222.0%22%7D"
)
"""The first example of the seed, as it is written there."""
WAYS = [
    {"sign": sign, "verb": verb} for sign in ("TC3-HMAC-SHA256", "HmacSHA1", "HmacSHA256") for verb in ("POST", "GET")
]
each_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way['sign']} {way['verb']}")


@each_way
def test_ms(api: Api, way: dict[str, str]) -> None:
    """The seed's whole result."""
    given = api("ms", "CreateCosSecKeyInstance", {"CosRegion": "ap-shanghai", "Duration": 1200}, **way)
    assert (given["CosAppid"], given["CosBucket"], given["CosRegion"]) == (1250000000, "ms-shield", "ap-shanghai")
    assert abs(given["ExpireTime"] - time.time() - 1200) < 10
    assert all(given[name] for name in ("CosId", "CosKey", "CosPrefix", "CosToken", "RequestId"))
    assert given["CosTocken"] == given["CosToken"]


@each_way
def test_vod(api: Api, way: dict[str, str]) -> None:
    values = {"SubAppId": APPLICATION, "Policy": POLICY, "DurationSeconds": 7200}
    given = api("vod", "CreateStorageCredentials", values, **way)
    assert set(given["Credentials"]) == {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}
    assert all(given["Credentials"].values())


@each_way
def test_vod_storages(api: Api, way: dict[str, str]) -> None:
    name = f"storage-{way['sign']}-{way['verb']}".lower()
    made = api(
        "vod", "CreateStorage", {"SubAppId": APPLICATION, "StorageRegion": "ap-beijing", "StorageName": name}, **way
    )
    asked: dict[str, Any] = {
        "SubAppId": APPLICATION, "Filters": [{"Name": "BucketId", "Values": [made["BucketId"], "none"]}],
        "SortBy": {"Field": "CreateTime", "Order": "Desc"}, "Offset": 0, "Limit": 5,
    }  # fmt: skip
    found = api("vod", "DescribeStorage", asked, **way)
    assert found["TotalCount"] == 1
    assert found["StorageInfoSet"][0]["StorageName"] == name
    everything = api("vod", "DescribeStorage", {"SubAppId": APPLICATION, "Limit": 1000}, **way)
    assert "demo" in {one["BucketId"] for one in everything["StorageInfoSet"]}


@each_way
def test_a_temporary_key_signs_with_its_token(api: Api, way: dict[str, str]) -> None:
    policy = '{"version":"2.0","statement":[{"effect":"allow","action":["vod:*"],"resource":["*"]}]}'
    given = api("sts", "GetFederationToken", {"Name": "sdk", "Policy": policy}, **way)
    made = given["Credentials"]
    assert abs(given["ExpiredTime"] - time.time() - 1800) < 10
    key = {api.key_id: made["TmpSecretId"], "secret": made["TmpSecretKey"]}
    assert api("vod", "DescribeStorage", {"SubAppId": APPLICATION}, token=made["Token"], **key, **way)["TotalCount"] > 0
    for token in (None, "wrong"):
        more = {} if token is None else {"token": token}
        assert api.refused("vod", "DescribeStorage", {"SubAppId": APPLICATION}, **more, **key, **way) == (
            "AuthFailure.TokenFailure"
        )


@each_way
def test_refusals_come_as_the_sdks_own_errors(api: Api, way: dict[str, str]) -> None:
    call = ("ms", "CreateCosSecKeyInstance", {"Duration": 1200})
    assert api.refused(*call, secret="wrong", **way) == "AuthFailure.SignatureFailure"
    assert api.refused(*call, **{api.key_id: "nobody"}, **way) == "AuthFailure.SecretIdNotFound"
    assert api.refused("ms", "CreateCosSecKeyInstance", {"Duration": 0}, **way) == "InvalidParameterValue"
    assert api.refused("ms", "DescribeShieldInstances", **way) == "InvalidAction"
    assert api.refused("vod", "DescribeStorage", {"SubAppId": 5}, **way) == "UnauthorizedOperation.SubApp"


def test_bodies_that_are_not_signed(python_api: Api) -> None:
    assert python_api("ms", "CreateCosSecKeyInstance", {"Duration": 1200}, unsigned=True)["CosId"]


def test_forms_of_several_parts(python_driver: Driver, node_api: Api, server: Server) -> None:
    known = {"endpoint": f"127.0.0.1:{server.port}", "key_id": KEY_ID, "secret": SECRET}
    values = {"CosRegion": "ap-shanghai"}
    given = python_driver.call("multipart", "ms", "CreateCosSecKeyInstance", values, **known)
    assert given["CosRegion"] == "ap-shanghai"
    assert node_api("ms", "CreateCosSecKeyInstance", values, multipart=True)["CosRegion"] == "ap-shanghai"
    filters = {"SubAppId": str(APPLICATION), "Filters": [{"Name": "BucketId", "Values": ["demo"]}]}
    assert python_driver.call("multipart", "vod", "DescribeStorage", filters, **known)["TotalCount"] == 1


def test_at_the_clouds_own_hosts(python_api: Api, server: Server) -> None:
    """Through the server as a proxy."""
    for product, action, values in (
        ("ms", "CreateCosSecKeyInstance", {}),
        ("vod", "DescribeStorage", {"SubAppId": APPLICATION}),
    ):
        assert python_api(product, action, values, endpoint=None, proxy=server.address)["RequestId"]


def test_the_five_actions_of_the_seed_are_in_its_policy() -> None:
    assert all(action.replace("/", "%2F").replace(":", "%3A") in POLICY for action in FIVE)
