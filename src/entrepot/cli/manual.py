"""``entrepot man``: the manual page, made of the parsers that answer. Source of its form: man-pages(7)."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from inspect import getdoc
from textwrap import wrap

from entrepot import __version__
from entrepot.cli.arguments import Group, echo, parser_of

_LINE = 70
_LAWS = (
    ("ENVIRONMENT", (
        ("ENTREPOT_NAME", "A setting: ENTREPOT_DATA, ENTREPOT_ADMIN_KEY_FILE. They win over the settings file."),
        ("COLUMNS", "How wide tables may be; what is piped is not cut without it."),
        ("NO_COLOR, FORCE_COLOR", "Never, or always, colours."),
    )),
    ("FILES", (
        ("entrepot.toml", "Settings, in the working directory."),
        ("data/", "The data folder: index, bytes, keys, audit log."),
    )),
    ("EXIT STATUS", (
        ("0", "All went well."),
        ("1", "It was refused, or damage was found."),
        ("2", "The command line or the settings cannot be."),
        ("130", "It was interrupted."),
    )),
)  # fmt: skip


def man() -> None:
    """Print the manual page; `entrepot man | man -l -` shows it."""
    echo(page())


def page() -> str:
    """The manual page."""
    from entrepot.cli import ABOUT  # noqa: PLC0415 - which imports this module's neighbours
    from entrepot.cli.whole import every  # noqa: PLC0415

    lines = [
        f'.TH ENTREPOT 1 "" "entrepot {__version__}" "User Commands"',
        ".SH NAME",
        r"entrepot \- an object store that speaks the clouds' upload APIs",
        ".SH SYNOPSIS",
        r".B entrepot",
        r".I COMMAND",
        r"[\fIoptions\fR]",
        ".SH DESCRIPTION",
        _plain(ABOUT),
        ".PP",
        _plain("Commands work on a data folder (--data), also beside the server that runs on it."),
        ".SH COMMANDS",
    ]
    for words, command in every():
        if isinstance(command, Group):
            lines += [f".SS {_quoted(f'entrepot {words[0]}')}", _plain(command.help)]
        else:
            lines += _command(" ".join(("entrepot", *words)), command)
    for title, rows in _LAWS:
        lines.append(f".SH {_quoted(title)}")
        for name, about in rows:
            lines += [".TP", _bold(name), _plain(about)]
    lines += [".SH SEE ALSO", _plain("The documents: README.md and docs/, of the same version.")]
    return "\n".join(lines)


def _command(program: str, function: Callable[..., None]) -> Iterator[str]:
    parser = parser_of(program, function)
    yield f".SS {_quoted(program)}"
    for number, paragraph in enumerate((getdoc(function) or "").split("\n\n")):
        if number:
            yield ".PP"
        yield _plain(" ".join(paragraph.split()))
    for action in parser._actions:  # noqa: SLF001 - argparse has no other way to ask
        if isinstance(action, argparse._HelpAction):  # noqa: SLF001
            continue
        yield ".TP"
        yield _head(action)
        about = (action.help or "").replace("%%", "%")
        yield _plain(f"{about} Needed." if action.required and action.option_strings else about or "As it says.")


def _head(action: argparse.Action) -> str:
    shown = str(action.metavar or action.dest)
    if not action.option_strings:
        return rf"\fI{_escaped(shown)}\fR" + (" ..." if action.nargs == "*" else "")
    names = ", ".join(rf"\fB{_escaped(name)}\fR" for name in action.option_strings)
    return names if action.nargs == 0 else rf"{names} \fI{_escaped(shown)}\fR"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\e").replace("-", r"\-").replace("…", "...").replace("'", r"\(aq").replace("`", r"\(ga")


def _plain(text: str) -> str:
    """A text in short lines; one that begins like a request of roff is none."""
    lines = map(_escaped, wrap(text, _LINE, break_long_words=False, break_on_hyphens=False))
    return "\n".join(rf"\&{line}" if line.startswith((".", "'")) else line for line in lines)


def _bold(text: str) -> str:
    return rf"\fB{_escaped(text)}\fR"


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'
