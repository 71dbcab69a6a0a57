#!/usr/bin/env python3
"""Write down the worked signatures of Volcengine's control APIs, as they stand in the wire facts §1.10.

Law: inputs and signatures are copied, nothing is computed. Run with: python3 tests/vectors/volc/mint_facts.py
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from mint_capture import asked, record

NOW = 1_748_931_222  # 2025-06-03T06:13:42Z
TIME, SCOPE = "20250603T061342Z", "20250603/cn-beijing/vms/request"
BODY = '{"FileName": "abcdef"}'
BODY_SHA256 = "df01c7add7dd428542b73496359c46e030dfd0718c8193f4b4949ec37da007e8"
MADE = "PyPI volcengine-python-sdk 5.0.54, as written down in the wire facts"
FACTS: dict[str, Any] = {"key_id": "AKTEST", "secret": "SKTEST", "signed_at": NOW, "minted_with": MADE}
LISTED = "Action;Type;Version;X-Algorithm;X-Credential;X-Date;X-NotSignBody;X-SignedHeaders;X-SignedQueries"


def call(host: str, names: str, signature: str, **more: str) -> dict[str, Any]:
    """A call with the signature in its header."""
    credential = f"HMAC-SHA256 Credential=AKTEST/{SCOPE}, SignedHeaders={names}, Signature={signature}"
    headers = {"x-date": TIME, "x-content-sha256": BODY_SHA256, "authorization": credential, **more}
    url = f"http://{host}/?Action=GetResourceUploadUrl&Version=2022-01-01"
    return {**asked("POST", url, headers), "payload": BODY}


if __name__ == "__main__":
    signature = "2ce9cb1a98e563252228fd2f7a4fd5d6787fd45574524cf1e2cc29201d2f7b11"
    names = "content-type;host;x-content-sha256;x-date"
    request = call("127.0.0.1:8080", names, signature, **{"content-type": "application/json"})
    record("volc", "facts_a", request=request, call="get_resource_upload_url", **FACTS)
    signature = "6c5630241652bbfb32b046010d0f2f5c03e5a97c4903185260f71ba1a7371742"
    request = call("cloud-vms.volcengineapi.com", "host;x-content-sha256;x-date", signature)
    record("volc", "facts_a2", request=request, call="the seed's request", **FACTS)
    query = (
        f"Action=QueryUsableResourceV2&Type=0&Version=2022-01-01&X-Algorithm=HMAC-SHA256&X-Credential=AKTEST%2F"
        f"{SCOPE.replace('/', '%2F')}&X-Date={TIME}&X-NotSignBody=&X-Security-Token=TOK"
        "&X-Signature=6d88cb9fdbf73028b012952533d21399c1d6cfcc144beeb81f40da6a8196323b&X-SignedHeaders=host"
        f"&X-SignedQueries={LISTED.replace(';', '%3B')}"
    )
    request = {**asked("GET", f"http://127.0.0.1:8080/?{query}"), "payload": ""}
    record("volc", "facts_e", request=request, token="TOK", expires_at=NOW + 900, call="sign_url", **FACTS)
