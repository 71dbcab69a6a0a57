"""A transcript as a text: written and read by one grammar, which ``docs/recording.md`` tells.

A line says by its beginning what it is: ``==`` begins an exchange, ``>`` is of its request, ``<`` of its reply, ``!``
is why it was refused. Lines are at most 2 MiB, exchanges 100,000; a reader holds one exchange. What is not understood
is refused with its line. Nothing of a transcript is executed, and it names no file but by a digest.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import IO, Any, Final, NoReturn

from entrepot.transcript.entry import (
    VERSION,
    Answered,
    Asked,
    Bytes,
    Entry,
    File,
    Head,
    Kept,
    Piece,
    Repeated,
    Signing,
    Text,
)
from entrepot.transcript.template import TemplateError, pieces

LINE_MAX: Final = 2 << 20
ENTRIES_MAX: Final = 100_000
LINES_MAX: Final = 200_000
"""Of one exchange."""
_FIRST: Final = f"entrepot transcript {VERSION}"
_WIDTH: Final = 96
_QUOTED: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")
"""Characters that do not stand in a line as they are."""
_LINE: Final = re.compile(r"[^\n]{0,65535}\n|[^\n]{1,65536}")
_START: Final = re.compile(r"== ([0-9]{1,9}) \+([0-9]{1,9}\.[0-9]{3}) ([a-z0-9_-]{1,40}) (\S{1,100})")
_REQUEST: Final = re.compile(r"> ([A-Z]{1,20}) (\S{1,65536})")
_NAMED: Final = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]{0,256}):(=?)(?: (.*))?")
_SIGN: Final = re.compile(r"(\S{1,40}) key ([0-9]{1,6})(?: bucket (\S{1,300}))?(?: object (\S{1,8192}))?")


class TranscriptError(ValueError):
    """A transcript that cannot be read; the message names the line and says what to do."""


def body_files(path: str) -> str:
    """The folder beside a transcript that has its long bodies."""
    return f"{path}.bodies"


# Writing.


def head_lines(head: Head) -> Iterator[str]:
    """The beginning of a transcript."""
    yield _FIRST
    yield f"recorded {head.recorded} by {head.by}"
    for key, account in head.keys:
        yield f"key {key} of account {account}"
    if head.left_out:
        yield f"left out {head.left_out}"


def lines(entry: Entry) -> Iterator[str]:
    """One exchange."""
    asked, answered = entry.asked, entry.answered
    yield ""
    yield f"== {entry.number} +{entry.seconds:.3f} {entry.dialect} {entry.operation}"
    if entry.skipped:
        yield f"skip {entry.skipped}"
    if asked.signing is not None:
        yield " ".join(_signing(asked.signing))
    yield from (f"text {name}{_value(text)}" for name, text in asked.texts)
    yield f"> {asked.method} {asked.target}"
    yield from (f"> {name}{_value(value)}" for name, value in asked.headers)
    if asked.chunked:
        yield ">chunked"
    if asked.trailers is not None:
        yield f">framed {json.dumps([list(one) for one in asked.trailers])}"
    if asked.form is not None:
        yield from (f">+ {json.dumps([name, value], ensure_ascii=False)}" for name, value in asked.form)
        if asked.file is not None:
            told = [asked.file.name, asked.file.filename, asked.file.content_type]
            yield f">file {json.dumps(told, ensure_ascii=False)}"
        elif not asked.form:
            yield ">form"
    yield from _body(">", asked.body)
    yield f"< {answered.status}"
    yield from (f"< {name}{_value(value)}" for name, value in answered.headers)
    yield from _body("<", answered.body)
    if answered.cause:
        yield f"!{_value(answered.cause)}"


def _signing(signing: Signing) -> Iterator[str]:
    yield from ("sign", signing.scheme, "key", signing.key)
    if signing.bucket is not None:
        yield from ("bucket", signing.bucket)
    if signing.object:
        yield from ("object", signing.object)


def _value(text: str) -> str:
    """A value behind its name: ``: TEXT``, or ``:= "TEXT"`` in JSON where it would not be one line."""
    return f":= {json.dumps(text, ensure_ascii=False)}" if _QUOTED.search(text) or "\n" in text else f": {text}"


def _body(side: str, body: Iterable[Piece]) -> Iterator[str]:
    for piece in body:
        match piece:
            case Text(text=text, data=data):
                yield from (side + line for line in _text_lines(text, "%" if data else ""))
            case Bytes(content=content):
                yield from _base64(side, content)
            case Repeated(length=length, period=period):
                yield f"{side}* {length} {base64.b64encode(period).decode('ascii')}"
            case Kept(length=length, sha256=sha256):
                yield f"{side}@ {length} {sha256}"


def _text_lines(text: str, data: str) -> Iterator[str]:
    """Lines: ``|`` is a line and its end, ``:`` one without, ``"`` a JSON text; ``%`` before it says: data."""
    for line in _LINE.findall(text):
        content = line.removesuffix("\n")
        if _QUOTED.search(content):
            yield f'{data}" {json.dumps(line, ensure_ascii=False)}'
        else:
            yield f"{data}{':' if content == line else '|'} {content}"


