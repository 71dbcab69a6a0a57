"""PyPI qcloud_cos_py3 0.1.4, unmodified: every method of one CosBucket, one call per line.

Law: runs on the interpreter of the SDK's own environment and imports nothing of this project. A file stream
is written `{"stream": path}`; bytes that come back are written `{"size", "sha1"}`. With an address, the host
that the SDK has as a literal is replaced in a subclass; without one the SDK is entirely its own, and
`http_proxy` leads it to the server.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
from pathlib import Path
from typing import Any

from qcloud_cos_py3 import CosBucket

MARK = "\x1e"


def bucket_at(address: str | None) -> type[Any]:
    """CosBucket itself, or one whose URLs begin with `address`."""
    if address is None:
        return CosBucket

    class Addressed(CosBucket):  # type: ignore[misc]
        def _format_url(self, url_pattern: str, **extra: str) -> str:
            url = super()._format_url(url_pattern, **extra)
            return address + url.removeprefix(f"http://{self.config.region}.file.myqcloud.com")

    return Addressed


def inward(value: Any) -> Any:
    """A JSON argument as the SDK wants it."""
    if isinstance(value, dict) and "stream" in value:
        return io.BytesIO(Path(value["stream"]).read_bytes())
    return value


def outward(value: Any) -> Any:
    """What the SDK returned, as JSON."""
    if isinstance(value, bytes):
        return {"size": len(value), "sha1": hashlib.sha1(value).hexdigest()}
    return value


def perform(bucket: Any, method: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """One call; `sign_*` are the signer's, everything else the bucket's."""
    owner = bucket.signer if method.startswith("sign_") else bucket
    return outward(getattr(owner, method)(*map(inward, args), **{key: inward(kwargs[key]) for key in kwargs}))


def main() -> None:
    """Answer calls until standard input ends."""
    bucket: Any = None
    for line in sys.stdin:
        call = json.loads(line)
        try:
            if call["method"] == "configure":
                address, *credentials = call["args"]
                bucket = bucket_at(address)(*credentials)
                answer = {"value": None}
            else:
                answer = {"value": perform(bucket, call["method"], call["args"], call["kwargs"])}
        except Exception as error:  # noqa: BLE001
            answer = {"error": {"name": type(error).__name__, "message": str(error)}}
        print(MARK + json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
