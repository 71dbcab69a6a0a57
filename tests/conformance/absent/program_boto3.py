"""boto3, with its retries as they come: ADDRESS KEY_ID SECRET."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import boto3
from botocore.exceptions import ClientError
from once import perform

address, key_id, secret = sys.argv[1:]
s3 = boto3.client(
    "s3", endpoint_url=address, region_name="us-east-1", aws_access_key_id=key_id, aws_secret_access_key=secret
)
s3.put_object(Bucket="demo", Key="k", Body=b"k")
TABLE: dict[str, dict[str, Any]] = {
    "put_bucket_versioning": {"VersioningConfiguration": {"Status": "Enabled"}},
    "put_bucket_website": {"WebsiteConfiguration": {"IndexDocument": {"Suffix": "index.html"}}},
    "put_bucket_policy": {"Policy": '{"Version":"2012-10-17","Statement":[]}'},
    "put_bucket_logging": {
        "BucketLoggingStatus": {"LoggingEnabled": {"TargetBucket": "demo", "TargetPrefix": "logs/"}}
    },
    "put_bucket_accelerate_configuration": {"AccelerateConfiguration": {"Status": "Enabled"}},
    "put_bucket_request_payment": {"RequestPaymentConfiguration": {"Payer": "Requester"}},
    "put_bucket_notification_configuration": {
        "NotificationConfiguration": {
            "QueueConfigurations": [
                {"QueueArn": "arn:aws:sqs:us-east-1:100000000001:q", "Events": ["s3:ObjectCreated:*"]}
            ]
        }
    },
    "put_bucket_replication": {
        "ReplicationConfiguration": {
            "Role": "arn:aws:iam::100000000001:role/r",
            "Rules": [{"Status": "Enabled", "Prefix": "", "Destination": {"Bucket": "arn:aws:s3:::other"}}],
        }
    },
    "put_object_lock_configuration": {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}},
    "put_bucket_metrics_configuration": {"Id": "m", "MetricsConfiguration": {"Id": "m"}},
    "put_bucket_intelligent_tiering_configuration": {
        "Id": "t",
        "IntelligentTieringConfiguration": {
            "Id": "t", "Status": "Enabled", "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}],
        },
    },
    "select_object_content": {
        "Key": "k", "Expression": "SELECT * FROM s3object", "ExpressionType": "SQL",
        "InputSerialization": {"CSV": {}}, "OutputSerialization": {"CSV": {}},
    },
    "get_object_torrent": {"Key": "k"},
}  # fmt: skip
perform(
    address,
    {name: partial(getattr(s3, name), Bucket="demo", **given) for name, given in TABLE.items()},
    lambda error: error.response["ResponseMetadata"]["HTTPStatusCode"] if isinstance(error, ClientError) else None,
)
