"""dialects/cos_json/context: the paging token. Source: wire facts §0 rule 21, §10."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.core.fault import Fault, Kind
from entrepot.dialects.cos_json.context import decode_context, encode_context

UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_it_comes_back_as_it_went(entry: str) -> None:
    """And it is URL-safe and never empty, because clients paste it un-encoded and take empty for a first page."""
    token = encode_context(entry)
    assert UNRESERVED.fullmatch(token)
    assert decode_context(token) == entry


@given(st.text(max_size=60))
def test_anything_else_is_a_parameter_that_cannot_be(token: str) -> None:
    try:
        entry = decode_context(token)
    except Fault as fault:
        assert fault.kind is Kind.PARAMETER_INVALID  # noqa: PT017 - anything else fails by itself
    else:
        entry.encode()


@pytest.mark.parametrize(
    "token", ["", "/accesslog/aaa/bbb/1470.txt", "c!", "c_", "cé", "cYQ==x", "c 中", "c" + "gA", "x" * 5000]
)
def test_what_no_reply_contained(token: str) -> None:
    with pytest.raises(Fault) as caught:
        decode_context(token)
    assert caught.value.kind is Kind.PARAMETER_INVALID
