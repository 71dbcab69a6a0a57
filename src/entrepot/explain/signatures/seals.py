"""Mistakes in the secret that was signed with, in how a signature is computed of the text, and in how it is written.

Data in :data:`SECRETS`, :data:`SEALS` and :data:`SHOWN`. Secrets pass through here and stay nowhere: nothing of them is
remembered, and no way has a note.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from entrepot.explain.signatures.mistake import SealMistake, SecretMistake, ShownMistake
from entrepot.signing.q_sign import QSign
from entrepot.signing.scheme import Claim
from entrepot.signing.scoped_rows import Scoped
from entrepot.signing.tc3 import Tc3

# The secret.


def _line_break(secret: bytes, _key_id: str) -> Iterator[bytes]:
    yield from (secret + end for end in (b"\n", b"\r\n", b"\r", b"\\n"))


def _space(secret: bytes, _key_id: str) -> Iterator[bytes]:
    yield from (
        secret + b" ",
        b" " + secret,
        b" " + secret + b" ",
        secret + b"\t",
        secret + b"  ",
        b"\xef\xbb\xbf" + secret,
    )
    if secret.strip() != secret:
        yield secret.strip()


def _quotes(secret: bytes, _key_id: str) -> Iterator[bytes]:
    yield from (
        b'"' + secret + b'"',
        b"'" + secret + b"'",
        b"<" + secret + b">",
        b"${" + secret + b"}",
        secret + b";",
        secret + b",",
    )


def _key_id(_secret: bytes, key_id: str) -> Iterator[bytes]:
    yield key_id.encode()


def _empty(_secret: bytes, _key_id: str) -> Iterator[bytes]:
    yield from (
        b"",
        b"undefined",
        b"null",
        b"None",
        b"nil",
        b"secret",
        b"YOUR_SECRET_KEY",
        b"<no value>",
        b"[object Object]",
    )


def _encoded(secret: bytes, _key_id: str) -> Iterator[bytes]:
    yield base64.b64encode(secret)
    yield secret.hex().encode()
    yield quote(secret, safe="").encode()
    yield quote(secret, safe="/").encode()
    yield unquote_to_bytes(secret)
    yield unquote_to_bytes(secret.replace(b"+", b" "))
    for decode in (base64.b64decode, binascii.unhexlify):
        try:
            yield decode(secret + b"=" * (-len(secret) % 4) if decode is base64.b64decode else secret)
        except ValueError:
            continue
    yield base64.b64encode(base64.b64encode(secret))


def _letters(secret: bytes, _key_id: str) -> Iterator[bytes]:
    yield from (secret.lower(), secret.upper(), secret.swapcase())


def _cut(secret: bytes, _key_id: str) -> Iterator[bytes]:
    """A letter lost at an end when it was copied, or one doubled."""
    yield from (
        secret[:-1],
        secret[1:],
        secret[:-1].rstrip(b"="),
        secret + secret[-1:],
        secret + secret,
        secret[:32],
        secret[:40],
    )
    for mark in (b"/", b"+", b"#", b"$", b"=", b"&", b" "):
        if mark in secret:
            yield secret.partition(mark)[0]
            yield secret.replace(mark, b"")


def _with_id(secret: bytes, key_id: str) -> Iterator[bytes]:
    name = key_id.encode()
    yield from (name + b":" + secret, secret + b":" + name, name + secret, secret + name)


# The sealing.


def _scope_of(claim: Claim) -> tuple[bytes, tuple[str, ...]] | None:
    """What is put before the secret, and what is folded into it, of the schemes that fold."""
    if isinstance(claim.signed, Scoped):
        return claim.signed.row.key_prefix, claim.signed.scope
    if isinstance(claim.signed, Tc3):
        return b"TC3", (claim.signed.date, claim.signed.service, "tc3_request")
    return None


def folded(key: bytes, scope: tuple[str, ...]) -> bytes:
    """A key folded with a scope; nothing is remembered of it."""
    for part in scope:
        key = hmac.digest(key, part.encode("utf-8"), "sha256")
    return key


def hex_of(key: bytes, text: bytes, digest: str = "sha256") -> bytes:
    """An HMAC in hexadecimal digits."""
    return hmac.digest(key, text, digest).hex().encode()


def _key_prefix(secret: bytes, claim: Claim, text: bytes) -> Iterator[bytes]:
    known = _scope_of(claim)
    if known is not None:
        for prefix in (b"AWS4", b"aliyun_v4", b"TC3", b"TOS4", b"OSS4", b""):
            if prefix != known[0]:
                yield hex_of(folded(prefix + secret, known[1]), text)


def _not_folded(secret: bytes, claim: Claim, text: bytes) -> Iterator[bytes]:
    """Sealed with the secret itself, as in version 1, or with a key that is folded in part or in another order."""
    known = _scope_of(claim)
    if known is not None:
        prefix, scope = known
        yield hex_of(secret, text)
        yield hex_of(prefix + secret, text)
        yield hex_of(secret, text, "sha1")
        yield base64.b64encode(hmac.digest(secret, text, "sha1"))
        yield base64.b64encode(hmac.digest(secret, text, "sha256"))
        for part in (scope[:-1], scope[:1], scope[1:], scope[::-1], (scope[0], *scope[2:]), scope[:2]):
            yield hex_of(folded(prefix + secret, part), text)
    elif isinstance(claim.signed, QSign):
        yield hex_of(secret, text, "sha1")
        yield hex_of(hmac.digest(secret, claim.signed.key_time, "sha1"), text, "sha1")


def _hex_keys(secret: bytes, claim: Claim, text: bytes) -> Iterator[bytes]:
    """Each step of the folding in hexadecimal digits instead of bytes."""
    known = _scope_of(claim)
    if known is not None:
        key = known[0] + secret
        for part in known[1]:
            key = hmac.digest(key, part.encode("utf-8"), "sha256").hex().encode()
        yield hex_of(key, text)


def _digest(secret: bytes, claim: Claim, text: bytes) -> Iterator[bytes]:
    """With another digest than the scheme's."""
    if _scope_of(claim) is not None or isinstance(claim.signed, QSign):
        return
    for name in ("sha256", "sha1", "md5", "sha512"):
        for key in (secret, secret + b"&"):
            raw = hmac.digest(key, text, name)
            yield from (base64.b64encode(raw), raw)


