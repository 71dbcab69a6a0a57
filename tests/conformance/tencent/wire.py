"""The q-sign signature and plain HTTP requests to the COS XML API: what an application does without an SDK.

Law: standard library only, written from the specification; nothing of the server is used to test the server.
`test_plain_http.py` holds the signature to the vendor's published examples.
Source: wire facts of Tencent Cloud, §6 (signature) and §7 (addresses, operations).
"""

from __future__ import annotations

import hashlib
import hmac
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from conformance.plain_http import Answer, request
from conformance.server import APPID, KEY_ID, SECRET

REGION = "ap-guangzhou"
EVERYBODY = "http://cam.qcloud.com/groups/global/AllUsers"
Pairs = Mapping[str, str]

ODD_KEYS = (
    "spa ce.txt",
    "plus+sign.txt",
    "per%cent%2F%20.txt",
    "double//slash.txt",
    ".leading/.dots.txt",
    "quote'\"`.txt",
    "amp&lt;<tag>.txt",
    "q?a=b&c#d.txt",
    "semi;colon:,@$.txt",
    "tilde~!()*[]{}|^.txt",
    "back\\slash.txt",
    "中文 文件 名.txt",
    "emoji-😀🎉.txt",
    "trailing/",
)
DOTTED_KEYS = ("a./b.txt", "a/../b.txt", "x/./y.txt")
"""A browser folds these itself before anything is sent; the other clients keep them."""


def full(bucket: str) -> str:
    """`<name>-<appid>`, as requests name a bucket."""
    return f"{bucket}-{APPID}"


def host(bucket: str, suffix: str = "myqcloud.com") -> str:
    """The host name of a bucket."""
    return f"{full(bucket)}.cos.{REGION}.{suffix}"


def encoded(text: str) -> str:
    """Everything but unreserved characters as %XX."""
    return quote(text, safe="-_.~")


def _folded(items: Pairs) -> tuple[str, str]:
    """The list of names and the canonical text of parameters or headers."""
    pairs = sorted((encoded(name).lower(), encoded(value)) for name, value in items.items())
    return ";".join(name for name, _ in pairs), "&".join(f"{name}={value}" for name, value in pairs)


def mac(key: str, text: str) -> str:
    """HMAC-SHA1 in hex; of a time span with the secret it is the SignKey."""
    return hmac.digest(key.encode(), text.encode(), hashlib.sha1).hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """One key; `start` and `seconds` say when its signatures hold (default: from a minute ago for ten minutes)."""

    key_id: str = KEY_ID
    secret: str = SECRET
    start: int | None = None
    seconds: int = 660

    def span(self) -> str:
        """The `start;end` of a signature made now."""
        start = int(time.time()) - 60 if self.start is None else self.start
        return f"{start};{start + self.seconds}"

    def fields(self, method: str, path: str, query: Pairs, headers: Pairs, span: str = "") -> dict[str, str]:
        """The seven `q-` fields; `path` is decoded and starts with a slash."""
        span = span or self.span()
        names, values = _folded(query)
        header_names, header_values = _folded(headers)
        http = f"{method.lower()}\n{path}\n{values}\n{header_values}\n"
        text = f"sha1\n{span}\n{hashlib.sha1(http.encode()).hexdigest()}\n"
        return {
            "q-sign-algorithm": "sha1",
            "q-ak": self.key_id,
            "q-sign-time": span,
            "q-key-time": span,
            "q-header-list": header_names,
            "q-url-param-list": names,
            "q-signature": mac(mac(self.secret, span), text),
        }

    def authorization(self, method: str, path: str, query: Pairs, headers: Pairs, span: str = "") -> str:
        """The value of the `Authorization` header."""
        return "&".join(f"{name}={value}" for name, value in self.fields(method, path, query, headers, span).items())

    def policy_fields(self, policy: str, span: str) -> dict[str, str]:
        """The form fields that sign the policy's text."""
        digest = hashlib.sha1(policy.encode()).hexdigest()
        return {
            "q-sign-algorithm": "sha1",
            "q-ak": self.key_id,
            "q-key-time": span,
            "q-signature": mac(mac(self.secret, span), digest),
        }


