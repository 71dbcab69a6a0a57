"""What the documents say of S3 beside its tables. Data only. Source: AWS documents; wire facts of Tencent §4."""

from __future__ import annotations

from typing import Final

from entrepot.dialects.s3like.guide.readings import NEAR, POLICY, UNTIL, Guide, Reading, Signature, limited
from entrepot.signing.scoped_rows import AWS4

READINGS: Final[tuple[Reading, ...]] = (
    Reading(
        topic="signatures",
        question="signature version 2",
        clouds="switched off by AWS for new buckets; old tools know nothing else",
        here="taken, in all its forms",
        source="SDK",
    ),
    Reading(
        topic="signatures",
        question="headers of the request that a signed address carries as parameters",
        clouds="SDKs move `x-amz-*` headers into the address when they presign",
        here="they count like headers",
        source="observed",
    ),
    Reading(
        topic="buckets",
        question="what a bucket's `public-read` and `public-read-write` open to anyone",
        clouds="listings and uploads; its objects are private unless they have an ACL of their own",
        here="the same, where the ACL was set by this API; set by another, or by the command line, it is also that of"
        " objects which have none, as other clouds have it",
        source="document",
    ),
    Reading(
        topic="digests",
        question="checksums in trailers",
        clouds="`aws-chunked`, signed or not, is what SDKs send by default",
        here="taken with and without trailers, compared, kept and given back",
        source="observed",
    ),
    Reading(
        topic="digests",
        question="the type of an upload's checksum when none is named",
        clouds="COMPOSITE; FULL_OBJECT for CRC64NVME",
        here="the same",
        source="document",
    ),
    Reading(
        topic="digests",
        question="an upload without any checksum",
        clouds="since 2025 the service makes a CRC64NVME, keeps it and gives it back",
        here="none is kept: a checksum is given back only where the client sent it or asked for its kind",
        source="document",
    ),
    Reading(
        topic="digests",
        question="a copy that asks for another checksum than its source has (`x-amz-checksum-algorithm`)",
        clouds="the checksum is made",
        here="the same, of all bytes, which are read for that; the entity tag stays the source's",
        source="document",
    ),
    Reading(
        topic="objects",
        question="a write with `If-None-Match: *` to a name that is taken",
        clouds="412 PreconditionFailed",
        here="the same",
        source="document",
    ),
    Reading(
        topic="objects",
        question="a deletion with If-Match of a key that is not there",
        clouds="the guide can be read as 404; suites of other servers want 204",
        here="404 NoSuchKey, and nothing happens",
    ),
    Reading(
        topic="objects",
        question="a deletion under a condition on size or time",
        clouds="501 NotImplemented but in directory buckets",
        here="the same",
        source="SDK",
    ),
    Reading(
        topic="objects",
        question="the number of a part of an object that is whole by now",
        clouds="1 to the number of parts",
        here="the same, in the order in which the parts were put together, whatever numbers they had",
        source="SDK",
    ),
    Reading(
        topic="objects",
        question="`x-amz-expiration`",
        clouds="the midnight behind the day at which a rule removes the object",
        here="the second at which it does: nothing is rounded here",
    ),
    Reading(
        topic="digests",
        question="a digest in a signed address (`x-amz-checksum-crc32=AAAAAA==`)",
        clouds="not compared: SDKs put one of no bytes there",
        here="the same",
        source="SDK",
    ),
    Reading(
        topic="digests",
        question="checksums of the xxHash family",
        clouds="compared and kept",
        here="refused as not implemented",
    ),
    Reading(
        topic="buckets",
        question="where a bucket is",
        clouds="an empty LocationConstraint for us-east-1, else the region that its maker asked for",
        here="the same; the location is a label, and all buckets are in one place",
        setting="storage.s3_region",
        source="document",
    ),
    Reading(
        topic="buckets",
        question="a bucket's name that another account has",
        clouds="409 BucketAlreadyExists: names are the whole cloud's",
        here="the same in this dialect; other dialects make buckets of the same name in other accounts",
        source="document",
    ),
    Reading(
        topic="buckets",
        question="removing a bucket in which uploads are under way",
        clouds="they go with it",
        here="the same",
        source="observed",
    ),
    Reading(
        topic="buckets",
        question="who owns objects (`x-amz-object-ownership`)",
        clouds="BucketOwnerEnforced, the default, switches ACLs off",
        here="ACLs are always in force: the two others are kept as labels, BucketOwnerEnforced is refused",
    ),
    Reading(
        topic="buckets",
        question="an `Expiration` by date",
        clouds="takes every object from that day on, also what is stored later",
        here="the same",
        source="document",
    ),
    Reading(
        topic="forms",
        question="fields that the policy does not name",
        clouds="refused, but for the signature's own, the file and `x-ignore-*`",
        here="the same",
        source="document",
    ),
    Reading(
        topic="forms",
        question="the code for none or several files",
        clouds="IncorrectNumberOfFilesInPostRequest is documented",
        here="InvalidArgument",
    ),
)

GUIDE: Final = Guide(
    title="AWS S3",
    hosts="`<bucket>.s3.<region>.amazonaws.com`, `s3.<region>.amazonaws.com`; Tencent VOD Professional:"
    " `<bucket>.vodpro.<region>.eovod.com`, `<appid>.vodpro-upload.com`",
    signatures=(
        Signature(scheme="aws4", where="header `Authorization: AWS4-HMAC-SHA256 …`", lasts=NEAR),
        Signature(
            scheme="aws4-query", where="`X-Amz-Signature` in the address", lasts=limited(AWS4.expires_max_seconds)
        ),
        Signature(scheme="aws4-form", where="field `x-amz-signature` of a form", lasts=POLICY),
        Signature(scheme="aws2", where="header `Authorization: AWS …`", lasts=NEAR),
        Signature(scheme="aws2-query", where="`Signature` in the address", lasts=UNTIL),
        Signature(scheme="aws2-form", where="field `signature` of a form", lasts="until the policy's `expiration`"),
    ),
    readings=READINGS,
)
