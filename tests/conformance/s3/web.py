"""What a browser or curl does with what S3 clients hand out: follow a URL, send a form, read an error document.

Law: standard library only; nothing of the server is used to test the server.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from xml.etree import ElementTree as ET

from conformance.plain_http import Answer, request


def code(answer: Answer) -> tuple[str, int]:
    """The code of an error document, and the status."""
    return field(answer, "Code"), answer.status


def field(answer: Answer, name: str) -> str:
    """The text of one element below a document's root, empty without it."""
    try:
        root = ET.fromstring(answer.body)  # noqa: S314 -- of our own server
    except ET.ParseError:
        raise AssertionError(f"no XML document with status {answer.status}: {answer.body[:300]!r}") from None
    found = next((child for child in root if child.tag.rpartition("}")[2] == name), None)
    return "" if found is None else found.text or ""


def form(
    url: str,
    fields: Mapping[str, str],
    file: bytes | None,
    *,
    filename: str = "upload.bin",
    after: Mapping[str, str] | None = None,
) -> Answer:
    """POST a form as a browser does: the fields in order, then the file, then the fields `after`."""
    boundary = f"----form{secrets.token_hex(12)}"
    chunks: list[bytes] = []

    def add(name: str, value: str) -> None:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        chunks.append(head.encode() + value.encode() + b"\r\n")

    for name, value in fields.items():
        add(name, value)
    if file is not None:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
        chunks.append(head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + file + b"\r\n")
    for name, value in (after or {}).items():
        add(name, value)
    body = b"".join(chunks) + f"--{boundary}--\r\n".encode()
    return request("POST", url, body=body, headers={"Content-Type": f"multipart/form-data; boundary={boundary}"})