class Cos:
    """Plain requests to one server; `address` is `http://127.0.0.1:PORT`."""

    def __init__(self, address: str, signer: Signer | None = None) -> None:
        self.address = address
        self.signer = signer or Signer()

    def __call__(
        self,
        method: str,
        bucket: str,
        key: str = "",
        *,
        query: Pairs | None = None,
        headers: Pairs | None = None,
        body: bytes = b"",
        signed: bool = True,
        signer: Signer | None = None,
    ) -> Answer:
        """One request, addressed by the bucket's host name."""
        name = host(bucket)
        sent = {"Host": name, **(headers or {})}
        if signed:
            signing = (signer or self.signer).authorization(method, f"/{key}", query or {}, {"host": name})
            sent["Authorization"] = signing
        url = f"{self.address}/{quote(key, safe='/-_.~')}" + (f"?{urlencode(query, quote_via=quote)}" if query else "")
        return request(method, url, body=body, headers=sent)

    def presigned(self, method: str, bucket: str, key: str, query: Pairs | None = None, **signer: int) -> str:
        """A URL on the bucket's host name that carries its signature; follow it with `follow`."""
        fields = Signer(**signer).fields(method, f"/{key}", query or {}, {"host": host(bucket)})
        return f"http://{host(bucket)}/{quote(key)}?{urlencode({**fields, **(query or {})}, quote_via=quote)}"

    def follow(self, url: str, method: str = "GET", body: bytes = b"", headers: Pairs | None = None) -> Answer:
        """Send a request for a URL on any host name to the server, as to a proxy."""
        return request(method, url, body=body, headers=headers, via=self.address)

    def make(self, bucket: str) -> None:
        """Create a bucket that must not exist yet."""
        answer = self("PUT", bucket)
        assert answer.status == 200, (answer.status, answer.body)

    def stored(self, bucket: str, key: str) -> bytes:
        """The bytes under a key, which must exist."""
        answer = self("GET", bucket, key)
        assert answer.status == 200, (answer.status, answer.body)
        return answer.body

    def parts(self, bucket: str, key: str) -> dict[str, set[int]]:
        """The parts that the server holds for unfinished uploads of a key, by upload id."""
        listing = ET.fromstring(self("GET", bucket, query={"uploads": "", "prefix": key}).body)  # noqa: S314 -- our own
        found: dict[str, set[int]] = {}
        for upload in listing.findall("Upload"):
            if upload.findtext("Key") == key:
                name = upload.findtext("UploadId") or ""
                parts = ET.fromstring(self("GET", bucket, key, query={"uploadId": name}).body)  # noqa: S314
                found[name] = {int(number.text or 0) for number in parts.iterfind("Part/PartNumber")}
        return found


def code_of(answer: Answer) -> tuple[int, str]:
    """The status and the code of an error reply, which must have all of the documented elements."""
    error = ET.fromstring(answer.body)  # noqa: S314 -- the server under test
    assert error.tag == "Error"
    missing = {"Code", "Message", "Resource", "RequestId", "TraceId"} - {child.tag for child in error}
    assert not missing, answer.body
    assert answer.headers["x-cos-request-id"] == error.findtext("RequestId")
    return answer.status, error.findtext("Code") or ""


def cors(*origins: str, methods: Iterable[str] = ("GET", "PUT", "POST", "DELETE", "HEAD")) -> bytes:
    """A CORS configuration as browser applications need it."""
    exposed = ("ETag", "Content-Length", "Date", "x-cos-request-id", "x-cos-hash-crc64ecma", "x-cos-meta-colour")
    elements = [("AllowedOrigin", origin) for origin in origins] + [("AllowedMethod", method) for method in methods]
    elements += [("AllowedHeader", "*"), *(("ExposeHeader", name) for name in exposed), ("MaxAgeSeconds", "600")]
    rule = "".join(f"<{name}>{value}</{name}>" for name, value in elements)
    return f"<CORSConfiguration><CORSRule>{rule}</CORSRule></CORSConfiguration>".encode()
