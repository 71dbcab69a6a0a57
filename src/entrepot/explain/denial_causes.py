"""The causes of denials: their stable codes, and what each means. Data only.

The table of causes in the documents is made of this.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Cause(StrEnum):
    """What the reason of a denial can be."""

    DENIED = "explicit-deny"
    NO_POLICY = "no-policy"
    CONDITION = "condition-not-met"
    RESOURCE = "resource-not-covered"
    RESOURCE_KIND = "resource-of-other-kind"
    RESOURCE_SERVICE = "resource-of-other-service"
    EXCEPTED = "resource-excepted"
    ACTION = "action-not-allowed"
    NOTHING = "nothing-allows-it"
    OTHER_ACCOUNT = "other-account"
    ACL = "acl-does-not-open"
    SIGNATURE = "signature-is-narrower"
    ENDED = "right-ended"
    NOT_ASKED = "right-is-narrower"
    LIMIT_TYPE = "limit-content-type"
    LIMIT_SOURCE = "limit-source"
    LIMIT_SIZE = "limit-size"
    PLAIN = "right-only-stores"
    GONE = "minter-is-gone"
    REVOKED = "revoked"
    SPENT = "spent"


MEANINGS: Final[Mapping[Cause, str]] = {
    Cause.DENIED: "a statement denies it",
    Cause.NO_POLICY: "the user has no policy",
    Cause.CONDITION: "a statement would allow it, but for its conditions",
    Cause.RESOURCE: "a statement allows the action, on other resources",
    Cause.RESOURCE_KIND: "a statement has the action, but names a bucket where objects are meant, or the reverse",
    Cause.RESOURCE_SERVICE: "a statement has the action, but its resource is one of another service",
    Cause.EXCEPTED: "a statement would allow it, but leaves this resource out",
    Cause.ACTION: "a statement names the resource, but not the action",
    Cause.NOTHING: "no statement comes near",
    Cause.OTHER_ACCOUNT: "the key is of another account than the resource",
    Cause.ACL: "nobody signed, or somebody of another account, and the ACL opens less",
    Cause.SIGNATURE: "the signature was made for less than what is asked",
    Cause.ENDED: "the time of a minted right, of a temporary key or of a signature is over",
    Cause.NOT_ASKED: "a minted right was made for less than what is asked",
    Cause.LIMIT_TYPE: "the operator's limits of a right: another type",
    Cause.LIMIT_SOURCE: "the operator's limits of a right: another address",
    Cause.LIMIT_SIZE: "a right allows fewer bytes",
    Cause.PLAIN: "a minted right to upload cannot publish what it stores",
    Cause.GONE: "the key that minted a right is not there any more, so that its clauses cannot be told apart",
    Cause.REVOKED: "the key was revoked; it is told when and by whom",
    Cause.SPENT: "a right or signature may be used so many times, and was; the request that used it last is told",
}
