"""Sign requests, for load only.

Law: pure functions of their arguments; the clock is an argument. Written apart from the server's verifier,
so that a benchmark never measures a signature that only the server's own code would accept.

Source: COS JSON API, signature chapter (`base64(HMAC-SHA1(secret, text) + text)`, multi-use, empty `f`);
AWS Signature Version 4, query form, UNSIGNED-PAYLOAD.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from dataclasses import dataclass
from urllib.parse import quote

APPID = "1250000000"
KEY_ID = "entrepot-bench-id"
SECRET = "entrepot-bench-secret"


def cos_multi(bucket: str, *, now: float, ttl_seconds: int = 3600) -> str:
    """One multi-use COS JSON signature for every key of `bucket`, valid for `ttl_seconds`."""
    start = int(now)
    text = f"a={APPID}&b={bucket}&k={KEY_ID}&e={start + ttl_seconds}&t={start}&r=4711&f=".encode()
    return base64.b64encode(hmac.digest(SECRET.encode(), text, "sha1") + text).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Presigner:
    """Presigns S3 requests for one host and one moment; the folded key is computed once."""

    host: str
    key_id: str
    secret: str
    now: float
    region: str = "us-east-1"
    ttl_seconds: int = 3600

    def urls(self, method: str, paths: list[str]) -> list[str]:
        """The presigned targets (path and query) of `paths`, in their order."""
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self.now))
        scope = f"{stamp[:8]}/{self.region}/s3/aws4_request"
        key = ("AWS4" + self.secret).encode()
        for word in scope.split("/"):
            key = hmac.digest(key, word.encode(), "sha256")
        query = (
            f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={quote(f'{self.key_id}/{scope}', safe='')}"
            f"&X-Amz-Date={stamp}&X-Amz-Expires={self.ttl_seconds}&X-Amz-SignedHeaders=host"
        )
        signed = []
        for path in paths:
            request = f"{method}\n{path}\n{query}\nhost:{self.host}\n\nhost\nUNSIGNED-PAYLOAD"
            digest = hashlib.sha256(request.encode()).hexdigest()
            text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}"
            seal = hmac.digest(key, text.encode(), "sha256").hex()
            signed.append(f"{path}?{query}&X-Amz-Signature={seal}")
        return signed
