"""Rules of archived objects: those of a class that is read only after a restoration.

The class is a label: all bytes lie in one tier, so a restoration is done as soon as it is asked for. But what is not
restored, or no longer, is not read or copied, as in the clouds. Must not know what the classes are called.
"""

from __future__ import annotations

from entrepot.core import operations as ops
from entrepot.core.facts.lifecycle import DAY_SECONDS, outlived
from entrepot.core.facts.records import Object
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Transaction
from entrepot.core.rules import objects
from entrepot.core.value import Value, changed


class Restored(Value, frozen=True, kw_only=True):
    """The answer to a restoration: the object, and whether it could be read before already (``again``)."""

    record: Object
    again: bool


def restore(tx: Transaction, op: ops.RestoreObject, now: float) -> Restored:
    """Open an archived object; if it is open, from now on for these days.

    Raises:
        Fault: OBJECT_MISSING; PARAMETER_INVALID (reason ``not-archived``); whatever ``op.check`` refuses.
    """
    record = objects.existing(tx, op.bucket, op.key)
    if outlived(record, now):
        raise objects.missing(op.bucket, op.key)
    if not record.attributes.archived:
        raise Fault(
            Kind.PARAMETER_INVALID, f"the object {op.key!r} is not archived, so there is nothing to restore",
            reason="not-archived",
        )  # fmt: skip
    if op.check is not None:
        op.check(record)
    again = is_open(record, now)
    until = now + op.days * DAY_SECONDS
    record = changed(record, attributes=changed(record.attributes, restored_until=until))
    tx.put_object(record, op.bucket.account)
    return Restored(record=record, again=again)


def is_open(record: Object, now: float) -> bool:
    """Whether the bytes can be read, as far as the class is concerned."""
    until = record.attributes.restored_until
    return not record.attributes.archived or (until is not None and now < until)


def as_of(record: Object, now: float) -> Object:
    """The object without a restoration that is over."""
    if record.attributes.restored_until is None or is_open(record, now):
        return record
    return changed(record, attributes=changed(record.attributes, restored_until=None))
