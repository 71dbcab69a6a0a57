"""Faults of COS JSON are total: every refusal that it can meet has a row, and every code of the seed is accounted for.

``seed_codes.txt`` holds the seed's error tables as data. The reasons that the code raises are found in its syntax
trees (``raised.py``), so a reason that the table does not know fails here before a client meets it.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from entrepot.core.fault import Fault, Kind
from entrepot.dialects.cos_json.download import _MISSING, _STATUS, _UNFINISHED
from entrepot.dialects.cos_json.faults import BY_CODE, BY_KIND, BY_REASON, ROWS, Row, row_of
from entrepot.dialects.cos_json.readings import OTHER_CODES

from .raised import met_by, module_of, raised, reached
from .tree import PACKAGE, sources, tree_of

SEED = [
    line.split(" ")
    for line in Path(__file__).with_name("seed_codes.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]

NEVER_ASKED_FOR = {Kind.BUCKET_EXISTS}
"""Kinds that no operation of this API can end in, so their rows may be reserved ones.

Names of buckets are taken in adapters, which have no API.
"""

NOT_BY_COS_JSON = {
    ("entrepot.wire.forms", "form-files"): "its forms are read to their end, and a second file is told there",
    ("entrepot.wire.forms", "md5"): "only forms that carry their own credential are opened so",
    ("entrepot.dialects.detection", "unknown-scheme"): "its own scheme says what is no signature",
    ("entrepot.signing.scheme", "token-unasked"): "its signatures carry no token",
    ("entrepot.signing.scheme", "token-wrong"): "its signatures carry no token",
    ("entrepot.core.rules.minting", "mint-seconds"): "it mints nothing",
    ("entrepot.core.rules.minting", "counted"): "it mints nothing",
    ("entrepot.core.rules.minting", "client-token"): "it mints nothing",
    ("entrepot.core.rules.archive", "not-archived"): "it restores nothing",
    ("entrepot.core.rules.reading", "customer-key"): "its requests have no key to send along",
    ("entrepot.core.rules.reading", "customer-key-needless"): "its requests have no key to send along",
    ("entrepot.core.rules.sealed", "customer-key"): "without a key the object is refused before its bytes are opened",
    ("entrepot.adapters.secrets.sealing", "customer-key"): "its requests have no key to send along",
}
"""Reasons in modules that it imports too, but in functions that only the S3-like dialects come to; and why."""


def reasons_met(dialect: str) -> dict[str, str]:
    """Every reason that a dialect can meet, with one place that raises it."""
    return {fault.reason: f"{fault.module}:{fault.line}" for fault in met_by(dialect) if fault.reason}


def test_the_scan_sees_reasons_given_by_keyword_and_by_place() -> None:
    found = {(fault.kind, fault.reason) for fault in raised()}
    assert {
        ("SIGNATURE_FOREIGN", "url-account"),
        ("PARAMETER_INVALID", "list-num"),
        ("PARAMETER_MISSING", "dest-empty"),
        ("UPLOAD_INCOMPLETE", "hole"),
        ("SIGNATURE_MALFORMED", "expires-range"),
        ("CONFIGURATION_MISSING", "lifecycle"),
        ("OBJECT_LOCKED", "delete"),
        ("ACCESS_DENIED", ""),
    } <= found


def test_the_scan_sees_names_of_reasons_and_what_is_meant_without_one() -> None:
    found = {
        (fault.kind, fault.reason) for fault in raised() if fault.module == "entrepot.dialects.control.policies.cam"
    }
    assert found == {("PARAMETER_INVALID", "policy-format"), ("PARAMETER_INVALID", "policy-foreign")}


def test_the_scan_tells_dialects_apart() -> None:
    assert "xml" in reasons_met("oss")
    assert "xml" not in reasons_met("cos_json")
    assert "time" in reasons_met("cos_xml")
    assert "time" not in reasons_met("s3")
    assert all(fault.module not in reached("cos_json") for fault in raised() if "s3like" in fault.module)


DIALECTS = ("aliyun", "aws_sts", "cos_json", "cos_xml", "oss", "s3", "tencent", "tos", "volcengine")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_reasons_can_be_read(dialect: str) -> None:
    """They are literals, or constants, so that the tables can be held against them."""
    assert [fault for fault in met_by(dialect) if fault.reason is None] == []


def test_kinds_are_told() -> None:
    assert {fault.kind for fault in raised()} <= {kind.name for kind in Kind}


def test_the_table_knows_every_reason_that_is_raised() -> None:
    unknown = {(fault.module, fault.reason) for fault in met_by("cos_json") if fault.reason not in {"", *BY_REASON}}
    assert unknown == set(NOT_BY_COS_JSON)


def test_every_reason_of_the_table_is_raised() -> None:
    assert set(BY_REASON) - set(reasons_met("cos_json")) == set()


@pytest.mark.parametrize("kind", list(Kind), ids=str)
def test_every_kind_has_a_row(kind: Kind) -> None:
    row = row_of(Fault(kind, "why"))
    assert row is BY_CODE[BY_KIND[kind]]
    assert row.when or kind in NEVER_ASKED_FOR


def test_kinds_that_are_never_asked_for_are_not_raised_by_this_api() -> None:
    asked = [path for path in sources() if module_of(path) in reached("cos_json") and "adapters" not in path.parts]
    assert PACKAGE / "dialects" / "cos_json" / "decode.py" in asked
    named = {
        node.attr
        for path in asked
        if path.name != "faults.py"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "Kind"
    }
    assert named & {kind.name for kind in NEVER_ASKED_FOR} == set()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.code}-{row.symbol}")
def test_a_row_is_emitted_or_reserved(row: Row) -> None:
    assert bool(row.when) != bool(row.reserved)
    assert row.status in {400, 401, 403, 404, 413, 500}
    assert (row.code in {*BY_REASON.values(), *BY_KIND.values()}) or row.reserved


def test_reasons_lead_to_rows_that_are_emitted() -> None:
    assert {reason: code for reason, code in BY_REASON.items() if not BY_CODE[code].when} == {}


def test_codes_are_distinct_but_for_the_seeds_own_pair() -> None:
    codes = [row.code for row in ROWS]
    assert {code for code in codes if codes.count(code) > 1} == {-61}


def test_no_client_error_is_answered_as_the_servers() -> None:
    """SDKs take 5xx for a broken network and throw the body away."""
    own = {Kind.INTERNAL, Kind.STORAGE_FAILED, Kind.STORAGE_FULL}
    emitted = {kind for kind in Kind if row_of(Fault(kind, "")).status >= 500}
    assert emitted <= own
    assert {kind for kind, status in _STATUS.items() if status >= 500} == own


def test_every_api_code_of_the_seed_is_in_the_table() -> None:
    seed = {(int(code), symbol) for table, code, symbol in SEED if table == "api" and code != "0"}
    have = {(row.code, row.symbol) for row in ROWS}
    assert len(seed) == 178
    assert seed - have == set()
    assert {code for code, _ in have - seed} == {-5964}


def test_every_other_code_of_the_seed_is_in_its_table() -> None:
    seed = {(table, int(code)) for table, code, _ in SEED if table != "api"}
    assert len(seed) == 22
    assert {(row.table, row.code) for row in OTHER_CODES} == seed
    assert all(bool(row.when) != bool(row.reserved) for row in OTHER_CODES)


def test_the_other_codes_say_what_the_code_does() -> None:
    emitted = {row.code for row in OTHER_CODES if row.table == "download" and row.when}
    assert {*(set(_STATUS.values()) & {403, 404, 405, 500}), 200, 206, 403, _MISSING, _UNFINISHED} == emitted
    statuses = {row.status for row in ROWS if row.when}
    assert {row.code for row in OTHER_CODES if row.table == "http" and row.when} == statuses - {404}
