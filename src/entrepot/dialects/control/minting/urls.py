"""Signed addresses for people without an SDK: one object, GET or PUT, in the dialect of the client's choice.

An address is signed by a key of its own, minted for it, as every minting API does it. Must not know how the storage
dialects answer; what they take is a table here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal
from urllib.parse import quote, urlsplit

from entrepot.core import operations as ops
from entrepot.core.facts.names import check_key
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.further_limits import NO_FURTHER_LIMITS, FurtherLimits
from entrepot.core.rights.grant import Clause, Grant, Right, Rule, Scope
from entrepot.core.rights.identity import Credential, Key, Principal
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Store
from entrepot.core.value import Value
from entrepot.dialects.control.minting.addresses import Storage
from entrepot.signing import cos_app
from entrepot.signing.presign import (
    AWS4_ADDRESS,
    OSS4_ADDRESS,
    Q_SIGN_ADDRESS,
    TOS4_ADDRESS,
    Address,
    Presigner,
    signed_query,
)
from entrepot.signing.scheme import Target

Method = Literal["GET", "PUT", "POST"]
_RIGHTS: Final[dict[str, frozenset[Right]]] = {
    "GET": frozenset({Right.READ_OBJECT}),
    "PUT": frozenset({Right.PUT_OBJECT}),
    "POST": frozenset(
        {Right.START_UPLOAD, Right.PUT_PART, Right.LIST_PARTS, Right.COMPLETE_UPLOAD, Right.ABORT_UPLOAD}
    ),
}
"""What an address is for. POST begins an upload in parts; :func:`signed` makes the further addresses of the right."""


class Style(Value, frozen=True, kw_only=True):
    """How a dialect takes signed addresses. ``presigner`` None is the COS JSON API, which has downloads only."""

    presigner: Presigner | None
    with_account: bool = False
    """Whether the bucket is always spelt with its account's number."""


STYLES: Final[dict[str, Style]] = {
    "s3": Style(presigner=AWS4_ADDRESS),
    "oss": Style(presigner=OSS4_ADDRESS),
    "tos": Style(presigner=TOS4_ADDRESS),
    "cos_xml": Style(presigner=Q_SIGN_ADDRESS, with_account=True),
    "cos_json": Style(presigner=None, with_account=True),
}


class UrlAsked(Value, frozen=True, kw_only=True):
    """The address that is wanted: what it is for, how long it lasts, and its limits."""

    bucket: str
    key: str
    method: Method
    dialect: str
    seconds: int
    further_limits: FurtherLimits = NO_FURTHER_LIMITS
    query: tuple[tuple[str, str], ...] = ()
    """What else the address says, such as under which name a browser keeps the file."""


class Url(Value, frozen=True, kw_only=True):
    """A signed address, the headers that must be sent with it, and the right behind it."""

    url: str
    method: str
    headers: dict[str, str]
    key: Key


async def mint_url(
    asked: UrlAsked,
    who: Principal,
    store: Store,
    intake: Intake,
    *,
    where: Storage,
    regions: Mapping[str, str],
    client: str,
) -> Url:
    """Mint the right and sign the address. ``regions`` are those that the dialects sign, by their names.

    Raises:
        Fault: PARAMETER_INVALID, NAME_INVALID, BUCKET_MISSING; ACCESS_DENIED when ``who`` may not mint.
    """
    style = STYLES.get(asked.dialect)
    if style is None:
        raise Fault(
            Kind.PARAMETER_INVALID, f"there is no dialect {asked.dialect[:40]!r}; there are {', '.join(STYLES)}"
        )
    account = who.account or 0
    _check(asked, style, store, account)
    scope = Scope(account=account, bucket=asked.bucket, key=check_key(asked.key))
    rule = Rule(rights=_RIGHTS[asked.method], scope=scope)
    made = await store.perform(
        ops.MintCredential(
            account=account,
            api=f"url:{asked.method}",
            requested=Grant(clauses=(Clause(rules=(rule,)),)) & asked.further_limits.grant,
            seconds=asked.seconds,
            allows=", ".join(filter(None, (f"{asked.method} {asked.bucket}/{asked.key}", asked.further_limits.told()))),
            style="URL",
            with_token=False,
            client=client,
            about_bucket=asked.bucket,
            about_key=asked.key,
            limits=asked.further_limits.limits,
            plain=asked.method != "GET",
        ),
        who,
        intake,
    )
    assert isinstance(made, Credential)  # noqa: S101 - that is what minting gives
    headers = _headers(asked, style)
    return Url(
        url=signed(asked, made.key, where, regions),
        method=asked.method,
        headers=headers,
        key=made.key,
    )


