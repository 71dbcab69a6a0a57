"""The rule of notes: several change together, and only from what their changer has read.

Pure over a transaction.
"""

from __future__ import annotations

from entrepot.core.fault import Fault, Kind
from entrepot.core.operations.notes import ChangeNotes
from entrepot.core.ports import Transaction


def change(tx: Transaction, op: ChangeNotes) -> None:
    """Store what the notes become.

    Raises:
        Fault: PRECONDITION_FAILED when one of them does not say any more what it was read to say.
    """
    for wanted in op.changes:
        found = tx.note(op.account, wanted.collection, wanted.key)
        if (None if found is None else found.value) != wanted.was:
            raise Fault(Kind.PRECONDITION_FAILED, f"{wanted.key!r} was changed meanwhile; try again")
        if wanted.value is None:
            tx.remove_note(op.account, wanted.collection, wanted.key)
        else:
            tx.put_note(op.account, wanted.collection, wanted.key, wanted.value)
