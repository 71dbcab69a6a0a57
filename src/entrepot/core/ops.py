"""Operations: the closed union of everything that the store can be asked to do.

Each names the right it needs. Nothing here knows how a dialect spells a request or a reply.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import ClassVar

from entrepot.core.grant import Right
from entrepot.core.records import Acl as Acl  # noqa: PLC0414 - part of the vocabulary of UpdateObject
from entrepot.core.records import Bucket, BucketSettings, Checksum, Lock, Object, Part, Staged, Traits
from entrepot.core.value import Value


class Replace(StrEnum):
    """What to do when the name is taken."""

    ALWAYS = "always"
    NEVER = "never"
    SAME_BYTES = "same-bytes"
    """Succeed without change when the bytes there are the same; refuse otherwise."""


class Only(StrEnum):
    """Which entries of a directory a listing wants."""

    BOTH = "both"
    DIRECTORIES = "directories"
    FILES = "files"


Check = Callable[[Object | None], None]
"""A condition on what a name points at, asked inside the transaction; raises Fault to refuse."""


class ListBuckets(Value, frozen=True, kw_only=True):
    right: ClassVar[Right] = Right.LIST_BUCKETS
    account: int
    after: str | None
    limit: int


class StatBucket(Value, frozen=True, kw_only=True):
    right: ClassVar[Right] = Right.STAT_BUCKET
    bucket: Bucket


class CreateBucket(Value, frozen=True, kw_only=True):
    """Raises Fault BUCKET_EXISTS, with reason ``own`` when the same account has it."""

    right: ClassVar[Right] = Right.CREATE_BUCKET
    account: int
    name: str
    settings: BucketSettings


class DeleteBucket(Value, frozen=True, kw_only=True):
    """Remove an empty bucket. Raises Fault BUCKET_NOT_EMPTY also while uploads are under way in it."""

    right: ClassVar[Right] = Right.DELETE_BUCKET
    bucket: Bucket


class UpdateBucket(Value, frozen=True, kw_only=True):
    """Change settings: ``change`` gives the new ones from those that hold when the transaction runs."""

    right: ClassVar[Right] = Right.UPDATE_BUCKET
    bucket: Bucket
    change: Callable[[BucketSettings], BucketSettings]


class MeasureBucket(Value, frozen=True, kw_only=True):
    """How much is in a bucket. Costs a walk over the bucket's rows."""

    right: ClassVar[Right] = Right.STAT_BUCKET
    bucket: Bucket


class ListObjects(Value, frozen=True, kw_only=True):
    """Keys with ``prefix``, after ``after``; those that hold ``delimiter`` behind the prefix are rolled up."""

    right: ClassVar[Right] = Right.LIST_OBJECTS
    bucket: Bucket
    prefix: str
    delimiter: str
    after: str | None
    limit: int


class ListDirectory(Value, frozen=True, kw_only=True):
    """One level below ``directory`` (empty or ending in ``/``), names starting with ``prefix``."""

    right: ClassVar[Right] = Right.LIST_OBJECTS
    bucket: Bucket
    directory: str
    prefix: str
    after: str | None
    limit: int
    descending: bool = False
    only: Only = Only.BOTH


class MakeDirectory(Value, frozen=True, kw_only=True):
    right: ClassVar[Right] = Right.PUT_OBJECT
    bucket: Bucket
    key: str
    traits: Traits
    exist_ok: bool = False


class RemoveDirectory(Value, frozen=True, kw_only=True):
    right: ClassVar[Right] = Right.DELETE_OBJECT
    bucket: Bucket
    key: str


class PutObject(Value, frozen=True, kw_only=True):
    """``tree`` keeps files and directories apart; ``need_parent`` refuses a name whose directory was never made."""

    bucket: Bucket
    key: str
    content: Staged
    traits: Traits
    replace: Replace
    tree: bool
    need_parent: bool = False
    check: Check | None = None
    form: bool = False
    """Whether it was sent by a browser's form, which policies can tell from a plain upload."""

    @property
    def right(self) -> Right:
        """Forms are allowed and denied apart."""
        return Right.POST_OBJECT if self.form else Right.PUT_OBJECT


class AppendObject(Value, frozen=True, kw_only=True):
    """Add bytes at ``position``, which must be the end; position 0 makes the object. ``traits`` count only then."""

    right: ClassVar[Right] = Right.APPEND_OBJECT
    bucket: Bucket
    key: str
    position: int
    content: Staged
    traits: Traits
    check: Check | None = None


class StatObject(Value, frozen=True, kw_only=True):
    """A key that ends in ``/`` asks for a directory, explicit or implied, if ``directory``.

    A link is followed unless ``link``. With ``sha1`` that digest is computed, and kept, if it is not known yet.
    """

    right: Right = Right.STAT_OBJECT
    bucket: Bucket
    key: str
    directory: bool = True
    link: bool = False
    sha1: bool = False


