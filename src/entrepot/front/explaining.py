"""The explaining of refusals, at the one place where they end: under a budget, and never in the way of the refusal.

A refusal is decided before this is asked, and goes out whatever happens here. A token bucket bounds how many of them a
process explains each second, so that refusals in a flood cost what they cost before. Must not know what a cause is.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from entrepot.core.explanation import Explained, Explanation
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Clock, Explanations
from entrepot.core.rights.identity import Key
from entrepot.core.value import changed
from entrepot.explain.parts import EXPLAINED_MAX, together
from entrepot.explain.refusal import Explain, Refusal
from entrepot.front.telemetry import Exchange
from entrepot.log import log
from entrepot.wire.http import Response

_WHY_MAX = 300
_BUCKET_MAX = 100
_KEY_MAX = 300
_CODE_MAX = 80
_LEFT_OUT = "(left out: a secret came in a place that is not secret)"
_BURST_SECONDS = 2.0
_SHARE_SECONDS = 0.01
"""What one explanation may take: so a process spends at most a hundredth of ``per_second`` of its time on them."""


class Budget:
    """So many a second, and twice as many at once."""

    def __init__(self, per_second: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._most = max(per_second * _BURST_SECONDS, 1.0) if per_second > 0 else 0.0
        self._left = self._most
        self._monotonic = monotonic
        self._at = monotonic()

    def take(self) -> bool:
        """Whether there is one left; then it is gone."""
        now = self._monotonic()
        self._left = min(self._most, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True

    def took(self, seconds: float) -> None:
        """It took so long: more than its share of time counts as several."""
        self._left -= max(0.0, seconds / _SHARE_SECONDS - 1.0)


class Explainer:
    """Explains refusals, keeps what it said, and with ``in_replies`` has the reply tell it, too."""

    def __init__(
        self,
        kept: Explanations,
        budget: Budget,
        clock: Clock,
        explainers: Mapping[Kind, tuple[Explain, ...]],
        *,
        in_replies: bool = False,
    ) -> None:
        self._kept = kept
        self._budget = budget
        self._clock = clock
        self._in_replies = in_replies
        self._explainers = explainers

    def explain(self, kind: Kind, describe: Callable[[], Refusal], exchange: Exchange) -> Explained | None:
        """Explain a refusal of this kind, if that is anybody's business and the budget allows it; never raises.

        ``describe`` gives what is known of it, and is only called then. Gives what is to be kept with the reply.
        """
        explainers = self._explainers.get(kind)
        if explainers is None or not self._budget.take():
            return None
        record = None
        with self._aside(exchange):
            refusal = describe()
            found = _first(explainers, refusal)
            if found is not None:
                exchange.explanation = found
                if found.unsafe:  # for the log and the audit log; the reply tells its sender what it sent
                    exchange.refused(Fault(Kind.KEY_UNKNOWN, _LEFT_OUT))
                if self._in_replies and not found.private:
                    refusal.fault.explanation = found
                record = _record(refusal, found, exchange, self._clock())
        return record

    def explain_parts(
        self, refused: Sequence[tuple[str, Fault]], of: int, describe: Callable[[Fault], Refusal], exchange: Exchange
    ) -> Explained | None:
        """Explain names that were ``refused`` each by itself, of ``of`` that a request asked for; never raises.

        The first of them tell their own in the reply. What is to be kept with that is one record for all.
        """
        wanted = [(name, fault) for name, fault in refused if fault.kind in self._explainers]
        if not wanted or not self._budget.take():
            return None
        record = None
        with self._aside(exchange):
            told: list[tuple[Refusal, Explanation]] = []
            ends = time.perf_counter() + _SHARE_SECONDS
            for _, fault in wanted[:EXPLAINED_MAX]:
                refusal = describe(fault)
                found = _first(self._explainers[fault.kind], refusal)
                if found is not None:
                    told.append((refusal, found))
                    if self._in_replies and not found.private:
                        fault.explanation = found
                if time.perf_counter() > ends:
                    break
            if told:
                whole = together([found for _, found in told], [name for name, _ in wanted], of)
                exchange.explanation = whole
                record = _record(told[0][0], whole, exchange, self._clock())
                record = changed(record, object=wanted[0][0][:_KEY_MAX])
        return record

    @contextlib.contextmanager
    def _aside(self, exchange: Exchange) -> Iterator[None]:
        """What goes wrong in an explanation, and the time that it takes, are no part of the request."""
        started = time.perf_counter()
        try:
            yield
        except Fault:  # the index cannot be asked now; the refusal stands without an explanation
            return
        except Exception:  # noqa: BLE001 - the refusal stands; what fails here is a defect of the explaining alone
            log.exception("defect", request=exchange.id, dialect=exchange.dialect, operation="explain")
        finally:
            self._budget.took(time.perf_counter() - started)

    def keep(self, record: Explained, reply: Response) -> None:
        """Keep it, with how the refusal was told; never raises."""
        try:
            self._kept.keep(changed(record, status=reply.status, code=reply.code[:_CODE_MAX]))
        except Exception:  # noqa: BLE001 - as above
            log.exception("defect", request=record.request, dialect=record.dialect, operation="explain")


def _first(explainers: tuple[Explain, ...], refusal: Refusal) -> Explanation | None:
    """What the first of them that has something to say says."""
    return next((one for explain in explainers if (one := explain(refusal)) is not None), None)


def _record(refusal: Refusal, found: Explanation, exchange: Exchange, at: float) -> Explained:
    key = _named(refusal)
    return Explained(
        request=exchange.id,
        at=at,
        client=exchange.client,
        key=(exchange.key_id or ("" if key is None else key.id))[:100],
        dialect=exchange.dialect,
        operation=exchange.operation,
        method=exchange.method[:20],
        kind=refusal.fault.kind.value,
        why=_LEFT_OUT if found.unsafe else refusal.fault.message[:_WHY_MAX],
        told=found.told(),
        account=None if key is None or found.private else key.account,
        bucket="" if found.unsafe else (refusal.target.bucket or "")[:_BUCKET_MAX],
        object="" if found.unsafe else refusal.target.key.decode("utf-8", "replace")[:_KEY_MAX],
    )


def _named(refusal: Refusal) -> Key | None:
    """The key that the request names, also one that is disabled now; whether or not its signature is genuine."""
    if refusal.key is not None or refusal.claim is None:
        return refusal.key
    return refusal.reader.key(refusal.claim.key_id)
