"""Which parameters a call may have: those that its API declares, and those that every call of its cloud has.

The real clouds drop a parameter that they do not know. Here that would be a right wider than was asked for: a session
whose ``policy`` is not written as ``Policy`` would have no policy, and a trial whose ``dryRun`` is dropped would be
none.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from entrepot.core.fault import Fault, Kind


def check_known(given: Iterable[str], known: AbstractSet[str]) -> None:
    """Refuse a call with a parameter that is not known; a known name that ends in ``.`` stands for all that begin so.

    Raises:
        Fault: PARAMETER_INVALID (reason ``unknown``).
    """
    starts = tuple(name for name in known if name.endswith("."))
    for name in given:
        if name in known or name.startswith(starts):
            continue
        near = next((one for one in known if one.lower() == name.lower()), None)
        raise Fault(
            Kind.PARAMETER_INVALID,
            f"the parameter {name[:80]!r} is not known here{f'; {near} is' if near else ''};"
            " what is not understood is refused, not ignored",
            reason="unknown", field=name[:80], parameter=name[:80],
        )  # fmt: skip
