"""tos, by the server as a proxy: ADDRESS FILE."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import tos
from calls import perform
from tos import ACLType, models2


def client(address: str, key_id: str, secret: str) -> Any:
    """A client of one key."""
    place = urlsplit(address)
    return tos.TosClientV2(
        key_id, secret, "http://tos-cn-beijing.volces.com", "cn-beijing", proxy_host=place.hostname,
        proxy_port=place.port, max_retry_count=0,
    )  # fmt: skip


def _put(client: Any, like: dict[str, Any]) -> Any:
    return client.put_object(
        "demo", like["key"], content=b"x" * like.get("content_length", 4), content_type=like.get("content_type"),
        acl=ACLType.ACL_Public_Read if like.get("acl") == "public-read" else None,
        tagging=like["tags"][0] if "tags" in like else None,
    )  # fmt: skip


def _list(client: Any, like: dict[str, Any]) -> Any:
    return client.list_objects(
        "demo", prefix=like.get("prefix"), delimiter=like.get("delimiter"), max_keys=like.get("max_keys", 1000)
    )


perform(
    client,
    {
        "get": lambda client, like: client.get_object("demo", like["key"]).read(),
        "put": _put,
        "list": _list,
        "delete": lambda client, like: client.delete_object("demo", like["key"]),
        "get acl": lambda client, like: client.get_object_acl("demo", like["key"]),
        "put acl": lambda client, like: client.put_object_acl("demo", like["key"], acl=ACLType.ACL_Private),
        "put tags": lambda client, like: client.put_object_tagging("demo", like["key"], [models2.Tag("a", "1")]),
        "location": lambda client, _like: client.get_bucket_location("demo"),
        "buckets": lambda client, _like: client.list_buckets(),
        "versions": lambda client, _like: client.list_object_versions("demo"),
    },
    lambda error: error.request_id or "" if isinstance(error, tos.exceptions.TosServerError) else "",
)
