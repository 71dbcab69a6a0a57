"""Addresses of the store that a client may read one blob at, for a short time.

Signature version 4 in the query, of the host alone, so that a client sends no more than an address. The time that it
counts from is the caller's, who takes one from before he knew that the blob has a name: then the address is over
before the blob may be swept. Knows nothing of who is given one.

Source: docs.aws.amazon.com/AmazonS3/latest/API (sigv4-query-string-auth, GetObject: response-* parameters).
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from entrepot.adapters.s3_backend.address import Credentials
from entrepot.adapters.s3_backend.bucket import Bucket
from entrepot.adapters.s3_backend.calls import signature, text_of


class Addresses:
    """Signs addresses. ``endpoint`` is where clients reach the store, None for the place's own."""

    def __init__(self, bucket: Bucket, credentials: Credentials, seconds: float, endpoint: str | None = None) -> None:
        self._bucket = bucket
        self._credentials = credentials
        self._seconds = int(seconds)
        there = _as_sent(endpoint or bucket.place.endpoint)
        self.bucket_url = dataclasses.replace(bucket.place, endpoint=there).bucket_url

    def of(self, name: str, since: float, said: Mapping[str, str]) -> str | None:
        """Where a blob is read until so long after ``since``, with these headers. None while the store is away."""
        if self._bucket.health.failure is not None:
            return None
        return self.of_key(self._bucket.key(name), since, said)

    def of_key(self, key: str, since: float, said: Mapping[str, str]) -> str:
        """The same of any key."""
        at = datetime.fromtimestamp(since, UTC).strftime("%Y%m%dT%H%M%SZ")
        scope = f"{at[:8]}/{self._bucket.place.region}/s3/aws4_request"
        query = {f"response-{header}": value for header, value in said.items()} | {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"{self._credentials.key_id}/{scope}",
            "X-Amz-Date": at,
            "X-Amz-Expires": str(self._seconds),
            "X-Amz-SignedHeaders": "host",
        }
        if self._credentials.token is not None:
            query["X-Amz-Security-Token"] = self._credentials.token
        url = f"{self.bucket_url}/{quote(key, safe='/~')}"
        parts, text = urlsplit(url), text_of(query)
        canonical = f"GET\n{parts.path}\n{text}\nhost:{parts.netloc}\n\nhost\nUNSIGNED-PAYLOAD"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        return f"{url}?{text}&X-Amz-Signature={signature(self._credentials, at, scope, digest)}"


def _as_sent(endpoint: str) -> str:
    """An endpoint as clients name it in the Host header, which is signed: in lower case, a usual port left out."""
    scheme, _, host = endpoint.lower().partition("://")
    return f"{scheme}://{host.removesuffix(':443' if scheme == 'https' else ':80')}"
