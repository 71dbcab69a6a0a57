"""A session of boto3 over https: bodies in frames with trailers, and a key of the client's own."""

from __future__ import annotations

import base64
import os

import boto3
import overheard
from botocore.config import Config
from overheard import ADDRESS, BUCKET

s3 = boto3.client("s3", endpoint_url=ADDRESS, config=Config(s3={"addressing_style": "path"}))
s3.put_object(Bucket=BUCKET, Key="framed", Body=b"0123456789" * 10_000)
assert len(s3.get_object(Bucket=BUCKET, Key="framed")["Body"].read()) == 100_000
key = os.urandom(32)
overheard.secret(base64.b64encode(key).decode())
own = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": key}
s3.put_object(Bucket=BUCKET, Key="sealed", Body=b"sealed", **own)
assert s3.get_object(Bucket=BUCKET, Key="sealed", **own)["Body"].read() == b"sealed"
other = os.urandom(32)
overheard.secret(base64.b64encode(other).decode())
overheard.refused(s3.get_object, Bucket=BUCKET, Key="sealed", SSECustomerAlgorithm="AES256", SSECustomerKey=other)
overheard.told()
