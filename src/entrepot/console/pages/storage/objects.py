"""What is in a bucket: one level of a tree, page by page, as the store lists it for whoever asks. Objects are deleted
and downloaded here; a bucket that is empty can be removed.

A page costs what the store's own listing of it costs, however many keys there are. Bytes never come from here: browsers
get them from the store, by an address that is minted for that.
"""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import quote

from entrepot.admin.api.table import Field
from entrepot.console.acting import address, bucket_of, kept_as, reachable, within
from entrepot.console.page import BASE, Asked, Go, Page, Reply, Show
from entrepot.core import operations as ops
from entrepot.core.facts.records import BucketSettings
from entrepot.core.fault import Fault, Kind
from entrepot.core.rules.keys import KeysPage

PATH: Final = "/buckets/{account}/{bucket}"
_PAGE: Final = 100
_DELIMITER: Final = "/"
KEYS: Final = Field(name="keys", kind="string", about="Names, as a JSON list.", needed=True, longest=200_000)
"""Forms change line ends in what they send; JSON has none."""


def path_of(account: int, bucket: str) -> str:
    """Where a bucket's page is."""
    return f"{BASE}/buckets/{account}/{quote(bucket, safe='')}"


async def show(asked: Asked) -> Reply:
    """One page of a level; htmx asks for the rows after it."""
    bucket = bucket_of(asked)
    prefix, after = asked.given.get("prefix", ""), asked.given.get("after")
    op = ops.ListObjects(bucket=bucket, prefix=prefix, delimiter=_DELIMITER, after=after, limit=_PAGE)
    found = await asked.perform(op, within(asked, bucket.account))
    assert isinstance(found, KeysPage)  # noqa: S101 - what this operation gives
    folder = prefix[: prefix.rfind(_DELIMITER) + 1]
    values = {
        "bucket": bucket, "here": path_of(bucket.account, bucket.name), "prefix": prefix, "folder": folder,
        "crumbs": crumbs_of(folder), "rows": _rows(found, folder), "next": found.resume, "after": after,
    }  # fmt: skip
    return Show(values=values, part="pages/storage/objects_rows.html")


def _rows(found: KeysPage, folder: str) -> list[dict[str, Any]]:
    """Folders and objects as they follow each other. ``name`` is what the key has below the folder."""
    rows: list[dict[str, Any]] = [{"key": one, "name": one[len(folder) :], "record": None} for one in found.prefixes]
    rows += [
        {
            "key": one.key, "name": one.key[len(folder) :], "record": one, "reachable": reachable(one.key),
            "quoted": json.dumps([one.key]),
        }
        for one in found.records
    ]  # fmt: skip
    return sorted(rows, key=lambda row: row["key"])


def crumbs_of(folder: str) -> list[tuple[str, str]]:
    """Name and prefix of each level above."""
    names = folder.split(_DELIMITER)[:-1]
    return [(name, _DELIMITER.join(names[: level + 1]) + _DELIMITER) for level, name in enumerate(names)]


async def download(asked: Asked) -> Reply:
    """Lead the browser to the object, which it keeps as a file."""
    key = key_of(asked.given["keys"])
    made = await address(asked, bucket_of(asked), key, "GET", [kept_as(key)])
    return Go(path=made.url)


async def delete(asked: Asked) -> Reply:
    """Delete objects, each if whoever asks may delete it; what was refused is told by name."""
    bucket, keys = bucket_of(asked), keys_of(asked.given["keys"])
    found = await asked.perform(ops.DeleteObjects(bucket=bucket, keys=keys), within(asked, bucket.account))
    assert isinstance(found, list)  # noqa: S101 - what this operation gives
    refused = [one for one in found if isinstance(one, tuple) and one[1] is not None]
    here = path_of(bucket.account, bucket.name)
    back = f"{here}?prefix={quote(asked.given.get('prefix', ''), safe='')}"
    if not refused:
        return Go(path=back)
    status = 403 if all(fault is not None and fault.kind is Kind.ACCESS_DENIED for _, fault in refused) else 409
    values = {"bucket": bucket, "refused": refused, "deleted": len(keys) - len(refused), "back_to": back}
    return Show(values=values, status=status)


def keys_of(text: str) -> tuple[str, ...]:
    """The names that a page sends, as JSON, which keeps every character of them. Raises Fault."""
    try:
        keys = json.loads(text)
    except (ValueError, RecursionError):
        keys = None
    if not isinstance(keys, list) or not 1 <= len(keys) <= 1000 or not all(isinstance(key, str) for key in keys):
        raise Fault(Kind.PARAMETER_INVALID, "keys must be a JSON list of 1 to 1000 names")
    return tuple(dict.fromkeys(keys))


def key_of(text: str) -> str:
    """The one name that a page sends, as :func:`keys_of`. Raises Fault."""
    (key, *more) = keys_of(text)
    if more:
        raise Fault(Kind.PARAMETER_INVALID, "this is done to one object at a time")
    return key


async def create_bucket(asked: Asked) -> Reply:
    """A bucket that only its account reaches."""
    asked_account = asked.given.get("account")
    account = asked.account if asked_account is None else asked_account
    if account is None:
        raise Fault(Kind.PARAMETER_MISSING, "say in which account")
    if asked.account not in (None, account):
        raise Fault(Kind.ACCESS_DENIED, f"the key {asked.visitor.id!r} is of another account")
    name = asked.given["name"].strip()
    op = ops.CreateBucket(account=account, name=name, settings=BucketSettings())
    await asked.perform(op, within(asked, account))
    return Go(path=path_of(account, name))


async def delete_bucket(asked: Asked) -> Reply:
    """Remove a bucket without objects; uploads that were never completed go with it."""
    bucket = bucket_of(asked)
    await asked.perform(ops.DeleteBucket(bucket=bucket, uploads_too=True), within(asked, bucket.account))
    return Go(path=f"{BASE}/buckets")


_PREFIX: Final = Field(name="prefix", kind="string", about="Only names that begin like this.", longest=1024)
PAGES: Final = (
    Page(
        name="objects", path=PATH, handler=show, title="objects.title", template="pages/storage/objects.html",
        scripts=("objects.js", "upload.js"),
        query=(_PREFIX, Field(name="after", kind="string", about="Go on after this name.", longest=1024)),
    ),
    Page(
        name="download", path=PATH + "/download", method="POST", handler=download, form=(KEYS,),
        noted=("account", "bucket", "keys"),
    ),
    Page(
        name="delete-objects", path=PATH + "/delete", method="POST", handler=delete, title="objects.refused",
        template="pages/storage/objects_refused.html", noted=("account", "bucket", "keys"),
        form=(KEYS, _PREFIX),
    ),
    Page(
        name="create-bucket", path="/buckets", method="POST", handler=create_bucket, noted=("account", "name"),
        form=(
            Field(name="name", kind="string", about="The bucket's name.", needed=True, longest=64),
            Field(name="account", kind="integer", about="In which account; the operator says it."),
        ),
    ),
    Page(
        name="delete-bucket", path=PATH + "/delete-bucket", method="POST", handler=delete_bucket,
        noted=("account", "bucket"),
    ),
)  # fmt: skip
