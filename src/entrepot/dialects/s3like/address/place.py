"""Where an S3-like request goes: service, bucket or object, and what it asks there.

Where the name of the bucket stands is decided from the host alone, whoever signs and whatever buckets there are:

===============================================  ==================================
host                                             the bucket is
===============================================  ==================================
a cloud's own name, ``<bucket>.`` before it      that, there or not
a cloud's own name without more                  the first element of the path
a domain of a bucket                             that bucket
below one of the settings' ``domains``           what stands before it, there or not
``<bucket>.localhost``                           that, there or not
an address, any other name                       the first element of the path
===============================================  ==================================

``name-appid`` names any account's bucket, there or not; a bare name the signer's own. To anybody else a bare name means
the bucket that had it first, so that nobody can take a name away by using it too.
Keys are percent-decoded once; ``+``, ``//``, ``.`` and ``..`` are bytes like others.
Source: wire facts of Tencent §7.1, Alibaba §5.2, Volcengine §3.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from entrepot.core.facts.names import check_key
from entrepot.core.facts.records import Bucket
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader
from entrepot.core.rights.identity import Key
from entrepot.core.value import Value, changed
from entrepot.dialects.detection import ENDPOINTS
from entrepot.dialects.s3like.address import closed
from entrepot.dialects.s3like.address.routes import route_of
from entrepot.dialects.s3like.flavour import Flavour, Known, Resource, Route
from entrepot.dialects.s3like.flavour.known import NOTHING
from entrepot.dialects.s3like.settings import StorageSettings
from entrepot.signing.scheme import Target
from entrepot.wire.http import Request

AUTO = "auto"
"""The bucket that the server chose when it minted the key. Source: wire facts of Tencent §3.2, §12."""
_APPLICATIONS = ".vodpro-upload.com"
_WITH_APPID = re.compile(r"(.+)-(\d{5,18})", re.ASCII)


class Place(Value, frozen=True, kw_only=True):
    """What a request addresses. ``bucket_text`` is the bucket as spelt; ``bucket`` it, once it is known whose.

    ``account`` is the signer's, None without one. ``query`` holds the first value of each parameter.
    """

    flavour: Flavour
    settings: StorageSettings
    level: str
    bucket_text: str | None
    bucket: Bucket | None
    key: str
    query: Mapping[str, str]
    route: Route[Place]
    known: Known = NOTHING
    """What a request of this route may say."""
    ignored: tuple[str, ...] = ()
    """Names of what it says beside that, and what is only looked over because it changes nothing."""
    account: int | None = None
    user_id: str = ""
    above: str = ""
    """What stands before keys in a listing that is asked for above the bucket."""
    reader: Reader
    is_plain: bool = False
    """Whether the signer's right only stores bytes: no callback, no redirect."""

    @property
    def target(self) -> Target:
        """For schemes that sign the bucket though it is in the host."""
        return Target(bucket=self.bucket_text, key=self.key.encode())

    @property
    def resource(self) -> Resource:
        """What errors say of it."""
        return Resource(bucket=self.bucket_text, key=self.key)

    @property
    def owner(self) -> int:
        """The account that owns what is addressed: the bucket's, else the signer's; 0 without either."""
        return self.bucket.account if self.bucket is not None else self.account or 0

    def existing_bucket(self) -> Bucket:
        """The bucket. Raises Fault BUCKET_MISSING."""
        if self.bucket is None:
            raise Fault(Kind.BUCKET_MISSING, f"there is no bucket {self.bucket_text!r}", bucket=self.bucket_text or "")
        return self.bucket

    def number(self, name: str, default: int, most: int = 2**31 - 1) -> int:
        """A parameter that is a decimal number. Raises Fault PARAMETER_INVALID."""
        text = self.query.get(name, "")
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= most):
            raise Fault(
                Kind.PARAMETER_INVALID, f"{name} is {text[:40]!r}; it must be a number from 0 to {most}",
                argument=name, value=text[:100],
            )  # fmt: skip
        return int(text)


