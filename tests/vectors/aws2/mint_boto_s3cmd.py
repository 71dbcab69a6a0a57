#!/usr/bin/env python3
"""Mint vectors with PyPI boto 2 and s3cmd (--signature-v2), unmodified, their clocks held still.

Run on an environment with boto, s3cmd and freezegun: python tests/vectors/aws2/mint_boto_s3cmd.py
"""

from __future__ import annotations

import contextlib
import socket
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from freezegun import freeze_time

warnings.simplefilter("ignore")
import boto  # noqa: E402
from boto.s3.connection import OrdinaryCallingFormat, S3Connection  # noqa: E402
from S3.Config import Config  # noqa: E402
from S3.Crypto import sign_url_v2  # noqa: E402
from S3.S3 import S3  # noqa: E402
from S3.S3Uri import S3Uri  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from mint_capture import Wire, asked, record, sent  # noqa: E402

KEY_ID, SECRET, TOKEN = "entrepot-dev-id", "entrepot/dev+secret", "tok+en/with==letters"
NOW = 1_767_323_045  # 2026-01-02T03:04:05Z
ODD = "dir a/k+b~!*'()%20&=?#;,:@$[]中é//x/../y.txt"
BOTO = {"key_id": KEY_ID, "secret": SECRET, "minted_with": f"PyPI boto {version('boto')}"}
S3CMD = {"key_id": KEY_ID, "secret": SECRET, "minted_with": f"PyPI s3cmd {version('s3cmd')}"}


@contextlib.contextmanager
def led_everywhere() -> Iterator[Wire]:
    """Lead every connection to a new listener: these clients use the standard library's HTTP."""
    wire, real = Wire(), socket.create_connection
    socket.create_connection = lambda *_args, **_named: real(("127.0.0.1", wire.port))
    try:
        yield wire
    finally:
        socket.create_connection = real


def connection(**more: Any) -> Any:
    """A connection of boto 2 to S3."""
    boto.config.add_section("Boto") if not boto.config.has_section("Boto") else None
    boto.config.set("Boto", "num_retries", "0")
    return S3Connection(KEY_ID, SECRET, is_secure=False, host="s3.amazonaws.com", **more)


def boto_cases(wire: Wire) -> None:
    """Both forms; headers that are signed for an address travel as headers."""
    host, path = connection(), connection(calling_format=OrdinaryCallingFormat())
    sts = connection(security_token=TOKEN)
    meta = {"x-amz-meta-a": "two  spaces", "Content-Type": "text/plain"}
    own_date = {"x-amz-date": "Fri, 02 Jan 2026 03:04:05 GMT"}

    def bucket(made: Any) -> Any:
        return made.get_bucket("demo", validate=False)

    cases: tuple[tuple[str, str | None, str, Callable[[], object]], ...] = (
        ("boto_put", "demo", "k.txt", lambda: bucket(host).new_key("k.txt").set_contents_from_string("hello")),
        ("boto_put_path_style_odd_key", "demo", ODD,
         lambda: bucket(path).new_key(ODD).set_contents_from_string("hello", headers=dict(meta))),
        ("boto_put_vendor_date", "demo", "k",
         lambda: bucket(host).new_key("k").set_contents_from_string("hello", headers=dict(own_date))),
        ("boto_head_token", "demo", "k", lambda: bucket(sts).get_key("k")),
        ("boto_list", "demo", "", lambda: bucket(host).get_all_keys(prefix="a b+c/中&=", delimiter="/")),
        ("boto_get_acl", "demo", "k", lambda: bucket(host).get_acl("k")),
        ("boto_initiate", "demo", "big", lambda: bucket(host).initiate_multipart_upload("big")),
        ("boto_get_override", "demo", "k", lambda: bucket(host).new_key("k").get_contents_as_string(
            response_headers={"response-content-disposition": 'attachment; filename="a b+c.txt"'})),
        ("boto_list_buckets", None, "", host.get_all_buckets),
    )  # fmt: skip
    for case, name, key, perform in cases:
        facts = {"token": TOKEN} if case == "boto_head_token" else {}
        record(
            "aws2", case, request=sent(wire, perform), bucket=name, key=key, call=case, signed_at=NOW, **BOTO, **facts
        )
    for case, made, method, key, headers in (
        ("boto_presigned_get", host, "GET", ODD.replace("//", "/"), {}),  # it sends // as one slash and signs both
        ("boto_presigned_put_headers", path, "PUT", ODD, meta),
        ("boto_presigned_get_token", sts, "GET", "k", {}),
    ):
        url = made.generate_url(600, method, "demo", key, headers=dict(headers) or None)
        record(
            "aws2", case, request=asked(method, url, headers), bucket="demo", key=key, signed_at=None,
            call=f"generate_url(600, {method!r}, headers={headers!r})", expires_at=NOW + 600,
            token=TOKEN if made is sts else None, **BOTO,
        )  # fmt: skip


