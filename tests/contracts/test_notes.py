"""Index: notes, which are what the APIs remember of an account."""

from __future__ import annotations

import pytest

from contracts.engines import Engine, add_bucket
from entrepot.core.facts.records import Note
from entrepot.core.fault import Fault, Kind
from entrepot.core.operations.notes import ChangeNotes, NoteChange
from entrepot.core.rules.notes import change

ONE, TWO = 1250000001, 1250000002


async def put(engine: Engine, key: str, value: bytes, *, account: int = ONE, collection: str = "c") -> None:
    await engine.index.write(lambda tx: tx.put_note(account, collection, key, value))


async def test_a_note_is_what_was_put_last_and_durable(engine: Engine) -> None:
    assert engine.index.refresh().note(ONE, "c", "k") is None
    await put(engine, "k", b"\x00one")
    await put(engine, "k", b"\xfftwo")
    other = engine.again()
    try:
        assert other.index.refresh().note(ONE, "c", "k") == Note(key="k", value=b"\xfftwo")
        assert await other.index.scan(lambda reader: reader.note(ONE, "c", "K")) is None
    finally:
        other.close()


async def test_accounts_and_collections_are_apart(engine: Engine) -> None:
    await put(engine, "k", b"1")
    await put(engine, "k", b"2", account=TWO)
    await put(engine, "k", b"3", collection="d")
    reader = engine.index.refresh()
    found = [reader.note(ONE, "c", "k"), reader.note(TWO, "c", "k"), reader.note(ONE, "d", "k")]
    assert [note.value for note in found if note is not None] == [b"1", b"2", b"3"]
    assert [note.value for note in reader.notes(ONE, "c", None, 9)] == [b"1"]


async def test_notes_are_listed_by_key_in_byte_order_after_a_key(engine: Engine) -> None:
    for key in ("b", "ü", "a", "B", "😀"):
        await put(engine, key, key.encode())
    reader = engine.index.refresh()
    assert [note.key for note in reader.notes(ONE, "c", None, 9)] == ["B", "a", "b", "ü", "😀"]
    assert [note.key for note in reader.notes(ONE, "c", "a", 2)] == ["b", "ü"]
    assert reader.notes(ONE, "c", "😀", 9) == []


async def test_a_forgotten_note_is_gone(engine: Engine) -> None:
    await put(engine, "k", b"1")
    assert await engine.index.write(lambda tx: tx.remove_note(ONE, "c", "k")) is True
    assert await engine.index.write(lambda tx: tx.remove_note(ONE, "c", "k")) is False
    assert engine.index.refresh().notes(ONE, "c", None, 9) == []


async def test_the_notes_of_an_account_go_with_it(engine: Engine) -> None:
    bucket = await add_bucket(engine.index, account=ONE)
    await put(engine, "k", b"1")
    await put(engine, "k", b"2", account=TWO)
    await engine.index.write(lambda tx: tx.remove_bucket(bucket.id))
    assert await engine.index.write(lambda tx: tx.remove_account(ONE)) is True
    reader = engine.index.refresh()
    assert reader.note(ONE, "c", "k") is None
    assert reader.note(TWO, "c", "k") is not None


async def test_notes_change_together_and_only_from_what_was_read(engine: Engine) -> None:
    await put(engine, "a", b"1")
    both = (
        NoteChange(collection="c", key="a", was=b"1", value=None),
        NoteChange(collection="d", key="b", was=None, value=b"2"),
    )
    op = ChangeNotes(account=ONE, api="any", changes=both)
    await put(engine, "b", b"there", collection="d")
    with pytest.raises(Fault) as caught:
        await engine.index.write(lambda tx: change(tx, op))
    assert caught.value.kind is Kind.PRECONDITION_FAILED
    assert engine.index.refresh().note(ONE, "c", "a") == Note(key="a", value=b"1"), "neither of them"
    await engine.index.write(lambda tx: tx.remove_note(ONE, "d", "b"))
    await engine.index.write(lambda tx: change(tx, op))
    reader = engine.index.refresh()
    assert (reader.note(ONE, "c", "a"), reader.note(ONE, "d", "b")) == (None, Note(key="b", value=b"2"))
