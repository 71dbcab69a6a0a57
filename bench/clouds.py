"""The S3-like dialects that the benchmark speaks: what each writes differently, and requests in it.

Law: the wire as a client sees it; knows nothing of the server's code. A dialect is data and pure functions; a
`Speaker` is a dialect with an address and a credential, and does no I/O either.

Source: AWS "Amazon S3 API Reference"; wire facts of Tencent §7, Alibaba §5, Volcengine §3.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

from bench.sign import APPID, AWS4, OSS4, TOS4, Ask, Credential, Pairs, Signed, Signer, presigned, q_sign


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """One cloud's way to say things. `appid`: bucket names carry the appid; `second`: it has the second listing."""

    name: str
    sign: Signer
    appid: bool = False
    json: bool = False
    second: bool = True

    def bucket(self, name: str) -> str:
        """A bucket's name as its clients say it."""
        return f"{name}-{APPID}" if self.appid else name

    def upload_id(self, body: bytes) -> str:
        """The id in the answer to an initiated upload. Raises ValueError when there is none."""
        return self._one(body, "UploadId")

    def next_token(self, body: bytes) -> str:
        """What leads to the page after this one of the second listing. Raises ValueError when there is none."""
        return self._one(body, "NextContinuationToken")

    def keys(self, body: bytes) -> list[str]:
        """The keys on a page of a listing."""
        if self.json:
            return [entry["Key"] for entry in json.loads(body).get("Contents", [])]
        return re.findall("<Key>([^<]*)</Key>", body.decode())

    def completion(self, etags: list[str]) -> bytes:
        """What completes an upload whose parts have these entity tags."""
        if self.json:
            parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
            return json.dumps({"Parts": parts}).encode()
        text = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>" for number, etag in enumerate(etags, 1)
        )
        return f"<CompleteMultipartUpload>{text}</CompleteMultipartUpload>".encode()

    def _one(self, body: bytes, name: str) -> str:
        if self.json:
            found = str(json.loads(body).get(name) or "")
        else:
            match = re.search(f"<{name}>([^<]+)</{name}>", body.decode())
            found = match[1] if match else ""
        if not found:
            raise ValueError(f"no {name} in {body[:300]!r}")
        return found


CLOUDS: Mapping[str, Cloud] = {
    cloud.name: cloud
    for cloud in (
        Cloud(name="cos_xml", sign=q_sign, appid=True, second=False),
        Cloud(name="oss", sign=OSS4.sign),
        Cloud(name="tos", sign=TOS4.sign, json=True),
        Cloud(name="s3", sign=AWS4.sign),
        Cloud(name="s3-presigned", sign=presigned),  # what the S3 peers are spoken to in
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Somebody who speaks a dialect to one server about one bucket. `prefix` begins each key that it is asked for."""

    cloud: str
    port: int
    credential: Credential
    bucket: str = "demo"
    prefix: str = ""

    def ask(self, method: str, key: str = "", query: Pairs = (), *, ago: float = 0) -> Signed:
        """A request, signed `ago` seconds ago."""
        cloud = CLOUDS[self.cloud]
        ask = Ask(
            method=method, host=f"127.0.0.1:{self.port}", bucket=cloud.bucket(self.bucket),
            key=self.prefix + key if key else "", query=query,
        )  # fmt: skip
        return cloud.sign(self.credential, ask, time.time() - ago)
