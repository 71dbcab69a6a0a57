"""``entrepot account``; it works beside a running server."""

from __future__ import annotations

from typing import Annotated

from entrepot.admin import accounts
from entrepot.cli.arguments import Group, Option, echo
from entrepot.cli.folder import Data, Json, asked, change, opened, show, show_one

account = Group(help="Accounts: owners of keys and buckets.")


@account.command("create")
def account_create(
    *,
    appid: Annotated[int | None, Option(help="A chosen appid (default: random).")] = None,
    user_id: Annotated[str | None, Option(help="A chosen user id of the other clouds (default: random).")] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Make an account."""
    with opened(data, create=True) as (folder, _):
        made = change(folder, lambda tx: accounts.create(tx, folder.clock(), appid, user_id))
        show_one(accounts.row(made), as_json=json)


@account.command("list")
def account_list(*, data: Data = None, json: Json = False) -> None:
    """List accounts."""
    show(asked(data, accounts.rows), as_json=json, without={"keys"})


@account.command("show")
def account_show(appid: int, *, data: Data = None, json: Json = False) -> None:
    """Show an account, its keys and buckets."""
    show_one(asked(data, lambda reader: accounts.details(reader, appid)), as_json=json)


@account.command("delete")
def account_delete(appid: int, *, data: Data = None) -> None:
    """Delete an account that has neither keys nor buckets."""
    with opened(data) as (folder, _):
        change(folder, lambda tx: accounts.delete(tx, appid))
        echo(f"deleted account {appid}")
