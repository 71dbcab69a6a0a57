"""The three TOS clients and the ways by which each can be led to a server on loopback.

Law: every client is the vendor's, unmodified, in a process of its own; a way is nothing but options and variables
that the vendor documents. Nothing here knows what the server should answer.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.driver import CALL_SECONDS, Driver, SdkFailed
from conformance.server import KEY_ID, ROOT, SECRET, environment
from conformance.volcengine import vocabulary
from conformance.volcengine.vocabulary import Reply, Shape

HERE = Path(__file__).resolve().parent
CONFORMANCE = HERE.parent
PYTHON = ROOT / ".venvs" / "sdk-volcengine" / "bin" / "python"
NODE_FOLDER = CONFORMANCE / "node" / "volcengine"
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
    """One vendor SDK: how its driver starts and what its names are. ``lacking`` tells why it cannot be used here."""

    name: str
    command: tuple[str, ...]
    shape: Shape
    options: Callable[..., dict[str, Any]]
    lacking: Callable[[], str | None]


@dataclass(slots=True, kw_only=True)
class Client:
    """A client of one SDK in a running driver. ``default`` is the name of the driver's client that is used."""

    sdk: Sdk
    driver: Driver
    address: str
    default: str = "main"
    follows: str | None = None
    """The proxy through which this client's own URLs are followed; None when they name the server itself."""
    options: Mapping[str, Any] = field(default_factory=dict)

    def open(self, name: str, **options: Any) -> None:
        """Make another client in the same process, like the first but for these options."""
        self.driver.call("open", name, self.sdk.options(**{**self.options, **options}))

    def do(self, method: str, *, client: str = "", seconds: float = CALL_SECONDS, **given: Any) -> Reply:
        """One call in the common vocabulary. Raises Refused, or SdkFailed for what was not the server's answer."""
        name, value = self.sdk.shape(method, given)
        try:
            told = self.driver.call("call", client or self.default, name, value, timeout_seconds=seconds)
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
    options = {"ak": key, "sk": secret, "region": REGION, "endpoint": endpoint, "is_custom_domain": how == "domain"}
    if how != "env":
        options |= {"proxy_host": "127.0.0.1", "proxy_port": port}
    return options | ({"max_retry_count": more["retries"]} if "retries" in more else {})


def _node_options(*, address: str, how: str, key: str = KEY_ID, secret: str = SECRET, **more: Any) -> dict[str, Any]:
    port = int(address.rpartition(":")[2])
    endpoint = {"ip": f"127.0.0.1:{port}", "domain": DOMAIN}.get(how, ENDPOINT)
    options = {"accessKeyId": key, "accessKeySecret": secret, "region": REGION, "endpoint": endpoint}
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


# -- whether they are there ---------------------------------------------------------------------------------

_SETUP = "run python3 tests/conformance/setup_sdks.py"


def _python_lacking() -> str | None:
    return None if PYTHON.exists() else f"tos (PyPI) is missing; {_SETUP}"


def _node_lacking() -> str | None:
    installed = NODE_FOLDER / "node_modules" / "@volcengine" / "tos-sdk"
    return None if installed.is_dir() else f"@volcengine/tos-sdk is missing; {_SETUP}"


def _go_lacking() -> str | None:
    command = [sys.executable, str(CONFORMANCE / "go" / "tos" / "setup.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return None if done.returncode == 0 else (done.stdout + done.stderr).strip()


SDKS = {
    sdk.name: sdk
    for sdk in (
        Sdk(
            name="python",
            command=(str(PYTHON), str(HERE / "drivers" / "tos_driver.py")),
            shape=vocabulary.python,
            options=_python_options,
            lacking=_python_lacking,
        ),
        Sdk(
            name="node",
            command=("node", "--no-deprecation", str(NODE_FOLDER / "tos_driver.js")),
            shape=vocabulary.javascript,
            options=_node_options,
            lacking=_node_lacking,
        ),
        Sdk(
            name="go",
            command=(str(GO_DRIVER),),
            shape=vocabulary.go,
            options=_go_options,
            lacking=_go_lacking,
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
    follows = None if how == "ip" else address
    client = Client(sdk=sdk, driver=driver, address=address, follows=follows, options={"address": address, "how": how})
    client.open("main", **options)
    return client
