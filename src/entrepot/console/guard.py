"""What keeps a browser from being used against its owner: headers of every reply, and who may cause an action.

A page runs no script and no style but those of this server, talks to nobody but this origin and the store, and is
shown in nobody's frame. An action comes from a page of this very origin, which the browser says (``Origin``,
``Sec-Fetch-Site``), and carries what only a page of this session was told. Pages of the store may be of the same
*site*, so ``same-site`` is not enough, and a cookie that is ``SameSite=Strict`` alone would not be.
Source: WHATWG "Fetch"; W3C "Content Security Policy Level 3", "Fetch Metadata"; RFC 6265bis ("__Host-").
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from entrepot.console.sessions import TOKEN_LETTERS, Visitor
from entrepot.core.fault import Fault, Kind
from entrepot.signing.scheme import equal_in_constant_time
from entrepot.wire.http import Request

Head = list[tuple[bytes, bytes]]
CSRF_FIELD: Final = "csrf"
_CSRF_HEADER: Final = b"x-csrf-token"
_LANGUAGE_COOKIE: Final = "entrepot-language"
_YEAR_SECONDS: Final = 31_536_000


def origin_of(url: str) -> str:
    """Scheme, host and port of an address as browsers write an origin."""
    parts = urlsplit(url)
    port = {"http": 80, "https": 443}.get(parts.scheme)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, port) else "")


class Guard:
    """Of the console at ``origin``, whose pages reach the store at ``store_origin``."""

    def __init__(self, origin: str, store_origin: str, most_seconds: float) -> None:
        self.origin = origin
        self._secure = origin.startswith("https:")
        self._session_cookie = "__Host-entrepot-session" if self._secure else "entrepot-session"
        self._most_seconds = int(most_seconds)
        policy = (
            "default-src 'none'", "script-src 'self'", "style-src 'self'", f"img-src 'self' data: {store_origin}",
            f"connect-src 'self' {store_origin}", f"media-src {store_origin}", "form-action 'self'",
            "frame-ancestors 'none'", "base-uri 'none'",
        )  # fmt: skip
        self._always: Head = [
            (b"content-security-policy", "; ".join(policy).encode("ascii")),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"cross-origin-resource-policy", b"same-origin"),
            (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        ]

    def headers(self, cache: bytes = b"no-store") -> Head:
        """Those of every reply."""
        return [*self._always, (b"cache-control", cache)]

    def check_action(self, request: Request, visitor: Visitor | None, shown: str | None) -> None:
        """Let a request act that a page of ours sent; ``shown`` is the form's token. Raises Fault ACCESS_DENIED."""
        site = request.header(b"sec-fetch-site")
        if request.header(b"origin") != self.origin or site not in (None, "same-origin"):
            raise Fault(Kind.ACCESS_DENIED, "this was not sent by a page of the console", reason="csrf")
        if visitor is None:
            return
        told = request.header(_CSRF_HEADER) if shown is None else shown
        if told is None or not equal_in_constant_time(visitor.csrf.encode(), told.encode("utf-8", "surrogatepass")):
            raise Fault(Kind.ACCESS_DENIED, "the form is of another session; load the page again", reason="csrf")

    def token(self, request: Request) -> str | None:
        """The session's name that a request shows; None also where it shows two."""
        found = _cookies(request, self._session_cookie)
        return found[0] if len(found) == 1 and len(found[0]) == TOKEN_LETTERS else None

    def language(self, request: Request) -> str | None:
        """The language that was chosen here."""
        found = _cookies(request, _LANGUAGE_COOKIE)
        return found[0] if found else None

    def session_cookie(self, token: str) -> tuple[bytes, bytes]:
        """Keeps a session's name with the browser; without a name it is taken away."""
        return self._cookie(self._session_cookie, token, self._most_seconds if token else 0)

    def language_cookie(self, language: str) -> tuple[bytes, bytes]:
        """Keeps the language."""
        return self._cookie(_LANGUAGE_COOKIE, language, _YEAR_SECONDS)

    def _cookie(self, name: str, value: str, seconds: int) -> tuple[bytes, bytes]:
        secure = "; Secure" if self._secure else ""
        text = f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
        return b"set-cookie", text.encode("ascii")


def _cookies(request: Request, name: str) -> list[str]:
    """All values of the cookies of this name."""
    pairs = (
        pair.strip().partition("=")
        for key, value in request.headers
        if key == b"cookie"
        for pair in value.decode("latin-1").split(";")
    )
    return [value for found, _, value in pairs if found == name]
