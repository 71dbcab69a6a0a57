"""The admin API under ``/-/api/v1``: the ledger, minting on the operator's word, the audit log, and what there is.

Off unless there is an admin key, which every request shows as a bearer token; the document of the API is open. What may
be asked, and what an answer has, is in :mod:`.table`. This module reads parameters by it and calls the use cases of
:mod:`entrepot.admin`, as the command line does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote

import orjson

from entrepot.admin import accounts, buckets, circumstances, decisions, explained, grants, suggestion, users
from entrepot.admin.api.dev_table import DEV_ENDPOINTS, DEV_SCHEMAS
from entrepot.admin.api.document import document
from entrepot.admin.api.read import read_body, read_query
from entrepot.admin.api.table import BASE, DOCUMENT, ENDPOINTS, SCHEMAS, TIME, Endpoint
from entrepot.admin.minting import OPERATORS, Minting
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Audit, Clock, Explanations, Index, Reader
from entrepot.core.rights.identity import Account, Key
from entrepot.front.telemetry import Exchange
from entrepot.log import log
from entrepot.signing.scheme import equal_in_constant_time
from entrepot.wire.calls import with_payload
from entrepot.wire.http import Request, Response

_JSON = b"application/json"
_PAGE = 100

STATUS: Final[dict[Kind, int]] = {
    Kind.SIGNATURE_MISSING: 401,
    Kind.ACCESS_DENIED: 403,
    Kind.METHOD_NOT_ALLOWED: 405,
    Kind.BUCKET_MISSING: 404,
    Kind.OBJECT_MISSING: 404,
    Kind.OBJECT_EXISTS: 409,
    Kind.TOO_LARGE: 413,
    Kind.THROTTLED: 429,
    Kind.NOT_IMPLEMENTED: 501,
    Kind.INTERNAL: 500,
    Kind.STORAGE_FAILED: 503,
    Kind.STORAGE_FULL: 507,
}
"""The status of a refusal; any other kind is 400."""

Given = Mapping[str, Any]
Handler = Callable[[Given, Request], Awaitable[dict[str, Any]]]
Newest = Callable[[int, str | None], Awaitable[list[dict[str, Any]]]]


class Admin:
    """Answers the admin API.

    ``key`` is what requests must show; ``newest`` reads the audit log; ``public_url`` is where clients find the server,
    by default where the request found it; ``dev`` answers what there is in dev mode only.
    """

    def __init__(
        self,
        key: str,
        index: Index,
        audit: Audit,
        minting: Minting,
        newest: Newest,
        clock: Clock,
        public_url: str | None,
        version: str,
        explanations: Explanations | None = None,
        dev: Mapping[str, Handler] | None = None,
    ) -> None:
        self._key = key.encode()
        self._index = index
        self._audit = audit
        self._minting = minting
        self._newest = newest
        self._clock = clock
        self._public_url = public_url
        self._explanations = explanations
        self._endpoints = ENDPOINTS if dev is None else (*ENDPOINTS, *DEV_ENDPOINTS)
        schemas = SCHEMAS if dev is None else {**SCHEMAS, **DEV_SCHEMAS}
        self._document = orjson.dumps(document(version, self._endpoints, schemas), option=orjson.OPT_INDENT_2)
        self._handlers: dict[str, Handler] = {
            "listGrants": self._list,
            "countGrants": self._count,
            "showGrant": self._show,
            "revokeGrant": self._revoke,
            "revokeGrants": self._revoke_wanted,
            "showObjectGrant": self._of_object,
            "mintUrl": self._mint_url,
            "mintVms": lambda given, request: self._mint("vms", given, request),
            "mintHbr": lambda given, request: self._mint("hbr", given, request),
            "mintVod": lambda given, request: self._mint("vod", given, request),
            "mintMs": lambda given, request: self._mint("ms", given, request),
            "tailAudit": self._tail,
            "listRefusals": self._refusals,
            "showRefusal": self._refusal,
            "listAccounts": self._accounts,
            "listBuckets": self._buckets,
            "listUsers": self._users,
            "testPolicy": self._test_policy,
            "suggestPolicy": self._suggest_policy,
            **(dev or {}),
        }

    async def respond(self, request: Request, exchange: Exchange) -> Response:
        """The response; never raises."""
        exchange.dialect, exchange.operation = "admin", "unknown"
        try:
            if request.raw_path.decode("latin-1") == DOCUMENT:
                exchange.operation = "document"
                _check_read(request)
                await request.whole()
                return _response(200, self._document)
            self._check(request)
            endpoint, given = _route(request, self._endpoints)
            exchange.operation = endpoint.name
            if endpoint.body is not None:
                given |= read_body(endpoint.body, (await with_payload(request, endpoint.body_max_bytes)).payload or b"")
            await request.whole()
            given |= read_query(endpoint.query, request)
            return _response(endpoint.status, orjson.dumps(await self._handlers[endpoint.name](given, request)))
        except Fault as fault:
            exchange.refused(fault)
            return _refusal(fault, request.id)
        except Exception:  # noqa: BLE001 - logged, and answered as a defect
            log.exception("defect", request=request.id, dialect="admin", operation=exchange.operation)
            defect = Fault(Kind.INTERNAL, f"a defect of the server; its log has it under {request.id}")
            exchange.refused(defect)
            return _refusal(defect, request.id)

    def _check(self, request: Request) -> None:
        """Let a request pass that shows the admin key. Raises Fault SIGNATURE_MISSING."""
        scheme, _, shown = (request.header(b"authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not equal_in_constant_time(self._key, shown.strip().encode("utf-8")):
            raise Fault(Kind.SIGNATURE_MISSING, "send the admin key: Authorization: Bearer <admin_key>")

    def _base(self, request: Request) -> str:
        return self._public_url or f"{request.scheme}://{request.authority}"

    # The ledger.

    async def _list(self, given: Given, _request: Request) -> dict[str, Any]:
        now, limit = self._clock(), given.get("limit", _PAGE)
        wanted = grants.wanted_of(given, now)
        after = None if "after" not in given else grants.mark_of_text(given["after"])
        return await self._index.scan(lambda reader: grants.page(reader, wanted, after, limit, now))

    async def _count(self, given: Given, _request: Request) -> dict[str, Any]:
        wanted = grants.wanted_of(given, self._clock())
        return {"count": await self._index.scan(lambda reader: reader.count_rights(wanted))}

    async def _show(self, given: Given, _request: Request) -> dict[str, Any]:
        now = self._clock()
        return await self._index.scan(lambda reader: grants.details(reader, given["id"], now))

    async def _revoke(self, given: Given, request: Request) -> dict[str, Any]:
        return await grants.revoke_named(self._index, self._audit, [given["id"]], _by(request), self._clock())

    async def _revoke_wanted(self, given: Given, request: Request) -> dict[str, Any]:
        filtered = any(name in given for name in grants.FILTERS)
        if filtered == bool(given.get("all")):
            raise Fault(Kind.PARAMETER_MISSING, f"say which: some of {', '.join(grants.FILTERS)}; or all")
        now = self._clock()
        return await grants.revoke_wanted(
            self._index, self._audit, grants.wanted_of(given, now), _by(request), now,
            dry_run=bool(given.get("dry_run")),
        )  # fmt: skip

    async def _of_object(self, given: Given, _request: Request) -> dict[str, Any]:
        now = self._clock()
        account, bucket, key = given["account"], given["bucket"], given["key"]
        return await self._index.scan(lambda reader: grants.of_object(reader, account, bucket, key, now))

    # Minting.

    async def _mint_url(self, given: Given, request: Request) -> dict[str, Any]:
        return await self._minting.url(given, _by(request), self._base(request))

    async def _mint(self, api: str, given: Given, request: Request) -> dict[str, Any]:
        parameters = {name: value for name, value in given.items() if name not in OPERATORS}
        return await self._minting.call(api, parameters, given, _by(request), self._base(request))

    # The audit log, and what there is.

    async def _tail(self, given: Given, _request: Request) -> dict[str, Any]:
        lines = given.get("lines", _PAGE)
        return {"lines": await self._newest(lines, given.get("event"))}

    async def _refusals(self, given: Given, _request: Request) -> dict[str, Any]:
        wanted = given.get("limit", _PAGE)
        return {"refusals": await asyncio.to_thread(explained.rows, self._explanations, wanted)}

    async def _refusal(self, given: Given, _request: Request) -> dict[str, Any]:
        return await asyncio.to_thread(explained.row_of, self._explanations, given["id"])

    async def _accounts(self, _given: Given, _request: Request) -> dict[str, Any]:
        return {"accounts": _shown("Account", await self._index.scan(accounts.rows))}

    async def _buckets(self, given: Given, _request: Request) -> dict[str, Any]:
        account, after, limit = given.get("account"), given.get("after"), given.get("limit", _PAGE)
        rows, following = await self._index.scan(lambda reader: buckets.page(reader, account, after, limit))
        return {"buckets": _shown("Bucket", rows), "next": following}

    async def _users(self, given: Given, _request: Request) -> dict[str, Any]:
        return {
            "users": _shown("User", await self._index.scan(lambda reader: users.rows(reader, given.get("account"))))
        }

    # What somebody may do.

    async def _test_policy(self, given: Given, _request: Request) -> dict[str, Any]:
        now = self._clock()

        def decide(reader: Reader) -> dict[str, Any]:
            owner = accounts.meant(reader, given.get("account"))
            tried = []
            if "policy" in given:
                name = given.get("policy_name", "")
                tried = [circumstances.tried(owner, name, given["policy"], None, now)]
            question = circumstances.question_of(given, tried, now)
            return decisions.decided(reader, owner, given["who"], question)

        return await self._index.scan(decide)

    async def _suggest_policy(self, given: Given, _request: Request) -> dict[str, Any]:
        def look_up(reader: Reader) -> tuple[Key, Account, list[suggestion.Did]]:
            key, owner = suggestion.key_named(reader, given["key"])
            return key, owner, suggestion.did_by_ledger(reader, key)

        key, owner, did = await self._index.scan(look_up)
        did += suggestion.did_by_log(await self._newest(suggestion.LINES_MAX, "use"), key)
        return suggestion.suggested(key, owner, did, given.get("language"))


def _shown(schema: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each row what the schema has, times as RFC 3339 writes them."""
    members = SCHEMAS[schema]["properties"]
    return [
        {name: grants.moment(row[name]) if kind == TIME else row[name] for name, kind in members.items()}
        for row in rows
    ]


