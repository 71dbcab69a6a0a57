"""COS JSON requests to operations: which ``op`` is asked for, by which method, with what it knows.

What an operation does not know is refused here, at one place for all of them, before anything changes.
Source: seed 004, a chapter an operation; wire facts §5, §6.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from entrepot.core import operations as ops
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.grant import Right
from entrepot.core.rules.intake import Intake
from entrepot.dialects.cos_json import known, objects, slices
from entrepot.dialects.cos_json.ask import Ask
from entrepot.dialects.cos_json.attributes import update
from entrepot.dialects.cos_json.auth import check_kind
from entrepot.dialects.cos_json.download_names import NAMES, PREFIXES, PREVIEW
from entrepot.dialects.cos_json.params import Given
from entrepot.dialects.cos_json.place import Place
from entrepot.dialects.cos_json.reading import Encrypted, check_no_body, read_params
from entrepot.dialects.cos_json.settings import CosJsonSettings
from entrepot.signing.scheme import Claim
from entrepot.wire.http import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """How an ``op`` is understood, what it knows, and by which HTTP methods it may come."""

    decode: Callable[[Ask], ops.Operation]
    known: known.Known
    methods: tuple[str, ...] = ("POST",)
    about: str


OPERATIONS: Final = {
    "create": Entry(decode=objects.create, known=known.CREATE, about="make a directory"),
    "list": Entry(
        decode=objects.listed,
        known=known.LIST,
        methods=("GET", "HEAD"),
        about="list a directory, a prefix, or the buckets",
    ),
    "stat": Entry(
        decode=objects.stat,
        known=known.STAT,
        methods=("GET", "HEAD"),
        about="attributes of a file, directory or bucket",
    ),
    "delete": Entry(decode=objects.delete, known=known.DELETE, about="delete a file or an empty directory"),
    "update": Entry(decode=update, known=known.UPDATE, about="change attributes"),
    "upload": Entry(decode=objects.upload, known=known.UPLOAD, about="upload up to 20 MB in one request"),
    "upload_slice_init": Entry(
        decode=slices.init,
        known=known.SLICE_INIT,
        about="start a sliced upload, or finish it at once when the bytes are known",
    ),
    "upload_slice_data": Entry(decode=slices.data, known=known.SLICE_DATA, about="upload one slice"),
    "upload_slice_finish": Entry(decode=slices.finish, known=known.SLICE_FINISH, about="complete a sliced upload"),
    "upload_slice_list": Entry(
        decode=slices.found, known=known.SLICE_LIST, methods=("POST", "GET"), about="which slices are there"
    ),
    "upload_slice": Entry(
        decode=slices.old_start, known=known.OLD_START, about="the older one-op slice protocol: its start"
    ),
    "move": Entry(
        decode=lambda ask: objects.relocate(ask, move=True), known=known.RELOCATE, about="move or rename a file"
    ),
    "copy": Entry(decode=lambda ask: objects.relocate(ask, move=False), known=known.RELOCATE, about="copy a file"),
}
WITH_CONTENT: Final = {
    "upload_slice": Entry(
        decode=slices.old_data, known=known.OLD_DATA, about="the older one-op slice protocol: a slice"
    ),
}
"""Operations that are others when they come with content."""

_PREFIXES: Final = tuple(prefix.encode() for prefix in known.HEADER_PREFIXES)
_OWN_NAMES: Final = frozenset(
    name.lower().encode() for entry in (*OPERATIONS.values(), *WITH_CONTENT.values()) for name in entry.known
)


async def decode(
    request: Request,
    place: Place,
    claim: Claim | None,
    intake: Intake,
    settings: CosJsonSettings,
    encrypted: Encrypted,
) -> ops.Operation:
    """The operation that a request asks for. ``encrypted`` tells how its bytes are encrypted.

    Raises:
        Fault: whatever is wrong with it; nothing is stored then.
    """
    if not place.api:
        return _download(request, place)
    if request.method not in {"GET", "HEAD", "POST"}:
        raise Fault(Kind.METHOD_NOT_ALLOWED, f"the API takes GET, HEAD and POST, not {request.method}")
    if place.downloads:
        await check_no_body(request)
        op: ops.Operation = ops.ReadObject(bucket=place.existing_bucket(), key=place.file())
    else:
        if place.bucket is not None:
            intake.expect((Right.PUT_OBJECT, Right.PUT_PART), place.bucket, place.key)
        op = _operation(request.method, await read_params(request, intake, settings, encrypted), place, settings)
    if claim is not None:
        check_kind(op, claim, settings)
    return op


def _operation(method: str, given: Given, place: Place, settings: CosJsonSettings) -> ops.Operation:
    name = given.op
    if not name:
        raise Fault(Kind.PARAMETER_MISSING, "the parameter op is missing", reason="op")
    entry = OPERATIONS.get(name)
    if entry is None:
        known_ops = ", ".join(sorted(OPERATIONS))
        raise Fault(Kind.NOT_IMPLEMENTED, f"there is no op {name[:40]!r}; there are: {known_ops}")
    if method not in entry.methods:
        raise Fault(Kind.METHOD_NOT_ALLOWED, f"op={name} takes {' or '.join(entry.methods)}, not {method}")
    if given.content is not None:
        entry = WITH_CONTENT.get(name, entry)
    params = given.known_to(name, entry.known)
    op = entry.decode(Ask(place=place, params=params, settings=settings))
    params.check_all_read()
    return op


def _download(request: Request, place: Place) -> ops.Operation:
    if request.method not in {"GET", "HEAD"}:
        raise Fault(Kind.METHOD_NOT_ALLOWED, f"a download host takes GET and HEAD, not {request.method}")
    bucket = place.existing_bucket()
    if not place.key or place.key.endswith("/"):
        raise Fault(Kind.OBJECT_MISSING, f"there is no file {place.key!r}")
    return ops.ReadObject(bucket=bucket, key=place.key)


def ignored_names(request: Request, place: Place, settings: CosJsonSettings) -> tuple[str, ...]:
    """What a request says that nobody here understands and that changes nothing, for the log.

    Raises:
        Fault: see :func:`check_names`.
    """
    names = check_names(request.raw_query) if place.downloads else ()
    if request.method == "POST" and settings.unknown_headers == "refuse":
        return names
    headers = tuple(name.decode("latin-1") for name, _ in request.headers if name.startswith(_PREFIXES))
    return names + headers if headers else names


def check_names(raw_query: bytes) -> tuple[str, ...]:
    """Let a download pass whose query asks for nothing but the file: unknown names are ignored, as pages add them.

    Returns:
        The names that are ignored.

    Raises:
        Fault: NOT_IMPLEMENTED for a name that means something (:mod:`.download_names`), MALFORMED for two signatures.
    """
    if not raw_query:
        return ()
    signatures = 0
    ignored: list[str] = []
    for piece in raw_query.split(b"&"):
        raw_name, _, value = piece.partition(b"=")
        # "imageMogr2/thumbnail/100x" is a name with its arguments, "imageInfo|watermark/…" are two.
        name = unquote_to_bytes(raw_name.replace(b"+", b" ")).partition(b"/")[0].partition(b"|")[0].strip().lower()
        if name == b"sign" and raw_name == b"sign":
            signatures += 1
            continue
        if name == b"cmd" and raw_name == b"cmd" and value == PREVIEW:
            continue
        if name in NAMES or name in _OWN_NAMES or name in {b"sign", b"cmd"} or name.startswith(PREFIXES):
            shown = raw_name[:60].decode("latin-1")
            raise Fault(Kind.NOT_IMPLEMENTED, f"a download does not know {shown!r}, which asks for more than the file")
        ignored.append(raw_name.decode("latin-1"))
    if signatures > 1:
        raise Fault(Kind.MALFORMED, "the address carries two signatures; send one", reason="query")
    return tuple(ignored)
