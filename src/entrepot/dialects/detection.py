"""Detection: which dialect a request speaks, by its credential, else its host, else a vendor's headers or fields.

All clouds are in one place, because a request must belong to exactly one dialect. The credential counts more than the
host, because the clients of one cloud may use the signatures of another (Tencent's hosts take AWS signatures too). Must
not read a body. Source: wire facts of Tencent §0, Alibaba §5.2,
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
_AUTHORIZATION_STARTS = tuple(start for start, _ in _AUTHORIZATIONS)
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
"""The clouds' own endpoints. A label in front of one names the bucket."""

CLOUD_DOMAINS: Final = (
    ".aliyuncs.com", ".amazonaws.com", ".bytepluses.com", ".eovod.com", ".ivolces.com", ".myqcloud.com",
    ".tencentcloudapi.com", ".tencentcos.cn", ".vodpro-upload.com", ".volcengineapi.com", ".volces.com",
)  # fmt: skip
"""The domains of the clouds' storage and minting APIs. A request for one reaches this server through a proxy only."""

_PREFIXES: Final = ((b"x-amz-", S3), (b"x-oss-", OSS), (b"x-tos-", TOS), (b"x-cos-", COS_XML))
_APP_SIGN = re.compile(r"(?:Authorization )?[A-Za-z0-9+/=_-]{40,}\s*", re.ASCII)
_COS_JSON_HOST = re.compile(r"[a-z0-9][a-z0-9-]*-\d{5,18}\..+", re.ASCII)
_COS_JSON_PATH = re.compile(rb"/+[A-Za-z0-9][A-Za-z0-9-]*-\d{5,18}(?=/|$)")
_LOCAL_HOST = re.compile(r"localhost|[\d.]+|\[.*\]|.*\.localhost", re.ASCII)


COS_JSON_API: Final = re.compile(rb"/+files/+v[12](?=/|$)")
COS_JSON_BUCKET_HOST: Final = re.compile(r"([a-z0-9][a-z0-9-]*)-(\d{5,18})\.", re.ASCII)


def is_cos_json_api(request: Request) -> bool:
    """Whether the request speaks to COS JSON's API, by its path, unless its host is one bucket's."""
    return COS_JSON_API.match(request.raw_path) is not None and COS_JSON_BUCKET_HOST.match(request.host) is None


def is_cos_json(request: Request) -> bool:
    """Whether the request is COS JSON's: its API whatever the credential, or what :func:`dialect_of` says."""
    return is_cos_json_api(request) or dialect_of(request) == COS_JSON


def dialect_of(request: Request) -> str:
    """The name of the dialect that a request speaks."""
    found = _by_credential(request)
    if found is not None:
        return found
    return _by_host(request.host) or _by_headers(request) or _by_fields(request) or _by_default(request)


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
    """By the fields of an unsigned form: those with a vendor's prefix, or ``Signature``, which only OSS writes so."""
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


def _by_default(request: Request) -> str:
    """When nothing tells the dialect: S3, except for two cases of Tencent's.

    The COS JSON API gives out plain download addresses, so an unsigned download from a public host is its own; so is
    one whose host or path has a bucket as that API spells it. Any other request to such a host is COS XML's.
    """
    if request.method == "OPTIONS":
        if _is_cos_json_preflight(request):
            return COS_JSON
    elif request.method in {"GET", "HEAD"}:
        local = _LOCAL_HOST.fullmatch(request.host) is not None
        if not local or _COS_JSON_HOST.fullmatch(request.host) or _COS_JSON_PATH.match(request.raw_path):
            return COS_JSON
    # <bucket>-<appid>. is how COS spells a bucket in a host.
    return COS_XML if _COS_JSON_HOST.fullmatch(request.host) else S3


def _is_cos_json_preflight(request: Request) -> bool:
    """Whether a preflight is for what COS JSON allows to every web page: a download, or a form to one of its addresses.

    Anything else is allowed or refused by the CORS rules of the bucket, in another dialect.
    """
    method = request.header(b"access-control-request-method") or ""
    if _COS_JSON_PATH.match(request.raw_path):
        return method in {"GET", "HEAD", "POST"}
    sends_signature = b"authorization" in (request.header(b"access-control-request-headers") or "").lower().encode()
    return method in {"GET", "HEAD"} and not sends_signature and _COS_JSON_HOST.fullmatch(request.host) is not None


def check_one_credential(request: Request) -> None:
    """Refuse a request that carries two signatures, even of two clouds, because only one of them would be verified.

    Raises:
        Fault: SIGNATURE_MALFORMED (reason ``two``).
    """
    signatures = 0
    authorization = request.header(b"authorization")
    if authorization:
        signatures += 1
        text = authorization.lstrip()
        if not text.startswith(_AUTHORIZATION_STARTS) and "q-sign-algorithm=" not in text:
            raise Fault(
                Kind.SIGNATURE_MALFORMED, f"the Authorization {text.partition(' ')[0][:40]!r} is of no known kind",
                reason="unknown-scheme",
            )  # fmt: skip
    if request.raw_query and _signed_query(request.raw_query.lower()):
        signatures += 1
    if signatures > 1:
        raise Fault(Kind.SIGNATURE_MALFORMED, "the request carries two signatures; send one", reason="two")


_SIGNATURE_PARAMETER = re.compile(rb"(?:^|&)(?:x-amz-signature|x-oss-signature|x-tos-signature|q-signature|signature)=")


def _signed_query(query: bytes) -> bool:
    found = len(_SIGNATURE_PARAMETER.findall(query))
    if found > 1:
        raise Fault(Kind.SIGNATURE_MALFORMED, "the address carries two signatures; send one", reason="two")
    return found == 1
