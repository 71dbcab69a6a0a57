"""Bodies of S3-like uploads: staged while their digests are taken, then compared with what was announced.

Source: RFC 1864 (Content-MD5); AWS "Checking object integrity"; wire facts of Alibaba §0.4, Volcengine §3.10.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from entrepot.core.facts.records import Checksum, Protection, Staged
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.grant import Right
from entrepot.core.rules.intake import Intake
from entrepot.core.rules.sealed import masked
from entrepot.core.value import Value
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.flavour import Flavour
from entrepot.wire.http import Request

_SUM = "checksum-"


class Taken(Value, frozen=True, kw_only=True):
    """A staged body and the checksum that its sender chose to keep."""

    content: Staged
    checksum: Checksum | None


async def take(
    request: Request,
    place: Place,
    intake: Intake,
    right: Right,
    keep: str | None = None,
    protection: Protection | None = None,
) -> Taken:
    """Stage a request's body.

    Args:
        request: its body, and the digests that it announces.
        place: where it goes.
        intake: where it is staged.
        right: what storing it needs; asked before the first byte is read.
        protection: how its bytes are encrypted.
        keep: an algorithm to keep whatever the sender announces: the one that an upload in parts was started with.

    Raises:
        Fault: ACCESS_DENIED, LENGTH_MISSING, TOO_LARGE, DIGEST_MISMATCH, PARAMETER_INVALID.
    """
    flavour = place.flavour
    intake.permit(right, place.existing_bucket(), place.key)
    limit = place.settings.object_max_bytes
    check_length(request, flavour, limit)
    md5 = _md5_announced(request, flavour)
    announced = announced_sums(request, flavour)
    named = asked_algorithm(request, flavour, "sdk-checksum-algorithm")
    if named is not None and named not in announced:
        raise Fault(
            Kind.PARAMETER_INVALID, f"the checksum {named} is named, and neither a header nor a trailer has it",
            reason="checksum",
        )  # fmt: skip
    algorithms = frozenset({*announced, *([keep] if keep else [])})
    content = await intake.stage(request.body, limit=limit, md5=True, more=algorithms, protection=protection)
    if md5 is not None and md5 != content.md5:
        raise Fault(
            Kind.DIGEST_MISMATCH, "the body's MD5 is not the one in Content-MD5", reason="md5",
            expected=base64.b64encode(md5).decode(), actual=base64.b64encode(content.md5 or b"").decode(),
        )  # fmt: skip
    if flavour.objects.crc64:
        _check_crc64(request, flavour, content)
    checksum = kept_sum(announced, content, request.trailers or {}, flavour, keep)
    return Taken(content=masked(intake.sealing, content, protection), checksum=checksum)


def kept_sum(
    announced: Mapping[str, str],
    content: Staged,
    trailers: Mapping[str, str],
    flavour: Flavour,
    keep: str | None = None,
) -> Checksum | None:
    """The checksum to keep, which is the one that was announced, or by the algorithm ``keep``.

    Raises:
        Fault: DIGEST_MISMATCH, MALFORMED (reason ``checksum-missing``), PARAMETER_INVALID (reason ``checksum``).
    """
    found = {name: digest_of(content, name) for name in {*announced, *([keep] if keep else [])}}
    _check_sums(announced, found, trailers, flavour)
    name = keep or next(iter(announced), None)
    return None if name is None else Checksum(algorithm=name, value=base64.b64encode(found[name]).decode())


def check_length(request: Request, flavour: Flavour, limit: int) -> None:
    """Refuse before the first byte what announces too much, or no length where one is needed."""
    length = request.content_length()
    if length is None:
        chunked = request.header(b"transfer-encoding") is not None
        if not chunked or not (flavour.uploads.chunked_bodies or request.trailers is not None):
            raise Fault(Kind.LENGTH_MISSING, "the request has no Content-Length")
    elif length > limit:
        raise Fault(
            Kind.TOO_LARGE, f"the body is announced with {length} bytes; at most {limit} are allowed",
            size=length, limit=limit,
        )  # fmt: skip


def digest_of(content: Staged, name: str) -> bytes:
    """One of the digests that were taken of a body."""
    if name in {"sha1", "md5"}:
        return (content.sha1 if name == "sha1" else content.md5) or b""
    return content.checksums[name]


def _md5_announced(request: Request, flavour: Flavour) -> bytes | None:
    text = request.header(b"content-md5")
    if text is None or (not text and not flavour.uploads.empty_md5_refused):
        return None
    return md5_of_text(text)


def md5_of_text(text: str) -> bytes:
    """An MD5 in base64. Raises Fault PARAMETER_INVALID (reason ``digest``)."""
    try:
        md5 = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        md5 = b""
    if len(md5) != 16:
        raise Fault(
            Kind.PARAMETER_INVALID, "Content-MD5 is not the base64 of 16 bytes",
            reason="digest", argument="Content-MD5", value=text[:60],
        )  # fmt: skip
    return md5


def announced_sums(request: Request, flavour: Flavour) -> dict[str, str]:
    """Algorithms whose checksum comes in a header (its value) or in a trailer (an empty one).

    Raises:
        Fault: PARAMETER_INVALID (reason ``checksum``) for an unknown algorithm, or two.
    """
    if not flavour.objects.checksums:
        return {}
    found: dict[str, str] = {}
    for raw, value in request.headers:
        name = raw.decode("latin-1")
        if (
            name.startswith(flavour.prefix + _SUM)
            and name.removeprefix(flavour.prefix + _SUM) in flavour.objects.checksums
        ):
            found[name.removeprefix(flavour.prefix + _SUM)] = value.decode("latin-1").strip()
    for name in (request.header(flavour.header("trailer")) or "").lower().split(","):
        short = name.strip().removeprefix(flavour.prefix + _SUM)
        if short in flavour.objects.checksums:
            found[short] = ""
        elif short:
            raise Fault(
                Kind.PARAMETER_INVALID, f"the trailer {short[:40]!r} is no checksum that is known here",
                reason="checksum", value=short[:40],
            )  # fmt: skip
    if len(found) > 1:
        raise Fault(Kind.PARAMETER_INVALID, f"two checksums are announced: {', '.join(found)}", reason="checksum")
    return found


def asked_algorithm(request: Request, flavour: Flavour, name: str) -> str | None:
    """The algorithm that a header of this name asks for. Raises Fault PARAMETER_INVALID (reason ``checksum``)."""
    text = request.header(flavour.header(name))
    if text is None or not flavour.objects.checksums:
        return None
    if text.lower() not in flavour.objects.checksums:
        raise Fault(
            Kind.PARAMETER_INVALID, f"the checksum {text[:30]!r} is not known", reason="checksum", value=text[:30]
        )
    return text.lower()


def _check_sums(
    announced: Mapping[str, str], found: Mapping[str, bytes], trailers: Mapping[str, str], flavour: Flavour
) -> None:
    for name, value in announced.items():
        text = value or trailers.get(flavour.prefix + _SUM + name, "")
        if not text:
            raise Fault(
                Kind.MALFORMED, f"the checksum {name} was announced and did not come", reason="checksum-missing"
            )
        if not _is_digest(text, len(found[name])):
            raise Fault(
                Kind.PARAMETER_INVALID, f"the value for the checksum {name} is no base64 of {len(found[name])} bytes",
                reason="checksum", value=text[:100],
            )  # fmt: skip
        if text != base64.b64encode(found[name]).decode():
            raise Fault(
                Kind.DIGEST_MISMATCH, f"the body's {name} is not the announced one", reason="checksum",
                expected=text[:100], actual=base64.b64encode(found[name]).decode(),
            )  # fmt: skip


def _is_digest(text: str, length: int) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == length
    except (binascii.Error, ValueError):
        return False


def _check_crc64(request: Request, flavour: Flavour, content: Staged) -> None:
    """The CRC64 that a client sends along, as a decimal header or in a trailer (base64 of 8 bytes)."""
    name = flavour.prefix + "hash-crc64ecma"
    header = request.header(name.encode())
    trailer = (request.trailers or {}).get(name)
    wrong = header is not None and header.strip() != str(content.crc64)
    if trailer is not None:
        wrong = wrong or trailer.strip() not in {
            str(content.crc64), base64.b64encode(content.crc64.to_bytes(8, "big")).decode()
        }  # fmt: skip
    if wrong:
        raise Fault(
            Kind.DIGEST_MISMATCH, f"the body's CRC64 is {content.crc64}, which is not the announced one",
            reason="crc64", actual=str(content.crc64),
        )  # fmt: skip
