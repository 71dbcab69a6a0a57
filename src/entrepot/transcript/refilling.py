"""A recorded request made ready to be sent again: variables filled in, and signed anew as its scheme signs.

The schemes that verify requests sign them as well: a signature that is not one is put in its place, the scheme finds it
and writes the text to sign, and its seal takes its place. So there is no second set of signers. Must not send anything.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from entrepot.core.fault import Fault
from entrepot.signing import acs3, acs_rpc, cos_app, header_v1, q_sign, scoped, tc3, tc3_v1, volc
from entrepot.signing.chunked import signed_frames
from entrepot.signing.scheme import Scheme, Target, string_to_sign
from entrepot.transcript.bodies import streamed
from entrepot.transcript.composing import DIGESTS
from entrepot.transcript.entry import Asked, Bytes, Entry, Text
from entrepot.transcript.masking import md5_of
from entrepot.transcript.template import TemplateError, Variable, fill, time_text
from entrepot.wire.calls import CALL_MAX_BYTES
from entrepot.wire.http import Request

SCHEMES: Final[dict[str, Scheme]] = {
    one.name: one
    for one in (
        scoped.AWS4_HEADER, scoped.AWS4_QUERY, scoped.AWS4_FORM, scoped.STS4_HEADER, scoped.STS4_QUERY,
        scoped.OSS4_HEADER, scoped.OSS4_QUERY, scoped.OSS4_FORM, scoped.TOS4_HEADER, scoped.TOS4_QUERY,
        scoped.TOS4_FORM, volc.VOLC_HEADER, volc.VOLC_QUERY, header_v1.OSS1_HEADER, header_v1.OSS1_QUERY,
        header_v1.OSS1_FORM, header_v1.AWS2_HEADER, header_v1.AWS2_QUERY, header_v1.AWS2_FORM, q_sign.HEADER,
        q_sign.QUERY, q_sign.FORM_NEW, q_sign.FORM_OLD, cos_app.SCHEME, acs3.SCHEME, acs_rpc.SCHEME, tc3.TC3,
        tc3_v1.TC3_V1,
    )
}  # fmt: skip
"""Every scheme by its name."""

_NOTHING: Final = "0" * 64
"""Where a signature will be."""
_BOUNDARY: Final = "entrepot-transcript-0f3c1d9a7b5e"
_FORMS: Final = dict(DIGESTS.values())


@dataclass(slots=True)
class Ready:
    """A request to be sent. ``body`` is read once; ``length`` None: in chunks."""

    method: str
    target: bytes
    headers: list[tuple[bytes, bytes]]
    body: Iterator[bytes]
    length: int | None


@dataclass(slots=True)
class Values:
    """What variables are: those that were given, and those that replies told; ``nonce`` gives a fresh one."""

    bound: dict[str, str]
    nonces: Iterator[str]
    asked: Asked
    now: int
    signature: bytes = _NOTHING.encode()
    body: bytes | None = None
    nonce: str = ""

    def of(self, variable: Variable) -> str:
        """The value of one. Raises TemplateError."""
        match variable.kind:
            case "now":
                return time_text(variable, self.now)
            case "signature" if not variable.numbered:
                return self.signature.decode("latin-1")
            case "wrong-signature":
                return _NOTHING
            case "unknown-key":
                return "entrepot-replay-unknown-key"
            case "nonce":
                self.nonce = self.nonce or next(self.nonces)
                return self.nonce
            case "app-sign" | "form-policy" if not variable.numbered:
                return self._encoded(variable.kind)
            case "customer-key" | "customer-key-md5":
                key = base64.b64encode(hashlib.sha256(variable.name.partition(".")[2].encode()).digest()).decode()
                return key if variable.kind == "customer-key" else md5_of(key)
            case "body":
                return _FORMS[variable.name.partition(".")[2]](self.body or b"")
            case _:
                pass
        value = self.bound.get(variable.name)
        if value is None:
            raise TemplateError(f"${{{variable.name}}} is not known: no reply told it, and it was not given")
        return value

    def _encoded(self, kind: str) -> str:
        said = fill(dict(self.asked.texts).get(kind, ""), self.of).encode("utf-8")
        if kind == "app-sign":
            digest = self.signature if len(self.signature) == hashlib.sha1().digest_size else bytes(20)
            said = digest + said
        return base64.b64encode(said).decode("ascii")

    def text(self, template: str) -> str:
        """A text that stands as it is."""
        return fill(template, self.of)

    def parameter(self, template: str) -> str:
        """A text that stands in an address or a posted form: its variables are percent-encoded."""
        return fill(template, lambda one: quote(self.of(one), safe="-_.~"))


def ready(entry: Entry, values: Values, authority: str, folder: Path) -> Ready:
    """The request of an exchange, signed with the keys that ``values`` have.

    Raises:
        TemplateError: a variable that is not known; a signature that cannot be made. OSError for a body's file.
    """
    asked = entry.asked
    if asked.signing is None:
        return _filled(asked, values, authority, folder)[0]
    scheme = SCHEMES.get(asked.signing.scheme)
    if scheme is None:
        raise TemplateError(f"there is no scheme {asked.signing.scheme[:40]!r}; there are {', '.join(SCHEMES)}")
    secret = values.text(f"${{secret.{asked.signing.key}}}").encode("utf-8")
    _, request = _filled(asked, values, authority, folder)
    bucket = asked.signing.bucket
    target = Target(
        bucket=None if bucket is None else values.text(bucket), key=unquote_to_bytes(values.text(asked.signing.object))
    )
    try:
        claim = scheme.find(request)
        if claim is None:
            raise TemplateError(f"the request has no signature of the scheme {scheme.name}")
        text = string_to_sign(scheme, request, claim, target)
    except Fault as fault:
        raise TemplateError(f"the request cannot be signed: {fault.message}") from fault
    values.signature = scheme.seal(secret, claim, text)
    made, request = _filled(asked, values, authority, folder)
    if asked.trailers is not None:
        signed = scheme.find(request)
        if signed is not None:
            made.body = signed_frames(signed, secret, made.body, dict(asked.trailers))
            made.length = None
    return made


def _filled(asked: Asked, values: Values, authority: str, folder: Path) -> tuple[Ready, Request]:
    """The request with what is known now, and as schemes look at it."""
    path, question, query = asked.target.partition("?")
    target = (values.parameter(path).replace("%2F", "/") + question + values.parameter(query)).encode("latin-1")
    kind = next((value for name, value in asked.headers if name == "content-type"), "")
    posted = kind.lower().startswith("application/x-www-form-urlencoded")
    filled = values.parameter if posted else values.text
    small = _small(asked, filled)
    values.body = small
    headers = [(name, values.text(value)) for name, value in asked.headers]
    form = None
    if asked.form is not None:
        form = tuple((values.text(name), values.text(value)) for name, value in asked.form)
        headers = [
            (name, f"multipart/form-data; boundary={_BOUNDARY}" if name == "content-type" else value)
            for name, value in headers
        ]
        body, length = _form(asked, form, folder), _form_length(asked, form)
    else:
        body, length = streamed(asked.body, folder, filled), _length(asked, filled)
    if not any(name == "host" for name, _ in headers):
        headers.insert(0, ("host", authority))
    sent: list[tuple[bytes, bytes]] = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers]
    raw_path, _, raw_query = target.partition(b"?")
    told = sent + ([(b"content-length", b"%d" % length)] if length or asked.method in {"PUT", "POST"} else [])
    request = Request(
        id="", method=asked.method, raw_path=raw_path, raw_query=raw_query, headers=tuple(told),
        authority=next(value.decode("latin-1") for name, value in sent if name == b"host"), scheme="http", client="",
        body=_no_body(), form=form, payload=small,
    )  # fmt: skip
    return Ready(
        method=asked.method, target=target, headers=sent, body=body, length=None if asked.chunked else length
    ), request


async def _no_body() -> AsyncIterator[bytes]:
    nothing: tuple[bytes, ...] = ()
    for piece in nothing:
        yield piece


def _small(asked: Asked, filled: Callable[[str], str]) -> bytes | None:
    """The body of a call, which its signature covers; None for what is longer, or is no text."""
    if asked.form is not None or not all(isinstance(piece, Text | Bytes) for piece in asked.body):
        return None
    found = b"".join(
        piece.content if isinstance(piece, Bytes) else (piece.text if piece.data else filled(piece.text)).encode()
        for piece in asked.body
        if isinstance(piece, Text | Bytes)
    )
    return found if len(found) <= CALL_MAX_BYTES else None


def _length(asked: Asked, filled: Callable[[str], str]) -> int:
    found = 0
    for piece in asked.body:
        if isinstance(piece, Text):
            found += len((piece.text if piece.data else filled(piece.text)).encode())
        else:
            found += len(piece.content) if isinstance(piece, Bytes) else piece.length
    return found


# A browser's form.


def _form(asked: Asked, form: tuple[tuple[str, str], ...], folder: Path) -> Iterator[bytes]:
    yield from _form_head(asked, form)
    if asked.file is not None:
        yield from streamed(asked.body, folder, str)
        yield b"\r\n"
    yield f"--{_BOUNDARY}--\r\n".encode()


def _form_head(asked: Asked, form: tuple[tuple[str, str], ...]) -> Iterator[bytes]:
    for name, value in form:
        head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{_escaped(name)}"\r\n\r\n'
        yield head.encode() + value.encode() + b"\r\n"
    file = asked.file
    if file is not None:
        head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{_escaped(file.name)}"'
        if file.filename is not None:
            head += f'; filename="{_escaped(file.filename)}"'
        kind = "" if file.content_type is None else f"\r\nContent-Type: {file.content_type}"
        yield f"{head}{kind}\r\n\r\n".encode()


def _form_length(asked: Asked, form: tuple[tuple[str, str], ...]) -> int:
    head = sum(map(len, _form_head(asked, form)))
    file = 0 if asked.file is None else _length(asked, str) + 2
    return head + file + len(f"--{_BOUNDARY}--\r\n")


def _escaped(name: str) -> str:
    """As browsers write a name (WHATWG, multipart/form-data encoding algorithm)."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
