"""Signed calls that obstore cannot make: what time it is at the store, and uploads in parts that nobody completed.

Signature version 4 with the SHA-256 of the body. Called from threads only; a call that a store does not answer in time
ends as one that failed.

Source: docs.aws.amazon.com/AmazonS3/latest/API (sigv4-auth-using-authorization-header, ListMultipartUploads,
AbortMultipartUpload, HeadBucket).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from urllib.parse import quote, urlsplit

import httpx

from entrepot.adapters.s3_backend.address import Credentials, Place
from entrepot.core.ports import Clock

_ELEMENT = re.compile(r"<(Key|UploadId|Initiated|IsTruncated|NextKeyMarker|NextUploadIdMarker)>([^<]*)<")
_PAGES_MAX = 100_000
_DATE_SECONDS = 2.0


class CallError(Exception):
    """A call that the store did not answer, or refused. The message holds no secret. ``status`` is 0 without answer."""

    def __init__(self, message: str, status: int = 0, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """An upload in parts that was begun and neither completed nor aborted."""

    key: str
    upload: str
    begun: datetime


class Calls:
    """A client of one bucket. ``clock`` gives the time that is signed; stores refuse one that is far off."""

    def __init__(self, place: Place, credentials: Credentials, seconds: float, clock: Clock) -> None:
        self._place = place
        self._credentials = credentials
        self._clock = clock
        self._client = httpx.Client(
            timeout=seconds, trust_env=False, follow_redirects=False, limits=httpx.Limits(max_connections=8)
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def now(self) -> datetime:
        """The time at the store, in whole seconds, cut off. Raises CallError also when the bucket may not be read."""
        answer = self._call("HEAD", "", {})
        try:
            return parsedate_to_datetime(answer.headers["date"]).astimezone(UTC)
        except (KeyError, ValueError):
            raise CallError("the store does not say what time it is (Date)", answer.status_code) from None

    def clock_ahead(self, machine: Clock) -> float | None:
        """How many seconds a clock of this machine is ahead of the store's, to a second; None where nobody says.

        What is not signed is refused, and dated, whatever the time.
        """
        before = machine()
        try:
            said = self._client.head(self._place.endpoint, timeout=_DATE_SECONDS).headers["date"]
            there = parsedate_to_datetime(said).timestamp() + 0.5  # its whole seconds are cut off
        except (httpx.HTTPError, KeyError, ValueError):
            return None
        after = machine()
        ahead = (before + after) / 2 - there
        return 0.0 if abs(ahead) <= 0.5 + (after - before) / 2 else ahead

    def unfinished(self, prefix: str) -> Iterator[Unfinished]:
        """Uploads in parts whose keys begin with ``prefix``, page by page. Raises CallError."""
        marks: dict[str, str] = {}
        for _ in range(_PAGES_MAX):
            try:
                text = self._call("GET", "", {"uploads": "", "prefix": prefix, **marks}).text
            except CallError as error:
                if error.code == "NoSuchUpload":  # what rclone's server says of a bucket that has none
                    return
                raise
            *uploads, _ = text.split("</Upload>")
            blocks = [upload.rpartition("<Upload>")[2] for upload in uploads]
            yield from filter(lambda one: one.key.startswith(prefix), map(_unfinished, blocks))
            said = dict(_ELEMENT.findall(text))
            following = {
                "key-marker": unescape(said.get("NextKeyMarker", "")),
                "upload-id-marker": unescape(said.get("NextUploadIdMarker", "")),
            }
            if said.get("IsTruncated") != "true" or following == marks or not following["key-marker"]:
                return
            marks = following

    def abort(self, one: Unfinished) -> None:
        """Throw an upload's parts away; one that is gone is fine. Raises CallError."""
        try:
            self._call("DELETE", f"/{one.key}", {"uploadId": one.upload})
        except CallError as error:
            if error.status != 404:
                raise

    def takes_damaged(self, key: str) -> bool:
        """Whether the store keeps bytes that are not those that were signed. Raises CallError."""
        try:
            self._call("PUT", f"/{key}", {}, b"damaged on its way", signed=b"sent")
        except CallError as error:
            if error.status:  # a refusal, with whatever status
                return False
            raise
        return True

    def read(self, address: str) -> httpx.Response:
        """What is at an address that is signed, to whoever asks. Raises CallError when nobody answers."""
        try:
            return self._client.get(address)
        except httpx.HTTPError as error:
            raise CallError(type(error).__name__) from None

    def _call(
        self, method: str, path: str, query: Mapping[str, str], body: bytes = b"", signed: bytes | None = None
    ) -> httpx.Response:
        url = self._place.bucket_url + quote(path, safe="/~")
        text = text_of(query)
        digest = hashlib.sha256(body if signed is None else signed).hexdigest()
        at = datetime.fromtimestamp(self._clock(), UTC)
        headers = _signed(at, f"{method}\n{urlsplit(url).path or '/'}\n{text}", digest, self._place, self._credentials)
        try:
            answer = self._client.request(method, f"{url}?{text}" if text else url, headers=headers, content=body)
        except httpx.HTTPError as error:
            raise CallError(f"the store does not answer ({type(error).__name__})") from None
        if answer.status_code >= 300:
            found = re.search(r"<Code>([A-Za-z]{1,60})</Code>", answer.text)
            code = found[1] if found else ""
            raise CallError(f"the store answers {answer.status_code} {code}".rstrip(), answer.status_code, code)
        return answer


def _unfinished(block: str) -> Unfinished:
    said = {name: unescape(value) for name, value in _ELEMENT.findall(block)}
    begun = datetime.fromisoformat(said.get("Initiated") or "9999-01-01T00:00:00Z")
    return Unfinished(key=said.get("Key", ""), upload=said.get("UploadId", ""), begun=begun.astimezone(UTC))


def _signed(now: datetime, asked: str, digest: str, place: Place, credentials: Credentials) -> dict[str, str]:
    """The headers of a request with its signature among them; ``asked`` is its method, path and query, in lines."""
    at = now.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{at[:8]}/{place.region}/s3/aws4_request"
    headers = {"host": urlsplit(place.bucket_url).netloc, "x-amz-content-sha256": digest, "x-amz-date": at}
    if credentials.token is not None:
        headers["x-amz-security-token"] = credentials.token
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = f"{asked}\n{lines}\n{names}\n{digest}"
    signed = signature(credentials, at, scope, hashlib.sha256(canonical.encode()).hexdigest())
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.key_id}/{scope}, SignedHeaders={names}, Signature={signed}"
    )
    return headers


def signature(credentials: Credentials, at: str, scope: str, canonical_digest: str) -> str:
    """The signature of a canonical request, of which the digest is given."""
    key = f"AWS4{credentials.secret}".encode()
    for word in (*scope.split("/"), f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{canonical_digest}"):
        key = hmac.digest(key, word.encode(), "sha256")
    return key.hex()


def text_of(query: Mapping[str, str]) -> str:
    """A query as it is signed and sent."""
    return "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(query.items()))
