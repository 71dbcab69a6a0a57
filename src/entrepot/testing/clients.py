"""Clients of the clouds' own SDKs, pointed at one account. Each SDK is imported when its client is asked for.

No SDK comes with this package: whoever asks for a client has its SDK installed, else Python's ImportError says which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entrepot.testing.sdk_settings import COS_REGION

if TYPE_CHECKING:
    from entrepot.testing.account import Account
    from entrepot.testing.containers import ContainerAccount


class Clients:
    """Makes clients; what is given beside goes to the SDK, and wins."""

    def __init__(self, account: Account | ContainerAccount) -> None:
        self._account = account

    def boto3(self, service: str = "s3", **more: Any) -> Any:
        """A client of boto3: ``s3``, or ``sts`` for temporary keys."""
        import boto3  # noqa: PLC0415
        from botocore.config import Config  # noqa: PLC0415

        settings = self._account.settings
        config = more.pop("config", None) or Config(**settings["botocore"])
        return boto3.client(service, config=config, **settings["boto3"] | more)

    def cos(self, **more: Any) -> Any:
        """A ``CosS3Client`` of cos-python-sdk-v5; its buckets are ``account.cos_bucket``, ``NAME-APPID``."""
        from qcloud_cos import CosConfig, CosS3Client  # noqa: PLC0415

        return CosS3Client(CosConfig(**self._account.settings["cos-python-sdk-v5"] | more), retry=0)

    def oss(self, bucket: str | None = None, **more: Any) -> Any:
        """An ``oss2.Bucket``: the account's first one unless another is named."""
        import oss2  # noqa: PLC0415

        auth = oss2.AuthV4(self._account.key_id, self._account.secret)
        name = bucket or self._account.bucket
        return oss2.Bucket(auth, bucket_name=name, **self._account.settings["oss2"] | more)

    def oss_v2(self, **more: Any) -> Any:
        """A ``Client`` of alibabacloud-oss-v2."""
        import alibabacloud_oss_v2 as oss  # noqa: PLC0415

        config = oss.config.load_default()
        config.credentials_provider = oss.credentials.StaticCredentialsProvider(
            self._account.key_id, self._account.secret
        )
        _set(config, self._account.settings["alibabacloud-oss-v2"] | more)
        return oss.Client(config)

    def tos(self, **more: Any) -> Any:
        """A ``TosClientV2`` of tos."""
        import tos  # noqa: PLC0415

        return tos.TosClientV2(**self._account.settings["tos"] | more)

    def tencent(self) -> tuple[Any, str, Any]:
        """Credential, region and profile, as every client of tencentcloud-sdk-python takes them."""
        from tencentcloud.common.credential import Credential  # noqa: PLC0415
        from tencentcloud.common.profile.client_profile import ClientProfile  # noqa: PLC0415
        from tencentcloud.common.profile.http_profile import HttpProfile  # noqa: PLC0415

        http = HttpProfile(**self._account.settings["tencentcloud-sdk-python"])
        return Credential(self._account.key_id, self._account.secret), COS_REGION, ClientProfile(httpProfile=http)

    def aliyun(self, **more: Any) -> Any:
        """A ``Config``, as every OpenAPI client of Alibaba Cloud takes it."""
        from alibabacloud_tea_openapi.models import Config  # noqa: PLC0415

        return Config(**self._account.settings["alibabacloud-tea-openapi"] | more)

    def volcengine(self, **more: Any) -> Any:
        """An ``ApiClient`` of volcengine-python-sdk, as each of its APIs takes it."""
        import volcenginesdkcore  # noqa: PLC0415

        configuration = volcenginesdkcore.Configuration()
        _set(configuration, self._account.settings["volcengine-python-sdk"] | more)
        return volcenginesdkcore.ApiClient(configuration)


def _set(target: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(target, name, value)
