"""The policy tester: may somebody do something somewhere, and what says so? Nothing of it is done.

And the other way round: the least policy for what a key did, from the ledger and the audit log. Both answer for the
visitor's own account, and to the admin for any.
"""

from __future__ import annotations

import json
from typing import Any, Final

from entrepot.admin import accounts, circumstances, decisions, suggestion
from entrepot.admin.api.table import Field
from entrepot.console.page import Asked, Page, Reply, Show, Who
from entrepot.console.pages.people.accounts import refused
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader
from entrepot.core.rights.identity import Account, Key
from entrepot.dialects.control.policies.languages import SPEECHES

_ACCOUNTS_SHOWN: Final = 500
_ACCOUNT: Final = Field(name="account", kind="integer", about="The account (appid), where there are several.", least=0)
_LANGUAGE: Final = Field(
    name="language", kind="string", about="In whose language policies are told.", choices=tuple(SPEECHES)
)
_QUESTION: Final = (
    Field(
        name="who", kind="string", needed=True, longest=256,
        about="A user, the id of a key or right, `anybody` (unsigned), or `-` (a user without policies).",
    ),
    Field(name="action", kind="string", about="Such as `cos:PutObject`.", needed=True, longest=128),
    Field(name="resource", kind="string", about="BUCKET, BUCKET/KEY, or a cloud's name for it.", longest=2048),
)  # fmt: skip
_AROUND: Final = (
    Field(name="source", kind="string", about="The address that the request comes from.", longest=64),
    Field(name="tls", kind="boolean", about="Whether it comes over TLS."),
    Field(name="at", kind="string", about="When (ISO 8601); now unless given.", longest=40),
    Field(name="content_type", kind="string", about="With this type.", longest=255),
    Field(name="content_length", kind="integer", about="With so many bytes.", least=0),
    Field(name="acl", kind="string", about="Asking for this ACL.", longest=64),
    Field(name="referer", kind="string", about="Linked from there.", longest=2048),
    Field(name="user_agent", kind="string", about="Said to be this client.", longest=512),
    Field(name="prefix", kind="string", about="The prefix of a listing.", longest=1024),
    Field(name="delimiter", kind="string", about="The delimiter of a listing.", longest=16),
    Field(name="max_keys", kind="integer", about="How many a listing wants.", least=0),
)
_TRIED: Final = (
    Field(name="policy", kind="string", about="The text of a policy to try, as if the user had it."),
    Field(name="policy_name", kind="string", about="The stored policy whose place it takes.", longest=64),
)


async def show(asked: Asked) -> Reply:
    """The form, for whom and whatever the address says."""
    return Show(values=await _form(asked))


async def _form(asked: Asked) -> dict[str, Any]:
    known: list[int] = []
    if asked.account is None:
        found = await asked.services.index.scan(lambda reader: reader.accounts()[:_ACCOUNTS_SHOWN])
        known = [one.id for one in found]
    return {
        "accounts": known, "typed": {field.name: asked.given.get(field.name, "") for field in _ALL}, "decision": None,
        "fault": None, "circumstances": [field.name for field in _AROUND if field.name != "tls"],
        "languages_of_policies": list(SPEECHES),
    }  # fmt: skip


_ALL: Final = (_ACCOUNT, *_QUESTION, *_AROUND, _LANGUAGE, *_TRIED)


async def decide(asked: Asked) -> Reply:
    """The answer, above the form as it was filled in."""
    given, now, values = asked.given, asked.services.clock(), await _form(asked)

    def answer(reader: Reader) -> dict[str, Any]:
        owner = _owner(reader, asked)
        tried = []
        if "policy" in given:
            tried = [circumstances.tried(owner, given.get("policy_name", ""), given["policy"], None, now)]
        return decisions.decided(reader, owner, given["who"], circumstances.question_of(given, tried, now))

    try:
        decision = await asked.services.index.scan(answer)
    except Fault as fault:
        return refused(fault, values)
    reasons = list(dict.fromkeys((one["sentence"], one["change"]) for one in decision["reasons"]))
    return Show(values=values | {"decision": decision, "reasons": reasons, "needed": _pretty(decision["needed"])})


def _owner(reader: Reader, asked: Asked) -> Account:
    """The visitor's own account; the admin says which. Raises Fault OBJECT_MISSING, PARAMETER_MISSING."""
    return accounts.meant(reader, asked.given.get("account") if asked.account is None else asked.account)


def _pretty(policy: Any) -> str:
    return "" if policy is None else json.dumps(policy, ensure_ascii=False, indent=2)


async def suggest(asked: Asked) -> Reply:
    """The least policy for what a key did; only the form where none is named."""
    given = asked.given
    values: dict[str, Any] = {
        "key": given.get("key", ""), "language": given.get("language", ""), "languages_of_policies": list(SPEECHES),
        "suggested": None, "text": "", "compact": "", "fault": None,
    }  # fmt: skip
    if "key" not in given:
        return Show(values=values)

    def look_up(reader: Reader) -> tuple[Key, Account, list[suggestion.Did]]:
        key, owner = suggestion.key_named(reader, given["key"])
        if asked.account not in (None, owner.id):
            raise Fault(Kind.OBJECT_MISSING, f"there is no key or right {given['key'][:200]!r}")
        return key, owner, suggestion.did_by_ledger(reader, key)

    try:
        key, owner, did = await asked.services.index.scan(look_up)
        did += suggestion.did_by_log(await asked.services.newest(suggestion.LINES_MAX, "use"), key)
        made = suggestion.suggested(key, owner, did, given.get("language"))
    except Fault as fault:
        return refused(fault, values)
    compact = json.dumps(made["policy"], ensure_ascii=False, separators=(",", ":"))
    return Show(values=values | {"suggested": made, "text": _pretty(made["policy"]), "compact": compact})


PAGES: Final = (
    Page(
        name="tester", path="/tester", handler=show, who=Who.OWNER, title="tester.title", nav=65,
        template="pages/policies/tester.html",
        query=(_ACCOUNT, Field(name="who", kind="string", about="Whom to ask about.", longest=256)),
    ),
    Page(
        name="test-policy", path="/tester", method="POST", handler=decide, who=Who.OWNER, title="tester.title",
        template="pages/policies/tester.html", form=_ALL, noted=("account", "who", "resource"),
    ),
    Page(
        name="suggest", path="/tester/suggest", handler=suggest, who=Who.OWNER, title="tester.suggest",
        template="pages/policies/suggest.html",
        query=(Field(name="key", kind="string", about="The id of a key or right.", longest=256), _LANGUAGE),
    ),
)  # fmt: skip
