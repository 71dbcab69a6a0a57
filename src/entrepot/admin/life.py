"""The life of a minted right, as ledger and audit log tell it: minted, used, refused, withdrawn or over.

The log tells each use and refusal with where it came from; of what it has no lines any more the ledger has the count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

LINES: Final = 5_000
"""How many of the newest lines of the audit log are looked through."""
STEPS_MAX: Final = 200
"""How many uses and refusals are told, the newest ones."""
_TOLD: Final = frozenset({"use", "refuse", "revoke"})


def steps(right: Mapping[str, Any], lines: Iterable[Mapping[str, Any]], now: float) -> list[dict[str, Any]]:
    """What happened to a right (its ``details``), the oldest first: each with ``at``, ``event``, and what it says."""
    found = [
        _step(line) for line in lines if line.get("event") in _TOLD and line.get("key") == right["id"]
    ][-STEPS_MAX:]  # fmt: skip
    if right["revoked_at"] is not None and not any(one["event"] == "revoke" for one in found):
        found.append(happened(right["revoked_at"], "revoke"))
    if right["expires_at"] is not None and right["revoked_at"] is None and seconds(right["expires_at"]) < now:
        found.append(happened(right["expires_at"], "end"))
    minted = happened(right["minted_at"], "mint") | {"by": right["minter"], "clients": [right["client"]]}
    return [minted, *sorted(found, key=lambda one: seconds(one["at"]))]


def uses(key_id: str, place: str, lines: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The uses of a key at a place (``BUCKET/KEY``), as far as lines tell them."""
    return [
        _step(line)
        for line in lines
        if line.get("event") == "use" and line.get("key") == key_id
        and any(str(one).partition(" ")[2] == place for one in line.get("places") or ())
    ][-STEPS_MAX:]  # fmt: skip


def happened(at: str, event: str) -> dict[str, Any]:
    """A step of which nothing but this is known."""
    return {
        "at": at, "event": event, "by": "", "clients": [], "count": 1, "operations": [], "places": [], "why": "",
        "request": "",
    }  # fmt: skip


def _step(line: Mapping[str, Any]) -> dict[str, Any]:
    clients = line.get("clients") or ([line["client"]] if line.get("client") else [])
    places = line.get("places") or ([line["path"]] if line.get("path") else [])
    return happened(str(line["at"]), str(line["event"])) | {
        "by": str(line.get("by", "")),
        "clients": [str(one) for one in clients],
        "count": int(line.get("count", 1)),
        "operations": [str(one) for one in line.get("operations") or ()],
        "places": [str(one) for one in places],
        "why": str(line.get("why", "")),
        "request": str(line.get("request", "")),
    }


def seconds(at: str) -> float:
    """When a step was, in seconds since 1970."""
    return datetime.fromisoformat(at).timestamp()
