"""Parameters of a COS JSON request: JSON body, multipart form and query string together, whatever the client chose.

Reading and understanding are two steps, so that nothing can be overlooked: :func:`read_params` takes in everything that
was said; :meth:`Given.known_to` refuses what the operation does not declare (:mod:`.known`); and once the operation is
made, :meth:`Params.check_all_read` refuses what was declared and still not looked at. An empty number counts as absent.
Source: wire facts §0 (rules 5 to 9) and §5.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from entrepot.core.facts.records import Staged
from entrepot.core.fault import Fault, Kind
from entrepot.dialects.cos_json.known import Known, Parameter
from entrepot.wire.json_text import read_json

_UNSET = "application/octet-stream"
_OBJECT_MAX_VALUES = 2000


class Given:
    """Everything that a request said, before it is known what it asks for."""

    __slots__ = ("content", "content_type", "values")

    def __init__(
        self, values: Mapping[str, Any], content: Staged | None = None, content_type: str | None = None
    ) -> None:
        self.values = values
        self.content = content
        self.content_type = content_type

    @property
    def op(self) -> str | None:
        """The operation's name; None when none was given. Raises Fault PARAMETER_INVALID when it is no text."""
        value = self.values.get("op")
        if "op" in self.values and not isinstance(value, str):
            raise Fault(Kind.PARAMETER_INVALID, "op must be a text")
        return value

    def known_to(self, op: str, known: Known) -> Params:
        """The same parameters, if the operation declares all of them.

        Raises:
            Fault: PARAMETER_INVALID.
        """
        for name, value in self.values.items():
            parameter = known.get(name)
            if parameter is None:
                raise _unknown(op, name, known)
            if parameter.kind == "content":
                raise Fault(Kind.PARAMETER_INVALID, f"{name} must be a part of a form", reason="filecontent")
            if parameter.ignored:
                _check_only(op, parameter, value)
        if self.content is not None:
            content = known.get("filecontent")
            if content is None:
                raise _unknown(op, "filecontent", known)
            if content.only and self.content.size:
                raise Fault(Kind.PARAMETER_INVALID, f"op={op} takes no bytes")
        return Params(self, known)


class Params:
    """The parameters of one request, as its operation declares them; remembers which were looked at."""

    __slots__ = ("_known", "_read", "_values", "content", "content_type")

    def __init__(self, given: Given, known: Known) -> None:
        self._known = known
        self._values = given.values
        self._read = {"op"}
        self.content = given.content
        self.content_type = given.content_type

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def _value(self, name: str) -> Any:
        if name not in self._known:
            raise TypeError(f"{name} is read but not declared")
        self._read.add(name)
        return self._values.get(name)

    def text(self, name: str) -> str | None:
        """A text."""
        value = self._value(name)
        if name not in self._values:
            return None
        if isinstance(value, str):
            return value
        raise Fault(Kind.PARAMETER_INVALID, f"{name} must be a text")

    def needed(self, name: str, reason: str | None = None) -> str:
        """A text that must be there and not empty. Raises Fault PARAMETER_MISSING."""
        value = self.text(name)
        if not value:
            raise Fault(Kind.PARAMETER_MISSING, f"the parameter {name} is missing", reason=reason)
        return value

    def number(self, name: str, reason: str | None = None) -> int | None:
        """A whole number, bare or as a text of digits. Raises Fault PARAMETER_INVALID."""
        value = self._value(name)
        if name not in self._values:
            return None
        text = str(value) if type(value) is int else value
        if not isinstance(text, str):
            raise Fault(Kind.PARAMETER_INVALID, f"{name} must be a whole number", reason=reason)
        if text.strip() == "":
            return None
        digits = text.strip().removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
            raise Fault(Kind.PARAMETER_INVALID, f"{name} must be a whole number, not {text[:40]!r}", reason=reason)
        return int(text)

    def object(self, name: str) -> dict[str, Any] | None:
        """A JSON object, given as such or as text that holds one."""
        value = self._value(name)
        if name not in self._values:
            return None
        if isinstance(value, str):
            if not value.strip():
                return None
            try:
                value = read_json(value.encode(), max_values=_OBJECT_MAX_VALUES)
            except Fault as fault:
                raise Fault(Kind.PARAMETER_INVALID, f"{name}: {fault.message}", reason="attribute") from fault
        if isinstance(value, dict):
            return value
        raise Fault(Kind.PARAMETER_INVALID, f"{name} must be a JSON object", reason="attribute")

    def check_all_read(self) -> None:
        """Refuse what has no effect on this very request although its operation knows it.

        Raises:
            Fault: PARAMETER_INVALID.
        """
        for name in self._values:
            if name not in self._read and not self._known[name].ignored:
                raise Fault(Kind.PARAMETER_INVALID, f"{name[:60]} has no effect on this request; leave it out")


def _check_only(op: str, parameter: Parameter, value: Any) -> None:
    """Hold an ignored parameter to its type, and to the values that ask for nothing."""
    text = str(value) if type(value) is int else value
    if not isinstance(text, str):
        raise Fault(Kind.PARAMETER_INVALID, f"{parameter.name} has the wrong type")
    if parameter.only and text not in parameter.only:
        raise Fault(
            Kind.PARAMETER_INVALID,
            f"op={op} takes {parameter.name} only as {' or '.join(map(repr, parameter.only))}, not {text[:40]!r}",
        )


def _unknown(op: str, name: str, known: Known) -> Fault:
    near = get_close_matches(name[:60], known, 1)
    hint = f"did you mean {near[0]}?" if near else f"it knows {', '.join(known)}"
    return Fault(Kind.PARAMETER_INVALID, f"op={op} knows no parameter {name[:60]!r}; {hint}")


def guessed_type(key: str) -> str | None:
    """The media type that a name's extension stands for."""
    return mimetypes.guess_type(key, strict=False)[0]


def stored_type(key: str, sent: str | None) -> str | None:
    """The type worth storing: what the client said, where the name says nothing and the client something."""
    if sent is None or guessed_type(key) is not None:
        return None
    bare = sent.strip()
    return None if not bare or bare.lower().startswith((_UNSET, "multipart/")) or not bare.isprintable() else bare
