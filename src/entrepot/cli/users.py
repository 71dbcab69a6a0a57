"""``entrepot user``: sub-users of an account, beside a running server."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from entrepot.admin import accounts
from entrepot.cli.folder import Data, Json, ask, change, opened, show
from entrepot.cli.manage import AccountOption, account_of
from entrepot.core.ports import Reader, Transaction
from entrepot.core.rights.identity import User
from entrepot.core.rules import users

user = typer.Typer(help="Sub-users: keys that may do what policies say.", no_args_is_help=True)


def _now() -> float:
    from entrepot.app import now  # noqa: PLC0415 - keeps --help quick

    return now()


def _row(reader: Reader, found: User) -> dict[str, Any]:
    return {
        "name": found.name,
        "account": found.account,
        "user_id": found.user_id,
        "policies": list(found.policies),
        "keys": [key.id for key in users.keys_of(reader, found)],
        "created_at": int(found.created_at),
    }


@user.command("create")
def user_create(
    name: str,
    *,
    account: AccountOption = None,
    user_id: Annotated[str | None, typer.Option(help="A chosen number (default: random).", show_default=False)] = None,
    policy: Annotated[
        list[str] | None, typer.Option("--policy", help="A policy to attach.", show_default=False)
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Make a user, who may do nothing until a policy is attached. Keys: entrepot key create --user."""

    def create(tx: Transaction) -> dict[str, Any]:
        number = account_of(tx, account)
        made = accounts.new_user(tx, _now(), number, name, user_id)
        for each in policy or ():
            made = users.attach(tx, number, name, each)
        return _row(tx, made)

    with opened(data) as (folder, _):
        show([change(folder, create)], as_json=json, one=True)


@user.command("list")
def user_list(*, account: AccountOption = None, data: Data = None, json: Json = False) -> None:
    """List users."""
    with opened(data) as (folder, _):
        found = ask(folder, lambda reader: [_row(reader, one) for one in reader.users(account)])
        show(found, as_json=json)


@user.command("show")
def user_show(name: str, *, account: AccountOption = None, data: Data = None, json: Json = False) -> None:
    """Show a user with its policies and keys."""

    def question(reader: Reader) -> dict[str, Any]:
        return _row(reader, users.existing(reader, account_of(reader, account), name))

    with opened(data) as (folder, _):
        show([ask(folder, question)], as_json=json, one=True)


@user.command("delete")
def user_delete(name: str, *, account: AccountOption = None, data: Data = None) -> None:
    """Delete a user that has no keys."""
    with opened(data) as (folder, _):
        change(folder, lambda tx: users.delete(tx, account_of(tx, account), name))
        typer.echo(f"deleted user {name}")


@user.command("attach")
def user_attach(
    name: str, policy: str, *, account: AccountOption = None, data: Data = None, json: Json = False
) -> None:
    """Give a user a policy; it holds for all its keys from the next request on."""
    with opened(data) as (folder, _):
        row = change(folder, lambda tx: _row(tx, users.attach(tx, account_of(tx, account), name, policy)))
        show([row], as_json=json, one=True)


@user.command("detach")
def user_detach(
    name: str, policy: str, *, account: AccountOption = None, data: Data = None, json: Json = False
) -> None:
    """Take a policy from a user. What it minted before stays: entrepot grants revoke."""
    with opened(data) as (folder, _):
        row = change(folder, lambda tx: _row(tx, users.detach(tx, account_of(tx, account), name, policy)))
        show([row], as_json=json, one=True)
