"""The command line: parsing and printing only; the work is done by the modules it calls."""

from __future__ import annotations

from typing import Annotated

import typer

from entrepot import __version__
from entrepot.cli import checks, manage, serving, signing

app = typer.Typer(
    name="entrepot",
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


app.command("serve")(serving.serve)
app.command("config")(serving.config)
app.command("sign")(signing.sign)
app.command("fsck")(checks.fsck)
app.command("sweep")(checks.sweep)
app.add_typer(manage.account, name="account")
app.add_typer(manage.key, name="key")
app.add_typer(manage.bucket, name="bucket")
