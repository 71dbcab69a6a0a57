"""What S3-like requests say of an object beside its bytes, and how replies say it back.

Source: wire facts of Tencent §7.2, §7.3, Alibaba §3.2, §5.3, Volcengine §3.7, §3.10.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qsl, quote

from entrepot.core.facts.lifecycle import expiry
from entrepot.core.facts.records import Acl, Attributes, Object
from entrepot.core.fault import Fault, Kind
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.flavour import Flavour, Head
from entrepot.dialects.s3like.operations.grants import granted
from entrepot.wire.dates import http_date
from entrepot.wire.http import Request, header_text

HEADERS: Final = {
    "cache-control": "Cache-Control",
    "content-disposition": "Content-Disposition",
    "content-encoding": "Content-Encoding",
    "content-language": "Content-Language",
    "content-type": "Content-Type",
    "expires": "Expires",
}
"""Headers that are stored and given back, by lower-case name."""

_ACLS: Final = {
    "private": Acl.PRIVATE,
    "public-read": Acl.PUBLIC_READ,
    "public-read-write": Acl.PUBLIC_READ_WRITE,
    "default": None,
}
_SAME_AS_PRIVATE = frozenset({"bucket-owner-read", "bucket-owner-full-control", "bucket-owner-entrusted"})
_META_NAME = re.compile(r"[a-z0-9!#$&'*+.^_`|~%-]+", re.ASCII)
_TAG_TEXT = re.compile(r"[\w +\-=._:/@]*")
TAGS_MAX, TAG_KEY_MAX, TAG_VALUE_MAX = 10, 128, 256

Get = Callable[[str], str | None]
"""Finds a header or form field by its lower-case name."""


def headers_of(request: Request) -> Get:
    """The headers of a request as :data:`Get`; an empty one counts as absent (wire facts of Tencent §6.4)."""

    def get(name: str) -> str | None:
        value = request.header(name.encode())
        return _utf8(value) if value else None

    return get


def _utf8(value: str) -> str:
    """Header bytes are UTF-8 where a client sends anything else than ASCII."""
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError as error:
        raise Fault(Kind.PARAMETER_INVALID, "a header holds bytes that are not UTF-8", reason="utf8") from error


def attributes_of(place: Place, get: Get, names: list[str]) -> Attributes:
    """The attributes that headers (or form fields) state; ``names`` are all their lower-case names.

    Raises:
        Fault: PARAMETER_INVALID, NOT_IMPLEMENTED.
    """
    flavour = place.flavour
    headers = {shown: value for name, shown in HEADERS.items() if (value := get(name))}
    if "Content-Encoding" in headers:
        kept = [part for part in map(str.strip, headers["Content-Encoding"].split(",")) if part not in FRAMINGS]
        headers["Content-Encoding"] = ", ".join(kept)
        if not kept:
            del headers["Content-Encoding"]
    if "Content-Type" not in headers and (told := flavour.objects.type_of_key(place.key)) is not None:
        headers["Content-Type"] = told
    storage_class = _storage_class(place, get(flavour.prefix + "storage-class"))
    return Attributes(
        headers=_checked(headers),
        metadata=_metadata(flavour, get, names, place.settings.metadata_max_bytes),
        acl=acl_asked(place, get, flavour.objects.acl_header),
        tags=tags_of_text(get(flavour.prefix + "tagging")),
        storage_class=storage_class,
        archived=storage_class in flavour.objects.archive_classes,
        expire_days=days_of(get(flavour.prefix + "object-expires"), flavour) or None
        if flavour.objects.own_days
        else None,
        redirect=_redirect(get(flavour.prefix + "website-redirect-location")) if flavour.objects.redirects else "",
    )


def days_of(text: str | None, flavour: Flavour) -> int | None:
    """After how many days the object goes; 0 is never, None says nothing. Raises Fault PARAMETER_INVALID."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _DAYS_DIGITS):
        name = f"{flavour.prefix}object-expires"
        raise Fault(
            Kind.PARAMETER_INVALID, f"{name} is {text[:30]!r}; it must be a number of days, or 0 for never",
            argument=name, value=text[:100],
        )  # fmt: skip
    return int(text)


_DAYS_DIGITS = 6


