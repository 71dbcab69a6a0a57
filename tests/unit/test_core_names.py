"""core/names: which keys can be stored, and how they are ordered. Source: wire facts §11; architecture §5, §6."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.core.facts.names import KEY_MAX_BYTES, after_prefix, check_key, check_tree_key, parents
from entrepot.core.fault import Fault, Kind

CHARS = st.characters(exclude_categories=["Cs"])
EDGES = st.sampled_from("ab/\x7f\u0080\ud7ff\ue000\uffff\U00010000\U0010ffff")
NAMES = st.text(CHARS | EDGES, max_size=12)


@pytest.mark.parametrize(
    "key", ["a", "a/b", "a/", "中/文", " ", "a b", ".a", "a.", "..a", "...", "\\", "x" * 1024, "\x01"]
)
def test_keys(key: str) -> None:
    assert check_key(key) == key


@pytest.mark.parametrize("key", ["", "\0", "a\0b", "x" * 1025, "中" * 342, "\ud800"])
def test_no_keys(key: str) -> None:
    with pytest.raises(Fault) as caught:
        check_key(key)
    assert caught.value.kind is Kind.NAME_INVALID


@pytest.mark.parametrize("key", ["a", "a/b/c", "a/b/", "...", "..a/b..", "a b+c%", "\u0080", "x" * 1024])
def test_paths(key: str) -> None:
    assert check_tree_key(key) == key


@pytest.mark.parametrize(
    "key",
    [
        ".",
        "..",
        "./a",
        "../a",
        "a/.",
        "a/..",
        "a/./b",
        "a/../b",
        "a//b",
        "/a",
        "a//",
        "/",
        "a\nb",
        "\x01",
        "a\x1f",
        "a\x7f",
        "./",
        "../",
    ],
)
def test_no_paths(key: str) -> None:
    with pytest.raises(Fault) as caught:
        check_tree_key(key)
    assert caught.value.kind is Kind.NAME_INVALID


@pytest.mark.parametrize(
    ("prefix", "after"),
    [
        ("a", "b"),
        ("a/", "a0"),
        ("", None),
        ("\U0010ffff", None),
        ("a\U0010ffff", "b"),
        ("a\U0010ffff\U0010ffff", "b"),
        ("\ud7ff", "\ue000"),
        ("\uffff", "\U00010000"),
    ],
)
def test_after_prefix(prefix: str, after: str | None) -> None:
    assert after_prefix(prefix) == after


@given(NAMES, NAMES)
def test_after_prefix_bounds_exactly_the_prefix(prefix: str, name: str) -> None:
    """In byte order, which for UTF-8 is code-point order: p <= x < after(p) means x starts with p."""
    after = after_prefix(prefix)
    low, key = prefix.encode(), name.encode()
    inside = low <= key and (after is None or key < after.encode())
    assert inside == key.startswith(low)
    extended = (prefix + name).encode()
    assert low <= extended
    assert after is None or extended < after.encode()


@given(NAMES, NAMES)
def test_text_order_is_byte_order(one: str, other: str) -> None:
    assert (one < other) == (one.encode() < other.encode())


@pytest.mark.parametrize(
    ("key", "above"),
    [
        ("a", []),
        ("a/", []),
        ("a/b", ["a/"]),
        ("a/b/", ["a/"]),
        ("a/b/c", ["a/", "a/b/"]),
        ("中/文/x/", ["中/", "中/文/"]),
    ],
)
def test_parents(key: str, above: list[str]) -> None:
    assert parents(key) == above


def test_the_limit_is_in_bytes() -> None:
    assert KEY_MAX_BYTES == 1024
    assert check_key("é" * 512)
