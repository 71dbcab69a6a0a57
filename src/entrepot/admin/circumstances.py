"""The circumstances of a question about rights, from what an operator gives: options, parameters and headers.

A header is one that clients send and that a condition, or a further right, can be about; any other is refused, because
to leave it out would answer another question.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from entrepot.admin.decisions import Question
from entrepot.admin.policies import compiled
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.circumstances import Asked, Circumstances
from entrepot.core.rights.identity import Account, Policy
from entrepot.dialects.control.policies.languages import SPEECHES

_PREFIX: Final = re.compile(r"x-(?:amz|cos|oss|tos)-")
HEADERS: Final[Mapping[str, str]] = {
    "referer": "referer",
    "user-agent": "user_agent",
    "content-type": "content_type",
    "content-length": "content_length",
    "x-…-acl": "acl",
    "x-…-object-acl": "acl",
    "x-…-tagging": "tags",
    "x-…-server-side-encryption": "encryption",
    "x-…-server-side-encryption-customer-algorithm": "client_encryption",
}
"""Headers, with a cloud's prefix as ``x-…-``, and what they are here."""

TRIED: Final = "given"
"""The name of a policy that is tried, where it is given none."""


def question_of(given: Mapping[str, Any], tried: Sequence[Policy], now: float) -> Question:
    """The question. Members of ``given`` that are None or not there are not known. Raises Fault PARAMETER_INVALID."""
    said = {name: value for name, value in given.items() if value is not None}
    for line in said.pop("headers", ()):
        name, value = _header(line)
        said.setdefault(name, value)
    language = said.get("language")
    if language is not None and language not in SPEECHES:
        raise Fault(Kind.PARAMETER_INVALID, f"{language[:40]!r} is no language; there are {', '.join(SPEECHES)}")
    return Question(
        action=said["action"],
        resource=said.get("resource", ""),
        at=moment_of(said.get("at"), now),
        around=Circumstances(
            source=said.get("source"), secure=said.get("tls"), referer=said.get("referer"),
            user_agent=said.get("user_agent"),
        ),
        asked=Asked(
            content_type=said.get("content_type"), content_length=_number(said.get("content_length")),
            acl=said.get("acl"), prefix=said.get("prefix"), delimiter=said.get("delimiter"),
            max_keys=said.get("max_keys"), encryption=said.get("encryption"),
            client_encryption=said.get("client_encryption"),
        ),
        tagged=bool(said.get("tags")),
        speech=language,
        tried=tuple(tried),
    )  # fmt: skip


def tried(owner: Account, name: str, text: str, language: str | None, now: float) -> Policy:
    """A policy to try, read as it would be stored. Raises Fault PARAMETER_INVALID with the place; NAME_INVALID."""
    return compiled(owner, name or TRIED, text, language, now)


def moment_of(text: str | None, now: float) -> float:
    """A time in ISO 8601, in seconds since 1970. Raises Fault PARAMETER_INVALID."""
    if text is None:
        return now
    try:
        when = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise Fault(Kind.PARAMETER_INVALID, f"{text[:40]!r} is no time such as 2030-01-01T00:00:00Z") from error
    return (when if when.tzinfo else when.replace(tzinfo=dt.UTC)).timestamp()


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    found = HEADERS.get(_PREFIX.sub("x-…-", name.strip().lower()))
    if not colon or found is None:
        raise Fault(
            Kind.PARAMETER_INVALID,
            f"{line[:80]!r} is no header that rights can depend on; there are {', '.join(HEADERS)}",
        )
    return found, value.strip()


def _number(value: int | str | None) -> int | None:
    if value is None or isinstance(value, int):
        return value
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise Fault(Kind.PARAMETER_INVALID, f"{value[:40]!r} is no length")
    return int(value)
