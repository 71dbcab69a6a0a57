"""When each fault of the minting APIs is met, in a few words for the documents. Data only.

By kind, and by kind and reason where a table has a finer row; ``tests/arch`` holds it to be complete. Kinds that are
not here are met by requests of storage only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from entrepot.core.fault import Kind

WHEN: Final[Mapping[tuple[Kind, str | None], str]] = {
    (Kind.SIGNATURE_MISSING, None): "the call is not signed",
    (Kind.SIGNATURE_MALFORMED, None): "the signature cannot be parsed, or leaves out what must be signed",
    (Kind.SIGNATURE_MALFORMED, "timestamp-missing"): "the call has no time",
    (Kind.SIGNATURE_MALFORMED, "timestamp"): "the call's time is no number of seconds",
    (Kind.SIGNATURE_MALFORMED, "time-missing"): "the call has no time",
    (Kind.SIGNATURE_MALFORMED, "time"): "the call's time cannot be read",
    (Kind.SIGNATURE_MALFORMED, "date"): "the call has no time that can be read",
    (Kind.SIGNATURE_MALFORMED, "credential"): "the credential does not have its parts",
    (Kind.SIGNATURE_MALFORMED, "credential-date"): "the credential's day is not the day of the call's time",
    (Kind.SIGNATURE_MALFORMED, "scope"): "the credential's scope does not end as this cloud's do",
    (Kind.SIGNATURE_MALFORMED, "method"): "SignatureMethod is neither HmacSHA1 nor HmacSHA256",
    (Kind.SIGNATURE_MALFORMED, "algorithm"): "the signature is of a kind that is not spoken",
    (Kind.SIGNATURE_MALFORMED, "parameter-missing"): "a parameter of the signature is missing",
    (Kind.SIGNATURE_MALFORMED, "content-sha256"): "the announced digest is not the body's",
    (Kind.SIGNATURE_MISMATCH, None): "the signature does not fit the key's secret",
    (Kind.SIGNATURE_EXPIRED, None): "the signed address is over, or the key that only signs an address or a form",
    (Kind.SIGNATURE_SPENT, None): "the nonce was used before, or a right for a number of uses is used up",
    (Kind.KEY_UNKNOWN, None): "the key does not exist or was revoked",
    (Kind.TOKEN_INVALID, None): "the session token is wrong, another key's, or not asked for; or the key is over",
    (Kind.TOKEN_INVALID, "token-missing"): "a temporary key is used without its session token",
    (Kind.TOKEN_INVALID, "token-expired"): "the temporary key is over",
    (Kind.REQUEST_SKEWED, None): "the call's time is too far from the server's",
    (Kind.ACCESS_DENIED, None): "the key may not call this API, or not do what it does",
    (Kind.ACCESS_DENIED, "application"): "the SubAppId is no application of the caller's account",
    (Kind.ACCESS_DENIED, "temporary"): "a temporary key asks STS for further ones",
    (Kind.THROTTLED, "quota"): "the account has as many voice files as `mint.vms_files_max` says",
    (Kind.PARAMETER_INVALID, "client-token"): "a ClientToken was sent before with other parameters",
    (Kind.PARAMETER_INVALID, "dry-run"): "`DryRun` asked only whether the call would be granted, and it would",
    (Kind.THROTTLED, None): "more calls a second than `mint.requests_per_second`, or too many large ones at once",
    (Kind.MALFORMED, None): "body or parameters cannot be read",
    (Kind.MALFORMED, "form"): "a form of several parts is malformed or ends early",
    (Kind.MALFORMED, "voice"): "the uploaded file is neither MP3 nor WAV, cut off, or not what its name says",
    (Kind.METHOD_NOT_ALLOWED, None): "the call is neither GET nor POST",
    (Kind.NOT_IMPLEMENTED, None): "the cloud has it and this server has not",
    (Kind.NOT_IMPLEMENTED, "action"): "there is no such action here",
    (Kind.NOT_IMPLEMENTED, "api"): "there is no such action here",
    (Kind.NOT_IMPLEMENTED, "version"): "the action has another version here",
    (Kind.NOT_IMPLEMENTED, "service"): "the credential is for another service",
    (Kind.PARAMETER_MISSING, None): "a parameter is missing",
    (Kind.PARAMETER_MISSING, "action"): "the call does not say what it asks",
    (Kind.PARAMETER_MISSING, "voice-key"): "ResourceKey is missing",
    (Kind.PARAMETER_MISSING, "voice-name"): "Name is missing",
    (Kind.PARAMETER_INVALID, None): "a parameter has a value that cannot be",
    (Kind.PARAMETER_INVALID, "unknown"): "the API has no such parameter",
    (Kind.PARAMETER_INVALID, "type"): "a parameter is of another JSON type",
    (Kind.PARAMETER_INVALID, "range"): "a number is out of its bounds",
    (Kind.PARAMETER_INVALID, "format"): "Format is neither JSON nor XML",
    (Kind.PARAMETER_INVALID, "policy-format"): "the policy is none, or has what is not understood; the place is told",
    (Kind.PARAMETER_INVALID, "policy-size"): "the policy is too long",
    (Kind.PARAMETER_INVALID, "policy-foreign"): "the policy names what belongs to another account",
    (Kind.PARAMETER_INVALID, "policy-application"): "the policy names a bucket of another application",
    (Kind.PARAMETER_INVALID, "storage-region"): "StorageRegion is no region",
    (Kind.PARAMETER_INVALID, "storage-filter"): "a filter of DescribeStorage cannot be",
    (Kind.PARAMETER_INVALID, "role-arn"): "RoleArn is no name of a role",
    (Kind.PARAMETER_INVALID, "role-session"): "RoleSessionName cannot be",
    (Kind.PARAMETER_INVALID, "role-seconds"): "DurationSeconds is out of its bounds",
    (Kind.NAME_INVALID, None): "a name that cannot be stored",
    (Kind.NAME_INVALID, "call-path"): "the call goes to another path than `/`",
    (Kind.BODY_INCOMPLETE, None): "the body ended before its announced length",
    (Kind.TOO_LARGE, None): "the call has more than 1 MiB",
    (Kind.TOO_LARGE, "voice"): "the uploaded file has more than 5 MiB",
    (Kind.TOO_SMALL, "voice"): "the uploaded file is empty",
    (Kind.BUCKET_MISSING, None): "the bucket `auto` is asked for and the application has no storage",
    (Kind.OBJECT_MISSING, None): "there is no such temporary file of the caller's account",
    (Kind.OBJECT_MISSING, "role"): "the role is another account's",
    (Kind.OBJECT_MISSING, "voice"): "there is no such voice file",
    (Kind.OBJECT_MISSING, "voice-upload"): "nothing was uploaded under this name",
    (Kind.OBJECT_EXISTS, "voice"): "the name was committed with other content",
    (Kind.OBJECT_LOCKED, None): "the upload is closed by the COS JSON API (`forbid`)",
    (Kind.PRECONDITION_FAILED, None): "somebody else changed the file meanwhile; to be repeated",
    (Kind.STORAGE_FAILED, None): "the disk or the index failed; nothing was given out",
    (
        Kind.STORAGE_FAILED,
        "unavailable",
    ): "index or store cannot be reached, or others changed the same things all the time",
    (Kind.STORAGE_FULL, None): "the disk is full; nothing was given out",
    (Kind.INTERNAL, None): "a defect of the server; its log has it under the request id",
}

OF_EVERY_CALL: Final = frozenset({
    Kind.SIGNATURE_MISSING, Kind.SIGNATURE_MALFORMED, Kind.SIGNATURE_MISMATCH, Kind.SIGNATURE_EXPIRED,
    Kind.SIGNATURE_SPENT, Kind.KEY_UNKNOWN, Kind.TOKEN_INVALID, Kind.REQUEST_SKEWED, Kind.ACCESS_DENIED, Kind.THROTTLED,
    Kind.MALFORMED, Kind.METHOD_NOT_ALLOWED, Kind.NOT_IMPLEMENTED, Kind.PARAMETER_MISSING, Kind.PARAMETER_INVALID,
    Kind.NAME_INVALID, Kind.BODY_INCOMPLETE, Kind.TOO_LARGE, Kind.STORAGE_FAILED, Kind.STORAGE_FULL, Kind.INTERNAL,
})  # fmt: skip
"""Kinds that the calls of every minting API can meet."""
