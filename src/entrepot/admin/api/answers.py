"""The admin API under ``/-/api/v1``: the ledger, minting on the operator's word, the audit log, and what there is.

Off unless there is an admin key, which every request shows as a bearer token; the document of the API is open. What is
asked and answered is in :mod:`admin_table`; this module reads parameters by it and knows how each answer is found.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import unquote

import orjson
import structlog

from entrepot.admin.api.document import document
from entrepot.admin.api.read import read_body, read_query
from entrepot.admin.api.table import BASE, DOCUMENT, ENDPOINTS, Endpoint
from entrepot.admin.grants import (
    grant_named,
    grant_page,
    grant_row,
    mark_of_text,
    mark_text,
    moment,
    object_page,
    span,
    wanted_of,
)
from entrepot.admin.minting import Minting, further_limits_of, minting_key
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Audit, Clock, Index, Reader
from entrepot.core.rules.withdrawal import count_wanted, withdraw, withdraw_wanted
from entrepot.dialects.control.minting.urls import UrlAsked
from entrepot.front.telemetry import Exchange
from entrepot.signing.scheme import same
from entrepot.wire.calls import with_payload
from entrepot.wire.http import Request, Response

_log = structlog.get_logger("entrepot")
_JSON = b"application/json"
_PAGE = 100
_FILTERS = ("account", "minter", "api", "prefix", "older_than")
_MINTED = ("key_id", "account", "max_bytes", "uses", "content_types", "networks")

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
Newest = Callable[[int, str | None], list[dict[str, Any]]]


class Admin:
    """Answers the admin API.

    ``key`` is what requests must show; ``newest`` reads the audit log and may take a while; ``public_url`` is where
    clients find the server, by default where the request found it.
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
    ) -> None:
        self._key = key.encode()
        self._index = index
        self._audit = audit
        self._minting = minting
        self._newest = newest
        self._clock = clock
        self._public_url = public_url
        self._document = orjson.dumps(document(version), option=orjson.OPT_INDENT_2)
        self._handlers: dict[str, Callable[[Given, Request], Awaitable[dict[str, Any]]]] = {
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
            "listAccounts": self._accounts,
            "listBuckets": self._buckets,
            "listUsers": self._users,
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
            endpoint, given = _route(request)
            exchange.operation = endpoint.name
            if endpoint.body is not None:
                given |= read_body(endpoint.body, (await with_payload(request)).payload or b"")
            await request.whole()
            given |= read_query(endpoint.query, request)
            return _response(endpoint.status, orjson.dumps(await self._handlers[endpoint.name](given, request)))
        except Fault as fault:
            exchange.refused(fault)
            return _refusal(fault, request.id)
        except Exception:  # noqa: BLE001 - logged, and answered as a defect
            _log.exception("defect", request=request.id, dialect="admin", operation=exchange.operation)
            defect = Fault(Kind.INTERNAL, f"a defect of the server; its log has it under {request.id}")
            exchange.refused(defect)
            return _refusal(defect, request.id)

    def _check(self, request: Request) -> None:
        """Let a request pass that shows the admin key. Raises Fault SIGNATURE_MISSING."""
        scheme, _, shown = (request.header(b"authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not same(self._key, shown.strip().encode("utf-8")):
            raise Fault(Kind.SIGNATURE_MISSING, "send the admin key: Authorization: Bearer <admin_key>")

    def _base(self, request: Request) -> str:
        return self._public_url or f"{request.scheme}://{request.authority}"

    # The ledger.

    async def _list(self, given: Given, _request: Request) -> dict[str, Any]:
        now, limit = self._clock(), given.get("limit", _PAGE)
        wanted = wanted_of(given, now)
        after = None if "after" not in given else mark_of_text(given["after"])

        def page(reader: Reader) -> dict[str, Any]:
            found = reader.rights(wanted, after, limit + 1)
            rows = [grant_row(key, reader.key_use(key.id), now) for key in found[:limit]]
            return {"grants": rows, "next": mark_text(found[limit - 1]) if len(found) > limit else None}

        return await self._index.scan(page)

    async def _count(self, given: Given, _request: Request) -> dict[str, Any]:
        wanted = wanted_of(given, self._clock())
        return {"count": await self._index.scan(lambda reader: reader.count_rights(wanted))}

    async def _show(self, given: Given, _request: Request) -> dict[str, Any]:
        now = self._clock()
        return await self._index.scan(lambda reader: grant_page(grant_named(reader, given["id"]), reader, now))

    async def _revoke(self, given: Given, request: Request) -> dict[str, Any]:
        number = await withdraw(self._index, self._audit, given["id"], _by(request), self._clock())
        return {"matched": number, "revoked": number}

    async def _revoke_wanted(self, given: Given, request: Request) -> dict[str, Any]:
        filtered = any(name in given for name in _FILTERS)
        if filtered == bool(given.get("all")):
            raise Fault(Kind.PARAMETER_MISSING, f"say which: some of {', '.join(_FILTERS)}; or all")
        now = self._clock()
        wanted = wanted_of(given, now)
        if given.get("dry_run"):
            return {"matched": await count_wanted(self._index, wanted, now), "revoked": 0}
        number = await withdraw_wanted(self._index, self._audit, wanted, _by(request), now)
        return {"matched": number, "revoked": number}

    async def _of_object(self, given: Given, _request: Request) -> dict[str, Any]:
        now = self._clock()

        def found(reader: Reader) -> dict[str, Any]:
            bucket = reader.bucket(given["account"], given["bucket"])
            if bucket is None:
                raise Fault(Kind.BUCKET_MISSING, f"the account has no bucket {given['bucket'][:80]!r}")
            record = reader.object(bucket.id, given["key"])
            if record is None:
                raise Fault(Kind.OBJECT_MISSING, f"the bucket {bucket.name!r} has no object {given['key'][:80]!r}")
            return object_page(bucket, record, reader, now)

        return await self._index.scan(found)

    # Minting.

    async def _mint_url(self, given: Given, request: Request) -> dict[str, Any]:
        minter = minting_key(self._index.refresh(), given.get("key_id"), given.get("account"))
        asked = UrlAsked(
            bucket=given["bucket"],
            key=given["key"],
            method=given.get("method", "PUT"),
            dialect=given.get("dialect", "s3"),
            seconds=int(span(given.get("expires", "1h"))),
            further_limits=further_limits_of(given),
        )
        return await self._minting.url(asked, minter, _by(request), self._base(request))

    async def _mint(self, api: str, given: Given, request: Request) -> dict[str, Any]:
        minter = minting_key(self._index.refresh(), given.get("key_id"), given.get("account"))
        said = {name: value for name, value in given.items() if name not in _MINTED}
        return await self._minting.call(api, said, further_limits_of(given), minter, _by(request), self._base(request))

    # The audit log, and what there is.

    async def _tail(self, given: Given, _request: Request) -> dict[str, Any]:
        lines = given.get("lines", _PAGE)
        return {"lines": await asyncio.to_thread(self._newest, lines, given.get("event"))}

    async def _accounts(self, _given: Given, _request: Request) -> dict[str, Any]:
        def page(reader: Reader) -> dict[str, Any]:
            return {
                "accounts": [
                    {
                        "appid": one.id,
                        "user_id": one.user_id,
                        "created_at": moment(one.created_at),
                        "keys": [key.id for key in reader.keys(one.id)],
                    }
                    for one in reader.accounts()
                ]
            }

        return await self._index.scan(page)

    async def _buckets(self, given: Given, _request: Request) -> dict[str, Any]:
        limit = given.get("limit", _PAGE)
        found = await self._index.scan(
            lambda reader: reader.buckets(given.get("account"), given.get("after"), limit + 1)
        )
        rows = [
            {
                "name": one.name,
                "account": one.account,
                "authority": one.settings.acl.value,
                "created_at": moment(one.created_at),
            }
            for one in found[:limit]
        ]
        return {"buckets": rows, "next": found[limit - 1].name if len(found) > limit else None}

    async def _users(self, given: Given, _request: Request) -> dict[str, Any]:
        found = await self._index.scan(lambda reader: reader.users(given.get("account")))
        rows = [
            {
                "name": one.name,
                "account": one.account,
                "user_id": one.user_id,
                "policies": list(one.policies),
                "created_at": moment(one.created_at),
            }
            for one in found
        ]
        return {"users": rows}


def _check_read(request: Request) -> None:
    """Raises Fault METHOD_NOT_ALLOWED."""
    if request.method not in {"GET", "HEAD"}:
        raise Fault(Kind.METHOD_NOT_ALLOWED, "the document can be read only", allow="GET, HEAD")


def _by(request: Request) -> str:
    return f"admin API, {request.client}"


def _route(request: Request) -> tuple[Endpoint, dict[str, Any]]:
    """The endpoint of a request, and what its path says. Raises Fault OBJECT_MISSING, METHOD_NOT_ALLOWED."""
    path = request.raw_path.decode("latin-1").removeprefix(BASE)
    exact = [one for one in ENDPOINTS if one.path == path]
    head, _, last = path.rpartition("/")
    named = [] if exact or not last else [one for one in ENDPOINTS if one.path == f"{head}/{{id}}"]
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
