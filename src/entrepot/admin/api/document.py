"""The OpenAPI 3 document of the admin API, made of its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from entrepot.admin.api.table import (
    BASE,
    ENDPOINTS,
    LIST_MAX,
    LISTED_MAX,
    SCHEMAS,
    WHOLE_MAX,
    Endpoint,
    Field,
)

_FAILS = {
    400: "A parameter is missing or wrong.",
    401: "The admin key is missing or wrong.",
    403: "The key in whose name is minted may not do that.",
    404: "There is no such thing.",
    409: "It was revoked before, or it is there and cannot be had as asked.",
    501: "It cannot be said, or is not done here.",
}


def document(
    version: str, endpoints: Sequence[Endpoint] = ENDPOINTS, schemas: Mapping[str, dict[str, Any]] = SCHEMAS
) -> dict[str, Any]:
    """The whole document; ``version`` is the server's."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(BASE + endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Entrepot admin API",
            "version": version,
            "description": "The ledger of minted rights, minting, and the audit log. Off unless the setting"
            " `admin_key` is set; every request carries it as a bearer token.",
        },
        "security": [{"adminKey": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"adminKey": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas,
        },
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    parameters = [
        {
            "name": field.name,
            "in": "query",
            "required": field.needed,
            "description": field.about,
            "schema": _schema(field, described=False),
        }
        for field in endpoint.query
    ]
    if "{id}" in endpoint.path:
        about = "The id of the right, percent-encoded."
        parameters.append(
            {"name": "id", "in": "path", "required": True, "description": about, "schema": {"type": "string"}}
        )
    made: dict[str, Any] = {"operationId": endpoint.name, "summary": endpoint.about}
    if parameters:
        made["parameters"] = parameters
    if endpoint.body is not None:
        needed = any(field.needed for field in endpoint.body)
        made["requestBody"] = {"required": needed, "content": {"application/json": {"schema": _body(endpoint.body)}}}
    replies = {str(endpoint.status): _reply("Done.", endpoint.reply)}
    replies |= {str(status): _reply(_FAILS[status], "Error") for status in endpoint.fails}
    return made | {"responses": replies | {"default": _reply("It was refused, or the server failed.", "Error")}}


def _reply(about: str, schema: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": about, "content": content}


def _body(fields: tuple[Field, ...]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "object",
        "properties": {field.name: _schema(field, described=True) for field in fields},
        "additionalProperties": False,
    }
    needed = [field.name for field in fields if field.needed]
    return made | {"required": needed} if needed else made


def _schema(field: Field, *, described: bool) -> dict[str, Any]:
    made: dict[str, Any] = {"type": field.kind}
    if field.kind == "strings":
        made = {"type": "array", "maxItems": LIST_MAX, "items": {"type": "string", "maxLength": LISTED_MAX}}
    if field.kind == "integer":
        made |= {"minimum": 0 if field.least is None else field.least}
        made |= {"maximum": WHOLE_MAX if field.most is None else field.most}
    if field.kind == "string" and not field.choices:
        made["maxLength"] = field.longest
    if field.pattern:
        made["pattern"] = field.pattern
    if field.choices:
        made["enum"] = list(field.choices)
    if described and not field.needed:
        made["nullable"] = True
    return made | {"description": field.about} if described else made
