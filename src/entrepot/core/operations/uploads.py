"""Operations on uploads that take several requests: by offset (slices) and in numbered parts.

Each names the right it needs. Must not know how a dialect spells a request or a reply.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from entrepot.core.facts.records import Acl, Attributes, Bucket, Checksum, ClientKey, Part, Protection, Staged
from entrepot.core.operations.objects import Check, Replace
from entrepot.core.rights.grant import Right
from entrepot.core.value import Value


class StartUpload(Value, frozen=True, kw_only=True):
    """Start (or find again) an upload of ``size`` bytes in parts of ``part_bytes``.

    With ``sha1``, bytes of the account that have this digest and size are pointed at instead (instant upload).
    """

    right: ClassVar[Right] = Right.START_UPLOAD
    bucket: Bucket
    key: str
    size: int
    part_bytes: int
    sha1: bytes | None
    attributes: Attributes
    replace: Replace
    need_parent: bool = False
    refuse_pending: bool = False
    """Refuse with UPLOAD_INCOMPLETE instead of handing out the session of the same upload again."""


class PutPart(Value, frozen=True, kw_only=True):
    right: ClassVar[Right] = Right.PUT_PART
    bucket: Bucket
    key: str
    upload: str
    offset: int
    content: Staged
    auto_complete: bool = False
    """Complete the upload when this part was the last one missing."""


class CompleteUpload(Value, frozen=True, kw_only=True):
    right: ClassVar[Right] = Right.COMPLETE_UPLOAD
    bucket: Bucket
    key: str
    upload: str
    size: int | None
    sha1: bytes | None


class FindUpload(Value, frozen=True, kw_only=True):
    """The state of ``key``: the newest upload that is under way, or the object that is there."""

    right: ClassVar[Right] = Right.LIST_PARTS
    bucket: Bucket
    key: str


class StartMultipart(Value, frozen=True, kw_only=True):
    """Start an upload in numbered parts; always a new one."""

    right: ClassVar[Right] = Right.START_UPLOAD
    bucket: Bucket
    key: str
    attributes: Attributes
    replace: Replace


class PutNumberedPart(Value, frozen=True, kw_only=True):
    """Acknowledge a part; it takes the place of one of the same number. ``checksum`` as in ``records.Part``."""

    right: ClassVar[Right] = Right.PUT_PART
    bucket: Bucket
    key: str
    upload: str
    number: int
    content: Staged
    checksum: str = ""


class CopyPart(Value, frozen=True, kw_only=True):
    """Make a part of ``length`` bytes of an object from ``first`` on (None: to its end).

    No byte is copied, unless the upload is encrypted otherwise than the source.
    """

    right: ClassVar[Right] = Right.COPY_PART
    bucket: Bucket
    key: str
    upload: str
    number: int
    source_bucket: Bucket
    source_key: str
    first: int = 0
    length: int | None = None
    check_source: Check | None = None
    protection: Protection | None = None
    """How the part is encrypted, which is how its upload is; ``client_key`` is what the source was encrypted with."""
    client_key: ClientKey | None = None
    checksum_text: Callable[[bytes], str] | None = None
    """How a dialect that keeps checksums of parts shows one."""
    version: bool = False
    """Whether the source's version is named, which asks for the right to read versions as well."""


class WantedPart(Value, frozen=True, kw_only=True):
    """A part as the completion names it; ``md5`` None trusts whatever is there, ``checksum`` empty likewise."""

    number: int
    md5: bytes | None
    checksum: str = ""


class CompleteMultipart(Value, frozen=True, kw_only=True):
    """Point the name at the wanted parts, in their order, or (None) at all. The others' bytes are given back.

    Raises Fault UPLOAD_MISSING, PART_INVALID (``number=``), PART_ORDER, PART_TOO_SMALL (``number=``, ``size=``,
    ``minimum=``), UPLOAD_INCOMPLETE when there is no part at all. Repeating a completion gives the object again.
    ``finish`` makes the object's checksum from the upload's and its parts.
    """

    right: ClassVar[Right] = Right.COMPLETE_UPLOAD
    bucket: Bucket
    key: str
    upload: str
    parts: tuple[WantedPart, ...] | None
    part_min_bytes: int
    replace: Replace | None = None
    check: Check | None = None
    compares: bool = False
    size: int | None = None
    """What the whole must have; SIZE_MISMATCH otherwise."""
    finish: Callable[[Checksum, list[Part]], Checksum] | None = None
    acl: Acl | None = None
    """The object's, instead of the one that the upload was started with; None keeps that."""
    digest_form: Callable[[bytes], bytes] = bytes
    """How a part's MD5 counts in that of the whole: as it is, or as a text."""
    may_be_empty: bool = False
    """Whether no part at all makes an empty object."""
    calls_back: bool = False
    """Whether an application will be asked for the reply."""


class AbortUpload(Value, frozen=True, kw_only=True):
    """Of numbered parts, or of slices if it is ``sliced``; so the two below."""

    right: ClassVar[Right] = Right.ABORT_UPLOAD
    bucket: Bucket
    key: str
    upload: str
    sliced: bool = False


class ListParts(Value, frozen=True, kw_only=True):
    """Acknowledged parts with numbers after ``after``."""

    right: ClassVar[Right] = Right.LIST_PARTS
    bucket: Bucket
    key: str
    upload: str
    after: int
    limit: int
    sliced: bool = False


class ListUploads(Value, frozen=True, kw_only=True):
    """Uploads by key and id, which in numbered parts says their age, after (``after_key``, ``after_upload``).

    They are rolled up as objects are. Without ``after_upload`` all uploads of ``after_key`` are passed over.
    """

    right: ClassVar[Right] = Right.LIST_UPLOADS
    bucket: Bucket
    prefix: str
    delimiter: str
    after_key: str | None
    after_upload: str | None
    limit: int
    sliced: bool = False
