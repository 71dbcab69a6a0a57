#!/usr/bin/env python3
"""Mint vectors with PyPI cos-python-sdk-v5, unmodified, its clock held still.

Run on an environment with cos-python-sdk-v5 and freezegun: python tests/vectors/q_sign/mint_cos_python.py
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from freezegun import freeze_time
from qcloud_cos import CosConfig, CosS3Client

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from mint_capture import Wire, asked, led_here, record, sent

KEY_ID, SECRET, TOKEN = "entrepot-dev-id", "entrepot/dev+secret", "tok+en/with==letters"
NOW = 1_767_323_045  # 2026-01-02T03:04:05Z
ODD = "dir a/k+b~!*'()%20&=?#;,:@$[]中é//x/../y.txt"
BUCKET = "demo-1250000000"
MADE = {"minted_with": f"PyPI cos-python-sdk-v5 {version('cos-python-sdk-v5')}"}
FACTS = {"key_id": KEY_ID, "secret": SECRET, "bucket": BUCKET, **MADE}


def client(**settings: Any) -> Any:
    """A client of the service; plain HTTP."""
    return CosS3Client(CosConfig(Region="ap-guangzhou", SecretId=KEY_ID, SecretKey=SECRET, Scheme="http", **settings))


def header_cases(wire: Wire) -> None:
    """The signature in the Authorization header: from a minute ago, for 10,000 s."""
    host, local, sts = client(), client(Domain="127.0.0.1:9400"), client(Token=TOKEN)
    bare, unsigned = client(SignHost=False), client(SignParams=False)
    part = {"Bucket": BUCKET, "Key": "big", "PartNumber": 2, "UploadId": "17673230456ed1+/="}
    named = {"ContentType": "text/plain", "Metadata": {"x-cos-meta-a": "two  spaces", "x-cos-meta-b": "v"}}
    source = {"Bucket": BUCKET, "Key": "a b+中.txt", "Region": "ap-guangzhou"}
    listed = {"Bucket": BUCKET, "Prefix": "a b+c/中&=", "Delimiter": "/", "EncodingType": "url"}
    cases: tuple[tuple[str, str, str, Callable[[], object]], ...] = (
        ("py_put", "k.txt", "put_object", lambda: host.put_object(BUCKET, b"hello", "k.txt", EnableMD5=True)),
        ("py_put_odd_key_port", ODD, f"put_object(**{named!r}), Domain with a port",
         lambda: local.put_object(BUCKET, b"hello", ODD, **named)),
        ("py_put_token", ODD, "put_object, Token", lambda: sts.put_object(BUCKET, b"", ODD)),
        ("py_put_chunked", "k", "put_object of a generator", lambda: host.put_object(BUCKET, iter([b"hello"]), "k")),
        ("py_put_no_host", "k", "put_object, SignHost=False", lambda: bare.put_object(BUCKET, b"hello", "k")),
        ("py_put_latin1_header", "k", "put_object(Metadata={'x-cos-meta-a': 'é'})",
         lambda: host.put_object(BUCKET, b"", "k", Metadata={"x-cos-meta-a": "é"})),
        ("py_get_range", "目录/文件", "get_object(Range=)",
         lambda: host.get_object(BUCKET, "目录/文件", Range="bytes=0-9")),
        ("py_get_override", "k", "get_object(ResponseContentDisposition=)",
         lambda: local.get_object(BUCKET, "k", ResponseContentDisposition='attachment; filename="a b+c.txt"')),
        ("py_head", "k", "head_object", lambda: host.head_object(BUCKET, "k")),
        ("py_list", "", f"list_objects(**{listed!r})", lambda: local.list_objects(**listed)),
        ("py_list_unsigned", "", f"list_objects(**{listed!r}), SignParams=False",
         lambda: unsigned.list_objects(**listed)),
        ("py_initiate", "big", "create_multipart_upload", lambda: host.create_multipart_upload(BUCKET, "big")),
        ("py_upload_part", "big", f"upload_part(**{part!r})", lambda: host.upload_part(Body=b"part", **part)),
        ("py_complete", "big", "complete_multipart_upload", lambda: host.complete_multipart_upload(
            BUCKET, "big", part["UploadId"], {"Part": [{"PartNumber": 2, "ETag": '"e"'}]})),
        ("py_list_uploads", "", "list_multipart_uploads", lambda: host.list_multipart_uploads(BUCKET, Prefix="a b")),
        ("py_append", "log", "append_object", lambda: host.append_object(BUCKET, "log", 0, b"line")),
        ("py_copy", "to", "copy_object", lambda: host.copy_object(BUCKET, "to", source)),
        ("py_delete", "k", "delete_object", lambda: host.delete_object(BUCKET, "k")),
        ("py_delete_many", "", "delete_objects",
         lambda: host.delete_objects(BUCKET, {"Object": [{"Key": "a"}, {"Key": "b"}], "Quiet": "true"})),
        ("py_put_acl", "k", "put_object_acl", lambda: host.put_object_acl(BUCKET, "k", ACL="public-read")),
    )  # fmt: skip
    for case, key, call, perform in cases:
        record(
            "q_sign", case, request=sent(wire, perform), key=key, call=f"CosS3Client.{call}", form="header",
            signed_at=NOW - 60, expires_at=NOW + 10_000, token=TOKEN if case == "py_put_token" else None, **FACTS,
        )  # fmt: skip
    facts = {**FACTS, "bucket": None}
    record(
        "q_sign", "py_list_buckets", request=sent(wire, host.list_buckets), call="CosS3Client.list_buckets",
        form="header", signed_at=NOW - 60, expires_at=NOW + 10_000, **facts,
    )  # fmt: skip


def query_cases() -> None:
    """Presigned addresses."""
    host, local, sts = client(), client(Domain="127.0.0.1:9400"), client(Token=TOKEN)
    token = {"x-cos-security-token": TOKEN}
    overrides = {"response-content-disposition": 'attachment; filename="a b+c.txt"', "versionId": "v1"}
    named = {"x-cos-meta-a": "v", "Content-Type": "text/plain"}
    cases: tuple[tuple[str, Any, str, str, dict[str, Any], dict[str, str]], ...] = (
        ("py_presigned_get", host, "GET", ODD, {}, {}),
        ("py_presigned_get_overrides_port", local, "GET", "k", {"Params": overrides}, {}),
        ("py_presigned_put_headers", host, "PUT", ODD, {"Headers": dict(named)}, named),
        ("py_presigned_get_token", sts, "GET", "k", {"Params": token}, {}),
        ("py_presigned_get_no_host", host, "GET", "k", {"SignHost": False}, {}),
        ("py_presigned_part", host, "PUT", "big", {"Params": {"partNumber": "1", "uploadId": "u/+=1~"}}, {}),
        ("py_presigned_delete", host, "DELETE", "k", {}, {}),
    )  # fmt: skip
    for case, made, method, key, arguments, headers in cases:
        call = f"CosS3Client.get_presigned_url({method!r}, Expired=600, **{arguments!r})"
        url = made.get_presigned_url(BUCKET, key, method, Expired=600, **arguments)
        record(
            "q_sign", case, request=asked(method, url, headers), key=key, form="query", call=call,
            token=TOKEN if made is sts else None, signed_at=NOW - 60, expires_at=NOW + 600, **FACTS,
        )  # fmt: skip


def main() -> None:
    """Write every case."""
    with freeze_time("2026-01-02T03:04:05Z"), led_here() as wire:
        header_cases(wire)
        query_cases()


if __name__ == "__main__":
    main()
