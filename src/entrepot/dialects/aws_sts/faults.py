"""The errors of AWS's STS: status, code and sentence for every kind of fault, and where they come from.

Data only, but for the lookup. Source: AWS "Common errors" and the errors of AssumeRole in the API reference of STS.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from entrepot.core.fault import Fault, Kind

Source = Literal["document", "SDK", "observed", "assumed"]


@dataclass(frozen=True, slots=True)
class Row:
    """One error. Without a sentence of the cloud's the fault's own is shown."""

    status: int
    code: str
    message: str = ""
    source: Source = "document"


_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key"
    " and signing method. Consult the service documentation for details."
)
_VALIDATION = Row(400, "ValidationError")
_BROKEN = Row(500, "InternalFailure")
_STORAGE_ONLY = Row(400, "ValidationError", "", "assumed")
"""For what no call can be refused for, unless an operation behind it grows."""

FAULTS: Final[Mapping[tuple[Kind, str | None], Row]] = {
    (Kind.SIGNATURE_MISSING, None): Row(
        403, "MissingAuthenticationToken", "Request is missing Authentication Token", "observed"
    ),
    (Kind.SIGNATURE_MALFORMED, None): Row(400, "IncompleteSignature"),
    (Kind.SIGNATURE_MISMATCH, None): Row(403, "SignatureDoesNotMatch", _MISMATCH, "observed"),
    (Kind.SIGNATURE_EXPIRED, None): Row(403, "SignatureDoesNotMatch", "", "observed"),
    (Kind.SIGNATURE_SPENT, None): Row(403, "AccessDenied", "", "assumed"),
    (Kind.SIGNATURE_FOREIGN, None): Row(403, "AccessDenied", "", "assumed"),
    (Kind.KEY_UNKNOWN, None): Row(
        403, "InvalidClientTokenId", "The security token included in the request is invalid.", "observed"
    ),
    (Kind.TOKEN_INVALID, None): Row(
        403, "InvalidClientTokenId", "The security token included in the request is invalid.", "observed"
    ),
    (Kind.TOKEN_INVALID, "token-expired"): Row(
        403, "ExpiredToken", "The security token included in the request is expired", "observed"
    ),
    (Kind.REQUEST_SKEWED, None): Row(403, "SignatureDoesNotMatch", "", "observed"),
    (Kind.ACCESS_DENIED, None): Row(403, "AccessDenied"),
    (Kind.POLICY_VIOLATED, None): Row(403, "AccessDenied", "", "assumed"),
    (Kind.THROTTLED, None): Row(400, "Throttling", "Rate exceeded"),
    (Kind.MALFORMED, None): _VALIDATION,
    (Kind.METHOD_NOT_ALLOWED, None): Row(405, "MethodNotAllowed", "", "assumed"),
    (Kind.NOT_IMPLEMENTED, None): _VALIDATION,
    (Kind.NOT_IMPLEMENTED, "api"): Row(400, "InvalidAction"),
    (Kind.PARAMETER_MISSING, None): _VALIDATION,
    (Kind.PARAMETER_MISSING, "action"): Row(400, "MissingAction"),
    (Kind.PARAMETER_INVALID, None): _VALIDATION,
    (Kind.PARAMETER_INVALID, "policy-size"): Row(400, "PackedPolicyTooLarge"),
    (Kind.PARAMETER_INVALID, "policy-format"): Row(400, "MalformedPolicyDocument"),
    (Kind.PARAMETER_INVALID, "policy-foreign"): Row(400, "MalformedPolicyDocument", "", "assumed"),
    (Kind.NAME_INVALID, None): _VALIDATION,
    (Kind.BODY_INCOMPLETE, None): Row(400, "IncompleteBody", "", "assumed"),
    (Kind.TOO_LARGE, None): Row(413, "RequestEntityTooLarge", "", "assumed"),
    (Kind.OBJECT_MISSING, None): _STORAGE_ONLY,
    (Kind.OBJECT_MISSING, "role"): Row(403, "AccessDenied", "", "observed"),
    (Kind.STORAGE_FAILED, None): _BROKEN,
    (Kind.STORAGE_FAILED, "unavailable"): Row(503, "ServiceUnavailable"),
    (Kind.STORAGE_FULL, None): Row(503, "ServiceUnavailable"),
    (Kind.INTERNAL, None): _BROKEN,
    **{
        (kind, None): _STORAGE_ONLY
        for kind in (
            Kind.TOO_SMALL, Kind.LENGTH_MISSING, Kind.DIGEST_MISMATCH, Kind.SIZE_MISMATCH, Kind.RANGE_INVALID,
            Kind.BUCKET_MISSING, Kind.BUCKET_EXISTS, Kind.BUCKET_NOT_EMPTY, Kind.OBJECT_EXISTS, Kind.OBJECT_LOCKED,
            Kind.PATH_CONFLICT, Kind.DIRECTORY_NOT_EMPTY, Kind.UPLOAD_MISSING, Kind.UPLOAD_INCOMPLETE,
            Kind.PART_INVALID, Kind.PART_CONFLICT, Kind.PART_ORDER, Kind.PART_TOO_SMALL, Kind.APPEND_CONFLICT,
            Kind.LINK_BROKEN, Kind.CONFIGURATION_MISSING, Kind.CALLBACK_FAILED, Kind.PRECONDITION_FAILED,
            Kind.NOT_MODIFIED,
        )
    },
}  # fmt: skip


def row_of(fault: Fault) -> Row:
    """The row of a fault: by kind and reason, else by kind."""
    row = FAULTS.get((fault.kind, fault.reason))
    return FAULTS[fault.kind, None] if row is None else row
