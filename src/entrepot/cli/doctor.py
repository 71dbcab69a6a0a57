"""``entrepot doctor``: what is wrong with a set-up, and what to do."""

from __future__ import annotations

from typing import Annotated

from entrepot.cli.arguments import Exit, Option, echo
from entrepot.cli.folder import Config, Data, Json, dumped, failing, without_password


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
            echo(f"{one.verdict:<4}  {one.check:<{width}}  {one.seen}")
            if one.to_do:
                echo(f"      {'':<{width}}  -> {one.to_do}")
        echo(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    if counts[Verdict.FAIL]:
        raise Exit(1)
