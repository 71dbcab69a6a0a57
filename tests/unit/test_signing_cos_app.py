"""signing/cos_app: the signature's text, what it binds, how long it lasts. Source: seed 004 "签名算法"; wire facts §3.

Law: expected signatures come from tests/vectors alone, never from the module under test.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.core.fault import Fault, Kind
from entrepot.signing.cos_app import (
    LIFETIME_MAX_SECONDS,
    SCHEME,
    AppSign,
    binds,
    check_times,
    collapsed,
    find_sign,
    parse,
    sign,
    token_of,
)
from entrepot.signing.scheme import NOWHERE

from .asking import request

VECTORS = {
    file.parent.name: json.loads(file.read_text("utf-8"))
    for file in sorted((Path(__file__).resolve().parents[1] / "vectors" / "cos_app").glob("*/vector.json"))
}
each_vector = pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS.keys())
NOW = 1_470_737_000.0


def verified(text: str, secret: str) -> bool:
    """Whether the module takes the signature as made with the secret."""
    asked = request(("Authorization", text))
    claim = SCHEME.find(asked)
    assert claim is not None
    (text,) = SCHEME.texts(asked, claim, NOWHERE)
    return hmac.compare_digest(SCHEME.seal(secret.encode(), claim, text), claim.signature)


def signed(text: bytes) -> str:
    """Some bytes under an HMAC of their own; only for what fails before the HMAC is looked at."""
    return base64.b64encode(hmac.digest(b"secret", text, hashlib.sha1) + text).decode()


def app_sign(path: bytes = b"", *, expires_at: float = NOW + 60, made_at: float = NOW) -> AppSign:
    """Fields of a signature."""
    return AppSign(
        text=b"", account="1", bucket="b", key_id="k", expires_at=expires_at, made_at=made_at, nonce="1", path=path
    )


def test_there_are_vectors() -> None:
    assert len(VECTORS) >= 20


@each_vector
def test_a_vector_is_genuine(vector: dict[str, Any]) -> None:
    assert verified(vector["sign"], vector["secret"])


@each_vector
def test_any_flipped_bit_fails(vector: dict[str, Any]) -> None:
    """Of the HMAC and of the text alike: refused as malformed or as not genuine."""
    raw = base64.b64decode(vector["sign"])
    for index in range(len(raw)):
        for bit in range(8):
            changed = bytearray(raw)
            changed[index] ^= 1 << bit
            try:
                assert not verified(base64.b64encode(changed).decode(), vector["secret"]), (index, bit)
            except Fault as fault:
                assert fault.kind is Kind.SIGNATURE_MALFORMED  # noqa: PT017 - most do not raise


@each_vector
def test_any_missing_or_added_byte_fails(vector: dict[str, Any]) -> None:
    raw = base64.b64decode(vector["sign"])
    changed = [raw[:at] + raw[at + 1 :] for at in range(len(raw))] + [
        raw[:at] + b"0" + raw[at:] for at in range(len(raw))
    ]
    for index, data in enumerate(changed):
        if data == raw:
            continue
        try:
            assert not verified(base64.b64encode(data).decode(), vector["secret"]), index
        except Fault as fault:
            assert fault.kind is Kind.SIGNATURE_MALFORMED  # noqa: PT017 - most do not raise


@each_vector
def test_signing_gives_what_the_sdks_give(vector: dict[str, Any]) -> None:
    """`sign` writes a,b,k,e,t,r,f; the vectors in this order must come out byte for byte."""
    names = [pair.partition("=")[0] for pair in vector["plaintext"].split("&")]
    fields = dict(pair.partition("=")[::2] for pair in vector["plaintext"].split("&"))
    if names != list("abketrf") or not all(fields[name].isdigit() for name in "etr"):
        return
    made = sign(
        account=int(fields["a"]), bucket=fields["b"], key_id=fields["k"], secret=vector["secret"].encode(),
        expires_at=int(fields["e"]), made_at=int(fields["t"]), nonce=int(fields["r"]), path=fields["f"],
    )  # fmt: skip
    assert made == vector["sign"]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"a",
        b"a=1&b=x&k=y&e=1&t=1&r=1&f=&f=",
        b"a=1&b=x&k=y&e=1&t=1&r=1&f=&",
        b"a=1&b=x&e=1&t=1&r=1&f=",
        b"a=1&b=x&k=y&t=1&r=1&f=",
        b"a=1&b=x&k=y&e=1&r=1&f=",
        b"a=1&b=x&k=y&e=1&t=1&f=",
        b"b=x&k=y&e=1&t=1&r=1&f=",
        b"a=1&b=x&k=y&e=-1&t=1&r=1&f=",
        b"a=1&b=x&k=y&e=&t=1&r=1&f=",
        b"a=1&b=x&k=y&e=nan&t=1&r=1&f=",
        b"a=1&b=x&k=y&e=1e9&t=1&r=1&f=",
        b"a=1&b=x&k=y&e= 1&t=1&r=1&f=",
        b"a=1&b=x&k=y&e=1_0&t=1&r=1&f=",
        b"a=1&b=x&k=y&e=" + "１".encode() + b"&t=1&r=1&f=",
        b"a=1&b=x&k=" + "é".encode() + b"&e=1&t=1&r=1&f=",
    ],
)
def test_malformed_texts(text: bytes) -> None:
    with pytest.raises(Fault) as caught:
        parse(signed(text))
    assert caught.value.kind is Kind.SIGNATURE_MALFORMED


@given(st.text(max_size=400))
def test_nothing_else_is_ever_raised(text: str) -> None:
    try:
        parse(text)
    except Fault as fault:
        assert fault.kind is Kind.SIGNATURE_MALFORMED  # noqa: PT017 - anything else fails by itself


@given(st.binary(max_size=300))
def test_nothing_else_is_ever_raised_by_a_text(text: bytes) -> None:
    try:
        parse(signed(text))
    except Fault as fault:
        assert fault.kind is Kind.SIGNATURE_MALFORMED  # noqa: PT017 - anything else fails by itself


def test_where_a_signature_travels() -> None:
    """Wire facts §0 rule 2, §3.3."""
    assert find_sign(request()) is None
    assert find_sign(request(("Authorization", "abc="))) == "abc="
    assert find_sign(request(("Authorization", " Authorization abc= "))) == "abc="
    assert find_sign(request(query=b"op=stat&sign=a+b/c=")) == "a+b/c="
    assert find_sign(request(query=b"sign=a%2Bb%2Fc%3D&op=stat")) == "a+b/c="
    assert find_sign(request(query=b"sign=&op=stat")) is None
    assert find_sign(request(("Authorization", ""), query=b"sign=abc")) == "abc"
    for twice in (
        request(("Authorization", "a"), query=b"sign=a"),
        request(("Authorization", "a"), ("Authorization", "a")),
        request(query=b"sign=a&sign=b"),
    ):
        with pytest.raises(Fault) as caught:
            find_sign(twice)
        assert caught.value.kind is Kind.SIGNATURE_MALFORMED


FULL = "/1/b/目录/a b+c".encode()


@pytest.mark.parametrize(
    ("path", "once", "fits"),
    [
        (FULL, True, True),
        (quote(FULL).encode(), True, True),
        (quote(FULL, safe="").encode(), True, True),
        (quote(FULL).lower().encode(), True, True),
        (quote(quote(FULL)).encode(), True, True),
        (quote(quote(quote(FULL))).encode(), True, True),
        (quote(quote(quote(quote(FULL)))).encode(), True, False),
        (b"/1/b//" + "目录//a b+c".encode(), True, True),
        (FULL[1:], True, True),
        (FULL + b"x", True, False),
        (FULL[:-1], True, False),
        (FULL[:-1], False, True),
        (b"/1/b/", False, True),
        (b"/1/b/", True, False),
        (b"/1/c/", False, False),
        (b"/1/b/%E7", False, True),
        (FULL.replace(b"+", b"%2B"), True, True),
        (FULL.replace(b"+", b" "), True, False),
        (FULL.replace(b" ", b"+"), True, False),
    ],
)
def test_what_f_binds(path: bytes, once: bool, fits: bool) -> None:
    """Wire facts §0, rule 3: 0 to 3 rounds of decoding; a prefix for multi, the whole for once."""
    fields = app_sign(path, expires_at=0 if once else NOW + 60)
    assert fields.once == once
    assert binds(fields, (FULL,)) == fits


@given(st.text(min_size=1, max_size=40), st.integers(0, 3))
def test_every_path_fits_its_own_encodings(name: str, rounds: int) -> None:
    raw = name.encode("utf-8", "replace")
    path = collapsed(b"/1/b/" + raw)
    f: bytes = path
    for _ in range(rounds):
        f = quote(f, safe="/~").encode()
    assert binds(app_sign(f, expires_at=0), (path,))


def test_collapsing_slashes() -> None:
    assert collapsed(b"//a///b////") == b"/a/b/"
    assert collapsed(b"") == b""


@pytest.mark.parametrize(
    ("made", "expires", "fits"),
    [
        (NOW, NOW + 1, True),
        (NOW, NOW, True),
        (NOW - 10, NOW - 1, False),
        (NOW, NOW + LIFETIME_MAX_SECONDS, True),
        (NOW, NOW + LIFETIME_MAX_SECONDS + 1, False),
        (NOW - 5, NOW + LIFETIME_MAX_SECONDS, False),
        (NOW + 900, NOW + 1000, True),
        (NOW + 901, NOW + 1000, False),
        (NOW, 0, True),
        (NOW + 901, 0, False),
        (NOW - LIFETIME_MAX_SECONDS, 0, True),
        (NOW - LIFETIME_MAX_SECONDS - 1, 0, False),
    ],
)
def test_times(made: float, expires: float, fits: bool) -> None:
    """Seed: at most 7776000 s; the skew is 900 s here."""
    fields = app_sign(made_at=made, expires_at=expires)
    if fits:
        check_times(fields, NOW, 900)
        return
    with pytest.raises(Fault) as caught:
        check_times(fields, NOW, 900)
    assert caught.value.kind is Kind.SIGNATURE_EXPIRED


def test_tokens_tell_signatures_apart_and_give_nothing_away() -> None:
    one = parse(signed(b"a=1&b=b&k=k&e=0&t=1&r=1&f=/1/b/x"))[1]
    two = parse(signed(b"a=1&b=b&k=k&e=0&t=1&r=2&f=/1/b/x"))[1]
    assert token_of(one) == token_of(one)
    assert token_of(one) != token_of(two)
    assert hmac.digest(b"secret", one.text, hashlib.sha1) != token_of(one)
