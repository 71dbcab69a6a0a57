"""``entrepot clock``: the clock of a server in dev mode, turned from the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from entrepot.admin.api.dev_testing import moment_of, shown, span_of
from entrepot.cli.arguments import Argument, Exit, Group, Option, complain
from entrepot.cli.folder import Data, Json, failing, show_one
from entrepot.virtual_clock import Reading, VirtualClock

clock = Group(help="The clock of a server in dev mode: stopped, set, moved; expiries, skews and rules follow.")

Follow = Annotated[
    bool | None,
    Option(
        "--clients-follow/--clients-stay",
        help="Whether requests that clients sign in headers, by the real clock, count as signed by this one.",
    ),
]


@clock.command("show")
def clock_show(*, data: Data = None, json: Json = False) -> None:
    """Show what it tells."""
    _turn(data, json, VirtualClock.read)


@clock.command("stop")
def clock_stop(*, data: Data = None, json: Json = False) -> None:
    """Let it stand still."""
    _turn(data, json, lambda one: one.turn(stopped=True))


@clock.command("go")
def clock_go(*, data: Data = None, json: Json = False) -> None:
    """Let it go on from where it stands."""
    _turn(data, json, lambda one: one.turn(stopped=False))


@clock.command("set")
def clock_set(
    moment: Annotated[str, Argument(help="2030-01-31T12:00:00Z, or seconds since 1970.")],
    *,
    follow: Follow = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Set it to a moment. `entrepot sweep` then does at once what lifecycle rules ask for."""
    _turn(data, json, lambda one: one.turn(at=moment_of(moment), clients_follow=follow))


@clock.command("move")
def clock_move(
    span: Annotated[str, Argument(help="90s, 15m, 12h, 30d, 2w; --back for back.")],
    *,
    back: Annotated[bool, Option("--back", help="Move it back.")] = False,
    follow: Follow = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Move it on by so much. `entrepot sweep` then does at once what lifecycle rules ask for."""
    _turn(data, json, lambda one: one.turn(by=span_of(f"-{span}" if back else span), clients_follow=follow))


@clock.command("reset")
def clock_reset(*, data: Data = None, json: Json = False) -> None:
    """Show the real time again, and go."""
    _turn(data, json, VirtualClock.reset)


def _turn(data: Path | None, as_json: bool, turn: Callable[[VirtualClock], Reading]) -> None:
    from entrepot.config import load  # noqa: PLC0415 - keeps --help quick

    with failing():
        from entrepot.folder import clock_of  # noqa: PLC0415 - keeps --help quick

        settings = load(None, data=data)
        found = clock_of(settings.data)
        if not isinstance(found, VirtualClock):
            complain(f"{settings.data} has no clock to turn; only a server with --dev makes one")
            raise Exit(1)
        try:
            told: dict[str, Any] = shown(turn(found))
        finally:
            found.close()
        # The time in seconds is for programs.
        show_one(told if as_json else {name: told[name] for name in told if name != "seconds"}, as_json=as_json)
