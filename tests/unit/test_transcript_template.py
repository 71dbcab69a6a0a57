"""Texts with variables: filled, matched, and never more than looked up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.transcript.template import TemplateError, Variable, fill, has_variables, literal, match, time_text


def value_of(variable: Variable) -> str:
    return f"<{variable.name}{variable.shift:+}>"


@given(st.text())
def test_any_text_can_stand_there(text: str) -> None:
    assert fill(literal(text), value_of) == text
    assert match(literal(text), text, {})
    assert not has_variables(literal(text))


def test_filling() -> None:
    assert fill("a ${key.1}/${now.unix+3600} $${key.1}", value_of) == "a <key.1+0>/<now.unix+3600> ${key.1}"


@pytest.mark.parametrize("text", ["${", "${}", "${KEY}", "${key.1", "${nothing}", "${key.1.2.3}", "${a${key.1}}"])
def test_what_is_no_variable(text: str) -> None:
    with pytest.raises(TemplateError):
        fill(text, value_of)


@pytest.mark.parametrize(
    ("template", "text", "bound"),
    [
        ("${upload-id.1}", "A1", {"upload-id.1": "A1"}),
        ("<${upload-id.1}>", "<A1>", {"upload-id.1": "A1"}),
        ("${date.1}", "2026-11-30T10:00:00Z", {"date.1": "2026-11-30T10:00:00Z"}),
        ("${date}", "Mon, 30 Nov 2026 10:00:00 GMT", {}),
        ("a=${signature.1}&b", "a=x%2By&b", {"signature.1": "x+y"}),
        ("${any}", "anything at\nall", {}),
        ("${upload-id.1}/${upload-id.1}", "A/A", {"upload-id.1": "A"}),
    ],
)
def test_matching(template: str, text: str, bound: dict[str, str]) -> None:
    found: dict[str, str] = {}
    assert match(template, text, found)
    assert found == bound


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("${upload-id.1}", "not one"),
        ("${upload-id.1}", ""),
        ("<${upload-id.1}>", "<A1"),
        ("${upload-id.1}/${upload-id.1}", "A/B"),
        ("${key.1}${key.2}", "ab"),
        ("${owner.1}", "short"),
    ],
)
def test_what_does_not_match_binds_nothing(template: str, text: str) -> None:
    found: dict[str, str] = {}
    assert not match(template, text, found)
    assert found == {}


def test_what_is_bound_must_come_again_but_for_what_is_renewed() -> None:
    bound = {"upload-id.1": "A", "date.1": "2026-01-01"}
    assert match("${upload-id.1}", "A", bound)
    assert not match("${upload-id.1}", "B", bound)
    assert match("${date.1}", "2026-01-02", bound)
    assert bound["date.1"] == "2026-01-02"


@pytest.mark.parametrize(
    ("name", "shift", "text"),
    [
        ("now.unix", 60, "1000000060"),
        ("now.iso", 0, "2001-09-09T01:46:40Z"),
        ("now.iso-ms", 0, "2001-09-09T01:46:40.000Z"),
        ("now.compact", -40, "20010909T014600Z"),
        ("now.day", 86_400, "20010910"),
        ("now.day-iso", 0, "2001-09-09"),
        ("now.http", 0, "Sun, 09 Sep 2001 01:46:40 GMT"),
    ],
)
def test_times(name: str, shift: int, text: str) -> None:
    assert time_text(Variable(name=name, shift=shift), 1_000_000_000) == text


def test_a_time_that_is_none() -> None:
    with pytest.raises(TemplateError, match="has no form"):
        time_text(Variable(name="now.never"), 0)
    with pytest.raises(TemplateError, match="is no time"):
        time_text(Variable(name="now.iso", shift=10**12), 0)
