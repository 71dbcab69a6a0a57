"""A reply beside the recorded one: status, error code, headers, body. What differs is told so that one can read it.

XML and JSON are compared by their elements and members: their order counts among those of one name only, and neither
spaces nor prefixes count. Other bodies are compared by their bytes. What a recording says is what must be there; what
a reply has beyond that, in headers, is not looked at. Must not know a dialect.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Any, Final, Literal

import orjson

from entrepot.core.fault import Fault
from entrepot.core.value import Value
from entrepot.transcript import words
from entrepot.transcript.entry import Answered, Entry, Text
from entrepot.transcript.template import has_variables, match, pieces
from entrepot.wire.documents import Node
from entrepot.wire.xml import parse

Part = Literal["status", "code", "headers", "body"]
PARTS: Final[tuple[Part, ...]] = ("status", "code", "headers", "body")
DOCUMENT_MAX: Final = 4 << 20
"""The longest body that is compared by its elements and members."""
SHOWN: Final = 200
DIFFERENCES_MAX: Final = 50
"""Of one exchange."""
_DEPTH_MAX: Final = 64
_CODES: Final = frozenset({
    "/Error/Code", "/ErrorResponse/Error/Code", ".code", ".Code", ".Response.Error.Code",
    ".ResponseMetadata.Error.Code",
})  # fmt: skip
"""Where dialects have their error's code."""
_EXPLAINED: Final = re.compile(rf"[/.](?:{'|'.join(words.ANY_BEGINNINGS)})\w{{0,40}}$", re.IGNORECASE)
"""What dev mode says of a refusal beyond the cloud's words, as long as there is time for it."""
_ROOT: Final = re.compile(r"<(?:[A-Za-z_][\w.-]{0,80}:)?([A-Za-z_][\w.-]{0,80})[\s/>]")
"""The first element's local name."""
_BARE: Final = re.compile(r"(?<=[:\[,])(\s{0,8})(\$\{[^{}]{1,60}\})(?=\s{0,8}[,\]}])")


