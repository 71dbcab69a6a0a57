"""PyPI boto3, unmodified: calls of AWS's STS, and of S3 with what they minted; `loop` is the OSS clients'.

A call's first argument is how to call: `endpoint`, `key_id`, `secret` and, for a temporary key, `token`.
"""

from __future__ import annotations

import io
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from loop import seen, serve

How = dict[str, Any]


def client(service: str, how: How) -> Any:
    """A client of a service."""
    return boto3.client(
        service, endpoint_url=f"http://{how['endpoint']}", region_name="us-east-1", aws_access_key_id=how["key_id"],
        aws_secret_access_key=how["secret"], aws_session_token=how.get("token"),
        config=Config(retries={"total_max_attempts": 1}),
    )  # fmt: skip


class Methods:
    """What tests call."""

    def sts(self, how: How, method: str, given: dict[str, Any]) -> Any:
        """One call of STS."""
        reply = getattr(client("sts", how), method)(**given)
        if "Credentials" in reply:
            reply["Credentials"]["Expiration"] = reply["Credentials"]["Expiration"].timestamp()
        return reply

    def presigned_identity(self, how: How) -> str:
        """The address that proves to somebody else who its signer is."""
        return str(client("sts", how).generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET"))

    def s3(self, how: How, method: str, given: dict[str, Any]) -> Any:
        """One call of S3."""
        reply = getattr(client("s3", how), method)(**given)
        if method == "get_object":
            return seen(reply["Body"].read())
        return reply["ResponseMetadata"]["HTTPStatusCode"]

    def upload_in_parts(self, how: How, bucket: str, key: str, megabytes: int) -> int:
        """A multipart upload of the transfer manager."""
        client("s3", how).upload_fileobj(io.BytesIO(bytes(megabytes << 20)), bucket, key)
        return int(client("s3", how).head_object(Bucket=bucket, Key=key)["ContentLength"])


def describe(error: Exception) -> dict[str, Any]:
    """Status and code of what the server refused."""
    if not isinstance(error, ClientError):
        return {}
    told = error.response
    return {"status": told["ResponseMetadata"]["HTTPStatusCode"], "code": told["Error"]["Code"]}


if __name__ == "__main__":
    serve(Methods(), describe)
