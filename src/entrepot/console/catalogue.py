"""What the console says, in each language: one table for each page, below ``words/``, and which language is meant.

A name is ``TABLE.NAME``. A text may have places for values, ``{count}``. Every table has the same names in every
language. Source: RFC 9110 §12.5.4 ("Accept-Language").
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

LANGUAGES: Final = {"en": "English", "zh": "中文"}
"""By the name that addresses and cookies have; each in its own words. The first one is the default."""
TAGS: Final = {"en": "en", "zh": "zh-Hans"}
"""As HTML tells them."""
_FOLDER = Path(__file__).parent / "words"


class Catalogue:
    """All texts of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.texts: dict[str, str] = {}
        for path in sorted((_FOLDER / language).glob("*.toml")):
            table = tomllib.loads(path.read_text(encoding="utf-8"))
            self.texts |= {f"{path.stem}.{name}": text for name, text in table.items()}

    def text(self, name: str, **values: object) -> str:
        """A text with its values. Raises KeyError for a name that there is not."""
        found = self.texts[name]
        return found.format_map(values) if values else found


def meant(chosen: str | None, accepted: str | None) -> str:
    """The language that was chosen, or the one that the browser likes most, or the default."""
    if chosen in LANGUAGES:
        return chosen
    liked: list[tuple[float, str]] = []
    for part in (accepted or "")[:200].split(","):
        tag, _, weight = part.strip().partition(";")
        name = tag.strip().partition("-")[0].lower()
        if name in LANGUAGES:
            liked.append((_weight(weight), name))
    best = max(liked, key=lambda one: one[0], default=(0.0, ""))
    return best[1] if best[0] > 0 else next(iter(LANGUAGES))


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if not name:
        return 1.0
    try:
        return float(value) if name.strip() == "q" else 0.0
    except ValueError:
        return 0.0
