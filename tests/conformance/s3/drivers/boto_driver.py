"""PyPI boto3, unmodified: any call of any S3 client that `configure` made, one call per line.

A method is `CLIENT.CALL`, and CALL is a method of boto3's client, or one of those below that need a Python object
or that botocore offers beside the client.
"""

from __future__ import annotations

import base64
import datetime as dt
import warnings
from typing import Any
from unittest import mock

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import botocore.exceptions
from awscrt import checksums
from boto3.s3.transfer import TransferConfig
from loop import serve

warnings.simplefilter("ignore")
SESSION = boto3.session.Session()
CLIENTS: dict[str, Any] = {}
OPTIONS: dict[str, dict[str, Any]] = {}


def configure(
    name: str,
    endpoint: str,
    key_id: str | None,
    secret: str,
    *,
    token: str | None = None,
    region: str = "us-east-1",
    verify: Any = True,
    **config: Any,
) -> None:
    """Make the client `name`; `config` is botocore's Config. Without a key id it signs nothing."""
    config.setdefault("retries", {"total_max_attempts": 1})
    config.setdefault("connect_timeout", 5)
    config.setdefault("read_timeout", 60)
    if key_id is None:
        config["signature_version"] = botocore.UNSIGNED
    CLIENTS[name] = SESSION.client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        aws_session_token=token,
        verify=verify,
        config=botocore.config.Config(**config),
    )
    OPTIONS[name] = {"key_id": key_id, "secret": secret, "region": region}


def upload_file(client: Any, path: str, bucket: str, key: str, options: dict[str, Any], **extra: Any) -> None:
    """boto3's managed upload."""
    client.upload_file(path, bucket, key, ExtraArgs=extra or None, Config=TransferConfig(**options))


def download_file(client: Any, path: str, bucket: str, key: str, options: dict[str, Any]) -> None:
    """boto3's managed download."""
    client.download_file(bucket, key, path, Config=TransferConfig(**options))


def pages(client: Any, call: str, options: dict[str, Any], **parameters: Any) -> list[Any]:
    """All pages of a listing, by boto3's own paginator."""
    return list(client.get_paginator(call).paginate(**parameters, PaginationConfig=options))


class Stating(botocore.auth.S3SigV4Auth):  # type: ignore[misc]
    """botocore's signer of S3 requests, with a payload hash that the caller states."""

    stated: str | None = None

    def payload(self, request: Any) -> Any:
        """What stands in x-amz-content-sha256."""
        return self.stated or super().payload(request)


def signed(
    options: dict[str, Any],
    method: str,
    url: str,
    headers: dict[str, str],
    body: bytes = b"",
    *,
    payload: str | None = None,
    shift_seconds: float = 0,
) -> dict[str, str]:
    """The headers of a request of one's own that botocore's signer has signed, with a shifted clock."""
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None) + dt.timedelta(seconds=shift_seconds)
    credentials = botocore.credentials.Credentials(options["key_id"], options["secret"])
    request = botocore.awsrequest.AWSRequest(method=method, url=url, headers=headers, data=body)
    signer = Stating(credentials, "s3", options["region"])
    signer.stated = payload
    with mock.patch.object(botocore.auth, "get_current_datetime", return_value=now):
        signer.add_auth(request)
    return dict(request.headers.items())


def crc(name: str, content: bytes) -> str:
    """A checksum as S3 spells it, from the CRT library."""
    size = 8 if name == "crc64nvme" else 4
    return base64.b64encode(getattr(checksums, name)(content).to_bytes(size, "big")).decode("ascii")


def perform(method: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """One call."""
    name, _, call = method.rpartition(".")
    if not name:
        return {"configure": configure, "crc": crc}[call](*args, **kwargs)
    client = CLIENTS[name]
    own = {"upload_file": upload_file, "download_file": download_file, "pages": pages}
    if call in own:
        return own[call](client, *args, **kwargs)
    if call == "signed":
        return signed(OPTIONS[name], *args, **kwargs)
    return getattr(client, call)(*args, **kwargs)


def describe(error: Exception) -> dict[str, Any]:
    """An exception of boto3 as values."""
    response = getattr(error, "response", None) or {}
    meta = response.get("ResponseMetadata", {})
    return {
        "name": type(error).__name__,
        "message": str(error),
        "code": response.get("Error", {}).get("Code"),
        "error": response.get("Error", {}),
        "status": meta.get("HTTPStatusCode"),
        "headers": meta.get("HTTPHeaders", {}),
    }


if __name__ == "__main__":
    serve(perform, describe)
