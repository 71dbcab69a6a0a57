"""Code to paste: templates of text, one for each client, with values as literals of its language.

A value cannot end its literal, whatever it is: JSON's escapes are those of Python, JavaScript, Go and Java alike, and
letters that cannot be seen are escaped, too; a value of an INI file is its line's rest. Must not know what values mean.
"""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from entrepot.console.rendering import visible

_FOLDER = Path(__file__).parent / "snippets"
_PLACE = re.compile(r"@([A-Za-z]+)(:headers)?@")

Values = Mapping[str, str | Mapping[str, str]]


def code_of(table: str, name: str, values: Values, *, plain_http: bool) -> list[dict[str, str]]:
    """The code for what ``name`` says in a table: each with ``client`` and ``text``. Raises KeyError.

    What is for ``http`` or ``https`` alone is left out where the server speaks the other.
    """
    listed: list[dict[str, Any]] = tomllib.loads((_FOLDER / f"{table}.toml").read_text(encoding="utf-8"))[name]
    return [
        {"client": one["client"], "text": _filled(one["text"], one["language"], values)}
        for one in listed
        if not one.get("http" if not plain_http else "https")
    ]


def _filled(text: str, language: str, values: Values) -> str:
    literal, header, between = _LANGUAGES[language]

    def value_of(found: re.Match[str]) -> str:
        value = values[found[1]]
        if isinstance(value, str):
            return literal(value)
        return between.join(header.format(literal(name), literal(said)) for name, said in value.items())

    return _PLACE.sub(value_of, text).strip("\n")


def quoted(text: str) -> str:
    """A text between double quotes, as Python, JavaScript, Go and Java read it."""
    return "".join(one if one.isprintable() else _escaped(one) for one in json.dumps(text, ensure_ascii=False))


def _escaped(letter: str) -> str:
    """A letter that cannot be seen; what is beyond 16 bits is left, because the languages differ there."""
    return f"\\u{ord(letter):04x}" if ord(letter) < 1 << 16 else letter


_Language = tuple[Callable[[str], str], str, str]
_LANGUAGES: Final[dict[str, _Language]] = {
    "shell": (shlex.quote, " -H {}:{}", ""),
    "python": (quoted, "{}: {}", ", "),
    "javascript": (quoted, "{}: {}", ", "),
    "go": (quoted, "{}: {}", ", "),
    "java": (quoted, ".header({}, {})", ""),
    "ini": (visible, "", ""),
}
"""How a language writes a text, one header, and what stands between two."""
