"""Giving one object on: an address that downloads it, or uploads to its name, within limits.

Whoever mints needs the right to do so, as everywhere; what is minted is a row of the ledger like any other, and is
withdrawn there. The address is in the reply to the form and nowhere else.
"""

from __future__ import annotations

import json
from typing import Any, Final

from entrepot.admin.api.table import LIST_MAX, Field
from entrepot.admin.grants import moment
from entrepot.admin.minting import further_limits_of
from entrepot.console.acting import bucket_of, check_reachable, giver, kept_as
from entrepot.console.code import code_of
from entrepot.console.page import Asked, Page, Reply, Show
from entrepot.console.pages.storage.objects import KEYS, PATH, crumbs_of, key_of, path_of
from entrepot.core.facts.names import check_key
from entrepot.core.facts.records import Bucket
from entrepot.core.fault import Fault, Kind
from entrepot.dialects.control.minting.urls import Method, UrlAsked

_METHODS: Final[dict[str, Method]] = {"download": "GET", "upload": "PUT"}
_PURPOSES: Final = {"download": "share.download", "upload": "share.upload"}
_DIALECTS: Final = {"s3": "share.s3", "cos_xml": "share.cos", "oss": "share.oss", "tos": "share.tos"}
_UNITS: Final = {"m": "share.minutes", "h": "share.hours", "d": "share.days"}
_SECONDS: Final = {"m": 60, "h": 3600, "d": 86_400}
_UPLOADS: Final = ("max_bytes", "content_types")
"""Limits of what is uploaded."""
_DEFAULTS: Final = {"purpose": "download", "dialect": "s3", "lasts": 1, "unit": "h"}


async def show(asked: Asked) -> Reply:
    """The form for one name, whether there is an object or not."""
    return Show(values=_values(bucket_of(asked), check_key(asked.given["key"]), asked.given))


async def share(asked: Asked) -> Reply:
    """Mint the address and show it; what is refused is told over the form as it was filled in."""
    bucket, key = bucket_of(asked), check_key(key_of(asked.given["keys"]))
    try:
        check_reachable(key)
        wanted = _wanted(bucket, key, asked.given)
        who = await giver(asked, bucket.account)
        made = await asked.services.minting.address(wanted, who, asked.by, asked.services.store_url)
    except Fault as fault:
        if fault.kind in {Kind.INTERNAL, Kind.STORAGE_FAILED, Kind.STORAGE_FULL}:
            raise
        status = 403 if fault.kind is Kind.ACCESS_DENIED else 400
        values = _values(bucket, key, asked.given) | {"fault": fault}
        return Show(values=values, status=status, fault=fault)
    codes = code_of(
        "minted", made.method.lower(), {"url": made.url, "headers": made.headers},
        plain_http=asked.services.store_url.startswith("http:"),
    )  # fmt: skip
    values = _values(bucket, key, asked.given) | {
        "made": made, "codes": codes, "ends": moment(made.key.expires_at), "uses": made.key.limits.uses,
    }  # fmt: skip
    return Show(values=values, facts={"right": made.key.id})


def _wanted(bucket: Bucket, key: str, given: Any) -> UrlAsked:
    """What the form asks for. Raises Fault."""
    purpose = given.get("purpose", _DEFAULTS["purpose"])
    if purpose == "download" and any(name in given for name in _UPLOADS):
        raise Fault(Kind.PARAMETER_INVALID, "sizes and content types are limits of uploads; this address downloads")
    if purpose == "upload" and "as_file" in given:
        raise Fault(Kind.PARAMETER_INVALID, "what is uploaded is not kept as a file by a browser")
    limits = {name: given[name] for name in ("uses", "max_bytes") if name in given}
    limits |= {name: _listed(given[name]) for name in ("networks", "content_types") if name in given}
    seconds = given.get("lasts", _DEFAULTS["lasts"]) * _SECONDS[given.get("unit", _DEFAULTS["unit"])]
    return UrlAsked(
        bucket=bucket.name, key=key, method=_METHODS[purpose], dialect=given.get("dialect", _DEFAULTS["dialect"]),
        seconds=seconds, further_limits=further_limits_of(limits),
        query=(kept_as(key),) if given.get("as_file") else (),
    )  # fmt: skip


def _listed(text: str) -> list[str]:
    """The texts between commas, blanks and lines. Raises Fault PARAMETER_INVALID."""
    found = text.replace(",", " ").split()
    if len(found) > LIST_MAX:
        raise Fault(Kind.PARAMETER_INVALID, f"a list has {LIST_MAX} texts at most")
    return found


def _values(bucket: Bucket, key: str, filled: Any) -> dict[str, Any]:
    folder = key[: key.rstrip("/").rfind("/") + 1]
    return {
        "bucket": bucket, "here": path_of(bucket.account, bucket.name), "folder": folder, "crumbs": crumbs_of(folder),
        "key": key, "name": key[len(folder) :], "quoted": json.dumps([key]), "purposes": _PURPOSES,
        "dialects": _DIALECTS, "units": _UNITS, "filled": _DEFAULTS | dict(filled), "fault": None, "made": None,
        "codes": [], "ends": None, "uses": None,
    }  # fmt: skip


_PURPOSE: Final = Field(name="purpose", kind="string", about="What it is for.", choices=tuple(_PURPOSES))
PAGES: Final = (
    Page(
        name="share", path=PATH + "/share", handler=show, title="share.title", template="pages/storage/share.html",
        scripts=("copy.js",), styles=("rights.css", "mint.css", "object.css"),
        query=(
            Field(name="key", kind="string", about="The object's name.", needed=True, longest=1024),
            _PURPOSE,
        ),
    ),
    Page(
        name="share-object", path=PATH + "/share", method="POST", handler=share, title="share.title",
        template="pages/storage/share.html", scripts=("copy.js",), styles=("rights.css", "mint.css", "object.css"),
        noted=("account", "bucket", "keys", "purpose", "dialect"),
        form=(
            KEYS, _PURPOSE,
            Field(name="dialect", kind="string", about="In which dialect.", choices=tuple(_DIALECTS)),
            Field(name="lasts", kind="integer", about="How long it lasts, in units.", least=1, most=525_600),
            Field(name="unit", kind="string", about="The unit of that.", choices=tuple(_UNITS)),
            Field(name="uses", kind="integer", about="How often it may be used.", least=1),
            Field(name="networks", kind="string", about="From where it may be used: addresses and CIDR blocks."),
            Field(name="max_bytes", kind="integer", about="Most bytes of the upload.", least=1),
            Field(name="content_types", kind="string", about="What may be uploaded: image/png, image/*."),
            Field(name="as_file", kind="boolean", about="Whether a browser keeps it as a file."),
        ),
    ),
)  # fmt: skip
