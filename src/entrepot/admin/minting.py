"""Minting on an operator's word, in the name of a long-term key: for the command line and the admin API.

These are the operations of a signed call of the minting APIs. Only the signature is left out: whoever holds the data
folder or its admin key needs none. Must not know how a right is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from entrepot.admin.grants import moment, span
from entrepot.admin.keys import minter as minter_of
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import NewId
from entrepot.core.rights.conditions import network_of
from entrepot.core.rights.further_limits import FurtherLimits
from entrepot.core.rights.grant import Grant
from entrepot.core.rights.identity import Key, Principal, principal_of
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Store
from entrepot.dialects.base import AnyDialect
from entrepot.dialects.control.minting.addresses import Reach, storage
from entrepot.dialects.control.minting.direct import checked, request_of, result_of
from entrepot.dialects.control.minting.urls import Url, UrlAsked, mint_url, signed

OPERATORS = ("key_id", "account", "max_bytes", "uses", "content_types", "networks")
"""What an operator may say beside an API's own parameters: in whose name, and limits."""

NewIntake = Callable[[Principal], Intake]


class Minting:
    """Mints for an operator.

    ``regions`` are those that the dialects sign, by their names; ``domains`` the wildcard domains of buckets.
    """

    def __init__(
        self,
        store: Store,
        new_intake: NewIntake,
        dialects: Sequence[AnyDialect],
        new_id: NewId,
        regions: Mapping[str, str],
        domains: tuple[str, ...],
    ) -> None:
        self._store = store
        self._new_intake = new_intake
        self._dialects = {dialect.name: dialect for dialect in dialects}
        self._new_id = new_id
        self._regions = regions
        self._domains = domains

    async def call(
        self, api: str, parameters: Mapping[str, Any], given: Mapping[str, Any], client: str, base: str
    ) -> dict[str, Any]:
        """What one of the clouds' APIs answers to a call with these parameters, by the cloud's names. Raises Fault.

        ``given`` says in whose name (``key_id``, ``account``), and limits as :func:`further_limits_of` reads them.
        """
        minter = await self._minter(given)
        further_limits = further_limits_of(given)
        direct, said = checked(api, parameters)
        found = _reach(base)
        found_dialect = self._dialects.get(direct.dialect)
        dialect = None if found_dialect is None else found_dialect.dialect
        if dialect is None or dialect.serve is None:
            raise Fault(Kind.NOT_IMPLEMENTED, f"this server has no {api}")
        request = request_of(
            direct, said, id=self._new_id(), scheme=found.scheme, authority=found.authority, client=client
        )
        reader = self._store.index.refresh()
        place = dialect.settle(dialect.locate(request, reader), minter, reader)
        who = principal_of(minter, Grant())
        async with self._new_intake(who) as intake:
            response = await dialect.serve(request, place, who, self._store.with_further_limits(further_limits), intake)
        assert isinstance(response.body, bytes | memoryview)  # noqa: S101 - calls are answered in one piece
        return result_of(direct, bytes(response.body))

    async def url(self, given: Mapping[str, Any], client: str, base: str) -> dict[str, Any]:
        """A signed address below ``base``, and what belongs to it. Raises Fault.

        ``given`` has ``bucket``, ``key``, ``method`` (PUT unless given), ``dialect`` (s3), ``expires`` (1h), and what
        :meth:`call` reads of it.
        """
        minter = await self._minter(given)
        asked = UrlAsked(
            bucket=given["bucket"],
            key=given["key"],
            method=given.get("method", "PUT"),
            dialect=given.get("dialect", "s3"),
            seconds=int(span(given.get("expires", "1h"))),
            further_limits=further_limits_of(given),
        )
        made = await self.address(asked, principal_of(minter, Grant()), client, base)
        return {
            "url": made.url,
            "method": made.method,
            "headers": made.headers,
            "grant": made.key.id,
            "expires_at": moment(made.key.expires_at),
        }

    async def address(self, asked: UrlAsked, who: Principal, client: str, base: str) -> Url:
        """The same in the name of ``who``, of whom it is known already. Raises Fault."""
        where = storage(_reach(base), self._domains)
        async with self._new_intake(who) as intake:
            return await mint_url(asked, who, self._store, intake, where=where, regions=self._regions, client=client)

    def further(self, asked: UrlAsked, key: Key, base: str) -> str:
        """A further address of a right that was minted for one. Raises Fault."""
        return signed(asked, key, storage(_reach(base), self._domains), self._regions)

    async def _minter(self, given: Mapping[str, Any]) -> Key:
        return await self._store.index.scan(lambda reader: minter_of(reader, given.get("key_id"), given.get("account")))


def _reach(base: str) -> Reach:
    parts = urlsplit(base)
    if parts.scheme not in {"http", "https"} or not parts.netloc or not base.isascii():
        raise Fault(Kind.PARAMETER_INVALID, f"{base[:100]!r} is no address such as https://files.example.com")
    return Reach(scheme=parts.scheme, authority=parts.netloc)


def further_limits_of(given: Mapping[str, Any]) -> FurtherLimits:
    """Limits as an operator writes them: ``max_bytes``, ``uses``, ``content_types``, ``networks``. Raises Fault."""
    for network in given.get("networks") or ():
        if network_of(network) is None:
            raise Fault(Kind.PARAMETER_INVALID, f"{network[:60]!r} is no address and no CIDR block")
    for kind in given.get("content_types") or ():
        if kind.count("/") != 1 or not kind.isascii() or not kind.isprintable() or " " in kind or len(kind) > 200:
            raise Fault(Kind.PARAMETER_INVALID, f"{kind[:60]!r} is no content type such as image/png or image/*")
    for name in ("max_bytes", "uses"):
        number = given.get(name)
        if number is not None and not 1 <= number < 2**53:
            raise Fault(Kind.PARAMETER_INVALID, f"{name} is {number}; it must be 1 or more")
    return FurtherLimits(
        max_bytes=given.get("max_bytes"),
        uses=given.get("uses"),
        content_types=tuple(given.get("content_types") or ()),
        networks=tuple(given.get("networks") or ()),
    )
