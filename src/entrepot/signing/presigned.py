"""Addresses that are signed here: what a minted key is written down as, so that its receiver needs no secret.

They are made of the same texts that are verified, over the request that the address stands for: its method, its host
and path, nothing else. Must not know whose key it is. Source: wire facts of Volcengine §2.4, §3.3.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote, urlsplit

from entrepot.core.identity import Key
from entrepot.signing.scheme import NOWHERE, Claim, Scheme
from entrepot.signing.scoped import TOS4_QUERY
from entrepot.signing.scoped_rows import TOS4, Scoped, compact
from entrepot.wire.http import Request

_NO_BODY: tuple[bytes, ...] = ()


async def _nothing() -> AsyncIterator[bytes]:
    for piece in _NO_BODY:
        yield piece


def tos_address(method: str, url: str, key: Key, region: str, at: float, seconds: int) -> str:
    """``url`` (without a query), signed for one method from ``at`` (seconds since 1970) on for ``seconds``."""
    parts = urlsplit(url)
    time = compact(at)
    scope = (time[:8], region, "tos", "request")
    query = {
        "X-Tos-Algorithm": TOS4.algorithm,
        "X-Tos-Credential": "/".join((key.id, *scope)),
        "X-Tos-Date": time,
        "X-Tos-Expires": str(seconds),
        "X-Tos-SignedHeaders": "host",
    }
    written = "&".join(f"{name}={quote(value, safe='-_.~')}" for name, value in query.items())
    request = Request(
        id="", method=method, raw_path=parts.path.encode("ascii"), raw_query=written.encode("ascii"),
        headers=((b"host", parts.netloc.encode("ascii")),), authority=parts.netloc, scheme=parts.scheme, client="",
        body=_nothing(),
    )  # fmt: skip
    claim = Claim(
        key_id=key.id, signature=b"", signed=Scoped(row=TOS4, time=time, scope=scope, headers=(b"host",)),
        presigned=True,
    )  # fmt: skip
    return f"{url}?{written}&X-Tos-Signature={_seal(TOS4_QUERY, request, claim, key)}"


def _seal(scheme: Scheme, request: Request, claim: Claim, key: Key) -> str:
    text = scheme.texts(request, claim, NOWHERE)[0]
    return scheme.seal(key.secret, claim, text).decode("ascii")
