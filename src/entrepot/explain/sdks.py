"""Which SDK a request comes from, by its User-Agent, and what that calls its settings. Data, and one look-up.

Sources: the SDKs themselves, in the versions that the conformance tests drive.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from entrepot.core.value import Value
from entrepot.wire.http import Request

_AGENTS: Final = (
    b"user-agent",
    b"x-oss-user-agent",
    b"x-amz-user-agent",
    b"x-tc-requestclient",
    b"x-sdk-client",
    b"x-user-agent",
)
_AGENT_MAX: Final = 512


class Sdk(Value, frozen=True, kw_only=True):
    """An SDK or tool: ``marks`` are what its agent holds, in lower case; ``calls`` is what it calls things, by name."""

    name: str
    marks: tuple[str, ...]
    calls: Mapping[str, str]


_NAMES: Final = ("key_id", "secret", "token", "endpoint", "region", "style")
_PLAIN: Final = (
    "the key id", "the secret", "the session token", "the endpoint", "the region",
    "choose the bucket in the host, or in the path",
)  # fmt: skip


def _sdk(name: str, marks: str, *calls: str) -> Sdk:
    """One SDK; what it does not name is called as it is in general."""
    return Sdk(
        name=name, marks=tuple(marks.split()), calls=dict(zip(_NAMES, (*calls, *_PLAIN[len(calls) :]), strict=True))
    )


ANY: Final = _sdk("", "")
SDKS: Final = (
    _sdk(
        "aws-cli", "aws-cli/", "aws_access_key_id", "aws_secret_access_key", "aws_session_token", "--endpoint-url",
        "--region", "s3.addressing_style in ~/.aws/config"
    ),
    _sdk(
        "boto3", "boto3/ botocore/", "aws_access_key_id=", "aws_secret_access_key=", "aws_session_token=",
        "endpoint_url=", "region_name=", "Config(s3={'addressing_style': 'path' or 'virtual'})"
    ),
    _sdk(
        "AWS SDK for JavaScript", "aws-sdk-js aws-sdk-nodejs", "accessKeyId", "secretAccessKey", "sessionToken",
        "endpoint", "region", "forcePathStyle (s3ForcePathStyle in version 2)"
    ),
    _sdk(
        "AWS SDK for Go", "aws-sdk-go", "the first argument of NewStaticCredentialsProvider",
        "the second argument of NewStaticCredentialsProvider", "its third argument", "BaseEndpoint", "WithRegion",
        "UsePathStyle"
    ),
    _sdk(
        "AWS SDK for Java", "aws-sdk-java", "accessKeyId of AwsBasicCredentials",
        "secretAccessKey of AwsBasicCredentials", "sessionToken of AwsSessionCredentials", "endpointOverride",
        "region", "forcePathStyle"
    ),
    _sdk(
        "minio", "minio", "access_key", "secret_key", "session_token", "the endpoint argument", "region",
        "BucketLookup"
    ),
    _sdk(
        "rclone", "rclone/", "access_key_id", "secret_access_key", "session_token", "endpoint", "region",
        "force_path_style"
    ),
    _sdk(
        "oss2", "aliyun-sdk-python/", "the first argument of oss2.Auth", "the second argument of oss2.Auth",
        "the third argument of oss2.StsAuth", "endpoint of oss2.Bucket", "region= of oss2.Bucket",
        "is_cname= and is_path_style= of oss2.Bucket"
    ),
    _sdk(
        "OSS SDK for Python v2", "alibabacloud-python-sdk-v2", "access_key_id of the credentials provider",
        "access_key_secret of the credentials provider", "security_token", "cfg.endpoint", "cfg.region",
        "cfg.use_path_style and cfg.use_cname"
    ),
    _sdk(
        "ali-oss", "aliyun-sdk-nodejs aliyun-sdk-js", "accessKeyId", "accessKeySecret", "stsToken", "endpoint",
        "region", "cname"
    ),
    _sdk(
        "OSS SDK", "aliyun-sdk-", "accessKeyId", "accessKeySecret", "securityToken", "endpoint", "region", "cname"
    ),
    _sdk(
        "cos-python-sdk-v5", "cos-python-sdk", "SecretId= of CosConfig", "SecretKey= of CosConfig",
        "Token= of CosConfig", "Endpoint= or Domain= of CosConfig", "Region= of CosConfig", "Domain= of CosConfig"
    ),
    _sdk(
        "COS SDK", "cos-", "SecretId", "SecretKey", "SecurityToken (XCosSecurityToken)", "Domain", "Region",
        "ForcePathStyle"
    ),
    _sdk(
        "tos", "ve-tos- volc-tos-sdk", "ak", "sk", "security_token", "endpoint", "region", "is_custom_domain"
    ),
    _sdk(
        "tencentcloud-sdk", "sdk_python_ sdk_nodejs_ sdk_go_ sdk_java_", "SecretId of Credential",
        "SecretKey of Credential", "Token of Credential", "HttpProfile.endpoint", "region"
    ),
    _sdk(
        "Alibaba Cloud SDK", "alibabacloud python/2. core/2.", "access_key_id", "access_key_secret",
        "security_token", "endpoint", "region_id"
    ),
    _sdk(
        "Volcengine SDK", "volc-sdk volcstack- volcengine", "ak", "sk", "session_token", "host", "region"
    ),
    _sdk(
        "curl", "curl/", "the first half of --user", "the second half of --user",
        "-H 'x-amz-security-token: \u2026'", "the address", "the region in --aws-sigv4"
    ),
    _sdk(
        "a browser", "mozilla/", "the key id", "the secret where addresses are signed"
    ),
)  # fmt: skip


def sdk_of(request: Request) -> Sdk:
    """The SDK that a request says that it comes from; :data:`ANY` when none is known. The first that fits counts."""
    said = " ".join(
        value[:_AGENT_MAX].decode("latin-1").lower() for name, value in request.headers[:100] if name in _AGENTS
    )
    return next((sdk for sdk in SDKS if any(mark in said for mark in sdk.marks)), ANY) if said else ANY


def in_words_of(sdk: Sdk, change: str) -> str:
    """What to change, with the SDK's own names of its settings."""
    for name, called in sdk.calls.items():
        change = change.replace("{" + name + "}", called)
    return f"{sdk.name}: {change}" if sdk.name else change
