"""Faults of Alibaba Cloud's OpenAPI and of AWS's STS are total, and hold nothing that is never raised."""

from __future__ import annotations

from types import ModuleType
from typing import get_args

import pytest

from entrepot.core.fault import Fault, Kind
from entrepot.dialects.aliyun import faults as aliyun
from entrepot.dialects.aws_sts import faults as aws_sts

from .raised import met_by

SERVERS_OWN = {Kind.INTERNAL, Kind.STORAGE_FAILED, Kind.STORAGE_FULL}
each_dialect = pytest.mark.parametrize(("name", "table"), [("aliyun", aliyun), ("aws_sts", aws_sts)])


@each_dialect
@pytest.mark.parametrize("kind", list(Kind), ids=str)
def test_every_kind_has_a_row(name: str, table: ModuleType, kind: Kind) -> None:
    assert table.row_of(Fault(kind, "why")) is table.FAULTS[kind, None]


@each_dialect
def test_every_finer_row_is_for_something_that_is_raised(name: str, table: ModuleType) -> None:
    met = {(Kind[fault.kind], fault.reason) for fault in met_by(name)}
    assert {key for key in table.FAULTS if key[1] is not None} - met == set()


@each_dialect
def test_what_a_client_can_mend_is_not_answered_as_the_servers(name: str, table: ModuleType) -> None:
    """SDKs repeat what is answered with 5xx."""
    assert {kind for (kind, _), row in table.FAULTS.items() if row.status >= 500} == SERVERS_OWN


@each_dialect
def test_a_code_has_one_status_but_for_those_of_the_cloud(name: str, table: ModuleType) -> None:
    statuses: dict[str, set[int]] = {}
    for row in table.FAULTS.values():
        statuses.setdefault(row.code, set()).add(row.status)
    assert {code: found for code, found in statuses.items() if len(found) > 1} == {}


@each_dialect
def test_a_row_says_where_it_comes_from(name: str, table: ModuleType) -> None:
    assert {row.source for row in table.FAULTS.values()} <= set(get_args(table.Source))
