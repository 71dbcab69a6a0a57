"""Every fact of the reference model, in dictionaries, and its readers: simple and obviously right rather than fast.

For tests only, as :mod:`entrepot.adapters.memory.index`, which changes these facts. Values in a state are never
changed, only replaced, so that whoever holds an old state keeps seeing it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as changed
from typing import Any, TypeVar

from entrepot.core.facts.records import Blob, Bucket, Note, Object, Part, Upload
from entrepot.core.ports import Usage
from entrepot.core.rights.identity import Account, Key, KeyUse, Policy, User
from entrepot.core.rights.ledger import Mark, Wanted, order_of

T = TypeVar("T")


@dataclass(slots=True)
class State:
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
    spenders: dict[bytes, str] = field(default_factory=dict)
    key_uses: dict[str, KeyUse] = field(default_factory=dict)
    stored_by: dict[tuple[str, int, str], float] = field(default_factory=dict)
    garbage: dict[str, float] = field(default_factory=dict)
    notes: dict[tuple[int, str, str], Note] = field(default_factory=dict)
    users: dict[tuple[int, str], User] = field(default_factory=dict)
    policies: dict[tuple[int, str], Policy] = field(default_factory=dict)
    last_bucket: int = 0
    last_blob: int = 0

    def copy(self) -> State:
        """Another state with the same facts."""
        return State(
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
            spenders=dict(self.spenders),
            key_uses=dict(self.key_uses),
            stored_by=dict(self.stored_by),
            garbage=dict(self.garbage),
            notes=dict(self.notes),
            users=dict(self.users),
            policies=dict(self.policies),
            last_bucket=self.last_bucket,
            last_blob=self.last_blob,
        )


class MemoryReader:
    """:class:`entrepot.core.ports.Reader` of the state that ``look`` gives."""

    def __init__(self, look: Callable[[], State]) -> None:
        self._look = look

    def account(self, account: int) -> Account | None:
        return self._look().accounts.get(account)

    def accounts(self) -> list[Account]:
        return sorted(self._look().accounts.values(), key=lambda account: account.id)

    def key(self, key_id: str) -> Key | None:
        return self._look().keys.get(key_id)

    def keys(self, account: int | None, limit: int | None = None) -> list[Key]:
        found = (key for key in self._look().keys.values() if account is None or key.account == account)
        return sorted((key for key in found if key.minted is None), key=lambda key: key.id)[:limit]

    def rights(self, wanted: Wanted, after: Mark | None, limit: int) -> list[Key]:
        found = [key for key in self._look().keys.values() if wanted.takes(key)]
        later = (key for key in found if after is None or order_of(key) < (after.at, after.id))
        return sorted(later, key=order_of, reverse=True)[:limit]

    def count_rights(self, wanted: Wanted) -> int:
        return sum(wanted.takes(key) for key in self._look().keys.values())

    def minted_by(self, minters: Sequence[str], now: float, after: Mark | None, limit: int) -> list[Key]:
        found = [
            key
            for key in self._look().keys.values()
            if key.minted is not None
            and key.minted.minter in minters
            and (key.expires_at is None or key.expires_at >= now)
        ]
        later = (key for key in found if after is None or order_of(key) < (after.at, after.id))
        return sorted(later, key=order_of, reverse=True)[:limit]

    def user(self, account: int, name: str) -> User | None:
        return self._look().users.get((account, name))

    def users(self, account: int | None) -> list[User]:
        found = sorted(self._look().users.items(), key=lambda item: item[0])
        return [user for _, user in found if account is None or user.account == account]

    def policy(self, account: int, name: str) -> Policy | None:
        return self._look().policies.get((account, name))

    def policies(self, account: int | None) -> list[Policy]:
        found = sorted(self._look().policies.items(), key=lambda item: item[0])
        return [policy for _, policy in found if account is None or policy.account == account]

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

    def bucket_named(self, name: str) -> Bucket | None:
        found = (b for b in self._look().buckets.values() if b.name == name)
        return min(found, key=lambda bucket: bucket.id, default=None)

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

    def expiring(self, after: tuple[int, str], limit: int) -> list[Object]:
        state = self._look()
        later = (state.objects[place] for place in state.keys_in_order if place > after)
        return [record for record in later if record.attributes.expire_days is not None][:limit]

    def twins(self, account: int, sha1: bytes, size: int, limit: int) -> list[Object]:
        state = self._look()
        own = {bucket.id for bucket in state.buckets.values() if bucket.account == account}
        alike = (o for o in map(state.objects.__getitem__, state.keys_in_order) if (o.sha1, o.size) == (sha1, size))
        return [o for o in alike if o.bucket in own][:limit]

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

    def uploads(
        self, bucket: int, low: tuple[str, str], high: str | None, limit: int, *, sliced: bool = False
    ) -> list[Upload]:
        alike = (u for u in self._look().uploads.values() if u.bucket == bucket and u.numbered is not sliced)
        found = (u for u in alike if low < (u.key, u.id) and (high is None or u.key < high))
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

    def note(self, account: int, collection: str, key: str) -> Note | None:
        return self._look().notes.get((account, collection, key))

    def notes(self, account: int, collection: str, after: str | None, limit: int) -> list[Note]:
        found = (note for place, note in self._look().notes.items() if place[:2] == (account, collection))
        return sorted((note for note in found if note.key > (after or "")), key=lambda note: note.key)[:limit]


class MemoryInspector(MemoryReader):
    """A reader that can be walked through from end to end, for the check of everything."""

    def all_blobs(self, after: int, limit: int) -> list[tuple[Blob, int]]:
        state = self._look()
        return [(state.blobs[n], state.references[n]) for n in sorted(state.blobs) if n > after][:limit]

    def walk_buckets(self) -> Iterator[Bucket]:
        return _in_order(self._look().buckets)

    def walk_keys(self) -> Iterator[Key]:
        return _in_order(self._look().keys)

    def walk_users(self) -> Iterator[User]:
        return _in_order(self._look().users)

    def walk_policies(self) -> Iterator[Policy]:
        return _in_order(self._look().policies)

    def walk_objects(self) -> Iterator[Object]:
        return _in_order(self._look().objects)

    def walk_uploads(self) -> Iterator[Upload]:
        return _in_order(self._look().uploads)

    def walk_parts(self) -> Iterator[Part]:
        return _in_order(self._look().parts)

    def walk_blobs(self) -> Iterator[tuple[Blob, int]]:
        return iter(self.all_blobs(0, len(self._look().blobs)))

    def integrity(self) -> list[str]:
        state = self._look()
        return [] if state.keys_in_order == sorted(state.objects) else ["the keys are not in order"]


def _first(found: Iterable[T]) -> T | None:
    return next(iter(found), None)


def _in_order(found: Mapping[Any, T]) -> Iterator[T]:
    return iter([found[place] for place in sorted(found)])
