"""Operations on objects and directories, and the conditions that they share with uploads.

Each names the right it needs. Must not know how a dialect spells a request or a reply.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import ClassVar

from entrepot.core.facts.records import Acl, Attributes, Bucket, ClientKey, Lock, Object, Protection, Staged
from entrepot.core.rights.grant import Right
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


class ListObjects(Value, frozen=True, kw_only=True):
    """Keys with ``prefix``, after ``after``; those that hold ``delimiter`` behind the prefix are rolled up."""

    right: ClassVar[Right] = Right.LIST_OBJECTS
    bucket: Bucket
    prefix: str
    delimiter: str
    after: str | None
    limit: int
    versions: bool = False
    """Whether versions are listed, which asks for a right of its own as well."""


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
    attributes: Attributes
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
    attributes: Attributes
    replace: Replace
    tree: bool
    need_parent: bool = False
    check: Check | None = None
    compares: bool = False
    """Whether the check tells an entity tag from others, which needs the right to read what is there."""
    form: bool = False
    """Whether it was sent by a browser's form, which policies can tell from a plain upload."""
    calls_back: bool = False
    """Whether an application will be asked for the reply."""

    @property
    def right(self) -> Right:
        """Forms are allowed and denied apart."""
        return Right.POST_OBJECT if self.form else Right.PUT_OBJECT


class AppendObject(Value, frozen=True, kw_only=True):
    """Add bytes at ``position``, which must be the end; position 0 makes the object.

    ``attributes`` are those of the object, which a later append may repeat and cannot change, but for the ACL and the
    days, which are those of the last append that names any. The content type is the first one's.
    """

    right: ClassVar[Right] = Right.APPEND_OBJECT
    bucket: Bucket
    key: str
    position: int
    content: Staged
    attributes: Attributes
    check: Check | None = None
    compares: bool = False


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
    reads: bool = False
    """Whether what is told is of the bytes, so that a key of the client's is asked for as when they are read."""
    client_key: ClientKey | None = None
    version: bool = False
    """Whether the version is named, which asks for the right to versions as well."""
    attributes: bool = False
    """Whether the document of attributes is asked for, which asks for a right of its own as well."""


class ReadObject(Value, frozen=True, kw_only=True):
    """The bytes. A link is followed; the right to read its target is needed too."""

    right: ClassVar[Right] = Right.READ_OBJECT
    bucket: Bucket
    key: str
    client_key: ClientKey | None = None
    """What the bytes were encrypted with, if only the client has it."""
    version: bool = False
    """Whether the version is named, which asks for the right to versions as well."""


class DeleteObject(Value, frozen=True, kw_only=True):
    right: ClassVar[Right] = Right.DELETE_OBJECT
    bucket: Bucket
    key: str
    missing_ok: bool = False
    check: Check | None = None
    compares: bool = False
    version: bool = False
    """Whether the version is named, which asks for the right to versions as well."""


class DeleteObjects(Value, frozen=True, kw_only=True):
    """Take many names away in one transaction; each is allowed, and refused, by itself. Absent ones are fine."""

    right: ClassVar[Right] = Right.DELETE_OBJECT
    bucket: Bucket
    keys: tuple[str, ...]
    checks: Mapping[str, Check] = {}
    """Conditions on some of them, each refused by itself."""
    compared: frozenset[str] = frozenset()
    """Those of them whose condition tells an entity tag from others."""
    versions: frozenset[str] = frozenset()
    """Those of them whose version is named."""
    together: bool = False
    """Whether all are refused when one of them may not be deleted, instead of that one alone."""
    quiet: bool = False
    """Whether the reply should name failures only; the store does the same either way."""


class UpdateObject(Value, frozen=True, kw_only=True):
    """Change attributes. A field of None stays as it is; ``headers`` and ``metadata`` are merged over what is there.

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
    expire_days: int | None = None
    """Days of its own; 0 takes them away."""
    whole: bool = False
    touch: bool = True
    version: bool = False
    """Whether the version is named, which asks for the right to versions as well."""


class RestoreObject(Value, frozen=True, kw_only=True):
    """Let what is archived be read for some days from now on. It is done at once, because no byte has to come back."""

    right: ClassVar[Right] = Right.RESTORE_OBJECT
    bucket: Bucket
    key: str
    days: int
    urgency: str = ""
    """As the client said it; everything is done at once."""
    check: Check | None = None


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


class CopyInto(Value, frozen=True, kw_only=True):
    """Point ``key`` at the bytes of an object, here or in another bucket.

    No byte is copied, unless the copy is encrypted otherwise than its source: ``protection`` says how, None not at all.
    ``checksum`` names the digest of all its bytes that the copy is to have, which is taken by reading where the source
    has no such one; None keeps the source's. ``checksum_text`` is how the dialect shows it.
    ``attributes`` None takes the source's, all but its ACL, which is ``acl``. The right to read the source is needed
    too. A copy onto itself changes its attributes. ``max_bytes`` refuses longer sources with TOO_LARGE.
    """

    right: ClassVar[Right] = Right.COPY_INTO
    bucket: Bucket
    key: str
    source_bucket: Bucket
    source_key: str
    attributes: Attributes | None
    acl: Acl | None
    replace: Replace
    tags: dict[str, str] | None = None
    """Tags that take the place of the source's; None keeps those."""
    storage_class: str = ""
    """Of the copy, whatever the source's is; ``archived`` whether it is one that is restored before it is read."""
    archived: bool = False
    expire_days: int | None = None
    """Days of the copy's own. The source's are never kept: nobody asked for the copy to go."""
    check_source: Check | None = None
    check: Check | None = None
    compares: bool = False
    max_bytes: int | None = None
    inherited: Callable[[Attributes, Attributes], Attributes] | None = None
    """Makes what is stored of ``attributes`` and the source's; None stores ``attributes``."""
    protection: Protection | None = None
    source_client_key: ClientKey | None = None
    """What the source was encrypted with, if only the client has it."""
    checksum: str | None = None
    checksum_text: Callable[[bytes], str] | None = None
    version: bool = False
    """Whether the version is named, which asks for the right to versions as well."""
