"""Which hosts a server is asked under, and whose pages may ask it, where a browser could be made to ask by strangers.

A server in dev mode has well-known keys, so whoever can have a request sent to it can do everything. Only its machine
reaches it, but every page that is open in a browser there is on that machine, too: such a request names the page's
origin, and one that came by a name which somebody else points at loopback (DNS rebinding) names that host. The admin
API is asked by name as well, and answers only where it was told to be. Source: RFC 9110 §7.2; WHATWG "Fetch"
("Origin" is sent with every request that is not a plain GET or HEAD).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from entrepot.core.value import Value
from entrepot.wire.http import Request

ANY = "any"


class KnownHosts(Value, frozen=True, kw_only=True):
    """Hosts by name: exact ones, and those below ``suffixes`` (each begins with a dot).

    ``addresses`` lets every address pass, which nobody can point elsewhere; else those of loopback pass.
    """

    anyone: bool = False
    names: frozenset[str] = frozenset()
    suffixes: tuple[str, ...] = ()
    addresses: bool = False

    def has(self, host: str) -> bool:
        """Whether a host, in lower case and without its port, is known."""
        host = host.rstrip(".")
        if self.anyone or host == "localhost" or host.endswith(".localhost") or host in self.names:
            return True
        address = _address(host)
        if address is not None:
            return self.addresses or address.is_loopback
        return host.endswith(self.suffixes) if self.suffixes else False


def known_hosts(given: Iterable[str], urls: Iterable[str | None], domains: Iterable[str], **more: bool) -> KnownHosts:
    """Hosts that were configured: ``given`` are names, ``*.name`` or ``any``; ``domains`` are known with all below."""
    names, suffixes = set[str](), set[str]()
    for url in urls:
        host = urlsplit(url).hostname if url else None
        names |= {host} if host else set()
    anyone = False
    for name in given:
        anyone = anyone or name == ANY
        (suffixes if name.startswith("*.") else names).add(name.removeprefix("*"))
    for domain in domains:
        names.add(domain)
        suffixes.add(f".{domain}")
    return KnownHosts(anyone=anyone, names=frozenset(names), suffixes=tuple(sorted(suffixes)), **more)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


class Strangers:
    """Tells why a request was caused by somebody else's page, or came by somebody else's name.

    ``also`` knows further hosts of ours, such as buckets' domains. The ``clouds``' own names, which a proxy leads here,
    are good to ask under, because nobody else can point them here; but not as origins, because everybody can have a
    page there.
    """

    def __init__(self, known: KnownHosts, clouds: Callable[[str], bool], also: Callable[[str], bool]) -> None:
        self._known = known
        self._clouds = clouds
        self._also = also

    def why(self, request: Request) -> str | None:
        """What to say of a stranger's request; None for all others."""
        host = request.host
        if not (self._is_ours(host) or self._clouds(host)):
            return f"this server is in dev mode and does not answer to the host {host[:100]!r}"
        for name, value in request.headers:
            if name == b"origin" and not self._may_call(value.decode("latin-1"), host):
                return f"this server is in dev mode and is not called by pages of {value[:100].decode('latin-1')!r}"
        return None

    def _may_call(self, origin: str, asked: str) -> bool:
        """Whether an origin is one of ours, or the very host that is asked; ``null`` is anybody's."""
        if self._known.anyone:
            return True
        try:
            host = urlsplit(origin).hostname
        except ValueError:
            return False
        return host is not None and (host == asked or self._is_ours(host))

    def _is_ours(self, host: str) -> bool:
        return self._known.has(host) or self._also(host)
