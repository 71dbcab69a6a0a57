"""In whose name a page works on the things of an account: in that of the key that is logged in, which the store lets do
what its grant and its policies allow; the operator in that of the account itself.

What a page mints for a browser is never more than that, and lasts for minutes. So it needs no right to mint: whoever
holds a key can sign the same address alone. A right that is given on is another matter, and needs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from entrepot.console.page import Asked
from entrepot.core.facts.records import Bucket
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader
from entrepot.core.rights.further_limits import FurtherLimits
from entrepot.core.rights.grant import Right, Rule, Scope, account_grant
from entrepot.core.rights.identity import Key, Principal
from entrepot.core.value import changed
from entrepot.dialects.control.minting.urls import Method, Url, UrlAsked

MINUTES_SECONDS: Final = 300
"""How long an address lasts that a browser uses at once."""


def account_of(asked: Asked) -> int:
    """The account that the path names. Raises Fault: OBJECT_MISSING; ACCESS_DENIED for a key of another one."""
    text = asked.given["account"]
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Fault(Kind.OBJECT_MISSING, "the console has no such page")
    if asked.account not in (None, int(text)):
        raise Fault(Kind.ACCESS_DENIED, f"the key {asked.visitor.id!r} is of another account")
    return int(text)


def bucket_of(asked: Asked) -> Bucket:
    """The bucket that the path names. Raises Fault BUCKET_MISSING and as :func:`account_of`."""
    account, name = account_of(asked), asked.given["bucket"]
    found = asked.services.index.refresh().bucket(account, name)
    if found is None:
        raise Fault(Kind.BUCKET_MISSING, f"the account {account} has no bucket {name[:80]!r}")
    return found


def within(asked: Asked, account: int) -> Principal:
    """Who reads and changes what is in an account."""
    if asked.visitor.key is not None:
        return asked.principal
    grant = account_grant(account)
    return Principal(account=account, key_id=None, grant=grant, own_grant=grant)


async def minter(asked: Asked, account: int, api: str) -> Principal:
    """Who mints what a browser uses at once. Raises Fault as :func:`giver`."""
    who = await giver(asked, account)
    lent = Rule(rights=frozenset({Right.MINT}), scope=Scope(account=account, key=api))
    return changed(who, grant=who.grant.lending([lent]))


async def giver(asked: Asked, account: int) -> Principal:
    """Who mints what is given on to others, with the rights of its key alone.

    Raises Fault KEY_UNKNOWN where the operator finds no key to mint with.
    """
    key = asked.visitor.key
    if key is None:
        now = asked.services.clock()
        key = await asked.services.index.scan(lambda reader: _own_key(reader, account, now))
    return asked.acting(key)


def _own_key(reader: Reader, account: int, now: float) -> Key:
    """The first key that is the account's own."""
    for key in reader.keys(account):
        if key.user is None and key.minted is None and key.revoked_at is None and now <= (key.expires_at or now):
            return key
    raise Fault(Kind.KEY_UNKNOWN, f"the account {account} has no key of its own, and a right is minted with a key")


async def address(
    asked: Asked,
    bucket: Bucket,
    key: str,
    method: Method,
    query: Sequence[tuple[str, str]] = (),
    *,
    seconds: int = MINUTES_SECONDS,
    max_bytes: int | None = None,
) -> Url:
    """A signed address at the store for one object, minted for a browser; it is in the ledger. Raises Fault."""
    check_reachable(key)
    who = await minter(asked, bucket.account, f"url:{method}")
    wanted = UrlAsked(
        bucket=bucket.name, key=key, method=method, dialect="s3", seconds=seconds, query=tuple(query),
        further_limits=FurtherLimits(max_bytes=max_bytes),
    )  # fmt: skip
    return await asked.services.minting.address(wanted, who, asked.by, asked.services.store_url)


def check_reachable(key: str) -> None:
    """Raises Fault NAME_INVALID for a name that no browser can ask for."""
    if not reachable(key):
        raise Fault(Kind.NAME_INVALID, "browsers cannot ask for a name with the element '.' or '..'; an SDK can")


def reachable(key: str) -> bool:
    """Whether a browser can ask for a name: it resolves dots in addresses, however they are written."""
    return {".", ".."}.isdisjoint(key.split("/"))


def kept_as(key: str) -> tuple[str, str]:
    """Has the store tell a browser to keep a file under its own name, and never to show it. Source: RFC 6266, 8187."""
    name = key.removesuffix("/").rpartition("/")[2] or "download"
    return "response-content-disposition", f"attachment; filename*=UTF-8''{quote(name[:200], safe='')}"
