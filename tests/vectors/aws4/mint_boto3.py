#!/usr/bin/env python3
"""Mint vectors with PyPI boto3, unmodified, its clock and random ids held still.

Run on an environment with boto3 and freezegun: python tests/vectors/aws4/mint_boto3.py
"""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import boto3
import urllib3
from botocore.config import Config
from freezegun import freeze_time

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from mint_capture import Wire, asked, led_here, posted, record, sent

KEY_ID, SECRET, TOKEN = "entrepot-dev-id", "entrepot/dev+secret", "tok+en/with==letters"
NOW = 1_767_323_045  # 2026-01-02T03:04:05Z
ODD = "dir a/k+b~!*'()%20&=?#;,:@$[]中é//x/../y.txt"
MADE = {"minted_with": f"PyPI boto3 {version('boto3')} (botocore {version('botocore')})"}
FACTS = {"key_id": KEY_ID, "secret": SECRET, "signed_at": NOW, **MADE}


def client(endpoint: str | None = None, token: str | None = None, region: str = "us-east-1", **settings: Any) -> Any:
    """A client of S3; plain HTTP unless an endpoint says otherwise."""
    return boto3.client(
        "s3",
        endpoint_url=endpoint or "http://s3.us-east-1.amazonaws.com",
        region_name=region,
        aws_access_key_id=KEY_ID,
        aws_secret_access_key=SECRET,
        aws_session_token=token,
        config=Config(signature_version="s3v4", retries={"total_max_attempts": 1}, **settings),
    )


def dated(request: Any, **_: Any) -> None:
    """An application that sets Date: botocore then signs with it and sends no X-Amz-Date."""
    request.headers["Date"] = "now"


def with_date(made: Any) -> Any:
    """The client, with that application's handler."""
    made.meta.events.register("before-sign.s3", dated)
    return made


def headers_cases(wire: Wire) -> None:
    """The signature in the Authorization header."""
    local = client("http://127.0.0.1:9400", s3={"addressing_style": "path"})
    bare = client(request_checksum_calculation="when_required", s3={"addressing_style": "virtual"})
    sts = client(token=TOKEN, region="auto", s3={"addressing_style": "virtual"})
    spaced = {"a": "two  spaces  inside", "b": "x"}
    cases: tuple[tuple[str, str | None, str, str, Callable[[], object]], ...] = (
        ("boto3_put", "demo", "k.txt", "put_object",
         lambda: bare.put_object(Bucket="demo", Key="k.txt", Body=b"hello")),
        ("boto3_put_checksum_path_style_odd_key", "demo", ODD, "put_object(ContentType=, Metadata=)",
         lambda: local.put_object(Bucket="demo", Key=ODD, Body=b"hello", ContentType="text/plain; charset=utf-8",
                                  Metadata=spaced)),
        ("boto3_put_latin1_header", "demo", "k", "put_object(ContentDisposition='attachment; filename=\"é.txt\"')",
         lambda: bare.put_object(Bucket="demo", Key="k", Body=b"", ContentDisposition='attachment; filename="é.txt"')),
        ("boto3_put_session_token", "demo", ODD, "put_object",
         lambda: sts.put_object(Bucket="demo", Key=ODD, Body=b"1")),
        ("boto3_get_range", "demo", "目录/文件", "get_object(Range=)",
         lambda: bare.get_object(Bucket="demo", Key="目录/文件", Range="bytes=0-9")),
        ("boto3_list_path_style", "demo", "", "list_objects_v2",
         lambda: local.list_objects_v2(Bucket="demo", Prefix="a b+c/中&=", Delimiter="/", EncodingType="url")),
        ("boto3_get_acl", "demo", "", "get_bucket_acl", lambda: bare.get_bucket_acl(Bucket="demo")),
        ("boto3_list_buckets", None, "", "list_buckets", bare.list_buckets),
        ("boto3_copy", "demo", "to", "copy_object",
         lambda: bare.copy_object(Bucket="demo", Key="to", CopySource={"Bucket": "demo", "Key": ODD})),
        ("boto3_upload_part", "demo", "big", "upload_part",
         lambda: local.upload_part(Bucket="demo", Key="big", PartNumber=2, UploadId="u/+=1~", Body=b"part")),
        ("boto3_delete_objects", "demo", "", "delete_objects",
         lambda: bare.delete_objects(Bucket="demo", Delete={"Objects": [{"Key": "a"}, {"Key": "b"}]})),
        ("boto3_date_header", "demo", "k", "get_object, Date set by a before-sign handler",
         lambda: with_date(client()).get_object(Bucket="demo", Key="k")),
    )  # fmt: skip
    for case, bucket, key, call, perform in cases:
        facts = {"token": TOKEN} if case == "boto3_put_session_token" else {}
        record(
            "aws4", case, request=sent(wire, perform), bucket=bucket, key=key, call=f"client.{call}", **FACTS, **facts
        )


