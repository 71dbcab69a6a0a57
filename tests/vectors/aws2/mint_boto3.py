#!/usr/bin/env python3
"""Mint vectors with PyPI boto3 and its signature version 2, unmodified, its clock held still.

Run on an environment with boto3 and freezegun: python tests/vectors/aws2/mint_boto3.py
"""

from __future__ import annotations

import random
import sys
import uuid
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from freezegun import freeze_time

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from mint_capture import Wire, asked, led_here, posted, record, sent

KEY_ID, SECRET, TOKEN = "entrepot-dev-id", "entrepot/dev+secret", "tok+en/with==letters"
NOW = 1_767_323_045  # 2026-01-02T03:04:05Z
ODD = "dir a/k+b~!*'()%20&=?#;,:@$[]中é//x/../y.txt"
FACTS = {
    "key_id": KEY_ID,
    "secret": SECRET,
    "minted_with": f"PyPI boto3 {version('boto3')} (botocore {version('botocore')})",
}


def client(style: str = "virtual", endpoint: str = "http://s3.amazonaws.com", token: str | None = None) -> Any:
    """A client of S3."""
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=KEY_ID,
        aws_secret_access_key=SECRET,
        aws_session_token=token,
        config=Config(
            signature_version="s3", retries={"total_max_attempts": 1}, s3={"addressing_style": style},
            request_checksum_calculation="when_required",
        ),
    )  # fmt: skip


def header_cases(wire: Wire) -> None:
    """The signature in the Authorization header."""
    host, local, sts = client(), client("path", "http://127.0.0.1:9400"), client(token=TOKEN)
    spaced = {"a": "two  spaces  inside", "b": "x"}
    cases: tuple[tuple[str, str | None, str, str, Callable[[], object]], ...] = (
        ("boto3_put", "demo", "k.txt", "put_object",
         lambda: host.put_object(Bucket="demo", Key="k.txt", Body=b"hello")),
        ("boto3_put_path_style_odd_key", "demo", ODD, "put_object(ContentType=, Metadata=)",
         lambda: local.put_object(Bucket="demo", Key=ODD, Body=b"hello", ContentType="text/plain; charset=utf-8",
                                  Metadata=spaced)),
        ("boto3_put_latin1_header", "demo", "k", "put_object(ContentType='text/é')",
         lambda: host.put_object(Bucket="demo", Key="k", Body=b"", ContentType="text/é")),
        ("boto3_put_session_token", "demo", ODD, "put_object",
         lambda: sts.put_object(Bucket="demo", Key=ODD, Body=b"1")),
        ("boto3_get_range", "demo", "目录/文件", "get_object(Range=)",
         lambda: host.get_object(Bucket="demo", Key="目录/文件", Range="bytes=0-9")),
        ("boto3_get_override", "demo", "k", "get_object(ResponseContentDisposition=)",
         lambda: host.get_object(
             Bucket="demo", Key="k", ResponseContentDisposition='attachment; filename="a b+c.txt"')),
        ("boto3_list_path_style", "demo", "", "list_objects_v2",
         lambda: local.list_objects_v2(Bucket="demo", Prefix="a b+c/中&=", Delimiter="/")),
        ("boto3_get_acl", "demo", "", "get_bucket_acl", lambda: host.get_bucket_acl(Bucket="demo")),
        ("boto3_get_acl_path_style", "demo", "", "get_bucket_acl", lambda: local.get_bucket_acl(Bucket="demo")),
        ("boto3_create_bucket_path_style", "demo", "", "create_bucket", lambda: local.create_bucket(Bucket="demo")),
        ("boto3_list_buckets", None, "", "list_buckets", host.list_buckets),
        ("boto3_copy", "demo", "to", "copy_object",
         lambda: host.copy_object(Bucket="demo", Key="to", CopySource={"Bucket": "demo", "Key": ODD})),
        ("boto3_upload_part", "demo", "big", "upload_part",
         lambda: local.upload_part(Bucket="demo", Key="big", PartNumber=2, UploadId="u/+=1~ x", Body=b"part")),
        ("boto3_delete_objects", "demo", "", "delete_objects",
         lambda: host.delete_objects(Bucket="demo", Delete={"Objects": [{"Key": "a"}, {"Key": "b"}]})),
        ("boto3_put_tagging", "demo", "k", "put_object_tagging", lambda: host.put_object_tagging(
            Bucket="demo", Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})),
    )  # fmt: skip
    for case, bucket, key, call, perform in cases:
        facts = {"token": TOKEN} if case == "boto3_put_session_token" else {}
        record(
            "aws2", case, request=sent(wire, perform), bucket=bucket, key=key, call=f"client.{call}", signed_at=NOW,
            **FACTS, **facts,
        )  # fmt: skip


