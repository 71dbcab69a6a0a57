"""What the admin API has besides in dev mode, as a table. Outside dev mode there is none of it, nor is it documented.

Data only. Paths begin with ``/dev/``.
"""

from __future__ import annotations

from typing import Any, Final

from entrepot.admin.api.table import TIME, Endpoint, Field, record, texts

SEED_MAX_BYTES: Final = 64 << 20

SEEDING: Final = (
    Endpoint(
        name="applySeed", method="POST", path="/dev/seed", reply="Seeded", fails=(400, 401, 404, 409),
        about="Have what a seed says: what is missing is made, what differs is changed, all of it or nothing.",
        body=(
            Field(
                name="seed", kind="object", needed=True,
                about="A seed as its file has it, with the bytes of objects as `text` or `base64`.",
            ),
        ),
        body_max_bytes=SEED_MAX_BYTES,
    ),
)  # fmt: skip

_NUMBER: Final = {"type": "integer"}
_SECONDS: Final = {"type": "number"}
_TEXT: Final = {"type": "string"}
_FLAG: Final = {"type": "boolean"}

_ACCOUNT: Final = Field(name="account", kind="integer", about="The account (appid).", needed=True, least=0)
_BUCKETS: Final = Field(name="buckets", kind="strings", about="Names of empty buckets that it has afterwards.")

TESTING: Final = (
    Endpoint(
        name="readClock", method="GET", path="/dev/clock", reply="Clock",
        about="What the server's clock shows.",
    ),
    Endpoint(
        name="turnClock", method="POST", path="/dev/clock", reply="Clock",
        about="Turn the server's clock, for all workers at once: expiries, skews, lifecycle rules, sweeps and dates"
        " follow; timeouts do not. What is not given stays as it is.",
        body=(
            Field(name="real", kind="boolean", about="First show the real time again, and go."),
            Field(name="stopped", kind="boolean", about="Whether it stands still."),
            Field(
                name="at", kind="string", pattern=r"^[0-9T:.+Z-]{1,40}$",
                about="Set it to this moment: `2030-01-31T12:00:00Z`, or seconds since 1970.",
            ),
            Field(
                name="move", kind="string", about="Move it on by so much: `90s`, `15m`, `30d`; back: `-1h`.",
                pattern=r"^-?[0-9]{1,9}([.][0-9]{1,3})?[smhdw]?$",
            ),
            Field(
                name="clients_follow", kind="boolean",
                about="Whether a request that is signed in its headers counts as signed by this clock, since most SDKs"
                " know only the real one; true at first. False shows what a wrong clock of the client does.",
            ),
            Field(
                name="sweep", kind="boolean",
                about="Then do at once what housekeeping does from time to time, lifecycle rules included.",
            ),
        ),
    ),
    Endpoint(
        name="createTestAccount", method="POST", path="/dev/accounts", reply="TestAccount", status=201,
        about="Make an account with a key and buckets, for one test.",
        body=(
            Field(name="account", kind="integer", about="Its number (appid); random unless given.", least=10_000),
            _BUCKETS,
        ),
    ),
    Endpoint(
        name="resetTestAccount", method="POST", path="/dev/accounts/reset", reply="Emptied", fails=(400, 401, 404),
        about="Empty an account: buckets, objects, uploads, minted rights, users, policies and notes go; its number and"
        " its own keys stay.",
        body=(_ACCOUNT, _BUCKETS),
    ),
    Endpoint(
        name="removeTestAccount", method="POST", path="/dev/accounts/remove", reply="Emptied", fails=(400, 401, 404),
        about="Remove an account with all that it has.", body=(_ACCOUNT,),
    ),
)  # fmt: skip

_RULE: Final = (
    Field(name="dialect", kind="string", about="Only requests of this dialect: `s3`, `tencent`; any unless given."),
    Field(
        name="operation",
        kind="string",
        about="Only this operation: `PutObject`, `UploadPart`; of an API that mints, its action.",
    ),
    Field(name="bucket", kind="string", about="Only in the bucket of this name."),
    Field(name="prefix", kind="string", about="Only keys that begin like this."),
    Field(name="code", kind="string", about="Answer with this code of the dialect: `SlowDown`, `NoSuchKey`."),
    Field(name="throttle", kind="boolean", about="Answer as the dialect does when there are too many requests."),
    Field(
        name="latency_ms", kind="integer", about="Wait so many milliseconds; alone, or before the code.", most=60_000
    ),
    Field(name="cut_request", kind="integer", about="End the connection after so many bytes of the request's body."),
    Field(name="cut_reply", kind="integer", about="End the connection after so many bytes of the reply's body."),
    Field(name="lost_reply", kind="boolean", about="Do what is asked, and end the connection without a reply."),
    Field(name="first", kind="integer", about="Strike from this request on that it is about; 1 unless given.", least=1),
    Field(name="count", kind="integer", about="Strike so many times; always unless given.", least=1),
    Field(name="percent", kind="integer", about="Strike so many in a hundred; 100 unless given.", least=1, most=100),
    Field(name="seed", kind="integer", about="What these are drawn from: the same seed draws the same."),
)
DEMANDING: Final = (
    Endpoint(
        name="listFaults", method="GET", path="/dev/faults", reply="FaultRules",
        about="The faults on demand, with how often each was asked and struck.",
    ),
    Endpoint(
        name="addFault", method="POST", path="/dev/faults", reply="FaultRule", status=201, body=_RULE,
        about="Have a fault befall requests, from the next one on, in all workers. One effect, or `latency_ms`.",
    ),
    Endpoint(name="clearFaults", method="DELETE", path="/dev/faults", reply="Cleared", about="Take all of them away."),
    Endpoint(
        name="clearFault", method="DELETE", path="/dev/faults/{id}", reply="Cleared", fails=(400, 401, 404),
        about="Take one of them away.",
    ),
)  # fmt: skip

