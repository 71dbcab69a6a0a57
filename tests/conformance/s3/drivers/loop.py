"""What the S3 drivers share: one call per line, and values that JSON lacks.

Law: runs on the interpreter of the clients' own environment and imports nothing of this project. Inward:
`{"$bytes": base64}`, `{"$slice": [path, offset, size]}` (a file object over it), `{"$time": seconds}`. Outward:
`{"$bytes": base64}` up to 64 KiB, above that `{"$big": {"size", "sha1"}}`; times as `{"$time": seconds}`.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import io
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

MARK = "\x1e"
BIG = 64 * 1024


def inward(value: Any) -> Any:
    """A JSON argument as the client wants it."""
    if isinstance(value, list):
        return [inward(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$bytes" in value:
        return base64.b64decode(value["$bytes"])
    if "$time" in value:
        return dt.datetime.fromtimestamp(value["$time"], dt.UTC)
    if "$slice" in value:
        path, offset, size = value["$slice"]
        with Path(path).open("rb") as file:
            file.seek(offset)
            return io.BytesIO(file.read(size))
    return {name: inward(item) for name, item in value.items()}


def outward(value: Any) -> Any:
    """What the client returned, as JSON."""
    if isinstance(value, bytes | bytearray | memoryview):
        content = bytes(value)
        if len(content) <= BIG:
            return {"$bytes": base64.b64encode(content).decode("ascii")}
        return {"$big": {"size": len(content), "sha1": hashlib.sha1(content).hexdigest()}}
    if isinstance(value, dt.datetime):
        return {"$time": value.timestamp()}
    if isinstance(value, Mapping):
        return {str(name): outward(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [outward(item) for item in value]
    if hasattr(value, "read"):
        return outward(value.read())
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)


def serve(perform: Callable[[str, list[Any], dict[str, Any]], Any], describe: Callable[[Exception], Any]) -> None:
    """Answer calls until standard input ends; an exception is reported as what `describe` makes of it."""
    answers = sys.stdout
    sys.stdout = sys.stderr  # whatever the client prints must not come between
    for line in sys.stdin:
        call = json.loads(line)
        try:
            value = perform(call["method"], inward(call["args"]), inward(call["kwargs"]))
            answer = {"value": outward(value)}
        except Exception as error:  # noqa: BLE001
            answer = {"error": describe(error)}
        answers.write(MARK + json.dumps(answer) + "\n")
        answers.flush()
