"""tos, with its retries as they come, by the server as a proxy: ADDRESS KEY_ID SECRET."""

from __future__ import annotations

import sys
from urllib.parse import urlsplit

import tos
from once import perform
from tos import enum, models2

address, key_id, secret = sys.argv[1:]
place = urlsplit(address)
client = tos.TosClientV2(
    key_id, secret, "http://tos-cn-beijing.volces.com", "cn-beijing", proxy_host=place.hostname, proxy_port=place.port
)
client.put_object("demo", "k", content=b"k")
POLICY = '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"tos:*","Resource":"trn:tos:::demo"}]}'
perform(
    address,
    {
        "put_bucket_versioning": lambda: client.put_bucket_versioning(
            "demo", enum.VersioningStatusType.Versioning_Status_Enabled
        ),
        "put_bucket_website": lambda: client.put_bucket_website(
            "demo", index_document=models2.IndexDocument("index.html", False)
        ),
        "put_bucket_policy": lambda: client.put_bucket_policy("demo", POLICY),
        "put_bucket_quota": lambda: client.put_bucket_quota("demo", 1 << 30),
        "put_bucket_access_monitor": lambda: client.put_bucket_access_monitor("demo", enum.StatusType.Status_Enable),
        "put_bucket_mirror_back": lambda: client.put_bucket_mirror_back("demo", []),
        "put_bucket_replication": lambda: client.put_bucket_replication("demo", "role", []),
        "put_bucket_notification_type2": lambda: client.put_bucket_notification_type2("demo", [], "1"),
        "put_bucket_rename": lambda: client.put_bucket_rename("demo", True),
        "put_bucket_custom_domain": lambda: client.put_bucket_custom_domain(
            "demo", models2.CustomDomainRule(domain="files.example.test")
        ),
        "image": lambda: client.get_object("demo", "k", process="image/resize,w_100"),
    },
    lambda error: error.status_code if isinstance(error, tos.exceptions.TosServerError) else None,
)
