"""The transcript of a recording: what was kept of each exchange, with names for what differs each time.

Every text passes :class:`.naming.Names`. What cannot be replayed says why: credentials that could not be read, replies
that were cut. Must not know how a transcript is written, nor how it is replayed.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

from entrepot.core.fault import Kind
from entrepot.transcript import words
from entrepot.transcript.bodies import Bodies
from entrepot.transcript.captured import exchanges
from entrepot.transcript.entry import Answered, Asked, Entry, File, Head, Piece, Signing, Text
from entrepot.transcript.naming import Names, words_of
from entrepot.transcript.template import has_variables

Record = dict[str, Any]

DIGESTS: Final[dict[str, tuple[str, Callable[[bytes], str]]]] = {
    "content-md5": ("md5", lambda body: _base64(hashlib.md5(body, usedforsecurity=False).digest())),
    "x-amz-content-sha256": ("sha256", lambda body: hashlib.sha256(body).hexdigest()),
    "x-oss-content-sha256": ("sha256", lambda body: hashlib.sha256(body).hexdigest()),
    "x-tos-content-sha256": ("sha256", lambda body: hashlib.sha256(body).hexdigest()),
    "x-acs-content-sha256": ("sha256", lambda body: hashlib.sha256(body).hexdigest()),
    "x-content-sha256": ("sha256", lambda body: hashlib.sha256(body).hexdigest()),
    "x-amz-checksum-crc32": ("crc32", lambda body: _base64(zlib.crc32(body).to_bytes(4, "big"))),
    "x-amz-checksum-sha1": ("sha1-base64", lambda body: _base64(hashlib.sha1(body).digest())),
    "x-amz-checksum-sha256": ("sha256-base64", lambda body: _base64(hashlib.sha256(body).digest())),
}
"""Headers that tell a digest of the body, and how ``${body.FORM}`` computes it."""


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode("ascii")


class Composed:
    """A recording in ``captured`` as a transcript; long bodies go to ``bodies``."""

    def __init__(self, captured: Path, bodies: Path, by: str, most: int) -> None:
        self._captured = captured
        self._bodies = Bodies(captured, bodies)
        self._by = by
        self._most = most
        used: set[str] = set()
        for record in self._records():
            for text in (*_texts(record), *self._fields(record)):
                used |= words_of(text)
        self._names = Names(used)

    def _records(self) -> Iterator[Record]:
        return islice((one for one in exchanges(self._captured) if "left_out" not in one), self._most)

    def _fields(self, record: Record) -> list[str]:
        """The small fields of a multipart body."""
        found: list[str] = []

        def collected(text: str) -> str:
            found.append(text)
            return ""

        kind = _content_type(record)
        if kind.lower().startswith("multipart/") and record["form"] is None:
            self._bodies.pieces(record["body"], kind, collected)
        return found

    def entries(self) -> Iterator[Entry]:
        """The exchanges in order."""
        first: float | None = None
        for number, record in enumerate(self._records(), 1):
            first = record["at"] if first is None else first
            yield _Exchange(self._names, self._bodies, record).entry(number, record["at"] - first)

    def head(self) -> Head:
        """What is known when all :meth:`entries` were made."""
        everything = sum(1 for _ in exchanges(self._captured))
        first = next(self._records(), None)
        return Head(
            recorded=datetime.fromtimestamp(first["at"] if first else 0, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            by=self._by, keys=tuple(self._names.given), left_out=everything - sum(1 for _ in self._records()),
        )  # fmt: skip


def _texts(record: Record) -> Iterator[str]:
    """What a request says, but for the content of objects."""
    yield record["target"]
    yield from (value for _, value in record["headers"])
    yield from (value for _, value in record["form"] or ())
    yield record["body"].get("text", "")
    yield from record["said"].values()
    query = record["target"].partition("?")[2]
    yield from (unquote(pair.partition("=")[2]) for pair in query.split("&"))


class _Exchange:
    """One exchange with its names."""

    def __init__(self, names: Names, bodies: Bodies, record: Record) -> None:
        self._names = names
        self._bodies = bodies
        self._record = record
        self._at = int(record["at"])
        self._wrong = record["cause"].startswith(f"{Kind.SIGNATURE_MISMATCH.value}:")
        names.host(record["authority"])
        self._key = ""
        if record["key"] is not None:
            self._key = names.key(record["key"], record["account"], record["more"], record["key"][-32:])
        self._signs = bool(self._key) and record["scheme"] is not None and not self._wrong
        self._own = "signature" if self._signs else "wrong-signature"
        texts = [record["target"], *(value for _, value in [*record["headers"], *(record["form"] or ())])]
        self._borrowed = names.borrowed(texts)

    def entry(self, number: int, seconds: float) -> Entry:
        """The exchange of this number."""
        record = self._record
        asked, answered = self._asked(), self._answered()
        skipped = self._skipped(asked)
        return Entry(
            number=number, seconds=max(seconds, 0.0), dialect=record["dialect"], operation=record["operation"],
            asked=asked, answered=answered, skipped=skipped,
        )  # fmt: skip

    def _skipped(self, asked: Asked) -> str:
        record = self._record
        values = (asked.target, *(value for _, value in [*asked.headers, *(asked.form or ())]))
        if any("${unreadable}" in value for value in values):
            return "its credentials could not be read, so they are not kept"
        if record["scheme"] is None and any("${wrong-signature}" in value for value in values):
            return "its signature could not be read, so it is not kept"
        if record["cut"]:
            return "its reply was cut"
        if record["framed"] and self._wrong:
            return "a piece of its body was signed wrongly"
        return ""

    # The request.

    def _asked(self) -> Asked:
        record = self._record
        content_type = _content_type(record)
        body = self._bodies.pieces(record["body"], "" if record["form"] is not None else content_type, self._plain)
        said = () if self._borrowed else tuple((name, self._timed(text)) for name, text in record["said"].items())
        form = None if record["form"] is None else tuple(self._field(*one) for one in record["form"])
        headers = tuple(
            self._header(name, value) for name, value in record["headers"] if name not in words.HOP
        )  # fmt: skip
        return Asked(
            method=record["method"], target=self._target(record["target"]), headers=self._digested(headers, body),
            form=form, file=None if record["file"] is None else _file(record["file"]), body=self._posted(body),
            chunked=any(name == "transfer-encoding" for name, _ in record["headers"]) and not record["framed"],
            trailers=tuple(map(tuple, (record["trailers"] or {}).items())) if record["framed"] else None,
            signing=self._signing(), texts=said,
        )  # fmt: skip

    def _signing(self) -> Signing | None:
        record = self._record
        if not self._signs or self._borrowed:
            return None
        bucket = record["bucket"]
        return Signing(
            scheme=record["scheme"], key=self._key, bucket=None if bucket is None else self._plain(bucket),
            object=self._plain(quote(record["object"].encode("latin-1"), safe="/")),
        )  # fmt: skip

    def _plain(self, text: str) -> str:
        return self._names.asked(text, self._own)

    def _timed(self, text: str) -> str:
        if self._borrowed:
            return self._plain(text)
        return self._names.timed(text, self._at, self._record["signed_at"], self._own)

    def _header(self, name: str, value: str) -> tuple[str, str]:
        if name in words.NONCES:
            return name, "${nonce}"
        if name in words.TIMES and name not in words.NOT_A_TIME:
            return name, self._timed(value)
        return name, self._plain(value)

    def _target(self, target: str) -> str:
        path, question, query = target.partition("?")
        return self._plain(path) + question + self._parameters(query)

    def _parameters(self, query: str) -> str:
        return "&".join(map(self._parameter, query.split("&")))

    def _parameter(self, pair: str) -> str:
        name, equals, value = pair.partition("=")
        low = unquote(name).lower()
        if low in words.NONCES and value:
            return f"{name}=${{nonce}}"
        whole = self._names.whole(unquote(value)) if value and low not in words.TIMES else None
        if whole is not None:
            return f"{name}={whole}"
        if low not in words.TIMES:
            return self._plain(pair)
        if "%" not in value:
            return f"{name}{equals}{self._timed(value)}"
        return f"{name}{equals}{_quoted(self._timed(unquote(value)))}"

    def _posted(self, body: tuple[Piece, ...]) -> tuple[Piece, ...]:
        """The body; of a posted form its times and nonces as well."""
        kind = _content_type(self._record)
        text = self._record["body"].get("text")
        if text and kind.lower().startswith("application/x-www-form-urlencoded"):
            return (Text(text=self._parameters(text)),)
        return body

    def _field(self, name: str, value: str) -> tuple[str, str]:
        return name, self._timed(value) if name.lower() in words.TIMES else self._plain(value)

    def _digested(self, headers: tuple[tuple[str, str], ...], body: tuple[Piece, ...]) -> tuple[tuple[str, str], ...]:
        """The headers; what tells a digest of a body that has variables is computed when it is sent."""
        text = self._record["body"].get("text", "")
        if not any(isinstance(piece, Text) and not piece.data and has_variables(piece.text) for piece in body):
            return headers
        original = None if "\0" in text else text.encode()
        return tuple(
            (name, f"${{body.{DIGESTS[name][0]}}}")
            if name in DIGESTS and (original is None or DIGESTS[name][1](original) == value) else (name, value)
            for name, value in headers
        )  # fmt: skip

    # The reply.

    def _answered(self) -> Answered:
        record = self._record

        def named(text: str) -> str:
            return self._names.answered(text, self._at)

        headers = dict(record["reply_headers"])
        if "etag" in headers and any(name.endswith(words.SEALED) for name in headers):
            self._names.etag(headers["etag"])
        return Answered(
            status=record["status"],
            headers=tuple(
                (name, "${any}" if name in words.NOT_COMPARED else named(value))
                for name, value in record["reply_headers"]
                if name not in words.HOP
            ),
            body=self._bodies.pieces(record["reply"], "", named),
            cause=named(record["cause"]),
        )


def _content_type(record: Record) -> str:
    return str(next((value for name, value in record["headers"] if name == "content-type"), ""))


def _file(told: list[str | None]) -> File:
    return File(name=told[0] or "", filename=told[1], content_type=told[2])


def _quoted(template: str) -> str:
    """A template percent-encoded, but for its variables."""
    parts = template.split("${")
    found = [quote(parts[0], safe="")]
    for part in parts[1:]:
        name, brace, rest = part.partition("}")
        found.append(f"${{{name}{brace}{quote(rest, safe='')}")
    return "".join(found)
