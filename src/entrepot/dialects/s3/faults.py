"""The faults of S3 where they differ from the family's.

Data only. Source: AWS "Error responses" and "Authenticating requests".
"""

from __future__ import annotations

from typing import Final

from entrepot.core.fault import Kind
from entrepot.dialects.s3like.faults import Rows, codes, with_own
from entrepot.dialects.s3like.flavour import Row

_KNOWN = codes("document", {
    304: "NotModified",
    400: "AuthorizationHeaderMalformed AuthorizationQueryParametersError BadDigest BadRequest EntityTooLarge"
    " EntityTooSmall ExpiredToken IncompleteBody IncorrectNumberOfFilesInPostRequest InvalidArgument InvalidBucketName"
    " InvalidDigest InvalidEncryptionAlgorithmError InvalidLocationConstraint InvalidRedirectLocation"
    " InvalidPart InvalidPartOrder InvalidPolicyDocument InvalidRequest InvalidStorageClass InvalidTag"
    " InvalidToken InvalidURI KeyTooLongError MalformedPOSTRequest MalformedXML MaxMessageLengthExceeded"
    " MaxPostPreDataLengthExceededError MetadataTooLarge MissingRequestBodyError MissingSecurityHeader"
    " XAmzContentSHA256Mismatch",
    403: "AccessDenied AccessForbidden InvalidAccessKeyId RequestTimeTooSkewed SignatureDoesNotMatch",
    404: "NoSuchBucket NoSuchCORSConfiguration NoSuchKey NoSuchLifecycleConfiguration NoSuchTagSet NoSuchUpload",
    405: "MethodNotAllowed",
    409: "BucketAlreadyExists BucketAlreadyOwnedByYou BucketNotEmpty",
    411: "MissingContentLength",
    412: "PreconditionFailed",
    416: "InvalidRange",
    500: "InternalError",
    501: "NotImplemented",
    503: "ServiceUnavailable SlowDown",
})  # fmt: skip

FAULTS: Final[Rows] = with_own({
    (Kind.TOKEN_INVALID, "token-missing"): Row(403, "InvalidAccessKeyId"),
    (Kind.TOKEN_INVALID, "token-expired"): Row(400, "ExpiredToken", "The provided token has expired."),
    (Kind.SIGNATURE_MALFORMED, None): Row(400, "AuthorizationHeaderMalformed"),
    (Kind.SIGNATURE_MALFORMED, "two"): Row(
        400, "InvalidArgument", "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature"
        " query string parameter or the Authorization header should be specified",
    ),
    (Kind.SIGNATURE_MALFORMED, "expires-range"): Row(400, "AuthorizationQueryParametersError"),
    (Kind.SIGNATURE_MALFORMED, "region-parameter"): Row(400, "AuthorizationQueryParametersError"),
    (Kind.SIGNATURE_MALFORMED, "unsigned-header"): Row(403, "AccessDenied"),
    (Kind.SIGNATURE_MISMATCH, None): Row(
        403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided."
        " Check your key and signing method.",
    ),
    (Kind.KEY_UNKNOWN, None): Row(
        403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."
    ),
    (Kind.PARAMETER_INVALID, "location"): Row(400, "InvalidLocationConstraint"),
    (Kind.PARAMETER_INVALID, "bucket-owner"): Row(400, "InvalidBucketOwnerAWSAccountID", source="SDK"),
    (Kind.PARAMETER_INVALID, "redirect"): Row(400, "InvalidRedirectLocation"),
    (Kind.PARAMETER_INVALID, "encryption-algorithm"): Row(400, "InvalidEncryptionAlgorithmError"),
    (Kind.CONFIGURATION_MISSING, "encryption"): Row(
        404, "ServerSideEncryptionConfigurationNotFoundError",
        "The server side encryption configuration was not found", source="SDK",
    ),
    (Kind.CONFIGURATION_MISSING, "ownership"): Row(404, "OwnershipControlsNotFoundError", source="SDK"),
    (Kind.PRECONDITION_FAILED, "conflict"): Row(409, "ConditionalRequestConflict", source="SDK"),
    (Kind.MALFORMED, "checksum-missing"): Row(400, "MalformedTrailerError", source="SDK"),
    (Kind.MALFORMED, "trailer"): Row(400, "MalformedTrailerError", source="SDK"),
    (Kind.MALFORMED, "chunked"): Row(400, "IncompleteBody"),
    (Kind.DIGEST_MISMATCH, "sha256"): Row(400, "XAmzContentSHA256Mismatch"),
    (Kind.PARAMETER_MISSING, "md5"): Row(
        400, "InvalidRequest", "Missing required header for this request: Content-MD5."
    ),
    (Kind.UPLOAD_INCOMPLETE, None): Row(400, "MalformedXML"),
    (Kind.MALFORMED, "form-no-file"): Row(400, "InvalidArgument", source="assumed"),
    (Kind.MALFORMED, "form-files"): Row(400, "InvalidArgument", source="assumed"),
    (Kind.PARAMETER_INVALID, "tag-count"): Row(400, "BadRequest", source="assumed"),
    (Kind.OBJECT_EXISTS, None): Row(412, "PreconditionFailed"),
}, _KNOWN)  # fmt: skip

FACTS: Final = {
    "argument": "ArgumentName", "value": "ArgumentValue", "bucket": "BucketName", "upload": "UploadId",
    "key_id": "AWSAccessKeyId", "string_to_sign": "StringToSign", "signature_provided": "SignatureProvided",
    "canonical_request": "CanonicalRequest", "condition": "Condition", "size": "ProposedSize",
    "minimum": "MinSizeAllowed", "limit": "MaxSizeAllowed", "number": "PartNumber", "header": "Header",
    "method": "Method", "location": "LocationConstraint", "region": "Region",
    "requested": "PartNumberRequested", "storage_class": "StorageClass", "count": "ActualPartCount",
}  # fmt: skip
"""Facts of a fault and the elements that show them."""
