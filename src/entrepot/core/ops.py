"""Operations: the closed union of everything that the store can be asked to do.

They are written down by subject (``bucket_ops``, ``object_ops``, ``upload_ops``, ``mint_ops``,
``note_ops``); everybody else finds them here.
"""

from __future__ import annotations

from entrepot.core.bucket_ops import (
    CreateBucket,
    DeleteBucket,
    ListBuckets,
    MeasureBucket,
    StatBucket,
    UpdateBucket,
)
from entrepot.core.mint_ops import CallApi, MintCredential
from entrepot.core.note_ops import ChangeNotes, FindNote, ListNotes, NoteChange
from entrepot.core.object_ops import (
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
    StatObject,
    UpdateObject,
)
from entrepot.core.records import Acl
from entrepot.core.upload_ops import (
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
    | PutObject | AppendObject | StatObject | ReadObject | DeleteObject | DeleteObjects | UpdateObject
    | CopyObject | CopyInto
    | StartUpload | PutPart | CompleteUpload | FindUpload
    | StartMultipart | PutNumberedPart | CopyPart | CompleteMultipart | AbortUpload | ListParts | ListUploads
    | MintCredential | CallApi | FindNote | ListNotes | ChangeNotes
)  # fmt: skip
