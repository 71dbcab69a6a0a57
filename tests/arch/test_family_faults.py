"""Faults of the S3-like dialects are total, hold nothing that is never raised, and say where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

import pytest

from entrepot.core.fault import Fault, Kind
from entrepot.dialects import cos_xml, oss, s3, tos
from entrepot.dialects.s3like.faults import FAMILY, Rows, codes, with_own
from entrepot.dialects.s3like.flavour import Flavour, Row, Source
from entrepot.dialects.s3like.replies.reply import row_of
from entrepot.dialects.s3like.settings import StorageSettings

from .raised import met_by

FLAVOURS: Mapping[str, Flavour] = {
    module.__name__.rpartition(".")[2]: module.flavour(StorageSettings()) for module in (cos_xml, oss, s3, tos)
}
each_dialect = pytest.mark.parametrize("name", FLAVOURS)

NOT_OURS = {Kind.SIGNATURE_FOREIGN}
"""Kinds that nothing raises here: COS JSON's own, and a limit of requests, which is not built."""
SERVERS_OWN = {Kind.INTERNAL, Kind.STORAGE_FAILED, Kind.STORAGE_FULL}
MAY_BE_5XX = SERVERS_OWN | {Kind.NOT_IMPLEMENTED, Kind.THROTTLED}
"""SDKs repeat what is answered with 5xx, which helps with the first three and with a limit; 501 is some clouds' own."""


def met(name: str) -> set[tuple[Kind, str | None]]:
    """What a dialect can meet, as keys of its table."""
    return {(Kind[fault.kind], fault.reason or None) for fault in met_by(name)}


@each_dialect
@pytest.mark.parametrize("kind", list(Kind), ids=str)
def test_every_kind_has_a_row(name: str, kind: Kind) -> None:
    flavour = FLAVOURS[name]
    assert row_of(flavour, Fault(kind, "why")) is flavour.faults[kind, None]


@each_dialect
def test_a_reason_without_a_row_of_its_own_takes_its_kinds(name: str) -> None:
    flavour = FLAVOURS[name]
    for kind, reason in met(name):
        expected = flavour.faults.get((kind, reason), flavour.faults[kind, None])
        assert row_of(flavour, Fault(kind, "why", reason=reason)) is expected


@each_dialect
def test_every_finer_row_is_for_something_that_is_raised(name: str) -> None:
    family = {key for key in FAMILY if key[1] is not None}
    here = met(name)
    everywhere = {key for other in FLAVOURS for key in met(other)}
    rows = {key for key in FLAVOURS[name].faults if key[1] is not None}
    assert rows - family - here == set()
    assert family - everywhere == set()


@each_dialect
def test_every_kind_is_raised_but_those_of_others(name: str) -> None:
    assert set(Kind) - {kind for kind, _ in met(name)} == NOT_OURS


@each_dialect
def test_what_a_client_can_mend_is_not_answered_as_the_servers(name: str) -> None:
    found = {kind for (kind, _), row in FLAVOURS[name].faults.items() if row.status >= 500}
    assert SERVERS_OWN <= found <= MAY_BE_5XX


@each_dialect
def test_a_row_says_where_it_comes_from(name: str) -> None:
    assert {row.source for row in FLAVOURS[name].faults.values()} <= set(get_args(Source))
    assert {"document", "assumed"} <= {row.source for row in FLAVOURS[name].faults.values()}


def test_sources() -> None:
    """A row's own word counts, then what is known of its status and code, then nothing is."""
    own: Rows = {
        (Kind.TOO_LARGE, None): Row(400, "A"),
        (Kind.TOO_SMALL, None): Row(400, "A", source="observed"),
        (Kind.INTERNAL, None): Row(500, "A"),
    }
    table = with_own(own, codes("SDK", {400: "B A"}))
    assert [table[key].source for key in own] == ["SDK", "observed", "assumed"]
    assert table[Kind.OBJECT_MISSING, None].source == "assumed"
    assert table.keys() == FAMILY.keys()
