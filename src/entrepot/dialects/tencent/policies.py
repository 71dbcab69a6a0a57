"""Policies as API 3.0 takes them: percent-encoded JSON in a parameter, read here before CAM's language reads it.

Both read with the same reader, so that no document means two things. Whether actions, resources and conditions can be
is CAM's to say. Source: wire facts of Tencent §1.3 (end), §3.1, §5.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote_plus

from entrepot.dialects.control.policies.statements import Node, load

BYTES_MAX: Final = 16_384
"""Assumed: the cloud's documents give no number."""
WRITTEN_BYTES_MAX: Final = 4 * BYTES_MAX
"""For what was read and is written again, with names in place of shorter ones."""
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PRINCIPALS: Final = frozenset({"principal", "not_principal", "notprincipal"})


def read(text: str) -> Node:
    """The policy of a parameter, percent-encoded or plain.

    Raises:
        Fault: PARAMETER_INVALID (reason ``policy-format`` or ``policy-size``).
    """
    plain = text if text.lstrip().startswith("{") or len(text) > 3 * BYTES_MAX else _decoded(text)
    document = load(plain, BYTES_MAX)
    document.pairs()
    return document


def _decoded(text: str) -> str:
    found = _ESCAPE.search(text)
    if found is not None:
        Node(value=text).refuse(f"it is not percent-encoded: a '%' stands alone at character {found.start() + 1}")
    try:
        return unquote_plus(text, errors="strict")
    except UnicodeDecodeError:
        Node(value=text).refuse("it is not UTF-8 in percent-encoding")


def written(document: Any) -> str:
    """A policy as JSON."""
    return json.dumps(document, ensure_ascii=False)


def statements(document: Node) -> Iterator[Node]:
    """The statements that are records; whatever else is there is CAM's to refuse."""
    for name, node in document.pairs():
        if name.lower() == "statement":
            listed = node.items() if node.value else []
            yield from (one for one in listed if isinstance(one.value, dict))


def principals(document: Node) -> Iterator[tuple[dict[str, Any], str, Node]]:
    """The principals of a policy: the record that each is in, its name there, and itself."""
    for record in (document, *statements(document)):
        for name, node in record.pairs():
            if name.lower() in _PRINCIPALS:
                yield record.value, name, node


def without_principals(document: Node) -> Node:
    """The policy without its principals, which helpers of SDKs write where nobody may choose one."""
    for record, name, _ in list(principals(document)):
        del record[name]
    return document