def locate(
    request: Request, reader: Reader, flavour: Flavour, settings: StorageSettings, domains: tuple[str, ...]
) -> Place:
    """The address of a request. A bare bucket name is resolved by :func:`settle`.

    Raises:
        Fault: NAME_INVALID, MALFORMED, METHOD_NOT_ALLOWED, NOT_IMPLEMENTED.
    """
    raw = request.raw_path
    bucket_text = bucket_of_cloud(request.host)
    own = reader.bucket_of_domain(request.host) if bucket_text is None else None
    if own is not None:
        bucket_text = flavour.addressing.bucket_name(own)
    elif bucket_text is None:
        bucket_text = bucket_below(request.host, domains)
    if not bucket_text:
        head, _, rest = raw.removeprefix(b"/").partition(b"/")
        bucket_text = _text(head)
        raw = b"/" + rest
    key = _text(raw.removeprefix(b"/"))
    asked = request.query() if request.raw_query else []
    query = _first_values(asked)
    above = ""
    if not bucket_text and "uploads" in query and request.host.endswith(_APPLICATIONS):
        bucket_text, above, query = _below(query)
    level = "object" if key else "bucket" if bucket_text else "service"
    if request.form is not None and level == "object" and flavour.forms.at_keys and request.field("key") == key:
        level, key = "bucket", ""
    if request.form is not None and level == "object":
        raise Fault(Kind.METHOD_NOT_ALLOWED, "a form is posted to the bucket; the key is one of its fields")
    if request.form is not None and level == "bucket" and not request.field("key"):
        raise Fault(  # whoever sends the file first has said neither key nor credential: fields behind it are not read
            Kind.PARAMETER_MISSING,
            "The bucket POST must contain the specified 'key'."
            " If it is specified, please check the order of the fields.",
            reason="form-key", argument="key",
        )  # fmt: skip
    at, route = route_of(flavour, level, request, query)
    ignored: tuple[str, ...] = ()
    if request.method != "OPTIONS":
        ignored = closed.check(request, flavour, at, asked, lenient=settings.unknown_headers == "ignore")
    return Place(
        flavour=flavour,
        settings=settings,
        level=level,
        bucket_text=bucket_text or None,
        bucket=own,
        key=flavour.addressing.check_key(check_key(key)) if key else "",
        query=query,
        route=route,
        known=flavour.operations.known.get(at, NOTHING),
        ignored=ignored,
        above=above,
        reader=reader,
    )


def settle(place: Place, key: Key | None, reader: Reader) -> Place:
    """The place with its bucket, now that it is known whose key asks (None: nobody's)."""
    account = None if key is None else key.account
    bucket = place.bucket
    if bucket is None and place.bucket_text is not None:
        if place.bucket_text == AUTO and key is not None:
            bucket = _chosen(reader, key)
        bucket = bucket or find_bucket(reader, place.bucket_text, account)
    return changed(place, bucket=bucket, account=account, is_plain=key is not None and key.limits.plain)


def _chosen(reader: Reader, key: Key) -> Bucket | None:
    """The bucket that ``auto`` means to a minted key, unless one has that very name."""
    if key.minted is None or reader.bucket(key.account, AUTO) is not None:
        return None
    return reader.bucket(key.account, key.minted.bucket)


def _below(query: dict[str, str]) -> tuple[str, str, dict[str, str]]:
    """The bucket of a listing of uploads whose prefix begins with it, and the query within that bucket.

    Uploaders that use an application's domain ask so before every upload in parts. Source: wire facts of Tencent §4.2.
    """
    bucket, slash, prefix = query.get("prefix", "").partition("/")
    if not slash:
        return "", "", query
    above = f"{bucket}/"
    return bucket, above, {**query, "prefix": prefix, "key-marker": query.get("key-marker", "").removeprefix(above)}


def find_bucket(reader: Reader, text: str, account: int | None) -> Bucket | None:
    """The bucket that ``text`` means when ``account`` says it.

    What ends in the number of an account is a name of that account's, there or not: else whoever has a bucket of the
    whole name would be sent what is meant for a bucket that is not there, or not any more.
    """
    own = reader.bucket(account, text) if account is not None else None
    if own is not None:
        return own
    match = _WITH_APPID.fullmatch(text)
    if match is not None:
        named = reader.bucket(int(match.group(2)), match.group(1))
        if named is not None or reader.account(int(match.group(2))) is not None:
            return named
    return reader.bucket_named(text)


def bare_name(text: str, account: int) -> str:
    """The name of a bucket that ``account`` wants to make: its own appid at the end is an address, not a name."""
    return text.removesuffix(f"-{account}")


@lru_cache(maxsize=4096)
def bucket_of_cloud(host: str) -> str | None:
    """The bucket before the own name of any cloud, whichever signs; empty without one, None for other hosts."""
    for endpoint in ENDPOINTS.values():
        match = endpoint.fullmatch(host)
        if match is not None:
            return match.group("bucket") or ""
    return None


@lru_cache(maxsize=4096)
def bucket_below(host: str, domains: tuple[str, ...]) -> str:
    """The bucket below a domain of the settings, the longest that fits, or below ``localhost``; empty without one."""
    for domain in sorted(domains, key=len, reverse=True):
        if host.endswith("." + domain):
            return host.removesuffix("." + domain)
    return host.removesuffix(".localhost").split(".")[0] if host.endswith(".localhost") else ""


def _text(raw: bytes) -> str:
    try:
        return (unquote_to_bytes(raw) if b"%" in raw else raw).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Fault(Kind.NAME_INVALID, "the path is not UTF-8", reason="utf8") from error


def _first_values(asked: list[tuple[str, str]]) -> dict[str, str]:
    """The first value of each name; a second of one that is understood is refused with the rest."""
    query: dict[str, str] = {}
    for name, value in asked:
        query.setdefault(name, value)
    return query
