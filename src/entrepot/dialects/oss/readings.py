"""What the documents say of OSS beside its tables. Data only. Source: wire facts of Alibaba §3 to §5."""

from __future__ import annotations

from typing import Final

from entrepot.dialects.s3like.guide.readings import NEAR, POLICY, UNTIL, Guide, Reading, Signature, limited
from entrepot.signing.scoped_rows import OSS4

READINGS: Final[tuple[Reading, ...]] = (
    Reading(
        topic="signatures",
        question="signature version 2 (`OSS2`)",
        clouds="an SDK still has it",
        here="refused with what to use: version 1 or 4",
    ),
    Reading(
        topic="objects",
        question="keys that begin with a slash or backslash, and their length",
        clouds="refused; 1 to 1,023 bytes",
        here="the same, in this dialect only",
        source="document",
    ),
    Reading(
        topic="objects",
        question="a range that lies outside the object",
        clouds="the whole object, unless `x-oss-range-behavior: standard`",
        here="the same",
        source="document",
    ),
    Reading(
        topic="objects",
        question="the status of what is not implemented",
        clouds="400 NotImplemented for a header; an SDK knows the code with 400 only, and two repeat what is 5xx",
        here="400, for headers and for parameters",
        source="SDK",
    ),
    Reading(
        topic="objects",
        question="`If-Match`, `If-None-Match` and the like on writes",
        clouds="PutObject, which knows `x-oss-forbid-overwrite`, refuses them as a header that is not implemented",
        here="the same for every write",
        source="document",
    ),
    Reading(
        topic="objects",
        question="`x-oss-process`",
        clouds="images and more are processed",
        here="refused as not implemented",
    ),
    Reading(
        topic="objects",
        question="storage classes that must be restored",
        clouds="archived objects cannot be read until they are restored, which takes minutes to hours",
        here="`?restore` is answered with 202 and is done, then with 200; `x-oss-restore` says until when",
        source="SDK",
    ),
    Reading(
        topic="objects",
        question="the entity tag of an upload in parts",
        clouds="over the parts' entity tags as upper-case text, with `-N`",
        here="the same, also when another dialect shows the object",
        source="SDK",
    ),
    Reading(
        topic="objects",
        question="a copy with new metadata that names no type",
        clouds="keeps the type, and the envelope of what a client encrypted",
        here="the same",
        source="SDK",
    ),
    Reading(
        topic="uploads",
        question="the completion of an upload without any part",
        clouds="an empty object",
        here="the same, with the entity tag of no bytes",
        source="SDK",
    ),
    Reading(
        topic="uploads",
        question="`x-oss-object-acl` at the completion of an upload, and at later appends",
        clouds="its SDKs send it there; the pages know it at the start",
        here="it is the object's ACL from then on; whoever may not set ACLs may not name a public one",
        source="SDK",
    ),
    Reading(
        topic="buckets",
        question="setting the ACL of a bucket that is not there",
        clouds="makes the bucket",
        here="the same",
        source="document",
    ),
    Reading(
        topic="buckets",
        question="storage class, redundancy and resource group of a bucket",
        clouds="choose where and how it is kept",
        here="labels: kept and given back; what is stored without a class has the bucket's as its label. A place other"
        " than this server's, and values that no bucket has, are refused",
    ),
    Reading(
        topic="buckets",
        question="rules whose prefixes overlap",
        clouds="refused unless `x-oss-allow-same-action-overlap: true`",
        here="the same, for rules with the same action and the same tags",
        source="document",
    ),
    Reading(
        topic="buckets",
        question="`?referer` and `?cname`",
        clouds="set by their own operations",
        here="told as they were set by the command line or COS JSON; setting them is refused",
    ),
    Reading(
        topic="forms",
        question="the field Content-Type in a policy, and the file's own type",
        clouds="`x-oss-content-type`, else the file's",
        here="the same, unless the policy checks Content-Type alone: then that is stored",
    ),
    Reading(
        topic="listings",
        question="the last page of uploads",
        clouds="names its last entry as the next marker",
        here="the same",
        source="SDK",
    ),
    Reading(
        topic="objects",
        question="compression on the fly (`Accept-Encoding: gzip`)",
        clouds="texts of 1 KiB and more are compressed",
        here="bytes are given as they were stored",
    ),
    Reading(
        topic="buckets",
        question="making a bucket of one's own again",
        clouds="200; a named ACL is set",
        here="the same",
        source="document",
    ),
    Reading(
        topic="listings",
        question="a page size out of range",
        clouds="400 InvalidArgument",
        here="the same",
        source="document",
    ),
    Reading(
        topic="forms",
        question="`${filename}` and the policy",
        clouds="the policy sees the key before it is filled in",
        here="the same",
        source="document",
    ),
    Reading(
        topic="forms",
        question="fields that the policy does not name",
        clouds="the cloud's own samples post some",
        here="accepted",
    ),
    Reading(
        topic="objects",
        question="DeleteMultipleObjects where some keys may not be deleted",
        clouds="the request is refused as a whole; no SDK looks for errors of single keys",
        here="403 AccessDenied, and nothing is deleted",
    ),
    Reading(
        topic="uploads",
        question="callbacks: where they may go",
        clouds="to public addresses; private ones are refused",
        here="to public addresses, and wherever else the operator allows; never to link-local and metadata addresses or"
        " this server; an address that is not allowed is refused before anything is stored, a name when it is asked."
        " Asking for one needs its own right, which goes with PutObject in policies; minted rights have it not",
        setting="callback_hosts",
    ),
    Reading(
        topic="uploads",
        question="callbacks: the key that checks their signature",
        clouds="behind `x-oss-pub-key-url`, at the cloud",
        here="behind the same header, at `/-/callback/public-key.pem` of this server",
        setting="public_url",
    ),
    Reading(
        topic="uploads",
        question="callbacks: `callbackSNI`",
        clouds="whether the name is sent in the TLS handshake",
        here="it always is, because certificates are checked",
    ),
)

GUIDE: Final = Guide(
    title="Alibaba Cloud OSS",
    hosts="`<bucket>.oss-<region>.aliyuncs.com`, `oss-<region>.aliyuncs.com`",
    signatures=(
        Signature(scheme="oss4", where="header `Authorization: OSS4-HMAC-SHA256 …`", lasts=NEAR),
        Signature(
            scheme="oss4-query", where="`x-oss-signature` in the address", lasts=limited(OSS4.expires_max_seconds)
        ),
        Signature(scheme="oss4-form", where="field `x-oss-signature` of a form", lasts=POLICY),
        Signature(scheme="oss1", where="header `Authorization: OSS …`", lasts=NEAR),
        Signature(scheme="oss1-query", where="`Signature` in the address", lasts=UNTIL),
        Signature(scheme="oss1-form", where="field `Signature` of a form", lasts="until the policy's `expiration`"),
    ),
    readings=READINGS,
)
