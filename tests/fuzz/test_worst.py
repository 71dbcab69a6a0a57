"""No request costs more than in proportion to its bytes, and none of 64 KiB more than a moment.

Steps are calls of functions, which are the same on every machine; what one call does is linear by the shape of its
regular expressions (tests/arch/test_regexes.py) and by what the libraries promise. Figures in milliseconds are in the
benchmark's domain: each step here is well below a microsecond.
"""

from __future__ import annotations

import pytest

from .conftest import EXAMPLES, SHORT, Run
from .world import Answer, World
from .worst import Make, worst

SMALL, LARGE = 16_000, 64_000
STEPS_MAX = 200_000
"""Of a request of 64 KiB: about three a byte, 20 ms."""
MEMORY_MAX = 8 << 20


@pytest.mark.parametrize("make", [pytest.param(make, id=name) for name, make in worst()])
def test_in_proportion(run: Run[Answer], make: Make) -> None:
    """Four times the bytes take about four times the steps; and the answer is none of a server that failed."""
    small, large = make(SMALL), make(LARGE)
    first = run(small.of)
    second = run(large.of)
    for answer in (first, second):
        assert answer.status < 500 or answer.status in {501, 503}, answer
    growth = large.size / small.size
    assert second.steps <= 1.5 * growth * first.steps + 2_000, f"{first.steps} steps, then {second.steps}"
    assert second.steps <= STEPS_MAX, second.steps


@pytest.mark.parametrize(
    "make", [pytest.param(make, id=name) for name, make in list(worst())[:: 5 if EXAMPLES == SHORT else 1]]
)
def test_in_little_memory(run: Run[Answer], make: Make) -> None:
    """A request takes a bounded multiple of its bytes; the short form looks at every fifth."""

    async def ask(world: World) -> Answer:
        return await make(LARGE).of(world, counting=False, memory=True)

    assert run(ask).peak <= MEMORY_MAX
