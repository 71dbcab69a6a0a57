"""Long-term keys, of an account or of one of its users: made, disabled, enabled and deleted by the admin.

A secret is on the page that answers the making of its key, and nowhere else: not in the log, and on no page again.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from entrepot.admin import keys
from entrepot.admin.api.table import Field
from entrepot.console.page import Asked, Go, Page, Reply, Show, Who
from entrepot.console.pages.people import accounts, users
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader

_KEY: Final = Field(name="key_id", kind="string", about="The id of the key.", needed=True, longest=128)
_USER: Final = Field(name="user", kind="string", about="The user whose key it is.", longest=64)


def _holder(account: int, user: str | None) -> str:
    """The page where the keys of a holder are."""
    return accounts.path_of(account) if user is None else users.path_of(account, user)


async def create(asked: Asked) -> Reply:
    """Make a key, and show its secret this once."""
    account, user, services = accounts.seen_account(asked), asked.given.get("user"), asked.services
    made = await services.index.write(lambda tx: keys.create(tx, services.clock(), account, user=user))
    values = {"key": keys.row(made), "shown": made.secret.decode(), "holder": _holder(account, user)}
    return Show(values=values, facts={"made": made.id})


async def set_enabled(asked: Asked, *, enabled: bool) -> Reply:
    """Take a key out of use, or into use again."""
    services = asked.services
    found = await _found(asked)
    await services.index.write(
        lambda tx: keys.set_enabled(tx, services.clock(), found["id"], enabled=enabled)
    )  # fmt: skip
    return Go(path=_holder(found["account"], found["user"]))


async def delete(asked: Asked) -> Reply:
    """Withdraw a key and all that was minted with it."""
    services = asked.services
    found = await _found(asked)
    await keys.delete(services.index, services.audit, found["id"], asked.by, services.clock())
    return Go(path=_holder(found["account"], found["user"]))


async def _found(asked: Asked) -> dict[str, Any]:
    """The long-term key that a form names, of the account of the path. Raises Fault OBJECT_MISSING."""
    account, key_id = accounts.seen_account(asked), asked.given["key_id"]

    def look_up(reader: Reader) -> dict[str, Any]:
        key = reader.key(key_id)
        if key is None or key.minted is not None or key.account != account:
            raise Fault(Kind.OBJECT_MISSING, f"the account {account} has no long-term key {key_id!r}")
        return keys.row(key)

    return await asked.services.index.scan(look_up)


_KEYS: Final = "/accounts/{account}/keys"
PAGES: Final = (
    Page(
        name="create-key", path=_KEYS, method="POST", handler=create, who=Who.ADMIN, title="keys.made",
        template="pages/people/key_made.html", form=(_USER,), noted=("account", "user"),
    ),
    Page(
        name="disable-key", path=f"{_KEYS}/disable", method="POST", handler=partial(set_enabled, enabled=False),
        who=Who.ADMIN, form=(_KEY,), noted=("account", "key_id"),
    ),
    Page(
        name="enable-key", path=f"{_KEYS}/enable", method="POST", handler=partial(set_enabled, enabled=True),
        who=Who.ADMIN, form=(_KEY,), noted=("account", "key_id"),
    ),
    Page(
        name="delete-key", path=f"{_KEYS}/delete", method="POST", handler=delete, who=Who.ADMIN, form=(_KEY,),
        noted=("account", "key_id"),
    ),
)  # fmt: skip
