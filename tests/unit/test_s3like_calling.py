"""s3like/calling: an application on loopback is asked; what goes wrong is said in the cloud's words."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import gzip
import hashlib
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from entrepot.core.fault import Fault, Kind
from entrepot.dialects.s3like.callbacks import calling
from entrepot.dialects.s3like.callbacks.callback import FORM, OSS, TOS, Call, Callback, Manner, Reply, signed_text
from entrepot.dialects.s3like.callbacks.calling import Caller
from entrepot.dialects.s3like.callbacks.hosts import parse_rules

NOW = 1_715_051_173.0
OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"a":"b"}'
NO_LENGTH = "Error Status : 400.User server missing content-length."
TOO_LONG = "Error Status : 400.User server return too long content-length value."
UNREACHABLE = "Error status : -1.OSS can not connect to your callbackUrl, please check it."


class App:
    """An application that answers every request with the same bytes, after a while."""

    def __init__(self, answer: bytes = OK, delay: float = 0.0, drip: float = 0.0) -> None:
        self.requests: list[bytes] = []
        self.serving: set[asyncio.Task[None] | None] = set()
        self.port = 0
        self._answer = answer
        self._delay = delay
        self._drip = drip

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/cb%20x?q=1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.serving.add(asyncio.current_task())
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            size = next(int(x.split(b":")[1]) for x in head.lower().split(b"\r\n") if x.startswith(b"content-length"))
            self.requests.append(head + await reader.readexactly(size))
            await asyncio.sleep(self._delay)
            pieces = [self._answer[n : n + 1] for n in range(len(self._answer))] if self._drip else [self._answer]
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(self._drip)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def headers(self) -> dict[str, str]:
        lines = self.requests[-1].partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


@asynccontextmanager
async def serving(app: App, context: ssl.SSLContext | None = None) -> AsyncIterator[App]:
    server = await asyncio.start_server(app.serve, "127.0.0.1", 0, ssl=context)
    app.port = server.sockets[0].getsockname()[1]
    try:
        yield app
    finally:
        server.close()
        await server.wait_closed()
        tasks = [task for task in app.serving if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def asking(
    *patterns: str, port: int | None = None, seconds: float = 2.0, sign: Callable[[bytes], bytes] = bytes
) -> AsyncIterator[Caller]:
    caller = Caller(parse_rules(patterns or ("any",)), port, sign, lambda: NOW, seconds)
    try:
        yield caller
    finally:
        await caller.close()


def call(*urls: str, manner: Manner = OSS, host: str | None = None, body: str = "o=${object}") -> Call:
    return Call(
        callback=Callback(urls=urls, host=host, body=body, body_type=FORM, custom={}),
        manner=manner,
        facts={"object": "a b", "bucket": "photos", "reqId": "66399AA5"},
        requester="1250000000",
        key_url="https://store.test/-/callback/public-key.pem",
    )


async def failed(app: App, manner: Manner = OSS, seconds: float = 2.0) -> str:
    """The message when this application is asked."""
    async with serving(app), asking(seconds=seconds) as caller:
        with pytest.raises(Fault) as caught:
            await caller.ask(call(app.url, manner=manner))
    assert caught.value.kind is Kind.CALLBACK_FAILED
    return caught.value.message


async def test_the_request_and_its_reply() -> None:
    async with serving(App()) as app, asking(sign=lambda text: b"<" + text + b">") as caller:
        assert await caller.ask(call(app.url)) == Reply(body=b'{"a":"b"}', content_type="application/json")
    assert app.requests[0].startswith(b"POST /cb%20x?q=1 HTTP/1.1\r\n")
    assert app.requests[0].endswith(b"\r\n\r\no=a%20b")
    text = signed_text(b"/cb%20x?q=1", b"o=a%20b", OSS)
    assert text == b"/cb x?q=1\no=a%20b"
    assert app.headers() == {
        "host": f"127.0.0.1:{app.port}",
        "connection": "close",
        "authorization": base64.b64encode(b"<" + text + b">").decode(),
        "content-md5": base64.b64encode(hashlib.md5(b"o=a%20b").digest()).decode(),
        "content-type": FORM,
        "content-length": "7",
        "date": "Tue, 07 May 2024 03:06:13 GMT",
        "user-agent": "aliyun-oss-callback",
        "x-oss-bucket": "photos",
        "x-oss-pub-key-url": base64.b64encode(b"https://store.test/-/callback/public-key.pem").decode(),
        "x-oss-request-id": "66399AA5",
        "x-oss-requester": "1250000000",
        "x-oss-signature-version": "1.0",
        "x-oss-tag": "CALLBACK",
    }


async def test_the_host_header_may_be_another() -> None:
    async with serving(App()) as app, asking() as caller:
        await caller.ask(call(app.url, host="app.test:81", manner=TOS))
    assert app.headers()["host"] == "app.test:81"
    assert "x-tos-pub-key-url" in app.headers()


async def test_urls_are_asked_in_turn_until_one_answers() -> None:
    async with (
        serving(App(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")) as bad,
        serving(App()) as good,
        asking() as caller,
    ):
        nobody = "http://127.0.0.1:1/"
        assert (await caller.ask(call(nobody, bad.url, good.url, bad.url))).body == b'{"a":"b"}'
        assert (len(bad.requests), len(good.requests)) == (1, 1)
        with pytest.raises(Fault, match="Error status : 500"):
            await caller.ask(call(nobody, bad.url))
        with pytest.raises(Fault, match="Error status : -1"):
            await caller.ask(call(bad.url, nobody))


def answer(head: str, body: bytes = b"") -> bytes:
    return f"HTTP/1.1 {head}\r\n\r\n".encode() + body


@pytest.mark.parametrize(
    ("answered", "message"),
    [
        (answer("404 Not Found\r\nContent-Length: 2", b"{}"), "Error status : 404."),
        (answer("201 Created\r\nContent-Length: 2", b"{}"), "Error status : 201."),
        (answer("302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 2", b"{}"), "Error status : 302."),
        (answer("200 OK\r\nContent-Length: 2", b"OK"), "Response body is not valid json format."),
        (answer("200 OK\r\nContent-Length: 0"), "Response body is not valid json format."),
        (answer("200 OK\r\nContent-Length: 5", b"\xef\xbb\xbf{}"), "Response body is not valid json format."),
        (answer("200 OK", b"{}"), NO_LENGTH),
        (answer("200 OK\r\nTransfer-Encoding: chunked", b"2\r\n{}\r\n0\r\n\r\n"), NO_LENGTH),
        (answer("200 OK\r\nContent-Length: 1048579", b'"' + b"x" * 1048577 + b'"'), TOO_LONG),
        (answer("200 OK\r\nContent-Length: 10", b"{}"), UNREACHABLE),
        (b"nonsense\r\n\r\n", UNREACHABLE),
        (b"", UNREACHABLE),
    ],
)  # fmt: skip
async def test_answers_that_are_failures(answered: bytes, message: str) -> None:
    assert await failed(App(answered)) == message


async def test_a_compressed_reply_is_not_opened() -> None:
    bomb = gzip.compress(b"[" + b"0," * 1_000_000 + b"0]")
    answered = answer(f"200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}", bomb)
    assert await failed(App(answered)) == "Response body is not valid json format."


@pytest.mark.parametrize(
    ("manner", "answered", "body"),
    [
        (OSS, answer("200 OK\r\nContent-Type: application/xml; charset=utf-8\r\nContent-Length: 4", b"<a/>"), b"<a/>"),
        (OSS, answer("200 OK\r\nContent-Length: 1048576", b'"' + b"x" * 1048574 + b'"'), b'"' + b"x" * 1048574 + b'"'),
        (OSS, b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nnull", b"null"),
        (TOS, answer("200 OK\r\nTransfer-Encoding: chunked", b"2\r\n{}\r\n0\r\n\r\n"), b"{}"),
        (TOS, answer("200 OK", b"{}"), b"{}"),
    ],
    ids=["xml", "long", "http-1.0", "chunked", "until-the-end"],
)
async def test_answers_that_will_do(manner: Manner, answered: bytes, body: bytes) -> None:
    async with serving(App(answered)) as app, asking() as caller:
        assert (await caller.ask(call(app.url, manner=manner))).body == body


async def test_time_is_bounded() -> None:
    start = time.monotonic()
    assert await failed(App(delay=5.0), seconds=0.3) == "Cost too long time."
    assert await failed(App(drip=0.1), seconds=0.5) == "Cost too long time."
    assert time.monotonic() - start < 4.9, "what is not bounded takes five seconds and more"


async def test_nobody_there_is_said_in_the_clouds_name() -> None:
    async with asking() as caller:
        with pytest.raises(Fault) as caught:
            await caller.ask(call("http://127.0.0.1:1/", manner=TOS))
        assert caught.value.message == UNREACHABLE.replace("OSS", "TOS")
        with pytest.raises(Fault) as caught:
            await caller.ask(call("http://no-such-name.invalid/"))
        assert caught.value.message == UNREACHABLE


async def test_a_body_is_bounded() -> None:
    async with asking() as caller:
        with pytest.raises(Fault, match="The callback body is too long"):
            await caller.ask(call("http://127.0.0.1:1/", body="${object}" * 300_000))


async def test_so_many_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "_CALLS_MAX", 2)
    async with serving(App(delay=0.2)) as app, asking() as caller:
        done = await asyncio.gather(*(caller.ask(call(app.url)) for _ in range(3)), return_exceptions=True)
        assert [str(each) for each in done if isinstance(each, Fault)] == ["Too many callback requests."]
        assert (await caller.ask(call(app.url))).body == b'{"a":"b"}'


async def test_names_that_resolve_to_what_is_never_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address that was checked is the one that is asked: the name is looked up once."""
    async with serving(App()) as app, asking() as caller:
        looked_up: list[str] = []

        def resolved(addresses: list[str]) -> Callable[[str, int], Any]:
            def look(host: str, _port: int) -> Any:
                looked_up.append(host)
                return [ip_address(address) for address in addresses]

            return look

        monkeypatch.setattr(calling, "_resolved", resolved(["169.254.169.254", "fe80::1"]))
        with pytest.raises(Fault) as caught:
            await caller.ask(call(f"http://app.test:{app.port}/"))
        assert caught.value.message == "Private address is forbidden to callback."
        monkeypatch.setattr(calling, "_resolved", resolved(["169.254.169.254", "127.0.0.2", "127.0.0.1"]))
        assert (await caller.ask(call(f"http://app.test:{app.port}/"))).body == b'{"a":"b"}'
    assert looked_up == ["app.test", "app.test"]
    assert app.headers()["host"] == f"app.test:{app.port}"


