"""Which texts name a host: those of Host and of absolute targets.

A server that takes any text there, and one on the way that does not, see different hosts in one request; and which
bucket is meant stands in it. Source: RFC 9112 §3.2 (a request of HTTP/1.1 without a Host, or with an invalid one, is
answered 400), RFC 9110 §4.2.1 (an empty host is invalid), §4.2.4 (userinfo is an error). Of what RFC 3986 §3.2.2 lets
stand in a name, names in use have letters, digits, hyphens, dots and underscores; the rest is refused.
"""

from __future__ import annotations

import re
from functools import lru_cache

_AUTHORITY = re.compile(rb"(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{0,5})?")


@lru_cache(maxsize=4096)
def names_a_host(text: bytes) -> bool:
    """Whether this is a host with or without a port."""
    return len(text) <= _MOST_BYTES and _AUTHORITY.fullmatch(text) is not None


_MOST_BYTES = 261


def is_target(target: bytes, authority: bytes, method: bytes) -> bool:
    """Whether a request target is a path, an address with a host, or what its method takes besides.

    Args:
        target: as it came.
        authority: the authority that was found in it, empty without one.
        method: in capitals.
    """
    if target[:1] == b"/":
        return True
    if authority:
        return names_a_host(authority)
    return method == b"CONNECT" or (method == b"OPTIONS" and target == b"*")
