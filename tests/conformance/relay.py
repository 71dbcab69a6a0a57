"""A loopback TCP relay that counts what passes and can break the line, for interrupted uploads.

Law: bytes pass unchanged; it looks only at the first bytes of a chunk to name requests and replies. When the
agreed number of replies has passed whole, every connection is cut and new ones are refused until `heal`.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Self

REQUEST = re.compile(rb"(GET|POST|HEAD|OPTIONS) (\S+) HTTP/1\.1\r\n")
REPLY = re.compile(rb"HTTP/1\.1 (\d{3}) ")
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
CHUNK_BYTES = 65536
IDLE_SECONDS = 60.0


class Relay:
    """Use as a context manager; `address` is what the client is pointed at."""

    def __init__(self, upstream_port: int, *, cut_after: int | None = None) -> None:
        self._upstream = ("127.0.0.1", upstream_port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._left = cut_after
        self._closed = False
        self.requests: list[tuple[str, str]] = []
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def cut(self) -> bool:
        """Whether the line is broken at the moment."""
        return self._left is not None and self._left <= 0

    def heal(self) -> None:
        """Let everything pass from now on, and forget the requests seen so far.

        A client that keeps connections must first have seen that the line is cut, or it sends its next request down it.
        """
        time.sleep(0.5)
        with self._lock:
            self._left = None
            self.requests.clear()

    def methods(self) -> list[str]:
        """The methods of the requests seen, in order."""
        with self._lock:
            return [method for method, _ in self.requests]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._closed = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._sever()

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.cut:
                client.close()
                continue
            try:
                server = socket.create_connection(self._upstream, timeout=IDLE_SECONDS)
            except OSError:
                client.close()
                continue
            client.settimeout(IDLE_SECONDS)
            with self._lock:
                self._open |= {client, server}
            threading.Thread(target=self._pump, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, False), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, outward: bool) -> None:
        due = 0  # bytes of the current reply that are still to come
        with suppress(OSError):
            while chunk := source.recv(CHUNK_BYTES):
                if outward:
                    self._note_request(chunk)
                    sink.sendall(chunk)
                    continue
                whole, due = self._follow(chunk, due)
                sink.sendall(chunk)
                if whole:
                    self._count()
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._open -= {source}
        source.close()

    def _note_request(self, chunk: bytes) -> None:
        if found := REQUEST.match(chunk):
            with self._lock:
                self.requests.append((found[1].decode("ascii"), found[2].decode("ascii", "replace")))

    @staticmethod
    def _follow(chunk: bytes, due: int) -> tuple[bool, int]:
        """Whether a reply ends with `chunk`, and how many of its bytes are still to come."""
        if due == 0:
            found, head = REPLY.match(chunk), chunk.find(b"\r\n\r\n")
            if found is None or found[1] == b"100" or head < 0:
                return False, 0
            length = LENGTH.search(chunk, 0, head + 2)
            due = head + 4 + (int(length[1]) if length else 0)
        due = max(0, due - len(chunk))
        return due == 0, due

    def _count(self) -> None:
        with self._lock:
            if self._left is not None:
                self._left -= self._left > 0
        if self.cut:
            self._sever()

    def _sever(self) -> None:
        with self._lock:
            ends = tuple(self._open)
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
