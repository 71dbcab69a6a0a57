"""How commands open a data folder, what they print, and how they fail.

What opens a folder is imported when a command runs: `--help` needs none of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import orjson

from entrepot.cli import people
from entrepot.cli.arguments import Exit, Option, complain, echo
from entrepot.cli.terminal import coloured, width_of
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader, Transaction

if TYPE_CHECKING:
    from entrepot.config import Settings
    from entrepot.folder import Folder

T = TypeVar("T")
BY = "command line"
"""Who did it, as the audit log says it."""

Data = Annotated[Path | None, Option("--data", help="The data folder (default: data, or the settings').")]
Config = Annotated[Path | None, Option("--config", help="The settings file (default: entrepot.toml).")]
AccountOption = Annotated[
    int | None,
    Option("--account", help="The appid; may be left out when there is one account."),
]
Json = Annotated[bool, Option("--json", help="Print JSON.")]


@contextmanager
def failing() -> Iterator[None]:
    """Turn refusals into one line on standard error and exit status 1 (2 for settings)."""
    from entrepot.config import SettingsError  # noqa: PLC0415 - keeps --help quick
    from entrepot.folder import FOLDER_ERRORS  # noqa: PLC0415 - keeps --help quick

    try:
        yield
    except Fault as fault:
        complain(fault.message)
        raise Exit(1) from fault
    except SettingsError as error:
        complain(str(error))
        raise Exit(2) from error
    except FOLDER_ERRORS as error:
        if isinstance(error, OSError) and error.filename is not None:
            complain(f"{error.filename}: {error.strerror}")
        else:
            complain(str(error))
        raise Exit(1) from error


@contextmanager
def opened(data: Path | None, config: Path | None = None, *, create: bool = False) -> Iterator[tuple[Folder, Settings]]:
    """Open a data folder; it must exist unless ``create``."""
    from entrepot.config import load  # noqa: PLC0415 - keeps --help quick
    from entrepot.folder import Folder  # noqa: PLC0415 - keeps --help quick

    with failing():
        settings = load(config, data=data)
        if not create:
            needed(settings)
        folder = Folder(settings)
        try:
            if folder.is_shared:
                finished(folder.check_index())
            yield folder, settings
        finally:
            folder.close()


def needed(settings: Settings) -> None:
    """End the command where there is no data folder."""
    from entrepot.config import SQLITE  # noqa: PLC0415 - keeps --help quick

    if settings.index == SQLITE and not (settings.data / "index.db").exists():
        complain(f"{settings.data} is no data folder; name it with --data, or make one with serve")
        raise Exit(1)


def without_password(index: str | None) -> str | None:
    """The address of a database as the command line may have it. Raises SettingsError for one with a password."""
    from entrepot.config import SettingsError  # noqa: PLC0415 - keeps --help quick

    if index is not None and ":" in index.partition("://")[2].rpartition("@")[0]:
        raise SettingsError(
            "index: a password on the command line is seen by everybody on this machine;"
            " set it as ENTREPOT_INDEX_PASSWORD or as index_password in the settings file"
        )
    return index


def asked(data: Path | None, question: Callable[[Reader], T]) -> T:
    """Answer from one consistent state of a data folder, of which nothing else is opened."""
    from entrepot.config import load  # noqa: PLC0415 - keeps --help quick

    with failing():
        from entrepot import folder  # noqa: PLC0415 - keeps --help quick

        settings = load(None, data=data)
        needed(settings)
        return folder.ask(settings, question)


def moment(data: Path | None) -> float:
    """The time on a data folder, which tests may have turned, in seconds since 1970."""
    from entrepot.config import load  # noqa: PLC0415 - keeps --help quick

    with failing():
        from entrepot.folder import clock_of  # noqa: PLC0415 - keeps --help quick

        return clock_of(load(None, data=data).data)()


def finished(work: Coroutine[Any, Any, T]) -> T:
    """The result of what takes an event loop, which a command that only asks does not load."""
    import asyncio  # noqa: PLC0415

    return asyncio.run(work)


def ask(folder: Folder, question: Callable[[Reader], T]) -> T:
    """Answer from one consistent state of a folder that is open."""
    return finished(folder.index.scan(question))


def change(folder: Folder, apply: Callable[[Transaction], T]) -> T:
    """Run one transaction."""

    async def run() -> T:
        return await folder.index.write(apply)

    return finished(run())


def dumped(document: Any) -> None:
    """Print JSON over several lines."""
    echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())


def dumped_line(event: dict[str, Any]) -> None:
    """Print JSON on one line."""
    echo(orjson.dumps(event).decode())


def show_one(row: Mapping[str, Any], *, as_json: bool) -> None:
    """Print one row: a line for each of its members, or a JSON object."""
    if as_json:
        dumped(_whole(row))
        return
    echo("\n".join(people.record(row, width_of(sys.stdout))))


def show(found: Iterable[Mapping[str, Any]], *, as_json: bool, without: Collection[str] = ()) -> None:
    """Print rows as a table, or as a JSON list; ``without`` some of their members."""
    rows = [{name: value for name, value in row.items() if name not in without} for row in found]
    if as_json:
        dumped([_whole(row) for row in rows])
        return
    if not rows:
        echo("none")
        return
    (heads, *lines), left_out = people.table(rows, width_of(sys.stdout))
    echo("\n".join([coloured(heads, "bold", sys.stdout), *lines]))
    if left_out:
        echo(f"not shown, for want of room: {', '.join(left_out)}; --json has all", err=True)


def _whole(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its times in whole seconds."""
    return {
        name: int(value) if name.endswith("_at") and isinstance(value, float) else value for name, value in row.items()
    }


def text_given(path: Path) -> str:
    """The text of a file that an argument names; ``-`` is standard input. Raises Fault PARAMETER_INVALID."""
    try:
        return sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Fault(Kind.PARAMETER_INVALID, f"{str(path)[:200]} is not UTF-8; name a file of text") from error
    except OSError as error:
        why = error.strerror or type(error).__name__
        message = f"{str(path)[:200]} cannot be read: {why}; name a file, or - for standard input"
        raise Fault(Kind.PARAMETER_INVALID, message) from error
