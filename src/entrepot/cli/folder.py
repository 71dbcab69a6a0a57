"""How commands open a data folder, what they print, and how they fail."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import orjson
import typer

from entrepot.config import Settings, SettingsError, load
from entrepot.core.fault import Fault
from entrepot.core.ports import Reader, Transaction

if TYPE_CHECKING:
    from entrepot.app import Folder

T = TypeVar("T")

Data = Annotated[
    Path | None, typer.Option("--data", help="The data folder (default: data, or the settings').", show_default=False)
]
Config = Annotated[
    Path | None, typer.Option("--config", help="The settings file (default: entrepot.toml).", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@contextmanager
def failing() -> Iterator[None]:
    """Turn refusals into one line on standard error and exit status 1 (2 for settings)."""
    try:
        yield
    except Fault as fault:
        typer.echo(f"entrepot: {fault.message}", err=True)
        raise typer.Exit(1) from fault
    except SettingsError as error:
        typer.echo(f"entrepot: {error}", err=True)
        raise typer.Exit(2) from error
    except Exception as error:
        from entrepot.app import FOLDER_ERRORS  # noqa: PLC0415 - --help is quick, and metrics first see their settings

        if not isinstance(error, FOLDER_ERRORS):
            raise
        typer.echo(f"entrepot: {error}", err=True)
        raise typer.Exit(1) from error


@contextmanager
def opened(data: Path | None, config: Path | None = None, *, create: bool = False) -> Iterator[tuple[Folder, Settings]]:
    """Open a data folder; it must exist unless ``create``."""
    from entrepot.app import Folder  # noqa: PLC0415 - keeps --help quick

    with failing():
        settings = load(config, data=data)
        if not create and not (settings.data / "index.db").exists():
            typer.echo(
                f"entrepot: {settings.data} is no data folder; name it with --data, or make one with serve", err=True
            )
            raise typer.Exit(1)
        folder = Folder(settings)
        try:
            yield folder, settings
        finally:
            folder.close()


def ask(folder: Folder, question: Callable[[Reader], T]) -> T:
    """Answer from one consistent state."""
    return asyncio.run(folder.index.scan(question))


def change(folder: Folder, apply: Callable[[Transaction], T]) -> T:
    """Run one transaction."""

    async def run() -> T:
        return await folder.index.write(apply)

    return asyncio.run(run())


def show(rows: list[dict[str, Any]], *, as_json: bool, one: bool = False) -> None:
    """Print rows as a table, or as JSON (a list, or the one object)."""
    if as_json:
        sys.stdout.write(orjson.dumps(rows[0] if one else rows, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    if one:
        width = max(len(name) for name in rows[0])
        for name, value in rows[0].items():
            typer.echo(f"{name:<{width}}  {_cell(value)}")
        return
    if not rows:
        typer.echo("none")
        return
    names = list(rows[0])
    cells = [names, *([_cell(row[name]) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(names))]
    for line in cells:
        typer.echo("  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value) or "-"
    return "-" if value is None or value == "" else str(value)
