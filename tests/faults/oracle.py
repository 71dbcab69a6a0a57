"""The oracle: what must be stored, given what the server has acknowledged.

Law: an acknowledged operation has happened, for ever. A refused one (4xx) has not. One without an answer, or
answered 5xx, is in doubt: after a restart it has happened wholly or not at all, and the oracle then adopts
what it sees. A once-signature is spent exactly when its effect is there. The oracle never forgives a third
state, and it learns nothing from the server but through the public API.

Each key belongs to one actor at a time, so operations on one key are never concurrent and at most one
operation on it is in doubt.
"""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .client import Client, NoAnswer, Reply

REPLAYED = -77


def content(seed: int, size: int) -> bytes:
    """The bytes of a version: the same seed and size always give the same bytes."""
    return random.Random(seed).randbytes(size)  # noqa: S311


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a file, as far as a client can see it."""

    sha: str
    size: int
    note: str

    @classmethod
    def of(cls, data: bytes, note: str) -> Version:
        """The version that an upload of `data` makes."""
        return cls(hashlib.sha1(data).hexdigest(), len(data), note)


Effect = Mapping[str, Version | None]


@dataclass(frozen=True, slots=True)
class Once:
    """A once-signature and the key that it is bound to."""

    sign: str
    key: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """An operation that may have happened: what it would change, and the signature it would have spent."""

    effect: Effect
    once: Once | None


@dataclass(slots=True)
class Session:
    """An open sliced upload. `name` is None while the init itself is in doubt."""

    key: str
    version: Version
    data: bytes
    slice_size: int
    name: str | None = None
    stored: set[int] = field(default_factory=set)
    doubtful: set[int] = field(default_factory=set)

    def missing(self) -> list[int]:
        """The offsets that are not known to be stored."""
        return [at for at in range(0, len(self.data), self.slice_size) if at not in self.stored]

    def piece(self, offset: int) -> bytes:
        """The bytes of the slice at an offset."""
        return self.data[offset : offset + self.slice_size]


class Oracle:
    """The model of one bucket. Methods are safe to call from several threads."""

    def __init__(self) -> None:
        self.state: dict[str, Version] = {}
        self.doubts: list[Doubt] = []
        self.sessions: dict[str, Session] = {}
        self.acknowledged = 0
        self.oddities: list[str] = []
        self._spent: list[Once] = []
        self._dirty: set[str] = set()
        self._lock = threading.Lock()

    def keys(self, prefix: str) -> list[str]:
        """The live keys below a prefix that no doubt touches, in order."""
        with self._lock:
            doubtful = {key for doubt in self.doubts for key in doubt.effect}
            return sorted(key for key in self.state if key.startswith(prefix) and key not in doubtful)

    def odd(self, text: str) -> None:
        """Note something that must never happen; `settle` will raise it."""
        with self._lock:
            self.oddities.append(text)

    def perform(self, effect: Effect, call: Callable[[], Reply], once: Once | None = None) -> Reply:
        """Run one call and keep the books; passes NoAnswer on."""
        try:
            reply = call()
        except NoAnswer:
            self._doubt(effect, once)
            raise
        if reply.ok:
            self.acknowledge(effect, once)
        elif reply.status >= 500:
            self._doubt(effect, once)
        return reply

    def _doubt(self, effect: Effect, once: Once | None) -> None:
        with self._lock:
            self.doubts.append(Doubt(effect, once))

    def acknowledge(self, effect: Effect, once: Once | None = None) -> None:
        """Book an operation that has happened."""
        with self._lock:
            self.acknowledged += 1
            self._dirty.update(effect)
            for key, version in effect.items():
                if version is None:
                    self.state.pop(key, None)
                else:
                    self.state[key] = version
            if once is not None:
                self._spent.append(once)

    # -- looking ------------------------------------------------------------------------------------------

    def settle(self, client: Client, *, thorough: bool = False) -> None:
        """Compare the server with the model and end every doubt; raises AssertionError with all the faults.

        The bytes of what changed since the last settling are read (of everything, when thorough); names,
        sizes and SHA-1 of everything come from listings.
        """
        faults, self.oddities = self.oddities, []
        doubts, self.doubts = self.doubts, []
        for doubt in doubts:
            faults += self._settle_doubt(client, doubt)
        for session in list(self.sessions.values()):
            faults += self._settle_session(client, session)
        for once in self._spent[-40:] if thorough else self._spent[-6:]:
            faults += self._prove_spent(client, once)
        for key in sorted(self.state if thorough else self._dirty):
            seen, expected = look(client, key), self.state.get(key)
            if seen != expected:
                faults.append(f"{key}: expected {expected}, saw {seen}")
        faults += self._compare_listings(client)
        self._dirty = set()
        assert not faults, "\n".join(faults)

    def _settle_doubt(self, client: Client, doubt: Doubt) -> list[str]:
        seen = {key: look(client, key) for key in doubt.effect}
        before = {key: self.state.get(key) for key in doubt.effect}
        if seen == dict(doubt.effect) and seen != before:
            self.acknowledge(doubt.effect)
            return self._prove_spent(client, doubt.once) if doubt.once else []
        if seen != before:
            return [f"half done: before {before}, meant {dict(doubt.effect)}, saw {seen}"]
        return self._prove_usable(client, doubt.once) if doubt.once else []

    def _prove_spent(self, client: Client, once: Once) -> list[str]:
        """A spent signature answers -77 and changes nothing, even when there is something to change."""
        faults = []
        if once.key not in self.state:
            version = Version.of(b"guard", "")
            reply = self.perform({once.key: version}, lambda: client.upload(once.key, b"guard"))
            faults += [] if reply.ok else [f"{once.key}: guard not stored: {reply}"]
        replay = client.delete(once.key, auth=once.sign)
        if replay.code != REPLAYED:
            faults.append(f"{once.key}: a spent once-signature answered {replay}")
        seen = look(client, once.key)
        if seen != self.state.get(once.key):
            faults.append(f"{once.key}: a replay changed it to {seen}")
        return faults

    def _prove_usable(self, client: Client, once: Once) -> list[str]:
        """A signature whose effect is absent is still good, once."""
        if once.key not in self.state:
            return []
        first = self.perform({once.key: None}, lambda: client.delete(once.key, auth=once.sign), once)
        if not first.ok:
            return [f"{once.key}: an unspent once-signature answered {first}"]
        return self._prove_spent(client, once)

    def _settle_session(self, client: Client, session: Session) -> list[str]:
        """The pending session lists all acknowledged parts and nothing that was never sent."""
        reply = client.slice_list(session.key)
        if self.state.get(session.key) == session.version:
            del self.sessions[session.key]
            finished = reply.ok and "session" not in reply.data
            return [] if finished else [f"{session.key}: finished, yet {reply} {reply.data}"]
        if session.name is None:
            del self.sessions[session.key]
            empty = reply.status == 404 or reply.data.get("listparts") == []
            return [] if empty else [f"{session.key}: init in doubt, yet {reply} {reply.data}"]
        data = reply.data
        listed = {part["offset"]: part["datalen"] for part in data.get("listparts", [])}
        faults = []
        if not reply.ok or (data.get("session"), data.get("filesize"), data.get("slice_size")) != (
            session.name,
            session.version.size,
            session.slice_size,
        ):
            faults.append(f"{session.key}: session {session.name} is not resumable: {reply} {data}")
        if not session.stored <= listed.keys() <= session.stored | session.doubtful:
            faults.append(f"{session.key}: {session.stored} (+{session.doubtful}?) stored, listed {listed}")
        if any(length != len(session.piece(at)) for at, length in listed.items()):
            faults.append(f"{session.key}: wrong lengths in {listed}")
        session.stored, session.doubtful = set(listed), set()
        return faults

    def _compare_listings(self, client: Client) -> list[str]:
        prefixes = {key.rpartition("/")[0] + "/" for key in self.state}
        faults = []
        for prefix in sorted(prefixes):
            seen = {key: (e.get("sha"), e.get("filesize")) for key, e in client.listing(prefix).items()}
            expected = {k: (v.sha, v.size) for k, v in self.state.items() if k.startswith(prefix)}
            faults += [
                f"{key}: expected {expected.get(key)} in the list, saw {seen.get(key)}"
                for key in sorted(seen.keys() | expected.keys())
                if seen.get(key) != expected.get(key)
            ]
        return faults


def look(client: Client, key: str) -> Version | str | None:
    """A file as the server shows it: a version, None when absent, or a text saying what does not fit."""
    reply = client.stat(key)
    status, body = client.download(key)
    if reply.status == 404 and status == 404:
        return None
    if not reply.ok or status != 200:
        return f"stat {reply}, download {status}"
    facts = (reply.data.get("sha"), reply.data.get("filesize"))
    if facts != (hashlib.sha1(body).hexdigest(), len(body)):
        return f"stat says {facts}, the bytes are {len(body)} of {hashlib.sha1(body).hexdigest()}"
    return Version.of(body, reply.data.get("biz_attr", ""))
