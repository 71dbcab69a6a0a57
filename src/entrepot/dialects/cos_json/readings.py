"""How this dialect reads its sources where they disagree or are silent. Data only.

Each reading says what the seed states, what clients send or expect, what happens here, by which setting it can be
changed, and where the choice comes from. ``docs/dialects/cos_json.md`` is generated from this table.

Provenance: ``seed`` (the API document, seed 004), ``sdk`` (observed with a real client: wire facts), ``document``
(another document of the cloud or a report of what its service did), ``assumed`` (no evidence; the cautious choice).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Provenance = Literal["seed", "sdk", "document", "assumed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One question and the answer that is built in. ``setting`` is empty when there is no choice."""

    topic: Literal["signatures", "directories", "uploads", "slices", "objects", "replies", "transport"]
    question: str
    seed: str
    clients: str
    here: str
    setting: str = ""
    provenance: Provenance


READINGS: Final[tuple[Reading, ...]] = (
    Reading(
        topic="signatures",
        question="order of the fields in the signed text",
        seed="a, b, k, e, t, r, f in its text; a, k, e, t, r, f, b in its samples",
        clients="five different orders",
        here="any order; the HMAC is checked over the bytes as received",
        provenance="sdk",
    ),
    Reading(
        topic="signatures",
        question="which operations need a once-only signature",
        seed="its table: delete, update, move; its samples of move and copy carry a multi-use one",
        clients="two SDKs sign move and copy for several uses, one also delete and update",
        here="delete and update need one; move and copy take either",
        setting="cos_json.once_required",
        provenance="seed",
    ),
    Reading(
        topic="signatures",
        question="a once-only signature where a multi-use one would do",
        seed="create, list, stat and upload: multi-use",
        clients="none was seen to send one",
        here="accepted, and spent",
        provenance="assumed",
    ),
    Reading(
        topic="signatures",
        question="how f is encoded",
        seed="every character but the slash is URL-encoded",
        clients="not at all, once, twice, with lower-case digits, with %2F, with repeated slashes",
        here="it fits when any of 0 to 3 rounds of decoding gives the path; repeated slashes count as one",
        provenance="sdk",
    ),
    Reading(
        topic="signatures",
        question="f in a multi-use signature",
        seed="may bind a file, also by prefix",
        clients="empty, the full path, the bucket, or directory and prefix",
        here="empty binds nothing; anything else must begin the path",
        provenance="seed",
    ),
    Reading(
        topic="signatures",
        question="f in a signature for a download",
        seed="/appid/bucket/path",
        clients="three SDKs sign /path alone, one without the leading slash",
        here="either form, wherever bytes are downloaded; elsewhere the full form only",
        provenance="sdk",
    ),
    Reading(
        topic="signatures",
        question="form of e, t and r",
        seed="whole seconds; r has up to 10 digits",
        clients="decimals in e and t; r of up to 20 digits",
        here="up to 20 digits before and after a decimal point",
        provenance="sdk",
    ),
    Reading(
        topic="signatures",
        question="how long a once-only signature is good",
        seed="once; nothing about time",
        clients="used at once",
        here="90 days from t, and its use is remembered that long",
        provenance="assumed",
    ),
    Reading(
        topic="signatures",
        question="t in the future",
        seed="silent",
        clients="clocks of devices are wrong by minutes",
        here="allowed up to 900 s ahead, else -96",
        setting="cos_json.clock_skew_seconds",
        provenance="assumed",
    ),
    Reading(
        topic="signatures",
        question="a bad signature on a public download",
        seed="downloads without token protection: the signature is not verified",
        clients="some always attach one",
        here="ignored where the file is public and downloads are not protected",
        provenance="seed",
    ),
    Reading(
        topic="directories",
        question="whether a file's directory must exist",
        seed="precondition: the directory exists",
        clients="upload into directories that were never made; test suites rely on it",
        here="it need not; directories are implied by the files below them",
        setting="cos_json.need_parent",
        provenance="sdk",
    ),
    Reading(
        topic="directories",
        question="creating a directory that exists",
        seed="-178 is a path conflict",
        clients="tools of 2017 expect -178, a test of 2018 expects success",
        here="-178",
        setting="cos_json.mkdir_existing",
        provenance="document",
    ),
    Reading(
        topic="directories",
        question="deleting a directory that is not empty",
        seed="precondition: it is empty; -173",
        clients="the cloud's recursive delete tool handles -173; notes in two SDKs report success",
        here="-173, nothing is deleted",
        provenance="seed",
    ),
    Reading(
        topic="directories",
        question="stat of a directory that is only implied",
        seed="silent",
        clients="one SDK documents that it cannot be deleted",
        here="success with the times of the first object below it; update answers -197, delete -173",
        provenance="assumed",
    ),
    Reading(
        topic="directories",
        question="listing a directory that never existed",
        seed="precondition: it exists",
        clients="wrappers take any code but 0 as missing",
        here="-197 with status 404; an empty bucket's root and a prefix without matches list nothing",
        provenance="assumed",
    ),
    Reading(
        topic="directories",
        question="most entries of a page (num)",
        seed="1000 in the chapter, 199 in the text of -165",
        clients="20, 199 or 1000",
        here="1 to 1000; 1000 when absent; above -170, below -157",
        provenance="seed",
    ),
    Reading(
        topic="directories",
        question="meaning of listover",
        seed="described as whether there is more; its sample shows false beside a context",
        clients="all stop at true",
        here="true: this was the last page",
        provenance="sdk",
    ),
    Reading(
        topic="directories",
        question="form of context",
        seed="opaque; the sample is a path",
        clients="two SDKs paste it into the URL without encoding",
        here="URL-safe letters and digits; empty on the last page",
        provenance="sdk",
    ),
    Reading(
        topic="directories",
        question="an explicitly created directory when it is listed itself",
        seed="silent",
        clients="the tests of one SDK need that its own marker uses up one of num on the first page",
        here="so it does, without being shown",
        provenance="sdk",
    ),
    Reading(
        topic="uploads",
        question="insertOnly = 1 and the same bytes are there",
        seed="a name that exists fails",
        clients="reported to succeed on the cloud",
        here="success without change; other bytes: -177",
        provenance="document",
    ),
    Reading(
        topic="slices",
        question="insertOnly = 1 at the start of a sliced upload whose name is taken",
        seed="fails",
        clients="JS asks for the slices first and takes the file for uploaded",
        here="-177, whatever bytes are there; upload_slice, which the seed has not, takes the same bytes for done",
        provenance="seed",
    ),
    Reading(
        topic="transport",
        question="parameters that no chapter has",
        seed="silent",
        clients="a few repeat what the session has, or spell a name otherwise; the table above names them",
        here="refused with -5999, as is a name that comes twice or a value of another type",
        provenance="assumed",
    ),
    Reading(
        topic="objects",
        question="custom_headers beside the six of the table",
        seed="may hold these six",
        clients="one SDK drops others before it sends them",
        here="refused with -182",
        provenance="seed",
    ),
    Reading(
        topic="transport",
        question="headers below x-cos- on a change",
        seed="none",
        clients="none sends one",
        here="refused with -5999; ignored on what only reads",
        setting="cos_json.unknown_headers",
        provenance="assumed",
    ),
    Reading(
        topic="transport",
        question="unknown names in the query of a download",
        seed="silent",
        clients="pages add numbers against caches; SDKs of the cloud ask for processed images, versions and the like",
        here="ignored, unless some API gives the name a meaning: then refused with 400",
        provenance="assumed",
    ),
    Reading(
        topic="transport",
        question="Content-Type of a body",
        seed="application/json or multipart/form-data; its samples also say multipart/formdata",
        clients="one of these, with or without charset",
        here="one of these, or none for JSON; others are refused",
        provenance="seed",
    ),
    Reading(
        topic="uploads",
        question="media type that a download has",
        seed="custom_headers may set it",
        clients="most send application/octet-stream or none with the file",
        here="custom_headers, else from the name's ending, else what came with the file if it says anything",
        provenance="assumed",
    ),
    Reading(
        topic="uploads",
        question="characters in names",
        seed="-180 for an illegal path; no list",
        clients='refuse ? * : | \\ < > " in directories; one test suite uploads a file with all of them',
        here="refused in created directories, accepted in files; control characters, . and .. are -180",
        provenance="sdk",
    ),
    Reading(
        topic="uploads",
        question="longest URL",
        seed="1024 bytes",
        clients="percent-encoding triples the length of Chinese names",
        here="1024 bytes of decoded path",
        setting="cos_json.url_max_bytes",
        provenance="assumed",
    ),
    Reading(
        topic="slices",
        question="slice_size",
        seed="512 KiB, 1, 2 or 3 MiB",
        clients="one SDK allows 64 KiB to 3 MiB",
        here="any size from 64 KiB to 3 MiB",
        setting="cos_json.slice_min_bytes, cos_json.slice_max_bytes",
        provenance="sdk",
    ),
    Reading(
        topic="slices",
        question="starting an upload that is under way",
        seed="-4019; then ask for the slices and go on",
        clients="one SDK resumes so, one dies of -4019, the others report it as an error",
        here="the session again when size, slice size, biz_attr and insertOnly are the same, and the SHA-1 where one is"
        " given; else a new one. Its slices stay, so that asking for them and going on is what the seed describes",
        setting="cos_json.pending_init",
        provenance="sdk",
    ),
    Reading(
        topic="slices",
        question="instant upload",
        seed="a hit leaves out the session",
        clients="those that send sha at the start can take it",
        here="only with sha, only for bytes of the same account, only when the key may read them",
        provenance="assumed",
    ),
    Reading(
        topic="slices",
        question="when the SHA-1 of a sliced upload is checked",
        seed="-4016 for a mismatch; not when",
        clients="one SDK resumes a session of the same size with another file's bytes",
        here="before the file becomes visible; a mismatch ends the session",
        provenance="assumed",
    ),
    Reading(
        topic="slices",
        question="uploadparts",
        seed="silent",
        clients="states of one running SHA-1, the last one the whole file's",
        here="must cover the file; the last digest is checked against the bytes, the others are not",
        provenance="sdk",
    ),
    Reading(
        topic="slices",
        question="order and repetition of slices",
        seed="one after the other",
        clients="up to 16 at once, in any order, and again after a timeout",
        here="any order; the same bytes again succeed, other bytes are -4015",
        provenance="sdk",
    ),
    Reading(
        topic="slices",
        question="method of upload_slice_list",
        seed="GET in the overview, POST in the chapter",
        clients="POST",
        here="both",
        provenance="seed",
    ),
    Reading(
        topic="objects",
        question="what is missing: file, directory, bucket",
        seed="-197 no such file; -166, -144 no such index",
        clients="-197 since 2017, -166 before",
        here="-197 for files and directories, -166 for buckets, both with status 404",
        provenance="document",
    ),
    Reading(
        topic="objects",
        question="dest_fileid without a leading slash",
        seed="a bare name stays in the directory",
        clients="one SDK documents paths with slashes as relative to the source's directory",
        here="relative to the source's directory",
        provenance="sdk",
    ),
    Reading(
        topic="objects",
        question="move or copy onto itself",
        seed="silent",
        clients="none does",
        here="-199; with to_over_write = 1 success without change",
        provenance="assumed",
    ),
    Reading(
        topic="objects",
        question="update without flag",
        seed="needs flag by its note; its sample has none",
        clients="most send none",
        here="what is present is changed; with flag, only what its bits name",
        provenance="seed",
    ),
    Reading(
        topic="replies",
        question="type of ctime and mtime",
        seed="String in its tables, numbers in its samples",
        clients="take either",
        here="numbers",
        provenance="seed",
    ),
    Reading(
        topic="replies",
        question="authority of a file that has none of its own",
        seed="left out",
        clients="take either",
        here="eInvalid",
        provenance="assumed",
    ),
    Reading(
        topic="replies",
        question="message of an error",
        seed="a text",
        clients="compare it with the symbol",
        here="the symbol; detail and request_id stand beside it",
        provenance="sdk",
    ),
    Reading(
        topic="replies",
        question="HTTP status of an error",
        seed="400, 401, 403, 413, 500, 503, 504, 599, 612, 631",
        clients="throw the body of 5xx and above away",
        here="below 500 for whatever the client can mend; 404 for what is missing",
        provenance="sdk",
    ),
    Reading(
        topic="transport",
        question="Host of an API request",
        seed="[region].file.myqcloud.com, elsewhere web.file.myqcloud.com",
        clients="127.0.0.1 where it can be set",
        here="not checked",
        provenance="sdk",
    ),
    Reading(
        topic="transport",
        question="where parameters stand",
        seed="JSON or form, by operation",
        clients="JSON, form (also as file parts) or query, by SDK",
        here="all three together, each name once",
        provenance="sdk",
    ),
    Reading(
        topic="transport",
        question="GET on the API path without op",
        seed="silent",
        clients="one SDK downloads so",
        here="the file's bytes",
        provenance="sdk",
    ),
    Reading(
        topic="transport",
        question="whose a browser's preflight is",
        seed="silent; there is one API",
        clients="pages send forms to the API and download with and without a signature",
        here="this API's for its own path, and for GET, HEAD and POST on its download addresses, for any origin; others"
        " are answered by the bucket's CORS rules",
        provenance="assumed",
    ),
    Reading(
        topic="signatures",
        question="keys that are temporary",
        seed="-60 for a bad token; no parameter that carries one",
        clients="none sends one",
        here="a key that needs a session token is refused with -60; one that only ends, with -96 after its end",
        provenance="assumed",
    ),
    Reading(
        topic="transport",
        question="a quoted boundary in Content-Type",
        seed="silent",
        clients="one author notes that the cloud refused it",
        here="accepted",
        provenance="assumed",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCode:
    """A code of the seed's tables beside the business codes. Exactly one of ``when`` and ``reserved`` is set."""

    table: Literal["sdk", "download", "http"]
    code: int
    when: str = ""
    reserved: str = ""


_OWN_SDK: Final = "an SDK makes it up itself; no server sends it"
_TOO_HIGH: Final = "SDKs take it for a broken network and lose the body"

OTHER_CODES: Final[tuple[OtherCode, ...]] = (
    OtherCode(table="sdk", code=-1, reserved=_OWN_SDK),
    OtherCode(table="sdk", code=-2, reserved=_OWN_SDK),
    OtherCode(table="sdk", code=-3, reserved=_OWN_SDK),
    OtherCode(table="sdk", code=-4, reserved=_OWN_SDK),
    OtherCode(table="download", code=200, when="the whole file"),
    OtherCode(table="download", code=206, when="the range that was asked for, cut at the file's end"),
    OtherCode(
        table="download",
        code=403,
        when="no valid signature where one is needed, a referer that is refused, a closed file",
    ),
    OtherCode(table="download", code=404, when="there is no such file or bucket, or the address names none"),
    OtherCode(table="download", code=405, when="a method other than GET, HEAD and OPTIONS"),
    OtherCode(table="download", code=500, when="the bytes cannot be read, or a defect of the server"),
    OtherCode(table="download", code=-6101, when="errorcode of 404: there is no such file"),
    OtherCode(table="download", code=-45062, when="errorcode of 404: a sliced upload of this file is under way"),
    OtherCode(table="http", code=400, when="the request is wrong"),
    OtherCode(table="http", code=401, when="it is not proven who asks"),
    OtherCode(table="http", code=403, when="it is proven, but not allowed"),
    OtherCode(table="http", code=413, when="the content is over its limit"),
    OtherCode(table="http", code=500, when="the disk failed or is full, or a defect of the server"),
    OtherCode(table="http", code=503, reserved=_TOO_HIGH),
    OtherCode(table="http", code=504, reserved="there is no server behind this one"),
    OtherCode(table="http", code=599, reserved=_TOO_HIGH),
    OtherCode(table="http", code=612, reserved=f"404 says it; {_TOO_HIGH}"),
    OtherCode(table="http", code=631, reserved=f"401 with -82 says it; {_TOO_HIGH}"),
)
