"""The faults of OSS where they differ from the family's, with the cloud's finer codes (EC).

Data only. Source: wire facts of Alibaba §3.6, §4.2 to §4.6, §5; the finer codes are the documents' too.
"""

from __future__ import annotations

from typing import Final

from entrepot.core.fault import Kind
from entrepot.dialects.s3like.faults import Rows, codes, with_own
from entrepot.dialects.s3like.flavour import Row

_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your key and signing method."
)

_NO_UPLOAD = (
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or"
    " completed."
)

_KNOWN = codes("document", {
    203: "CallbackFailed",
    304: "NotModified",
    400: "BadRequest EntityTooLarge EntityTooSmall FieldItemTooLong IncorrectNumberOfFilesInPOSTRequest InvalidArgument"
    " InvalidBucketName InvalidDigest InvalidEncryptionAlgorithmError"
    " InvalidObjectName InvalidPart InvalidPartOrder InvalidPolicyDocument InvalidTag"
    " InvalidTargetType MalformedPOSTRequest MalformedXML MaxPOSTPreDataLengthExceededError NotImplemented NotSymlink",
    403: "AccessDenied AccessForbidden InvalidAccessKeyId InvalidSecurityToken RequestTimeTooSkewed"
    " SignatureDoesNotMatch",
    404: "NoSuchBucket NoSuchCORSConfiguration NoSuchKey NoSuchLifecycle NoSuchServerSideEncryptionRule NoSuchUpload"
    " SymlinkTargetNotExist",
    409: "BucketAlreadyExists BucketNotEmpty FileAlreadyExists ObjectNotAppendable PositionNotEqualToLength",
    411: "MissingContentLength",
    412: "PreconditionFailed",
    416: "InvalidRange",
})  # fmt: skip

