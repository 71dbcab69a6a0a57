"""``entrepot completion``: scripts that complete command lines, made by shtab of the parsers that answer."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Annotated, Any, Literal

from entrepot.cli.arguments import Argument, Exit, choices_of, complain, echo


def completion(
    shell: Annotated[Literal["bash", "zsh", "fish"], Argument(help="bash, zsh or fish.", metavar="SHELL")],
) -> None:
    """Print what completes this command's lines in a shell: bash, zsh, fish.

    For bash: eval "$(entrepot completion bash)" in ~/.bashrc. For zsh: entrepot completion zsh > _entrepot, in a folder
    of $fpath. For fish: entrepot completion fish > ~/.config/fish/completions/entrepot.fish
    """
    try:
        import shtab  # noqa: PLC0415 - only this command needs it
    except ModuleNotFoundError as error:
        complain("shtab is not installed; run: pip install shtab")
        raise Exit(1) from error
    from entrepot.cli.whole import whole  # noqa: PLC0415

    parser = whole()
    _tell(parser, shtab.FILE)
    echo(shtab.complete(parser, shell=shell).rstrip())


def _tell(parser: argparse.ArgumentParser, files: Any) -> None:
    """Say of each argument what may be completed: its choices, or files."""
    for action in parser._actions:  # noqa: SLF001 - as shtab reads them
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for inner in dict.fromkeys(action.choices.values()):
                _tell(inner, files)
            continue
        kind = getattr(action.type, "kind", None)
        if choices_of(kind):
            action.choices = choices_of(kind)
        elif kind is Path:
            action.complete = files  # type: ignore[attr-defined]
