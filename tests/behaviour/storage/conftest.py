"""Speakers for the transcripts of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from behaviour.bucket import Bucket, NewBucket
from behaviour.client import DEV
from behaviour.server import Server
from behaviour.test_tls import TlsServer

from .clouds import CLOUDS, SIGNING, Cloud
from .forms import KINDS, Kind, dialect_of
from .speaker import Speaker

Speak = Callable[..., Speaker]


@pytest.fixture
def speak(new_bucket: NewBucket) -> Speak:
    """Gives a speaker of a dialect at a fresh bucket: with the settings of that, or at one that is there already."""

    def make(cloud: Cloud, at: Speaker | Bucket | None = None, **settings: Any) -> Speaker:
        bucket = at.bucket if isinstance(at, Speaker) else at or new_bucket(**settings)
        return Speaker(bucket=bucket, cloud=cloud, owner=bucket.owner)

    return make


@pytest.fixture(params=CLOUDS, ids=lambda cloud: cloud.name)
def cloud(request: pytest.FixtureRequest) -> Cloud:
    """Each S3-like dialect."""
    assert isinstance(request.param, Cloud)
    return request.param


@pytest.fixture
def speaker(speak: Speak, cloud: Cloud) -> Speaker:
    """A speaker of each dialect at a fresh bucket."""
    return speak(cloud)


def furnish(speaker: Speaker) -> None:
    """Put something of everything into a bucket."""
    speaker.put("a.txt", b"alpha")
    speaker.put("dir/b.txt", b"beta")
    speaker.upload = speaker.start("pending.bin")
    speaker.part("pending.bin", speaker.upload, 1, b"p" * 1000)
    speaker.part("pending.bin", speaker.upload, 2, b"q" * 1000)


@pytest.fixture(scope="module")
def _steady(server: Server) -> Iterator[Callable[[Cloud], Speaker]]:
    """A furnished bucket for each dialect, and another one when somebody changed it."""
    held: dict[str, Speaker] = {}
    made: list[Speaker] = []

    def get(cloud: Cloud) -> Speaker:
        if cloud.name not in held or held[cloud.name].known is None:
            bucket = Bucket(server=server, name=server.make_bucket(DEV.appid), client=server.client())
            found = Speaker(bucket=bucket, cloud=cloud, owner=DEV)
            made.append(found)
            furnish(found)
            found.known = found.picture()
            held[cloud.name] = found
        return held[cloud.name]

    yield get
    for one in made:
        one.bucket.client.close()


def kept(found: Speaker) -> Iterator[Speaker]:
    """Lend a speaker; its bucket must look the same afterwards."""
    known, found.known = found.known, None
    yield found
    assert found.picture() == known, "something was stored"
    found.known = known


@pytest.fixture
def steady(_steady: Callable[[Cloud], Speaker], cloud: Cloud) -> Iterator[Speaker]:
    """A speaker of each dialect at a furnished bucket, where nothing may change."""
    yield from kept(_steady(cloud))


@pytest.fixture(params=SIGNING, ids=lambda cloud: cloud.name)
def signing(_steady: Callable[[Cloud], Speaker], request: pytest.FixtureRequest) -> Iterator[Speaker]:
    """The same for each kind of signature."""
    yield from kept(_steady(request.param))


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    """Each kind of form."""
    assert isinstance(request.param, Kind)
    return request.param


@pytest.fixture
def place(_steady: Callable[[Cloud], Speaker], kind: Kind) -> Iterator[Speaker]:
    """A furnished bucket, where nothing may change."""
    yield from kept(_steady(dialect_of(kind)))


WILDCARD, DEEPER = "store.test", "eu.store.test"
DAY_SECONDS = 1.5
"""How long a day of lifecycle rules is on the server below."""


@pytest.fixture(scope="session")
def tls_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsServer]:
    """Another server: HTTPS with a certificate of its own, below two wildcard domains, with short days."""
    server = TlsServer(
        tmp_path_factory.mktemp("tls-storage"), ENTREPOT_DOMAINS=f"{WILDCARD},{DEEPER}",
        ENTREPOT_SWEEP__EVERY_SECONDS="0.2", ENTREPOT_SWEEP__RULES_EVERY_SECONDS="0.2",
        ENTREPOT_SWEEP__DAY_SECONDS=str(DAY_SECONDS),
    )  # fmt: skip
    server.start()
    yield server
    done = server.finish()
    assert done.returncode == 0, done.stdout + done.stderr
