"""What the documents say of an S3-like dialect beside its tables: signatures, and readings. Data only.

A reading is one question that the wire facts leave open, on which clouds or clients disagree, or on which this server
differs from all of them; those of the whole family are here, a cloud's own in its ``readings``. Its source is that of
what is done here. ``docs/dialects/`` is generated from these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from entrepot.dialects.s3like.flavour import Source

Topic = Literal[
    "addresses", "signatures", "objects", "digests", "uploads", "buckets", "listings", "forms", "replies", "transport"
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One question and the answer that is built in. ``setting`` is empty when there is no choice."""

    topic: Topic
    question: str
    clouds: str
    here: str
    setting: str = ""
    source: Source = "assumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One scheme: its name in the code, where it travels, and how long it counts."""

    scheme: str
    where: str
    lasts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """One dialect: its title, the cloud's hosts, its schemes in the order in which they are tried, its readings."""

    title: str
    hosts: str
    signatures: tuple[Signature, ...]
    readings: tuple[Reading, ...]


NEAR: Final = "its time may be up to `storage.clock_skew_seconds` off the server's clock"
UNTIL: Final = "until its `Expires`, however far off that is"
POLICY: Final = "until the policy's `expiration`; its time must not lie ahead by more than `storage.clock_skew_seconds`"


def limited(seconds: int) -> str:
    """How long a signed address with a time and a number of seconds counts."""
    return f"1 to {seconds:,} s from its time, which must not lie ahead by more than `storage.clock_skew_seconds`"


