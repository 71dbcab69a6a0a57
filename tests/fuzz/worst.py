"""The worst that each parser of outside bytes can be given, of any size. Data, and what makes it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator

from behaviour.client import BOUNDARY, DEV, Part
from behaviour.storage import forms
from behaviour.storage.clouds import CLOUDS, OSS, S3, Cloud

from .asks import BUCKET, FORM_TYPE, Ask, encoded_json, form, json_api, plain, storage

Make = Callable[[int], Ask]
"""A request of about so many bytes; what cannot be so long is as long as it can be."""
HEAD_BYTES = 24_000
"""What fits into a request's head beside a signature."""
CALLS = {
    "ms": "ms.tencentcloudapi.com", "sts": "sts.aliyuncs.com", "aws": "sts.amazonaws.com",
    "vms": "open.volcengineapi.com",
}  # fmt: skip


def _head(size: int) -> int:
    return min(size, HEAD_BYTES)


def _document(cloud: Cloud, sub: str, body: bytes, method: str = "PUT") -> Ask:
    digest = base64.b64encode(hashlib.md5(body).digest()).decode()
    return storage(cloud, method, query=[(sub, "")], headers=[("Content-MD5", digest)], body=body)


def _in_heads(cloud: Cloud) -> dict[str, Make]:
    prefix = cloud.prefix
    put = lambda name, text: lambda n: storage(cloud, "PUT", "/k", headers=[(name, text(_head(n)))], body=b"x")  # noqa: E731
    get = lambda name, text: lambda n: storage(cloud, "GET", "/k", headers=[(name, text(_head(n)))])  # noqa: E731
    return {
        "blanks in content-encoding": put("Content-Encoding", lambda n: f"x{' ' * n}x"),
        "commas in content-encoding": put("Content-Encoding", lambda n: "," * n),
        "tags": put(f"{prefix}tagging", lambda n: "a&" * (n // 2)),
        "dots in copy-source": put(f"{prefix}copy-source", lambda n: "/" + "%2e/" * (n // 4)),
        "ranges": get("Range", lambda n: "bytes=" + "0-1," * (n // 4) + "5-6"),
        "entity tags": get("If-None-Match", lambda n: '"a",' * (n // 4) + '"b"'),
        "parameters": lambda n: storage(cloud, "GET", query=[(f"a{i}", "") for i in range(_head(n) // 8)]),
        "ampersands": lambda n: plain(
            "GET", f"/{cloud.bucket_text(DEV, BUCKET)}/k?".encode() + b"&a" * (_head(n) // 2)
        ),
    }


def _in_documents(cloud: Cloud) -> dict[str, Make]:
    made: dict[str, Make] = {
        "keys to delete": lambda n: _document(
            cloud, "delete", cloud.deletion([f"k{i}" for i in range(n // 40)]), "POST"
        ),
        "parts": lambda n: storage(
            cloud, "POST", "/k", [("uploadId", "x")], body=cloud.parts([(i + 1, '"a"') for i in range(n // 60)])
        ),
    }
    if cloud.json:
        return made | {
            "rules": lambda n: _document(cloud, "cors", json.dumps({"CORSRules": [{}] * (n // 4)}).encode()),
            "nesting": lambda n: _document(cloud, "cors", b'{"CORSRules":' + b"[" * n),
            "members": lambda n: _document(cloud, "cors", json.dumps({f"a{i}": 1 for i in range(n // 10)}).encode()),
        }
    start, end = b"<CORSConfiguration>", b"</CORSConfiguration>"
    inside: dict[str, Callable[[int], bytes]] = {
        "rules": lambda n: b"<CORSRule/>" * (n // 11),
        "origins": lambda n: (
            b"<CORSRule><AllowedMethod>GET</AllowedMethod>"
            + b"<AllowedOrigin>*</AllowedOrigin>" * (n // 32)
            + b"</CORSRule>"
        ),
        "references": lambda n: b"<CORSRule><ID>" + b"&#65;" * (n // 5) + b"</ID></CORSRule>",
        "comments": lambda n: b"<!---->" * (n // 7),
        "instructions": lambda n: b"<?a?>" * (n // 5),
        "sections": lambda n: b"<![CDATA[]]>" * (n // 12),
        "nesting": lambda n: b"<a>" * (n // 3),
        "attributes": lambda n: b"<a " + b" ".join(b"a%d='1'" % i for i in range(n // 10)) + b"/>",
        "name spaces": lambda n: b"".join(b"<a xmlns:b%d='u'>" % i for i in range(n // 18)),
    }
    return made | {
        name: lambda n, text=text: _document(cloud, "cors", start + text(n) + end)  # type: ignore[misc]
        for name, text in inside.items()
    }


def _framed(size: int, chunks: bytes, trailers: bytes = b"") -> Ask:
    headers = [
        ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"), ("Content-Encoding", "aws-chunked"),
        ("x-amz-decoded-content-length", str(size)), ("x-amz-trailer", "x-amz-checksum-crc32"),
    ]  # fmt: skip
    return storage(S3, "PUT", "/k", headers=headers, body=chunks + b"0\r\n" + trailers + b"\r\n")


def _open_form(rest: bytes, disposition: bytes = b'form-data; name="a"') -> Ask:
    body = b"--" + BOUNDARY.encode() + b"\r\nContent-Disposition: " + disposition + b"\r\n\r\n" + rest
    return plain("POST", f"/{BUCKET}/".encode(), [("Content-Type", FORM_TYPE)], body)


_FORMS: dict[str, Make] = {
    "fields": lambda n: form([Part(name=f"f{i}", value="") for i in range(n // 80)]),
    "one field": lambda n: form([Part(name="policy", value="")] * (n // 80)),
    "a field's header": lambda n: form([Part(name="a", value="x", headers=("X: " + "a" * n,))]),
    "boundaries that are none": lambda n: _open_form((b"\r\n--" + BOUNDARY.encode()[:-1]) * (n // 24)),
    "line ends": lambda n: _open_form(b"\r\n" * (n // 2)),
    "dispositions": lambda n: _open_form(b"", b"form-data; " + b'a="b"; ' * (n // 7)),
    "quotes": lambda n: _open_form(b"", b'form-data; name="' + b'\\"' * (n // 2)),
}


class _Post:
    """What `forms` asks of a speaker."""

    def __init__(self, text: str) -> None:
        self.owner, self.text = DEV, text


def _posted(kind: forms.Kind, made: forms.Form) -> Ask:
    text = BUCKET if kind.cloud != "cos" else f"{BUCKET}-{DEV.appid}"
    body = forms.body_of(kind, _Post(text), made)  # type: ignore[arg-type]
    return plain("POST", f"/{text}/".encode(), [("Content-Type", FORM_TYPE)], body)


def _in_forms(kind: forms.Kind) -> dict[str, Make]:
    nested = b'{"expiration":"2099-01-01T00:00:00Z","conditions":'
    return {
        "conditions": lambda n: _posted(kind, forms.Form(conditions=[["starts-with", "$key", ""]] * (n // 40))),
        "nested conditions": lambda n: _posted(
            kind, forms.Form(text=base64.b64encode(nested + b"[" * (n * 2 // 3)).decode())
        ),
        "blanks in content-encoding": lambda n: _posted(kind, forms.Form(unnamed={"Content-Encoding": f"x{' ' * n}"})),
    }


def _calls(host: str) -> dict[str, Make]:
    posted = [("Content-Type", "application/x-www-form-urlencoded")]
    return {
        "parameters": lambda n: plain("GET", b"/?" + b"&".join(b"a%d=1" % i for i in range(_head(n) // 8)), host=host),
        "fields": lambda n: plain("POST", b"/", posted, b"&".join(b"a%d=1" % i for i in range(n // 8)), host),
        "dots": lambda n: plain("POST", b"/", posted, b"Version=2011-06-15&a" + b".1" * (n // 2) + b"=1", host),
        "escapes": lambda n: plain("POST", b"/", posted, b"Action=AssumeRole&a=" + b"%25" * (n // 3), host),
        "nesting": lambda n: plain("POST", b"/", [("Content-Type", "application/json")], b'{"a":' + b"[" * n, host),
        "credentials": lambda n: plain("GET", b"/?" + b"X-Amz-Credential=/sts/" * (_head(n) // 22), host=host),
        "scopes": lambda n: plain(
            "GET", b"/", [("Authorization", "HMAC-SHA256 " + "Credential=" * (_head(n) // 11))], host=host
        ),
    }


_JSON_API: dict[str, Make] = {
    "nesting": lambda n: json_api(b'{"op":' + b"[" * n),
    "members": lambda n: json_api(json.dumps({f"a{i}": 1 for i in range(n // 10)}).encode()),
    "one member": lambda n: json_api(b"{" + b",".join([b'"op":1'] * (n // 7)) + b"}"),
    "a number": lambda n: json_api(b'{"op":' + b"9" * n + b"}"),
    "headers": lambda n: json_api(
        json.dumps({"op": "update", "custom_headers": {f"x-cos-meta-{i}": "v" for i in range(n // 25)}}).encode()
    ),
    "a signature": lambda n: plain(
        "GET", b"/files/v2/1250000000/demo/k?op=stat",
        [("Authorization", base64.b64encode(b"x" * 20 + b"a&" * (_head(n) // 3)).decode())],
    ),
}  # fmt: skip
_SIGNATURES: dict[str, Make] = {
    "a list of q-sign": lambda n: plain("GET", b"/demo-1250000000/k", [(
        "Authorization",
        "q-sign-algorithm=sha1&q-ak=entrepot-dev-id&q-sign-time=1;9999999999&q-key-time=1;9999999999&q-header-list="
        + ";".join(f"a{i}" for i in range(_head(n) // 7)) + f"&q-url-param-list=&q-signature={'a' * 40}",
    )]),
    "blanks": lambda n: plain("GET", b"/demo/k", [("Authorization", f"AWS4-HMAC-SHA256 Credential={' ' * _head(n)}")]),
    "headers of a preflight": lambda n: plain("OPTIONS", b"/demo/k", [
        ("Origin", "http://x"), ("Access-Control-Request-Method", "PUT"),
        ("Access-Control-Request-Headers", "a," * (_head(n) // 2)),
    ]),
    "callback addresses": lambda n: storage(OSS, "PUT", "/k", headers=[(
        "x-oss-callback",
        encoded_json({"callbackUrl": ";".join(["http://192.0.2.1/"] * (_head(n) // 24)), "callbackBody": "a"}),
    )], body=b"x"),
    "chunks of one byte": lambda n: _framed(n // 6, b"1\r\na\r\n" * (n // 6), b"x-amz-checksum-crc32:AAAAAA==\r\n"),
    "trailers": lambda n: _framed(0, b"", b"a:b\r\n" * (n // 5)),
}  # fmt: skip


def worst() -> Iterator[tuple[str, Make]]:
    """Every case with its name."""
    tables = {"signing": _SIGNATURES, "form": _FORMS, "cos_json": _JSON_API}
    tables |= {f"{cloud.name} head": _in_heads(cloud) for cloud in CLOUDS}
    tables |= {f"{cloud.name} document": _in_documents(cloud) for cloud in CLOUDS}
    tables |= {f"{kind.name} form": _in_forms(kind) for kind in forms.KINDS}
    tables |= {f"{name} call": _calls(host) for name, host in CALLS.items()}
    for where, table in tables.items():
        for name, make in table.items():
            yield f"{where}: {name}", make
