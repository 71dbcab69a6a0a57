"""One call per line, for the drivers of the Python SDKs: how a call comes in, and how its outcome goes out.

Law: knows no SDK and nothing of this project; runs on the interpreter of an SDK's own environment. Content comes in
as `{"$bytes": base64}` or `{"$file": path}`; content goes out as its size and SHA-1, with the text when it is short.
Every name below DOMAINS is at home on this machine, as if a name server said so.
"""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

MARK = "\x1e"
DOMAINS = (".aliyuncs.com", ".localhost", ".example.com")
TEXT_BYTES = 4096

_getaddrinfo = socket.getaddrinfo


def _at_home(host: Any, *rest: Any, **named: Any) -> Any:
    return _getaddrinfo("127.0.0.1" if str(host).endswith(DOMAINS) else host, *rest, **named)


def seen(content: bytes) -> dict[str, Any]:
    """What goes out for content."""
    shown = {"size": len(content), "sha1": hashlib.sha1(content).hexdigest()}
    return {**shown, "text": content.decode("utf-8", "replace")} if len(content) <= TEXT_BYTES else shown


def headers_of(given: Mapping[str, str]) -> dict[str, str]:
    """Headers by lower-case name."""
    return {name.lower(): value for name, value in given.items()}


def on_source(options: Mapping[str, Any]) -> dict[str, str]:
    """The headers of a copy; its conditions are on the source."""
    conditions = {f"x-oss-copy-source-{name.lower()}": value for name, value in options.get("conditions", {}).items()}
    return {**options.get("headers", {}), **conditions}


def _inward(value: Any) -> Any:
    if isinstance(value, dict) and "$bytes" in value:
        return base64.b64decode(value["$bytes"])
    if isinstance(value, dict) and "$file" in value:
        return Path(value["$file"]).open("rb")
    return value


def serve(methods: object, describe: Callable[[Exception], dict[str, Any]]) -> None:
    """Answer calls of the methods until standard input ends; `describe` tells what an SDK's error says."""
    socket.getaddrinfo = _at_home
    for line in sys.stdin:
        call = json.loads(line)
        given = [_inward(value) for value in call["args"]]
        try:
            answer = {"value": getattr(methods, call["method"])(*given)}
        except Exception as error:  # noqa: BLE001 -- whatever the SDK raises is its answer
            answer = {"error": {"name": type(error).__name__, "message": str(error), **describe(error)}}
        for value in given:
            if hasattr(value, "close"):
                value.close()
        print(MARK + json.dumps(answer), flush=True)
