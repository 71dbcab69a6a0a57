"""A flavour: everything in which one S3-like cloud differs from the others, as data and small functions.

The rest of this package asks the flavour and never its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from entrepot.core.facts.records import Acl, Bucket, LifecycleRule
from entrepot.core.fault import Kind
from entrepot.signing.scheme import Scheme
from entrepot.wire.documents import Node
from entrepot.wire.http import Request

if TYPE_CHECKING:
    from entrepot.dialects.s3like.address.place import Place
    from entrepot.dialects.s3like.address.routes import Route

Head = list[tuple[bytes, bytes]]
Document = Mapping[str, Any]
"""A document as names and values in order: texts, numbers, booleans, documents and lists of them; None is left out."""


Source = Literal["document", "SDK", "observed", "assumed"]
"""Where a status and a code come from.

``document``: the cloud's documents name the code with this status. ``SDK``: its SDKs or their tests do. ``observed``: a
reply of the cloud that was quoted by others. ``assumed``: no evidence, the nearest thing.
"""


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flavour:
    """One cloud's storage dialect."""

    name: str
    prefix: str
    """Of its request and response headers: ``x-amz-``."""
    schemes: tuple[Scheme, ...]
    endpoint: re.Pattern[str]
    """Host names of the cloud's own service: ``bucket`` is what stands before it, empty or absent at the service."""
    copy_source: Callable[[str], tuple[str, str]]
    """Bucket (as spelt) and key of a copy-source header. Raises Fault."""
    shown_bucket: Callable[[Bucket], str]
    region: str
    faults: Mapping[tuple[Kind, str | None], Row]
    """Rows by kind, and by kind and reason where one kind has several; every kind has one."""
    write: Callable[[str, Document | str], tuple[bytes, bytes]]
    """Content type and bytes of a document."""
    read: Callable[[bytes, tuple[str, ...]], Node]
    """A request's document, whose root is one of these names. Raises Fault MALFORMED."""
    error: Callable[[Request, Place | None, Row, Document], Document]
    """The document of an error, made of the cloud's own names; the last argument holds message and facts."""
    error_head: Callable[[Row, bytes, Document, bool], Head]
    """Further headers of an error, from its row, document and facts, and whether HEAD asked."""
    common: Callable[[Request], Head]
    """Headers of every response."""
    routes: Mapping[tuple[str, str, str], Route]
    """What is understood: by level (service, bucket, object), method and sub-resource."""
    unsupported: frozenset[str]
    """Sub-resources that the cloud has and we have not: refused, never ignored."""
    ignored: frozenset[str] = frozenset()
    """Query parameters that look like sub-resources and change nothing."""
    refused_headers: tuple[str, ...] = ()
    """Beginnings of header names that ask for something that is not there."""
    etag: Callable[[str], str] = str
    """The spelling of an entity tag, from lower-case hexadecimal digits."""
    token_headers: tuple[bytes, ...] = ()
    part_min_bytes: int = 5 * 1024 * 1024
    page_default: int = 1000
    page_strict: bool = False
    """Whether a page size out of range is refused instead of cut."""
    checksums: frozenset[str] = frozenset()
    """Digests that clients may announce, ask for and get back; names of :mod:`entrepot.core.facts.digests`."""
    self_copy: bool = False
    """Whether a copy onto itself that changes nothing is a change of metadata instead of an error."""
    standard_class: str = "STANDARD"
    storage_classes: frozenset[str] = frozenset()
    """Classes that are read at once, like the standard one; others are refused."""
    lenient_range: bool = False
    """Whether a range outside the object gives the whole object."""
    md5_required: bool = False
    """Whether a deletion of many must carry Content-MD5."""
    copy_not_modified: int = 412
    """The status of a copy whose source does not meet If-None-Match or If-Modified-Since."""
    chunked_bodies: bool = True
    """Whether a body may come without its length announced."""
    keeps_crc64: bool = True
    """Whether replies carry the CRC64."""
    append_word: str = "position"
    """How the cloud calls the place of appended bytes."""
    form_strict: bool = True
    """Whether every field of a form must be named by its policy."""
    form_expands_first: bool = True
    """Whether the policy sees the key with the file's name in it."""
    form_type: Callable[[Request], str | None] = field(default=lambda _request: None)
    """The content type of a form's file, where it is not just the field Content-Type."""
    link_target: Callable[[str], str] = str
    shown_link: Callable[[str], str] = str
    """A link's target from and to its header."""
    shown_owner: Callable[[Place], Document]
    """The owner of a place's bucket, as listings show it."""
    listed_bucket: Callable[[Request, Bucket], Document]
    location: Callable[[Request], tuple[str, Document | str]]
    """The document that says where a bucket is."""
    acl_document: Callable[[Place, Acl | None], Document]
    """An ACL; None is the bucket's, which an object without its own has."""
    lifecycle_rule: Callable[[LifecycleRule], Document]
    all_users: str = "http://acs.amazonaws.com/groups/global/AllUsers"
    tags_missing: bool = False
    """Whether having no tags is an error."""
    bucket_element: str = "Bucket"
    bucket_head: Head = field(default_factory=list)
    """Further headers of a bucket's HEAD."""
    listed_entry: Callable[[Any], Document] | None = None
    """Further members of an object's entry in a listing."""
    open_copy_range: bool = True
    """Whether the range of a part's source may leave its end open."""
    not_modified_head: Head = field(default_factory=list)
    """Further headers of 304."""
    stored_head: Callable[[Any], Head] = field(default=lambda _record: [])
    """Further headers of the reply to a put."""
    write_conditions: bool = True
    """Whether If-Match and If-None-Match hold for writes too; where not, they are refused."""
    check_key: Callable[[str], str] = str
    """Gives a key back that this cloud can name. Raises Fault NAME_INVALID."""
    names_parts: bool = False
    """Whether the completion of all parts tells which those were."""
    text_sizes: bool = True
    """Whether a form's policy may write its sizes as texts."""
    default_type: str = "application/octet-stream"
    """The content type of what came without one."""
    spelt_names: Mapping[bytes, bytes] = field(default_factory=dict)
    """Header names that must go out in a spelling of their own, by lower-case name."""
    object_kinds: Mapping[str, str] = field(default_factory=dict)
    """How replies call normal, multipart, appendable objects and links; what is not here is not told."""
    extra_head: Callable[[Any], Head] = field(default=lambda _record: [])
    """Further headers of an object's replies."""

    def header(self, name: str) -> bytes:
        """One of the cloud's own header names, as bytes."""
        return (self.prefix + name).encode()
