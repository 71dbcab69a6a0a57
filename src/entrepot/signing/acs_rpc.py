"""The first signature of Alibaba Cloud's OpenAPI, of RPC style: base64(HMAC-SHA1) over the method and all parameters.

It travels as the parameter ``Signature``, in the query or in a plain form, and covers the parameters wherever they are;
headers are not signed, so none of them may say what is asked. Must not know which call it is; that the time and the
nonce are good is judged by the dialect. Source: wire facts of Alibaba §1.3, with its worked examples.
"""

from __future__ import annotations

import base64
import hmac
from typing import Final

from entrepot.signing.acs import Signed, canonical, malformed, seconds_of
from entrepot.signing.parameters import parameters, raw_parameters
from entrepot.signing.scheme import Claim, Scheme, Target
from entrepot.signing.scoped_rows import encoded
from entrepot.wire.http import Request

METHOD: Final = "HMAC-SHA1"
VERSION: Final = "1.0"
_MARKS = (b"Signature=", b"AccessKeyId=")
_NEEDED = ("AccessKeyId", "Signature", "SignatureMethod", "SignatureVersion", "SignatureNonce")
_NONCE_MAX = 256


def _find(request: Request) -> Claim | None:
    raw = request.raw_query + b"&" + (request.payload or b"")
    if not any(mark in raw for mark in _MARKS):
        return None
    given = parameters(request)
    if "Signature" not in given and "AccessKeyId" not in given:
        return None
    for name in _NEEDED:
        if not given.get(name):
            raise malformed(f"the call lacks the parameter {name}", "parameter-missing", field=name)
    if given["SignatureMethod"].upper() != METHOD or given["SignatureVersion"] != VERSION:
        method = f"{given['SignatureMethod'][:40]} in version {given['SignatureVersion'][:20]}"
        raise malformed(f"the signature {method} is not spoken here; sign with {METHOD} in {VERSION}", "algorithm")
    if len(given["SignatureNonce"]) > _NONCE_MAX:
        raise malformed(f"SignatureNonce has at most {_NONCE_MAX} characters", "nonce")
    return Claim(
        key_id=given["AccessKeyId"],
        signature=given["Signature"].encode("utf-8"),
        signed=Signed(nonce=given["SignatureNonce"]),
        token=given.get("SecurityToken"),
        signed_at=seconds_of(given.get("Timestamp")),
    )


def _texts(request: Request, _claim: Claim, _target: Target) -> tuple[bytes, ...]:
    listed = [pair for pair in raw_parameters(request) if pair[0] != b"Signature"]
    return (request.method.encode("utf-8") + b"&%2F&" + encoded(canonical(listed)),)


def _seal(secret: bytes, _claim: Claim, text: bytes) -> bytes:
    return base64.b64encode(hmac.digest(secret + b"&", text, "sha1"))


SCHEME: Final = Scheme(name="acs-rpc", find=_find, texts=_texts, seal=_seal)
