"""What the documents say of Volcengine's OpenAPI beside its tables. Data only. Source: wire facts of Volcengine §1, §2,
§7.
"""

from __future__ import annotations

from typing import Final

from entrepot.core.fault import Kind
from entrepot.dialects.control.guide import Action, Guide, Reading, Signature
from entrepot.dialects.volcengine.marks import VERSION

_TYPE = "Type"

READINGS: Final[tuple[Reading, ...]] = (
    Reading(
        topic="calls",
        question="where parameters stand",
        cloud="SDKs of different years put them into the query, a form or JSON",
        here="all are merged; one with two values is InvalidParameter. Nulls are no parameters; a text must be one, a"
        " number may be written as a text",
        source="SDK",
    ),
    Reading(
        topic="calls",
        question="a missing or unknown action",
        cloud="the gateway's MissingParameter and InvalidActionOrVersion (404), or the document's MissingAction and"
        " InvalidAction (400)",
        here="the document's; InvalidActionOrVersion for another version of an action that is here",
        source="seed",
    ),
    Reading(
        topic="signatures",
        question="which parameters a signed address covers",
        cloud="some clients sign those that it lists, others all, whatever it lists",
        here="both are tried, the first only when nothing that is asked is left unlisted",
        source="SDK",
    ),
    Reading(
        topic="files",
        question="GetResourceUploadUrl: a `FileName` without a suffix, as in the document's example",
        cloud="only MP3 and WAV; the example is `abcdef`",
        here="taken, and judged by its content at the commit; any other suffix than .mp3 and .wav is refused",
        source="seed",
    ),
    Reading(
        topic="calls",
        question="`ClientToken` and `DryRun`, which the document's codes speak of",
        cloud="no parameter of that name is listed",
        here="taken by GetResourceUploadUrl. A token is remembered for a day: with another FileName it is"
        " IdempotentParameterMismatch. A trial that would have been granted is DryRunOperation",
        source="seed",
    ),
    Reading(
        topic="files",
        question="QuotaExceeded",
        cloud="nothing is said of numbers",
        here="when the account has as many voice files as the setting says; 0 is no limit",
        setting="mint.vms_files_max",
        source="seed",
    ),
    Reading(
        topic="files",
        question="the same `FileName` again",
        cloud="the name must be unique, and is the token of idempotency",
        here="the same object and a fresh address. Once committed, the same content gives the same ResourceKey, other"
        " content NOT_REPET_INVOCK; no address reaches the committed copy",
        source="seed",
    ),
    Reading(
        topic="files",
        question="where 5 MB are measured",
        cloud="RESOURCE_SIZE_OVER_LIMIT at the commit",
        here="at the commit, as 5 MiB; `mint.vms_max_bytes` cuts the PUT itself",
        setting="mint.vms_max_bytes",
        source="document",
    ),
    Reading(
        topic="files",
        question="what counts as MP3 and WAV",
        cloud="the content is parsed",
        here="so it is: an MP3 begins with two frames that follow each other, a WAV is not shorter than it announces; a"
        " suffix that the content denies is FILE_ANALYSE_ERROR",
        source="document",
    ),
    Reading(
        topic="files",
        question="the review",
        cloud="people look at each file",
        here="approved at once, or waiting for `entrepot voice approve`",
        setting="mint.vms_review",
    ),
    Reading(
        topic="files",
        question="deleting a voice file",
        cloud="one action",
        here="needs the right to call it; the bucket is the API's own, so that committing and deleting need no more,"
        " unless storing, reading or deleting there is denied",
    ),
    Reading(
        topic="rights",
        question="the content type of the PUT",
        cloud="not signed",
        here="any, or what `mint.vms_content_types` names",
        setting="mint.vms_content_types",
        source="document",
    ),
    Reading(
        topic="rights",
        question="how long an address counts",
        cloud="10 minutes",
        here="the same",
        setting="mint.vms_seconds",
        source="seed",
    ),
    Reading(
        topic="replies",
        question="the host of UploadUrl",
        cloud="`volc-voice-resource-bucket.tos-cn-beijing.volces.com`",
        here="the same kind to a client that came by the cloud's own names; below `domains` a name with the bucket"
        " before"
        " it; else a path on the address that the caller used, or on `public_url`",
        setting="domains, public_url",
        source="SDK",
    ),
    Reading(
        topic="replies",
        question="number and status of the resource errors (RESOURCE_…)",
        cloud="only names are documented",
        here="200001, status 400",
    ),
    Reading(
        topic="files",
        question="types of resources",
        cloud="0 notifications, 1 speech templates, 2 interaction",
        here="uploads are of type 0; there are none of the others",
        source="document",
    ),
)

GUIDE: Final = Guide(
    title="Volcengine OpenAPI: vms",
    marks="`POST /` or `GET /` with `Action` and `Version` in the query; told by `Authorization: HMAC-SHA256 …`, by"
    f" `X-Algorithm=HMAC-SHA256` in the address, by a host below `volcengineapi.com`, or unsigned by"
    f" `Version={VERSION}`.",
    replies='`{"ResponseMetadata": {…, "RequestId"}, "Result"}` with status 200; a refusal has its status and in the'
    " metadata `Error` with `CodeN`, `Code` and `Message`: the cloud's sentence, then what was wrong.",
    actions=(
        Action(
            name="vms:GetResourceUploadUrl",
            version=VERSION,
            takes=("FileName", "ClientToken", "DryRun"),
            does="UploadUrl",
            mints="one object by PUT, for `mint.vms_seconds`",
        ),
        Action(
            name="vms:CommitResourceUpload",
            version=VERSION,
            takes=("FileName",),
            does="makes a voice file of what was uploaded; Name, Suffix, ResourceKey",
        ),
        Action(name="vms:OpenUpdateResource", version=VERSION, takes=("ResourceKey", "Name"), does="renames it"),
        Action(name="vms:OpenDeleteResource", version=VERSION, takes=("ResourceKey",), does="deletes it"),
        Action(
            name="vms:QueryUsableResource",
            version=VERSION,
            takes=(_TYPE,),
            does="lists the approved ones, as a bare list",
        ),
        Action(name="vms:QueryUsableResourceV2", version=VERSION, takes=(_TYPE,), does="the same; Records"),
        Action(
            name="vms:QueryOpenGetResource",
            version=VERSION,
            takes=(_TYPE, "Keyword", "State", "Limit", "Offset"),
            does="Records, Total, Limit, Offset: those whose name holds Keyword, or whose key it is; Offset counts"
            " records",
        ),
    ),
    signatures=(
        Signature(
            scheme="volc",
            where="header `Authorization: HMAC-SHA256 …`; the body's digest is computed",
            lasts="its time may be 900 s off the server's clock",
        ),
        Signature(
            scheme="volc-query",
            where="`X-Signature` in the address",
            lasts="1 to 604,800 s (`X-Expires`, 900 unless given) from its time, which must not lie ahead by more"
            " than 900 s",
        ),
    ),
    refused=(
        "every other action (InvalidAction), another version (InvalidActionOrVersion): speech templates, FetchResource",
        "credentials for another service than vms, with ServiceNotFound",
        "a body that the address says is not signed (`X-NotSignBody`)",
    ),
    readings=READINGS,
    also=frozenset({Kind.OBJECT_LOCKED, Kind.PRECONDITION_FAILED}),
)
