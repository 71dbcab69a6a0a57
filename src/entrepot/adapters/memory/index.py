"""The reference model of the ports: everything in dictionaries, simple and obviously right rather than fast.

For tests only; it is no mode of the server, because nothing of it survives the process. ``tests/contracts`` holds it
and every real adapter to the same promises, and ``tests/properties`` runs it beside them. Its facts and readers are in
:mod:`entrepot.adapters.memory.facts`, its blobs and leases in :mod:`entrepot.adapters.memory.blobs`.

A transaction works on a copy of the whole state, which takes the place of the old one if the change does not raise:
so a change is atomic, and whoever holds the old state (a scan) keeps seeing it. Values in the state are never changed,
only replaced. Numbers of buckets and blobs are never given again.
"""

from __future__ import annotations

import asyncio
import threading
from bisect import insort
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace as changed
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from entrepot.adapters.memory.facts import MemoryInspector, MemoryReader, State
from entrepot.core.facts.records import Blob, Bucket, BucketSettings, Note, Object, Part, Staged, Upload
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader, Transaction
from entrepot.core.rights.grant import Grant
from entrepot.core.rights.identity import Account, Key, KeyUse, Policy, User
from entrepot.core.value import changed as altered

T = TypeVar("T")


class MemoryTransaction(MemoryReader):
    """:class:`entrepot.core.ports.Transaction`: changes a state that nobody else sees yet."""

    def __init__(self, state: State) -> None:
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
        for place in [place for place in self._state.notes if place[0] == account]:
            del self._state.notes[place]
        for user in self.users(account):
            self.remove_user(account, user.name)
        for policy in self.policies(account):
            self.remove_policy(account, policy.name)
        for key_id in [key.id for key in self._state.keys.values() if key.account == account]:
            self._forget(key_id)
        return self._state.accounts.pop(account, None) is not None

    def add_key(self, key: Key) -> None:
        if key.id in self._state.keys:
            raise Fault(Kind.OBJECT_EXISTS, f"the key {key.id!r} exists already")
        self._state.keys[key.id] = key

    def remove_key(self, key_id: str) -> bool:
        return self._state.keys.pop(key_id, None) is not None

    def put_user(self, user: User) -> None:
        self._state.users[user.account, user.name] = user

    def remove_user(self, account: int, name: str) -> bool:
        return self._state.users.pop((account, name), None) is not None

    def put_policy(self, policy: Policy) -> None:
        self._state.policies[policy.account, policy.name] = policy

    def remove_policy(self, account: int, name: str) -> bool:
        return self._state.policies.pop((account, name), None) is not None

    def set_key_grant(self, key_id: str, grant: Grant) -> None:
        self._state.keys[key_id] = changed(self._state.keys[key_id], grant=grant)

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
            id=number, size=staged.size, crc64=staged.crc64, name=staged.name, data=staged.data, seal=staged.seal
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

    def put_note(self, account: int, collection: str, key: str, value: bytes) -> None:
        self._state.notes[account, collection, key] = Note(key=key, value=value)

    def remove_note(self, account: int, collection: str, key: str) -> bool:
        return self._state.notes.pop((account, collection, key), None) is not None

    def spend(self, token: bytes, until: float, most: int = 1, spender: str = "") -> bool:
        count = self._state.spent_counts.get(token, 0)
        if count >= most:
            return False
        self._state.spent_counts[token] = count + 1
        self._state.spent.setdefault(token, until)
        self._state.spenders[token] = spender
        return True

    def spender(self, token: bytes) -> str:
        return self._state.spenders.get(token, "")

    def mint_key(self, key: Key) -> None:
        self.add_key(key)

    def revoke_key(self, key_id: str, now: float, by: str = "") -> bool:
        found = self._state.keys.get(key_id)
        if found is None or found.minted is None or found.revoked_at is not None:
            return False
        self._state.keys[key_id] = changed(found, revoked_at=now, minted=altered(found.minted, revoked_by=by))
        return True

    def note_uses(self, uses: Sequence[tuple[str, int, float]]) -> None:
        for key_id, count, last_at in uses:
            if key_id not in self._state.keys:
                continue
            old = self._state.key_uses.get(key_id, KeyUse())
            last = last_at if old.last_at is None else max(old.last_at, last_at)
            self._state.key_uses[key_id] = KeyUse(count=old.count + count, last_at=last)

    def note_stored(self, key_id: str, bucket: int, key: str, now: float) -> None:
        self._state.stored_by[key_id, bucket, key] = now

    def prune_minted(self, before: float, limit: int) -> tuple[int, bool]:
        over = [
            k.id for k in self._state.keys.values() if k.minted and k.expires_at is not None and k.expires_at < before
        ]
        for key_id in over[:limit]:
            self._forget(key_id)
        return len(over[:limit]), len(over) >= limit

    def _forget(self, key_id: str) -> None:
        del self._state.keys[key_id]
        self._state.key_uses.pop(key_id, None)
        for place in [place for place in self._state.stored_by if place[0] == key_id]:
            del self._state.stored_by[place]

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
            self._state.spenders.pop(token, None)
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
        self._state = State()
        self._commits = 0
        self._writing = threading.Lock()
        self._now = MemoryReader(lambda: self._state)

    @property
    def now(self) -> Reader:
        """The committed state."""
        return self._now

    def state(self) -> int:
        """How often something was committed."""
        return self._commits

    def is_still(self, state: object) -> bool:
        """Whether nothing was committed since."""
        return self._commits == state

    def refresh(self) -> Reader:
        """``now`` is never behind."""
        return self._now

    def carry(self, work: Coroutine[Any, Any, T]) -> Coroutine[Any, Any, T]:
        """Nothing here waits for a network."""
        return work

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


if TYPE_CHECKING:
    from entrepot.core.ports import Index

    def _keeps_the_promises(index: MemoryIndex) -> Index:
        return index
