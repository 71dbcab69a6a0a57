"""What a file of certificates says: names, times, and whether each is issued by the next. Knows X.509 and files.

Source: RFC 5246 §7.4.2 (the server's own first, each following one certifies the one before; the root may be left out).
"""

from __future__ import annotations

import contextlib
import itertools
import ssl
import warnings
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A server's certificate and those after it. Times in seconds since 1970; ``names`` may begin with ``*.``."""

    not_before: float
    not_after: float
    names: tuple[str, ...]
    length: int
    is_self_signed: bool
    broken: str = ""
    """Why clients may not find their way from the first one to one that they know; empty when they do."""

    def covers(self, host: str) -> bool:
        """Whether the first one is for a host; a wildcard is for one label (RFC 6125 §6.4.3)."""
        return host in self.names or f"*.{host.partition('.')[2]}" in self.names


def read_chain(path: Path) -> Chain:
    """The certificates of a file in PEM. Raises OSError, ValueError."""
    chain = x509.load_pem_x509_certificates(path.read_bytes())
    first = chain[0]
    ends = min(one.not_valid_after_utc for one in chain)
    return Chain(
        not_before=first.not_valid_before_utc.timestamp(),
        not_after=ends.timestamp(),
        names=_names(first),
        length=len(chain),
        is_self_signed=first.issuer == first.subject,
        broken=_broken(chain),
    )


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    names = found.get_values_for_type(x509.DNSName)
    return (*(name.lower() for name in names), *map(str, found.get_values_for_type(x509.IPAddress)))


def _broken(chain: list[x509.Certificate]) -> str:
    for one, following in itertools.pairwise(chain):
        try:
            one.verify_directly_issued_by(following)
        except (ValueError, TypeError, InvalidSignature):
            return f"{_called(one.subject)} is not issued by {_called(following.subject)}, which follows it"
    last = chain[-1]
    if last.issuer == last.subject or len(chain) > 1 or _is_known(last.issuer):
        return ""
    return f"its issuer, {_called(last.issuer)}, is neither in the file nor among those that this machine trusts"


def _is_known(name: x509.Name) -> bool:
    """Whether this machine trusts an authority of this name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # old authorities have numbers that the library does not like
        for one in ssl.create_default_context().get_ca_certs(binary_form=True):
            with contextlib.suppress(ValueError):
                if x509.load_der_x509_certificate(one).subject == name:
                    return True
    return False


def _called(name: x509.Name) -> str:
    return repr(name.rfc4514_string())
