"""``entrepot fsck`` and ``entrepot sweep``."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated

import orjson

from entrepot.cli.arguments import Exit, Option, echo
from entrepot.cli.folder import Data, Json, dumped, finished, opened
from entrepot.cli.people import size

if TYPE_CHECKING:
    from entrepot.upkeep.sweep import Swept


class _Progress:
    """A progress line on standard error, when that is a terminal."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._last = ""

    def __call__(self, what: str, count: int) -> None:
        if self._shown and (count % 100 == 0 or what != self._last):
            self._last = what
            sys.stderr.write(f"\r\033[K{what}: {count}")
            sys.stderr.flush()

    def done(self) -> None:
        if self._shown:
            sys.stderr.write("\r\033[K")


def fsck(
    *,
    digests: Annotated[
        bool,
        Option("--digests", help="Also recompute SHA-1, MD5 and checksums: reads every object's bytes again."),
    ] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Check every index row against its bytes; exit 1 and list the damage if there is any."""
    from entrepot.upkeep.fsck import check  # noqa: PLC0415 - keeps --help quick

    with opened(data) as (folder, _):
        progress = _Progress()
        report = finished(folder.index.inspect(lambda reader: check(reader, folder.blobs, progress, digests=digests)))
        progress.done()
    if json:
        dumped(asdict(report))
    else:
        for problem in report.damage:
            echo(problem)
        count = len(report.damage) + report.unlisted
        state = f"{count} damaged" if count else "clean"
        echo(f"{state}: {report.objects} objects, {report.uploads} uploads, {report.blobs} blobs, {size(report.bytes)}")
        if not digests:
            echo("SHA-1, MD5 and further checksums were not recomputed; --digests does")
    if report.damage:
        raise Exit(1)


def sweep(
    *,
    data: Data = None,
    grace: Annotated[
        float | None,
        Option(help="How old unreferenced bytes must be, in seconds (default: the setting sweep.garbage_seconds)."),
    ] = None,
    json: Json = False,
) -> None:
    """Apply lifecycle rules and remove what nothing points to: ended uploads, unreferenced blobs, orphaned files."""
    from entrepot.app import new_sweeper  # noqa: PLC0415 - keeps --help quick

    with opened(data) as (folder, settings):
        wanted = settings.sweep.garbage_seconds if grace is None else grace
        lasting = settings.limits.request_seconds
        least = settings.redirect.kept_seconds(lasting, lasting) if folder.is_served() else 0.0
        if wanted < least:
            echo(f"a server works on this folder: bytes younger than {least:.0f} s stay, they may be in use", err=True)
            wanted = least
        chosen = replace(settings, sweep=replace(settings.sweep, garbage_seconds=wanted))
        progress = _Progress()

        async def work() -> Swept:
            await folder.own()  # what another index names is no orphan
            return await new_sweeper(folder, chosen).sweep(orphans=True, progress=progress)

        swept = finished(work())
        progress.done()
    counts = asdict(swept)
    if json:
        echo(orjson.dumps(counts).decode())
    else:
        echo(", ".join(f"{count} {name}" for name, count in counts.items()))
