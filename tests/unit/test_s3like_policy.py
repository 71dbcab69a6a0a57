"""Policies of forms, as far as no request shows them."""

from __future__ import annotations

import base64
import json

import pytest

from entrepot.core.fault import Fault, Kind
from entrepot.dialects.s3like.forms.policy import parse


@pytest.mark.parametrize(
    ("written", "meant"), [(r"\$foo", "$foo"), (r"\\$foo", r"\$foo"), ("$foo", "$foo"), (r"\u0024", "$")]
)
def test_an_escaped_dollar(written: str, meant: str) -> None:
    """AWS "POST policy": a dollar is written as a backslash and a dollar; JSON's own escapes stay what they are."""
    conditions = f'[["starts-with","$key","{written}"]]'
    text = f'{{"expiration":"2030-01-01T00:00:00Z","conditions":{conditions}}}'
    assert parse(base64.b64encode(text.encode()).decode()).conditions == (("starts-with", "key", meant),)


@pytest.mark.parametrize(
    "text",
    [
        '{"expiration":"2020-01-01T00:00:00Z","expiration":"2030-01-01T00:00:00Z","conditions":[{"a":"b"}]}',
        '{"expiration":"2030-01-01T00:00:00Z","conditions":[{"key":"a"}],"conditions":[{"a":"b"}]}',
        '{"expiration":"2030-01-01T00:00:00Z","conditions":[{"key":"a","key":"b"}]}',
    ],
)
def test_a_member_that_stands_twice(text: str) -> None:
    """A parser takes the last, and whoever made the policy may have meant the first."""
    with pytest.raises(Fault) as refused:
        parse(base64.b64encode(text.encode()).decode())
    assert refused.value.reason == "policy"


@pytest.mark.parametrize(
    "expiration",
    ["2030-01-01 00:00:00Z", "2030-01-01T00:00:00", "2030-01-01", "20300101T000000Z", "2030-W01-1T00:00:00Z"],
)
def test_the_date_of_a_policy_has_one_form(expiration: str) -> None:
    """Python reads more forms than a cloud does (s3-tests, test_post_object_invalid_date_format)."""
    text = json.dumps({"expiration": expiration, "conditions": [{"key": "a"}]})
    with pytest.raises(Fault) as refused:
        parse(base64.b64encode(text.encode()).decode())
    assert refused.value.kind is Kind.MALFORMED
