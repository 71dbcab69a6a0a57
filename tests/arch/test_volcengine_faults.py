"""Faults of Volcengine's control APIs are total, hold nothing that is never raised, and have the codes of the seed."""

from __future__ import annotations

from typing import get_args

import pytest

from entrepot.core.fault import Fault, Kind
from entrepot.dialects.volcengine.faults import FAULTS, Source, row_of

from .raised import met_by

SEED = {
    ("MissingParameter", 400), ("InvalidParameter", 400), ("OperationDenied", 400), ("QuotaExceeded", 400),
    ("IdempotentParameterMismatch", 400), ("DryRunOperation", 400), ("MissingAction", 400), ("InvalidAction", 400),
    ("ServiceUnavailable", 503), ("InternalError", 500),
}  # fmt: skip
"""The codes of the seed, all of which are answered."""
SERVERS_OWN = {Kind.INTERNAL, Kind.STORAGE_FAILED, Kind.STORAGE_FULL}


@pytest.mark.parametrize("kind", list(Kind), ids=str)
def test_every_kind_has_a_row(kind: Kind) -> None:
    assert row_of(Fault(kind, "why")) is FAULTS[kind, None]


def test_every_finer_row_is_for_something_that_is_raised() -> None:
    met = {(Kind[fault.kind], fault.reason) for fault in met_by("volcengine")}
    assert {key for key in FAULTS if key[1] is not None} - met == set()


def test_what_a_client_can_mend_is_not_answered_as_the_servers() -> None:
    """SDKs repeat what is answered with 5xx; a change that lost a race may be repeated."""
    assert {kind for (kind, _), row in FAULTS.items() if row.status >= 500} == SERVERS_OWN | {Kind.PRECONDITION_FAILED}


def test_the_codes_of_the_seed() -> None:
    answered = {(row.code, row.status) for row in FAULTS.values()}
    assert answered >= SEED


def test_a_code_has_one_number() -> None:
    numbers: dict[str, set[int]] = {}
    for row in FAULTS.values():
        numbers.setdefault(row.code, set()).add(row.number)
    assert {code: found for code, found in numbers.items() if len(found) > 1} == {}


def test_a_row_says_where_it_comes_from() -> None:
    assert {row.source for row in FAULTS.values()} == set(get_args(Source))