def trailer_case(wire: Wire) -> None:
    """Over TLS boto3 frames the body and puts the checksum behind it; the head is taken before it is encrypted."""
    del wire
    taken: list[Any] = []

    def take(request: Any, **_: Any) -> None:
        taken.append(request)
        raise ConnectionError

    secure = client("https://s3.us-east-1.amazonaws.com")
    secure.meta.events.register("before-send.s3", take)
    try:
        secure.put_object(Bucket="demo", Key="k.txt", Body=b"hello")
    except ConnectionError:
        request = taken[0]
    text = {
        name: value.decode() if isinstance(value, bytes) else value
        for name, value in request.headers.items()
        if name.lower() != "user-agent"
    }
    record(
        "aws4", "boto3_put_trailer", request=asked(request.method, request.url, text), bucket="demo", key="k.txt",
        call="client.put_object over https", body=request.body.read().decode("ascii"), **FACTS,
    )  # fmt: skip


def query_cases() -> None:
    """Presigned addresses."""
    plain = client(s3={"addressing_style": "virtual"})
    local = client("http://127.0.0.1:9400", token=TOKEN, s3={"addressing_style": "path"})
    cases: tuple[tuple[str, Any, str, str, dict[str, Any], dict[str, str]], ...] = (
        ("boto3_presigned_get", plain, "GET", "get_object", {"Key": ODD}, {}),
        ("boto3_presigned_get_overrides", plain, "GET", "get_object",
         {"Key": "k", "ResponseContentDisposition": 'attachment; filename="a b+c.txt"', "VersionId": "null"}, {}),
        ("boto3_presigned_put_token_path_style", local, "PUT", "put_object",
         {"Key": ODD, "ContentType": "text/plain", "Metadata": {"a": "v  w"}, "ACL": "private"},
         {"content-type": "text/plain", "x-amz-meta-a": "v  w", "x-amz-acl": "private"}),
        ("boto3_presigned_upload_part", local, "PUT", "upload_part",
         {"Key": "big", "UploadId": "u/+=1~", "PartNumber": 1}, {}),
        ("boto3_presigned_delete", plain, "DELETE", "delete_object", {"Key": "k"}, {}),
    )  # fmt: skip
    for case, made, method, operation, parameters, headers in cases:
        call = f"client.generate_presigned_url({operation!r}, {parameters!r}, ExpiresIn=600)"
        url = made.generate_presigned_url(operation, {"Bucket": "demo", **parameters}, ExpiresIn=600)
        record(
            "aws4", case, request=asked(method, url, headers), bucket="demo", key=parameters["Key"], call=call,
            token=TOKEN if made is local else None, expires_at=NOW + 600, **FACTS,
        )  # fmt: skip


def form_cases() -> None:
    """Policies of browsers' forms."""
    for case, token in (("boto3_post", None), ("boto3_post_token", TOKEN)):
        conditions = [["starts-with", "$key", "up/"], ["content-length-range", 0, 1024], {"acl": "private"}]
        made = client("http://127.0.0.1:9400", token=token).generate_presigned_post(
            "demo", "up/${filename}", Fields={"acl": "private"}, Conditions=conditions, ExpiresIn=600
        )
        record(
            "aws4", case, request=posted("127.0.0.1:9400", "/demo", made["fields"]), bucket="demo", token=token,
            call=f"client.generate_presigned_post('demo', 'up/${{filename}}', …, {conditions!r}, ExpiresIn=600)",
            **FACTS,
        )  # fmt: skip


def main() -> None:
    """Write every case."""
    uuid.uuid4 = lambda: uuid.UUID(int=5)
    with freeze_time("2026-01-02T03:04:05Z"), led_here() as wire:
        assert urllib3.__version__
        headers_cases(wire)
        trailer_case(wire)
        query_cases()
        form_cases()


if __name__ == "__main__":
    main()