def _redirect(text: str | None) -> str:
    """Where a page is sent on to: a path or an address."""
    if text and not (text.startswith(("/", "http://", "https://")) and text.isprintable() and len(text) <= _LINK_MAX):
        raise Fault(
            Kind.PARAMETER_INVALID, "a redirect location must begin with /, http:// or https://", reason="redirect"
        )
    return text or ""


_LINK_MAX = 2048


FRAMINGS = frozenset({"aws-chunked", "tos-chunked"})
"""Values of Content-Encoding that are about the body on the wire and not about the object."""


def header_names(request: Request) -> list[str]:
    """The lower-case names of a request's headers."""
    return [name.decode("latin-1") for name, _ in request.headers]


def _checked(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not value.isprintable():
            raise Fault(Kind.PARAMETER_INVALID, f"{name} holds control characters", argument=name)
    return headers


def _metadata(flavour: Flavour, get: Get, names: list[str], most: int) -> dict[str, str]:
    prefix = flavour.prefix + "meta-"
    metadata: dict[str, str] = {}
    for name in names:
        if not name.startswith(prefix):
            continue
        short = name.removeprefix(prefix)
        if not _META_NAME.fullmatch(short):
            raise Fault(Kind.PARAMETER_INVALID, f"{name[:80]!r} is no name of metadata", argument=name[:80])
        value = get(name) or ""
        if value and not value.isprintable():
            raise Fault(Kind.PARAMETER_INVALID, f"the metadata {name} holds control characters", argument=name)
        metadata[short] = value
    size = sum(len(name) + len(value.encode()) for name, value in metadata.items())
    if size > most:
        raise Fault(
            Kind.TOO_LARGE, f"the metadata has {size} bytes; at most {most} are allowed", reason="metadata", size=size
        )
    return metadata


def acl_asked(place: Place, get: Get, name: str) -> Acl | None:
    """The ACL that headers (or form fields) name, canned as ``name`` or as grants. Raises Fault like :func:`acl_of`."""
    canned = get(place.flavour.prefix + name)
    grants = granted(place, get)
    if canned is not None and grants is not None:
        raise Fault(Kind.MALFORMED, "a canned ACL and grants both say who may; send one of them")
    return acl_of(canned, place.flavour) if grants is None else grants


def acl_of(text: str | None, flavour: Flavour) -> Acl | None:
    """A canned ACL; None for none and for the bucket's. Raises Fault PARAMETER_INVALID, NOT_IMPLEMENTED."""
    if text is None:
        return None
    if text in _SAME_AS_PRIVATE:
        return Acl.PRIVATE
    known = [one for one in _ACLS if one != "default" or flavour.objects.bucket_acl]
    if text not in known:
        kind = Kind.NOT_IMPLEMENTED if text in {"authenticated-read", "aws-exec-read"} else Kind.PARAMETER_INVALID
        raise Fault(
            kind, f"the ACL {text[:40]!r} is not one of {', '.join(known)}",
            reason="acl", argument=flavour.prefix + "acl", value=text[:100],
        )  # fmt: skip
    return _ACLS[text]


def _storage_class(place: Place, text: str | None) -> str:
    flavour = place.flavour
    if not text:
        return flavour.objects.bucket_class(place.bucket) if place.bucket is not None else ""
    if flavour.objects.any_case_classes:
        text = text.upper()
    if text == flavour.objects.standard_class:
        return ""
    if text not in flavour.objects.storage_classes:
        raise Fault(
            Kind.PARAMETER_INVALID,
            f"the storage class {text[:40]!r} is not here; {flavour.objects.standard_class} and"
            f" {', '.join(sorted(flavour.objects.storage_classes)) or 'no other'} are",
            reason="storage-class", argument=flavour.prefix + "storage-class", value=text[:100],
        )  # fmt: skip
    return text


_TRAFFIC = range(819_200, 838_860_801)


def check_traffic_limit(request: Request, place: Place) -> None:
    """Refuse a rate that the clouds refuse; the rate itself is not held, as they do not promise it either.

    Raises:
        Fault: PARAMETER_INVALID.
    """
    name = place.flavour.prefix + "traffic-limit"
    text = request.header(name.encode()) or place.query.get(name)
    if text and not (text.isascii() and text.isdigit() and len(text) < 12 and int(text) in _TRAFFIC):
        raise Fault(
            Kind.PARAMETER_INVALID,
            f"{name} is {text[:30]!r}; it must be from {_TRAFFIC.start} to {_TRAFFIC.stop - 1} bits a second",
            argument=name, value=text[:100],
        )  # fmt: skip


def tags_of_text(text: str | None) -> dict[str, str]:
    """Tags as ``k=v&k2=v2``. Raises Fault PARAMETER_INVALID."""
    if not text:
        return {}
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=False, errors="strict", max_num_fields=64)
    except ValueError as error:
        raise Fault(Kind.PARAMETER_INVALID, "the tags are not URL-encoded text", reason="tag") from error
    return check_tags(pairs)


