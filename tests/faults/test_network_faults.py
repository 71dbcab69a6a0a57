"""Clients that break off, lie about lengths, dawdle or never end: nothing is stored and memory stays flat."""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from . import raw
from .client import Client, multipart
from .oracle import content
from .server import Server, serving
from .workload import LARGE, MIDDLE, SLICE, SMALL

MIB = 1 << 20
BODY_IDLE_SECONDS, HEADER_SECONDS, REQUEST_SECONDS = 1.0, 1.0, 5.0
GRACE_SECONDS = 3.0
SIMPLE_MAX = 20 * MIB


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One impatient server for the whole module; at the end its folder must be clean and without blobs."""
    env = {
        "ENTREPOT_LIMITS__BODY_IDLE_SECONDS": str(int(BODY_IDLE_SECONDS)),
        "ENTREPOT_LIMITS__HEADER_SECONDS": str(int(HEADER_SECONDS)),
        "ENTREPOT_LIMITS__REQUEST_SECONDS": str(int(REQUEST_SECONDS)),
    }
    with serving(tmp_path_factory.mktemp("network"), env=env) as running:
        with running.client() as client:  # so that what is allocated once does not count
            assert client.upload("/warm", bytes(4 * MIB)).ok
            assert client.delete("/warm").ok
        yield running
        with running.client() as client:
            assert client.listing("/") == {}
        assert running.stop() == 0, running.tail()
        running.sweep()
        running.fsck()
        assert running.blob_files() == []


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    """A well-behaved client beside the other."""
    with server.client() as good:
        yield good


def absent(client: Client, key: str) -> None:
    """Assert that nothing is there, whatever the server was still doing."""
    for _ in range(3):
        found = client.stat(key)
        assert found.status == 404, f"{key}: {found}"
        time.sleep(0.02)


@pytest.mark.parametrize("size", [SMALL, MIDDLE, LARGE])
@pytest.mark.parametrize("end", ["fin", "half-close", "rst"])
@pytest.mark.parametrize("chunked", [False, True])
def test_cut_off(server: Server, client: Client, size: int, end: str, chunked: bool) -> None:
    """Half a body, then nothing more."""
    key = f"/cut-{size}-{end}-{chunked}"
    body = raw.upload_body(content(1, size))
    with raw.connected(server.address) as connection:
        if chunked:
            half = b"%x\r\n" % len(body) + body[: len(body) // 2]
            connection.sendall(raw.upload_head(key, None) + half)
        else:
            connection.sendall(raw.upload_head(key, len(body)) + body[: len(body) // 2])
        if end == "half-close":
            connection.shutdown(socket.SHUT_WR)
            answer = raw.reply(connection)
            assert answer is None or 400 <= answer.status < 500, answer
        elif end == "rst":
            raw.reset(connection)
    absent(client, key)


@pytest.mark.parametrize("size", [SMALL, MIDDLE])
def test_longer_than_announced(server: Server, client: Client, size: int) -> None:
    """The announced length ends within the file: what follows is neither content nor a request."""
    key = f"/longer-{size}"
    body = raw.upload_body(content(2, size))
    with raw.connected(server.address) as connection:
        connection.sendall(raw.upload_head(key, len(body) - size // 2) + body)
        answer = raw.reply(connection)
        assert answer is not None
        assert 400 <= answer.status < 500, answer
        assert answer.code, answer
    absent(client, key)


@pytest.mark.parametrize("size", [SMALL, MIDDLE])
@pytest.mark.parametrize(
    "surplus", [b"surplus", b"GET garbage\r\n\r\n", bytes(100), b"x" * 200_000], ids=["text", "head", "zeros", "much"]
)
def test_surplus(server: Server, client: Client, size: int, surplus: bytes) -> None:
    """A whole request with more behind it: it gets an answer of its own, and the answer is true."""
    key = f"/surplus-{size}"
    body = raw.upload_body(content(2, size))
    with raw.connected(server.address) as connection:
        connection.sendall(raw.upload_head(key, len(body)) + body + surplus)
        answer = raw.reply(connection)
    time.sleep(0.1)
    stored = client.stat(key).ok
    if stored:
        assert client.delete(key).ok
    assert answer is not None
    assert stored == answer.ok, f"stored: {stored}, said: {answer}"
    assert answer.code is not None, answer


def test_slice_longer_than_announced(client: Client) -> None:
    """A slice beyond the slice size or the end of the file is refused, and the session stays as it was."""
    key = "/long-slice"
    session = client.slice_init(key, SLICE + 1000, SLICE).data["session"]
    too_long = client.slice_data(key, session, 0, bytes(SLICE + 1))
    further_limits = client.slice_data(key, session, SLICE, bytes(1001))
    past = client.slice_data(key, session, SLICE * 2, bytes(10))
    for answer in (too_long, further_limits, past):
        assert 400 <= answer.status < 500, answer
        assert answer.code, answer
    assert client.slice_list(key).data["listparts"] == []
    absent(client, key)


@pytest.mark.parametrize("chunk", [b"zz\r\nabc\r\n", b"5\r\nabcdefgh\r\n0\r\n\r\n", b"-1\r\n\r\n", b"f" * 40])
def test_broken_chunks(server: Server, client: Client, chunk: bytes) -> None:
    """Chunk framing that is none ends the request."""
    with raw.connected(server.address) as connection:
        connection.sendall(raw.upload_head("/chunks", None) + chunk)
        answer = raw.reply(connection, BODY_IDLE_SECONDS + GRACE_SECONDS)
        assert answer is None or 400 <= answer.status < 500, answer
    absent(client, "/chunks")


def test_stalled_body(server: Server, client: Client) -> None:
    """A body that stops arriving is given up after the body-idle limit."""
    body = raw.upload_body(content(3, MIDDLE))
    with raw.connected(server.address) as connection:
        connection.sendall(raw.upload_head("/stalled", len(body)) + body[:-1000])
        started = time.monotonic()
        assert raw.rest(connection) is not None, "the server waits for ever"
        assert BODY_IDLE_SECONDS * 0.5 < time.monotonic() - started < BODY_IDLE_SECONDS + GRACE_SECONDS
    absent(client, "/stalled")


def test_trickled_body(server: Server, client: Client) -> None:
    """A body that arrives byte by byte is given up after the limit of the whole request."""
    body = raw.upload_body(content(4, SMALL))
    with raw.connected(server.address) as connection:
        connection.sendall(raw.upload_head("/trickled", len(body)))
        seconds = _trickle(connection, itertools.cycle([b"x"]), 0.3, REQUEST_SECONDS + GRACE_SECONDS)
        assert seconds is not None, "the server waits for ever"
        assert seconds > BODY_IDLE_SECONDS, "slow is not idle"
    absent(client, "/trickled")


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nX: "], ids=["silent", "begun"])
def test_trickled_head(server: Server, begun: bytes) -> None:
    """A head that does not end in time is given up, even when it keeps coming."""
    with raw.connected(server.address) as connection:
        connection.sendall(begun)
        pieces = itertools.cycle([b"x"]) if begun else itertools.cycle([b""])
        seconds = _trickle(connection, pieces, 0.2, HEADER_SECONDS + GRACE_SECONDS + 2)
        assert seconds is not None, "the server waits for ever"


def _trickle(connection: socket.socket, pieces: Iterator[bytes], pause: float, limit: float) -> float | None:
    started = time.monotonic()
    while time.monotonic() - started < limit:
        try:
            connection.sendall(next(pieces))
            if raw.readable(connection, pause) and not connection.recv(raw.CHUNK):
                return time.monotonic() - started
        except ConnectionError:
            return time.monotonic() - started
    return None


HEADS = {
    "headers": (b"GET / HTTP/1.1\r\n", b"X-Flood: " + b"y" * 1000 + b"\r\n"),
    "one-header": (b"GET / HTTP/1.1\r\nX-Flood: ", b"y" * 1000),
    "request-line": (b"GET /", b"y" * 1000),
    "trailers": (raw.upload_head("/flood", None) + b"0\r\n", b"X-Flood: " + b"y" * 1000 + b"\r\n"),
}


@pytest.mark.parametrize("kind", HEADS)
def test_flood(server: Server, client: Client, kind: str) -> None:
    """A head without end is refused early, and not kept in memory."""
    first, more = HEADS[kind]
    before = server.forget_peak()
    with raw.connected(server.address) as connection:
        sent, answer = raw.pour(connection, itertools.chain([first], itertools.repeat(more * 16)), 64 * MIB)
    assert sent < 4 * MIB, f"{sent} bytes of head were taken"
    assert answer is None or 400 <= answer.status < 500, answer
    assert server.peak_bytes() - before < 10 * MIB
    assert client.exchange("GET", "/-/readyz", b"", {})[0] == 200


def test_many_form_fields(server: Server, client: Client) -> None:
    """A form of very many or very long text fields is refused, memory flat."""
    before = server.forget_peak()
    many = multipart({f"field{number}": "x" * 100 for number in range(50_000)})
    long = multipart({"op": "upload", "biz_attr": "x" * (12 * MIB)})
    for body in (many, long):
        with raw.connected(server.address) as connection:
            connection.sendall(raw.upload_head("/fields", len(body)))
            _, answer = raw.pour(connection, _pieces(body), len(body))
        assert answer is not None
        assert 400 <= answer.status < 500, answer
    absent(client, "/fields")
    assert server.peak_bytes() - before < 30 * MIB


@pytest.mark.parametrize("announced", [True, False])
def test_too_large(server: Server, client: Client, announced: bool) -> None:
    """A simple upload of 21 MB is refused while it streams, and the client hears why."""
    before = server.forget_peak()
    body = raw.upload_body(bytes(SIMPLE_MAX + MIB))
    with raw.connected(server.address) as connection:
        connection.sendall(raw.upload_head("/large", len(body) if announced else None))
        pieces = _pieces(body) if announced else _chunks(body)
        sent, answer = raw.pour(connection, pieces, 2 * len(body))
    assert answer is not None, f"no answer after {sent} bytes"
    assert 400 <= answer.status < 500, answer
    assert answer.code, answer
    absent(client, "/large")
    assert server.peak_bytes() - before < 30 * MIB


def test_endless_file(server: Server, client: Client) -> None:
    """A chunked file that never ends is refused at the limit, however much the client would send."""
    before = server.forget_peak()
    chunks = (b"%x\r\n%b\r\n" % (len(piece), piece) for piece in raw.endless_form())
    with raw.connected(server.address) as connection:
        connection.sendall(raw.upload_head("/endless", None))
        sent, answer = raw.pour(connection, chunks, 256 * MIB)
    assert sent < SIMPLE_MAX + 8 * MIB + _kernel_bytes(), f"{sent} bytes were taken"
    assert answer is not None
    assert 400 <= answer.status < 500, answer
    absent(client, "/endless")
    assert server.peak_bytes() - before < 30 * MIB


def test_unauthenticated_body_is_not_read(server: Server, client: Client) -> None:
    """A wrong signature is refused before the body has come."""
    head = raw.upload_head("/unsigned", 10 * MIB).replace(b"Authorization: ", b"Authorization: AAAA")
    with raw.connected(server.address) as connection:
        connection.sendall(head)
        answer = raw.reply(connection, 3)
        assert answer is not None, "the server waits for the body"
        assert 400 <= answer.status < 500, answer
    absent(client, "/unsigned")


def test_stalled_crowd(server: Server, client: Client) -> None:
    """Many stalled uploads and silent connections cost little, and others are served meanwhile."""
    before = server.forget_peak()
    body = raw.upload_body(content(5, 12 * MIB))
    with ExitStack() as crowd:
        for number in range(40):
            connection = crowd.enter_context(raw.connected(server.address))
            connection.sendall(raw.upload_head(f"/crowd{number}", len(body)) + body[:MIB])
            crowd.enter_context(raw.connected(server.address))
        started = time.monotonic()
        assert client.upload("/served", b"served").ok
        assert client.delete("/served").ok
        assert time.monotonic() - started < 2
    assert server.peak_bytes() - before < 80 * MIB
    assert client.listing("/") == {}


def _kernel_bytes() -> int:
    """What the kernel may hold of one connection, beside what the server has read: the most of both its buffers."""
    ends = (Path("/proc/sys/net/ipv4", name).read_text().split()[-1] for name in ("tcp_rmem", "tcp_wmem"))
    return sum(map(int, ends))


def _pieces(body: bytes) -> Iterator[bytes]:
    return (body[at : at + raw.CHUNK] for at in range(0, len(body), raw.CHUNK))


def _chunks(body: bytes) -> Iterator[bytes]:
    framed = (b"%x\r\n%b\r\n" % (len(piece), piece) for piece in _pieces(body))
    return itertools.chain(framed, [b"0\r\n\r\n"])
