"""doctor/through: what the command says of real proxies before a real server, those of `deploy/` and careless ones.

The careless ones are what people write first: Host, path and long bodies are what nginx changes unless it is told.
Source: nginx.org, ngx_http_proxy_module (proxy_set_header, proxy_pass with a URI), client_max_body_size.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from conformance.server import Server, environment
from deploy.configurations import _NGINX, free_ports, program, proxied

SECONDS = 60
CHECKS = ("front", "front host", "front path", "front bodies")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server."""
    made = Server(tmp_path_factory.mktemp("served") / "data")
    made.start()
    try:
        yield made
    finally:
        made.stop()


def found(server: Server, address: str, **variables: str) -> dict[str, Any]:
    """What the command says, by check."""
    done = subprocess.run(
        [sys.executable, "-m", "entrepot", "doctor", "--json", "--dev", "--data", str(server.data),
         "--port", str(server.port), "--address", address],
        cwd=server.data.parent, env=environment({}) | variables, capture_output=True, text=True, timeout=SECONDS,
        check=False,
    )  # fmt: skip
    assert done.returncode in {0, 1}, done.stderr
    return {one["check"]: one for one in json.loads(done.stdout)}


@contextmanager
def nginx(folder: Path, location: str, port: int) -> Iterator[None]:
    """An nginx that hands everything on, as its location says."""
    # In memory: its workers may be a user who does not get at the folder of the test.
    inner = f"client_body_buffer_size 4m; server {{ listen 127.0.0.1:{port}; location / {{ {location} }} }}"
    (folder / "nginx.cfg").write_text(_NGINX.format(folder=folder, inner=inner))
    words = [program("nginx", "nginx"), "-p", str(folder), "-c", str(folder / "nginx.cfg")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log)
    try:
        until = time.monotonic() + SECONDS
        while process.poll() is None and time.monotonic() < until:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            with suppress(OSError):
                connection.request("GET", "/")
                connection.getresponse().read()
                break
            connection.close()
            time.sleep(0.05)
        connection.close()
        yield
    finally:
        process.terminate()
        process.wait(20)


def test_nothing_in_between(server: Server) -> None:
    said = found(server, server.address)
    assert {name: said[name]["verdict"] for name in CHECKS} == dict.fromkeys(CHECKS, "ok"), said
    assert said["server"]["verdict"] == "ok"
    assert "own server" in said["port"]["seen"]
    assert said["minted addresses"]["verdict"] == "ok"


@pytest.mark.parametrize("name", ["nginx", "haproxy"])
def test_the_proxies_of_deploy(server: Server, name: str, tmp_path: Path) -> None:
    with proxied(name, tmp_path, [server.port, *free_ports(1)]) as proxy:
        trusted = {"SSL_CERT_FILE": str(proxy.certificate)}
        said = found(server, f"https://127.0.0.1:{proxy.tls_port}", **trusted)
        assert {name: said[name]["verdict"] for name in CHECKS} == dict.fromkeys(CHECKS, "ok"), said
        assert "with 404" in said["front"]["seen"]
        assert (said["minted addresses"]["verdict"], "public_url" in said["minted addresses"]["to_do"]) == (
            "warn",
            True,
        )
        said = found(server, f"https://127.0.0.1:{proxy.tls_port}")
        assert (said["front"]["verdict"], "not trusted" in said["front"]["seen"]) == ("fail", True)


@pytest.mark.parametrize(
    ("location", "failing"),
    [
        ("proxy_pass http://127.0.0.1:{port};", {"front host", "front bodies"}),
        (
            "proxy_set_header Host $http_host; client_max_body_size 0; proxy_pass http://127.0.0.1:{port}/;",
            {"front path"},
        ),
        ("proxy_set_header Host $host; client_max_body_size 0; proxy_pass http://127.0.0.1:{port};", {"front host"}),
        ("proxy_set_header Host $http_host; client_max_body_size 0; proxy_pass http://127.0.0.1:{port};", set()),
        ("return 200 hello;", set(CHECKS)),
    ],
)
def test_careless_proxies(server: Server, tmp_path: Path, location: str, failing: set[str]) -> None:
    (port,) = free_ports(1)
    with nginx(tmp_path, location.replace("{port}", str(server.port)), port):
        said = found(server, f"http://127.0.0.1:{port}")
    assert {name for name in CHECKS if said[name]["verdict"] == "fail"} == failing, said


def test_an_address_where_nobody_is(server: Server) -> None:
    (port,) = free_ports(1)
    said = found(server, f"http://127.0.0.1:{port}")
    assert {said[name]["verdict"] for name in CHECKS} == {"fail"}
    assert found(server, "files.example.com")["front"]["verdict"] == "fail"


def test_a_server_that_ends(server: Server, tmp_path: Path) -> None:
    """People read text; the status tells programs."""
    with proxied("nginx", tmp_path, free_ports(2)) as proxy:
        words = ["doctor", "--quiet", "--data", str(tmp_path / "data"), "--port", "0"]
        done = subprocess.run(
            [sys.executable, "-m", "entrepot", *words, "--address", f"https://127.0.0.1:{proxy.tls_port}"],
            env={**environment({}), "SSL_CERT_FILE": str(proxy.certificate)}, cwd=tmp_path, capture_output=True,
            text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert "fail  front" in done.stdout
    assert "ok    " not in done.stdout
    assert not (tmp_path / "data").exists()
