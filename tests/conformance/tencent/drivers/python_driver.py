"""PyPI cos-python-sdk-v5, unmodified: every method of one CosS3Client, one call per line.

Law: runs on the interpreter of the SDK's own environment and imports nothing of this project. A body is written
`{"file": path}`, `{"text": text}` or `{"pieces": [text, ...]}` (a generator: sent chunked); a body that comes
back is written `{"size", "md5", "text"}`.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import crcmod
from qcloud_cos import CosClientError, CosConfig, CosS3Client, CosServiceError
from qcloud_cos.streambody import StreamBody

MARK = "\x1e"
CRC64 = crcmod.mkCrcFun(0x142F0E1EBA9EA3693, initCrc=0, xorOut=0xFFFFFFFFFFFFFFFF, rev=True)  # as the SDK makes it
SHOWN_BYTES = 4096


def inward(value: Any) -> Any:
    """A JSON argument as the SDK wants it."""
    match value:
        case {"file": str() as path}:
            return Path(path).open("rb")
        case {"text": str() as text}:
            return text.encode()
        case {"pieces": list() as pieces}:
            return (piece.encode() for piece in pieces)
    return value


def body(stream: StreamBody) -> dict[str, Any]:
    """What a download brought."""
    content = b"".join(stream.get_stream(1 << 20))
    text = content[:SHOWN_BYTES].decode("utf-8", "replace")
    return {"size": len(content), "md5": hashlib.md5(content).hexdigest(), "text": text}


def outward(value: Any) -> Any:
    """What the SDK returned, as JSON."""
    if isinstance(value, dict):
        return {str(key): outward(item) for key, item in value.items()}
    return body(value) if isinstance(value, StreamBody) else value


def failure(error: Exception) -> dict[str, Any]:
    """What the SDK raised; it tells service errors from its own."""
    told = {"name": type(error).__name__, "message": str(error)}
    if isinstance(error, CosServiceError):
        digest = error.get_digest_msg()
        fields = {} if isinstance(digest, str) else dict(digest)
        return {**told, "status": error.get_status_code(), "code": fields.get("code"), "fields": fields}
    return told | ({"code": "client"} if isinstance(error, CosClientError) else {})


def configured(settings: dict[str, Any]) -> CosS3Client:
    """A client; `Retry` and `CopyThreshold` are not settings of CosConfig."""
    retry, threshold = settings.pop("Retry", 1), settings.pop("CopyThreshold", 0)
    config = CosConfig(**settings)
    config.set_copy_part_threshold_size(threshold)
    return CosS3Client(config, retry=retry)


def main() -> None:
    """Answer calls until standard input ends."""
    client: Any = None
    for line in sys.stdin:
        call = json.loads(line)
        method, arguments = call["method"], {name: inward(value) for name, value in call["kwargs"].items()}
        try:
            if method == "configure":
                client = configured(arguments)
                answer = {"value": None}
            elif method == "crc64":
                answer = {"value": str(CRC64(Path(arguments["path"]).read_bytes()))}
            else:
                answer = {"value": outward(getattr(client, method)(**arguments))}
        except Exception as error:  # noqa: BLE001
            answer = {"error": failure(error)}
        print(MARK + json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
