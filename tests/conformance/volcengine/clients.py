"""The three TOS clients and the ways by which each can be led to a server on loopback.

Law: every client is the vendor's, unmodified, in a process of its own; a way is nothing but options and variables
that the vendor documents. Nothing here knows what the server should answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.driver import CALL_SECONDS, Driver, SdkFailed
from conformance.server import KEY_ID, ROOT, SECRET, environment
from conformance.setup_sdks import node_folder, python_of
from conformance.volcengine import vocabulary
from conformance.volcengine.vocabulary import Reply, Shape

HERE = Path(__file__).resolve().parent
GO_DRIVER = ROOT / ".venvs" / "go-tos" / "tos-driver"

REGION = "cn-beijing"
ENDPOINT = "tos-cn-beijing.volces.com"
DOMAIN = "tos-assets.example.test"


class Refused(Exception):  # noqa: N818
    """The SDK reported an error of the server: its status and codes, as the SDK names them."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        super().__init__(json.dumps(told, ensure_ascii=False))
        self.status = int(told.get("status") or 0)
        self.code = str(told.get("code") or "")
        self.message = str(told.get("message") or "")
        self.header = {name.lower(): str(text) for name, text in (told.get("header") or {}).items()}
        self.ec = str(told.get("ec") or self.header.get("x-tos-ec") or "")
        self.request_id = str(told.get("request_id") or "")
        self.resource = str(told.get("resource") or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sdk:
    """One vendor SDK: how its driver starts and what its names are. ``environment`` is its name in `setup_sdks.py`."""

    name: str
    environment: str
    command: tuple[str, ...]
    shape: Shape
    options: Callable[..., dict[str, Any]]


@dataclass(slots=True, kw_only=True)
class Client:
    """A client of one SDK in a running driver. ``default`` is the name of the driver's client that is used."""

    sdk: Sdk
    driver: Driver
    address: str
    default: str = "main"
    options: Mapping[str, Any] = field(default_factory=dict)

    def open(self, name: str, **options: Any) -> None:
        """Make another client in the same process, like the first but for these options."""
        self.driver.call("open", name, self.sdk.options(**{**self.options, **options}))

    def do(self, method: str, **given: Any) -> Reply:
        """One call in the common vocabulary, within `seconds`, by the client of the name `client`.

        Raises:
            Refused: what the SDK reports as the server's answer.
            SdkFailed: anything else that it reports.
        """
        client, seconds = given.pop("client", self.default), given.pop("seconds", CALL_SECONDS)
        name, value = self.sdk.shape(method, given)
        try:
            told = self.driver.call("call", client, name, value, timeout_seconds=seconds)
        except SdkFailed as failed:
            if isinstance(failed.value, Mapping) and failed.value.get("kind") in {"server", "status"}:
                raise Refused(failed.value) from None
            raise
        return vocabulary.reply(told)

    def policy_url(self, query: dict[str, str], keys: list[str], **given: Any) -> Any:
        """The URLs that a policy makes: `{"list", "objects"}`."""
        _, value = self.sdk.shape("pre_signed_policy_url", given)
        return self.driver.call("policyUrl", self.default, value, query, keys)


# -- options: how each SDK is told where to go --------------------------------------------------------------


def _python_options(*, address: str, how: str, key: str = KEY_ID, secret: str = SECRET, **more: Any) -> dict[str, Any]:
    port = int(address.rpartition(":")[2])
    endpoint = f"http://{DOMAIN if how == 'domain' else ENDPOINT}"
    options: dict[str, Any] = {
        "ak": key,
        "sk": secret,
        "region": REGION,
        "endpoint": endpoint,
        "is_custom_domain": how == "domain",
    }
    if how != "env":
        options |= {"proxy_host": "127.0.0.1", "proxy_port": port}
    return options | ({"max_retry_count": more["retries"]} if "retries" in more else {})


def _node_options(*, address: str, how: str, key: str = KEY_ID, secret: str = SECRET, **more: Any) -> dict[str, Any]:
    port = int(address.rpartition(":")[2])
    endpoint = {"ip": f"127.0.0.1:{port}", "domain": DOMAIN}.get(how, ENDPOINT)
    options: dict[str, Any] = {"accessKeyId": key, "accessKeySecret": secret, "region": REGION, "endpoint": endpoint}
    options |= {"secure": False, "enableCRC": True, "isCustomDomain": how == "domain", "forcePathStyle": how == "path"}
    if how in {"proxy", "domain", "path"}:
        options |= {"proxyHost": "127.0.0.1", "proxyPort": port}
    return options | ({"maxRetryCount": more["retries"]} if "retries" in more else {})


def _go_options(*, address: str, how: str, key: str = KEY_ID, secret: str = SECRET, **more: Any) -> dict[str, Any]:
    port = int(address.rpartition(":")[2])
    endpoint = {"ip": address, "domain": f"http://{DOMAIN}"}.get(how, f"http://{ENDPOINT}")
    options: dict[str, Any] = {"AccessKey": key, "SecretKey": secret, "Region": REGION, "Endpoint": endpoint}
    options |= {"CustomDomain": how == "domain", "Trailer": more.get("trailer", False)}
    if how != "ip":
        options |= {"ProxyHost": "127.0.0.1", "ProxyPort": port}
    return options | ({"MaxRetry": more["retries"]} if "retries" in more else {})


# -- the three -----------------------------------------------------------------------------------------------

SDKS = {
    sdk.name: sdk
    for sdk in (
        Sdk(
            name="python",
            environment="volcengine",
            command=(str(python_of("volcengine")), str(HERE / "drivers" / "tos_driver.py")),
            shape=vocabulary.python,
            options=_python_options,
        ),
        Sdk(
            name="node",
            environment="node/volcengine",
            command=("node", "--no-deprecation", str(node_folder("volcengine") / "tos_driver.js")),
            shape=vocabulary.javascript,
            options=_node_options,
        ),
        Sdk(
            name="go",
            environment="go/tos",
            command=(str(GO_DRIVER),),
            shape=vocabulary.go,
            options=_go_options,
        ),
    )
}

HOME = {"python": "proxy", "node": "ip", "go": "ip"}
"""The way on which an SDK's tests of operations go."""
WAYS = (
    ("python", "proxy"), ("python", "env"), ("python", "domain"),
    ("node", "ip"), ("node", "path"), ("node", "proxy"), ("node", "domain"),
    ("go", "ip"), ("go", "proxy"), ("go", "domain"),
)  # fmt: skip


def start(sdk: Sdk, address: str, how: str, **options: Any) -> Client:
    """A client in a new process, which the caller ends by leaving ``client.driver``."""
    settings = {"http_proxy": address} if how == "env" else {}
    driver = Driver(sdk.command, env=environment(settings), cwd=HERE)
    client = Client(sdk=sdk, driver=driver, address=address, options={"address": address, "how": how})
    client.open("main", **options)
    return client
