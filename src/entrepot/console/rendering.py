"""Templates to HTML. The only module that knows the library.

Every value is escaped, whatever it is; a value that is missing is a defect and not an empty text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from entrepot.console.assets import Assets
from entrepot.console.catalogue import LANGUAGES, TAGS, Catalogue
from entrepot.console.guard import CSRF_FIELD
from entrepot.console.page import BASE, Page
from entrepot.console.sessions import Visitor

_FOLDER = Path(__file__).parent
_BETWEEN_LINES = re.compile(r"[^\n\t]+")
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around the content of every page. ``back`` is where this page is, below BASE."""

    page: Page | None
    visitor: Visitor | None
    navigation: list[Page]
    language: str
    back: str


class Rendering:
    """All templates, in all languages. A template stands beside its page, or in ``layout/``."""

    def __init__(self, assets: Assets, version: str) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, auto_reload=False,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        self._environment.filters |= {
            "size": size,
            "moment": moment,
            "written": written,
            "visible": visible,
            "visible_lines": visible_lines,
            "number": number,
        }
        self._environment.globals |= {
            "base": BASE, "asset": assets.address, "version": version, "languages": LANGUAGES, "csrf_field": CSRF_FIELD,
        }  # fmt: skip
        self._catalogues = {name: Catalogue(name) for name in LANGUAGES}

    def html(self, template: str, values: Mapping[str, Any], frame: Frame) -> bytes:
        """A page, or a part of one."""
        text = self._catalogues[frame.language].text
        found = self._environment.get_template(template).render(
            values, t=text, page=frame.page, visitor=frame.visitor, navigation=frame.navigation, back=frame.back,
            language=frame.language, language_tag=TAGS[frame.language],
        )  # fmt: skip
        return found.encode("utf-8", "replace")


def size(count: float) -> str:
    """Bytes with a unit."""
    number_of, unit = float(count), _UNITS[0]
    for unit in _UNITS:
        if abs(number_of) < 1024 or unit == _UNITS[-1]:
            break
        number_of /= 1024
    return f"{number_of:,.0f} {unit}" if unit == _UNITS[0] else f"{number_of:,.1f} {unit}"


def number(count: float) -> str:
    """A number with its thousands apart."""
    return f"{count:,}"


def moment(seconds: float) -> str:
    """A time as people read it, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def written(at: str) -> str:
    """A time that is written as RFC 3339 does, as people read it, in UTC."""
    return moment(datetime.fromisoformat(at).timestamp())


def visible(text: str) -> str:
    """A text with letters that cannot be seen, or that turn the direction of writing, as escapes."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)


def visible_lines(text: str) -> str:
    """The same of a text of several lines, whose line ends and tabs stay."""
    return _BETWEEN_LINES.sub(lambda found: visible(found[0]), text)
