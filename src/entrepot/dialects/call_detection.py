"""Which requests are calls of a minting API, and of which cloud's: by credential, mark, parameter or host.

Beside :mod:`.detection`, which tells storage apart once this says no; here too all clouds are in one place, and no
dialect needs to be there before a request is its own. A body is looked at only if it was read already, and costs no
more than a look. Source: wire facts of Tencent §0, §1.1, Alibaba §1.1 to §1.3, Volcengine §1.1, §1.6; AWS "Making
requests to AWS STS".
"""

from __future__ import annotations

import re
from typing import Final

from entrepot.signing.acs3 import FAMILY as ACS3
from entrepot.signing.tc3 import ALGORITHM
from entrepot.signing.tc3_v1 import parameters_of
from entrepot.wire.calls import says
from entrepot.wire.http import Request

_TC3: Final = ALGORITHM.encode()
_TENCENT_DOMAIN: Final = "tencentcloudapi.com"

ALIYUN_HOST: Final = re.compile(r"(?P<product>hbr|sts|sts-vpc)(?:\.(?P<region>[a-z0-9-]+))?\.aliyuncs\.com")
_ALIYUN_MARKS: Final = (b"AccessKeyId=", b"SignatureNonce=")
"""Parameters that every call of RPC style has, and that no other cloud calls so."""

AWS_STS_VERSION: Final = "2011-06-15"
_STS_SCOPE: Final = b"/sts/aws4_request"
_STS_VERSION: Final = f"Version={AWS_STS_VERSION}&".encode()
_STS_HOST: Final = re.compile(r"sts(?:-fips)?(?:\.[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?")

VOLCENGINE_VERSION: Final = "2022-01-01"
VOLCENGINE_HOST: Final = re.compile(r"(?:[a-z0-9-]+\.)+volcengineapi\.com")
_NOT_VOLCENGINES: Final = re.compile(rb"(?:^|&)(?:signature|accesskeyid|secretid|x-amz-[a-z]+)=", re.IGNORECASE)


def is_tencent_call(request: Request) -> bool:
    """Whether it is a call of TencentCloud API 3.0: never told by a path, which is always ``/``."""
    for name, value in request.headers:
        if name == b"x-tc-action" or (name == b"authorization" and value.startswith(_TC3)):
            return True
    if request.authority.partition(":")[0].lower().endswith(_TENCENT_DOMAIN):
        return True
    if request.raw_path != b"/" or not (request.raw_query or request.payload):
        return False
    written = parameters_of(request)
    return says(written, b"SecretId=") and says(written, b"Action=")


def is_aliyun_call(request: Request) -> bool:
    """Whether it is a call of Alibaba Cloud's OpenAPI."""
    authorization = request.header(b"authorization")
    if authorization is not None and authorization.startswith(ACS3):
        return True
    for name, value in request.headers:
        if name in {b"x-acs-action", b"x-acs-version"}:
            return True
        if name == b"access-control-request-headers" and b"x-acs-" in value.lower():
            return True
    if request.raw_path in {b"/", b""} and authorization is None:
        for raw in (request.raw_query, request.payload):
            if raw and any(says(raw, mark) for mark in _ALIYUN_MARKS):
                return True
    return ALIYUN_HOST.fullmatch(request.host) is not None


def is_aws_sts_call(request: Request) -> bool:
    """Whether it is a call of AWS's STS: by the service in the credential's scope, or by the API's version."""
    authorization = request.header(b"authorization")
    if authorization is not None:
        return authorization.startswith("AWS4-HMAC-SHA256") and _STS_SCOPE.decode() in authorization
    if _is_in_sts_scope(request.raw_query):
        return True
    if request.payload and says(request.payload + b"&", _STS_VERSION):
        return True
    return _STS_HOST.fullmatch(request.host) is not None


def _is_in_sts_scope(query: bytes) -> bool:
    """Whether an address is signed for STS."""
    return any(
        pair.startswith(b"x-amz-credential=") and _STS_SCOPE in pair.replace(b"%2f", b"/")
        for pair in query.lower().split(b"&")
    )


def is_volcengine_call(request: Request) -> bool:
    """Whether it is one of Volcengine's: by its credential, its host, or unsigned by an action of the API's version."""
    authorization = request.header(b"authorization")
    if authorization:
        return authorization.startswith("HMAC-SHA256")
    query = request.raw_query
    if b"x-algorithm=hmac-sha256" in query.lower():
        return True
    if VOLCENGINE_HOST.fullmatch(request.host):
        return True
    named = b"Action=" in query and f"Version={VOLCENGINE_VERSION}".encode() in query
    return named and request.raw_path in {b"", b"/"} and _NOT_VOLCENGINES.search(query) is None
