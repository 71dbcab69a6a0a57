"""The load: actors that do everything a client of the COS JSON API does, each below a prefix of its own.

Law: every call that may change something goes through the oracle. An actor stops at the first call without an
answer and may be sent on again against a restarted server. What it does is decided by its seed alone; when
the server dies is not.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from .client import Address, Client, NoAnswer, Reply, sign
from .oracle import Once, Oracle, Session, Version, content, look

SMALL, MIDDLE, LARGE = 2_000, 300_000, 2_000_000
SLICE = 524_288
EXISTS = -177
KEYS_PER_ACTOR = 16

Step = Callable[["Actor"], None]


class Actor:
    """One client with its own keys."""

    def __init__(self, oracle: Oracle, name: str, seed: int) -> None:
        self.oracle = oracle
        self.prefix = f"/{name}/"
        self.rng = random.Random(seed)  # noqa: S311
        self.address: Address = ("127.0.0.1", 0)
        self.client = Client(self.address)
        self._made = 0

    def connect(self, address: Address) -> None:
        """Talk to this server from now on."""
        self.client.close()
        self.address = address
        self.client = Client(address)

    def step(self) -> None:
        """Do one thing, chosen by weight; raises NoAnswer."""
        crowded = len(self._keys()) > KEYS_PER_ACTOR
        weights = [9 if crowded and act is Actor.delete else weight for act, weight in STEPS]
        self.rng.choices([act for act, _ in STEPS], weights)[0](self)

    # -- the things that an actor does --------------------------------------------------------------------

    def put(self) -> None:
        """Upload a new file, inline or blob."""
        self._upload(self._fresh(), insert_only=True)

    def overwrite(self) -> None:
        """Replace a file by a simple upload."""
        if key := self._any():
            self._upload(key, insert_only=False)

    def conflict(self) -> None:
        """Upload other bytes onto a file without overwriting: refused, nothing changed."""
        if key := self._any():
            data, note = self._material(SMALL)
            call = partial(self.client.upload, key, data, note=note)
            self._expect(self.oracle.perform({}, call), EXISTS, f"insertOnly {key}")

    def read(self) -> None:
        """Read one's own writes."""
        if key := self._any():
            seen, expected = look(self.client, key), self.oracle.state[key]
            if seen != expected:
                self.oracle.odd(f"{key}: read {seen} instead of {expected}")

    def delete(self) -> None:
        """Delete with a once-signature."""
        if key := self._any():
            once = Once(sign(key, once=True), key)
            call = partial(self.client.delete, key, auth=once.sign)
            self._expect(self.oracle.perform({key: None}, call, once), 0, f"delete {key}")

    def update(self) -> None:
        """Change biz_attr with a once-signature."""
        if key := self._any():
            once, note = Once(sign(key, once=True), key), self._note()
            old = self.oracle.state[key]
            new = Version(old.sha, old.size, note)
            call = partial(self.client.update, key, note, auth=once.sign)
            self._expect(self.oracle.perform({key: new}, call, once), 0, f"update {key}")

    def move(self) -> None:
        """Rename, sometimes over another file, with either kind of signature."""
        source, to = self._any(), self._any() if self.rng.random() < 0.4 else self._fresh()
        if source and to and source != to:
            once = Once(sign(source, once=True), source) if self.rng.random() < 0.5 else None
            auth = once.sign if once else None
            call = partial(self.client.move, source, to, overwrite=True, auth=auth)
            effect = {source: None, to: self.oracle.state[source]}
            self._expect(self.oracle.perform(effect, call, once), 0, f"move {source} {to}")

    def copy(self) -> None:
        """Copy, sometimes over another file."""
        source, to = self._any(), self._any() if self.rng.random() < 0.4 else self._fresh()
        if source and to and source != to:
            call = partial(self.client.copy, source, to, overwrite=True)
            effect = {to: self.oracle.state[source]}
            self._expect(self.oracle.perform(effect, call), 0, f"copy {source} {to}")

    def instant(self) -> None:
        """Upload by proving the SHA-1 of a file that is there already."""
        if source := self._any():
            to, note, old = self._fresh(), self._note(), self.oracle.state[source]
            call = partial(self.client.slice_init, to, old.size, SLICE, sha=old.sha, note=note)
            reply = self.oracle.perform({to: Version(old.sha, old.size, note)}, call)
            self._expect(reply, 0, f"instant {to}")
            if "session" in reply.data:
                self.oracle.odd(f"{to}: no instant upload of {source}: {reply.data}")

    def begin_slices(self) -> None:
        """Open a session and send some of its slices; the rest comes later, perhaps after a crash."""
        if any(key.startswith(self.prefix) for key in self.oracle.sessions):
            return self.finish_slices()
        data, note = self._material(int(SLICE * 2.5))
        session = Session(self._fresh(), Version.of(data, note), data, SLICE)
        self.oracle.sessions[session.key] = session
        sha = session.version.sha if self.rng.random() < 0.5 else ""
        reply = self.client.slice_init(session.key, len(data), SLICE, sha=sha, note=note)
        if not self._expect(reply, 0, f"init {session.key}"):
            return None
        session.name = reply.data["session"]
        if reply.data["slice_size"] != SLICE:
            self.oracle.odd(f"{session.key}: asked for slices of {SLICE}, got {reply.data}")
        return self.send_slices(session, self.rng.sample(session.missing(), 2))

    def finish_slices(self) -> None:
        """Send what is missing of the pending session, one slice twice, and finish it."""
        session = next((s for s in self.oracle.sessions.values() if s.key.startswith(self.prefix)), None)
        if session is None or session.name is None:
            return
        self.send_slices(session, [*session.missing(), 0])
        if session.missing():
            return
        name, version = session.name, session.version
        call = partial(self.client.slice_finish, session.key, name, version.size, sha=version.sha)
        if self._expect(self.oracle.perform({session.key: version}, call), 0, f"finish {session.key}"):
            del self.oracle.sessions[session.key]

    def send_slices(self, session: Session, offsets: list[int]) -> None:
        """Send slices in parallel; raises NoAnswer when one had none."""

        def send(offset: int) -> None:
            with Client(self.address) as client:
                reply = client.slice_data(session.key, session.name or "", offset, session.piece(offset))
            if self._expect(reply, 0, f"slice {offset} of {session.key}"):
                session.stored.add(offset)

        session.doubtful |= set(offsets) - session.stored
        with ThreadPoolExecutor(3) as pool:
            futures = [pool.submit(send, offset) for offset in offsets]
        for future in futures:
            future.result()
        session.doubtful -= session.stored

    # -- small parts --------------------------------------------------------------------------------------

    def _upload(self, key: str, *, insert_only: bool) -> None:
        size = self.rng.choices([self.rng.randint(1, SMALL), MIDDLE, LARGE], [6, 3, 1])[0]
        data, note = self._material(size)
        call = partial(self.client.upload, key, data, note=note, insert_only=insert_only)
        self._expect(self.oracle.perform({key: Version.of(data, note)}, call), 0, f"upload {key}")

    def _material(self, size: int) -> tuple[bytes, str]:
        return content(self.rng.getrandbits(60), size), self._note()

    def _note(self) -> str:
        return f"note-{self.rng.getrandbits(40):x}"

    def _fresh(self) -> str:
        self._made += 1
        return f"{self.prefix}{self._made:05d}"

    def _keys(self) -> list[str]:
        return self.oracle.keys(self.prefix)

    def _any(self) -> str | None:
        keys = self._keys()
        return self.rng.choice(keys) if keys else None

    def _expect(self, reply: Reply, code: int, what: str) -> bool:
        if reply.code != code:
            self.oracle.odd(f"{what}: expected {code}, got {reply}")
        return reply.code == code


