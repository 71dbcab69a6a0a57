"""The reference model of the ports: everything in dictionaries, simple and obviously right rather than fast.

For tests only; it is no mode of the server, because nothing of it survives the process. ``tests/contracts`` holds it
and every real adapter to the same promises, and ``tests/properties`` runs it beside them. Its blobs and leases are in
:mod:`entrepot.adapters.memory_blobs`.

A transaction works on a copy of the whole state, which takes the place of the old one if the change does not raise:
so a change is atomic, and whoever holds the old state (a scan) keeps seeing it. Values in the state are never changed,
only replaced. Numbers of buckets and blobs are never given again.
"""

from __future__ import annotations

import asyncio
import threading
from bisect import bisect_left, insort
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as changed
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from entrepot.core.fault import Fault, Kind
from entrepot.core.identity import Account, Key, KeyUse
from entrepot.core.ports import Reader, Transaction, Usage
from entrepot.core.records import Blob, Bucket, BucketSettings, Object, Part, Staged, Upload
from entrepot.core.value import changed as altered

T = TypeVar("T")


@dataclass(slots=True)
class _State:
    """Every fact. ``keys_in_order`` are the keys of ``objects``; Python orders text as UTF-8 orders its bytes."""

    accounts: dict[int, Account] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)
    buckets: dict[int, Bucket] = field(default_factory=dict)
    objects: dict[tuple[int, str], Object] = field(default_factory=dict)
    keys_in_order: list[tuple[int, str]] = field(default_factory=list)
    blobs: dict[int, Blob] = field(default_factory=dict)
    references: dict[int, int] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    parts: dict[tuple[str, int], Part] = field(default_factory=dict)
    spent: dict[bytes, float] = field(default_factory=dict)
    spent_counts: dict[bytes, int] = field(default_factory=dict)
    key_uses: dict[str, KeyUse] = field(default_factory=dict)
    stored_by: dict[tuple[str, int, str], float] = field(default_factory=dict)
    garbage: dict[str, float] = field(default_factory=dict)
    last_bucket: int = 0
    last_blob: int = 0

    def copy(self) -> _State:
        """Another state with the same facts."""
        return _State(
            accounts=dict(self.accounts),
            keys=dict(self.keys),
            buckets=dict(self.buckets),
            objects=dict(self.objects),
            keys_in_order=list(self.keys_in_order),
            blobs=dict(self.blobs),
            references=dict(self.references),
            uploads=dict(self.uploads),
            parts=dict(self.parts),
            spent=dict(self.spent),
            spent_counts=dict(self.spent_counts),
            key_uses=dict(self.key_uses),
            stored_by=dict(self.stored_by),
            garbage=dict(self.garbage),
            last_bucket=self.last_bucket,
            last_blob=self.last_blob,
        )


