"""The index: names and facts, what is read of them and what a transaction changes.

Length: everything that an engine promises of names and facts is read in one place.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Protocol, TypeVar

from entrepot.core.facts.records import Blob, Bucket, BucketSettings, Note, Object, Part, Staged, Upload
from entrepot.core.ports.users import UserReader, UserTransaction
from entrepot.core.rights.identity import Account, Key, KeyUse
from entrepot.core.rights.ledger import Mark, Wanted
from entrepot.core.value import Value

T = TypeVar("T")


class Usage(Value, frozen=True, kw_only=True):
    """What a bucket holds."""

    objects: int
    bytes: int
    uploads: int


class Reader(UserReader, Protocol):
    """A consistent view of the index. Every method costs a key lookup or one bounded key range."""

    def account(self, account: int) -> Account | None:
        """The account with this number."""
        ...

    def accounts(self) -> list[Account]:
        """All accounts by number."""
        ...

    def key(self, key_id: str) -> Key | None:
        """The key with this id; None after its removal, from the next ``refresh`` on in every process."""
        ...

    def keys(self, account: int | None, limit: int | None = None) -> list[Key]:
        """All keys (of an account) by id, or the first ``limit`` of them."""
        ...

    def rights(self, wanted: Wanted, after: Mark | None, limit: int) -> list[Key]:
        """Minted credentials that are wanted, the newest first, from just after ``after`` on.

        Walks over what lies between those that are wanted: not for the event loop.
        """
        ...

    def count_rights(self, wanted: Wanted) -> int:
        """How many minted credentials are wanted. Walks over all of them: not for the event loop."""
        ...

    def minted_by(self, minters: Sequence[str], now: float, after: Mark | None, limit: int) -> list[Key]:
        """Minted credentials that any of these keys asked for and that are not over, withdrawn or not.

        The newest first, from just after ``after`` on; at the cost of these, however many others there are.
        """
        ...

    def key_use(self, key_id: str) -> KeyUse:
        """How a key was used, as far as the counters have been written."""
        ...

    def stored_by(self, key_id: str, limit: int) -> list[tuple[int, str]]:
        """Bucket and key of some of the objects that a minted right stored."""
        ...

    def bucket(self, account: int, name: str) -> Bucket | None:
        """The bucket of an account."""
        ...

    def buckets(self, account: int | None, after: str | None, limit: int) -> list[Bucket]:
        """Buckets (of an account) with names after ``after``, by name."""
        ...

    def bucket_named(self, name: str) -> Bucket | None:
        """The bucket of this name in any account, and of several the one that was made first."""
        ...

    def usage(self, bucket: int) -> Usage:
        """How much is in a bucket. Walks over the bucket's rows: not for the event loop."""
        ...

    def bucket_of_domain(self, domain: str) -> Bucket | None:
        """The bucket that has ``domain`` among its custom domains."""
        ...

    def object(self, bucket: int, key: str) -> Object | None:
        """What ``key`` points at."""
        ...

    def object_and_blobs(self, bucket: int, key: str) -> tuple[Object, list[Blob]] | None:
        """What ``key`` points at, and the blob of each of its segments, all as of one moment."""
        ...

    def objects(self, bucket: int, low: str, high: str | None, limit: int, *, down: bool = False) -> list[Object]:
        """Objects with ``low <= key < high`` in byte order, or from the high end ``down``; at most ``limit``."""
        ...

    def expiring(self, after: tuple[int, str], limit: int) -> list[Object]:
        """Objects of all buckets with days of their own and (bucket, key) after ``after``, in that order."""
        ...

    def twins(self, account: int, sha1: bytes, size: int, limit: int) -> list[Object]:
        """Some objects of the account with these bytes."""
        ...

    def blob(self, blob: int) -> Blob | None:
        """Where bytes are."""
        ...

    def has_blob(self, name: str) -> bool:
        """Whether a blob file of this name is known, in use or left to the sweeper."""
        ...

    def upload(self, upload: str) -> Upload | None:
        """An upload that is under way."""
        ...

    def newest_upload(self, bucket: int, key: str) -> Upload | None:
        """The upload of ``key`` in slices that was started last."""
        ...

    def uploads(
        self, bucket: int, low: tuple[str, str], high: str | None, limit: int, *, sliced: bool = False
    ) -> list[Upload]:
        """Uploads in numbered parts, or in slices, with ``low < (key, id)`` and ``key < high``, by (key, id)."""
        ...

    def part(self, upload: str, number: int) -> Part | None:
        """One acknowledged part."""
        ...

    def parts(self, upload: str, after: int, limit: int) -> list[Part]:
        """Acknowledged parts with numbers greater than ``after``, by number."""
        ...

    def parts_total(self, upload: str) -> tuple[int, int]:
        """How many parts are acknowledged, and their bytes together."""
        ...

    def open_uploads(self) -> int:
        """How many uploads are under way (for metrics)."""
        ...

    def note(self, account: int, collection: str, key: str) -> Note | None:
        """What is remembered of an account under this name."""
        ...

    def notes(self, account: int, collection: str, after: str | None, limit: int) -> list[Note]:
        """Notes of a collection with keys after ``after``, by key in byte order; at most ``limit``."""
        ...


