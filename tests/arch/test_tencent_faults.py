"""Faults of API 3.0 are total, hold nothing that is never raised, and say where they come from."""

from __future__ import annotations

from typing import get_args

import pytest

from entrepot.core.fault import Fault, Kind
from entrepot.dialects.tencent.apis import APIS
from entrepot.dialects.tencent.faults import FAULTS, OF_PRODUCTS, Source, row_of

from .raised import met_by

MET = {(Kind[fault.kind], fault.reason or None) for fault in met_by("tencent")}
PRODUCTS = {api.name.partition(":")[0] for api in APIS.values()}


@pytest.mark.parametrize("kind", list(Kind), ids=str)
def test_every_kind_has_a_row(kind: Kind) -> None:
    assert row_of(Fault(kind, "why")) is FAULTS[kind, None]
    assert row_of(Fault(kind, "why", reason="of nobody")) is FAULTS[kind, None]


def test_every_finer_row_is_for_something_that_is_raised() -> None:
    finer = {key for rows in (FAULTS, *OF_PRODUCTS.values()) for key in rows if key[1] is not None}
    assert finer - MET == set()


def test_products_have_finer_rows_only_over_common_ones() -> None:
    assert set(OF_PRODUCTS) <= PRODUCTS
    fault = Fault(Kind.PARAMETER_INVALID, "why", reason="policy-format")
    assert row_of(fault, "sts") is OF_PRODUCTS["sts"][Kind.PARAMETER_INVALID, "policy-format"]
    assert row_of(fault, "vod") is FAULTS[Kind.PARAMETER_INVALID, "policy-format"]
    assert row_of(Fault(Kind.PARAMETER_INVALID, "why", reason="unknown"), "sts").code == "UnknownParameter"


def test_rows_say_where_they_come_from() -> None:
    rows = [row for table in (FAULTS, *OF_PRODUCTS.values()) for row in table.values()]
    assert {row.source for row in rows} <= set(get_args(Source))
    assert all(row.code and row.code[0].isupper() for row in rows)
