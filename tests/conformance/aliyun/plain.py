"""Signing without an SDK: requests with one header, and forms with V1 and V4, by the documents' formulas.

Law: standard library only, so that nothing of the server tests the server; test_forms.py compares with ali-oss and
with the document's figures. Source: wire facts of Alibaba §3.4, §4.1, §4.3.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any

from conformance.aliyun.calls import REGION
from conformance.plain_http import Answer, request
from conformance.server import KEY_ID, SECRET, Server

V4 = "OSS4-HMAC-SHA256"


def v1(secret: str, text: str) -> str:
    """base64(HMAC-SHA1): headers, URLs and forms of the first version."""
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), hashlib.sha1)).decode("ascii")


def v4(secret: str, day: str, text: str, region: str = REGION) -> str:
    """hex(HMAC-SHA256) with the key that is derived of day, region and product."""
    key = f"aliyun_v4{secret}".encode()
    for part in (day, region, "oss", "aliyun_v4_request"):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    return hmac.digest(key, text.encode(), hashlib.sha256).hex()


def ask(
    server: Server,
    method: str,
    path: str,
    body: bytes = b"",
    *,
    at: float | None = None,
    resource: str = "",
    **more: str,
) -> Answer:
    """A request with a V1 header, dated `at`; `path` has nothing to escape and `resource` is it as it is signed."""
    headers = {"Date": formatdate(at, usegmt=True), **more}
    named = {name.lower(): value for name, value in headers.items()}
    own = "".join(f"{name}:{value}\n" for name, value in sorted(named.items()) if name.startswith("x-oss-"))
    slots = [
        method,
        named.get("content-md5", ""),
        named.get("content-type", ""),
        named["date"],
        own + (resource or path),
    ]
    headers["Authorization"] = f"OSS {KEY_ID}:{v1(SECRET, chr(10).join(slots))}"
    return request(method, server.address + path, body=body, headers=headers)


def moment(seconds: float = 0, form: str = "%Y-%m-%dT%H:%M:%S.000Z") -> str:
    """The time so many seconds from now, as a policy writes it or in another form."""
    return (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)).strftime(form)


def document(*conditions: Any, seconds: float = 86_400, **more: Any) -> dict[str, Any]:
    """A policy that expires in so many seconds."""
    return {"expiration": moment(seconds), "conditions": list(conditions), **more}


def packed(policy: Any) -> str:
    """A policy as its field has it."""
    text = policy if isinstance(policy, str) else json.dumps(policy, ensure_ascii=False)
    return base64.b64encode(text.encode()).decode("ascii")


def form_v1(policy: Any, secret: str = SECRET, key_id: str = KEY_ID) -> dict[str, str]:
    """The fields of a form that is signed with V1."""
    text = packed(policy)
    return {"OSSAccessKeyId": key_id, "policy": text, "Signature": v1(secret, text)}


def named_v4(at: float = 0, key_id: str = KEY_ID, **changes: str) -> dict[str, str]:
    """The fields of V4 that a policy has to have conditions for."""
    date = moment(at, "%Y%m%dT%H%M%SZ")
    scope = f"{key_id}/{date[:8]}/{REGION}/oss/aliyun_v4_request"
    return {"x-oss-signature-version": V4, "x-oss-credential": scope, "x-oss-date": date, **changes}


def form_v4(policy: Mapping[str, Any], secret: str = SECRET, names: Mapping[str, str] | None = None) -> dict[str, str]:
    """The fields of a form that is signed with V4; conditions for them are added to the policy."""
    fields = dict(names or named_v4())
    whole = {**policy, "conditions": [*policy["conditions"], *({name: value} for name, value in fields.items())]}
    text = packed(whole)
    return {**fields, "policy": text, "x-oss-signature": v4(secret, fields["x-oss-date"][:8], text)}
