"""The mark that a move leaves in both indexes, so that nobody serves one that is being moved, or was moved away.

It is a note of account 0, which is no account. Both sides have the same ``id``, which is another one for every move: so
an unfinished target is known again by its own source only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from entrepot.adapters.opening import OpenError
from entrepot.core.ports import Reader

MARK: Final = (0, "move", "mark")
"""Account, collection and key of the note."""
SOURCE, TARGET = "source", "target"


class MovedError(OpenError):
    """The index is at one end of a move, and must not be worked on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """``role`` is which end this index is, ``other`` where the other one is; ``shares_bytes`` whether both have one
    place for bytes.
    """

    id: str
    role: str
    other: str
    done: bool = False
    shares_bytes: bool = False

    @property
    def is_closed(self) -> bool:
        """Whether nobody may work on this index."""
        return self.role == SOURCE or not self.done


def bytes_of(mark: Mark) -> bytes:
    """What the note holds."""
    return msgspec.json.encode(mark)


_decode = msgspec.json.Decoder(Mark).decode


def mark_of(value: bytes | None) -> Mark | None:
    """The inverse."""
    return None if value is None else _decode(value)


def check_open(reader: Reader) -> None:
    """Raises MovedError when nobody may work on this index, with what to do."""
    note = reader.note(*MARK)
    check_mark(mark_of(None if note is None else note.value))


def check_mark(mark: Mark | None) -> None:
    """The same of a mark that was read. Raises MovedError."""
    if mark is None or not mark.is_closed:
        return
    if mark.role == TARGET:
        raise MovedError(f"this is the unfinished target of a move from {mark.other}: run `entrepot move` again there")
    if mark.done:
        raise MovedError(
            f"this was moved to {mark.other}, and is kept as it was then."
            " To work on it again, without what was stored there since: `entrepot move --from … --undo`"
        )
    raise MovedError(
        f"this is being moved to {mark.other}: run the same `entrepot move` again, which goes on,"
        " or give it up: `entrepot move --from … --undo`"
    )
