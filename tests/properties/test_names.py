"""Laws of names, checksums and paging tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.core.facts.crc64 import combined
from entrepot.core.facts.digests import Digester, crc64_of
from entrepot.core.facts.names import KEY_MAX_BYTES, after_prefix, check_key, check_tree_key, parents
from entrepot.core.fault import Fault, Kind
from entrepot.dialects.cos_json.context import decode_context, encode_context

CHARS = st.sampled_from("ab/.!0\u00e9\u4e2d\ud7ff\ue000\uffff\U00010000\U0001f600\U0010ffff\U0010fffe")
texts = st.text(CHARS, max_size=6) | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
anything = st.text(max_size=12) | st.text(CHARS, max_size=12)


@given(texts, texts)
def test_text_is_ordered_as_its_bytes(a: str, b: str) -> None:
    assert (a < b) == (a.encode() < b.encode())


@given(texts, texts)
def test_after_prefix_is_beyond_all_that_starts_so(prefix: str, rest: str) -> None:
    end = after_prefix(prefix)
    if end is not None:
        assert (prefix + rest).encode() < end.encode()


@given(texts, texts)
def test_after_prefix_is_the_least_such_bound(prefix: str, other: str) -> None:
    """Whatever is not below the prefix and does not start with it is not below the bound."""
    end = after_prefix(prefix)
    if other >= prefix and not other.startswith(prefix):
        assert end is not None
        assert other >= end


@given(st.text("\U0010ffff", max_size=4))
def test_only_the_last_character_of_all_has_no_bound(prefix: str) -> None:
    assert after_prefix(prefix) is None
    assert after_prefix("a" + prefix) == "b"
    assert after_prefix("\ud7ff" + prefix) == "\ue000"


@given(anything)
def test_a_key_is_returned_as_it_is_or_refused(key: str) -> None:
    for check in (check_key, check_tree_key):
        try:
            assert check(key) == key
        except Fault as fault:
            assert fault.kind is Kind.NAME_INVALID  # noqa: PT017 - it need not raise
        else:
            assert 1 <= len(key.encode()) <= KEY_MAX_BYTES
            assert "\0" not in key


@given(st.integers(KEY_MAX_BYTES - 3, KEY_MAX_BYTES + 3), st.sampled_from(["a", "\u00e9", "\u4e2d", "\U0001f600"]))
def test_the_limit_of_a_key_is_in_bytes(size: int, char: str) -> None:
    key = char * (size // len(char.encode())) + "a" * (size % len(char.encode()))
    assert len(key.encode()) == size
    if size <= KEY_MAX_BYTES:
        assert check_tree_key(key) == key
    else:
        with pytest.raises(Fault):
            check_key(key)


@given(anything)
def test_parents_are_all_directories_above(key: str) -> None:
    above = parents(key)
    body = key.removesuffix("/")
    assert above == [body[: at + 1] for at, char in enumerate(body) if char == "/"]
    assert all(key.startswith(directory) and directory != key for directory in above)


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_joined_checksums_are_the_checksum_of_the_whole(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    assert combined((crc64_of(piece), len(piece)) for piece in pieces) == crc64_of(whole)
    digester = Digester(sha1=False, md5=False)
    for piece in pieces:
        digester.update(piece)
    assert (digester.crc64, digester.size) == (crc64_of(whole), len(whole))


@given(texts)
def test_a_paging_token_is_read_back(entry: str) -> None:
    token = encode_context(entry)
    assert token
    assert decode_context(token) == entry


@given(anything)
def test_any_other_paging_token_is_refused_or_read(token: str) -> None:
    try:
        decode_context(token)
    except Fault as fault:
        assert fault.kind is Kind.PARAMETER_INVALID  # noqa: PT017 - it need not raise
