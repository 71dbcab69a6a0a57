"""What the requests of an operation may say: a declaration, so that everything else is refused.

A list of what to refuse is never complete. So each operation declares the parameters, headers, conditions and documents
that it understands; :mod:`entrepot.dialects.s3like.address.closed` refuses the rest before anything is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from entrepot.wire.documents import Shape

RouteKey: TypeAlias = tuple[str, str, str]
"""Level, method and sub-resource, as in the table of routes."""

CONDITIONS = frozenset({"if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "content-range"})
"""Standard headers that make a request that changes something depend on a state, or do a part of it.

Source: RFC 9110 §13.1, §14.5. Each is either declared by such a request or refused.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is understood beside the method and what names the operation.

    ``headers`` are those below the cloud's own prefix, without it; one that ends in ``*`` stands for all that begin so.
    ``conditions`` are members of :data:`CONDITIONS`. ``shapes`` are the documents that the body may hold, by root.
    ``unheeded`` holds what is taken and has no effect: names of parameters and headers as sent, each with its reason
    and source.
    """

    query: frozenset[str] = frozenset()
    headers: frozenset[str] = frozenset()
    conditions: frozenset[str] = frozenset()
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    unheeded: Mapping[str, str] = field(default_factory=dict)
    only: Mapping[str, str] = field(default_factory=dict)
    """The one value that headers as sent may have: another one asks for something that nobody knows."""
    repeated: frozenset[str] = frozenset()
    """Those of ``headers`` that are lists, and may come in several lines (RFC 9110 §5.3)."""
    content: bool = False
    """Whether the body is bytes to store. Without this and without shapes, a body is refused, but that of a DELETE:
    some SDKs send an empty document there, and it has no meaning (RFC 9110 §9.3.5)."""

    def __or__(self, other: Known) -> Known:
        """What either understands; a document of the same root is the other's."""
        return Known(
            query=self.query | other.query,
            headers=self.headers | other.headers,
            conditions=self.conditions | other.conditions,
            shapes={**self.shapes, **other.shapes},
            unheeded={**self.unheeded, **other.unheeded},
            only={**self.only, **other.only},
            repeated=self.repeated | other.repeated,
            content=self.content or other.content,
        )


NOTHING = Known()
KnownTable: TypeAlias = Mapping[RouteKey, Known]


def known(
    *,
    query: str = "",
    headers: str = "",
    conditions: str = "",
    shapes: Mapping[str, Shape] | None = None,
    unheeded: Mapping[str, str] | None = None,
    only: Mapping[str, str] | None = None,
    repeated: str = "",
    content: bool = False,
) -> Known:
    """A declaration, with names separated by blanks."""
    return Known(
        query=frozenset(query.split()),
        headers=frozenset(headers.split()),
        conditions=frozenset(conditions.split()),
        shapes=shapes or {},
        unheeded=unheeded or {},
        only=only or {},
        repeated=frozenset(repeated.split()),
        content=content,
    )


def extended(table: KnownTable, more: KnownTable) -> KnownTable:
    """Both tables; what both have is joined."""
    return {key: table.get(key, NOTHING) | more.get(key, NOTHING) for key in {**table, **more}}


def without(
    table: KnownTable, *, level: str, headers: str = "", conditions: frozenset[str] = frozenset()
) -> KnownTable:
    """The table without headers and conditions that a cloud does not have at this level."""
    gone = frozenset(headers.split())
    return {
        key: replace(one, headers=one.headers - gone, conditions=one.conditions - conditions)
        if key[0] == level
        else one
        for key, one in table.items()
    }
