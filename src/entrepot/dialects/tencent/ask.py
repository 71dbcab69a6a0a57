"""The parameters of a call, however they came: as JSON, in a query, in a form, in a form of several parts.

JSON has types. Everywhere else all are text, and lists and records are spelt ``Filters.0.Values.1``; in parts of a form
they may be JSON too. Parameters that every call has are not an API's. Bounded by the body of the call.
Source: wire facts of Tencent §1.1; SDKs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

import orjson

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import Value
from entrepot.signing.tc3_v1 import parameters_of
from entrepot.wire.forms import FormReader, is_form
from entrepot.wire.http import FilePart, Request, pairs_of
from entrepot.wire.json_text import loads_once, member_twice

_COMMON: Final = frozenset({
    "Action", "Version", "Region", "Timestamp", "Nonce", "SecretId", "Signature", "SignatureMethod", "Token",
    "Language", "RequestClient",
})  # fmt: skip
_FIELDS_MAX = 512
_LIST_MAX = 128
_FORM = "application/x-www-form-urlencoded"


class Ask(Value, frozen=True, kw_only=True):
    """The parameters of one call. ``typed`` says whether numbers are numbers; otherwise they are digits."""

    values: dict[str, Any]
    typed: bool

    def check_known(self, known: frozenset[str]) -> None:
        """Refuse parameters that the API does not have. Raises Fault PARAMETER_INVALID (reason ``unknown``)."""
        for name in self.values:
            if name not in known:
                raise Fault(Kind.PARAMETER_INVALID, f"The parameter `{name[:80]}` is not recognized.", reason="unknown")

    def text(self, name: str, default: str | None = None) -> str:
        """A text; required without a default. Raises Fault PARAMETER_MISSING, PARAMETER_INVALID."""
        value = self.values.get(name, default)
        if value is None or value == "":
            if default is not None:
                return default
            raise Fault(Kind.PARAMETER_MISSING, f"The request is missing a required parameter `{name}`.")
        if not isinstance(value, str):
            raise _mistyped(name, value, "a string")
        return value

    def number(self, name: str, default: int | None, least: int, most: int) -> int:
        """A whole number in bounds; required without a default. Raises Fault PARAMETER_MISSING, PARAMETER_INVALID."""
        value = self.values.get(name)
        if value is None or value == "":
            if default is not None:
                return default
            raise Fault(Kind.PARAMETER_MISSING, f"The request is missing a required parameter `{name}`.")
        number = self._integer(name, value)
        if not least <= number <= most:
            raise Fault(
                Kind.PARAMETER_INVALID, f"`{name}` is {number}; it must be from {least} to {most}", reason="range"
            )
        return number

    def _integer(self, name: str, value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if not self.typed and isinstance(value, str) and len(value) < 20:
            digits = value.removeprefix("-")
            if digits.isascii() and digits.isdigit():
                return int(value)
        raise _mistyped(name, value, "an integer")

    def _value(self, name: str) -> Any:
        """A list or a record, which a part of a form holds as JSON."""
        value = self.values.get(name)
        if self.typed or not isinstance(value, str) or not value.startswith(("[", "{")):
            return value
        try:
            return loads_once(value)
        except ValueError as error:
            raise _mistyped(name, value, "JSON of a list or a record") from error

    def records(self, name: str) -> list[Ask]:
        """A list of records; empty when it is not there. Raises Fault PARAMETER_INVALID."""
        value = self._value(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise _mistyped(name, value, "a list of records")
        return [Ask(values=one, typed=self.typed) for one in value]

    def record(self, name: str) -> Ask:
        """A record; empty when it is not there. Raises Fault PARAMETER_INVALID."""
        value = self._value(name)
        if value is not None and not isinstance(value, dict):
            raise _mistyped(name, value, "a record")
        return Ask(values=value or {}, typed=self.typed)

    def texts(self, name: str) -> list[str]:
        """A list of texts; empty when it is not there. Raises Fault PARAMETER_INVALID."""
        value = self._value(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise _mistyped(name, value, "a list of strings")
        return value


def _mistyped(name: str, value: object, wanted: str) -> Fault:
    return Fault(Kind.PARAMETER_INVALID, f"`{name}` is {str(value)[:80]!r}; it must be {wanted}", reason="type")


def _malformed(message: str) -> Fault:
    return Fault(Kind.MALFORMED, message, reason="call")


async def ask_of(request: Request) -> Ask:
    """The parameters of a call.

    Raises:
        Fault: MALFORMED; PARAMETER_INVALID for lists that cannot be.
    """
    if request.method == "GET" or (request.header(b"content-type") or "").lower().startswith(_FORM):
        return _spelt(_written(parameters_of(request)))
    if is_form(request):
        return _spelt(await _parts(request))
    return _json(request.payload or b"")


def _json(payload: bytes) -> Ask:
    try:
        values = orjson.loads(payload or b"{}")
    except ValueError as error:
        raise _malformed(f"the body of the call is not JSON: {error}") from error
    if (twice := member_twice(payload)) is not None:
        raise _malformed(f"the parameter {twice[:80]!r} is there twice")
    if not isinstance(values, dict):
        raise _malformed("the body of the call must be a JSON object with the parameters")
    return Ask(values={name: value for name, value in values.items() if value is not None}, typed=True)


def _written(written: bytes) -> list[tuple[str, str]]:
    try:
        return pairs_of(written.decode("ascii"), _FIELDS_MAX)
    except UnicodeDecodeError as error:
        raise _malformed("the parameters are not UTF-8 in percent-encoding") from error
    except ValueError as error:
        raise _malformed(f"the call has more than {_FIELDS_MAX} parameters") from error


async def _parts(request: Request) -> list[tuple[str, str]]:
    async def whole() -> AsyncIterator[bytes]:
        yield request.payload or b""

    async def no_file(_part: FilePart, _content: AsyncIterator[bytes]) -> None:
        """No part of a call is a file."""

    payload = request.payload or b""
    reader = FormReader(request.header(b"content-type") or "", lambda _name: False, no_file, len(payload) + 1)
    return (await reader.read(whole())).fields


def _spelt(fields: list[tuple[str, str]]) -> Ask:
    root: dict[str, Any] = {}
    for name, text in fields:
        if name not in _COMMON:
            _put(root, name, text)
    return Ask(values={name: _listed(value, name) for name, value in root.items()}, typed=False)


def _put(root: dict[str, Any], name: str, text: str) -> None:
    *above, last = name.split(".")
    if len(above) > 8:
        raise _malformed(f"the parameter {name[:80]!r} has too many levels")
    for part in above:
        root = root.setdefault(part, {})
        if not isinstance(root, dict):
            raise _malformed(f"the parameter {name[:80]!r} is both a value and a record")
    if last in root:
        raise _malformed(f"the parameter {name[:80]!r} is there twice")
    root[last] = text


def _listed(value: Any, name: str) -> Any:
    """Records whose names are all numbers are lists."""
    if isinstance(value, str):
        return value
    named = {part: _listed(inner, name) for part, inner in value.items()}
    if not all(part.isascii() and part.isdigit() for part in named):
        return named
    numbered = {int(part): inner for part, inner in named.items() if len(part) < 6}
    if len(numbered) != len(named) or len(named) > _LIST_MAX:
        raise _malformed(f"the list `{name[:80]}` is numbered twice, or has more than {_LIST_MAX} members")
    return [numbered[number] for number in sorted(numbered)]
