"""What an operator may choose about sending downloads on to the store. Settings only: reading them loads no server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlsplit

SECONDS_MAX: Final = 300.0
"""Nobody can take back an address that was given, so none lives longer."""
BROWSER: Final = "Mozilla/"
"""How the User-Agent of every browser begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectSettings:
    """Large plain downloads may be sent on to the store of the bytes, for clients that follow. Off by default."""

    min_bytes: int = 0
    """Downloads from this size on are sent on to the store, where a client is known to follow; 0: none are."""
    endpoint: str | None = None
    """The address at which clients reach the store, such as https://bytes.example.com; default: the gateways' own way
    to it."""
    seconds: float = 60.0
    """How long an address of the store that a client was given may be used; alike at all gateways."""
    agents: tuple[str, ...] = (BROWSER, "Wget/")
    """How the User-Agent begins of clients that follow; of browsers only what they open as a page of its own, or
    save."""

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if self.min_bytes < 0:
            raise ValueError(f"min_bytes must be 0 or more, it is {self.min_bytes}")
        if not 1.0 <= self.seconds <= SECONDS_MAX:
            raise ValueError(f"seconds must be from 1 to {SECONDS_MAX:.0f}, it is {self.seconds}")
        if self.endpoint and not _is_endpoint(self.endpoint):
            raise ValueError("endpoint must be http:// or https:// with a host and perhaps a port, and nothing else")
        if not all(len(one) >= _AGENT_MIN and one.isascii() and one.isprintable() for one in self.agents):
            raise ValueError(f"agents must be beginnings of at least {_AGENT_MIN} characters, in ASCII")

    @property
    def on(self) -> bool:
        """Whether any download is sent on."""
        return self.min_bytes > 0

    def wrong(self, store: str | None, *, secure: bool) -> Iterator[tuple[str, str]]:
        """Why downloads cannot be sent on, if they shall, by the name of these settings.

        ``store`` is the gateways' address of the store, None where bytes are elsewhere; ``secure`` says that clients
        come by https.
        """
        if not self.on:
            return
        if store is None:
            yield (
                "redirect",
                "downloads can be sent on to a store only: set blobs to s3://…, or redirect.min_bytes to 0",
            )
            return
        there = self.endpoint or dict(parse_qsl(urlsplit(store).query)).get("endpoint", "")
        if secure and there.startswith("http:"):
            yield (
                "redirect",
                "who comes by https is not sent on to http; set redirect.endpoint to the store's https://…",
            )

    def kept_seconds(self, garbage_seconds: float, request_seconds: float) -> float:
        """How long bytes stay after their last name went: as long as is wished, and as who was sent on may read.

        He may begin until his address is over, and go on for as long as a request may take.
        """
        return max(garbage_seconds, self.seconds + request_seconds) if self.on else garbage_seconds


_AGENT_MIN: Final = 4


def _is_endpoint(text: str) -> bool:
    try:
        parts = urlsplit(text)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    bare = not (parts.path or parts.query or parts.fragment or "@" in parts.netloc)
    printable = text.isascii() and text.isprintable() and " " not in text and not set(text) & set('"<>\\')
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and has_port and bare and printable
