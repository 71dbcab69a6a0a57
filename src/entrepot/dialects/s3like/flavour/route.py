"""A route: one operation of the wire, as two functions, and how it is told from the others.

The table of routes is part of the flavour; which of them a request means is chosen in ``address/routes``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from entrepot.core.operations import Operation
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Result
from entrepot.wire.http import Request, Response

P = TypeVar("P")

PART, COPY, FORM = "+part", "+copy", "+form"
"""What is told by more than a sub-resource: both parameters of a part, the header of a copy, a form's content type."""

Decode: TypeAlias = Callable[[Request, P, Intake], Awaitable[Operation]]
Encode: TypeAlias = Callable[[Request, P, Operation, Result], Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Generic[P]):
    """From the request to the core's operation, and from its result to the response.

    ``P`` is the record of what a request addresses: it holds its flavour, so the flavour does not know it. ``about``
    says in a few words what the operation does, for the documents.
    """

    decode: Decode[P]
    encode: Encode[P]
    about: str = ""


Routes: TypeAlias = Mapping[tuple[str, str, str], Route[P]]
"""Routes by level (service, bucket, object), method and sub-resource."""
