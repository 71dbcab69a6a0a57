"""multipart/form-data, as it streams: small fields in memory, file content handed on without being held.

Fields may come in any order; clients send text fields as file parts and file content without a file name, so the
caller says by name which part is the file. ``Source:`` RFC 7578; wire facts §5.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from dataclasses import dataclass, field

from multipart import MultipartError, MultipartSegment, ParserLimitReached, PushMultipartParser

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import changed
from entrepot.wire.http import FilePart, Request

_BOUNDARY = re.compile(r'boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE)

TakeFile = Callable[["FilePart", AsyncIterator[bytes]], Awaitable[None]]
AnyName = Callable[[Collection[str]], bool]


@dataclass(slots=True, kw_only=True)
class Form:
    """The text fields, in order of arrival."""

    fields: list[tuple[str, str]] = field(default_factory=list)


def boundary_of(content_type: str) -> str:
    """The boundary parameter, quoted or not. Raises Fault MALFORMED without one."""
    match = _BOUNDARY.search(content_type)
    if match is None:
        raise Fault(Kind.MALFORMED, "the Content-Type multipart/form-data has no boundary", reason="form")
    return match.group(1) or match.group(2)


def _malformed(error: MultipartError) -> Fault:
    if isinstance(error, ParserLimitReached) and "header" in str(error).lower():
        return Fault(Kind.MALFORMED, f"the name of a form field is too long: {error}", reason="field-long")
    return Fault(Kind.MALFORMED, f"the multipart form is malformed: {error}", reason="form")


_PLAIN = {"7bit", "8bit", "binary"}


def _check_plain(segment: MultipartSegment) -> None:
    """Refuse a part whose bytes stand for others. Source: RFC 7578 §4.7, which leaves the header without a use."""
    encoding = segment.header("Content-Transfer-Encoding")
    if encoding is not None and encoding.strip().lower() not in _PLAIN:
        raise Fault(
            Kind.MALFORMED,
            f"the form has a part in the transfer encoding {encoding[:40]!r}; send the bytes themselves",
            reason="form",
        )


def _file_part(segment: MultipartSegment) -> FilePart:
    _check_plain(segment)
    return FilePart(name=segment.name or "", filename=segment.filename, content_type=segment.header("Content-Type"))


async def _no_file(_part: FilePart, _content: AsyncIterator[bytes]) -> None:
    """For forms whose file is read by :meth:`FormReader.rest`."""


_FIELDS_MAX_BYTES = 1 << 20


async def opened(request: Request, any_name: AnyName | None = None) -> tuple[Request, Fault | None]:
    """A browser's form with its fields read and its file still to come: the part ``file``, or what ``any_name`` says.

    A form that cannot be read comes with the fields that it had so far, by which one can tell who must refuse it, and
    the fault: MALFORMED, or TOO_LARGE (reason ``fields``, or ``field-long`` for a single one) when the fields before
    the file have more than 1 MiB. With Content-MD5, which covers the whole body, its end may raise DIGEST_MISMATCH.
    """
    body = request.body
    md5 = request.header(b"content-md5")
    if md5:
        body = _digested(body, md5.strip())
    try:
        reader = FormReader(
            request.header(b"content-type") or "",
            lambda name: name == "file",
            _no_file,
            _FIELDS_MAX_BYTES,
            any_name=any_name,
        )
    except Fault as fault:
        return changed(request, form=()), fault
    try:
        file = await reader.open(body)
    except Fault as fault:
        return changed(request, form=tuple(reader.form.fields)), fault
    rest = _nothing() if file is None else reader.rest(body)
    return changed(request, form=tuple(reader.form.fields), file=file, body=rest), None


async def _digested(body: AsyncIterator[bytes], expected: str) -> AsyncIterator[bytes]:
    digest = hashlib.md5(usedforsecurity=False)
    async for piece in body:
        digest.update(piece)
        yield piece
    if base64.b64encode(digest.digest()).decode() != expected:
        raise Fault(Kind.DIGEST_MISMATCH, "the form's MD5 is not the one in Content-MD5", reason="md5")


async def _nothing() -> AsyncIterator[bytes]:
    empty: tuple[bytes, ...] = ()
    for piece in empty:
        yield piece


def is_form(request: Request) -> bool:
    """Whether a browser's form was posted."""
    return request.method == "POST" and (request.header(b"content-type") or "").lower().startswith(
        "multipart/form-data"
    )


