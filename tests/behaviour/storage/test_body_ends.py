"""Where a body ends: no success, and nothing stored or deleted, before exactly the announced bytes have come.

Sources: RFC 9112, sections 6.3 and 8; RFC 9110, section 7.8: `Upgrade` is ignored and the body is the body. The JDK's
HttpClient and `curl --http2` ask for h2c on plain http by default; their header fields are written here as they send
them.
"""

from __future__ import annotations

import socket
import time

import pytest

from behaviour.client import Reply, read_from

from .clouds import APPENDING_CLOUDS
from .signers import Asked
from .speaker import Speaker, head_of

CONTENT = b"0123456789" * 100
JDK = ("Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAABgAGAAA",
       "Upgrade: h2c", "User-Agent: Java-http-client/17.0.15")  # fmt: skip
CURL = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA",
        "User-Agent: curl/7.88.1", "Accept: */*")  # fmt: skip
WEBSOCKET = ("Connection: upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
NOTHING: tuple[str, ...] = ()
WISHES = {"jdk": JDK, "curl": CURL, "websocket": WEBSOCKET, "none": NOTHING}


def chunked(body: bytes, trailer: bytes = b"") -> bytes:
    """The body in two chunks."""
    half = len(body) // 2
    pieces = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (body[:half], body[half:]))
    return pieces + b"0\r\n" + trailer + b"\r\n"


FRAMINGS = {
    "length": (f"Content-Length: {len(CONTENT)}", CONTENT),
    "chunked": ("Transfer-Encoding: chunked", chunked(CONTENT)),
    "trailer": ("Transfer-Encoding: chunked", chunked(CONTENT, b"X-Amz-Acl: public-read\r\nHost: else\r\n")),
}


def spoken(speaker: Speaker, head: bytes, *pieces: bytes, cut: bool = False) -> Reply | None:
    """The reply to a header and to what follows it in packets of their own; None when there is none."""
    with socket.create_connection(("127.0.0.1", speaker.bucket.server.port), timeout=10) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.sendall(head)
        for piece in pieces:
            time.sleep(0.02)
            sock.sendall(piece)
        if cut:
            sock.shutdown(socket.SHUT_WR)
            sock.settimeout(3)
            if not sock.recv(1, socket.MSG_PEEK):
                return None
        return read_from(sock)


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("wish", WISHES)
def test_the_body_is_the_body(speaker: Speaker, wish: str, framing: str) -> None:
    """With the header, behind it, and in two packets; the reply is that of a stored object."""
    line, body = FRAMINGS[framing]
    asked = speaker.signed(speaker.asked("PUT", "a.bin", body=CONTENT))
    head = head_of(asked, *WISHES[wish], line)
    for pieces in ((b"",), (body,), (body[:100], body[100:])):
        first, rest = (head + body, ()) if pieces == (b"",) else (head, pieces)
        reply = spoken(speaker, first, *rest)
        assert reply is not None
        if framing != "length" and speaker.cloud.name == "s3":  # AWS: "Transfer-Encoding: chunked" alone has no length
            assert reply.status == 411, str(reply)
            assert speaker.keys() == []
            continue
        assert reply.status == 200, str(reply)
        assert speaker.content("a.bin") == CONTENT
        speaker.ok("DELETE", "a.bin", status=204)


@pytest.mark.parametrize("cloud", APPENDING_CLOUDS, ids=lambda cloud: cloud.name)
def test_a_trailer_is_no_header(speaker: Speaker) -> None:
    """RFC 9110 §6.5.1: what stands behind the body is not merged into the header, however early it comes.

    S3 takes no body of unknown length.
    """
    prefix = speaker.cloud.prefix
    acl = f"{prefix}{'object-' if prefix == 'x-oss-' else ''}acl"
    said = {acl: "public-read", f"{prefix}meta-x": "y", "Cache-Control": "no-store"}
    trailer = "".join(f"{name}: {value}\r\n" for name, value in said.items()).encode()
    asked = speaker.signed(speaker.asked("PUT", "a.bin", body=CONTENT))
    reply = spoken(speaker, head_of(asked, "Transfer-Encoding: chunked") + chunked(CONTENT, trailer))
    assert reply is not None
    assert reply.status == 200, str(reply)
    there = speaker.ok("HEAD", "a.bin").headers
    assert (there.get(f"{prefix}meta-x"), there.get("cache-control")) == (None, None)
    assert speaker.ask("GET", "a.bin", how=None, host=f"{speaker.text}.{speaker.cloud.host}").status == 403
    bare = speaker.asked("PUT", "b.bin", body=CONTENT, host=f"{speaker.text}.{speaker.cloud.host}")
    signature = "".join(f"{name}: {value}\r\n" for name, value in speaker.signed(bare).headers).encode()
    reply = spoken(speaker, head_of(bare, "Transfer-Encoding: chunked") + chunked(CONTENT, signature))
    assert reply is not None
    assert reply.status == 403, str(reply)
    assert speaker.keys() == ["a.bin"]


