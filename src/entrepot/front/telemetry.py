"""What happened, for operators: one log line and a few counters per request. Never a secret, never a signature.

Counters of several worker processes are summed by prometheus-client through the memory that the names in
``PROMETHEUS_MULTIPROC_DIR`` lead to; a worker that follows a dead one in its place counts on where that ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

import orjson
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess, values
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from entrepot.core.explanation import Explanation
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.grant import Grant
from entrepot.log import log, to_stderr

if TYPE_CHECKING:
    from entrepot.explain.refusal import Known
    from entrepot.signing.scheme import Target
    from entrepot.wire.http import Request

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)


class Tapping(Protocol):
    """What is told of an exchange that is kept."""

    def arrived(self, piece: bytes) -> None:
        """Bytes of its body came."""
        ...

    def opened(self, request: Request) -> Request:
        """A browser's form, of which the fields were read."""
        ...

    def unframed(self, request: Request) -> Request:
        """The body without its framing."""
        ...

    def knows(self, known: Known, target: Target, user_id: str) -> None:
        """What became known of it."""
        ...

    def sending(self, send: Callable[[MutableMapping[str, Any]], Awaitable[None]]) -> Any:
        """What sends its reply, and keeps it."""
        ...

    def end(self, *, cut: bool = False) -> None:
        """It is over."""
        ...


class Exchange:
    """The facts of one request, filled in as they become known."""

    __slots__ = (
        "called_back",
        "client",
        "control",
        "cut_body",
        "cut_reply",
        "demanded",
        "dialect",
        "done",
        "explanation",
        "fault",
        "id",
        "ignored",
        "key_id",
        "method",
        "minted",
        "of_user",
        "operation",
        "partly",
        "path",
        "received",
        "redirected",
        "repeatable",
        "sent",
        "status",
        "tap",
    )

    def __init__(self, id: str, method: str, path: bytes, client: str) -> None:  # noqa: A002
        self.id = id
        self.method = method
        self.path = path
        self.client = client
        self.dialect = "-"
        self.operation = "-"
        self.key_id: str | None = None
        self.minted = False
        """Whether that key is in the ledger, so that its use is counted."""
        self.of_user = False
        """Whether it is a sub-user's, whose uses may be noted as well."""
        self.done: tuple[str, ...] = ()
        """The rights that such a key used, each with its place; see ``front.done``."""
        self.control = False
        """Whether this is a call of an API that mints."""
        self.ignored: tuple[str, ...] = ()
        """Names in it that were not understood and changed nothing."""
        self.fault: Fault | None = None
        self.explanation: Explanation | None = None
        self.partly = ""
        """What was refused in a request that was served otherwise."""
        self.repeatable: Grant | None = None
        """What allowed a read whose response may be given again to the same request; see ``front.repeats``."""
        self.demanded: str | None = None
        """The fault on demand that befell it; see ``front.demanded``. After how many bytes its body or reply ends."""
        self.cut_body: int | None = None
        self.cut_reply: int | None = None
        self.received = 0
        self.redirected = 0
        """Bytes of a download that was sent on to the store."""
        self.sent = 0
        self.called_back = False
        """Whether an application gave the reply."""
        self.status = 0
        self.tap: Tapping | None = None
        """What keeps it for a transcript; see ``front.recording``."""

    def refused(self, fault: Fault) -> None:
        """It was refused. The frames where that was are let go: they hold the request's buffers, and lead here."""
        self.fault = fault.with_traceback(None)

    def facts(self, seconds: float) -> dict[str, Any]:
        """What the log says of it."""
        facts: dict[str, Any] = {
            "level": "info",
            "event": "request",
            "id": self.id,
            "client": self.client,
            "method": self.method,
            "path": self.path.decode("latin-1"),
            "dialect": self.dialect,
            "operation": self.operation,
            "key": self.key_id,
            "status": self.status,
            "outcome": self.outcome,
            "received": self.received,
            "sent": self.sent,
            "ms": round(seconds * 1000, 3),
        }
        if self.redirected:
            facts["redirected"] = self.redirected
        if self.ignored:
            facts["ignored"] = [name[:100] for name in self.ignored[:20]]
        if self.demanded is not None:
            facts["demanded"] = self.demanded
        if self.fault is not None:
            facts["why"] = self.fault.message
        elif self.partly:
            facts["why"] = self.partly
        if self.explanation is not None:
            facts |= {"cause": self.explanation.cause, "cause_is": self.explanation.confidence.value}
            facts["explained"] = self.explanation.told().get("sentence", "")
        return facts

    @property
    def outcome(self) -> str:
        """``ok`` or the kind of the fault."""
        return "ok" if self.fault is None else self.fault.kind.value


class _Lines:
    """Writes facts as lines of JSON, past the log: this is done for every request.

    What is logged in one turn of the event loop is written at its end, in one go.
    """

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def __call__(self, facts: dict[str, Any]) -> None:
        facts["timestamp"] = datetime.now(UTC)
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._flush)
        self._waiting.append(orjson.dumps(facts, option=orjson.OPT_UTC_Z))

    def _flush(self) -> None:
        lines, self._waiting = self._waiting, []
        to_stderr(b"\n".join(lines) + b"\n")