STEPS: list[tuple[Step, int]] = [
    (Actor.put, 6),
    (Actor.overwrite, 4),
    (Actor.conflict, 1),
    (Actor.read, 2),
    (Actor.delete, 2),
    (Actor.update, 2),
    (Actor.move, 2),
    (Actor.copy, 2),
    (Actor.instant, 1),
    (Actor.begin_slices, 2),
    (Actor.finish_slices, 1),
]


class Load:
    """Several actors at once, each in a thread, until told to stop or until the server is gone."""

    def __init__(self, oracle: Oracle, actors: int, seed: int) -> None:
        self.oracle = oracle
        self.actors = [Actor(oracle, f"actor{number}", seed * 100 + number) for number in range(actors)]
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, address: Address, *, steps: int = 100_000) -> None:
        """Send the actors off, for at most so many steps each."""
        self._stop.clear()
        self._threads = []
        for actor in self.actors:
            actor.connect(address)
            thread = threading.Thread(target=self._run, args=(actor, steps))
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Let each actor end its step, and wait for it."""
        self._stop.set()
        self.join()

    def join(self) -> None:
        """Wait until all actors have ended by themselves."""
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive(), "an actor hangs"
        for actor in self.actors:
            actor.client.close()

    def _run(self, actor: Actor, steps: int) -> None:
        try:
            with suppress(NoAnswer):
                for _ in range(steps):
                    if self._stop.is_set():
                        return
                    actor.step()
        except Exception as error:  # noqa: BLE001  (a thread must not lose its fault)
            self.oracle.odd(f"{actor.prefix}: {error!r}")
