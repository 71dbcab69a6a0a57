"""Texts with variables: ``${key.1}``, ``${upload-id.2}``, ``${now.unix+3600}``; ``$${`` stands for ``${`` itself.

A variable with a number has one value through a whole replay, bound where it first appears in a reply; one without is
matched by its kind alone, or made by whoever fills it. Nothing is executed: a variable is looked up, and what is not
known is refused. Matching is linear: a variable ends where the text behind it first begins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import unquote

from entrepot.core.value import Value
from entrepot.transcript import words
from entrepot.wire.dates import http_date

_VARIABLE: Final = re.compile(r"\$(\$\{)|\$\{([a-z][a-z0-9-]{0,30}(?:\.[a-z0-9-]{1,20}?)?)([+-][0-9]{1,12})?\}")
VARIABLES_MAX: Final = 20_000
"""In one text."""
GIVEN: Final = frozenset({"host", "port", "account", "user", "application", "key", "secret", "token"})
"""Kinds that whoever replays may give."""
MADE: Final = frozenset({
    "now", "signature", "wrong-signature", "app-sign", "nonce", "unknown-key", "unreadable",
    "customer-key", "customer-key-md5", "body",
})  # fmt: skip
"""Kinds that are made for each request."""
KNOWN: Final = GIVEN | MADE | words.PATTERNS.keys()


class TemplateError(ValueError):
    """A text that is no template, or that cannot be filled."""


class Variable(Value, frozen=True, kw_only=True):
    """``${NAME}`` or ``${NAME.PART+SHIFT}``; ``name`` has the part."""

    name: str
    shift: int = 0

    @property
    def kind(self) -> str:
        """What it is one of."""
        return self.name.partition(".")[0]

    @property
    def numbered(self) -> bool:
        """Whether it has one value through a whole replay."""
        return self.name.rpartition(".")[2].isdigit()


def literal(text: str) -> str:
    """The template that is just this text."""
    return text.replace("${", "$${")


def pieces(template: str) -> Iterator[str | Variable]:
    """Its texts and variables in order. Raises TemplateError."""
    at = 0
    for count, match in enumerate(_VARIABLE.finditer(template)):
        if count >= VARIABLES_MAX:
            raise TemplateError(f"a text has more than {VARIABLES_MAX} variables")
        if match.start() > at:
            yield _plain(template[at : match.start()])
        at = match.end()
        if match[1]:
            yield "${"
            continue
        found = Variable(name=match[2], shift=int(match[3] or 0))
        if found.kind not in KNOWN:
            raise TemplateError(f"there is no variable ${{{found.kind}}}; write $${{ for ${{ itself")
        yield found
    if at < len(template):
        yield _plain(template[at:])


def _plain(text: str) -> str:
    if "${" in text:
        raise TemplateError(f"{text[text.find('${') :][:40]!r} is no variable; write $${{ for ${{ itself")
    return text


def fill(template: str, value_of: Callable[[Variable], str]) -> str:
    """The text with the variables' values. Raises TemplateError."""
    if "$" not in template:
        return template
    return "".join(one if isinstance(one, str) else value_of(one) for one in pieces(template))


def has_variables(template: str) -> bool:
    """Whether it is more than a text."""
    return "${" in template.replace("$${", "")


def match(template: str, text: str, bound: MutableMapping[str, str]) -> bool:
    """Whether the text is what the template says; then variables that were not bound are.

    What is bound already must be the same again, but for kinds that are renewed.
    """
    if not has_variables(template):
        return template.replace("$${", "${") == text
    found = _values(_resolved(template, bound), text)
    if found is None:
        return False
    fresh: dict[str, str] = {}
    for variable, value in found:
        if _PATTERNS[variable.kind].fullmatch(value) is None:
            return False
        if variable.numbered and fresh.setdefault(variable.name, value) != value and variable.kind not in words.RENEWED:
            return False
    bound.update({name: unquote(value) if "%" in value else value for name, value in fresh.items()})
    return True


def _resolved(template: str, bound: Mapping[str, str]) -> list[str | Variable]:
    """Its texts, in which what is bound is filled in, and what is left to be found between them."""
    found: list[str | Variable] = []
    for piece in pieces(template):
        value = piece if isinstance(piece, str) else bound.get(piece.name)
        if not isinstance(piece, str) and (value is None or piece.kind in words.RENEWED):
            found.append(piece)
        elif found and isinstance(found[-1], str):
            found[-1] += value or ""
        else:
            found.append(value or "")
    return found


def _values(parts: list[str | Variable], text: str) -> list[tuple[Variable, str]] | None:
    """What each variable is, up to the next occurrence of the text behind it; None where that cannot be."""
    found: list[tuple[Variable, str]] = []
    at = 0
    for place, part in enumerate(parts):
        if isinstance(part, str):
            if not text.startswith(part, at):
                return None
            at += len(part)
            continue
        behind = parts[place + 1] if place + 1 < len(parts) else None
        if behind is None:
            end = len(text)
        elif not isinstance(behind, str):  # nothing tells where one ends and the other begins
            return None
        else:
            last = place + 2 == len(parts)
            end = max(text.rfind(behind), at) if last and text.endswith(behind) else text.find(behind, at)
        if end < 0:
            return None
        found.append((part, text[at:end]))
        at = end
    return found if at == len(text) else None


_OTHER: Final = re.compile(r"[^<>&\s]{0,1024}")
_PATTERNS: Final = {kind: words.PATTERNS.get(kind, _OTHER) for kind in KNOWN}


# Times.


def _stamp(form: str) -> Callable[[int], str]:
    return lambda at: datetime.fromtimestamp(at, UTC).strftime(form)


FORMS: Final[dict[str, Callable[[int], str]]] = {
    "unix": str,
    "http": http_date,
    "compact": _stamp("%Y%m%dT%H%M%SZ"),
    "iso": _stamp("%Y-%m-%dT%H:%M:%SZ"),
    "iso-ms": _stamp("%Y-%m-%dT%H:%M:%S.000Z"),
    "day": _stamp("%Y%m%d"),
    "day-iso": _stamp("%Y-%m-%d"),
}
"""How ``${now.FORM}`` writes a time."""


def time_text(variable: Variable, now: int) -> str:
    """What ``${now.FORM+SHIFT}`` is at a time. Raises TemplateError."""
    form = FORMS.get(variable.name.partition(".")[2])
    if form is None:
        raise TemplateError(f"${{{variable.name}}} has no form; there are {', '.join(FORMS)}")
    try:
        return form(now + variable.shift)
    except (ValueError, OverflowError, OSError) as error:
        raise TemplateError(f"${{{variable.name}{variable.shift:+}}} is no time") from error
