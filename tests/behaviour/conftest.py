"""Servers and buckets for the transcripts.

Law: one server per choice of settings and session, on loopback, ended by SIGTERM with a clean `fsck`; every test has
a bucket of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from .bucket import Bucket, NewBucket
from .client import DEV, Owner, form, post
from .server import Server

PUBLIC_URL = "https://files.example.com"
OTHER = Owner(appid=1250000001, key_id="other-account-id", secret=b"other-account-secret")


@pytest.fixture(scope="session")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Gives the running server with these command line options and `ENTREPOT_*` settings."""
    running: dict[Any, Server] = {}

    def start(*options: str, **settings: str) -> Server:
        chosen = (options, *sorted(settings.items()))
        if chosen not in running:
            named = {f"ENTREPOT_{name.upper()}": value for name, value in settings.items()}
            server = Server(tmp_path_factory.mktemp("server"), *options, **named)
            server.start()
            running[chosen] = server
        return running[chosen]

    yield start
    with ThreadPoolExecutor(2) as pool:
        checked = list(pool.map(Server.finish, running.values()))
    for done in checked:
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def server(serving: Callable[..., Server]) -> Server:
    """The server with its default settings, and a second account."""
    running = serving()
    running.make_owner(OTHER)
    return running


@pytest.fixture(scope="session")
def strict_server(serving: Callable[..., Server]) -> Server:
    """A server with every reading that refuses more than the default does."""
    return serving(
        cos_json__once_required="table",
        cos_json__pending_init="refuse",
        cos_json__need_parent="true",
        cos_json__clock_skew_seconds="30",
    )


@pytest.fixture(scope="session")
def lenient_server(serving: Callable[..., Server]) -> Server:
    """A server with every reading that takes more, and with an address of its own."""
    return serving("--public-url", PUBLIC_URL + "/", cos_json__once_required="never", cos_json__mkdir_existing="ok")


@pytest.fixture
def new_bucket(server: Server) -> Iterator[NewBucket]:
    """Makes buckets: `on` another server, of another `owner`, with a `name` and bucket settings."""
    made: list[Bucket] = []

    def make(*, on: Server = server, owner: Owner = DEV, name: str | None = None, **settings: Any) -> Bucket:
        chosen = on.make_bucket(owner.appid, name, **settings)
        made.append(Bucket(server=on, name=chosen, owner=owner, client=on.client()))
        return made[-1]

    yield make
    for bucket in made:
        bucket.client.close()


@pytest.fixture
def bucket(new_bucket: NewBucket) -> Bucket:
    """A fresh private bucket on the default server."""
    return new_bucket()


def furnish(bucket: Bucket) -> None:
    """Put something of everything into a bucket."""
    bucket.put("/a.txt", b"alpha", biz_attr="note")
    bucket.make("/dir/")
    bucket.put("/dir/b.txt", b"beta")
    bucket.put("/implied/deep/c.txt", b"gamma")
    bucket.make("/empty/")
    session = bucket.ok(form("upload_slice_init", "/pending.bin", filesize=200_000, slice_size=65536))["session"]
    bucket.ok(form("upload_slice_data", "/pending.bin", b"p" * 65536, session=session, offset=65536))


@pytest.fixture
def furnished(bucket: Bucket) -> Bucket:
    """A fresh bucket with something of everything."""
    furnish(bucket)
    return bucket


@pytest.fixture(scope="module")
def _steady() -> Iterator[list[Bucket]]:
    """The last bucket that nothing changed."""
    held: list[Bucket] = []
    yield held
    for bucket in held:
        bucket.client.close()


@pytest.fixture
def steady(server: Server, _steady: list[Bucket]) -> Bucket:
    """A furnished bucket for requests that must change nothing: shared while its picture stays, else a fresh one."""
    if not _steady or _steady[-1].known is None:
        bucket = Bucket(server=server, name=server.make_bucket(DEV.appid), client=server.client())
        furnish(bucket)
        bucket.known = bucket.picture()
        _steady.append(bucket)
    return _steady[-1]


@pytest.fixture
def session(steady: Bucket) -> str:
    """The session of the steady bucket's /pending.bin: 200,000 bytes in slices of 64 KiB, the second one there."""
    found = steady.ok(post("upload_slice_list", "/pending.bin"))["session"]
    assert isinstance(found, str)
    return found
