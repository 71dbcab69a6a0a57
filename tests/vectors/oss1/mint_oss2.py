#!/usr/bin/env python3
"""Mint vectors with PyPI oss2 and its signature version 1, unmodified, its clock held still.

Run on an environment with oss2 and freezegun: python tests/vectors/oss1/mint_oss2.py
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
FACTS = {"key_id": KEY_ID, "secret": SECRET, "minted_with": f"PyPI oss2 {version('oss2')}"}
ENDPOINT, LOCAL = "http://oss-cn-hangzhou.aliyuncs.com", "http://127.0.0.1:9400"


def bucket(endpoint: str = ENDPOINT, *, token: bool = False, cname: bool = False) -> Any:
    """A bucket of that endpoint: names are virtual-host style, addresses path style."""
    auth: Any = oss2.StsAuth(KEY_ID, SECRET, TOKEN, auth_version="v1") if token else oss2.Auth(KEY_ID, SECRET)
    return oss2.Bucket(auth, endpoint, "demo", enable_crc=False, is_cname=cname)


def header_cases(wire: Wire) -> None:
    """The signature in the Authorization header."""
    host, path, sts = bucket(), bucket(LOCAL), bucket(token=True)
    own = bucket("http://img.example.com", cname=True)
    service = oss2.Service(oss2.Auth(KEY_ID, SECRET), ENDPOINT)
    extra = {"Content-Type": "text/plain", "x-oss-meta-a": "two  spaces", "Content-MD5": "XUFAKrxLKna5cZ2REBfFkg=="}
    style = {"x-oss-process": "image/resize,w_100/format,png", "response-content-type": "image/png"}
    cases: tuple[tuple[str, str | None, str, str, Callable[[], object]], ...] = (
        ("oss2_put", "demo", "k.txt", "put_object", lambda: host.put_object("k.txt", b"hello")),
        ("oss2_put_path_style_odd_key", "demo", ODD, f"put_object(headers={extra!r})",
         lambda: path.put_object(ODD, b"hello", headers=dict(extra))),
        ("oss2_put_own_domain", "demo", ODD, "put_object, is_cname=True", lambda: own.put_object(ODD, b"hello")),
        ("oss2_put_latin1_header", "demo", "k", "put_object(headers={'x-oss-meta-a': 'é'})",
         lambda: host.put_object("k", b"", headers={"x-oss-meta-a": "é"})),
        ("oss2_put_vendor_date", "demo", "k", "put_object(headers={'x-oss-date': …})",
         lambda: host.put_object("k", b"", headers={"x-oss-date": "Fri, 02 Jan 2026 03:04:05 GMT"})),
        ("oss2_get_range", "demo", ODD, "get_object(byte_range=)", lambda: host.get_object(ODD, byte_range=(0, 9))),
        ("oss2_get_process", "demo", "k", f"get_object(params={style!r})",
         lambda: host.get_object("k", params=dict(style))),
        ("oss2_get_acl", "demo", "", "get_bucket_acl", host.get_bucket_acl),
        ("oss2_list", "demo", "", "list_objects",
         lambda: host.list_objects(prefix="a b+c/中&=", delimiter="/", marker="m")),
        ("oss2_list_v2_path_style", "demo", "", "list_objects_v2(continuation_token=)",
         lambda: path.list_objects_v2(prefix="a b", continuation_token="a b+c/中==", fetch_owner=True)),
        ("oss2_list_buckets", None, "", "Service.list_buckets", lambda: service.list_buckets(prefix="a")),
        ("oss2_initiate", "demo", "big", "init_multipart_upload", lambda: host.init_multipart_upload("big")),
        ("oss2_upload_part", "demo", "big", "upload_part", lambda: host.upload_part("big", "u/+=1~ x", 2, b"part")),
        ("oss2_append", "demo", "log", "append_object", lambda: host.append_object("log", 0, b"line")),
        ("oss2_copy", "demo", "to", "copy_object", lambda: host.copy_object("demo", ODD, "to")),
        ("oss2_delete_many", "demo", "", "batch_delete_objects", lambda: host.batch_delete_objects(["a", "b"])),
        ("oss2_head_token", "demo", "k", "head_object, StsAuth", lambda: sts.head_object("k")),
    )  # fmt: skip
    for case, name, key, call, perform in cases:
        facts = {"token": TOKEN} if case == "oss2_head_token" else {}
        record(
            "oss1", case, request=sent(wire, perform), bucket=name, key=key, call=call, signed_at=NOW, **FACTS, **facts
        )


def query_cases() -> None:
    """Presigned addresses."""
    made = {"host": bucket(), "path": bucket(LOCAL), "token": bucket(token=True)}
    content = {"content-type": "text/plain", "x-oss-meta-a": "v", "content-md5": "XUFAKrxLKna5cZ2REBfFkg=="}
    overrides = {
        "response-content-disposition": 'attachment; filename="a b+c.txt"', "x-oss-process": "image/info", "acl": "",
        "x-oss-traffic-limit": "819200", "unsigned": "x",
    }  # fmt: skip
    cases: tuple[tuple[str, str, str, str, dict[str, Any], dict[str, str]], ...] = (
        ("oss2_presigned_get", "host", "GET", ODD, {}, {}),
        ("oss2_presigned_get_parameters", "host", "GET", "k", {"params": overrides}, {}),
        ("oss2_presigned_put_path_style", "path", "PUT", ODD, {"headers": content, "slash_safe": True}, content),
        ("oss2_presigned_put_token", "token", "PUT", "k", {}, {}),
        ("oss2_presigned_part", "host", "PUT", "big", {"params": {"partNumber": "2", "uploadId": "u/+=1~ x"}}, {}),
    )  # fmt: skip
    for case, style, method, key, arguments, headers in cases:
        call = f"Bucket.sign_url({method!r}, {key!r}, 3600, **{arguments!r})"
        url = made[style].sign_url(method, key, 3600, **{name: dict(v) if isinstance(v, dict) else v
                                                         for name, v in arguments.items()})  # fmt: skip
        record(
            "oss1", case, request=asked(method, url, headers), bucket="demo", key=key, call=call, signed_at=None,
            expires_at=NOW + 3600, token=TOKEN if style == "token" else None, **FACTS,
        )  # fmt: skip


def main() -> None:
    """Write every case."""
    with freeze_time("2026-01-02T03:04:05Z"), led_here() as wire:
        header_cases(wire)
        query_cases()


if __name__ == "__main__":
    main()
