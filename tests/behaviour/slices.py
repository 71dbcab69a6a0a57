"""What the tests of sliced uploads say again and again. Source: wire facts §6.7."""

from __future__ import annotations

import hashlib
from typing import Any

from .bucket import Bucket
from .client import Ask, form, some_bytes
from .transcript import ABSENT, check_shape

SLICE = 65536
"""The least that a client may ask for. Source: wire facts §6.7, Py."""
SIZE = 3 * SLICE + 1000


def content_of(size: int = SIZE, seed: object = 1) -> bytes:
    """Bytes of their own, so that no other test has stored them."""
    return some_bytes(size, f"slices {seed}")


def sha_of(content: bytes) -> str:
    """SHA-1 in hex."""
    return hashlib.sha1(content).hexdigest()


def init(path: str, size: int, slice_size: int = SLICE, **fields: Any) -> Ask:
    """Start."""
    return form("upload_slice_init", path, filesize=size, slice_size=slice_size, **fields)


def data(path: str, session: str, offset: int, content: bytes, **fields: Any) -> Ask:
    """One slice."""
    return form("upload_slice_data", path, content, session=session, offset=offset, **fields)


def finish(path: str, session: str, size: int, **fields: Any) -> Ask:
    """The end."""
    return form("upload_slice_finish", path, session=session, filesize=size, **fields)


def slices(content: bytes, size: int = SLICE) -> list[tuple[int, bytes]]:
    """Offsets and slices."""
    return [(at, content[at : at + size]) for at in range(0, len(content), size)]


def started(bucket: Bucket, path: str, content: bytes, slice_size: int = SLICE, **fields: Any) -> str:
    """The session of a new upload."""
    reply = bucket.ok(init(path, len(content), slice_size, **fields))
    check_shape(reply, {"session": str, "slice_size": int, "access_url": ABSENT}, str(reply))
    return str(reply["session"])


def send(bucket: Bucket, path: str, session: str, pieces: list[tuple[int, bytes]]) -> None:
    """Send slices; each reply must echo its place (wire facts §0, rule 17)."""
    for offset, piece in pieces:
        reply = bucket.ok(data(path, session, offset, piece))
        check_shape(
            reply, {"session": session, "offset": offset, "datalen": len(piece), "access_url": ABSENT}, str(reply)
        )
