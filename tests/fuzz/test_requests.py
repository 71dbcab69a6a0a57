"""Whole requests, changed in every way: no 5xx but 501 and 503 in the dialect's words, no change after a refusal.

The changes are made before the signature, so that what is behind it is reached, and after it, so that it is tried too.
Hypothesis is told the steps that a request took, so that it looks for dear ones. The short form is the same each time;
the long one (`make fuzz`) is not.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, target
from hypothesis import strategies as st

from .asks import Ask
from .conftest import EXAMPLES, SHORT, Run
from .seeds import Seed, seeds
from .world import World

SEEDS = seeds()
NAMES = sorted(
    {name for seed in SEEDS for name, _ in (*seed.headers, *seed.query)} | {"uploadId", "versionId", "policy"}
)
VALUES = sorted({value for seed in SEEDS for _, value in (*seed.headers, *seed.query)})
TOKENS = [
    b"<", b">", b"</", b"/>", b"&", b"&#0;", b"&lt;", b"\x00", b"\xff", b"\xed\xa0\x80", b"{", b"}", b"[", b"]",
    b'"', b"\\", b"\r\n", b"\n", b"--b", b"--b--", b"null", b"true", b"-1", b"0", b"1e999", b"9223372036854775808",
    b"<!DOCTYPE a>", b"<![CDATA[", b"]]>", b"<?xml?>", b"%", b"%00", b"%2F", b"..", b"//", b"*", b"?", b"\xc4\xb0",
    b"\xe4\xb8\xad", b"\xef\xbb\xbf", b"name=", b"Infinity", b"NaN", b"1970-01-01T00:00:00Z", b"9999-12-31T23:59:59Z",
]  # fmt: skip
ODD_PATHS = ["/", "/%00", "/%ff", "/a%2F..%2Fb", "/" + "k" * 1100, "/%e4%b8%ad", "//", "/./a"]
STEPS_A_BYTE, STEPS_MAX = 20, 60_000

_odd = st.sampled_from([token.decode("utf-8", "ignore") for token in TOKENS]) | st.text(max_size=8)
_name = st.sampled_from(NAMES) | st.text("abcxyz-?=&%/ ", min_size=1, max_size=12)
_value = st.sampled_from(VALUES) | _odd | st.text(max_size=20) | st.integers(-(2**70), 2**70).map(str)
_pair = st.tuples(_name, _value)


@st.composite
def _bytes(draw: st.DrawFn, body: bytes) -> bytes:
    """A body that was cut, doubled, and had things put into it."""
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.integers(0, 24)))
        match draw(st.sampled_from(["cut", "double", "put", "instead", "end", "deep"])):
            case "cut":
                body = body[:start] + body[end:]
            case "double":
                body = body[:end] + body[start:]
            case "put":
                body = body[:start] + draw(st.sampled_from(TOKENS)) + body[start:]
            case "instead":
                body = body[:start] + draw(st.binary(max_size=8)) + body[end:]
            case "end":
                body = body[:start]
            case "deep":
                body = body[:start] + body[start:end] * draw(st.integers(2, 40)) + body[end:]
    return body


@st.composite
def _pairs(draw: st.DrawFn, pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Some left out, doubled or said otherwise, and others beside them."""
    made = []
    for name, value in pairs:
        match draw(st.integers(0, 11)):
            case 0:
                continue
            case 1:
                made += [(name, value), (name, value)]
            case 2:
                made.append((name, draw(_value)))
            case 3:
                made.append((draw(_name), value))
            case 4:
                made.append((name.swapcase(), value))
            case _:
                made.append((name, value))
    return tuple(made + draw(st.lists(_pair, max_size=2)))


@st.composite
def asks(draw: st.DrawFn) -> tuple[Seed, Ask]:
    """A request that is mostly well signed and mostly wrong in something."""
    seed = draw(st.sampled_from(SEEDS))
    changed = replace(
        seed,
        method=draw(st.sampled_from([seed.method] * 6 + ["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH"])),
        path=draw(
            st.sampled_from([seed.path] * 4 + ["/", "/%00", "/%ff", "/a%2F..%2Fb", "/" + "k" * 1100, "/%e4%b8%ad"])
        ),
        query=draw(_pairs(seed.query)),
        headers=tuple(
            (name, value.replace("\r", "").replace("\n", "").replace("\x00", ""))
            for name, value in draw(_pairs(seed.headers))
            if name.isascii() and not set(name) & set(" ?=&%/:") - {"?"}
        ),
        body=draw(_bytes(seed.body)),
    )
    ask = changed.ask(signed=draw(st.integers(0, 9)) > 0)
    if draw(st.integers(0, 9)) == 0:
        ask = replace(ask, target=draw(_bytes(ask.target[1:])).join((b"/", b"")))
    if draw(st.integers(0, 9)) == 0:
        place = draw(st.integers(0, len(ask.headers) - 1))
        name, value = ask.headers[place]
        value = draw(_bytes(value)).translate(None, b"\r\n\x00")
        ask = replace(ask, headers=(*ask.headers[:place], (name, value), *ask.headers[place + 1 :]))
    return seed, ask


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=EXAMPLES == SHORT,
    suppress_health_check=list(HealthCheck),
)
@given(made=asks(), crumbs=st.sampled_from([65_536, 65_536, 1, 7]))
def test_requests(run: Run[None], made: tuple[Seed, Ask], crumbs: int) -> None:
    """Whatever is asked."""
    seed, ask = made

    async def tried(world: World) -> None:
        before = world.state()
        answer = await world.ask(ask.method, ask.target, ask.headers, ask.body, piece=crumbs)
        told: Any = (seed.name, ask, answer)
        assert answer.status < 500 or answer.status in {501, 503}, told
        if answer.status == 501:
            assert b"mplemented" in answer.body or ask.method == "HEAD", told
        if answer.status >= 400:
            assert world.state() == before, f"refused, and yet something changed: {told}"
        assert answer.steps <= STEPS_MAX + STEPS_A_BYTE * ask.size, told
        target(float(answer.steps), label="steps")

    run(tried)


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_the_corpus_is_served(run: Run[None], seed: Seed) -> None:
    """As it stands every request is understood: served, or refused for what is not there or not allowed."""

    async def tried(world: World) -> None:
        answer = await seed.ask().of(world)
        assert answer.status < 500, answer

    run(tried)
