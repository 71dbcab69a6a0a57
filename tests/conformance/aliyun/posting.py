"""Posting forms by plain HTTP, as a browser or `requests` does.

Law: knows nothing of signatures; `framed` writes a body by hand where a form is not as an HTTP library makes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import requests
from defusedxml import ElementTree

from conformance.server import BUCKET, Server

BOUNDARY = "----conformance7d9f"
FRAMED = f"multipart/form-data; boundary={BOUNDARY}"
File = tuple[Any, ...]


def post(
    server: Server,
    fields: Mapping[str, str],
    content: bytes = b"content",
    name: str = "a.txt",
    kind: str | None = None,
    bucket: str = BUCKET,
    **headers: str,
) -> requests.Response:
    """Post a form with these fields before the file."""
    file: File = (name, content, kind) if kind else (name, content)
    parts = [(field, (None, value)) for field, value in fields.items()]
    return _send(f"{server.address}/{bucket}/", files=[*parts, ("file", file)], headers=headers)


def framed(parts: Iterable[tuple[str, str | None, bytes]], end: str = f"--{BOUNDARY}--\r\n") -> bytes:
    """A body of parts: field name, file name or None, and content."""
    body = b""
    for field, name, content in parts:
        also = "" if name is None else f'; filename="{name}"\r\nContent-Type: text/plain'
        body += (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"{also}\r\n\r\n'.encode() + content + b"\r\n"
        )
    return body + end.encode()


def post_raw(server: Server, body: bytes, kind: str = FRAMED, host: str | None = None) -> requests.Response:
    """Post a body that was written by hand, to the bucket's path or to the bucket's host."""
    headers = {"Content-Type": kind, **({"Host": host} if host else {})}
    return _send(server.address + ("/" if host else f"/{BUCKET}/"), data=body, headers=headers)


def _send(url: str, **more: Any) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False  # no proxy of this machine's user
        return session.post(url, allow_redirects=False, timeout=30, **more)


def told(response: requests.Response) -> dict[str, str]:
    """The members of a reply's document."""
    assert b"xmlns" not in response.content
    return {child.tag: child.text or "" for child in ElementTree.fromstring(response.content)}


def refused(response: requests.Response, status: int, code: str) -> str:
    """Assert how a form was refused; returns the message."""
    said = told(response)
    assert (response.status_code, said["Code"]) == (status, code), response.content
    assert response.headers["Content-Type"] == "application/xml"
    assert said["RequestId"] == response.headers["x-oss-request-id"]
    assert said["HostId"]
    return said["Message"]
