"""The machine that a command runs on, as checks look at it.

Source of the kernel's word on its clock: adjtimex(2), which needs no privilege to be read.
"""

from __future__ import annotations

import ctypes
import os
import resource
import socket
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from entrepot.clock_and_chance import now
from entrepot.doctor.check import Machine

_TIME_ERROR: Final = 5
_STA_UNSYNC: Final = 0x40
_TIMEX_BYTES: Final = 512
"""More than the structure has anywhere."""
_STATUS_AT: Final = 5 * ctypes.sizeof(ctypes.c_long)
"""``modes`` (padded), offset, freq, maxerror and esterror stand before it."""


def this_machine() -> Machine:
    """This one."""
    return Machine(
        root=Path("/"), environment=os.environ, clock=now, user=os.geteuid(),
        processors=len(os.sched_getaffinity(0)), version=_version, addresses=_addresses,
        limits=lambda: resource.getrlimit(resource.RLIMIT_NOFILE), adjusted=_adjusted,
    )  # fmt: skip


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _addresses(host: str) -> list[str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def _adjusted() -> bool | None:
    """Whether something keeps the clock right, as the kernel was told; None where it does not say."""
    try:
        adjtimex = ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):
        return None
    told = ctypes.create_string_buffer(_TIMEX_BYTES)  # zeroes: nothing is to be changed
    state = adjtimex(told)
    if state < 0:
        return None
    status = int.from_bytes(told.raw[_STATUS_AT : _STATUS_AT + 4], sys.byteorder)
    return state != _TIME_ERROR and not status & _STA_UNSYNC
