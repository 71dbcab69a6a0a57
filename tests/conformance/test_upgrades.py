"""Clients that ask for HTTP/2 by default on plain http: the JDK's HttpClient and ``curl --http2``.

They send ``Upgrade: h2c`` with their requests, and must be served as if they had not.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from conformance.conftest import Sample, require
from conformance.plain_http import mint, stored
from conformance.server import APPID, BUCKET, KEY_ID, SECRET, Server
from conformance.setup_sdks import command

pytestmark = pytest.mark.conformance

HERE = Path(__file__).resolve().parent
RUN_SECONDS = 60


def presigned(server: Server, method: str, key: str) -> str:
    """An address of S3 with a signature of version 2 in it (AWS "Signing and authenticating REST requests")."""
    until = int(time.time()) + 600
    text = f"{method}\n\n\n{until}\n/{BUCKET}/{key}"
    signature = base64.b64encode(hmac.digest(SECRET.encode(), text.encode(), hashlib.sha1)).decode()
    query = f"AWSAccessKeyId={KEY_ID}&Expires={until}&Signature={quote(signature, safe='')}"
    return f"{server.address}/{BUCKET}/{key}?{query}"


def run(words: list[str]) -> str:
    """What a command printed; it must succeed."""
    env = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(words, capture_output=True, text=True, timeout=RUN_SECONDS, check=False, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("size", [3, 300_000])
@pytest.mark.parametrize("framing", [[], ["-H", "Expect: 100-continue"]], ids=["plain", "expect"])
def test_curl_puts(server: Server, sample: Callable[..., Sample], size: int, framing: list[str]) -> None:
    require("curl")
    made = sample(size)
    key = made.sha
    curl = [command("curl") or "", "-sS", "--http2", "-w", "%{http_code} %{http_version}"]
    said = run([*curl, "-T", str(made.path), *framing, presigned(server, "PUT", key)])
    assert said == "200 1.1"
    assert run([*curl, presigned(server, "GET", key), "-o", str(made.path) + ".back"]) == "200 1.1"
    assert Path(str(made.path) + ".back").read_bytes() == made.content
    assert stored(server.address, f"/{key}") == made.content


@pytest.mark.parametrize("framing", [[], ["-H", "Transfer-Encoding: chunked"]], ids=["length", "chunked"])
def test_curl_posts_a_form(server: Server, sample: Callable[..., Sample], framing: list[str]) -> None:
    require("curl")
    made = sample(100_000)
    url = f"{server.address}/files/v2/{APPID}/{BUCKET}/{made.sha}"
    fields = ["-F", "op=upload", "-F", "insertOnly=0", "-F", f"filecontent=@{made.path}"]
    curl = [command("curl") or "", "-sS", "--http2", "-H", f"Authorization: {mint()}"]
    assert '"code":0' in run([*curl, *framing, *fields, url])
    assert stored(server.address, f"/{made.sha}") == made.content


def test_the_client_of_the_jdk(server: Server, sample: Callable[..., Sample]) -> None:
    """Its default is HTTP/2, so each first request of a connection asks for an upgrade."""
    require("javac")
    made = sample(200_000)
    urls = [f"{server.address}/files/v2/{APPID}/{BUCKET}/{name}-{made.sha}" for name in ("form", "streamed")]
    run([
        command("java") or "", str(HERE / "drivers" / "UpgradeDriver.java"), str(made.path),
        presigned(server, "PUT", made.sha), presigned(server, "GET", made.sha), mint(), *urls,
    ])  # fmt: skip
    for name in ("", "form-", "streamed-"):
        assert stored(server.address, f"/{name}{made.sha}") == made.content
