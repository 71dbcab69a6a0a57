"""Names of things: accounts, buckets, keys.

Knows which keys can be stored at all and how keys are ordered and grouped. Must not know how a dialect spells them.
Keys are flat UTF-8 strings of 1 to 1,024 bytes in byte order, which for UTF-8 is code-point order. A key that ends in
``/`` is a directory's explicit marker; a directory also exists implicitly while a key lies below it.
"""

from __future__ import annotations

from entrepot.core.fault import Fault, Kind

KEY_MAX_BYTES = 1024
_MAX_CHAR = "\U0010ffff"
_BUCKET_CHARS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def check_bucket_name(name: str, *, dots: bool = False) -> str:
    """Return ``name`` if a new bucket can have it; with ``dots`` also one of several labels with dots between them.

    Raises:
        Fault: NAME_INVALID (reason ``bucket``).
    """
    labels = name.split(".") if dots else [name]
    number = len(labels) == 4 and all(label.isdigit() for label in labels)  # it would be taken for an address
    if not 3 <= len(name) <= 63 or number or not all(map(_is_label, labels)):
        raise Fault(
            Kind.NAME_INVALID,
            f"{name[:80]!r} is no bucket name: 3 to 63 lower-case letters, digits and hyphens, no hyphen at the ends",
            reason="bucket",
        )
    return name


def _is_label(text: str) -> bool:
    return bool(text) and _BUCKET_CHARS.issuperset(text) and "-" not in {text[0], text[-1]}


def check_key(key: str) -> str:
    """Return ``key`` if it can be stored.

    Raises:
        Fault: NAME_INVALID for an empty or oversized key, NUL, lone surrogates.
    """
    try:
        size = len(key.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise Fault(Kind.NAME_INVALID, "the name is not valid UTF-8") from error
    if not key:
        raise Fault(Kind.NAME_INVALID, "the name is empty")
    if size > KEY_MAX_BYTES:
        raise Fault(Kind.NAME_INVALID, f"the name has {size} bytes; at most {KEY_MAX_BYTES} are allowed", reason="long")
    if "\0" in key:
        raise Fault(Kind.NAME_INVALID, "the name holds a NUL byte")
    return key


def check_tree_key(key: str) -> str:
    """Return ``key`` if it can also be a path in a tree of directories.

    Raises:
        Fault: NAME_INVALID for control characters, ``.`` and ``..`` elements, and empty elements.
    """
    check_key(key)
    bad = next((char for char in key if char < " " or char == "\x7f"), None)
    if bad is not None:
        raise Fault(Kind.NAME_INVALID, f"the name holds the control character U+{ord(bad):04X}")
    for element in key.removesuffix("/").split("/"):
        if element in {"", ".", ".."}:
            raise Fault(Kind.NAME_INVALID, f"the path element {element!r} is not allowed")
    return key


def after_prefix(prefix: str) -> str | None:
    """The smallest string greater than every string that starts with ``prefix``; None when there is none."""
    while prefix:
        last = prefix[-1]
        if last < _MAX_CHAR:
            step = 0xE000 if last == "\ud7ff" else ord(last) + 1
            return prefix[:-1] + chr(step)
        prefix = prefix[:-1]
    return None


def parents(key: str) -> list[str]:
    """The directories above ``key``, outermost first, each with its trailing slash: ``a/b/c`` -> ``a/``, ``a/b/``."""
    elements = key.removesuffix("/").split("/")[:-1]
    return ["/".join(elements[: n + 1]) + "/" for n in range(len(elements))]