_NAME: Final = (
    Field(
        name="name", kind="string", about="What the snapshot is called: letters, digits and `.`, `_`, `-`.", needed=True
    ),
)
KEEPING: Final = (
    Endpoint(
        name="listSnapshots", method="GET", path="/dev/snapshots", reply="Snapshots", about="The names of snapshots."
    ),
    Endpoint(
        name="takeSnapshot", method="POST", path="/dev/snapshots", reply="Snapshot", status=201, body=_NAME,
        about="Keep the whole state under a name, in place of what that named.",
    ),
    Endpoint(
        name="restoreSnapshot", method="POST", path="/dev/snapshots/restore", reply="Snapshot", body=_NAME,
        fails=(400, 401, 404), about="Have the state of a snapshot again, in all workers at once.",
    ),
    Endpoint(
        name="deleteSnapshot", method="DELETE", path="/dev/snapshots/{id}", reply="Snapshot", fails=(400, 401, 404),
        about="Remove a snapshot.",
    ),
)  # fmt: skip

RECORDED_EXCHANGES: Final = 10_000
RECORDED_BYTES: Final = 1 << 30
"""What each worker keeps of a recording unless less is asked for."""

RECORDING: Final = (
    Endpoint(
        name="readRecording", method="GET", path="/dev/recording", reply="Recording",
        about="Whether a recording goes on, and the files of the last one.",
    ),
    Endpoint(
        name="startRecording", method="POST", path="/dev/recording", reply="Recording", status=201,
        fails=(400, 401, 409),
        about="Record what is asked and answered from now on, in all workers; what an earlier recording kept goes."
        " Signatures, tokens and secrets are not kept.",
        body=(
            Field(
                name="exchanges", kind="integer", least=1, most=RECORDED_EXCHANGES,
                about="At most so many in each worker; 10,000 unless given.",
            ),
            Field(
                name="bytes", kind="integer", least=1, most=16 << 30,
                about="At most so many bytes in each worker, 1 GiB unless given; exchanges beyond it are left out.",
            ),
        ),
    ),
    Endpoint(
        name="stopRecording", method="POST", path="/dev/recording/stop", reply="Recording", body=(),
        about="Record no more; what was kept is there until the next recording.",
    ),
    Endpoint(
        name="readRecordingPart", method="GET", path="/dev/recording/parts", reply="RecordingPart",
        fails=(400, 401, 404), about="Up to 4 MiB of a file of the last recording.",
        query=(
            Field(name="file", kind="string", about="The file's name.", needed=True),
            Field(name="begin", kind="integer", about="From this byte on; from the first unless given."),
        ),
    ),
    Endpoint(
        name="deleteRecording", method="DELETE", path="/dev/recording", reply="Recording",
        about="End the recording and remove what it kept.",
    ),
)  # fmt: skip

DEV_ENDPOINTS: Final = (*SEEDING, *TESTING, *DEMANDING, *KEEPING, *RECORDING)

_NUMBER_OR_NONE: Final = {"type": "integer", "nullable": True}

DEV_SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "Seeded": record(
        "How many things were made, changed, or as they should be; the first thousand of those that were not, by name.",
        created=_NUMBER, changed=_NUMBER, unchanged=_NUMBER, things=texts(),
    ),
    "Clock": record(
        "What the server's clock shows. `ahead_seconds` is how far it is ahead of the real time.",
        time=TIME, seconds=_SECONDS, ahead_seconds=_SECONDS, stopped=_FLAG, clients_follow=_FLAG,
    ),
    "TestAccount": record(
        "A fresh account. The secret of its key is told this once. `application` is its application of VOD, if it has"
        " one.",
        appid=_NUMBER, user_id=_TEXT, key_id=_TEXT, secret=_TEXT, application={"type": "integer", "nullable": True},
        buckets=texts(),
    ),
    "Emptied": record(
        "How much the account had.",
        buckets=_NUMBER, objects=_NUMBER, uploads=_NUMBER, rights=_NUMBER, users=_NUMBER, policies=_NUMBER,
    ),
    "FaultRule": record(
        "A fault on demand. `seen` counts the requests that it was about, `struck` those that it befell.",
        id=_TEXT, dialect=_TEXT, operation=_TEXT, bucket=_TEXT, prefix=_TEXT, code=_TEXT, throttle=_FLAG,
        latency_ms=_NUMBER, cut_request=_NUMBER_OR_NONE, cut_reply=_NUMBER_OR_NONE, lost_reply=_FLAG, first=_NUMBER,
        count=_NUMBER_OR_NONE, percent=_NUMBER, seed=_NUMBER, seen=_NUMBER, struck=_NUMBER,
    ),
    "FaultRules": record(
        "All faults on demand, in the order in which they are asked.",
        faults={"type": "array", "items": {"$ref": "#/components/schemas/FaultRule"}},
    ),
    "Snapshot": record("A snapshot, and how many objects it has.", name=_TEXT, objects=_NUMBER),
    "Snapshots": record("All snapshots by name.", snapshots=texts()),
    "Recording": record(
        "The last recording: whether it goes on, and its files.",
        on=_FLAG, id={"type": "string", "nullable": True},
        files={"type": "array", "items": {"$ref": "#/components/schemas/RecordingFile"}},
    ),
    "RecordingFile": record("A file of a recording, and its length.", name=_TEXT, bytes=_NUMBER),
    "RecordingPart": record("Bytes of a file; empty at its end.", base64=_TEXT),
    "Cleared": record("How many were taken away.", cleared=_NUMBER),
}  # fmt: skip
