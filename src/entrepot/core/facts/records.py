"""The facts that the index keeps: buckets, objects, uploads, parts, blobs.

Values only. Sizes and offsets are in bytes, times in seconds since 1970, digests are raw bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
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
class CorsRule:
    """What browsers of other origins may do. Origins and headers may hold one ``*``; methods are in capitals.

    ``vary`` is what the owner said of the header Vary, which replies to pages have in any case.
    """

    id: str = ""
    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    expose: tuple[str, ...] = ()
    max_age_seconds: int | None = None
    vary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """Another storage class for old objects: ``days`` after their last change; from the time ``since`` on; or from the
    time ``before`` on, if they were changed before it. Times are in seconds since 1970.

    ``archived`` says whether the class is restored before it is read. Objects below ``least_bytes`` keep theirs.
    """

    storage_class: str
    archived: bool = False
    days: int | None = None
    since: float | None = None
    before: float | None = None
    least_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleRule:
    """What the sweeper does with old things under ``prefix``; a field of None asks for nothing.

    ``expire_days`` counts from an object's last change, ``expire_at`` (seconds since 1970) takes objects changed before
    it once it has come, ``expire_from`` all objects from then on, whenever they were stored, ``abort_days`` counts from
    an upload's start, ``abort_before`` takes uploads started before it once it has come. With ``tags`` only objects
    that have all of them. ``bare_prefix`` says that the prefix was stated without a filter around it, so that it is
    told in the same way.
    """

    id: str = ""
    enabled: bool = True
    prefix: str = ""
    tags: Mapping[str, str] = dataclass_field(default_factory=dict)
    expire_days: int | None = None
    expire_at: float | None = None
    expire_from: float | None = None
    abort_days: int | None = None
    abort_before: float | None = None
    transitions: tuple[Transition, ...] = ()
    bare_prefix: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketSettings:
    """What an owner chose for a bucket. ``allow`` and ``deny`` are patterns of Referer hosts, at most 10 each.

    ``labels`` are what a dialect keeps and gives back and what changes nothing here, by ``dialect:name``.
    ``acl_of_objects`` says whether the ACL is also that of objects which have none of their own; where not, it
    opens listings and uploads only.
    """

    acl: Acl = Acl.PRIVATE
    acl_of_objects: bool = True
    protect_downloads: bool = False
    referer_allow: tuple[str, ...] = ()
    referer_deny: tuple[str, ...] = ()
    referer_empty: bool = True
    domains: tuple[str, ...] = ()
    annotation: str = ""
    cors: tuple[CorsRule, ...] = ()
    lifecycle: tuple[LifecycleRule, ...] = ()
    tags: Mapping[str, str] = dataclass_field(default_factory=dict)
    labels: Mapping[str, str] = dataclass_field(default_factory=dict)
    encryption: bool = False
    """Whether what is stored without a word about it is encrypted with the server's key."""

    @property
    def inherited_acl(self) -> Acl:
        """The ACL of an object that has none of its own."""
        return self.acl if self.acl_of_objects else Acl.PRIVATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A named collection of objects in an account; ``id`` is the index's own number."""

    id: int
    account: int
    name: str
    created_at: float
    settings: BucketSettings


class Checksum(Value, frozen=True, kw_only=True):
    """A digest that a client chose to keep: ``value`` as its dialect shows it.

    ``composite`` says that it is the digest of the parts' digests instead of the digest of the bytes.
    """

    algorithm: str
    value: str = ""
    composite: bool = False


class NumberedParts(Value, frozen=True, kw_only=True, omit_defaults=True):
    """The numbered parts that an object was put together from, in order, so that each can be read by itself.

    ``runs`` holds how many parts of which size follow each other; ``checksums`` the parts' own checksums, by the
    algorithm of the object's, one text after another of the same length. Empty where not every part has one.
    """

    runs: tuple[tuple[int, int], ...] = ()
    checksums: str = ""


class Encryption(Value, frozen=True, kw_only=True, omit_defaults=True):
    """Says of an object that its bytes are encrypted at rest (AES-256).

    ``mark`` knows the client's key again, see :class:`entrepot.core.ports.Sealing`; it is empty for the server's key.
    ``by_default``: nobody asked for it but the bucket.
    """

    mark: bytes = b""
    by_default: bool = False

    @property
    def by_client(self) -> bool:
        """Whether only the client has the key."""
        return bool(self.mark)


def same_seal(one: Encryption | None, other: Encryption | None) -> bool:
    """Whether blobs of objects that are encrypted so may be shared: both plain, or both with keys of the server's."""
    if one is None or other is None:
        return one is other
    return not one.by_client and not other.by_client


class ClientKey(Value, frozen=True, kw_only=True):
    """A key that a client sends along and keeps itself: 32 bytes that are never stored and never shown."""

    secret: bytes

    def __repr__(self) -> str:
        return "ClientKey()"