class Transaction(Reader, UserTransaction, Protocol):
    """A reader that can also change things. All changes become visible and durable together, or not at all."""

    def add_account(self, account: Account) -> None:
        """Add an account.

        Raises:
            Fault: OBJECT_EXISTS when its number or user id is taken.
        """
        ...

    def remove_account(self, account: int) -> bool:
        """Remove an account that has neither buckets nor long-term keys; False when it is not there.

        Its users, policies and notes, and what was minted in it, go with it.
        """
        ...

    def add_key(self, key: Key) -> None:
        """Add a credential. Raises Fault OBJECT_EXISTS when the id is taken."""
        ...

    def remove_key(self, key_id: str) -> bool:
        """Withdraw a credential."""
        ...

    def add_bucket(self, account: int, name: str, created_at: float, settings: BucketSettings) -> Bucket:
        """Add a bucket. Raises Fault BUCKET_EXISTS when the name (or one of its domains) is taken."""
        ...

    def update_bucket(self, bucket: Bucket) -> None:
        """Store new settings."""
        ...

    def remove_bucket(self, bucket: int) -> None:
        """Remove an empty bucket."""
        ...

    def add_blob(self, staged: Staged) -> int:
        """Take over staged bytes, with one reference; returns the blob's number."""
        ...

    def retain(self, blob: int) -> None:
        """One more reference."""
        ...

    def release(self, blob: int, now: float) -> None:
        """One reference less. After the last, bytes in the index vanish and a file is left to the sweeper."""
        ...

    def put_object(self, record: Object, account: int) -> None:
        """Store a name, replacing one that is there. References are the caller's business."""
        ...

    def delete_object(self, bucket: int, key: str) -> None:
        """Take a name away."""
        ...

    def add_upload(self, upload: Upload) -> None:
        """Store a new upload."""
        ...

    def set_upload_sha1(self, upload: str, sha1: bytes) -> None:
        """Remember the digest that the parts of ``upload`` were found to have together."""
        ...

    def remove_upload(self, upload: str) -> None:
        """Forget an upload and its parts. References are the caller's business."""
        ...

    def put_part(self, part: Part) -> None:
        """Store an acknowledged part, in place of one of the same number. References are the caller's business."""
        ...

    def set_sha1(self, bucket: int, key: str, crc64: int | None, modified_at: float, sha1: bytes) -> None:
        """Remember the SHA-1 of an object's bytes, if it still is the object of that checksum and time."""
        ...

    def put_note(self, account: int, collection: str, key: str, value: bytes) -> None:
        """Remember something of an account, in place of what is there."""
        ...

    def remove_note(self, account: int, collection: str, key: str) -> bool:
        """Forget it; False when there is nothing to forget."""
        ...

    def spend(self, token: bytes, until: float, most: int = 1, spender: str = "") -> bool:
        """Count one use of a right that may be used ``most`` times; False when it was used as often before.

        ``spender`` tells people whose use it was; the newest is kept.
        """
        ...

    def mint_key(self, key: Key) -> None:
        """Add a minted credential: like ``add_key``, but at the cost of one row whatever else there is."""
        ...

    def spender(self, token: bytes) -> str:
        """Whose use of it was counted last; empty when that was not said, or nothing was counted."""
        ...

    def revoke_key(self, key_id: str, now: float, by: str = "") -> bool:
        """Withdraw a minted credential and keep its row, with who did it; False when there is none that holds."""
        ...

    def note_uses(self, uses: Sequence[tuple[str, int, float]]) -> None:
        """Add to the counters of keys: (id, how often, when last). Those of keys that are gone are dropped."""
        ...

    def note_stored(self, key_id: str, bucket: int, key: str, now: float) -> None:
        """Remember that a minted right stored an object."""
        ...

    def prune_minted(self, before: float, limit: int) -> tuple[int, bool]:
        """Drop rows of minted rights that ended before ``before``, and what was noted of their use.

        Returns how many rights, and whether there may be more to drop. ``limit`` is of rights, and of each ten of what
        they stored; a right that stored more goes with the last of it.
        """
        ...

    def uploads_of(self, bucket: int, limit: int) -> list[Upload]:
        """Some of the uploads that are under way in a bucket."""
        ...

    def stale_uploads(self, before: float, limit: int) -> list[Upload]:
        """Uploads in slices that were started before ``before``; numbered parts stay until somebody or a rule says."""
        ...

    def forget_spent(self, before: float, limit: int) -> int:
        """Drop marks whose rights ended before ``before``; returns how many."""
        ...

    def garbage(self, before: float, limit: int) -> list[str]:
        """Names of blob files to which nothing has pointed since before ``before``."""
        ...

    def drop_garbage(self, names: Sequence[str]) -> None:
        """Forget blob files that are gone."""
        ...


