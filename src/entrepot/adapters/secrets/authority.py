"""A little certificate authority of the data folder's own, for clients that insist on https.

Its key is a file of mode 0600. Its certificate says which names it may vouch for (name constraints, critical), so that
who trusts it trusts it for nothing else. What it vouches for are certificates for single names, made when a client asks
for one (SNI), kept in memory, short-lived and made again in time: a wildcard would cover one label only, and buckets
stand in front of every region of every cloud. Knows files and X.509. Must not know which names those are.
Source: RFC 5280 §4.2.1.10 (name constraints), RFC 6066 §3 (server names).
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import ssl
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from entrepot.adapters.secrets.key_file import is_open_to_others, made_once
from entrepot.adapters.secrets.vault import VaultError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

AUTHORITY_SECONDS = 365 * 86_400
AUTHORITY_RENEWED_SECONDS = 30 * 86_400
"""With less than this left, a start makes another certificate for the same key."""
LEAF_SECONDS = 7 * 86_400
_SKEW = dt.timedelta(hours=1)
"""How far a client's clock may be behind."""
_NAMES_MAX = 256
"""How many names' certificates are kept; the oldest goes."""
_LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
_HOST = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_PEM = serialization.Encoding.PEM


class Authority:
    """Vouches for ``names`` and all below them, and for ``addresses`` and loopback; ``now`` is in seconds since 1970.

    Raises VaultError when a file of it is not what it should be or is open to others, OSError.
    """

    def __init__(self, folder: Path, names: Sequence[str], addresses: Sequence[Address], now: Callable[[], float]):
        self._now = now
        self._names = tuple(dict.fromkeys(names))
        self._addresses = tuple(address for address in addresses if not address.is_loopback)
        self.path = folder / "authority.crt"
        self._key = _key_of(folder / "authority.key")
        self._certificate = self._kept() or self._made()
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())
        self._contexts: dict[str, tuple[ssl.SSLContext, float]] = {}

    def vouches(self, host: str) -> bool:
        """Whether it may say that this server is ``host``."""
        known = any(host == name or host.endswith(f".{name}") for name in self._names)
        return known and _HOST.fullmatch(host) is not None

    def context(self) -> ssl.SSLContext:
        """How a server encrypts: every client gets a certificate for the name that it asks for.

        Who asks for another name gets the one of this machine, so that the client says which name does not fit; of an
        alert in its place uvloop sends nothing but the end of the connection.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            host = (name or "").lower()
            connection.context = self._context_of(host if self.vouches(host) else "")

        context.sni_callback = choose
        return context

    def _context_of(self, host: str) -> ssl.SSLContext:
        """With the certificate of a name, or of the addresses where a client asked for no name."""
        found = self._contexts.get(host)
        now = self._now()
        if found is not None and now < found[1]:
            return found[0]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        key = self._leaf_key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        with tempfile.NamedTemporaryFile(dir=self.path.parent) as file:  # mode 0600; ssl reads files only
            file.write(self._leaf(host).public_bytes(_PEM) + key)
            file.flush()
            context.load_cert_chain(file.name)
        self._contexts.pop(host, None)
        while len(self._contexts) >= _NAMES_MAX:
            del self._contexts[next(iter(self._contexts))]
        self._contexts[host] = context, now + LEAF_SECONDS / 2
        return context

    def _leaf(self, host: str) -> x509.Certificate:
        loopback = (ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1"))
        names: list[x509.GeneralName] = [x509.DNSName(host or "localhost")]
        if not host:
            names += [x509.IPAddress(address) for address in (*loopback, *self._addresses)]
        return (
            self._builder(LEAF_SECONDS, self._leaf_key.public_key(), "entrepot")
            .issuer_name(self._certificate.subject)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(self._key, hashes.SHA256())
        )

    def _kept(self) -> x509.Certificate | None:
        """The certificate that is there, if it is of this key, lasts and may vouch for all that is wanted."""
        try:
            kept = x509.load_pem_x509_certificate(self.path.read_bytes())
            limits = kept.extensions.get_extension_for_class(x509.NameConstraints).value
        except (FileNotFoundError, ValueError, x509.ExtensionNotFound):
            return None
        lasts = kept.not_valid_after_utc.timestamp() - self._now() > AUTHORITY_RENEWED_SECONDS
        same = kept.public_key() == self._key.public_key() and limits == self._limits()
        return kept if lasts and same else None

    def _made(self) -> x509.Certificate:
        name = "entrepot's own authority"
        made = (
            self._builder(AUTHORITY_SECONDS, self._key.public_key(), name)
            .issuer_name(_called(name))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(self._limits(), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        fresh = self.path.with_suffix(".new")
        fresh.write_bytes(made.public_bytes(_PEM))
        fresh.replace(self.path)
        return made

    def _limits(self) -> x509.NameConstraints:
        networks = [*_LOOPBACK, *(ipaddress.ip_network(address) for address in self._addresses)]
        permitted = [*map(x509.DNSName, self._names), *map(x509.IPAddress, networks)]
        return x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None)

    def _builder(self, seconds: float, key: ec.EllipticCurvePublicKey, name: str) -> x509.CertificateBuilder:
        at = dt.datetime.fromtimestamp(self._now(), dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(_called(name))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(at - _SKEW)
            .not_valid_after(at + dt.timedelta(seconds=seconds))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )


def _key_of(path: Path) -> ec.EllipticCurvePrivateKey:
    """The authority's key, which is made when there is none."""
    made = ec.generate_private_key(ec.SECP256R1())
    made_once(path, made.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    if is_open_to_others(path):
        raise VaultError(f"{path} can be read by others; it must have mode 0600")
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError) as error:
        raise VaultError(f"{path} is no unencrypted private key in PEM") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise VaultError(f"{path} is no key of an elliptic curve")
    return key


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates, key_cert_sign=signs_certificates, crl_sign=signs_certificates,
        content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
