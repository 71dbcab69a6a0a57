"""``entrepot doctor``: what is wrong with a set-up, and what to do."""

from __future__ import annotations

import sys
from typing import Annotated

from entrepot.cli.arguments import Exit, Option, echo
from entrepot.cli.folder import Config, Data, Json, dumped, failing, without_password
from entrepot.cli.people import wrapped
from entrepot.cli.terminal import coloured, width_of

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


def _print_beside(begin: str, taken: int, text: str) -> None:
    """A text beside what stands before it, which takes so many columns."""
    room = width_of(sys.stdout)
    lines = wrapped(text, None if room is None else room - taken)
    echo("\n".join([begin + lines[0], *(" " * taken + line for line in lines[1:])]))


def doctor(
    *,
    address: Annotated[
        str | None,
        Option(help="Where clients find the server, https://files.example.com: also look at what is in front of it."),
    ] = None,
    data: Data = None,
    index: Annotated[
        str | None, Option(help="The database of many gateways: postgresql://user@host:port/database.")
    ] = None,
    blobs: Annotated[str | None, Option(help="Where bytes are, as for serve.")] = None,
    host: Annotated[str | None, Option(help="The address to listen on, as for serve.")] = None,
    port: Annotated[int | None, Option(help="The port to listen on, as for serve.")] = None,
    workers: Annotated[int | None, Option(help="Processes that serve, as for serve.")] = None,
    public_url: Annotated[str | None, Option(help="Base of minted addresses, as for serve.")] = None,
    dev: Annotated[bool | None, Option("--dev", help="Look at a set-up for dev mode.")] = None,
    quiet: Annotated[bool, Option("--quiet", "-q", help="Leave out what is well.")] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Say what is wrong with a set-up, and what to do; exit 1 when something fails. Changes nothing.

    It works beside a running server. Give it the options that serve gets, and run it as the user that serves.
    """
    with failing():
        from entrepot.doctor.check import Verdict, examined  # noqa: PLC0415 - keeps --help quick
        from entrepot.doctor.here import this_machine  # noqa: PLC0415
        from entrepot.doctor.table import CHECKS, looked_at  # noqa: PLC0415

        setup = looked_at(
            this_machine(), config, address, data=data, index=without_password(index), blobs=blobs, host=host,
            port=port, workers=workers, public_url=public_url, dev=dev,
        )  # fmt: skip
        found = list(examined(CHECKS, setup))
    counts = {verdict: sum(one.verdict == verdict for one in found) for verdict in Verdict}
    shown = [one for one in found if not quiet or one.verdict != Verdict.OK]
    if json:
        dumped([one.told() for one in shown])
    else:
        width = max(len(one.check) for one in found)
        for one in shown:
            verdict = coloured(f"{one.verdict:<4}", _COLOURS[one.verdict], sys.stdout)
            _print_beside(f"{verdict}  {one.check:<{width}}  ", width + 8, one.seen)
            if one.to_do:
                _print_beside(" " * (width + 8), width + 8, f"-> {one.to_do}")
        echo(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    if counts[Verdict.FAIL]:
        raise Exit(1)
