"""The server in the test's own process: httpx asks it without a socket. Addresses are signed by botocore."""

from __future__ import annotations

import json
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.conftest import require
from conformance.server import environment
from conformance.setup_sdks import python_of
from entrepot.testing import InProcess

CONTENT = bytes(range(256)) * 2_000


def signed(address: str, method: str, account: dict[str, Any], key: str) -> str:
    """An address for an hour, as boto3 makes it, in a process of its own."""
    require("demo")
    script = (
        "import boto3, json, sys\n"
        "from botocore.config import Config\n"
        "address, method, key_id, secret, key = sys.argv[1:]\n"
        "client = boto3.client('s3', endpoint_url=address, region_name='us-east-1', aws_access_key_id=key_id,\n"
        "    aws_secret_access_key=secret, config=Config(signature_version='s3v4', s3={'addressing_style': 'path'}))\n"
        "print(client.generate_presigned_url(method, Params={'Bucket': 'bucket', 'Key': key}, ExpiresIn=3600))\n"
    )
    command = [str(python_of("demo")), "-c", script, address, method, account["key_id"], account["secret"], key]
    done = subprocess.run(command, env=environment({}), capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[InProcess]:
    async with InProcess(data=tmp_path / "data") as made:
        yield made


@pytest.mark.conformance
async def test_what_boto3_signed_is_stored_and_read(server: InProcess) -> None:
    account = await server.account("bucket")
    put, get = (signed(server.address, name, account, "a b/ü.bin") for name in ("put_object", "get_object"))
    async with httpx.AsyncClient(transport=server.transport) as client:
        stored = await client.put(put, content=CONTENT)
        assert stored.status_code == 200, stored.text
        read = await client.get(get)
        assert (read.status_code, read.content) == (200, CONTENT)
        assert read.headers["date"].endswith("GMT")
        part = await client.get(get, headers={"Range": "bytes=0-9"})
        assert (part.status_code, part.content) == (206, CONTENT[:10])
        server.clock.turn(by=3601)
        assert (await client.get(get)).status_code == 403
        server.clock.reset()
        assert (await server.reset(account))["objects"] == 1
        assert (await client.get(get)).status_code == 404


@pytest.mark.conformance
async def test_bodies_that_come_in_pieces(server: InProcess) -> None:
    account = await server.account("bucket")

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(CONTENT), 100_000):
            yield CONTENT[at : at + 100_000]

    put, get = (signed(server.address, name, account, "k") for name in ("put_object", "get_object"))
    async with httpx.AsyncClient(transport=server.transport) as client:
        stored = await client.put(put, content=pieces(), headers={"Content-Length": str(len(CONTENT))})
        assert stored.status_code == 200, stored.text
        assert (await client.get(get)).content == CONTENT


async def test_it_is_the_server_of_dev_mode(server: InProcess) -> None:
    async with httpx.AsyncClient(transport=server.transport, base_url=server.address) as client:
        assert (await client.get("/-/readyz")).text == "ready\n"
        key = {"Authorization": "Bearer entrepot-dev-admin"}
        listed = (await client.get("/-/api/v1/accounts", headers=key)).json()
        assert [one["appid"] for one in listed["accounts"]] == [1250000000]
        turned = await client.post("/-/api/v1/dev/clock", headers=key, content=json.dumps({"at": "5", "stopped": True}))
        assert turned.json()["time"] == "1970-01-01T00:00:05Z"
        assert server.clock() == 5
        refused = await client.get("http://stranger.example/", headers={"Accept": "*/*"})
        assert refused.status_code == 403


async def test_two_at_once_and_nothing_left() -> None:
    async with InProcess() as one, InProcess() as other:
        first = one.settings.data
        account = await one.account("bucket")
        assert (await other.account("bucket"))["number"] != account["number"]
        assert first != other.settings.data
    assert not first.exists()
