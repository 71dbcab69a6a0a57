"""Whose request it is: the dialect by credential, else by host, else by the vendor's headers.

One table for all clouds, because a request belongs to exactly one: a credential counts more than the host it was sent
to (Tencent's hosts take AWS signatures too). Must not read a body. Source: wire facts of Tencent §0, Alibaba §5.2,
Volcengine §3.1.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from entrepot.core.fault import Fault, Kind
from entrepot.wire.http import Request

S3, OSS, TOS, COS_XML, COS_JSON = "s3", "oss", "tos", "cos_xml", "cos_json"

_AUTHORIZATIONS: Final = (
    ("AWS4-HMAC-SHA256", S3), ("AWS ", S3), ("OSS ", OSS), ("OSS4-HMAC-SHA256", OSS), ("OSS2 ", OSS),
    ("TOS4-HMAC-SHA256", TOS), ("q-sign-algorithm", COS_XML), ("q-", COS_XML),
)  # fmt: skip
_SCHEMES = tuple(start for start, _ in _AUTHORIZATIONS)
_QUERY_MARKS: Final = (
    (b"x-amz-signature=", S3), (b"x-amz-algorithm=", S3), (b"awsaccesskeyid=", S3),
    (b"ossaccesskeyid=", OSS), (b"x-oss-signature", OSS), (b"x-tos-signature=", TOS), (b"x-tos-algorithm=", TOS),
    (b"x-tos-policy=", TOS),    (b"q-signature=", COS_XML), (b"q-sign-algorithm", COS_XML),
)  # fmt: skip
_FORM_MARKS: Final = (
    ("x-amz-algorithm", S3), ("x-amz-signature", S3), ("awsaccesskeyid", S3), ("ossaccesskeyid", OSS),
    ("x-oss-signature-version", OSS), ("x-oss-credential", OSS), ("x-tos-algorithm", TOS), ("x-tos-signature", TOS),
    ("q-ak", COS_XML), ("q-sign-algorithm", COS_XML),
)  # fmt: skip

ENDPOINTS: Final = {
    COS_XML: re.compile(
        r"(?:(?P<bucket>[a-z0-9-]*)\.)??"
        r"(?:(?:service\.)?cos(?:-internal)?(?:\.[a-z0-9-]+)?\.(?:myqcloud\.com|tencentcos\.cn|localdomain))"
    ),
    OSS: re.compile(
        r"(?:(?P<bucket>[a-z0-9-]*)\.)??"
        r"(?:oss-[a-z0-9-]+|oss|s3\.oss-[a-z0-9-]+|[a-z]{2}-[a-z]+(?:-\d)?\.oss)\.aliyuncs\.com"
    ),
    TOS: re.compile(r"(?:(?P<bucket>[a-z0-9-]*)\.)??tos-[a-z0-9-]+\.(?:i?volces|i?bytepluses)\.com"),
    S3: re.compile(
        r"(?:(?P<bucket>[a-z0-9.-]*)\.)??"
        r"(?:s3(?:[.-]dualstack)?(?:[.-][a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com(?:\.cn)?|vod(?:pro|src-internal)\.[a-z0-9-]+\.eovod\.com)"
    ),
}
"""The clouds' own hosts; what stands before them is the bucket."""

CLOUD_DOMAINS: Final = (
    ".aliyuncs.com", ".amazonaws.com", ".bytepluses.com", ".eovod.com", ".ivolces.com", ".myqcloud.com",
    ".tencentcloudapi.com", ".tencentcos.cn", ".vodpro-upload.com", ".volcengineapi.com", ".volces.com",
)  # fmt: skip
"""Where the clouds' hosts are, of storage and of minting APIs alike: names that lead here by a proxy only."""

_PREFIXES: Final = ((b"x-amz-", S3), (b"x-oss-", OSS), (b"x-tos-", TOS), (b"x-cos-", COS_XML))
_APP_SIGN = re.compile(r"(?:Authorization )?[A-Za-z0-9+/=_-]{40,}\s*", re.ASCII)
_JSON_HOST = re.compile(r"[a-z0-9][a-z0-9-]*-\d{5,19}\..+", re.ASCII)
_JSON_PATH = re.compile(rb"/+[A-Za-z0-9][A-Za-z0-9-]*-\d{5,19}(?=/|$)")
_NEAR = re.compile(r"localhost|[\d.]+|\[.*\]|.*\.localhost", re.ASCII)


def dialect_of(request: Request) -> str:
    """The name of the dialect."""
    found = _by_credential(request)
    if found is not None:
        return found
    return _by_host(request.host) or _by_headers(request) or _by_fields(request) or _left_over(request)


