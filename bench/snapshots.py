"""How long a snapshot of a data folder takes, and putting it back: 1,000 objects, small, and half of them in files.

Run: python -m bench.snapshots. Prints milliseconds, of ten each the median and the longest, and the
median of the processor's time, which a busy machine does not change. Nothing is judged.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from entrepot.admin import dev
from entrepot.admin.seed.applying import apply
from entrepot.admin.seed.shape import Seed, SeedAccount, SeedBucket, SeedObject
from entrepot.config import load
from entrepot.core.rules.intake import Intake
from entrepot.folder import Folder, snapshots

OBJECTS, ROUNDS = 1000, 10
SMALL, LARGE = 1024, 100_000


async def timed(what: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Milliseconds that passed, and those of the processor."""
    started, spent = time.perf_counter(), time.process_time()
    await what()
    return (time.perf_counter() - started) * 1000, (time.process_time() - spent) * 1000


async def measure(folder: Folder, large_every: int) -> None:
    """Fill the folder and print its two lines."""
    objects = tuple(
        SeedObject(key=f"{number:04}", base64=bytes(LARGE if number % large_every == 1 else SMALL))
        for number in range(OBJECTS)
    )
    seed = Seed(accounts=(SeedAccount(buckets=(SeedBucket(name=dev.BUCKET, objects=objects),)),))
    async with Intake(folder.blobs, inline_bytes=64 << 10, clock=folder.clock) as intake:
        await apply(folder.index, folder.audit, intake, folder.clock, seed, "bench")
    kept = snapshots(folder)
    assert kept is not None
    for name, work in (("take", kept.take), ("restore", kept.restore)):
        times = [await timed(lambda work=work: work("bench")) for _ in range(ROUNDS)]  # type: ignore[misc]
        what = f"{name}, {OBJECTS} objects, one in {large_every} in a file of its own"
        passed, spent = (statistics.median(column) for column in zip(*times, strict=True))
        print(f"{what:<60} median {passed:6.1f} ms  longest {max(times)[0]:6.1f} ms  processor {spent:6.1f} ms")


def main() -> None:
    """Measure a folder of small objects and one in which every second is a file."""
    for large_every in (OBJECTS, 2):
        with tempfile.TemporaryDirectory() as where:
            folder = Folder(load(None, data=Path(where) / "data", dev=True))
            try:
                asyncio.run(measure(folder, large_every))
            finally:
                folder.close()


if __name__ == "__main__":
    main()
