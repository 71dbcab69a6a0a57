"""Signatures of minted rights over OSS, version 1: a form's policy, and the address of an object.

They are made with the minted key's own secret, so that they end with it. Must not know why a right was minted. Source:
wire facts of Alibaba §3.4, §4.2.
"""

from __future__ import annotations

import base64
from urllib.parse import quote

from entrepot.core.rights.identity import Key
from entrepot.core.value import changed
from entrepot.signing.header_v1 import OSS1_FORM, OSS1_QUERY, Signed
from entrepot.signing.header_v1_rows import OSS1
from entrepot.signing.scheme import Claim, Target, string_to_sign
from entrepot.wire.http import Request


def form_signature(key: Key, document: bytes) -> tuple[str, str]:
    """A policy as its field holds it, and the form's signature."""
    policy = base64.b64encode(document)
    claim = Claim(key_id=key.id, signature=b"", signed=Signed(row=OSS1), form=True)
    return policy.decode(), OSS1_FORM.seal(key.secret, claim, policy).decode()


def signed_query(request: Request, key: Key, bucket: str, name: str, expires: int) -> str:
    """The query that lets its holder get one object until ``expires``; ``request`` is the one that asks for it."""
    bare = changed(request, method="GET", raw_query=b"", headers=())
    claim = Claim(
        key_id=key.id, signature=b"", signed=Signed(row=OSS1, date=b"%d" % expires), expires_at=expires, presigned=True
    )
    text = string_to_sign(OSS1_QUERY, bare, claim, Target(bucket=bucket, key=name.encode()))
    signature = OSS1_QUERY.seal(key.secret, claim, text).decode()
    return f"Expires={expires}&OSSAccessKeyId={quote(key.id, safe='')}&Signature={quote(signature, safe='')}"
