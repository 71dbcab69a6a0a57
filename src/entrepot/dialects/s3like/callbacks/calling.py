"""Asks an application for the reply to an upload: the only place of the server that makes requests of its own.

A host is resolved here, its addresses are held against the operator's rules, and the connection goes to the very
address that was checked. No redirect is followed, no proxy and no setting of the environment but the certificates
(``SSL_CERT_FILE``) is heeded, and time and reply are bounded. The name of a host is always sent in the TLS handshake
(``callbackSNI`` is not heeded), because certificates are checked. Source: as ``callback``; messages are the cloud's.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import ipaddress
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx

from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Clock
from entrepot.dialects.s3like.callbacks.callback import (
    JSON,
    Call,
    Callback,
    Manner,
    Reply,
    expand,
    is_json,
    signed_text,
)
from entrepot.dialects.s3like.callbacks.hosts import Address, HostRules
from entrepot.wire.dates import http_date

_SECONDS = 5.0
_BODY_MAX = _REPLY_MAX = 1 << 20
_CALLS_MAX = 100
_ADDRESSES_MAX = 4
_PRIVATE = "Private address is forbidden to callback."

__all__ = ["Caller", "Sign"]

Sign = Callable[[bytes], bytes]
"""RSA with MD5 and PKCS #1 v1.5 padding, by the server's own key. May take a while; called in a thread."""


class _FailedError(Exception):
    """One URL did not answer as it should; the message is the cloud's."""


class Caller:
    """Asks applications.

    Args:
        rules: the operator's.
        own_port: where this server listens; it does not ask itself. None: nowhere.
        sign: makes the signature.
        clock: the time.
        seconds: how long each URL may take in all.
    """

    def __init__(
        self, rules: HostRules, own_port: int | None, sign: Sign, clock: Clock, seconds: float = _SECONDS
    ) -> None:
        self._rules = rules
        self._own_port = own_port
        self._sign = sign
        self._clock = clock
        self._seconds = seconds
        self._calls = 0
        self._client: httpx.AsyncClient | None = None
        self._resolving = ThreadPoolExecutor(4, "callback-names")

    def check(self, callback: Callback) -> None:
        """Refuse before anything is stored what would never be asked.

        Raises:
            Fault: PARAMETER_INVALID (reason ``callback``): an address or name that the operator does not allow.
        """
        for url in callback.urls:
            address, host = _literal(url), httpx.URL(url).host
            allowed = self._rules.may_resolve(host) if address is None else self._may_ask(host, address, _port(url))
            if not allowed:
                raise Fault(
                    Kind.PARAMETER_INVALID, _PRIVATE, reason="callback", argument="callbackUrl", value=url[:200]
                )

    async def ask(self, call: Call) -> Reply:
        """The reply of the first URL that answers 200 with valid JSON (or says that it is XML).

        Raises:
            Fault: CALLBACK_FAILED with why the last one did not.
        """
        body = await asyncio.to_thread(expand, call.callback, call.facts)
        if len(body) > _BODY_MAX:
            raise Fault(Kind.CALLBACK_FAILED, "The callback body is too long.")
        if call.callback.body_type == JSON and not await asyncio.to_thread(is_json, body):
            raise Fault(Kind.CALLBACK_FAILED, "The callback body is not json format.")
        if self._calls >= _CALLS_MAX:
            raise Fault(Kind.CALLBACK_FAILED, "Too many callback requests.")
        self._calls += 1
        why = ""
        try:
            for url in call.callback.urls:
                try:
                    async with asyncio.timeout(self._seconds):
                        return await self._ask(httpx.URL(url), call, body)
                except TimeoutError:
                    why = "Cost too long time."
                except _FailedError as failed:
                    why = str(failed)
        finally:
            self._calls -= 1
        raise Fault(Kind.CALLBACK_FAILED, why)

    async def close(self) -> None:
        """Drop connections."""
        self._resolving.shutdown(wait=False, cancel_futures=True)
        if self._client is not None:
            await self._client.aclose()

    async def _ask(self, url: httpx.URL, call: Call, body: bytes) -> Reply:
        headers = await self._headers(url, call, body)
        for address in await self._addresses(url, call.manner):
            request = httpx.Request(
                "POST",
                url.copy_with(host=str(address)),
                headers=headers,
                content=body,
                extensions={"sni_hostname": url.host, "timeout": httpx.Timeout(self._seconds).as_dict()},
            )
            try:
                response = await self._connections().send(request, stream=True)
            except httpx.ConnectError:
                continue
            except (httpx.HTTPError, ssl.SSLError) as error:
                raise _unreachable(call.manner) from error
            try:
                return await _reply(response, call.manner)
            except httpx.HTTPError as error:
                raise _unreachable(call.manner) from error
            finally:
                await response.aclose()
        raise _unreachable(call.manner)

    def _connections(self) -> httpx.AsyncClient:
        """The client, made when it is first needed. It keeps no connection: one is checked for one host's name only."""
        if self._client is None:
            self._client = httpx.AsyncClient(
                verify=ssl.create_default_context(),
                limits=httpx.Limits(max_connections=_CALLS_MAX, max_keepalive_connections=0),
                follow_redirects=False,
                trust_env=False,
            )
        return self._client

    async def _addresses(self, url: httpx.URL, manner: Manner) -> list[Address]:
        """The addresses of a URL's host that may be asked."""
        port = _port(str(url))
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._resolving, _resolved, url.host, port)
        except (OSError, UnicodeError) as error:
            raise _unreachable(manner) from error
        allowed = [address for address in found if self._may_ask(url.host, address, port)]
        if not allowed:
            raise _FailedError(_PRIVATE)
        return allowed[:_ADDRESSES_MAX]

    def _may_ask(self, host: str, address: Address, port: int) -> bool:
        if port == self._own_port and _is_own(address):
            return False
        return self._rules.may_ask(host, address)

    async def _headers(self, url: httpx.URL, call: Call, body: bytes) -> list[tuple[str, str]]:
        text = signed_text(url.raw_path, body, call.manner)
        signature = await asyncio.to_thread(self._sign, text)
        prefix = call.manner.prefix
        return [
            ("Host", call.callback.host or url.netloc.decode("ascii")),
            ("Connection", "close"),
            ("Authorization", base64.b64encode(signature).decode()),
            ("Content-MD5", base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()),
            ("Content-Type", call.callback.body_type),
            ("Date", http_date(self._clock())),
            ("User-Agent", call.manner.agent),
            (prefix + "bucket", str(call.facts.get("bucket", ""))),
            (prefix + "pub-key-url", base64.b64encode(call.key_url.encode()).decode()),
            (prefix + "request-id", str(call.facts.get("reqId", ""))),
            (prefix + "requester", call.requester),
            (prefix + "signature-version", "1.0"),
            (prefix + "tag", "CALLBACK"),
        ]


