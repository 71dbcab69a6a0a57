"""What happens beside an SDK: a line that breaks, an application that is called back, a form, a URL that is followed.

Law: standard library and the project's relay only; nothing signs here, every signature comes from an SDK.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from conformance import relay
from conformance.plain_http import Answer, request
from conformance.volcengine.clients import ENDPOINT, Client

_REQUEST = re.compile(rb"(GET|HEAD|PUT|POST|DELETE) (\S+) HTTP/1\.1\r\n")
_BOUNDARY = "entrepot-form-boundary"


class Relay(relay.Relay):
    """A relay that also names requests that write."""

    def _note_request(self, chunk: bytes) -> None:
        if found := _REQUEST.match(chunk):
            with self._lock:
                self.requests.append((found[1].decode("ascii"), found[2].decode("ascii", "replace")))

    def asked(self, method: str, mark: str) -> list[str]:
        """Targets of requests of that method that contain `mark`."""
        with self._lock:
            return [target for found, target in self.requests if found == method and mark in target]


class Application:
    """An application on loopback that an object server calls back; use as a context manager."""

    def __init__(self, status: int = 200, answer: bytes = b'{"told":"thank you"}') -> None:
        calls: list[tuple[str, Mapping[str, str], bytes]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                calls.append((self.path, {name.lower(): text for name, text in self.headers.items()}, body))
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self.calls = calls
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()


def follow(client: Client, method: str, url: str, body: bytes = b"", **headers: str) -> Answer:
    """Use a URL as the client's application would: directly, or through the proxy when it names the cloud's host."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    via = None if url.startswith(client.address) else client.address
    return request(method, url, body=body, headers=named, via=via)


def form(fields: Mapping[str, str], content: bytes, *, filename: str = "a.bin") -> tuple[dict[str, str], bytes]:
    """Headers and body of a browser's form, the file last."""
    parts = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()
        for name, text in fields.items()
    ]
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
    parts.append(f"{head}Content-Type: application/octet-stream\r\n\r\n".encode() + content)
    parts.append(f"\r\n--{_BOUNDARY}--\r\n".encode())
    return {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}, b"".join(parts)


def post(client: Client, bucket: str, fields: Mapping[str, str], content: bytes) -> Answer:
    """Submit the form to the bucket's own host."""
    headers, body = form(fields, content)
    return request("POST", f"http://{bucket}.{ENDPOINT}/", body=body, headers=headers, via=client.address)
