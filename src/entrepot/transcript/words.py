"""The names by which clouds call what a transcript must not hold, or what differs each time. Data only.

All in lower case. Sources: the schemes in :mod:`entrepot.signing`; the replies of the dialects; seeds of the minting
APIs. A further dialect adds its names here; ``tests/kit/test_recorded_sdks.py`` shows when one is missing.
"""

from __future__ import annotations

import re
from typing import Final

SIGNATURES: Final = frozenset({
    "signature", "x-amz-signature", "x-oss-signature", "x-tos-signature", "x-signature", "q-signature",
})  # fmt: skip
"""Parameters, form fields and members of replies that are a signature."""

TOKENS: Final = frozenset({
    "x-amz-security-token", "x-cos-security-token", "x-oss-security-token", "x-tos-security-token",
    "x-acs-security-token", "x-acs-accesskey-secret", "x-security-token", "x-tc-token", "security-token",
    "securitytoken", "sessiontoken", "token", "tmptoken", "costoken", "costocken",
})  # fmt: skip
"""Headers, parameters, fields and members that are a session token."""

KEY_IDS: Final = frozenset({
    "accesskeyid", "awsaccesskeyid", "ossaccesskeyid", "secretid", "x-amz-credential", "x-oss-credential",
    "x-tos-credential", "x-credential", "q-ak",
})  # fmt: skip
"""Parameters and fields that name a key: where there is no such key, what stands there may be anything."""

SECRETS: Final = frozenset({
    "secretkey", "tmpsecretkey", "secretaccesskey", "accesskeysecret", "secret", "privatekey", "password", "coskey",
})  # fmt: skip
"""Members of replies that are the secret of a key."""

PRIVATE_HEADERS: Final = frozenset({"cookie", "set-cookie", "proxy-authorization"})
"""Headers that no dialect reads, and that may hold anything."""

CUSTOMER_KEY: Final = "-server-side-encryption-customer-key"
"""How a header ends that carries a key to encrypt with; that of its MD5 has ``-md5`` behind it."""

TIMES: Final = frozenset({
    "date", "x-amz-date", "x-oss-date", "x-tos-date", "x-cos-date", "x-date", "x-acs-date", "x-tc-timestamp",
    "authorization", "expires", "timestamp", "q-sign-time", "q-key-time", "x-amz-credential", "x-oss-credential",
    "x-tos-credential", "x-credential", "q-sign-algorithm",
})  # fmt: skip
"""Headers, parameters and fields that say when a request was signed, or until when that counts."""

NOT_A_TIME: Final = frozenset({"expires"})
"""Of these, what is something else as a header: when a stored object gets stale."""

POLICIES: Final = frozenset({"policy", "x-tos-policy"})
"""Fields and parameters that are the policy of a form, or of an address, in base64."""

NONCES: Final = frozenset({"signaturenonce", "x-acs-signature-nonce", "nonce", "signature-nonce"})
"""What may be used once."""

HOP: Final = frozenset({
    "connection", "keep-alive", "proxy-connection", "te", "upgrade", "expect", "content-length", "transfer-encoding",
})  # fmt: skip
"""Headers of one connection, which whoever replays makes himself."""

NOT_COMPARED: Final = frozenset({
    "date", "server", "connection", "keep-alive", "content-length", "transfer-encoding", "accept-ranges", "via",
    "x-oss-server-time", "x-amz-request-id", "x-amz-id-2", "x-cos-request-id", "x-cos-trace-id", "x-oss-request-id",
    "x-tos-request-id", "x-tos-id-2", "x-tc-requestid", "x-acs-request-id", "x-amzn-requestid", "x-acs-trace-id",
    "x-tt-logid", "x-reqid", "content-security-policy", "x-content-type-options",
})  # fmt: skip
"""Headers of replies that say nothing of what was asked, or are for browsers. The length follows from the body."""

KINDS: Final = {
    "nextcontinuationtoken": "marker", "continuationtoken": "marker",
    "uploadid": "upload-id", "upload_id": "upload-id", "session": "upload-id",
    "accesskeyid": "key", "tmpsecretid": "key", "secretid": "key", "ossaccesskeyid": "key",
    "access_key_id": "key", "cosid": "key", "cosprefix": "number",
    "requestid": "any", "request_id": "any", "hostid": "any", "traceid": "any", "eventid": "any",
    "stringtosign": "any", "stringtosignbytes": "any", "canonicalrequest": "any", "canonicalrequestbytes": "any",
    "signatureprovided": "any", "servertime": "any", "expiration": "date", "expiredtime": "date",
    "expiretime": "date", "fileid": "name", "vodsessionkey": "name", "recommend": "any",
    "ec": "any", "id": "owner", "assumedroleid": "name", "userid": "name", "federateduserid": "name",
}  # fmt: skip
"""Members of replies that differ each time, and what they are."""

ANY_BEGINNINGS: Final = ("explanation",)
"""Members that begin so are the explanation of a refusal in dev mode; its cause stands on a line of its own."""

DATA_IN: Final = frozenset({"PutObject", "AppendObject", "PutNumberedPart", "PutPart"})
"""Operations whose request's body is the content of an object."""
DATA_OUT: Final = frozenset({"ReadObject"})
"""Operations whose reply's body is."""

PATTERNS: Final = {
    "any": re.compile(r"[\s\S]{0,65536}"),
    "date": re.compile(r"[A-Za-z0-9:,.+% -]{1,64}"),
    "upload-id": re.compile(r"[A-Za-z0-9._~+/=%-]{1,1024}"),
    "key": re.compile(r"[A-Za-z0-9._-]{1,128}"),
    "secret": re.compile(r"[A-Za-z0-9._~+/=-]{1,256}"),
    "token": re.compile(r"[A-Za-z0-9._~+/=%-]{1,8192}"),
    "signature": re.compile(r"[A-Za-z0-9._~+/=%-]{1,1024}"),
    "form-policy": re.compile(r"[A-Za-z0-9._~+/=%-]{1,65536}"),
    "name": re.compile(r"[^\s<>&?]{1,1024}"),
    "etag": re.compile(r"[0-9A-Za-z-]{1,80}"),
    "marker": re.compile(r"[^<>&]{1,4096}"),
    "number": re.compile(r"[0-9]{16,40}"),
    "owner": re.compile(r"[0-9a-f]{64}"),
    "uuid": re.compile(r"[0-9A-Fa-f-]{36}"),
}  # fmt: skip
"""What a variable of each kind can be, where it is not known yet."""

ALWAYS_NUMBERED: Final = frozenset({"owner", "etag"})
"""Kinds that replies repeat, whether or not a request does."""

SEALED: Final = ("-server-side-encryption-customer-algorithm", "-server-side-encryption-aws-kms-key-id")
"""How headers end of replies about an object whose entity tag is no digest of its content.
Source: AWS, "Checking object integrity"."""

RENEWED: Final = frozenset({"date", "any"})
"""Kinds that may be another value at each appearance; later requests use the newest."""
