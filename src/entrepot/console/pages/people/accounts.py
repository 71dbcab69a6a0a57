"""Accounts, and of each its own keys and its sub-users. The admin makes and removes; an account's own key looks on.

No key can do to identities here what it cannot do elsewhere: to make users and keys is the operator's.
"""

from __future__ import annotations

from typing import Any, Final

from entrepot.admin import accounts, keys, users
from entrepot.admin.api.table import Field
from entrepot.console.page import BASE, Asked, Go, Page, Reply, Show, Who
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader

PAGE: Final = 100
KEYS_MAX: Final = 500
"""How many keys of one holder are shown."""
ACCOUNT_FIELD: Final = Field(name="account", kind="integer", about="The account (appid).", needed=True, least=0)
TEMPLATE: Final = "pages/people/account.html"


def path_of(account: int) -> str:
    """Where the page of an account is."""
    return f"{BASE}/accounts/{account}"


def seen_account(asked: Asked) -> int:
    """The account of the path, which whoever asks may look at. Raises Fault OBJECT_MISSING."""
    text = str(asked.given["account"])
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1
    if asked.account not in (None, number):
        raise Fault(Kind.OBJECT_MISSING, f"there is no account {text[:40]!r} that this key may see")
    return number


def refused(fault: Fault, values: dict[str, Any]) -> Show:
    """The page again, with what was wrong. What the server could not do is no fault of a form's."""
    if fault.kind in {Kind.STORAGE_FAILED, Kind.STORAGE_FULL, Kind.INTERNAL}:
        raise fault
    return Show(values=values | {"fault": fault}, status=400, fault=fault)


async def show(asked: Asked) -> Reply:
    """All accounts for the admin, by number; any other key is led to its own."""
    if asked.account is not None:
        return Go(path=path_of(asked.account))
    return Show(values=await _listed(asked, asked.given.get("after")) | {"fault": None})


async def _listed(asked: Asked, after: int | None) -> dict[str, Any]:
    def look_up(reader: Reader) -> dict[str, Any]:
        found = [one for one in reader.accounts() if after is None or one.id > after]
        rows = [accounts.row(one) for one in found[:PAGE]]
        return {"rows": rows, "next": found[PAGE - 1].id if len(found) > PAGE else None}

    return await asked.services.index.scan(look_up)


async def show_one(asked: Asked) -> Reply:
    """An account with its own keys and a page of its users."""
    values = await values_of(asked, seen_account(asked), asked.given.get("after"))
    return Show(values=values, part="pages/people/account_users.html")


async def values_of(asked: Asked, account: int, after: str | None = None) -> dict[str, Any]:
    """What the page of an account shows. Raises Fault OBJECT_MISSING."""

    def look_up(reader: Reader) -> dict[str, Any]:
        found, of_account = accounts.meant(reader, account), reader.keys(account)
        own = [keys.row(key) for key in of_account if key.user is None][:KEYS_MAX]
        rows, following = users.page(reader, account, after, PAGE)
        return {"account": accounts.row(found), "keys": own, "users": rows, "next": following, "fault": None}

    return await asked.services.index.scan(look_up)


async def create(asked: Asked) -> Reply:
    """Make an account."""
    given, services = asked.given, asked.services
    try:
        made = await services.index.write(
            lambda tx: accounts.create(tx, services.clock(), given.get("appid"), given.get("user_id"))
        )
    except Fault as fault:
        return refused(fault, await _listed(asked, None))
    return Go(path=path_of(made.id), facts={"made": str(made.id)})


async def delete(asked: Asked) -> Reply:
    """Remove an account that has neither keys nor buckets."""
    account = asked.given["account"]
    try:
        await asked.services.index.write(lambda tx: accounts.delete(tx, account))
    except Fault as fault:
        return refused(fault, await _listed(asked, None))
    return Go(path=f"{BASE}/accounts")


PAGES: Final = (
    Page(
        name="accounts", path="/accounts", handler=show, who=Who.OWNER, title="accounts.title", nav=50,
        template="pages/people/accounts.html",
        query=(Field(name="after", kind="integer", about="Go on after this number.", least=0),),
    ),
    Page(
        name="account", path="/accounts/{account}", handler=show_one, who=Who.OWNER, title="accounts.one",
        template=TEMPLATE, query=(Field(name="after", kind="string", about="Go on after this user.", longest=64),),
    ),
    Page(
        name="create-account", path="/accounts", method="POST", handler=create, who=Who.ADMIN, title="accounts.title",
        template="pages/people/accounts.html", noted=("appid",),
        form=(
            Field(name="appid", kind="integer", about="A chosen appid.", least=0),
            Field(name="user_id", kind="string", about="A chosen user id.", longest=128),
        ),
    ),
    Page(
        name="delete-account", path="/accounts/delete", method="POST", handler=delete, who=Who.ADMIN,
        title="accounts.title", template="pages/people/accounts.html", form=(ACCOUNT_FIELD,), noted=("account",),
    ),
)  # fmt: skip
