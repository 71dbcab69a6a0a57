"""A replay: every exchange of a transcript is sent again, in order, and its reply compared.

One after the other, whatever went on beside each other when it was recorded, over connections of their own. Bodies
stream both ways. Nothing of a transcript is executed; what cannot be sent is told as a difference. Must not print.
"""

from __future__ import annotations

import hashlib
import http.client
import ssl
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from entrepot.core.value import Value
from entrepot.transcript import words
from entrepot.transcript.bodies import streamed
from entrepot.transcript.comparing import DOCUMENT_MAX, Difference, Part, Reply, differences
from entrepot.transcript.entry import Entry, Head, Text
from entrepot.transcript.refilling import Ready, Values, ready
from entrepot.transcript.template import TemplateError

_SECONDS: Final = 120.0
_BLOCK: Final = 64 << 10


class GivenKey(Value, frozen=True, kw_only=True):
    """A key to sign with, in place of one that the transcript does not have."""

    id: str
    secret: str
    token: str = ""
    account: str = ""
    user: str = ""
    application: str = ""


class Replayed(Value, frozen=True, kw_only=True):
    """What became of one exchange. ``skipped`` says why it was not sent."""

    entry: Entry
    differences: tuple[Difference, ...] = ()
    skipped: str = ""


class Place(Value, frozen=True, kw_only=True):
    """Where to send: ``http://host:port``; ``authority`` is a file of certificates to trust, for https."""

    address: str
    authority: str | None = None

    @property
    def netloc(self) -> str:
        """Host and port."""
        return urlsplit(self.address).netloc

    def connection(self) -> http.client.HTTPConnection:
        """A fresh connection."""
        parts = urlsplit(self.address)
        host = parts.hostname or ""
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=self.authority)
            return http.client.HTTPSConnection(host, parts.port, timeout=_SECONDS, context=context)
        return http.client.HTTPConnection(host, parts.port, timeout=_SECONDS)


class Replay:
    """Sends exchanges to a place. ``keys`` are by their numbers; ``bodies`` has the long bodies of the transcript."""

    def __init__(
        self,
        place: Place,
        head: Head,
        keys: dict[str, GivenKey],
        bodies: Path,
        parts: Iterable[Part],
        now: Callable[[], float],
        new_nonce: Callable[[], str],
    ) -> None:
        self._place = place
        self._bodies = bodies
        self._parts = tuple(parts)
        self._now = now
        self._nonces = iter(new_nonce, "")
        port = urlsplit(place.address).port or (443 if place.address.startswith("https:") else 80)
        self.bound = {"host": place.netloc, "port": str(port)} | _given(head, keys)

    def all(self, entries: Iterable[Entry], chosen: Callable[[Entry], bool]) -> Iterator[Replayed]:
        """What becomes of each of those that are chosen."""
        for entry in entries:
            if entry.skipped:
                yield Replayed(entry=entry, skipped=entry.skipped)
            elif not chosen(entry):
                yield Replayed(entry=entry, skipped="it was not chosen")
            else:
                yield Replayed(entry=entry, differences=tuple(self._one(entry)))

    def _one(self, entry: Entry) -> list[Difference]:
        values = Values(bound=self.bound, nonces=self._nonces, asked=entry.asked, now=int(self._now()))
        try:
            made = ready(entry, values, self._place.netloc, self._bodies)
            reply = self._sent(made, hold=_is_document(entry))
            recorded = self._recorded(entry)
        except (TemplateError, OSError, http.client.HTTPException, ValueError) as error:
            return [Difference(where="request", recorded="a reply", came=str(error) or type(error).__name__)]
        # What a client sent of its own key comes back as the digest of the key that is sent here.
        local = _Local(self.bound, values)
        return differences(entry, reply, local, recorded, self._parts)

    def _sent(self, made: Ready, *, hold: bool) -> Reply:
        connection = self._place.connection()
        try:
            connection.putrequest(made.method, made.target.decode("latin-1"), skip_host=True, skip_accept_encoding=True)
            for name, value in made.headers:
                connection.putheader(name.decode("latin-1"), value)
            if made.length is None:
                connection.putheader("Transfer-Encoding", "chunked")
            elif made.length or made.method in {"PUT", "POST"}:
                connection.putheader("Content-Length", str(made.length))
            connection.putheader("Connection", "close")
            connection.endheaders()
            _send_body(connection, made)
            return _read(connection.getresponse(), hold=hold)
        finally:
            connection.close()

    def _recorded(self, entry: Entry) -> tuple[int, str]:
        digest, length = hashlib.sha256(), 0
        if _is_document(entry):
            return 0, digest.hexdigest()
        for piece in streamed(entry.answered.body, self._bodies, str):
            digest.update(piece)
            length += len(piece)
        return length, digest.hexdigest()


class _Local(dict[str, str]):
    """What is bound, and beside it what is made for one exchange alone."""

    def __init__(self, bound: dict[str, str], values: Values) -> None:
        super().__init__(bound)
        self._bound = bound
        self._values = values

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        """The value of a variable, if it has one."""
        if name.startswith("customer-key"):
            return self._values.text(f"${{{name}}}")
        return super().get(name, default)

    def update(self, *others: dict[str, str]) -> None:  # type: ignore[override]
        """Bind further variables, for later exchanges as well."""
        for other in others:
            super().update(other)
            self._bound.update(other)


def _given(head: Head, keys: dict[str, GivenKey]) -> dict[str, str]:
    bound: dict[str, str] = {}
    for number, account in head.keys:
        key = keys.get(number)
        if key is None:
            raise ValueError(f"the transcript has key {number}, for which no key was given")
        told = {
            f"key.{number}": key.id, f"secret.{number}": key.secret, f"token.{number}": key.token,
            f"account.{account}": key.account, f"user.{account}": key.user,
            f"application.{account}": key.application,
        }  # fmt: skip
        bound |= {name: value for name, value in told.items() if value}
    return bound


def _is_document(entry: Entry) -> bool:
    return all(isinstance(piece, Text) and not piece.data for piece in entry.answered.body)


def _send_body(connection: http.client.HTTPConnection, made: Ready) -> None:
    """Send a body; a server that has answered already may have closed, and its answer is still there to be read."""
    try:
        for piece in made.body:
            if not piece:
                continue
            connection.send(b"%x\r\n%s\r\n" % (len(piece), piece) if made.length is None else piece)
        if made.length is None:
            connection.send(b"0\r\n\r\n")
    except (BrokenPipeError, ConnectionResetError):
        return


def _read(response: http.client.HTTPResponse, *, hold: bool) -> Reply:
    digest, length = hashlib.sha256(), 0
    held: bytearray | None = bytearray() if hold else None
    while block := response.read(_BLOCK):
        digest.update(block)
        length += len(block)
        if held is not None:
            held += block
            held = held if length <= DOCUMENT_MAX else None
    headers = tuple((name.lower(), value) for name, value in response.getheaders() if name.lower() not in words.HOP)
    return Reply(
        status=response.status, headers=headers, body=None if held is None else bytes(held), length=length,
        sha256=digest.hexdigest(),
    )  # fmt: skip
