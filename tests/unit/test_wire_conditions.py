"""wire/conditions: RFC 9110 §13 (conditional requests) and §14 (ranges)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.core.fault import Fault, Kind
from entrepot.wire.conditions import Span, check_conditions, wanted_range

from .asking import request

ETAG = '"abc"'
MODIFIED = 784_111_777.9
"""Sun, 06 Nov 1994 08:49:37 GMT, the date of RFC 9110 §5.6.7, and a fraction."""
EXACTLY, EARLIER, LATER = (
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:36 GMT",
    "Sun, 06 Nov 1994 08:49:38 GMT",
)
PASS, STOP, SAME = None, Kind.PRECONDITION_FAILED, Kind.NOT_MODIFIED


@pytest.mark.parametrize(
    ("headers", "outcome"),
    [
        ({}, PASS),
        ({"If-Match": ETAG}, PASS),
        ({"If-Match": "*"}, PASS),
        ({"If-Match": '"x", "abc" , "y"'}, PASS),
        ({"If-Match": '"x"'}, STOP),
        ({"If-Match": '"abcd"'}, STOP),
        ({"If-Match": ""}, STOP),
        ({"If-None-Match": ETAG}, SAME),
        ({"If-None-Match": "*"}, SAME),
        ({"If-None-Match": 'W/"abc"'}, SAME),
        ({"If-None-Match": '"x","abc"'}, SAME),
        ({"If-None-Match": '"x"'}, PASS),
        ({"If-Modified-Since": EXACTLY}, SAME),
        ({"If-Modified-Since": LATER}, SAME),
        ({"If-Modified-Since": EARLIER}, PASS),
        ({"If-Modified-Since": "Sunday, 06-Nov-94 08:49:37 GMT"}, SAME),
        ({"If-Modified-Since": "Sun Nov  6 08:49:37 1994"}, SAME),
        ({"If-Modified-Since": "not a date"}, PASS),
        ({"If-Modified-Since": "Sun, 06 Nov 99999999999 08:49:37 GMT"}, PASS),
        ({"If-Unmodified-Since": EXACTLY}, PASS),
        ({"If-Unmodified-Since": EARLIER}, STOP),
        ({"If-Unmodified-Since": "not a date"}, PASS),
        # §13.2.2: entity tags win over dates, If-Match comes first.
        ({"If-None-Match": '"x"', "If-Modified-Since": LATER}, PASS),
        ({"If-Match": ETAG, "If-Unmodified-Since": EARLIER}, PASS),
        ({"If-Match": '"x"', "If-None-Match": ETAG}, STOP),
        ({"If-Unmodified-Since": EARLIER, "If-None-Match": ETAG}, STOP),
        ({"If-Match": ETAG, "If-None-Match": ETAG}, SAME),
    ],
)
def test_conditions(headers: dict[str, str], outcome: Kind | None) -> None:
    asked = request(*headers.items())
    if outcome is None:
        check_conditions(asked, ETAG, MODIFIED)
        return
    with pytest.raises(Fault) as caught:
        check_conditions(asked, ETAG, MODIFIED)
    assert caught.value.kind is outcome
    if outcome is SAME:
        assert caught.value.facts["etag"] == ETAG


WHOLE = None
OUTSIDE = "outside"


@pytest.mark.parametrize(
    ("header", "size", "expected"),
    [
        (None, 10, WHOLE),
        ("bytes=0-0", 10, (0, 1)),
        ("bytes=0-9", 10, (0, 10)),
        ("bytes=0-", 10, (0, 10)),
        ("bytes=3-5", 10, (3, 3)),
        ("bytes=3-99999999999999999999", 10, (3, 7)),
        ("bytes=-1", 10, (9, 1)),
        ("bytes=-10", 10, (0, 10)),
        ("bytes=-11", 10, (0, 10)),
        (" bytes=1-2 ", 10, (1, 2)),
        ("bytes=10-", 10, OUTSIDE),
        ("bytes=10-20", 10, OUTSIDE),
        ("bytes=-0", 10, OUTSIDE),
        ("bytes=0-", 0, OUTSIDE),
        ("bytes=-5", 0, OUTSIDE),
        ("bytes=5-3", 10, WHOLE),
        ("bytes=-", 10, WHOLE),
        ("bytes=", 10, WHOLE),
        ("bytes=1", 10, WHOLE),
        ("bytes=a-b", 10, WHOLE),
        ("bytes=1-2,4-5", 10, WHOLE),
        ("bytes=1-2-3", 10, WHOLE),
        ("items=1-2", 10, WHOLE),
        ("bytes=" + "9" * 40 + "-", 10, WHOLE),
        ("bytes=\u0661-2".encode().decode("latin-1"), 10, WHOLE),
    ],
)
def test_ranges(header: str | None, size: int, expected: tuple[int, int] | str | None) -> None:
    asked = request(*([] if header is None else [("Range", header)]))
    if isinstance(expected, str):
        with pytest.raises(Fault) as caught:
            wanted_range(asked, size, ETAG, MODIFIED)
        assert caught.value.kind is Kind.RANGE_INVALID
        assert caught.value.facts["size"] == size
        return
    found = wanted_range(asked, size, ETAG, MODIFIED)
    if expected is None:
        assert found is None
    else:
        first, length = expected
        assert found == Span(first=first, length=length)


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        (ETAG, True),
        ('"x"', False),
        ("W/" + ETAG, False),
        (EXACTLY, True),
        (EARLIER, False),
        (LATER, False),
        ("nonsense", False),
    ],
)
def test_if_range(value: str, holds: bool) -> None:
    """§13.1.5: strong comparison; an exact date."""
    asked = request(("Range", "bytes=1-2"), ("If-Range", value))
    assert (wanted_range(asked, 10, ETAG, MODIFIED) is not None) == holds


@given(st.integers(0, 50), st.integers(0, 60), st.integers(0, 60))
def test_a_range_is_what_slicing_gives(size: int, first: int, last: int) -> None:
    data = bytes(range(size))
    asked = request(("Range", f"bytes={first}-{last}"))
    try:
        span = wanted_range(asked, size, ETAG, MODIFIED)
    except Fault:
        assert first >= size
        return
    if last < first:
        assert span is None
    else:
        assert span is not None
        assert data[span.first : span.first + span.length] == data[first : last + 1]
