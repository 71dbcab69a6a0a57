"""How this server reads policies where the clouds leave it open, or where it differs. Data only.

Source: as named with each reading; ``tools/gen_docs.py`` makes ``docs/policies.md`` of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from entrepot.core.rights.circumstances import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyReading:
    """A question, what the clouds do, and what is done here."""

    question: str
    clouds: str
    here: str
    source: str


INTRODUCTION: Final = (
    (
        "Sub-users may do what their policies say together: a statement that denies wins over one that allows, and\n"
        "what no statement speaks of is refused. The same languages narrow temporary credentials: what is minted is\n"
        "what its minter may and its policy allows, both. An account's own keys may do everything in it."
    ),
    (
        "One that lets its user upload and read below `inbox/`, in the language of Tencent CAM. A resource names the\n"
        "account by its appid:"
    ),
    (
        "```json\n"
        '{"version": "2.0", "statement": [\n'
        '    {"effect": "allow", "action": ["name/cos:PutObject", "name/cos:GetObject"],\n'
        '     "resource": ["qcs::cos:*:uid/1250000000:demo-1250000000/inbox/*"]}]}\n'
        "```"
    ),
    (
        "The same in the language of Alibaba RAM. With `tos:` and `trn:tos:::`, or `s3:` and `arn:aws:s3:::`,\n"
        "it is that of Volcengine or AWS:"
    ),
    (
        "```json\n"
        '{"Version": "1", "Statement": [\n'
        '    {"Effect": "Allow", "Action": ["oss:PutObject", "oss:GetObject"],\n'
        '     "Resource": ["acs:oss:*:*:demo/inbox/*"]}]}\n'
        "```"
    ),
    (
        "```sh\n"
        "entrepot policy create uploads policy.json     # or -, to read standard input\n"
        "entrepot user create alice --policy uploads\n"
        "entrepot key create --user alice\n"
        "entrepot policy test alice cos:PutObject demo/a.png --content-length 1000\n"
        "entrepot policy suggest KEY                     # the least policy for what a key did\n"
        "```"
    ),
    (
        "Changes hold from the next request on, on every worker. What a user minted before stays until it ends,\n"
        "whatever becomes of its policies: `entrepot grants revoke` withdraws it."
    ),
    (
        "`entrepot policy test WHO ACTION RESOURCE` says whether somebody may, which statement decided, and where\n"
        "it is refused: the statement that denies, or the nearest one and what it misses (action, resource, which\n"
        "condition and what came for it), and the least policy that would allow it, in the language of\n"
        "`--language`. It ends with status 1 when it is refused. `WHO` is a user, the id of a key or of a minted\n"
        "right, `anybody` (no signature), or `-` (a user without policies). `--with FILE` tries a policy that is\n"
        "not stored, `--with NAME=FILE` a new text of one that is. What a request would bring is told by options\n"
        "(`--source`, `--tls`, `--at`, `--acl`, `--tag`, …) or as headers (`--header 'x-amz-acl: public-read'`).\n"
        "The [admin API](admin-api.md) answers the same (`testPolicy`)."
    ),
    (
        "A request that was refused is told of in the same words: in the reply with `--dev`, and by `entrepot\n"
        "explain`. What allows something is told only after it was tried: the policy is read back, and must allow\n"
        "it."
    ),
    (
        "`entrepot policy suggest KEY` writes the least policy for what a key did: from the places that the audit\n"
        "log notes for minted rights, and for sub-users' keys where `audit.sub_users` is on (with `--dev` it is);\n"
        "from what it minted, and what it stored. Many keys become a common prefix. What is not known is said:\n"
        "requests that were refused, and what an account's own key read."
    ),
)
"""What somebody who looks up policies wants to know first."""

FACTS: Final = {
    Fact.SOURCE: "the address that the request came from; IPv4 and IPv6, alone or as networks",
    Fact.SECURE: "whether the request came over TLS",
    Fact.TIME: "the server's clock",
    Fact.REFERER: "the header `Referer`",
    Fact.USER_AGENT: "the header `User-Agent`",
    Fact.CONTENT_TYPE: "the type that will be stored; a part's and a completion's is that of the upload",
    Fact.CONTENT_LENGTH: "how many bytes will be stored: the body's that really arrived, each part's, the whole's",
    Fact.ACL: "the ACL that is asked for: `private`, `public-read`, `public-read-write`, `default`",
    Fact.ENCRYPTION: "the encryption with the server's key that is asked for: `AES256`; not a bucket's default",
    Fact.CLIENT_ENCRYPTION: "the same with the client's key: `AES256`",
    Fact.PREFIX: "the prefix of a listing; without one it is empty",
    Fact.DELIMITER: "the delimiter of a listing",
    Fact.MAX_KEYS: "how many a listing wants at most; without a wish the default",
}
"""What conditions are about."""

READINGS: Final = (
    PolicyReading(
        question="what is not understood: a member, action, resource, operator, key or value",
        clouds="refused, or left out",
        here="refused, with the place as a JSON path, the value and what would be allowed",
        source="issue 4 §2, §3",
    ),
    PolicyReading(
        question="an action that this server never does: of a service that is not here (`ci:`, `kms:`, `log:`), or one"
        " that the cloud has and this server has not (`cos:PutBucketWebsite`)",
        clouds="allows or denies it",
        here="taken; matches nothing in `Allow`, `Deny` and `NotAction`, and is noted: by `entrepot policy create` and"
        " `show`, and in the ledger for a session's policy. Resources of such services likewise",
        source="assumed",
    ),
    PolicyReading(
        question="a name that is no action of a service that is here (`oss:PutObjects`, `cos:Zap*`)",
        clouds="taken, and means nothing",
        here="refused with its place: in a `Deny` it would let pass what it was to stop",
        source="assumed",
    ),
    PolicyReading(
        question="`name/vod:*`",
        clouds="all actions of VOD",
        here="those that VOD names: deleting buckets and changing ACLs are none of them",
        source="assumed",
    ),
    PolicyReading(
        question="the ACLs `bucket-owner-full-control`, `bucket-owner-read`, `bucket-owner-entrusted` in a condition",
        clouds="canned ACLs of objects that others store",
        here="mean `private`, as they do in a request. A value, or a list of them, that no request can ask for is"
        " refused",
        source="assumed",
    ),
    PolicyReading(
        question="version 2008-10-17",
        clouds="AWS: has no variables",
        here="the same; else like 2012-10-17",
        source="AWS, IAM policy elements: Version",
    ),
    PolicyReading(
        question="a name that occurs twice in one JSON object",
        clouds="one of them counts",
        here="refused",
        source="assumed",
    ),
    PolicyReading(
        question="a condition on what the request does not have",
        clouds="false; on AWS a negated operator is true",
        here="false, also negated; true for negated operators of version 2012-10-17; `if exist` makes it true",
        source="wire facts of Tencent §5; AWS, condition operators",
    ),
    PolicyReading(
        question="sizes of uploads in parts",
        clouds="each request by itself, so that many small parts pass any limit",
        here="each part, and the whole when it is completed; steps that bring no bytes pass",
        source="issue 4 §3, §5",
    ),
    PolicyReading(
        question="sizes of copies and of appended objects",
        clouds="the request's body",
        here="what will be stored: the source's bytes, the object's with what is appended",
        source="issue 4 §5",
    ),
    PolicyReading(
        question="a body that is longer than a condition lets pass",
        clouds="refused by its announced length",
        here="refused as soon as one byte more has arrived, whatever was announced, also on a presigned PUT",
        source="issue 4 §4",
    ),
    PolicyReading(
        question="who may store any bytes, and copies",
        clouds="PUT with a copy source needs PutObject; VOD and older COS name an action of its own",
        here="PutObject includes PutObjectCopy and CopyObject, UploadPart includes UploadPartCopy; denied together",
        source="wire facts of Tencent §3.2, §10",
    ),
    PolicyReading(
        question="`DeleteMultipleObjects`, `DeleteObjects`",
        clouds="an action of its own on COS and VOD",
        here="the same right as DeleteObject, asked for each key",
        source="wire facts of Tencent §10",
    ),
    PolicyReading(
        question="a VOD resource that ends in `/`",
        clouds="not stated",
        here="for listings everything below it; for objects that very key",
        source="wire facts of Tencent §3.2, §12; seed 002",
    ),
    PolicyReading(
        question="`NotAction` and `NotResource`",
        clouds="the same right under another service's name is another action",
        here="a right or a place that is left out is left out whatever it is called",
        source="assumed",
    ),
    PolicyReading(
        question="calls of APIs (`vod:CreateStorageCredentials`, `hbr:CreateTempFileUploadUrl`, …)",
        clouds="some have resources",
        here="allowed on `*`, or all of a service's; a finer resource is refused",
        source="wire facts of Alibaba §2.1",
    ),
    PolicyReading(
        question="variables in resources and conditions (`${aws:username}`)",
        clouds="replaced",
        here="`${aws:username}` and `${aws:userid}` in policies of sub-users of version 2012-10-17; others, and all in"
        " policies of sessions and of COS paths, are refused",
        source="AWS, IAM policy elements: Variables",
    ),
    PolicyReading(
        question="the region of a resource",
        clouds="must be the bucket's",
        here="any: there is one",
        source="wire facts of Tencent §3.2",
    ),
)
