"""Real interruptions of an upload in parts: a client is killed, or its line is cut, while parts are on their way.

Law: knows requests only by what passes on the wire (`partNumber` in a target); which parts have arrived is
asked of the server, not guessed from replies.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from conformance.relay import Relay
from conformance.tencent.wire import Cos

REQUEST = re.compile(rb"(GET|HEAD|PUT|POST|DELETE|OPTIONS) (\S+) HTTP/1\.1\r\n")
PATIENCE_SECONDS = 60.0
SETTLE_SECONDS = 0.7


class PartRelay(Relay):
    """A relay that also names PUT and DELETE, and targets in absolute form."""

    def _note_request(self, chunk: bytes) -> None:
        if found := REQUEST.match(chunk):
            with self._lock:
                self.requests.append((found[1].decode("ascii"), found[2].decode("ascii", "replace")))

    def forget(self) -> None:
        """Forget the requests seen so far."""
        with self._lock:
            self.requests.clear()

    def parts(self) -> list[int]:
        """The numbers of the parts that were sent, in order; a part sent twice counts twice."""
        numbers: list[int] = []
        with self._lock:
            for method, target in self.requests:
                query = parse_qs(urlsplit(target).query)
                if method == "PUT" and "partNumber" in query:
                    numbers.append(int(query["partNumber"][0]))
        return numbers

    def initiated(self) -> int:
        """How many uploads were begun."""
        with self._lock:
            return sum(
                method == "POST" and "uploads" in parse_qs(urlsplit(target).query, keep_blank_values=True)
                for method, target in self.requests
            )


def kill_in_the_middle(
    command: Sequence[str], *, env: Mapping[str, str], cwd: Path, lines: Sequence[str], relay: PartRelay, parts: int
) -> None:
    """Start a client, and kill it (SIGKILL) when it has begun to send its part number `parts` + 1."""
    log = (cwd / "killed.log").open("wb")
    with log, subprocess.Popen(command, env=dict(env), cwd=cwd, stdin=subprocess.PIPE, stdout=log, stderr=log) as child:
        assert child.stdin is not None
        try:
            child.stdin.write("".join(line + "\n" for line in lines).encode())
            child.stdin.flush()
            deadline = time.monotonic() + PATIENCE_SECONDS
            while len(relay.parts()) <= parts:
                told = (cwd / "killed.log").read_text("utf-8", "replace")[-3000:]
                assert child.poll() is None, f"the client ended before it was killed\n{told}"
                assert time.monotonic() < deadline, f"only {relay.parts()} parts were sent\n{told}"
                time.sleep(0.01)
        finally:
            child.kill()
    time.sleep(SETTLE_SECONDS)  # what had arrived whole is still being stored


def arrived(cos: Cos, bucket: str, key: str, *, at_least: int) -> tuple[str, set[int]]:
    """The one unfinished upload of a key and its parts, of which there are some but not all."""
    uploads = cos.parts(bucket, key)
    assert len(uploads) == 1, uploads
    ((upload, parts),) = uploads.items()
    assert len(parts) >= at_least, f"only {sorted(parts)} arrived"
    return upload, parts


def check_resumed(relay: PartRelay, before: set[int], total: int) -> None:
    """The second run sent what was missing, and nothing that had arrived before."""
    sent = relay.parts()
    assert relay.initiated() == 0, "it began again instead of going on"
    assert not before & set(sent), f"sent again: {sorted(before & set(sent))}"
    assert set(sent) | before == set(range(1, total + 1))
    assert len(sent) == len(set(sent))
