"""Large downloads are sent on to the store: real clients that follow get there what they would have got here.

Over stores of other people, a server with the embedded index. Who does not follow, or must not, is served as before.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import requests

from behaviour.bucket import Bucket
from behaviour.client import DEV, Client
from behaviour.ledger.operator import Operator
from behaviour.server import Server, environment
from behaviour.storage.clouds import CLOUDS, S3, Cloud
from behaviour.storage.signers import How
from behaviour.storage.speaker import Speaker
from cluster.stores import CREDENTIALS, STORES, Store, VersityGw, running
from conformance.conftest import require
from conformance.setup_sdks import chromium, python_of

MIB = 1 << 20
CONTENT = os.urandom(2 * MIB)
SECONDS = 4
WGET = {"user-agent": "Wget/1.21.3"}
AGENTS = "Mozilla/, Wget/, curl/, python-requests/, Go-http-client/, Boto3/, aws-sdk-"
"""All of them, so that what keeps a signed request here is not who asks."""
CARRIED = {
    "content-type": "video/mp4", "content-disposition": "attachment; filename=\"f.mp4\"; filename*=UTF-8''%C3%A9.mp4",
    "cache-control": "private, max-age=60", "content-language": "de", "expires": "Wed, 21 Oct 2065 07:28:00 GMT",
}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class World:
    """A server, and its store at another address for its clients."""

    server: Server
    store: Store
    clients_see: str
    names: Iterator[int]
    clients: list[Client]

    def client(self) -> Client:
        """A connection, open until the test ends."""
        self.clients.append(self.server.client())
        return self.clients[-1]

    def hang_up(self) -> None:
        """Close every connection."""
        while self.clients:
            self.clients.pop().close()

    def speaker(self, cloud: Cloud = S3) -> Speaker:
        """The owner at a fresh bucket with the object ``film.mp4``."""
        name = self.server.make_bucket(DEV.appid, f"films{next(self.names)}")
        made = Speaker(bucket=Bucket(server=self.server, name=name, client=self.client()), cloud=cloud, owner=DEV)
        made.put("film.mp4", CONTENT, **CARRIED)
        return made

    def address(self, speaker: Speaker, **query: str) -> str:
        """A presigned address of the object."""
        asked = speaker.asked("GET", "film.mp4", query=query)
        return self.server.address + speaker.signed(asked, How(by="query")).target


def configured(store: Store, root: Path, endpoint: str) -> Server:
    settings = {
        "ENTREPOT_BLOBS": store.fresh_address(),
        "ENTREPOT_BLOBS_KEY_ID": CREDENTIALS.key_id,
        "ENTREPOT_BLOBS_SECRET": CREDENTIALS.secret,
        "ENTREPOT_REDIRECT__MIN_BYTES": str(MIB),
        "ENTREPOT_REDIRECT__ENDPOINT": endpoint,
        "ENTREPOT_REDIRECT__SECONDS": str(SECONDS),
        "ENTREPOT_REDIRECT__AGENTS": AGENTS,
    }
    return Server(root, **settings)


@pytest.fixture(scope="module", params=sorted(STORES))
def serving(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    store = running(request.param)
    clients_see = store.endpoint.replace("127.0.0.1", "localhost")
    server = configured(store, tmp_path_factory.mktemp("redirects"), clients_see)
    server.start()
    yield World(server=server, store=store, clients_see=clients_see, names=iter(range(1000)), clients=[])
    assert server.finish().returncode == 0
    where = b"\n".join(server.log.read_bytes().splitlines())
    assert CREDENTIALS.secret.encode() not in where


ONE = pytest.mark.parametrize("serving", ["versitygw"], indirect=True)
"""For what is the same whatever the store."""


@pytest.fixture
def world(serving: World) -> Iterator[World]:
    yield serving
    serving.hang_up()


@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)
def test_a_redirect_leads_to_the_same_bytes_and_headers(world: World, cloud: Cloud) -> None:
    speaker = world.speaker(cloud)
    address = world.address(speaker)
    here = httpx.get(address, trust_env=False)
    assert (here.status_code, here.content) == (200, CONTENT)
    sent = httpx.get(address, headers=WGET, trust_env=False)
    assert sent.status_code == 307, list(sent.headers.items())
    assert sent.content == b""
    assert sent.headers["cache-control"] == "no-store"
    there = sent.headers["location"]
    assert there.startswith(world.clients_see)
    assert parse_qs(urlsplit(there).query)["X-Amz-Expires"] == [str(SECONDS)]
    found = httpx.get(there, headers=WGET, trust_env=False)
    assert (found.status_code, hashlib.sha256(found.content).digest()) == (200, hashlib.sha256(CONTENT).digest())
    for name in (*CARRIED, "content-length"):
        assert found.headers.get(name) == here.headers.get(name), name
    assert found.headers.get("accept-ranges") in {
        "bytes",
        None,
    }  # a server may say so (RFC 9110 §14.3); s3s-fs does not
    part = httpx.get(there, headers={**WGET, "Range": "bytes=5-9"}, trust_env=False)
    assert (part.status_code, part.content) == (206, CONTENT[5:10])
    for method in ("HEAD", "PUT", "DELETE"):
        assert httpx.request(method, there, content=b"", trust_env=False).status_code == 403
    time.sleep(SECONDS + 1.5)
    assert httpx.get(there, trust_env=False).status_code == 403


def curl(address: str, folder: Path) -> bytes:
    subprocess.run(["curl", "-sSfL", "--noproxy", "*", "-o", "got", address], cwd=folder, check=True, timeout=60)
    return (folder / "got").read_bytes()


def wget(address: str, folder: Path) -> bytes:
    subprocess.run(["wget", "-q", "--no-proxy", "-O", "got", address], cwd=folder, check=True, timeout=60)
    return (folder / "got").read_bytes()


def by_requests(address: str, _folder: Path) -> bytes:
    with requests.Session() as session:
        session.trust_env = False
        found = session.get(address, timeout=60)
        assert [one.status_code for one in found.history] == [307]
        return found.content


def browser_like(address: str, _folder: Path) -> bytes:
    headers = {"user-agent": "Mozilla/5.0", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    found = httpx.get(address, headers=headers, follow_redirects=True, trust_env=False)
    assert [one.status_code for one in found.history] == [307]
    return found.content


GO_PROGRAM = """package main

