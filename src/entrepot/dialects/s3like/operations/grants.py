"""ACLs as grants in headers (``x-amz-grant-read: uri="…/AllUsers"``): those that amount to a canned one.

Nothing finer than a canned ACL is kept, so that nobody may do more than was granted; other grants are refused.
Source: AWS "Access control list overview" (mapping of grants); COS "PUT Object acl"; TOS "PutObjectACL".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from entrepot.core.facts.records import Acl
from entrepot.core.fault import Fault, Kind
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.replies import reply

_NAMES: Final = ("full-control", "read", "write", "read-acp", "write-acp")
EVERYONE: Final = frozenset({
    ("canned", "AllUsers"), ("id", "qcs::cam::anyone:anyone"),
    *(("uri", f"http://{host}/groups/global/AllUsers") for host in ("acs.amazonaws.com", "cam.qcloud.com")),
})  # fmt: skip
"""Kinds and names of the group of all. What only looks like one is refused, lest more be open than was meant."""
_AMOUNTS_TO: Final = {
    frozenset[str](): Acl.PRIVATE,
    frozenset({"read"}): Acl.PUBLIC_READ,
    frozenset({"read", "write"}): Acl.PUBLIC_READ_WRITE,
}
_LENGTH_MAX: Final = 4096


def granted(place: Place, get: Callable[[str], str | None]) -> Acl | None:
    """The canned ACL that the headers of grants amount to; None without any.

    Raises:
        Fault: NOT_IMPLEMENTED for grants that amount to none; PARAMETER_INVALID for what is no grant.
    """
    prefix = place.flavour.prefix + "grant-"
    found = {name: text for name in _NAMES if (text := get(prefix + name)) is not None}
    if not found:
        return None
    owner = str(reply.owner_of(place)["ID"])
    public: set[str] = set()
    for name, text in found.items():
        for kind, value in _grantees(prefix + name, text):
            if (kind, value) in EVERYONE and name in {"read", "write"}:
                public.add(name)
            elif kind != "id" or value not in {owner, owner.rpartition("/")[2]}:  # COS: the whole name, or its number
                raise _too_fine(prefix + name)
    acl = _AMOUNTS_TO.get(frozenset(public))
    if acl is None:
        raise _too_fine(prefix + "write")
    return acl


def _grantees(name: str, text: str) -> list[tuple[str, str]]:
    """Kinds and values, as ``kind="value"`` with commas between."""
    if len(text) > _LENGTH_MAX:
        raise Fault(Kind.PARAMETER_INVALID, f"the header {name} is too long", argument=name)
    found: list[tuple[str, str]] = []
    for part in text.split(","):
        kind, equals, value = part.strip().partition("=")
        if not equals or not value.strip('"'):
            raise Fault(
                Kind.PARAMETER_INVALID, f'the header {name} is {text[:60]!r}; it must name grantees as id="…"',
                argument=name, value=text[:100],
            )  # fmt: skip
        found.append((kind.lower(), value.strip('"')))
    return found


def _too_fine(name: str) -> Fault:
    return Fault(
        Kind.NOT_IMPLEMENTED, "only grants to the owner, and to everyone of READ or of READ and WRITE, are kept",
        reason="header", header=name,
    )  # fmt: skip
