"""``entrepot secrets``: what rests under the master key, and the master key's renewal."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated, Any

from entrepot.cli.arguments import Group, Option, echo
from entrepot.cli.folder import Config, Data, Json, dumped_line, failing, needed, without_password

secrets = Group(help="Secrets at rest: the renewal of the master key.")
_LINE_SECONDS = 10.0


@secrets.command("rotate")
def rotate(
    *,
    data: Data = None,
    index: Annotated[
        str | None, Option(help="The database of many gateways: postgresql://user@host:port/database.")
    ] = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Renew the master key: of a folder while no server runs, of a shared index while gateways serve.

    What was cut goes on when this is run again. Keys are in the environment, in files or in the settings file. With
    many gateways each has the new key as master_key and the one before as old_master_key by then.
    """
    with failing():
        from entrepot.config import load  # noqa: PLC0415 - keeps --help quick
        from entrepot.renewal import rotate as renew  # noqa: PLC0415

        settings = load(config, data=data, index=without_password(index))
        needed(settings)
        done = renew(settings, _Shown(as_json=json))
    if json:
        dumped_line({"event": "rotated", **asdict(done)})
        return
    echo(f"resealed: {done.resealed} of {done.values} values, in {done.seconds:.1f} s")
    echo(f"done: {done.then}")


class _Shown:
    """Progress: events in JSON, or a line now and then."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._told = 0.0

    def __call__(self, event: dict[str, Any]) -> None:
        if self._as_json:
            dumped_line(event)
        elif sys.stderr.isatty() or event["seconds"] >= self._told + _LINE_SECONDS:
            self._told = event["seconds"]
            echo(
                f"{event['what']}: {event['values']} of {event['of_values']} values, {event['seconds_left']} s left",
                err=True,
            )
