"""The clock and the random names of the process. Everybody else gets them as arguments.

Only this module, and the few files that `tests/arch/test_clock_and_chance.py` lists, read the time or draw names.
"""

from __future__ import annotations

import os
import random
import secrets
import string
import time

_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_LETTERS = bytes((string.ascii_letters + string.digits).encode()[byte % 62] for byte in range(256))
"""A letter or digit for each byte."""
_unique = random.Random(secrets.randbits(256))  # noqa: S311 - names need be unique, and the kernel's source is slow
os.register_at_fork(after_in_child=lambda: _unique.seed(secrets.randbits(256)))


def now() -> float:
    """Seconds since 1970."""
    return time.time()


def new_id() -> str:
    """A fresh name, for what nobody is protected by not knowing: blobs, requests."""
    return f"{_unique.getrandbits(128):032x}"


def new_secret_id() -> str:
    """A fresh unguessable name, for what a client must not find by trying."""
    return secrets.token_hex(16)


def new_letters(length: int) -> str:
    """Unguessable letters and digits."""
    return secrets.token_bytes(length).translate(_LETTERS).decode("ascii")  # one call: the source is slow


def time_letters() -> str:
    """The time in milliseconds as seven digits to the base 62, which sort as the times do until 2081."""
    milliseconds = int(time.time() * 1000)
    return "".join(_DIGITS[milliseconds // 62**place % 62] for place in range(6, -1, -1))
