"""``entrepot key``; it works beside a running server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from entrepot.admin import accounts, keys
from entrepot.cli.arguments import Group, Option, echo
from entrepot.cli.folder import (
    BY,
    AccountOption,
    Data,
    Json,
    asked,
    change,
    failing,
    finished,
    opened,
    show,
    show_one,
    text_given,
)
from entrepot.core.ports import Transaction
from entrepot.core.rights.identity import Key

key = Group(help="Keys: credentials of an account.")


@key.command("create")
def key_create(
    *,
    account: AccountOption = None,
    key_id: Annotated[
        str | None,
        Option("--id", help="A chosen key id, to import a key; its secret is read from --secret-file."),
    ] = None,
    secret_file: Annotated[Path | None, Option(help="File that holds the secret; - reads standard input.")] = None,
    user: Annotated[str | None, Option(help="The sub-user whose key it is (default: the account's own).")] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Make a key, random or imported. The secret is shown this once."""
    secret: str | None = None
    if secret_file is not None:
        with failing():
            secret = text_given(secret_file).strip()

    def create(tx: Transaction) -> Key:
        return keys.create(tx, folder.clock(), accounts.meant(tx, account).id, key_id, secret, user)

    with opened(data) as (folder, _):
        made = change(folder, create)
        shown = {} if secret is not None else {"secret": made.secret.decode()}
        show_one(keys.row(made) | shown, as_json=json)


@key.command("list")
def key_list(*, account: AccountOption = None, data: Data = None, json: Json = False) -> None:
    """List keys, without their secrets."""
    show(asked(data, lambda reader: keys.rows(reader, account)), as_json=json)


@key.command("show")
def key_show(key_id: str, *, data: Data = None, json: Json = False) -> None:
    """Show a key, without its secret."""
    show_one(asked(data, lambda reader: keys.details(reader, key_id)), as_json=json)


@key.command("disable")
def key_disable(key_id: str, *, data: Data = None, json: Json = False) -> None:
    """Take a key out of use, until it is enabled again. What was minted with it holds: entrepot grants revoke."""
    _set_enabled(key_id, data, json, enabled=False)


@key.command("enable")
def key_enable(key_id: str, *, data: Data = None, json: Json = False) -> None:
    """Take a key into use again."""
    _set_enabled(key_id, data, json, enabled=True)


def _set_enabled(key_id: str, data: Path | None, json: bool, *, enabled: bool) -> None:
    with opened(data) as (folder, _):
        made = change(folder, lambda tx: keys.set_enabled(tx, folder.clock(), key_id, enabled=enabled))
        show_one(keys.row(made), as_json=json)


@key.command("delete")
def key_delete(key_id: str, *, data: Data = None) -> None:
    """Withdraw a key and all that was minted with it; what they sign is refused from now on."""
    with opened(data) as (folder, _):
        gone = finished(keys.delete(folder.index, folder.audit, key_id, BY, folder.clock()))
        echo(f"deleted key {key_id}" + (f", revoked {gone} rights that were minted with it" if gone else ""))
