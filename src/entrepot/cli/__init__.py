"""The command line: parsing and printing only; the work is done by the modules it calls.

A command's module is imported when the command runs, because importing all of them takes longer than most commands.
"""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from entrepot import __version__

COMMANDS = {
    "serve": ("serving.serve", "Serve until SIGTERM or Ctrl-C, then finish what is under way and stop."),
    "config": ("serving.config", "Print the effective settings as JSON, secrets masked."),
    "sign": (
        "signing.sign",
        "Print a signature of the COS JSON API: for several uses, bound to a path, or for one use.",
    ),
    "fsck": ("checks.fsck", "Check every index row against its bytes; exit 1 and list the damage if there is any."),
    "sweep": (
        "checks.sweep",
        "Apply lifecycle rules and remove what nothing points to: ended uploads, unreferenced blobs, orphaned files.",
    ),
    "account": ("accounts.account", "Accounts: owners of keys and buckets."),
    "key": ("keys.key", "Keys: credentials of an account."),
    "bucket": ("buckets.bucket", "Buckets and their settings."),
    "user": ("users.user", "Sub-users: keys that may do what policies say."),
    "policy": ("policies.policy", "Policies: what sub-users may do, in the clouds' languages."),
    "voice": ("voice.voice", "Voice files: what applications committed, and its review."),
    "grants": ("grants.grants", "The ledger: every minted right, what it did, and its withdrawal."),
    "audit": ("audit.audit", "The audit log: who minted, used, was refused, withdrew."),
    "mint": ("minting.mint", "Mint a right as a cloud's API does; it is in the ledger like every other."),
}
"""By its name: where a command or a group of commands is, and what the list of commands says of it."""


def load(name: str) -> Any:
    """Import a command or a group of commands."""
    module, _, member = COMMANDS[name][0].partition(".")
    found = getattr(import_module(f"entrepot.cli.{module}"), member)
    if not isinstance(found, typer.Typer):
        function, found = found, typer.Typer(add_completion=False)
        found.command(name)(function)
    command = get_command(found)
    command.name = name
    return command


class OnDemand(TyperGroup):
    """Knows of each command what its list says, and imports the one that runs."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = {name: TyperCommand(name, help=text) for name, (_, text) in COMMANDS.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command that the first argument names."""
        name, known, rest = super().resolve_command(ctx, args)
        return name, None if known is None or name is None else load(name), rest


app = typer.Typer(
    name="entrepot",
    cls=OnDemand,
    help="A self-hosted object store and upload-credential service"
    " that speaks Tencent COS, Alibaba OSS, Volcengine TOS and S3.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"entrepot {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    del version
