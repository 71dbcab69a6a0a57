"""The operations that the clouds' SDKs can send and what they read of the replies, as their sources say.

The tables in ``tests/vectors/sdk_operations`` were taken from the SDKs' own sources at the commits that they name; they
know nothing of this server.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "vectors" / "sdk_operations"


@dataclass(frozen=True, slots=True, kw_only=True)
class SdkOperation:
    """One operation. ``reads`` has ``root``, ``elements`` and ``headers`` of the reply."""

    name: str
    level: str
    method: str
    query: tuple[str, ...] = ()
    query_values: dict[str, str] = field(default_factory=dict)
    optional_query: tuple[str, ...] = ()
    required_query: tuple[str, ...] = ()
    required_headers: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    aws: bool = True
    """Whether it is the cloud's own, and not of another server that speaks its protocol."""
    marker_headers: tuple[str, ...] = ()
    root: str | None = None
    elements: tuple[str, ...] = ()
    reads: dict[str, Any] = field(default_factory=dict)

    def asked(self, value: str = "") -> dict[str, str]:
        """The query that makes a request this operation."""
        needed = dict.fromkeys((name for name in self.required_query if name not in self.query), "none")
        return {name: self.query_values.get(name, value).partition("|")[0] for name in self.query} | needed


@cache
def table(cloud: str) -> dict[str, Any]:
    """A cloud's whole table; empty for one that has none yet."""
    path = FOLDER / f"{cloud}.json"
    found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {"operations": []}
    return found


def operations(cloud: str) -> Iterator[SdkOperation]:
    """Every operation of a cloud's SDKs."""
    names = set(SdkOperation.__dataclass_fields__)
    for entry in table(cloud)["operations"]:
        known = {name: value for name, value in entry.items() if name in names}
        yield SdkOperation(**{name: tuple(v) if isinstance(v, list) else v for name, v in known.items()})
