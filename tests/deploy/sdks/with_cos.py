"""cos-python-sdk-v5, unmodified, against an address: the bucket stands in the host, which is the cloud's own."""

import sys
from urllib.parse import urlsplit

from keys import KEYS, LARGE, body_of
from qcloud_cos import CosConfig, CosS3Client

where = urlsplit(sys.argv[1])
config = CosConfig(
    Region="ap-guangzhou",
    SecretId="entrepot-dev-id",
    SecretKey="entrepot-dev-secret",
    Scheme=where.scheme,
    IP=where.hostname,
    Port=where.port,
    Timeout=20,
)
cos = CosS3Client(config, retry=0)
for key in KEYS:
    if key.startswith("a/./"):
        continue  # the SDK refuses names with dots that lead upwards
    body = b"" if key.endswith("/") else body_of(key)
    cos.put_object(Bucket="demo-1250000000", Key=key, Body=body, Metadata={"x-cos-meta-under_score": "1"})
    told = cos.get_object(Bucket="demo-1250000000", Key=key)
    assert told["Body"].get_raw_stream().read() == body, key
    assert {"ETag", "Content-Length", "Server"} <= set(told), told.keys()
    assert told["x-cos-meta-under_score"] == "1", key
cos.put_object(Bucket="demo-1250000000", Key="large", Body=LARGE)
assert cos.get_object(Bucket="demo-1250000000", Key="large")["Body"].get_raw_stream().read() == LARGE
for key in (*KEYS, "large"):
    if not key.startswith("a/./"):
        cos.delete_object(Bucket="demo-1250000000", Key=key)
print("done")
