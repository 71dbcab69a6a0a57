"""What a session asked and was answered, kept as a transcript, and replayed: ``with server.recording(file): …``.

Asks by the admin API alone. See docs/recording.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from entrepot import __version__
from entrepot.clock_and_chance import new_id, now
from entrepot.testing.account import Account
from entrepot.testing.calls import Calls
from entrepot.transcript import writing
from entrepot.transcript.comparing import PARTS, Part
from entrepot.transcript.entry import Entry, Head
from entrepot.transcript.layout import body_files, read_head
from entrepot.transcript.replaying import GivenKey, Place, Replay, Replayed

BY: Final = f"entrepot {__version__}"


@contextmanager
def recording(calls: Calls, file: Path) -> Iterator[Path]:
    """Record while the block runs; the transcript is there behind it, also when the block fails."""

    def ask(method: str, path: str, body: Mapping[str, Any] | None) -> Mapping[str, Any]:
        return calls.call(method, path, body)

    writing.start(ask)
    try:
        yield file
    finally:
        writing.finish(ask, file, BY)


def replayed(
    file: Path,
    address: str,
    keys: Mapping[str, GivenKey],
    *,
    parts: Iterable[Part] = PARTS,
    authority: Path | None = None,
    only: Iterable[str] = (),
) -> Iterator[Replayed]:
    """What becomes of each exchange of a transcript at another server.

    ``only`` chooses by ``dialect``, ``dialect/operation`` or ``/operation``. Raises TranscriptError, ValueError.
    """
    chosen = tuple(only)
    with file.open("rb") as stream:
        head, entries = read_head(stream)
        place = Place(address=address, authority=None if authority is None else str(authority))
        replay = Replay(place, head, _for_all(head, keys), Path(body_files(str(file))), parts, now, new_nonce)
        yield from replay.all(entries, lambda entry: not chosen or any(_fits(one, entry) for one in chosen))


def _for_all(head: Head, keys: Mapping[str, GivenKey]) -> dict[str, GivenKey]:
    """A single key stands for all that the transcript needs of one account."""
    if set(keys) == {"1"} and len({account for _, account in head.keys}) == 1:
        return dict.fromkeys((number for number, _ in head.keys), keys["1"])
    return dict(keys)


def _fits(chosen: str, entry: Entry) -> bool:
    dialect, slash, operation = chosen.partition("/")
    return dialect in {"", entry.dialect} and (not slash or operation == entry.operation)


def new_nonce() -> str:
    """What may be used once, in digits, because one of the clouds wants a number."""
    return str(int(new_id()[:15], 16) % 10**15 + 1)


def key_of(account: Account) -> GivenKey:
    """The key of an account of the kit."""
    return GivenKey(
        id=account.key_id, secret=account.secret, account=str(account.number), user=account.user_id,
        application="" if account.application is None else str(account.application),
    )  # fmt: skip
