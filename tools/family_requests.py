"""What requests of an S3-like dialect may say, and what is answered of what no bucket has, as sections of its page.

Knows the declarations (``Known``, ``Shape``, ``Default``); must not add facts of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from entrepot.dialects.s3like.flavour import Default, Defaults, Flavour, Known, Operations
from entrepot.wire.documents import Shape
from tools.markdown import code, table

_LAW = """\
What an operation does not name is refused before anything is done, but for unknown parameters of a plain read to which
the cloud gives no meaning, and for unknown headers below `{prefix}` of a read, which are counted and logged. Headers
are written without `{prefix}`; `*` ends a beginning. `absent`: the cloud has it, this server refuses it."""

_DEFAULTS = """\
Configurations that no bucket has. Reading them (GET, HEAD) is answered to the bucket's own account; removing them
where it says so; setting them only to what holds anyway, where it says so; everything else is refused as not
implemented."""


def requests_section(flavour: Flavour, operations: Operations, marked: Callable[[str], str]) -> Iterator[str]:
    """What each operation reads, keeps, takes without effect and refuses."""
    yield "## What requests may say"
    yield _LAW.format(prefix=flavour.prefix)
    heads = ("on", "method", "", "parameters", "headers", "conditions", "document")
    rows = [
        (level, method, marked(sub), *_said(operations.known[level, method, sub]))
        for level, method, sub in operations.routes
        if not is_default(operations.defaults, level, sub)
    ]
    yield table(heads, (("any", "", "", *_said(operations.anywhere)), *rows))
    shapes = {
        root: shape for known in operations.known.values() for root, shape in known.shapes.items() if shape.children
    }
    notes = [*_unheeded(operations), *(line for root in sorted(shapes) for line in _elements(shapes[root], root))]
    if notes:
        yield "Taken without effect, or refused by name, and why:"
        yield table(("what", "", "why"), notes)


def defaults_section(defaults: Defaults) -> Iterator[str]:
    """What is answered of what no bucket has."""
    if not defaults:
        return
    yield "## What buckets never have"
    yield _DEFAULTS
    heads = ("on", "read", "is", "answer", "DELETE", "PUT", "source")
    yield table(heads, (row for key, default in defaults.items() for row in _default(*key, default)))


def is_default(defaults: Defaults, level: str, sub: str) -> bool:
    """Whether a route was made of the table of defaults."""
    return (level, sub) in defaults


def _said(known: Known) -> tuple[str, str, str, str]:
    query = sorted(known.query, key=lambda name: (name.lower(), name))
    roots = [code(root) for root in known.shapes]
    return (
        ", ".join(map(code, query)),
        ", ".join(map(code, sorted(known.headers))),
        ", ".join(map(code, sorted(known.conditions))),
        " or ".join(roots) + ("bytes" if known.content else ""),
    )


def _unheeded(operations: Operations) -> Iterator[tuple[str, str, str]]:
    found: dict[str, str] = dict(operations.anywhere.unheeded)
    for known in operations.known.values():
        found |= known.unheeded
    for name, why in sorted(found.items()):
        yield code(name), "no effect", why


def _elements(shape: Shape, path: str) -> Iterator[tuple[str, str, str]]:
    for name, child in shape.children.items():
        inner = f"{path}/{name}"
        if child.absent:
            yield code(inner), "absent", child.absent
        elif child.unheeded:
            yield code(inner), "no effect", child.unheeded
        else:
            yield from _elements(child, inner)


def _default(level: str, sub: str, default: Default) -> Iterator[tuple[str, ...]]:
    yield _default_row(level, f"?{sub}", default)
    for name, variant in default.variants.items():
        yield _default_row(level, f"?{sub}&{name}", variant)


def _default_row(level: str, name: str, default: Default) -> tuple[str, ...]:
    answer = code(f"<{default.root}>") if default.row is None else f"{default.row.status} {code(default.row.code)}"
    removed = "204" if default.removable else ""
    return level, code(name), default.about, answer, removed, "what holds" * bool(default.settable), default.source