def _check(asked: UrlAsked, style: Style, store: Store, account: int) -> None:
    longest = cos_app.LIFETIME_MAX_SECONDS if style.presigner is None else style.presigner.seconds_max
    if not 1 <= asked.seconds <= longest:
        message = f"an address of {asked.dialect} lasts 1 to {longest} seconds, not {asked.seconds}"
        raise Fault(Kind.PARAMETER_INVALID, message)
    if style.presigner is None and asked.method != "GET":
        raise Fault(Kind.PARAMETER_INVALID, f"the dialect {asked.dialect} has signed addresses for GET only")
    kinds = asked.further_limits.content_types
    if kinds and asked.method != "PUT":
        raise Fault(Kind.PARAMETER_INVALID, "a content type is a limit of what is uploaded; this address downloads")
    if kinds and style.presigner is not None and style.presigner.signs_type and (len(kinds) > 1 or "*" in kinds[0]):
        message = f"an address of {asked.dialect} signs the content type: name one, without *"
        raise Fault(Kind.PARAMETER_INVALID, message)
    if store.index.refresh().bucket(account, asked.bucket) is None:
        raise Fault(Kind.BUCKET_MISSING, f"the account {account} has no bucket {asked.bucket[:80]!r}")


def _headers(asked: UrlAsked, style: Style) -> dict[str, str]:
    """What the client has to send: the type, where there is just one that it may send."""
    kinds = asked.further_limits.content_types
    return {"content-type": kinds[0]} if len(kinds) == 1 and "*" not in kinds[0] and style.presigner else {}


def signed(asked: UrlAsked, key: Key, where: Storage, regions: Mapping[str, str]) -> str:
    """An address that is signed by a right's own key, for as long from its minting on as is asked."""
    style = STYLES[asked.dialect]
    headers = _headers(asked, style)
    bucket = f"{asked.bucket}-{key.account}" if style.with_account else asked.bucket
    path = quote(asked.key, safe="/~")
    if style.presigner is None:
        base = f"{where.scheme}://{where.authority}/{bucket}" if not where.bucket_in_host else where.bucket_url(bucket)
        made_at = int(key.created_at)
        sign = cos_app.sign(
            account=key.account, bucket=asked.bucket, key_id=key.id, secret=key.secret,
            expires_at=made_at + asked.seconds, made_at=made_at, nonce=made_at % 10**10,
            path=f"/{key.account}/{asked.bucket}/{path}",
        )  # fmt: skip
        return f"{base}/{path}?sign={quote(sign, safe='')}"
    url = f"{where.bucket_url(bucket)}/{path}"
    parts = urlsplit(url)
    query = signed_query(
        style.presigner,
        Address(
            method=asked.method,
            authority=parts.netloc,
            path=parts.path,
            target=Target(bucket=bucket, key=asked.key.encode()),
            headers=tuple(headers.items()) if style.presigner.signs_type else (),
            query=asked.query,
            at=int(key.created_at),
            seconds=asked.seconds,
            region=regions.get(asked.dialect, ""),
        ),
        key.id,
        key.secret,
    )
    return f"{url}?{query}"
