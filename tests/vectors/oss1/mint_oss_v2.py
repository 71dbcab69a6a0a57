#!/usr/bin/env python3
"""Mint vectors with PyPI alibabacloud-oss-v2 and its signature version 1, unmodified, its clock held still.

Run on an environment with alibabacloud-oss-v2 and freezegun: python tests/vectors/oss1/mint_oss_v2.py
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import alibabacloud_oss_v2 as oss
from freezegun import freeze_time

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from mint_capture import Wire, asked, led_here, record, sent

KEY_ID, SECRET, TOKEN = "entrepot-dev-id", "entrepot/dev+secret", "tok+en/with==letters"
NOW = 1_767_323_045  # 2026-01-02T03:04:05Z
ODD = "dir a/b/中+*~!'()%20&=?#.txt"
MADE = {"minted_with": f"PyPI alibabacloud-oss-v2 {version('alibabacloud-oss-v2')}"}
FACTS = {"key_id": KEY_ID, "secret": SECRET, **MADE}


def client(endpoint: str = "http://oss-cn-hangzhou.aliyuncs.com", token: str | None = None) -> Any:
    """A client: names are virtual-host style, addresses path style."""
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(KEY_ID, SECRET, token)
    config.endpoint, config.region, config.retry_max_attempts = endpoint, "cn-hangzhou", 1
    config.signature_version = "v1"
    return oss.Client(config)


def header_cases(wire: Wire) -> None:
    """The signature in the Authorization header; a token goes unsigned in a header of its own."""
    host, path, sts = client(), client("http://127.0.0.1:9400"), client(token=TOKEN)
    cases: tuple[tuple[str, str | None, str, str, Callable[[], object]], ...] = (
        ("oss_v2_put", "demo", ODD, "put_object",
         lambda: host.put_object(oss.PutObjectRequest(bucket="demo", key=ODD, body=b"hello", metadata={"a": "v"}))),
        ("oss_v2_put_path_style", "demo", ODD, "put_object",
         lambda: path.put_object(oss.PutObjectRequest(
             bucket="demo", key=ODD, body=b"hello", content_type="text/plain", acl="private"))),
        ("oss_v2_list_token", "demo", "", "list_objects_v2",
         lambda: sts.list_objects_v2(oss.ListObjectsV2Request(
             bucket="demo", prefix="a b+c/中&=", continuation_token="a b+c/中=="))),
        ("oss_v2_initiate", "demo", ODD, "initiate_multipart_upload",
         lambda: host.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket="demo", key=ODD))),
        ("oss_v2_list_buckets", None, "", "list_buckets", lambda: path.list_buckets(oss.ListBucketsRequest())),
        ("oss_v2_list_versions", "demo", "", "list_object_versions",
         lambda: path.list_object_versions(oss.ListObjectVersionsRequest(bucket="demo", prefix="a b"))),
    )  # fmt: skip
    for case, bucket, key, call, perform in cases:
        facts = {"token": TOKEN} if case == "oss_v2_list_token" else {}
        record(
            "oss1", case, request=sent(wire, perform), bucket=bucket, key=key, call=f"Client.{call}", signed_at=NOW,
            **FACTS, **facts,
        )  # fmt: skip


def query_cases() -> None:
    """Presigned addresses."""
    host, sts = client(), client("http://127.0.0.1:9400", TOKEN)
    cases: tuple[tuple[str, Any, Any], ...] = (
        ("oss_v2_presigned_get", host, oss.GetObjectRequest(bucket="demo", key=ODD, response_content_type="text/x y")),
        ("oss_v2_presigned_put_token_path_style", sts,
         oss.PutObjectRequest(bucket="demo", key=ODD, content_type="text/plain", metadata={"a": "v"})),
        ("oss_v2_presigned_upload_part", host,
         oss.UploadPartRequest(bucket="demo", key="big", upload_id="u/+=1~", part_number=2)),
    )  # fmt: skip
    for case, made, wanted in cases:
        result = made.presign(wanted, expires=timedelta(seconds=600))
        record(
            "oss1", case, request=asked(result.method, result.url, dict(result.signed_headers)), bucket="demo",
            key=wanted.key, token=TOKEN if made is sts else None, signed_at=None, expires_at=NOW + 600,
            call=f"Client.presign({type(wanted).__name__}, expires=600 s)", **FACTS,
        )  # fmt: skip


def main() -> None:
    """Write every case."""
    with freeze_time("2026-01-02T03:04:05Z"), led_here() as wire:
        header_cases(wire)
        query_cases()


if __name__ == "__main__":
    main()
