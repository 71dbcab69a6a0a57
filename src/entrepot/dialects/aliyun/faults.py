"""The errors of Alibaba Cloud's OpenAPI: status, code and sentence for every kind of fault, and where they come from.

Data only, but for the lookup. ``{field}`` in a code or sentence is the parameter that the fault names. Source: wire
facts of Alibaba §1.4 (the common errors), §1.6 (STS), §2.2 (HBR).
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


_MISMATCH = "Specified signature is not matched with our calculation. server string to sign is:{string_to_sign}"
_INVALID = Row(400, "Invalid{field}", "Specified parameter {field} is not valid.")
_MISSING = Row(400, "Missing{field}", "{field} is mandatory for this action.")
_BAD = Row(400, "BadRequest", "The request has invalid parameters.")
_UNAVAILABLE = Row(503, "ServiceUnavailable", "The request has failed due to a temporary failure of the server.")
_BROKEN = Row(500, "InternalError", "The request processing has failed due to some unknown error.")
_STORAGE_ONLY = Row(400, "BadRequest", "The request has invalid parameters.", "assumed")
"""For what no call can be refused for, unless an operation behind it grows."""

FAULTS: Final[Mapping[tuple[Kind, str | None], Row]] = {
    (Kind.SIGNATURE_MISSING, None): Row(400, "MissingAccessKeyId", "AccessKeyId is mandatory for this action."),
    (Kind.SIGNATURE_MALFORMED, None): Row(
        400, "IncompleteSignature", "The request signature does not conform to Aliyun standards."
    ),
    (Kind.SIGNATURE_MALFORMED, "algorithm"): Row(
        400, "InvalidSignatureMethod", "Specified signature method is not valid."
    ),
    (Kind.SIGNATURE_MALFORMED, "parameter-missing"): _MISSING,
    (Kind.SIGNATURE_MALFORMED, "time"): Row(
        400, "InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted."
    ),
    (Kind.SIGNATURE_MALFORMED, "time-missing"): Row(
        400, "IllegalTimestamp",
        'The input parameter "Timestamp" that is mandatory for processing this request is not supplied.',
    ),
    (Kind.SIGNATURE_MISMATCH, None): Row(400, "SignatureDoesNotMatch", _MISMATCH, "observed"),
    (Kind.SIGNATURE_EXPIRED, None): Row(
        400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.", "assumed"
    ),
    (Kind.SIGNATURE_SPENT, None): Row(
        400, "SignatureNonceUsed", "Specified signature nonce was used already.", "observed"
    ),
    (Kind.SIGNATURE_FOREIGN, None): Row(403, "NoPermission", "", "assumed"),
    (Kind.KEY_UNKNOWN, None): Row(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found."),
    (Kind.TOKEN_INVALID, None): Row(
        400, "InvalidSecurityToken.MismatchWithAccessKey", "Specified SecurityToken mismatch with the AccessKey.",
        "assumed",
    ),
    (Kind.TOKEN_INVALID, "token-missing"): Row(
        400, "MissingSecurityToken", "SecurityToken is mandatory for this action."
    ),
    (Kind.TOKEN_INVALID, "token-expired"): Row(
        400, "InvalidSecurityToken.Expired", "Specified SecurityToken is expired.", "assumed"
    ),
    (Kind.REQUEST_SKEWED, None): Row(
        400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired."
    ),
    (Kind.ACCESS_DENIED, None): Row(403, "NoPermission", "User is not authorized to do this operation."),
    (Kind.POLICY_VIOLATED, None): Row(403, "NoPermission", "", "assumed"),
    (Kind.THROTTLED, None): Row(400, "Throttling.User", "Request was denied due to user flow control."),
    (Kind.MALFORMED, None): _BAD,
    (Kind.METHOD_NOT_ALLOWED, None): Row(400, "UnsupportedHTTPMethod", "This http method is not supported."),
    (Kind.NOT_IMPLEMENTED, None): Row(400, "UnsupportedOperation", "", "assumed"),
    (Kind.NOT_IMPLEMENTED, "api"): Row(
        404, "InvalidApi.NotFound", "Specified api is not found, please check your url and method."
    ),
    (Kind.NOT_IMPLEMENTED, "version"): Row(400, "NoSuchVersion", "The specified version does not exist."),
    (Kind.PARAMETER_MISSING, None): _MISSING,
    (Kind.PARAMETER_INVALID, None): _INVALID,
    (Kind.PARAMETER_INVALID, "format"): Row(
        400, "InvalidParameter.Format", "Specified parameter format is not valid."
    ),
    (Kind.PARAMETER_INVALID, "role-arn"): Row(400, "InvalidParameter.RoleArn"),
    (Kind.PARAMETER_INVALID, "role-session"): Row(400, "InvalidParameter.RoleSessionName"),
    (Kind.PARAMETER_INVALID, "role-seconds"): Row(400, "InvalidParameter.DurationSeconds"),
    (Kind.PARAMETER_INVALID, "policy-size"): Row(400, "InvalidParameter.PolicySize"),
    (Kind.PARAMETER_INVALID, "policy-format"): Row(400, "InvalidParameter.PolicyGrammar"),
    (Kind.PARAMETER_INVALID, "policy-foreign"): Row(400, "InvalidParameter.PolicyGrammar", "", "assumed"),
    (Kind.NAME_INVALID, None): _INVALID,
    (Kind.BODY_INCOMPLETE, None): _BAD,
    (Kind.TOO_LARGE, None): Row(400, "InvalidParameter", "", "assumed"),
    (Kind.OBJECT_MISSING, None): Row(404, "ObjectNotExist", "OSS object doesn't exist."),
    (Kind.OBJECT_MISSING, "role"): Row(404, "EntityNotExist.Role"),
    (Kind.BUCKET_MISSING, None): Row(404, "ResourceNotFound", "The specified resource is not found."),
    (Kind.STORAGE_FAILED, None): _BROKEN,
    (Kind.STORAGE_FAILED, "unavailable"): _UNAVAILABLE,
    (Kind.STORAGE_FULL, None): _UNAVAILABLE,
    (Kind.INTERNAL, None): _BROKEN,
    **{
        (kind, None): _STORAGE_ONLY
        for kind in (
            Kind.TOO_SMALL, Kind.LENGTH_MISSING, Kind.DIGEST_MISMATCH, Kind.SIZE_MISMATCH, Kind.RANGE_INVALID,
            Kind.BUCKET_EXISTS, Kind.BUCKET_NOT_EMPTY, Kind.OBJECT_EXISTS, Kind.OBJECT_LOCKED, Kind.PATH_CONFLICT,
            Kind.DIRECTORY_NOT_EMPTY, Kind.UPLOAD_MISSING, Kind.UPLOAD_INCOMPLETE, Kind.PART_INVALID,
            Kind.PART_CONFLICT, Kind.PART_ORDER, Kind.PART_TOO_SMALL, Kind.APPEND_CONFLICT, Kind.LINK_BROKEN,
            Kind.CONFIGURATION_MISSING, Kind.CALLBACK_FAILED, Kind.PRECONDITION_FAILED, Kind.NOT_MODIFIED,
        )
    },
}  # fmt: skip


def row_of(fault: Fault) -> Row:
    """The row of a fault: by kind and reason, else by kind."""
    row = FAULTS.get((fault.kind, fault.reason))
    return FAULTS[fault.kind, None] if row is None else row
