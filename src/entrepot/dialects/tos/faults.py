"""The faults of TOS where they differ from the family's, with the cloud's finer codes (EC).

Data only. What a bucket cannot do is 405, which no SDK repeats; all of them repeat 501, one for minutes.

Source: wire facts of Volcengine §3.5, §3.6. The names of codes are in the cloud's SDKs; its documents have
the status of a few.
"""

from __future__ import annotations

from typing import Final

from entrepot.core.fault import Kind
from entrepot.dialects.s3like.faults import Rows, codes, with_own
from entrepot.dialects.s3like.flavour import Row

_KNOWN = {
    **codes("SDK", {
        304: "NotModified",
        400: "AuthorizationQueryParametersError BadDigest ContentSHA256Mismatch EntityTooLarge EntityTooSmall"
        " InvalidArgument InvalidBucketName InvalidDigest InvalidKey InvalidPart InvalidRequest MalformedBody"
        " MalformedPolicy MissingRequestBodyError MissingSecurityHeader PartSizeSmall",
        403: "AccessDenied InvalidAccessKeyId InvalidSecurityToken RequestTimeTooSkewed",
        404: "InvalidVersionId NoSuchBucket NoSuchCORSConfiguration NoSuchKey NoSuchLifecycleConfiguration"
        " NoSuchUpload",
        405: "MethodNotAllowed",
        409: "BucketAlreadyExists BucketAlreadyOwnedByYou BucketNotEmpty NotAppendable OffsetNotMatched",
        412: "PreconditionFailed",
        429: "ExceedQPSLimit",
        500: "InternalError",
    }),
    **codes("document", {203: "CallbackFailed", 400: "MetadataTooLarge", 403: "SignatureDoesNotMatch"}),
}  # fmt: skip

OTHER: Final = "0000-00000000"
"""The finer code of errors whose own is not known: every error has one, and SDKs tell those above from the rest."""

FAULTS: Final[Rows] = with_own({
    (Kind.SIGNATURE_MISMATCH, None): Row(
        403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.",
        "0002-00000024",
    ),
    (Kind.SIGNATURE_EXPIRED, None): Row(403, "AccessDenied", "Request has expired.", "0002-00000031"),
    (Kind.SIGNATURE_MALFORMED, None): Row(400, "InvalidArgument", "", "0002-00000003"),
    (Kind.SIGNATURE_MALFORMED, "credential"): Row(400, "InvalidArgument", "", "0002-00000004"),
    (Kind.SIGNATURE_MALFORMED, "expires-range"): Row(400, "AuthorizationQueryParametersError", "", "0002-00000031"),
    (Kind.SIGNATURE_MALFORMED, "unsigned-header"): Row(403, "AccessDenied", "", "0002-00000024"),
    (Kind.REQUEST_SKEWED, None): Row(
        403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.",
        "0002-00000018",
    ),
    (Kind.TOKEN_INVALID, None): Row(403, "InvalidSecurityToken"),
    (Kind.MALFORMED, "xml"): Row(400, "MalformedBody"),
    (Kind.MALFORMED, "policy"): Row(400, "MalformedPolicy"),
    (Kind.MALFORMED, "form"): Row(400, "MalformedPOSTRequest"),
    (Kind.NOT_IMPLEMENTED, None): Row(405, "MethodNotAllowed"),
    (Kind.PARAMETER_INVALID, "acl"): Row(400, "InvalidArgument", "", "0008-00000015"),
    (Kind.PARAMETER_INVALID, "version"): Row(404, "InvalidVersionId"),
    (Kind.CONFIGURATION_MISSING, "encryption"): Row(404, "NoSuchEncryptionConfiguration"),
    (Kind.DIGEST_MISMATCH, "sha256"): Row(400, "ContentSHA256Mismatch"),
    (Kind.NAME_INVALID, None): Row(400, "InvalidKey"),
    (Kind.NAME_INVALID, "long"): Row(400, "InvalidKey"),
    (Kind.RANGE_INVALID, None): Row(416, "Requested Range Not Satisfiable", source="SDK"),
    (Kind.BUCKET_MISSING, None): Row(404, "NoSuchBucket", "The specified bucket does not exist.", "0006-00000001"),
    (Kind.OBJECT_MISSING, None): Row(404, "NoSuchKey", "The specified key does not exist.", "0017-00000003"),
    (Kind.OBJECT_EXISTS, None): Row(409, "ObjectAlreadyExists", "", "0017-00000004"),
    (Kind.PART_INVALID, None): Row(400, "InvalidPart", "", "0005-00000035"),
    (Kind.PART_INVALID, "number"): Row(400, "InvalidArgument", "", "0005-00000016"),
    (Kind.PART_TOO_SMALL, None): Row(400, "PartSizeSmall"),
    (Kind.APPEND_CONFLICT, None): Row(409, "OffsetNotMatched", "", "0017-00000208"),
    (Kind.APPEND_CONFLICT, "kind"): Row(409, "NotAppendable", "", "0017-00000209"),
    (Kind.LINK_BROKEN, None): Row(
        404, "NoSuchKey", "The target of the link does not exist.", "0017-00000003", source="assumed"
    ),
    (Kind.THROTTLED, None): Row(429, "ExceedQPSLimit"),
}, _KNOWN)  # fmt: skip
