"""Answers a request for the console: finds the page, reads who asks and what, lets the handler answer, and writes that.

An action (everything but GET) is in the audit log with who did it, before its reply goes out. Never raises; a refusal
becomes a plain page. Never logs or shows what was typed into a form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from entrepot.admin.api.answers import STATUS
from entrepot.admin.api.read import read_pairs
from entrepot.console.assets import FOREVER, Assets
from entrepot.console.catalogue import meant
from entrepot.console.guard import CSRF_FIELD, Guard
from entrepot.console.page import BASE, Asked, Data, Go, Page, Reply, Services, Show, Who
from entrepot.console.rendering import Frame, Rendering
from entrepot.console.sessions import Visitor
from entrepot.console.table import in_navigation, page_of, start_of
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.audit import Event, FactValue, cut
from entrepot.front.telemetry import Exchange
from entrepot.log import log
from entrepot.wire.calls import with_payload
from entrepot.wire.http import Request, Response, pairs_of

_HTML = b"text/html; charset=utf-8"
_JSON = b"application/json"
_FORM = "application/x-www-form-urlencoded"
_FORM_MAX_BYTES = 256 << 10
_FIELDS_MAX = 64
LOGIN = f"{BASE}/login"
_ONLY: Final = {
    Who.ADMIN: "only the admin may see this page",
    Who.OWNER: "only the admin and the account's own keys may see this page; no policy gives it to a sub-user",
}


class Console:
    """The console at ``guard.origin``."""

    def __init__(self, services: Services, guard: Guard) -> None:
        self._services = services
        self._guard = guard
        self._assets = Assets()
        self._rendering = Rendering(self._assets, services.version)

    async def respond(self, request: Request, exchange: Exchange) -> Response:
        """The response; never raises."""
        exchange.dialect, exchange.operation = "console", "unknown"
        page, visitor = None, None
        try:
            static = self._assets.find(request.raw_path)
            if static is not None and request.method in {"GET", "HEAD"}:
                exchange.operation = "static"
                await request.whole()
                return self._response(200, *static, cache=FOREVER)
            visitor = await self._services.sessions.find(self._guard.token(request))
            exchange.key_id = None if visitor is None else visitor.id
            page, given = page_of(request.method, request.raw_path)
            exchange.operation = page.name
            if page.method != "GET":
                request = await with_payload(request, _FORM_MAX_BYTES)
            await request.whole()
            return await self._page(request, exchange, page, visitor, given)
        except Fault as fault:
            exchange.refused(fault)
            return self._refusal(request, page, visitor, fault)
        except Exception:  # noqa: BLE001 - logged, and answered as a defect
            log.exception("defect", request=request.id, dialect="console", operation=exchange.operation)
            defect = Fault(Kind.INTERNAL, f"a defect of the server; its log has it under {request.id}")
            exchange.refused(defect)
            return self._refusal(request, page, visitor, defect)

    async def _page(
        self, request: Request, exchange: Exchange, page: Page, visitor: Visitor | None, given: dict[str, Any]
    ) -> Response:
        if visitor is None and page.who is not Who.ANYBODY:
            return self._to_login(request)
        if not page.open_to(visitor):
            raise Fault(Kind.ACCESS_DENIED, _ONLY[page.who])
        given |= read_pairs(page.query, request.query())
        if page.method != "GET":
            given |= self._form(request, page, visitor)
        asked = Asked(
            services=self._services, request=request, page=page, given=given, language=self._language(request),
            partial=request.header(b"hx-request") == "true", someone=visitor,
        )  # fmt: skip
        reply = await page.handler(asked)
        if isinstance(reply, Show) and reply.fault is not None:
            exchange.refused(reply.fault)
        elif page.method != "GET":
            await self._note(asked, reply, exchange)
        return self._written(asked, reply)

    def _form(self, request: Request, page: Page, visitor: Visitor | None) -> dict[str, Any]:
        """What a form says, once it is known that a page of ours sent it. Raises Fault."""
        if (request.header(b"content-type") or "").partition(";")[0].strip().lower() != _FORM:
            self._guard.check_action(request, visitor, None)
            raise Fault(Kind.MALFORMED, f"an action is sent as {_FORM}")
        try:
            pairs = pairs_of((request.payload or b"").decode("ascii"), _FIELDS_MAX)
        except ValueError as error:
            raise Fault(Kind.MALFORMED, "the form cannot be read: not UTF-8, or too many fields") from error
        shown = [value for name, value in pairs if name == CSRF_FIELD]
        self._guard.check_action(request, visitor, shown[0] if shown else None)
        needed = {field.name for field in page.form if field.needed}
        rest = [(name, value) for name, value in pairs if name != CSRF_FIELD and (value or name in needed)]
        if len(shown) > 1:
            raise Fault(Kind.PARAMETER_INVALID, f"the parameter {CSRF_FIELD!r} is there twice")
        return read_pairs(page.form, rest)

    async def _note(self, asked: Asked, reply: Reply, exchange: Exchange) -> None:
        who = reply.visitor if isinstance(reply, Go) and reply.visitor is not None else asked.someone
        if who is None:
            return
        exchange.key_id = who.id
        facts: dict[str, FactValue] = {"key": who.id, "action": asked.page.name, "client": asked.request.client}
        if who.key is not None:
            facts["account"] = who.key.account
        facts |= {name: _fact(name, asked.given[name]) for name in asked.page.noted if name in asked.given}
        facts |= {} if isinstance(reply, Data) else reply.facts
        await self._services.audit.write(Event(what="console", at=self._services.clock(), facts=facts))

    # Replies.

    def _written(self, asked: Asked, reply: Reply) -> Response:
        if isinstance(reply, Data):
            return self._response(200, orjson.dumps(reply.value), _JSON)
        if isinstance(reply, Go):
            response = self._to(reply.path, asked.request)
            if reply.token is not None:
                response.headers.append(self._guard.session_cookie(reply.token))
            if reply.language is not None:
                response.headers.append(self._guard.language_cookie(reply.language))
            return response
        template = reply.part if asked.partial and reply.part is not None else asked.page.template
        return self._html(asked.request, reply.status, template, reply.values, asked.page, asked.someone)

    def _html(
        self,
        request: Request,
        status: int,
        template: str,
        values: Mapping[str, Any],
        page: Page | None,
        visitor: Visitor | None,
    ) -> Response:
        navigation = [] if visitor is None else in_navigation(visitor)
        language, back = self._language(request), _back(request, page)
        frame = Frame(page=page, visitor=visitor, navigation=navigation, language=language, back=back)
        return self._response(status, self._rendering.html(template, values, frame), _HTML)

    def _refusal(self, request: Request, page: Page | None, visitor: Visitor | None, fault: Fault) -> Response:
        status = STATUS.get(fault.kind, 400)
        values = {"status": status, "fault": fault, "start": LOGIN if visitor is None else start_of(visitor)}
        template = "layout/refusal.html" if request.header(b"hx-request") == "true" else "layout/error.html"
        response = self._html(request, status, template, values, page, visitor)
        if status == 405:
            response.headers.append((b"allow", str(fault.facts.get("allow", "GET")).encode("ascii")))
        return response

    def _to_login(self, request: Request) -> Response:
        if request.header(b"sec-fetch-mode") in {None, "navigate"}:
            return self._to(LOGIN, request)
        response = self._response(401, b"", b"text/plain; charset=utf-8")
        response.headers.append((b"hx-redirect", LOGIN.encode("ascii")))
        return response

    def _to(self, path: str, request: Request) -> Response:
        if request.header(b"hx-request") == "true":
            response = self._response(200, b"", b"text/plain; charset=utf-8")
            response.headers.append((b"hx-redirect", path.encode("ascii")))
            return response
        response = self._response(303, b"", b"text/plain; charset=utf-8")
        response.headers.append((b"location", path.encode("ascii")))
        return response

    def _response(self, status: int, body: bytes, media_type: bytes, cache: bytes = b"no-store") -> Response:
        headers = [(b"content-type", media_type), (b"content-length", b"%d" % len(body))]
        return Response(status=status, headers=[*headers, *self._guard.headers(cache)], body=body)

    def _language(self, request: Request) -> str:
        accepted = request.header(b"accept-language")
        return meant(self._guard.language(request), accepted)


def _fact(name: str, value: Any) -> FactValue:
    """A parameter for the audit log, where accounts are numbers."""
    text = str(value)
    return int(text) if name == "account" and text.isascii() and text.isdigit() and len(text) < 19 else cut(text)


def _back(request: Request, page: Page | None) -> str:
    """Where to go on after the language was changed: this page, or the one that stands for it."""
    if request.method not in {"GET", "HEAD"} or page is None:
        return "" if page is None or page.who is not Who.ANYBODY else page.path
    query = f"?{request.raw_query.decode('latin-1')}" if request.raw_query else ""
    return request.raw_path.decode("latin-1").removeprefix(BASE) + query
