"""The admin API as a table: every endpoint, its parameters, and what it answers; :mod:`.document` is made of it.

Data only. A field's ``kind`` is its JSON type; ``strings`` is a list of texts. What there is in dev mode only stands
in :mod:`.dev_table`.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from entrepot.core.value import Value
from entrepot.dialects.control.minting.urls import STYLES
from entrepot.dialects.control.policies.languages import SPEECHES
from entrepot.wire.calls import CALL_MAX_BYTES

BASE: Final = "/-/api/v1"
DOCUMENT: Final = "/-/api/openapi.json"


TEXT_MAX: Final = 32_768


class Field(Value, frozen=True, kw_only=True):
    """One parameter."""

    name: str
    kind: Literal["string", "integer", "boolean", "strings", "object"]
    about: str
    needed: bool = False
    least: int | None = None
    most: int | None = None
    choices: tuple[str, ...] = ()
    pattern: str = ""
    longest: int = TEXT_MAX
    """How many characters a text may have."""


LIST_MAX, LISTED_MAX = 64, 255
"""How many texts a list may have, and how long each of them may be."""
WHOLE_MAX: Final = 2**53
_SPAN: Final = r"^[0-9]{1,9}([.][0-9]{1,3})?[smhdw]?$"


class Endpoint(Value, frozen=True, kw_only=True):
    """One operation. ``path`` follows BASE and may hold one ``{id}``; ``reply`` names a schema."""

    name: str
    method: str
    path: str
    about: str
    reply: str
    query: tuple[Field, ...] = ()
    body: tuple[Field, ...] | None = None
    body_max_bytes: int = CALL_MAX_BYTES
    status: int = 200
    fails: tuple[int, ...] = (400, 401)


_ACCOUNT = Field(name="account", kind="integer", about="Only of this account (appid).", least=0)
_FILTER: Final = (
    _ACCOUNT,
    Field(name="minter", kind="string", about="Only rights that this key asked for."),
    Field(name="api", kind="string", about="Only of a service (`vms`) or an API (`vms:GetResourceUploadUrl`)."),
    Field(name="prefix", kind="string", about="Only for what begins like this: `BUCKET/` or `BUCKET/KEY`."),
    Field(
        name="older_than",
        kind="string",
        about="Only minted so long ago: `90s`, `15m`, `12h`, `30d`, `2w`.",
        pattern=_SPAN,
    ),
)
_HOLDING = Field(name="holding", kind="boolean", about="Only rights that are neither over nor revoked.")
_LANGUAGE: Final = Field(
    name="language", kind="string", about="In whose language policies are told.", choices=tuple(SPEECHES)
)
_LIMIT = Field(name="limit", kind="integer", about="How many at most; 100 unless given.", least=1, most=1000)
_MINTER: Final = (
    Field(name="key_id", kind="string", about="The long-term key in whose name; needed when there are several."),
    Field(name="account", kind="integer", about="The account whose only key it is.", least=0),
)
_FURTHER: Final = (
    Field(name="max_bytes", kind="integer", about="Most bytes that one upload may have.", least=1),
    Field(name="uses", kind="integer", about="How often it may be used.", least=1),
    Field(name="content_types", kind="strings", about="What may be uploaded: `image/png`, `image/*`."),
    Field(name="networks", kind="strings", about="From where it may be used: addresses and CIDR blocks."),
)
_OWN: Final = (*_MINTER, *_FURTHER)

ENDPOINTS: Final = (
    Endpoint(
        name="listGrants", method="GET", path="/grants", reply="Grants",
        about="Minted rights, the newest first.",
        query=(
            *_FILTER, _HOLDING, _LIMIT,
            Field(name="after", kind="string", about="Go on from the `next` of an earlier answer."),
        ),
    ),
    Endpoint(
        name="countGrants", method="GET", path="/grants/count", reply="Count",
        about="How many minted rights there are.", query=(*_FILTER, _HOLDING),
    ),
    Endpoint(
        name="showGrant", method="GET", path="/grants/{id}", reply="GrantDetails",
        about="One right: what it allows, how it was used, what it stored.", fails=(400, 401, 404),
    ),
    Endpoint(
        name="revokeGrant", method="DELETE", path="/grants/{id}", reply="Revoked",
        about="Withdraw one right and all that was minted from it; refused from the next request on.",
        fails=(400, 401, 404, 409),
    ),
    Endpoint(
        name="revokeGrants", method="POST", path="/grants/revoke", reply="Revoked",
        about="Withdraw every right that the filter takes and that holds, and all minted from it. Without a filter"
        " `all` must be true.",
        body=(
            *_FILTER,
            Field(name="all", kind="boolean", about="Every right that holds."),
            Field(name="dry_run", kind="boolean", about="Only tell how many it would be."),
        ),
    ),
    Endpoint(
        name="showObjectGrant", method="GET", path="/objects/grant", reply="ObjectGrant",
        about="Which right or key stored an object.", fails=(400, 401, 404),
        query=(
            Field(name="account", kind="integer", about="The account (appid).", needed=True, least=0),
            Field(name="bucket", kind="string", about="The bucket.", needed=True),
            Field(name="key", kind="string", about="The object's key.", needed=True),
        ),
    ),
    Endpoint(
        name="mintUrl", method="POST", path="/mint/url", reply="MintedUrl", status=201, fails=(400, 401, 403, 404),
        about="A signed address that downloads or uploads one object.",
        body=(
            Field(name="bucket", kind="string", about="The bucket.", needed=True),
            Field(name="key", kind="string", about="The object's key.", needed=True),
            Field(name="method", kind="string", about="What it does; `PUT` unless given.", choices=("GET", "PUT")),
            Field(name="dialect", kind="string", about="In which dialect; `s3` unless given.", choices=tuple(STYLES)),
            Field(
                name="expires", kind="string", about="How long it lasts: `15m`, `7d`; an hour unless given.",
                pattern=_SPAN,
            ),
            *_OWN,
        ),
    ),
    Endpoint(
        name="mintVms", method="POST", path="/mint/vms", reply="Minted", status=201, fails=(400, 401, 403),
        about="What GetResourceUploadUrl gives: an address to PUT one voice file to.",
        body=(Field(name="FileName", kind="string", about="An .mp3 or .wav.", needed=True), *_OWN),
    ),
    Endpoint(
        name="mintHbr", method="POST", path="/mint/hbr", reply="Minted", status=201, fails=(400, 401, 403),
        about="What CreateTempFileUploadUrl gives: the fields of a form that uploads one file.",
        body=(Field(name="FileName", kind="string", about="The file's name.", needed=True), *_OWN),
    ),
    Endpoint(
        name="mintVod", method="POST", path="/mint/vod", reply="Minted", status=201, fails=(400, 401, 403),
        about="What CreateStorageCredentials gives: temporary credentials for what a policy says.",
        body=(
            Field(name="SubAppId", kind="integer", about="The application.", needed=True, least=0),
            Field(name="Policy", kind="string", about="The policy, URL-encoded as the API wants it.", needed=True),
            Field(name="DurationSeconds", kind="integer", about="How long; 1800 unless given.", least=1),
            *_OWN,
        ),
    ),
    Endpoint(
        name="mintMs", method="POST", path="/mint/ms", reply="Minted", status=201, fails=(400, 401, 403),
        about="What CreateCosSecKeyInstance gives: a temporary key that uploads below a prefix of its own.",
        body=(
            Field(name="CosRegion", kind="string", about="The region that the answer names."),
            Field(name="Duration", kind="integer", about="Seconds; 3600 unless given.", least=1),
            *_OWN,
        ),
    ),
    Endpoint(
        name="tailAudit", method="GET", path="/audit", reply="AuditLines",
        about="The newest lines of the audit log, the oldest of them first.",
        query=(
            Field(name="lines", kind="integer", about="How many; 100 unless given.", least=1, most=10_000),
            Field(
                name="event", kind="string", about="Only of this kind.",
                choices=("mint", "use", "refuse", "revoke", "console", "torn", "lost"),
            ),
        ),
    ),
    Endpoint(
        name="listRefusals", method="GET", path="/refusals", reply="Refusals",
        about="The newest refusals that were explained, the newest first.", query=(_LIMIT,),
    ),
    Endpoint(
        name="showRefusal", method="GET", path="/refusals/{id}", reply="Refusal", fails=(400, 401, 404),
        about="Why a request was refused, by its id as the log or the reply has it.",
    ),
    Endpoint(
        name="testPolicy", method="POST", path="/policies/test", reply="Decision", fails=(400, 401, 404),
        about="May somebody do something somewhere, which statement says so, and what would allow it? Nothing is done.",
        body=(
            Field(
                name="who", kind="string", needed=True,
                about="A user, the id of a key or right, `anybody` (unsigned), or `-` (a user without policies).",
            ),
            Field(name="action", kind="string", about="Such as `cos:PutObject`.", needed=True),
            Field(name="resource", kind="string", about="BUCKET, BUCKET/KEY, or a cloud's name for it."),
            Field(name="account", kind="integer", about="The account (appid), where there are several.", least=0),
            Field(name="policy", kind="string", about="The text of a policy to try, as if the user had it."),
            Field(name="policy_name", kind="string", about="The stored policy whose place it takes."),
            Field(name="source", kind="string", about="The address that the request comes from."),
            Field(name="tls", kind="boolean", about="Whether it comes over TLS."),
            Field(name="at", kind="string", about="When (ISO 8601); now unless given."),
            Field(name="headers", kind="strings", about="Headers that rights can depend on: `Name: value`."),
            Field(name="prefix", kind="string", about="The prefix of a listing."),
            Field(name="delimiter", kind="string", about="The delimiter of a listing."),
            Field(name="max_keys", kind="integer", about="How many a listing wants.", least=0),
            _LANGUAGE,
        ),
    ),
    Endpoint(
        name="suggestPolicy", method="GET", path="/policies/suggest", reply="Suggestion", fails=(400, 401, 404, 501),
        about="The least policy for what a key did, from the ledger and the audit log.",
        query=(
            Field(name="key", kind="string", about="The id of a key or of a minted right.", needed=True), _LANGUAGE,
        ),
    ),
    Endpoint(
        name="listAccounts", method="GET", path="/accounts", reply="Accounts", about="All accounts, without secrets."
    ),
    Endpoint(
        name="listBuckets", method="GET", path="/buckets", reply="Buckets", about="Buckets by name.",
        query=(
            Field(name="account", kind="integer", about="The account (appid).", needed=True, least=0), _LIMIT,
            Field(name="after", kind="string", about="Only names after this one."),
        ),
    ),
    Endpoint(
        name="listUsers", method="GET", path="/users", reply="Users", about="Sub-users and their policies.",
        query=(_ACCOUNT,),
    ),
)  # fmt: skip


def record(about: str, **members: Any) -> dict[str, Any]:
    """A schema of an object whose members are all there; one that is nullable says so."""
    return {
        "type": "object", "description": about, "properties": members, "required": list(members),
        "additionalProperties": False,
    }  # fmt: skip


def texts() -> dict[str, Any]:
    """A schema of a list of texts."""
    return {"type": "array", "items": _TEXT}


def _list(name: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}


_TEXT: Final = {"type": "string"}
_TEXT_OR_NONE: Final = {"type": "string", "nullable": True}
_NUMBER: Final = {"type": "integer"}
_NUMBER_OR_NONE: Final = {"type": "integer", "nullable": True}
TIME: Final = {"type": "string", "format": "date-time"}
_TIME_OR_NONE: Final = {"type": "string", "format": "date-time", "nullable": True}
_TEXTS: Final = texts()
_FLAG: Final = {"type": "boolean"}
_ANY_OR_NONE: Final = {"type": "object", "nullable": True}

_GRANT: Final[dict[str, Any]] = {
    "id": _TEXT,
    "state": {"type": "string", "enum": ["holds", "ended", "revoked", "used up"]},
    "api": _TEXT,
    "account": _NUMBER,
    "minter": _TEXT,
    "place": _TEXT_OR_NONE,
    "minted_at": TIME,
    "expires_at": _TIME_OR_NONE,
    "used": _NUMBER,
}
SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "Grant": record("A minted right. `place` is the bucket and key, or prefix, that it is about.", **_GRANT),
    "GrantDetails": record(
        "Everything that the ledger says of a right. `used` and `last_used_at` may be a second behind.",
        **_GRANT,
        client=_TEXT, allows=_TEXT, max_bytes=_NUMBER_OR_NONE, max_uses=_NUMBER_OR_NONE,
        with_token=_FLAG, revoked_at=_TIME_OR_NONE, revoked_by=_TEXT, last_used_at=_TIME_OR_NONE, stored=_NUMBER,
        stored_some=_TEXTS,
    ),
    "Grants": record("A page of rights; `next` leads to the one after.", grants=_list("Grant"), next=_TEXT_OR_NONE),
    "Count": record("A number of rights.", count=_NUMBER),
    "Revoked": record(
        "How many rights were meant, with what was minted from them, and how many were revoked.",
        matched=_NUMBER, revoked=_NUMBER,
    ),
    "ObjectGrant": record(
        "An object and who stored it. `grant` is null unless that was a minted right that the ledger still has.",
        account=_NUMBER, bucket=_TEXT, key=_TEXT, size=_NUMBER, modified_at=TIME, stored_by=_TEXT_OR_NONE,
        stored_by_is={
            "type": "string",
            "enum": ["nobody known", "a key or right that is gone", "a long-term key", "a minted right"],
        },
        grant={"nullable": True, "allOf": [{"$ref": "#/components/schemas/Grant"}]},
    ),
    "MintedUrl": record(
        "A signed address, the headers to send with it, and the right behind it.",
        url=_TEXT, method=_TEXT, headers={"type": "object", "additionalProperties": _TEXT}, grant=_TEXT,
        expires_at=TIME,
    ),
    "Minted": {"type": "object", "description": "What the cloud's API answers, by the cloud's names."},
    "AuditLines": record(
        "Lines of the audit log.", lines={"type": "array", "items": {"$ref": "#/components/schemas/AuditLine"}}
    ),
    "AuditLine": {
        "type": "object",
        "description": "One event. What else it says depends on the event.",
        "properties": {"seq": _NUMBER, "at": TIME, "event": _TEXT, "prev": _TEXT, "hash": _TEXT},
        "required": ["seq", "at", "event", "prev", "hash"],
    },
    "Account": record("An account.", appid=_NUMBER, user_id=_TEXT, created_at=TIME, keys=_TEXTS),
    "Accounts": record("All accounts.", accounts=_list("Account")),
    "Bucket": record("A bucket.", name=_TEXT, account=_NUMBER, authority=_TEXT, created_at=TIME),
    "Buckets": record("A page of buckets.", buckets=_list("Bucket"), next=_TEXT_OR_NONE),
    "User": record("A sub-user.", name=_TEXT, account=_NUMBER, user_id=_TEXT, policies=_TEXTS, created_at=TIME),
    "Users": record("All sub-users.", users=_list("User")),
    "Refusals": record("Refusals that were explained.", refusals=_list("Refusal")),
    "Refusal": record(
        "A refusal and its explanation: the cause, how sure it is, what was expected and what came, what to change.",
        request=_TEXT, at=TIME, client=_TEXT, key=_TEXT, dialect=_TEXT, operation=_TEXT, method=_TEXT,
        bucket=_TEXT, object=_TEXT, status=_NUMBER, code=_TEXT, kind=_TEXT, why=_TEXT,
        explanation={"type": "object", "additionalProperties": _TEXT},
    ),
    "Decision": record(
        "Whether it is allowed, what decided, and where not, why: `needed` is the least policy that would allow it.",
        allowed=_FLAG, who=_TEXT, action=_TEXT, resource=_TEXT, decided_by=_TEXT, right=_TEXT, reasons=_list("Reason"),
        needed=_ANY_OR_NONE, minted=_ANY_OR_NONE,
    ),
    "Reason": record(
        "Why a part of what somebody has said no: the statement that denies, or the nearest one and what it misses.",
        cause=_TEXT, sure=_FLAG, sentence=_TEXT, change=_TEXT, right=_TEXT, policy=_TEXT, statement=_TEXT, sid=_TEXT,
        effect=_TEXT, conditions=_list("Compared"),
    ),
    "Compared": record(
        "A condition, and what came; empty where the request has no such thing.", operator=_TEXT, key=_TEXT,
        wanted=_TEXTS, came=_TEXT,
    ),
    "Suggestion": record(
        "A policy, how many different things it was made of, and what is not known.",
        key=_TEXT, language=_TEXT, policy={"type": "object"}, did=_NUMBER, unknown=_TEXTS,
    ),
    "Error": record(
        "Why a request was refused.",
        error=record("The refusal.", kind=_TEXT, message=_TEXT, request_id=_TEXT),
    ),
}  # fmt: skip
