"""``entrepot move``: from a data folder into an index that gateways share, and back."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from entrepot.cli.arguments import Option, echo, misused
from entrepot.cli.folder import Json, dumped_line, failing, finished, without_password
from entrepot.clock_and_chance import new_id

if TYPE_CHECKING:
    from entrepot.config import Settings
    from entrepot.moving.copying import Moved

_END = "a data folder, a settings file, or postgresql://user@host:port/database"
_LINE_SECONDS = 10.0


def move(
    *,
    source: Annotated[str, Option("--from", help=f"What is moved: {_END}.")],
    target: Annotated[str | None, Option("--to", help=f"Where to: {_END}; it must be empty.")] = None,
    from_blobs: Annotated[str | None, Option(help="Where the source's bytes are, if not in its folder.")] = None,
    to_blobs: Annotated[
        str | None, Option(help="Where the bytes go: s3://bucket?endpoint=… or file:///folder.")
    ] = None,
    undo: Annotated[bool, Option("--undo", help="Let a source that was being moved, or was, be served again.")] = False,
    json: Json = False,
) -> None:
    """Move everything between a data folder and an index that gateways share; what was cut goes on.

    Neither end may be served. Every blob is read back and compared with the digest that the index states. Secrets are
    in the environment or in a settings file, which for its end wins over the environment.
    """
    if undo == (target is not None):
        misused("entrepot move", "give either --to or --undo")
    with failing():
        one = _settings(source, from_blobs)
        if target is None:
            finished(_undone(one))
            echo(f"{source} may be served again, as it was; what was stored elsewhere since is not here")
            return
        moved = finished(_moved(one, _settings(target, to_blobs), _Shown(as_json=json)))
    if json:
        dumped_line({"event": "moved", **asdict(moved)})
    elif moved.was_done:
        echo(f"{source} was moved to {target} before")
    else:
        rows = ", ".join(f"{count} {name}" for name, count in moved.rows.items() if count)
        echo(f"moved: {rows}; {moved.bytes} bytes, {moved.audit} audit lines, in {moved.seconds:.1f} s")
        echo(f"{source} is kept as it was and cannot be served any more; {target} can")


def _settings(end: str, blobs: str | None) -> Settings:
    """What one end is. Raises SettingsError."""
    from entrepot.config import FILE, SQLITE, load  # noqa: PLC0415 - keeps --help quick

    if end.startswith(("postgresql://", "postgres://")):
        return load(None, index=without_password(end), blobs=blobs)
    if Path(end).is_file():
        return load(Path(end), file_first=True, blobs=blobs)
    return load(None, data=Path(end), index=SQLITE, blobs=blobs or FILE)


async def _moved(source: Settings, target: Settings, shown: _Shown) -> Moved:
    from entrepot.moving.copying import check_source  # noqa: PLC0415 - keeps --help quick
    from entrepot.moving.copying import move as move_all  # noqa: PLC0415
    from entrepot.moving.ends import opened  # noqa: PLC0415

    async with opened(source, fresh=False) as one:
        await check_source(one)
        async with opened(target, fresh=True) as other:
            try:
                return await move_all(one, other, shown, new_id)
            finally:
                shown.done()


async def _undone(source: Settings) -> None:
    from entrepot.moving.copying import undo  # noqa: PLC0415 - keeps --help quick
    from entrepot.moving.ends import opened  # noqa: PLC0415

    async with opened(source, fresh=False) as end:
        await undo(end)


class _Shown:
    """Progress: events in JSON, a line that is written anew on a terminal, a line now and then elsewhere."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._is_terminal = sys.stderr.isatty()
        self._told = 0.0

    def __call__(self, event: dict[str, Any]) -> None:
        if self._as_json:
            dumped_line(event)
        elif self._is_terminal:
            sys.stderr.write(f"\r\033[K{_line(event)}")
            sys.stderr.flush()
        elif event["seconds"] >= self._told + _LINE_SECONDS:
            self._told = event["seconds"]
            echo(_line(event), err=True)

    def done(self) -> None:
        """Take the line away."""
        if self._is_terminal and not self._as_json:
            sys.stderr.write("\r\033[K")


def _line(event: dict[str, Any]) -> str:
    rate = event["bytes_per_second"] / 1e6
    left = event["seconds_left"]
    return (
        f"{event['what']}: {event['rows']} of {event['of_rows']} rows,"
        f" {event['bytes'] / 1e6:.1f} of {event['of_bytes'] / 1e6:.1f} MB, {rate:.1f} MB/s,"
        f" {'?' if left is None else _span(left)} left"
    )


def _span(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}"