class MemoryReader:
    """:class:`entrepot.core.ports.Reader` of the state that ``look`` gives."""

    def __init__(self, look: Callable[[], _State]) -> None:
        self._look = look

    def account(self, account: int) -> Account | None:
        return self._look().accounts.get(account)

    def accounts(self) -> list[Account]:
        return sorted(self._look().accounts.values(), key=lambda account: account.id)

    def key(self, key_id: str) -> Key | None:
        return self._look().keys.get(key_id)

    def keys(self, account: int | None) -> list[Key]:
        found = (key for key in self._look().keys.values() if account is None or key.account == account)
        return sorted((key for key in found if key.minted is None), key=lambda key: key.id)

    def minted(self, account: int | None, after: str | None, limit: int) -> list[Key]:
        found = (key for key in self._look().keys.values() if account is None or key.account == account)
        of_ledger = (key for key in found if key.minted is not None and key.id > (after or ""))
        return sorted(of_ledger, key=lambda key: key.id)[:limit]

    def key_use(self, key_id: str) -> KeyUse:
        use = self._look().key_uses.get(key_id, KeyUse())
        return changed(use, stored=sum(place[0] == key_id for place in self._look().stored_by))

    def stored_by(self, key_id: str, limit: int) -> list[tuple[int, str]]:
        found = sorted(place[1:] for place in self._look().stored_by if place[0] == key_id)
        return found[:limit]

    def bucket(self, account: int, name: str) -> Bucket | None:
        return _first(b for b in self._look().buckets.values() if (b.account, b.name) == (account, name))

    def buckets(self, account: int | None, after: str | None, limit: int) -> list[Bucket]:
        of_account = (b for b in self._look().buckets.values() if account is None or b.account == account)
        found = (b for b in of_account if after is None or b.name > after)
        return sorted(found, key=lambda bucket: bucket.name)[:limit]

    def buckets_named(self, name: str) -> list[Bucket]:
        found = (b for b in self._look().buckets.values() if b.name == name)
        return sorted(found, key=lambda bucket: bucket.account)[:2]

    def usage(self, bucket: int) -> Usage:
        sizes = [record.size for record in self.objects(bucket, "", None, len(self._look().objects))]
        uploads = sum(upload.bucket == bucket for upload in self._look().uploads.values())
        return Usage(objects=len(sizes), bytes=sum(sizes), uploads=uploads)

    def bucket_of_domain(self, domain: str) -> Bucket | None:
        return _first(b for b in self._look().buckets.values() if domain in b.settings.domains)

    def object(self, bucket: int, key: str) -> Object | None:
        return self._look().objects.get((bucket, key))

    def object_and_blobs(self, bucket: int, key: str) -> tuple[Object, list[Blob]] | None:
        state = self._look()
        found = state.objects.get((bucket, key))
        if found is None:
            return None
        return found, [state.blobs[segment.blob] for segment in found.segments]

    def objects(self, bucket: int, low: str, high: str | None, limit: int, *, down: bool = False) -> list[Object]:
        state = self._look()
        first = bisect_left(state.keys_in_order, (bucket, low))
        end = bisect_left(state.keys_in_order, (bucket + 1, "") if high is None else (bucket, high))
        found = state.keys_in_order[first:end]
        return [state.objects[place] for place in (found[::-1] if down else found)[:limit]]

    def twin(self, account: int, sha1: bytes, size: int) -> Object | None:
        state = self._look()
        own = {bucket.id for bucket in state.buckets.values() if bucket.account == account}
        alike = (o for o in map(state.objects.__getitem__, state.keys_in_order) if (o.sha1, o.size) == (sha1, size))
        return _first(o for o in alike if o.bucket in own)

    def blob(self, blob: int) -> Blob | None:
        return self._look().blobs.get(blob)

    def has_blob(self, name: str) -> bool:
        state = self._look()
        return name in state.garbage or any(blob.name == name for blob in state.blobs.values())

    def upload(self, upload: str) -> Upload | None:
        return self._look().uploads.get(upload)

    def newest_upload(self, bucket: int, key: str) -> Upload | None:
        found = [u for u in self._look().uploads.values() if (u.bucket, u.key) == (bucket, key) and not u.numbered]
        return max(found, key=lambda upload: (upload.started_at, upload.id), default=None)

    def uploads(self, bucket: int, low: tuple[str, str], high: str | None, limit: int) -> list[Upload]:
        numbered = (u for u in self._look().uploads.values() if u.bucket == bucket and u.numbered)
        found = (u for u in numbered if low < (u.key, u.id) and (high is None or u.key < high))
        return sorted(found, key=lambda upload: (upload.key, upload.id))[:limit]

    def part(self, upload: str, number: int) -> Part | None:
        return self._look().parts.get((upload, number))

    def parts(self, upload: str, after: int, limit: int) -> list[Part]:
        found = (part for part in self._look().parts.values() if part.upload == upload and part.number > after)
        return sorted(found, key=lambda part: part.number)[:limit]

    def parts_total(self, upload: str) -> tuple[int, int]:
        sizes = [part.size for part in self._look().parts.values() if part.upload == upload]
        return len(sizes), sum(sizes)

    def open_uploads(self) -> int:
        return len(self._look().uploads)


class MemoryInspector(MemoryReader):
    """A reader that can be walked through from end to end, for the check of everything."""

    def all_blobs(self, after: int, limit: int) -> list[tuple[Blob, int]]:
        state = self._look()
        return [(state.blobs[n], state.references[n]) for n in sorted(state.blobs) if n > after][:limit]

    def all_uploads(self, after: str, limit: int) -> list[str]:
        return sorted(upload for upload in self._look().uploads if upload > after)[:limit]

    def integrity(self) -> list[str]:
        state = self._look()
        return [] if state.keys_in_order == sorted(state.objects) else ["the keys are not in order"]


