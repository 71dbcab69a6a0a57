"""What the documents say of AWS's STS beside its tables. Data only. Source: AWS, API reference of STS."""

from __future__ import annotations

from typing import Final

from entrepot.dialects.control.guide import Action, Guide, Reading, Signature

_VERSION = "2011-06-15"

READINGS: Final[tuple[Reading, ...]] = (
    Reading(
        topic="rights",
        question="what a role is",
        cloud="an identity with policies, and with those whom it trusts",
        here="a name in the caller's own account: it adds no right, and what narrows the session is `Policy`",
    ),
    Reading(
        topic="rights",
        question="`PolicyArns`, `SerialNumber`, `TokenCode`, `ProvidedContexts`",
        cloud="the session depends on them",
        here="refused: without them the session would be wider than was asked; so are parameters that the API has not",
    ),
    Reading(
        topic="rights",
        question="GetFederationToken without `Policy`",
        cloud="nothing, but what bucket policies say of the name",
        here="nothing",
        source="document",
    ),
    Reading(
        topic="rights",
        question="which sessions may ask for further ones",
        cloud="a role's may assume a role, for an hour at most; those of GetSessionToken may assume one too; those of"
        " GetFederationToken may ask who they are",
        here="the same",
        source="document",
    ),
    Reading(
        topic="replies",
        question="`AssumedRoleId`",
        cloud="a role's id and the session's name",
        here="an id made of the role's name, the same for the same name",
    ),
    Reading(
        topic="signatures",
        question="the region in the credential",
        cloud="that of the endpoint",
        here="any",
    ),
)

GUIDE: Final = Guide(
    title="AWS STS",
    marks="`POST /` or `GET /`; told by a credential whose scope ends in `/sts/aws4_request`, by `Version=2011-06-15`"
    " in"
    " a form, or by a host such as `sts.amazonaws.com`.",
    replies="XML. A refusal has its status, `Type`, `Code` and `Message`; where the message is the cloud's own"
    " sentence,"
    " `Detail` says what was wrong.",
    actions=(
        Action(
            name="sts:AssumeRole",
            version=_VERSION,
            takes=("RoleArn", "RoleSessionName", "DurationSeconds", "Policy"),
            does="AssumedRoleUser, Credentials: AccessKeyId, SecretAccessKey, SessionToken, Expiration",
            mints="a temporary key for what its minter may, or Policy (at most 2,048 bytes) of that, 3,600 s, from"
            " 900 to"
            " 43,200",
        ),
        Action(
            name="sts:GetSessionToken",
            version=_VERSION,
            takes=("DurationSeconds",),
            does="Credentials",
            mints="a temporary key for what its minter may, 43,200 s, from 900 to 129,600; of the account's own keys"
            " 3,600 at most. Needs no right",
        ),
        Action(
            name="sts:GetFederationToken",
            version=_VERSION,
            takes=("Name", "Policy", "DurationSeconds"),
            does="Credentials, FederatedUser, PackedPolicySize",
            mints="a temporary key for what its minter may and Policy says, as long as those of GetSessionToken",
        ),
        Action(
            name="sts:GetCallerIdentity",
            version=_VERSION,
            takes=(),
            does="who asks; needs no right, also as a signed address",
        ),
    ),
    signatures=(
        Signature(
            scheme="sts4",
            where="header `Authorization: AWS4-HMAC-SHA256 …` for the service `sts`",
            lasts="its time may be up to `storage.clock_skew_seconds` off the server's clock",
        ),
        Signature(
            scheme="sts4-query",
            where="`X-Amz-Signature` in the address",
            lasts="1 to 604,800 s (`X-Amz-Expires`) from its time, which must not lie ahead by more than"
            " `storage.clock_skew_seconds`",
        ),
    ),
    refused=("every other action and version, with InvalidAction: AssumeRoleWith…, GetAccessKeyInfo, TagSession",),
    readings=READINGS,
)
