"""PyPI tos 2.9.3, unmodified: any method of TosClientV2, one call per line.

Law: runs on the interpreter of the SDK's own environment and imports nothing of this project. `open` makes a named
client, `call` performs a method of it with its arguments built from JSON, `policyUrl` wraps the one result that is
only methods. Content is {"text"}, {"file"} or {"stream"} (an iterator, whose length the SDK cannot know). What the
SDK returns is written by the names of its attributes. No test's expectation is written here.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

import tos
from tos import enum, models2
from tos.exceptions import TosServerError

MARK = "\x1e"
SHOWN_BYTES = 64 * 1024
UNSHOWN = {"resp", "request_info", "content", "owner_info"}


def content(value: Mapping[str, str]) -> Any:
    """What the SDK uploads."""
    if "text" in value:
        return value["text"].encode()
    if "file" in value:
        return Path(value["file"]).open("rb")
    return pieces(value["stream"])


def pieces(text: str) -> Iterator[bytes]:
    """The text in pieces, as from a network."""
    data = text.encode()
    for start in range(0, len(data), 7):
        yield data[start : start + 7]


def each(kind: Callable[..., Any], **names: str) -> Callable[[list[Mapping[str, Any]]], list[Any]]:
    """Builds a list of `kind` from wire documents whose members `names` says."""
    return lambda items: [kind(**{names[name]: item[name] for name in item}) for item in items]


def lifecycle(rule: Mapping[str, Any]) -> Any:
    """One lifecycle rule from its wire document."""
    expiration = models2.BucketLifeCycleExpiration(days=rule["Expiration"]["Days"])
    return models2.BucketLifeCycleRule(
        id=rule["ID"], prefix=rule["Prefix"], status=enum.StatusType(rule["Status"]), expiration=expiration
    )


def grant(item: Mapping[str, Any]) -> Any:
    """One grant from its wire document."""
    grantee = item["Grantee"]
    canned = enum.CannedType(grantee["Canned"]) if "Canned" in grantee else None
    who = models2.Grantee(enum.GranteeType(grantee["Type"]), id=grantee.get("ID"), canned=canned)
    return models2.Grant(who, enum.PermissionType(item["Permission"]))


CORS = {
    "AllowedOrigins": "allowed_origins",
    "AllowedMethods": "allowed_methods",
    "AllowedHeaders": "allowed_headers",
    "ExposeHeaders": "expose_headers",
    "MaxAgeSeconds": "max_age_seconds",
}
CONDITION = {"Key": "key", "Value": "value", "Operator": "operator"}
BUILDERS: Mapping[str, Callable[[Any], Any]] = {
    "content": content,
    "acl": enum.ACLType,
    "storage_class": enum.StorageClassType,
    "metadata_directive": enum.MetadataDirectiveType,
    "tagging_directive": enum.TaggingDirectiveType,
    "http_method": enum.HttpMethodType,
    "objects": each(models2.ObjectTobeDeleted, Key="key"),
    "parts": each(models2.UploadedPart, PartNumber="part_number", ETag="etag"),
    "tag_set": each(models2.Tag, Key="key", Value="value"),
    "cors_rule": each(models2.CORSRule, **CORS),
    "rules": lambda rules: [lifecycle(rule) for rule in rules],
    "grants": lambda items: [grant(item) for item in items],
    "owner": lambda item: models2.Owner(item["ID"], item.get("DisplayName", "")),
    "conditions": each(models2.PostSignatureCondition, **CONDITION),
    "content_length_range": lambda pair: models2.ContentLengthRange(*pair),
    "if_modified_since": datetime.fromisoformat,
    "if_unmodified_since": datetime.fromisoformat,
    "expires_at": datetime.fromisoformat,
}


def built(given: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as the SDK wants them."""
    arguments = {name: BUILDERS[name](value) if name in BUILDERS else value for name, value in given.items()}
    if "request_date" in arguments:
        date = datetime.fromisoformat(arguments.pop("request_date"))
        arguments["generic_input"] = models2.GenericInput(request_date=date)
    if "expires_at" in arguments:  # `expires` is seconds of a signature or a header's date
        arguments["expires"] = arguments.pop("expires_at")
    return arguments


def outward(value: Any) -> Any:
    """What the SDK returned, as JSON."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, Mapping):
        return {str(name): outward(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [outward(item) for item in value]
    if hasattr(value, "items"):
        return {name: outward(item) for name, item in value.items()}
    shown = {name: outward(item) for name, item in vars(value).items() if name not in UNSHOWN}
    return shown | ({"content": body(value)} if isinstance(value, models2.GetObjectOutput) else {})


def body(reply: Any) -> dict[str, Any]:
    """A downloaded body, which the SDK checks at its end."""
    whole = b"".join(iter(lambda: reply.read(SHOWN_BYTES), b""))
    shown: dict[str, Any] = {"size": len(whole), "sha256": hashlib.sha256(whole).hexdigest()}
    return shown | ({"base64": base64.b64encode(whole).decode()} if len(whole) <= SHOWN_BYTES else {})


def failure(error: BaseException) -> dict[str, Any]:
    """An error as JSON, in the words of this SDK; what a failed upload wraps is looked into."""
    inner = error
    while not isinstance(inner, TosServerError) and isinstance(getattr(inner, "cause", None), BaseException):
        inner = inner.cause
    if isinstance(inner, TosServerError):
        names = ("code", "message", "ec", "request_id", "id2", "resource")
        told = {name: getattr(inner, name) for name in names}
        return {"kind": "server", "status": inner.status_code, "header": outward(inner.header), **told}
    return {"kind": "client", "name": type(error).__name__, "message": str(error)}


class Clients:
    """The named clients."""

    def __init__(self) -> None:
        self._clients: dict[str, Any] = {}

    def open(self, name: str, options: Mapping[str, Any]) -> None:
        """Make a client."""
        self._clients[name] = tos.TosClientV2(**options)

    def call(self, name: str, method: str, given: Mapping[str, Any]) -> Any:
        """Perform a method of a client."""
        return outward(getattr(self._clients[name], method)(**built(given)))

    def policyUrl(  # noqa: N802 -- the name that every driver has
        self, name: str, given: Mapping[str, Any], query: dict[str, str], keys: list[str]
    ) -> Any:
        """What a policy makes: the URL of a listing, and one for each key."""
        made = self._clients[name].pre_signed_policy_url(**built(given))
        objects = {key: made.get_signed_url_for_get_or_head(key) for key in keys}
        return {"list": made.get_signed_url_for_list(query), "objects": objects}


def main() -> None:
    """Answer calls until standard input ends."""
    clients = Clients()
    for line in sys.stdin:
        call = json.loads(line)
        try:
            answer = {"value": getattr(clients, call["method"])(*call["args"])}
        except Exception as error:  # noqa: BLE001
            answer = {"error": failure(error)}
        print(MARK + json.dumps(answer), flush=True)
    sys.stdout.flush()
    os._exit(0)  # the SDK's DNS cache keeps a thread


if __name__ == "__main__":
    main()
