"""What a project's tests look like with the kit. ``tests/kit/test_plugin.py`` runs it with xdist and the real SDKs.

Law: nothing of this server is imported here; only the fixtures and the SDKs are used.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
from botocore.exceptions import ClientError

KEY, CONTENT = "docs/hello.txt", b"hello, world"


@pytest.fixture(autouse=True)
def _told(entrepot_server: Any, entrepot_account: Any) -> None:
    """Tell the test outside which server and account each test had."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with Path(os.environ["KIT_TOLD"]).open("a", encoding="utf-8") as told:
        told.write(f"{worker} {entrepot_server.pid} {entrepot_server.port} {entrepot_account.key_id}\n")


@pytest.mark.parametrize("number", range(4))
def test_every_test_begins_with_empty_buckets(entrepot_boto3: Any, entrepot_bucket: str, number: int) -> None:
    assert [one["Name"] for one in entrepot_boto3.list_buckets()["Buckets"]] == [entrepot_bucket]
    assert entrepot_boto3.list_objects_v2(Bucket=entrepot_bucket)["KeyCount"] == 0
    entrepot_boto3.put_object(Bucket=entrepot_bucket, Key=f"{number}.txt", Body=CONTENT)


def test_one_object_through_every_sdk(
    entrepot_account: Any, entrepot_boto3: Any, entrepot_cos: Any, entrepot_oss: Any, entrepot_tos: Any
) -> None:
    bucket = entrepot_account.bucket
    entrepot_boto3.put_object(Bucket=bucket, Key=KEY, Body=CONTENT)
    assert entrepot_oss.get_object(KEY).read() == CONTENT
    assert entrepot_tos.get_object(bucket, KEY).read() == CONTENT
    reply = entrepot_cos.get_object(Bucket=entrepot_account.cos_bucket, Key=KEY)
    assert reply["Body"].get_raw_stream().read() == CONTENT
    entrepot_oss.delete_object(KEY)
    with pytest.raises(ClientError, match="Not Found"):
        entrepot_boto3.head_object(Bucket=bucket, Key=KEY)


def test_accounts_do_not_see_each_other(entrepot_account: Any, entrepot_new_account: Any) -> None:
    mine, other = entrepot_account, entrepot_new_account(entrepot_account.bucket)
    mine.clients.boto3().put_object(Bucket=mine.bucket, Key=KEY, Body=CONTENT)
    with pytest.raises(ClientError) as refused:
        other.clients.boto3().get_object(Bucket=mine.bucket, Key=KEY)
    assert refused.value.response["Error"]["Code"] == "NoSuchKey"


def test_reset(entrepot_account: Any, entrepot_boto3: Any) -> None:
    bucket = entrepot_account.bucket
    for number in range(5):
        entrepot_boto3.put_object(Bucket=bucket, Key=f"{number}.txt", Body=CONTENT)
    entrepot_boto3.create_multipart_upload(Bucket=bucket, Key="big")
    entrepot_boto3.create_bucket(Bucket="further")
    done = entrepot_account.reset()
    assert (done["objects"], done["uploads"], done["buckets"]) == (5, 1, 2)
    assert [one["Name"] for one in entrepot_boto3.list_buckets()["Buckets"]] == [bucket]
    assert "Uploads" not in entrepot_boto3.list_multipart_uploads(Bucket=bucket)


