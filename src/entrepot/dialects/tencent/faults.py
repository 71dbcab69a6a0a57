"""The error codes of API 3.0 for every fault that a call can end in, each with where it comes from.

Data only, but for finding the row. Codes beyond the common ones belong to one API or one product.
Source: document 213/30435 (common error codes); the seeds of MS and VOD; wire facts of Tencent §1.5, §2.1, §3.1, §8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from entrepot.core.fault import Fault, Kind

Source = Literal["seed", "document", "SDK", "assumed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A code, and the cloud's own message where it has one; otherwise the fault's is shown."""

    code: str
    source: Source
    message: str = ""


def _documented(code: str, message: str = "") -> Row:
    return Row(code=code, source="document", message=message)


def _of_sdk(code: str) -> Row:
    return Row(code=code, source="SDK")


def _assumed(code: str) -> Row:
    return Row(code=code, source="assumed")


FAULTS: Final[Mapping[tuple[Kind, str | None], Row]] = {
    # who asks
    (Kind.SIGNATURE_MISSING, None): _documented("AuthFailure.InvalidAuthorization"),
    (Kind.SIGNATURE_MALFORMED, None): _documented("AuthFailure.InvalidAuthorization"),
    (Kind.SIGNATURE_MALFORMED, "timestamp-missing"): _documented("MissingParameter"),
    (Kind.SIGNATURE_MALFORMED, "timestamp"): _documented("InvalidParameter"),
    (Kind.SIGNATURE_MALFORMED, "credential-date"): _documented("AuthFailure.SignatureFailure"),
    (Kind.SIGNATURE_MALFORMED, "method"): _documented("InvalidParameter"),
    (Kind.SIGNATURE_MISMATCH, None): _documented(
        "AuthFailure.SignatureFailure",
        "The provided credentials could not be validated. Please check your signature is correct.",
    ),
    (Kind.REQUEST_SKEWED, None): _documented("AuthFailure.SignatureExpire"),
    (Kind.SIGNATURE_EXPIRED, None): _documented("AuthFailure.SignatureExpire"),
    (Kind.SIGNATURE_SPENT, None): _assumed("AuthFailure.SignatureFailure"),
    (Kind.SIGNATURE_FOREIGN, None): _assumed("AuthFailure.SignatureFailure"),
    (Kind.KEY_UNKNOWN, None): _documented("AuthFailure.SecretIdNotFound"),
    (Kind.TOKEN_INVALID, None): _documented("AuthFailure.TokenFailure"),
    (Kind.ACCESS_DENIED, None): _documented("AuthFailure.UnauthorizedOperation"),
    (Kind.ACCESS_DENIED, "application"): _of_sdk("UnauthorizedOperation.SubApp"),
    (Kind.ACCESS_DENIED, "temporary"): _of_sdk("FailedOperation.TempKeyNotAllowed"),
    (Kind.THROTTLED, None): _documented("RequestLimitExceeded"),
    # what is asked
    (Kind.NOT_IMPLEMENTED, None): _documented("UnsupportedOperation"),
    (Kind.NOT_IMPLEMENTED, "action"): _documented("InvalidAction"),
    (Kind.NOT_IMPLEMENTED, "version"): _documented("NoSuchVersion"),
    (Kind.METHOD_NOT_ALLOWED, None): _documented("UnsupportedProtocol"),
    (Kind.PARAMETER_MISSING, None): _documented("MissingParameter"),
    (Kind.PARAMETER_INVALID, None): _documented("InvalidParameterValue"),
    (Kind.PARAMETER_INVALID, "unknown"): _documented("UnknownParameter"),
    (Kind.PARAMETER_INVALID, "type"): _documented("InvalidParameter"),
    (Kind.PARAMETER_INVALID, "policy-format"): _assumed("InvalidParameter"),
    (Kind.PARAMETER_INVALID, "policy-size"): _assumed("InvalidParameter"),
    (Kind.PARAMETER_INVALID, "policy-foreign"): _assumed("InvalidParameter"),
    (Kind.PARAMETER_INVALID, "policy-application"): _of_sdk("FailedOperation.BucketIdNotMatch"),
    (Kind.PARAMETER_INVALID, "storage-region"): _of_sdk("InvalidParameterValue.UnsupportedStorageRegion"),
    (Kind.PARAMETER_INVALID, "storage-filter"): _of_sdk("InvalidFilter"),
    (Kind.MALFORMED, None): _documented("InvalidParameter"),
    (Kind.MALFORMED, "form"): _documented("InvalidRequest"),
    (Kind.NAME_INVALID, None): _documented("InvalidParameterValue"),
    (Kind.NAME_INVALID, "call-path"): _documented("InvalidRequest"),
    (Kind.TOO_LARGE, None): _documented("RequestSizeLimitExceeded"),
    (Kind.TOO_SMALL, None): _assumed("InvalidParameterValue"),
    (Kind.BODY_INCOMPLETE, None): _documented("InvalidRequest"),
    (Kind.LENGTH_MISSING, None): _assumed("InvalidRequest"),
    (Kind.DIGEST_MISMATCH, None): _assumed("InvalidRequest"),
    (Kind.SIZE_MISMATCH, None): _assumed("InvalidRequest"),
    (Kind.RANGE_INVALID, None): _assumed("InvalidParameterValue"),
    (Kind.POLICY_VIOLATED, None): _assumed("UnauthorizedOperation"),
    # what is there
    (Kind.BUCKET_MISSING, None): _documented("ResourceNotFound"),
    (Kind.BUCKET_EXISTS, None): _documented("ResourceInUse"),
    (Kind.BUCKET_NOT_EMPTY, None): _assumed("ResourceInUse"),
    (Kind.OBJECT_MISSING, None): _documented("ResourceNotFound"),
    (Kind.OBJECT_EXISTS, None): _documented("ResourceInUse"),
    (Kind.OBJECT_LOCKED, None): _assumed("ResourceUnavailable"),
    (Kind.PATH_CONFLICT, None): _assumed("ResourceInUse"),
    (Kind.DIRECTORY_NOT_EMPTY, None): _assumed("ResourceInUse"),
    (Kind.UPLOAD_MISSING, None): _assumed("ResourceNotFound"),
    (Kind.UPLOAD_INCOMPLETE, None): _assumed("FailedOperation"),
    (Kind.PART_INVALID, None): _assumed("FailedOperation"),
    (Kind.PART_CONFLICT, None): _assumed("FailedOperation"),
    (Kind.PART_ORDER, None): _assumed("FailedOperation"),
    (Kind.PART_TOO_SMALL, None): _assumed("FailedOperation"),
    (Kind.APPEND_CONFLICT, None): _assumed("FailedOperation"),
    (Kind.LINK_BROKEN, None): _assumed("ResourceNotFound"),
    (Kind.CONFIGURATION_MISSING, None): _assumed("ResourceNotFound"),
    (Kind.CALLBACK_FAILED, None): _assumed("FailedOperation"),
    (Kind.PRECONDITION_FAILED, None): _assumed("FailedOperation"),
    (Kind.NOT_MODIFIED, None): _assumed("FailedOperation"),
    # what went wrong here
    (Kind.STORAGE_FAILED, None): _documented("InternalError"),
    (Kind.STORAGE_FAILED, "unavailable"): _documented("ServiceUnavailable"),
    (Kind.STORAGE_FULL, None): _documented("ServiceUnavailable"),
    (Kind.INTERNAL, None): _documented("InternalError"),
}


