"""PyPI alibabacloud_hbr20170908 and _sts20150401 (both signatures), aliyun-python-sdk-hbr and -sts, oss2, requests.

Law: the SDKs are unmodified; `loop` is the one of the OSS clients' drivers. A call's first argument is how to call:
`sdk` (tea, tea-v2 or core), `endpoint`, and other credentials where a test wants them.
"""

from __future__ import annotations

import json
from typing import Any

import oss2
import requests
from alibabacloud_hbr20170908 import models as hbr
from alibabacloud_hbr20170908.client import Client as Hbr
from alibabacloud_sts20150401 import models as sts
from alibabacloud_sts20150401.client import Client as Sts
from alibabacloud_tea_openapi import models as openapi
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import AccessKeyCredential, StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkhbr.request.v20170908.CreateTempFileUploadUrlRequest import CreateTempFileUploadUrlRequest
from aliyunsdksts.request.v20150401.AssumeRoleRequest import AssumeRoleRequest
from darabonba.exceptions import DaraException
from loop import seen, serve

How = dict[str, Any]
Given = dict[str, Any]
CORE = {"upload_url": CreateTempFileUploadUrlRequest, "assume_role": AssumeRoleRequest}


def tea(kind: type, how: How) -> Any:
    """A client of the new SDK."""
    config = openapi.Config(
        access_key_id=how["key_id"], access_key_secret=how["secret"], security_token=how.get("token"),
        endpoint=how["endpoint"], protocol="http",
    )  # fmt: skip
    if how["sdk"] == "tea-v2":
        config.signature_algorithm = "v2"
    return kind(config)


def core(name: str, how: How, given: Given) -> Any:
    """One call of the old SDK."""
    if how.get("token"):
        held = StsTokenCredential(how["key_id"], how["secret"], how["token"])
    else:
        held = AccessKeyCredential(how["key_id"], how["secret"])
    request = CORE[name]()
    request.set_endpoint(how["endpoint"])
    request.set_protocol_type("http")
    request.set_method(how.get("method", "POST"))
    for parameter, value in given.items():
        getattr(request, f"set_{parameter}")(value)
    client = AcsClient(region_id="cn-hangzhou", credential=held)
    return json.loads(client.do_action_with_exception(request))


class Methods:
    """What tests call."""

    def upload_url(self, how: How, given: Given) -> Any:
        """CreateTempFileUploadUrl."""
        if how["sdk"] == "core":
            return core("upload_url", how, given)
        request = hbr.CreateTempFileUploadUrlRequest(file_name=given.get("FileName"))
        reply = tea(Hbr, how).create_temp_file_upload_url(request)
        assert reply.status_code == 200
        return reply.body.to_map()

    def download_link(self, how: How, given: Given) -> Any:
        """GetTempFileDownloadLink."""
        request = hbr.GetTempFileDownloadLinkRequest(temp_file_key=given["TempFileKey"])
        return tea(Hbr, how).get_temp_file_download_link(request).body.to_map()

    def unknown(self, how: How) -> Any:
        """An action that is not built."""
        return tea(Hbr, how).describe_vaults(hbr.DescribeVaultsRequest()).body.to_map()

    def assume_role(self, how: How, given: Given) -> Any:
        """AssumeRole."""
        if how["sdk"] == "core":
            return core("assume_role", how, given)
        request = sts.AssumeRoleRequest(
            role_arn=given["RoleArn"], role_session_name=given["RoleSessionName"],
            duration_seconds=given.get("DurationSeconds"), policy=given.get("Policy"),
        )  # fmt: skip
        return tea(Sts, how).assume_role(request).body.to_map()

    def identity(self, how: How) -> Any:
        """GetCallerIdentity."""
        return tea(Sts, how).get_caller_identity().body.to_map()

    def post(self, url: str, fields: dict[str, str], content: Any) -> Any:
        """The form, as `requests` posts it."""
        reply = requests.post(url, data=fields, files={"file": ("local name.txt", content)}, timeout=60)
        return {"status": reply.status_code, "text": reply.text, "etag": reply.headers.get("ETag")}

    def get(self, url: str) -> Any:
        """What is at an address."""
        reply = requests.get(url, timeout=60)
        return {"status": reply.status_code, "body": seen(reply.content)}

    def oss(self, how: How, method: str, *given: Any) -> Any:
        """A call of oss2 with a temporary key."""
        auth = oss2.StsAuth(how["key_id"], how["secret"], how["token"], auth_version=how.get("version", "v1"))
        bucket = oss2.Bucket(auth, f"http://{how['endpoint']}", how["bucket"], region="cn-hangzhou")
        found = getattr(bucket, method)(*given)
        if method == "get_object":
            return seen(found.read())
        return found.status


def describe(error: Exception) -> dict[str, Any]:
    """Status and code of what the server refused."""
    if isinstance(error, ServerException):
        return {"status": error.get_http_status(), "code": error.get_error_code()}
    if isinstance(error, oss2.exceptions.OssError):
        return {"status": error.status, "code": error.code}
    if isinstance(error, DaraException):
        return {"status": getattr(error, "status_code", None), "code": error.code}
    return {}


if __name__ == "__main__":
    serve(Methods(), describe)