def query_cases() -> None:
    """Presigned addresses: headers that are signed travel as parameters."""
    host, local = client(), client("path", "http://127.0.0.1:9400", TOKEN)
    content = {"ContentType": "text/plain; charset=utf-8", "Metadata": {"a": "v  w"}, "ACL": "private"}
    cases: tuple[tuple[str, Any, str, str, dict[str, Any], dict[str, str]], ...] = (
        ("boto3_presigned_get", host, "GET", "get_object", {"Key": ODD}, {}),
        ("boto3_presigned_get_overrides", host, "GET", "get_object",
         {"Key": "k", "ResponseContentDisposition": 'attachment; filename="a b+c.txt"', "VersionId": "null"}, {}),
        ("boto3_presigned_put_token_path_style", local, "PUT", "put_object", {"Key": ODD, **content}, {}),
        ("boto3_presigned_put_headers", local, "PUT", "put_object", {"Key": ODD, **content},
         {"content-type": "text/plain; charset=utf-8", "x-amz-meta-a": "v  w", "x-amz-acl": "private"}),
        ("boto3_presigned_upload_part", local, "PUT", "upload_part",
         {"Key": "big", "UploadId": "u/+=1~ x", "PartNumber": 1}, {}),
        ("boto3_presigned_delete", host, "DELETE", "delete_object", {"Key": "k"}, {}),
    )  # fmt: skip
    for case, made, method, operation, parameters, headers in cases:
        call = f"client.generate_presigned_url({operation!r}, {parameters!r}, ExpiresIn=600)"
        url = made.generate_presigned_url(operation, {"Bucket": "demo", **parameters}, ExpiresIn=600)
        record(
            "aws2", case, request=asked(method, url, headers), bucket="demo", key=parameters["Key"], call=call,
            token=TOKEN if made is local else None, signed_at=None, expires_at=NOW + 600, **FACTS,
        )  # fmt: skip


def form_cases() -> None:
    """Policies of browsers' forms."""
    for case, token in (("boto3_post", None), ("boto3_post_token", TOKEN)):
        conditions = [["starts-with", "$key", "up/"], ["content-length-range", 0, 1024], {"acl": "private"}]
        made = client("path", "http://127.0.0.1:9400", token).generate_presigned_post(
            "demo", "up/${filename}", Fields={"acl": "private"}, Conditions=conditions, ExpiresIn=600
        )
        record(
            "aws2", case, request=posted("127.0.0.1:9400", "/demo", made["fields"]), bucket="demo", token=token,
            call=f"client.generate_presigned_post('demo', 'up/${{filename}}', …, {conditions!r}, ExpiresIn=600)",
            signed_at=None, **FACTS,
        )  # fmt: skip


def main() -> None:
    """Write every case."""
    ids = iter(range(1, 1000))
    uuid.uuid4 = lambda: uuid.UUID(int=next(ids))
    random.seed(1)
    with freeze_time("2026-01-02T03:04:05Z"), led_here() as wire:
        header_cases(wire)
        query_cases()
        form_cases()


if __name__ == "__main__":
    main()
