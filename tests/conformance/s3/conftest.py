"""Fixtures of the S3 clients: drivers of one process each for the whole session, and clients inside them."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.conftest import Sample, require
from conformance.driver import Driver
from conformance.s3.calls import Client
from conformance.s3.tls_relay import TlsRelay
from conformance.server import KEY_ID, SECRET, Server, environment
from conformance.setup_sdks import python_of

HERE = Path(__file__).resolve().parent
AWS_HOST = "http://s3.eu-west-1.amazonaws.com"


def alone(home: Path, **more: str) -> dict[str, str]:
    """An environment in which no client finds settings of this machine's user."""
    kept = {
        name: value for name, value in environment({}).items() if not name.startswith(("AWS_", "RCLONE_", "PYTHON"))
    }
    return {
        **kept,
        "HOME": str(home),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "LC_ALL": "C.UTF-8",
        **more,
    }


@pytest.fixture(scope="session")
def starting(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Driver]:
    """Starts the driver of that name on the clients' interpreter; the caller enters it."""

    def start(name: str, **env: str) -> Driver:
        require("s3")
        script = HERE / "drivers" / f"{name}_driver.py"
        home = tmp_path_factory.mktemp(name)
        return Driver([str(python_of("s3")), str(script)], env=alone(home, **env), cwd=home)

    return start


@pytest.fixture(scope="session")
def boto_driver(starting: Callable[..., Driver]) -> Iterator[Driver]:
    """boto3."""
    with starting("boto") as driver:
        yield driver


@pytest.fixture(scope="session")
def boto(boto_driver: Driver, server: Server) -> Callable[..., Client]:
    """Makes a boto3 client; what is not said is the development account on the server, path style."""

    def make(
        name: str, endpoint: str | None = None, key_id: str | None = KEY_ID, secret: str = SECRET, **config: Any
    ) -> Client:
        boto_driver.call("configure", name, endpoint or server.address, key_id, secret, **config)
        return Client(boto_driver, name)

    return make


@pytest.fixture(scope="session")
def s3(boto: Callable[..., Client]) -> Client:
    """boto3 as it comes: path style because the endpoint is an address."""
    return boto("plain")


@pytest.fixture(scope="session")
def virtual(boto: Callable[..., Client], server: Server) -> Client:
    """boto3 in virtual-host style under the cloud's own names, led here by a proxy setting."""
    style = {"addressing_style": "virtual"}
    return boto("virtual", AWS_HOST, region="eu-west-1", s3=style, proxies={"http": server.address})


@pytest.fixture(scope="session")
def old(boto: Callable[..., Client]) -> Client:
    """boto3 with signature version 2."""
    return boto("old", signature_version="s3")


@pytest.fixture(scope="session")
def nobody(boto: Callable[..., Client]) -> Client:
    """boto3 without credentials."""
    return boto("nobody", key_id=None)


@pytest.fixture(scope="session")
def wrong(boto: Callable[..., Client]) -> Client:
    """boto3 with a wrong secret."""
    return boto("wrong", secret="not-the-secret")


@pytest.fixture(scope="session")
def secure(boto: Callable[..., Client], server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """boto3 over HTTPS, where it sends checksums as trailers."""
    with TlsRelay(server.port, tmp_path_factory.mktemp("tls")) as relay:
        yield boto("secure", relay.address, verify=str(relay.pem))


@pytest.fixture(params=["plain", "virtual", "old"])
def any_s3(request: pytest.FixtureRequest, s3: Client, virtual: Client, old: Client) -> Client:
    """boto3 in each way to address and sign."""
    return {"plain": s3, "virtual": virtual, "old": old}[request.param]


@pytest.fixture
def top(request: pytest.FixtureRequest) -> str:
    """A prefix of the shared bucket that only this test uses."""
    safe = "".join(char if char.isalnum() else "-" for char in request.node.name)
    return f"s3/{request.node.path.stem}/{safe}/"


@pytest.fixture
def bucket(s3: Client, request: pytest.FixtureRequest) -> Iterator[str]:
    """A bucket of this test alone, emptied and removed at the end."""
    name = f"s3-{abs(hash(request.node.nodeid)) % 10**9}-own"
    s3("create_bucket", Bucket=name)
    yield name
    for upload in s3("list_multipart_uploads", Bucket=name).get("Uploads", []):
        s3("abort_multipart_upload", Bucket=name, Key=upload["Key"], UploadId=upload["UploadId"])
    for page in s3("pages", "list_objects_v2", {}, Bucket=name):
        for item in page.get("Contents", []):
            s3("delete_object", Bucket=name, Key=item["Key"])
    s3("delete_bucket", Bucket=name)


@pytest.fixture(scope="session")
def hundred(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A file of 100 MB and some bytes, the same for all clients."""
    content = random.Random("hundred").randbytes(100_000_123)  # noqa: S311 -- test data
    path = tmp_path_factory.mktemp("hundred") / "hundred.bin"
    path.write_bytes(content)
    return Sample(path=path, content=content)
