"""Connect: settings to paste, which point a client at this server with the key of whoever is logged in.

No secret is ever in it: the server shows none but in the reply to the making of its key. What each client needs is the
table ``snippets/connect.toml``.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from entrepot.admin.api.table import Field
from entrepot.console.code import Values, code_of
from entrepot.console.page import Asked, Page, Reply, Show
from entrepot.console.pages.people.accounts import refused
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.identity import Key

_KINDS: Final = {
    "s3": "connect.s3", "oss": "connect.oss", "tos": "connect.tos", "cosxml": "connect.cosxml",
    "cosjson": "connect.cosjson", "minting": "connect.minting",
}  # fmt: skip
SECRET, KEY, APPID, BUCKET = "SECRET", "KEY_ID", "APPID", "BUCKET"
"""What stands in the place of what is not known."""


async def show(asked: Asked) -> Reply:
    """The code of one dialect's clients."""
    kind, typed = asked.given.get("kind", "s3"), {name: asked.given.get(name, "").strip() for name in ("key", "bucket")}
    fault: Fault | None = None
    try:
        key = await _key(asked, typed["key"])
    except Fault as wrong:
        key, fault = None, wrong
    address = asked.services.store_url
    values: dict[str, Any] = {
        "kind": kind, "kinds": _KINDS, "typed": typed, "address": address, "key": key, "secret": SECRET, "fault": fault,
        "codes": code_of("connect", kind, _values(asked, key, typed["bucket"]), plain_http=_plain(address)),
        "plain_http": _plain(address), "proxy": f"http_proxy={address}",
    }  # fmt: skip
    return Show(values=values) if fault is None else refused(fault, values)


async def _key(asked: Asked, named: str) -> Key | None:
    """Whose id the code has: that of whoever is logged in; the admin says which. Raises Fault KEY_UNKNOWN."""
    if asked.visitor.key is not None or not named:
        return asked.visitor.key
    found = await asked.services.index.scan(lambda reader: reader.key(named))
    if found is None or found.minted is not None:
        raise Fault(Kind.KEY_UNKNOWN, f"there is no key {named[:100]!r} of an account or a sub-user")
    return found


def _values(asked: Asked, key: Key | None, bucket: str) -> Values:
    address, regions = urlsplit(asked.services.store_url), asked.services.regions
    port = address.port or (80 if _plain(asked.services.store_url) else 443)
    bucket, appid = bucket or BUCKET, APPID if key is None else str(key.account)
    return {
        "address": asked.services.store_url, "scheme": address.scheme, "authority": address.netloc,
        "host": address.hostname or "", "port": str(port), "key": KEY if key is None else key.id, "secret": SECRET,
        "bucket": bucket, "appid": appid, "cosBucket": f"{bucket}-{appid}", "sRegion": regions["s3"],
        "ossRegion": regions["oss"], "tosRegion": regions["tos"], "cosRegion": regions["cos"],
    }  # fmt: skip


def _plain(address: str) -> bool:
    return address.startswith("http:")


PAGES: Final = (
    Page(
        name="connect", path="/connect", handler=show, title="connect.title", nav=45,
        template="pages/entry/connect.html", scripts=("copy.js",), styles=("mint.css",),
        query=(
            Field(name="kind", kind="string", about="For the clients of which dialect.", choices=tuple(_KINDS)),
            Field(name="bucket", kind="string", about="The bucket to write.", longest=64),
            Field(name="key", kind="string", about="The key's id to write; the admin says it.", longest=256),
        ),
    ),
)  # fmt: skip
