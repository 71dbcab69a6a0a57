"""Policies of sub-users: listed, shown, written and deleted. What is wrong with a text is told beside the text.

Changes are the admin's, as they are on the command line; an account's own key looks on.
"""

from __future__ import annotations

from typing import Any, Final

from entrepot.admin import accounts as owners
from entrepot.admin import policies
from entrepot.admin.api.table import Field
from entrepot.console.page import BASE, Asked, Go, Page, Reply, Show, Who
from entrepot.console.pages.people.accounts import ACCOUNT_FIELD, PAGE, refused, seen_account
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Transaction
from entrepot.core.rules.users import delete_policy

_ACCOUNTS_SHOWN: Final = 500
TEXT: Final = Field(name="text", kind="string", about="The policy's text.", needed=True)
_LANGUAGE: Final = Field(name="language", kind="string", about="By default what the text says.", choices=("cam", "ram"))


def _path_of(account: int, name: str) -> str:
    return f"{BASE}/policies/{account}/{name}"


async def show(asked: Asked) -> Reply:
    """All of them for the admin, those of its account for an account's own key; by account and name."""
    account, given = asked.account, asked.given
    after = (given["after_account"], given.get("after", "")) if "after_account" in given else None
    rows, following = await asked.services.index.scan(lambda reader: policies.page(reader, account, after, PAGE))
    return Show(values={"rows": rows, "next": following}, part="pages/policies/policies_rows.html")


async def show_new(asked: Asked) -> Reply:
    """The form for another one."""
    return Show(values=await _blank(asked))


async def _blank(asked: Asked) -> dict[str, Any]:
    known = await asked.services.index.scan(lambda reader: [one.id for one in reader.accounts()[:_ACCOUNTS_SHOWN]])
    given = asked.given
    typed = {name: given.get(name, "") for name in ("account", "name", "text", "language")}
    return {"accounts": known, "typed": typed, "fault": None}


async def show_one(asked: Asked) -> Reply:
    """A policy with its text, what in it matches nothing here, and who has it."""
    return Show(values=await _values(asked))


async def _values(asked: Asked) -> dict[str, Any]:
    account, name = seen_account(asked), asked.given["policy"]
    found = await asked.services.index.scan(lambda reader: policies.details(reader, account, name))
    return {"policy": found, "typed": {"text": found["text"], "language": found["language"]}, "fault": None}


async def create(asked: Asked) -> Reply:
    """Store another policy."""
    given = asked.given
    try:
        await _store(asked, given["account"], given["name"], replace=False)
    except Fault as fault:
        return refused(_plainly(fault), await _blank(asked))
    return Go(path=_path_of(given["account"], given["name"]))


async def change(asked: Asked) -> Reply:
    """Give a policy another text, for all its users from the next request on."""
    account, name = seen_account(asked), asked.given["policy"]
    values = await _values(asked)
    try:
        await _store(asked, account, name, replace=True)
    except Fault as fault:
        typed = {"text": asked.given["text"], "language": asked.given.get("language", "")}
        return refused(fault, values | {"typed": typed})
    return Go(path=_path_of(account, name))


async def _store(asked: Asked, account: int, name: str, *, replace: bool) -> None:
    services, given = asked.services, asked.given
    text = given["text"].replace("\r\n", "\n")  # as browsers write the ends of lines in a form

    def store(tx: Transaction) -> None:
        owner = owners.meant(tx, account)
        policies.create(tx, services.clock(), owner, name, text, given.get("language"), replace=replace)

    await services.index.write(store)


def _plainly(fault: Fault) -> Fault:
    """Without a word of the command line's options."""
    if fault.kind is not Kind.OBJECT_EXISTS:
        return fault
    return Fault(fault.kind, "there is a policy of this name already; change it on its own page")


async def delete(asked: Asked) -> Reply:
    """Remove a policy that nobody has."""
    account, name = seen_account(asked), asked.given["policy"]
    values = await _values(asked)
    try:
        await asked.services.index.write(lambda tx: delete_policy(tx, account, name))
    except Fault as fault:
        return refused(fault, values)
    return Go(path=f"{BASE}/policies")


_ONE: Final = "/policies/{account}/{policy}"
PAGES: Final = (
    Page(
        name="policies", path="/policies", handler=show, who=Who.OWNER, title="policies.title", nav=60,
        template="pages/policies/policies.html",
        query=(
            Field(name="after_account", kind="integer", about="Go on after this account …", least=0),
            Field(name="after", kind="string", about="… and name.", longest=64),
        ),
    ),
    Page(
        name="new-policy", path="/policies/new", handler=show_new, who=Who.ADMIN, title="policies.new",
        template="pages/policies/policy_new.html",
        query=(Field(name="text", kind="string", about="A text to begin with."),),
    ),
    Page(
        name="create-policy", path="/policies/new", method="POST", handler=create, who=Who.ADMIN,
        title="policies.new", template="pages/policies/policy_new.html", noted=("account", "name"),
        form=(
            ACCOUNT_FIELD, Field(name="name", kind="string", about="Its name.", needed=True, longest=64), TEXT,
            _LANGUAGE,
        ),
    ),
    Page(
        name="policy", path=_ONE, handler=show_one, who=Who.OWNER, title="policies.one",
        template="pages/policies/policy.html",
    ),
    Page(
        name="change-policy", path=_ONE, method="POST", handler=change, who=Who.ADMIN, title="policies.one",
        template="pages/policies/policy.html", form=(TEXT, _LANGUAGE), noted=("account", "policy"),
    ),
    Page(
        name="delete-policy", path=f"{_ONE}/delete", method="POST", handler=delete, who=Who.ADMIN,
        title="policies.one", template="pages/policies/policy.html", noted=("account", "policy"),
    ),
)  # fmt: skip
