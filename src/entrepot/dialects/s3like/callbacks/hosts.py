"""Which hosts a callback may go to: the operator's guard against requests that clients would have the server make.

Some addresses are never asked, whatever is allowed: link-local ones (where clouds answer with a machine's own
credentials), the clouds' other metadata addresses, those that name no host, and groups. ``public`` allows what is of
the internet and of nobody's own network; of IPv6 that is global unicast without the blocks that stand for something
else. Knows addresses and names, and must not resolve any: that is ``calling``'s. Source: ADR 0028; IANA's registries of
special-purpose addresses (RFC 6890 and its updates).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from entrepot.core.value import Value

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

ANY, PUBLIC = "any", "public"
DEV_RULES = (PUBLIC, "127.0.0.0/8", "::1")
"""What takes the place of the default in dev mode, where the application runs beside the server."""
_NAME = re.compile(r"(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NEVER: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4",
        "100.100.100.200/32", "100.96.0.96/32", "168.63.129.16/32", "192.0.0.192/32",
        "::/128", "fe80::/10", "ff00::/8", "fd00:ec2::/32", "fd20:ce::/32",
    )
)  # fmt: skip
"""The second line is metadata of Alibaba, Volcengine, Azure and Oracle; the last two are that of AWS and Google."""
_OWN_NETWORKS: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
)  # fmt: skip
"""Private, shared (CGNAT) and loopback networks; then those of protocols, examples and tests; then those of IPv6."""
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Whether an address is of the internet, and of nobody's own network."""
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return not any(address in network for network in (*_NEVER, *_OWN_NETWORKS))


class HostRules(Value, frozen=True, kw_only=True):
    """What an operator allows. ``names`` may begin with ``*.``; a host passes by its name or by its address.

    ``anywhere`` allows every host, ``public`` those whose address is public.
    """

    anywhere: bool
    public: bool = False
    names: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()

    def may_ask(self, host: str, address: Address) -> bool:
        """Whether the host of this name may be asked at this address of its."""
        if any(each in network for each in _meanings(address) for network in _NEVER):
            return False
        if self.anywhere or self._is_named(host) or (self.public and is_public(address)):
            return True
        return any(address in network for network in self.networks)

    def may_resolve(self, host: str) -> bool:
        """Whether some address of a host of this name could be asked."""
        return self.anywhere or self.public or bool(self.networks) or self._is_named(host)

    def _is_named(self, host: str) -> bool:
        host = host.lower().rstrip(".")
        return any(host.endswith(name[1:]) if name.startswith("*.") else host == name for name in self.names)


def parse_rules(patterns: Iterable[str]) -> HostRules:
    """Rules from ``any``, ``public``, names, names after ``*.``, addresses and networks. None at all: no callbacks.

    Raises:
        ValueError: for a pattern that is none of these.
    """
    names: list[str] = []
    networks: list[Network] = []
    anywhere = public = False
    for pattern in patterns:
        network = _network(pattern)
        if pattern == ANY:
            anywhere = True
        elif pattern == PUBLIC:
            public = True
        elif network is not None:
            networks.append(network)
        elif _NAME.fullmatch(pattern) and not pattern.rpartition(".")[2].isdigit():
            names.append(pattern)
        else:
            raise ValueError(
                f"{pattern[:200]!r} is neither {PUBLIC}, {ANY} nor a host name in lower case, an address or a network"
            )
    return HostRules(anywhere=anywhere, public=public, names=tuple(names), networks=tuple(networks))


def _network(pattern: str) -> Network | None:
    try:
        return ipaddress.ip_network(pattern, strict=False)
    except ValueError:
        return None


def _meanings(address: Address) -> list[Address]:
    """The address and the ones that it stands for."""
    if isinstance(address, IPv4Address):
        return [address]
    inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        inner.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [address, *(each for each in inner if each is not None)]
