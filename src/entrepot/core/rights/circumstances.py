"""Facts that conditions can ask for: of the request around an operation, and of the operation itself.

Values only. Must not know how a request is written, nor who asks for a fact.
"""

from __future__ import annotations

from enum import StrEnum

from entrepot.core.value import Value


class Fact(StrEnum):
    """What a condition can be about."""

    SOURCE = "source-address"
    SECURE = "secure-transport"
    TIME = "time"
    REFERER = "referer"
    USER_AGENT = "user-agent"
    CONTENT_TYPE = "content-type"
    CONTENT_LENGTH = "content-length"
    ACL = "acl"
    PREFIX = "prefix"
    DELIMITER = "delimiter"
    MAX_KEYS = "max-keys"
    ENCRYPTION = "encryption"
    CLIENT_ENCRYPTION = "client-encryption"


FactValue = str | int | float | bool | None
"""What a fact is; None where the request has no such thing."""


class Circumstances(Value, frozen=True, kw_only=True):
    """The request around an operation: ``source`` is the address it came from, without a port.

    A fact that a ``known`` request does not have is missing; of an unknown request nothing can be said, and no rule
    may lean on it: see :meth:`entrepot.core.rights.grant.Rule.matches`.
    """

    known: bool = True

    source: str | None = None
    secure: bool | None = None
    referer: str | None = None
    user_agent: str | None = None


UNKNOWN_CIRCUMSTANCES = Circumstances(known=False)


class Asked(Value, frozen=True, kw_only=True):
    """What an operation asks for.

    ``content_type`` is the type that will be stored, ``content_length`` the number of bytes that arrived, ``acl`` the
    ACL that was asked for in so many words. ``prefix``, ``delimiter`` and ``max_keys`` are a listing's.
    ``encryption`` is how the server was asked to encrypt, ``client_encryption`` how with the client's key: a bucket's
    default is neither.
    """

    content_type: str | None = None
    content_length: int | None = None
    acl: str | None = None
    prefix: str | None = None
    delimiter: str | None = None
    max_keys: int | None = None
    encryption: str | None = None
    client_encryption: str | None = None


NOTHING_ASKED = Asked()

_AROUND = {
    Fact.SOURCE: "source",
    Fact.SECURE: "secure",
    Fact.REFERER: "referer",
    Fact.USER_AGENT: "user_agent",
}
_ASKED = {
    Fact.CONTENT_TYPE: "content_type",
    Fact.CONTENT_LENGTH: "content_length",
    Fact.ACL: "acl",
    Fact.PREFIX: "prefix",
    Fact.DELIMITER: "delimiter",
    Fact.MAX_KEYS: "max_keys",
    Fact.ENCRYPTION: "encryption",
    Fact.CLIENT_ENCRYPTION: "client_encryption",
}


def fact_of(fact: Fact, around: Circumstances, asked: Asked, at: float) -> FactValue:
    """The value of a fact; ``at`` is the time, in seconds since 1970."""
    if fact is Fact.TIME:
        return at
    value: FactValue = getattr(around, _AROUND[fact]) if fact in _AROUND else getattr(asked, _ASKED[fact])
    return value


AROUND = frozenset(_AROUND)
"""Facts of the request, which are known before its body or not at all."""
LATE = frozenset(_ASKED)
"""Facts that may be known only once the body was taken in."""
