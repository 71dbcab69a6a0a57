#!/usr/bin/env python3
"""Mint vectors of calls of AWS's STS with PyPI boto3, unmodified, its clock held still.

Run on an environment with boto3 and freezegun: python tests/vectors/sts4/mint_boto3.py
"""

from __future__ import annotations

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
from mint_capture import Wire, asked, led_here, record, sent

KEY_ID, SECRET, TOKEN = "entrepot-dev-id", "entrepot/dev+secret", "tok+en/with==letters"
NOW = 1_767_323_045  # 2026-01-02T03:04:05Z
MADE = {"minted_with": f"PyPI boto3 {version('boto3')} (botocore {version('botocore')})"}
FACTS = {"key_id": KEY_ID, "secret": SECRET, "signed_at": NOW, **MADE}
ROLE = {
    "RoleArn": "arn:aws:iam::100000000001:role/team a/uploader", "RoleSessionName": "bob", "DurationSeconds": 900,
    "Policy": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"é+~*\'()"}]}',
}  # fmt: skip


def client(endpoint: str = "http://127.0.0.1:9400", token: str | None = None) -> Any:
    """A client of STS."""
    return boto3.client(
        "sts", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=KEY_ID,
        aws_secret_access_key=SECRET, aws_session_token=token, config=Config(retries={"total_max_attempts": 1}),
    )  # fmt: skip


def whole(wire: Wire, call: Callable[[], object]) -> dict[str, Any]:
    """The request with its body."""
    request = sent(wire, call)
    return {**request, "payload": wire.requests[0][1].decode("utf-8")}


def main() -> None:
    """Mint everything."""
    uuid.uuid4 = lambda: uuid.UUID(int=0)
    host = "http://sts.us-east-1.amazonaws.com"
    cases: tuple[tuple[str, str | None, str, Callable[[], object]], ...] = (
        ("boto3_assume_role", None, "assume_role", lambda: client().assume_role(**ROLE)),
        ("boto3_assume_role_token", TOKEN, "assume_role, token", lambda: client(token=TOKEN).assume_role(**ROLE)),
        ("boto3_official_host", None, "get_caller_identity", lambda: client(host).get_caller_identity()),
    )
    with led_here() as wire, freeze_time("2026-01-02T03:04:05Z"):
        for case, token, call, perform in cases:
            record("sts4", case, request=whole(wire, perform), token=token, call=call, **FACTS)
        for case, token in (("boto3_presigned", None), ("boto3_presigned_token", TOKEN)):
            url = client(token=token).generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
            record(
                "sts4", case, request={**asked("GET", url), "payload": ""}, token=token, expires_at=NOW + 60,
                call="generate_presigned_url('get_caller_identity')", **FACTS,
            )  # fmt: skip


if __name__ == "__main__":
    main()
