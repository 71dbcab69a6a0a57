"""Repeats: the same request, in the same state of the index, gets the same response.

A read of an object is a function of the request, the index, the settings and the time. So a response may be given
again to a request that is equal byte for byte (address, query, every header, client), while the index is in the same
state, or answers what the request asks as it did, and the signature that it was allowed by is not over. What is
verified is not verified less: it is remembered. Nothing that can be used once only is kept; and of what does not lie in
the index not the bytes, but where they are.
"""

from __future__ import annotations

from collections.abc import Callable

from entrepot.core.fault import Fault
from entrepot.core.rights.grant import Grant
from entrepot.core.rules.content import Windows
from entrepot.core.value import Value
from entrepot.front.telemetry import Exchange
from entrepot.wire.http import Request, Response

_ENTRIES_MAX = 1024
_BYTES_MAX = 16 << 20

Key = tuple[bytes, bytes, tuple[tuple[bytes, bytes], ...], str, str, str]


def key_of(request: Request) -> Key:
    """Everything that an answer to GET may depend on."""
    return (request.raw_path, request.raw_query, request.headers, request.authority, request.scheme, request.client)


class _Entry(Value, frozen=True, kw_only=True):
    state: object
    since: float
    until: float
    request_id: bytes
    response: Response
    dialect: str
    operation: str
    key_id: str | None
    minted: bool
    of_user: bool


class Repeats:
    """What was answered lately. ``is_still`` tells whether the index would tell the same as in an earlier state."""

    def __init__(self, is_still: Callable[[object], bool], clock: Callable[[], float]) -> None:
        self._is_still = is_still
        self._clock = clock
        self._entries: dict[Key, _Entry] = {}
        self._bytes = 0

    def find(self, request: Request, exchange: Exchange) -> Response | None:
        """The response to give again, with this request's own id. Raises Fault when the index cannot be asked."""
        key = key_of(request)
        entry = self._entries.get(key)
        if entry is None:
            return None
        if not entry.since <= self._clock() <= entry.until or not self._is_still(entry.state):
            self._forget(key, entry)
            return None
        body = entry.response.body
        if isinstance(body, Windows):
            try:
                body = body.again()
            except Fault:  # it will be met again, where it can be told
                self._forget(key, entry)
                return None
        exchange.dialect, exchange.operation = entry.dialect, entry.operation
        exchange.key_id, exchange.minted, exchange.of_user = entry.key_id, entry.minted, entry.of_user
        fresh = request.id.encode()
        headers = [(name, fresh if value == entry.request_id else value) for name, value in entry.response.headers]
        return Response(status=entry.response.status, headers=headers, body=body)

    def _forget(self, key: Key, entry: _Entry) -> None:
        """Others may have done so, or have kept another one, while this request waited for the index."""
        if self._entries.get(key) is entry:
            self._bytes -= _held(self._entries.pop(key).response)

    def keep(self, request: Request, response: Response, exchange: Exchange, state: object) -> None:
        """Remember a response that ``exchange.repeatable`` was said of; ``state`` is from before it was made."""
        grant = exchange.repeatable
        if grant is None or not isinstance(response.body, bytes | memoryview | Windows):
            return
        key = key_of(request)
        before = self._entries.get(key)
        if before is not None:
            self._forget(key, before)
        self._bytes += _held(response)
        while self._entries and (len(self._entries) >= _ENTRIES_MAX or self._bytes > _BYTES_MAX):
            self._forget(*next(iter(self._entries.items())))
        self._entries[key] = _Entry(
            state=state,
            since=self._clock(),
            until=_end(grant),
            request_id=request.id.encode(),
            response=response,
            dialect=exchange.dialect,
            operation=exchange.operation,
            key_id=exchange.key_id,
            minted=exchange.minted,
            of_user=exchange.of_user,
        )


def _held(response: Response) -> int:
    """The bytes that remembering a response keeps."""
    return len(response.body) if isinstance(response.body, bytes | memoryview) else 0


def _end(grant: Grant) -> float:
    """When the first of a grant's clauses is over."""
    return min((clause.expires_at for clause in grant.clauses if clause.expires_at is not None), default=float("inf"))