READINGS: Final[tuple[Reading, ...]] = (
    Reading(
        topic="addresses",
        question="which bucket a name means",
        clouds="COS writes `name-appid`; elsewhere a name belongs to one account of the whole cloud",
        here="`name-appid` is that account's bucket; a bare name is the signer's, else the only one of that name; names"
        " that several other accounts have mean none",
    ),
    Reading(
        topic="addresses",
        question="what a signer may do in another account's bucket",
        clouds="what is public, and what policies allow",
        here="what is public, exactly as without a signature",
        source="document",
    ),
    Reading(
        topic="addresses",
        question="where the bucket stands",
        clouds="in the host; in the path for some clients and addresses, which OSS refuses",
        here="in the cloud's own host names, below `domains`, in `<bucket>.localhost`, as a domain of the bucket,"
        " whichever cloud's host and whoever signs; else in the path; all at once",
        setting="domains",
        source="SDK",
    ),
    Reading(
        topic="addresses",
        question="how paths are decoded",
        clouds="SDKs send `/` in keys plain or as `%2F`, `+` plain or as `%2B`",
        here="percent-decoded once; `+`, `//`, `.` and `..` are bytes of the key like others",
        source="SDK",
    ),
    Reading(
        topic="addresses",
        question="whose request it is",
        clouds="each has hosts of its own",
        here="told by the signature first, then the host, then the beginnings of header and form field names; a"
        " download without any mark is COS JSON's on its addresses and foreign names, else S3's",
    ),
    Reading(
        topic="signatures",
        question="two signatures in one request",
        clouds="400 where it is documented",
        here="refused with 400, whichever clouds' schemes they are",
        source="document",
    ),
    Reading(
        topic="signatures",
        question="the region in a signature",
        clouds="OSS and S3 refuse a region that is not the bucket's; one SDK of TOS signs the endpoint in its place",
        here="taken as it is: there is one region, and clients come from any; with `own` OSS and S3 refuse as in the"
        " cloud: InvalidArgument, AuthorizationHeaderMalformed with the region that is expected",
        setting="storage.signed_regions",
        source="SDK",
    ),
    Reading(
        topic="objects",
        question="an ACL or tags beside an upload, a copy or the start of one in parts",
        clouds="ask the right to set them beside the right to store",
        here="the same, for what makes public and for any tag, and again when an upload in parts takes effect;"
        " `private` and `default` ask nothing further: nobody can do more by them, and clients send them unasked",
    ),
    Reading(
        topic="objects",
        question="pages where the bucket is in the path",
        clouds="are not rendered, but downloaded, at the clouds' own hosts",
        here="`Content-Security-Policy: sandbox` and `nosniff` for what a browser might run",
        setting="sandbox",
    ),
    Reading(
        topic="objects",
        question="an object without an ACL of its own",
        clouds="inherits the bucket's (OSS, COS, TOS); is private (S3)",
        here="inherits the bucket's, whichever dialect stored it",
        source="document",
    ),
    Reading(
        topic="objects",
        question="storage classes",
        clouds="classes for rare reading cost otherwise; archived objects must be restored first",
        here="labels, kept and given back: everything is kept in one tier. What is of an archive class is not read or"
        " copied until it is restored, which is done as soon as it is asked for; after its days it is closed again."
        " A copy has the class that its request names",
    ),
    Reading(
        topic="objects",
        question="transitions of lifecycle rules",
        clouds="move old objects to other classes, at a midnight",
        here="give them the label when a sweep finds them old enough; what is archived stays so. In S3 not below 128"
        " KiB, as there (`x-amz-transition-default-minimum-object-size`)",
        source="document",
    ),
    Reading(
        topic="objects",
        question="encryption with the server's key, and a bucket's default",
        clouds="AES-256 at rest where a request or the bucket asks for it; a copy is encrypted as its own request says;"
        " keys of a key service too",
        here="the same, really of the bytes, for every dialect that stores in the bucket; keys of a key service are"
        " refused",
        source="document",
    ),
    Reading(
        topic="objects",
        question="encryption with a key of the client's (SSE-C)",
        clouds="over https only; the key opens the object again, for GET, HEAD, parts and copies: 400 without it,"
        " 403 with another one",
        here="the same, and never in an address; the key is not kept. S3's entity tag is then not made of the MD5",
        setting="storage.client_keys_over_http",
    ),
    Reading(
        topic="objects",
        question="locks and other things that are not here",
        clouds="headers and parameters of their own",
        here="refused as not implemented, by header and by parameter, never ignored and never answered with the object",
        source="document",
    ),
    Reading(
        topic="objects",
        question="versions",
        clouds="buckets are born without; `?versioning` then says nothing, and some tools ask",
        here="asking tells that there are none, listing gives each object with the version `null`; setting them is"
        " refused; `versionId=null` is the object",
    ),
    Reading(
        topic="objects",
        question="reading one part (`partNumber` on GET and HEAD)",
        clouds="S3 and some others have it",
        here="where the cloud has it; of what was stored before borders of parts were kept, the whole is one part",
    ),
    Reading(
        topic="objects",
        question="several ranges at once",
        clouds="one range is documented",
        here="the whole object with 200",
    ),
    Reading(
        topic="objects",
        question="traffic limits",
        clouds="bits a second in a header or parameter",
        here="a value out of range is refused; the rate itself is not held",
    ),
    Reading(
        topic="digests",
        question="the entity tag of an object that came by COS JSON",
        clouds="an MD5, or that of parts with `-N`",
        here="32 digits and `-N`, which no client takes for an MD5: that API keeps none; an empty object has its MD5",
    ),
    Reading(
        topic="digests",
        question="the CRC64 of an object",
        clouds="COS, OSS and TOS give it, and clients compare it",
        here="that of the whole object, also beside a range, whichever dialect stored it",
        source="SDK",
    ),
    Reading(
        topic="digests",
        question="a digest that a client announces in a dialect that has another",
        clouds="silent",
        here="Content-MD5 counts everywhere; CRC64 where the cloud has it; `checksum-*` only for S3",
    ),
    Reading(
        topic="uploads",
        question="the form of upload ids",
        clouds="opaque; OSS: 32 digits in capitals; those who resume take the last one that is listed",
        here="32 hexadecimal digits in capitals: 12 of the time in milliseconds, then 20 of chance; so they sort by"
        " age",
        source="SDK",
    ),
    Reading(
        topic="uploads",
        question="starting an upload that must not overwrite (`forbid-overwrite`) where something is",
        clouds="the header is taken at the start; when it refuses is not said",
        here="refused at once, and again at the end; what the completion itself says counts more",
    ),
    Reading(
        topic="uploads",
        question="completing an upload a second time",
        clouds="the upload is missing; SDKs repeat after a timeout",
        here="gives the object again, while it is still the one that was made of that upload",
    ),
    Reading(
        topic="uploads",
        question="how long an unfinished upload in parts stays",
        clouds="until it is aborted or a rule ends it",
        here="the same; unfinished uploads in slices of COS JSON end by themselves after `sweep.upload_seconds`",
        source="document",
    ),
    Reading(
        topic="buckets",
        question="when lifecycle rules run out",
        clouds="at a midnight after the number of days",
        here="a day after Last-Modified is 86,400 s, nothing is rounded; rules are applied every hour",
        setting="sweep.rules_every_seconds, sweep.day_seconds",
    ),
    Reading(
        topic="buckets",
        question="lifecycle rules that move to other classes or speak of versions",
        clouds="part of the same document",
        here="the whole document is refused as not implemented",
    ),
    Reading(
        topic="buckets",
        question="removing a bucket with unfinished uploads",
        clouds="refused by some, not by others",
        here="refused as not empty",
    ),
    Reading(
        topic="buckets",
        question="what `public-read` and `public-read-write` open to anyone",
        clouds="reading, or listing too; writing",
        here="reading and listing; with `-write` also uploads, appends and deletions, but no ACLs or other settings",
    ),
    Reading(
        topic="buckets",
        question="grants to named accounts and groups",
        clouds="headers and documents with any number of grants",
        here="only what amounts to private, public-read or public-read-write; others are refused as not implemented",
    ),
    Reading(
        topic="listings",
        question="when the next marker is given",
        clouds="S3: only with a delimiter",
        here="always when there is more",
        source="SDK",
    ),
    Reading(
        topic="forms",
        question="a form without a policy",
        clouds="for buckets that anyone may write to",
        here="the same",
        source="document",
    ),
    Reading(
        topic="forms",
        question="a signature in the address or a header of a form's request",
        clouds="ignored (OSS); some SDKs repeat the form's there",
        here="schemes for forms look at fields only",
        source="document",
    ),
    Reading(
        topic="replies",
        question="the message of an error",
        clouds="a sentence of the cloud's own, which some clients compare",
        here="that sentence where one is known, and what was wrong in `Detail` beside it; elsewhere what was wrong",
        source="SDK",
    ),
    Reading(
        topic="replies",
        question="what the reply to a wrong signature tells",
        clouds="the string to sign and, for the newer schemes, the canonical request",
        here="the same, as the server made them; never the signature that it expected",
        source="document",
    ),
    Reading(
        topic="replies",
        question="pages of other origins, where no CORS rule fits",
        clouds="preflights are refused, replies go without CORS headers",
        here="the same, by the rules of the bucket",
        source="document",
    ),
    Reading(
        topic="transport",
        question="the rest of the body of a request that was refused",
        clouds="SDKs take an aborted connection for a broken network and repeat",
        here="up to 4 MiB are taken in and dropped, so that the reply is read; the connection goes on if that was all,"
        " else it ends; a client that waits for `100 Continue` has sent nothing, and it ends at once",
        source="SDK",
    ),
    Reading(
        topic="transport",
        question="when `100 Continue` is given",
        clouds="when the headers are in order",
        here="once the signature is verified and the right to store is there",
        source="document",
    ),
)
