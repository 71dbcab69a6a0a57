"""Questions that several tests ask of an SDK: with what was it refused, who may, what is not set."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.volcengine.clients import Client, Refused


def refusal(tos: Client, method: str, **given: Any) -> Refused:
    """The error that a call must end with."""
    with pytest.raises(Refused) as caught:
        tos.do(method, **given)
    assert caught.value.request_id
    assert caught.value.ec == caught.value.header.get("x-tos-ec", ""), "the body says what the header says"
    return caught.value


def grants(tos: Client, method: str, **given: Any) -> set[tuple[str, str]]:
    """Canned grantees and what they may; the owner is not asked about."""
    told = tos.do(method, **given)
    assert told["owner"]["id"] == tos.do("list_buckets")["owner"]["id"]
    found = {(grant["grantee"].get("canned") or "", grant["permission"]) for grant in told["grants"]}
    return {pair for pair in found if pair[0]}


def unset(tos: Client, method: str, name: str, bucket: str) -> tuple[int, Any]:
    """How an SDK tells that something was never set: status and code, or the empty list that one makes of it."""
    try:
        told = tos.do(method, bucket=bucket)
    except Refused as refused:
        return refused.status, refused.code
    return told.status, told[name]
