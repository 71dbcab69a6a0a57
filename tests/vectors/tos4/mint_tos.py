#!/usr/bin/env python3
"""Mint vectors with PyPI tos, unmodified, its clock held still.

Run on an environment with tos and freezegun: python tests/vectors/tos4/mint_tos.py
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import tos
from freezegun import freeze_time
from tos.enum import HttpMethodType
from tos.models2 import ContentLengthRange, PolicySignatureCondition, PostSignatureCondition

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from mint_capture import Wire, asked, led_here, posted, record, sent

KEY_ID, SECRET, TOKEN = "entrepot-dev-id", "entrepot/dev+secret", "tok+en/with==letters"
NOW = 1_767_323_045  # 2026-01-02T03:04:05Z
ODD = "dir a/b/中+*~!'()%20&=?#.txt"
MADE = {"minted_with": f"PyPI tos {version('tos')}"}
FACTS = {"key_id": KEY_ID, "secret": SECRET, "signed_at": NOW, **MADE}
HOST = "demo.tos-cn-beijing.volces.com"


def client(token: str | None = None, **settings: Any) -> Any:
    """A client; the SDK has no path style."""
    endpoint = settings.pop("endpoint", "http://tos-cn-beijing.volces.com")
    return tos.TosClientV2(
        KEY_ID, SECRET, endpoint, "cn-beijing", security_token=token, max_retry_count=0, dns_cache_time=0, **settings
    )


def header_cases(wire: Wire) -> None:
    """The signature in the Authorization header."""
    plain, sts = client(), client(TOKEN)
    domain = client(endpoint="http://127.0.0.1:9400", is_custom_domain=True)
    cases: tuple[tuple[str, str | None, str, str, Callable[[], object]], ...] = (
        ("tos_put", "demo", "k.txt", "put_object", lambda: plain.put_object("demo", "k.txt", content=b"hello")),
        ("tos_put_odd_key", "demo", ODD, "put_object(content_type=, meta=)",
         lambda: plain.put_object("demo", ODD, content=b"hello", content_type="text/plain;  charset=utf-8",
                                  meta={"a": "two  spaces", "名": "值"})),
        ("tos_put_disposition", "demo", "k", "put_object(content_disposition=)",
         lambda: plain.put_object("demo", "k", content=b"1", content_disposition='attachment; filename="é 中.txt"')),
        ("tos_put_custom_domain", "demo", ODD, "put_object", lambda: domain.put_object("demo", ODD, content=b"hello")),
        ("tos_get_range", "demo", ODD, "get_object", lambda: plain.get_object("demo", ODD, range_start=0, range_end=9)),
        ("tos_list", "demo", "", "list_objects_type2",
         lambda: plain.list_objects_type2("demo", prefix="a b+c/中&=", delimiter="/")),
        ("tos_get_acl", "demo", "", "get_bucket_acl", lambda: plain.get_bucket_acl("demo")),
        ("tos_list_buckets", None, "", "list_buckets", plain.list_buckets),
        ("tos_upload_part", "demo", "big", "upload_part",
         lambda: plain.upload_part("demo", "big", upload_id="u/+=1~", part_number=2, content=b"part")),
        ("tos_copy", "demo", "to", "copy_object", lambda: plain.copy_object("demo", "to", "demo", ODD)),
        ("tos_append_token", "demo", "log", "append_object",
         lambda: sts.append_object("demo", "log", 0, content=b"line")),
        ("tos_head_token", "demo", "k", "head_object", lambda: sts.head_object("demo", "k")),
    )  # fmt: skip
    for case, bucket, key, call, perform in cases:
        facts = {"token": TOKEN} if case.endswith("token") else {}
        record(
            "tos4",
            case,
            request=sent(wire, perform),
            bucket=bucket,
            key=key,
            call=f"TosClientV2.{call}",
            **FACTS,
            **facts,
        )


def query_cases() -> None:
    """Presigned addresses, for a request and for whatever fits a policy."""
    plain, sts = client(), client(TOKEN)
    cases: tuple[tuple[str, Any, HttpMethodType, str, int, dict[str, Any], dict[str, str]], ...] = (
        ("tos_presigned_put", plain, HttpMethodType.Http_Method_Put, ODD, 600, {}, {}),
        ("tos_presigned_get_overrides", plain, HttpMethodType.Http_Method_Get, "k", 2_592_000,
         {"query": {"response-content-disposition": 'attachment; filename="a b+c.txt"', "versionId": "1"}}, {}),
        ("tos_presigned_put_token_headers", sts, HttpMethodType.Http_Method_Put, ODD, 600,
         {"header": {"x-tos-acl": "private", "Content-Type": "text/plain"}, "is_signed_all_headers": True},
         {"x-tos-acl": "private", "content-type": "text/plain"}),
        ("tos_presigned_custom_domain", plain, HttpMethodType.Http_Method_Get, "a/b", 600,
         {"alternative_endpoint": "http://127.0.0.1:9400", "is_custom_domain": True}, {}),
    )  # fmt: skip
    for case, made, method, key, expires, arguments, headers in cases:
        call = f"TosClientV2.pre_signed_url({method.value}, 'demo', {key!r}, {expires}, **{arguments!r})"
        url = made.pre_signed_url(method, "demo", key, expires, **arguments).signed_url
        record(
            "tos4", case, request=asked(method.value, url, headers), bucket="demo", key=key, call=call,
            token=TOKEN if made is sts else None, expires_at=NOW + expires, **FACTS,
        )  # fmt: skip
    for case, token in (("tos_policy", None), ("tos_policy_token", TOKEN)):
        conditions = [PolicySignatureCondition(key="key", value="up/", operator="starts-with")]
        output = client(token).pre_signed_policy_url("demo", conditions, 600)
        url = output.get_signed_url_for_get_or_head("up/a b+c.txt", {"versionId": "1"})
        record(
            "tos4", case, request=asked("GET", url), bucket="demo", key="up/a b+c.txt", token=token,
            expires_at=NOW + 600,
            call="TosClientV2.pre_signed_policy_url('demo', starts-with key up/, 600).get_signed_url_for_get_or_head",
            **FACTS,
        )  # fmt: skip


def form_cases() -> None:
    """Policies of browsers' forms."""
    for case, token in (("tos_post", None), ("tos_post_token", TOKEN)):
        made = client(token).pre_signed_post_signature(
            [PostSignatureCondition(key="x-tos-acl", value="private")], "demo", ODD, 600, ContentLengthRange(0, 1024)
        )
        fields = {
            "key": ODD, "policy": made.policy, "x-tos-algorithm": made.algorithm, "x-tos-credential": made.credential,
            "x-tos-date": made.date, "x-tos-signature": made.signature, "x-tos-acl": "private",
            **({} if token is None else {"x-tos-security-token": token}),
        }  # fmt: skip
        record(
            "tos4", case, request=posted(HOST, "/", fields), bucket="demo", token=token,
            call="TosClientV2.pre_signed_post_signature(…, 'demo', key, 600, ContentLengthRange(0, 1024))", **FACTS,
        )  # fmt: skip


def main() -> None:
    """Write every case."""
    with freeze_time("2026-01-02T03:04:05Z"), led_here() as wire:
        header_cases(wire)
        query_cases()
        form_cases()


if __name__ == "__main__":
    main()