async def test_the_server_does_not_ask_itself() -> None:
    async with serving(App()) as app, asking(port=app.port) as caller:
        for host in ("127.0.0.1", "localhost", "127.1"):
            with pytest.raises(Fault) as caught:
                await caller.ask(call(f"http://{host}:{app.port}/"))
            assert caught.value.message == "Private address is forbidden to callback."
    assert app.requests == []


@pytest.mark.parametrize(
    ("patterns", "url", "allowed"),
    [
        ("any", "http://127.0.0.1:8088/test.php", True),
        ("any", "http://app.test/", True),
        ("any", "http://169.254.169.254/latest", False),
        ("any", "http://[fe80::1]/", False),
        ("any", "http://127.0.0.1:9400/", False),
        ("any", "https://127.0.0.1/", True),
        ("*.apps.test", "http://a.apps.test/", True),
        ("*.apps.test", "http://a.test/", False),
        ("*.apps.test", "http://10.0.0.1/", False),
        ("10.0.0.0/8", "http://10.0.0.1/", True),
        ("10.0.0.0/8", "http://a.test/", True),
    ],
)
async def test_what_is_refused_before_anything_is_stored(patterns: str, url: str, allowed: bool) -> None:
    async with asking(patterns, port=9400) as caller:
        asked = call("http://10.0.0.9/" if patterns != "*.apps.test" else "http://x.apps.test/", url).callback
        if allowed:
            caller.check(asked)
            return
        with pytest.raises(Fault) as caught:
            caller.check(asked)
        assert (caught.value.kind, caught.value.reason) == (Kind.PARAMETER_INVALID, "callback")
        assert caught.value.message == "Private address is forbidden to callback."
        assert caught.value.facts["value"] == url


async def test_the_environment_is_not_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with serving(App()) as app, asking() as caller:
        assert (await caller.ask(call(app.url))).body == b'{"a":"b"}'


def certificate(folder: Path, name: str) -> ssl.SSLContext:
    """A server's context with a certificate of its own for ``name``."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "c.pem").write_bytes(made.public_bytes(pem))
    (folder / "k.pem").write_bytes(key.private_bytes(pem, pkcs8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "c.pem", folder / "k.pem")
    return context


async def test_certificates_are_checked_for_the_hosts_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    context = certificate(tmp_path, "app.test")
    monkeypatch.setattr(calling, "_resolved", lambda _host, _port: [ip_address("127.0.0.1")])
    async with serving(App(), context) as app:
        async with asking() as caller:
            with pytest.raises(Fault, match="can not connect"):
                await caller.ask(call(f"https://app.test:{app.port}/"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "c.pem"))
        async with asking() as caller:
            assert (await caller.ask(call(f"https://app.test:{app.port}/"))).body == b'{"a":"b"}'
            with pytest.raises(Fault, match="can not connect"):
                await caller.ask(call(f"https://other.test:{app.port}/"))
    assert len(app.requests) == 1
