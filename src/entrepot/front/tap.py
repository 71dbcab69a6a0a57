"""What is kept of one exchange for a transcript: request and reply as they passed, without secrets.

Signatures, tokens, secrets and clients' own keys are masked before anything is kept
(:mod:`entrepot.transcript.masking`). An exchange is kept before the last byte of its reply goes out, so that a client
that has its reply finds it recorded. Must not know a dialect, and must not change what is answered.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

import orjson

from entrepot.core.value import changed
from entrepot.explain.refusal import Known
from entrepot.front.recording import Room, Spool
from entrepot.front.telemetry import Exchange
from entrepot.signing.parameters import is_posted
from entrepot.signing.scheme import NOWHERE, Target
from entrepot.transcript import words
from entrepot.transcript.masking import Masks, Secrets, customer_keys, mark
from entrepot.wire.http import Request

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

TEXT_MAX_BYTES: Final = 1 << 20
"""The longest body that is read as a text, and in which anything is masked."""
_LINE_MAX_BYTES: Final = 64 << 10
_ID_CHARS: Final = 32
"""Of the id of a minted key. See :class:`entrepot.core.rules.minting.Fresh`."""
_SIGNED_FRAMES: Final = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"


def reference_of(key_id: str) -> str:
    """What marks call a key: the end of its id, before which APIs put letters of their own."""
    return key_id[-_ID_CHARS:]


class Tap:
    """Keeps one exchange."""

    def __init__(
        self,
        room: Room,
        masks: Masks,
        at: float,
        request: Request,
        exchange: Exchange,
        applications: Mapping[int, int],
    ) -> None:
        self._room = room
        self._masks = masks
        self._at = at
        self._request = request
        self._applications = applications
        self._exchange = exchange
        self._in = room.spool()
        self._out = room.spool()
        self._raw = True
        self._known = Known()
        self._target = NOWHERE
        self._user_id = self._application = ""
        self._verified = False
        self._framed = False
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._ended = False

    # What the server tells it.

    def arrived(self, piece: bytes) -> None:
        """Bytes of the body as they came."""
        if self._raw:
            self._in.write(piece)

    def opened(self, request: Request) -> Request:
        """A browser's form, whose fields were read: they are kept one by one, and of the rest the file alone."""
        return self._of_its_own(request)

    def unframed(self, request: Request) -> Request:
        """The body without its framing, when that has signatures of its own."""
        payload = request.header(b"x-amz-content-sha256") or ""
        if not payload.startswith(_SIGNED_FRAMES) or request.form is not None:
            return request
        self._framed = True
        return self._of_its_own(request)

    def _of_its_own(self, request: Request) -> Request:
        self._raw = False
        self._in.restart()
        self._request = changed(request, body=self._passing(request.body))
        return self._request

    async def _passing(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for piece in body:
            self._in.write(piece)
            yield piece

    def knows(self, known: Known, target: Target, user_id: str) -> None:
        """What became known of who asked, and for what place. Signed bodies are read only behind a good signature."""
        self._known = known
        self._target = target
        self._user_id = user_id
        if known.key is not None:
            self._application = str(self._applications.get(known.key.account, ""))
        self._verified = known.who is not None

    def sending(self, send: Send) -> Send:
        """What sends the reply, and keeps it."""

        async def passed(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._status, self._headers = message["status"], list(message["headers"])
            elif message["type"] == "http.response.body":
                if self._request.method != "HEAD":
                    self._out.write(message["body"])
                if not message.get("more_body", False):
                    self.end()
            await send(message)

        return passed

    def end(self, *, cut: bool = False) -> None:
        """The exchange is over; ``cut``: without the end of its reply. Only the first call counts."""
        if self._ended:
            return
        self._ended = True
        if self._in.overflown or self._out.overflown:
            self._in.drop()
            self._out.drop()
            line = orjson.dumps({"at": self._at, "left_out": 1})
        else:
            line = orjson.dumps(self._record() | {"cut": cut})
        if not self._room.write(line):
            self._in.drop()
            self._out.drop()

    # What is kept of it.

    def _record(self) -> dict[str, Any]:
        request, exchange, known = self._request, self._exchange, self._known
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers]
        if known.claim is None:
            self._masks = self._masks.unclaimed()
        keys = customer_keys(headers, self._masks)
        secrets = self._secrets(headers, keys)
        said: dict[str, str] = {}

        def clean(text: str) -> str:
            return self._masks.everywhere(text, secrets)

        raw = request.raw_path + (b"?" + request.raw_query if request.raw_query else b"")
        target = self._masks.target(raw.decode("latin-1"), said)
        body = self._body(self._in, data=self._is_data_in(), clean=clean, said=said)
        replied = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in self._headers]
        claim, key = known.claim, known.key
        return {
            "at": self._at,
            "dialect": exchange.dialect,
            "operation": exchange.operation,
            "method": request.method,
            "target": clean(target),
            "authority": request.authority,
            "headers": [
                (name, clean(keys.get(name) or self._masks.header(name, value, said))) for name, value in headers
            ],
            "form": None if request.form is None else [
                (name, clean(self._masks.field(name, value, said))) for name, value in request.form
            ],
            "file": None if request.file is None else [
                request.file.name, request.file.filename, request.file.content_type
            ],
            "body": body,
            "framed": self._framed,
            "trailers": dict(request.trailers or {}) if self._framed else None,
            "scheme": None if known.scheme is None or claim is None else known.scheme.name,
            "key": None if key is None else key.id,
            "account": None if key is None else key.account,
            "more": [("user", self._user_id), ("application", self._application)],
            "signed_at": None if claim is None else claim.signed_at,
            "verified": self._verified,
            "bucket": self._target.bucket,
            "object": self._target.key.decode("latin-1"),
            "status": self._status,
            "reply_headers": [(name, clean(self._masks.header(name, value, said))) for name, value in replied],
            "reply": self._body(self._out, data=self._is_data_out(), clean=clean, said=said),
            "cause": clean(self._cause()),
            "said": {name: clean(text) for name, text in said.items()},
        }  # fmt: skip

    def _is_data_in(self) -> bool:
        kind = (self._request.header(b"content-type") or "").lower()
        return self._exchange.operation in words.DATA_IN or kind.startswith("multipart/")

    def _is_data_out(self) -> bool:
        return self._exchange.operation in words.DATA_OUT and self._exchange.fault is None

    def _secrets(self, headers: list[tuple[str, str]], keys: dict[str, str]) -> Secrets:
        claim, key = self._known.claim, self._known.key
        values = [(value, keys[name]) for name, value in headers if name in keys]
        if claim is not None:
            values.append((claim.signature.decode("latin-1"), mark("signature", "")))
            if claim.token:
                values.append((claim.token, mark("token", "unknown" if key is None else reference_of(claim.key_id))))
        if key is not None:
            values.append((key.secret.decode("latin-1"), mark("secret", reference_of(key.id))))
        unknown = claim.key_id if claim is not None and key is None else ""
        return Secrets(values=tuple(values), unknown_key=unknown)

    def _cause(self) -> str:
        fault, told = self._exchange.fault, self._exchange.explanation
        if fault is None:
            return ""
        cause = fault.message if told is None else told.told().get("cause", fault.message)
        return f"{fault.kind.value}: {cause}"

    def _body(self, spool: Spool, *, data: bool, clean: Callable[[str], str], said: dict[str, str]) -> dict[str, Any]:
        short = spool.read(_LINE_MAX_BYTES if data else TEXT_MAX_BYTES)
        text = None if short is None else _text_of(short)
        if text is not None and not data:
            spool.drop()
            if spool is self._in and is_posted(self._request):
                return {"text": clean(self._masks.parameters(text, said))}
            return {"text": clean(self._masks.document(text))}
        if short is not None and len(short) <= _LINE_MAX_BYTES:
            spool.drop()
            return {"base64": base64.b64encode(short).decode("ascii")}
        size = spool.size
        name, digest = spool.keep()
        return {"file": name, "length": size, "sha256": digest}


def _text_of(body: bytes) -> str | None:
    """The text that bytes are; None for what is none."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text
