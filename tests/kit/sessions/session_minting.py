"""A session of the four minting APIs, by the clouds' SDKs, with what they mint spent."""

from __future__ import annotations

import json
from urllib.parse import quote

import boto3
import overheard
import requests
import volcenginesdkcore
import volcenginesdkvms
from alibabacloud_hbr20170908.client import Client as HbrClient
from alibabacloud_hbr20170908.models import CreateTempFileUploadUrlRequest, GetTempFileDownloadLinkRequest
from alibabacloud_tea_openapi.models import Config
from overheard import ACCOUNT, ADDRESS, APPLICATION, BUCKET, KEY_ID, SECRET, USER_ID
from qcloud_cos import CosConfig, CosS3Client
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.ms.v20180408 import models as ms
from tencentcloud.ms.v20180408.ms_client import MsClient
from tencentcloud.vod.v20240718 import models as vod
from tencentcloud.vod.v20240718.vod_client import VodClient

HOST = ADDRESS.removeprefix("http://")

sts = boto3.client("sts", endpoint_url=ADDRESS)
assert sts.get_caller_identity()["Account"] == USER_ID
made = sts.assume_role(RoleArn=f"arn:aws:iam::{USER_ID}:role/tests", RoleSessionName="test", DurationSeconds=900)
keys = made["Credentials"]
overheard.secret(keys["SecretAccessKey"], keys["SessionToken"])
temporary = boto3.client(
    "s3", endpoint_url=ADDRESS, aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
    aws_session_token=keys["SessionToken"],
)  # fmt: skip
temporary.put_object(Bucket=BUCKET, Key="temporary", Body=b"t")

http = HttpProfile(protocol="http", endpoint=HOST)
tencent = (Credential(KEY_ID, SECRET), "ap-guangzhou", ClientProfile(httpProfile=http))
shield = MsClient(*tencent).CreateCosSecKeyInstance(ms.CreateCosSecKeyInstanceRequest())
overheard.secret(shield.CosKey, shield.CosToken)
cos = CosS3Client(
    CosConfig(
        Region="ap-guangzhou", SecretId=shield.CosId, SecretKey=shield.CosKey, Token=shield.CosToken, Scheme="http",
        Proxies=overheard.PROXIES,
    ),
    retry=0,
)  # fmt: skip
cos.put_object(Bucket=f"{shield.CosBucket}-{ACCOUNT}", Key=f"{shield.CosPrefix}/a.exe", Body=b"exe")
resource = f"qcs::vod:auto:uid/{ACCOUNT}:prefix//{APPLICATION}/bucket/a"
statement = {"effect": "allow", "action": ["name/vod:PutObject"], "resource": [resource]}
asked = vod.CreateStorageCredentialsRequest()
asked.SubAppId = int(APPLICATION)
asked.Policy = quote(json.dumps({"version": "2.0", "statement": [statement]}), safe="")
credentials = VodClient(*tencent).CreateStorageCredentials(asked).Credentials
overheard.secret(credentials.SecretAccessKey, credentials.SessionToken)

hbr = HbrClient(Config(access_key_id=KEY_ID, access_key_secret=SECRET, endpoint=HOST, protocol="HTTP"))
form = hbr.create_temp_file_upload_url(CreateTempFileUploadUrlRequest(file_name="a.txt")).body.to_map()
overheard.secret(form["Signature"])
fields = {
    "key": form["TempFileKey"], "OSSAccessKeyId": form["OssAccessKeyId"], "policy": form["Policy"],
    "Signature": form["Signature"],
}  # fmt: skip
sent = requests.post(f"{ADDRESS}/{form['BucketName']}", data=fields, files={"file": b"temporary"}, timeout=20)
assert sent.status_code == 204, sent.text
link = GetTempFileDownloadLinkRequest(temp_file_key=form["TempFileKey"])
url = hbr.get_temp_file_download_link(link).body.to_map()["Url"]
assert requests.get(url, timeout=20).content == b"temporary"

configuration = volcenginesdkcore.Configuration()
configuration.ak, configuration.sk, configuration.region = KEY_ID, SECRET, "cn-north-1"
configuration.host, configuration.scheme = HOST, "http"
voices = volcenginesdkvms.VMSApi(volcenginesdkcore.ApiClient(configuration))
name = volcenginesdkvms.GetResourceUploadUrlRequest(file_name="a.mp3")
address = voices.get_resource_upload_url(name).upload_url
assert requests.put(address, data=b"ID3", timeout=20).status_code == 200
overheard.told()
