"""The oracle's own test: against a store that forgets, mixes or revives, it must say so."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from .client import Client, NoAnswer, Reply, sign
from .oracle import Once, Oracle, Session, Version, content

KEY = "/a/file"
OK = Reply(status=200, code=0)
MISSING = Reply(status=404, code=-197)


class Faulty(Client):
    """A store in memory that a test may damage, as far as the oracle asks it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 1))
        self.files: dict[str, tuple[bytes, str]] = {}
        self.spent: set[str] = set()
        self.parts: list[dict[str, int]] = []

    def upload(self, key: str, content: bytes, *, note: str = "", insert_only: bool = True) -> Reply:
        self.files[key] = (content, note)
        return OK

    def delete(self, key: str, *, auth: str | None = None) -> Reply:
        if auth in self.spent:
            return Reply(status=400, code=-77)
        self.spent |= {auth} if auth else set()
        del self.files[key]
        return OK

    def stat(self, key: str) -> Reply:
        if key not in self.files:
            return MISSING
        data, note = self.files[key]
        facts = {"sha": hashlib.sha1(data).hexdigest(), "filesize": len(data), "biz_attr": note}
        return Reply(status=200, code=0, data=facts)

    def download(self, key: str) -> tuple[int, bytes]:
        return (200, self.files[key][0]) if key in self.files else (404, b"")

    def listing(self, directory: str) -> dict[str, dict[str, Any]]:
        return {key: self.stat(key).data for key in self.files if key.startswith(directory)}

    def slice_list(self, key: str) -> Reply:
        data = {"session": "s", "filesize": 30, "slice_size": 10, "listparts": self.parts}
        return Reply(status=200, code=0, data=data)


def lost() -> Reply:
    """A call whose answer never came."""
    raise NoAnswer("lost")


@pytest.fixture
def store() -> Faulty:
    """An empty store."""
    return Faulty()


@pytest.fixture
def oracle(store: Faulty) -> Oracle:
    """An oracle that knows of one file."""
    book = Oracle()
    book.perform({KEY: Version.of(b"old", "n")}, lambda: store.upload(KEY, b"old", note="n"))
    book.settle(store)
    return book


def doubt(oracle: Oracle, effect: dict[str, Version | None], once: Once | None = None) -> None:
    """An operation without an answer."""
    with pytest.raises(NoAnswer):
        oracle.perform(effect, lost, once)


def complains(oracle: Oracle, store: Faulty, about: str) -> None:
    """Assert that settling fails with this text."""
    with pytest.raises(AssertionError, match=about):
        oracle.settle(store, thorough=True)


def test_intact_store_is_accepted(oracle: Oracle, store: Faulty) -> None:
    """Nothing is wrong when nothing is wrong."""
    oracle.settle(store, thorough=True)


@pytest.mark.parametrize("damaged", [(b"other", "n"), (b"", "n"), (b"old", "m")])
def test_damage_is_seen(oracle: Oracle, store: Faulty, damaged: tuple[bytes, str]) -> None:
    """Other bytes, no bytes, other attributes."""
    store.files[KEY] = damaged
    complains(oracle, store, KEY)


def test_loss_is_seen(oracle: Oracle, store: Faulty) -> None:
    """An acknowledged file that is gone."""
    del store.files[KEY]
    complains(oracle, store, KEY)


def test_ghosts_are_seen(oracle: Oracle, store: Faulty) -> None:
    """A file that nobody stored."""
    store.files["/a/ghost"] = (b"boo", "")
    complains(oracle, store, "/a/ghost")


def test_either_side_of_a_doubt(oracle: Oracle, store: Faulty) -> None:
    """Old is fine and new is fine, and what was seen once must stay."""
    new = Version.of(b"new", "n")
    doubt(oracle, {KEY: new})
    oracle.settle(store)
    doubt(oracle, {KEY: new})
    store.files[KEY] = (b"new", "n")
    oracle.settle(store)
    assert oracle.state[KEY] == new
    store.files[KEY] = (b"old", "n")
    complains(oracle, store, KEY)


def test_half_a_move_is_seen(oracle: Oracle, store: Faulty) -> None:
    """The target is there, the source still too."""
    old = oracle.state[KEY]
    doubt(oracle, {KEY: None, "/a/to": old})
    store.files["/a/to"] = store.files[KEY]
    complains(oracle, store, "half done")


def test_revived_signature_is_seen(oracle: Oracle, store: Faulty) -> None:
    """An acknowledged once-signature works again."""
    once = Once(sign(KEY, once=True), KEY)
    oracle.perform({KEY: None}, lambda: store.delete(KEY, auth=once.sign), once)
    oracle.settle(store)
    store.spent.clear()
    complains(oracle, store, "spent once-signature")


def test_signature_without_effect_is_seen(oracle: Oracle, store: Faulty) -> None:
    """A signature was spent though what it authorised did not happen."""
    once = Once(sign(KEY, once=True), KEY)
    doubt(oracle, {KEY: None}, once)
    store.spent.add(once.sign)
    complains(oracle, store, "unspent once-signature")


@pytest.mark.parametrize(
    ("parts", "good"),
    [
        ([(0, 10)], True),
        ([(0, 10), (10, 10)], True),
        ([], False),
        ([(0, 10), (20, 10)], False),
        ([(0, 9)], False),
    ],
)
def test_sessions(store: Faulty, parts: list[tuple[int, int]], good: bool) -> None:
    """Slice 0 is acknowledged, slice 10 in doubt, slice 20 was never sent."""
    oracle = Oracle()
    data = content(1, 30)
    session = Session("/a/s", Version.of(data, ""), data, 10, "s", stored={0}, doubtful={10})
    oracle.sessions["/a/s"] = session
    store.parts = [{"offset": at, "datalen": length} for at, length in parts]
    if good:
        oracle.settle(store)
        assert session.stored == {at for at, _ in parts}
    else:
        complains(oracle, store, "/a/s")