def test_the_minting_apis(
    entrepot_account: Any, entrepot_sts: Any, entrepot_tencent: Any, entrepot_aliyun: Any, entrepot_volcengine: Any
) -> None:
    import volcenginesdkvms
    from alibabacloud_hbr20170908.client import Client as HbrClient
    from alibabacloud_hbr20170908.models import CreateTempFileUploadUrlRequest
    from tencentcloud.ms.v20180408 import models as ms
    from tencentcloud.ms.v20180408.ms_client import MsClient
    from tencentcloud.vod.v20240718 import models as vod
    from tencentcloud.vod.v20240718.vod_client import VodClient

    assert entrepot_sts.get_caller_identity()["Account"] == entrepot_account.user_id
    assert MsClient(*entrepot_tencent).CreateCosSecKeyInstance(ms.CreateCosSecKeyInstanceRequest()).CosKey
    resource = f"qcs::vod:auto:uid/{entrepot_account.number}:prefix//{entrepot_account.application}/bucket/a"
    statement = {"effect": "allow", "action": ["name/vod:PutObject"], "resource": [resource]}
    asked = vod.CreateStorageCredentialsRequest()
    asked.SubAppId = entrepot_account.application
    asked.Policy = quote(json.dumps({"version": "2.0", "statement": [statement]}), safe="")
    assert VodClient(*entrepot_tencent).CreateStorageCredentials(asked).Credentials.SessionToken
    form = HbrClient(entrepot_aliyun).create_temp_file_upload_url(CreateTempFileUploadUrlRequest(file_name="a.txt"))
    assert form.body.to_map()["Signature"]
    voices = volcenginesdkvms.VMSApi(entrepot_volcengine)
    assert voices.get_resource_upload_url(volcenginesdkvms.GetResourceUploadUrlRequest(file_name="a.mp3")).upload_url


def test_a_presigned_address_ends(entrepot_boto3: Any, entrepot_bucket: str, entrepot_clock: Any) -> None:
    entrepot_boto3.put_object(Bucket=entrepot_bucket, Key=KEY, Body=CONTENT)
    named = {"Bucket": entrepot_bucket, "Key": KEY}
    url = entrepot_boto3.generate_presigned_url("get_object", Params=named, ExpiresIn=3600)
    entrepot_clock.move(minutes=59)
    assert requests.get(url, timeout=10).content == CONTENT
    entrepot_clock.move(minutes=2)
    refused = requests.get(url, timeout=10)
    assert refused.status_code == 403
    assert "<Code>AccessDenied</Code><Message>Request has expired" in refused.text


def test_a_rule_ends_an_object(entrepot_boto3: Any, entrepot_bucket: str, entrepot_clock: Any) -> None:
    rule = {"ID": "all", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 30}}
    entrepot_boto3.put_bucket_lifecycle_configuration(Bucket=entrepot_bucket, LifecycleConfiguration={"Rules": [rule]})
    for key in ("logs/1.txt", "kept/1.txt"):
        entrepot_boto3.put_object(Bucket=entrepot_bucket, Key=key, Body=CONTENT)
    entrepot_clock.move(days=29)
    assert entrepot_boto3.list_objects_v2(Bucket=entrepot_bucket)["KeyCount"] == 2
    entrepot_clock.move(days=3)
    left = entrepot_boto3.list_objects_v2(Bucket=entrepot_bucket)["Contents"]
    assert [one["Key"] for one in left] == ["kept/1.txt"]


def test_a_temporary_key_ends(entrepot_account: Any, entrepot_clock: Any) -> None:
    role = f"arn:aws:iam::{entrepot_account.user_id}:role/tests"
    sts = entrepot_account.clients.boto3("sts")
    made = sts.assume_role(RoleArn=role, RoleSessionName="test", DurationSeconds=900)["Credentials"]
    temporary = entrepot_account.clients.boto3(
        aws_access_key_id=made["AccessKeyId"], aws_secret_access_key=made["SecretAccessKey"],
        aws_session_token=made["SessionToken"],
    )  # fmt: skip
    temporary.put_object(Bucket=entrepot_account.bucket, Key=KEY, Body=CONTENT)
    entrepot_clock.move(minutes=16)
    with pytest.raises(ClientError) as refused:
        temporary.head_bucket(Bucket=entrepot_account.bucket)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in {400, 403}


def test_a_client_whose_clock_is_wrong(entrepot_account: Any, entrepot_clock: Any) -> None:
    entrepot_clock.move(minutes=20, clients_follow=False)
    with pytest.raises(ClientError) as refused:
        entrepot_account.clients.boto3().list_buckets()
    assert refused.value.response["Error"]["Code"] == "RequestTimeTooSkewed"