def _base64(side: str, content: bytes) -> Iterator[str]:
    text = base64.b64encode(content).decode("ascii")
    for at in range(0, len(text), _WIDTH):
        yield f"{side}= {text[at : at + _WIDTH]}"


# Reading.


class _Lines:
    """The lines of a transcript, with their numbers."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._held: str | None = None
        self.number = 0

    def next(self) -> str | None:
        """The next line that is neither empty nor a remark; None at the end."""
        if self._held is not None:
            line, self._held = self._held, None
            return line
        while True:
            raw = self._stream.readline(LINE_MAX + 1)
            if not raw:
                return None
            self.number += 1
            if len(raw) > LINE_MAX:
                self.refuse(f"the line is longer than {LINE_MAX} bytes")
            try:
                line = raw.decode("utf-8").removesuffix("\n").removesuffix("\r")
            except UnicodeDecodeError:
                self.refuse("the line is not UTF-8")
            if line and not line.startswith("#"):
                return line

    def back(self, line: str) -> None:
        """Have the line again."""
        self._held = line

    def refuse(self, why: str) -> NoReturn:
        """Raises TranscriptError."""
        raise TranscriptError(f"line {self.number}: {why}; docs/recording.md tells how a transcript is written")


def read_head(stream: IO[bytes]) -> tuple[Head, Iterator[Entry]]:
    """The beginning of a transcript, and its exchanges as they are read. Both raise TranscriptError."""
    lines = _Lines(stream)
    first = lines.next()
    if first != _FIRST:
        lines.refuse(f"a transcript begins with {_FIRST!r}, not with {(first or '')[:60]!r}")
    told: dict[str, Any] = {"recorded": "", "by": "", "keys": [], "left_out": 0}
    while (line := lines.next()) is not None and not line.startswith("=="):
        if match := re.fullmatch(r"recorded (\S{1,40}) by (.{1,80})", line):
            told["recorded"], told["by"] = match[1], match[2]
        elif match := re.fullmatch(r"key ([0-9]{1,6}) of account ([0-9]{1,6})", line):
            told["keys"].append((match[1], match[2]))
        elif match := re.fullmatch(r"left out ([0-9]{1,12})", line):
            told["left_out"] = int(match[1])
        else:
            lines.refuse(f"{line[:60]!r} is none of: recorded, key, left out, ==")
    if line is not None:
        lines.back(line)
    head = Head(recorded=told["recorded"], by=told["by"], keys=tuple(told["keys"]), left_out=told["left_out"])
    return head, _entries(lines)


def _entries(lines: _Lines) -> Iterator[Entry]:
    count = 0
    while (line := lines.next()) is not None:
        count += 1
        if count > ENTRIES_MAX:
            lines.refuse(f"there are more than {ENTRIES_MAX} exchanges")
        match = _START.fullmatch(line)
        if match is None:
            lines.refuse(f"{line[:60]!r} does not begin an exchange, as '== 1 +0.000 s3 PutObject' does")
        yield _Exchange(lines, match).read()


class _Exchange:
    """Reads one exchange."""

    def __init__(self, lines: _Lines, start: re.Match[str]) -> None:
        self._lines = lines
        self._start = start
        self._begun = lines.number
        self._asked: dict[str, Any] = {"headers": [], "texts": [], "form": None, "body": []}
        self._answered: dict[str, Any] = {"headers": [], "body": []}
        self._skipped = ""

    def read(self) -> Entry:
        """Up to the next one. Raises TranscriptError."""
        count = 0
        while (line := self._lines.next()) is not None:
            count += 1
            if count > LINES_MAX:
                self._refuse(f"an exchange has more than {LINES_MAX} lines")
            if line.startswith("=="):
                self._lines.back(line)
                break
            try:
                self._take(line)
            except TemplateError as error:
                self._refuse(str(error))
            except (json.JSONDecodeError, binascii.Error, ValueError, TypeError) as error:
                if isinstance(error, TranscriptError):
                    raise
                self._refuse(f"{line[:40]!r} cannot be read")
        if "method" not in self._asked or "status" not in self._answered:
            self._refuse(f"exchange {self._start[1]} lacks its request or its reply")
        return self._made()

    def _refuse(self, why: str) -> NoReturn:
        self._lines.refuse(why)

    def _made(self) -> Entry:
        for side in (self._asked, self._answered):
            side["body"] = _joined(side["body"])
            side |= {name: tuple(value) for name, value in side.items() if isinstance(value, list)}
        return Entry(
            number=int(self._start[1]), seconds=float(self._start[2]), dialect=self._start[3],
            operation=self._start[4], asked=Asked(**self._asked), answered=Answered(**self._answered),
            skipped=self._skipped, line=self._begun,
        )  # fmt: skip

    def _take(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        match word:
            case "skip":
                self._skipped = rest
            case "sign":
                self._asked["signing"] = self._signing(rest, line)
            case "text":
                self._asked["texts"].append(self._named(rest, line))
            case "!:" | "!:=":
                self._answered["cause"] = self._named(line[1:], line)[1]
            case ">" if "method" not in self._asked:
                self._request(line)
            case "<" if "status" not in self._answered:
                self._answered["status"] = int(rest) if re.fullmatch(r"[1-5][0-9]{2}|0", rest) else self._bad(line)
            case ">" | "<":
                self._side(word)["headers"].append(self._named(rest, line))
            case _ if line[0] in "<>":
                self._piece(self._side(line[0]), word[1:], rest, line)
            case _:
                self._bad(line)

    def _side(self, side: str) -> dict[str, Any]:
        return self._asked if side == ">" else self._answered

    def _bad(self, line: str) -> NoReturn:
        self._refuse(f"{line[:60]!r} is no line of an exchange")

    def _request(self, line: str) -> None:
        match = _REQUEST.fullmatch(line)
        if match is None:
            self._refuse("a request begins with '> METHOD TARGET'")
        self._asked["method"], self._asked["target"] = match[1], _template(match[2])

    def _signing(self, rest: str, line: str) -> Signing:
        match = _SIGN.fullmatch(rest)
        if match is None:
            self._bad(line)
        bucket, name = match[3], match[4] or ""
        return Signing(scheme=match[1], key=match[2], bucket=bucket and _template(bucket), object=_template(name))

    def _named(self, rest: str, line: str) -> tuple[str, str]:
        """A name and its value."""
        match = _NAMED.fullmatch(rest)
        if match is None:
            self._bad(line)
        value = match[3] or ""
        found = json.loads(value) if match[2] else value
        if not isinstance(found, str):
            self._bad(line)
        return match[1].lower(), _template(found)

    def _piece(self, side: dict[str, Any], word: str, rest: str, line: str) -> None:
        body = side["body"]
        match word:
            case "chunked" if side is self._asked:
                side["chunked"] = True
            case "framed" if side is self._asked:
                side["trailers"] = tuple((str(name), str(value)) for name, value in json.loads(rest))
            case "form" if side is self._asked:
                side["form"] = side["form"] or []
            case "+" if side is self._asked:
                name, value = _texts(json.loads(rest), 2)
                side["form"] = side["form"] or []
                side["form"].append((_template(name or ""), _template(value or "")))
            case "file" if side is self._asked:
                name, filename, kind = _texts(json.loads(rest), 3)
                side["file"] = File(name=name or "", filename=filename, content_type=kind)
            case "=":
                body.append(Bytes(content=base64.b64decode(rest, validate=True)))
            case "*":
                length, _, period = rest.partition(" ")
                found = base64.b64decode(period, validate=True)
                if not found:
                    self._bad(line)
                body.append(Repeated(length=_length(length), period=found))
            case "@":
                length, _, digest = rest.partition(" ")
                if not re.fullmatch(r"[0-9a-f]{64}", digest):
                    self._bad(line)
                body.append(Kept(length=_length(length), sha256=digest))
            case "|" | ":" | '"' | "%|" | "%:" | '%"':
                data = word.startswith("%")
                text = f"{rest}\n" if word[-1] == "|" else json.loads(rest) if word[-1] == '"' else rest
                body.append(Text(text=str(text) if data else _template(str(text)), data=data))
            case _:
                self._bad(line)


def _joined(body: list[Piece]) -> tuple[Piece, ...]:
    """One piece of each run of lines."""
    found: list[Piece] = []
    for (kind, data), run in groupby(body, lambda piece: (type(piece), isinstance(piece, Text) and piece.data)):
        if kind is Text:
            found.append(Text(text="".join(one.text for one in run if isinstance(one, Text)), data=data))
        elif kind is Bytes:
            found.append(Bytes(content=b"".join(one.content for one in run if isinstance(one, Bytes))))
        else:
            found += run
    return tuple(found)


def _length(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise ValueError(text)
    return int(text)


def _texts(value: object, count: int) -> list[str | None]:
    if not isinstance(value, list) or len(value) != count:
        raise ValueError
    if not all(one is None or isinstance(one, str) for one in value):
        raise ValueError
    return value


def _template(text: str) -> str:
    """A text whose variables are all known. Raises TemplateError."""
    if "${" in text:
        for _ in pieces(text):
            pass
    return text
