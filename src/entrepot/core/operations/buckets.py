"""Operations on buckets: each names the right it needs. Must not know how a dialect spells them."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from entrepot.core.facts.records import Bucket, BucketSettings
from entrepot.core.rights.grant import Right
from entrepot.core.value import Value


class ListBuckets(Value, frozen=True, kw_only=True):
    """The buckets of an account, or (by another right, and without a page) what the account is set to."""

    right: Right = Right.LIST_BUCKETS
    account: int
    after: str | None
    limit: int
    prefix: str = ""


class StatBucket(Value, frozen=True, kw_only=True):
    """What a bucket is, or (by another right) one of its settings."""

    right: Right = Right.STAT_BUCKET
    bucket: Bucket


class CreateBucket(Value, frozen=True, kw_only=True):
    """Raises Fault BUCKET_EXISTS, with reason ``own`` when the same account has it."""

    right: ClassVar[Right] = Right.CREATE_BUCKET
    account: int
    name: str
    settings: BucketSettings


class DeleteBucket(Value, frozen=True, kw_only=True):
    """Remove an empty bucket.

    Raises Fault BUCKET_NOT_EMPTY also while uploads are under way in it, unless they are to be given up with it.
    """

    right: ClassVar[Right] = Right.DELETE_BUCKET
    bucket: Bucket
    uploads_too: bool = False


SettingsChange = Callable[[BucketSettings], BucketSettings]


class UpdateBucket(Value, frozen=True, kw_only=True):
    """Change settings: ``change`` gives the new ones from those that hold when the transaction runs."""

    right: Right = Right.UPDATE_BUCKET
    bucket: Bucket
    change: SettingsChange


class MeasureBucket(Value, frozen=True, kw_only=True):
    """How much is in a bucket. Costs a walk over the bucket's rows."""

    right: ClassVar[Right] = Right.STAT_BUCKET
    bucket: Bucket
