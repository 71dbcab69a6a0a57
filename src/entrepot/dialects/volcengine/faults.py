"""The errors of Volcengine's control APIs: status, number, code and sentence for every kind of fault, and their origin.

Data only, but for the lookup. A name in braces is a fact of the fault. Gateway errors have the numbers of its
documents; those of the resource API (document 6358/173282) have names only, so their number and status are assumed.
Source: the seed; wire facts of Volcengine §1.7, §1.8, §2.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from entrepot.core.fault import Fault, Kind

Source = Literal["seed", "document", "observed", "assumed"]


@dataclass(frozen=True, slots=True)
class Row:
    """One error; the fault's own sentence follows the cloud's."""

    status: int
    number: int
    code: str
    message: str = ""
    source: Source = "document"


def _resource(code: str, status: int = 400) -> Row:
    return Row(status, 200_001, code)


_MISSING = Row(400, 100_002, "MissingParameter", "The required parameter {parameter} is missing.", "seed")
_INVALID = Row(400, 200_002, "InvalidParameter", "The specified parameter {parameter} is invalid.", "seed")
_DENIED = Row(403, 100_013, "AccessDenied", "User is not authorized to perform: vms:{action} on resource: *.")
_UNAVAILABLE = Row(
    503, 200_004, "ServiceUnavailable", "The request has failed due to a temporary failure of the server.", "seed"
)
_BROKEN = Row(500, 100_014, "InternalError", "The request has failed due to an unknown error.", "seed")
_BUSY = Row(503, 100_019, "ServiceUnavailableTemp", "", "document")
_CREDENTIAL = Row(
    400, 100_025, "InvalidCredential",
    "Invalid credential in 'Authorization', Pls check credential in authorization header.",
)  # fmt: skip
_STORAGE_ONLY = Row(400, 200_002, "InvalidParameter", "", "assumed")
"""For what only requests of storage are refused for."""

FAULTS: Final[Mapping[tuple[Kind, str | None], Row]] = {
    **{(kind, None): _STORAGE_ONLY for kind in Kind},
    # who asks
    (Kind.SIGNATURE_MISSING, None): Row(
        401, 100_003, "MissingAuthenticationToken", "Request is missing Authentication Token."
    ),
    (Kind.SIGNATURE_MALFORMED, None): Row(
        400, 100_024, "InvalidAuthorization",
        "Invalid 'Authorization' header, Pls check your authorization header.", "observed",
    ),
    (Kind.SIGNATURE_MALFORMED, "date"): Row(
        400, 100_004, "MissingRequestInfo", "The request is missing timestamp information."
    ),
    (Kind.SIGNATURE_MALFORMED, "credential"): _CREDENTIAL,
    (Kind.SIGNATURE_MALFORMED, "credential-date"): _CREDENTIAL,
    (Kind.SIGNATURE_MALFORMED, "scope"): _CREDENTIAL,
    (Kind.SIGNATURE_MALFORMED, "content-sha256"): Row(401, 100_010, "SignatureDoesNotMatch", "", "assumed"),
    (Kind.SIGNATURE_MISMATCH, None): Row(
        401, 100_010, "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your Secret Access Key"
        " and signing method. Consult the service documentation for details.",
    ),
    (Kind.SIGNATURE_EXPIRED, None): Row(
        400, 100_006, "InvalidTimestamp", "The Signature of the request is expired."
    ),
    (Kind.REQUEST_SKEWED, None): Row(400, 100_006, "InvalidTimestamp", "The Signature of the request is expired."),
    (Kind.SIGNATURE_SPENT, None): Row(401, 100_010, "SignatureDoesNotMatch", "", "assumed"),
    (Kind.SIGNATURE_FOREIGN, None): Row(401, 100_010, "SignatureDoesNotMatch", "", "assumed"),
    (Kind.KEY_UNKNOWN, None): Row(
        401, 100_009, "InvalidAccessKey", "The accesskey [{key_id}] included in the request is invalid."
    ),
    (Kind.TOKEN_INVALID, None): Row(401, 100_026, "InvalidSecretToken", "Invalid secret token."),
    (Kind.ACCESS_DENIED, None): _DENIED,
    (Kind.THROTTLED, None): Row(429, 100_018, "FlowLimitExceeded", "rate over limit."),
    # what is asked
    (Kind.NOT_IMPLEMENTED, "action"): Row(
        400, 100_008, "InvalidAction", "The specified action is invalid.", "seed"
    ),
    (Kind.NOT_IMPLEMENTED, None): Row(
        404, 100_008, "InvalidActionOrVersion", "Could not find operation {action} for version {version}."
    ),
    (Kind.NOT_IMPLEMENTED, "service"): Row(404, 100_007, "ServiceNotFound", "This service[{service}] not found."),
    (Kind.METHOD_NOT_ALLOWED, None): Row(405, 100_020, "MethodNotAllowed"),
    (Kind.PARAMETER_MISSING, None): _MISSING,
    (Kind.PARAMETER_MISSING, "action"): Row(
        400, 100_002, "MissingAction", "The request is missing an action.", "seed"
    ),
    (Kind.PARAMETER_MISSING, "voice-key"): _resource("RESOURCE_KEY_IS_NONE"),
    (Kind.PARAMETER_MISSING, "voice-name"): _resource("RESOURCE_NAME_IS_NONE"),
    (Kind.PARAMETER_INVALID, None): _INVALID,
    (Kind.PARAMETER_INVALID, "client-token"): Row(
        400, 200_005, "IdempotentParameterMismatch",
        "Parameters mismatch the previous request with a same ClientToken.", "seed",
    ),
    (Kind.PARAMETER_INVALID, "dry-run"): Row(
        400, 200_006, "DryRunOperation", "The request is validated by a dryrun operation.", "seed"
    ),
    (Kind.THROTTLED, "quota"): Row(400, 200_007, "QuotaExceeded", "{quota} has exceeded the quota.", "seed"),
    (Kind.NAME_INVALID, None): _INVALID,
    (Kind.MALFORMED, None): _INVALID,
    (Kind.MALFORMED, "voice"): _resource("FILE_ANALYSE_ERROR"),
    (Kind.TOO_LARGE, None): _INVALID,
    (Kind.TOO_LARGE, "voice"): _resource("RESOURCE_SIZE_OVER_LIMIT"),
    (Kind.TOO_SMALL, "voice"): _resource("EMPTY_RESOURCE_BODY"),
    (Kind.BODY_INCOMPLETE, None): _INVALID,
    # what is there
    (Kind.OBJECT_MISSING, "voice"): _resource("RESOURCE_KEY_IS_NOT_EXIST"),
    (Kind.OBJECT_MISSING, "voice-upload"): _resource("RESOURCE_IS_NONE"),
    (Kind.OBJECT_EXISTS, "voice"): _resource("NOT_REPET_INVOCK"),
    (Kind.OBJECT_LOCKED, None): Row(
        400, 200_003, "OperationDenied", "Operation is denied because the specified resource is in use.", "seed"
    ),
    (Kind.PRECONDITION_FAILED, None): _BUSY,
    # what went wrong here
    (Kind.STORAGE_FAILED, None): _BROKEN,
    (Kind.STORAGE_FAILED, "unavailable"): _UNAVAILABLE,
    (Kind.STORAGE_FULL, None): _UNAVAILABLE,
    (Kind.INTERNAL, None): _BROKEN,
}  # fmt: skip


def row_of(fault: Fault) -> Row:
    """The row of a fault: its reason's, else its kind's."""
    return FAULTS.get((fault.kind, fault.reason)) or FAULTS[fault.kind, None]
