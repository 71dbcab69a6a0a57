"""Files that hold a key of the data folder: made once, whole, readable by nobody else.

Knows files. Must not know what kind of key it is.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def made_once(path: Path, content: bytes) -> None:
    """Give ``path`` this content unless there is such a file already; of several processes the first one wins.

    The content is on the disk before the name is, so whoever finds the file finds all of it. Afterwards the caller
    reads the file to learn whose content it is. Raises OSError.
    """
    if path.exists():
        return
    descriptor, fresh = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(fresh)
        except FileExistsError:
            return
        sync(path.parent)
    finally:
        Path(fresh).unlink()


def is_open_to_others(path: Path) -> bool:
    """Whether anybody but the owner may read or write the file."""
    return path.stat().st_mode & 0o077 != 0


def sync(folder: Path) -> None:
    """Make a folder's entries durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
