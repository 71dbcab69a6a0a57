"""One of each changing operation, prepared so that a test can run it at the moment of its choice.

Law: preparing changes only the operation's own directory, and what it stores is known to the oracle.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .client import Client, Reply, sign
from .oracle import Effect, Once, Oracle, Session, Version, content
from .workload import LARGE, MIDDLE, SLICE, SMALL


@dataclass(frozen=True, slots=True)
class Prepared:
    """A call that is ready to be made, what it should change, and whether it writes blob files."""

    effect: Effect
    call: Callable[[Client], Reply]
    once: Once | None = None
    session: Session | None = None
    offset: int | None = None
    blobs: bool = False

    def perform(self, oracle: Oracle, client: Client) -> Reply:
        """Make the call and keep the books."""
        if self.session is not None and self.offset is not None:
            self.session.doubtful.add(self.offset)
        reply = oracle.perform(self.effect, lambda: self.call(client), self.once)
        if reply.ok and self.session is not None:
            if self.offset is None:
                oracle.sessions.pop(self.session.key, None)
            else:
                self.session.stored.add(self.offset)
        return reply


def seeded(oracle: Oracle, client: Client, key: str, size: int) -> Version:
    """A file that is there before."""
    data = content(len(oracle.state) + 1000, size)
    version = Version.of(data, "seeded")
    reply = oracle.perform({key: version}, lambda: client.upload(key, data, note="seeded"))
    assert reply.ok, f"seed {key}: {reply}"
    return version


def upload_inline(oracle: Oracle, client: Client, key: str) -> Prepared:
    """A new file within the index."""
    data = content(SMALL, SMALL)
    return Prepared({key: Version.of(data, "")}, lambda c: c.upload(key, data))


def upload_blob(oracle: Oracle, client: Client, key: str) -> Prepared:
    """A new file with a blob."""
    data = content(MIDDLE, MIDDLE)
    return Prepared({key: Version.of(data, "")}, lambda c: c.upload(key, data), blobs=True)


def overwrite(oracle: Oracle, client: Client, key: str) -> Prepared:
    """A blob in the place of another."""
    seeded(oracle, client, key, MIDDLE)
    data = content(LARGE, LARGE)
    call = lambda c: c.upload(key, data, insert_only=False)  # noqa: E731
    return Prepared({key: Version.of(data, "")}, call, blobs=True)


def overwrite_inline(oracle: Oracle, client: Client, key: str) -> Prepared:
    """An inline file in the place of a blob."""
    seeded(oracle, client, key, MIDDLE)
    data = content(SMALL + 1, SMALL)
    return Prepared({key: Version.of(data, "")}, lambda c: c.upload(key, data, insert_only=False))


def delete(oracle: Oracle, client: Client, key: str) -> Prepared:
    """A file deleted with a once-signature."""
    seeded(oracle, client, key, MIDDLE)
    once = Once(sign(key, once=True), key)
    return Prepared({key: None}, lambda c: c.delete(key, auth=once.sign), once)


def update(oracle: Oracle, client: Client, key: str) -> Prepared:
    """biz_attr changed with a once-signature."""
    old = seeded(oracle, client, key, SMALL)
    once = Once(sign(key, once=True), key)
    effect = {key: Version(old.sha, old.size, "updated")}
    return Prepared(effect, lambda c: c.update(key, "updated", auth=once.sign), once)


def move(oracle: Oracle, client: Client, key: str) -> Prepared:
    """A file moved over another with a once-signature."""
    old, to = seeded(oracle, client, key, MIDDLE), f"{key}-target"
    seeded(oracle, client, to, LARGE)
    once = Once(sign(key, once=True), key)
    call = lambda c: c.move(key, to, overwrite=True, auth=once.sign)  # noqa: E731
    return Prepared({key: None, to: old}, call, once)


def copy(oracle: Oracle, client: Client, key: str) -> Prepared:
    """A file copied to a new name."""
    old = seeded(oracle, client, key, MIDDLE)
    return Prepared({f"{key}-copy": old}, lambda c: c.copy(key, f"{key}-copy"))


def send_slice(oracle: Oracle, client: Client, key: str) -> Prepared:
    """The second slice of a session."""
    session = _session(oracle, client, key, slices=1)
    call = lambda c: c.slice_data(key, session.name or "", SLICE, session.piece(SLICE))  # noqa: E731
    return Prepared({}, call, session=session, offset=SLICE, blobs=True)


def finish(oracle: Oracle, client: Client, key: str) -> Prepared:
    """A complete session made visible."""
    session = _session(oracle, client, key, slices=3)
    call = lambda c: c.slice_finish(key, session.name or "", len(session.data))  # noqa: E731
    return Prepared({key: session.version}, call, session=session)


def _session(oracle: Oracle, client: Client, key: str, *, slices: int) -> Session:
    data = content(len(oracle.sessions) + 5, SLICE * 2 + 100_000)
    session = Session(key, Version.of(data, ""), data, SLICE)
    session.name = client.slice_init(key, len(data), SLICE).data["session"]
    for offset in session.missing()[:slices]:
        reply = client.slice_data(key, session.name, offset, session.piece(offset))
        assert reply.ok, f"slice of {key}: {reply}"
        session.stored.add(offset)
    oracle.sessions[key] = session
    return session


Operation = Callable[[Oracle, Client, str], Prepared]
OPERATIONS: tuple[Operation, ...] = (
    upload_inline,
    upload_blob,
    overwrite,
    overwrite_inline,
    delete,
    update,
    move,
    copy,
    send_slice,
    finish,
)


def prepare_all(oracle: Oracle, client: Client) -> dict[str, Prepared]:
    """All operations by name, each below a directory of that name."""
    return {op.__name__: op(oracle, client, f"/{op.__name__}/file") for op in OPERATIONS}
