"""What the documents say of Alibaba Cloud's OpenAPI beside its tables. Data only. Source: wire facts of Alibaba §1, §2,
§7.
"""

from __future__ import annotations

from typing import Final

from entrepot.core.fault import Kind
from entrepot.dialects.control.guide import Action, Guide, Reading, Signature

_HBR, _STS = "2017-09-08", "2015-04-01"
_NEAR = "its time may be 900 s off the server's clock; its nonce counts once"

READINGS: Final[tuple[Reading, ...]] = (
    Reading(
        topic="signatures",
        question="how long a nonce is remembered",
        cloud="15 minutes",
        here="until 15 minutes after the call's time went out of the window, by key; it is spent in the transaction of"
        " what the call does, so that a call that was refused may be sent again",
        source="document",
    ),
    Reading(
        topic="replies",
        question="JSON or XML",
        cloud="what `Format` says; XML for an RPC call without it",
        here="the same; JSON where the signature, or the action, is a header",
        source="document",
    ),
    Reading(
        topic="files",
        question="hbr: what `FileName` may be",
        cloud="nothing is said",
        here="anything that makes a key of at most 1,023 bytes: slashes too, but none at its end; no element"
        " `.` or `..`, which clients would fold away, no control characters, no `${filename}`",
    ),
    Reading(
        topic="files",
        question="hbr: the same `FileName` again",
        cloud="nothing is said; samples have a UUID in the key",
        here="another key each time",
        source="seed",
    ),
    Reading(
        topic="rights",
        question="hbr: how long the form counts",
        cloud="nothing is said",
        here="an hour; `ExpireTime` and the policy's expiration are the same moment",
        setting="mint.hbr_seconds",
    ),
    Reading(
        topic="files",
        question="hbr: when uploaded files are deleted",
        cloud="periodically",
        here="by the running server a day after their last change; 0 keeps them",
        setting="mint.hbr_keep_seconds",
    ),
    Reading(
        topic="replies",
        question="hbr: `Endpoint`",
        cloud="a host without a scheme; the bucket goes before it",
        here="by the cloud's own names the cloud's own endpoint; below `domains` a name with the bucket before it; else"
        " the address that the caller used, and the form goes to `http://Endpoint/BucketName`",
        setting="domains, public_url",
        source="seed",
    ),
    Reading(
        topic="rights",
        question="hbr: the key in the form",
        cloud="a long-term key of the cloud's own, without a token",
        here="a key of the form's own, which may upload TempFileKey by a form and nothing else; without a token",
        source="seed",
    ),
    Reading(
        topic="rights",
        question="sts: what a role is",
        cloud="an identity with policies, and with those whom it trusts",
        here="a name in the caller's own account: it adds no right, and what narrows the session is `Policy`",
    ),
    Reading(
        topic="policies",
        question="sts: the longest policy, the longest session name",
        cloud="1,024 bytes and 32 characters in an older document, more today",
        here="2,048 bytes and 64 characters",
    ),
)

GUIDE: Final = Guide(
    title="Alibaba Cloud OpenAPI: hbr, sts",
    marks="`POST /` or `GET /`; told by `Authorization: ACS3-HMAC-SHA256 …`, by the headers `x-acs-action` and"
    " `x-acs-version`, by `AccessKeyId` or `SignatureNonce` among the parameters, or by the hosts of hbr and sts below"
    " `aliyuncs.com`.",
    replies="JSON or XML. A refusal has its status, `Code`, the cloud's own `Message`, and in `Detail` what was wrong.",
    actions=(
        Action(
            name="hbr:CreateTempFileUploadUrl",
            version=_HBR,
            takes=("FileName",),
            does="Endpoint, BucketName, TempFileKey, ExpireTime, OssAccessKeyId, Policy, Signature: an OSS form's"
            " fields",
            mints="uploading exactly TempFileKey by a form, for `mint.hbr_seconds`",
        ),
        Action(
            name="hbr:GetTempFileDownloadLink",
            version=_HBR,
            takes=("TempFileKey",),
            does="Url: a signed address of OSS",
            mints="reading that file, for `mint.hbr_seconds`",
        ),
        Action(
            name="sts:AssumeRole",
            version=_STS,
            takes=("RoleArn", "RoleSessionName", "DurationSeconds", "Policy"),
            does="AssumedRoleUser, Credentials: AccessKeyId, AccessKeySecret, SecurityToken, Expiration",
            mints="a temporary key for what its minter may, or Policy of that, 3,600 s, from 900 to 43,200",
        ),
        Action(name="sts:GetCallerIdentity", version=_STS, takes=(), does="who asks; needs no right"),
    ),
    signatures=(
        Signature(scheme="acs3", where="header `Authorization: ACS3-HMAC-SHA256 …`", lasts=_NEAR),
        Signature(scheme="acs-rpc", where="parameter `Signature`, by HMAC-SHA1", lasts=_NEAR),
    ),
    refused=(
        "every other action, with InvalidApi.NotFound, and every other version, with NoSuchVersion",
        "signatures of other kinds (`ACS3-RSA-…`, SM3), with InvalidSignatureMethod",
    ),
    readings=READINGS,
    also=frozenset({Kind.OBJECT_MISSING}),
)
