"""Redirects: a large plain download is sent on to the store, where the client sees there what it would have seen here.

The request was allowed, counted and answered as every other one is; then, where everything below holds, an address of
the store that is signed for one blob and a short time takes the place of the bytes. What is not understood is served
here, by construction: headers of the request and of the reply that are not in a table keep the bytes here, and so does
a right that the store could not hold to (ADR 0041).

Sources: Fetch standard §4.4, "Fetch Metadata Request Headers" (W3C); RFC 9110 §15.4.8; the redirect code of curl, Go's
net/http, requests, httpx and the SDKs, as ADR 0041 tells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from entrepot.core.rights.identity import Principal
from entrepot.core.rules.reading import Reading
from entrepot.dialects.active_content import is_active
from entrepot.front.redirect_settings import BROWSER, RedirectSettings
from entrepot.wire.http import Request, Response

AddressOf = Callable[[str, float, Mapping[str, str]], str | None]
"""Where a client finds a blob: its name, the time from which on the address counts, and the headers that its reply
must have by their names in lower case. None where there is no address now."""

CARRIED: Final = frozenset({
    b"cache-control", b"content-disposition", b"content-encoding", b"content-language", b"content-type", b"expires",
})  # fmt: skip
"""What an address can ask the store's reply to say."""
_STORES_OWN: Final = frozenset({b"accept-ranges", b"content-length", b"etag", b"last-modified"})
"""What the store's reply says by itself. Its entity tag and time are those of the blob: who goes on with them here is
given the whole again, as of something that changed."""
_UNREAD: Final = frozenset({
    b"content-md5", b"hash-crc64ecma", b"id-2", b"object-type", b"request-id", b"server-time", b"storage-class",
})  # fmt: skip
"""What only SDKs read, which are not sent on; without ``x-`` and a cloud's own word."""
_PLAIN: Final = frozenset({
    b"accept", b"accept-charset", b"accept-encoding", b"accept-language", b"cache-control", b"cdn-loop", b"connection",
    b"cookie", b"dnt", b"forwarded", b"host", b"keep-alive", b"pragma", b"priority", b"proxy-connection", b"referer",
    b"save-data", b"te", b"traceparent", b"tracestate", b"upgrade-insecure-requests", b"user-agent", b"via",
    b"x-real-ip", b"x-request-id",
})  # fmt: skip
"""Headers of a plain download, and of proxies on its way. A client repeats its own at the store, which refuses another
credential and a cloud's headers that are not signed, and compares conditions with tags and times of its own."""
_PLAIN_PREFIXES: Final = (b"sec-ch-", b"sec-fetch-", b"sec-gpc", b"x-forwarded-")


class Redirects:
    """Decides whose download is sent on, and says where."""

    def __init__(self, settings: RedirectSettings, address_of: AddressOf) -> None:
        self._settings = settings
        self._address_of = address_of

    def instead(
        self, request: Request, who: Principal, reading: Reading, response: Response, asked_at: float
    ) -> Response | None:
        """The redirect in place of a response, None where that is sent itself.

        ``asked_at`` is a time before the index was asked: the address counts from then, so that it is over before the
        blob may be swept, however long this process stood still meanwhile.
        """
        if reading.record.size < self._settings.min_bytes or response.status != 200 or request.method != "GET":
            return None
        name = reading.lone_blob() if reading.link is None else None
        if name is None or not self.may_follow(request) or not _is_storable(who):
            return None
        said = _carried(response.headers)
        address = None if said is None else self._address_of(name, asked_at, said)
        if address is None or (request.scheme == "https" and not address.startswith("https://")):
            return None
        told = [(name, value) for name, value in response.headers if bytes(name).lower().endswith(b"-request-id")]
        headers = [(b"location", address.encode()), (b"cache-control", b"no-store"), (b"content-length", b"0"), *told]
        return Response(status=307, headers=headers)

    def may_follow(self, request: Request) -> bool:
        """Whether the client is known to follow, and takes nothing there that the store would refuse.

        A browser follows with more than an address: a script may only see what the store's CORS lets it, a page only
        shows what its own policy names. So a browser must say that it opens the address as a page of its own.
        """
        found: dict[bytes, bytes] = {}
        for name, value in request.headers:
            if name not in _PLAIN and not name.startswith(_PLAIN_PREFIXES):
                return False
            found[name] = value
        agent = found.get(b"user-agent", b"").decode("latin-1")
        if not agent.startswith(self._settings.agents):
            return False
        mode, target = found.get(b"sec-fetch-mode"), found.get(b"sec-fetch-dest")
        if agent.startswith(BROWSER) or mode is not None or target is not None:
            return mode == b"navigate" and target == b"document"
        return True


def _is_storable(who: Principal) -> bool:
    """Whether the store holds to the right as it was given: not to a number of uses, nor to who asks from where."""
    return who.spend is None and not who.conditional


def _carried(headers: list[tuple[bytes, bytes]]) -> dict[str, str] | None:
    """What the store's reply must be asked to say; None when it cannot say what this one does.

    Nothing is sent on that a browser might run: it would be of the store's origin there.
    """
    said: dict[str, str] = {}
    for spelt, value in headers:
        name = bytes(spelt).lower()
        if name in CARRIED:
            text = value.decode("latin-1")
            if not (text.isascii() and text.isprintable()) or name.decode() in said:
                return None
            said[name.decode()] = text
        elif name not in _STORES_OWN and name not in _UNREAD and _without_cloud(name) not in _UNREAD:
            return None
    return None if is_active(said.get("content-type", "").encode()) else said


def _without_cloud(name: bytes) -> bytes:
    """The rest of ``x-<cloud>-<rest>``."""
    return name.split(b"-", 2)[-1] if name.startswith(b"x-") else b""
