"""The faults of COS XML where they differ from the family's.

Data only. Source: wire facts of Tencent §6.3, §7.3 to §7.8 (the cloud's page 436/7730).

What is not here is 405 and not 501: the SDKs for Go, Python and Node.js repeat every status from 500 on.
"""

from __future__ import annotations

from typing import Final

from entrepot.core.fault import Kind
from entrepot.dialects.s3like.faults import Rows, codes, with_own
from entrepot.dialects.s3like.flavour import Row

_KNOWN = codes("document", {
    304: "NotModified",
    400: "BadDigest EntityTooLarge EntityTooSmall IncompleteBody IncorrectNumberOfFilesInPostRequest InvalidArgument"
    " InvalidBucketName InvalidCopySource InvalidDigest InvalidPart InvalidPartOrder InvalidPolicyDocument"
    " InvalidRequest InvalidTag InvalidURI KeyTooLong MalformedPOSTRequest MalformedXML MissingContentMD5"
    " MissingRequestBodyError XMLSizeLimit",
    403: "AccessDenied AccessForbidden InvalidAccessKeyId RequestTimeTooSkewed SignatureDoesNotMatch",
    404: "NoSuchBucket NoSuchCORSConfiguration NoSuchKey NoSuchLifecycleConfiguration NoSuchTagSet NoSuchUpload",
    405: "MethodNotAllowed",
    409: "AppendPositionErr BucketAlreadyExists BucketAlreadyOwnedByYou BucketNotEmpty FileAlreadyExists"
    " ObjectNotAppendable PathConflict",
    411: "MissingContentLength",
    412: "PreconditionFailed",
    416: "InvalidRange",
    500: "InternalError",
    501: "NotImplemented",
    503: "ServiceUnavailable SlowDown",
})  # fmt: skip

FAULTS: Final[Rows] = with_own({
    (Kind.SIGNATURE_MISMATCH, None): Row(403, "SignatureDoesNotMatch", "The Signature you specified is invalid."),
    (Kind.SIGNATURE_EXPIRED, None): Row(403, "AccessDenied", "Request has expired"),
    (Kind.ACCESS_DENIED, None): Row(403, "AccessDenied", "Access Denied."),
    (Kind.SIGNATURE_MALFORMED, None): Row(400, "InvalidArgument", source="assumed"),
    (Kind.KEY_UNKNOWN, None): Row(
        403, "InvalidAccessKeyId", "The access key Id you provided does not exist in our records."
    ),
    (Kind.TOKEN_INVALID, None): Row(403, "InvalidAccessKeyId", source="assumed"),
    (Kind.PARAMETER_MISSING, "md5"): Row(
        400, "MissingContentMD5", "Missing required header for this request: Content-MD5."
    ),
    (Kind.NOT_IMPLEMENTED, None): Row(405, "MethodNotAllowed", source="assumed"),
    (Kind.MALFORMED, "no-body"): Row(400, "MissingRequestBodyError"),
    (Kind.MALFORMED, "self-copy"): Row(400, "InvalidRequest"),
    (Kind.PARAMETER_INVALID, "copy-source"): Row(400, "InvalidCopySource"),
    (Kind.CONFIGURATION_MISSING, "encryption"): Row(404, "NoSuchEncryptionConfiguration", source="SDK"),
    (Kind.BUCKET_MISSING, "source"): Row(404, "NoSuchBucket"),
    (Kind.NAME_INVALID, "long"): Row(400, "KeyTooLong"),
    (Kind.TOO_LARGE, "xml-size"): Row(400, "XMLSizeLimit"),
    (Kind.TOO_LARGE, "metadata"): Row(400, "KeyTooLong"),
    (Kind.APPEND_CONFLICT, None): Row(409, "AppendPositionErr"),
}, _KNOWN)  # fmt: skip

FACTS: Final = {
    "upload": "UploadId", "string_to_sign": "StringToSign", "canonical_request": "FormatString",
    "number": "PartNumber",
}  # fmt: skip
"""Facts of a fault and the elements that show them."""
