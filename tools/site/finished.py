"""Reads a finished site as a browser would: links lead to pages and places in it, nothing is fetched from elsewhere.

Knows HTML alone, so it does not depend on what built the pages.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LOADED = {("img", "src"), ("script", "src"), ("iframe", "src"), ("source", "src"), ("link", "href")}
"""What a browser fetches without being asked."""


class _Page(HTMLParser):
    """The places and links of one page."""

    def __init__(self) -> None:
        super().__init__()
        self.places: set[str] = set()
        self.links: list[tuple[bool, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.places.add(value)
            elif name in ("href", "src") and value is not None:
                canonical = ("rel", "canonical") in attrs
                self.links.append(((tag, name) in _LOADED and not canonical, value))


def faults(site: Path) -> Iterator[str]:
    """What is wrong, a line each."""
    pages: dict[str, _Page] = {}
    for path in sorted(site.rglob("*.html")):
        page = _Page()
        page.feed(path.read_text("utf-8"))
        pages[path.relative_to(site).as_posix()] = page
    for name, page in pages.items():
        for loaded, link in page.links:
            yield from _wrong(site, pages, name, loaded, link)


def _wrong(site: Path, pages: dict[str, _Page], name: str, loaded: bool, link: str) -> Iterator[str]:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        if loaded and parts.scheme != "data":
            yield f"{name}: loads {link} from elsewhere"
        return
    there = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path))) if parts.path else name
    if there not in pages:
        if not (site / there).is_file():
            yield f"{name}: {link} leads nowhere"
    elif parts.fragment and unquote(parts.fragment) not in pages[there].places:
        yield f"{name}: {link} names no place of that page"
