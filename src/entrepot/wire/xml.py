"""The small XML documents of object-storage protocols: read from whoever sends them, written fast.

Knows elements, text and their limits; must not know what any element means. Reading takes no document type, so there
are no entities to expand and nothing external to fetch, and every document costs work in proportion to its bytes.
Namespaces are dropped: clients send the same document with and without one.

Keys may hold control characters, which XML 1.0 cannot; the clouds write and take them as references (``&#x1;``), so
this does too.
``Source:`` XML 1.0 (fifth edition) §2.2, §2.11, §3.3.3; ADR 0029.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import NoReturn, TypeAlias
from xml.parsers.expat import ErrorString, ExpatError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import Value
from entrepot.wire.documents import Node, Shape, check

DEPTH_MAX = 16
NODES_MAX = 50_000
ATTRIBUTES_MAX = 8
"""Of one element. The largest that a client sends is two."""
_CHUNK_BYTES = 64 << 10
"""What the parser is given at a time: after a refusal inside a chunk, no other chunk is looked at."""


class Attributed(Value, frozen=True, kw_only=True):
    """For :func:`render`: an element's content and the attributes of its start tag, in order."""

    attributes: Mapping[str, str]
    content: Content


Content: TypeAlias = "str | int | Attributed | Mapping[str, Content] | Sequence[Content] | None"
"""What :func:`render` writes into an element."""


async def read(body: AsyncIterator[bytes], limit: int) -> bytes:
    """The whole of a small body.

    Raises:
        Fault: TOO_LARGE (reason ``xml-size``) as soon as more than ``limit`` bytes have arrived.
    """
    chunks: list[bytes] = []
    size = 0
    async for chunk in body:
        size += len(chunk)
        if size > limit:
            message = f"the XML document has more than {limit} bytes; send a smaller one"
            chunks.clear()  # the fault leads to this frame for as long as it is kept
            raise Fault(Kind.TOO_LARGE, message, reason="xml-size", limit=limit)
        chunks.append(bytes(chunk))
    return b"".join(chunks)


def read_document(data: bytes, shapes: Mapping[str, Shape], *, raw_controls: bool = False) -> Node:
    """The root element of a document of one of these shapes, by the name of the root.

    Raises:
        Fault: as :func:`parse` and :func:`entrepot.wire.documents.check`.
    """
    node = parse(data, *shapes, raw_controls=raw_controls)
    return check(node, shapes[node.name])


def parse(data: bytes, *roots: str, raw_controls: bool = False) -> Node:
    """The root element of a document in UTF-8, whatever encoding it declares. What it holds is not checked.

    Args:
        data: the whole document.
        roots: the local names that its root may have.
        raw_controls: whether control characters may stand in it as they are, which no XML 1.0 has.

    Raises:
        Fault: MALFORMED (reason ``xml``): not UTF-8, not well-formed, another root, with a document type, deeper than
            16 elements, with more than 50,000 of them or 8 attributes in one, or with one tag, comment or instruction
            of more than 64 KiB.
    """
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _malformed(f"the XML document is not UTF-8 (at byte {error.start})") from error
    if data[:1].isspace() and data.lstrip().startswith(b"<?xml"):
        data = data.lstrip()
    stood_for = _with_stand_ins(data, raw=raw_controls)
    return _Reader(roots, stands_in=stood_for is not data).read(stood_for)


_CONTROL = re.compile(rb"&#(?:x0{0,4}([01]?[0-9a-fA-F])|0{0,4}([1-3]?[0-9]));")
"""References to characters below a blank, and some others: see :func:`_with_stand_ins`."""
_RAW = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x1f]")
"""The same as they are: SDKs that make documents with Python's ElementTree write keys so."""
_STAND_IN = 0xFDD0
"""The first of 32 code points that never are characters (Unicode §23.7); the parser takes them."""
_any_stand_in = re.compile("[\ufdd0-\ufdef]")


