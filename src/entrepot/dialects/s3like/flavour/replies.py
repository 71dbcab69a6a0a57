"""The parts of a flavour that are about replies: objects, listings, documents, errors, and the headers of them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from entrepot.core.facts.records import Acl, Bucket, LifecycleRule, Object, Part, Staged, Upload
from entrepot.core.ports import Reader
from entrepot.dialects.s3like.flavour.spelling import Document, Head, lifecycle_rule, read_xml, xml_writer
from entrepot.wire.documents import Node, Shape
from entrepot.wire.http import Request

Source = Literal["document", "SDK", "observed", "assumed"]
"""Where a status and a code come from.

``document``: the cloud's documents name the code with this status. ``SDK``: its SDKs or their tests do. ``observed``: a
reply of the cloud that was quoted by others. ``assumed``: no evidence, the nearest thing.
"""

Owner = Callable[[int, Reader], Document]
"""Writes the owner of a bucket, from its account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What a refused request names: the bucket as spelt, None at the service, and the key, empty for the bucket."""

    bucket: str | None
    key: str


@dataclass(frozen=True, slots=True)
class Row:
    """One error: its status and code, and the cloud's own sentence where clients compare it or users know it.

    ``extra`` is a finer code that travels beside it (OSS and TOS call it EC). ``source`` None takes what the table says
    of the code: see :func:`faults.with_own`, after which every row has one.
    """

    status: int
    code: str
    message: str = ""
    extra: str = ""
    source: Source | None = None


def _no_headers(_record: Object) -> Head:
    return []


def _no_error_headers(_row: Row, _body: bytes, _facts: Document, _head: bool) -> Head:
    return []


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Objects:
    """An object beside its bytes: digests, storage classes, kinds, and the headers that only this cloud has."""

    etag: Callable[[str], str] = str
    """The spelling of an entity tag, from lower-case hexadecimal digits."""
    crc64: bool = True
    """Whether replies carry the CRC64, and uploads may announce it."""
    checksums: frozenset[str] = frozenset()
    """Digests that clients may announce, ask for and get back; names of :mod:`entrepot.core.facts.digests`."""
    content_type: str = "application/octet-stream"
    """Of what came without one."""
    standard_class: str = "STANDARD"
    acl_header: str = "acl"
    """How the requests of objects name a canned ACL; those of buckets say ``acl``."""
    bucket_acl: bool = True
    """Whether objects without an ACL have their bucket's, which a request may ask for as ``default``."""
    bucket_class: Callable[[Bucket], str] = field(default=lambda _bucket: "")
    """The class of what is stored without one; empty for the standard one."""
    storage_classes: frozenset[str] = frozenset()
    """Classes beside the standard one; others are refused."""
    archive_classes: frozenset[str] = frozenset()
    """Those among them of which objects are restored before they are read."""
    restores_bare: bool = False
    """Whether a restoration may say nothing of days."""
    transition_least_bytes: int = 0
    """Below this size objects stay in their class, unless a set of rules says otherwise."""
    tells_expiry: bool = False
    """Whether replies tell when a lifecycle rule removes the object, as ``expiry-date="…", rule-id="…"``."""
    own_days: bool = False
    """Whether an object may say itself after how many days it goes."""
    redirects: bool = False
    """Whether objects may say where a website sends on who asks for them."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """How replies call normal, multipart, appendable objects and links; what is not here is not told."""
    link_size: str = ""
    """The header that tells how long the object is to which a link leads."""
    any_case_classes: bool = False
    """Whether storage classes are taken without regard to case, and shown in capitals."""
    type_of_key: Callable[[str], str | None] = field(default=lambda _key: None)
    """The content type of what came without one, where the cloud tells it from the key's ending."""
    append_position: str = "position"
    """How the cloud calls the place of appended bytes."""
    append_headers: Callable[[Staged], Head] = field(default=lambda _content: [])
    """Further headers of the reply to an append, from what was appended."""
    read_headers: Callable[[Object], Head] = _no_headers
    """Further headers of the replies to GET and HEAD."""
    put_headers: Callable[[Object], Head] = _no_headers
    """Further headers of the reply to a put."""
    copy_etag: bool = False
    """Whether the reply to a copy has the entity tag in a header, too."""
    part_headers: Callable[[Part], Head] = field(default=lambda _part: [])
    """Further headers of the reply to a part."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Listings:
    """Pages, and what their entries show."""

    page_default: int = 1000
    page_strict: bool = False
    """Whether a page size out of range is refused instead of cut."""
    empty_members: bool = False
    """Whether a page of versions names what has no value, as empty, because SDKs insist on it."""
    names_last: bool = False
    """Whether the last page of uploads names its last entry as the next marker, like every other page."""
    bucket_entry: Callable[[Request, Bucket], Document]
    """A bucket in the listing of all."""
    object_entry: Callable[[Object], Document] = field(default=lambda _record: {})
    """Further members of an object's entry."""
    metadata: Callable[[Object], Document] | None = None
    """The members that tell an object's metadata, where ``fetch-meta=true`` asks for them."""
    upload_entry: Callable[[Upload], Document] = field(default=lambda _upload: {})
    """Further members of a listing of an upload's parts."""
    object_owner: Owner | None = None
    """The owner in an object's entry, where it is not written as elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Documents:
    """The format of documents, and what they say of buckets and objects."""

    write: Callable[[str, Document | str], tuple[bytes, bytes]] = field(default_factory=xml_writer)
    """Content type and bytes of a document."""
    read: Callable[[bytes, Mapping[str, Shape]], Node] = read_xml
    """A request's document, of one of these shapes by its root. Raises Fault MALFORMED, NOT_IMPLEMENTED."""
    location: Callable[[Request], tuple[str, Document | str]]
    """The document that says where a bucket is."""
    owner: Owner
    acl: Callable[[Document, Acl | None, Acl], Document]
    """An ACL: its owner, the object's or bucket's own ACL if it has one, and the bucket's, which is inherited."""
    lifecycle_rule: Callable[[LifecycleRule], Document] = lifecycle_rule
    scoped_rules: bool = False
    """Whether a lifecycle rule must have a filter of one condition, or a prefix, and not both."""
    tags_missing: bool = False
    """Whether having no tags is an error."""
    bucket_tags_missing: bool = True
    """The same of a bucket's."""
    bucket_tags_any: bool = False
    """Whether a bucket's tags may hold every printable character."""
    vary: str | None = None
    """What the CORS rules say of Vary where nothing was said."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Replies:
    """Headers of replies, and errors."""

    common: Callable[[Request], Head]
    """Headers of every response."""
    error: Callable[[Request, Resource | None, Row, Document], Document]
    """The document of an error, made of the cloud's own names; the last argument holds message and facts."""
    error_headers: Callable[[Row, bytes, Document, bool], Head] = _no_error_headers
    """Further headers of an error, from its row, document and facts, and whether HEAD asked."""
    bucket_headers: Callable[[Bucket], Head] = field(default=lambda _bucket: [])
    """Further headers of a bucket's HEAD."""
    missing_first: bool = False
    """Whether a bucket that is not there is told before a key that is not."""
    header_names: Mapping[bytes, bytes] = field(default_factory=dict)
    """Header names that must go out in a spelling of their own, by lower-case name."""
