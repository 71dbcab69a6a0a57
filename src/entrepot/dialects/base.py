"""What a dialect is: functions and tables, no more.

The pipeline calls them in the order of the fields. A dialect is asked whether it owns a request by its address and
credentials alone; nothing of a body is read before the request is authenticated.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from entrepot.core.fault import Fault, Kind
from entrepot.core.operations import Operation
from entrepot.core.ports import Reader
from entrepot.core.rights.identity import Key, Principal
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Result, Store
from entrepot.signing import scheme
from entrepot.signing.scheme import NOWHERE, Claim, Scheme, Target
from entrepot.wire.http import Request, Response

P = TypeVar("P")


def explanation_of(fault: Fault) -> dict[str, str]:
    """Further members of a refusal that tell its cause, which clients skip as they skip all that they do not know.

    They are there in dev mode alone. The names are in capitals, as the clouds write theirs. Each is a text beside the
    others: the Java SDKs of COS and of AWS (v1) give up an error document in which an element has elements
    (``CosErrorResponseHandler``, ``S3ErrorResponseHandler``).
    """
    if fault.explanation is None:
        return {}
    told = fault.explanation.told()
    return {f"Explanation{name.title().replace('_', '')}": text for name, text in told.items()}


def codes_of(rows: Iterable[tuple[tuple[Kind, str | None], str]]) -> dict[str, tuple[Kind, str | None]]:
    """For each code a row that has it, the plainest first. Codes that a request fills in are left out."""
    found: dict[str, tuple[Kind, str | None]] = {}
    for (kind, reason), code in sorted(rows, key=lambda row: row[0][1] is not None):
        if "{" not in code:
            found.setdefault(code, (kind, reason))
    return found


def _nowhere(_place: object) -> Target:
    return NOWHERE


def _never(_place: object) -> bool:
    return False


def _stay(place: P, _key: Key | None, _reader: Reader) -> P:
    return place


def _one_origin(_request: Request, _place: object) -> bool:
    return True


def _as_it_is(request: Request, _place: object, _claim: Claim | None, _key: Key | None) -> Request:
    return request


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect(Generic[P]):
    """One cloud's dialect. ``P`` is its own record of what a request addresses."""

    name: str
    owns: Callable[[Request], bool]
    preflight: Callable[[Request, Reader], Response]
    """Answer a browser's OPTIONS, which is never signed."""
    locate: Callable[[Request, Reader], P]
    """Where the request goes. Raises Fault for an address that cannot be."""
    schemes: tuple[Scheme, ...]
    forgives: Callable[[P], bool] = _never
    """Whether a bad signature counts as none there, because what is public is served without verification."""
    key_of: Callable[[Claim, Reader], Key] = scheme.key_of
    """The key of a claim. Raises Fault KEY_UNKNOWN or a finer reason."""
    bind: Callable[[P, Claim, Key, float], Principal]
    """What a verified claim allows there, at this time. Raises Fault when it was made for something else."""
    anonymous: Callable[[P, Reader, float], Principal]
    """Who asks without a signature. Raises Fault SIGNATURE_MISSING where one is needed."""
    refuse: Callable[[Request, P | None, Fault], Response]
    forms: bool = False
    """Whether a browser's form carries its credential in its fields, which are then read before anything else."""
    any_file_name: Callable[[Collection[str]], bool] | None = None
    """Whether the file of a form with these fields may come under any name, if it has a file name."""
    own_origin: Callable[[Request, P], bool] = _one_origin
    """Whether a browser takes what is served there for the server's own pages, because the host names no bucket."""
    target: Callable[[P], Target] = _nowhere
    """What a place is to the schemes that sign it."""
    settle: Callable[[P, Key | None, Reader], P] = _stay
    """The place once it is known whose key asks, for addresses that mean the signer's own; None: nobody's."""
    unwrap: Callable[[Request, P, Claim | None, Key | None], Request] = _as_it_is
    """The request with the body that its framing and its signature stand for."""
    take: Callable[[Request], Awaitable[Request]] | None = None
    """Reads the small body of a call, because the signature covers it; bounded, and before anything is verified."""
    named: Callable[[P], str] | None = None
    """The operation that a place names already, for logs and counters: one of few, whatever a client writes."""
    ignored: Callable[[P], tuple[str, ...]] | None = None
    """Names in a request that were not understood and change nothing, for logs and a counter."""
    decode: Callable[[Request, P, Claim | None, Intake], Awaitable[Operation]] | None = None
    encode: Callable[[Request, P, Operation, Result], Response] | None = None
    serve: Callable[[Request, P, Principal, Store, Intake], Awaitable[Response]] | None = None
    """Answers a call that is more than one operation; such a dialect has no ``decode`` and ``encode``."""
    codes: Mapping[str, tuple[Kind, str | None]] = field(default_factory=dict)
    """The codes of its fault table, and of each the kind and the reason that it is the row of."""
    calls: frozenset[str] = frozenset()
    """The names that ``named`` can give, but for that of nothing known."""
    finish: Callable[[Request, P, Operation, Result, Response], Awaitable[Response]] | None = None
    """What is still to be done after the effect is durable: asking the application for the reply, if it is to be asked.

    Where it is not, the response is the very one that was given."""

    @property
    def dialect(self) -> Dialect[P]:
        """Itself, as a door gives it."""
        return self

    def __post_init__(self) -> None:
        """Refuse a dialect that could not answer, or that has two ways to."""
        if (self.serve is None) != (self.decode is not None and self.encode is not None):
            raise TypeError(f"the dialect {self.name} needs either serve, or both decode and encode")


class Door:
    """A dialect that is made, and all that it needs imported, when it is first asked for anything.

    Whose request it is can be told before: ``owns`` is of :mod:`.detection` or :mod:`.call_detection`.
    """

    __slots__ = ("_made", "_make", "name", "owns")

    def __init__(self, name: str, owns: Callable[[Request], bool], make: Callable[[], Dialect[Any]]) -> None:
        self.name = name
        self.owns = owns
        self._make = make
        self._made: Dialect[Any] | None = None

    @property
    def dialect(self) -> Dialect[Any]:
        """The dialect, which is made once."""
        if self._made is None:
            self._made = self._make()
        return self._made


AnyDialect = Dialect[Any] | Door
"""A dialect that is there, or will be when it is asked for."""
