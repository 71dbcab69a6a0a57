"""Operations: the closed union of everything that the store can be asked to do.

Each names the right it needs. Nothing here knows how a dialect spells a request or a reply.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from entrepot.core.grant import Right
from entrepot.core.records import Acl as Acl  # noqa: PLC0414 - part of the vocabulary of UpdateObject
from entrepot.core.records import Bucket, Lock, Staged, Traits
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


class ListBuckets(Value, frozen=True, kw_only=True):
    right: ClassVar[Right] = Right.LIST_BUCKETS
    account: int
    after: str | None
    limit: int


class StatBucket(Value, frozen=True, kw_only=True):
    right: ClassVar[Right] = Right.STAT_BUCKET
    bucket: Bucket


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

    right: ClassVar[Right] = Right.PUT_OBJECT
    bucket: Bucket
    key: str
    content: Staged
    traits: Traits
    replace: Replace
    tree: bool
    need_parent: bool = False


class StatObject(Value, frozen=True, kw_only=True):
    """A key that ends in ``/`` asks for a directory, explicit or implied."""

    right: ClassVar[Right] = Right.STAT_OBJECT
    bucket: Bucket
    key: str


class ReadObject(Value, frozen=True, kw_only=True):
    right: ClassVar[Right] = Right.READ_OBJECT
    bucket: Bucket
    key: str


class DeleteObject(Value, frozen=True, kw_only=True):
    right: ClassVar[Right] = Right.DELETE_OBJECT
    bucket: Bucket
    key: str


class UpdateObject(Value, frozen=True, kw_only=True):
    """Change traits. A field of None stays as it is; ``headers`` and ``metadata`` are merged over what is there."""

    right: ClassVar[Right] = Right.UPDATE_OBJECT
    bucket: Bucket
    key: str
    annotation: str | None = None
    acl: Acl | None = None
    inherit_acl: bool = False
    headers: dict[str, str] | None = None
    metadata: dict[str, str] | None = None
    lock: Lock | None = None


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


Operation = (
    ListBuckets | StatBucket | ListDirectory | MakeDirectory | RemoveDirectory | PutObject | StatObject | ReadObject
    | DeleteObject | UpdateObject | CopyObject | StartUpload | PutPart | CompleteUpload | FindUpload
)  # fmt: skip
