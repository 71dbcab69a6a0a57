"""PyPI volcenginesdk-vms, volcengine and requests, unmodified: one call of one client per line.

Law: runs on the interpreter of the SDKs' own environment and imports nothing of this project. A call is an action with
its parameters by the names of the wire; what each SDK makes of the reply is given back by those names, and what it
reports as an error as `{"status", "said"}`.
"""

from __future__ import annotations

import base64
import json
import re
import sys
from typing import Any

import requests
import volcenginesdkcore
import volcenginesdkvms
from volcengine.vms.VmsService import VmsService
from volcenginesdkcore.rest import ApiException

MARK = "\x1e"
OLD = {
    "GetResourceUploadUrl": "get_resource_upload_url",
    "CommitResourceUpload": "commit_resource_upload",
    "OpenUpdateResource": "open_update_resource",
    "OpenDeleteResource": "delete_resource",
    "QueryUsableResource": "query_usable_resource",
    "QueryOpenGetResource": "query_open_get_resource",
}


class Refused(Exception):  # noqa: N818
    """What the SDK reports; `said` is the body as it shows it."""

    def __init__(self, status: int, said: Any) -> None:
        super().__init__(said)
        self.value = {"status": status, "said": said}


def snake(name: str) -> str:
    """The SDK's spelling of a name."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def plain(value: Any) -> Any:
    """A model of the SDK as values, by the names of the wire."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    names = getattr(value, "attribute_map", None)
    return value if names is None else {wire: plain(getattr(value, name)) for name, wire in names.items()}


def today(
    action: str, values: dict[str, Any], *, key_id: str, secret: str, host: str | None, token: str | None = None,
    proxy: str | None = None,
) -> Any:  # fmt: skip
    """volcenginesdk-vms."""
    configuration = volcenginesdkcore.Configuration()
    configuration.ak, configuration.sk, configuration.session_token = key_id, secret, token
    configuration.region, configuration.scheme = "cn-beijing", "http"
    if host is not None:
        configuration.host = host
    if proxy is not None:
        configuration.http_proxy = proxy
    api = volcenginesdkvms.VMSApi(volcenginesdkcore.ApiClient(configuration))
    request = getattr(volcenginesdkvms, f"{action}Request")(**{snake(name): value for name, value in values.items()})
    try:
        return plain(getattr(api, re.sub(r"_v2$", "_v2", snake(action)))(request))
    except ApiException as error:
        raise Refused(error.status, error.body) from error


def before(
    action: str, values: dict[str, Any], *, key_id: str, secret: str, host: str | None, token: str | None = None,
    proxy: str | None = None,
) -> Any:  # fmt: skip
    """volcengine; its service is one object, which finds a proxy in the environment."""
    del proxy
    service = VmsService()
    service.set_ak(key_id)
    service.set_sk(secret)
    service.set_session_token(token or "")
    service.set_scheme("http")
    if host is not None:
        service.set_host(host)
    try:
        said = getattr(service, OLD[action])(values)
    except Exception as error:
        text = str(error)
        raise Refused(0, text[2:-1].encode().decode("unicode_escape") if text.startswith("b'") else text) from error
    if "Error" in said["ResponseMetadata"]:
        raise Refused(0, json.dumps(said))
    return said["Result"]


def put(url: str, content: str, headers: dict[str, str], proxy: str | None = None) -> Any:
    """An upload by requests."""
    proxies = {"http": proxy} if proxy else None
    reply = requests.put(url, data=base64.b64decode(content), headers=headers, proxies=proxies, timeout=30)
    return {"status": reply.status_code, "headers": dict(reply.headers), "body": reply.text}


METHODS = {"today": today, "before": before, "put": put}


def main() -> None:
    """Answer calls until standard input ends."""
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever a client prints must not come between
    for line in sys.stdin:
        call = json.loads(line)
        try:
            answer = {"value": METHODS[call["method"]](*call["args"], **call["kwargs"])}
        except Refused as refused:
            answer = {"error": refused.value}
        except Exception as error:  # noqa: BLE001 - whatever it is, the test has to see it
            answer = {"error": {"status": -1, "said": f"{type(error).__name__}: {error}"}}
        answers.write(MARK + json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