class Protection(Value, frozen=True, kw_only=True):
    """How new bytes are to be encrypted: what their object says of it, and the client's key if it is one.

    With ``masks_md5`` no digest of the plain bytes is shown as their MD5, but one that needs the client's key.
    """

    encryption: Encryption
    client_key: ClientKey | None = None
    masks_md5: bool = False


BY_SERVER = Protection(encryption=Encryption())
"""With a key that the server keeps."""
BY_DEFAULT = Protection(encryption=Encryption(by_default=True))
"""The same, because the bucket says so."""


class Attributes(Value, frozen=True, kw_only=True, omit_defaults=True):
    """What a client may say of an object beside its bytes.

    ``headers`` are standard response headers by canonical name, ``metadata`` user metadata without a cloud's prefix,
    ``annotation`` one opaque string. ``acl`` None inherits the bucket's. ``storage_class`` is empty for the standard
    one. An object with a ``link`` has no bytes of its own and stands for the object of that key in its bucket.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    annotation: str = ""
    acl: Acl | None = None
    lock: Lock = Lock.NONE
    tags: Mapping[str, str] = field(default_factory=dict)
    storage_class: str = ""
    appendable: bool = False
    link: str | None = None
    checksum: Checksum | None = None
    numbered: NumberedParts | None = None
    redirect: str = ""
    """Where a website would send on who asks for it: kept and given back only."""
    archived: bool = False
    """Whether it is of a class that is read only after a restoration. Its bytes lie where all lie."""
    restored_until: float | None = None
    """Until when what is archived can be read."""
    expire_days: int | None = None
    """For how many days from its last change it is there; it takes the place of what the bucket's rules say."""
    encryption: Encryption | None = None
    """How the bytes are encrypted; every blob that the object points at is sealed then, and none is otherwise."""


PLAIN = Attributes()


class Note(Value, frozen=True, kw_only=True):
    """What an API remembers of an account under a name of its own; the index does not know what it says."""

    key: str
    value: bytes


class Segment(Value, frozen=True, kw_only=True):
    """A run of bytes of a blob."""

    blob: int
    offset: int
    length: int


class Seal(Value, frozen=True, kw_only=True):
    """The key of a sealed blob, and the CRC64 of its sealed bytes.

    ``by_client``: the key itself is encrypted with a key of the client's. At rest the other ones are as well, with the
    server's: an index gives them out opened.
    """

    key: bytes
    by_client: bool = False
    crc64: int

    def __repr__(self) -> str:
        return f"Seal(by_client={self.by_client})"


class Blob(Value, frozen=True, kw_only=True):
    """Immutable stored bytes: in a file called ``name``, or in the index itself (``data``).

    ``size`` and ``crc64`` are those of the plain bytes, also of one that lies there sealed.
    """

    id: int
    size: int
    crc64: int
    name: str | None = None
    data: bytes | None = None
    seal: Seal | None = None


class Staged(Value, frozen=True, kw_only=True):
    """Bytes that are on disk (``name``) or in memory (``data``) but to which no name points yet."""

    size: int
    crc64: int
    sha1: bytes | None = None
    md5: bytes | None = None
    name: str | None = None
    data: bytes | None = None
    checksums: Mapping[str, bytes] = field(default_factory=dict)
    """Further digests that were asked for, by the algorithm's name in :mod:`entrepot.core.facts.digests`."""
    seal: Seal | None = None
    """The bytes are sealed; size and digests are those of the plain ones."""
    begun_at: float | None = None
    """When a blob was begun, by the clock that all have in common: one that is too old may be swept already."""


class Object(Value, frozen=True, kw_only=True):
    """A name that points at bytes.

    ``md5`` is the digest of the bytes while ``parts`` is 0; otherwise it is the digest of so many parts' digests.
    ``upload`` is the id of the upload in numbered parts that made it.
    """

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
    attributes: Attributes
    stored_by: str | None
    parts: int = 0
    upload: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An upload in parts that has not been completed.

    Slices have a place: ``size`` and ``sha1`` are what the starter announced, every part but the last has
    ``part_bytes``, and ``found_sha1`` is what the parts turned out to have together. Numbered parts have any size:
    then ``part_bytes`` and ``size`` are 0.
    """

    id: str
    bucket: int
    key: str
    size: int
    part_bytes: int
    sha1: bytes | None
    attributes: Attributes
    replace: str
    started_at: float
    started_by: str | None
    found_sha1: bytes | None = None

    @property
    def numbered(self) -> bool:
        """Whether its parts have numbers only, so that each may be sent again with other bytes."""
        return self.part_bytes == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Acknowledged bytes of an upload; ``number`` counts from 1, ``offset`` is 0 for numbered parts."""

    upload: str
    number: int
    offset: int
    size: int
    segments: tuple[Segment, ...]
    crc64: int
    sha1: bytes | None
    md5: bytes | None
    stored_at: float = 0.0
    checksum: str = ""
    """In the form and by the algorithm of the upload's own checksum; empty when it has none."""
