"""What a command may be given, read from its annotations, and what is said of what cannot be.

Knows no command. On the standard library alone, because loading a library for this took longer than most commands.
A function's parameters are its arguments; those annotated with an :class:`Option` are options. Their types say what a
text may be: ``int``, ``float``, ``Path``, an ``Enum`` or ``Literal`` (choices), ``bool`` (a flag), ``list`` (repeated).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from inspect import Parameter, getdoc, signature
from pathlib import Path
from types import NoneType
from typing import Any, Literal, NoReturn, TypeVar, get_args, get_origin, get_type_hints

from entrepot.cli.terminal import coloured, harmless

F = TypeVar("F", bound=Callable[..., None])
MISUSED = 2
"""The exit status of a command that was given what it cannot take."""


class Exit(SystemExit):
    """The command ends here, with this status."""


@dataclass(frozen=True, slots=True, init=False)
class Option:
    """An option: its names (default: the parameter's), what it is, and the least and greatest of a number.

    A name such as ``--tls/--no-tls`` is a flag and its opposite.
    """

    names: tuple[str, ...]
    help: str
    min: float | None
    max: float | None

    def __init__(self, *names: str, help: str = "", min: float | None = None, max: float | None = None) -> None:  # noqa: A002 - argparse's words
        for name, value in (("names", names), ("help", help), ("min", min), ("max", max)):
            object.__setattr__(self, name, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """What is said of an argument."""

    help: str = ""
    metavar: str | None = None


class Group:
    """Commands under one name."""

    def __init__(self, *, help: str) -> None:  # noqa: A002 - argparse's word
        self.help = help
        self.commands: dict[str, Callable[..., None]] = {}

    def command(self, name: str) -> Callable[[F], F]:
        """A decorator that makes a function a command."""

        def keep(function: F) -> F:
            self.commands[name] = function
            return function

        return keep


def echo(text: str, *, err: bool = False) -> None:
    """Print a line, at once, in which nothing speaks to the terminal.

    Raises Exit where whoever read the output has seen enough.
    """
    stream = sys.stderr if err else sys.stdout
    try:
        stream.write(harmless(text) + "\n")
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if not err:
            raise Exit(1) from None


def complain(message: str, program: str = "entrepot") -> None:
    """Say on standard error what is wrong."""
    echo(f"{coloured(f'{program}:', 'red', sys.stderr)} {message}", err=True)


def misused(program: str, message: str) -> NoReturn:
    """Say what was wrong, and end."""
    complain(f"{message}\n{program} --help tells more", program)
    raise Exit(MISUSED)


def choose(program: str, about: str, commands: Mapping[str, str], given: Sequence[str]) -> str:
    """The command that the first argument names. Without one, or with ``--help``, what there is is listed."""
    if not given or given[0] in {"--help", "-h"}:
        width = max(map(len, commands))
        lines = "\n".join(f"  {name:<{width}}  {summary}" for name, summary in commands.items())
        echo(f"usage: {program} COMMAND ...\n\n{about}\n\ncommands:\n{lines}\n\n{program} COMMAND --help tells more")
        raise Exit(0 if given else MISUSED)
    if given[0] not in commands:
        from difflib import get_close_matches  # noqa: PLC0415 - for those who mistype

        close = get_close_matches(given[0], commands, 1)
        misused(program, f"no command {given[0][:100]!r}" + (f". Did you mean {close[0]!r}?" if close else ""))
    return given[0]


def run(program: str, command: Group | Callable[..., None], given: Sequence[str]) -> None:
    """Run a command, or the one of a group that is named, with what it is given."""
    if isinstance(command, Group):
        summaries = {name: summary_of(function) for name, function in command.commands.items()}
        name = choose(program, command.help, summaries, given)
        run(f"{program} {name}", command.commands[name], given[1:])
        return
    parser = parser_of(program, command)
    # What is intermixed is read twice, and the second time without the two dashes that end the options.
    parse = parser.parse_args if "--" in given else parser.parse_intermixed_args
    read = vars(parse(list(given)))
    read = {name: None if value == [] else value for name, value in read.items()}
    positional = [read.pop(name) for name, one in signature(command).parameters.items() if one.kind is not _NAMED]
    command(*positional, **read)


def summary_of(function: Callable[..., None]) -> str:
    """The first sentences of what is said of a command."""
    return " ".join((getdoc(function) or "").partition("\n\n")[0].split())


_NAMED = Parameter.KEYWORD_ONLY


class Parser(argparse.ArgumentParser):
    """Ends with what was wrong, as all commands do."""

    def error(self, message: str) -> NoReturn:
        """End with what was wrong, and for an option that is not there with the one that was meant."""
        misused(self.prog, message + self._meant(message))

    def _meant(self, message: str) -> str:
        given = [word.partition("=")[0] for word in message.split() if word.startswith("--")]
        if "unrecognized arguments" not in message or not given:
            return ""
        from difflib import get_close_matches  # noqa: PLC0415 - for those who mistype

        known = [name for action in self._actions for name in action.option_strings]
        close = get_close_matches(given[0], known, 1)
        return f". Did you mean {close[0]}?" if close else ""


def parser_of(program: str, function: Callable[..., None]) -> argparse.ArgumentParser:
    """What reads the arguments of a command."""
    parser = Parser(prog=program, description=getdoc(function), allow_abbrev=False)
    fill(parser, function)
    return parser


def fill(parser: argparse.ArgumentParser, function: Callable[..., None]) -> None:
    """Have a parser read the arguments of a command."""
    hints = get_type_hints(function, include_extras=True)
    for name, parameter in signature(function).parameters.items():
        kind, said = _unwrapped(hints[name])
        default = parameter.default
        if isinstance(said, Option):
            _add_option(parser, name, kind, said, default)
        else:
            told = said or Argument()
            kept: dict[str, Any] = {} if default is Parameter.empty else {"default": default, "nargs": "?"}
            if get_origin(kind) is list:
                kind, kept = get_args(kind)[0], {"default": default, "nargs": "*"}
            shown = told.metavar or name.upper()
            parser.add_argument(name, metavar=shown, help=literally(told.help), type=_reader(kind, None), **kept)


def _unwrapped(hint: Any) -> tuple[Any, Option | Argument | None]:
    """The type of a parameter, None aside, and what is said of it."""
    said = next((one for one in getattr(hint, "__metadata__", ()) if isinstance(one, Option | Argument)), None)
    kind = hint.__origin__ if said is not None else hint
    parts = [part for part in get_args(kind) if part is not NoneType]
    return (parts[0] if NoneType in get_args(kind) else kind), said


def _add_option(parser: argparse.ArgumentParser, name: str, kind: Any, said: Option, default: Any) -> None:
    names = said.names or (f"--{name.replace('_', '-')}",)
    needed = default is Parameter.empty
    settings: dict[str, Any] = {"dest": name, "default": None if needed else default, "help": literally(said.help)}
    if kind is bool:
        positive, _, negative = names[0].partition("/")
        parser.add_argument(positive, *names[1:], action="store_true", **settings)
        if negative:
            parser.add_argument(negative, action="store_false", dest=name, default=default, help="The opposite.")
        return
    if get_origin(kind) is list:
        kind, settings["action"] = get_args(kind)[0], "append"
    settings["metavar"] = "|".join(choices_of(kind)) or {int: "NUMBER", float: "NUMBER", Path: "PATH"}.get(kind, "TEXT")
    if default not in {None, "", Parameter.empty}:
        settings["help"] += f" (default: {literally(str(default))})"
    parser.add_argument(*names, required=needed, type=_reader(kind, said), **settings)


def choices_of(kind: Any) -> tuple[str, ...]:
    """What a text may be where only some may."""
    if get_origin(kind) is Literal:
        return get_args(kind)
    return tuple(str(one.value) for one in kind) if isinstance(kind, type) and issubclass(kind, Enum) else ()


def _reader(kind: Any, said: Option | None) -> Callable[[str], Any]:
    """What makes a value of a text. Raises ArgumentTypeError."""
    choices = choices_of(kind)

    def read(text: str) -> Any:
        if choices:
            if text not in choices:
                raise argparse.ArgumentTypeError(f"{text[:100]!r} is not one of {', '.join(choices)}")
            return text if get_origin(kind) is Literal else kind(text)
        try:
            value = kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text[:100]!r} is not a number") from None
        if said is not None and not _within(value, said):
            raise argparse.ArgumentTypeError(f"{text[:100]} is not in the range {said.min} to {said.max}")
        return value

    read.kind = kind  # type: ignore[attr-defined]  # whoever completes command lines asks for it
    return read


def _within(value: Any, said: Option) -> bool:
    return (said.min is None or value >= said.min) and (said.max is None or value <= said.max)


def literally(text: str) -> str:
    """A text in which argparse finds nothing to fill in."""
    return text.replace("%", "%%")
