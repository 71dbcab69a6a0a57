"""The command line: parsing and printing only; the work is done by the modules it calls."""

from __future__ import annotations

from typing import Annotated

import typer

from entrepot import __version__
from entrepot.cli import checks, grants, manage, minting, policies, serving, signing, users, voice

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
app.add_typer(users.user, name="user")
app.add_typer(policies.policy, name="policy")
app.add_typer(voice.voice, name="voice")
app.add_typer(grants.grants, name="grants")
app.add_typer(grants.audit, name="audit")
app.add_typer(minting.mint, name="mint")
