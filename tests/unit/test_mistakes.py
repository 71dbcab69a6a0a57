"""The table of seeded mistakes: 95 of 100 are named right, and none is named wrong with confidence.

Whatever is said of them holds no secret, no signature that would be taken, no token, and costs a bounded amount of
work.
"""

from __future__ import annotations

import collections
from collections.abc import Iterator

import pytest

from entrepot.core.explanation import Confidence, Explanation
from entrepot.core.value import changed
from entrepot.explain.causes import CAUSES, MISMATCHES
from entrepot.explain.refusal import BYTES_MAX, TRIES_MAX, Refusal
from entrepot.signing.scheme import string_to_sign

from .mistakes.asking import Case, a_key, explained, refusal_of
from .mistakes.tables import made_of, table
from .vectors import key_of, target_of, vectors


@pytest.fixture(scope="module")
def told() -> list[tuple[Case, Refusal, Explanation | None]]:
    found = []
    for case in table():
        refused = refusal_of(case)
        assert refused is not None, case.name
        found.append((case, refused[1], explained(refused[1])))
    return found


Told = list[tuple[Case, Refusal, Explanation | None]]


def test_mistakes_are_named_right(told: Told) -> None:
    right = [case for case, _, said in told if said is not None and said.cause in case.causes]
    wrong = [
        (case.name, case.causes, said.cause)
        for case, _, said in told
        if said is not None and said.confidence is Confidence.CERTAIN and said.cause not in case.causes
    ]
    missed = collections.Counter(
        case.causes[0] for case, _, said in told if said is None or said.cause not in case.causes
    )
    print(f"{len(told)} mistakes, {len(right)} named right; missed: {missed.most_common()}")
    assert wrong == []
    assert len(told) >= 600
    assert len(right) >= 0.95 * len(told), missed.most_common()


def test_they_are_of_all_schemes_and_many_causes(told: Told) -> None:
    schemes = {case.scheme for case, _, said in told if said is not None and said.cause in case.causes}
    assert schemes == {
        "aws4", "oss4", "tos4", "sts4", "aws2", "oss1", "q_sign", "tc3", "acs3", "acs_rpc", "volc", "cos_app"
    }  # fmt: skip
    causes = {said.cause for case, _, said in told if said is not None and said.cause in case.causes}
    assert len(causes) >= 40, sorted(causes)


def test_a_certain_cause_was_proven_and_is_told_whole(told: Told) -> None:
    for _, _, said in told:
        if said is None:
            continue
        assert said.cause in CAUSES
        assert said.sentence
        assert said.change
        assert "{" not in said.sentence + said.change, said
        if said.cause in MISMATCHES and said.expected:
            assert said.parts_at is not None


def _texts(said: Explanation) -> Iterator[str]:
    yield from said.told().values()


def test_nothing_that_is_said_helps_to_sign(told: Told) -> None:
    """Neither a secret, nor what was or should have been the signature, nor a token."""
    for case, refusal, said in told:
        if said is None:
            continue
        shown = "\n".join(_texts(said))
        secret = case.key.secret.decode()
        assert len(secret) < 6 or secret not in shown, case.name
        if refusal.claim is None or refusal.scheme is None or refusal.key is None:
            continue
        text = string_to_sign(refusal.scheme, case.request, refusal.claim, case.target)
        expected = refusal.scheme.seal(refusal.key.secret, refusal.claim, text).decode("latin-1")
        assert expected not in shown, case.name
        assert refusal.claim.signature.decode("latin-1") not in shown, case.name
        if refusal.claim.token:
            assert refusal.claim.token not in shown, case.name


def test_nothing_of_a_body_is_said(told: Told) -> None:
    for case, _, said in told:
        if said is None:
            continue
        body = case.request.payload or b"".join(value.encode() for _, value in case.request.form or ())
        if len(body) > 12 and case.scheme in {"acs_rpc", "tc3"}:
            assert said.came not in body.decode("utf-8", "replace") or not said.came, case.name


def test_the_work_of_each_is_bounded(told: Told) -> None:
    for case, refusal, _ in told:
        # What was asked for beyond the bound was not done.
        assert refusal.work.tries_left > -TRIES_MAX / 2, case.name
        assert refusal.work.bytes_left > -BYTES_MAX, case.name


def test_two_mistakes_at_once_are_both_named() -> None:
    """A browser adds a type, and somebody in between a header that must be signed."""
    vector = vectors("oss1")["oss1/oss2_get_range"]
    made = made_of(vector)
    more = ((b"content-type", b"text/plain"), (b"x-oss-object-acl", b"private"))
    case = Case("two", (), "oss1", changed(made, headers=(*made.headers, *more)), key_of(vector), target_of(vector))
    refused = refusal_of(case)
    assert refused is not None
    said = explained(refused[1])
    assert said is not None
    assert (said.cause, said.confidence) == ("content-type-added", Confidence.CERTAIN)
    assert dict(said.details)["also"].startswith("header-added")


def test_an_explanation_ends_when_its_work_is_used_up() -> None:
    """Whatever a request is made of: many parameters, long paths, many headers, a long body."""
    vector = vectors("aws4")["aws4/boto3_put"]
    made = made_of(vector)
    wide = changed(made, raw_query=b"&".join(b"p%d=%s" % (number, b"%20+x" * 20) for number in range(200)))
    case = Case("wide", (), "aws4", wide, a_key(vector["key_id"], "another"), target_of(vector))
    refused = refusal_of(case)
    assert refused is not None
    said = explained(refused[1])
    assert said is not None
    assert said.confidence is Confidence.UNKNOWN
    work = refused[1].work
    assert work.tries_left > -10
    assert work.bytes_left > -1_000_000