def _check_read(request: Request) -> None:
    """Raises Fault METHOD_NOT_ALLOWED."""
    if request.method not in {"GET", "HEAD"}:
        raise Fault(Kind.METHOD_NOT_ALLOWED, "the document can be read only", allow="GET, HEAD")


def _by(request: Request) -> str:
    return f"admin API, {request.client}"


def _route(request: Request, endpoints: Sequence[Endpoint]) -> tuple[Endpoint, dict[str, Any]]:
    """The endpoint of a request, and what its path says. Raises Fault OBJECT_MISSING, METHOD_NOT_ALLOWED."""
    path = request.raw_path.decode("latin-1").removeprefix(BASE)
    exact = [one for one in endpoints if one.path == path]
    head, _, last = path.rpartition("/")
    named = [] if exact or not last else [one for one in endpoints if one.path == f"{head}/{{id}}"]
    known = exact or named
    found = next((one for one in known if one.method == request.method), None)
    if found is None and known:
        allowed = ", ".join(one.method for one in known)
        raise Fault(
            Kind.METHOD_NOT_ALLOWED, f"{request.method[:20]} is not served here; there is {allowed}", allow=allowed
        )
    if found is None:
        raise Fault(Kind.OBJECT_MISSING, f"there is no such endpoint; {DOCUMENT} tells which there are")
    return found, {"id": unquote(last)} if named else {}


def _refusal(fault: Fault, request_id: str) -> Response:
    body = {"error": {"kind": fault.kind.value, "message": fault.message, "request_id": request_id}}
    response = _response(STATUS.get(fault.kind, 400), orjson.dumps(body))
    if response.status == 401:
        response.headers.append((b"www-authenticate", b"Bearer"))
    if response.status == 405:
        response.headers.append((b"allow", str(fault.facts.get("allow", "GET")).encode("ascii")))
    return response


def _response(status: int, body: bytes) -> Response:
    headers = [(b"content-type", _JSON), (b"content-length", b"%d" % len(body)), (b"cache-control", b"no-store")]
    return Response(status=status, headers=headers, body=body)
