"""What arrived of a request's body and was not taken yet."""

from __future__ import annotations

from typing import Self

_PIECES_MAX = 32


class Body:
    """Pieces as they came, copied only when there are several."""

    __slots__ = ("_pieces", "_size")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def __iadd__(self, piece: bytes) -> Self:
        if len(self._pieces) >= _PIECES_MAX:  # a client that sends crumbs costs their bytes, not their number
            self._pieces = [b"".join(self._pieces)]
        self._pieces.append(piece)
        self._size += len(piece)
        return self

    def __len__(self) -> int:
        return self._size

    def take(self) -> bytes:
        """All that waits; nothing is left."""
        pieces = self._pieces
        if not pieces:
            return b""
        taken = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        self._pieces = []
        self._size = 0
        return taken
