"""A session of boto3: objects, multipart, copy, deletion of many, addresses, forms, temporary keys, refusals."""

from __future__ import annotations

import boto3
import overheard
import requests
from botocore.config import Config
from overheard import ADDRESS, BUCKET, KEY_ID, SECRET, USER_ID

CONFIG = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
PART = b"0123456789" * 600_000

s3 = boto3.client("s3", endpoint_url=ADDRESS, config=CONFIG)
s3.put_object(Bucket=BUCKET, Key="a/hello world+é.txt", Body=b"hello\nworld", Metadata={"colour": "blue"})
s3.get_object(Bucket=BUCKET, Key="a/hello world+é.txt")["Body"].read()
s3.put_object(Bucket=BUCKET, Key="bytes", Body=bytes(range(256)) * 40)
s3.get_object(Bucket=BUCKET, Key="bytes", Range="bytes=5-9")["Body"].read()
s3.put_object(Bucket=BUCKET, Key="secret-less", Body=b"${key.1} $${x} {y}")

upload = s3.create_multipart_upload(Bucket=BUCKET, Key="big")["UploadId"]
parts = [
    {
        "PartNumber": n,
        "ETag": s3.upload_part(Bucket=BUCKET, Key="big", UploadId=upload, PartNumber=n, Body=PART)["ETag"],
    }
    for n in (1, 2)
]
s3.list_parts(Bucket=BUCKET, Key="big", UploadId=upload)
s3.list_multipart_uploads(Bucket=BUCKET)
s3.complete_multipart_upload(Bucket=BUCKET, Key="big", UploadId=upload, MultipartUpload={"Parts": parts})
s3.get_object(Bucket=BUCKET, Key="big")["Body"].read()
s3.copy_object(Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": "big"})
other = s3.create_multipart_upload(Bucket=BUCKET, Key="left")["UploadId"]
s3.upload_part_copy(
    Bucket=BUCKET, Key="left", UploadId=other, PartNumber=1, CopySource={"Bucket": BUCKET, "Key": "big"}
)
s3.abort_multipart_upload(Bucket=BUCKET, Key="left", UploadId=other)

s3.create_bucket(Bucket="further")
s3.list_buckets()
s3.delete_bucket(Bucket="further")
page = s3.list_objects_v2(Bucket=BUCKET, MaxKeys=2)
s3.list_objects_v2(Bucket=BUCKET, MaxKeys=2, ContinuationToken=page["NextContinuationToken"])
copied = s3.head_object(Bucket=BUCKET, Key="copy")
overheard.refused(s3.get_object, Bucket=BUCKET, Key="copy", IfModifiedSince=copied["LastModified"])
overheard.refused(s3.get_object, Bucket=BUCKET, Key="missing")
overheard.refused(s3.get_object, Bucket="no-such-bucket-here", Key="missing")

for version in ("s3", "s3v4"):
    signer = boto3.client("s3", endpoint_url=ADDRESS, config=CONFIG.merge(Config(signature_version=version)))
    named = {"Bucket": BUCKET, "Key": "presigned"}
    url = signer.generate_presigned_url("put_object", Params=named, ExpiresIn=600)
    assert requests.put(url, data=b"presigned", timeout=20).status_code == 200
    form = signer.generate_presigned_post(BUCKET, "form-${filename}", ExpiresIn=600)
    overheard.secret(form["fields"].get("signature"), form["fields"].get("x-amz-signature"))
    sent = requests.post(form["url"], data=form["fields"], files={"file": ("x.txt", b"form file")}, timeout=20)
    assert sent.status_code == 204, sent.text

sts = boto3.client("sts", endpoint_url=ADDRESS)
role = f"arn:aws:iam::{USER_ID}:role/tests"
made = sts.assume_role(RoleArn=role, RoleSessionName="test", DurationSeconds=900)["Credentials"]
overheard.secret(made["SecretAccessKey"], made["SessionToken"])
temporary = boto3.client(
    "s3", endpoint_url=ADDRESS, config=CONFIG, aws_access_key_id=made["AccessKeyId"],
    aws_secret_access_key=made["SecretAccessKey"], aws_session_token=made["SessionToken"],
)  # fmt: skip
temporary.put_object(Bucket=BUCKET, Key="temporary", Body=b"t")
short = temporary.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "temporary"}, ExpiresIn=60)
assert requests.get(short, timeout=20).content == b"t"

overheard.secret("not-the-secret-of-this-key")
for named in (
    {"aws_access_key_id": KEY_ID, "aws_secret_access_key": "not-the-secret-of-this-key"},
    {"aws_access_key_id": SECRET, "aws_secret_access_key": KEY_ID},
):
    overheard.refused(boto3.client("s3", endpoint_url=ADDRESS, config=CONFIG, **named).list_buckets)
deleted = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "presigned"}, {"Key": "big"}]})
assert len(deleted["Deleted"]) == 2
overheard.told()
