"""One object: what is known of it, a look at what it is, and where it comes from.

What somebody stored is never of the console's origin: pictures and sounds come from the store, by an address that is
minted when somebody wants to look; of a text the page has the beginning, as letters. A look at a page writes nothing.
"""

from __future__ import annotations

import json
from typing import Any, Final

from entrepot.admin import life, lineage
from entrepot.admin.api.table import Field
from entrepot.console.acting import MINUTES_SECONDS, address, bucket_of, reachable, within
from entrepot.console.page import Asked, Page, Reply, Show
from entrepot.console.pages.storage.objects import KEYS, PATH, crumbs_of, key_of, path_of
from entrepot.console.preview import MEDIA, TEXT_BYTES, Seen, is_plain, seen_of, text_of
from entrepot.core import operations as ops
from entrepot.core.facts.lifecycle import expiry
from entrepot.core.facts.records import Bucket, Lock, Object
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.grant import Right
from entrepot.core.rules.reading import Reading
from entrepot.core.value import Value

_PLAYED_SECONDS: Final = 3600
"""How long an address lasts that plays sounds or films: a browser asks for them piece by piece."""
_OF_THE_SERVER: Final = frozenset({Kind.INTERNAL, Kind.STORAGE_FAILED, Kind.STORAGE_FULL})


class _Look(Value, frozen=True, kw_only=True):
    """What can be seen of the bytes: a ``text`` or its beginning, media, or why nothing can."""

    seen: Seen | None = None
    text: str | None = None
    more: bool = False
    """Whether the text goes on."""
    fault: Fault | None = None


async def show(asked: Asked) -> Reply:
    """The page of one object."""
    return Show(values=await _values(asked, bucket_of(asked), asked.given["key"]))


async def preview(asked: Asked) -> Reply:
    """Mint an address of the store at which a browser sees or hears the object for a while."""
    bucket, key = bucket_of(asked), key_of(asked.given["keys"])
    values = await _values(asked, bucket, key)
    look: _Look = values["look"]
    if look.fault is not None:
        raise look.fault
    if look.seen is None or look.seen.kind not in MEDIA:
        raise Fault(Kind.PARAMETER_INVALID, f"the object {key[:80]!r} is no image, no sound and no film")
    told = look.seen.media_type
    made = await address(
        asked, bucket, key, "GET", [] if told is None else [("response-content-type", told)],
        seconds=MINUTES_SECONDS if look.seen.kind == "image" else _PLAYED_SECONDS,
    )  # fmt: skip
    facts = {"right": made.key.id}
    return Show(values=values | {"media": made.url}, part="pages/storage/object_media.html", facts=facts)


async def _values(asked: Asked, bucket: Bucket, key: str) -> dict[str, Any]:
    record = await _stat(asked, bucket, key, Right.STAT_OBJECT)
    if record is None:
        raise Fault(Kind.ACCESS_DENIED, f"this key may not ask what {key[:80]!r} is")
    folder = key[: key.rstrip("/").rfind("/") + 1]
    end = expiry(bucket.settings.lifecycle, record)
    return await _lineage(asked, bucket, record) | {
        "bucket": bucket, "here": path_of(bucket.account, bucket.name), "folder": folder, "crumbs": crumbs_of(folder),
        "record": record, "name": key[len(folder) :], "quoted": json.dumps([key]), "reachable": reachable(key),
        "etag": _etag(record), "locks": [one.name for one in (Lock.READ, Lock.WRITE) if record.attributes.lock & one],
        "expires_at": None if end is None else end[0], "rule": "" if end is None else end[1],
        "tags": await _tags(asked, bucket, key), "acl": await _acl(asked, bucket, key),
        "look": await _look(asked, bucket, key), "media": None, "text_bytes": TEXT_BYTES,
    }  # fmt: skip


async def _lineage(asked: Asked, bucket: Bucket, record: Object) -> dict[str, Any]:
    """What stored it, and what became of that; the audit log is read only where it can say something."""
    now, services = asked.services.clock(), asked.services
    chain = await services.index.scan(lambda reader: lineage.of_object(reader, record, asked.visitor.key, now))
    of_user = chain["key"] is not None and chain["key"]["user"] is not None
    lines = await services.newest(life.LINES, None) if chain["rights"] or of_user else []
    told = lineage.steps(chain, bucket, record, lines, now)
    return {"chain": chain, "steps": told, "lines": life.LINES, "place": f"{bucket.name}/{record.key}"}


async def _stat(asked: Asked, bucket: Bucket, key: str, right: Right) -> Object | None:
    """The object itself, also where it is a link; None where the key has not this right to it. Raises Fault."""
    op = ops.StatObject(right=right, bucket=bucket, key=key, directory=False, link=True)
    try:
        found = await asked.perform(op, within(asked, bucket.account))
    except Fault as fault:
        if fault.kind is not Kind.ACCESS_DENIED:
            raise
        return None
    assert isinstance(found, Object)  # noqa: S101 - asked for the object itself
    return found


async def _tags(asked: Asked, bucket: Bucket, key: str) -> dict[str, str] | None:
    """Its tags; None where the key may not read them."""
    found = await _stat(asked, bucket, key, Right.READ_TAGS)
    return None if found is None else dict(found.attributes.tags)


async def _acl(asked: Asked, bucket: Bucket, key: str) -> tuple[str, bool] | None:
    """Its ACL, and whether that is the bucket's; None where the key may not read it."""
    found = await _stat(asked, bucket, key, Right.READ_ACL)
    if found is None:
        return None
    own = found.attributes.acl
    return (bucket.settings.inherited_acl if own is None else own).value, own is None


def _etag(record: Object) -> str | None:
    """The entity tag without its quotes, where it is made of MD5."""
    if record.md5 is None:
        return None
    return record.md5.hex() + (f"-{record.parts}" if record.parts else "")


async def _look(asked: Asked, bucket: Bucket, key: str) -> _Look:
    try:
        found = await asked.perform(ops.ReadObject(bucket=bucket, key=key), within(asked, bucket.account))
    except Fault as fault:
        if fault.kind in _OF_THE_SERVER:
            raise
        return _Look(fault=fault)
    assert isinstance(found, Reading)  # noqa: S101 - what this operation gives
    seen = seen_of(found.record)
    if seen.kind in MEDIA:
        return _Look(seen=seen)
    if not is_plain(found.record):
        return _Look()
    size = found.record.size
    text = text_of(await _beginning(found, min(size, TEXT_BYTES)), seen, whole=size <= TEXT_BYTES)
    return _Look() if text is None else _Look(seen=seen, text=text, more=size > TEXT_BYTES)


async def _beginning(reading: Reading, length: int) -> bytes:
    windows, found = reading.stream(0, length), bytearray()
    await windows.begin()
    async for window in windows:
        found += window
    return bytes(found)


PAGES: Final = (
    Page(
        name="object", path=PATH + "/object", handler=show, title="object.title",
        template="pages/storage/object.html", styles=("rights.css", "object.css"),
        query=(Field(name="key", kind="string", about="The object's name.", needed=True, longest=1024),),
    ),
    Page(
        name="preview-object", path=PATH + "/preview", method="POST", handler=preview, title="object.title",
        template="pages/storage/object.html", styles=("rights.css", "object.css"), form=(KEYS,),
        noted=("account", "bucket", "keys"),
    ),
)  # fmt: skip
