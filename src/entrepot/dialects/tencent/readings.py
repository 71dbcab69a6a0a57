"""What the documents say of TencentCloud API 3.0 beside its tables. Data only. Source: wire facts of Tencent §1-§5, §8,
§11, §12.
"""

from __future__ import annotations

from typing import Final

from entrepot.core.fault import Kind
from entrepot.dialects.control.guide import Action, Guide, Reading, Signature

_MS, _VOD, _STS = "2018-04-08", "2024-07-18", "2018-08-13"
_NEAR = "its time may be 300 s off the server's clock"

READINGS: Final[tuple[Reading, ...]] = (
    Reading(
        topic="calls",
        question="what is signed of a POST's query",
        cloud="nothing",
        here="so it is not read; action and parameters come from headers and the body",
        source="document",
    ),
    Reading(
        topic="calls",
        question="parameters that an API does not have",
        cloud="UnknownParameter",
        here="refused so; those of every call (`Region`, `Language`, `RequestClient`, …) are taken and not looked at",
        source="document",
    ),
    Reading(
        topic="signatures",
        question="the service in the credential, and the host that was signed",
        cloud="those of the product",
        here="SDKs that are pointed at an address sign its first label, its host without the port, or the product's"
        " own host: all are tried",
        source="SDK",
    ),
    Reading(
        topic="signatures",
        question="the same call again",
        cloud="nothing is said of how long a nonce is remembered",
        here="counts again while its time is near: nonces are signed and not remembered",
    ),
    Reading(
        topic="replies",
        question="the content type of replies",
        cloud="application/json",
        here="exactly that: with a charset behind it one SDK takes an error for an empty success",
        source="SDK",
    ),
    Reading(
        topic="rights",
        question="ms: what the key may do",
        cloud="limited to temporary uploads; a published uploader looks first, and signs a download address",
        here="PUT, POST, append, multipart and HEAD below the prefix; reading only with `mint.ms_may_read`; never"
        " listing"
        " objects, deleting or anything of the bucket",
        setting="mint.ms_may_read",
        source="seed",
    ),
    Reading(
        topic="rights",
        question="ms: whether the prefix `a/b` allows `a/bc`",
        cloud="not stated; the example puts a slash behind it",
        here="no: it is a directory",
        source="seed",
    ),
    Reading(
        topic="rights",
        question="ms: whether two calls may have one prefix",
        cloud="tool, user and second",
        here="never: digits of the call's own follow the second, and no prefix begins another",
        source="seed",
    ),
    Reading(
        topic="replies",
        question="ms: `ExpireTime`",
        cloud="samples are 3600 and 1: a moment or a duration",
        here="the moment in seconds since 1970, or what the setting says",
        setting="mint.ms_expire_time",
    ),
    Reading(
        topic="replies",
        question="ms: `CosToken` or `CosTocken`",
        cloud="the document has the first, models and a real client the second",
        here="both, the same",
        source="SDK",
    ),
    Reading(
        topic="rights",
        question="ms: the longest `Duration`",
        cloud="not stated",
        here="129,600 s, that of the cloud's other temporary keys",
    ),
    Reading(
        topic="files",
        question="vod: which buckets are an application's storages",
        cloud="those that it made",
        here="those that CreateStorage made for it; every other bucket of the account, but those of the minting APIs,"
        " is"
        " its first application's",
        setting="mint.vod_applications",
    ),
    Reading(
        topic="files",
        question="vod: CreateStorage by a sub-user",
        cloud="one action",
        here="needs the right to call it and that to create buckets",
    ),
    Reading(
        topic="policies",
        question="vod: a principal in the policy",
        cloud="not allowed",
        here="refused; in policies of STS it is left out, because helpers of SDKs write one",
        source="seed",
    ),
    Reading(
        topic="policies",
        question="vod: the account and the application of a resource",
        cloud="AppID and SubAppId",
        here="must be the caller's own and the call's `SubAppId`. The AppID of the cloud's examples, 251197738,"
        " stands for"
        " the caller's own unless an account here has it; a misplaced or empty region is taken",
        source="seed",
    ),
    Reading(
        topic="policies",
        question="vod: the bucket `auto`",
        cloud="the storage nearest to the client",
        here="the application's oldest storage when the key is minted; whoever spends it on the bucket `auto` reaches"
        " that"
        " one, unless a bucket of the account has this very name",
        source="seed",
    ),
    Reading(
        topic="policies",
        question="the length of a policy",
        cloud="no number is given",
        here="16,384 bytes, percent-encoded as the document says or as plain JSON",
    ),
    Reading(
        topic="rights",
        question="sts: what a role is",
        cloud="an identity with policies, and with those whom it trusts",
        here="a name in the caller's own account: it adds no right, and what narrows the session is `Policy`",
    ),
    Reading(
        topic="rights",
        question="sts: `ExternalId`, `Tags`, `SourceIdentity` of AssumeRole; `SerialNumber`, `TokenCode`",
        cloud="checked against the role, or kept with the session",
        here="the first three are taken and not looked at: there is no role that could ask for them; a second factor is"
        " refused as an unknown parameter, because nobody here could check it",
    ),
    Reading(
        topic="rights",
        question="sts: the longest session of GetFederationToken",
        cloud="7,200 s for the account's own keys, 129,600 s for sub-users",
        here="129,600 s for all",
    ),
    Reading(
        topic="rights",
        question="temporary keys that mint",
        cloud="STS refuses them (TempKeyNotAllowed); of ms and vod nothing is said",
        here="refused by STS; ms and vod give them what they may themselves",
        source="SDK",
    ),
)

