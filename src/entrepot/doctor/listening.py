"""Checks of where the server listens: its port, how it encrypts, and the names that lead to it."""

from __future__ import annotations

import datetime as dt
import errno
import ipaddress
import socket
import stat
from typing import Final
from urllib.parse import urlsplit

from entrepot.adapters.secrets.certificates import Chain, read_chain
from entrepot.config import SettingsError
from entrepot.doctor import kernel
from entrepot.doctor.check import Seen, Setup, fail, ok, warn
from entrepot.doctor.kept import address_of, serving

_SOON_SECONDS: Final = 14 * 86_400.0
_PROBE: Final = "entrepot-doctor"
_PROXIES: Final = ("http_proxy", "https_proxy", "all_proxy")
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


def port(setup: Setup) -> Seen:
    """Whether the server can listen on its address, and else who does."""
    from entrepot.server import listen  # noqa: PLC0415 - loads what serves

    settings = setup.settings
    value = f"{settings.host}:{settings.port}"
    if settings.port == 0:
        return ok(f"{value}: a free one is taken")
    try:
        listen(settings).close()
    except socket.gaierror:
        return fail(value, "the host is neither an address nor a name that is known here: set host to an address")
    except OSError as error:
        return _taken(setup, value) if error.errno == errno.EADDRINUSE else _refused(value, error)
    return ok(f"{value} is free")


def _refused(value: str, error: OSError) -> Seen:
    if error.errno == errno.EADDRNOTAVAIL:
        return fail(value, "this machine has no such address: set host to one that it has, or to 0.0.0.0")
    if error.errno in {errno.EACCES, errno.EPERM}:
        return fail(value, "this user may not listen there: take a port from 1024 on, with a proxy in front")
    return fail(f"{value}: {error.strerror}", "set host and port to what can be listened on")


def _taken(setup: Setup, value: str) -> Seen:
    root, number = setup.machine.root, setup.settings.port
    own, address = serving(setup), address_of(setup)
    if own is not None and address is not None and urlsplit(address).port == number:
        return ok(f"{value}: this folder's own server, {own}")
    found = kernel.listeners(root, number)
    whose = [kernel.holder_of(root, one.inode) or f"a process of user {one.user}" for one in found]
    return fail(
        f"{value} is taken by {', '.join(dict.fromkeys(whose)) or 'a process that cannot be seen'}",
        "end it, or take another port (--port)",
    )


