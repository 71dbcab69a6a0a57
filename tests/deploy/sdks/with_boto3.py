"""boto3, unmodified, against an address: odd names, presigned addresses, a large body both ways."""

import sys
import urllib.request

import boto3
from botocore.config import Config
from keys import KEYS, LARGE, body_of

address = sys.argv[1]
config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=20)
s3 = boto3.client(
    "s3",
    endpoint_url=address,
    aws_access_key_id="entrepot-dev-id",
    aws_secret_access_key="entrepot-dev-secret",
    region_name="us-east-1",
    config=config,
)
for key in KEYS:
    body = b"" if key.endswith("/") else body_of(key)
    s3.put_object(Bucket="demo", Key=key, Body=body, Metadata={"under_score": "1"})
    told = s3.get_object(Bucket="demo", Key=key)
    assert told["Body"].read() == body, key
    assert told["Metadata"] == {"under_score": "1"}, key
    url = s3.generate_presigned_url("get_object", {"Bucket": "demo", "Key": key})
    with urllib.request.urlopen(url, timeout=20) as response:  # noqa: S310 - our own address
        assert response.read() == body, key
listed = {one["Key"] for one in s3.list_objects_v2(Bucket="demo")["Contents"]}
assert set(KEYS) <= listed, set(KEYS) - listed
s3.put_object(Bucket="demo", Key="large", Body=LARGE)
assert s3.get_object(Bucket="demo", Key="large")["Body"].read() == LARGE
assert s3.get_object(Bucket="demo", Key="large", Range="bytes=1000000-1000999")["Body"].read() == LARGE[1000000:1001000]
upload = s3.create_multipart_upload(Bucket="demo", Key="p//arts")["UploadId"]
where = {"Bucket": "demo", "Key": "p//arts", "UploadId": upload}
tag = s3.upload_part(**where, PartNumber=1, Body=LARGE)["ETag"]
s3.complete_multipart_upload(**where, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": tag}]})
assert s3.head_object(Bucket="demo", Key="p//arts")["ContentLength"] == len(LARGE)
s3.delete_objects(Bucket="demo", Delete={"Objects": [{"Key": key} for key in (*KEYS, "large", "p//arts")]})
assert s3.list_objects_v2(Bucket="demo")["KeyCount"] == 0
print("done")
