"""Fixtures of the minting clients of Alibaba Cloud and AWS: a process for each set of SDKs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.conftest import require
from conformance.driver import Driver, SdkFailed
from conformance.server import KEY_ID, SECRET, Server, environment
from conformance.setup_sdks import chromium, python_of

HERE = Path(__file__).resolve().parent
LOOP = HERE.parents[1] / "aliyun" / "drivers"
"""Where the loop of the OSS clients' drivers is."""
Ask = Callable[..., Any]


def _start(name: str, script: str) -> Driver:
    require(name)
    alone = {"PYTHONPATH": str(LOOP), "HOME": str(HERE / "nowhere"), "AWS_EC2_METADATA_DISABLED": "true"}
    return Driver([str(python_of(name)), str(HERE / "drivers" / script)], env=environment(alone), cwd=HERE)


@pytest.fixture(scope="session")
def openapi_driver() -> Iterator[Driver]:
    """Alibaba's SDKs."""
    with _start("minting_aliyun", "openapi_driver.py") as driver:
        yield driver


@pytest.fixture(scope="session")
def aws_driver() -> Iterator[Driver]:
    """AWS's SDK."""
    with _start("s3", "aws_driver.py") as driver:
        yield driver


@pytest.fixture(scope="session")
def page() -> Iterator[Driver]:
    """Chromium."""
    require("chromium")
    command = [sys.executable, str(HERE / "drivers" / "browser_form.py"), str(chromium())]
    with Driver(command, env=environment({}), cwd=HERE) as driver:
        yield driver


def how(server: Server, **more: object) -> dict[str, Any]:
    """How to reach the server as the development account."""
    return {"endpoint": f"127.0.0.1:{server.port}", "key_id": KEY_ID, "secret": SECRET, **more}


def refused(status: int, code: str, call: Callable[[], object]) -> Any:
    """A call that must be refused with this status and code; returns what the SDK said."""
    with pytest.raises(SdkFailed) as caught:
        call()
    said = caught.value.value
    assert isinstance(said, dict)
    assert (said.get("status"), said.get("code")) == (status, code), said
    return said
