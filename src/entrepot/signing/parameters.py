"""The parameters of a call of a control API: those of the query and those of a plain form, together.

Decoded as a form's (``+`` is a space), each of them once: a signature over sorted parameters would not tell which of
two counts. Must not know what any of them means.
"""

from __future__ import annotations

from entrepot.core.fault import Fault, Kind
from entrepot.signing.raw_query import pairs
from entrepot.wire.http import Request

PARAMETERS_MAX = 256
_FORM = "application/x-www-form-urlencoded"


def is_posted(request: Request) -> bool:
    """Whether the body is a plain form."""
    return (request.header(b"content-type") or "").lower().startswith(_FORM)


def check_body(request: Request) -> None:
    """Refuse a body of another kind, which nobody would read; some SDKs write an empty object.

    Raises:
        Fault: MALFORMED (reason ``parameters``).
    """
    if not is_posted(request) and (request.payload or b"").strip() not in {b"", b"{}"}:
        raise Fault(Kind.MALFORMED, f"the body of a call is a form ({_FORM}), or empty", reason="parameters")


def raw_parameters(request: Request) -> list[tuple[bytes, bytes]]:
    """Decoded names and values of the query and of a plain form, in order.

    Raises:
        Fault: MALFORMED (reason ``parameters``) for more than 256, or for one that is given twice: the signature would
            not tell which of them counts.
    """
    sources = [raw for raw in (request.raw_query, request.payload if is_posted(request) else None) if raw]
    if sum(raw.count(b"&") + 1 for raw in sources) > PARAMETERS_MAX:
        raise Fault(Kind.MALFORMED, f"a call has at most {PARAMETERS_MAX} parameters; send fewer", reason="parameters")
    found = [triple for raw in sources for triple in pairs(raw)]
    seen: set[bytes] = set()
    for name, _, _ in found:
        if name in seen:
            text = name[:80].decode("utf-8", "replace")
            raise Fault(Kind.MALFORMED, f"the parameter {text!r} is given twice; send it once", reason="parameters")
        seen.add(name)
    return [(name, value) for name, value, _ in found]


def parameters(request: Request) -> dict[str, str]:
    """The parameters of a call as texts. Raises Fault MALFORMED (reason ``parameters`` or ``utf8``)."""
    try:
        return {name.decode("utf-8"): value.decode("utf-8") for name, value in raw_parameters(request)}
    except UnicodeDecodeError as error:
        raise Fault(Kind.MALFORMED, "the parameters are not UTF-8", reason="utf8") from error