class Index(Protocol):
    """Names and facts. Many processes may use one index at once."""

    @property
    def now(self) -> Reader:
        """The committed state, for lookups of single keys: fast enough to be called on the event loop.

        Accounts, keys, buckets and domains are as fresh as the last ``refresh``. An engine over the network lets the
        task that asks wait; such a task must be in the care of ``carry``.
        """
        ...

    def carry(self, work: Coroutine[Any, Any, T]) -> Coroutine[Any, Any, T]:
        """``work``, so that what it asks of ``now`` may wait. Tasks that it starts must be carried themselves."""
        ...

    def refresh(self) -> Reader:
        """``now``, with everything that was committed by any process before this call."""
        ...

    def state(self) -> object:
        """What the last ``refresh`` found, and what this task asks from now on; for ``is_still`` only."""
        ...

    def is_still(self, state: object) -> bool:
        """Whether whoever took that state would be told the same by everything that he asked since. May say no."""
        ...

    async def scan(self, question: Callable[[Reader], T]) -> T:
        """Answer a longer question off the event loop, from one consistent state."""
        ...

    def write(self, change: Callable[[Transaction], T]) -> Awaitable[T]:
        """Run ``change`` in a transaction of its own; durable when the result is there.

        ``change`` must be quick, must not block, and may be run again after a conflict. Changes that wait at the same
        time may take place in any order. Whatever it raises undoes it
        and is raised here. Raises Fault STORAGE_FULL or STORAGE_FAILED when the disk does not take it: then nothing
        of it is seen, but if the process dies before the next commit it may be found there, whole.
        """
        ...
