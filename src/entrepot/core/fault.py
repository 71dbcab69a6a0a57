"""The one exception of the core: why something was refused.

Knows the closed set of kinds. Must not know HTTP statuses, vendor codes or wording: each dialect has a total table
from kinds to its own words. ``message`` is safe to show to the client and says what was wrong, with what value, and
what to do; it never holds a secret, a signature or a path of the server.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from entrepot.core.explanation import Explanation

UNAVAILABLE: Final = "unavailable"
"""The reason of a STORAGE_FAILED that dialects call a service that is not there for the moment."""


class Kind(StrEnum):
    """Why a request was refused. Dialects map every member (``tests/arch`` checks that the maps are total)."""

    # who asks
    SIGNATURE_MISSING = "signature-missing"
    SIGNATURE_MALFORMED = "signature-malformed"
    SIGNATURE_MISMATCH = "signature-mismatch"
    SIGNATURE_EXPIRED = "signature-expired"
    SIGNATURE_SPENT = "signature-spent"
    SIGNATURE_FOREIGN = "signature-foreign"
    """The signature is genuine but was made for another account, bucket, object or operation."""
    KEY_UNKNOWN = "key-unknown"
    ACCESS_DENIED = "access-denied"
    THROTTLED = "throttled"
    # what is asked
    MALFORMED = "malformed"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    NOT_IMPLEMENTED = "not-implemented"
    PARAMETER_MISSING = "parameter-missing"
    PARAMETER_INVALID = "parameter-invalid"
    NAME_INVALID = "name-invalid"
    BODY_INCOMPLETE = "body-incomplete"
    TOO_LARGE = "too-large"
    TOO_SMALL = "too-small"
    LENGTH_MISSING = "length-missing"
    DIGEST_MISMATCH = "digest-mismatch"
    SIZE_MISMATCH = "size-mismatch"
    RANGE_INVALID = "range-invalid"
    # what is there
    BUCKET_MISSING = "bucket-missing"
    BUCKET_EXISTS = "bucket-exists"
    BUCKET_NOT_EMPTY = "bucket-not-empty"
    OBJECT_MISSING = "object-missing"
    OBJECT_EXISTS = "object-exists"
    OBJECT_LOCKED = "object-locked"
    PATH_CONFLICT = "path-conflict"
    DIRECTORY_NOT_EMPTY = "directory-not-empty"
    UPLOAD_MISSING = "upload-missing"
    UPLOAD_INCOMPLETE = "upload-incomplete"
    PART_INVALID = "part-invalid"
    PART_CONFLICT = "part-conflict"
    PART_ORDER = "part-order"
    PART_TOO_SMALL = "part-too-small"
    APPEND_CONFLICT = "append-conflict"
    """Bytes cannot be appended: ``position=`` is not the end, or (reason ``kind``) it is no such object."""
    LINK_BROKEN = "link-broken"
    CONFIGURATION_MISSING = "configuration-missing"
    """The bucket or object has no such configuration: cors, lifecycle, tags (named by ``reason``)."""
    CALLBACK_FAILED = "callback-failed"
    POLICY_VIOLATED = "policy-violated"
    TOKEN_INVALID = "token-invalid"  # noqa: S105 - a kind, not a token
    REQUEST_SKEWED = "request-skewed"
    PRECONDITION_FAILED = "precondition-failed"
    NOT_MODIFIED = "not-modified"
    # what went wrong here
    STORAGE_FAILED = "storage-failed"
    STORAGE_FULL = "storage-full"
    INTERNAL = "internal"


class Fault(Exception):  # noqa: N818 - a fault is not always an error: NOT_MODIFIED, RANGE_INVALID
    """A refusal.

    Args:
        kind: the class of the refusal.
        message: one sentence for the client.
        reason: a dialect's own finer row, when one kind covers several of its codes; None elsewhere.
        facts: typed details that a dialect may render (``expected=``, ``actual=``, ``etag=`` …).
    """

    def __init__(self, kind: Kind, message: str, *, reason: str | None = None, **facts: str | int) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.reason = reason
        self.facts = facts
        self.explanation: Explanation | None = None
        """What the reply tells beside the message, where that is meant to be told; see ``front.explaining``."""
        self.denial: object | None = None
        """What was asked and refused (:mod:`entrepot.core.rights.denial`), for whoever runs the server; never shown."""

    @classmethod
    def of_row(cls, row: tuple[Kind, str | None], message: str) -> Fault:
        """A fault of any row (kind and reason) of a dialect's table, which a test asked for."""
        return cls(row[0], message, reason=row[1])