def _of_seed(code: str) -> Row:
    return Row(code=code, source="seed")


OF_PRODUCTS: Final[Mapping[str, Mapping[tuple[Kind, str | None], Row]]] = {
    "ms": {
        (Kind.ACCESS_DENIED, None): _of_seed("UnauthorizedOperation.AuthFailed"),
        (Kind.STORAGE_FAILED, None): _of_seed("InternalError.ServerError"),
        (Kind.STORAGE_FAILED, "unavailable"): _of_seed("ResourceUnavailable"),
        (Kind.STORAGE_FULL, None): _of_seed("ResourceUnavailable"),
    },
    "sts": {
        (Kind.PARAMETER_INVALID, None): _of_sdk("InvalidParameter.ParamError"),
        (Kind.PARAMETER_INVALID, "range"): _of_sdk("InvalidParameter.OverTimeError"),
        (Kind.PARAMETER_INVALID, "policy-format"): _of_sdk("InvalidParameter.StrategyFormatError"),
        (Kind.PARAMETER_INVALID, "policy-size"): _of_sdk("InvalidParameter.PolicyTooLong"),
        (Kind.PARAMETER_INVALID, "policy-foreign"): _of_sdk("InvalidParameter.GrantOtherResource"),
    },
}
"""Codes that one product has where the others have the common ones."""


def row_of(fault: Fault, product: str = "") -> Row:
    """The row of a fault; a reason without one takes its kind's."""
    own = OF_PRODUCTS.get(product, {})
    finer, kind = (fault.kind, fault.reason), (fault.kind, None)
    return own.get(finer) or FAULTS.get(finer) or own.get(kind) or FAULTS[kind]
