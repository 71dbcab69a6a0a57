"""Documents of requests: what one may hold is declared as a shape, and what is not declared is refused.

Knows elements, their number and their attributes; must not know what any of them means. A document is only given to its
reader after :func:`check`, so that no reader can overlook a child: a child that the shape does not name is a refusal.
XML (:mod:`entrepot.wire.xml`) and the JSON documents of some clouds are both read into :class:`Node`.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import Value


class Node(Value, frozen=True, kw_only=True):
    """One element: its local name, the text directly inside it (as sent, with its blanks), its children in order."""

    name: str
    text: str = ""
    children: tuple[Node, ...] = ()
    attributes: tuple[str, ...] = ()
    """Local names of its attributes; declarations of namespaces are none."""

    def all(self, name: str) -> list[Node]:
        """The children of this name, in order."""
        return [child for child in self.children if child.name == name]

    def first(self, name: str) -> Node | None:
        """The first child of this name."""
        for child in self.children:
            if child.name == name:
                return child
        return None

    def value(self, name: str) -> str | None:
        """The text of the first child of this name, without blanks around it. An object's key is rather ``text``."""
        child = self.first(name)
        return None if child is None else child.text.strip()


class Shape(Value, frozen=True, kw_only=True):
    """What an element may hold: the children it names, or text where it names none.

    ``many``: it may stand more than once in its parent. ``mixed``: text as well as children. ``absent``: the cloud has
    it and this server has not; it is refused with this reason, unless its text is one of ``idle``, in small letters,
    which asks for nothing. ``unheeded``: it is taken and has no effect, for this
    reason.
    """

    children: Mapping[str, Shape] = {}
    attributes: frozenset[str] = frozenset()
    many: bool = False
    mixed: bool = False
    absent: str = ""
    idle: frozenset[str] = frozenset()
    unheeded: str = ""


TEXT = Shape()
TEXTS = Shape(many=True)


def one(children: Mapping[str, Shape], *attributes: str, mixed: bool = False) -> Shape:
    """An element with children, at most once in its parent."""
    return Shape(children=children, attributes=frozenset(attributes), mixed=mixed)


def many(children: Mapping[str, Shape], *attributes: str, mixed: bool = False) -> Shape:
    """An element with children, any number of times."""
    return Shape(children=children, attributes=frozenset(attributes), mixed=mixed, many=True)


def absent(why: str, *idle: str) -> Shape:
    """An element that the cloud has and this server has not; ``why`` ends the sentence "X is not here:"."""
    return Shape(absent=why, many=True, idle=frozenset(idle))


def unheeded(why: str, children: Mapping[str, Shape] | None = None) -> Shape:
    """An element that is taken and changes nothing, because of ``why``, which gives its source."""
    return Shape(children=children or {}, unheeded=why)


def check(node: Node, shape: Shape) -> Node:
    """The document itself, if everything in it is declared.

    Raises:
        Fault: NOT_IMPLEMENTED (reason ``element``) for what the cloud has and this server has not; MALFORMED (reason
            ``xml``) for everything else that is not declared, with the path to it.
    """
    _check(node, shape, node.name)
    return node


def _check(node: Node, shape: Shape, path: str) -> None:
    if shape.absent and node.text.strip().lower() not in shape.idle:
        raise Fault(Kind.NOT_IMPLEMENTED, f"{path} is not here: {shape.absent}", reason="element", element=path)
    for name in node.attributes:
        if name not in shape.attributes:
            raise _unknown(f"the attribute {name[:60]!r} of {path}", shape.attributes, name)
    if node.children and node.text.strip() and not shape.mixed:
        raise _malformed(f"{path} holds text beside elements")
    if shape.children and not shape.mixed and not node.children and node.text.strip():
        raise _malformed(f"{path} holds text where elements are expected")
    seen: set[str] = set()
    for child in node.children:
        known = shape.children.get(child.name)
        inner = f"{path}/{child.name[:60]}"
        if known is None:
            raise _unknown(f"the element {inner}", shape.children, child.name)
        if child.name in seen and not known.many:
            raise _malformed(f"{inner} stands more than once")
        seen.add(child.name)
        _check(child, known, inner)


def _unknown(what: str, known: Mapping[str, Shape] | frozenset[str], name: str) -> Fault:
    near = get_close_matches(name[:60], list(known), 1)
    return _malformed(f"{what} is unknown here{f'; did you mean {near[0]}?' if near else ''}")


def _malformed(message: str) -> Fault:
    return Fault(Kind.MALFORMED, f"{message}; what is not understood is refused", reason="xml")
