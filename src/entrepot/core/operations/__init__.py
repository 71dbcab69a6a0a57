"""Operations: the closed union of everything that the store can be asked to do.

They are written down by subject (``bucket_ops``, ``object_ops``, ``upload_ops``, ``mint_ops``,
``note_ops``); everybody else finds them here.
"""

from __future__ import annotations

from entrepot.core.facts.records import Acl
from entrepot.core.operations.buckets import (
    CreateBucket,
    DeleteBucket,
    ListBuckets,
    MeasureBucket,
    SettingsChange,
    StatBucket,
    UpdateBucket,
)
from entrepot.core.operations.minting import CallApi, MintCredential
from entrepot.core.operations.notes import ChangeNotes, FindNote, ListNotes, NoteChange
from entrepot.core.operations.objects import (
    AppendObject,
    Check,
    CopyInto,
    CopyObject,
    DeleteObject,
    DeleteObjects,
    ListDirectory,
    ListObjects,
    MakeDirectory,
    Only,
    PutObject,
    ReadObject,
    RemoveDirectory,
    Replace,
    RestoreObject,
    StatObject,
    UpdateObject,
)
from entrepot.core.operations.uploads import (
    AbortUpload,
    CompleteMultipart,
    CompleteUpload,
    CopyPart,
    FindUpload,
    ListParts,
    ListUploads,
    PutNumberedPart,
    PutPart,
    StartMultipart,
    StartUpload,
    WantedPart,
)

__all__ = [
    "AbortUpload",
    "Acl",
    "AppendObject",
    "CallApi",
    "ChangeNotes",
    "Check",
    "CompleteMultipart",
    "CompleteUpload",
    "CopyInto",
    "CopyObject",
    "CopyPart",
    "CreateBucket",
    "DeleteBucket",
    "DeleteObject",
    "DeleteObjects",
    "FindNote",
    "FindUpload",
    "ListBuckets",
    "ListDirectory",
    "ListNotes",
    "ListObjects",
    "ListParts",
    "ListUploads",
    "MakeDirectory",
    "MeasureBucket",
    "MintCredential",
    "NoteChange",
    "Only",
    "Operation",
    "PutNumberedPart",
    "PutObject",
    "PutPart",
    "ReadObject",
    "RemoveDirectory",
    "Replace",
    "RestoreObject",
    "SettingsChange",
    "StartMultipart",
    "StartUpload",
    "StatBucket",
    "StatObject",
    "UpdateBucket",
    "UpdateObject",
    "WantedPart",
]

Operation = (
    ListBuckets | StatBucket | CreateBucket | DeleteBucket | UpdateBucket | MeasureBucket
    | ListDirectory | MakeDirectory | RemoveDirectory | ListObjects
    | PutObject | AppendObject | StatObject | ReadObject | DeleteObject | DeleteObjects | UpdateObject | RestoreObject
    | CopyObject | CopyInto
    | StartUpload | PutPart | CompleteUpload | FindUpload
    | StartMultipart | PutNumberedPart | CopyPart | CompleteMultipart | AbortUpload | ListParts | ListUploads
    | MintCredential | CallApi | FindNote | ListNotes | ChangeNotes
)  # fmt: skip