def _unreachable(manner: Manner) -> _FailedError:
    return _FailedError(f"Error status : -1.{manner.name} can not connect to your callbackUrl, please check it.")


async def _reply(response: httpx.Response, manner: Manner) -> Reply:
    """The reply, read up to its limit."""
    if response.status_code != 200:
        raise _FailedError(f"Error status : {response.status_code}.")
    length = response.headers.get("content-length")
    if length is None and manner.strict_length:
        raise _FailedError("Error Status : 400.User server missing content-length.")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > _REPLY_MAX:
            raise _FailedError("Error Status : 400.User server return too long content-length value.")
    content_type = response.headers.get("content-type", "application/json")
    is_xml = content_type.partition(";")[0].strip().lower() in {"application/xml", "text/xml"}
    if not is_xml and not is_json(bytes(body)):
        raise _FailedError("Response body is not valid json format.")
    return Reply(body=bytes(body), content_type=content_type)


def _port(url: str) -> int:
    parts = httpx.URL(url)
    return parts.port or (443 if parts.scheme == "https" else 80)


def _literal(url: str) -> Address | None:
    """The address that a URL says outright."""
    try:
        return ipaddress.ip_address(httpx.URL(url).host)
    except ValueError:
        return None


def _resolved(host: str, port: int) -> list[Address]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ipaddress.ip_address(place[4][0]) for place in found))


def _is_own(address: Address) -> bool:
    """Whether this machine has the address: then, and only then, a socket can be bound to it."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
    return True