def _with_stand_ins(data: bytes, *, raw: bool) -> bytes:
    """The document with a stand-in for each reference to a control character, which the parser would refuse.

    With ``raw`` those too that stand as they are, but not beside a CDATA section, in which a reference is text.
    """
    replaced = _CONTROL.sub(_stand_in, data) if b"&#" in data else data
    if raw and _RAW.search(data) and b"<![CDATA[" not in data:
        replaced = _RAW.sub(_raw_stand_in, replaced)
    if replaced == data:
        return data
    if _any_stand_in.search(data.decode("utf-8")):
        raise _malformed("the XML document holds code points from U+FDD0 to U+FDEF beside control characters")
    return replaced


def _stand_in(match: re.Match[bytes]) -> bytes:
    code = int(match[1], 16) if match[1] is not None else int(match[2])
    if code in {0, 9, 10, 13} or code >= 0x20:
        return match[0]
    return chr(_STAND_IN + code).encode("utf-8")


def _raw_stand_in(match: re.Match[bytes]) -> bytes:
    return chr(_STAND_IN + match[0][0]).encode("utf-8")


def _control(match: re.Match[str]) -> str:
    return chr(ord(match[0]) - _STAND_IN)


def _reference(match: re.Match[str]) -> str:
    return f"&#x{ord(match[0]) - _STAND_IN:x};"


def _malformed(message: str) -> Fault:
    return Fault(Kind.MALFORMED, message, reason="xml")


class _Open:
    """An element whose end has not come yet."""

    __slots__ = ("attributes", "children", "name", "text")

    def __init__(self, name: str, attributes: tuple[str, ...] = ()) -> None:
        self.name = name
        self.attributes = attributes
        self.text: list[str] = []
        self.children: list[Node] = []


class _Reader:
    """Reads one document.

    The parser is defusedxml's, with its refusals; elements and text go past its tree builder, straight to here, which
    takes a third of the time and sees the limits while the document is read.
    """

    def __init__(self, roots: tuple[str, ...], *, stands_in: bool) -> None:
        self._roots = roots
        self._stands_in = stands_in
        self._above: list[_Open] = []
        self._here = _Open("")
        self._nodes = 0
        self._literal = False
        self._space = ""
        self._parser = XMLParser(encoding="utf-8", forbid_dtd=True).parser
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartCdataSectionHandler = self._start_literal
        self._parser.EndCdataSectionHandler = self._end_literal
        self._parser.DefaultHandlerExpand = None

    def read(self, data: bytes) -> Node:
        """The root element."""
        try:
            for at in range(0, len(data), _CHUNK_BYTES):
                self._parser.Parse(data[at : at + _CHUNK_BYTES], False)
                if at - self._parser.CurrentByteIndex > _CHUNK_BYTES:
                    self._refuse(f"has a tag, comment or instruction of more than {_CHUNK_BYTES} bytes")
            self._parser.Parse(b"", True)
        except ExpatError as error:
            problem = ErrorString(error.code)
            where = f"line {error.lineno}, column {error.offset + 1}"
            raise _malformed(f"the XML document is not well-formed: {problem} (at {where})") from error
        except DefusedXmlException as error:
            message = "the XML document has a document type or entities, which are not taken; send it without"
            raise _malformed(f"{message} ({self._position()})") from error
        finally:
            del self._parser  # it leads back here by its handlers: both would wait for the garbage collector
        return self._here.children[0]

    def _start(self, tag: str, attributes: list[str]) -> None:
        space, _, name = tag.rpartition("}")
        self._nodes += 1
        if not self._above:
            self._space = space
        elif space and space != self._space:
            self._refuse(f"has the element {name[:100]!r} of another namespace than its root's")
        if not self._above and name not in self._roots:
            self._refuse(f"has the root element {name[:100]!r} where {' or '.join(self._roots)} is expected")
        if self._nodes > NODES_MAX:
            self._refuse(f"has more than {NODES_MAX} elements; send fewer at a time")
        if len(self._above) >= DEPTH_MAX:
            self._refuse(f"is nested deeper than {DEPTH_MAX} elements")
        if len(attributes) > 2 * ATTRIBUTES_MAX:
            self._refuse(f"has an element with more than {ATTRIBUTES_MAX} attributes")
        self._above.append(self._here)
        self._here = _Open(name, tuple(key.rpartition("}")[2] for key in attributes[::2]))

    def _end(self, _tag: str) -> None:
        done = self._here
        self._here = self._above.pop()
        self._here.children.append(
            Node(
                name=done.name, text="".join(done.text), children=tuple(done.children), attributes=done.attributes
            )
        )  # fmt: skip

    def _text(self, text: str) -> None:
        if self._stands_in:
            text = _any_stand_in.sub(_reference if self._literal else _control, text)
        self._here.text.append(text)

    def _start_literal(self) -> None:
        self._literal = True

    def _end_literal(self) -> None:
        self._literal = False

    def _refuse(self, what: str) -> NoReturn:
        raise _malformed(f"the XML document {what} ({self._position()})")

    def _position(self) -> str:
        return f"at line {self._parser.CurrentLineNumber}, column {self._parser.CurrentColumnNumber + 1}"


