"""The clouds' SDKs, each pointed at one address: four that mint, five clients that store and fetch.

Knows how each SDK is told where to go; must not know what the demo does with it. Every SDK is the vendor's, unmodified.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import boto3
import oss2
import requests
import tos
import volcenginesdkcore
import volcenginesdkvms
from alibabacloud_hbr20170908.client import Client as HbrClient
from alibabacloud_hbr20170908.models import CreateTempFileUploadUrlRequest
from alibabacloud_tea_openapi.models import Config as HbrConfig
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from qcloud_cos import CosConfig, CosS3Client
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.ms.v20180408 import models as ms_models
from tencentcloud.ms.v20180408.ms_client import MsClient
from tencentcloud.vod.v20240718 import models as vod_models
from tencentcloud.vod.v20240718.vod_client import VodClient

APPID = "1250000000"
APPLICATION = 220209
SECONDS = 60
MIB = 1 << 20
PART_BYTES = 8 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A credential as its receiver has it; a temporary one has a ``token``."""

    id: str
    secret: str
    token: str | None = None


class Clouds:
    """All SDKs for one server, at ``address`` (scheme, host and port), with the account's own ``key``."""

    def __init__(self, address: str, key: Key) -> None:
        self.address = address.rstrip("/")
        self.authority = urlsplit(self.address).netloc
        self.key = key

    # Minting: what an application's server does.

    def voice_url(self, name: str) -> str:
        """Volcengine vms GetResourceUploadUrl: an address for one PUT."""
        request = volcenginesdkvms.GetResourceUploadUrlRequest(file_name=name)
        return str(self._vms().get_resource_upload_url(request).upload_url)

    def voice_committed(self, name: str) -> str:
        """Volcengine vms CommitResourceUpload: the resource's key, once the file was parsed."""
        request = volcenginesdkvms.CommitResourceUploadRequest(file_name=name)
        return str(self._vms().commit_resource_upload(request).resource_key)

    def temporary_form(self, name: str) -> dict[str, str]:
        """Alibaba hbr CreateTempFileUploadUrl: a form's policy and signature."""
        config = HbrConfig(
            access_key_id=self.key.id, access_key_secret=self.key.secret, endpoint=self.authority, protocol="http"
        )
        reply = HbrClient(config).create_temp_file_upload_url(CreateTempFileUploadUrlRequest(file_name=name))
        return {name: str(value) for name, value in reply.body.to_map().items()}

    def video_key(self, *paths: str) -> Key:
        """Tencent VOD CreateStorageCredentials: a key for uploads to these paths (``bucket/key``) in parts."""
        uploads = ("InitiateMultipartUpload", "ListMultipartUploads", "ListParts", "UploadPart",
                   "CompleteMultipartUpload")  # fmt: skip
        resources = [f"qcs::vod:auto:uid/{APPID}:prefix//{APPLICATION}/{path}" for path in paths]
        actions = [f"name/vod:{name}" for name in uploads]
        policy = {"version": "2.0", "statement": [{"effect": "allow", "action": actions, "resource": resources}]}
        request = vod_models.CreateStorageCredentialsRequest()
        request.SubAppId, request.Policy = APPLICATION, quote(json.dumps(policy), safe="")
        made = VodClient(*self._tencent()).CreateStorageCredentials(request).Credentials
        return Key(id=made.AccessKeyId, secret=made.SecretAccessKey, token=made.SessionToken)

    def shield_key(self) -> tuple[Key, str, str]:
        """Tencent MS CreateCosSecKeyInstance: a key, its bucket, and the prefix below which it may upload."""
        made = MsClient(*self._tencent()).CreateCosSecKeyInstance(ms_models.CreateCosSecKeyInstanceRequest())
        return Key(id=made.CosId, secret=made.CosKey, token=made.CosToken), made.CosBucket, made.CosPrefix

    def _vms(self) -> Any:
        configuration = volcenginesdkcore.Configuration()
        configuration.ak, configuration.sk, configuration.region = self.key.id, self.key.secret, "cn-beijing"
        configuration.scheme, configuration.host = "http", self.authority
        return volcenginesdkvms.VMSApi(volcenginesdkcore.ApiClient(configuration))

    def _tencent(self) -> tuple[Credential, str, ClientProfile]:
        http = HttpProfile(protocol="http", endpoint=self.authority)
        return Credential(self.key.id, self.key.secret), "ap-guangzhou", ClientProfile(httpProfile=http)

    # Storing: what an application's client does with what it was given.

    def put(self, url: str, content: bytes) -> requests.Response:
        """A plain PUT."""
        return requests.put(url, data=content, timeout=SECONDS)

    def post(self, form: dict[str, str], content: bytes) -> requests.Response:
        """A browser's form."""
        fields = {"key": form["TempFileKey"], "policy": form["Policy"], "Signature": form["Signature"],
                  "OSSAccessKeyId": form["OssAccessKeyId"]}  # fmt: skip
        return requests.post(
            f"http://{form['Endpoint']}/{form['BucketName']}/",
            data=fields,
            files={"file": ("a.txt", content)},
            timeout=SECONDS,
        )

    def s3(self, key: Key | None = None) -> Any:
        """boto3."""
        key = key or self.key
        return boto3.client(
            "s3", endpoint_url=self.address, region_name="auto", aws_access_key_id=key.id,
            aws_secret_access_key=key.secret, aws_session_token=key.token,
            config=Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        )  # fmt: skip

    def upload_in_parts(self, key: Key, bucket: str, name: str, content: bytes) -> None:
        """A multipart upload, several parts at once."""
        parts = TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES)
        self.s3(key).upload_fileobj(io.BytesIO(content), bucket, name, Config=parts)

    def cos(self, key: Key | None = None) -> CosS3Client:
        """cos-python-sdk-v5, led to the server as to a proxy: it writes the bucket into the host."""
        key = key or self.key
        config = CosConfig(
            Region="ap-guangzhou", SecretId=key.id, SecretKey=key.secret, Token=key.token, Scheme="http",
            Proxies={"http": self.address},
        )  # fmt: skip
        return CosS3Client(config, retry=0)

    # Fetching, through each storage dialect with the account's own key.

    def by_s3(self, bucket: str, name: str) -> bytes:
        """S3."""
        return bytes(self.s3().get_object(Bucket=bucket, Key=name)["Body"].read())

    def by_oss(self, bucket: str, name: str) -> bytes:
        """OSS."""
        auth = oss2.AuthV4(self.key.id, self.key.secret)
        client = oss2.Bucket(auth, self.address, bucket, region="cn-hangzhou", is_path_style=True)
        return bytes(client.get_object(name).read())

    def by_tos(self, bucket: str, name: str) -> bytes:
        """TOS."""
        host, _, port = self.authority.partition(":")
        client = tos.TosClientV2(
            self.key.id, self.key.secret, "http://tos-cn-beijing.volces.com", "cn-beijing", proxy_host=host,
            proxy_port=int(port),
        )  # fmt: skip
        return bytes(client.get_object(bucket, name).read())

    def by_cos(self, bucket: str, name: str) -> bytes:
        """COS XML."""
        reply = self.cos().get_object(Bucket=f"{bucket}-{APPID}", Key=name)
        return bytes(reply["Body"].get_raw_stream().read())