class FormReader:
    """Reads one form.

    Args:
        content_type: the request's.
        is_file: whether the part of this (lower-case) name is file content.
        take_file: consumes the content; called for each file part.
        text_limit: how many bytes all text fields may have together.
        any_name: told the names of the fields so far, whether a part with a file name is file content, too. Not one
            whose file name is its own: so write libraries text fields that they send as files.
    """

    def __init__(
        self,
        content_type: str,
        is_file: Callable[[str], bool],
        take_file: TakeFile,
        text_limit: int,
        *,
        any_name: AnyName | None = None,
    ) -> None:
        self._parser = PushMultipartParser(boundary_of(content_type), max_segment_count=64)
        self._is_file = is_file
        self._any_name = any_name
        self._take_file = take_file
        self._room = text_limit
        self._value_limit = text_limit
        self._events: Iterator[MultipartSegment | bytes | bytearray | None] | None = None
        self._parsing = False
        self.form = Form()
        """What has arrived so far."""

    async def read(self, body: AsyncIterator[bytes]) -> Form:
        """Read to the end.

        Raises:
            Fault: MALFORMED when it is no form or ends before its last boundary; TOO_LARGE; what ``take_file`` raises.
        """
        form = self.form
        try:
            while (event := await self._next(body)) is not None or self._parsing:
                if isinstance(event, MultipartSegment):
                    await self._part(event, body, form)
            self._parser.close()  # raises when the last boundary has not come
        except MultipartError as error:
            raise _malformed(error) from error
        return form

    async def open(self, body: AsyncIterator[bytes]) -> FilePart | None:
        """Read the text fields up to the first file part; None when the form ends without one.

        The file's bytes are then in :meth:`rest`. Raises Fault like :meth:`read`.
        """
        try:
            while (event := await self._next(body)) is not None or self._parsing:
                if not isinstance(event, MultipartSegment):
                    continue
                if self._holds_file(event):
                    return _file_part(event)
                await self._part(event, body, self.form)
            self._parser.close()
        except MultipartError as error:
            raise _malformed(error) from error
        return None

    async def rest(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The bytes of the file part that :meth:`open` found; what comes after it is read and ignored.

        Raises:
            Fault: MALFORMED when the form does not end well, with reason ``form-files`` when another file follows.
        """
        try:
            async for chunk in self._content(body):
                yield chunk
            while (event := await self._next(body)) is not None or self._parsing:
                if isinstance(event, MultipartSegment):
                    if self._holds_file(event):
                        raise Fault(Kind.MALFORMED, "the form holds more than one file", reason="form-files")
                    await self._part(event, body, Form())
            self._parser.close()
        except MultipartError as error:
            raise _malformed(error) from error

    async def _next(self, body: AsyncIterator[bytes]) -> MultipartSegment | bytes | bytearray | None:
        """The next event; None also between parts (``_parsing``), and at the very end (not ``_parsing``)."""
        while True:
            if self._events is not None:
                for event in self._events:  # one at a time: what came before an error is taken in before it
                    self._parsing = True
                    return event
            self._parsing = False
            self._events = None
            chunk = await anext(body, b"")
            if not chunk:
                return None
            self._events = iter(self._parser.parse(chunk))

    async def _content(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        while (event := await self._next(body)) is not None:
            assert not isinstance(event, MultipartSegment)  # noqa: S101 - None ends a part before the next begins
            yield bytes(event)
        if not self._parsing:
            raise Fault(Kind.MALFORMED, "the multipart form ends within a part", reason="form")

    def _holds_file(self, segment: MultipartSegment) -> bool:
        name = segment.name or ""
        if self._is_file(name.lower()):
            return True
        named = self._any_name is not None and bool(segment.filename) and segment.filename != name
        return named and self._any_name is not None and self._any_name([one for one, _ in self.form.fields])

    async def _part(self, segment: MultipartSegment, body: AsyncIterator[bytes], form: Form) -> None:
        name = segment.name or ""
        if self._holds_file(segment):
            await self._take_file(_file_part(segment), self._content(body))
            return
        _check_plain(segment)
        value = bytearray()
        async for chunk in self._content(body):
            value += chunk
            self._room -= len(chunk)
            if len(value) > self._value_limit:
                raise Fault(Kind.TOO_LARGE, f"the form field {name[:80]!r} is too long", reason="field-long")
            if self._room < 0:
                raise Fault(Kind.TOO_LARGE, "the text fields of the form are too long", reason="fields")
        try:
            form.fields.append((name, value.decode("utf-8")))
        except UnicodeDecodeError as error:
            raise Fault(Kind.MALFORMED, f"the form field {name!r} is not UTF-8", reason="utf8") from error
