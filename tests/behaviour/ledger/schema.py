"""Whether an answer is what the served OpenAPI document says: as much of JSON Schema as that document uses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

KINDS: Mapping[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "integer": (int,), "boolean": (bool,),
    "number": (int, float),
}  # fmt: skip
KNOWN = {
    "$ref", "type", "description", "properties", "required", "additionalProperties", "items", "enum", "format",
    "nullable", "allOf", "minimum", "maximum", "maxLength", "maxItems", "pattern",
}  # fmt: skip
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def resolved(document: Any, schema: Any) -> Any:
    """The schema that a reference names."""
    while "$ref" in schema:
        found = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    assert schema.keys() <= KNOWN, f"nobody checks {schema.keys() - KNOWN}"
    return schema


def faults(document: Any, schema: Any, value: Any, where: str = "$") -> Iterator[str]:
    """Everything in which a value is not what its schema says."""
    schema = resolved(document, schema)
    if value is None:
        if not schema.get("nullable"):
            yield f"{where} is null"
        return
    for part in schema.get("allOf", ()):
        yield from faults(document, part, value, where)
    kind = schema.get("type")
    if kind is None:
        return
    if not isinstance(value, KINDS[kind]) or (kind in {"integer", "number"} and isinstance(value, bool)):
        yield f"{where} is {value!r}, no {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where} is {value!r}, none of {schema['enum']}"
    if schema.get("format") == "date-time" and not _TIME.fullmatch(value):
        yield f"{where} is {value!r}, no time"
    if kind == "array":
        for number, one in enumerate(value):
            yield from faults(document, schema["items"], one, f"{where}[{number}]")
    if kind == "object":
        yield from _members(document, schema, value, where)


def _members(document: Any, schema: Any, value: dict[str, Any], where: str) -> Iterator[str]:
    members = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{where} lacks {name}"
    other = schema.get("additionalProperties", True)
    for name, one in value.items():
        if name in members:
            yield from faults(document, members[name], one, f"{where}.{name}")
        elif isinstance(other, dict):
            yield from faults(document, other, one, f"{where}.{name}")
        elif not other:
            yield f"{where} has {name}, which nobody says"