GUIDE: Final = Guide(
    title="TencentCloud API 3.0: ms, vod, sts",
    marks="`POST /` with JSON, a form or a form of several parts, or `GET /`; told by the header `X-TC-Action`, by"
    " `Authorization: TC3-HMAC-SHA256 …`, by `SecretId` and `Action` among the parameters, or by a host below"
    " `tencentcloudapi.com`.",
    replies='Always status 200 and `{"Response": {…, "RequestId"}}`; a refusal is `{"Response": {"Error": {"Code",'
    ' "Message"}, "RequestId"}}`.',
    actions=(
        Action(
            name="ms:CreateCosSecKeyInstance",
            version=_MS,
            takes=("CosRegion", "Duration"),
            does="CosId, CosKey, CosToken (CosTocken), CosBucket, CosAppid, CosPrefix, CosRegion, ExpireTime",
            mints="a temporary key that uploads below CosPrefix, 3,600 s unless Duration says otherwise",
        ),
        Action(
            name="vod:CreateStorageCredentials",
            version=_VOD,
            takes=("SubAppId", "Policy", "DurationSeconds"),
            does="Credentials: AccessKeyId, SecretAccessKey, SessionToken, Expiration",
            mints="a temporary key for what Policy names in the application's storages, 1,800 s, at most 129,600",
        ),
        Action(
            name="vod:CreateStorage",
            version=_VOD,
            takes=("SubAppId", "StorageRegion", "StorageName"),
            does="makes a bucket; BucketId",
        ),
        Action(
            name="vod:DescribeStorage",
            version=_VOD,
            takes=("SubAppId", "Filters", "SortBy", "Offset", "Limit"),
            does="lists the application's storages, 20 a page unless Limit says otherwise, at most 1,000",
        ),
        Action(
            name="sts:GetFederationToken",
            version=_STS,
            takes=("Name", "Policy", "DurationSeconds"),
            does="Credentials: TmpSecretId, TmpSecretKey, Token; ExpiredTime, Expiration",
            mints="a temporary key for what Policy says, 1,800 s, at most 129,600",
        ),
        Action(
            name="sts:GetCallerIdentity",
            version=_STS,
            takes=(),
            does="Arn, AccountId, UserId, PrincipalId, Type: who asks; needs no right",
        ),
        Action(
            name="sts:AssumeRole",
            version=_STS,
            takes=(
                "RoleArn",
                "RoleSessionName",
                "DurationSeconds",
                "Policy",
                "ExternalId",
                "Tags",
                "SourceIdentity",
            ),
            does="the same",
            mints="a temporary key for what its minter may, or Policy of that, 7,200 s, at most 43,200",
        ),
    ),
    signatures=(
        Signature(
            scheme="tc3", where="header `Authorization: TC3-HMAC-SHA256 …`, also over UNSIGNED-PAYLOAD", lasts=_NEAR
        ),
        Signature(
            scheme="tc3-v1",
            where="parameter `Signature`, by HmacSHA1 or HmacSHA256 (`SignatureMethod`)",
            lasts=_NEAR,
        ),
    ),
    refused=(
        "every other action and version, with InvalidAction or NoSuchVersion: the shields of ms, the media APIs of vod",
        "calls that are not signed, also a browser's preflight",
    ),
    readings=READINGS,
    also=frozenset({Kind.BUCKET_MISSING}),
)
