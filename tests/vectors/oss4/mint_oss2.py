#!/usr/bin/env python3
"""Mint vectors with PyPI oss2, unmodified, its clock held still.

Run on an environment with oss2 and freezegun: python tests/vectors/oss4/mint_oss2.py
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import oss2
from freezegun import freeze_time

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from mint_capture import Wire, asked, led_here, record, sent

KEY_ID, SECRET, TOKEN = "entrepot-dev-id", "entrepot/dev+secret", "tok+en/with==letters"
NOW = 1_767_323_045  # 2026-01-02T03:04:05Z
ODD = "dir a/中+*~!'()%20&=?#.txt"
MADE = {"minted_with": f"PyPI oss2 {version('oss2')}"}
FACTS = {"key_id": KEY_ID, "secret": SECRET, "signed_at": NOW, **MADE}
ENDPOINT, LOCAL = "http://oss-cn-hangzhou.aliyuncs.com", "http://127.0.0.1:9400"


def bucket(endpoint: str = ENDPOINT, *, token: bool = False) -> Any:
    """A bucket of that endpoint: names are virtual-host style, addresses path style."""
    auth = oss2.AuthV4(KEY_ID, SECRET)
    if token:
        auth = oss2.ProviderAuthV4(oss2.credentials.StaticCredentialsProvider(KEY_ID, SECRET, TOKEN))
    return oss2.Bucket(auth, endpoint, "demo", region="cn-hangzhou", enable_crc=False)


def header_cases(wire: Wire) -> None:
    """The signature in the Authorization header."""
    host, path = bucket(), bucket(LOCAL)
    service = oss2.Service(oss2.AuthV4(KEY_ID, SECRET), ENDPOINT, region="cn-hangzhou")
    sent_headers = {
        "Content-Type": "text/plain",
        "x-oss-meta-a": "two  spaces",
        "Content-MD5": "XUFAKrxLKna5cZ2REBfFkg==",
    }
    cases: tuple[tuple[str, str | None, str, str, Callable[[], object]], ...] = (
        ("oss2_put", "demo", "k.txt", "put_object", lambda: host.put_object("k.txt", b"hello")),
        ("oss2_put_path_style_odd_key", "demo", ODD, f"put_object(headers={sent_headers!r})",
         lambda: path.put_object(ODD, b"hello", headers=dict(sent_headers))),
        ("oss2_put_latin1_header", "demo", "k", "put_object(headers={'x-oss-meta-a': 'é'})",
         lambda: host.put_object("k", b"", headers={"x-oss-meta-a": "é"})),
        ("oss2_get_range", "demo", ODD, "get_object(byte_range=)", lambda: host.get_object(ODD, byte_range=(0, 9))),
        ("oss2_get_acl", "demo", "", "get_bucket_acl", host.get_bucket_acl),
        ("oss2_list_v2_path_style", "demo", "", "list_objects_v2",
         lambda: path.list_objects_v2(prefix="a b+c/中&=", delimiter="/", fetch_owner=True)),
        ("oss2_list_buckets", None, "", "Service.list_buckets", lambda: service.list_buckets(prefix="a")),
        ("oss2_upload_part", "demo", "big", "upload_part", lambda: host.upload_part("big", "u/+=1~", 2, b"part")),
        ("oss2_append", "demo", "log", "append_object", lambda: host.append_object("log", 0, b"line")),
        ("oss2_copy", "demo", "to", "copy_object", lambda: host.copy_object("demo", ODD, "to")),
        ("oss2_head_token", "demo", "k", "head_object", lambda: bucket(token=True).head_object("k")),
    )  # fmt: skip
    for case, name, key, call, perform in cases:
        facts = {"token": TOKEN} if case == "oss2_head_token" else {}
        record("oss4", case, request=sent(wire, perform), bucket=name, key=key, call=call, **FACTS, **facts)


def query_cases() -> None:
    """Presigned addresses."""
    made = {"host": bucket(), "path": bucket(LOCAL), "token": bucket(token=True)}
    content = {"content-type": "text/plain", "x-oss-meta-a": "v"}
    extra = {"content-type": "text/plain", "cache-control": "no-cache", "x-oss-object-acl": "private"}
    cases: tuple[tuple[str, str, str, str, dict[str, Any], dict[str, str]], ...] = (
        ("oss2_presigned_get", "host", "GET", ODD, {}, {}),
        ("oss2_presigned_get_parameters", "host", "GET", "k",
         {"params": {"response-content-disposition": 'attachment; filename="a b+c.txt"', "x-oss-process": "image/info",
                     "acl": ""}}, {}),
        ("oss2_presigned_put_path_style", "path", "PUT", ODD, {"headers": content, "slash_safe": True}, content),
        ("oss2_presigned_put_token", "token", "PUT", "k", {}, {}),
        ("oss2_presigned_put_additional_headers", "host", "PUT", "k",
         {"headers": extra, "additional_headers": {"cache-control"}}, extra),
    )  # fmt: skip
    for case, style, method, key, arguments, headers in cases:
        call = f"Bucket.sign_url({method!r}, {key!r}, 3600, **{arguments!r})"
        url = made[style].sign_url(method, key, 3600, **{name: _copy(value) for name, value in arguments.items()})
        record(
            "oss4", case, request=asked(method, url, headers), bucket="demo", key=key, call=call, expires_at=NOW + 3600,
            token=TOKEN if style == "token" else None, **FACTS,
        )  # fmt: skip


def _copy(value: Any) -> Any:
    return dict(value) if isinstance(value, dict) else value


def main() -> None:
    """Write every case."""
    with freeze_time("2026-01-02T03:04:05Z"), led_here() as wire:
        header_cases(wire)
        query_cases()


if __name__ == "__main__":
    main()
