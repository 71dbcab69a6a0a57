"""Explanations on their way: what they say, how they are kept, the budget, and that a refusal stands whatever fails."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any

import pytest

from entrepot.adapters.files.explained import SLOT_BYTES, KeptExplanations
from entrepot.core.explanation import TEXT_MAX, Confidence, Explained, Explanation
from entrepot.core.fault import Fault, Kind
from entrepot.explain.excerpts import around, parting
from entrepot.explain.refusal import Refusal, Work
from entrepot.front.explaining import Budget, Explainer
from entrepot.front.telemetry import Exchange
from entrepot.wire.http import Response

from .asking import request

FOUND = Explanation(cause="a-cause", confidence=Confidence.CERTAIN, sentence="it was signed otherwise", parts_at=3)


def record(number: int, **more: Any) -> Explained:
    facts: dict[str, Any] = {"why": "w", "told": {"cause": "c", "sentence": "s"}}
    return Explained(
        request=f"{number:032x}", at=1.5, client="192.0.2.1", key="k", dialect="s3", operation="-", method="GET",
        kind="signature-mismatch", **(facts | more),
    )  # fmt: skip


def test_what_an_explanation_says_is_bounded() -> None:
    details = tuple((f"d{number}", "y" * 9999) for number in range(99))
    long = Explanation(
        cause="c", confidence=Confidence.LIKELY, sentence="x" * 9999, expected="é" * 9999, details=details
    )
    told = long.told()
    assert max(map(len, told.values())) == TEXT_MAX
    assert len(told) < 30
    assert "came" not in told
    assert FOUND.told() == {
        "cause": "a-cause", "confidence": "certain", "sentence": "it was signed otherwise", "parts_at": "3"
    }  # fmt: skip


def test_the_newest_are_kept_and_no_more(tmp_path: Path) -> None:
    kept = KeptExplanations(tmp_path / "explained", 5)
    assert kept.newest(9) == []
    for number in range(12):
        kept.keep(record(number))
    assert [int(one.request, 16) for one in kept.newest(9)] == [11, 10, 9, 8, 7]
    assert [int(one.request, 16) for one in kept.newest(2)] == [11, 10]
    assert kept.find(f"{11:032x}") == record(11)
    assert kept.find(f"{3:032x}") is None
    assert (tmp_path / "explained").stat().st_size <= SLOT_BYTES * 6
    assert (tmp_path / "explained").stat().st_mode & 0o777 == 0o600
    kept.close()


def test_several_processes_keep_in_one_file(tmp_path: Path) -> None:
    """As workers are: forked, each with the file opened by itself."""
    children = []
    for worker in range(3):
        child = os.fork()
        if not child:
            own = KeptExplanations(tmp_path / "explained", 1000)
            for number in range(50):
                own.keep(record(worker * 1000 + number))
            os._exit(0)
        children.append(child)
    for child in children:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    found = {int(one.request, 16) for one in KeptExplanations(tmp_path / "explained", 1000).newest(1000)}
    assert len(found) >= 100  # in a crowd some may be lost, and nothing is mixed up
    assert found <= {worker * 1000 + number for worker in range(3) for number in range(50)}


def test_another_size_begins_anew_and_none_keeps_none(tmp_path: Path) -> None:
    path = tmp_path / "explained"
    first = KeptExplanations(path, 3)
    first.keep(record(1))
    first.close()
    second = KeptExplanations(path, 4)
    second.keep(record(2))
    second.close()
    assert [int(one.request, 16) for one in second.newest(9)] == [2]
    KeptExplanations(tmp_path / "none", 0).keep(record(1))
    assert not (tmp_path / "none").exists()


def test_what_is_too_long_is_cut_and_what_is_damaged_is_no_record(tmp_path: Path) -> None:
    path = tmp_path / "explained"
    kept = KeptExplanations(path, 9)
    kept.keep(record(1, why="w" * 300, told={f"n{number}": "\x00" * 400 for number in range(30)}))
    kept.keep(record(2))
    kept.close()
    assert [int(one.request, 16) for one in kept.newest(9)] == [2, 1]
    data = bytearray(path.read_bytes())
    data[SLOT_BYTES * 3 + 40] ^= 1
    path.write_bytes(data)
    assert all(one.request != f"{2:032x}" for one in kept.newest(9))
    for head in (os.urandom(24), struct.pack("<8sQQ", b"explain1", 1 << 63, 1 << 63), b"explain1"):
        path.write_bytes(head + os.urandom(SLOT_BYTES * 4))
        assert kept.newest(9) == []


@pytest.mark.parametrize(
    "written",
    [
        "0123456789abcdef0123456789abcdef",
        "01234567-89ab-cdef-0123-456789abcdef",
        "01234567-89AB-CDEF-0123-456789ABCDEF",
        "0123456789ABCDEF01234567",
        "202611301200000123456789ABCDEF01",
    ],
)
def test_a_request_is_found_as_any_cloud_writes_its_id(tmp_path: Path, written: str) -> None:
    kept = KeptExplanations(tmp_path / "explained", 3)
    kept.keep(record(int("0123456789abcdef0123456789abcdef", 16)))
    kept.close()
    assert kept.find(written) is not None
    assert kept.find("0123") is None
    assert kept.find("f" * 32) is None


def test_the_budget_is_so_many_a_second() -> None:
    at = 100.0
    budget = Budget(5, lambda: at)
    assert [budget.take() for _ in range(12)] == [True] * 10 + [False] * 2
    at += 1
    assert [budget.take() for _ in range(7)] == [True] * 5 + [False] * 2
    at += 3600
    assert sum(budget.take() for _ in range(100)) == 10
    assert not Budget(0, lambda: at).take()


def test_what_takes_long_counts_as_several() -> None:
    """So that the time of explanations is bounded, and not only their number."""
    at = 100.0
    budget = Budget(10, lambda: at)
    taken = 0.0
    for _ in range(1000):
        if budget.take():
            budget.took(0.05)
            taken += 0.05
        at += 0.01
    assert taken <= 0.1 * 10 + 0.3, "a tenth of the time, and what was at once"


def test_work_is_bounded() -> None:
    work = Work(tries=3, count=100)
    assert [work.spend(30) for _ in range(5)] == [True, True, True, False, False]
    assert not Work(tries=99, count=10).spend(11)


class Kept:
    """What was kept."""

    def __init__(self) -> None:
        self.records: list[Explained] = []

    def keep(self, record: Explained) -> None:
        self.records.append(record)

    def find(self, request: str) -> Explained | None:
        raise NotImplementedError

    def newest(self, count: int) -> list[Explained]:
        return self.records[:count]


def explained(explain: Any, *, in_replies: bool = False, per_second: float = 9) -> tuple[Fault, Exchange, Kept]:
    """A refusal of a mismatch, explained by this."""
    fault, kept = Fault(Kind.SIGNATURE_MISMATCH, "no"), Kept()
    exchange = Exchange("1" * 32, "GET", b"/", "192.0.2.1")
    nothing: Any = None
    refusal = Refusal(request=request(), fault=fault, dialect="s3", schemes=(), reader=nothing, now=1.0, work=Work())
    table = {Kind.SIGNATURE_MISMATCH: (lambda _refusal: None, explain)}
    explainer = Explainer(kept, Budget(per_second), lambda: 7.0, table, in_replies=in_replies)
    told = explainer.explain(fault.kind, lambda: refusal, exchange)
    if told is not None:
        explainer.keep(told, Response(status=403, code="NoWay"))
    assert explainer.explain(Kind.OBJECT_MISSING, lambda: refusal, exchange) is None
    return fault, exchange, kept


def test_an_explanation_is_logged_and_kept_and_told_in_dev_alone() -> None:
    fault, exchange, kept = explained(lambda _refusal: FOUND)
    assert fault.explanation is None
    assert [(one.request, one.at, one.told["cause"]) for one in kept.records] == [("1" * 32, 7.0, "a-cause")]
    assert [(one.status, one.code, one.account) for one in kept.records] == [(403, "NoWay", None)]
    exchange.refused(fault)
    facts = exchange.facts(0.1)
    assert (facts["cause"], facts["cause_is"]) == ("a-cause", "certain")
    assert facts["explained"] == "it was signed otherwise"
    fault, _, _ = explained(lambda _refusal: FOUND, in_replies=True)
    assert fault.explanation is FOUND


def test_what_is_private_is_told_to_nobody_who_asks() -> None:
    private = Explanation(cause="c", confidence=Confidence.CERTAIN, sentence="another's", private=True)
    fault, exchange, kept = explained(lambda _refusal: private, in_replies=True)
    assert fault.explanation is None
    assert exchange.explanation is private
    assert len(kept.records) == 1


def test_a_refusal_stands_when_its_explaining_fails(capsys: pytest.CaptureFixture[str]) -> None:
    def broken(_refusal: Refusal) -> Explanation:
        raise ZeroDivisionError

    fault, exchange, kept = explained(broken, in_replies=True)
    assert fault.explanation is None
    assert exchange.explanation is None
    assert kept.records == []
    capsys.readouterr()


def test_an_index_that_cannot_be_asked_is_no_defect(capsys: pytest.CaptureFixture[str]) -> None:
    def away(_refusal: Refusal) -> Explanation:
        raise Fault(Kind.STORAGE_FAILED, "the database is away")

    _, exchange, kept = explained(away)
    assert exchange.explanation is None
    assert kept.records == []
    said = capsys.readouterr()
    assert "defect" not in said.out + said.err


def test_over_the_budget_nothing_is_explained() -> None:
    assert explained(lambda _refusal: FOUND, per_second=0)[1].explanation is None


def parts(explain: Any, count: int, *, in_replies: bool, per_second: float = 9) -> tuple[list[Fault], Exchange, Kept]:
    """So many names of a request that were denied each by itself, and one that is not there."""
    faults, kept = [Fault(Kind.ACCESS_DENIED, f"no {number}") for number in range(count)], Kept()
    exchange = Exchange("1" * 32, "POST", b"/?delete", "192.0.2.1")
    nothing: Any = None

    def described(fault: Fault) -> Refusal:
        return Refusal(request=request(), fault=fault, dialect="s3", schemes=(), reader=nothing, now=1.0, work=Work())

    explainer = Explainer(
        kept, Budget(per_second), lambda: 7.0, {Kind.ACCESS_DENIED: (explain,)}, in_replies=in_replies
    )
    refused = [(f"k{number}", fault) for number, fault in enumerate(faults)]
    refused = [("gone", Fault(Kind.OBJECT_LOCKED, "held")), *refused]
    record = explainer.explain_parts(refused, count + 5, described, exchange)
    if record is not None:
        explainer.keep(record, Response(status=200, code="AccessDenied"))
    return faults, exchange, kept


def by_fault(refusal: Refusal) -> Explanation:
    """One that differs for each."""
    return Explanation(cause="c", confidence=Confidence.CERTAIN, sentence=refusal.fault.message)


def test_names_that_were_refused_each_by_itself_are_one_refusal() -> None:
    faults, exchange, kept = parts(by_fault, 3, in_replies=True)
    assert [fault.explanation.sentence if fault.explanation else None for fault in faults] == ["no 0", "no 1", "no 2"]
    (record,) = kept.records
    assert record.told == {
        "cause": "c", "confidence": "certain", "sentence": "no 0", "refused": "3 of 8", "keys": "k0, k1, k2",
        "also": "no 1; no 2",
    }  # fmt: skip
    exchange.partly = "4 of 8 names were refused"
    facts = exchange.facts(0.1)
    assert (facts["cause"], facts["why"], facts["outcome"]) == ("c", "4 of 8 names were refused", "ok")


def test_only_some_of_many_names_are_explained() -> None:
    faults, _, kept = parts(by_fault, 1000, in_replies=True)
    assert 1 <= sum(fault.explanation is not None for fault in faults) <= 8
    assert kept.records[0].told["keys"].endswith(", k11 and 988 more")


def test_without_dev_no_name_tells_its_cause() -> None:
    faults, _, kept = parts(by_fault, 3, in_replies=False)
    assert [fault.explanation for fault in faults] == [None] * 3
    assert len(kept.records) == 1


def test_names_are_explained_within_the_budget_and_never_in_the_way(capsys: pytest.CaptureFixture[str]) -> None:
    def broken(_refusal: Refusal) -> Explanation:
        raise ZeroDivisionError

    assert parts(by_fault, 3, in_replies=True, per_second=0)[2].records == []
    assert parts(by_fault, 0, in_replies=True)[2].records == []
    assert parts(lambda _refusal: None, 3, in_replies=True)[2].records == []
    faults, exchange, kept = parts(broken, 3, in_replies=True)
    assert (kept.records, exchange.explanation, faults[0].explanation) == ([], None, None)
    capsys.readouterr()


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (b"x-amz-security-token:SECRET", "x-amz-security-token:(left out)"),
        (b"x-amz-server-side-encryption-customer-key:SECRET", "x-amz-server-side-encryption-customer-key:(left out)"),
        (b"x-oss-copy-source-server-side-encryption-customer-key:SECRET", None),
        (b"X-Amz-Security-Token=SECRET&acl=", "X-Amz-Security-Token=(left out)&acl="),
        (b"a=1&sign=SECRET&q-signature=SECRET", "a=1&sign=(left out)&q-signature=(left out)"),
        (b"x-tc-token:SECRET", "x-tc-token:(left out)"),
        (b"Policy=SECRET", "Policy=(left out)"),
        (b"design=plain", "design=plain"),
        (b"host:a.example", "host:a.example"),
        (b"a\x00\x1b[31m", "a\\x00\\x1b[31m"),
    ],
)
def test_an_excerpt_leaves_out_what_is_secret(line: bytes, kept: str | None) -> None:
    shown = around(b"GET\n/a\n" + line + b"\nhost:b", 9)
    assert "SECRET" not in shown
    if kept is not None:
        assert shown == kept


@pytest.mark.parametrize(
    ("one", "other", "at"), [(b"", b"", None), (b"ab", b"ab", None), (b"ab", b"abc", 2), (b"xb", b"ab", 0)]
)
def test_where_two_texts_part(one: bytes, other: bytes, at: int | None) -> None:
    assert parting(one, other) == at
    assert parting(other, one) == at