class ReadObject(Value, frozen=True, kw_only=True):
    """The bytes. A link is followed; the right to read its target is needed too."""

    right: ClassVar[Right] = Right.READ_OBJECT
    bucket: Bucket
    key: str


class DeleteObject(Value, frozen=True, kw_only=True):
    right: ClassVar[Right] = Right.DELETE_OBJECT
    bucket: Bucket
    key: str
    missing_ok: bool = False
    check: Check | None = None


class DeleteObjects(Value, frozen=True, kw_only=True):
    """Take many names away in one transaction; each is allowed, and refused, by itself. Absent ones are fine."""

    right: ClassVar[Right] = Right.DELETE_OBJECT
    bucket: Bucket
    keys: tuple[str, ...]
    quiet: bool = False
    """Whether the reply should name failures only; the store does the same either way."""


class UpdateObject(Value, frozen=True, kw_only=True):
    """Change traits. A field of None stays as it is; ``headers`` and ``metadata`` are merged over what is there.

    With ``whole`` they take the place of what is there. Without ``touch`` the time of the last change stays.
    """

    right: Right = Right.UPDATE_OBJECT
    bucket: Bucket
    key: str
    annotation: str | None = None
    acl: Acl | None = None
    inherit_acl: bool = False
    headers: dict[str, str] | None = None
    metadata: dict[str, str] | None = None
    lock: Lock | None = None
    tags: dict[str, str] | None = None
    whole: bool = False
    touch: bool = True


class CopyObject(Value, frozen=True, kw_only=True):
    """Point ``target`` at the bytes of ``key``; with ``move`` take the old name away in the same transaction."""

    bucket: Bucket
    key: str
    target: str
    replace: Replace
    tree: bool
    move: bool = False
    need_parent: bool = False

    @property
    def right(self) -> Right:
        """Moving takes a name away, copying does not."""
        return Right.MOVE_OBJECT if self.move else Right.COPY_OBJECT


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
    traits: Traits
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


class CopyInto(Value, frozen=True, kw_only=True):
    """Point ``key`` at the bytes of an object, here or in another bucket; no byte is copied.

    ``traits`` None takes the source's, all but its ACL, which is ``acl``. The right to read the source is needed too.
    A copy onto itself changes its traits. ``max_bytes`` refuses longer sources with TOO_LARGE.
    """

    right: ClassVar[Right] = Right.PUT_OBJECT
    bucket: Bucket
    key: str
    source_bucket: Bucket
    source_key: str
    traits: Traits | None
    acl: Acl | None
    replace: Replace
    tags: dict[str, str] | None = None
    """Tags that take the place of the source's; None keeps those."""
    check_source: Check | None = None
    check: Check | None = None
    max_bytes: int | None = None


class StartMultipart(Value, frozen=True, kw_only=True):
    """Start an upload in numbered parts; always a new one."""

    right: ClassVar[Right] = Right.START_UPLOAD
    bucket: Bucket
    key: str
    traits: Traits
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
    """Make a part of ``length`` bytes of an object from ``first`` on (None: to its end). No byte is copied."""

    right: ClassVar[Right] = Right.PUT_PART
    bucket: Bucket
    key: str
    upload: str
    number: int
    source_bucket: Bucket
    source_key: str
    first: int = 0
    length: int | None = None
    check_source: Check | None = None


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
    size: int | None = None
    """What the whole must have; SIZE_MISMATCH otherwise."""
    finish: Callable[[Checksum, list[Part]], Checksum] | None = None


class AbortUpload(Value, frozen=True, kw_only=True):
    right: ClassVar[Right] = Right.ABORT_UPLOAD
    bucket: Bucket
    key: str
    upload: str


class ListParts(Value, frozen=True, kw_only=True):
    """Acknowledged parts with numbers after ``after``."""

    right: ClassVar[Right] = Right.LIST_PARTS
    bucket: Bucket
    key: str
    upload: str
    after: int
    limit: int


class ListUploads(Value, frozen=True, kw_only=True):
    """Uploads in numbered parts by key and age, after (``after_key``, ``after_upload``), rolled up as objects are.

    Without ``after_upload`` all uploads of ``after_key`` are passed over.
    """

    right: ClassVar[Right] = Right.LIST_UPLOADS
    bucket: Bucket
    prefix: str
    delimiter: str
    after_key: str | None
    after_upload: str | None
    limit: int


Operation = (
    ListBuckets | StatBucket | CreateBucket | DeleteBucket | UpdateBucket | MeasureBucket
    | ListDirectory | MakeDirectory | RemoveDirectory | ListObjects
    | PutObject | AppendObject | StatObject | ReadObject | DeleteObject | DeleteObjects | UpdateObject
    | CopyObject | CopyInto
    | StartUpload | PutPart | CompleteUpload | FindUpload
    | StartMultipart | PutNumberedPart | CopyPart | CompleteMultipart | AbortUpload | ListParts | ListUploads
)  # fmt: skip
