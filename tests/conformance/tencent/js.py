"""The two JavaScript SDKs behind one face: cos-nodejs-sdk-v5 in Node.js, cos-js-sdk-v5 in Chromium.

Law: they have the same methods and parameters; what differs is here: how a file is given, how a download is
asked for, how the server is reached. Source: wire facts of Tencent Cloud §9.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from conformance.conftest import HERE as CONFORMANCE
from conformance.conftest import Sample, require
from conformance.driver import Driver, SdkFailed
from conformance.server import KEY_ID, SECRET, Server, environment
from conformance.setup_sdks import chromium, node_folder
from conformance.tencent.wire import REGION, full

FOLDER = node_folder("tencent")
NODE_COMMAND = ["node", "--no-deprecation", str(FOLDER / "cos_driver.js")]
PAGE = Path(__file__).resolve().parent / "page"
PICKED = "the picked file"


class JsSdk:
    """One client in its child process, working in one bucket."""

    def __init__(self, kind: str, driver: Driver, server: Server) -> None:
        self.kind = kind
        self.driver = driver
        self.server = server
        self.bucket = f"{kind}-sdk"

    @property
    def browser(self) -> bool:
        """Whether it runs in a page."""
        return self.kind == "browser"

    def reach(self, port: int | None = None) -> dict[str, object]:
        """The options that lead to the server, or to a relay at another port.

        Node.js keeps the cloud's host names and only dials another address; a page is given a domain below
        `localhost`, which Chromium resolves by itself.
        """
        port = port or self.server.port
        if self.browser:
            return {"Domain": f"{{Bucket}}.cos.{{Region}}.localhost:{port}"}
        return {"Ip": f"127.0.0.1:{port}"}

    def configure(self, **options: object) -> None:
        """A fresh client with the development key, on the server unless told otherwise."""
        known = {"SecretId": KEY_ID, "SecretKey": SECRET, "Protocol": "http:"}
        self.driver.call("configure", {**known, **(options if "Protocol" in options else self.reach() | options)})

    def __call__(
        self, method: str, key: str | None = None, *, timeout_seconds: float = 60, **parameters: object
    ) -> Any:
        """What the SDK's method gave; bucket and region are filled in."""
        known: dict[str, object] = {"Bucket": full(self.bucket), "Region": REGION}
        known |= {} if key is None else {"Key": key}
        known |= {"DataType": "blob"} if self.browser and method == "getObject" else {}
        return self.driver.call(method, {**known, **parameters}, timeout_seconds=timeout_seconds)

    def failure(self, method: str, key: str | None = None, **parameters: object) -> Any:
        """What a call that must fail reports."""
        with pytest.raises(SdkFailed) as caught:
            self(method, key, **parameters)
        return caught.value.value

    def refused(self, method: str, key: str | None = None, **parameters: object) -> tuple[int, str]:
        """The status and the code of a call that the service must refuse; its reply was readable."""
        value = self.failure(method, key, **parameters)
        assert value["requestId"], f"the reply could not be read: {value}"
        return value["status"], value["code"]

    def put(self, key: str, text: str, **parameters: object) -> Any:
        """A simple upload of a text."""
        return self("putObject", key, Body=text, **parameters)

    def text(self, key: str, **parameters: object) -> str:
        """The text that is stored under a key."""
        return str(self("getObject", key, **parameters)["Body"]["text"])

    def upload(self, file: Sample, key: str, **parameters: object) -> Any:
        """The SDK's own upload of a local file, in parts when it is large."""
        if self.browser:
            self.driver.call("pick", str(file.path))
            return self("uploadFile", key, Body=PICKED, timeout_seconds=120, **parameters)
        return self("uploadFile", key, FilePath=str(file.path), timeout_seconds=120, **parameters)


@contextmanager
def nodejs(server: Server, home: Path) -> Iterator[JsSdk]:
    """cos-nodejs-sdk-v5; what it remembers of uploads goes below `home`."""
    require("node/tencent")
    with Driver(NODE_COMMAND, env=environment({"HOME": str(home), "XDG_CONFIG_HOME": str(home)}), cwd=FOLDER) as driver:
        yield JsSdk("nodejs", driver, server)


@contextmanager
def page(server: Server) -> Iterator[JsSdk]:
    """cos-js-sdk-v5 on a page of another origin; names outside localhost are reached through `http_proxy`."""
    require("node/tencent")
    require("chromium")
    package = FOLDER / "node_modules" / "cos-js-sdk-v5"
    script = CONFORMANCE / "drivers" / "browser_driver.py"
    command = [sys.executable, str(script), str(chromium()), str(package), str(PAGE)]
    with Driver(command, env=environment({"http_proxy": server.address}), cwd=CONFORMANCE) as driver:
        yield JsSdk("browser", driver, server)


def lines(*calls: tuple[str, object]) -> list[str]:
    """Calls as a driver reads them."""
    return [json.dumps({"method": method, "args": [parameters], "kwargs": {}}) for method, parameters in calls]


def forget_uploads(home: Path) -> None:
    """Remove what the Node.js SDK remembers of unfinished uploads."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
