"""Voice files that applications committed, and their review. How they are kept is
:mod:`entrepot.dialects.control.minting.voice_files`.
"""

from __future__ import annotations

from typing import Any

from entrepot.core.ports import Reader, Transaction
from entrepot.dialects.control.minting.voice_files import State, VoiceFile, all_of, review

STATES = {state.name.lower(): state for state in State}
"""By the word that an operator says."""


def row(account: int, file: VoiceFile) -> dict[str, Any]:
    """A file and what the review said."""
    return {
        "key": file.key,
        "account": account,
        "name": file.name,
        "state": file.state.name.lower(),
        "seconds": file.seconds,
        "bytes": file.size,
        "object": file.object_key,
        "created_at": file.created_at,
        "remark": file.remark,
    }


def rows(reader: Reader, account: int | None, state: State | None) -> list[dict[str, Any]]:
    """All files (of an account, in a state), the oldest first."""
    accounts = [one.id for one in reader.accounts()] if account is None else [account]
    found = [(one, file) for one in accounts for file in all_of(reader, one) if state in {None, file.state}]
    return [row(one, file) for one, file in sorted(found, key=lambda pair: (pair[1].created_at, pair[1].key))]


def decide(tx: Transaction, account: int, key: str, state: State, remark: str) -> dict[str, Any]:
    """Say whether a file may be used; ``remark`` is what applications see. Raises Fault OBJECT_MISSING."""
    return row(account, review(tx, account, key, state, remark))
