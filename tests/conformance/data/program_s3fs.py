"""s3fs on a bucket: ADDRESS KEY_ID SECRET."""

from __future__ import annotations

import sys

import s3fs
from steps import step, walk

address, key_id, secret = sys.argv[1:]
fs = s3fs.S3FileSystem(
    key=key_id,
    secret=secret,
    endpoint_url=address,
    client_kwargs={"region_name": "us-east-1"},
    use_listings_cache=False,
)
walk(fs, "demo/s3fs")
step("make and remove a bucket", (True, False), lambda: (
    fs.mkdir("s3fs-made"), fs.exists("s3fs-made"), fs.rmdir("s3fs-made"), fs.invalidate_cache(), fs.exists("s3fs-made"),
)[1::3])  # fmt: skip
step("tags", {"a": "b"}, lambda: (
    fs.pipe("demo/s3fs-tags", b"1"), fs.put_tags("demo/s3fs-tags", {"a": "b"}), fs.get_tags("demo/s3fs-tags"),
)[2])  # fmt: skip
