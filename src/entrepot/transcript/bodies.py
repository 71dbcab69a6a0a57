"""Bodies as pieces: texts as they are, what repeats by its period, small bytes in base64, the rest in a file beside.

Long bodies are mapped, not read, so that none is held whole. Must not know what is in them but for the parts of a
multipart form, whose small fields are texts.
"""

from __future__ import annotations

import base64
import hashlib
import mmap
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from entrepot.core.fault import Fault
from entrepot.transcript.entry import Bytes, Kept, Piece, Repeated, Text, repeated
from entrepot.wire.forms import boundary_of

TEXT_MAX: Final = 16 << 10
"""The longest content of an object that is shown as a text."""
BYTES_MAX: Final = 4 << 10
"""The longest that is shown in base64."""
_FIELD_MAX: Final = 64 << 10
_PERIOD_MAX: Final = 4 << 10
_REPEATED_LEAST: Final = 256
_HEAD_BYTES: Final = 16
_TRIES: Final = 16
_BLOCK: Final = 1 << 20
_PART_HEAD_MAX: Final = 8 << 10
_NAME: Final = re.compile(rb'name="?([^";\r]{1,256})', re.IGNORECASE)

View = bytes | memoryview


class Bodies:
    """Makes pieces of what was kept in ``captured``, and puts long ones into ``folder``, which is made then."""

    def __init__(self, captured: Path, folder: Path) -> None:
        self._captured = captured
        self._folder = folder

    def pieces(self, told: Mapping[str, Any], content_type: str, named: Callable[[str], str]) -> tuple[Piece, ...]:
        """The pieces of a body; ``named`` makes the template of a text that is not the content of an object."""
        if "text" in told:
            return (Text(text=named(told["text"])),) if told["text"] else ()
        with self._opened(told) as content:
            return tuple(self._parts(content, content_type, named))

    @contextmanager
    def _opened(self, told: Mapping[str, Any]) -> Iterator[memoryview]:
        if "base64" in told:
            yield memoryview(base64.b64decode(told["base64"]))
            return
        with (self._captured / str(told["file"])).open("rb") as opened:
            mapped = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
            view = memoryview(mapped)
            try:
                yield view
            finally:
                view.release()
                mapped.close()

    def _parts(self, content: memoryview, content_type: str, named: Callable[[str], str]) -> Iterator[Piece]:
        if not content_type.lower().startswith("multipart/form-data"):
            yield from self._data(content)
            return
        try:
            boundary = b"--" + boundary_of(content_type).encode("latin-1")
        except Fault:
            yield from self._data(content)
            return
        at = 0
        for begin, end in _fields(content, boundary):
            head, value = bytes(content[at:begin]), content[begin:end]
            yield from _text(head, named)
            name = _NAME.search(head[-_PART_HEAD_MAX:])
            is_file = name is None or name[1].lower() == b"filecontent"
            if is_file or len(value) > _FIELD_MAX or not _is_text(bytes(value)):
                yield from self._data(value)
            else:
                yield from _text(bytes(value), named)
            value.release()
            at = end
        yield from _text(bytes(content[at : at + _PART_HEAD_MAX]), named)

    def _data(self, content: memoryview) -> Iterator[Piece]:
        if not len(content):
            return
        period = period_of(content)
        if period is not None:
            yield Repeated(length=len(content), period=bytes(content[:period]))
        elif len(content) <= TEXT_MAX and _is_text(bytes(content)):
            yield Text(text=bytes(content).decode("utf-8"), data=True)
        elif len(content) <= BYTES_MAX:
            yield Bytes(content=bytes(content))
        else:
            yield self._kept(content)

    def _kept(self, content: memoryview) -> Kept:
        digest = hashlib.sha256(content).hexdigest()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / digest
        if not path.exists():
            with path.open("wb") as opened:
                for at in range(0, len(content), _BLOCK):
                    opened.write(content[at : at + _BLOCK])
        return Kept(length=len(content), sha256=digest)


def _fields(content: memoryview, boundary: bytes) -> Iterator[tuple[int, int]]:
    """Where the value of each part of a multipart form begins and ends."""
    whole = content.obj if isinstance(content.obj, mmap.mmap) else bytes(content)
    at = whole.find(boundary)
    while at >= 0:
        begin = whole.find(b"\r\n\r\n", at, at + _PART_HEAD_MAX)
        end = -1 if begin < 0 else whole.find(b"\r\n" + boundary, begin + 2)
        if end < 0:
            return
        yield max(begin + 4, 0), max(end, begin + 4)
        at = end + 2


def _text(part: bytes, named: Callable[[str], str]) -> Iterator[Piece]:
    if part:
        yield Text(text=named(part.decode("utf-8"))) if _is_text(part) else Bytes(content=part)


def _is_text(part: bytes) -> bool:
    try:
        return "\0" not in part.decode("utf-8")
    except UnicodeDecodeError:
        return False


def period_of(content: memoryview) -> int | None:
    """The least period of a content that is nothing but that over and over; None where there is none of at most 4 KiB.

    Looks at the content once, and at its beginning a few times.
    """
    if len(content) < _REPEATED_LEAST:
        return None
    beginning = bytes(content[: 2 * _PERIOD_MAX])
    period = 0
    for _ in range(_TRIES):
        period = beginning.find(beginning[:_HEAD_BYTES], period + 1)
        if not 0 < period <= min(_PERIOD_MAX, len(content) // 4):
            return None
        if beginning[period:] == beginning[: len(beginning) - period]:
            return period if _recurs(content, period) else None
    return None


def _recurs(content: memoryview, period: int) -> bool:
    length = len(content) - period
    return all(
        content[at : min(at + _BLOCK, length)] == content[at + period : min(at + _BLOCK, length) + period]
        for at in range(0, length, _BLOCK)
    )


def streamed(body: tuple[Piece, ...], folder: Path, filled: Callable[[str], str]) -> Iterator[bytes]:
    """The bytes of a body, some at a time. Raises OSError for a file that is not there, or is another one."""
    for piece in body:
        match piece:
            case Text(text=text, data=data):
                yield (text if data else filled(text)).encode("utf-8")
            case Bytes(content=content):
                yield content
            case Repeated():
                yield from repeated(piece)
            case Kept():
                yield from _read(piece, folder)


def _read(piece: Kept, folder: Path) -> Iterator[bytes]:
    path = folder / piece.sha256
    digest = hashlib.sha256()
    with path.open("rb") as opened:
        while block := opened.read(64 << 10):
            digest.update(block)
            yield block
    if digest.hexdigest() != piece.sha256:
        raise OSError(f"{path.name} is not what the transcript says it is")
