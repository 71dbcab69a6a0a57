"""The faults of the S3-like family: a row for every kind, which each cloud changes where it differs.

Data only. The codes are those of S3, which the others took over; whether a cloud's own documents name a code too is
said by the cloud, and what no S3-like cloud can be asked is marked as assumed here. Source: AWS "Error responses".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from entrepot.core.fault import Kind
from entrepot.dialects.s3like.flavour import Row, Source

Rows = Mapping[tuple[Kind, str | None], Row]

FAMILY: Final[Rows] = {
    (Kind.SIGNATURE_MISSING, None): Row(403, "AccessDenied"),
    (Kind.SIGNATURE_MALFORMED, None): Row(400, "InvalidArgument"),
    (Kind.SIGNATURE_MISMATCH, None): Row(403, "SignatureDoesNotMatch"),
    (Kind.SIGNATURE_EXPIRED, None): Row(403, "AccessDenied", "Request has expired."),
    (Kind.SIGNATURE_SPENT, None): Row(403, "AccessDenied", source="assumed"),
    (Kind.SIGNATURE_FOREIGN, None): Row(403, "AccessDenied", source="assumed"),
    (Kind.KEY_UNKNOWN, None): Row(403, "InvalidAccessKeyId"),
    (Kind.TOKEN_INVALID, None): Row(400, "InvalidToken"),
    (Kind.REQUEST_SKEWED, None): Row(
        403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large."
    ),
    (Kind.ACCESS_DENIED, None): Row(403, "AccessDenied"),
    (Kind.ACCESS_DENIED, "cors"): Row(403, "AccessForbidden", "CORSResponse: This CORS request is not allowed."),
    (Kind.POLICY_VIOLATED, None): Row(403, "AccessDenied"),
    (Kind.THROTTLED, None): Row(503, "SlowDown"),
    (Kind.MALFORMED, None): Row(400, "InvalidRequest"),
    (Kind.MALFORMED, "xml"): Row(400, "MalformedXML"),
    (Kind.MALFORMED, "transition-class"): Row(400, "MalformedXML"),
    (Kind.MALFORMED, "sse-default"): Row(400, "MalformedXML"),
    (Kind.MALFORMED, "no-body"): Row(400, "MissingRequestBodyError"),
    (Kind.MALFORMED, "policy"): Row(400, "InvalidPolicyDocument"),
    (Kind.MALFORMED, "form"): Row(400, "MalformedPOSTRequest"),
    (Kind.MALFORMED, "field-long"): Row(400, "MalformedPOSTRequest"),
    (Kind.MALFORMED, "form-no-file"): Row(400, "IncorrectNumberOfFilesInPostRequest"),
    (Kind.MALFORMED, "form-files"): Row(400, "IncorrectNumberOfFilesInPostRequest"),
    (Kind.MALFORMED, "utf8"): Row(400, "InvalidURI"),
    (Kind.MALFORMED, "query"): Row(400, "InvalidURI"),
    (Kind.METHOD_NOT_ALLOWED, None): Row(405, "MethodNotAllowed"),
    (Kind.NOT_IMPLEMENTED, None): Row(501, "NotImplemented"),
    (Kind.PARAMETER_MISSING, None): Row(400, "InvalidArgument"),
    (Kind.PARAMETER_MISSING, "md5"): Row(400, "InvalidRequest"),
    (Kind.PARAMETER_MISSING, "no-acl"): Row(400, "MissingSecurityHeader"),
    (Kind.PARAMETER_INVALID, None): Row(400, "InvalidArgument"),
    (Kind.PARAMETER_INVALID, "digest"): Row(400, "InvalidDigest"),
    (Kind.PARAMETER_INVALID, "checksum"): Row(400, "InvalidRequest"),
    (Kind.PARAMETER_INVALID, "tag"): Row(400, "InvalidTag"),
    (Kind.PARAMETER_INVALID, "tag-count"): Row(400, "InvalidTag"),
    (Kind.PARAMETER_INVALID, "storage-class"): Row(400, "InvalidStorageClass"),
    (Kind.PARAMETER_INVALID, "preflight"): Row(400, "BadRequest"),
    (Kind.NAME_INVALID, None): Row(400, "InvalidURI"),
    (Kind.NAME_INVALID, "long"): Row(400, "KeyTooLongError"),
    (Kind.NAME_INVALID, "bucket"): Row(400, "InvalidBucketName"),
    (Kind.BODY_INCOMPLETE, None): Row(400, "IncompleteBody"),
    (Kind.LENGTH_MISSING, None): Row(411, "MissingContentLength"),
    (Kind.TOO_LARGE, None): Row(400, "EntityTooLarge"),
    (Kind.TOO_LARGE, "metadata"): Row(400, "MetadataTooLarge"),
    (Kind.TOO_LARGE, "xml-size"): Row(400, "MaxMessageLengthExceeded"),
    (Kind.TOO_LARGE, "fields"): Row(400, "MaxPostPreDataLengthExceededError"),
    (Kind.TOO_LARGE, "field-long"): Row(400, "MaxPostPreDataLengthExceededError"),
    (Kind.TOO_SMALL, None): Row(400, "EntityTooSmall"),
    (Kind.DIGEST_MISMATCH, None): Row(400, "BadDigest"),
    (Kind.SIZE_MISMATCH, None): Row(400, "InvalidRequest", source="assumed"),
    (Kind.RANGE_INVALID, None): Row(416, "InvalidRange"),
    (Kind.RANGE_INVALID, "part"): Row(416, "InvalidPartNumber"),
    (Kind.BUCKET_MISSING, None): Row(404, "NoSuchBucket", "The specified bucket does not exist."),
    (Kind.BUCKET_EXISTS, None): Row(409, "BucketAlreadyExists"),
    (Kind.BUCKET_EXISTS, "own"): Row(409, "BucketAlreadyOwnedByYou"),
    (Kind.BUCKET_NOT_EMPTY, None): Row(409, "BucketNotEmpty", "The bucket you tried to delete is not empty."),
    (Kind.OBJECT_MISSING, None): Row(404, "NoSuchKey", "The specified key does not exist."),
    (Kind.OBJECT_EXISTS, None): Row(409, "FileAlreadyExists"),
    (Kind.OBJECT_LOCKED, None): Row(403, "AccessDenied", source="assumed"),
    (Kind.OBJECT_LOCKED, "archived"): Row(
        403, "InvalidObjectState", "The operation is not valid for the object's storage class", source="document"
    ),
    (Kind.PARAMETER_INVALID, "not-archived"): Row(
        403, "InvalidObjectState", "Restore is not allowed for the object's current storage class", source="document"
    ),
    (Kind.PATH_CONFLICT, None): Row(409, "PathConflict", source="assumed"),
    (Kind.DIRECTORY_NOT_EMPTY, None): Row(409, "PathConflict", source="assumed"),
    (Kind.UPLOAD_MISSING, None): Row(404, "NoSuchUpload", "The specified multipart upload does not exist."),
    (Kind.UPLOAD_INCOMPLETE, None): Row(400, "InvalidRequest"),
    (Kind.PART_INVALID, None): Row(400, "InvalidPart"),
    (Kind.PART_INVALID, "number"): Row(400, "InvalidArgument"),
    (Kind.PART_CONFLICT, None): Row(400, "InvalidPart", source="assumed"),
    (Kind.PART_ORDER, None): Row(400, "InvalidPartOrder"),
    (Kind.PART_TOO_SMALL, None): Row(400, "EntityTooSmall"),
    (Kind.APPEND_CONFLICT, None): Row(409, "AppendPositionErr"),
    (Kind.APPEND_CONFLICT, "kind"): Row(409, "ObjectNotAppendable"),
    (Kind.LINK_BROKEN, None): Row(404, "NoSuchKey", source="assumed"),
    (Kind.CONFIGURATION_MISSING, None): Row(404, "NoSuchConfiguration"),
    (Kind.CONFIGURATION_MISSING, "cors"): Row(404, "NoSuchCORSConfiguration"),
    (Kind.CONFIGURATION_MISSING, "lifecycle"): Row(404, "NoSuchLifecycleConfiguration"),
    (Kind.CONFIGURATION_MISSING, "tags"): Row(404, "NoSuchTagSet"),
    (Kind.CALLBACK_FAILED, None): Row(203, "CallbackFailed"),
    (Kind.PRECONDITION_FAILED, None): Row(
        412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold."
    ),
    (Kind.NOT_MODIFIED, None): Row(304, "NotModified"),
    (Kind.STORAGE_FAILED, None): Row(500, "InternalError"),
    (Kind.STORAGE_FAILED, "unavailable"): Row(503, "ServiceUnavailable", source="assumed"),
    (Kind.STORAGE_FULL, None): Row(503, "ServiceUnavailable", source="assumed"),
    (Kind.INTERNAL, None): Row(500, "InternalError"),
}


def codes(source: Source, by_status: Mapping[int, str]) -> Mapping[tuple[int, str], Source]:
    """The source of codes, which are given by status, with blanks between."""
    return {(status, code): source for status, names in by_status.items() for code in names.split()}


def with_own(own: Rows, known: Mapping[tuple[int, str], Source]) -> Rows:
    """The family's rows with a cloud's own over them, each with its source.

    A row that states none has that of its status and code in ``known``; what is not known there is assumed.
    """
    return {
        key: row if row.source is not None else replace(row, source=known.get((row.status, row.code), "assumed"))
        for key, row in {**FAMILY, **own}.items()
    }
