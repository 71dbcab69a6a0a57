"""dialects/tencent/ask: parameters however they are written. Source: wire facts of Tencent §1.1."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import changed
from entrepot.dialects.tencent.ask import Ask, ask_of

from .asking import request

FORM = "application/x-www-form-urlencoded"


def read(written: bytes, kind: str = "application/json", method: str = "POST") -> Ask:
    """The parameters of a call with this body, or this query."""
    made = changed(request(("Content-Type", kind)), method=method)
    made = changed(made, raw_query=written) if method == "GET" else changed(made, payload=written)
    return asyncio.run(ask_of(made))


def test_lists_and_records_of_queries_and_forms() -> None:
    written = b"F.0.Name=a&F.0.Values.1=y&F.0.Values.0=x&F.1.Name=b+c%2B&S.Field=f&Action=X&Token=t&Empty="
    expected: dict[str, Any] = {
        "F": [{"Name": "a", "Values": ["x", "y"]}, {"Name": "b c+"}], "S": {"Field": "f"}, "Empty": "",
    }  # fmt: skip
    assert read(written, FORM).values == expected
    assert read(written, method="GET").values == expected


def test_json_has_types_and_nothing_else_has() -> None:
    assert read(b'{"N": 5, "T": "5", "X": null}').values == {"N": 5, "T": "5"}
    assert read(b'{"N": 5}').number("N", None, 0, 9) == 5
    assert read(b"N=5", FORM).number("N", None, 0, 9) == 5
    for wrong in (b'{"N": "5"}', b'{"N": 5.0}', b'{"N": true}', b'{"N": [5]}'):
        with pytest.raises(Fault) as caught:
            read(wrong).number("N", None, 0, 9)
        assert (caught.value.kind, caught.value.reason) == (Kind.PARAMETER_INVALID, "type")


@pytest.mark.parametrize("written", [b"A=1&A=2", b"A=1&A.0=2", b"A.0=1&A=2", b"A.0=1&A.00=2", b"A.0.0.0.0.0.0.0.0.0=1"])
def test_parameters_that_contradict(written: bytes) -> None:
    with pytest.raises(Fault) as caught:
        read(written, FORM)
    assert caught.value.kind is Kind.MALFORMED


def test_a_part_of_a_form_may_hold_json() -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="Filters"\r\n\r\n[{"Name": "x"}]\r\n'
        b'--b\r\nContent-Disposition: form-data; name="Policy"\r\n\r\n{"version": "2.0"}\r\n--b--\r\n'
    )
    ask = read(body, "multipart/form-data; boundary=b")
    assert [one.text("Name") for one in ask.records("Filters")] == ["x"]
    assert ask.text("Policy") == '{"version": "2.0"}'


@given(st.binary(max_size=300), st.sampled_from([FORM, "application/json", "multipart/form-data; boundary=b", ""]))
def test_nothing_breaks_it(written: bytes, kind: str) -> None:
    for method in ("POST", "GET"):
        try:
            ask = read(written, kind, method)
        except Fault as fault:
            assert fault.kind in {Kind.MALFORMED, Kind.TOO_LARGE}  # noqa: PT017 - most do not raise
            continue
        for name in ask.values:
            for use in (ask.text, ask.texts, ask.records, ask.record):
                try:
                    use(name)
                except Fault as fault:
                    assert fault.kind in {Kind.PARAMETER_INVALID, Kind.PARAMETER_MISSING}  # noqa: PT017
