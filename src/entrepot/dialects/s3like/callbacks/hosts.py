"""Which hosts a callback may go to: the operator's guard against requests that clients would have the server make.

Some addresses are never asked, whatever is allowed: link-local ones (where clouds answer with a machine's own
credentials), the clouds' other metadata addresses, those that name no host, and groups. Knows addresses and names, and
must not resolve any: that is ``calling``'s.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from entrepot.core.value import Value

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

ANY = "any"
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
_NAT64 = IPv6Network("64:ff9b::/96")


class HostRules(Value, frozen=True, kw_only=True):
    """What an operator allows. ``names`` may begin with ``*.``; a host passes by its name or by its address."""

    anywhere: bool
    names: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()

    def may_ask(self, host: str, address: Address) -> bool:
        """Whether the host of this name may be asked at this address of its."""
        if any(each in network for each in _meanings(address) for network in _NEVER):
            return False
        return self.anywhere or self._is_named(host) or any(address in network for network in self.networks)

    def may_resolve(self, host: str) -> bool:
        """Whether some address of a host of this name could be asked."""
        return self.anywhere or bool(self.networks) or self._is_named(host)

    def _is_named(self, host: str) -> bool:
        host = host.lower().rstrip(".")
        return any(host.endswith(name[1:]) if name.startswith("*.") else host == name for name in self.names)


def parse_rules(patterns: Iterable[str]) -> HostRules:
    """Rules from ``any``, names, names after ``*.``, addresses and networks. None at all: no callbacks.

    Raises:
        ValueError: for a pattern that is none of these.
    """
    names: list[str] = []
    networks: list[Network] = []
    anywhere = False
    for pattern in patterns:
        network = _network(pattern)
        if pattern == ANY:
            anywhere = True
        elif network is not None:
            networks.append(network)
        elif _NAME.fullmatch(pattern) and not pattern.rpartition(".")[2].isdigit():
            names.append(pattern)
        else:
            raise ValueError(
                f"{pattern[:200]!r} is neither {ANY} nor a host name in lower case, an address or a network"
            )
    return HostRules(anywhere=anywhere, names=tuple(names), networks=tuple(networks))


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
