"""Sub-users of an account: their policies and keys. Changes are the admin's, as they are on the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from entrepot.admin import keys, users
from entrepot.admin.api.table import Field
from entrepot.console.page import Asked, Go, Page, Reply, Show, Who
from entrepot.console.pages.people import accounts
from entrepot.core.fault import Fault
from entrepot.core.ports import Reader, Transaction
from entrepot.core.rules import users as rules

TEMPLATE: Final = "pages/people/user.html"
_POLICIES_SHOWN: Final = 500
_NAME: Final = Field(name="name", kind="string", about="The user's name.", needed=True, longest=64)
_POLICY: Final = Field(name="policy", kind="string", about="The policy's name.", needed=True, longest=64)


def path_of(account: int, name: str) -> str:
    """Where the page of a user is. Names are letters, digits and ``._@-``."""
    return f"{accounts.path_of(account)}/users/{name}"


async def show(asked: Asked) -> Reply:
    """One user."""
    return Show(values=await values_of(asked, accounts.seen_account(asked), asked.given["user"]))


async def values_of(asked: Asked, account: int, name: str) -> dict[str, Any]:
    """What the page of a user shows. Raises Fault OBJECT_MISSING."""

    def look_up(reader: Reader) -> dict[str, Any]:
        user = rules.existing(reader, account, name)
        held = rules.keys_of(reader, user)[: accounts.KEYS_MAX]
        others = [one.name for one in reader.policies(account) if one.name not in user.policies]
        return {
            "user": users.row(reader, user), "keys": [keys.row(key) for key in held],
            "others": others[:_POLICIES_SHOWN], "account": {"appid": account}, "fault": None,
        }  # fmt: skip

    return await asked.services.index.scan(look_up)


async def create(asked: Asked) -> Reply:
    """Make a user, who may do nothing yet."""
    account, name, services = accounts.seen_account(asked), asked.given["name"], asked.services
    try:
        await services.index.write(lambda tx: users.create(tx, services.clock(), account, name))
    except Fault as fault:
        return accounts.refused(fault, await accounts.values_of(asked, account))
    return Go(path=path_of(account, name))


async def delete(asked: Asked) -> Reply:
    """Remove a user without keys."""
    account, name = accounts.seen_account(asked), asked.given["user"]
    reply = await _changed(asked, lambda tx: rules.delete(tx, account, name))
    return reply if isinstance(reply, Show) else Go(path=accounts.path_of(account))


async def attach(asked: Asked) -> Reply:
    """Give a user a policy."""
    account, name, policy = accounts.seen_account(asked), asked.given["user"], asked.given["policy"]
    return await _changed(asked, lambda tx: rules.attach(tx, account, name, policy))


async def detach(asked: Asked) -> Reply:
    """Take a policy from a user."""
    account, name, policy = accounts.seen_account(asked), asked.given["user"], asked.given["policy"]
    return await _changed(asked, lambda tx: rules.detach(tx, account, name, policy))


async def _changed(asked: Asked, change: Callable[[Transaction], object]) -> Reply:
    account, name = accounts.seen_account(asked), asked.given["user"]
    try:
        await asked.services.index.write(change)
    except Fault as fault:
        return accounts.refused(fault, await values_of(asked, account, name))
    return Go(path=path_of(account, name))


_USER: Final = "/accounts/{account}/users/{user}"
PAGES: Final = (
    Page(name="user", path=_USER, handler=show, who=Who.OWNER, title="users.one", template=TEMPLATE),
    Page(
        name="create-user", path="/accounts/{account}/users", method="POST", handler=create, who=Who.ADMIN,
        title="accounts.one", template=accounts.TEMPLATE, form=(_NAME,), noted=("account", "name"),
    ),
    Page(
        name="delete-user", path=f"{_USER}/delete", method="POST", handler=delete, who=Who.ADMIN, title="users.one",
        template=TEMPLATE, noted=("account", "user"),
    ),
    Page(
        name="attach-policy", path=f"{_USER}/attach", method="POST", handler=attach, who=Who.ADMIN, title="users.one",
        template=TEMPLATE, form=(_POLICY,), noted=("account", "user", "policy"),
    ),
    Page(
        name="detach-policy", path=f"{_USER}/detach", method="POST", handler=detach, who=Who.ADMIN, title="users.one",
        template=TEMPLATE, form=(_POLICY,), noted=("account", "user", "policy"),
    ),
)  # fmt: skip
