"""ACS3-HMAC-SHA256, the third signature of Alibaba Cloud's OpenAPI: a header over method, path, query, headers, body.

The key is the secret as it is; no scope is folded in. The body's digest is computed here from the bytes that arrived,
so that it need not be believed. Must not know which call it is; that the time and the nonce are good is judged by the
dialect. Source: wire facts of Alibaba §1.2, with its worked examples.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final
from urllib.parse import unquote_to_bytes

from entrepot.signing.acs import Signed, malformed, seconds_of
from entrepot.signing.acs import canonical as canonical_parameters
from entrepot.signing.parameters import raw_parameters
from entrepot.signing.raw_query import pairs
from entrepot.signing.scheme import Claim, Scheme, Target
from entrepot.signing.scoped_rows import encoded
from entrepot.wire.http import Request

ALGORITHM: Final = "ACS3-HMAC-SHA256"
FAMILY: Final = "ACS3-"
_PARTS = ("Credential", "SignedHeaders", "Signature")
_NEEDED = (
    b"host", b"x-acs-action", b"x-acs-content-sha256", b"x-acs-date", b"x-acs-signature-nonce", b"x-acs-version"
)  # fmt: skip
_GUARDED = b"x-acs-"
_NONCE_MAX = 256


def _parts(value: str) -> dict[str, str]:
    word, _, rest = value.partition(" ")
    if word != ALGORITHM:
        raise malformed(f"the signature {word[:40]!r} is not spoken here; sign with {ALGORITHM}", "algorithm")
    found: dict[str, str] = {}
    for part in rest.split(","):
        name, equals, content = part.strip().partition("=")
        if not equals or name not in _PARTS or name in found:
            found.clear()
            break
        found[name] = content.strip()
    if len(found) != len(_PARTS) or not all(found.values()):
        wanted = ",".join(f"{name}=…" for name in _PARTS)
        raise malformed(f"the Authorization header is not of the form '{ALGORITHM} {wanted}'", "header")
    return found


def _listed(request: Request, listing: str) -> tuple[bytes, ...]:
    """The signed headers. What commands the cloud must be among them, or whoever passes a call on could add it."""
    names = tuple(name.strip().lower().encode("latin-1", "replace") for name in listing.split(";"))
    if len(set(names)) != len(names) or b"" in names:
        raise malformed("SignedHeaders names a header twice or has an empty name", "header")
    received = (name for name, _ in request.headers if name.startswith(_GUARDED))
    for name in (*_NEEDED, *received):
        if name not in names:
            raise malformed(f"the header {name.decode('latin-1')!r} is not signed; list it in SignedHeaders", "header")
    return names


def _find(request: Request) -> Claim | None:
    value = request.header(b"authorization")
    if value is None or not value.startswith(FAMILY):
        return None
    if sum(name == b"authorization" for name, _ in request.headers) > 1:
        raise malformed("the request carries two Authorization headers; send one", "two")
    parts = _parts(value)
    headers = _listed(request, parts["SignedHeaders"])
    nonce = request.header(b"x-acs-signature-nonce")
    if not nonce or len(nonce) > _NONCE_MAX:
        raise malformed(f"x-acs-signature-nonce must have 1 to {_NONCE_MAX} characters", "nonce")
    raw_parameters(request)  # refuses what a signature would leave open
    return Claim(
        key_id=parts["Credential"],
        signature=parts["Signature"].encode("utf-8"),
        signed=Signed(nonce=nonce, headers=headers),
        token=request.header(b"x-acs-security-token"),
        signed_at=seconds_of(request.header(b"x-acs-date")),
    )


def _canonical(request: Request, claim: Claim, _target: Target) -> bytes:
    assert isinstance(claim.signed, Signed)  # noqa: S101 - only find() makes such claims
    values: dict[bytes, list[bytes]] = {}
    for name, value in request.headers:
        values.setdefault(name, []).append(value.strip())
    values[b"host"] = [request.authority.encode("latin-1", "replace")]
    names = sorted(claim.signed.headers)
    return b"\n".join((
        request.method.encode("utf-8"),
        encoded(unquote_to_bytes(request.raw_path), "/") or b"/",
        canonical_parameters([(name, value) for name, value, _ in pairs(request.raw_query)]),
        b"".join(name + b":" + b",".join(sorted(values.get(name, ()))) + b"\n" for name in names),
        b";".join(names),
        hashlib.sha256(request.payload or b"").hexdigest().encode("ascii"),
    ))  # fmt: skip


def _texts(request: Request, claim: Claim, target: Target) -> tuple[bytes, ...]:
    digest = hashlib.sha256(_canonical(request, claim, target)).hexdigest()
    return (f"{ALGORITHM}\n{digest}".encode("ascii"),)


def _seal(secret: bytes, _claim: Claim, text: bytes) -> bytes:
    return hmac.digest(secret, text, "sha256").hex().encode("ascii")


SCHEME: Final = Scheme(name="acs3", find=_find, texts=_texts, seal=_seal, canonical=_canonical)