def check_tags(pairs: list[tuple[str, str]], most: int = TAGS_MAX, *, any_text: bool = False) -> dict[str, str]:
    """Tags that can be stored; with ``any_text``, of all printable characters.

    Raises Fault PARAMETER_INVALID (reason ``tag``).
    """
    tags = dict(pairs)
    if len(tags) < len(pairs):
        raise Fault(Kind.PARAMETER_INVALID, "two tags have the same key", reason="tag")
    if len(tags) > most:
        raise Fault(
            Kind.PARAMETER_INVALID, f"there are {len(tags)} tags; at most {most} are allowed", reason="tag-count"
        )
    for key, value in tags.items():
        if not 0 < len(key) <= TAG_KEY_MAX or len(value) > TAG_VALUE_MAX:
            raise Fault(
                Kind.PARAMETER_INVALID,
                f"a tag's key has 1 to {TAG_KEY_MAX} characters, its value up to {TAG_VALUE_MAX}", reason="tag",
            )  # fmt: skip
        if not ((key + value).isprintable() if any_text else _TAG_TEXT.fullmatch(key + value)):
            raise Fault(
                Kind.PARAMETER_INVALID, f"the tag {key[:40]!r} holds a character that tags cannot", reason="tag"
            )
    return tags


def stored_head(flavour: Flavour, attributes: Attributes, overrides: Mapping[str, str]) -> Head:
    """The response headers that attributes stand for; ``overrides`` (canonical names) take the place of stored ones."""
    shown = {**attributes.headers, **overrides}
    head = [(name.lower().encode(), header_text(value)) for name, value in shown.items()]
    if "Content-Type" not in shown:
        head.append((b"content-type", flavour.objects.content_type.encode()))
    meta = flavour.prefix + "meta-"
    head += [((meta + name).encode(), header_text(value)) for name, value in attributes.metadata.items()]
    if attributes.tags:
        head.append((flavour.header("tagging-count"), b"%d" % len(attributes.tags)))
    if attributes.storage_class:
        head.append((flavour.header("storage-class"), attributes.storage_class.encode()))
    if attributes.archived and attributes.restored_until is not None:
        head.append((flavour.header("restore"), restore_text(attributes.restored_until).encode()))
    if attributes.redirect and flavour.objects.redirects:
        head.append((flavour.header("website-redirect-location"), header_text(attributes.redirect)))
    return head


def restore_text(until: float) -> str:
    """That a restoration is done, and when it ends."""
    return f'ongoing-request="false", expiry-date="{http_date(until)}"'


def expiration_head(place: Place, record: Object) -> Head:
    """When a rule of the bucket, or its own days, will remove the object, to the second: midnight is not waited for."""
    if not place.flavour.objects.tells_expiry:
        return []
    rules = place.bucket.settings.lifecycle if place.bucket is not None else ()
    found = expiry(rules, record)
    if found is None:
        return []
    text = f'expiry-date="{http_date(found[0])}", rule-id="{quote(found[1], safe="-_.~")}"'
    return [(place.flavour.header("expiration"), text.encode())]


def etag_of(flavour: Flavour, record: Object) -> str:
    """The quoted entity tag: the MD5; for parts that of their MD5s and their number.

    What came by a dialect that keeps no MD5 gets one that ends in a number too, so that no client takes it for one.
    """
    if record.size == 0 and record.md5 is None:
        return f'"{flavour.objects.etag("d41d8cd98f00b204e9800998ecf8427e")}"'
    if record.md5 is not None:
        number = f"-{record.parts}" if record.parts else ""
        return f'"{flavour.objects.etag(record.md5.hex())}{number}"'
    digest = record.sha1.hex()[:32] if record.sha1 is not None else f"{record.crc64 or 0:032x}"
    return f'"{flavour.objects.etag(digest)}-{max(1, len(record.segments))}"'
