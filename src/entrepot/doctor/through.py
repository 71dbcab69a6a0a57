"""Checks of what stands in front of the server, by what the server says that it saw.

No key is needed: a request that a dialect refuses is answered with the host (OSS: ``HostId``) and the path (S3:
``Resource``) as they came in. So this works through a proxy that keeps ``/-/`` inside, as it should. Must not send
anything that could change something: the key id of these requests is nobody's.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit
from xml.sax.saxutils import unescape

from entrepot.doctor.asking import Answer, UnansweredError, ask
from entrepot.doctor.check import Seen, Setup, fail, ok, warn

_SECONDS: Final = 20.0
_PATH: Final = "/entrepot-doctor/a%2Fb//c%20d~%21"
"""What proxies like to tidy up: an escaped slash, two slashes, an escaped letter that needs none."""
_BODY_BYTES: Final = 2 << 20
"""More than nginx lets pass by default (1 MiB), less than the server drops of a body that nobody wants."""
_DATE: Final = "Thu, 01 Jan 2026 00:00:00 GMT"


def is_asked(setup: Setup) -> bool:
    """Whether somebody said where clients find the server."""
    return setup.address is not None


def front(setup: Setup) -> Seen:
    """Whether the address answers, whether it is this server that does, and whether it shows what is its own."""
    address = _address(setup)
    try:
        answer = _asked(setup, "GET", "/-/readyz")
        seen = _seen_by_server(setup, "OSS", "/", "HostId")
    except UnansweredError as error:
        return fail(f"{address}: {error}", "look whether the server runs, and what is in front of it has its address")
    if seen is None:
        other = answer.headers.get("server", "something else")
        return fail(f"{address}: {other} answers", "what is in front must hand requests on to the server")
    value = f"{address} answers, /-/readyz there with {answer.status}"
    if answer.status < 400 and not _is_local(address):
        return warn(
            value, "keep /-/ inside, but for /-/callback/public-key.pem: deploy/ has files for nginx and HAProxy"
        )
    return ok(value)


def host(setup: Setup) -> Seen:
    """Whether the server sees the host, and the port, that clients sign."""
    sent = urlsplit(_address(setup)).netloc.rpartition("@")[2]
    try:
        seen = _seen_by_server(setup, "OSS", "/", "HostId")
    except UnansweredError as error:
        return fail(str(error), "see the check before")
    if seen is None:
        return fail("the server did not say", "see the check before")
    if seen.lower() != sent.lower():
        return fail(
            f"sent {sent}, the server saw {seen}",
            "hand Host on as it came, port included (nginx: proxy_set_header Host $http_host;"
            " Apache: ProxyPreserveHost On): clients sign it, and it tells the bucket",
        )
    return ok(f"{seen} came through")


def path(setup: Setup) -> Seen:
    """Whether the server sees the path as clients sign it."""
    try:
        seen = _seen_by_server(setup, "AWS", _PATH, "Resource")
    except UnansweredError as error:
        return fail(str(error), "see the check before")
    if seen is None:
        return fail(
            "a path with escapes was not handed on", "hand on the path as it came (nginx: proxy_pass without path)"
        )
    if not seen.endswith(_PATH.removeprefix("/entrepot-doctor")):
        return fail(
            f"sent {_PATH}, the server saw {seen[:200]}", "hand on the path as it came: no decoding, no merging"
        )
    return ok("escapes and slashes came through")


def body(setup: Setup) -> Seen:
    """Whether an upload of some size is let through."""
    size = f"{_BODY_BYTES >> 20} MiB"
    try:
        answer = _probe(setup, "OSS", "PUT", _PATH, bytes(_BODY_BYTES))
    except UnansweredError as error:
        return fail(f"{size}: {error}", "let bodies of any length through (nginx: client_max_body_size 0)")
    if _said(answer, "HostId") is None:
        return fail(
            f"{size} answered with {answer.status} in front", "let bodies of any length through: client_max_body_size 0"
        )
    return ok(f"{size} came through")


def minted(setup: Setup) -> Seen:
    """Whether addresses that the server makes lead where clients find it."""
    address, settings = _address(setup).rstrip("/"), setup.settings
    if settings.public_url == address:
        return ok(address)
    if settings.public_url is not None:
        return warn(
            settings.public_url, f"addresses lead there, and not to {address}: set public_url to where clients ask"
        )
    if address.startswith("https://") and not settings.speaks_tls:
        return warn(
            "http, as the server speaks it", f"set public_url = {address!r}: addresses begin with http without it"
        )
    return ok("as clients ask")


def _address(setup: Setup) -> str:
    assert setup.address is not None  # noqa: S101 - only then is it asked
    return setup.address


def _is_local(address: str) -> bool:
    return (urlsplit(address).hostname or "") in {"localhost", "127.0.0.1", "::1"}


def _asked(
    setup: Setup, method: str, target: str, headers: dict[str, str] | None = None, body: bytes | None = None
) -> Answer:
    authority = setup.data / "authority.crt"
    return ask(_address(setup), method, target, headers, body, seconds=_SECONDS, authority=authority)


def _probe(setup: Setup, scheme: str, method: str, target: str, body: bytes | None = None) -> Answer:
    signed = {"Authorization": f"{scheme} entrepot-doctor:AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "Date": _DATE}
    return _asked(setup, method, target, signed, body)


def _seen_by_server(setup: Setup, scheme: str, target: str, member: str) -> str | None:
    """What the server says that it saw; None when it was not the server that answered."""
    return _said(_probe(setup, scheme, "GET", target), member)


def _said(answer: Answer, member: str) -> str | None:
    text = answer.body.decode("utf-8", "replace")
    _, there, rest = text.partition(f"<{member}>")
    return unescape(rest.partition("<")[0]) if there and "<RequestId>" in text else None
