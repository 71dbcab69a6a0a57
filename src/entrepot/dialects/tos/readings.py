"""What the documents say of TOS beside its tables. Data only. Source: wire facts of Volcengine §3."""

from __future__ import annotations

from typing import Final

from entrepot.dialects.s3like.guide.readings import NEAR, POLICY, Guide, Reading, Signature, limited
from entrepot.signing.scoped import POLICY_EXPIRES_MAX_SECONDS
from entrepot.signing.scoped_rows import TOS4

READINGS: Final[tuple[Reading, ...]] = (
    Reading(
        topic="signatures",
        question="the payload hash of a request that names none",
        clouds="the Go SDK signs that of an empty body, even with a body",
        here="that of an empty body, or UNSIGNED-PAYLOAD",
        source="observed",
    ),
    Reading(
        topic="signatures",
        question="what an address that carries a policy allows",
        clouds="listing, reading and HEAD below the keys that the policy names; other parameters are not signed",
        here="the same; the policy must name exactly one bucket",
        source="document",
    ),
    Reading(
        topic="objects",
        question="the status of a refused overwrite (`x-tos-forbid-overwrite`)",
        clouds="the finer code is documented, the status is not",
        here="409",
    ),
    Reading(
        topic="objects",
        question="`+` in a copy source",
        clouds="the Go SDK writes a blank so",
        here="a blank",
        source="observed",
    ),
    Reading(
        topic="objects",
        question="when an object goes that has days of its own (`x-tos-object-expires`, `?objectExpires`)",
        clouds="at the midnight after that many days from its last change; before any lifecycle rule",
        here="that many times 24 hours from its last change: from then on it cannot be read, and the next sweep takes"
        " it out of listings; before any lifecycle rule. A copy has the days that its request names, and else none",
    ),
    Reading(
        topic="objects",
        question="links into another bucket (`x-tos-symlink-bucket`)",
        clouds="followed",
        here="refused: 405 MethodNotAllowed",
    ),
    Reading(
        topic="buckets",
        question="buckets with a hierarchy of directories (`hns`)",
        clouds="a bucket type of their own; one SDK always names it in listings",
        here="every bucket is flat (`fns`); the parameter is ignored",
        source="SDK",
    ),
    Reading(
        topic="replies",
        question="the finer code (EC) of errors whose own is not known",
        clouds="every error has one; the documents name some twenty",
        here="`0000-00000000`, beside those that documents and SDKs name",
    ),
    Reading(
        topic="replies",
        question="what a bucket cannot do",
        clouds="405; SDKs repeat 501, the one for Go for minutes",
        here="405 MethodNotAllowed",
        source="SDK",
    ),
    Reading(
        topic="listings",
        question="who sees metadata (`fetch-meta=true`)",
        clouds="whoever may list",
        here="the same",
        source="SDK",
    ),
    Reading(
        topic="forms",
        question="fields that the policy does not name",
        clouds="nothing is said",
        here="accepted",
    ),
    Reading(
        topic="uploads",
        question="callbacks: where they may go",
        clouds="to public addresses",
        here="to public addresses, and wherever else the operator allows; never to link-local and metadata addresses or"
        " this server; an address that is not allowed is refused before anything is stored, a name when it is asked."
        " Asking for one needs its own right, which goes with PutObject in policies; minted rights have it not",
        setting="callback_hosts",
    ),
    Reading(
        topic="uploads",
        question="callbacks: a URL without a scheme",
        clouds="nothing is said",
        here="https",
    ),
)

GUIDE: Final = Guide(
    title="Volcengine TOS",
    hosts="`<bucket>.tos-<region>.volces.com`, `tos-<region>.volces.com` (also `ivolces.com`)",
    signatures=(
        Signature(scheme="tos4", where="header `Authorization: TOS4-HMAC-SHA256 …`", lasts=NEAR),
        Signature(
            scheme="tos4-query",
            where="`X-Tos-Signature` in the address",
            lasts=f"{limited(TOS4.expires_max_seconds)}; with `X-Tos-Policy` up to {POLICY_EXPIRES_MAX_SECONDS:,} s",
        ),
        Signature(scheme="tos4-form", where="field `x-tos-signature` of a form", lasts=POLICY),
    ),
    readings=READINGS,
)
