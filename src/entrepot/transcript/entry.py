"""What a transcript is made of, as values. Texts are templates (:mod:`.template`) but for the content of objects."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

from entrepot.core.value import Value

VERSION: Final = 1
_PIECE_BYTES: Final = 64 << 10


class Text(Value, frozen=True, kw_only=True):
    """A piece of a body that is a text; a template unless it is ``data``."""

    text: str
    data: bool = False


class Bytes(Value, frozen=True, kw_only=True):
    """A piece that is no text."""

    content: bytes


class Repeated(Value, frozen=True, kw_only=True):
    """A piece of ``length`` bytes: the period over and over, the last time perhaps not whole."""

    length: int
    period: bytes


class Kept(Value, frozen=True, kw_only=True):
    """A piece in a file beside the transcript, which is called by its SHA-256."""

    length: int
    sha256: str


Piece = Text | Bytes | Repeated | Kept


class File(Value, frozen=True, kw_only=True):
    """What a browser's form says of its file, whose content is the body."""

    name: str
    filename: str | None
    content_type: str | None


class Signing(Value, frozen=True, kw_only=True):
    """How a request was signed: the scheme and the number of the key; ``bucket`` and ``key`` as schemes sign them."""

    scheme: str
    key: str
    bucket: str | None = None
    object: str = ""


class Asked(Value, frozen=True, kw_only=True):
    """A request. ``texts`` are what its ``${form-policy}`` and ``${app-sign}`` are made of."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    form: tuple[tuple[str, str], ...] | None = None
    file: File | None = None
    body: tuple[Piece, ...] = ()
    chunked: bool = False
    trailers: tuple[tuple[str, str], ...] | None = None
    signing: Signing | None = None
    texts: tuple[tuple[str, str], ...] = ()


class Answered(Value, frozen=True, kw_only=True):
    """A reply."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: tuple[Piece, ...] = ()
    cause: str = ""


class Entry(Value, frozen=True, kw_only=True):
    """One exchange: its number, seconds since the first, what it was to the server; ``skipped`` says why no replay."""

    number: int
    seconds: float
    dialect: str
    operation: str
    asked: Asked
    answered: Answered
    skipped: str = ""
    line: int = 0


class Head(Value, frozen=True, kw_only=True):
    """What a transcript says of itself: when, by which version, the keys that must be given, what was left out."""

    recorded: str
    by: str
    keys: tuple[tuple[str, str], ...] = ()
    """Number of a key, and of its account."""
    left_out: int = 0


def repeated(piece: Repeated) -> Iterator[bytes]:
    """Its bytes, some at a time."""
    block = piece.period * max(1, _PIECE_BYTES // len(piece.period))
    left = piece.length
    while left > 0:
        yield block[:left]
        left -= len(block)


def digest_of(content: bytes) -> str:
    """What a kept piece is called."""
    return hashlib.sha256(content).hexdigest()
