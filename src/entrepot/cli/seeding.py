"""``entrepot seed``: have what a seed says, in a data folder or on a running server in dev mode."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from entrepot.cli.arguments import Argument, Exit, complain, echo
from entrepot.cli.folder import BY, Data, Json, dumped, failing, finished, opened
from entrepot.cli.remote import RefusedError, Server, ask_server
from entrepot.core.fault import Fault

if TYPE_CHECKING:
    from entrepot.admin.seed.applying import Done
    from entrepot.admin.seed.reading import Source
    from entrepot.config import Settings
    from entrepot.folder import Folder


def seed(
    file: Annotated[Path, Argument(help="A YAML file, or a folder with such files and `buckets/NAME/...`.")],
    *,
    server: Server = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Have what a file says: accounts, keys, users, policies, buckets with objects and rules, grants.

    What is missing is made, what differs is changed, all of it or nothing; the same file again changes nothing. It
    works on the data folder, which is made where there is none, also beside a server. With --server it asks that
    server, which must be in dev mode.
    """
    with failing():
        source = read_seed(file)
        if server is not None:
            told = _sent(source, server, data)
        else:
            with opened(data, create=True) as (folder, settings):
                told = finished(apply_seed(folder, settings, source)).told()
    if json:
        dumped(told)
    else:
        echo("\n".join([*told["things"], summary(told)]))


def summary(told: dict[str, Any]) -> str:
    """One line about what became of a seed."""
    return f"seeded: {told['created']} created, {told['changed']} changed, {told['unchanged']} unchanged"


def read_seed(file: Path) -> Source:
    """Read a seed. Raises Fault, with file and line."""
    from entrepot.admin.seed.reading import read  # noqa: PLC0415 - keeps --help quick

    return read(file)


async def apply_seed(folder: Folder, settings: Settings, source: Source) -> Done:
    """Put a seed into a folder that is open. Raises Fault, with file and line; then nothing has changed."""
    from entrepot.admin.seed.applying import apply  # noqa: PLC0415 - keeps --help quick
    from entrepot.core.rules.intake import Intake  # noqa: PLC0415 - keeps --help quick

    try:
        async with Intake(folder.blobs, inline_bytes=settings.inline_max_bytes, clock=folder.clock) as intake:
            return await apply(folder.index, folder.audit, intake, folder.clock, source.seed, BY)
    except Fault as fault:
        fault.message = source.told(fault.message)
        raise


def _sent(source: Source, server: str, data: Path | None) -> dict[str, Any]:
    """What a server says that became of a seed."""
    from entrepot.admin.seed.shape import value_of  # noqa: PLC0415 - keeps --help quick

    try:
        return ask_server("POST", "/dev/seed", {"seed": value_of(source.seed)}, server=server, data=data)
    except RefusedError as refused:
        complain(f"{source.told(str(refused))}")
        raise Exit(1) from refused
