"""alibabacloud-oss-v2, with its retries as they come: ADDRESS KEY_ID SECRET."""

from __future__ import annotations

import sys
from typing import Any

import alibabacloud_oss_v2 as oss
from once import perform

address, key_id, secret = sys.argv[1:]
config = oss.config.load_default()
config.credentials_provider = oss.credentials.StaticCredentialsProvider(key_id, secret)
config.region, config.endpoint = "cn-hangzhou", address
client = oss.Client(config)
client.put_object(oss.PutObjectRequest(bucket="demo", key="k", body=b"k"))


def status(error: BaseException) -> int | None:
    """Of the server's error that an error of this SDK holds."""
    inner: Any = getattr(error, "unwrap", lambda: error)()
    return inner.status_code if isinstance(inner, oss.exceptions.ServiceError) else None


perform(
    address,
    {
        "put_bucket_versioning": lambda: client.put_bucket_versioning(
            oss.PutBucketVersioningRequest(
                bucket="demo", versioning_configuration=oss.VersioningConfiguration(status="Enabled")
            )
        ),
        "put_bucket_website": lambda: client.put_bucket_website(
            oss.PutBucketWebsiteRequest(
                bucket="demo",
                website_configuration=oss.WebsiteConfiguration(index_document=oss.IndexDocument(suffix="index.html")),
            )
        ),
        "put_bucket_policy": lambda: client.put_bucket_policy(
            oss.PutBucketPolicyRequest(bucket="demo", body='{"Version":"1","Statement":[]}')
        ),
        "put_bucket_logging": lambda: client.put_bucket_logging(
            oss.PutBucketLoggingRequest(
                bucket="demo",
                bucket_logging_status=oss.BucketLoggingStatus(
                    logging_enabled=oss.LoggingEnabled(target_bucket="demo", target_prefix="logs/")
                ),
            )
        ),
        "put_bucket_transfer_acceleration": lambda: client.put_bucket_transfer_acceleration(
            oss.PutBucketTransferAccelerationRequest(
                bucket="demo",
                transfer_acceleration_configuration=oss.TransferAccelerationConfiguration(enabled=True),
            )
        ),
        "put_bucket_access_monitor": lambda: client.put_bucket_access_monitor(
            oss.PutBucketAccessMonitorRequest(
                bucket="demo", access_monitor_configuration=oss.AccessMonitorConfiguration(status="Enabled")
            )
        ),
        "put_bucket_archive_direct_read": lambda: client.put_bucket_archive_direct_read(
            oss.PutBucketArchiveDirectReadRequest(
                bucket="demo", archive_direct_read_configuration=oss.ArchiveDirectReadConfiguration(enabled=True)
            )
        ),
        "open_meta_query": lambda: client.open_meta_query(oss.OpenMetaQueryRequest(bucket="demo")),
        "create_bucket_data_redundancy_transition": lambda: client.create_bucket_data_redundancy_transition(
            oss.CreateBucketDataRedundancyTransitionRequest(bucket="demo", target_redundancy_type="ZRS")
        ),
        "image": lambda: client.get_object(oss.GetObjectRequest(bucket="demo", key="k", process="image/resize,w_100")),
    },
    status,
)
