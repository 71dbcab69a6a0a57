"""The relay of interrupted uploads, with the requests that an OSS client makes.

Law: bytes pass unchanged, as in the relay that it is made of; it only knows one more kind of request line.
"""

from __future__ import annotations

import re

from conformance.relay import Relay

PUT = re.compile(rb"PUT (\S+) HTTP/1\.1\r\n")
PART_NUMBER = re.compile(r"[?&]partNumber=(\d+)")


class PartRelay(Relay):
    """A relay that sees parts go by."""

    def _note_request(self, chunk: bytes) -> None:
        if found := PUT.match(chunk):
            with self._lock:
                self.requests.append(("PUT", found[1].decode("ascii", "replace")))
        else:
            super()._note_request(chunk)

    def parts(self) -> list[int]:
        """The numbers of the parts that were sent, in order."""
        with self._lock:
            numbers = [PART_NUMBER.search(target) for method, target in self.requests if method == "PUT"]
        return [int(number[1]) for number in numbers if number]
