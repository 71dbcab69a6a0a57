"""Conditions on S3-like reads, writes and copies, as the core asks them inside its transactions."""

from __future__ import annotations

from entrepot.core.facts.records import Object
from entrepot.core.fault import Fault, Kind
from entrepot.core.operations import Check, Replace
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.flavour import Flavour
from entrepot.dialects.s3like.operations.object_headers import Get, etag_of
from entrepot.wire.conditions import Conditions, conditions_of
from entrepot.wire.http import Request


def replace_policy(place: Place, get: Get) -> Replace:
    """Whether a name that is taken may be pointed elsewhere. Raises Fault PARAMETER_INVALID."""
    name = place.flavour.prefix + "forbid-overwrite"
    text = (get(name) or "false").lower()
    if text not in {"true", "false"}:
        raise Fault(Kind.PARAMETER_INVALID, f"{name} is {text[:40]!r}; it must be true or false", argument=name)
    return Replace.NEVER if text == "true" else Replace.ALWAYS


def on_write(request: Request, flavour: Flavour) -> Check | None:
    """The conditions of a write: If-Match names what is there, ``If-None-Match: *`` says that nothing is.

    The cloud's own spelling (``x-tos-if-match``) counts like the standard one.
    """
    conditions = conditions_of(request) or conditions_of(request, flavour.prefix.encode())
    if conditions is not None and not flavour.conditions.on_writes:
        name = next(name for name, _ in request.headers if name.startswith(b"if-")).decode()
        raise Fault(Kind.NOT_IMPLEMENTED, f"the header {name} has no meaning for writes", reason="header", header=name)
    if conditions is None or (conditions.if_match, conditions.if_none_match) == (None, None):
        return None
    if flavour.conditions.strict_writes and request.method != "DELETE":
        _check_strict(conditions)
    return _held(Conditions(if_match=conditions.if_match, if_none_match=conditions.if_none_match), flavour)


def compares(request: Request, flavour: Flavour) -> bool:
    """Whether a write asks for an entity tag of what is there, or for another one than that."""
    conditions = conditions_of(request) or conditions_of(request, flavour.prefix.encode())
    if conditions is None:
        return False
    return any(tag not in {None, "*"} for tag in (conditions.if_match, conditions.if_none_match))


def _check_strict(conditions: Conditions) -> None:
    """Refuse conditions of a write that S3 has not. Source: LocalStack's tests recorded at AWS."""
    match, none_match = conditions.if_match, conditions.if_none_match
    if match is not None and none_match is not None:
        header = "If-Match,If-None-Match"
    elif none_match is not None and none_match != "*":
        header = "If-None-Match"
    elif match == "*":
        header = "If-Match"
    else:
        return
    raise Fault(
        Kind.NOT_IMPLEMENTED, "a header you provided implies functionality that is not implemented",
        reason="header", header=header,
    )  # fmt: skip


def on_completion(request: Request, flavour: Flavour, started_at: float | None) -> Check | None:
    """The conditions of a completion; what was written since the upload began conflicts with it, where it is strict."""
    check = on_write(request, flavour)
    if check is None or started_at is None or not flavour.conditions.strict_writes:
        return check

    def both(record: Object | None) -> None:
        check(record)
        if record is not None and record.modified_at > started_at:
            raise Fault(
                Kind.PRECONDITION_FAILED, "the object was written while the upload was under way; start another one",
                reason="conflict", condition="If-Match",
            )  # fmt: skip

    return both


def of_entity_tag(tag: str, flavour: Flavour) -> Check:
    """The condition that what is there has this entity tag."""
    return _held(Conditions(if_match=tag), flavour)


def _held(wanted: Conditions, flavour: Flavour) -> Check:
    def check(record: Object | None) -> None:
        if record is None:
            if wanted.if_match is not None:
                raise Fault(Kind.OBJECT_MISSING, "If-Match names an object, and there is none")
            return
        _as_failure(wanted, flavour, record)

    return check


def on_copy_source(request: Request, flavour: Flavour) -> Check | None:
    """The conditions of a copy on its source."""
    conditions = conditions_of(request, flavour.header("copy-source-"))
    if conditions is None:
        return None

    def check(record: Object | None) -> None:
        if record is None:
            return
        if flavour.conditions.copy_not_modified == 304:
            conditions.check(etag_of(flavour, record), record.modified_at)
        else:
            _as_failure(conditions, flavour, record)

    return check


def check_repeated(request: Request, place: Place) -> None:
    """Refuse what is said of the source and known to nobody: an SDK repeats headers of a copy below that name."""
    start = place.flavour.header("copy-source-")
    known = {place.flavour.header(name) for name in place.known.headers}
    sent = dict(request.headers)
    for name, value in request.headers:
        plain = name.removeprefix(start)
        if plain != name and name not in known and sent.get(plain) != value:
            shown = name[:80].decode("latin-1")
            raise Fault(
                Kind.NOT_IMPLEMENTED, f"the header {shown} asks for something that is not here",
                reason="header", header=shown,
            )  # fmt: skip


def _as_failure(conditions: Conditions, flavour: Flavour, record: Object) -> None:
    """Check; what a read would answer with "not modified" is a failed condition of a write."""
    try:
        conditions.check(etag_of(flavour, record), record.modified_at)
    except Fault as fault:
        if fault.kind is not Kind.NOT_MODIFIED:
            raise
        raise Fault(Kind.PRECONDITION_FAILED, fault.message, condition="If-None-Match") from fault