def _by_credential(request: Request) -> str | None:
    authorization = request.header(b"authorization")
    if authorization:
        return _by_authorization(authorization.lstrip())
    return (_by_query(request.raw_query.lower()) if request.raw_query else None) or _by_form(request)


def _by_authorization(text: str) -> str | None:
    for start, name in _AUTHORIZATIONS:
        if text.startswith(start):
            return name
    if "q-sign-algorithm=" in text:
        return COS_XML
    return COS_JSON if _APP_SIGN.fullmatch(text) else None


def _by_query(query: bytes) -> str | None:
    for mark, name in _QUERY_MARKS:
        if mark in query:
            return name
    return COS_JSON if query.startswith(b"sign=") or b"&sign=" in query else None


def _by_form(request: Request) -> str | None:
    if request.form is None:
        return None
    fields = {name.lower() for name, _ in request.form}
    for field, name in _FORM_MARKS:
        if field in fields:
            return name
    return COS_XML if "q-sign-algorithm=" in (request.field("signature") or "") else None


def _by_fields(request: Request) -> str | None:
    """A form that no mark tells: one cloud's own fields, OSS by the capital that it writes."""
    fields = {name.lower() for name, _ in request.form or ()}
    for prefix, name in _PREFIXES:
        if any(field.startswith(prefix.decode()) for field in fields):
            return name
    return OSS if any(name == "Signature" for name, _ in request.form or ()) else None


@lru_cache(maxsize=4096)
def _by_host(host: str) -> str | None:
    for name, pattern in ENDPOINTS.items():
        if pattern.fullmatch(host):
            return name
    return S3 if host.endswith(".vodpro-upload.com") else None


def _by_headers(request: Request) -> str | None:
    for header, value in request.headers:
        if header.startswith(b"x-"):
            for prefix, name in _PREFIXES:
                if header.startswith(prefix):
                    return name
        elif header == b"access-control-request-headers":
            asked = value.lower()
            for prefix, name in _PREFIXES:
                if prefix in asked:
                    return name
    return None


def _left_over(request: Request) -> str:
    """Downloads without any mark are COS JSON's, whose addresses are given out by its API; the rest is S3's."""
    if request.method == "OPTIONS":
        if _is_json_preflight(request):
            return COS_JSON
    elif request.method in {"GET", "HEAD"}:
        near = _NEAR.fullmatch(request.host) is not None
        if not near or _JSON_HOST.fullmatch(request.host) or _JSON_PATH.match(request.raw_path):
            return COS_JSON
    # A host that begins with <bucket>-<appid> is spelt as COS spells it.
    return COS_XML if _JSON_HOST.fullmatch(request.host) else S3


def _is_json_preflight(request: Request) -> bool:
    """Whether a page asks for what COS JSON allows every page: a download, or a form to one of its addresses.

    What else is done to a bucket is allowed, or not, by its own rules.
    """
    method = request.header(b"access-control-request-method") or ""
    if _JSON_PATH.match(request.raw_path):
        return method in {"GET", "HEAD", "POST"}
    signs = b"authorization" in (request.header(b"access-control-request-headers") or "").lower().encode()
    return method in {"GET", "HEAD"} and not signs and _JSON_HOST.fullmatch(request.host) is not None


def check_one_credential(request: Request) -> None:
    """Refuse a request that is signed twice, by whichever clouds' schemes.

    Raises:
        Fault: SIGNATURE_MALFORMED (reason ``two``).
    """
    signed = 0
    authorization = request.header(b"authorization")
    if authorization:
        signed += 1
        text = authorization.lstrip()
        if not text.startswith(_SCHEMES) and "q-sign-algorithm=" not in text:
            raise Fault(
                Kind.SIGNATURE_MALFORMED, f"the Authorization {text.partition(' ')[0][:40]!r} is of no known kind",
                reason="unknown-scheme",
            )  # fmt: skip
    if request.raw_query and _signed_query(request.raw_query.lower()):
        signed += 1
    if signed > 1:
        raise Fault(Kind.SIGNATURE_MALFORMED, "the request carries two signatures; send one", reason="two")


_SIGNATURES = re.compile(rb"(?:^|&)(?:x-amz-signature|x-oss-signature|x-tos-signature|q-signature|signature)=")


def _signed_query(query: bytes) -> bool:
    found = len(_SIGNATURES.findall(query))
    if found > 1:
        raise Fault(Kind.SIGNATURE_MALFORMED, "the address carries two signatures; send one", reason="two")
    return found == 1
