"""Rows as people read them: times as dates, sizes with units, columns that fit.

Knows which names are times and sizes; must not know a command. What programs read is JSON, which is another matter: it
has the same rows with their values as they are. All times are UTC, as in the server's log, and say so.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

_TIMES: Final = frozenset({"at", "time"})
_SIZES: Final = frozenset({"bytes", "size", "content_length"})
_UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_GAP: Final = "  "
_QUOTED: Final = frozenset(' "\\')
"""What makes a fact one that is put between quotes."""
_CUT: Final = "…"
_LEAST: Final = 10
"""No column is cut below this, nor below its head."""
_LEFT_OUT_FIRST: Final = (
    "referer_allow", "referer_deny", "referer_empty", "token_protected", "account", "seed", "percent", "first",
    "minter", "remark", "object", "method", "key",
)  # fmt: skip
"""Columns that are left out first where not all fit; then from the right."""


def is_time(name: str) -> bool:
    """Whether values of this name are times."""
    return name in _TIMES or name.endswith("_at")


def is_size(name: str) -> bool:
    """Whether values of this name are counts of bytes."""
    return name in _SIZES or name.endswith("_bytes")


def told(name: str, value: Any) -> str:
    """A value of this name, without a zone where it is a time."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value) or "-"
    if is_time(name):
        return _date(value)
    if isinstance(value, int | float):
        if is_size(name):
            return size(value)
        if name == "seconds" or name.endswith("_seconds"):
            return f"{value:g} s"
    return str(value)


def _date(value: Any) -> str:
    """A time in seconds since 1970, or as ISO 8601 has it, as ``2026-01-31 12:00:00``, in UTC."""
    try:
        moment = (
            dt.datetime.fromtimestamp(value, dt.UTC)
            if isinstance(value, int | float)
            else dt.datetime.fromisoformat(str(value)).astimezone(dt.UTC)
        )
    except (ValueError, OverflowError, OSError):
        return str(value)
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def size(count: float) -> str:
    """A count of bytes, to four digits."""
    power = 0
    while count >= 1024 and power < len(_UNITS) - 1:
        count, power = count / 1024, power + 1
    return f"{count:.0f} {_UNITS[power]}" if power == 0 else f"{count:.1f} {_UNITS[power]}"


def record(row: Mapping[str, Any], width: int | None) -> list[str]:
    """One row: a line for each member, longer ones over several lines. A word is never broken: people copy it."""
    names = max(map(len, row), default=0)
    lines = []
    for name, value in row.items():
        text = told(name, value) + (" UTC" if is_time(name) and value not in (None, "") else "")
        first = True
        for part in text.splitlines() or [""]:
            for line in wrapped(part, None if width is None else width - names - len(_GAP)):
                lines.append(f"{name if first else '':<{names}}{_GAP}{line}".rstrip())
                first = False
    return lines


def event(row: Mapping[str, Any], width: int | None) -> list[str]:
    """An event: when, what, and its facts by name. Where there is a width, further lines are set in.

    The text between quotes is as in JSON, so that a fact is one line whatever somebody has named an object.
    """
    words = [told("at", row["at"]), "UTC", f" {row['event']} "]
    for name, value in row.items():
        if name not in {"at", "event"}:
            text = told(name, value) + (" UTC" if is_time(name) and value not in (None, "") else "")
            words.append(f"{name}={_word(text)}")
    if width is None:
        return [" ".join(words)]
    lines = [""]
    for word in words:
        if lines[-1].strip() and len(lines[-1]) + 1 + len(word) > width:
            lines.append(" " * 4 + word)
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return lines


def _word(text: str) -> str:
    """A text as one word, in which nothing speaks to a terminal: what is not printable is told by its number."""
    if not text.isprintable():
        return json.dumps(text)
    return json.dumps(text, ensure_ascii=False) if _QUOTED.intersection(text) else text


def wrapped(text: str, width: int | None) -> list[str]:
    """A text in lines of a width, broken at spaces; a longer word stays whole."""
    if width is None or len(text) <= width:
        return [text]
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]


def table(rows: Sequence[Mapping[str, Any]], width: int | None) -> tuple[list[str], list[str]]:
    """The lines of a table, its heads first, and the names of columns that did not fit."""
    columns = {
        name: [f"{name} (UTC)" if is_time(name) else name, *(told(name, row[name]) for row in rows)] for name in rows[0]
    }
    columns = {name: [" ".join(cell.split()) for cell in cells] for name, cells in columns.items()}
    left_out = [] if width is None else _fit(columns, width)
    widths = {name: max(map(len, cells)) for name, cells in columns.items()}
    lines = [
        _GAP.join(f"{cells[number]:<{widths[name]}}" for name, cells in columns.items()).rstrip()
        for number in range(len(rows) + 1)
    ]
    return lines, left_out


def _fit(columns: dict[str, list[str]], width: int) -> list[str]:
    """Cut cells, and then leave columns out, until a table fits; the first column and times stay whole."""
    left_out: list[str] = []
    while _over(columns, width) > 0:
        cuttable = [name for name in list(columns)[1:] if not is_time(name)]
        least = sum(max(0, _width(columns[name]) - _least(columns[name])) for name in cuttable)
        if least < _over(columns, width) and len(columns) > 1:
            name = next((one for one in _LEFT_OUT_FIRST if one in list(columns)[1:]), list(columns)[-1])
            left_out.append(name)
            del columns[name]
            continue
        widest = max(cuttable, key=lambda name: _width(columns[name]) - _least(columns[name]), default=None)
        if widest is None or _width(columns[widest]) <= _least(columns[widest]):
            break
        most = max(_least(columns[widest]), _width(columns[widest]) - _over(columns, width))
        columns[widest] = [cell if len(cell) <= most else cell[: most - 1] + _CUT for cell in columns[widest]]
    return left_out


def _over(columns: Mapping[str, Sequence[str]], width: int) -> int:
    return sum(map(_width, columns.values())) + len(_GAP) * (len(columns) - 1) - width


def _width(cells: Sequence[str]) -> int:
    return max(map(len, cells))


def _least(cells: Sequence[str]) -> int:
    return min(_width(cells), max(_LEAST, len(cells[0])))
