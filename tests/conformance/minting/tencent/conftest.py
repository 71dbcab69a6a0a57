"""Fixtures of the clients of API 3.0, and of those that spend what they mint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.conftest import require
from conformance.driver import Driver
from conformance.minting.tencent.clients import Api, Temporary
from conformance.s3.calls import Client
from conformance.s3.conftest import HERE as S3_FOLDER
from conformance.server import Server, environment
from conformance.setup_sdks import node_folder, python_of
from conformance.tencent.conftest import PYTHON_SDK, PythonSdk
from conformance.tencent.js import JsSdk, nodejs
from conformance.tencent.wire import REGION, Cos

HERE = Path(__file__).resolve().parent
NODE_API = node_folder("minting_tencent")


@pytest.fixture(scope="session")
def python_driver() -> Iterator[Driver]:
    """The Python SDKs of the APIs."""
    require("minting_tencent")
    command = [str(python_of("minting_tencent")), str(HERE / "drivers" / "api_driver.py")]
    with Driver(command, env=environment({}), cwd=HERE) as driver:
        yield driver


@pytest.fixture(scope="session")
def python_api(python_driver: Driver, server: Server) -> Api:
    """tencentcloud-sdk-python."""
    return Api(python_driver, server, node=False)


@pytest.fixture(scope="session")
def node_api(server: Server) -> Iterator[Api]:
    """tencentcloud-sdk-nodejs."""
    require("node/minting_tencent")
    command = ["node", "--no-deprecation", str(NODE_API / "api_driver.js")]
    with Driver(command, env=environment({}), cwd=NODE_API) as driver:
        yield Api(driver, server, node=True)


@pytest.fixture(params=["python", "node"])
def api(request: pytest.FixtureRequest) -> Api:
    """Each of the two."""
    found = request.getfixturevalue(f"{request.param}_api")
    assert isinstance(found, Api)
    return found


@pytest.fixture(scope="session")
def cos(server: Server) -> Cos:
    """Plain requests with the development key."""
    return Cos(server.address)


@pytest.fixture(scope="session")
def boto(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Client]]:
    """boto3 with a temporary key: path style on the server's address, or another endpoint through it as a proxy."""
    require("s3")
    home = tmp_path_factory.mktemp("boto")
    env = environment({"HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true"})
    env.pop("PYTHONPATH")
    with Driver([str(python_of("s3")), str(S3_FOLDER / "drivers" / "boto_driver.py")], env=env, cwd=home) as driver:

        def make(key: Temporary, endpoint: str | None = None, **config: Any) -> Client:
            proxies = {} if endpoint is None else {"proxies": {"http": server.address}}
            driver.call(
                "configure", "temporary", endpoint or server.address, key.key_id, key.secret, token=key.token,
                region="auto", **proxies, **config,
            )  # fmt: skip
            return Client(driver, "temporary")

        yield make


@pytest.fixture(scope="session")
def cos_python(server: Server) -> Iterator[Callable[[Temporary], PythonSdk]]:
    """cos-python-sdk-v5 with a temporary key, at the cloud's own hosts through the server as a proxy."""
    require("tencent")
    with Driver(PYTHON_SDK, env=environment({}), cwd=HERE) as driver:

        def make(key: Temporary) -> PythonSdk:
            sdk = PythonSdk(driver)
            sdk.configure(
                SecretId=key.key_id, SecretKey=key.secret, Token=key.token, Region=REGION,
                Proxies={"http": server.address},
            )  # fmt: skip
            return sdk

        yield make


@pytest.fixture(scope="session")
def cos_node(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., JsSdk]]:
    """cos-nodejs-sdk-v5 with a temporary key; ``options`` may name another domain, through the server as a proxy."""
    with nodejs(server, tmp_path_factory.mktemp("cos-node")) as sdk:

        def make(key: Temporary, bucket: str, **options: Any) -> JsSdk:
            sdk.bucket = bucket
            sdk.configure(SecretId=key.key_id, SecretKey=key.secret, SecurityToken=key.token, **options)
            return sdk

        yield make