import ("io"; "net/http"; "os")

func main() {
\tfound, err := http.Get(os.Args[1])
\tif err != nil || found.StatusCode != 200 || found.Request.URL.String() == os.Args[1] { panic("not followed") }
\tif _, err := io.Copy(os.Stdout, found.Body); err != nil { panic(err) }
}
"""


def by_go(address: str, folder: Path) -> bytes:
    go = shutil.which("go") or shutil.which("/usr/local/go/bin/go")
    if go is None:
        pytest.skip("Go is not installed")
    (folder / "get.go").write_text(GO_PROGRAM)
    quiet = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return subprocess.run([go, "run", "get.go", address], cwd=folder, check=True, stdout=-1, env=quiet).stdout


@ONE
@pytest.mark.parametrize("client", [curl, wget, by_requests, browser_like, by_go], ids=lambda one: one.__name__)
def test_clients_that_follow_get_the_bytes(world: World, tmp_path: Path, client: Callable[[str, Path], bytes]) -> None:
    if client in (curl, wget) and shutil.which(client.__name__) is None:
        pytest.skip(f"{client.__name__} is not installed")
    before = counted(world)
    assert client(world.address(world.speaker()), tmp_path) == CONTENT
    assert counted(world) == (before[0] + 1, before[1] + len(CONTENT))


@ONE
def test_a_browser_saves_from_the_store_and_its_scripts_read_here(world: World) -> None:
    """A script of this server's own origin could not see what another origin answers; what is opened or saved can."""
    require("chromium")
    address, before = world.address(world.speaker()), counted(world)
    words = [str(Path(__file__).parent / "browsing.py"), str(chromium()), address, world.server.address + "/-/healthz"]
    done = subprocess.run([sys.executable, *words], check=True, stdout=-1, timeout=120, env=environment({}))
    told = json.loads(done.stdout)
    assert told["fetched"] == [200, False, len(CONTENT)]
    assert (told["saved"], told["name"]) == (hashlib.sha256(CONTENT).hexdigest(), "é.mp4")
    assert counted(world)[0] == before[0] + 1, "it was the store that sent what was saved"


BOTO3 = """import sys, boto3
from botocore.config import Config
client = boto3.client("s3", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id=sys.argv[2],
    aws_secret_access_key=sys.argv[3], config=Config(s3={"addressing_style": "path"}))
sys.stdout.buffer.write(client.get_object(Bucket=sys.argv[4], Key="film.mp4")["Body"].read())
"""


@ONE
def test_an_sdk_that_signs_in_headers_reads_here(world: World) -> None:
    require("s3")
    speaker, before = world.speaker(), counted(world)
    words = [world.server.address, DEV.key_id, DEV.secret.decode(), speaker.bucket.name]
    command = [str(python_of("s3")), "-c", BOTO3, *words]
    done = subprocess.run(command, check=True, stdout=-1, timeout=120, env=environment({}))
    assert done.stdout == CONTENT
    assert counted(world) == before


def counted(world: World) -> tuple[int, int]:
    """How many downloads were sent on, and of how many bytes, as the metrics say."""
    text = httpx.get(world.server.address + "/-/metrics", trust_env=False).text
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    of = [float(value) for name, value in lines.items() if name.startswith("entrepot_redirects_total")]
    return int(sum(of)), int(float(lines["entrepot_redirected_bytes_total"]))


