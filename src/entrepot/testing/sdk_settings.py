"""How each SDK is told where the server is: plain values by the SDK's own names. Data only; no SDK is imported.

Law: what stands here is what ``demo/`` and the conformance tests use with the unmodified SDKs. Two of them write the
bucket into the host and take no other address, so they are led here as to a proxy.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

S3_REGION: Final = "us-east-1"
COS_REGION: Final = "ap-guangzhou"
OSS_REGION: Final = "cn-hangzhou"
TOS_REGION: Final = "cn-beijing"
TOS_ENDPOINT: Final = f"http://tos-{TOS_REGION}.volces.com"


def settings_of(address: str, key_id: str, secret: str) -> dict[str, dict[str, Any]]:
    """By the name of an SDK on PyPI, what it is given for a server at this address and this key.

    :mod:`.clients` shows to what: ``boto3.client``, ``botocore.config.Config``, ``CosConfig``, ``oss2.Bucket``, fields
    of the OSS v2 SDK's configuration, ``TosClientV2``, Tencent's ``HttpProfile``, Alibaba's ``Config``, fields of
    Volcengine's ``Configuration``.
    """
    parts = urlsplit(address)
    host, port, scheme, authority = parts.hostname or "", parts.port or 0, parts.scheme, parts.netloc
    aws = {
        "endpoint_url": address, "region_name": S3_REGION, "aws_access_key_id": key_id, "aws_secret_access_key": secret,
    }  # fmt: skip
    return {
        "boto3": aws,
        "botocore": {"signature_version": "s3v4", "s3": {"addressing_style": "path"}},
        "cos-python-sdk-v5": {
            "Region": COS_REGION, "SecretId": key_id, "SecretKey": secret, "Scheme": scheme,
            "Proxies": {scheme: address},
        },
        "oss2": {"endpoint": address, "region": OSS_REGION, "is_path_style": True},
        "alibabacloud-oss-v2": {"endpoint": address, "region": OSS_REGION, "use_path_style": True},
        "tos": {
            "ak": key_id, "sk": secret, "endpoint": TOS_ENDPOINT, "region": TOS_REGION, "proxy_host": host,
            "proxy_port": port,
        },
        "tencentcloud-sdk-python": {"protocol": scheme, "endpoint": authority},
        "alibabacloud-tea-openapi": {
            "access_key_id": key_id, "access_key_secret": secret, "endpoint": authority, "protocol": scheme,
        },
        "volcengine-python-sdk": {
            "ak": key_id, "sk": secret, "region": TOS_REGION, "scheme": scheme, "host": authority,
        },
    }  # fmt: skip
