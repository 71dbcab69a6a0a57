"""Which settings the gateways of one index should have alike, and what differs.

Each setting is in one of two tables; a test holds them complete. A gateway tells its values with its lease, and one
that starts compares. Where bytes are must be the same: one that differs refuses to start, because it would not find
what others stored. Everything else may be changed at one gateway after the other, so it is only told. Must not know how
the values reach other gateways.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Final

from entrepot.config import FILE, FILE_URL, Settings

ALIKE: Final = {
    "dev": "a server in dev mode makes its well-known key for all",
    "public_url": "addresses that are minted lead there",
    "download_domain": "addresses of downloads lead there",
    "domains": "hosts that are buckets",
    "callback_hosts": "where callbacks may go",
    "console": "a session holds at every gateway",
    "console_idle_seconds": "a session holds at every gateway",
    "console_seconds": "a session holds at every gateway",
    "sandbox": "what runs in browsers",
    "limits.request_seconds": "a sweep spares what is younger than the longest that any gateway tells",
    "redirect.": "a sweep spares what an address of the store may still be read at",
    "sweep.": "whichever gateway sweeps does it by its own",
    "cos_json.": "what a dialect answers",
    "storage.": "what a dialect answers",
    "mint.": "what rights may do, and how many a second are minted",
}
"""Settings, or groups of them, and what they are about."""
APART: Final = {
    "data": "of one machine",
    "host": "of one machine",
    "port": "of one machine",
    "tls_certificate": "of one machine",
    "tls_key": "of one machine",
    "own_certificate": "of one machine",
    "https_proxy": "of one machine",
    "workers": "of one machine",
    "dev_hosts": "under which names one machine is asked",
    "admin_hosts": "under which names one machine is asked",
    "master_key": "checked by its own means",
    "next_master_key": "checked by its own means",
    "old_master_key": "checked by its own means",
    "admin_key": "a secret, of which nothing is told",
    "index": "how the index is reached; whoever reads this reached it",
    "index_password": "how the index is reached",
    "index_connections": "of one machine",
    "blobs": "compared by where it leads",
    "blobs_key_id": "how that is reached",
    "blobs_secret": "how that is reached",
    "blobs_seconds": "how that is reached",
    "blobs_memory_bytes": "of one machine",
    "inline_max_bytes": "either place is read by all",
    "log_requests": "of one machine",
    "keep_alive_seconds": "of one machine",
    "drain_seconds": "of one machine",
    "notice_seconds": "of one machine",
    "limits.": "what one machine takes of one client",
    "audit.": "files of the log; gateways have none",
    "explain.": "what one process remembers of its own refusals",
}
"""The others, and why they may differ."""


def told(settings: Settings) -> dict[str, str]:
    """The values of those that should be alike, as JSON, by name."""
    values = dict(_each(settings))
    return {name: json.dumps(values[name]) for name in values if is_alike(name)}


def is_alike(name: str) -> bool:
    """Whether gateways should have the setting of this name alike; a name says more than its group."""
    return name in ALIKE or (name not in APART and f"{name.partition('.')[0]}." in ALIKE)


def bytes_at(settings: Settings) -> str:
    """Where bytes are: equal for equal places, however they are reached."""
    if settings.blobs == FILE:
        return f"{FILE_URL}{settings.data.resolve()} of {platform.node()}"
    if settings.blobs.startswith(FILE_URL):
        return f"{FILE_URL}{Path(settings.blobs.removeprefix(FILE_URL)).resolve()}"
    return settings.blobs.partition("?")[0].rstrip("/")


def differences(mine: Mapping[str, str], theirs: Mapping[str, str], place: str) -> list[str]:
    """What is to be told of settings that are otherwise at a gateway; what only one of them knows is not compared."""
    return [
        f"{name} is {value} here and {theirs[name]} at {place}: gateways of one index should have it alike"
        for name, value in mine.items()
        if theirs.get(name, value) != value
    ]


def _each(record: Any, within: str = "") -> list[tuple[str, Any]]:
    """Every setting with its whole name."""
    found: list[tuple[str, Any]] = []
    for one in fields(record):
        value = getattr(record, one.name)
        found += _each(value, f"{one.name}.") if is_dataclass(value) else [(f"{within}{one.name}", value)]
    return found
