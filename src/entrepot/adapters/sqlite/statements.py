"""Pieces of SQLite's statements that several questions share. Must not run any."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from entrepot.adapters.rows import Row
from entrepot.core.rights.ledger import Wanted

OWN_DAYS = "instr(traits, '\"expire_days\":') > 0"
"""Objects with days of their own, and few others; an index has it, in this very spelling."""
SEALED_FROM = "blobs b LEFT JOIN seals s ON s.blob = b.id"
MINTER = "json_extract(minted, '$.minter')"
"""The key that asked for a right; an index has it, in this very spelling."""


def names_text(names: Sequence[str]) -> str:
    """JSON of a list of names."""
    return msgspec.json.encode(list(names)).decode()


def rights_where(wanted: Wanted) -> tuple[str, Row]:
    """A condition on KEY's table for the rights that are wanted, and its values; see ``Wanted.takes``."""
    terms: list[str] = ["minted IS NOT NULL"]
    values: list[object] = []
    if wanted.account is not None:
        terms.append("+account = ?")  # by age even so: an account may have all of a million rows
        values.append(wanted.account)
    if wanted.minter is not None:
        terms.append(f"{MINTER} = ?")
        values.append(wanted.minter)
    if wanted.api is not None:
        terms.append("substr(json_extract(minted, '$.api') || ':', 1, ?) = ?")
        values += [len(wanted.api) + 1, wanted.api + ":"]
    if wanted.place is not None:
        place = "ifnull(json_extract(minted, '$.bucket'), '') || '/' || ifnull(json_extract(minted, '$.key'), '')"
        terms.append(f"substr({place}, 1, ?) = ?")
        values += [len(wanted.place), wanted.place]
    if wanted.before is not None:
        terms.append("created_at <= ?")
        values.append(wanted.before)
    if wanted.holding is not None:
        terms.append("(revoked_at IS NULL OR revoked_at > ?) AND (expires_at IS NULL OR expires_at >= ?)")
        values += [wanted.holding, wanted.holding]
    return " AND ".join(terms), tuple(values)