def test_the_next_request_is_answered_too(speaker: Speaker) -> None:
    """The bytes behind a body that came with a wish for an upgrade are the next request's."""
    line, body = FRAMINGS["length"]
    put = head_of(speaker.signed(speaker.asked("PUT", "a.bin", body=CONTENT)), *JDK, line) + body
    get = head_of(speaker.signed(speaker.asked("GET", "a.bin")), *JDK)
    with socket.create_connection(("127.0.0.1", speaker.bucket.server.port), timeout=10) as sock:
        for sent in (put + put, get):
            sock.sendall(sent)
            for _ in range(sent.count(b"HTTP/1.1")):
                reply = read_from(sock)
                assert reply.status == 200, str(reply)
    assert reply.body == CONTENT


def test_expect_with_an_upgrade(speaker: Speaker) -> None:
    line, body = FRAMINGS["length"]
    head = head_of(speaker.signed(speaker.asked("PUT", "a.bin", body=CONTENT)), *JDK, line, "Expect: 100-continue")
    with socket.create_connection(("127.0.0.1", speaker.bucket.server.port), timeout=10) as sock:
        sock.sendall(head)
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(body)
        assert read_from(sock).status == 200
    assert speaker.content("a.bin") == CONTENT


def operations(speaker: Speaker) -> dict[str, Asked]:
    """Requests with a body, of which the last ones belong to operations that read none."""
    source = {f"{speaker.cloud.prefix}copy-source": speaker.cloud.source(speaker.text, "a.txt")}
    return {
        "put": speaker.asked("PUT", "cut.bin", body=CONTENT),
        "part": speaker.asked(
            "PUT", "pending.bin", query={"partNumber": "3", "uploadId": speaker.upload}, body=CONTENT
        ),
        "copy": speaker.asked("PUT", "cut.bin", headers=source, body=CONTENT),
        "create multipart": speaker.asked("POST", "cut.bin", query={"uploads": ""}, body=CONTENT),
        "delete": speaker.asked("DELETE", "a.txt", body=CONTENT),
        "abort": speaker.asked("DELETE", "pending.bin", query={"uploadId": speaker.upload}, body=CONTENT),
        "get": speaker.asked("GET", "a.txt", body=CONTENT),
        "list": speaker.asked("GET", body=CONTENT),
    }


@pytest.mark.parametrize("wish", ["jdk", "none"])
@pytest.mark.parametrize("framing", FRAMINGS)
def test_a_cut_body_does_nothing(steady: Speaker, framing: str, wish: str) -> None:
    """Cut at zero bytes, in the middle, and before the last byte: nothing succeeds and nothing changes."""
    line, body = FRAMINGS[framing]
    for name, asked in operations(steady).items():
        head = head_of(steady.signed(asked), *WISHES[wish], line)
        for cut in (0, len(body) // 2, len(body) - 1):
            reply = spoken(steady, head + body[:cut], cut=True)
            assert reply is None or reply.status >= 400, f"{name} cut at {cut}: {reply}"


@pytest.mark.parametrize("framing", FRAMINGS)
def test_a_body_that_nobody_wants(speaker: Speaker, framing: str) -> None:
    """That of a read or a DELETE has no meaning (RFC 9110 §9.3.1, §9.3.5): it is read to its end and dropped."""
    line, body = FRAMINGS[framing]
    speaker.put("a.txt", b"alpha")
    for method, status in (("GET", 200), ("DELETE", 204), ("GET", 404)):
        head = head_of(speaker.signed(speaker.asked(method, "a.txt", body=CONTENT)), line)
        reply = spoken(speaker, head, body)
        assert reply is not None
        assert reply.status == status, str(reply)


def test_a_large_body_that_nobody_wants_is_refused(speaker: Speaker) -> None:
    speaker.put("a.txt", b"alpha")
    body = bytes(3 << 20)
    for method in ("DELETE", "GET"):
        reply = speaker.ask(method, "a.txt", body=body)
        assert reply.status == 400, str(reply)
    assert speaker.content("a.txt") == b"alpha"