class Reply(Value, frozen=True, kw_only=True):
    """What came. ``body`` is None where it was too long to be held; then only its digest counts."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    length: int
    sha256: str


class Difference(Value, frozen=True, kw_only=True):
    """What differs: where, what the recording has, and what came; None for what is not there."""

    where: str
    recorded: str | None
    came: str | None

    def told(self) -> str:
        """As a line."""
        if self.recorded is None:
            return f"{self.where}: {_shown(self.came)} came, which was not recorded"
        if self.came is None:
            return f"{self.where}: {_shown(self.recorded)} did not come"
        return f"{self.where}: recorded {_shown(self.recorded)}, came {_shown(self.came)}"


def _shown(text: str | None) -> str:
    text = (text or "").encode("unicode_escape").decode("ascii") if not (text or "").isprintable() else text or ""
    return repr(text) if len(text) <= SHOWN else f"{text[:SHOWN]!r}… ({len(text)} characters)"


def differences(
    entry: Entry, reply: Reply, bound: MutableMapping[str, str], recorded: tuple[int, str], parts: Iterable[Part]
) -> list[Difference]:
    """What differs, at most 50 of it; variables that the reply tells are bound. ``recorded``: length and SHA-256."""
    wanted = set(parts)
    found: list[Difference] = []
    answered = entry.answered
    if "status" in wanted and reply.status != answered.status:
        found.append(Difference(where="status", recorded=str(answered.status), came=str(reply.status)))
    headers = list(_headers(answered, reply, bound))
    body = list(_body(entry, reply, bound, recorded))
    found += headers if "headers" in wanted else []
    codes = [one for one in body if one.where.removeprefix("body ") in _CODES]
    found += codes if "code" in wanted else []
    found += [one for one in body if one not in codes] if "body" in wanted else []
    return found[:DIFFERENCES_MAX]


def _headers(answered: Answered, reply: Reply, bound: MutableMapping[str, str]) -> Iterator[Difference]:
    came: dict[str, list[str]] = {}
    for name, value in reply.headers:
        came.setdefault(name.lower(), []).append(value)
    for name, template in answered.headers:
        if name in words.NOT_COMPARED or name in words.HOP:
            continue
        values = came.get(name, [])
        fitting = next((one for one in values if match(template, one, bound)), None)
        if fitting is not None:
            values.remove(fitting)
        else:
            yield Difference(where=f"header {name}", recorded=template, came=values[0] if values else None)


def _body(
    entry: Entry, reply: Reply, bound: MutableMapping[str, str], recorded: tuple[int, str]
) -> Iterator[Difference]:
    if entry.asked.method == "HEAD":
        return
    texts = [piece for piece in entry.answered.body if isinstance(piece, Text) and not piece.data]
    if len(texts) != len(entry.answered.body) or (not texts and recorded[0]):
        if (reply.length, reply.sha256) != recorded:
            yield Difference(where="body", recorded=_digest(*recorded), came=_digest(reply.length, reply.sha256))
        return
    template = "".join(piece.text for piece in texts)
    if reply.body is None:
        yield Difference(where="body", recorded=template[:SHOWN], came=_digest(reply.length, reply.sha256))
        return
    yield from _documents(template, reply.body, bound)


def _digest(length: int, sha256: str) -> str:
    return f"{length} bytes with SHA-256 {sha256}"


def _documents(template: str, body: bytes, bound: MutableMapping[str, str]) -> Iterator[Difference]:
    wanted, came = members(_BARE.sub(r'\1"\2"', template)), members(body.decode("utf-8", "replace"))
    if wanted is None or came is None:
        text = body.decode("utf-8", "replace")
        if not match(template, text, bound):
            yield Difference(where="body", recorded=template, came=text)
        return
    for where, value in wanted.items():
        if _EXPLAINED.search(where):
            continue
        actual = came.get(where)
        if actual is None:
            if not _optional(value):
                yield Difference(where=f"body {where}", recorded=value, came=None)
        elif not match(value, actual, bound):
            yield Difference(where=f"body {where}", recorded=value, came=actual)
    for where, actual in came.items():
        if where not in wanted and not _EXPLAINED.search(where):
            yield Difference(where=f"body {where}", recorded=None, came=actual)


def _optional(template: str) -> bool:
    """Whether it says nothing but that something stands there."""
    return has_variables(template) and all(not isinstance(one, str) and one.name == "any" for one in pieces(template))


def members(text: str) -> Mapping[str, str] | None:
    """The elements or members of a document that have a text, by their paths; None for what is neither XML nor JSON."""
    stripped = text.lstrip()
    try:
        root = _ROOT.search(stripped) if stripped.startswith("<") else None
        if root is not None:
            return dict(_elements(parse(stripped.encode("utf-8"), root[1])))
        if stripped[:1] in {"{", "["}:
            return dict(_values(orjson.loads(stripped), "", 0))
    except (Fault, ValueError, RecursionError):
        return None
    return None


def _elements(root: Node) -> Iterator[tuple[str, str]]:
    waiting = [(root, f"/{root.name}")]
    while waiting:
        element, path = waiting.pop()
        if not element.children:
            yield path, element.text
        counts: dict[str, int] = {}
        for child in element.children:
            counts[child.name] = counts.get(child.name, 0) + 1
            number = f"[{counts[child.name]}]" if counts[child.name] > 1 else ""
            waiting.append((child, f"{path}/{child.name}{number}"))


def _values(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEPTH_MAX:
        raise ValueError(path)
    if isinstance(value, dict) and value:
        for name, member in value.items():
            yield from _values(member, f"{path}.{name}", depth + 1)
    elif isinstance(value, list) and value:
        for number, member in enumerate(value, 1):
            yield from _values(member, f"{path}[{number}]", depth + 1)
    else:
        yield path or ".", value if isinstance(value, str) else orjson.dumps(value).decode("utf-8")
