"""cos-python-sdk-v5, with its retries as they come, by the server as a proxy: ADDRESS KEY_ID SECRET."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

from once import perform
from qcloud_cos import CosConfig, CosS3Client, CosServiceError

address, key_id, secret = sys.argv[1:]
config = CosConfig(Region="ap-guangzhou", SecretId=key_id, SecretKey=secret, Scheme="http", Proxies={"http": address})
client = CosS3Client(config)
BUCKET = "demo-1250000000"
client.put_object(Bucket=BUCKET, Key="k", Body=b"k")
TABLE: dict[str, dict[str, Any]] = {
    "put_bucket_versioning": {"Status": "Enabled"},
    "put_bucket_website": {"WebsiteConfiguration": {"IndexDocument": {"Suffix": "index.html"}}},
    "put_bucket_policy": {"Policy": {"version": "2.0", "Statement": []}},
    "put_bucket_logging": {
        "BucketLoggingStatus": {"LoggingEnabled": {"TargetBucket": BUCKET, "TargetPrefix": "logs/"}}
    },
    "put_bucket_replication": {
        "ReplicationConfiguration": {
            "Role": "qcs::cam::uin/1:uin/1",
            "Rule": [
                {
                    "ID": "a", "Status": "Enabled", "Prefix": "",
                    "Destination": {"Bucket": "qcs:id/0:cos:ap-beijing:appid/1250000000:other"},
                }
            ],
        }
    },
    "put_bucket_domain": {
        "DomainConfiguration": {"DomainRule": [{"Name": "a.example.test", "Type": "REST", "Status": "ENABLED"}]}
    },
    "put_bucket_origin": {
        "OriginConfiguration": {
            "OriginRule": [{
                "OriginType": "Mirror", "OriginCondition": {"HTTPStatusCode": "404"},
                "OriginParameter": {"Protocol": "HTTP"}, "OriginInfo": {"HostInfo": "a.example.test"},
            }]
        }
    },
    "put_bucket_referer": {
        "RefererConfiguration": {
            "Status": "Enabled", "RefererType": "White-List", "EmptyReferConfiguration": "Allow",
            "DomainList": {"Domain": ["*.example.test"]},
        }
    },
    "put_bucket_intelligenttiering": {"IntelligentTieringConfiguration": {"Status": "Enabled"}},
    "put_bucket_object_lock": {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}},
    "select_object_content": {
        "Key": "k", "Expression": "Select * from COSObject", "ExpressionType": "SQL",
        "InputSerialization": {"CSV": {}}, "OutputSerialization": {"CSV": {}},
    },
}  # fmt: skip
perform(
    address,
    {name: partial(getattr(client, name), Bucket=BUCKET, **given) for name, given in TABLE.items()},
    lambda error: error.get_status_code() if isinstance(error, CosServiceError) else None,
)
