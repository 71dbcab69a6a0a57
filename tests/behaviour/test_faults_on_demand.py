"""Faults on demand on the wire, over two processes, by the command line. Source: issue 14 §2."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from .bucket import Bucket
from .client import DEV, form, get
from .server import Server

BROKEN = (http.client.HTTPException, ConnectionError)


@pytest.fixture
def bucket(serving: Callable[..., Server]) -> Iterator[Bucket]:
    """A bucket on a server of two processes, on which nothing goes wrong afterwards."""
    server = serving("--workers", "2")
    made = Bucket(server=server, name=server.make_bucket(DEV.appid), client=server.client())
    yield made
    made.client.close()
    assert server.run("fault", "clear").returncode == 0


def add(bucket: Bucket, *options: str) -> str:
    """A rule about this bucket; its id."""
    done = bucket.server.run("fault", "add", "--bucket", bucket.name, *options)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()[1]


def test_an_error_over_both_processes(bucket: Bucket) -> None:
    """Over a connection each, so that both processes get their share; the count is one."""
    bucket.put("/f")
    add(bucket, "--dialect", "cos_json", "--operation", "StatObject", "--code", "-71", "--first", "2", "--count", "3")
    codes = []
    for _ in range(8):
        fresh = bucket.fresh()
        codes.append(fresh.ask(get("stat", "/f")).code)
        fresh.client.close()
    assert codes == [0, -71, -71, -71, 0, 0, 0, 0]
    listed = bucket.server.run("fault", "list").stdout.splitlines()[1].split()
    assert ("code=-71" in listed, listed[-2:]) == (True, ["8", "3"])


def test_a_lost_reply_comes_after_the_effect(bucket: Bucket) -> None:
    add(bucket, "--prefix", "lost", "--lost-reply", "--count", "1")
    fresh = bucket.fresh()
    with pytest.raises(BROKEN):
        fresh.ask(form("upload", "/lost", b"here", insertOnly="0"))
    fresh.client.close()
    assert bucket.content("/lost") == b"here"


def test_an_error_comes_before_it(bucket: Bucket) -> None:
    add(bucket, "--code", "ERROR_PROXY_AUTH_FAILED", "--operation", "PutObject", "--count", "1")
    assert bucket.ask(form("upload", "/f", b"x", insertOnly="0")).code == -97
    assert bucket.names() == []
    bucket.put("/f")


def test_a_reply_that_is_cut(bucket: Bucket) -> None:
    """Small and large: so many bytes come, and then the connection ends. A repeated read is not spared."""
    for key, content, most in (("s", b"0123456789", 4), ("l", bytes(3 << 20), 2_000_000), ("o", b"abc", 99)):
        bucket.put(f"/{key}", content)
        assert bucket.content(f"/{key}") == content
        add(bucket, "--prefix", key, "--cut-reply", str(most), "--count", "1")
        fresh = bucket.fresh()
        with pytest.raises(http.client.IncompleteRead) as caught:
            fresh.content(f"/{key}")
        fresh.client.close()
        assert len(caught.value.partial) == min(most, len(content) - 1)
        assert bucket.content(f"/{key}") == content


def test_a_body_that_is_cut(bucket: Bucket) -> None:
    """The connection ends while the client sends, and nothing is there."""
    add(bucket, "--dialect", "s3", "--cut-request", "100000", "--prefix", "cut")
    put = f"PUT /{bucket.name}/cut HTTP/1.1\r\nHost: h\r\nContent-Length: 50000000\r\n\r\n".encode()
    bucket.server.run("bucket", "update", bucket.name, "--authority", "public-read-write", "--account", str(DEV.appid))
    with socket.create_connection(("127.0.0.1", bucket.server.port), timeout=30) as connection:
        came, sent = b"", 0
        with suppress(ConnectionError):
            connection.sendall(put)
            for _ in range(50):
                connection.sendall(bytes(1_000_000))
                sent += 1_000_000
            came = connection.recv(100)
    assert (came, sent < 50_000_000) == (b"", True)
    assert bucket.names() == []


def test_a_wait(bucket: Bucket) -> None:
    bucket.put("/f")
    add(bucket, "--operation", "StatObject", "--latency-ms", "400", "--count", "1")
    started = time.monotonic()
    bucket.stat("/f")
    assert time.monotonic() - started >= 0.4


def test_names_that_nobody_knows(bucket: Bucket) -> None:
    done = bucket.server.run("fault", "add", "--dialect", "s3", "--code", "SlowDwn")
    assert (done.returncode, "SlowDown" in done.stderr) == (1, True)
    done = bucket.server.run("fault", "clear", "none")
    assert (done.returncode, "no fault 'none'" in done.stderr) == (1, True)
