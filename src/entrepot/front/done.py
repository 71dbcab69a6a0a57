"""What an operation did and where, in rights and names: what a policy for just this would have to allow.

``put-object demo/a.png``: the right that was asked, and the bucket and key, or the bucket alone. Made only for keys
whose uses are noted, after the request succeeded. Must not know who asked.
"""

from __future__ import annotations

from entrepot.core import operations as ops
from entrepot.core.facts.records import Attributes
from entrepot.core.rights.grant import Right
from entrepot.core.rules.required import TABLE, for_attributes


def done_by(op: ops.Operation) -> tuple[str, ...]:
    """The rights that ``op`` used, each with its place."""
    if isinstance(op, ops.DeleteObjects):
        return tuple(f"{op.right.value} {op.bucket.name}/{key}" for key in op.keys[:_KEYS_MAX])
    _, bucket, key = TABLE[type(op)].at(op)
    place = "" if bucket is None else bucket if key is None else f"{bucket}/{key}"
    rights = [op.right]
    attributes = getattr(op, "attributes", None)
    if isinstance(attributes, Attributes):
        rights += for_attributes(attributes)
    done = [f"{right.value} {place}" for right in rights]
    if isinstance(op, ops.CopyInto | ops.CopyPart):
        done.append(f"{Right.READ_OBJECT.value} {op.source_bucket.name}/{op.source_key}")
    if isinstance(op, ops.CopyObject):
        done.append(f"{Right.PUT_OBJECT.value} {op.bucket.name}/{op.target}")
    return tuple(done)


_KEYS_MAX = 16
