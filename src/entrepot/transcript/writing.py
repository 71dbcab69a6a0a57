"""A recording fetched from a server and written as a transcript, with its long bodies beside it.

Nothing is held whole: files are fetched in pieces, exchanges written as they are made. Must not know how a server is
asked.
"""

from __future__ import annotations

import base64
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from entrepot.transcript.composing import Composed
from entrepot.transcript.layout import ENTRIES_MAX, body_files, head_lines, lines

Ask = Callable[[str, str, Mapping[str, Any] | None], Mapping[str, Any]]
"""Asks the admin API: method, path below ``/-/api/v1``, body."""
PATH: Final = "/dev/recording"
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def start(ask: Ask, limits: Mapping[str, int] | None = None) -> None:
    """Have a server in dev mode record from now on."""
    ask("POST", PATH, dict(limits or {}))


def finish(ask: Ask, out: Path, by: str) -> tuple[int, int]:
    """End the recording and write its transcript in place of what is there; how many exchanges it has and lacks."""
    told = ask("POST", f"{PATH}/stop", {})
    try:
        with tempfile.TemporaryDirectory(prefix="entrepot-recording-") as folder:
            for file in told["files"]:
                _fetch(ask, str(file["name"]), Path(folder))
            return write(Path(folder), out, by)
    finally:
        ask("DELETE", PATH, None)


def _fetch(ask: Ask, name: str, folder: Path) -> None:
    if not re.fullmatch(r"[0-9a-z-]{1,60}\.(lines|body)", name):
        raise ValueError(f"the server names a file {name[:80]!r}")
    with (folder / name).open("wb") as kept:
        while True:
            part = ask("GET", f"{PATH}/parts?file={quote(name)}&begin={kept.tell()}", None)
            piece = base64.b64decode(part["base64"])
            if not piece:
                return
            kept.write(piece)


def write(captured: Path, out: Path, by: str) -> tuple[int, int]:
    """The transcript of what was kept in a folder; how many exchanges it has, and how many were left out."""
    bodies = Path(body_files(str(out)))
    before = {one for one in bodies.iterdir() if _DIGEST.fullmatch(one.name)} if bodies.is_dir() else set()
    for one in before:
        one.unlink()
    composed = Composed(captured, bodies, by, ENTRIES_MAX)
    count = 0
    part = out.with_name(out.name + ".part")
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n") as entries:
        for count, entry in enumerate(composed.entries(), 1):  # noqa: B007 - the last one is how many there are
            entries.writelines(f"{line}\n" for line in lines(entry))
        entries.seek(0)
        head = composed.head()
        with part.open("w", encoding="utf-8", newline="\n") as whole:
            whole.writelines(f"{line}\n" for line in head_lines(head))
            shutil.copyfileobj(entries, whole, 1 << 20)
    part.replace(out)
    if bodies.is_dir() and not any(bodies.iterdir()):
        bodies.rmdir()
    return count, head.left_out
