"""The facts that the index keeps: buckets, objects, uploads, parts, blobs.

Values only. Sizes and offsets are in bytes, times in seconds since 1970, digests are raw bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntFlag, StrEnum

from entrepot.core.value import Value, field


class Acl(StrEnum):
    """Who may do what without a credential."""

    PRIVATE = "private"
    PUBLIC_READ = "public-read"
    PUBLIC_READ_WRITE = "public-read-write"


class Lock(IntFlag):
    """Switches that stop use of an object whatever the caller's rights are."""

    NONE = 0
    READ = 1
    WRITE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketSettings:
    """What an owner chose for a bucket. ``allow`` and ``deny`` are patterns of Referer hosts, at most 10 each."""

    acl: Acl = Acl.PRIVATE
    protect_downloads: bool = False
    referer_allow: tuple[str, ...] = ()
    referer_deny: tuple[str, ...] = ()
    referer_empty: bool = True
    domains: tuple[str, ...] = ()
    annotation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A named collection of objects in an account; ``id`` is the index's own number."""

    id: int
    account: int
    name: str
    created_at: float
    settings: BucketSettings


class Traits(Value, frozen=True, kw_only=True):
    """What a client may say of an object beside its bytes.

    ``headers`` are standard response headers by canonical name, ``metadata`` user metadata without a cloud's prefix,
    ``annotation`` one opaque string. ``acl`` None inherits the bucket's.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    annotation: str = ""
    acl: Acl | None = None
    lock: Lock = Lock.NONE


PLAIN = Traits()


class Segment(Value, frozen=True, kw_only=True):
    """A run of bytes of a blob."""

    blob: int
    offset: int
    length: int


class Blob(Value, frozen=True, kw_only=True):
    """Immutable stored bytes: in a file called ``name``, or in the index itself (``data``)."""

    id: int
    size: int
    crc64: int
    name: str | None = None
    data: bytes | None = None


class Staged(Value, frozen=True, kw_only=True):
    """Bytes that are on disk (``name``) or in memory (``data``) but to which no name points yet."""

    size: int
    crc64: int
    sha1: bytes | None = None
    md5: bytes | None = None
    name: str | None = None
    data: bytes | None = None


class Object(Value, frozen=True, kw_only=True):
    """A name that points at bytes."""

    bucket: int
    key: str
    size: int
    segments: tuple[Segment, ...]
    crc64: int | None
    sha1: bytes | None
    md5: bytes | None
    part_bytes: int
    """Size of the parts it was uploaded in; its own size when it came whole."""
    created_at: float
    modified_at: float
    traits: Traits
    stored_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An upload in parts that has not been completed.

    ``size`` and ``sha1`` are what its starter announced; ``found_sha1`` is what the parts turned out to have together.
    """

    id: str
    bucket: int
    key: str
    size: int
    part_bytes: int
    sha1: bytes | None
    traits: Traits
    replace: str
    started_at: float
    started_by: str | None
    found_sha1: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Acknowledged bytes of an upload at ``offset``; ``number`` counts from 1."""

    upload: str
    number: int
    offset: int
    size: int
    blob: int
    crc64: int
    sha1: bytes | None
    md5: bytes | None
