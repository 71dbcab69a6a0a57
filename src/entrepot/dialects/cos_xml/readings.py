"""What the documents say of COS XML beside its tables. Data only. Source: wire facts of Tencent §6, §7."""

from __future__ import annotations

from typing import Final

from entrepot.dialects.s3like.guide.readings import Guide, Reading, Signature

_SPAN = (
    "from the later start to the earlier end of `q-sign-time` and `q-key-time`, however long that is; the start may"
    " lie ahead by up to `storage.clock_skew_seconds`"
)

READINGS: Final[tuple[Reading, ...]] = (
    Reading(
        topic="signatures",
        question="what the lists of a signature must name",
        clouds="the SDKs sign every `x-cos-*` header but tokens, metadata and marks of retries",
        here="copy source, ACL, grants, tagging and forbid-overwrite must be listed when they are sent; in an address"
        " also the parameters that make another operation of it",
        source="SDK",
    ),
    Reading(
        topic="signatures",
        question="the host that was signed",
        clouds="one SDK signs it without its port",
        here="with and without its port",
        source="observed",
    ),
    Reading(
        topic="signatures",
        question="a signature that lists no host (`SignHost=False`, `ForceSignHost: false`)",
        clouds="taken; it says nothing of the bucket where that stands in the host, and is good at each of the signer's"
        " buckets for the same path until it ends",
        here="the same: whoever may be handed one should be given a key of its own, whose rights name the bucket",
        source="SDK",
    ),
    Reading(
        topic="signatures",
        question="the longest span of a signature",
        clouds="documented examples last minutes, SDKs sign up to the 36 hours of a temporary key",
        here="not limited",
        source="SDK",
    ),
    Reading(
        topic="objects",
        question="the longest key",
        clouds="850 bytes by one document",
        here="1,024 bytes",
    ),
    Reading(
        topic="objects",
        question="the code of a refused overwrite (`x-cos-forbid-overwrite`)",
        clouds="FileAlreadyExists is among the codes, not said to be this one",
        here="409 FileAlreadyExists",
    ),
    Reading(
        topic="objects",
        question="the entity tag of an appended object",
        clouds="no MD5",
        here="the MD5 after the first append, then digits and `-N`",
    ),
    Reading(
        topic="transport",
        question="the spelling of response headers",
        clouds="the Python SDK's users look them up as the cloud writes them",
        here="`ETag`, `Content-Length`, `Last-Modified` and so on, `x-cos-*` in lower case",
        source="observed",
    ),
)

GUIDE: Final = Guide(
    title="Tencent COS XML API (v5)",
    hosts="`<name>-<appid>.cos.<region>.myqcloud.com` (also `.tencentcos.cn`, `cos-internal`, `cos.accelerate`),"
    " `service.cos.myqcloud.com`",
    signatures=(
        Signature(scheme="q-sign", where="header `Authorization: q-sign-algorithm=sha1&…`", lasts=_SPAN),
        Signature(scheme="q-sign-query", where="the same names as parameters of the address", lasts=_SPAN),
        Signature(
            scheme="q-sign-form",
            where="fields `policy`, `q-ak`, `q-key-time`, `q-signature` of a form",
            lasts="the span of `q-key-time`, and until the policy's `expiration`",
        ),
        Signature(
            scheme="q-sign-form-old",
            where="field `Signature` of a form, which holds a whole Authorization",
            lasts=_SPAN,
        ),
    ),
    readings=READINGS,
)