_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_ILLEGAL = "\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ud800-\\udfff\\ufffe\\uffff"
"""XML 1.0 takes these characters neither as they are nor as references; the clouds write references all the same."""
_odd = re.compile(f'[&<>"\r{_ILLEGAL}]').search
_illegal = re.compile(f"[{_ILLEGAL}]")


def _escaped(text: str) -> str:
    """Text as it stands in an element: a carriage return is a reference, because a reader makes a line feed of it."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return _illegal.sub(_written, text.replace("\r", "&#13;"))


def _written(match: re.Match[str]) -> str:
    """A control character as the reference that the clouds write; U+FFFD for what no key can hold."""
    return f"&#x{ord(match[0]):x};" if "\0" < match[0] < " " else "\ufffd"


def _attributes(attributes: Mapping[str, str]) -> str:
    """Attributes as they stand in a tag: a reader makes a space of any blank that is not a reference."""
    escaped = {name: _escaped(text).replace("\n", "&#10;").replace("\t", "&#9;") for name, text in attributes.items()}
    return "".join(f' {name}="{text}"' for name, text in escaped.items())


def render(root: str, content: Content, xmlns: str | None = None) -> bytes:
    """A document.

    Args:
        root: the name of its root; names of elements and attributes are written as they are.
        content: a mapping becomes child elements in its order, and a list or tuple in one the same element again and
            again; None is left out; a bool is ``true`` or ``false``; an int is decimal. Characters that XML cannot hold
            are written as references, as the clouds write them.
        xmlns: the namespace of the document.
    """
    out = [_HEAD]
    if xmlns is not None:
        inner = content.content if isinstance(content, Attributed) else content
        more = content.attributes if isinstance(content, Attributed) else {}
        content = Attributed(attributes={"xmlns": xmlns, **more}, content=inner)
    elif content is None:
        content = ""
    _element(out, root, content, "")
    return "".join(out).encode("utf-8")


def _element(out: list[str], name: str, content: Content, attributes: str) -> None:
    """Write one element, or for a list as many as it has."""
    if isinstance(content, str):
        out.append(f"<{name}{attributes}>{_escaped(content)}</{name}>")
    elif isinstance(content, bool):
        out.append(f"<{name}{attributes}>{'true' if content else 'false'}</{name}>")
    elif isinstance(content, int):
        out.append(f"<{name}{attributes}>{content}</{name}>")
    elif isinstance(content, Mapping):
        out.append(f"<{name}{attributes}>")
        _children(out, content)
        out.append(f"</{name}>")
    elif isinstance(content, Attributed):
        inner = "" if content.content is None else content.content
        _element(out, name, inner, attributes + _attributes(content.attributes))
    elif content is not None:
        for one in content:
            _element(out, name, one, attributes)


def _children(out: list[str], content: Mapping[str, Content]) -> None:
    """Write a mapping's elements; plain text, which most of them are, without a call for each."""
    for name, value in content.items():
        if type(value) is str:
            out.append(f"<{name}>{_escaped(value) if _odd(value) else value}</{name}>")
        elif type(value) is int:
            out.append(f"<{name}>{value}</{name}>")
        elif type(value) is dict:
            out.append(f"<{name}>")
            _children(out, value)
            out.append(f"</{name}>")
        else:
            _element(out, name, value, "")