class MemoryTransaction(MemoryReader):
    """:class:`entrepot.core.ports.Transaction`: changes a state that nobody else sees yet."""

    def __init__(self, state: _State) -> None:
        super().__init__(lambda: state)
        self._state = state

    def add_account(self, account: Account) -> None:
        others = self._state.accounts
        if account.id in others or any(other.user_id == account.user_id for other in others.values()):
            raise Fault(Kind.OBJECT_EXISTS, f"the account {account.id} (or its user id) exists already")
        others[account.id] = account

    def remove_account(self, account: int) -> bool:
        if self.keys(account) or self.buckets(account, None, 1):
            raise Fault(Kind.BUCKET_NOT_EMPTY, f"the account {account} still has keys or buckets; delete them first")
        return self._state.accounts.pop(account, None) is not None

    def add_key(self, key: Key) -> None:
        if key.id in self._state.keys:
            raise Fault(Kind.OBJECT_EXISTS, f"the key {key.id!r} exists already")
        self._state.keys[key.id] = key

    def remove_key(self, key_id: str) -> bool:
        return self._state.keys.pop(key_id, None) is not None

    def add_bucket(self, account: int, name: str, created_at: float, settings: BucketSettings) -> Bucket:
        if self.bucket(account, name) is not None:
            raise Fault(Kind.BUCKET_EXISTS, f"the bucket {name!r} exists already", reason="own")
        self._state.last_bucket += 1
        bucket = Bucket(
            id=self._state.last_bucket, account=account, name=name, created_at=created_at, settings=settings
        )
        self._store_bucket(bucket)
        return bucket

    def update_bucket(self, bucket: Bucket) -> None:
        self._store_bucket(changed(self._state.buckets[bucket.id], settings=bucket.settings))

    def _store_bucket(self, bucket: Bucket) -> None:
        for domain in bucket.settings.domains:
            holder = self.bucket_of_domain(domain)
            if holder is not None and holder.id != bucket.id:
                raise Fault(Kind.BUCKET_EXISTS, f"the domain {domain!r} belongs to another bucket")
        self._state.buckets[bucket.id] = bucket

    def remove_bucket(self, bucket: int) -> None:
        self._state.buckets.pop(bucket, None)

    def add_blob(self, staged: Staged) -> int:
        self._state.last_blob += 1
        number = self._state.last_blob
        self._state.blobs[number] = Blob(
            id=number, size=staged.size, crc64=staged.crc64, name=staged.name, data=staged.data
        )
        self._state.references[number] = 1
        return number

    def retain(self, blob: int) -> None:
        self._state.references[blob] += 1

    def release(self, blob: int, now: float) -> None:
        self._state.references[blob] -= 1
        if self._state.references[blob] == 0:
            del self._state.references[blob]
            name = self._state.blobs.pop(blob).name
            if name is not None:
                self._state.garbage[name] = now

    def put_object(self, record: Object, account: int) -> None:
        del account  # found through the bucket
        place = (record.bucket, record.key)
        if place not in self._state.objects:
            insort(self._state.keys_in_order, place)
        self._state.objects[place] = record

    def delete_object(self, bucket: int, key: str) -> None:
        if self._state.objects.pop((bucket, key), None) is not None:
            self._state.keys_in_order.remove((bucket, key))

    def add_upload(self, upload: Upload) -> None:
        self._state.uploads[upload.id] = upload

    def set_upload_sha1(self, upload: str, sha1: bytes) -> None:
        found = self._state.uploads.get(upload)
        if found is not None:
            self._state.uploads[upload] = changed(found, found_sha1=sha1)

    def remove_upload(self, upload: str) -> None:
        self._state.uploads.pop(upload, None)
        for place in [place for place in self._state.parts if place[0] == upload]:
            del self._state.parts[place]

    def put_part(self, part: Part) -> None:
        self._state.parts[part.upload, part.number] = part

    def set_sha1(self, bucket: int, key: str, crc64: int | None, modified_at: float, sha1: bytes) -> None:
        found = self._state.objects.get((bucket, key))
        if found is not None and (found.crc64, found.modified_at) == (crc64, modified_at):
            self._state.objects[bucket, key] = altered(found, sha1=sha1)

    def spend(self, token: bytes, until: float, most: int = 1) -> bool:
        count = self._state.spent_counts.get(token, 0)
        if count >= most:
            return False
        self._state.spent_counts[token] = count + 1
        self._state.spent.setdefault(token, until)
        return True

    def mint_key(self, key: Key) -> None:
        self.add_key(key)

    def revoke_key(self, key_id: str, now: float) -> bool:
        found = self._state.keys.get(key_id)
        if found is None or found.minted is None or found.revoked_at is not None:
            return False
        self._state.keys[key_id] = changed(found, revoked_at=now)
        return True

    def note_uses(self, uses: Sequence[tuple[str, int, float]]) -> None:
        for key_id, count, last_at in uses:
            old = self._state.key_uses.get(key_id, KeyUse())
            last = last_at if old.last_at is None else max(old.last_at, last_at)
            self._state.key_uses[key_id] = KeyUse(count=old.count + count, last_at=last)

    def note_stored(self, key_id: str, bucket: int, key: str, now: float) -> None:
        self._state.stored_by[key_id, bucket, key] = now

    def prune_minted(self, before: float, limit: int) -> int:
        over = [
            k.id for k in self._state.keys.values() if k.minted and k.expires_at is not None and k.expires_at < before
        ]
        for key_id in over[:limit]:
            del self._state.keys[key_id]
            self._state.key_uses.pop(key_id, None)
            for place in [place for place in self._state.stored_by if place[0] == key_id]:
                del self._state.stored_by[place]
        return len(over[:limit])

    def uploads_of(self, bucket: int, limit: int) -> list[Upload]:
        return [upload for upload in self._state.uploads.values() if upload.bucket == bucket][:limit]

    def stale_uploads(self, before: float, limit: int) -> list[Upload]:
        found = (
            upload for upload in self._state.uploads.values() if upload.started_at < before and not upload.numbered
        )
        return sorted(found, key=lambda upload: upload.started_at)[:limit]

    def forget_spent(self, before: float, limit: int) -> int:
        over = list(islice((token for token, until in self._state.spent.items() if until < before), limit))
        for token in over:
            del self._state.spent[token]
            self._state.spent_counts.pop(token, None)
        return len(over)

    def garbage(self, before: float, limit: int) -> list[str]:
        found = [(since, name) for name, since in self._state.garbage.items() if since < before]
        return [name for _, name in sorted(found)[:limit]]

    def drop_garbage(self, names: Sequence[str]) -> None:
        for name in names:
            self._state.garbage.pop(name, None)