def _ampersand(secret: bytes, _claim: Claim, text: bytes) -> Iterator[bytes]:
    """The ``&`` that one scheme puts after the secret, left out or put where it is not."""
    yield base64.b64encode(hmac.digest(secret, text, "sha1"))
    yield base64.b64encode(hmac.digest(secret + b"&", text, "sha1"))
    yield hmac.digest(secret + b"&", text, "sha1")
    yield base64.b64encode(hmac.digest(b"&" + secret, text, "sha1"))


def _no_hmac(secret: bytes, _claim: Claim, text: bytes) -> Iterator[bytes]:
    """A plain digest over secret and text, or an HMAC with key and text the wrong way round."""
    for name in ("sha1", "sha256", "md5"):
        for made in (hashlib.new(name, secret + text), hashlib.new(name, text + secret), hashlib.new(name, text)):
            yield from (made.hexdigest().encode(), base64.b64encode(made.digest()), made.digest())
        turned = hmac.digest(text, secret, name)
        yield from (turned.hex().encode(), base64.b64encode(turned), turned)


# The writing of the signature.


def _padded(text: bytes) -> bytes:
    return text.rstrip(b"=") + b"=" * (-len(text.rstrip(b"=")) % 4)


def _url_safe(shown: bytes) -> Iterator[bytes]:
    if b"-" in shown or b"_" in shown:
        yield _padded(shown.replace(b"-", b"+").replace(b"_", b"/"))


def _shown_escaped(shown: bytes) -> Iterator[bytes]:
    if b"%" in shown:
        once = unquote_to_bytes(shown)
        yield once
        yield unquote_to_bytes(once)


def _shown_plus(shown: bytes) -> Iterator[bytes]:
    if b" " in shown:
        yield shown.replace(b" ", b"+")


def _shown_padding(shown: bytes) -> Iterator[bytes]:
    yield _padded(shown)


def _shown_case(shown: bytes) -> Iterator[bytes]:
    yield shown.lower()


def _shown_space(shown: bytes) -> Iterator[bytes]:
    yield shown.strip(b" \t\r\n\"'")
    yield b"".join(shown.split())
    yield shown.replace(b"\\n", b"").strip()


def _shown_coding(shown: bytes) -> Iterator[bytes]:
    """Hexadecimal digits instead of base64, base64 instead of digits, or base64 of the digits."""
    with contextlib.suppress(ValueError):
        yield base64.b64encode(bytes.fromhex(shown.decode("ascii")))
    try:
        raw = base64.b64decode(_padded(shown), validate=True)
    except ValueError:
        return
    yield raw.hex().encode()
    yield raw
    try:
        yield base64.b64encode(bytes.fromhex(raw.decode("ascii")))
    except ValueError:
        return


SECRETS: Final = (
    SecretMistake(cause="secret-line-break", alter=_line_break),
    SecretMistake(cause="secret-space", alter=_space),
    SecretMistake(cause="secret-is-key-id", alter=_key_id),
    SecretMistake(cause="secret-empty", alter=_empty),
    SecretMistake(cause="secret-quotes", alter=_quotes),
    SecretMistake(cause="secret-encoded", alter=_encoded),
    SecretMistake(cause="secret-case", alter=_letters),
    SecretMistake(cause="secret-cut", alter=_cut),
    SecretMistake(cause="secret-with-id", alter=_with_id),
)
SEALS: Final = (
    SealMistake(cause="seal-key-prefix", seal=_key_prefix),
    SealMistake(cause="seal-not-folded", seal=_not_folded),
    SealMistake(cause="seal-hex-keys", seal=_hex_keys),
    SealMistake(cause="seal-ampersand", seal=_ampersand),
    SealMistake(cause="seal-digest", seal=_digest),
    SealMistake(cause="seal-no-hmac", seal=_no_hmac),
)
SHOWN: Final = (
    ShownMistake(cause="signature-space", read=_shown_space),
    ShownMistake(cause="signature-case", read=_shown_case),
    ShownMistake(cause="signature-plus", read=_shown_plus),
    ShownMistake(cause="signature-escaped", read=_shown_escaped),
    ShownMistake(cause="signature-url-safe", read=_url_safe),
    ShownMistake(cause="signature-padding", read=_shown_padding),
    ShownMistake(cause="signature-coding", read=_shown_coding),
)
