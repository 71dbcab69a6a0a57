"""``entrepot audit``: the log of what was done with rights, beside a running server."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated, Final

from entrepot.admin import audit as against
from entrepot.cli import people
from entrepot.cli.arguments import Exit, Group, Option, echo
from entrepot.cli.folder import Data, Json, ask, dumped, dumped_line, finished, opened
from entrepot.cli.terminal import width_of
from entrepot.core.fault import Fault, Kind
from entrepot.upkeep.audit_head import noted

_CHAIN: Final = ("prev", "hash")
audit = Group(help="The audit log: who minted, used, was refused, withdrew.")


@audit.command("verify")
def audit_verify(
    *,
    expect: Annotated[
        str | None,
        Option(help="NUMBER:HASH noted at an earlier check: the chain must still hold it, or go on from it."),
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Check the lines, the chain, and the log against the ledger and the head noted there; exit 1 on damage."""
    with opened(data) as (folder, _):
        unlogged, head = ask(folder, lambda reader: (against.rights(reader), noted(reader)))
        known = [] if expect is None else [_expected(expect)]
        report = finished(folder.audit.checked([*known, *([] if head is None else [head])], unlogged.line))
        verdict = ask(folder, lambda reader: against.verdict(reader, unlogged, report.lines))
    report.damage += verdict.damage
    if json:
        dumped(asdict(report) | {"unused": verdict.unused})
    else:
        for one in report.torn:
            echo(f"torn by a crash: {one}")
        for one in report.damage:
            echo(f"damaged: {one}")
        state = f"{len(report.damage)} damaged" if report.damage else "whole"
        echo(f"{state}: {report.lines} lines in {report.files} files, {report.first} to {report.last}")
        echo(f"head {report.last}:{report.head}")
        if verdict.unused:
            echo(f"rights without a line that nobody used: {verdict.unused} (a crash leaves such; so does a cut)")
    if report.damage:
        raise Exit(1)


def _expected(text: str) -> tuple[int, str]:
    number, _, digest = text.partition(":")
    if not number.isdigit() or len(number) > 18 or len(digest) != 64:
        raise Fault(Kind.PARAMETER_INVALID, f"{text[:100]!r} is not NUMBER:HASH as `entrepot audit verify` prints it")
    return int(number), digest


@audit.command("tail")
def audit_tail(
    *,
    lines: Annotated[int, Option("--lines", "-n", min=1, max=100_000, help="How many.")] = 20,
    event: Annotated[str | None, Option(help="Only mint, use, refuse, revoke, console, torn or lost.")] = None,
    data: Data = None,
    json: Annotated[bool, Option("--json", help="Print them as they are in the log: JSON, one on a line.")] = False,
) -> None:
    """Print the newest lines, the oldest of them first, without their hashes."""
    room = width_of(sys.stdout)
    with opened(data) as (folder, _):
        for facts in finished(folder.audit.newest(lines, event)):
            if json:
                dumped_line(facts)
            else:
                shown = {name: value for name, value in facts.items() if name not in _CHAIN}
                echo("\n".join(people.event(shown, room)))
