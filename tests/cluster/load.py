"""Clients of every dialect that work without a pause and take note of each request that failed.

What they store they read back, byte for byte. They know one address, which may be a balancer's.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from behaviour.bucket import Bucket
from behaviour.client import DEV, Client, some_bytes
from behaviour.ledger.operator import Operator, spend
from behaviour.storage.clouds import CLOUDS, Cloud
from behaviour.storage.speaker import Speaker

LONG = 300_000
"""Bytes of what goes to the place for bytes, not into the index."""
_DIALECTS = ("s3", "oss", "tos", "cos_xml")
Step = Callable[[str], None]


@dataclass(slots=True)
class Door:
    """Where clients knock: all that they ask of a server is its port. Connections are open until it is shut."""

    port: int
    clients: list[Client] = field(default_factory=list)

    def client(self) -> Client:
        """A new connection."""
        self.clients.append(Client(self.port))
        return self.clients[-1]

    def shut(self) -> None:
        """Close all of them."""
        while self.clients:
            self.clients.pop().close()


@dataclass(slots=True)
class Tally:
    """What became of the requests of one client: ``acknowledged`` are names with the bytes that they must have."""

    steps: int = 0
    failures: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    """What must not be, whatever fails: other bytes than were stored, a right spent twice."""
    acknowledged: dict[str, bytes] = field(default_factory=dict)


class BrokenError(Exception):
    """A promise was broken."""


def _same(found: bytes, content: bytes, what: str) -> None:
    if found != content:
        raise BrokenError(f"{what}: other bytes than were stored")


def _family(door: Door, name: str, cloud: Cloud, tally: Tally) -> Step:
    speaker = Speaker(bucket=Bucket(server=cast("Any", door), name=name, client=door.client()), cloud=cloud, owner=DEV)

    def step(turn: str) -> None:
        key, content = f"{cloud.name}/{turn}", some_bytes(LONG if turn.endswith("0") else 500, turn)
        speaker.put(key, content)
        tally.acknowledged[key] = content
        _same(speaker.content(key), content, key)
        assert key in speaker.keys(prefix=key)
        speaker.put(f"{cloud.name}/gone", b"x")
        speaker.ok("DELETE", f"{cloud.name}/gone", status=204)

    return step


def _cos_json(door: Door, name: str, tally: Tally) -> Step:
    bucket = Bucket(server=cast("Any", door), name=name, client=door.client())

    def step(turn: str) -> None:
        content = some_bytes(LONG if turn.endswith("0") else 500, turn)
        bucket.put(f"/json/{turn}", content)
        tally.acknowledged[f"json/{turn}"] = content
        _same(bucket.content(f"/json/{turn}"), content, turn)

    return step


def _minting(door: Door, name: str, tally: Tally) -> Step:
    """Rights for one use are minted and spent by three clients at once, then by one more: one of them is served."""
    operator = Operator(server=cast("Any", door), client=door.client())
    late, *clients = (door.client() for _ in range(4))

    def step(turn: str) -> None:
        key = f"minted/{turn}"
        dialect = _DIALECTS[sum(turn.encode()) % len(_DIALECTS)]
        once = operator.url(name, key, dialect=dialect, uses=1)
        bodies = [f"{turn} {number}".encode() for number in range(len(clients) + 1)]
        with ThreadPoolExecutor(len(clients)) as pool:
            told = list(pool.map(lambda client, body: _spent(client, once, body), clients, bodies[:-1]))
        told.append(_spent(late, once, bodies[-1]))
        served = [body for body, said in zip(bodies, told, strict=True) if said == "200"]
        if len(served) > 1:
            raise BrokenError(f"{key} was spent {len(served)} times")
        if served:
            tally.acknowledged[key] = served[0]
        assert sorted(told) == ["200", "403", "403", "403"], told

    return step


def _spent(client: Client, once: Any, body: bytes) -> str:
    """What a holder was told: a status, or why it was told nothing."""
    try:
        return str(spend(client, once, body).status)
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__


def _slowly(door: Door, name: str, tally: Tally) -> Step:
    """An upload and a request that take longer than a stop is noticed in."""

    def step(turn: str) -> None:
        bucket = Bucket(server=cast("Any", door), name=name, client=door.client())
        speaker = Speaker(bucket=bucket, cloud=CLOUDS[0], owner=DEV)
        content = some_bytes(LONG, turn)
        signed = speaker.signed(speaker.asked("PUT", f"slow/{turn}", body=content))
        with closing(http.client.HTTPConnection("127.0.0.1", door.port, timeout=30)) as connection:
            connection.putrequest("PUT", signed.target)
            for header, value in (*signed.headers, ("Content-Length", str(len(content)))):
                connection.putheader(header, value)
            connection.endheaders(content[: LONG // 2])
            time.sleep(1.2)
            connection.send(content[LONG // 2 :])
            with closing(connection.getresponse()) as response:
                body = response.read()
        assert response.status == 200, body[:300]
        tally.acknowledged[f"slow/{turn}"] = content

    return step


def _makers() -> Sequence[tuple[str, Callable[[Door, str, Tally], Step]]]:
    def of(cloud: Cloud) -> Callable[[Door, str, Tally], Step]:
        return lambda door, name, tally: _family(door, name, cloud, tally)

    family = [(cloud.name, of(cloud)) for cloud in CLOUDS]
    return (*family, ("json", _cos_json), ("minting", _minting), ("slow", _slowly))


class Worker(threading.Thread):
    """One client. After a request that failed it connects again."""

    def __init__(
        self, name: str, make: Callable[[Door, str, Tally], Step], port: int, bucket: str, stop: threading.Event
    ) -> None:
        super().__init__(name=name)
        self._make = make
        self._door = Door(port)
        self._bucket = bucket
        self._stop_now = stop
        self.tally = Tally()

    def run(self) -> None:
        step: Step | None = None
        count = 0
        while not self._stop_now.is_set():
            count += 1
            try:
                step = step or self._make(self._door, self._bucket, self.tally)
                step(f"{self.name}-{count}")
                self.tally.steps += 1
            except BrokenError as error:
                self.tally.broken.append(str(error))
            except (OSError, http.client.HTTPException, AssertionError, json.JSONDecodeError) as error:
                self.tally.failures.append(f"{self.name}-{count}: {type(error).__name__} {str(error)[:300]}")
                step = None
                self._door.shut()
                self._stop_now.wait(0.2)
        self._door.shut()


@contextmanager
def loaded(ports: Sequence[int], bucket: str) -> Iterator[list[Worker]]:
    """Clients of every dialect, spread over these ports, until the block ends."""
    stop = threading.Event()
    made = [
        Worker(name, make, ports[number % len(ports)], bucket, stop) for number, (name, make) in enumerate(_makers())
    ]
    for worker in made:
        worker.start()
    try:
        yield made
    finally:
        stop.set()
        for worker in made:
            worker.join()
