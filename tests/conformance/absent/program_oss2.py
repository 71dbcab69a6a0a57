"""oss2, with its retries as they come: ADDRESS KEY_ID SECRET."""

from __future__ import annotations

import sys

import oss2
from once import perform
from oss2 import models

address, key_id, secret = sys.argv[1:]
bucket = oss2.Bucket(oss2.AuthV4(key_id, secret), address, "demo", region="cn-hangzhou")
bucket.put_object("k", b"k")
POLICY = '{"Version":"1","Statement":[{"Effect":"Deny","Principal":["1"],"Action":["oss:*"],"Resource":["acs:oss:*"]}]}'
perform(
    address,
    {
        "put_bucket_versioning": lambda: bucket.put_bucket_versioning(models.BucketVersioningConfig("Enabled")),
        "put_bucket_website": lambda: bucket.put_bucket_website(models.BucketWebsite("index.html", "404.html")),
        "put_bucket_policy": lambda: bucket.put_bucket_policy(POLICY),
        "put_bucket_logging": lambda: bucket.put_bucket_logging(models.BucketLogging("demo", "logs/")),
        "put_bucket_request_payment": lambda: bucket.put_bucket_request_payment("Requester"),
        "init_bucket_worm": lambda: bucket.init_bucket_worm(1),
        "put_bucket_replication": lambda: bucket.put_bucket_replication(
            models.ReplicationRule(target_bucket_name="other", target_bucket_location="oss-cn-beijing")
        ),
        "put_bucket_transfer_acceleration": lambda: bucket.put_bucket_transfer_acceleration("true"),
        "put_bucket_access_monitor": lambda: bucket.put_bucket_access_monitor("Enabled"),
        "put_bucket_style": lambda: bucket.put_bucket_style("small", "image/resize,w_100"),
        "process_object": lambda: bucket.process_object("k", "image/resize,w_100|sys/saveas,o_a2V5"),
        "create_live_channel": lambda: bucket.create_live_channel("live", models.LiveChannelInfo()),
        "select_object": lambda: bucket.select_object("k", "select * from ossobject"),
        "image": lambda: bucket.get_object("k", process="image/resize,w_100"),
    },
    lambda error: error.status if isinstance(error, oss2.exceptions.ServerError) else None,
)