FAULTS: Final[Rows] = with_own({
    (Kind.SIGNATURE_MISMATCH, None): Row(403, "SignatureDoesNotMatch", _MISMATCH, "0002-00000040"),
    (Kind.SIGNATURE_EXPIRED, None): Row(403, "AccessDenied", "Request has expired.", "0002-00000069"),
    (Kind.SIGNATURE_MALFORMED, None): Row(400, "InvalidArgument", "", "0002-00000001"),
    (Kind.SIGNATURE_MALFORMED, "expires-range"): Row(400, "InvalidArgument", "", "0002-00000232", source="SDK"),
    (Kind.SIGNATURE_MALFORMED, "expires"): Row(403, "AccessDenied", "Invalid date (should be seconds since epoch)."),
    (Kind.SIGNATURE_MALFORMED, "credential-date"): Row(
        400, "InvalidArgument", "Invalid credential in Authorization header.", "0002-00000225", source="SDK"
    ),
    (Kind.SIGNATURE_MALFORMED, "region"): Row(
        400, "InvalidArgument", "Invalid signing region in Authorization header.", "0002-00000226", source="SDK"
    ),
    (Kind.SIGNATURE_MALFORMED, "region-parameter"): Row(
        400, "InvalidArgument", "The signing region in credential is invalid.", "0002-00000226", source="SDK"
    ),
    (Kind.SIGNATURE_MALFORMED, "date"): Row(403, "AccessDenied", "", "0002-00000503", source="SDK"),
    (Kind.METHOD_NOT_ALLOWED, None): Row(405, "MethodNotAllowed", source="observed"),
    (Kind.KEY_UNKNOWN, None): Row(
        403, "InvalidAccessKeyId", "The OSS Access Key Id you provided does not exist in our records.", "0002-00000902"
    ),
    (Kind.TOKEN_INVALID, None): Row(403, "InvalidSecurityToken", "The security token you provided is invalid."),
    (Kind.TOKEN_INVALID, "token-missing"): Row(
        403, "InvalidAccessKeyId", "The OSS Access Key Id you provided does not exist in our records.", "0002-00000902"
    ),
    (Kind.TOKEN_INVALID, "token-expired"): Row(
        403, "SecurityTokenExpired", "The security token you provided has expired."
    ),
    (Kind.SIGNATURE_MISSING, None): Row(
        403, "AccessDenied", "Anonymous access is forbidden for this operation.", "0003-00000001"
    ),
    (Kind.ACCESS_DENIED, None): Row(
        403, "AccessDenied", "You have no right to access this object because of bucket acl.", "0003-00000001"
    ),
    (Kind.POLICY_VIOLATED, "expired"): Row(403, "AccessDenied", "", "0006-00000213"),
    (Kind.ACCESS_DENIED, "customer-key"): Row(403, "AccessDenied", source="assumed"),
    (Kind.PARAMETER_INVALID, "encryption-algorithm"): Row(400, "InvalidEncryptionAlgorithmError"),
    (Kind.MALFORMED, "transition-class"): Row(400, "InvalidArgument"),
    (Kind.MALFORMED, "sse-default"): Row(400, "InvalidEncryptionAlgorithmError"),
    (Kind.CONFIGURATION_MISSING, "encryption"): Row(
        404, "NoSuchServerSideEncryptionRule", "The server side encryption configuration was not found."
    ),
    (Kind.MALFORMED, "policy"): Row(400, "InvalidPolicyDocument"),
    (Kind.MALFORMED, "form"): Row(
        400, "MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data.",
        "0006-00000109",
    ),
    (Kind.MALFORMED, "form-no-file"): Row(400, "IncorrectNumberOfFilesInPOSTRequest", "", "0006-00000107"),
    (Kind.MALFORMED, "form-files"): Row(
        400, "IncorrectNumberOfFilesInPOSTRequest", "POST requires exactly one file upload per request.",
        "0006-00000107",
    ),
    (Kind.TOO_LARGE, "fields"): Row(
        400, "MaxPOSTPreDataLengthExceededError",
        "Your POST request fields preceding the upload file were too large.", "0006-00000112",
    ),
    (Kind.MALFORMED, "field-long"): Row(
        400, "FieldItemTooLong", "Your name of form field is too long.", "0006-00000110"
    ),
    (Kind.TOO_LARGE, "field-long"): Row(
        400, "FieldItemTooLong", "Your name of form field is too long.", "0006-00000110"
    ),
    (Kind.NOT_IMPLEMENTED, None): Row(400, "NotImplemented"),
    (Kind.NOT_IMPLEMENTED, "header"): Row(
        400, "NotImplemented", "A header you provided implies functionality that is not implemented."
    ),
    (Kind.TOO_LARGE, "xml-size"): Row(400, "MalformedXML"),
    (Kind.TOO_LARGE, None): Row(
        400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size.", "0006-00000003"
    ),
    (Kind.TOO_SMALL, None): Row(
        400, "EntityTooSmall", "Your proposed upload smaller than the minimum allowed size.", "0006-00000004"
    ),
    (Kind.DIGEST_MISMATCH, None): Row(400, "InvalidDigest", "The Content-MD5 you specified was invalid."),
    (Kind.NAME_INVALID, None): Row(400, "InvalidObjectName", "The specified object is not valid."),
    (Kind.NAME_INVALID, "long"): Row(400, "InvalidObjectName", "The specified object is not valid."),
    (Kind.NAME_INVALID, "bucket"): Row(400, "InvalidBucketName", "The specified bucket is not valid."),
    (Kind.BUCKET_MISSING, None): Row(404, "NoSuchBucket", "The specified bucket does not exist.", "0015-00000101"),
    (Kind.BUCKET_EXISTS, None): Row(409, "BucketAlreadyExists", "The requested bucket name is not available."),
    (Kind.OBJECT_MISSING, None): Row(404, "NoSuchKey", "The specified key does not exist.", "0026-00000001"),
    (Kind.OBJECT_EXISTS, None): Row(
        409, "FileAlreadyExists", "The object you specified already exists and can not be overwritten.", "0026-00000053"
    ),
    (Kind.APPEND_CONFLICT, None): Row(409, "PositionNotEqualToLength", "Position is not equal to file length"),
    (Kind.APPEND_CONFLICT, "kind"): Row(409, "ObjectNotAppendable", "The object is not appendable"),
    (Kind.LINK_BROKEN, None): Row(404, "SymlinkTargetNotExist", "The symlink target object does not exist"),
    (Kind.LINK_BROKEN, "link"): Row(400, "InvalidTargetType", "The symbolic link target cannot be a link"),
    (Kind.PARAMETER_INVALID, "no-link"): Row(400, "NotSymlink", "The object is not symlink"),
    (Kind.UPLOAD_MISSING, None): Row(404, "NoSuchUpload", _NO_UPLOAD, "0042-00000002"),
    (Kind.UPLOAD_MISSING, "part"): Row(404, "NoSuchUpload", _NO_UPLOAD, "0042-00000104"),
    (Kind.UPLOAD_MISSING, "part-copy"): Row(404, "NoSuchUpload", _NO_UPLOAD, "0042-00000311"),
    (Kind.PARAMETER_INVALID, "location"): Row(400, "InvalidLocationConstraint", source="document"),
    (Kind.OBJECT_LOCKED, "archived"): Row(
        403, "InvalidObjectState", "The operation is not valid for the object's state", source="SDK"
    ),
    (Kind.PARAMETER_INVALID, "not-archived"): Row(
        400, "OperationNotSupported", "The operation is not supported for this resource", "0016-00000702", "SDK"
    ),
    (Kind.PARAMETER_INVALID, "complete-all"): Row(400, "InvalidArgument", "", "0042-00000216"),
    (Kind.CONFIGURATION_MISSING, "lifecycle"): Row(404, "NoSuchLifecycle", "No Row found in Lifecycle Table."),
    (Kind.CONFIGURATION_MISSING, "cors"): Row(
        404, "NoSuchCORSConfiguration", "The CORS Configuration does not exist."
    ),
    (Kind.PARAMETER_MISSING, "md5"): Row(400, "MissingArgument", "Missing Some Required Arguments."),
    (Kind.PARAMETER_MISSING, "no-acl"): Row(400, "MissingArgument", "Missing Some Required Arguments."),
}, _KNOWN)  # fmt: skip

FACTS: Final = {
    "argument": "ArgumentName", "value": "ArgumentValue", "upload": "UploadId", "condition": "Condition",
    "key_id": "OSSAccessKeyId", "string_to_sign": "StringToSign", "signature_provided": "SignatureProvided",
    "canonical_request": "CanonicalRequest", "header": "Header", "size": "ProposedSize", "minimum": "MinSizeAllowed",
    "limit": "MaxSizeAllowed", "number": "PartNumber",
}  # fmt: skip
"""Facts of a fault and the elements that show them."""
