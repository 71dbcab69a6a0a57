"""Names of buckets and objects inside headers: copy sources and the targets of links.

Knows how they are encoded; must not know which buckets there are.
"""

from __future__ import annotations

from urllib.parse import unquote

from entrepot.core.fault import Fault, Kind


def path_source(text: str) -> tuple[str, str]:
    """``/bucket/key`` or ``bucket/key``, percent-encoded, perhaps with a version. Raises Fault PARAMETER_INVALID."""
    path, _, version = text.partition("?")
    bucket, slash, key = name_text(path.removeprefix("/")).partition("/")
    return checked_source(text, bucket, key if slash else "", version)


def names_version(text: str) -> bool:
    """Whether a copy's source is named with its version."""
    return "?" in text


def name_text(text: str) -> str:
    """The name of an object in a header, without its percent-encoding. Raises Fault PARAMETER_INVALID."""
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise Fault(
            Kind.PARAMETER_INVALID, f"the name {text[:100]!r} is not UTF-8", reason="copy-source", value=text[:100]
        ) from error


def blank_name(text: str) -> str:
    """A name as :func:`name_text`, where ``+`` is a blank, as in a query. Raises Fault PARAMETER_INVALID."""
    return name_text(text.replace("+", "%20"))


def blank_source(text: str) -> tuple[str, str]:
    """A source as :func:`path_source`, where ``+`` is a blank. Raises Fault PARAMETER_INVALID.

    Source: seen at AWS; the SDKs for Go of OSS (v1) and TOS write sources so.
    """
    return path_source(text.replace("+", "%20"))


def checked_source(text: str, bucket: str, key: str, version: str) -> tuple[str, str]:
    """Bucket and key of a copy's source. Raises Fault PARAMETER_INVALID (reason ``copy-source``)."""
    if not bucket or not key:
        raise Fault(
            Kind.PARAMETER_INVALID, f"the copy source {text[:100]!r} does not name a bucket and a key",
            reason="copy-source", value=text[:100],
        )  # fmt: skip
    if version and version not in {"versionId=", "versionId=null"}:
        raise Fault(
            Kind.PARAMETER_INVALID, "this bucket keeps no versions to copy from", reason="version", value=version[:100]
        )
    return bucket, key
