"""A server whose clock a test can turn: what ends in an hour is seen to end at once.

Law: the server's code is as it is; its interpreter's `time.time` adds what a file says.
"""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from behaviour.server import SOURCE
from cluster.engines import CHOSEN

_SITE = """
import mmap, struct, time
_file = open({path!r}, "rb")
_seen = mmap.mmap(_file.fileno(), 8, prot=mmap.PROT_READ)
_real = time.time
time.time = lambda: _real() + struct.unpack("d", _seen[:8])[0]
"""


class Clock:
    """Gives the environment of a server, and turns its clock afterwards."""

    def __init__(self, folder: Path) -> None:
        if "postgres" in CHOSEN:
            pytest.skip("gateways go by their database's clock, which no test turns")
        self._offset = folder / "offset"
        self.turn(0)
        (folder / "sitecustomize.py").write_text(_SITE.format(path=str(self._offset)))
        self.environment = {"PYTHONPATH": f"{folder}:{SOURCE}"}

    def turn(self, seconds: float) -> None:
        """The server's clock is so many seconds ahead of ours from now on."""
        mode = "r+b" if self._offset.exists() else "wb"
        with self._offset.open(mode) as file:  # in place, because the server has it mapped
            file.write(struct.pack("d", seconds))