@ONE
def test_who_takes_along_what_the_store_would_refuse_is_served_here(world: World) -> None:
    speaker = world.speaker()
    before = counted(world)
    signed = speaker.signed(speaker.asked("GET", "film.mp4"))
    for agent in ("Boto3/1.40.0 md/Botocore#1.40.0", "aws-sdk-go-v2/1.48.0", "Wget/1.21.3"):
        headers = {**dict(signed.headers), "user-agent": agent}
        found = httpx.get(world.server.address + signed.target, headers=headers, trust_env=False)
        assert (found.status_code, found.content) == (200, CONTENT)
    ranged = httpx.get(world.address(speaker), headers=WGET | {"range": "bytes=5-9"}, trust_env=False)
    assert (ranged.status_code, ranged.content) == (206, CONTENT[5:10])
    assert httpx.head(world.address(speaker), headers=WGET, trust_env=False).status_code == 403
    assert counted(world) == before


@ONE
def test_what_a_request_wants_said_is_said_by_the_store(world: World) -> None:
    speaker = world.speaker()
    address = world.address(speaker, **{"response-content-type": "application/pdf", "response-expires": "0"})
    found = httpx.get(address, headers=WGET, follow_redirects=True, trust_env=False)
    assert len(found.history) == 1
    assert (found.headers["content-type"], found.headers["expires"]) == ("application/pdf", "0")


@ONE
def test_small_many_and_sealed_blobs_are_served_here(world: World) -> None:
    speaker = world.speaker()
    sealed = {"x-amz-server-side-encryption": "AES256"}
    speaker.put("film.mp4", CONTENT, **sealed)
    assert httpx.get(world.address(speaker), headers=WGET, trust_env=False).content == CONTENT
    speaker.put("film.mp4", CONTENT[: MIB - 1])
    assert httpx.get(world.address(speaker), headers=WGET, trust_env=False).content == CONTENT[: MIB - 1]
    upload = speaker.start("film.mp4")
    tags = [(number, speaker.part("film.mp4", upload, number, bytes([number]) * (5 * MIB))) for number in (1, 2)]
    speaker.complete("film.mp4", upload, tags)
    found = httpx.get(world.address(speaker), headers=WGET, trust_env=False)
    assert (found.status_code, len(found.content)) == (200, 10 * MIB)


@ONE
def test_a_use_is_counted_and_a_limited_right_reads_here(world: World) -> None:
    speaker = world.speaker()
    operator = Operator(server=world.server, client=world.client())
    for more, status in (({}, 307), ({"uses": 1}, 200)):
        given = operator.url(speaker.bucket.name, "film.mp4", "GET", **more)
        found = httpx.get(world.server.address + _target(given), headers=WGET, trust_env=False)
        assert found.status_code == status
        until = time.monotonic() + 10
        while operator.ok("GET", f"/grants/{given['grant']}")["used"] != 1:
            assert time.monotonic() < until
            time.sleep(0.2)
    assert httpx.get(world.server.address + _target(given), headers=WGET, trust_env=False).status_code == 403


def _target(given: dict[str, str]) -> str:
    parts = urlsplit(given["url"])
    return f"{parts.path}?{parts.query}"


def test_nobody_is_sent_to_a_store_that_was_found_to_be_away(tmp_path: Path) -> None:
    try:
        store = VersityGw()
    except FileNotFoundError as lacking:
        pytest.skip(str(lacking))
    server = configured(store, tmp_path, store.endpoint)
    try:
        server.start()
        world = World(server=server, store=store, clients_see=store.endpoint, names=iter(range(9)), clients=[])
        address = world.address(world.speaker())
        world.hang_up()
        assert httpx.get(address, headers=WGET, trust_env=False).headers["location"].startswith(store.endpoint)
        store.kill()
        assert httpx.get(address, timeout=30, trust_env=False).status_code == 503
        until = time.monotonic() + 10  # somebody asks the store first whether it is there
        while httpx.get(address, timeout=30, headers=WGET, trust_env=False).status_code != 503:
            assert time.monotonic() < until
            time.sleep(0.1)
    finally:
        if server.pid is not None:
            server.stop()
        store.stop()


def test_a_server_does_not_start_where_redirects_do_not_work(tmp_path: Path) -> None:
    store = running("versitygw")
    other = "http://127.0.0.1:9"
    server = configured(store, tmp_path, other)
    server.start()
    server.stop()
    assert f"redirects: {other}/blobs cannot be tried from this machine" in server.log.read_text()
    wrong = Server(tmp_path / "wrong")  # something before the store, or something else altogether
    (tmp_path / "wrong").mkdir()
    wrong.start()
    server = configured(store, tmp_path, wrong.address)
    try:
        with pytest.raises(AssertionError, match=r"is redirect\.endpoint the store itself"):
            server.start()
    finally:
        wrong.stop()
