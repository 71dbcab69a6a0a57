"""Faults on demand: which requests a rule strikes, names that nobody knows, and every code that a dialect declares.

Source: issue 14 §2.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from entrepot.admin import faults
from entrepot.admin.faults import Spoken
from entrepot.config import load
from entrepot.core.fault import Fault, Kind
from entrepot.core.value import changed
from entrepot.dialects.base import Dialect
from entrepot.dialects.cos_json.dialect import cos_json
from entrepot.dialects.cos_json.urls import Addresses
from entrepot.dialects.cos_xml import cos_xml
from entrepot.dialects.oss import oss
from entrepot.dialects.s3 import s3
from entrepot.dialects.tos import tos
from entrepot.folder import Folder, demanded_faults
from entrepot.front.demanded import Asked, Demands, FaultRule
from entrepot.front.telemetry import Exchange
from entrepot.when_needed import control_dialects
from entrepot.wire.http import Request

from .asking import chunks

SPOKEN = Spoken(
    codes={"s3": {"SlowDown": (Kind.THROTTLED, None)}, "tencent": {"RequestLimitExceeded": (Kind.THROTTLED, None)}},
    calls={"s3": frozenset(), "tencent": frozenset({"GetFederationToken"})},
)


class Text:
    """A text that nobody shares."""

    def __init__(self) -> None:
        self.text = b""

    def read(self) -> bytes:
        """The text."""
        return self.text

    def change(self, apply: Any) -> None:
        """Change it."""
        self.text = apply(self.text)


class Place:
    """What a request addresses."""

    bucket = None
    bucket_text = "b"
    key = "k"


def struck(rule: FaultRule, requests: int) -> list[int]:
    """Which of so many requests it strikes."""
    found = []
    for number in range(1, requests + 1):
        rule = changed(rule, seen=number)
        if rule.strikes():
            rule = changed(rule, struck=rule.struck + 1)
            found.append(number)
    return found


def test_when_a_rule_strikes() -> None:
    assert struck(FaultRule(id="a"), 3) == [1, 2, 3]
    assert struck(FaultRule(id="a", first=2, count=2), 5) == [2, 3]
    half = struck(FaultRule(id="a", percent=50, seed=7), 1000)
    assert 400 < len(half) < 600
    assert half == struck(FaultRule(id="b", percent=50, seed=7), 1000)
    assert half != struck(FaultRule(id="a", percent=50, seed=8), 1000)
    assert struck(FaultRule(id="a", percent=100, seed=1), 200) == list(range(1, 201))


def test_what_a_rule_is_about() -> None:
    asked = Asked(dialect="s3", operation="PutObject", bucket="b", key="a/b")
    for said in ({}, {"dialect": "s3"}, {"operation": "PutObject"}, {"bucket": "b"}, {"prefix": "a/"}):
        assert asked.fits(FaultRule(id="a", **said))
    for said in ({"dialect": "oss"}, {"operation": "ReadObject"}, {"bucket": "c"}, {"prefix": "b"}):
        assert not asked.fits(FaultRule(id="a", **said))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "say one of"),
        ({"code": "SlowDown", "lost_reply": True}, "code, lost_reply"),
        ({"code": "SlowDwn"}, "the nearest are SlowDown"),
        ({"code": "SlowDown", "dialect": "tencent"}, "no code of tencent"),
        ({"code": "SlowDown", "dialect": "s4"}, "the nearest are s3"),
        ({"throttle": True, "operation": "PutObjct"}, "PutObject"),
        ({"throttle": True, "operation": "GetFederationTokn", "dialect": "tencent"}, "GetFederationToken"),
        ({"throttle": True, "operation": "PutObject", "dialect": "tencent"}, "no operation of tencent"),
        ({"cut_request": 1, "operation": "PutObject"}, "prefix instead of operation"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(given: dict[str, Any], said: str) -> None:
    text = Text()
    with pytest.raises(Fault) as caught:
        faults.add(text, SPOKEN, given, "1")
    assert said in caught.value.message
    assert text.text == b""


def test_names_of_the_clouds_are_understood() -> None:
    text = Text()
    for name, ours in (("UploadPart", "PutNumberedPart"), ("HeadObject", "StatObject"), ("CopyObject", "CopyInto")):
        assert faults.add(text, SPOKEN, {"operation": name, "throttle": True}, name).operation == ours
    assert [row["id"] for row in faults.rows(text)] == ["UploadPart", "HeadObject", "CopyObject"]
    assert faults.clear(text, "HeadObject") == 1
    with pytest.raises(Fault):
        faults.clear(text, "HeadObject")
    assert (faults.clear(text), faults.rows(text), faults.clear(text)) == (2, [], 0)


async def test_two_processes_share_the_count(tmp_path: Path) -> None:
    """Each has a text of its own on the same file."""
    (tmp_path / "run").mkdir()
    one, other = (Demands(demanded_faults(tmp_path), SPOKEN.codes) for _ in range(2))
    faults.add(demanded_faults(tmp_path), SPOKEN, {"code": "SlowDown", "first": 2, "count": 2}, "x")
    befell = []
    for demands in (one, other, one, other, one):
        exchange = Exchange("1" * 32, "GET", b"/", "192.0.2.1")
        try:
            await demands.before_effect("s3", "ReadObject", Place(), exchange)
        except Fault as fault:
            befell.append(fault.kind)
        else:
            befell.append(None)
    assert befell == [None, Kind.THROTTLED, Kind.THROTTLED, None, None]
    await one.before_effect("oss", "ReadObject", Place(), exchange)  # which does not declare the code


def dialects(tmp_path: Path) -> list[Dialect[Any]]:
    """All that the server has."""
    settings = load(None, data=tmp_path / "data", dev=True)
    folder = Folder(settings)
    storage, clock = settings.storage, folder.clock
    addresses = Addresses(public_url=None, download_domain=None, region="gz")
    made = [
        *(door.dialect for door in control_dialects(folder, settings)),
        cos_json(settings.cos_json, addresses, folder.index.now),
        cos_xml(storage, (), clock), s3(storage, (), clock),
        oss(storage, (), clock, None), tos(storage, (), clock, None),
    ]  # fmt: skip
    folder.close()
    return made


def test_every_code_is_said_as_the_dialect_says_it(tmp_path: Path) -> None:
    """With its status, though nothing of what such a refusal is about is known."""
    said = 0
    for dialect in dialects(tmp_path):
        path = b"/files/v2/1250000000/b/k" if dialect.name == "cos_json" else b"/"
        request = Request(
            id="1" * 32, method="GET", raw_path=path, raw_query=b"", headers=((b"host", b"h"),), authority="h",
            scheme="http", client="192.0.2.1", body=chunks(()),
        )  # fmt: skip
        assert len(dialect.codes) > 5, dialect.name
        for code, row in dialect.codes.items():
            response = dialect.refuse(request, None, Fault.of_row(row, "asked for"))
            if response.status not in {304, 412} or response.body:
                assert isinstance(response.body, bytes | memoryview)
                assert code.encode() in bytes(response.body), (dialect.name, code)
            said += 1
    assert said > 200
