"""``entrepot user``: sub-users of an account, beside a running server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from entrepot.admin import accounts, users
from entrepot.cli.arguments import Group, Option, echo
from entrepot.cli.folder import AccountOption, Data, Json, asked, change, opened, show, show_one
from entrepot.core.ports import Reader, Transaction
from entrepot.core.rights.identity import User
from entrepot.core.rules.users import attach, delete, detach

user = Group(help="Sub-users: keys that may do what policies say.")


@user.command("create")
def user_create(
    name: str,
    *,
    account: AccountOption = None,
    user_id: Annotated[str | None, Option(help="A chosen number (default: random).")] = None,
    policy: Annotated[list[str] | None, Option("--policy", help="A policy to attach.")] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Make a user, who may do nothing until a policy is attached. Keys: entrepot key create --user."""

    def create(tx: Transaction) -> dict[str, Any]:
        made = users.create(tx, folder.clock(), accounts.meant(tx, account).id, name, user_id, policy or ())
        return users.row(tx, made)

    with opened(data) as (folder, _):
        show_one(change(folder, create), as_json=json)


@user.command("list")
def user_list(*, account: AccountOption = None, data: Data = None, json: Json = False) -> None:
    """List users."""
    show(asked(data, lambda reader: users.rows(reader, account)), as_json=json)


@user.command("show")
def user_show(name: str, *, account: AccountOption = None, data: Data = None, json: Json = False) -> None:
    """Show a user with its policies and keys."""

    def question(reader: Reader) -> dict[str, Any]:
        return users.details(reader, accounts.meant(reader, account).id, name)

    show_one(asked(data, question), as_json=json)


@user.command("delete")
def user_delete(name: str, *, account: AccountOption = None, data: Data = None) -> None:
    """Delete a user that has no keys."""
    with opened(data) as (folder, _):
        change(folder, lambda tx: delete(tx, accounts.meant(tx, account).id, name))
        echo(f"deleted user {name}")


@user.command("attach")
def user_attach(
    name: str, policy: str, *, account: AccountOption = None, data: Data = None, json: Json = False
) -> None:
    """Give a user a policy; it holds for all its keys from the next request on."""
    _change_policies(attach, account, name, policy, data, json)


@user.command("detach")
def user_detach(
    name: str, policy: str, *, account: AccountOption = None, data: Data = None, json: Json = False
) -> None:
    """Take a policy from a user. What it minted before stays: entrepot grants revoke."""
    _change_policies(detach, account, name, policy, data, json)


def _change_policies(
    rule: Callable[[Transaction, int, str, str], User],
    account: int | None,
    name: str,
    policy: str,
    data: Path | None,
    json: bool,
) -> None:
    def apply(tx: Transaction) -> dict[str, Any]:
        return users.row(tx, rule(tx, accounts.meant(tx, account).id, name, policy))

    with opened(data) as (folder, _):
        show_one(change(folder, apply), as_json=json)
