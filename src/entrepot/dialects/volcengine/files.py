"""The family around an upload: voice files found, renamed, deleted and listed.

Listings walk over the files of the account, whose number is that of its voice prompts, not of its objects: totals and
offsets need all of them. Source: wire facts of Volcengine §2, §2.1, §2.2.
"""

from __future__ import annotations

from typing import Any, cast

from entrepot.core import operations as ops
from entrepot.core.facts.records import Bucket, Note
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.denial import denied
from entrepot.core.rights.grant import Access, Right
from entrepot.core.value import changed
from entrepot.dialects.control.minting.voice_files import (
    FILES,
    NAMES,
    PAGE,
    State,
    VoiceFile,
    change_of,
    name_change,
    read,
)
from entrepot.dialects.volcengine.call import NAME_MAX_BYTES, Call
from entrepot.dialects.volcengine.envelope import beijing
from entrepot.dialects.volcengine.upload_url import object_key

NOTIFICATION, TYPES_MAX = 0, 2
"""Types of resources; uploads are voice files for notifications, and only those are kept."""
LIMIT_DEFAULT, LIMIT_MAX, OFFSET_MAX = 10, 100, 10**9


async def by_name(call: Call, name: str) -> VoiceFile | None:
    """The file that was committed under this name."""
    op = ops.FindNote(account=call.account, api=call.api, collection=NAMES, key=name)
    found = cast("Note | None", await call.store.perform(op, call.who, call.intake))
    return None if found is None else await _by_key(call, found.value.decode())


async def _by_key(call: Call, key: str) -> VoiceFile | None:
    op = ops.FindNote(account=call.account, api=call.api, collection=FILES, key=key)
    found = cast("Note | None", await call.store.perform(op, call.who, call.intake))
    return None if found is None else read(found)


async def _named(call: Call) -> VoiceFile:
    """The file of ResourceKey. Raises Fault PARAMETER_MISSING, OBJECT_MISSING."""
    key = call.text("ResourceKey")
    if not key:
        raise Fault(Kind.PARAMETER_MISSING, "the call has no ResourceKey; send it", reason="voice-key")
    file = await _by_key(call, key[:1024])
    if file is None:
        raise Fault(Kind.OBJECT_MISSING, f"there is no voice file {key[:40]!r}", reason="voice")
    return file


async def open_update_resource(call: Call) -> object:
    """Call a file something else. Raises Fault PARAMETER_MISSING, PARAMETER_INVALID, OBJECT_MISSING."""
    file = await _named(call)
    name = call.text("Name")
    if not name:
        raise Fault(Kind.PARAMETER_MISSING, "the call has no Name; send it", reason="voice-name")
    if len(name.encode()) > NAME_MAX_BYTES or not name.isprintable():
        raise Fault(
            Kind.PARAMETER_INVALID, f"Name may have {NAME_MAX_BYTES} bytes at most, and no control characters",
            parameter="Name",
        )  # fmt: skip
    change = change_of(file, changed(file, name=name), file.key)
    await call.store.perform(
        ops.ChangeNotes(account=call.account, api=call.api, changes=(change,)), call.who, call.intake
    )
    return {"ResourceKey": file.key, "Name": name}


async def open_delete_resource(call: Call) -> object:
    """Forget a file, its copy and its upload: its name is free then.

    Raises:
        Fault: PARAMETER_MISSING, OBJECT_MISSING, ACCESS_DENIED where it is denied to delete either.
    """
    file = await _named(call)
    bucket = call.bucket()
    keys = (file.object_key, object_key(call.account, file.uploaded_as))
    if bucket is not None:
        for key in keys:
            _check_may_delete(call, bucket, key)
    changes = (change_of(file, None, file.key), name_change(file.uploaded_as, was=file.key, key=None))
    await call.store.perform(
        ops.ChangeNotes(account=call.account, api=call.api, changes=changes), call.who, call.intake
    )
    if bucket is not None:
        await call.store.perform(ops.DeleteObjects(bucket=bucket, keys=keys), call.acting, call.intake)
    return {"ResourceKey": file.key}


def _check_may_delete(call: Call, bucket: Bucket, key: str) -> None:
    """Raises Fault ACCESS_DENIED where the caller is denied it; nothing was changed then."""
    access = Access(
        right=Right.DELETE_OBJECT, account=call.account, bucket=bucket.name, key=key, at=call.setup.clock(),
        around=call.who.around,
    )  # fmt: skip
    if not call.acting.grant.permits(access):
        fault = Fault(Kind.ACCESS_DENIED, f"this credential may not delete {key!r} in {bucket.name!r}")
        raise denied(fault, access, call.acting)


async def query_usable_resource(call: Call) -> object:
    """The approved files, as a bare list."""
    kind = call.number("Type", None, 0, TYPES_MAX)
    return [_record(file) for file in await _newest(call, kind) if file.state is State.APPROVED]


async def query_usable_resource_v2(call: Call) -> object:
    """The approved files."""
    return {"Records": await query_usable_resource(call)}


async def query_open_get_resource(call: Call) -> object:
    """Files by keyword and state, a page of them."""
    kind = call.number("Type", None, 0, TYPES_MAX)
    limit = call.number("Limit", LIMIT_DEFAULT, 1, LIMIT_MAX)
    offset = call.number("Offset", 0, 0, OFFSET_MAX)
    wanted = call.number("State", -1, 0, 2)
    keyword = call.text("Keyword").lower()
    found = [
        file
        for file in await _newest(call, kind)
        if wanted in {-1, file.state} and (keyword in file.name.lower() or keyword == file.key)
    ]
    page = [_record(file) for file in found[offset : offset + limit]]
    return {"Records": page, "Total": len(found), "Limit": limit, "Offset": offset}


async def _newest(call: Call, kind: int) -> list[VoiceFile]:
    """The account's files of a type, the newest first."""
    if kind != NOTIFICATION:
        return []
    found: list[VoiceFile] = []
    page: list[Note] = []
    while not found or len(page) == PAGE:
        after = found[-1].key if found else None
        op = ops.ListNotes(account=call.account, api=call.api, collection=FILES, after=after, limit=PAGE)
        page = cast("list[Note]", await call.store.perform(op, call.who, call.intake))
        found += map(read, page)
        if not page:
            break
    return sorted(found, key=lambda file: (-file.created_at, file.key))


def _record(file: VoiceFile) -> dict[str, Any]:
    return {
        "ResourceKey": file.key, "Name": file.name, "Suffix": file.suffix, "Duration": file.seconds,
        "State": int(file.state), "CreateTime": f"{beijing(file.created_at):%Y-%m-%d %H:%M:%S}", "Type": NOTIFICATION,
        "Remark": file.remark,
    }  # fmt: skip
