"""All commands as one parser: what the manual page and the completions of shells are made of.

It is built of the same functions that answer, and reads nothing itself: a command line goes to the parser of its one
command, because importing all of them takes longer than most commands.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from inspect import getdoc
from typing import Any

from entrepot.cli import ABOUT, COMMANDS, load
from entrepot.cli.arguments import Group, Parser, fill, literally, summary_of

Command = Callable[..., None]


def every() -> Iterator[tuple[tuple[str, ...], Group | Command]]:
    """All commands and groups by their words, each group before its commands."""
    for name in COMMANDS:
        command = load(name)
        yield (name,), command
        if isinstance(command, Group):
            yield from (((name, sub), function) for sub, function in command.commands.items())


def whole() -> argparse.ArgumentParser:
    """The parser of everything."""
    root = Parser(prog="entrepot", description=ABOUT, allow_abbrev=False)
    root.add_argument("--version", action="store_true", help="Print the version.")
    places: dict[tuple[str, ...], Any] = {(): root.add_subparsers(dest="command", metavar="COMMAND")}
    for words, command in every():
        about = command.help if isinstance(command, Group) else summary_of(command)
        full = command.help if isinstance(command, Group) else getdoc(command)
        parser = places[words[:-1]].add_parser(
            words[-1], help=literally(about), description=full, allow_abbrev=False, prog=" ".join(("entrepot", *words))
        )
        if isinstance(command, Group):
            places[words] = parser.add_subparsers(dest="subcommand", metavar="COMMAND")
        else:
            fill(parser, command)
    return root
