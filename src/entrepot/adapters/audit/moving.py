"""The audit log of a folder as a move reads it and writes it: whole lines, as they are.

What is no line is not moved; where something was taken out of a log, the chain shows it at the target as it did here.
A file that is long enough is put aside as the log itself does it. Whoever uses this has the folder for himself.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from entrepot.adapters.audit.check import files_of, head
from entrepot.adapters.audit.line import CURRENT, end_of, line_of
from entrepot.adapters.secrets.key_file import sync


def lines(folder: Path, after: int) -> Iterator[tuple[int, bytes]]:
    """The whole lines after one, with their numbers, each number greater than the one before. Raises OSError."""
    for path in files_of(folder):
        with path.open("rb") as file:
            for raw in file:
                line = line_of(raw[:-1]) if raw.endswith(b"\n") else None
                if line is not None and line.number > after:
                    after = line.number
                    yield after, raw


def end(folder: Path) -> int:
    """The number of the newest whole line; 0 when there is none. Raises OSError."""
    found = head(folder)
    return 0 if found is None else found[0]


def cut_torn(folder: Path) -> None:
    """Take away what a move that was cut left behind the last whole line. Raises OSError."""
    path = folder / CURRENT
    if path.exists():
        with path.open("rb+") as file:
            size = os.fstat(file.fileno()).st_size
            _, torn = end_of(file.fileno(), size)
            os.ftruncate(file.fileno(), size - len(torn))


def add(folder: Path, found: Sequence[tuple[int, bytes]], rotate_bytes: int) -> None:
    """Append lines; they are durable afterwards. Raises OSError."""
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / CURRENT
    if path.exists() and path.stat().st_size >= rotate_bytes:
        with path.open("rb") as file:
            first = line_of(file.readline().rstrip(b"\n"))
        path.rename(folder / f"audit-{0 if first is None else first.number:012d}.jsonl")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(b"".join(raw for _, raw in found))
        file.flush()
        os.fsync(file.fileno())
    sync(folder)
    sync(folder.parent)
