"""Signed addresses, made with the schemes that verify them: what is signed is what verification would sign.

A table of the parameters that each scheme puts into an address. Must not know what the address allows; whoever makes
one signs it with a key of its own, so that withdrawing the key withdraws the address.

Source: AWS "Authenticating requests: using query parameters"; wire facts aliyun §4.3, volcengine §3.3; Tencent Cloud
document 436/7778.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final
from urllib.parse import quote

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import Value
from entrepot.signing import q_sign, scoped
from entrepot.signing.scheme import NOWHERE, Scheme, Target, string_to_sign
from entrepot.signing.scoped_rows import AWS4, OSS4, TOS4, Row, compact
from entrepot.wire.http import Request

Params = list[tuple[str, str]]


class Address(Value, frozen=True, kw_only=True):
    """What is to be signed, from ``at`` for ``seconds``. ``path`` is percent-encoded, ``target`` what it means.

    ``headers`` are those that the client will send and that the scheme signs, by lower-case name.
    """

    method: str
    authority: str
    path: str
    target: Target = NOWHERE
    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    at: int
    seconds: int
    region: str = ""
    token: str | None = None


class Presigner(Value, frozen=True, kw_only=True):
    """How a scheme signs addresses: its parameters but the signature, the name of that, the longest life in seconds."""

    scheme: Scheme
    params: Callable[[Address, str], Params]
    signature: str
    seconds_max: int
    signs_type: bool = False
    """Whether a client that sends a content type must send the one that was signed."""


def signed_query(presigner: Presigner, address: Address, key_id: str, secret: bytes) -> str:
    """The query of the signed address.

    Raises:
        Fault: PARAMETER_INVALID for a life that the scheme does not allow.
    """
    if not 1 <= address.seconds <= presigner.seconds_max:
        raise Fault(
            Kind.PARAMETER_INVALID,
            f"such an address can last 1 to {presigner.seconds_max} seconds, not {address.seconds}",
            reason="mint-seconds",
        )
    params = [*address.query, *presigner.params(address, key_id)]
    unsigned = _request(address, [*params, (presigner.signature, "0")])
    claim = presigner.scheme.find(unsigned)
    assert claim is not None  # noqa: S101 - the parameters are the scheme's own
    text = string_to_sign(presigner.scheme, unsigned, claim, address.target)
    signature = presigner.scheme.seal(secret, claim, text).decode("ascii")
    return _query([*params, (presigner.signature, signature)])


def _query(params: Params) -> str:
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in params)


_NO_PIECES: tuple[bytes, ...] = ()


async def _nothing() -> AsyncIterator[bytes]:
    for piece in _NO_PIECES:
        yield piece


def _request(address: Address, params: Params) -> Request:
    headers = (("host", address.authority), *address.headers)
    return Request(
        id="",
        method=address.method,
        raw_path=address.path.encode("ascii"),
        raw_query=_query(params).encode("ascii"),
        headers=tuple((name.encode("ascii"), value.encode()) for name, value in headers),
        authority=address.authority,
        scheme="http",
        client="",
        body=_nothing(),
    )


def _scoped(row: Row, prefix: str, names: Mapping[str, str], service: str) -> Callable[[Address, str], Params]:
    """``names`` are the scheme's spellings where they are not the usual ones."""

    def named(name: str) -> str:
        return prefix + names.get(name, name)

    def params(address: Address, key_id: str) -> Params:
        moment = compact(address.at)
        credential = "/".join((key_id, moment[:8], address.region, service, row.terminal))
        found = [
            (named("Algorithm"), row.algorithm),
            (named("Credential"), credential),
            (named("Date"), moment),
            (named("Expires"), str(address.seconds)),
        ]
        if row.lists_all:
            found.append((named("SignedHeaders"), ";".join(sorted(["host", *(name for name, _ in address.headers)]))))
        if address.token is not None:
            found.append((named("Security-Token"), address.token))
        return found

    return params


def _q_sign(address: Address, key_id: str) -> Params:
    span = f"{address.at};{address.at + address.seconds}"
    headers = sorted(["host", *(name for name, _ in address.headers)])
    found = [
        ("q-sign-algorithm", "sha1"),
        ("q-ak", key_id),
        ("q-sign-time", span),
        ("q-key-time", span),
        ("q-header-list", ";".join(headers)),
        ("q-url-param-list", ";".join(sorted(quote(name, safe="").lower() for name, _ in address.query))),
    ]
    return found if address.token is None else [*found, ("x-cos-security-token", address.token)]


_OSS4_NAMES: Final = {
    "Algorithm": "signature-version", "Credential": "credential", "Date": "date", "Expires": "expires",
    "Security-Token": "security-token",
}  # fmt: skip

AWS4_ADDRESS: Final = Presigner(
    scheme=scoped.AWS4_QUERY,
    params=_scoped(AWS4, "X-Amz-", {}, "s3"),
    signature="X-Amz-Signature",
    seconds_max=AWS4.expires_max_seconds,
)
OSS4_ADDRESS: Final = Presigner(
    scheme=scoped.OSS4_QUERY,
    params=_scoped(OSS4, "x-oss-", _OSS4_NAMES, "oss"),
    signature="x-oss-signature",
    seconds_max=OSS4.expires_max_seconds,
    signs_type=True,
)
TOS4_ADDRESS: Final = Presigner(
    scheme=scoped.TOS4_QUERY,
    params=_scoped(TOS4, "X-Tos-", {}, "tos"),
    signature="X-Tos-Signature",
    seconds_max=TOS4.expires_max_seconds,
)
Q_SIGN_ADDRESS: Final = Presigner(
    scheme=q_sign.QUERY, params=_q_sign, signature="q-signature", seconds_max=366 * 86_400
)
