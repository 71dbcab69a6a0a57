"""CommitResourceUpload: what was uploaded under a name becomes a voice file.

The bytes are parsed; then the object is copied, which copies no byte, to a key that no address leads to, so that nobody
who still holds one can change what was reviewed. The same content under the same name gives the same file again; other
content is refused. Source: wire facts of Volcengine §2.2, §2.3.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import cast

from entrepot.core import operations as ops
from entrepot.core.facts.records import Attributes, Bucket, Object
from entrepot.core.fault import Fault, Kind
from entrepot.core.rules.sealed import default_of
from entrepot.core.store import Reading
from entrepot.dialects.control.minting.voice_files import State, VoiceFile, change_of, name_change
from entrepot.dialects.volcengine.audio import CONTENT_TYPES, Audio, probe
from entrepot.dialects.volcengine.call import Call, suffix_of
from entrepot.dialects.volcengine.files import by_name
from entrepot.dialects.volcengine.upload_url import object_key

FILE_MAX_BYTES = 5 * 1024 * 1024
_ATTEMPTS = 3


async def commit_resource_upload(call: Call) -> object:
    """Raises Fault OBJECT_MISSING, TOO_SMALL, TOO_LARGE, MALFORMED, OBJECT_EXISTS, ACCESS_DENIED."""
    name = call.file_name()
    for _ in range(_ATTEMPTS):
        known, uploaded = await by_name(call, name), await _uploaded(call, name)
        if known is not None:
            if uploaded is None or _same(known, uploaded.record):
                return _answer(known, name)
            raise Fault(
                Kind.OBJECT_EXISTS, f"the name {name!r} was committed with other content; upload under another name",
                reason="voice",
            )  # fmt: skip
        if uploaded is None:
            raise Fault(
                Kind.OBJECT_MISSING, f"nothing was uploaded under the name {name!r}; PUT it to its UploadUrl first",
                reason="voice-upload",
            )  # fmt: skip
        made = await _made(call, name, uploaded)
        if made is not None:
            return _answer(made, name)
    raise Fault(Kind.PRECONDITION_FAILED, f"the upload of {name!r} was changed meanwhile; try again")


def _same(known: VoiceFile, record: Object) -> bool:
    return (known.size, known.crc64) == (record.size, record.crc64)


def _answer(file: VoiceFile, name: str) -> object:
    return {"Name": name, "Suffix": file.suffix, "ResourceKey": file.key}


async def _uploaded(call: Call, name: str) -> Reading | None:
    bucket = call.bucket()
    if bucket is None:
        return None
    try:
        op = ops.ReadObject(bucket=bucket, key=object_key(call.account, name))
        return cast("Reading", await call.store.perform(op, call.acting, call.intake))
    except Fault as fault:
        if fault.kind is not Kind.OBJECT_MISSING:
            raise
        return None


async def _made(call: Call, name: str, uploaded: Reading) -> VoiceFile | None:
    """The new file; None when somebody was quicker."""
    audio = await _parsed(name, uploaded)
    record, bucket = uploaded.record, cast("Bucket", call.bucket())
    key = hashlib.sha256(f"{call.request.id} {name}".encode()).hexdigest()[:32]
    review = State.APPROVED if call.setup.mint.vms_review == "approve" else State.WAITING
    file = VoiceFile(
        key=key, name=name, uploaded_as=name, suffix=audio.suffix, seconds=audio.seconds, state=review,
        created_at=call.setup.clock(), object_key=f"resources/{call.account}/{key}{audio.suffix}", size=record.size,
        crc64=record.crc64 or 0,
    )  # fmt: skip
    changes = (change_of(None, file, key), name_change(name, was=None, key=key))
    try:
        await _copy(call, bucket, record, file)
        await call.store.perform(
            ops.ChangeNotes(account=call.account, api=call.api, changes=changes), call.acting, call.intake
        )
    except Fault as fault:
        await _forget_copy(call, bucket, file)
        if fault.kind is not Kind.PRECONDITION_FAILED:
            raise
        return None
    return file


async def _parsed(name: str, uploaded: Reading) -> Audio:
    size = uploaded.record.size
    if size == 0:
        raise Fault(Kind.TOO_SMALL, f"the file uploaded as {name!r} is empty", reason="voice")
    if size > FILE_MAX_BYTES:
        raise Fault(
            Kind.TOO_LARGE, f"the file uploaded as {name!r} has {size} bytes; at most {FILE_MAX_BYTES} are allowed",
            reason="voice",
        )  # fmt: skip
    data = b"".join([bytes(window) async for window in uploaded.stream(0, size)])
    audio = await asyncio.to_thread(probe, data)
    if suffix_of(name) not in {"", audio.suffix}:
        raise Fault(
            Kind.MALFORMED, f"the file uploaded as {name!r} is {audio.suffix[1:].upper()}, which its name denies",
            reason="voice",
        )  # fmt: skip
    return audio


async def _copy(call: Call, bucket: Bucket, record: Object, file: VoiceFile) -> None:
    """Raises Fault PRECONDITION_FAILED when the upload is not any more what was parsed."""

    def still(there: Object | None) -> None:
        if there is None or there.segments != record.segments:
            raise Fault(Kind.PRECONDITION_FAILED, f"{record.key!r} was changed while it was read; try again")

    await call.store.perform(
        ops.CopyInto(
            bucket=bucket, key=file.object_key, source_bucket=bucket, source_key=record.key,
            attributes=Attributes(headers={"Content-Type": CONTENT_TYPES[file.suffix]}), acl=None,
            replace=ops.Replace.ALWAYS,
            check_source=still, protection=default_of(bucket),
        ),
        call.acting, call.intake,
    )  # fmt: skip


async def _forget_copy(call: Call, bucket: Bucket, file: VoiceFile) -> None:
    op = ops.DeleteObjects(bucket=bucket, keys=(file.object_key,))
    await call.store.perform(op, call.acting, call.intake)