class MemoryIndex:
    """:class:`entrepot.core.ports.Index` of one process."""

    def __init__(self) -> None:
        self._state = _State()
        self._commits = 0
        self._writing = threading.Lock()
        self._now = MemoryReader(lambda: self._state)

    @property
    def now(self) -> Reader:
        """The committed state."""
        return self._now

    def version(self) -> int:
        """How often something was committed."""
        return self._commits

    def refresh(self) -> Reader:
        """``now`` is never behind."""
        return self._now

    async def scan(self, question: Callable[[Reader], T]) -> T:
        """Answer from the state that is current now."""
        return await self.inspect(question)

    async def inspect(self, question: Callable[[MemoryInspector], T]) -> T:
        """Like ``scan``, for the check of the whole index."""
        state = self._state
        return question(MemoryInspector(lambda: state))

    def write(self, change: Callable[[Transaction], T]) -> Awaitable[T]:
        """Change a copy at once; keep it unless ``change`` raises."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        with self._writing:
            state = self._state.copy()
            try:
                result = change(MemoryTransaction(state))
            except Exception as error:  # noqa: BLE001 - whatever it is goes to the one who asked
                done.set_exception(error)
            else:
                self._commits += 1
                self._state = state
                done.set_result(result)
        return done


def _first(found: Iterable[T]) -> T | None:
    return next(iter(found), None)


if TYPE_CHECKING:
    from entrepot.core.ports import Index

    def _keeps_the_promises(index: MemoryIndex) -> Index:
        return index
