"""Takes in a COS JSON request: its query, and its body as JSON or as a form.

Everything that was said is kept, once; what is said twice, in a form that is not this API's, or where it would not be
read is refused. Knows no operation. File content is staged as it streams past, because the part that says what to do
with it may come after it. Source: seed 004 "请求结构"; wire facts §0 (rules 5 to 9), §4, §5.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from entrepot.core.facts.records import Protection, Staged
from entrepot.core.fault import Fault, Kind
from entrepot.core.rules.intake import Intake
from entrepot.dialects.cos_json.known import HEADER_PREFIXES, HEADERS
from entrepot.dialects.cos_json.params import Given
from entrepot.dialects.cos_json.settings import CosJsonSettings
from entrepot.wire.forms import FormReader
from entrepot.wire.http import FilePart, Request
from entrepot.wire.json_text import read_json

_JSON_MAX_BYTES = 1024 * 1024
_JSON_MAX_VALUES = 2000
_JSON_TYPES = {"", "application/json"}
# The seed's samples of uploads say "multipart/formdata".
_FORM_TYPES = {"multipart/form-data", "multipart/formdata"}
_CHARSETS = {"utf-8", "utf8", "us-ascii"}


Encrypted = Callable[[Mapping[str, Any]], Protection | None]
"""How the bytes of a request are encrypted, from what it has said before them."""


async def read_params(request: Request, intake: Intake, settings: CosJsonSettings, encrypted: Encrypted) -> Given:
    """Read the whole request.

    Raises:
        Fault: MALFORMED (reasons ``query``, ``json``, ``form``, ``utf8``), PARAMETER_INVALID, TOO_LARGE.
    """
    values = _query(request)
    if request.method != "POST":
        await check_no_body(request)
        return Given(values)
    _check_headers(request, settings)
    announced = request.content_length()
    largest = settings.simple_max_bytes + settings.text_max_bytes + 1024 * 1024
    if announced is not None and announced > largest:
        raise Fault(
            Kind.TOO_LARGE,
            f"the body has {announced} bytes; a simple upload has at most {settings.simple_max_bytes}, use slices",
        )
    content_type = (request.header(b"content-type") or "").strip()
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type in _FORM_TYPES:
        _check_charset(content_type)
        return await _read_form(request, content_type, values, intake, settings, encrypted)
    body = await _read_body(request)
    if body.strip():
        if media_type not in _JSON_TYPES:
            raise Fault(
                Kind.PARAMETER_INVALID,
                f"a body is application/json or multipart/form-data, not {media_type[:60]!r}",
            )
        _check_charset(content_type)
        _join(values, _members(body), "the body")
    return Given(values)


def _query(request: Request) -> dict[str, Any]:
    """The query's parameters but the signature."""
    values: dict[str, Any] = {}
    signed = any(piece.partition(b"=")[0] == b"sign" for piece in request.raw_query.split(b"&"))
    for name, value in request.query():
        if name in values:
            raise Fault(Kind.MALFORMED, f"the query has {name[:60]!r} twice", reason="query")
        values[name] = value
    # The signature is looked for under its bare name: one that is spelt otherwise was not seen, and is not dropped.
    if signed:
        values.pop("sign", None)
    return values


async def check_no_body(request: Request) -> None:
    """Refuse parameters in the body of a GET. Raises Fault PARAMETER_INVALID."""
    if request.header(b"transfer-encoding") is None and not request.content_length():
        return
    async for chunk in request.body:
        if chunk:
            raise Fault(Kind.PARAMETER_INVALID, f"parameters of {request.method} stand in the query, not in a body")


def _check_headers(request: Request, settings: CosJsonSettings) -> None:
    """Refuse headers that would change what is asked for, and are not understood."""
    for name, value in request.headers:
        text = name.decode("latin-1")
        if text.startswith(HEADER_PREFIXES) and settings.unknown_headers == "refuse":
            raise Fault(
                Kind.PARAMETER_INVALID,
                f"this API knows no header {text[:60]!r}; cos_json.unknown_headers = ignore lets it pass",
            )
        why = HEADERS.get(text)
        if why is not None and not (text == "content-encoding" and value.strip().lower() == b"identity"):
            raise Fault(Kind.PARAMETER_INVALID, f"the header {text} is not understood here: {why}")


def _check_charset(content_type: str) -> None:
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        charset = value.strip().strip('"').lower()
        if name.strip().lower() == "charset" and charset not in _CHARSETS:
            raise Fault(Kind.PARAMETER_INVALID, f"bodies are UTF-8, not {charset[:40]!r}", reason="utf8")


async def _read_body(request: Request) -> bytearray:
    body = bytearray()
    async for chunk in request.body:
        body += chunk
        if len(body) > _JSON_MAX_BYTES:
            raise Fault(Kind.TOO_LARGE, f"a JSON body has at most {_JSON_MAX_BYTES} bytes", reason="json")
    return body


def _members(body: bytearray) -> dict[str, Any]:
    value = read_json(body, max_values=_JSON_MAX_VALUES)
    if not isinstance(value, dict):
        raise Fault(Kind.MALFORMED, "the body must be a JSON object", reason="json")
    return value


def _join(values: dict[str, Any], more: dict[str, Any], where: str) -> None:
    for name, value in more.items():
        if name in values:
            raise Fault(Kind.PARAMETER_INVALID, f"{name[:60]!r} stands in the query and in {where}; say it once")
        values[name] = value


async def _read_form(
    request: Request,
    content_type: str,
    values: dict[str, Any],
    intake: Intake,
    settings: CosJsonSettings,
    encrypted: Encrypted,
) -> Given:
    staged: list[tuple[Staged, FilePart]] = []

    async def take_file(part: FilePart, chunks: AsyncIterator[bytes]) -> None:
        if staged:
            raise Fault(Kind.MALFORMED, "the form has two filecontent parts", reason="form")
        # A slice has no digest of its own, and is read again at once for that of the whole file.
        said = {**values, **dict(reader.form.fields)}
        is_slice = said.get("op") == "upload_slice_data"
        limit = settings.slice_max_bytes if is_slice else settings.simple_max_bytes
        try:
            content = await intake.stage(
                chunks, limit=limit, sha1=not is_slice, md5="datamd5" in said, protection=encrypted(said)
            )
        except Fault as fault:
            if fault.kind is Kind.TOO_LARGE and is_slice:
                raise Fault(Kind.TOO_LARGE, f"a slice has at most {limit} bytes", reason="slice") from fault
            raise
        staged.append((content, part))

    reader = FormReader(content_type, lambda name: name == "filecontent", take_file, settings.text_max_bytes)
    form = await reader.read(request.body)
    fields: dict[str, Any] = {}
    for name, value in form.fields:
        if not name:
            raise Fault(Kind.MALFORMED, "the form has a part without a name", reason="form")
        if name in fields:
            raise Fault(Kind.MALFORMED, f"the form has the field {name[:60]!r} twice", reason="form")
        fields[name] = value
    _join(values, fields, "the form")
    if not staged:
        return Given(values)
    content, part = staged[0]
    return Given(values, content, part.content_type)
