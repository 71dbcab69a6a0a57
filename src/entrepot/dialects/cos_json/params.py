"""Parameters of a COS JSON request: JSON body, multipart form and query string together, whatever the client chose.

Every value reaches the operation as text or, where JSON allows it, as an object; an empty number counts as absent.
File content is staged as it streams past, because the part that says what to do with it may come after it.
Source: wire facts §0 (rules 5 to 9) and §5.
"""

from __future__ import annotations

import mimetypes
from collections.abc import AsyncIterator, Mapping
from typing import Any

import orjson

from entrepot.core.facts.records import Staged
from entrepot.core.fault import Fault, Kind
from entrepot.core.rules.intake import Intake
from entrepot.dialects.cos_json.settings import CosJsonSettings
from entrepot.wire.forms import FormReader
from entrepot.wire.http import FilePart, Request

_JSON_MAX_BYTES = 1024 * 1024
_UNSET = "application/octet-stream"


class Params:
    """The parameters of one request, the body's before the query's."""

    __slots__ = ("_values", "content", "content_type")

    def __init__(
        self, values: Mapping[str, Any], content: Staged | None = None, content_type: str | None = None
    ) -> None:
        self._values = values
        self.content = content
        self.content_type = content_type

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str) -> str | None:
        """A text; numbers and booleans that JSON sent bare are written out."""
        value = self._values.get(name)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, bool | int | float):
            return str(int(value)) if isinstance(value, bool) else str(value)
        raise Fault(Kind.PARAMETER_INVALID, f"{name} must be a text")

    def needed(self, name: str, reason: str | None = None) -> str:
        """A text that must be there and not empty. Raises Fault PARAMETER_MISSING."""
        value = self.text(name)
        if not value:
            raise Fault(Kind.PARAMETER_MISSING, f"the parameter {name} is missing", reason=reason)
        return value

    def number(self, name: str, reason: str | None = None) -> int | None:
        """A whole number, in digits. Raises Fault PARAMETER_INVALID."""
        value = self.text(name)
        if value is None or value.strip() == "":
            return None
        digits = value.strip().removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
            raise Fault(Kind.PARAMETER_INVALID, f"{name} must be a whole number, not {value[:40]!r}", reason=reason)
        return int(value)

    def object(self, name: str) -> dict[str, Any] | None:
        """A JSON object, given as such or as text that holds one."""
        value = self._values.get(name)
        if isinstance(value, str):
            if not value.strip():
                return None
            try:
                value = orjson.loads(value)
            except orjson.JSONDecodeError as error:
                raise Fault(
                    Kind.PARAMETER_INVALID, f"{name} is not a JSON object: {error}", reason="attribute"
                ) from error
        if value is None or isinstance(value, dict):
            return value
        raise Fault(Kind.PARAMETER_INVALID, f"{name} must be a JSON object", reason="attribute")


async def read_params(request: Request, intake: Intake, settings: CosJsonSettings) -> Params:
    """Read the whole request.

    Raises:
        Fault: MALFORMED (reasons ``json``, ``form``, ``utf8``), TOO_LARGE.
    """
    values: dict[str, Any] = {name: value for name, value in reversed(request.query()) if name != "sign"}
    if request.method != "POST":
        return Params(values)
    announced = request.content_length()
    largest = settings.simple_max_bytes + settings.text_max_bytes + 1024 * 1024
    if announced is not None and announced > largest:
        raise Fault(
            Kind.TOO_LARGE,
            f"the body has {announced} bytes; a simple upload has at most {settings.simple_max_bytes}, use slices",
        )
    content_type = request.header(b"content-type") or ""
    if content_type.strip().lower().startswith("multipart/"):
        return await _read_form(request, content_type, values, intake, settings)
    values.update(await _read_json(request))
    return Params(values)


async def _read_json(request: Request) -> dict[str, Any]:
    body = bytearray()
    async for chunk in request.body:
        body += chunk
        if len(body) > _JSON_MAX_BYTES:
            raise Fault(Kind.TOO_LARGE, f"a JSON body has at most {_JSON_MAX_BYTES} bytes", reason="json")
    if not body.strip():
        return {}
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Fault(Kind.MALFORMED, f"the body is not JSON: {error}", reason="json") from error
    if not isinstance(value, dict):
        raise Fault(Kind.MALFORMED, "the body must be a JSON object", reason="json")
    return value


async def _read_form(
    request: Request, content_type: str, values: dict[str, Any], intake: Intake, settings: CosJsonSettings
) -> Params:
    staged: list[tuple[Staged, FilePart]] = []

    async def take_file(part: FilePart, chunks: AsyncIterator[bytes]) -> None:
        if staged:
            raise Fault(Kind.MALFORMED, "the form has two filecontent parts", reason="form")
        # A slice has no digest of its own, and is read again at once for that of the whole file.
        is_slice = ("op", "upload_slice_data") in reader.form.fields or values.get("op") == "upload_slice_data"
        limit = settings.slice_max_bytes if is_slice else settings.simple_max_bytes
        try:
            content = await intake.stage(chunks, limit=limit, sha1=not is_slice)
        except Fault as fault:
            if fault.kind is Kind.TOO_LARGE and is_slice:
                raise Fault(Kind.TOO_LARGE, f"a slice has at most {limit} bytes", reason="slice") from fault
            raise
        staged.append((content, part))

    reader = FormReader(content_type, lambda name: name == "filecontent", take_file, settings.text_max_bytes)
    form = await reader.read(request.body)
    seen: set[str] = set()
    for name, value in form.fields:
        if name in seen:
            raise Fault(Kind.MALFORMED, f"the form has the field {name!r} twice", reason="form")
        seen.add(name)
        values[name] = value
    if not staged:
        return Params(values)
    content, part = staged[0]
    return Params(values, content, part.content_type)


def guessed_type(key: str) -> str | None:
    """The media type that a name's extension stands for."""
    return mimetypes.guess_type(key, strict=False)[0]


def stored_type(key: str, sent: str | None) -> str | None:
    """The type worth storing: what the client said, where the name says nothing and the client something."""
    if sent is None or guessed_type(key) is not None:
        return None
    bare = sent.strip()
    return None if not bare or bare.lower().startswith((_UNSET, "multipart/")) or not bare.isprintable() else bare
