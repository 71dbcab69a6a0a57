"""What an operator may choose about the COS JSON API, where the seed and real clients disagree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class CosJsonSettings:
    """Readings and limits. Sizes are in bytes, times in seconds.

    ``once_required``: which operations need a once-only signature. ``table``: delete, update and move, as the seed's
    table says, and copy, whose chapter says so; ``samples``: delete and update, as its samples are signed; ``never``:
    none.
    ``pending_init``: a second init of an upload that is under way gets its session again (``resume``) or -4019
    (``refuse``, as the seed says). ``need_parent``: a directory must have been created before a file is put into it.
    ``mkdir_existing``: creating a directory again is a conflict (-178) or a success. ``unknown_headers``: headers below
    the cloud's own prefixes, of which this API has none, are refused on what changes something, or ignored.
    """

    once_required: Literal["table", "samples", "never"] = "samples"
    pending_init: Literal["resume", "refuse"] = "resume"
    need_parent: bool = False
    mkdir_existing: Literal["conflict", "ok"] = "conflict"
    unknown_headers: Literal["refuse", "ignore"] = "refuse"
    clock_skew_seconds: float = 900.0
    region: str = "sh"
    simple_max_bytes: int = 20 * 1024 * 1024
    slice_min_bytes: int = 64 * 1024
    slice_max_bytes: int = 3 * 1024 * 1024
    file_max_bytes: int = 64 * 1024**3
    url_max_bytes: int = 1024
    text_max_bytes: int = 8 * 1024 * 1024
    """All text of a request together; ``uploadparts`` of a large file is long."""
