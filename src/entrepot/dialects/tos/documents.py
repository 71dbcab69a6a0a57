"""The JSON documents of TOS, as the family's documents with the names of lists in the plural.

Source: wire facts of Volcengine §3.8: numbers are numbers, booleans booleans, what is unset is left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import orjson

from entrepot.core.fault import Fault, Kind
from entrepot.dialects.s3like.flavour import Document
from entrepot.wire.documents import TEXT, Node, Shape, check

_PLURALS: Final = {
    "Part": "Parts", "Upload": "Uploads", "Tag": "Tags", "CORSRule": "CORSRules", "AllowedOrigin": "AllowedOrigins",
    "AllowedMethod": "AllowedMethods", "AllowedHeader": "AllowedHeaders", "ExposeHeader": "ExposeHeaders",
    "Rule": "Rules", "Object": "Objects", "Version": "Versions", "Transition": "Transitions",
}  # fmt: skip
_SINGULARS: Final = {plural: singular for singular, plural in _PLURALS.items()} | {"Grants": "Grant"}
_NOT_SPELT: Final = frozenset(_SINGULARS.values())
"""How the family calls the members of lists, which are no names in these documents but for a single one."""
_DEPTH_MAX = 16
_NODES_MAX = 50_000


def write_json(_root: str, content: Document | str) -> tuple[bytes, bytes]:
    """A document as JSON; its root has no name there."""
    return b"application/json", orjson.dumps(_plain(content))


def _spelt(name: str, value: Any) -> str:
    """The name of a member: in the plural where it is a list."""
    return name if isinstance(value, Mapping) else _PLURALS.get(name, name)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        if list(value) == ["Bucket"] and isinstance(value["Bucket"], list):
            return [_plain(one) for one in value["Bucket"]]
        return {_spelt(name, inner): _plain(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def read_json(data: bytes, shapes: Mapping[str, Shape]) -> Node:
    """A request's JSON as a tree of elements, of the one shape that there is: the root has no name in JSON.

    Raises:
        Fault: MALFORMED (reason ``xml``, like every document that cannot be read); NOT_IMPLEMENTED as
            :func:`entrepot.wire.documents.check`.
    """
    try:
        orjson.loads(data)  # strict, and bounded in depth
        found = json.loads(data, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise Fault(Kind.MALFORMED, f"the body is no JSON: {error}", reason="xml") from error
    if not isinstance(found, dict):
        raise Fault(Kind.MALFORMED, "the body is no JSON object", reason="xml")
    ((root, shape),) = shapes.items()
    budget = [_NODES_MAX]
    return check(Node(name=root, children=_children(found, shape, 1, budget)), shape)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member stands twice in an object")
    return members


def _children(members: dict[str, Any], shape: Shape, depth: int, budget: list[int]) -> tuple[Node, ...]:
    nodes: list[Node] = []
    for name, value in members.items():
        if (name in _NOT_SPELT and not _is_single(shape, name)) or (
            name in _SINGULARS and _is_single(shape, _SINGULARS[name])
        ):
            raise Fault(Kind.MALFORMED, f"the member {name} is unknown here; lists are in the plural", reason="xml")
        singular = _SINGULARS.get(name, name)
        inner = shape.children.get(singular, TEXT)
        if isinstance(value, list) and not inner.many:
            raise Fault(Kind.MALFORMED, f"the member {name[:60]} is a list where one value is expected", reason="xml")
        ones = value if isinstance(value, list) else [value]
        unknown = singular not in shape.children  # then not even what is null is dropped
        nodes += [_node(singular, one, inner, depth, budget) for one in ones if one is not None or unknown]
    return tuple(nodes)


def _is_single(shape: Shape, name: str) -> bool:
    return name in shape.children and not shape.children[name].many


def _node(name: str, value: Any, shape: Shape, depth: int, budget: list[int]) -> Node:
    budget[0] -= 1
    if depth > _DEPTH_MAX or budget[0] < 0:
        raise Fault(Kind.MALFORMED, "the JSON of the body is too deep or too large", reason="xml")
    if isinstance(value, dict):
        return Node(name=name, children=_children(value, shape, depth + 1, budget))
    if isinstance(value, list):
        raise Fault(Kind.MALFORMED, "the JSON of the body holds a list in a list", reason="xml")
    if isinstance(value, bool):
        return Node(name=name, text="true" if value else "false")
    return Node(name=name, text=str(value))
