"""Servers and buckets for the transcripts.

Law: one server per choice of settings and session, on loopback, ended by SIGTERM with a clean `fsck`; every test has
a bucket of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .bucket import Bucket, NewBucket
from .client import DEV, Owner, form, post
from .server import Server

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
    checked = [server.finish() for server in running.values()]
    for done in checked:
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def server(serving: Callable[..., Server]) -> Server:
    """The server with its default settings, and a second account."""
    running = serving()
    for command, given in (
        (["account", "create", "--appid", str(OTHER.appid)], ""),
        (["key", "create", "--account", str(OTHER.appid), "--id", OTHER.key_id, "--secret-file", "-"], OTHER.secret),
    ):
        done = running.run(*command, given=given.decode() if isinstance(given, bytes) else given)
        assert done.returncode == 0, done.stderr
    return running


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


@pytest.fixture
def furnished(bucket: Bucket) -> Bucket:
    """A bucket with something of everything, for requests that must change nothing."""
    bucket.put("/a.txt", b"alpha", biz_attr="note")
    bucket.make("/dir/")
    bucket.put("/dir/b.txt", b"beta")
    bucket.put("/implied/deep/c.txt", b"gamma")
    bucket.make("/empty/")
    session = bucket.ok(form("upload_slice_init", "/pending.bin", filesize=200_000, slice_size=65536))["session"]
    bucket.ok(form("upload_slice_data", "/pending.bin", b"p" * 65536, session=session, offset=65536))
    return bucket


@pytest.fixture
def session(furnished: Bucket) -> str:
    """The session of the furnished bucket's /pending.bin: 200,000 bytes in slices of 64 KiB, the second one there."""
    found = furnished.ok(post("upload_slice_list", "/pending.bin"))["session"]
    assert isinstance(found, str)
    return found