def s3cmd_cases(wire: Wire) -> None:
    """It signs the resource with its own encoding, and with x-amz-date."""
    config = Config()
    for name, value in {
        "access_key": KEY_ID, "secret_key": SECRET, "signature_v2": True, "use_https": False, "max_retries": 1,
        "host_base": "s3.amazonaws.com", "host_bucket": "%(bucket)s.s3.amazonaws.com", "connection_pooling": False,
        "access_token": "", "guess_mime_type": False,
    }.items():  # fmt: skip
        setattr(config, name, value)
    client = S3(config)

    def asks(method: str, **more: Any) -> Callable[[], object]:
        return lambda: client.send_request(client.create_request(method, **more))

    cases: tuple[tuple[str, str | None, str, Callable[[], object]], ...] = (
        ("s3cmd_list", "demo", "",
         asks("BUCKET_LIST", bucket="demo", uri_params={"prefix": "a b+c/中&=", "delimiter": "/"})),
        ("s3cmd_put_odd_key", "demo", ODD, asks("OBJECT_PUT", uri=S3Uri(f"s3://demo/{ODD}"), headers={
            "content-type": "text/plain", "x-amz-meta-s3cmd-attrs": "a:b/c", "content-length": "0"})),
        ("s3cmd_upload_part", "demo", "big", asks("OBJECT_PUT", uri=S3Uri("s3://demo/big"), headers={
            "content-length": "0"}, uri_params={"partNumber": "2", "uploadId": "u/+=1~ x"})),
        ("s3cmd_get_acl", "demo", "k", asks("OBJECT_GET", uri=S3Uri("s3://demo/k"), uri_params={"acl": None})),
        ("s3cmd_delete", "demo", "k", asks("OBJECT_DELETE", uri=S3Uri("s3://demo/k"))),
        ("s3cmd_upper_case_bucket", "Demo_B", "k", asks("OBJECT_GET", uri=S3Uri("s3://Demo_B/k"))),
        ("s3cmd_list_buckets", None, "", asks("LIST_ALL_BUCKETS")),
    )  # fmt: skip
    for case, bucket, key, perform in cases:
        record("aws2", case, request=sent(wire, perform), bucket=bucket, key=key, call=case, signed_at=NOW, **S3CMD)
    url = sign_url_v2(S3Uri(f"s3://demo/{ODD}"), str(NOW + 600))
    record(
        "aws2", "s3cmd_signurl", request=asked("GET", url), bucket="demo", key=ODD, signed_at=None,
        expires_at=NOW + 600, call="sign_url_v2", **S3CMD,
    )  # fmt: skip


def main() -> None:
    """Write every case."""
    with freeze_time("2026-01-02T03:04:05Z"), led_everywhere() as wire:
        boto_cases(wire)
        s3cmd_cases(wire)


if __name__ == "__main__":
    main()
