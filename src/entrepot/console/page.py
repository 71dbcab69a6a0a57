"""What a page of the console is: a row that says where it is, who may see it and what it may be asked; and a handler.

A handler asks the use cases of :mod:`entrepot.admin`, or the store in the name of whoever is logged in, and returns
what to show. Everything that a request may say is declared in the row; the rest is refused before that.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from entrepot.admin.api.table import Field
from entrepot.admin.minting import Minting
from entrepot.console.attempts import Attempts
from entrepot.console.sessions import Sessions, Visitor
from entrepot.core import operations as ops
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Audit, Clock, Explanations, Index
from entrepot.core.rights.audit import FactValue
from entrepot.core.rights.circumstances import Circumstances
from entrepot.core.rights.grant import Grant
from entrepot.core.rights.identity import Key, Principal, principal_of
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Result, Store
from entrepot.core.value import Value, changed
from entrepot.wire.http import Request

BASE = "/-/console"


class Who(StrEnum):
    """Who may ask for a page."""

    ANYBODY = "anybody"
    """Without a session, too."""
    VISITOR = "visitor"
    """Whoever is logged in; what is on the page is what the store lets this key see."""
    OWNER = "owner"
    """The admin, and an account's own key: pages about identities, on which no policy of a sub-user has a say."""
    ADMIN = "admin"


class Chained(Protocol):
    """What the check of the audit log's chain found: lines ``first`` to ``last``, whose hash is ``head``."""

    @property
    def lines(self) -> int: ...
    @property
    def first(self) -> int: ...
    @property
    def last(self) -> int: ...
    @property
    def head(self) -> str: ...
    @property
    def torn(self) -> list[str]: ...
    @property
    def damage(self) -> list[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What handlers work with. ``figures`` counts of all workers; ``disk`` is (free, all) in bytes.

    ``store_url`` is where browsers reach the store. The audit log: ``newest`` reads its newest lines (of a kind), the
    oldest first; ``before`` those before a number, the newest first; ``checked`` the whole of it.
    """

    index: Index
    store: Store
    new_intake: Callable[[Principal], Intake]
    minting: Minting
    audit: Audit
    newest: Callable[[int, str | None], Awaitable[list[dict[str, Any]]]]
    before: Callable[[int | None, int], Awaitable[list[dict[str, Any]]]]
    checked: Callable[[Sequence[tuple[int, str]], Callable[[str, Mapping[str, Any]], None]], Awaitable[Chained]]
    explanations: Explanations
    clock: Clock
    sessions: Sessions
    attempts: Attempts
    figures: Callable[[], Mapping[str, Any]]
    disk: Callable[[], tuple[int, int]]
    store_url: str
    regions: Mapping[str, str]
    """What the clouds' regions are called here, by the dialect."""
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request for a page: ``given`` is what its path, query and form say, checked by the page's row."""

    services: Services
    request: Request
    page: Page
    given: Mapping[str, Any]
    language: str
    partial: bool
    """Whether htmx asks, for a part of the page."""
    someone: Visitor | None = None

    @property
    def visitor(self) -> Visitor:
        """Who is logged in. Raises Fault SIGNATURE_MISSING."""
        if self.someone is None:
            raise Fault(Kind.SIGNATURE_MISSING, "log in first")
        return self.someone

    @property
    def account(self) -> int | None:
        """Whose things are shown: an account's, or of every account, to the admin."""
        return None if self.visitor.key is None else self.visitor.key.account

    @property
    def by(self) -> str:
        """Through what something is done, for the audit log."""
        return f"console, {self.visitor.id}, {self.request.client}"

    @property
    def principal(self) -> Principal:
        """Whoever is logged in by a key, as the store knows it. Raises Fault ACCESS_DENIED for the admin."""
        key = self.visitor.key
        if key is None:
            raise Fault(Kind.ACCESS_DENIED, "the admin has no account; log in with a key of the account")
        return self.acting(key)

    def acting(self, key: Key) -> Principal:
        """A key in whose name this request acts."""
        who = principal_of(key, Grant())
        if not who.conditional:
            return who
        request = self.request
        around = Circumstances(
            source=request.client, secure=request.scheme == "https", referer=request.header(b"referer"),
            user_agent=request.header(b"user-agent"),
        )  # fmt: skip
        return changed(who, around=around)

    async def perform(self, op: ops.Operation, who: Principal | None = None) -> Result:
        """Have the store do something in the name of the key that is logged in, or of ``who``. Raises Fault."""
        who = self.principal if who is None else who
        async with self.services.new_intake(who) as intake:
            return await self.services.store.perform(op, who, intake)


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """Values for the page's template, or for ``part`` of it where htmx asks. ``fault`` says that it was refused.

    ``facts`` are what the audit log has of an action beside what was asked, such as the id of what was made.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    part: str | None = None
    status: int = 200
    fault: Fault | None = None
    facts: Mapping[str, FactValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    """To another page. ``token`` is a session's name, for a cookie; an empty one takes the cookie away.

    ``facts`` as in :class:`Show`.
    """

    path: str
    token: str | None = None
    language: str | None = None
    visitor: Visitor | None = None
    """Who acted, where that is known only now."""
    facts: Mapping[str, FactValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """JSON for a script of ours."""

    value: Any


Reply = Show | Go | Data
Handler = Callable[[Asked], Awaitable[Reply]]


class Page(Value, frozen=True, kw_only=True):
    """One row of the table.

    ``path`` follows BASE; ``{name}`` in it is one segment, which ``given`` has. A page that is not only read has
    ``form`` (its declared fields) and the method POST. ``noted`` are the parameters that the audit log has of an
    action; never a secret. ``nav`` is its place in the navigation, 0 for none; ``title`` a name in the catalogue.
    """

    name: str
    path: str
    handler: Handler
    who: Who = Who.VISITOR
    method: str = "GET"
    title: str = ""
    template: str = ""
    query: tuple[Field, ...] = ()
    form: tuple[Field, ...] = ()
    noted: tuple[str, ...] = ()
    nav: int = 0
    scripts: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()

    def open_to(self, visitor: Visitor | None) -> bool:
        """Whether this visitor may ask for it."""
        if self.who is Who.ANYBODY:
            return True
        if visitor is None or visitor.is_admin:
            return visitor is not None
        return self.who is Who.VISITOR or (self.who is Who.OWNER and visitor.is_owner)
