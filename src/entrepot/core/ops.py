"""Operations: the closed union of everything that the store can be asked to do.

Each names the right it needs. Nothing here knows how a dialect spells a request or a reply.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from entrepot.core.grant import Right
from entrepot.core.records import Acl as Acl  # noqa: PLC0414 - part of the vocabulary of UpdateObject
from entrepot.core.records import Bucket, Lock, Staged, Traits


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ListBuckets:
    right: ClassVar[Right] = Right.LIST_BUCKETS
    account: int
    after: str | None
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatBucket:
    right: ClassVar[Right] = Right.STAT_BUCKET
    bucket: Bucket


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDirectory:
    """One level below ``directory`` (empty or ending in ``/``), names starting with ``prefix``."""

    right: ClassVar[Right] = Right.LIST_OBJECTS
    bucket: Bucket
    directory: str
    prefix: str
    after: str | None
    limit: int
    descending: bool = False
    only: Only = Only.BOTH


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeDirectory:
    right: ClassVar[Right] = Right.PUT_OBJECT
    bucket: Bucket
    key: str
    traits: Traits
    exist_ok: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveDirectory:
    right: ClassVar[Right] = Right.DELETE_OBJECT
    bucket: Bucket
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PutObject:
    """``tree`` keeps files and directories apart; ``need_parent`` refuses a name whose directory was never made."""

    right: ClassVar[Right] = Right.PUT_OBJECT
    bucket: Bucket
    key: str
    content: Staged
    traits: Traits
    replace: Replace
    tree: bool
    need_parent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StatObject:
    """A key that ends in ``/`` asks for a directory, explicit or implied."""

    right: ClassVar[Right] = Right.STAT_OBJECT
    bucket: Bucket
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadObject:
    right: ClassVar[Right] = Right.READ_OBJECT
    bucket: Bucket
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteObject:
    right: ClassVar[Right] = Right.DELETE_OBJECT
    bucket: Bucket
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateObject:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyObject:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class StartUpload:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PutPart:
    right: ClassVar[Right] = Right.PUT_PART
    bucket: Bucket
    key: str
    upload: str
    offset: int
    content: Staged
    auto_complete: bool = False
    """Complete the upload when this part was the last one missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteUpload:
    right: ClassVar[Right] = Right.COMPLETE_UPLOAD
    bucket: Bucket
    key: str
    upload: str
    size: int | None
    sha1: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindUpload:
    """The state of ``key``: the newest upload that is under way, or the object that is there."""

    right: ClassVar[Right] = Right.LIST_PARTS
    bucket: Bucket
    key: str


Operation = (
    ListBuckets | StatBucket | ListDirectory | MakeDirectory | RemoveDirectory | PutObject | StatObject | ReadObject
    | DeleteObject | UpdateObject | CopyObject | StartUpload | PutPart | CompleteUpload | FindUpload
)  # fmt: skip