class Telemetry:
    """Counters and the request log of one process; ``place`` is its number where there are several."""

    def __init__(self, *, log_requests: bool, pretty: bool, place: int | None) -> None:
        self._log = None if not log_requests else log.write if pretty else _Lines()
        self._shared = place is not None
        if place is not None:
            values.ValueClass = values.MultiProcessValue(lambda: place)
        self._registry = CollectorRegistry()
        names = ("dialect", "operation", "outcome")
        self._requests = Counter("entrepot_requests", "Requests answered", names, registry=self._registry)
        self._seconds = Histogram(
            "entrepot_request_seconds", "Time to the end of the response", ("dialect", "operation"),
            buckets=_BUCKETS, registry=self._registry,
        )  # fmt: skip
        self._bytes = Counter("entrepot_bytes", "Bytes of bodies", ("direction",), registry=self._registry)
        about = "Names in requests that were not understood and changed nothing"
        self._ignored = Counter("entrepot_ignored_names", about, ("dialect",), registry=self._registry)
        about = "Applications that were asked for the reply to an upload: ok, or failed"
        self._callbacks = Counter("entrepot_callbacks", about, ("dialect", "outcome"), registry=self._registry)
        about = "Downloads that were sent on to the store"
        self._redirects = Counter("entrepot_redirects", about, ("dialect",), registry=self._registry)
        self._redirected = Counter("entrepot_redirected_bytes", "Bytes of these", registry=self._registry)
        self._received = self._bytes.labels("received")
        self._sent = self._bytes.labels("sent")
        self._timings = Histogram(
            "entrepot_storage_seconds", "Time of index commits and blob writes", ("port", "action"),
            buckets=_BUCKETS, registry=self._registry,
        )  # fmt: skip
        self._children: dict[tuple[str, str, str], tuple[Any, Any]] = {}

    def timing(self, port: str) -> Callable[[str, float], None]:
        """An observer for an adapter's timings."""
        children: dict[str, Any] = {}

        def observe(action: str, seconds: float) -> None:
            child = children.get(action)
            if child is None:
                child = children[action] = self._timings.labels(port, action)
            child.observe(seconds)

        return observe

    def record(self, exchange: Exchange, seconds: float) -> None:
        """Count and log a request that was answered."""
        labels = (exchange.dialect, exchange.operation, exchange.outcome)
        pair = self._children.get(labels)
        if pair is None:
            pair = self._requests.labels(*labels), self._seconds.labels(*labels[:2])
            self._children[labels] = pair
        pair[0].inc()
        pair[1].observe(seconds)
        if exchange.received:
            self._received.inc(exchange.received)
        if exchange.sent:
            self._sent.inc(exchange.sent)
        if exchange.redirected:
            self._redirects.labels(exchange.dialect).inc()
            self._redirected.inc(exchange.redirected)
        if exchange.called_back:
            self._callbacks.labels(exchange.dialect, "ok").inc()
        elif exchange.fault is not None and exchange.fault.kind is Kind.CALLBACK_FAILED:
            self._callbacks.labels(exchange.dialect, "failed").inc()
        if exchange.ignored:
            self._ignored.labels(exchange.dialect).inc(len(exchange.ignored))
        if self._log is not None:
            self._log(exchange.facts(seconds))

    def figures(self) -> dict[str, Any]:
        """The counters as numbers, of all workers together, for people who look on: whole, and by dialect.

        May take a while: not for the event loop. What the server says of itself is left out.
        """
        shared = CollectorRegistry()
        if self._shared:
            multiprocess.MultiProcessCollector(shared)
        found: dict[str, Any] = {
            "requests": 0, "refused": 0, "callbacks_ok": 0, "callbacks_failed": 0, "received": 0, "sent": 0,
            "dialects": {},
        }  # fmt: skip
        for family in (shared if self._shared else self._registry).collect():
            for name, labels, value, *_ in family.samples:
                if name == "entrepot_bytes_total":
                    found[labels["direction"]] += int(value)
                if name == "entrepot_callbacks_total":
                    found[f"callbacks_{labels['outcome']}"] += int(value)
                if name in _OF_DIALECTS and labels["dialect"] not in _OWN:
                    _add(found, name, labels, value)
        return found

    def exposition(self, open_uploads: int, clocks: Mapping[str, float]) -> bytes:
        """All counters in Prometheus' text format, of all workers together."""
        shared = CollectorRegistry()
        if self._shared:
            multiprocess.MultiProcessCollector(shared)
        shared.register(_Now(open_uploads, clocks))
        own = b"" if self._shared else generate_latest(self._registry)
        return bytes(own + generate_latest(shared))


_OF_DIALECTS = ("entrepot_requests_total", "entrepot_request_seconds_sum")
_OWN = frozenset({"-", "own", "admin", "console"})


def _add(found: dict[str, Any], name: str, labels: Mapping[str, str], value: float) -> None:
    """Add one counter to the figures."""
    by_dialect = found["dialects"]
    dialect = by_dialect.setdefault(labels["dialect"], {"requests": 0, "refused": 0, "seconds": 0.0})
    if name == "entrepot_request_seconds_sum":
        dialect["seconds"] += value
        return
    count, refused = int(value), labels["outcome"] != "ok"
    for one in (found, dialect):
        one["requests"] += count
        one["refused"] += count * refused


class _Now(Collector):
    """Numbers that are asked for when they are shown, so that they are not kept beside the counters."""

    def __init__(self, open_uploads: int, clocks: Mapping[str, float]) -> None:
        self._open_uploads = open_uploads
        self._clocks = clocks

    def collect(self) -> Iterator[Metric]:
        """These numbers."""
        about = "Uploads in parts that are under way"
        yield GaugeMetricFamily("entrepot_open_uploads", about, value=self._open_uploads)
        about = "Seconds that this machine's clock is ahead of another"
        ahead = GaugeMetricFamily("entrepot_clock_ahead_seconds", about, labels=["of"])
        for whose, seconds in self._clocks.items():
            ahead.add_metric([whose], seconds)
        yield ahead
