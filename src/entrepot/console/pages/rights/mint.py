"""Minting by a form, through each API, and code that spends what came of it.

The operation is that of command line and admin API (:mod:`entrepot.admin.minting`), in the name of the key that is
logged in; the admin says in whose. What was minted is on the reply to the form, and nowhere afterwards.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final
from urllib.parse import parse_qs, quote, urlsplit

from entrepot.admin.api.table import ENDPOINTS, LIST_MAX, Field
from entrepot.admin.minting import OPERATORS
from entrepot.console.code import Values, code_of
from entrepot.console.page import Asked, Page, Reply, Show
from entrepot.core.fault import Fault, Kind
from entrepot.core.value import changed

_ENDPOINTS: Final = {"url": "mintUrl", "vms": "mintVms", "hbr": "mintHbr", "vod": "mintVod", "ms": "mintMs"}
_TITLES: Final = {
    "url": "mint.url", "vms": "mint.vms", "hbr": "mint.hbr", "vod": "mint.vod", "ms": "mint.ms",
}  # fmt: skip
_LABELS: Final = {
    "bucket": "mint.bucket", "key": "mint.key", "method": "mint.method", "dialect": "mint.dialect",
    "expires": "mint.expires", "FileName": "mint.file_name", "SubAppId": "mint.application", "Policy": "mint.policy",
    "DurationSeconds": "mint.duration", "CosRegion": "mint.region", "Duration": "mint.duration",
    "key_id": "mint.key_id", "account": "mint.account", "max_bytes": "mint.max_bytes", "uses": "mint.uses",
    "content_types": "mint.content_types", "networks": "mint.networks",
}  # fmt: skip
_EXAMPLES: Final = {
    "expires": "1h", "content_types": "image/png, image/*", "networks": "192.0.2.0/24", "FileName": "a.mp3",
    "CosRegion": "ap-guangzhou",
}  # fmt: skip
_POLICY: Final = """{"version": "2.0", "statement": [{"effect": "allow",
  "action": ["name/vod:PutObject", "name/vod:InitiateMultipartUpload", "name/vod:UploadPart",
    "name/vod:ListParts", "name/vod:CompleteMultipartUpload"],
  "resource": ["qcs::vod:auto:uid/APPID:prefix//SUBAPPID/BUCKET/KEY"]}]}"""


async def show(asked: Asked) -> Reply:
    """The form of one API."""
    api = asked.given.get("api", "url")
    return Show(
        values=_values(asked, api, {name: asked.given[name] for name in ("bucket", "key") if name in asked.given})
    )


async def mint(asked: Asked, api: str) -> Reply:
    """Mint, and show what came of it; what is refused is told over the form as it was filled in."""
    services = asked.services
    given: dict[str, Any] = {name: _listed(value) if name in _LISTS else value for name, value in asked.given.items()}
    key = asked.visitor.key
    if key is not None:
        given |= {"key_id": key.id, "account": key.account}
    try:
        if api == "url":
            made = await services.minting.url(given, asked.by, services.store_url)
        else:
            said = {name: value for name, value in given.items() if name not in OPERATORS}
            if "Policy" in said:
                said["Policy"] = quote(said["Policy"], safe="")
            made = await services.minting.call(api, said, given, asked.by, services.store_url)
    except Fault as fault:
        if fault.kind in {Kind.INTERNAL, Kind.STORAGE_FAILED, Kind.STORAGE_FULL}:
            raise
        status = 403 if fault.kind is Kind.ACCESS_DENIED else 400
        return Show(values=_values(asked, api, asked.given) | {"fault": fault}, status=status, fault=fault)
    spent = _spent(api, made, services.store_url)
    plain_http = services.store_url.startswith("http:")
    result = {name: value for name, value in _flat(made).items() if not isinstance(value, dict)}
    result |= {f"{name}": value for name, value in made.get("headers", {}).items()}
    values = _values(asked, api, asked.given) | {
        "result": result, "codes": code_of("minted", spent[0], spent[1], plain_http=plain_http),
        "right": _right(made),
    }  # fmt: skip
    return Show(values=values)


def _values(asked: Asked, api: str, filled: Any) -> dict[str, Any]:
    fields = [field for field in _FORMS[api] if asked.visitor.is_admin or field.name not in {"key_id", "account"}]
    return {
        "api": api, "titles": _TITLES, "fields": fields, "labels": _LABELS, "examples": _EXAMPLES, "fault": None,
        "filled": {"Policy": _POLICY} | dict(filled), "result": None, "codes": [], "right": None,
    }  # fmt: skip


def _listed(text: str) -> list[str]:
    """The texts between commas and lines. Raises Fault PARAMETER_INVALID."""
    found = [one.strip() for one in text.replace("\n", ",").split(",") if one.strip()]
    if len(found) > LIST_MAX:
        raise Fault(Kind.PARAMETER_INVALID, f"a list has {LIST_MAX} texts at most")
    return found


def _flat(made: dict[str, Any]) -> dict[str, Any]:
    inner: dict[str, Any] = made.get("Credentials", {})
    return {name: value for name, value in made.items() if name != "Credentials"} | inner


def _spent(api: str, made: dict[str, Any], address: str) -> tuple[str, Values]:
    """Which code spends it, and the values in that."""
    if api == "url":
        return made["method"].lower(), {"url": made["url"], "headers": made["headers"]}
    if api == "vms":
        return "put", {"url": made["UploadUrl"], "headers": {}}
    texts = {name: str(value) for name, value in _flat(made).items()}
    parts = urlsplit(address)
    if api == "hbr":
        host, bucket = texts["Endpoint"], texts["BucketName"]
        by_path = host == parts.netloc
        texts["form"] = f"{parts.scheme}://{host}/{bucket}" if by_path else f"{parts.scheme}://{bucket}.{host}/"
    if api == "ms":
        texts["bucket"] = f"{texts['CosBucket']}-{texts['CosAppid']}"
    return api, texts | {"address": address, "authority": parts.netloc}


def _right(made: dict[str, Any]) -> str | None:
    """The id of the right that was minted."""
    for name in ("grant", "OssAccessKeyId", "AccessKeyId", "CosId"):
        if name in _flat(made):
            return str(_flat(made)[name])
    shown = parse_qs(urlsplit(str(made.get("UploadUrl", ""))).query).get("X-Tos-Credential")
    return None if shown is None else shown[0].partition("/")[0]


def _form_of(api: str) -> tuple[Field, ...]:
    """The fields of an endpoint of the admin API; a list is one text with commas."""
    (endpoint,) = (one for one in ENDPOINTS if one.name == _ENDPOINTS[api])
    return tuple(changed(field, kind="string") if field.kind == "strings" else field for field in endpoint.body or ())


_LISTS: Final = frozenset({"content_types", "networks"})
_FORMS: Final = {api: _form_of(api) for api in _ENDPOINTS}
_NOTED: Final = ("bucket", "key", "method", "dialect", "FileName", "SubAppId", "key_id")
PAGES: Final = (
    Page(
        name="mint", path="/mint", handler=show, title="mint.title", nav=40, template="pages/rights/mint.html",
        scripts=("copy.js",), styles=("rights.css", "mint.css"),
        query=(
            Field(name="api", kind="string", about="Through which API.", choices=tuple(_ENDPOINTS)),
            Field(name="bucket", kind="string", about="The bucket to begin with.", longest=64),
            Field(name="key", kind="string", about="The key to begin with.", longest=1100),
        ),
    ),
    *(
        Page(
            name=f"mint-{api}", path=f"/mint/{api}", method="POST", handler=partial(mint, api=api),
            title="mint.title", template="pages/rights/mint.html", scripts=("copy.js",),
            styles=("rights.css", "mint.css"),
            form=_FORMS[api], noted=tuple(name for name in _NOTED if name in {one.name for one in _FORMS[api]}),
        )
        for api in _ENDPOINTS
    ),
)  # fmt: skip
