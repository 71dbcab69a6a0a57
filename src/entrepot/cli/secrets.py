"""``entrepot secrets``: what rests under the master key, and the master key's renewal."""

from __future__ import annotations

from entrepot.cli.arguments import Group, echo
from entrepot.cli.folder import Config, Data, failing, needed

secrets = Group(help="Secrets at rest: the renewal of the master key.")


@secrets.command("rotate")
def rotate(*, data: Data = None, config: Config = None) -> None:
    """Renew the master key while no server runs; what was cut goes on when this is run again."""
    with failing():
        from entrepot import folder  # noqa: PLC0415 - keeps --help quick
        from entrepot.config import load  # noqa: PLC0415 - keeps --help quick

        settings = load(config, data=data)
        needed(settings)
        if folder.rotate(settings):
            echo("done: master.key is a new one; the old one opens only what was copied before")
        else:
            echo("done: set master_key to what next_master_key is, and take next_master_key away")
