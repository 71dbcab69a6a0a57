"""Parameters of the admin API, read as the table says: from a query, where all is text, or from a JSON body."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from entrepot.admin.api.table import LIST_MAX, LISTED_MAX, WHOLE_MAX, Field
from entrepot.core.fault import Fault, Kind
from entrepot.wire.http import Request
from entrepot.wire.json_text import loads_once


def read_query(fields: tuple[Field, ...], request: Request) -> dict[str, Any]:
    """The parameters of a query. Raises Fault."""
    return read_pairs(fields, request.query())


def read_pairs(fields: tuple[Field, ...], pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The parameters of a query or form, each of which may be there once. Raises Fault."""
    given: dict[str, Any] = {}
    for name, text in pairs:
        if name in given:
            raise Fault(Kind.PARAMETER_INVALID, f"the parameter {name[:80]!r} is there twice")
        given[name] = _typed(next((one for one in fields if one.name == name), None), text)
    return _checked(fields, given)


def _typed(field: Field | None, text: str) -> Any:
    """A query's text as what the field is; left as it is where it cannot be, to be refused by its type."""
    if field is not None and field.kind == "integer" and text.isascii() and text.isdigit() and len(text) < 20:
        return int(text)
    if field is not None and field.kind == "boolean" and text in {"true", "false"}:
        return text == "true"
    return text


def read_body(fields: tuple[Field, ...], payload: bytes) -> dict[str, Any]:
    """The parameters of a body. Raises Fault."""
    try:
        given = loads_once(payload or b"{}")
    except ValueError as error:
        raise Fault(Kind.MALFORMED, "the body is no JSON in UTF-8, each member once") from error
    if not isinstance(given, dict):
        raise Fault(Kind.MALFORMED, "the body must be a JSON object")
    known = {field.name for field in fields}
    return _checked(fields, {name: value for name, value in given.items() if value is not None or name not in known})


def _checked(fields: tuple[Field, ...], given: dict[str, Any]) -> dict[str, Any]:
    known = {field.name: field for field in fields}
    for name, value in given.items():
        if name not in known:
            raise Fault(Kind.PARAMETER_INVALID, f"there is no parameter {name[:80]!r}; {_names(fields)}")
        _check(known[name], value)
    for field in fields:
        if field.needed and field.name not in given:
            raise Fault(Kind.PARAMETER_MISSING, f"the parameter {field.name!r} is missing: {field.about}")
    return given


def _names(fields: tuple[Field, ...]) -> str:
    return f"there are {', '.join(field.name for field in fields)}" if fields else "there are none"


def _check(field: Field, value: Any) -> None:
    kinds = {"string": str, "integer": int, "boolean": bool, "strings": list, "object": dict}
    fits = isinstance(value, kinds[field.kind]) and (field.kind == "boolean" or not isinstance(value, bool))
    if isinstance(value, list):
        fits = fits and len(value) <= LIST_MAX and all(isinstance(one, str) and len(one) <= LISTED_MAX for one in value)
    if not fits:
        raise Fault(Kind.PARAMETER_INVALID, f"{field.name} must be {_WORDS[field.kind]}: {field.about}")
    if isinstance(value, str) and len(value) > field.longest:
        raise Fault(Kind.PARAMETER_INVALID, f"{field.name} has more than {field.longest} characters")
    if isinstance(value, int) and not _least(field) <= value <= _most(field):
        raise Fault(
            Kind.PARAMETER_INVALID, f"{field.name} is {value}; it must be from {_least(field)} to {_most(field)}"
        )
    if field.choices and value not in field.choices:
        raise Fault(Kind.PARAMETER_INVALID, f"{field.name} must be one of {', '.join(field.choices)}")


_WORDS = {
    "string": "a text", "integer": "a whole number", "boolean": "true or false", "strings": "a list of up to 64 texts",
    "object": "an object",
}  # fmt: skip


def _least(field: Field) -> int:
    return 0 if field.least is None else field.least


def _most(field: Field) -> int:
    return WHOLE_MAX if field.most is None else field.most
