"""``entrepot key``; it works beside a running server."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from entrepot.admin import accounts, keys
from entrepot.cli.folder import BY, AccountOption, Data, Json, ask, change, opened, show, show_one
from entrepot.clock_and_chance import now
from entrepot.core.ports import Transaction
from entrepot.core.rights.identity import Key

key = typer.Typer(help="Keys: credentials of an account.", no_args_is_help=True)


@key.command("create")
def key_create(
    *,
    account: AccountOption = None,
    key_id: Annotated[
        str | None,
        typer.Option(
            "--id", help="A chosen key id, to import a key; its secret is read from --secret-file.", show_default=False
        ),
    ] = None,
    secret_file: Annotated[
        Path | None, typer.Option(help="File that holds the secret; - reads standard input.", show_default=False)
    ] = None,
    user: Annotated[
        str | None, typer.Option(help="The sub-user whose key it is (default: the account's own).", show_default=False)
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Make a key, random or imported. The secret is shown this once."""
    secret: str | None = None
    if secret_file is not None:
        secret = (sys.stdin.read() if str(secret_file) == "-" else secret_file.read_text()).strip()

    def create(tx: Transaction) -> Key:
        return keys.create(tx, now(), accounts.meant(tx, account).id, key_id, secret, user)

    with opened(data) as (folder, _):
        made = change(folder, create)
        shown = {} if secret is not None else {"secret": made.secret.decode()}
        show_one(keys.row(made) | shown, as_json=json)


@key.command("list")
def key_list(*, account: AccountOption = None, data: Data = None, json: Json = False) -> None:
    """List keys, without their secrets."""
    with opened(data) as (folder, _):
        show(ask(folder, lambda reader: keys.rows(reader, account)), as_json=json)


@key.command("show")
def key_show(key_id: str, *, data: Data = None, json: Json = False) -> None:
    """Show a key, without its secret."""
    with opened(data) as (folder, _):
        show_one(ask(folder, lambda reader: keys.details(reader, key_id)), as_json=json)


@key.command("delete")
def key_delete(key_id: str, *, data: Data = None) -> None:
    """Withdraw a key and all that was minted with it; what they sign is refused from now on."""
    with opened(data) as (folder, _):
        gone = asyncio.run(keys.delete(folder.index, folder.audit, key_id, BY, now()))
        typer.echo(f"deleted key {key_id}" + (f", revoked {gone} rights that were minted with it" if gone else ""))