def transport(setup: Setup) -> Seen:
    """Whether what clients send can be read on its way."""
    settings = setup.settings
    value = f"{'https' if settings.speaks_tls else 'http'} on {settings.host}"
    if settings.speaks_tls or _is_loopback(settings.host):
        return ok(value)
    if (settings.public_url or "").startswith("https://"):
        return ok(f"{value}, and {settings.public_url} in front")
    to_do = "let it speak https (tls_certificate, tls_key), or listen on 127.0.0.1 behind a proxy that does"
    if settings.admin_key is not None:
        return warn(f"{value}, with an admin key", f"whoever listens on the way reads the admin key: {to_do}")
    return warn(value, f"whoever listens on the way reads what is stored: {to_do}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def has_files(setup: Setup) -> bool:
    """Whether certificates are in files."""
    return setup.settings.tls_certificate is not None


def certificate(setup: Setup) -> Seen:
    """Certificate and key: whether they can be read and fit each other, and who else reads the key."""
    from entrepot.server import check_tls  # noqa: PLC0415 - loads what serves

    settings = setup.settings
    try:
        check_tls(settings)
    except SettingsError as error:
        return fail(str(error), "both files in PEM, the key not encrypted, readable by the server's user")
    key = settings.tls_key
    assert key is not None  # noqa: S101 - the settings were checked
    if stat.S_IMODE(key.stat().st_mode) & 0o077:
        return warn(f"{key} can be read by others", f"chmod 600 {key}")
    return ok(f"{settings.tls_certificate} with its key")


def chain(setup: Setup) -> Seen:
    """How long the certificates last, and whether clients find their way to one that they know."""
    try:
        found = _chain(setup)
    except ValueError as error:
        return fail(str(error), "tls_certificate must be PEM: the server's certificate first, then its issuers'")
    now = setup.machine.clock()
    until = dt.datetime.fromtimestamp(found.not_after, dt.UTC).strftime("%Y-%m-%d")
    value = f"{found.length} certificates, good until {until}" if found.length > 1 else f"good until {until}"
    if found.not_after < now:
        return fail(f"ended on {until}", "renew it, and send the server SIGHUP")
    if found.not_before > now:
        return fail("is not good yet", "look at this machine's clock, or take another certificate")
    if found.broken:
        return warn(value, f"{found.broken}: put the issuers' certificates after it, in their order")
    if found.not_after < now + _SOON_SECONDS:
        return warn(value, "renew it, and send the server SIGHUP")
    if found.is_self_signed:
        return warn(f"{value}, signed by itself", "every client must be told to trust it")
    return ok(value)


def certificate_names(setup: Setup) -> Seen:
    """Whether the certificate is for every name that clients are led to."""
    try:
        found = _chain(setup)
    except ValueError as error:
        return fail(str(error), "tls_certificate must be PEM")
    missing = [name for name in _wanted_names(setup) if not found.covers(name)]
    value = ", ".join(found.names[:10]) or "no names"
    if missing:
        return warn(value, f"it is not for {', '.join(missing)}: clients refuse it there")
    return ok(value)


def _chain(setup: Setup) -> Chain:
    path = setup.settings.tls_certificate
    assert path is not None  # noqa: S101 - only then is it asked
    return read_chain(path)


def _wanted_names(setup: Setup) -> list[str]:
    """The names that clients use, with a bucket's below each domain."""
    settings = setup.settings
    public = urlsplit(settings.public_url).hostname if settings.public_url else None
    below = [*settings.domains, *([settings.download_domain] if settings.download_domain else [])]
    return [*([public] if public else []), *(f"{_PROBE}.{domain}" for domain in dict.fromkeys(below))]


def has_names(setup: Setup) -> bool:
    """Whether the settings name hosts."""
    return bool(_wanted_names(setup))


def addresses(setup: Setup) -> Seen:
    """Whether the names of the settings lead anywhere, those of buckets by a wildcard."""
    found, missing = [], []
    for name in _wanted_names(setup):
        try:
            found.append(f"{name} is {', '.join(setup.machine.addresses(name)[:2])}")
        except OSError:
            missing.append(name)
    if missing:
        shown = ", ".join(name.replace(f"{_PROBE}.", "*.") for name in missing)
        return warn(
            f"unknown here: {shown}", "make DNS records for them, with a wildcard where buckets are below a name"
        )
    return ok("; ".join(found))


def localhost_names(setup: Setup) -> Seen:
    """Whether programs on this machine find buckets below ``localhost``."""
    name = f"{_PROBE}.localhost"
    try:
        return ok(f"{name} is {', '.join(setup.machine.addresses(name)[:2])}")
    except OSError:
        return warn(
            f"{name} is unknown here",
            "clients that put the bucket in the host need path style, or a line in /etc/hosts for each bucket",
        )


def proxies(setup: Setup) -> Seen:
    """Whether a proxy of the environment catches what programs on this machine send to the server."""
    environment = {name.lower(): value for name, value in setup.machine.environment.items() if value}
    found = [name for name in _PROXIES if name in environment]
    if not found:
        return ok("none")
    apart = {name.strip().lstrip(".").lower() for name in environment.get("no_proxy", "").split(",")}
    host = setup.settings.host
    own = [*_LOOPBACK, *([] if _is_loopback(host) or host in {"0.0.0.0", "::"} else [host])]  # noqa: S104 - compared
    missing = [] if "*" in apart else [name for name in own if name not in apart]
    value = ", ".join(found)
    if "localhost" in missing or "127.0.0.1" in missing or host in missing:
        to_do = f"programs on this machine ask the proxy for this server: no_proxy={','.join(own)}"
        return warn(f"{value}; no_proxy leaves out {', '.join(missing)}", to_do)
    return ok(f"{value}; not for this machine")
